"""How answers came in, as a picture: where lines, marks and figures stand. templates/office/chart.html draws it."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from signoff.domain.answers import AnswerKind
from signoff.domain.dates import get_last_day
from signoff.domain.members import Member
from signoff.domain.round_status import (
    InvitationStatus,
    MeetingDay,
    RoundStatus,
    TimelineDay,
    build_timeline,
    list_meeting_days,
)
from signoff.domain.text import find_state_code, sort_key
from signoff.i18n.format import get_country_name

LEFT_MARGIN, TOP_MARGIN, BOTTOM_MARGIN = 44, 34, 34
TICK_STEPS = (1, 2, 5)
MAX_GRID_LINES = 5  # as many lines across at most
# Where less than this share has answered, the scale ends at what there is, not at all that were asked.
FULL_SCALE_SHARE = 0.4
MIN_LABEL_DISTANCE = 17  # two figures closer than this would cover each other


@dataclass(frozen=True, slots=True)
class Frame:
    """The size of one drawing, in the units of its view box: the wide one, and the one for a telephone."""

    name: str
    width: int
    height: int
    right: int  # what is kept free on the right for figures


WIDE_FRAME, NARROW_FRAME = Frame("wide", 700, 330, 110), Frame("narrow", 340, 300, 58)


@dataclass(frozen=True, slots=True)
class Chart:
    """Everything that is drawn, in place. ``signed`` and ``answered`` are step lines as SVG path data."""

    frame: Frame
    lines: tuple[tuple[float, int], ...]  # height and figure of each line across
    signed: str
    answered: str
    end: tuple[
        float, float, float
    ]  # where the lines end: x, and y of the signatures and of all answers
    totals: tuple[int, int]
    first: float
    last: float
    today: float | None  # not where the end has passed
    aim: float | None
    sittings: tuple[float, ...]
    floor: float

    @property
    def apart(self) -> bool:
        """Whether both figures at the lines' end can be read."""
        return abs(self.end[1] - self.end[2]) >= MIN_LABEL_DISTANCE


@dataclass(frozen=True, slots=True)
class Span:
    """What the picture is about: from the opening to the last day, and where today lies."""

    first: date
    last: date
    today: date


def build_charts(
    days: Sequence[TimelineDay], sittings: Iterable[date], asked: int, aim: int | None, span: Span
) -> tuple[Chart, ...]:
    within = [on for on in sittings if span.first <= on <= span.last]
    return tuple(
        build_chart(frame, days, within, asked, aim, span) for frame in (WIDE_FRAME, NARROW_FRAME)
    )


def build_chart(
    frame: Frame,
    days: Sequence[TimelineDay],
    sittings: Iterable[date],
    asked: int,
    aim: int | None,
    span: Span,
) -> Chart:
    most = compute_scale_end(max([aim or 0, *(day.answered for day in days)]), asked)
    floor, wide = frame.height - BOTTOM_MARGIN, frame.width - LEFT_MARGIN - frame.right
    length = max(1, (span.last - span.first).days)

    def x(on: date) -> float:
        return round(LEFT_MARGIN + wide * min(1.0, max(0.0, (on - span.first).days / length)), 1)

    def y(count: int) -> float:
        return round(floor - (floor - TOP_MARGIN) * count / most, 1)

    signed, answered = (days[-1].signed, days[-1].answered) if days else (0, 0)
    until = x(min(span.today, span.last))
    return Chart(
        frame=frame,
        lines=tuple((y(count), count) for count in compute_grid_values(most)),
        signed=build_step_path([(x(day.on), y(day.signed)) for day in days], floor, until),
        answered=build_step_path([(x(day.on), y(day.answered)) for day in days], floor, until),
        end=(until, y(signed), y(answered)),
        totals=(signed, answered),
        first=LEFT_MARGIN,
        last=x(span.last),
        today=until if span.today < span.last else None,
        aim=y(aim) if aim else None,
        sittings=tuple(x(on) for on in sittings),
        floor=floor,
    )


def build_step_path(points: Iterable[tuple[float, float]], floor: float, until: float) -> str:
    """A line that stays until something comes in, and then rises at once."""
    return f"M{LEFT_MARGIN} {floor}" + "".join(f"H{x}V{y}" for x, y in points) + f"H{until}"


def compute_scale_end(most: int, asked: int) -> int:
    """Where the scale ends: at the number asked, as soon as that leaves a picture one can read."""
    if not most or most >= asked * FULL_SCALE_SHARE:
        return max(1, asked)
    return min(
        asked,
        compute_grid_step(most) * -(-most // compute_grid_step(most)) + compute_grid_step(most),
    )


def compute_grid_values(most: int) -> list[int]:
    """The figures beside the lines across: round ones, and the end of the scale where it is not too close to one."""
    by = compute_grid_step(most)
    found = list(range(0, most + 1, by))
    if most - found[-1] > by * 0.6:
        found.append(most)
    return found


def compute_grid_step(most: int) -> int:
    """The smallest of 1, 2, 5, 10, 20, 50 … that needs no more than ``LINES`` lines."""
    power = 1
    while True:
        for each in TICK_STEPS:
            if most <= each * power * MAX_GRID_LINES:
                return each * power
        power *= 10


def build_span(first: date, last: date, today: date) -> Span:
    """A round that is opened and ends on one day is drawn a day wide."""
    return Span(first, max(last, first + timedelta(days=1)), today)


# The members of a round by state: the rows of a table, and the map that is drawn from them.

GERMANY = "DE"
SHADE_THRESHOLDS = (0.25, 0.5, 0.75, 1.0)  # from which share on a state is a shade darker
PERCENT_THRESHOLD = 100  # from here on "3/12" does not fit into a state, and the share stands there
# Where the figure of a state stands on the map of the package; small ones have it outside, at the end of a line.
INSIDE_LABEL_POSITIONS = {
    "bw": (203, 679),
    "by": (354, 639),
    "bb": (518, 343),
    "he": (202, 477),
    "ni": (224, 265),
    "mv": (421, 154),
    "nw": (105, 388),
    "rp": (95, 546),
    "sn": (477, 432),
    "st": (372, 333),
    "sh": (253, 111),
    "th": (329, 447),
}
OUTSIDE_LABEL_POSITIONS = {
    "be": (560, 250, "M481 275L556 256"),
    "hh": (20, 96, "M265 165L122 102"),
    "hb": (-60, 190, "M188 214L36 196"),
    "sl": (-66, 690, "M70 590L30 668"),
}


@dataclass(frozen=True, slots=True)
class Region:
    """A German state, or another country. ``key`` is what the table filters by, ``id`` its place on the map."""

    key: str
    name: str
    id: str
    asked: int
    signed: int
    answered: int

    @property
    def shade(self) -> int:
        """From 0 (nobody) to 4 (everybody)."""
        return (
            sum(self.signed >= share * self.asked for share in SHADE_THRESHOLDS)
            if self.signed
            else 0
        )


@dataclass(frozen=True, slots=True)
class Map:
    """The German states that have members, and whether their figures are shares."""

    regions: tuple[Region, ...]
    in_percent: bool


def get_region_key(member: Member) -> str:
    """What a member is filed under: its German state, else its country's code; empty where neither is known."""
    return member.state if member.country.upper() in (GERMANY, "") else member.country.upper()


def build_regions(places: Iterable[InvitationStatus], language: str) -> tuple[Region, ...]:
    """German states first, then other countries, each sorted by name; members without a state last."""
    filed: dict[str, list[InvitationStatus]] = defaultdict(list)
    for place in places:
        filed[get_region_key(place.member)].append(place)
    found = [build_region(key, each, language) for key, each in filed.items()]
    return tuple(
        sorted(found, key=lambda each: (not each.key, is_country(each.key), sort_key(each.name)))
    )


def build_region(key: str, places: list[InvitationStatus], language: str) -> Region:
    kinds = Counter(place.kind for place in places)
    name = get_country_name(key, language) if is_country(key) else key
    id = "" if is_country(key) else find_state_code(key).lower()
    return Region(key, name, id, len(places), kinds[AnswerKind.SIGN], len(places) - kinds[None])


def is_country(key: str) -> bool:
    return len(key) == len(GERMANY) and key.isupper()


def build_map(regions: Iterable[Region]) -> Map:
    """The map; two spellings of one state are one place on it."""
    joined: dict[str, Region] = {}
    for each in regions:
        if each.id:
            before = joined.get(each.id)
            joined[each.id] = each if before is None else merge_regions(before, each)
    return Map(
        tuple(joined.values()), any(each.asked >= PERCENT_THRESHOLD for each in joined.values())
    )


def merge_regions(one: Region, other: Region) -> Region:
    figures = {
        name: getattr(one, name) + getattr(other, name) for name in ("asked", "signed", "answered")
    }
    return Region(one.key, one.name, one.id, **figures)


# What is drawn on a round's page: the course of the answers, the sittings, the states.


@dataclass(frozen=True, slots=True)
class RoundCharts:
    """The drawings, and the same as rows of tables. ``charts`` is empty before the round is opened."""

    days: tuple[TimelineDay, ...]
    sittings: tuple[MeetingDay, ...]
    regions: tuple[Region, ...]
    germany: Map
    charts: tuple[Chart, ...]
    first: date | None
    last: date | None
    today: date
    signed: int
    answered: int


def build_round_charts(
    standing: RoundStatus, now: datetime, zone: ZoneInfo, language: str
) -> RoundCharts:
    round, places, today = standing.round, standing.places, now.astimezone(zone).date()
    days, named, rows = (
        build_timeline(places, zone),
        list_meeting_days(places),
        build_regions(places, language),
    )
    first, last = None, None
    if round.opened_at and round.deadline:
        first, last = round.opened_at.astimezone(zone).date(), get_last_day(round.as_of, zone)
    drawn = (
        build_charts(
            days,
            (each.on for each in named),
            len(places),
            round.target,
            build_span(first, last, today),
        )
        if first and last
        else ()
    )
    counts = standing.counts
    answered = len(places) - counts[None]
    return RoundCharts(
        days,
        named,
        rows,
        build_map(rows),
        drawn,
        first,
        last,
        today,
        counts[AnswerKind.SIGN],
        answered,
    )
