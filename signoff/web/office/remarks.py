"""What the office notes for itself about an invitation."""

from flask import flash, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.exceptions import NotFound

from signoff.actions import remarking
from signoff.domain.fields import Fields
from signoff.store import remarks
from signoff.web.context import db, language, now
from signoff.web.login import actor
from signoff.web.office.answer_forms import RemarkPage
from signoff.web.office.door import blueprint
from signoff.web.office.invitations import invitation_here, page, to_invitation


@blueprint.post("/invitations/<int:id>/remarks")
def remark(id: int) -> ResponseReturnValue:
    here, form, fields = invitation_here(id), RemarkPage(), Fields(request.form.to_dict())
    words = fields.text("remark")
    if fields.refused:
        form.attach(fields.refused, language())
        return page(here, form), 422
    remarking.remark(db(), id, words, form_key=request.form.get("form_key", "")[:64], actor=actor(), now=now())
    flash(_("Der Vermerk ist gespeichert."))
    return to_invitation(id)


@blueprint.post("/invitations/<int:id>/remarks/<int:remark_id>/removal")
def remove_remark(id: int, remark_id: int) -> ResponseReturnValue:
    """Remove a note of this invitation; the second click finds it gone."""
    invitation_here(id)
    found = remarks.get(db(), remark_id)
    if found and found.invitation_id != id:
        raise NotFound
    remarking.remove(db(), remark_id, actor(), now())
    flash(_("Der Vermerk ist gelöscht."))
    return to_invitation(id)
