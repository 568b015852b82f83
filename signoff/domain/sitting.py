"""A sitting that has been named: how it lies to the deadline, and when its result is asked for."""

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from signoff.domain.moments import last_day

OPENS, CLOSES = time(8), time(17)  # office hours in town halls; mail at night is read by nobody
Works = Callable[[date], bool]  # whether a day is a working day where the member is


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


def result_due(on: date, now: datetime, zone: ZoneInfo, works: Works) -> bool:
    """Whether to ask ``now`` for the result: from the day after the sitting, in office hours, on a working day."""
    local = now.astimezone(zone)
    return on < local.date() and works(local.date()) and OPENS <= local.time() < CLOSES


def asked_on(on: date, deadline: datetime, zone: ZoneInfo, works: Works) -> date | None:
    """The day on which the result is asked for: the first working day after the sitting.

    ``None`` where there is none up to the ``deadline``: later, nothing could be answered.
    """
    days = (last_day(deadline, zone) - on).days
    return next((day for day in (on + timedelta(days=each) for each in range(1, days + 1)) if works(day)), None)
