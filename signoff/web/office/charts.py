"""The charts on a round's page: answers over time, members by state, and the map.

Templates draw what is computed.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from signoff.config import static_folder
from signoff.domain.answers import AnswerKind
from signoff.domain.dates import get_last_day
from signoff.domain.members import Member
from signoff.domain.round_status import (
    InvitationStatus,
    MeetingDay,
    RoundStatus,
    TimelineDay,
    build_timeline,
)
from signoff.domain.text import find_state_code, sort_key
from signoff.i18n.formatting import get_country_name

LEFT_MARGIN, TOP_MARGIN, BOTTOM_MARGIN = 52, 34, 34
TICK_STEPS = (1, 2, 5)
MAX_GRID_LINES = 5
# With a smaller share of answers the scale ends a little above their number, else at the number of
# members.
FULL_SCALE_SHARE = 0.4
MIN_LABEL_DISTANCE = 17  # below this distance two figures would overlap


@dataclass(frozen=True, slots=True)
class Frame:
    """The size of one drawing in the units of its view box; there is one for wide windows and one
    for telephones.
    """

    name: str
    width: int
    height: int
    right: int  # the margin for the figures at the end of the lines


WIDE_FRAME, NARROW_FRAME = Frame("wide", 700, 330, 110), Frame("narrow", 340, 300, 58)


@dataclass(frozen=True, slots=True)
class Chart:
    """One drawing with all coordinates.

    ``signed`` and ``answered`` are step lines as SVG path data.
    """

    frame: Frame
    grid_lines: tuple[tuple[float, int], ...]  # y and figure of each grid line
    signed: str
    answered: str
    end: tuple[float, float, float]  # of the lines: x, y of the signatures, y of all answers
    totals: tuple[int, int]
    first: float
    last: float
    today: float | None  # None after the last day
    target: float | None
    meetings: tuple[float, ...]
    floor: float

    @property
    def are_labels_apart(self) -> bool:
        """Whether both figures at the end of the lines are readable."""
        return abs(self.end[1] - self.end[2]) >= MIN_LABEL_DISTANCE


@dataclass(frozen=True, slots=True)
class Span:
    """The days of a chart: the opening, the last day, and today."""

    first: date
    last: date
    today: date


def build_charts(
    days: Sequence[TimelineDay],
    meeting_dates: Iterable[date],
    invited: int,
    target: int | None,
    span: Span,
) -> tuple[Chart, ...]:
    meetings = [day for day in meeting_dates if span.first <= day <= span.last]
    return tuple(
        build_chart(frame, days, meetings, invited, target, span)
        for frame in (WIDE_FRAME, NARROW_FRAME)
    )


def build_chart(
    frame: Frame,
    days: Sequence[TimelineDay],
    meeting_dates: Iterable[date],
    invited: int,
    target: int | None,
    span: Span,
) -> Chart:
    most = compute_scale_end(max([target or 0, *(day.answered for day in days)]), invited)
    floor, width = frame.height - BOTTOM_MARGIN, frame.width - LEFT_MARGIN - frame.right
    length = max(1, (span.last - span.first).days)

    def x(on: date) -> float:
        return round(LEFT_MARGIN + width * min(1.0, max(0.0, (on - span.first).days / length)), 1)

    def y(count: int) -> float:
        return round(floor - (floor - TOP_MARGIN) * count / most, 1)

    signed, answered = (days[-1].signed, days[-1].answered) if days else (0, 0)
    until = x(min(span.today, span.last))
    return Chart(
        frame=frame,
        grid_lines=tuple((y(count), count) for count in compute_grid_values(most)),
        signed=build_step_path([(x(day.on), y(day.signed)) for day in days], floor, until),
        answered=build_step_path([(x(day.on), y(day.answered)) for day in days], floor, until),
        end=(until, y(signed), y(answered)),
        totals=(signed, answered),
        first=LEFT_MARGIN,
        last=x(span.last),
        today=until if span.today < span.last else None,
        target=y(target) if target else None,
        meetings=tuple(x(on) for on in meeting_dates),
        floor=floor,
    )


def build_step_path(points: Iterable[tuple[float, float]], floor: float, until: float) -> str:
    """SVG path data of a line with a step at each point, from the left margin to ``until``."""
    return f"M{LEFT_MARGIN} {floor}" + "".join(f"H{x}V{y}" for x, y in points) + f"H{until}"


def compute_scale_end(most: int, invited: int) -> int:
    """The end of the scale for ``most`` answers: the number of members, or less while that would
    flatten the lines.
    """
    if not most or most >= invited * FULL_SCALE_SHARE:
        return max(1, invited)
    step = compute_grid_step(most)
    return min(invited, step * -(-most // step) + step)


def compute_grid_values(most: int) -> list[int]:
    """The figures of the grid lines: round ones, and the end of the scale unless it is too close to
    one.
    """
    step = compute_grid_step(most)
    values = list(range(0, most + 1, step))
    if most - values[-1] > step * 0.6:
        values.append(most)
    return values


def compute_grid_step(most: int) -> int:
    """The smallest of 1, 2, 5, 10, 20, 50 … that needs at most ``MAX_GRID_LINES`` lines."""
    power = 1
    while True:
        for step in TICK_STEPS:
            if most <= step * power * MAX_GRID_LINES:
                return step * power
        power *= 10


def build_span(first: date, last: date, today: date) -> Span:
    """The span from ``first`` to ``last``, at least one day long."""
    return Span(first, max(last, first + timedelta(days=1)), today)


# The members of a round by state, for a table and the map.

GERMANY = "DE"
SHADE_THRESHOLDS = (0.25, 0.5, 0.75, 1.0)  # shares of signatures at which a state gets darker
PERCENT_THRESHOLD = (
    100  # members of a state from which "3/12" is too long and the map shows the share
)
# The positions of the figures on the map; small states have theirs outside, at the end of a line.
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
    """A German state or another country.

    ``key`` is the value of the table's filter, ``map_id`` the id of the shape on the map.
    """

    key: str
    name: str
    map_id: str
    invited: int
    signed: int
    answered: int

    @property
    def shade(self) -> int:
        """From 0 (nobody) to 4 (everybody)."""
        return (
            sum(self.signed >= share * self.invited for share in SHADE_THRESHOLDS)
            if self.signed
            else 0
        )


@dataclass(frozen=True, slots=True)
class Map:
    """The German states that have members, and whether their figures are shares, or how many signed
    without how many were asked.
    """

    regions: tuple[Region, ...]
    in_percent: bool
    signed_only: bool = False


OUTLINES_FILE = "vendor/map/germany.svg"
OUTLINE = re.compile(r'<path id="(\w+)" d="([^"]+)"')


@cache
def load_outlines() -> dict[str, str]:
    """The shapes of the states as SVG path data, for a self-contained picture."""
    return dict(OUTLINE.findall((static_folder() / OUTLINES_FILE).read_text(encoding="utf-8")))


def get_region_key(member: Member) -> str:
    """The German state of a member, or its country's code; empty if neither is known."""
    return member.state if member.country.upper() in (GERMANY, "") else member.country.upper()


def build_regions(statuses: Iterable[InvitationStatus], language: str) -> tuple[Region, ...]:
    """German states, then other countries, each sorted by name; members without a state last."""
    by_key: dict[str, list[InvitationStatus]] = defaultdict(list)
    for status in statuses:
        by_key[get_region_key(status.member)].append(status)
    regions = [build_region(key, group, language) for key, group in by_key.items()]
    return tuple(
        sorted(
            regions,
            key=lambda region: (not region.key, is_country(region.key), sort_key(region.name)),
        )
    )


def build_region(key: str, statuses: list[InvitationStatus], language: str) -> Region:
    kinds = Counter(status.kind for status in statuses)
    name = get_country_name(key, language) if is_country(key) else key
    id = "" if is_country(key) else find_state_code(key).lower()
    return Region(
        key, name, id, len(statuses), kinds[AnswerKind.COSIGN], len(statuses) - kinds[None]
    )


def is_country(key: str) -> bool:
    return len(key) == len(GERMANY) and key.isupper()


def build_map(regions: Iterable[Region]) -> Map:
    """The map; several spellings of one state are merged."""
    by_id: dict[str, Region] = {}
    for region in regions:
        if region.map_id:
            present = by_id.get(region.map_id)
            by_id[region.map_id] = merge_regions(present, region) if present else region
    in_percent = any(region.invited >= PERCENT_THRESHOLD for region in by_id.values())
    return Map(tuple(by_id.values()), in_percent)


def merge_regions(first: Region, second: Region) -> Region:
    return Region(
        first.key,
        first.name,
        first.map_id,
        invited=first.invited + second.invited,
        signed=first.signed + second.signed,
        answered=first.answered + second.answered,
    )


# All charts of a round's page.


@dataclass(frozen=True, slots=True)
class RoundCharts:
    """The drawings, and the same figures for tables.

    ``charts`` is empty before the round is opened.
    """

    days: tuple[TimelineDay, ...]
    meetings: tuple[MeetingDay, ...]
    regions: tuple[Region, ...]
    map: Map
    charts: tuple[Chart, ...]
    first: date | None
    last: date | None
    today: date
    signed: int
    answered: int


def build_round_charts(
    status: RoundStatus, now: datetime, zone: ZoneInfo, language: str
) -> RoundCharts:
    """The charts, drawn once a day as long as the status is kept."""
    day = now.astimezone(zone).date(), zone, language
    if day not in status.drawings:
        status.drawings[day] = draw_round_charts(status, *day)
    charts: RoundCharts = status.drawings[day]
    return charts


def draw_round_charts(
    status: RoundStatus, today: date, zone: ZoneInfo, language: str
) -> RoundCharts:
    round, statuses, counts = status.round, status.invitations, status.counts
    days, meetings = build_timeline(statuses, zone), status.meetings
    regions = build_regions(statuses, language)
    first: date | None = None
    last: date | None = None
    charts: tuple[Chart, ...] = ()
    if round.opened_at and round.deadline:
        first, last = round.opened_at.astimezone(zone).date(), get_last_day(round.as_of, zone)
        meeting_dates = (meeting.on for meeting in meetings)
        span = build_span(first, last, today)
        charts = build_charts(days, meeting_dates, len(statuses), round.target, span)
    return RoundCharts(
        days=days,
        meetings=meetings,
        regions=regions,
        map=build_map(regions),
        charts=charts,
        first=first,
        last=last,
        today=today,
        signed=counts[AnswerKind.COSIGN],
        answered=len(statuses) - counts[None],
    )
