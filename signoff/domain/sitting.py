"""A sitting that has been named: how it lies to the deadline, and when its result is asked for."""

from datetime import date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from signoff.domain.moments import last_day

OPENS, CLOSES = time(8), time(17)  # office hours in town halls; mail at night is read by nobody
SATURDAY = 5


class Timing(StrEnum):
    """How a sitting lies to the deadline."""

    IN_TIME = "in_time"
    LAST_DAY = "last_day"
    TOO_LATE = "too_late"


def timing(on: date, deadline: datetime, zone: ZoneInfo) -> Timing:
    """Whether the result of a sitting ``on`` that day can still be handed in."""
    last = last_day(deadline, zone)
    if on == last:
        return Timing.LAST_DAY
    return Timing.IN_TIME if on < last else Timing.TOO_LATE


def result_due(on: date, now: datetime, zone: ZoneInfo) -> bool:
    """Whether to ask ``now`` for the result: from the day after the sitting, in office hours, never at a weekend.

    Public holidays are not known here.
    """
    local = now.astimezone(zone)
    return on < local.date() and local.weekday() < SATURDAY and OPENS <= local.time() < CLOSES


def asked_on(on: date) -> date:
    """The day on which the result is asked for: the next one that is no weekend."""
    day = on + timedelta(days=1)
    return day + timedelta(days=max(0, 7 - day.weekday())) if day.weekday() >= SATURDAY else day
