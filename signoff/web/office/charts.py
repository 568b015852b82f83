"""How answers came in, as a picture: where lines, marks and figures stand. templates/office/chart.html draws it."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from signoff.domain.answers import Kind
from signoff.domain.dates import last_day
from signoff.domain.members import Member
from signoff.domain.round_status import Day, Place, Sitting, Standing, course, sittings
from signoff.domain.text import code, sort_key
from signoff.i18n.format import country

LEFT, TOP, BELOW = 44, 34, 34
STEPS = (1, 2, 5)
LINES = 5  # as many lines across at most
HEADROOM = 0.4  # where less than this share has answered, the scale ends at what there is, not at all that were asked
APART = 17  # two figures closer than this would cover each other


@dataclass(frozen=True, slots=True)
class Frame:
    """The size of one drawing, in the units of its view box: the wide one, and the one for a telephone."""

    name: str
    width: int
    height: int
    right: int  # what is kept free on the right for figures


WIDE, NARROW = Frame("wide", 700, 330, 110), Frame("narrow", 340, 300, 58)


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
        return abs(self.end[1] - self.end[2]) >= APART


@dataclass(frozen=True, slots=True)
class Span:
    """What the picture is about: from the opening to the last day, and where today lies."""

    first: date
    last: date
    today: date


def charts(
    days: Sequence[Day], sittings: Iterable[date], asked: int, aim: int | None, span: Span
) -> tuple[Chart, ...]:
    within = [on for on in sittings if span.first <= on <= span.last]
    return tuple(chart(frame, days, within, asked, aim, span) for frame in (WIDE, NARROW))


def chart(
    frame: Frame,
    days: Sequence[Day],
    sittings: Iterable[date],
    asked: int,
    aim: int | None,
    span: Span,
) -> Chart:
    most = scale(max([aim or 0, *(day.answered for day in days)]), asked)
    floor, wide = frame.height - BELOW, frame.width - LEFT - frame.right
    length = max(1, (span.last - span.first).days)

    def x(on: date) -> float:
        return round(LEFT + wide * min(1.0, max(0.0, (on - span.first).days / length)), 1)

    def y(count: int) -> float:
        return round(floor - (floor - TOP) * count / most, 1)

    signed, answered = (days[-1].signed, days[-1].answered) if days else (0, 0)
    until = x(min(span.today, span.last))
    return Chart(
        frame=frame,
        lines=tuple((y(count), count) for count in figures(most)),
        signed=steps([(x(day.on), y(day.signed)) for day in days], floor, until),
        answered=steps([(x(day.on), y(day.answered)) for day in days], floor, until),
        end=(until, y(signed), y(answered)),
        totals=(signed, answered),
        first=LEFT,
        last=x(span.last),
        today=until if span.today < span.last else None,
        aim=y(aim) if aim else None,
        sittings=tuple(x(on) for on in sittings),
        floor=floor,
    )


def steps(points: Iterable[tuple[float, float]], floor: float, until: float) -> str:
    """A line that stays until something comes in, and then rises at once."""
    return f"M{LEFT} {floor}" + "".join(f"H{x}V{y}" for x, y in points) + f"H{until}"


def scale(most: int, asked: int) -> int:
    """Where the scale ends: at the number asked, as soon as that leaves a picture one can read."""
    if not most or most >= asked * HEADROOM:
        return max(1, asked)
    return min(asked, step(most) * -(-most // step(most)) + step(most))


def figures(most: int) -> list[int]:
    """The figures beside the lines across: round ones, and the end of the scale where it is not too close to one."""
    by = step(most)
    found = list(range(0, most + 1, by))
    if most - found[-1] > by * 0.6:
        found.append(most)
    return found


def step(most: int) -> int:
    """The smallest of 1, 2, 5, 10, 20, 50 … that needs no more than ``LINES`` lines."""
    power = 1
    while True:
        for each in STEPS:
            if most <= each * power * LINES:
                return each * power
        power *= 10


def span(first: date, last: date, today: date) -> Span:
    """A round that is opened and ends on one day is drawn a day wide."""
    return Span(first, max(last, first + timedelta(days=1)), today)


# The members of a round by state: the rows of a table, and the map that is drawn from them.

GERMANY = "DE"
SHADES = (0.25, 0.5, 0.75, 1.0)  # from which share on a state is a shade darker
SEVERAL_DIGITS = 100  # from here on "3/12" does not fit into a state, and the share stands there
# Where the figure of a state stands on the map of the package; small ones have it outside, at the end of a line.
INSIDE = {
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
OUTSIDE = {
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
        return sum(self.signed >= share * self.asked for share in SHADES) if self.signed else 0


@dataclass(frozen=True, slots=True)
class Map:
    """The German states that have members, and whether their figures are shares."""

    regions: tuple[Region, ...]
    in_percent: bool


def land(member: Member) -> str:
    """What a member is filed under: its German state, else its country's code; empty where neither is known."""
    return member.state if member.country.upper() in (GERMANY, "") else member.country.upper()


def regions(places: Iterable[Place], language: str) -> tuple[Region, ...]:
    """German states first, then other countries, each sorted by name; members without a state last."""
    filed: dict[str, list[Place]] = defaultdict(list)
    for place in places:
        filed[land(place.member)].append(place)
    found = [region(key, each, language) for key, each in filed.items()]
    return tuple(
        sorted(found, key=lambda each: (not each.key, is_country(each.key), sort_key(each.name)))
    )


def region(key: str, places: list[Place], language: str) -> Region:
    kinds = Counter(place.kind for place in places)
    name = country(key, language) if is_country(key) else key
    id = "" if is_country(key) else code(key).lower()
    return Region(key, name, id, len(places), kinds[Kind.SIGN], len(places) - kinds[None])


def is_country(key: str) -> bool:
    return len(key) == len(GERMANY) and key.isupper()


def germany(regions: Iterable[Region]) -> Map:
    """The map; two spellings of one state are one place on it."""
    joined: dict[str, Region] = {}
    for each in regions:
        if each.id:
            before = joined.get(each.id)
            joined[each.id] = each if before is None else both(before, each)
    return Map(
        tuple(joined.values()), any(each.asked >= SEVERAL_DIGITS for each in joined.values())
    )


def both(one: Region, other: Region) -> Region:
    figures = {
        name: getattr(one, name) + getattr(other, name) for name in ("asked", "signed", "answered")
    }
    return Region(one.key, one.name, one.id, **figures)


# What is drawn on a round's page: the course of the answers, the sittings, the states.


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
    return Picture(
        days, named, rows, germany(rows), drawn, first, last, today, counts[Kind.SIGN], answered
    )
