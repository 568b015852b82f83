"""Importing a member list from a file: upload, preview line by line, and the import of the whole or
nothing.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha256

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from werkzeug.exceptions import NotFound

from signoff import actions, store
from signoff.domain.errors import Refusal
from signoff.domain.members import ImportChange, ImportPreviewRow
from signoff.domain.text import decode_domains, fold
from signoff.i18n import events
from signoff.i18n.catalogue import LANGUAGES, get_catalogue
from signoff.i18n.errors import describe_import_notice, describe_import_problem
from signoff.i18n.labels import FIELD
from signoff.importers.errors import FileReason, FileRefused, ImportProblem
from signoff.importers.member_columns import COLUMNS, DOWNLOAD_HEADINGS, Layout, guess_layout
from signoff.importers.member_keys import KeyMend
from signoff.importers.members import (
    UploadedList,
    dump_uploaded_list,
    inspect_members,
    load_uploaded_list,
)
from signoff.importers.sheets import MAX_SHEET_SIZE, SheetFile, read_sheets
from signoff.store.members import StoredMemberFile
from signoff.web.context import current_language, db, now
from signoff.web.listing import ListQuery, paginate
from signoff.web.login import current_actor
from signoff.web.office.access import blueprint, editor_required
from signoff.web.office.member_list import UploadMembersForm

REFUSED, ODD = "refused", "odd"
CHANGE_LABELS = {
    ImportChange.NEW: _l("neu"),
    ImportChange.CHANGED: _l("geändert"),
    ImportChange.SAME: _l("unverändert"),
    REFUSED: _l("abgelehnt"),
    ODD: _l("Adresse zu prüfen"),
}


class ImportQuery(ListQuery):
    FILTERS = {"what": CHANGE_LABELS, "q": None}


@dataclass(frozen=True, slots=True)
class PreviewLine:
    """One line of the preview: what would happen to a member or representative, or why the line is
    refused.
    """

    line: int
    change: str
    planned: ImportPreviewRow | None = None
    error: str = ""

    @property
    def odd(self) -> bool:
        return self.planned is not None and bool(self.planned.is_odd_address)

    def matches(self, query: ImportQuery) -> bool:
        if query["what"] not in ("", self.change) and not (query["what"] == ODD and self.odd):
            return False
        row = self.planned
        text = f"{row.key} {row.name} {row.representative} {row.email or ''}" if row else self.error
        return fold(decode_domains(query["q"])) in fold(decode_domains(text))


def list_preview_lines(
    planned: Iterable[ImportPreviewRow], problems: Iterable[ImportProblem]
) -> list[PreviewLine]:
    """Every line of the preview, in the order of the file."""
    lines = [PreviewLine(row.line, str(row.change), row) for row in planned]
    for problem in problems:
        error = describe_import_problem(problem, translate)
        lines.append(PreviewLine(problem.line, REFUSED, error=error))
    return sorted(lines, key=lambda line: line.line)


def count_changes(lines: Iterable[PreviewLine]) -> Counter[str]:
    counts = Counter[str]()
    for line in lines:
        counts[line.change] += 1
        counts[ODD] += line.odd
    return counts


MAX_FILENAME_LENGTH = 120  # in characters


@blueprint.get("/members/import")
@editor_required
def show_import_form() -> str:
    return render_import_form(UploadMembersForm())


@blueprint.post("/members/import")
def upload_members() -> ResponseReturnValue:
    """Read the file once, store what was read, and redirect to its preview."""
    form, upload = UploadMembersForm(), request.files.get("file")
    if upload is None or not upload.filename:
        form.file.errors = [_("Bitte wählen Sie eine Datei aus.")]
        return render_import_form(form), 422
    try:
        content = upload.stream.read(MAX_SHEET_SIZE + 1)
        sheets = read_sheets(upload.filename, content)
    except FileRefused as refused:
        return refuse_upload(form, refused.problems)
    except Refusal as refusal:
        form.add_errors(refusal)
        return render_import_form(form), 422
    layout = guess_layout(sheets, store.members.list_headings(db()))
    uploaded = inspect_list(sheets, layout)
    if no_rows := [
        problem for problem in uploaded.file.problems if problem.reason is FileReason.NO_ROWS
    ]:
        return refuse_upload(form, no_rows)
    digest, name = sha256(content).hexdigest(), upload.filename[-MAX_FILENAME_LENGTH:]
    save_list(digest, name, uploaded)
    page = "office.show_import_preview" if layout.certain else "office.show_import_columns"
    return redirect(url_for(page, digest=digest), 303)


def refuse_upload(
    form: UploadMembersForm, problems: Iterable[ImportProblem]
) -> ResponseReturnValue:
    form.file.errors = describe_problems(problems)
    return render_import_form(form), 422


def describe_problems(problems: Iterable[ImportProblem]) -> list[str]:
    return [describe_import_problem(problem, translate) for problem in problems]


def inspect_list(
    sheets: SheetFile, layout: Layout, kept_keys: tuple[str, ...] = ()
) -> UploadedList:
    file = inspect_members(
        sheets,
        layout,
        languages=LANGUAGES,
        known=store.members.list_all(db()),
        kept_keys=kept_keys,
    )
    return UploadedList(sheets, layout, kept_keys, file)


def save_list(
    digest: str, name: str, uploaded: UploadedList, headings: Mapping[str, str] | None = None
) -> None:
    stored = StoredMemberFile(digest, name, dump_uploaded_list(uploaded))
    actions.member_import.save_preview(db(), stored, now(), headings)


def find_list(digest: str) -> tuple[StoredMemberFile, UploadedList] | None:
    stored = store.members.find_file(db(), digest)
    return (stored, load_uploaded_list(stored.content)) if stored else None


def find_list_or_404(digest: str) -> tuple[StoredMemberFile, UploadedList]:
    found = find_list(digest)
    if found is None:
        raise NotFound
    return found


def find_list_to_change(digest: str) -> tuple[StoredMemberFile, UploadedList]:
    """The list for a form. A second click leads to the members and says that it is imported."""
    found = find_list(digest)
    if found is None:
        flash(_("Diese Liste ist schon übernommen oder liegt nicht mehr vor."))
        abort(redirect(url_for("office.list_members"), 303))
    return found


@blueprint.get("/members/import/<digest>")
@editor_required
def show_import_preview(digest: str) -> str:
    return render_import_preview(*find_list_or_404(digest))


@blueprint.post("/members/import/<digest>/keys")
def choose_keys(digest: str) -> ResponseReturnValue:
    """Show what the list would do with the ticked keys mended and the others as they are."""
    stored, uploaded = find_list_to_change(digest)
    save_list(digest, stored.name, keep_unticked_keys(uploaded))
    return redirect(url_for("office.show_import_preview", digest=digest), 303)


def keep_unticked_keys(uploaded: UploadedList) -> UploadedList:
    """The list with the keys mended that are ticked in the form."""
    ticked = request.form.getlist("mend")
    kept = tuple(mend.key for mend in uploaded.file.mends if mend.key not in ticked)
    if kept == uploaded.kept_keys:
        return uploaded
    return inspect_list(uploaded.sheets, uploaded.layout, kept)


@blueprint.post("/members/import/<digest>")
def import_members(digest: str) -> ResponseReturnValue:
    """Import the list as it was previewed. A second click says that it has been imported."""
    stored, uploaded = find_list_to_change(digest)
    if uploaded.file.problems:
        return render_import_preview(stored, uploaded), 422
    chosen = keep_unticked_keys(uploaded)
    if chosen is not uploaded:
        save_list(digest, stored.name, chosen)
        flash(
            _(
                "Ihre Auswahl der Schlüssel hat die Vorschau geändert. Bitte sehen Sie sie noch einmal an."
            )
        )
        return redirect(url_for("office.show_import_preview", digest=digest), 303)
    fingerprint = request.form.get("plan", "-")
    try:
        planned = actions.member_import.import_preview(
            db(), digest, uploaded.file.members, fingerprint, current_actor(), now()
        )
    except Refusal as refusal:
        return render_import_preview(stored, uploaded, refusal), 409
    counts = Counter(row.change for row in planned)
    flash(
        _(
            "Die Liste ist übernommen: %(new)s neu, %(changed)s geändert.",
            new=counts[ImportChange.NEW],
            changed=counts[ImportChange.CHANGED],
        )
    )
    return redirect(url_for("office.list_members"), 303)


def render_import_form(form: UploadMembersForm) -> str:
    columns = zip(COLUMNS, DOWNLOAD_HEADINGS, strict=True)
    return render_template("office/members/import.html", form=form, columns=columns)


def render_import_preview(
    stored: StoredMemberFile, uploaded: UploadedList, refusal: Refusal | None = None
) -> str:
    member_file = uploaded.file
    planned = actions.member_import.plan_import(db(), member_file.members)
    lines = list_preview_lines(planned, member_file.problems)
    query = ImportQuery.from_args(request.args)
    return render_template(
        "office/members/import_preview.html",
        file=stored,
        notices=[describe_import_notice(notice, translate) for notice in member_file.notices],
        mends=list_mends(uploaded),
        query=query,
        page=paginate([line for line in lines if line.matches(query)], query.page, len(lines)),
        counts=count_changes(lines),
        plan=actions.member_import.compute_fingerprint(planned),
        refusal=refusal,
        change_labels=CHANGE_LABELS,
        fields=translate_labels(),
        format_value=format_value,
    )


def list_mends(uploaded: UploadedList) -> list[tuple[KeyMend, str, bool]]:
    """Each odd key, why it is odd, and whether it is mended."""
    return [
        (mend, describe_import_problem(mend.problem, translate), mend.key not in uploaded.kept_keys)
        for mend in uploaded.file.mends
    ]


def format_value(field: str, value: str) -> str:
    return events.format_field_value(field, value, translate)


def translate_labels() -> dict[str, str]:
    return {name: translate(label) for name, label in FIELD.items()}


def translate(text: str) -> str:
    return str(get_catalogue(current_language()).gettext(text))
