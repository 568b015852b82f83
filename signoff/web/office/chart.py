"""How answers came in, as a picture: where lines, marks and figures stand. templates/office/chart.html draws it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from signoff.domain.course import Day

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
    end: tuple[float, float, float]  # where the lines end: x, and y of the signatures and of all answers
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


def charts(days: Sequence[Day], sittings: Iterable[date], asked: int, aim: int | None, span: Span) -> tuple[Chart, ...]:
    within = [on for on in sittings if span.first <= on <= span.last]
    return tuple(chart(frame, days, within, asked, aim, span) for frame in (WIDE, NARROW))


def chart(
    frame: Frame, days: Sequence[Day], sittings: Iterable[date], asked: int, aim: int | None, span: Span
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
