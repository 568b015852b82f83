"""Coming dates of the rounds: deadlines, council meetings, reminders and planned releases."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from signoff.domain.dates import get_last_day
from signoff.domain.releases import Release
from signoff.domain.reminders import Calendar, OfficeHours, list_reminder_days
from signoff.domain.round_status import RoundStatus
from signoff.domain.rounds import Phase

HOME_REGION = frozenset({("DE", "")})  # reminders of one member may move by its state's holidays


class UpcomingKind(StrEnum):
    DEADLINE = "deadline"
    MEETING = "meeting"
    REMINDER = "reminder"
    RELEASE = "release"
    LATE_END = "late_end"


@dataclass(frozen=True, slots=True)
class Upcoming:
    """One thing that will happen. ``at`` is its moment, where the time of the day matters.

    ``names`` are the members that a meeting is about.
    """

    on: date
    kind: UpcomingKind
    round_id: int
    title: str
    at: datetime | None = None
    names: tuple[str, ...] = ()


def list_upcoming(
    rounds: Iterable[tuple[str, RoundStatus, Release | None]],
    calendar: Calendar,
    hours: OfficeHours,
    now: datetime,
) -> list[Upcoming]:
    """Everything from today on, in order of date; each round with its title and its release."""
    today = now.astimezone(hours.zone).date()
    upcoming = [
        each
        for title, status, release in rounds
        for each in iter_upcoming_of_round(title, status, release, calendar, hours, now)
        if each.on >= today
    ]
    return sorted(
        upcoming, key=lambda each: (each.on, list(UpcomingKind).index(each.kind), each.title)
    )


def iter_upcoming_of_round(
    title: str,
    status: RoundStatus,
    release: Release | None,
    calendar: Calendar,
    hours: OfficeHours,
    now: datetime,
) -> Iterable[Upcoming]:
    round = status.round
    if release and release.planned_at and release.released_at > now:
        on = release.released_at.astimezone(hours.zone).date()
        yield Upcoming(on, UpcomingKind.RELEASE, round.id, title, release.released_at)
    if round.late_until and round.late_until > now:
        last_day = get_last_day(round.late_until, hours.zone)
        yield Upcoming(last_day, UpcomingKind.LATE_END, round.id, title)
    if round.phase(now) is not Phase.OPEN or not round.deadline or not round.opened_at:
        return
    last_day = get_last_day(round.deadline, hours.zone)
    yield Upcoming(last_day, UpcomingKind.DEADLINE, round.id, title)
    opened_on = round.opened_at.astimezone(hours.zone).date()
    steps = round.terms.reminders
    for on in set(
        list_reminder_days(round.deadline, steps, HOME_REGION, calendar, hours, opened_on)
    ):
        if on > opened_on:
            yield Upcoming(on, UpcomingKind.REMINDER, round.id, title)
    for day in status.meetings:
        names = tuple(status.member.name for status in day.invitations)
        yield Upcoming(day.on, UpcomingKind.MEETING, round.id, title, names=names)
