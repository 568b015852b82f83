"""What proves an answer: its line in the journal, and the way from there to a root that was given away."""

from dataclasses import dataclass

from signoff.domain.audit import Entry


@dataclass(frozen=True, slots=True)
class Inclusion:
    """That a line is in the journal as it stood after ``size`` lines: root and RFC 6962 path, hexadecimal."""

    size: int
    root: str
    path: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Proof:
    """The line of one answer with its details, where it stands, and that nothing before it has changed since.

    ``consistency`` leads from the tree of ``then`` to the tree of ``now`` (RFC 6962 2.1.2). ``details`` are ``None``
    where they have been erased: the line holds without them.
    """

    entry: Entry
    details: dict[str, object] | None
    details_salt: str
    then: Inclusion
    now: Inclusion
    consistency: tuple[str, ...]

    @property
    def leaf(self) -> str:
        return self.entry.leaf.hex()

    @property
    def root(self) -> str:
        """The root right after the line was written."""
        return self.then.root

    @property
    def path(self) -> tuple[str, ...]:
        return self.then.path
