"""Members and rounds: what each member has answered over the years, and the same as a table."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass

from flask import Response, render_template, request
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from signoff import store
from signoff.domain.participations import Participation, has_never_answered
from signoff.domain.rounds import Round
from signoff.store.members import MemberSummary
from signoff.web.context import current_date, db, now
from signoff.web.downloads import send_csv, send_xlsx
from signoff.web.filters import format_answer_kind, to_local_date
from signoff.web.listing import get_int, paginate
from signoff.web.office.access import blueprint
from signoff.web.office.member_list import (
    REACHABILITY_LABELS,
    STATUS_LABELS,
    MemberQuery,
    filter_members,
    list_filter_options,
)

ROUNDS_PER_PAGE = 5  # side by side
ANSWERED_LABELS = {
    "never": _l("nie geantwortet"),
    "answered": _l("schon geantwortet"),
    "uninvited": _l("nie eingeladen"),
}


class ParticipationQuery(MemberQuery):
    FILTERS = {**MemberQuery.FILTERS, "answered": ANSWERED_LABELS}


@dataclass(frozen=True, slots=True)
class Column:
    """One round, with the participation of each member that was invited to it; a former one, from
    the time before this instance, has no ``round``.
    """

    title: str
    year: int
    round: Round | None
    by_member: Mapping[int, Participation]


def load_columns(member_ids: Collection[int] | None = None) -> list[Column]:
    """Every round that was opened and not cancelled, the newest first, with these or all members.

    One that ended without publication counts: its members were asked and could answer.
    """
    by_round: dict[int, dict[int, Participation]] = {}
    for participation in store.participations.list_all(db(), member_ids):
        of_round = by_round.setdefault(participation.round_id, {})
        of_round[participation.member_id] = participation
    editions = store.papers.get_editions_by_id(db())
    return [
        Column(
            editions[round.edition_id].text.title,
            to_local_date(round.opened_at).year,
            round,
            by_round.get(round.id, {}),
        )
        for round in store.rounds.list_all(db())
        if round.opened_at and (not round.cancelled_at or round.ending_reason)
    ] + list_past_columns()


def list_past_columns() -> list[Column]:
    """The former rounds, the newest first."""
    former: dict[tuple[str, int], dict[int, Participation]] = {}
    for answer in store.past_answers.list_all(db()):
        participation = Participation(0, answer.member_id, 0, "", answer.kind, None)
        of_round = former.setdefault((answer.title, answer.year), {})
        of_round[answer.member_id] = participation
    return [Column(title, year, None, by_member) for (title, year), by_member in former.items()]


def select_members(
    everybody: Iterable[MemberSummary], query: ParticipationQuery
) -> list[MemberSummary]:
    matching = filter_members(everybody, query)
    if not query["answered"]:
        return matching
    columns = load_columns()
    open_ids = [
        column.round.id for column in columns if column.round and column.round.is_open(now())
    ]
    return [
        summary
        for summary in matching
        if query["answered"] in classify(columns, summary.member.id, open_ids)
    ]


def classify(columns: Iterable[Column], member_id: int, open_ids: Collection[int]) -> Iterator[str]:
    """Which of ``ANSWERED_LABELS`` a member is."""
    participations = [
        column.by_member[member_id] for column in columns if member_id in column.by_member
    ]
    if not participations:
        yield "uninvited"
    if any(participation.answered for participation in participations):
        yield "answered"
    if has_never_answered(participations, open_ids):
        yield "never"


def describe(participation: Participation | None) -> str:
    """The answer in words, as the page and the table say it."""
    if participation is None:
        return str(_("nicht eingeladen"))
    return (
        str(_("nachgezeichnet")) if participation.late else format_answer_kind(participation.kind)
    )


@blueprint.get("/members/answers")
def list_participations() -> str:
    query = ParticipationQuery.from_args(request.args)
    everybody = store.members.list_summaries(db())
    page = paginate(select_members(everybody, query), query.page, len(everybody))
    columns = load_columns([summary.member.id for summary in page.items])
    pages = max(1, -(-len(columns) // ROUNDS_PER_PAGE))
    years = min(max(1, get_int(request.args, "years", 1)), pages)
    return render_template(
        "office/members/answers.html",
        query=query,
        page=page,
        columns=columns[(years - 1) * ROUNDS_PER_PAGE : years * ROUNDS_PER_PAGE],
        years=years,
        pages=pages,
        describe=describe,
        reachability=REACHABILITY_LABELS,
        statuses=STATUS_LABELS,
        answered=ANSWERED_LABELS,
        **list_filter_options(everybody),
    )


def build_table() -> tuple[list[str], Iterable[list[str]]]:
    """Header and rows: every round, whatever the page shows."""
    query, columns = ParticipationQuery.from_args(request.args), load_columns()
    header = [_("Schlüssel"), _("Mitglied"), _("Art"), _("Bundesland")]
    header += [f"{column.title} ({column.year})" for column in columns]
    rows = (
        [
            summary.member.key,
            summary.member.official_name,
            summary.member.kind,
            summary.member.state,
            *(describe(column.by_member.get(summary.member.id)) for column in columns),
        ]
        for summary in select_members(store.members.list_summaries(db()), query)
    )
    return header, rows


@blueprint.get("/members/answers.csv")
def download_participations_csv() -> Response:
    return send_csv(*build_table(), f"rueckmeldungen-{current_date().isoformat()}.csv")


@blueprint.get("/members/answers.xlsx")
def download_participations_xlsx() -> Response:
    header, rows = build_table()
    name = f"rueckmeldungen-{current_date().isoformat()}.xlsx"
    return send_xlsx(header, rows, name, text_columns=header[:1])
