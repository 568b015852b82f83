"""Answers of former rounds from a file: upload, preview, and the import of the whole or nothing."""

from base64 import b64decode, b64encode
from collections import Counter
from collections.abc import Mapping
from hashlib import sha256

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.exceptions import NotFound

from signoff import actions, store
from signoff.domain.errors import Refusal
from signoff.importers.errors import FileRefused
from signoff.importers.past_answers import PastAnswerRow, read_past_answers
from signoff.importers.sheets import MAX_SHEET_SIZE
from signoff.store.members import StoredMemberFile
from signoff.store.past_answers import PastAnswer
from signoff.web.context import db, now
from signoff.web.listing import get_int, paginate
from signoff.web.login import current_actor
from signoff.web.office.access import blueprint, editor_required
from signoff.web.office.member_import import MAX_FILENAME_LENGTH, describe_problems
from signoff.web.office.member_list import UploadMembersForm


@blueprint.get("/members/history")
@editor_required
def show_history_form() -> str:
    return render_form(UploadMembersForm())


@blueprint.post("/members/history")
def upload_history() -> ResponseReturnValue:
    """Check the file, store it for the preview and redirect to that."""
    form, upload = UploadMembersForm(), request.files.get("file")
    if upload is None or not upload.filename:
        form.file.errors = [_("Bitte wählen Sie eine Datei aus.")]
        return render_form(form), 422
    name, content = upload.filename[-MAX_FILENAME_LENGTH:], upload.stream.read(MAX_SHEET_SIZE + 1)
    try:
        read_past_answers(name, content, store.members.list_all(db()))
    except FileRefused as refused:
        form.file.errors = describe_problems(refused.problems)
        return render_form(form), 422
    except Refusal as refusal:
        form.add_errors(refusal)
        return render_form(form), 422
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
    rows = read_rows(file)
    known = {
        (each.member_id, each.title, each.year): each.kind
        for each in store.past_answers.list_all(db())
    }
    lines = [(row, find_change(row, known)) for row in rows]
    return render_template(
        "office/members/history_preview.html",
        file=file,
        page=paginate(lines, max(1, get_int(request.args, "page", 1))),
        counts=Counter(change for _row, change in lines),
    )


def find_change(row: PastAnswerRow, known: Mapping[tuple[int, str, int], object]) -> str:
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
    answers = [PastAnswer(row.member.id, row.title, row.year, row.kind) for row in read_rows(file)]
    changed = actions.past_answers.import_answers(db(), answers, current_actor(), now())
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
    actions.past_answers.remove_round(db(), title, year, current_actor(), now())
    flash(_("Die Rückmeldungen des früheren Verfahrens sind entfernt."))
    return redirect(url_for("office.show_history_form"), 303)


def read_rows(file: StoredMemberFile) -> list[PastAnswerRow]:
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


def render_form(form: UploadMembersForm) -> str:
    counts = Counter((each.title, each.year) for each in store.past_answers.list_all(db()))
    return render_template("office/members/history.html", form=form, counts=counts)
