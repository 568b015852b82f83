"""Members and rounds: what each member has answered over the years, as a page, as a table, and for
former rounds from a file.
"""

from base64 import b64decode, b64encode
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256

from flask import Response, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from werkzeug.exceptions import NotFound

from signoff import actions, store
from signoff.domain.errors import Refusal
from signoff.domain.participations import Participation, has_never_answered
from signoff.domain.rounds import Round
from signoff.importers.errors import FileRefused
from signoff.importers.past_answers import PastAnswerRow, read_past_answers
from signoff.importers.sheets import MAX_SHEET_SIZE
from signoff.store.members import MemberSummary, StoredMemberFile
from signoff.store.participations import PastAnswer
from signoff.web.context import current_date, db, now
from signoff.web.downloads import send_csv, send_xlsx
from signoff.web.filters import format_answer_kind, to_local_date
from signoff.web.listing import get_int, paginate
from signoff.web.login import current_actor
from signoff.web.office.access import blueprint, editor_required
from signoff.web.office.member_import import MAX_FILENAME_LENGTH, describe_problems
from signoff.web.office.member_list import (
    REACHABILITY_LABELS,
    STATUS_LABELS,
    MemberQuery,
    UploadMembersForm,
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
    for answer in store.participations.list_past_answers(db()):
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


# Answers of former rounds from a file: upload, preview, and the import of the whole or nothing


@blueprint.get("/members/history")
@editor_required
def show_history_form() -> str:
    return render_history_form(UploadMembersForm())


@blueprint.post("/members/history")
def upload_history() -> ResponseReturnValue:
    """Check the file, store it for the preview and redirect to that."""
    form, upload = UploadMembersForm(), request.files.get("file")
    if upload is None or not upload.filename:
        form.file.errors = [_("Bitte wählen Sie eine Datei aus.")]
        return render_history_form(form), 422
    name, content = upload.filename[-MAX_FILENAME_LENGTH:], upload.stream.read(MAX_SHEET_SIZE + 1)
    try:
        read_past_answers(name, content, store.members.list_all(db()))
    except FileRefused as refused:
        form.file.errors = describe_problems(refused.problems)
        return render_history_form(form), 422
    except Refusal as refusal:
        form.add_errors(refusal)
        return render_history_form(form), 422
    # Beside the member lists, of which none has this digest.
    digest = sha256(b"history" + content).hexdigest()
    text = f'"{b64encode(content).decode()}"'
    actions.member_import.save_preview(db(), StoredMemberFile(digest, name, text), now())
    return redirect(url_for("office.show_history_preview", digest=digest), 303)


@blueprint.get("/members/history/<digest>")
@editor_required
def show_history_preview(digest: str) -> str:
    file = store.members.find_file(db(), digest)
    if file is None:
        raise NotFound
    rows = read_history_rows(file)
    known = {
        (each.member_id, each.title, each.year): each.kind
        for each in store.participations.list_past_answers(db())
    }
    lines = [(row, find_history_change(row, known)) for row in rows]
    return render_template(
        "office/members/history_preview.html",
        file=file,
        page=paginate(lines, max(1, get_int(request.args, "page", 1))),
        counts=Counter(change for _row, change in lines),
    )


def find_history_change(row: PastAnswerRow, known: Mapping[tuple[int, str, int], object]) -> str:
    key = (row.member.id, row.title, row.year)
    if key not in known:
        return "new"
    return "same" if known[key] == row.kind else "changed"


@blueprint.post("/members/history/<digest>")
def import_history(digest: str) -> ResponseReturnValue:
    """Import the file as it was previewed. A second click leads to the matrix."""
    file = store.members.find_file(db(), digest)
    if file is None:
        flash(_("Diese Liste ist schon übernommen oder liegt nicht mehr vor."))
        return redirect(url_for("office.list_participations"), 303)
    answers = [
        PastAnswer(row.member.id, row.title, row.year, row.kind) for row in read_history_rows(file)
    ]
    changed = actions.participations.import_answers(db(), answers, current_actor(), now())
    actions.member_import.delete_preview(db(), digest)
    flash(
        ngettext(
            "%(num)s frühere Rückmeldung ist übernommen.",
            "%(num)s frühere Rückmeldungen sind übernommen.",
            len(changed),
        )
    )
    return redirect(url_for("office.list_participations"), 303)


@blueprint.post("/members/history/remove")
def remove_history() -> ResponseReturnValue:
    title, year = request.form.get("title", ""), get_int(request.form, "year")
    actions.participations.remove_round(db(), title, year, current_actor(), now())
    flash(_("Die Rückmeldungen des früheren Verfahrens sind entfernt."))
    return redirect(url_for("office.show_history_form"), 303)


def read_history_rows(file: StoredMemberFile) -> list[PastAnswerRow]:
    """The rows as the members are now."""
    content = b64decode(file.content.strip('"'))
    try:
        return read_past_answers(file.name, content, store.members.list_all(db()))
    except FileRefused:  # it was right when it was uploaded
        flash(
            _(
                "Die Mitgliederliste hat sich inzwischen geändert. Bitte lesen Sie die Datei noch einmal ein."
            )
        )
        abort(redirect(url_for("office.show_history_form"), 303))


def render_history_form(form: UploadMembersForm) -> str:
    counts = Counter(
        (each.title, each.year) for each in store.participations.list_past_answers(db())
    )
    return render_template("office/members/history.html", form=form, counts=counts)
