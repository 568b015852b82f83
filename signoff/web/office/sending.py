"""Sending the current link again, to one holder or to all."""

from collections.abc import Collection, Sequence

from flask import flash, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import ngettext

from signoff.actions import resending
from signoff.domain.invitation import Invitation, Link
from signoff.domain.notice import Notice
from signoff.domain.refusal import Reason, Refusal
from signoff.store import invitations, outbox
from signoff.web.context import db, language, now
from signoff.web.login import actor
from signoff.web.office.answer_forms import SendingPage
from signoff.web.office.door import blueprint, case_here, for_editors, round_here
from signoff.web.office.invitations import invitation_here, member_of, to_invitation


@blueprint.get("/invitations/<int:id>/sending")
@for_editors
def sending_page(id: int) -> ResponseReturnValue:
    here = invitation_here(id)
    if round_here(here.round_id).cancelled_at:
        raise Refusal(Reason.CANCELLED)
    return asked(here, {link.id for link in invitations.links(db(), id)})


@blueprint.post("/invitations/<int:id>/sending")
def send(id: int) -> ResponseReturnValue:
    """Owe the ticked holders the link; who got one minutes ago is left out, and said so where nobody is left."""
    here = invitation_here(id)
    chosen = {int(each) for each in request.form.getlist("link") if each.isdecimal()}
    try:
        sent = resending.send_again(db(), id, chosen, actor(), now())
    except Refusal as refusal:
        return asked(here, chosen, [refusal]), 422 if refusal.reason is Reason.NOBODY_TO_SEND_TO else 409
    told = ngettext(
        "Der Zugangslink wird an %(num)s Adresse gesandt.",
        "Die Zugangslinks werden an %(num)s Adressen gesandt.",
        len(sent),
    )
    flash(told)
    return to_invitation(id)


def asked(here: Invitation, chosen: Collection[int], refused: Sequence[Refusal] = ()) -> str:
    form, links = SendingPage(), [link for link in invitations.links(db(), here.id) if link.email]
    return render_template(
        "office/sending.html",
        case=case_here(here.round_id),
        invitation=here,
        member=member_of(here),
        links=links,
        last={link.id: newest(link) for link in links},
        chosen=chosen,
        form=form,
        strangers=form.attach(refused, language()),
    )


def newest(link: Link) -> Notice | None:
    """The last mail that carried this link."""
    mails = [outbox.newest(db(), kind, link.id) for kind in resending.WITH_A_LINK]
    return max((mail for mail in mails if mail), key=lambda mail: mail.id, default=None)
