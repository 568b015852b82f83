"""What is drawn on a round's page: the course of the answers, the sittings, the states."""

from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from signoff.domain.answer import Kind
from signoff.domain.course import Day, Sitting, course, sittings
from signoff.domain.moments import last_day
from signoff.domain.standing import Standing
from signoff.web.office.chart import Chart, charts, span
from signoff.web.office.regions import Map, Region, germany, regions


@dataclass(frozen=True, slots=True)
class Picture:
    """The drawings, and the same as rows of tables. ``charts`` is empty before the round is opened."""

    days: tuple[Day, ...]
    sittings: tuple[Sitting, ...]
    regions: tuple[Region, ...]
    germany: Map
    charts: tuple[Chart, ...]
    first: date | None
    last: date | None
    today: date
    signed: int
    answered: int


def picture(standing: Standing, now: datetime, zone: ZoneInfo, language: str) -> Picture:
    round, places, today = standing.round, standing.places, now.astimezone(zone).date()
    days, named, rows = course(places, zone), sittings(places), regions(places, language)
    first, last = None, None
    if round.opened_at and round.deadline:
        first, last = round.opened_at.astimezone(zone).date(), last_day(round.as_of, zone)
    drawn = (
        charts(days, (each.on for each in named), len(places), round.aim, span(first, last, today))
        if first and last
        else ()
    )
    counts = standing.counts
    answered = len(places) - counts[None]
    return Picture(days, named, rows, germany(rows), drawn, first, last, today, counts[Kind.SIGN], answered)
