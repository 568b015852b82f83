"""Follow-ups of a released paper: dated public entries of the office."""

from dataclasses import dataclass
from datetime import date

from signoff.domain.errors import Reason, Refusals
from signoff.domain.forms import FieldReader


@dataclass(frozen=True, slots=True)
class FollowUp:
    """``text`` says what happened on that ``day``: handed over to somebody, a reply received."""

    id: int
    round_id: int
    day: date
    text: str


class FollowUpForm(FieldReader):
    """Reads the form of one entry."""

    def parse(self, today: date) -> tuple[date, str]:
        """Day and text; raises ``Refusals`` naming what is wrong."""
        day, text = self.date("happened_on"), self.text("event")
        if day and day > today:
            self.refuse(Reason.DATE_IN_FUTURE, "happened_on", day=day)
        if self.refusals or day is None:
            raise Refusals(self.refusals)
        return day, text
