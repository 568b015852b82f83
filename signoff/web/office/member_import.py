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
from signoff.domain.members import Change, Planned
from signoff.domain.text import sort_key
from signoff.i18n import errors, events
from signoff.i18n.catalogue import catalogue
from signoff.i18n.errors import describe_import_problem
from signoff.i18n.labels import FIELD
from signoff.importers.errors import FileRefused, Problem
from signoff.importers.members import MemberFile, as_text, from_text, survey
from signoff.importers.sheets import BYTES
from signoff.store.members import Kept
from signoff.web.context import db, language, now
from signoff.web.login import actor
from signoff.web.office.access import blueprint, for_editors
from signoff.web.office.members import UploadForm

# What a member list would do, line by line, as the preview shows it.

A_PAGE = 100
REFUSED, ODD = "refused", "odd"
WHAT = {
    Change.NEW: _l("neu"),
    Change.CHANGED: _l("geändert"),
    Change.SAME: _l("unverändert"),
    REFUSED: _l("abgelehnt"),
    ODD: _l("Adresse zu prüfen"),
}


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the preview: what would happen to a member or representative, or why the line is refused."""

    line: int
    what: str
    planned: Planned | None = None
    words: str = ""

    def fits(self, what: str, needle: str) -> bool:
        each = self.planned
        if what and not (self.what == what or (what == ODD and each and each.odd)):
            return False
        told = f"{each.key} {each.name} {each.person} {each.email or ''}" if each else self.words
        return not needle or needle in sort_key(told)[0]


@dataclass(frozen=True, slots=True)
class Preview:
    """One page of a preview."""

    lines: tuple[Line, ...]
    counts: Mapping[str, int]
    found: int
    page: int
    pages: int
    what: str
    q: str

    @property
    def query(self) -> dict[str, str]:
        return {name: value for name, value in (("what", self.what), ("q", self.q)) if value}


def preview(
    planned: Iterable[Planned],
    problems: Iterable[Problem],
    asked: Mapping[str, str],
    gettext: Callable[[str], str],
) -> Preview:
    lines = [Line(each.line, str(each.change), each) for each in planned]
    counts = Counter(line.what for line in lines)
    counts[ODD] = sum(each.planned.odd for each in lines if each.planned)
    lines += [
        Line(each.line, REFUSED, words=errors.describe_import_problem(each, gettext))
        for each in problems
    ]
    counts[REFUSED] = sum(line.what == REFUSED for line in lines)

    what, q = (
        asked.get("what", "") if asked.get("what") in WHAT else "",
        asked.get("q", "").strip()[:100],
    )
    needle = sort_key(q)[0]
    fitting = sorted(
        (each for each in lines if each.fits(what, needle)), key=lambda each: each.line
    )
    pages, page = max(1, -(-len(fitting) // A_PAGE)), asked.get("page", "")
    at = min(pages, int(page[:6]) if page.isascii() and page.isdecimal() and int(page[:6]) else 1)
    shown = tuple(fitting[(at - 1) * A_PAGE : at * A_PAGE])
    return Preview(shown, counts, len(fitting), at, pages, what, q)


LONGEST_NAME = 120  # of a file, in characters


@blueprint.get("/members/import")
@for_editors
def member_import() -> str:
    return upload_page(UploadForm())


@blueprint.post("/members/import")
def upload_members() -> ResponseReturnValue:
    """Read the file once, keep what was read, and lead to the preview."""
    form, given = UploadForm(), request.files.get("file")
    if given is None or not given.filename:
        form.file.errors = [_("Bitte wählen Sie eine Datei aus.")]
        return upload_page(form), 422
    content = given.stream.read(BYTES + 1)
    try:
        read = survey(given.filename, content)
    except FileRefused as refused:
        form.file.errors = [
            describe_import_problem(problem, translate) for problem in refused.problems
        ]
        return upload_page(form), 422
    digest = sha256(content).hexdigest()
    actions.member_import.keep(
        db(), Kept(digest, given.filename[-LONGEST_NAME:], as_text(read)), now()
    )
    return redirect(url_for("office.member_preview", digest=digest), 303)


@blueprint.get("/members/import/<digest>")
@for_editors
def member_preview(digest: str) -> str:
    kept = store.members.find_file(db(), digest)
    if kept is None:
        raise NotFound
    return preview_page(kept, from_text(kept.content))


@blueprint.post("/members/import/<digest>")
def take_in_members(digest: str) -> ResponseReturnValue:
    """Take the list in as it was shown. The second click finds that it is done."""
    kept = store.members.find_file(db(), digest)
    if kept is None:
        flash(_("Diese Liste ist schon übernommen oder liegt nicht mehr vor."))
        return redirect(url_for("office.members"), 303)
    read = from_text(kept.content)
    if read.problems:
        return preview_page(kept, read), 422
    try:
        planned = actions.member_import.take_in(
            db(), digest, read.members, request.form.get("plan", "-"), actor(), now()
        )
    except Refusal as refusal:
        return preview_page(kept, read, refusal), 409
    new, changed = (
        sum(each.change is change for each in planned) for change in (Change.NEW, Change.CHANGED)
    )
    flash(
        _("Die Liste ist übernommen: %(new)s neu, %(changed)s geändert.", new=new, changed=changed)
    )
    return redirect(url_for("office.members"), 303)


def upload_page(form: UploadForm) -> str:
    return render_template("office/membership/import.html", form=form)


def preview_page(kept: Kept, read: MemberFile, refusal: Refusal | None = None) -> str:
    planned = actions.member_import.plan(db(), read.members)
    return render_template(
        "office/membership/preview.html",
        file=kept,
        preview=preview(planned, read.problems, request.args, translate),
        plan=actions.member_import.fingerprint(planned),
        refusal=refusal,
        WHAT=WHAT,
        fields={name: translate(word) for name, word in FIELD.items()},
        shown=shown,
    )


def shown(field: str, value: str) -> str:
    return events.value_word(field, value, translate)


def translate(text: str) -> str:
    return str(catalogue(language()).gettext(text))
