"""Dates and moments: parsing, deadlines and their warnings, reminder steps.

A moment is an aware ``datetime``; a day is a ``date`` in the time zone of the association.
"""

import re
from calendar import monthrange
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from functools import lru_cache
from zoneinfo import ZoneInfo

from signoff.domain.errors import Reason, Refusal
from signoff.domain.text import fold

CLOCK_TIME = re.compile(r"(\d{1,2})(?:[:.](\d{2}))?(?:\s*(?:Uhr|h))?", re.IGNORECASE)

# Days as people write them: German and English names as ``fold`` writes them.
MONTH_NAMES = (
    ("januar", "january", "janner", "jaenner"),
    ("februar", "february", "feber"),
    ("marz", "maerz", "march", "mrz"),
    ("april",),
    ("mai", "may"),
    ("juni", "june"),
    ("juli", "july"),
    ("august",),
    ("september",),
    ("oktober", "october"),
    ("november",),
    ("dezember", "december"),
)
WEEKDAY_NAMES = (
    ("montag", "monday"),
    ("dienstag", "tuesday"),
    ("mittwoch", "wednesday"),
    ("donnerstag", "thursday"),
    ("freitag", "friday"),
    ("samstag", "saturday", "sonnabend"),
    ("sonntag", "sunday"),
)
PARTICLES = {"am", "den", "dem", "der", "on", "the", "of"}
DATE_FORMS = (
    r"(?P<year>\d{4}) (?P<month>\d{1,2}) (?P<day>\d{1,2})",
    r"(?P<day>\d{1,2}) (?P<month>\d{1,2}|[a-z]{3,})(?: (?P<year>\d{4}|\d{2}))?",
    r"(?P<month>[a-z]{3,}) (?P<day>\d{1,2})(?: (?P<year>\d{4}|\d{2}))?",
    r"(?P<day>\d{2})(?P<month>\d{2})(?P<year>\d{4}|\d{2})",
)
NOT_IN_DATES = re.compile(r"[^\w\s.,/\-–]|_")
MAX_DATE_LENGTH = 60  # characters
FIRST_YEAR, LAST_YEAR = 1900, 2199  # another year is a typing error


@dataclass(frozen=True, slots=True)
class Month:
    """A month of a year."""

    year: int
    number: int

    @property
    def days(self) -> int:
        return monthrange(self.year, self.number)[1]


def parse_date(text: str, field: str | None = None) -> date:
    """Parse a day as people write it: ``1.12.2026``, ``1/12/26``, ``Di, 1. Dezember 2026``,
    ``December 1st, 2026``, ``01122026``, ``2026-12-01``. Of numbers, the day precedes the month.

    Refuses anything else, and says what is wrong with the day.
    """
    weekday, words = split_date(text)
    match = next(filter(None, (re.fullmatch(form, words) for form in DATE_FORMS)), None)
    name = match["month"] if match else ""
    month = int(name) if name.isdecimal() else find_name(name, MONTH_NAMES)
    if match is None or month is None:
        raise Refusal(Reason.NOT_A_DATE, field, text=text.strip()[:40])
    if not 1 <= month <= 12:
        raise Refusal(Reason.NO_SUCH_MONTH, field, number=month)
    if not match["year"]:
        raise Refusal(Reason.NO_YEAR, field, text=text.strip())
    day, year = int(match["day"]), int(match["year"])
    year += 2000 if len(match["year"]) == 2 else 0
    if not FIRST_YEAR <= year <= LAST_YEAR:
        reason = Reason.DATE_TOO_EARLY if year < FIRST_YEAR else Reason.DATE_TOO_FAR
        raise Refusal(reason, field, day=text.strip())
    in_month = Month(year, month)
    if not 1 <= day <= in_month.days:
        raise Refusal(Reason.NO_SUCH_DAY, field, month=in_month, days=in_month.days)
    parsed = date(year, month, day)
    if weekday not in (None, parsed.isoweekday()):
        raise Refusal(Reason.OTHER_WEEKDAY, field, day=parsed)
    return parsed


def split_date(text: str) -> tuple[int | None, str]:
    """The day of the week, if it is named, counted from 1; and the words and numbers after it."""
    if len(text) > MAX_DATE_LENGTH or NOT_IN_DATES.search(text):
        return None, ""
    plain = re.sub(r"(?<=\d)(?:st|nd|rd|th)\b", "", fold(text))
    words = [word for word in re.findall(r"\d+|[^\W\d]+", plain) if word not in PARTICLES]
    weekday = find_name(words[0], WEEKDAY_NAMES, 2) if words else None
    return weekday, " ".join(words[weekday is not None :])


def find_name(word: str, names: Sequence[Sequence[str]], least: int = 3) -> int | None:
    """The number, from 1, of the month or day of the week that ``word`` is the beginning of."""
    for number, spellings in enumerate(names, start=1):
        if len(word) >= least and any(spelling.startswith(word) for spelling in spellings):
            return number
    return None


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


@lru_cache(64)  # each mail about a round asks for it
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
