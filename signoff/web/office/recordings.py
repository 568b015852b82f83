"""Recording an answer that came by letter, telephone or at the assembly, and the scan that evidences it."""

import secrets
from collections.abc import Sequence

from flask import flash, g, render_template, request, send_file
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import NotFound

from signoff.actions import recording
from signoff.domain.invitation import Invitation
from signoff.domain.recording import Recorded, RecordingForm, Scan, require_amendable
from signoff.domain.refusal import Reason, Refusal, Refusals
from signoff.intake import scan
from signoff.store import answers, recordings
from signoff.web.context import db, language, now, tools
from signoff.web.login import actor
from signoff.web.office.answer_forms import RecordingPage
from signoff.web.office.door import blueprint, case_here, for_editors, round_here
from signoff.web.office.invitations import invitation_here, member_of, to_invitation

MIMETYPES = {"pdf": "application/pdf", "jpg": "image/jpeg", "png": "image/png"}


@blueprint.get("/invitations/<int:id>/recording")
@for_editors
def recording_page(id: int) -> ResponseReturnValue:
    here = invitation_here(id)
    require_amendable(round_here(here.round_id), now())
    form = RecordingPage(MultiDict({"official_name": member_of(here).official_name}))
    return asked(here, form, seen=answers.highest(db(), id))


@blueprint.post("/invitations/<int:id>/recording")
def record(id: int) -> ResponseReturnValue:
    """Keep the answer. A colleague who was quicker is shown, and what was typed stands until it is sent again."""
    here, form, key = invitation_here(id), RecordingPage(), request.form.get("form_key", "")[:64]
    if answers.by_form(db(), id, key):
        return to_invitation(id)
    seen = int(typed) if (typed := request.form.get("version", "")).isdecimal() else -1
    try:
        require_amendable(round_here(here.round_id), now())
        given, content, type = read(here)
        kept = Scan(tools().archive.keep_scan(content, type), type, len(content)) if type else None
        recording.record(db(), id, given, kept, seen=seen, form_key=key, actor=actor(), now=now())
    except Refusals as refusals:
        newest = answers.highest(db(), id) if seen < 0 else seen
        return asked(here, form, refusals.each, seen=newest), 422
    except Refusal as refusal:
        return asked(here, form, [refusal], seen=answers.highest(db(), id)), 409
    flash(_("Die Rückmeldung ist erfasst. Das Mitglied wird per E-Mail benachrichtigt."))
    return to_invitation(id)


def read(here: Invitation) -> tuple[Recorded, bytes, str]:
    """What was typed and the scan with its type (empty: none). Raises ``Refusals`` with all that is wrong."""
    fields, content, type = request.form.to_dict(), b"", ""
    form = RecordingForm(fields, round_here(here.round_id), now=now(), zone=g.association.zone)
    refused: list[Refusal] = []
    if sent := request.files.get("scan"):
        content = sent.read()
    if content:
        try:
            type = scan.type_of(content)
        except Refusal as refusal:
            refused.append(refusal)
    counts = answers.last(db(), here.id)
    if counts and counts.stands and not fields.get("replace"):
        refused.append(Refusal(Reason.NOT_REPLACING, "replace"))
    try:
        given = form.recorded(scanned=bool(content))
    except Refusals as refusals:
        raise Refusals([*refusals.each, *refused]) from None
    if refused:
        raise Refusals(refused)
    return given, content, type


def asked(here: Invitation, form: RecordingPage, refused: Sequence[Refusal] = (), *, seen: int) -> str:
    counts = answers.last(db(), here.id)
    return render_template(
        "office/recording.html",
        case=case_here(here.round_id),
        invitation=here,
        member=member_of(here),
        form=form,
        counts=counts if counts and counts.stands else None,
        strangers=form.attach(refused, language()),
        seen=seen,
        form_key=request.form.get("form_key") or secrets.token_urlsafe(16),
        sent=bool(request.files.get("scan")),
    )


@blueprint.get("/invitations/<int:id>/evidence/<int:answer_id>")
def evidence(id: int, answer_id: int) -> ResponseReturnValue:
    """The scan, as a file to keep: a browser never shows it as a page of ours."""
    here, found = invitation_here(id), recordings.get(db(), id, answer_id)
    if found is None or found.evidence.scan is None:
        raise NotFound
    kept = found.evidence.scan
    path = tools().archive.scan(kept.sha256, kept.type)
    name = f"{here.reference}-{answer_id}.{kept.type}"
    answer = send_file(path, mimetype=MIMETYPES[kept.type], as_attachment=True, download_name=name, max_age=0)
    answer.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    answer.headers["Cache-Control"] = "no-store"
    return answer
