"""Somebody at the member says: this answer did not come from us. It flags the answer and pauses nothing."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Objection:
    """One objection to one version of an answer; the office settles it."""

    id: int
    invitation_id: int
    answer_id: int
    link_id: int  # whose link it came through
    words: str  # what is wrong, in the objector's words; may be empty
    objected_at: datetime
    settled_at: datetime | None = None
    settled_by: str = ""
