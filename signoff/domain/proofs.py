"""Inclusion and consistency proofs of RFC 6962 (2.1.1, 2.1.2) from the peaks kept with each entry.

No proof walks the chain: a left subtree is the last peak of the entry that completed it, so that a few rows for each
level of the tree are enough.
"""

from collections.abc import Callable
from dataclasses import dataclass

from signoff.domain.audit import Entry, node, split


@dataclass(frozen=True, slots=True)
class Tree:
    """The tree over the first ``size`` lines; ``entry`` gives the line with a number (from 1)."""

    entry: Callable[[int], Entry]
    size: int

    def hash(self, start: int, end: int) -> bytes:
        """The root over the leaves ``start`` (from 0) to ``end`` (not included)."""
        width = end - start
        if width == 1:
            return self.entry(end).leaf
        half = largest_power_below(width)
        if half * 2 == width and start // width % 2 == 0 and start % width == 0:
            return split(self.entry(end).peaks)[-1]
        return node(self.hash(start, start + half), self.hash(start + half, end))

    def inclusion(self, index: int) -> list[bytes]:
        """The path of leaf ``index`` (from 0) to this tree's root."""
        return self._path(index, 0, self.size)

    def _path(self, index: int, start: int, end: int) -> list[bytes]:
        if end - start == 1:
            return []
        middle = start + largest_power_below(end - start)
        if index < middle:
            return [*self._path(index, start, middle), self.hash(middle, end)]
        return [*self._path(index, middle, end), self.hash(start, middle)]

    def consistency(self, older: int) -> list[bytes]:
        """The proof that the tree over the first ``older`` lines (1 to ``size``) is a beginning of this one."""
        return self._subproof(older, 0, self.size, whole=True)

    def _subproof(self, older: int, start: int, end: int, *, whole: bool) -> list[bytes]:
        if older == end - start:
            return [] if whole else [self.hash(start, end)]
        half = largest_power_below(end - start)
        middle = start + half
        if older <= half:
            return [*self._subproof(older, start, middle, whole=whole), self.hash(middle, end)]
        return [*self._subproof(older - half, middle, end, whole=False), self.hash(start, middle)]


def largest_power_below(number: int) -> int:
    """The largest power of two smaller than ``number`` (2 or more)."""
    return 1 << ((number - 1).bit_length() - 1)
