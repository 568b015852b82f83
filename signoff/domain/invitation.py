"""One member's place in a round, and the doors to it."""

from dataclasses import dataclass
from datetime import datetime

from signoff.domain.refusal import Reason, Refusal


@dataclass(frozen=True, slots=True)
class Invitation:
    """A member's place in a round. ``reference`` is the case number the member files it under (Vorgangsnummer)."""

    id: int
    round_id: int
    member_id: int
    reference: str
    invited_at: datetime


@dataclass(frozen=True, slots=True)
class Link:
    """One person's door to an invitation.

    ``public_id`` is random (128 bits) and ``generation`` counts up when an address is corrected: a new generation
    ends the old link. The signed token is derived from both whenever it is needed and stored nowhere.
    """

    id: int
    invitation_id: int
    public_id: str
    generation: int
    representative_id: int | None
    name: str
    email: str
    language: str
    created_at: datetime
    ended_at: datetime | None = None
    passed_on_by: int | None = None  # the link whose holder passed the task on to this one's
    unit: str = ""
    message: str = ""  # what was written to the colleague
    may_answer: bool = True  # false: its holder is told for information, and reads only

    def require_may_answer(self) -> None:
        """Refuse every deed to who was told for information only."""
        if not self.may_answer:
            raise Refusal(Reason.FOR_INFORMATION)
