"""The links to one invitation: ending one that was passed on. GET asks, POST does."""

from collections.abc import Collection, Sequence

from flask import flash, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.exceptions import NotFound

from signoff import actions, store
from signoff.domain.answer_forms import below
from signoff.domain.errors import Reason, Refusal
from signoff.domain.mail import Notice
from signoff.domain.rounds import Invitation, Link
from signoff.web.context import db, language, now
from signoff.web.login import actor
from signoff.web.office.access import blueprint, case_here, for_editors, round_here
from signoff.web.office.answers import SendingPage, invitation_here, member_of, to_invitation
from signoff.web.office.forms import AddressForm

# Correcting the address of a link: the old link ends, a new one goes to the new address.


@blueprint.get("/invitations/<int:id>/links/<int:link_id>/address")
@for_editors
def address_page(id: int, link_id: int) -> ResponseReturnValue:
    here, link = invitation_here(id), link_here(id, link_id)
    return render_address_form(here, link, AddressForm(email=link.email))


@blueprint.post("/invitations/<int:id>/links/<int:link_id>/address")
@for_editors
def readdress(id: int, link_id: int) -> ResponseReturnValue:
    """Correct the address; the one that is there already changes nothing."""
    here, link, form = invitation_here(id), link_here(id, link_id), AddressForm()
    try:
        actions.mail.readdress(db(), link.id, form.address(), actor(), now())
    except Refusal as refusal:
        strangers = form.refuse(refusal, language())
        return render_address_form(here, link, form, strangers), 409 if strangers else 422
    flash(
        _(
            "Die Adresse ist berichtigt. Der neue Zugangslink wird versandt, der alte gilt nicht mehr."
        )
    )
    return to_invitation(id)


def link_here(id: int, link_id: int) -> Link:
    """An open link of this invitation."""
    for link in store.rounds.links(db(), id):
        if link.id == link_id:
            return link
    raise NotFound


def render_address_form(
    here: Invitation, link: Link, form: AddressForm, strangers: list[Refusal] | None = None
) -> str:
    member, case = store.members.find(db(), here.member_id), case_here(here.round_id)
    return render_template(
        "office/address.html",
        case=case,
        invitation=here,
        member=member,
        link=link,
        form=form,
        strangers=strangers or [],
        colleagues=[
            each for each in store.rounds.links(db(), here.id) if each.id != link.id and each.email
        ],
    )


@blueprint.get("/invitations/<int:id>/links/<int:link_id>/end")
@for_editors
def end_page(id: int, link_id: int) -> ResponseReturnValue:
    here, link = invitation_here(id), passed_on_here(id, link_id)
    if link.ended_at:
        return to_invitation(id)
    further = [
        each for each in below(link, store.rounds.all_links(db(), id)) if each.ended_at is None
    ]
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
    actions.delegation.end_by_office(db(), passed_on_here(id, link_id).id, actor(), now())
    flash(_("Der weitergegebene Zugang ist beendet."))
    return to_invitation(id)


def passed_on_here(id: int, link_id: int) -> Link:
    """A link of this invitation that somebody passed on, ended or not; registered ones are not ended here."""
    for link in store.rounds.all_links(db(), id):
        if link.id == link_id and link.passed_on_by:
            return link
    raise NotFound


# Sending the current link again, to one holder or to all.


@blueprint.get("/invitations/<int:id>/sending")
@for_editors
def sending_page(id: int) -> ResponseReturnValue:
    here = invitation_here(id)
    if round_here(here.round_id).cancelled_at:
        raise Refusal(Reason.CANCELLED)
    return render_resend_form(here, {link.id for link in store.rounds.links(db(), id)})


@blueprint.post("/invitations/<int:id>/sending")
def send(id: int) -> ResponseReturnValue:
    """Owe the ticked holders the link; who got one minutes ago is left out, and said so where nobody is left."""
    here = invitation_here(id)
    chosen = {int(each) for each in request.form.getlist("link") if each.isdecimal()}
    try:
        sent = actions.answers.send_again(db(), id, chosen, actor(), now())
    except Refusal as refusal:
        return render_resend_form(
            here, chosen, [refusal]
        ), 422 if refusal.reason is Reason.NOBODY_TO_SEND_TO else 409
    told = ngettext(
        "Der Zugangslink wird an %(num)s Adresse gesandt.",
        "Die Zugangslinks werden an %(num)s Adressen gesandt.",
        len(sent),
    )
    flash(told)
    return to_invitation(id)


def render_resend_form(
    here: Invitation, chosen: Collection[int], refused: Sequence[Refusal] = ()
) -> str:
    form, links = SendingPage(), [link for link in store.rounds.links(db(), here.id) if link.email]
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
    mails = [store.outbox.newest(db(), kind, link.id) for kind in actions.answers.WITH_A_LINK]
    return max((mail for mail in mails if mail), key=lambda mail: mail.id, default=None)
