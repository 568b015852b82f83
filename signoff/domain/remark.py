"""What the office notes for itself about an invitation. It is never published, and can be removed for good."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Remark:
    id: int
    invitation_id: int
    words: str
    author: str  # as the journal names actors
    written_at: datetime
