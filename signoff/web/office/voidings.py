"""Declaring an answer void. The reason is asked first, then everything is shown once more, then it is done."""

from collections.abc import Sequence

from flask import flash, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.exceptions import NotFound

from signoff.actions import voiding
from signoff.domain.answer import Version
from signoff.domain.fields import Fields
from signoff.domain.invitation import Invitation
from signoff.domain.recording import require_amendable
from signoff.domain.refusal import Reason, Refusal
from signoff.store import answers, voidings
from signoff.web.context import db, language, now
from signoff.web.login import actor
from signoff.web.office.again import asked
from signoff.web.office.answer_forms import VoidingPage
from signoff.web.office.door import blueprint, case_here, for_editors, round_here
from signoff.web.office.invitations import invitation_here, member_of, to_invitation


@blueprint.get("/invitations/<int:id>/answers/<int:answer_id>/voiding")
@for_editors
def voiding_page(id: int, answer_id: int) -> ResponseReturnValue:
    here, version = invitation_here(id), version_here(id, answer_id)
    if voidings.get(db(), answer_id):
        return to_invitation(id)
    require_counted(here, version)
    return shown(here, version, VoidingPage())


@blueprint.post("/invitations/<int:id>/answers/<int:answer_id>/voiding")
def void(id: int, answer_id: int) -> ResponseReturnValue:
    """Without the tick of the second page: that page. With it the deed; the second click finds it done."""
    here, version, form = invitation_here(id), version_here(id, answer_id), VoidingPage()
    if voidings.get(db(), answer_id):
        return to_invitation(id)
    require_counted(here, version)
    fields = Fields(request.form.to_dict())
    reason = fields.text("reason")
    if fields.refused:
        return shown(here, version, form, [Refusal(Reason.NO_REASON, "reason")] if not reason else fields.refused), 422
    if not form.sure.data:
        shown_before = request.form.get("step") == "review"
        if shown_before:
            form.sure.errors = [_("Bitte setzen Sie das Häkchen, wenn Sie das wirklich möchten.")]
        return shown(here, version, form, review=True), 422 if shown_before else 200
    if page := asked():
        return page
    voiding.void(db(), id, answer_id, reason, actor(), now())
    flash(_("Die Rückmeldung ist für ungültig erklärt. Das Mitglied wird per E-Mail benachrichtigt."))
    return to_invitation(id)


def version_here(id: int, answer_id: int) -> Version:
    """A version of this invitation, whether it counts or not."""
    version = answers.get(db(), answer_id)
    if version is None or version.invitation_id != id:
        raise NotFound
    return version


def require_counted(here: Invitation, version: Version) -> None:
    """Only the answer that counts is voided, and not once the release is recorded."""
    require_amendable(round_here(here.round_id), now())
    counts = answers.last(db(), here.id)
    if counts is None or not counts.stands:
        raise Refusal(Reason.NOTHING_TO_VOID)
    if counts.id != version.id:
        raise Refusal(Reason.ANSWER_CHANGED)


def shown(
    here: Invitation, version: Version, form: VoidingPage, refused: Sequence[Refusal] = (), *, review: bool = False
) -> str:
    return render_template(
        "office/voiding.html",
        case=case_here(here.round_id),
        invitation=here,
        member=member_of(here),
        version=version,
        form=form,
        strangers=form.attach(refused, language()),
        review=review,
    )
