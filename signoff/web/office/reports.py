"""A report on a round for the association's board, as a PDF to print and to hand round.

Its figures are those of the round's page.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import groupby

from flask import g, render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from markupsafe import Markup
from werkzeug.exceptions import NotFound

from signoff.actions.prints import load_logo
from signoff.domain.documents import WorkingCopy
from signoff.domain.forecast import Forecast
from signoff.domain.round_status import (
    InvitationStatus,
    MeetingDay,
    TimelineDay,
)
from signoff.domain.text import GERMAN_STATES
from signoff.i18n.formatting import format_moment
from signoff.store.dashboard import RoundSummary
from signoff.web.context import current_date, current_language, db, now
from signoff.web.downloads import send_working_copy
from signoff.web.office.access import blueprint, get_round_summary_or_404
from signoff.web.office.charts import (
    INSIDE_LABEL_POSITIONS,
    OUTSIDE_LABEL_POSITIONS,
    Region,
    RoundCharts,
    build_round_charts,
    get_region_key,
    load_outlines,
)
from signoff.web.office.rounds import load_forecast

COURSE_NAME, MAP_NAME = "course.svg", "map.svg"
MAX_NAMES = 2000  # of missing members; these fill ten pages
MAX_COURSE_ROWS = 26
MAX_MEETING_DAYS, MAX_NAMES_PER_MEETING = 40, 12


@dataclass(frozen=True, slots=True)
class MissingMembers:
    """The members of a region without an answer; ``hidden`` are not printed."""

    name: str
    names: tuple[str, ...]
    hidden: int


@dataclass(frozen=True, slots=True)
class PrintedMeeting:
    """A day of council meetings; ``hidden`` are the members that are not named."""

    on: date
    names: tuple[str, ...]
    hidden: int


@dataclass(frozen=True, slots=True)
class Report:
    """The content of a report besides the status and the charts of the round."""

    forecasting: bool
    forecast: Forecast | None
    unreached: int
    days: tuple[TimelineDay, ...]
    step_heading: str  # of ``days``: the day, or the last day of a week or month
    meetings: tuple[PrintedMeeting, ...]
    hidden_meetings: int  # days
    overdue: int
    missing: tuple[MissingMembers, ...]
    max_names: int
    course_name: str = COURSE_NAME
    map_name: str = MAP_NAME

    @property
    def is_cut(self) -> bool:
        """Whether not all missing members are named."""
        return any(group.hidden for group in self.missing)


@blueprint.get("/rounds/<int:id>/report.pdf")
def download_report(id: int) -> ResponseReturnValue:
    """The report in the language of the page; 404 before the round is opened."""
    summary = get_round_summary_or_404(id)
    if summary.round.opened_at is None:
        raise NotFound
    kind = _("bericht")  # in ASCII in every catalogue
    name = f"{summary.edition.slug}-{kind}-{current_date().isoformat()}.pdf"
    return send_working_copy(build_report_copy(summary), name)


def build_report_copy(summary: RoundSummary) -> WorkingCopy:
    status = summary.status
    moment = now().replace(second=0, microsecond=0)
    language = current_language()
    picture = build_round_charts(status, now(), g.association.zone, language)
    body = render_template(
        "kit/report.html",
        report=build_report(summary, picture),
        status=status,
        picture=picture,
        edition=summary.edition,
        now=moment,
    )
    mark = _("Bericht für den Vorstand")
    return WorkingCopy(
        title=f"{mark}: {summary.edition.text.title}",
        body=body,
        language=language,
        mark=mark,
        foot=_("Zahlen vom %(moment)s", moment=format_moment(moment, g.association.zone, language)),
        association=g.association,
        created=moment,
        drawings=tuple(draw_charts(summary, picture)),
        logo=load_logo(db(), g.association),
    )


def draw_charts(summary: RoundSummary, picture: RoundCharts) -> Iterable[tuple[str, str]]:
    """The charts as SVG with a style of their own, by name."""
    style = Markup(render_template("pdf/charts.css"))  # noqa: S704 (our own file)
    yield (
        COURSE_NAME,
        render_template(
            "kit/report_course.svg",
            chart=picture.charts[0],
            picture=picture,
            status=summary.status,
            style=style,
        ),
    )
    yield (
        MAP_NAME,
        render_template(
            "kit/report_map.svg",
            map=picture.map,
            state_codes=[code.lower() for code in GERMAN_STATES.values()],
            inside_labels=INSIDE_LABEL_POSITIONS,
            outside_labels=OUTSIDE_LABEL_POSITIONS,
            outlines=load_outlines(),
            style=style,
        ),
    )


def build_report(summary: RoundSummary, picture: RoundCharts) -> Report:
    statuses, today = summary.status.invitations, current_date()
    coming = [meeting for meeting in picture.meetings if meeting.on >= today]
    step_heading, days = condense_course(picture.days)
    return Report(
        forecasting=summary.round.is_open(now()),
        forecast=load_forecast(summary.status),
        unreached=len(summary.status.unreached),
        days=days,
        step_heading=step_heading,
        meetings=tuple(map(build_printed_meeting, coming[:MAX_MEETING_DAYS])),
        hidden_meetings=len(coming[MAX_MEETING_DAYS:]),
        overdue=len(summary.status.list_overdue_results(today)),
        missing=list_missing(statuses, picture.regions, MAX_NAMES),
        max_names=MAX_NAMES,
    )


def build_printed_meeting(meeting: MeetingDay) -> PrintedMeeting:
    names = [status.member.name for status in meeting.invitations]
    hidden = len(names[MAX_NAMES_PER_MEETING:])
    return PrintedMeeting(meeting.on, tuple(names[:MAX_NAMES_PER_MEETING]), hidden)


def condense_course(days: Sequence[TimelineDay]) -> tuple[str, tuple[TimelineDay, ...]]:
    """The course by days, weeks or months, whichever fits first, with the heading of the days."""
    if len(days) <= MAX_COURSE_ROWS:
        return _("Tag"), tuple(days)
    weeks = merge_days(days, lambda on: on.isocalendar()[:2])
    if len(weeks) <= MAX_COURSE_ROWS:
        return _("Woche bis zum"), weeks
    return _("Monat bis zum"), merge_days(days, lambda on: (on.year, on.month))


def merge_days(
    days: Iterable[TimelineDay], get_period: Callable[[date], tuple[int, int]]
) -> tuple[TimelineDay, ...]:
    """One day for each period: the last, with all that came in it."""
    merged = []
    for _period, group in groupby(days, lambda day: get_period(day.on)):
        period_days = list(group)
        received = sum(day.received for day in period_days)
        merged.append(replace(period_days[-1], received=received))
    return tuple(merged)


def list_missing(
    statuses: Iterable[InvitationStatus], regions: Iterable[Region], most: int
) -> tuple[MissingMembers, ...]:
    """The members without an answer by region, at most ``most`` names: so many of each region that
    those with few are named completely.
    """
    by_region: dict[str, list[InvitationStatus]] = defaultdict(list)
    for status in statuses:
        if status.kind is None:
            by_region[get_region_key(status.member)].append(status)
    limit = find_limit([len(group) for group in by_region.values()], most)
    return tuple(
        MissingMembers(
            region.name,
            tuple(distinguish(by_region[region.key])[:limit]),
            max(0, len(by_region[region.key]) - limit),
        )
        for region in regions
        if region.key in by_region
    )


def find_limit(sizes: Iterable[int], most: int) -> int:
    """The largest limit for each group with which all together are at most ``most``."""
    limit, sizes = 0, sorted(sizes)
    for index, size in enumerate(sizes):
        share = most // (len(sizes) - index)
        if size > share:
            return share
        limit, most = size, most - size
    return limit


def distinguish(statuses: Sequence[InvitationStatus]) -> list[str]:
    """The names of members; several of one name with their keys."""
    counted = Counter(status.member.name for status in statuses)
    return [
        f"{status.member.name} ({status.member.key})"
        if counted[status.member.name] > 1
        else status.member.name
        for status in statuses
    ]
