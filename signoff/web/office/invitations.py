"""One member's place in a round: every version of its answer, who holds links, all mail, what the office decided."""

import secrets
from collections.abc import Sequence

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.exceptions import BadRequest, NotFound

from signoff.actions import deciding
from signoff.domain.answer import Version
from signoff.domain.fields import LENGTHS, Fields
from signoff.domain.invitation import Invitation
from signoff.domain.member import Member
from signoff.domain.passing import chain
from signoff.domain.recording import Recording
from signoff.domain.standing import Place
from signoff.store import (
    answers,
    decisions,
    invitations,
    members,
    objections,
    outbox,
    papers,
    recordings,
    remarks,
    staff,
    voidings,
)
from signoff.web.context import db, now
from signoff.web.login import actor
from signoff.web.office.answer_forms import RemarkPage
from signoff.web.office.door import blueprint, round_here
from signoff.web.office.tasks import UNREACHED

MOST_REASON = LENGTHS["reason"]


@blueprint.get("/invitations/<int:id>")
def invitation(id: int) -> str:
    return page(invitation_here(id), RemarkPage())


def page(here: Invitation, form: RemarkPage) -> str:
    """Everything about the invitation; ``form`` is where the office notes something."""
    id = here.id
    round, member = round_here(here.round_id), member_of(here)
    versions, voided = answers.every(db(), id), voidings.of_invitation(db(), id)
    place, mails = place_of(here, member, answers.last(db(), id)), outbox.of_invitation(db(), id)
    return render_template(
        "office/invitation.html",
        place=place,
        unreached=place.kind is None and bool(mails) and all(notice.state in UNREACHED for notice, _ in mails),
        round=round,
        edition=papers.get(db(), round.edition_id),
        versions=versions[::-1],
        originals={version.id: version for version in versions},
        voided=voided,
        evidence=evidence(id, versions),
        decisions=decisions.every(db(), id)[::-1],
        objections=objections.of_invitation(db(), id)[::-1],
        stations=chain(invitations.all_links(db(), id)),
        mails=mails,
        names=names(),
        remarks=remarks.of_invitation(db(), id),
        form=form,
        form_key=request.form.get("form_key") or secrets.token_urlsafe(16),
    )


def evidence(id: int, versions: Sequence[Version]) -> dict[int, Recording]:
    """What evidences each version that did not come through a link; a corrected one rests on the same."""
    found = recordings.of_invitation(db(), id)
    for version in versions:
        if version.corrects in found:
            found[version.id] = found[version.corrects]
    return found


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
    reason = Fields(request.form.to_dict()).text("reason", required=False)[:MOST_REASON]
    deciding.decide(db(), id, what, accepted == "yes", actor(), now(), version=int(version), reason=reason)
    flash(_("Ihre Entscheidung ist festgehalten."))
    return to_invitation(id)


def names() -> dict[str, str]:
    """What the office's people are called, by how the journal names them."""
    return {f"staff/{each.id}": each.name or each.email for each in staff.every(db())}


def invitation_here(id: int) -> Invitation:
    found = invitations.find(db(), id)
    if found is None:
        raise NotFound
    return found


def member_of(here: Invitation) -> Member:
    return members.invited(db(), here.id)


def to_invitation(id: int) -> ResponseReturnValue:
    """Back to the page; to its top, where it says what was done."""
    return redirect(url_for("office.invitation", id=id), 303)
