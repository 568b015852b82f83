"""One member's place in a round: every version of its answer, who holds links, all mail, what the office decided."""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.exceptions import BadRequest, NotFound

from signoff.actions import deciding
from signoff.domain.answer import Version
from signoff.domain.invitation import Invitation
from signoff.domain.member import Member
from signoff.domain.standing import Place
from signoff.store import answers, decisions, invitations, members, outbox, papers
from signoff.web.context import db, now
from signoff.web.login import actor
from signoff.web.office.door import blueprint, round_here
from signoff.web.office.tasks import UNREACHED


@blueprint.get("/invitations/<int:id>")
def invitation(id: int) -> str:
    here = invitation_here(id)
    round, member = round_here(here.round_id), members.invited(db(), here.id)
    versions = answers.every(db(), id)
    place, mails = place_of(here, member, versions[-1] if versions else None), outbox.of_invitation(db(), id)
    return render_template(
        "office/invitation.html",
        place=place,
        unreached=place.kind is None and bool(mails) and all(notice.state in UNREACHED for notice, _ in mails),
        round=round,
        edition=papers.get(db(), round.edition_id),
        versions=versions[::-1],
        decisions=decisions.every(db(), id)[::-1],
        links=invitations.all_links(db(), id),
        mails=mails,
    )


def place_of(here: Invitation, member: Member, last: Version | None) -> Place:
    """The place with what was decided about exactly the note and name that count now."""
    said = last.answer.declaration if last else None
    note = decisions.last(db(), here.id, "note", said.note) if said and said.note else None
    name = decisions.last(db(), here.id, "name", said.official_name) if said else None
    return Place(here, member, last, note, name)


@blueprint.post("/invitations/<int:id>/<any(note, name):what>")
def decide(id: int, what: str) -> ResponseReturnValue:
    """Accept or refuse what the version that was read asks for; another version is not decided unread."""
    invitation_here(id)
    accepted, version = request.form.get("accepted"), request.form.get("version", "")
    if accepted not in ("yes", "no") or not version.isdecimal():
        raise BadRequest
    deciding.decide(db(), id, what, accepted == "yes", actor(), now(), version=int(version))
    flash(_("Ihre Entscheidung ist festgehalten."))
    return redirect(url_for("office.invitation", id=id), 303)


def invitation_here(id: int) -> Invitation:
    found = invitations.find(db(), id)
    if found is None:
        raise NotFound
    return found
