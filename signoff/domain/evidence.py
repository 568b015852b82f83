"""What the sealed PDF carries of the journal: enough to check it, nothing about anybody who is not on the list."""

from dataclasses import dataclass

from signoff.domain import audit
from signoff.domain.audit import Entry


@dataclass(frozen=True, slots=True)
class Inclusion:
    """RFC 6962, 2.1.1: that entry ``entry`` with its salted ``commitment`` is in the tree with ``root``.

    The tree ends with this entry, so the path is made of the peaks of the tree before it. ``path`` runs from the leaf
    upwards, each 64 hexadecimal digits; every one of them stands to the left.
    """

    entry: int
    commitment: str
    path: tuple[str, ...]
    root: str

    @property
    def leaf(self) -> str:
        return audit.committed(self.entry, self.commitment).hex()

    @property
    def holds(self) -> bool:
        """Whether leaf and path give the root."""
        top = bytes.fromhex(self.leaf)
        for left in self.path:
            top = audit.node(bytes.fromhex(left), top)
        # As many siblings as the tree before has peaks: a longer path could smuggle in another tree.
        return top.hex() == self.root and len(self.path) == (self.entry - 1).bit_count()


def inclusion(entry: Entry, before: Entry | None) -> Inclusion:
    """The proof for ``entry``; ``before`` is the line before it, ``None`` for the first."""
    peaks = audit.split(before.peaks) if before else []
    path = tuple(peak.hex() for peak in reversed(peaks))
    return Inclusion(entry.seq, entry.commitment, path, entry.root)
