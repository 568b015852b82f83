"""A member list from a file: uploaded, looked at line by line, taken in whole or not at all."""

from hashlib import sha256

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.exceptions import NotFound

from signoff.actions import enrolling, previewing
from signoff.domain.enrolment import Change
from signoff.domain.refusal import Refusal
from signoff.intake.keeping import as_text, from_text
from signoff.intake.members import MemberFile, survey
from signoff.intake.problem import FileRefused
from signoff.intake.sheet import BYTES
from signoff.store import member_files
from signoff.store.member_files import Kept
from signoff.web.context import db, language, now
from signoff.web.login import actor
from signoff.web.office.door import blueprint, for_editors
from signoff.web.office.membership.forms import UploadForm
from signoff.web.office.membership.preview import WHAT, preview
from signoff.words import events
from signoff.words.catalogue import catalogue
from signoff.words.intake import words
from signoff.words.labels import FIELD

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
        form.file.errors = [words(problem, gettext) for problem in refused.problems]
        return upload_page(form), 422
    digest = sha256(content).hexdigest()
    previewing.keep(db(), Kept(digest, given.filename[-LONGEST_NAME:], as_text(read)), now())
    return redirect(url_for("office.member_preview", digest=digest), 303)


@blueprint.get("/members/import/<digest>")
@for_editors
def member_preview(digest: str) -> str:
    kept = member_files.get(db(), digest)
    if kept is None:
        raise NotFound
    return preview_page(kept, from_text(kept.content))


@blueprint.post("/members/import/<digest>")
def take_in_members(digest: str) -> ResponseReturnValue:
    """Take the list in as it was shown. The second click finds that it is done."""
    kept = member_files.get(db(), digest)
    if kept is None:
        flash(_("Diese Liste ist schon übernommen oder liegt nicht mehr vor."))
        return redirect(url_for("office.members"), 303)
    read = from_text(kept.content)
    if read.problems:
        return preview_page(kept, read), 422
    try:
        planned = previewing.take_in(db(), digest, read.members, request.form.get("plan", "-"), actor(), now())
    except Refusal as refusal:
        return preview_page(kept, read, refusal), 409
    new, changed = (sum(each.change is change for each in planned) for change in (Change.NEW, Change.CHANGED))
    flash(_("Die Liste ist übernommen: %(new)s neu, %(changed)s geändert.", new=new, changed=changed))
    return redirect(url_for("office.members"), 303)


def upload_page(form: UploadForm) -> str:
    return render_template("office/membership/import.html", form=form)


def preview_page(kept: Kept, read: MemberFile, refusal: Refusal | None = None) -> str:
    planned = enrolling.plan(db(), read.members)
    return render_template(
        "office/membership/preview.html",
        file=kept,
        preview=preview(planned, read.problems, request.args, gettext),
        plan=enrolling.fingerprint(planned),
        refusal=refusal,
        WHAT=WHAT,
        fields={name: gettext(word) for name, word in FIELD.items()},
        shown=shown,
    )


def shown(field: str, value: str) -> str:
    return events.value_word(field, value, gettext)


def gettext(text: str) -> str:
    return str(catalogue(language()).gettext(text))
