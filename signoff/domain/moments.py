"""Days and moments. A moment is an aware ``datetime``; a day is a ``date`` in the association's time zone."""

import re
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from signoff.domain.refusal import Reason, Refusal

DAY_FIRST = re.compile(r"(\d{1,2})([./])\s*(\d{1,2})\2\s*(\d{4})")  # with slashes on the English pages
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
