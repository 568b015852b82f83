"""Importing a member list from a file: upload, preview line by line, and the import of the whole or
nothing.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from werkzeug.exceptions import NotFound

from signoff import actions, store
from signoff.domain.errors import Refusal
from signoff.domain.members import ImportChange, ImportPreviewRow
from signoff.domain.text import sort_key
from signoff.i18n import events
from signoff.i18n.catalogue import get_catalogue
from signoff.i18n.errors import describe_import_problem
from signoff.i18n.labels import FIELD
from signoff.importers.errors import FileRefused, ImportProblem
from signoff.importers.members import (
    COLUMNS,
    MemberFile,
    dump_member_file,
    inspect_members,
    load_member_file,
)
from signoff.importers.sheets import MAX_SHEET_SIZE
from signoff.store.members import StoredMemberFile
from signoff.web.context import current_language, db, now
from signoff.web.listing import ListQuery, paginate
from signoff.web.login import current_actor
from signoff.web.office.access import blueprint, editor_required
from signoff.web.office.members import UploadMembersForm

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
        return sort_key(query["q"])[0] in sort_key(text)[0]


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
    content = upload.stream.read(MAX_SHEET_SIZE + 1)
    try:
        member_file = inspect_members(upload.filename, content)
    except FileRefused as refused:
        form.file.errors = [
            describe_import_problem(problem, translate) for problem in refused.problems
        ]
        return render_import_form(form), 422
    digest = sha256(content).hexdigest()
    actions.member_import.save_preview(
        db(),
        StoredMemberFile(
            digest, upload.filename[-MAX_FILENAME_LENGTH:], dump_member_file(member_file)
        ),
        now(),
    )
    return redirect(url_for("office.show_import_preview", digest=digest), 303)


@blueprint.get("/members/import/<digest>")
@editor_required
def show_import_preview(digest: str) -> str:
    stored = store.members.find_file(db(), digest)
    if stored is None:
        raise NotFound
    return render_import_preview(stored, load_member_file(stored.content))


@blueprint.post("/members/import/<digest>")
def import_members(digest: str) -> ResponseReturnValue:
    """Import the list as it was previewed. A second click says that it has been imported."""
    stored = store.members.find_file(db(), digest)
    if stored is None:
        flash(_("Diese Liste ist schon übernommen oder liegt nicht mehr vor."))
        return redirect(url_for("office.list_members"), 303)
    member_file = load_member_file(stored.content)
    if member_file.problems:
        return render_import_preview(stored, member_file), 422
    fingerprint = request.form.get("plan", "-")
    try:
        planned = actions.member_import.import_preview(
            db(), digest, member_file.members, fingerprint, current_actor(), now()
        )
    except Refusal as refusal:
        return render_import_preview(stored, member_file, refusal), 409
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
    return render_template(
        "office/members/import.html", form=form, columns=COLUMNS, labels=translate_labels()
    )


def render_import_preview(
    stored: StoredMemberFile, member_file: MemberFile, refusal: Refusal | None = None
) -> str:
    planned = actions.member_import.plan_import(db(), member_file.members)
    lines, query = (
        list_preview_lines(planned, member_file.problems),
        ImportQuery.from_args(request.args),
    )
    return render_template(
        "office/members/import_preview.html",
        file=stored,
        query=query,
        page=paginate([line for line in lines if line.matches(query)], query.page, len(lines)),
        counts=count_changes(lines),
        plan=actions.member_import.compute_fingerprint(planned),
        refusal=refusal,
        change_labels=CHANGE_LABELS,
        fields=translate_labels(),
        format_value=format_value,
    )


def format_value(field: str, value: str) -> str:
    return events.format_field_value(field, value, translate)


def translate_labels() -> dict[str, str]:
    return {name: translate(label) for name, label in FIELD.items()}


def translate(text: str) -> str:
    return str(get_catalogue(current_language()).gettext(text))
