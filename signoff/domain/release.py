"""The published result, and the prints it is chosen from."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class PrintKind(StrEnum):
    """What is printed: the marked draft for co-signing, the final PDF, and what may follow its release."""

    DRAFT = "draft"
    FINAL = "final"
    ADDENDUM = "addendum"  # later signatories and withdrawals alone
    EDITION = "edition"  # the whole paper once more, with the list as it stands now

    @property
    def is_later(self) -> bool:
        """Whether it follows the release of the final PDF."""
        return self in (PrintKind.ADDENDUM, PrintKind.EDITION)


@dataclass(frozen=True, slots=True)
class Print:
    """One PDF that is owed or done. ``number`` counts the prints of a kind in a round; a decision owes a new one."""

    id: int
    round_id: int
    kind: PrintKind
    number: int
    entry: int  # the line in the audit chain that owed it; its checkpoint stands in the print
    owed_at: datetime
    attempts: int = 0
    printed_at: datetime | None = None
    sha256: str = ""
    size: int = 0
    pages: int = 0
    failed_at: datetime | None = None
    error: str = ""
    timestamp: bool = True  # wanted, where an authority is configured
    unsealed_sha256: str = ""
    seal: str = ""  # the level of the seal that was set

    @property
    def step(self) -> str:
        """Where it stands: ``failed``, ``done``, ``sealing`` or ``printing``."""
        if self.failed_at:
            return "failed"
        if self.printed_at:
            return "done"
        return "sealing" if self.unsealed_sha256 else "printing"


@dataclass(frozen=True, slots=True)
class Release:
    """One released edition of the list: its file's digest never changes; it can only be withdrawn whole.

    ``number`` counts all of a round; the first one is the final PDF, the others are addenda and further editions.
    ``entry`` is the line of the journal up to which a later one tells.
    """

    id: int
    round_id: int
    number: int
    sha256: str
    size: int
    pages: int
    as_of: datetime
    released_at: datetime
    withdrawn_at: datetime | None = None
    withdrawn_reason: str = ""
    kind: PrintKind = PrintKind.FINAL
    entry: int = 0

    def is_public(self, now: datetime) -> bool:
        """Whether its bytes may be read at ``now``."""
        return self.released_at <= now and self.withdrawn_at is None
