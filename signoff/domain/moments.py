"""Days and moments. A moment is an aware ``datetime``; a day is a ``date`` in the association's time zone."""

import re
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from signoff.domain.refusal import Reason, Refusal

DAY_FIRST = re.compile(r"(\d{1,2})([./])\s*(\d{1,2})\2\s*(\d{4})")  # with slashes on the English pages
CLOCK = re.compile(r"(\d{1,2})(?:[:.](\d{2}))?(?:\s*(?:Uhr|h))?", re.IGNORECASE)
ISO = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})")


def day(text: str, field: str | None = None) -> date:
    """The day written as ``D.M.YYYY``, ``D/M/YYYY`` or ``YYYY-MM-DD``; refuses all else, and days that do not exist."""
    text = text.strip()
    try:
        if found := DAY_FIRST.fullmatch(text):
            return date(int(found[4]), int(found[3]), int(found[1]))
        if found := ISO.fullmatch(text):
            return date(int(found[1]), int(found[2]), int(found[3]))
    except ValueError:
        pass
    raise Refusal(Reason.NOT_A_DATE, field, text=text[:40])


def clock(text: str, field: str | None = None) -> time:
    """The time of day written as ``10:00``, ``10.30`` or ``10 Uhr``; refuses all else."""
    found = CLOCK.fullmatch(text.strip())
    try:
        if found:
            return time(int(found[1]), int(found[2] or 0))
    except ValueError:
        pass
    raise Refusal(Reason.NOT_A_TIME, field, text=text.strip()[:20])


def moment_of(on: date, at: time, zone: ZoneInfo, field: str | None = None) -> datetime:
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


def end_of(last: date, zone: ZoneInfo) -> datetime:
    """The first moment after ``last`` in ``zone``: a deadline includes the whole of its day.

    Refuses the last day the calendar knows: nothing comes after it.
    """
    if last == date.max:
        raise Refusal(Reason.NOT_A_DATE, "deadline", text=last.isoformat())
    return datetime.combine(last + timedelta(days=1), time(), tzinfo=zone)


def start_of(first: date, zone: ZoneInfo) -> datetime:
    """The first moment of the day ``first`` in ``zone``."""
    return datetime.combine(first, time(), tzinfo=zone)


def last_day(deadline: datetime, zone: ZoneInfo) -> date:
    """The last day on which an answer is taken: the day that ends at ``deadline``."""
    return (deadline - timedelta(microseconds=1)).astimezone(zone).date()


def days_left(deadline: datetime, now: datetime, zone: ZoneInfo) -> int:
    """Whole days from today to the last day, 0 on the last day itself, negative afterwards."""
    return (last_day(deadline, zone) - now.astimezone(zone).date()).days
