"""The plan of reminders, computed backwards from the deadline.

Nothing is scheduled: what is due follows from what has been sent, so missed reminders collapse into
one.
"""

from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from functools import lru_cache
from itertools import groupby
from typing import Protocol
from zoneinfo import ZoneInfo

from signoff.domain.dates import get_last_day

MAX_REMINDERS = 5  # of one invitation
# After the invitation, and after the request for the result of a council meeting.
QUIET_PERIOD = timedelta(days=3)
QUIET_WORKING_DAYS = 3  # after the mail about a new deadline
MAX_DAYS_OFF = 14  # consecutive days off; reminders are not moved across more of them
ONE_DAY = timedelta(days=1)
SATURDAY = 5


Regions = frozenset[tuple[str, str]]  # pairs of country and state


class Calendar(Hashable, Protocol):
    """Knows which days are working days."""

    def is_working_day(self, day: date, country: str, state: str) -> bool:
        """Whether ``day`` is neither a Saturday, Sunday nor public holiday in that state."""


@dataclass(frozen=True, slots=True)
class OfficeHours:
    """Office hours in the time zone of the association; ``closes`` is exclusive."""

    zone: ZoneInfo
    opens: time = time(9)
    closes: time = time(17)


@dataclass(frozen=True, slots=True)
class UnansweredLink:
    """A link of an open round to an invitation without a current answer.

    ``informed_at`` is when the invitation or the later request for a meeting result was sent,
    ``None`` if neither was. ``covered_until`` is the last day whose reminders have been sent or
    skipped, ``sent`` is the number of sent ones, ``sent_on`` the day of the last one.
    ``extended_at`` is when the mail about a new deadline was sent, or enqueued if it was not yet.
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
    extended_at: datetime | None = None

    @property
    def person_key(self) -> str:
        """The recipient: links with the same address belong to one person."""
        return self.email.strip().casefold()


@dataclass(frozen=True, slots=True)
class Reminder:
    """One mail to one person about all of their open invitations."""

    at: datetime
    links: tuple[UnansweredLink, ...]

    @property
    def primary_link(self) -> UnansweredLink:
        """The link that the mail belongs to: the one with the earliest deadline."""
        return self.links[0]


def may_have_due_reminders(
    rounds: Iterable[tuple[datetime, tuple[int, ...]]], hours: OfficeHours, now: datetime
) -> bool:
    """Whether a reminder can be due, by deadlines and steps: a cheap test before planning."""
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
    """The reminders to be sent at ``now``."""
    next_reminders = (
        next(iter_reminders_of_person(links, calendar, hours, now), None)
        for links in iter_links_by_person(waiting)
    )
    return [reminder for reminder in next_reminders if reminder and reminder.at <= now]


def iter_links_by_person(waiting: Iterable[UnansweredLink]) -> Iterator[list[UnansweredLink]]:
    """The links of each person, the earliest deadline first."""
    ordered = sorted(waiting, key=lambda link: (link.person_key, link.deadline, link.link_id))
    yield from (list(links) for _, links in groupby(ordered, lambda link: link.person_key))


def plan_reminders(
    waiting: Iterable[UnansweredLink], calendar: Calendar, hours: OfficeHours, now: datetime
) -> list[Reminder]:
    """Every reminder from ``now`` on if nobody answers, in the order of sending."""
    reminders = [
        reminder
        for links in iter_links_by_person(waiting)
        for reminder in iter_reminders_of_person(links, calendar, hours, now)
    ]
    return sorted(reminders, key=lambda reminder: (reminder.at, reminder.primary_link.link_id))


def iter_reminders_of_person(
    links: Sequence[UnansweredLink], calendar: Calendar, hours: OfficeHours, now: datetime
) -> Iterator[Reminder]:
    """The reminders of one person, each assuming that the previous ones have been sent."""
    while moments := [
        link
        for link in (find_reminder_time(link, links, calendar, hours, now) for link in links)
        if link
    ]:
        now = min(moments)
        remindable = tuple(link for link in links if may_be_reminded(link, now, calendar, hours))
        yield Reminder(now, remindable)
        links = [mark_reminded(link, now, hours) if link in remindable else link for link in links]


def find_reminder_time(
    link: UnansweredLink,
    links: Sequence[UnansweredLink],
    calendar: Calendar,
    hours: OfficeHours,
    now: datetime,
) -> datetime | None:
    """When the next reminder about ``link`` is due, from ``now`` on; ``None`` if there is none."""
    if link.informed_at is None or link.sent >= MAX_REMINDERS:
        return None
    informed_on, regions = link.informed_at.astimezone(hours.zone).date(), collect_regions(links)
    after = max(informed_on, link.covered_until or informed_on)
    days = [
        day
        for day in list_reminder_days(
            link.deadline, link.reminder_steps, regions, calendar, hours, informed_on
        )
        if day > after
    ]
    if not days:
        return None
    # One mail a day at most.
    first = max([min(days), *(link.sent_on + ONE_DAY for link in links if link.sent_on)])
    begin = datetime.combine(first, hours.opens, hours.zone)
    quiet_until = find_end_of_quiet(link, link.informed_at, calendar, hours)
    moment = find_next_office_time(max(begin, now, quiet_until), regions, calendar, hours)
    return moment if moment and moment < link.deadline else None


@lru_cache(maxsize=1024)  # thousands of members share a few results
def list_reminder_days(
    deadline: datetime,
    steps: tuple[int, ...],
    regions: Regions,
    calendar: Calendar,
    hours: OfficeHours,
    informed_on: date,
) -> tuple[date, ...]:
    """The days of the steps, each moved back to a working day if that is after ``informed_on``."""
    days = []
    for step in steps:
        day = get_last_day(deadline, hours.zone) - step * ONE_DAY
        candidates = (day - back * ONE_DAY for back in range(MAX_DAYS_OFF))
        days.append(
            next(
                (
                    candidate
                    for candidate in candidates
                    if candidate > informed_on and is_working_day(candidate, regions, calendar)
                ),
                day,
            )
        )
    return tuple(days)


def find_next_office_time(
    moment: datetime, regions: Regions, calendar: Calendar, hours: OfficeHours
) -> datetime | None:
    """``moment`` if it is within office hours of a working day, else the start of the next ones."""
    local = moment.astimezone(hours.zone)
    if (
        is_working_day(local.date(), regions, calendar)
        and hours.opens <= local.time() < hours.closes
    ):
        return moment
    first = local.date() if local.time() < hours.opens else local.date() + ONE_DAY
    days = (first + ahead * ONE_DAY for ahead in range(MAX_DAYS_OFF))
    day = next((day for day in days if is_working_day(day, regions, calendar)), None)
    return datetime.combine(day, hours.opens, hours.zone) if day else None


def collect_regions(links: Iterable[UnansweredLink]) -> Regions:
    return frozenset((link.country, link.state) for link in links)


def is_working_day(day: date, regions: Regions, calendar: Calendar) -> bool:
    """Whether it is a working day in all of these regions."""
    return all(calendar.is_working_day(day, country, state) for country, state in regions)


def may_be_reminded(
    link: UnansweredLink, now: datetime, calendar: Calendar, hours: OfficeHours
) -> bool:
    """Whether a reminder at ``now`` may include ``link``, due or not."""
    return (
        link.informed_at is not None
        and find_end_of_quiet(link, link.informed_at, calendar, hours) <= now < link.deadline
        and link.sent < MAX_REMINDERS
    )


class Obstacle(StrEnum):
    """Why somebody is not reminded now."""

    ANSWERED = "answered"
    NOT_SENT = "not_sent"
    RECENTLY = "recently"
    TODAY = "today"
    MOST = "most"
    TOO_LATE = "too_late"
    NO_ADDRESS = "no_address"


def find_obstacle(
    link: UnansweredLink,
    links: Sequence[UnansweredLink],
    send_at: datetime | None,
    calendar: Calendar,
    hours: OfficeHours,
) -> Obstacle | None:
    """Why ``link`` cannot be reminded of at ``send_at``; ``links`` are all of the same person."""
    if link.informed_at is None:
        return Obstacle.NOT_SENT
    if send_at is None or send_at >= link.deadline:
        return Obstacle.TOO_LATE
    day = send_at.astimezone(hours.zone).date()
    if any(other.sent_on and other.sent_on >= day for other in links):
        return Obstacle.TODAY
    if link.sent >= MAX_REMINDERS:
        return Obstacle.MOST
    return None if may_be_reminded(link, send_at, calendar, hours) else Obstacle.RECENTLY


def find_end_of_quiet(
    link: UnansweredLink, informed_at: datetime, calendar: Calendar, hours: OfficeHours
) -> datetime:
    """Three days after the invitation, and the start of the day after three working days since the
    mail about a new deadline.
    """
    end = informed_at + QUIET_PERIOD
    if link.extended_at is None:
        return end
    day, regions = link.extended_at.astimezone(hours.zone).date(), collect_regions([link])
    later = (day + ahead * ONE_DAY for ahead in range(1, MAX_DAYS_OFF + QUIET_WORKING_DAYS))
    working_days = [day for day in later if is_working_day(day, regions, calendar)]
    last = working_days[QUIET_WORKING_DAYS - 1 : QUIET_WORKING_DAYS] or [day + QUIET_PERIOD]
    return max(end, datetime.combine(last[0] + ONE_DAY, time(), hours.zone))


def mark_reminded(link: UnansweredLink, moment: datetime, hours: OfficeHours) -> UnansweredLink:
    """``link`` after a reminder at ``moment``, which covers the steps up to that day."""
    return replace(
        link,
        sent=link.sent + 1,
        sent_on=moment.astimezone(hours.zone).date(),
        covered_until=compute_covered_day(link, moment, hours),
    )


def compute_covered_day(link: UnansweredLink, moment: datetime, hours: OfficeHours) -> date:
    """The day up to which a reminder at ``moment`` covers the steps; never earlier than before."""
    day = moment.astimezone(hours.zone).date()
    return max(day, link.covered_until or day)
