"""A member list from a file: uploaded, looked at line by line, taken in whole or not at all."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
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
from signoff.i18n import errors, events
from signoff.i18n.catalogue import get_catalogue
from signoff.i18n.errors import describe_import_problem
from signoff.i18n.labels import FIELD
from signoff.importers.errors import FileRefused, ImportProblem
from signoff.importers.members import (
    MemberFile,
    dump_member_file,
    inspect_members,
    load_member_file,
)
from signoff.importers.sheets import MAX_SHEET_SIZE
from signoff.store.members import StoredMemberFile
from signoff.web.context import current_language, db, now
from signoff.web.login import current_actor
from signoff.web.office.access import blueprint, editor_required
from signoff.web.office.members import UploadMembersForm

# What a member list would do, line by line, as the preview shows it.

PAGE_SIZE = 100
REFUSED, ODD = "refused", "odd"
CHANGE_LABELS = {
    ImportChange.NEW: _l("neu"),
    ImportChange.CHANGED: _l("geändert"),
    ImportChange.SAME: _l("unverändert"),
    REFUSED: _l("abgelehnt"),
    ODD: _l("Adresse zu prüfen"),
}


@dataclass(frozen=True, slots=True)
class PreviewLine:
    """One line of the preview: what would happen to a member or representative, or why the line is refused."""

    line: int
    what: str
    planned: ImportPreviewRow | None = None
    words: str = ""

    def fits(self, what: str, needle: str) -> bool:
        each = self.planned
        if what and not (self.what == what or (what == ODD and each and each.odd)):
            return False
        told = f"{each.key} {each.name} {each.person} {each.email or ''}" if each else self.words
        return not needle or needle in sort_key(told)[0]


@dataclass(frozen=True, slots=True)
class ImportPreview:
    """One page of a preview."""

    lines: tuple[PreviewLine, ...]
    counts: Mapping[str, int]
    found: int
    page: int
    pages: int
    what: str
    q: str

    @property
    def query(self) -> dict[str, str]:
        return {name: value for name, value in (("what", self.what), ("q", self.q)) if value}


def build_import_preview(
    planned: Iterable[ImportPreviewRow],
    problems: Iterable[ImportProblem],
    asked: Mapping[str, str],
    gettext: Callable[[str], str],
) -> ImportPreview:
    lines = [PreviewLine(each.line, str(each.change), each) for each in planned]
    counts = Counter(line.what for line in lines)
    counts[ODD] = sum(each.planned.odd for each in lines if each.planned)
    lines += [
        PreviewLine(each.line, REFUSED, words=errors.describe_import_problem(each, gettext))
        for each in problems
    ]
    counts[REFUSED] = sum(line.what == REFUSED for line in lines)

    what, q = (
        asked.get("what", "") if asked.get("what") in CHANGE_LABELS else "",
        asked.get("q", "").strip()[:100],
    )
    needle = sort_key(q)[0]
    fitting = sorted(
        (each for each in lines if each.fits(what, needle)), key=lambda each: each.line
    )
    pages, page = max(1, -(-len(fitting) // PAGE_SIZE)), asked.get("page", "")
    at = min(pages, int(page[:6]) if page.isascii() and page.isdecimal() and int(page[:6]) else 1)
    shown = tuple(fitting[(at - 1) * PAGE_SIZE : at * PAGE_SIZE])
    return ImportPreview(shown, counts, len(fitting), at, pages, what, q)


MAX_FILENAME_LENGTH = 120  # of a file, in characters


@blueprint.get("/members/import")
@editor_required
def show_import_form() -> str:
    return render_import_form(UploadMembersForm())


@blueprint.post("/members/import")
def upload_members() -> ResponseReturnValue:
    """Read the file once, keep what was read, and lead to the preview."""
    form, given = UploadMembersForm(), request.files.get("file")
    if given is None or not given.filename:
        form.file.errors = [_("Bitte wählen Sie eine Datei aus.")]
        return render_import_form(form), 422
    content = given.stream.read(MAX_SHEET_SIZE + 1)
    try:
        read = inspect_members(given.filename, content)
    except FileRefused as refused:
        form.file.errors = [
            describe_import_problem(problem, translate) for problem in refused.problems
        ]
        return render_import_form(form), 422
    digest = sha256(content).hexdigest()
    actions.member_import.save_preview(
        db(),
        StoredMemberFile(digest, given.filename[-MAX_FILENAME_LENGTH:], dump_member_file(read)),
        now(),
    )
    return redirect(url_for("office.show_import_preview", digest=digest), 303)


@blueprint.get("/members/import/<digest>")
@editor_required
def show_import_preview(digest: str) -> str:
    kept = store.members.find_file(db(), digest)
    if kept is None:
        raise NotFound
    return render_import_preview(kept, load_member_file(kept.content))


@blueprint.post("/members/import/<digest>")
def import_members(digest: str) -> ResponseReturnValue:
    """Take the list in as it was shown. The second click finds that it is done."""
    kept = store.members.find_file(db(), digest)
    if kept is None:
        flash(_("Diese Liste ist schon übernommen oder liegt nicht mehr vor."))
        return redirect(url_for("office.list_members"), 303)
    read = load_member_file(kept.content)
    if read.problems:
        return render_import_preview(kept, read), 422
    try:
        planned = actions.member_import.import_preview(
            db(), digest, read.members, request.form.get("plan", "-"), current_actor(), now()
        )
    except Refusal as refusal:
        return render_import_preview(kept, read, refusal), 409
    new, changed = (
        sum(each.change is change for each in planned)
        for change in (ImportChange.NEW, ImportChange.CHANGED)
    )
    flash(
        _("Die Liste ist übernommen: %(new)s neu, %(changed)s geändert.", new=new, changed=changed)
    )
    return redirect(url_for("office.list_members"), 303)


def render_import_form(form: UploadMembersForm) -> str:
    return render_template("office/members/import.html", form=form)


def render_import_preview(
    kept: StoredMemberFile, read: MemberFile, refusal: Refusal | None = None
) -> str:
    planned = actions.member_import.plan_import(db(), read.members)
    return render_template(
        "office/members/import_preview.html",
        file=kept,
        preview=build_import_preview(planned, read.problems, request.args, translate),
        plan=actions.member_import.compute_fingerprint(planned),
        refusal=refusal,
        WHAT=CHANGE_LABELS,
        fields={name: translate(word) for name, word in FIELD.items()},
        shown=format_value,
    )


def format_value(field: str, value: str) -> str:
    return events.format_field_value(field, value, translate)


def translate(text: str) -> str:
    return str(get_catalogue(current_language()).gettext(text))
