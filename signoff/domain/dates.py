"""Dates and moments: parsing, deadlines and their warnings, reminder steps.

A moment is an aware ``datetime``; a day is a ``date`` in the time zone of the association.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from signoff.domain.errors import Reason, Refusal

# Slashes are used on the English pages.
DAY_FIRST_DATE = re.compile(r"(\d{1,2})([./])\s*(\d{1,2})\2\s*(\d{4})")
CLOCK_TIME = re.compile(r"(\d{1,2})(?:[:.](\d{2}))?(?:\s*(?:Uhr|h))?", re.IGNORECASE)
ISO_DATE = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})")


def parse_date(text: str, field: str | None = None) -> date:
    """Parse ``D.M.YYYY``, ``D/M/YYYY`` or ``YYYY-MM-DD``; refuses anything else."""
    text = text.strip()
    try:
        if match := DAY_FIRST_DATE.fullmatch(text):
            return date(int(match[4]), int(match[3]), int(match[1]))
        if match := ISO_DATE.fullmatch(text):
            return date(int(match[1]), int(match[2]), int(match[3]))
    except ValueError:
        pass
    raise Refusal(Reason.NOT_A_DATE, field, text=text[:40])


def parse_time(text: str, field: str | None = None) -> time:
    """Parse ``10:00``, ``10.30`` or ``10 Uhr``; refuses anything else."""
    match = CLOCK_TIME.fullmatch(text.strip())
    try:
        if match:
            return time(int(match[1]), int(match[2] or 0))
    except ValueError:
        pass
    raise Refusal(Reason.NOT_A_TIME, field, text=text.strip()[:20])


def local_to_utc(
    day: date, time_of_day: time, zone: ZoneInfo, field: str | None = None
) -> datetime:
    """The moment in UTC of a local date and time; the first one of an hour that occurs twice.

    Refuses an hour that is skipped when summer time begins, and days beyond the range of UTC.
    """
    local = datetime.combine(day, time_of_day, tzinfo=zone)
    try:
        moment = local.astimezone(UTC)
        round_trip = moment.astimezone(zone)
    except OverflowError as error:
        raise Refusal(Reason.NOT_A_DATE, "day", text=day.isoformat()) from error
    if round_trip.replace(tzinfo=None) != local.replace(tzinfo=None):
        raise Refusal(Reason.NO_SUCH_TIME, field, day=day, text=f"{time_of_day:%H:%M}")
    return moment


def end_of_day(last: date, zone: ZoneInfo) -> datetime:
    """The first moment after ``last`` in ``zone``, as a deadline includes its whole day.

    Refuses ``date.max``, which no day follows.
    """
    if last == date.max:
        raise Refusal(Reason.NOT_A_DATE, "deadline", text=last.isoformat())
    return datetime.combine(last + timedelta(days=1), time(), tzinfo=zone)


def start_of_day(first: date, zone: ZoneInfo) -> datetime:
    """The first moment of a day in ``zone``."""
    return datetime.combine(first, time(), tzinfo=zone)


def get_last_day(deadline: datetime, zone: ZoneInfo) -> date:
    """The last day on which answers are accepted: the one that ends at ``deadline``."""
    return (deadline - timedelta(microseconds=1)).astimezone(zone).date()


def count_days_left(deadline: datetime, now: datetime, zone: ZoneInfo) -> int:
    """Whole days until the last day: 0 on that day, negative afterwards."""
    return (get_last_day(deadline, zone) - now.astimezone(zone).date()).days


# The ceiling holds wherever a deadline is set.

MAX_DEADLINE_YEARS = 2


def get_latest_day(today: date) -> date:
    """The last day that a deadline may have, 24 months from today."""
    try:
        return today.replace(year=today.year + MAX_DEADLINE_YEARS)
    except ValueError:  # 29 February
        return today.replace(year=today.year + MAX_DEADLINE_YEARS, day=28)


def require_deadline(deadline: datetime, now: datetime, field: str = "deadline") -> None:
    """Refuse a deadline that has passed, or is more than 24 months ahead."""
    if deadline <= now:
        raise Refusal(Reason.DEADLINE_PAST, field)
    last = (deadline - timedelta(microseconds=1)).date()
    latest = get_latest_day(now.astimezone(deadline.tzinfo).date())
    if last > latest:
        raise Refusal(Reason.DEADLINE_TOO_FAR, field, day=latest)


# Warnings about a deadline. They are advice to the office and refuse nothing.

DECLARATION_WEEKS, COUNCIL_DECISION_WEEKS = 4, 12  # usual time for the mayor, for the council
MIN_DECLARATION_DAYS = 21
MIN_COUNCIL_DECISION_DAYS = 70  # invitation, committee meeting, council meeting
SATURDAY, SUNDAY = 5, 6


class DeadlineConcern(StrEnum):
    """A reason against a deadline."""

    SATURDAY = "saturday"
    SUNDAY = "sunday"
    HOLIDAY = "holiday"
    YEAR_END = "year_end"
    TODAY = "today"
    HURRIED = "hurried"
    NO_COUNCIL = "no_council"


@dataclass(frozen=True, slots=True)
class DeadlineWarning:
    """One concern, with the facts for its sentence."""

    concern: DeadlineConcern
    details: Mapping[str, object] = field(default_factory=dict)


def list_deadline_warnings(
    last: date, today: date, holidays: Mapping[str, Sequence[str]]
) -> list[DeadlineWarning]:
    """Concerns about ``last`` as the last day; ``holidays`` maps its holidays to their states."""
    warnings = []
    if last.weekday() == SATURDAY:
        warnings.append(DeadlineWarning(DeadlineConcern.SATURDAY))
    if last.weekday() == SUNDAY:
        warnings.append(DeadlineWarning(DeadlineConcern.SUNDAY))
    warnings += [
        DeadlineWarning(DeadlineConcern.HOLIDAY, {"name": name, "states": ", ".join(states)})
        for name, states in holidays.items()
    ]
    if (last.month, last.day) >= (12, 20) or (last.month, last.day) <= (1, 6):
        warnings.append(DeadlineWarning(DeadlineConcern.YEAR_END))
    days = (last - today).days
    if days == 0:
        warnings.append(DeadlineWarning(DeadlineConcern.TODAY))
    elif 0 < days < MIN_DECLARATION_DAYS:
        warnings.append(DeadlineWarning(DeadlineConcern.HURRIED, {"days": days}))
    elif MIN_DECLARATION_DAYS <= days < MIN_COUNCIL_DECISION_DAYS:
        warnings.append(DeadlineWarning(DeadlineConcern.NO_COUNCIL, {"weeks": days // 7}))
    return warnings


def subtract_working_days(day: date, count: int, is_working_day: Callable[[date], bool]) -> date:
    """The working day that is ``count`` working days before ``day``, which need not be one."""
    while count:
        day -= timedelta(days=1)
        count -= is_working_day(day)
    return day


def suggest_deadline(weeks: int, today: date, is_working_day: Callable[[date], bool]) -> date:
    """The first working day from so many weeks on, not around the turn of the year."""
    day = today + timedelta(weeks=weeks)
    while (
        not is_working_day(day)
        or (day.month, day.day) >= (12, 20)
        or (day.month, day.day) <= (1, 6)
    ):
        day += timedelta(days=1)
    return day


# Reminder steps: days before the last day of the deadline.

DEFAULT_REMINDER_STEPS = (21, 7, 2)
MAX_REMINDER_STEPS = 5
MAX_REMINDER_DAYS = 365
REMINDERS_OFF = ("off", "aus", "")


def parse_reminder_steps(text: str, field: str = "reminders") -> tuple[int, ...]:
    """Parse ``21,7,2``, sorted from the largest; none for ``off``. Refuses anything else."""
    if text.strip().casefold() in REMINDERS_OFF:
        return ()
    parts = re.split(r"[,;]", text)
    days = {int(part) for part in parts if re.fullmatch(r"\s*[0-9]{1,3}\s*", part)}
    if (
        len(days) != len(parts)
        or len(days) > MAX_REMINDER_STEPS
        or not all(1 <= day <= MAX_REMINDER_DAYS for day in days)
    ):
        raise Refusal(
            Reason.NOT_REMINDER_STEPS, field, text=text.strip()[:40], most=MAX_REMINDER_STEPS
        )
    return tuple(sorted(days, reverse=True))


def format_reminder_steps(days: tuple[int, ...]) -> str:
    """The days as ``21, 7, 2``; empty for none."""
    return ", ".join(map(str, days))
