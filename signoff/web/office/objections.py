"""„Das war ich nicht“: the office has looked into an objection and settles it."""

from flask import flash
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.exceptions import NotFound

from signoff.actions import objecting
from signoff.store import objections
from signoff.web.context import db, now
from signoff.web.login import actor
from signoff.web.office.door import blueprint
from signoff.web.office.invitations import invitation_here, to_invitation


@blueprint.post("/invitations/<int:id>/objections/<int:objection_id>")
def settle(id: int, objection_id: int) -> ResponseReturnValue:
    """Settle an objection of this invitation; a second time, it stays as it was settled."""
    here = invitation_here(id)
    if objection_id not in {each.id for each in objections.of_invitation(db(), here.id)}:
        raise NotFound
    objecting.settle_objection(db(), objection_id, actor(), now())
    flash(_("Der Einspruch ist als erledigt vermerkt."))
    return to_invitation(id)
