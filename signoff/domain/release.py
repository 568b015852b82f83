"""The published result, and the prints it is chosen from."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class PrintKind(StrEnum):
    """What is printed: the marked draft for co-signing, or the final PDF."""

    DRAFT = "draft"
    FINAL = "final"


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
    """One released edition of the list: its file's digest never changes; it can only be withdrawn whole."""

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

    def is_public(self, now: datetime) -> bool:
        """Whether its bytes may be read at ``now``."""
        return self.released_at <= now and self.withdrawn_at is None
