"""Correcting names in a signature: the original stays as a version, and the member is told."""

import secrets
from collections.abc import Sequence

from flask import flash, g, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict

from signoff.actions import correcting
from signoff.domain.answer import Version
from signoff.domain.answer_form import AnswerForm
from signoff.domain.invitation import Invitation
from signoff.domain.recording import require_amendable
from signoff.domain.refusal import Reason, Refusal
from signoff.store import answers
from signoff.web.context import db, language, now
from signoff.web.login import actor
from signoff.web.office.answer_forms import CorrectionPage
from signoff.web.office.door import blueprint, case_here, for_editors, round_here
from signoff.web.office.invitations import invitation_here, member_of, to_invitation
from signoff.web.sign.forms import typed


@blueprint.get("/invitations/<int:id>/correction")
@for_editors
def correction_page(id: int) -> ResponseReturnValue:
    here = invitation_here(id)
    version = signed(here)
    return asked(here, version, CorrectionPage(MultiDict(typed(version.answer) | {"reason": ""})))


@blueprint.post("/invitations/<int:id>/correction")
def correct(id: int) -> ResponseReturnValue:
    """Keep the correction. Where a colleague was quicker, both are shown, and what was typed can be sent again."""
    here, form, key = invitation_here(id), CorrectionPage(), request.form.get("form_key", "")[:64]
    if answers.by_form(db(), id, key):
        return to_invitation(id)
    version, seen = signed(here), request.form.get("version", "")
    fields = AnswerForm(request.form.to_dict(), today=now().astimezone(g.association.zone).date())
    official_name, signer = fields.named()
    reason = fields.text("reason")
    if fields.refused:
        return asked(here, version, form, fields.refused), 422
    number = int(seen) if seen.isdecimal() else 0
    given = {"seen": number, "form_key": key, "actor": actor(), "now": now()}
    try:
        correcting.correct(db(), id, official_name, signer, reason, **given)  # type: ignore[arg-type]
    except Refusal as refusal:
        return asked(here, version, form, [refusal]), 409
    flash(_("Die Namen sind berichtigt. Das Mitglied wird per E-Mail benachrichtigt."))
    return to_invitation(id)


def signed(here: Invitation) -> Version:
    """The signature that counts; refuses where there is none, or where names are no longer touched."""
    require_amendable(round_here(here.round_id), now())
    version = answers.last(db(), here.id)
    if version is None or version.answer.declaration is None:
        raise Refusal(Reason.NOTHING_TO_CORRECT)
    return version


def asked(here: Invitation, version: Version, form: CorrectionPage, refused: Sequence[Refusal] = ()) -> str:
    return render_template(
        "office/correction.html",
        case=case_here(here.round_id),
        invitation=here,
        member=member_of(here),
        version=version,
        form=form,
        strangers=form.attach(refused, language()),
        form_key=request.form.get("form_key") or secrets.token_urlsafe(16),
    )
