"""The draft printed before its round is opened, so that the office sees what the members will see."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Trial:
    """One PDF of an edition that is owed or done. ``digest`` is that of the text it shows; ``sha256`` of the file."""

    id: int
    edition_id: int
    digest: str
    owed_at: datetime
    printed_at: datetime | None = None
    sha256: str = ""
    size: int = 0
    pages: int = 0
    failed_at: datetime | None = None
    error: str = ""

    @property
    def waits(self) -> bool:
        """Whether it is still to be made."""
        return self.printed_at is None and self.failed_at is None
