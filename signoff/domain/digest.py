"""What the office's people are told once a week: where each round stands, and what is to be done."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from signoff.domain.answer import Kind
from signoff.domain.paper import Edition
from signoff.domain.reminding import Calendar
from signoff.domain.standing import MailState, Standing

WEEK = timedelta(days=7)
UNREACHED = (MailState.FAILED, MailState.BOUNCED)


@dataclass(frozen=True, slots=True)
class Report:
    """One round of the digest. ``fresh`` answers came in the week before."""

    edition: Edition
    standing: Standing
    fresh: int

    @property
    def unanswered(self) -> int:
        return self.standing.counts[None]

    @property
    def unreached(self) -> int:
        """How many have not answered and were reached by no mail."""
        return sum(place.kind is None and place.mail in UNREACHED for place in self.standing.places)


@dataclass(frozen=True, slots=True)
class Digest:
    """The rounds that are not released yet."""

    reports: tuple[Report, ...] = ()


def digest(standings: Iterable[tuple[Edition, Standing]], now: datetime) -> Digest:
    """The digest as of ``now``."""
    return Digest(tuple(Report(edition, standing, fresh(standing, now)) for edition, standing in standings))


def fresh(standing: Standing, now: datetime) -> int:
    """How many answers that count came in the week before ``now``."""
    answered = (place.version for place in standing.places if place.kind not in (None, Kind.WITHDRAWN))
    return sum(now - WEEK < version.received_at <= now for version in answered if version)


def week_of(day: date) -> int:
    """The number of the digest of that week: ISO year and week, ``202703``."""
    year, week, _ = day.isocalendar()
    return year * 100 + week


def is_due(now: datetime, zone: ZoneInfo, calendar: Calendar, country: str = "DE") -> bool:
    """Whether the week's digest may go out: from nine o'clock on its first working day, until five o'clock of any."""
    local = now.astimezone(zone)
    return time(9) <= local.time() < time(17) and calendar.works(local.date(), country, "")
