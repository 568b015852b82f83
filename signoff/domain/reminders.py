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

from signoff.domain.dates import get_last_day

MAX_REMINDERS = 5  # reminders about one invitation
QUIET_PERIOD = timedelta(
    days=3
)  # after the invitation, and after the question for the result of a sitting
MAX_DAYS_OFF = 14  # days in a row without a working one; across more of them nothing is moved
ONE_DAY = timedelta(days=1)
SATURDAY = 5


Regions = frozenset[tuple[str, str]]  # countries and states, as the members have them


class Calendar(Hashable, Protocol):
    """Which days are working days."""

    def works(self, day: date, country: str, state: str) -> bool:
        """Whether ``day`` is a working day (no Saturday, no Sunday, no public holiday) in that state."""


@dataclass(frozen=True, slots=True)
class OfficeHours:
    """Office hours, on the clock of the association's zone; ``closes`` is the first minute that is too late."""

    zone: ZoneInfo
    opens: time = time(9)
    closes: time = time(17)


@dataclass(frozen=True, slots=True)
class UnansweredLink:
    """One link to an invitation that has no counted answer, in a round that is open.

    ``informed_at`` is when the invitation was sent, or the later question for the result of a sitting; ``None`` while
    neither was. ``covered_until`` is the last day whose reminders have been sent or skipped, ``sent`` counts those
    sent, and ``sent_on`` is the day of the last one.
    """

    link_id: int
    round_id: int
    email: str
    country: str
    state: str
    deadline: datetime
    reminder_steps: tuple[int, ...]
    informed_at: datetime | None
    covered_until: date | None = None
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
    about: tuple[UnansweredLink, ...]

    @property
    def carrier(self) -> UnansweredLink:
        """The link the mail hangs on: the one whose deadline comes first."""
        return self.about[0]


def may_have_due_reminders(
    rounds: Iterable[tuple[datetime, tuple[int, ...]]], hours: OfficeHours, now: datetime
) -> bool:
    """Whether a reminder can be due in any round, given by deadline and steps: a quick look before a plan is made."""
    local = now.astimezone(hours.zone)
    if local.weekday() >= SATURDAY or not hours.opens <= local.time() < hours.closes:
        return False
    begin = local.date() + MAX_DAYS_OFF * ONE_DAY
    return any(
        get_last_day(deadline, hours.zone) - max(steps) * ONE_DAY <= begin
        for deadline, steps in rounds
        if steps
    )


def list_due_reminders(
    waiting: Iterable[UnansweredLink], calendar: Calendar, hours: OfficeHours, now: datetime
) -> list[Reminder]:
    """The reminders that are to be sent ``now``."""
    first = (
        next(iter_reminders_of_person(own, calendar, hours, now), None)
        for own in iter_links_by_person(waiting)
    )
    return [each for each in first if each and each.at <= now]


def iter_links_by_person(waiting: Iterable[UnansweredLink]) -> Iterator[list[UnansweredLink]]:
    """What waits for each person, the earliest deadline first."""
    ordered = sorted(waiting, key=lambda each: (each.person, each.deadline, each.link_id))
    yield from (list(own) for _, own in groupby(ordered, lambda each: each.person))


def plan_reminders(
    waiting: Iterable[UnansweredLink], calendar: Calendar, hours: OfficeHours, now: datetime
) -> list[Reminder]:
    """Every reminder from ``now`` on, in the order of sending, if nobody answers; those ``at`` ``now`` are due."""
    made = [
        reminder
        for own in iter_links_by_person(waiting)
        for reminder in iter_reminders_of_person(own, calendar, hours, now)
    ]
    return sorted(made, key=lambda each: (each.at, each.carrier.link_id))


def iter_reminders_of_person(
    own: Sequence[UnansweredLink], calendar: Calendar, hours: OfficeHours, now: datetime
) -> Iterator[Reminder]:
    """The reminders of one person, one after the other: each one is as if those before it had been sent."""
    while moments := [
        each for each in (find_reminder_time(one, own, calendar, hours, now) for one in own) if each
    ]:
        now = min(moments)
        about = tuple(each for each in own if may_be_reminded(each, now))
        yield Reminder(now, about)
        own = [mark_reminded(each, now, hours) if each in about else each for each in own]


def find_reminder_time(
    one: UnansweredLink,
    own: Sequence[UnansweredLink],
    calendar: Calendar,
    hours: OfficeHours,
    now: datetime,
) -> datetime | None:
    """When the next reminder about ``one`` is due, from ``now`` on; ``None`` if no more are to come."""
    if one.informed_at is None or one.sent >= MAX_REMINDERS:
        return None
    told, places = one.informed_at.astimezone(hours.zone).date(), collect_regions(own)
    after = max(told, one.covered_until or told)
    days = [
        day
        for day in list_reminder_days(
            one.deadline, one.reminder_steps, places, calendar, hours, told
        )
        if day > after
    ]
    if not days:
        return None
    first = max(
        [min(days), *(each.sent_on + ONE_DAY for each in own if each.sent_on)]
    )  # one mail a day at most
    begin = datetime.combine(first, hours.opens, hours.zone)
    moment = find_next_office_time(
        max(begin, now, one.informed_at + QUIET_PERIOD), places, calendar, hours
    )
    return moment if moment and moment < one.deadline else None


@lru_cache(maxsize=1024)  # thousands of members share the few answers
def list_reminder_days(
    deadline: datetime,
    steps: tuple[int, ...],
    places: Regions,
    calendar: Calendar,
    hours: OfficeHours,
    told: date,
) -> tuple[date, ...]:
    """The days of the steps. One that is no working day moves back to the last one before it, if after ``told``."""
    found = []
    for step in steps:
        day = get_last_day(deadline, hours.zone) - step * ONE_DAY
        before = (day - back * ONE_DAY for back in range(MAX_DAYS_OFF))
        found.append(
            next(
                (each for each in before if each > told and is_working_day(each, places, calendar)),
                day,
            )
        )
    return tuple(found)


def find_next_office_time(
    moment: datetime, places: Regions, calendar: Calendar, hours: OfficeHours
) -> datetime | None:
    """``moment`` itself if it lies in office hours of a working day, else when the next such day begins."""
    local = moment.astimezone(hours.zone)
    if (
        is_working_day(local.date(), places, calendar)
        and hours.opens <= local.time() < hours.closes
    ):
        return moment
    first = local.date() if local.time() < hours.opens else local.date() + ONE_DAY
    days = (first + ahead * ONE_DAY for ahead in range(MAX_DAYS_OFF))
    day = next((each for each in days if is_working_day(each, places, calendar)), None)
    return datetime.combine(day, hours.opens, hours.zone) if day else None


def collect_regions(own: Iterable[UnansweredLink]) -> Regions:
    return frozenset((each.country, each.state) for each in own)


def is_working_day(day: date, places: Regions, calendar: Calendar) -> bool:
    """Whether it is a working day in all of these countries and states."""
    return all(calendar.works(day, country, state) for country, state in places)


def may_be_reminded(one: UnansweredLink, now: datetime) -> bool:
    """Whether a mail to its person at ``now`` may speak of ``one``, due or not."""
    return (
        one.informed_at is not None
        and one.informed_at + QUIET_PERIOD <= now < one.deadline
        and one.sent < MAX_REMINDERS
    )


def mark_reminded(one: UnansweredLink, at: datetime, hours: OfficeHours) -> UnansweredLink:
    """``one`` after a reminder ``at`` a moment: the steps up to that day are done with."""
    return replace(
        one,
        sent=one.sent + 1,
        sent_on=at.astimezone(hours.zone).date(),
        covered_until=compute_covered_day(one, at, hours),
    )


def compute_covered_day(one: UnansweredLink, at: datetime, hours: OfficeHours) -> date:
    """The day up to which a reminder ``at`` a moment settles the steps; never earlier than before."""
    day = at.astimezone(hours.zone).date()
    return max(day, one.covered_until or day)
