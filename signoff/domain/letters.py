"""Letters to members that no mail can ask: which one is due, and when it was sent."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from signoff.domain.dates import get_last_day
from signoff.domain.errors import Reason, Refusal
from signoff.domain.reminders import MAX_REMINDERS, QUIET_PERIOD
from signoff.domain.rounds import Phase, Round


class LetterKind(StrEnum):
    """The kinds of letter."""

    INVITATION = "invitation"
    REMINDER = "reminder"
    EXTENDED = "extended"
    CLOSED = "closed"  # before the announced deadline


@dataclass(frozen=True, slots=True)
class Letter:
    """A letter that the office has sent; the day is what it says."""

    invitation_id: int
    kind: LetterKind
    sent_on: date


def find_due_kind(
    round: Round, letters: Iterable[Letter], now: datetime, zone: ZoneInfo
) -> LetterKind | None:
    """The letter that is due to a member who is reached by letter and has not answered.

    The steps of the reminders are those of the mail; what is due follows from what was sent. What
    has changed since the last letter comes before a reminder.
    """
    sent, phase = list(letters), round.phase(now)
    if phase is Phase.CLOSED and round.closed_early and round.closed_at:
        is_due = sent and is_before(sent, round.closed_at, zone)
        return LetterKind.CLOSED if is_due else None
    if phase is not Phase.OPEN or round.deadline is None:
        return None
    if not sent:
        return LetterKind.INVITATION
    changed_at = round.deadline_set_at if round.deadline_before else None
    if changed_at and is_before(sent, changed_at, zone):
        return LetterKind.EXTENDED
    today, last = now.astimezone(zone).date(), max(letter.sent_on for letter in sent)
    last_day = get_last_day(round.deadline, zone)
    steps = (last_day - timedelta(days=step) for step in round.terms.reminders)
    reminders = sum(letter.kind is LetterKind.REMINDER for letter in sent)
    quiet = today < last + QUIET_PERIOD or reminders >= MAX_REMINDERS
    is_due = not quiet and any(last < day <= today for day in steps)
    return LetterKind.REMINDER if is_due else None


def is_before(sent: Iterable[Letter], moment: datetime, zone: ZoneInfo) -> bool:
    """Whether all were sent before the day of this moment."""
    return all(letter.sent_on < moment.astimezone(zone).date() for letter in sent)


def require_posting_day(round: Round, day: date, now: datetime, zone: ZoneInfo) -> None:
    """Refuse a day before the opening of the round, and one in the future."""
    if round.opened_at is None:
        raise Refusal(Reason.NOT_OPEN)
    if not round.opened_at.astimezone(zone).date() <= day <= now.astimezone(zone).date():
        raise Refusal(Reason.NOT_A_POSTING_DAY, "sent_on")
