"""The links to one invitation: ending one that was passed on. GET asks, POST does."""

from flask import flash, render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.exceptions import NotFound

from signoff.actions import passing
from signoff.domain.invitation import Link
from signoff.domain.passing import below
from signoff.store import invitations
from signoff.web.context import db, now
from signoff.web.login import actor
from signoff.web.office.door import blueprint, case_here, for_editors
from signoff.web.office.invitations import invitation_here, member_of, to_invitation


@blueprint.get("/invitations/<int:id>/links/<int:link_id>/end")
@for_editors
def end_page(id: int, link_id: int) -> ResponseReturnValue:
    here, link = invitation_here(id), passed_on_here(id, link_id)
    if link.ended_at:
        return to_invitation(id)
    further = [each for each in below(link, invitations.all_links(db(), id)) if each.ended_at is None]
    return render_template(
        "office/end_link.html",
        case=case_here(here.round_id),
        invitation=here,
        member=member_of(here),
        link=link,
        further=further,
    )


@blueprint.post("/invitations/<int:id>/links/<int:link_id>/end")
def end(id: int, link_id: int) -> ResponseReturnValue:
    """End the link and all that came from it; the second click finds it ended."""
    invitation_here(id)
    passing.end_by_office(db(), passed_on_here(id, link_id).id, actor(), now())
    flash(_("Der weitergegebene Zugang ist beendet."))
    return to_invitation(id)


def passed_on_here(id: int, link_id: int) -> Link:
    """A link of this invitation that somebody passed on, ended or not; registered ones are not ended here."""
    for link in invitations.all_links(db(), id):
        if link.id == link_id and link.passed_on_by:
            return link
    raise NotFound
