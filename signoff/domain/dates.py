"""The steps of a round's reminders: on which days before the end of the deadline people are reminded."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from signoff.domain.errors import Reason, Refusal

# Days and moments. A moment is an aware ``datetime``; a day is a ``date`` in the association's time zone.

DAY_FIRST_DATE = re.compile(
    r"(\d{1,2})([./])\s*(\d{1,2})\2\s*(\d{4})"
)  # with slashes on the English pages
CLOCK_TIME = re.compile(r"(\d{1,2})(?:[:.](\d{2}))?(?:\s*(?:Uhr|h))?", re.IGNORECASE)
ISO_DATE = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})")


def parse_date(text: str, field: str | None = None) -> date:
    """The day written as ``D.M.YYYY``, ``D/M/YYYY`` or ``YYYY-MM-DD``; refuses all else, and days that do not exist."""
    text = text.strip()
    try:
        if found := DAY_FIRST_DATE.fullmatch(text):
            return date(int(found[4]), int(found[3]), int(found[1]))
        if found := ISO_DATE.fullmatch(text):
            return date(int(found[1]), int(found[2]), int(found[3]))
    except ValueError:
        pass
    raise Refusal(Reason.NOT_A_DATE, field, text=text[:40])


def parse_time(text: str, field: str | None = None) -> time:
    """The time of day written as ``10:00``, ``10.30`` or ``10 Uhr``; refuses all else."""
    found = CLOCK_TIME.fullmatch(text.strip())
    try:
        if found:
            return time(int(found[1]), int(found[2] or 0))
    except ValueError:
        pass
    raise Refusal(Reason.NOT_A_TIME, field, text=text.strip()[:20])


def local_to_utc(on: date, at: time, zone: ZoneInfo, field: str | None = None) -> datetime:
    """The moment (in UTC) at which clocks in ``zone`` show this; of an hour that comes twice, the first.

    Refuses an hour that is skipped when summer time begins, and days at the very ends of the calendar.
    """
    local = datetime.combine(on, at, tzinfo=zone)
    try:
        moment = local.astimezone(UTC)
        shown = moment.astimezone(zone)
    except OverflowError as wrong:
        raise Refusal(Reason.NOT_A_DATE, "day", text=on.isoformat()) from wrong
    if shown.replace(tzinfo=None) != local.replace(tzinfo=None):
        raise Refusal(Reason.NO_SUCH_TIME, field, day=on, text=f"{at:%H:%M}")
    return moment


def end_of_day(last: date, zone: ZoneInfo) -> datetime:
    """The first moment after ``last`` in ``zone``: a deadline includes the whole of its day.

    Refuses the last day the calendar knows: nothing comes after it.
    """
    if last == date.max:
        raise Refusal(Reason.NOT_A_DATE, "deadline", text=last.isoformat())
    return datetime.combine(last + timedelta(days=1), time(), tzinfo=zone)


def start_of_day(first: date, zone: ZoneInfo) -> datetime:
    """The first moment of the day ``first`` in ``zone``."""
    return datetime.combine(first, time(), tzinfo=zone)


def get_last_day(deadline: datetime, zone: ZoneInfo) -> date:
    """The last day on which an answer is taken: the day that ends at ``deadline``."""
    return (deadline - timedelta(microseconds=1)).astimezone(zone).date()


def count_days_left(deadline: datetime, now: datetime, zone: ZoneInfo) -> int:
    """Whole days from today to the last day, 0 on the last day itself, negative afterwards."""
    return (get_last_day(deadline, zone) - now.astimezone(zone).date()).days


# Whether a deadline is wisely chosen. Nothing here refuses: the office decides, and is told.

DECLARATION_WEEKS, COUNCIL_DECISION_WEEKS = (
    4,
    12,
)  # weeks: a declaration by the mayor, a decision of the council
MIN_DECLARATION_DAYS = 21  # days under which even a declaration is a hurry
MIN_COUNCIL_DECISION_DAYS = (
    70  # days under which a council hardly decides: invitation, committee, sitting
)
SATURDAY, SUNDAY = 5, 6


class DeadlineConcern(StrEnum):
    """Everything a deadline may be warned of."""

    SATURDAY = "saturday"
    SUNDAY = "sunday"
    HOLIDAY = "holiday"
    YEAR_END = "year_end"
    HURRIED = "hurried"
    NO_COUNCIL = "no_council"


@dataclass(frozen=True, slots=True)
class DeadlineWarning:
    """One thing the office should know about a deadline."""

    concern: DeadlineConcern
    facts: Mapping[str, object] = field(default_factory=dict)


def list_deadline_warnings(
    last: date, today: date, holidays: Mapping[str, Sequence[str]]
) -> list[DeadlineWarning]:
    """What speaks against ``last`` as the last day; ``holidays`` are those of it, with the states that keep them."""
    found = []
    if last.weekday() == SATURDAY:
        found.append(DeadlineWarning(DeadlineConcern.SATURDAY))
    if last.weekday() == SUNDAY:
        found.append(DeadlineWarning(DeadlineConcern.SUNDAY))
    found += [
        DeadlineWarning(DeadlineConcern.HOLIDAY, {"name": name, "states": ", ".join(states)})
        for name, states in holidays.items()
    ]
    if (last.month, last.day) >= (12, 20) or (last.month, last.day) <= (1, 6):
        found.append(DeadlineWarning(DeadlineConcern.YEAR_END))
    days = (last - today).days
    if 0 <= days < MIN_DECLARATION_DAYS:
        found.append(DeadlineWarning(DeadlineConcern.HURRIED, {"days": days}))
    elif MIN_DECLARATION_DAYS <= days < MIN_COUNCIL_DECISION_DAYS:
        found.append(DeadlineWarning(DeadlineConcern.NO_COUNCIL, {"weeks": days // 7}))
    return found


def suggest_deadline(weeks: int, today: date, works: Callable[[date], bool]) -> date:
    """The day in so many weeks, or the next one on which everybody works and the year does not end."""
    day = today + timedelta(weeks=weeks)
    while not works(day) or (day.month, day.day) >= (12, 20) or (day.month, day.day) <= (1, 6):
        day += timedelta(days=1)
    return day


DEFAULT_REMINDER_STEPS = (21, 7, 2)
MAX_REMINDER_STEPS = 5  # there are at most five reminders about an invitation
MAX_REMINDER_DAYS = 365  # days
REMINDERS_OFF = ("off", "aus", "")


def parse_reminder_steps(text: str, field: str = "reminders") -> tuple[int, ...]:
    """The days written as ``21,7,2``, the farthest first; none for ``off``. Refuses all else."""
    if text.strip().casefold() in REMINDERS_OFF:
        return ()
    parts = re.split(r"[,;]", text)
    days = {int(part) for part in parts if re.fullmatch(r"\s*[0-9]{1,3}\s*", part)}
    if (
        len(days) != len(parts)
        or len(days) > MAX_REMINDER_STEPS
        or not all(1 <= day <= MAX_REMINDER_DAYS for day in days)
    ):
        raise Refusal(Reason.NOT_STEPS, field, text=text.strip()[:40], most=MAX_REMINDER_STEPS)
    return tuple(sorted(days, reverse=True))


def format_reminder_steps(days: tuple[int, ...]) -> str:
    """The days as they are typed: ``21, 7, 2``; empty for none."""
    return ", ".join(map(str, days))
