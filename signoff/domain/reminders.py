"""When who is reminded: a plan made from the deadline backwards. Values in, plan out; nothing is scheduled.

What is due follows from what has been sent, whenever it is asked: a plan that was missed collapses into one mail.
"""

from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from itertools import groupby
from typing import Protocol
from zoneinfo import ZoneInfo

from signoff.domain.dates import last_day

MOST = 5  # reminders about one invitation
QUIET = timedelta(
    days=3
)  # after the invitation, and after the question for the result of a sitting
LONGEST_REST = 14  # days in a row without a working one; across more of them nothing is moved
DAY = timedelta(days=1)
SATURDAY = 5


Places = frozenset[tuple[str, str]]  # countries and states, as the members have them


class Calendar(Hashable, Protocol):
    """Which days are working days."""

    def works(self, day: date, country: str, state: str) -> bool:
        """Whether ``day`` is a working day (no Saturday, no Sunday, no public holiday) in that state."""


@dataclass(frozen=True, slots=True)
class Hours:
    """Office hours, on the clock of the association's zone; ``closes`` is the first minute that is too late."""

    zone: ZoneInfo
    opens: time = time(9)
    closes: time = time(17)


@dataclass(frozen=True, slots=True)
class Waiting:
    """One link to an invitation that has no counted answer, in a round that is open.

    ``told_at`` is when the invitation was sent, or the later question for the result of a sitting; ``None`` while
    neither was. ``through`` is the last day whose reminders have been sent or skipped, ``sent`` is how many went out,
    and ``sent_on`` is the day of the last one.
    """

    link_id: int
    round_id: int
    email: str
    country: str
    state: str
    deadline: datetime
    steps: tuple[int, ...]
    told_at: datetime | None
    through: date | None = None
    sent: int = 0
    sent_on: date | None = None

    @property
    def person(self) -> str:
        """Who reads it: links with the same address are one person's."""
        return self.email.strip().casefold()


@dataclass(frozen=True, slots=True)
class Reminder:
    """One mail to one person at one moment, about all that waits for her."""

    at: datetime
    about: tuple[Waiting, ...]

    @property
    def carrier(self) -> Waiting:
        """The link the mail hangs on: the one whose deadline comes first."""
        return self.about[0]


def may_be_due(
    rounds: Iterable[tuple[datetime, tuple[int, ...]]], hours: Hours, now: datetime
) -> bool:
    """Whether a reminder can be due in any round, given by deadline and steps: a quick look before a plan is made."""
    local = now.astimezone(hours.zone)
    if local.weekday() >= SATURDAY or not hours.opens <= local.time() < hours.closes:
        return False
    begin = local.date() + LONGEST_REST * DAY
    return any(
        last_day(deadline, hours.zone) - max(steps) * DAY <= begin
        for deadline, steps in rounds
        if steps
    )


def due(
    waiting: Iterable[Waiting], calendar: Calendar, hours: Hours, now: datetime
) -> list[Reminder]:
    """The reminders that are to be sent ``now``."""
    first = (next(plan_of(own, calendar, hours, now), None) for own in people(waiting))
    return [each for each in first if each and each.at <= now]


def people(waiting: Iterable[Waiting]) -> Iterator[list[Waiting]]:
    """What waits for each person, the earliest deadline first."""
    ordered = sorted(waiting, key=lambda each: (each.person, each.deadline, each.link_id))
    yield from (list(own) for _, own in groupby(ordered, lambda each: each.person))


def plan(
    waiting: Iterable[Waiting], calendar: Calendar, hours: Hours, now: datetime
) -> list[Reminder]:
    """Every reminder from ``now`` on, in the order of sending, if nobody answers; those ``at`` ``now`` are due."""
    made = [reminder for own in people(waiting) for reminder in plan_of(own, calendar, hours, now)]
    return sorted(made, key=lambda each: (each.at, each.carrier.link_id))


def plan_of(
    own: Sequence[Waiting], calendar: Calendar, hours: Hours, now: datetime
) -> Iterator[Reminder]:
    """The reminders of one person, one after the other: each one is as if those before it had been sent."""
    while moments := [
        each for each in (moment_of(one, own, calendar, hours, now) for one in own) if each
    ]:
        now = min(moments)
        about = tuple(each for each in own if may_be_reminded(each, now))
        yield Reminder(now, about)
        own = [reminded(each, now, hours) if each in about else each for each in own]


def moment_of(
    one: Waiting, own: Sequence[Waiting], calendar: Calendar, hours: Hours, now: datetime
) -> datetime | None:
    """When the next reminder about ``one`` is due, from ``now`` on; ``None`` if no more are to come."""
    if one.told_at is None or one.sent >= MOST:
        return None
    told, places = one.told_at.astimezone(hours.zone).date(), places_of(own)
    after = max(told, one.through or told)
    days = [
        day
        for day in days_of(one.deadline, one.steps, places, calendar, hours, told)
        if day > after
    ]
    if not days:
        return None
    first = max(
        [min(days), *(each.sent_on + DAY for each in own if each.sent_on)]
    )  # one mail a day at most
    begin = datetime.combine(first, hours.opens, hours.zone)
    moment = next_moment(max(begin, now, one.told_at + QUIET), places, calendar, hours)
    return moment if moment and moment < one.deadline else None


@lru_cache(maxsize=1024)  # thousands of members share the few answers
def days_of(
    deadline: datetime,
    steps: tuple[int, ...],
    places: Places,
    calendar: Calendar,
    hours: Hours,
    told: date,
) -> tuple[date, ...]:
    """The days of the steps. One that is no working day moves back to the last one before it, if after ``told``."""
    found = []
    for step in steps:
        day = last_day(deadline, hours.zone) - step * DAY
        before = (day - back * DAY for back in range(LONGEST_REST))
        found.append(
            next((each for each in before if each > told and works(each, places, calendar)), day)
        )
    return tuple(found)


def next_moment(
    moment: datetime, places: Places, calendar: Calendar, hours: Hours
) -> datetime | None:
    """``moment`` itself if it lies in office hours of a working day, else when the next such day begins."""
    local = moment.astimezone(hours.zone)
    if works(local.date(), places, calendar) and hours.opens <= local.time() < hours.closes:
        return moment
    first = local.date() if local.time() < hours.opens else local.date() + DAY
    days = (first + ahead * DAY for ahead in range(LONGEST_REST))
    day = next((each for each in days if works(each, places, calendar)), None)
    return datetime.combine(day, hours.opens, hours.zone) if day else None


def places_of(own: Iterable[Waiting]) -> Places:
    return frozenset((each.country, each.state) for each in own)


def works(day: date, places: Places, calendar: Calendar) -> bool:
    """Whether it is a working day in all of these countries and states."""
    return all(calendar.works(day, country, state) for country, state in places)


def may_be_reminded(one: Waiting, now: datetime) -> bool:
    """Whether a mail to its person at ``now`` may speak of ``one``, due or not."""
    return one.told_at is not None and one.told_at + QUIET <= now < one.deadline and one.sent < MOST


def reminded(one: Waiting, at: datetime, hours: Hours) -> Waiting:
    """``one`` after a reminder ``at`` a moment: the steps up to that day are done with."""
    return replace(
        one,
        sent=one.sent + 1,
        sent_on=at.astimezone(hours.zone).date(),
        through=covered(one, at, hours),
    )


def covered(one: Waiting, at: datetime, hours: Hours) -> date:
    """The day up to which a reminder ``at`` a moment settles the steps; never earlier than before."""
    day = at.astimezone(hours.zone).date()
    return max(day, one.through or day)
