"""The links to one invitation: ending one that was passed on. GET asks, POST does."""

from collections.abc import Collection, Sequence

from flask import flash, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.exceptions import NotFound

from signoff import actions, store
from signoff.domain.answer_forms import list_descendants
from signoff.domain.errors import Reason, Refusal
from signoff.domain.mail import OutboxMessage
from signoff.domain.rounds import Invitation, Link
from signoff.web.context import current_language, db, now
from signoff.web.login import current_actor
from signoff.web.office.access import (
    blueprint,
    editor_required,
    get_round_or_404,
    get_round_summary_or_404,
)
from signoff.web.office.answers import (
    ResendLinksForm,
    get_invitation_or_404,
    get_invited_member,
    redirect_to_invitation,
)
from signoff.web.office.forms import AddressForm

# Correcting the address of a link: the old link ends, a new one goes to the new address.


@blueprint.get("/invitations/<int:id>/links/<int:link_id>/address")
@editor_required
def show_address_form(id: int, link_id: int) -> ResponseReturnValue:
    here, link = get_invitation_or_404(id), get_link_or_404(id, link_id)
    return render_address_form(here, link, AddressForm(email=link.email))


@blueprint.post("/invitations/<int:id>/links/<int:link_id>/address")
@editor_required
def correct_address(id: int, link_id: int) -> ResponseReturnValue:
    """Correct the address; the one that is there already changes nothing."""
    here, link, form = get_invitation_or_404(id), get_link_or_404(id, link_id), AddressForm()
    try:
        actions.mail.correct_address(db(), link.id, form.address(), current_actor(), now())
    except Refusal as refusal:
        strangers = form.refuse(refusal, current_language())
        return render_address_form(here, link, form, strangers), 409 if strangers else 422
    flash(
        _(
            "Die Adresse ist berichtigt. Der neue Zugangslink wird versandt, der alte gilt nicht mehr."
        )
    )
    return redirect_to_invitation(id)


def get_link_or_404(id: int, link_id: int) -> Link:
    """An open link of this invitation."""
    for link in store.rounds.list_open_links(db(), id):
        if link.id == link_id:
            return link
    raise NotFound


def render_address_form(
    here: Invitation, link: Link, form: AddressForm, strangers: list[Refusal] | None = None
) -> str:
    member, case = store.members.find(db(), here.member_id), get_round_summary_or_404(here.round_id)
    return render_template(
        "office/links/address.html",
        case=case,
        invitation=here,
        member=member,
        link=link,
        form=form,
        strangers=strangers or [],
        colleagues=[
            each
            for each in store.rounds.list_open_links(db(), here.id)
            if each.id != link.id and each.email
        ],
    )


@blueprint.get("/invitations/<int:id>/links/<int:link_id>/end")
@editor_required
def show_end_link_form(id: int, link_id: int) -> ResponseReturnValue:
    here, link = get_invitation_or_404(id), get_delegated_link_or_404(id, link_id)
    if link.ended_at:
        return redirect_to_invitation(id)
    further = [
        each
        for each in list_descendants(link, store.rounds.list_all_links(db(), id))
        if each.ended_at is None
    ]
    return render_template(
        "office/links/end.html",
        case=get_round_summary_or_404(here.round_id),
        invitation=here,
        member=get_invited_member(here),
        link=link,
        further=further,
    )


@blueprint.post("/invitations/<int:id>/links/<int:link_id>/end")
def end_link(id: int, link_id: int) -> ResponseReturnValue:
    """End the link and all that came from it; the second click finds it ended."""
    get_invitation_or_404(id)
    actions.delegation.end_by_office(
        db(), get_delegated_link_or_404(id, link_id).id, current_actor(), now()
    )
    flash(_("Der weitergegebene Zugang ist beendet."))
    return redirect_to_invitation(id)


def get_delegated_link_or_404(id: int, link_id: int) -> Link:
    """A link of this invitation that somebody passed on, ended or not; registered ones are not ended here."""
    for link in store.rounds.list_all_links(db(), id):
        if link.id == link_id and link.delegated_by:
            return link
    raise NotFound


# Sending the current link again, to one holder or to all.


@blueprint.get("/invitations/<int:id>/sending")
@editor_required
def show_resend_form(id: int) -> ResponseReturnValue:
    here = get_invitation_or_404(id)
    if get_round_or_404(here.round_id).cancelled_at:
        raise Refusal(Reason.CANCELLED)
    return render_resend_form(here, {link.id for link in store.rounds.list_open_links(db(), id)})


@blueprint.post("/invitations/<int:id>/sending")
def resend_links(id: int) -> ResponseReturnValue:
    """Owe the ticked holders the link; who got one minutes ago is left out, and said so where nobody is left."""
    here = get_invitation_or_404(id)
    chosen = {int(each) for each in request.form.getlist("link") if each.isdecimal()}
    try:
        sent = actions.answers.resend_links(db(), id, chosen, current_actor(), now())
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
    return redirect_to_invitation(id)


def render_resend_form(
    here: Invitation, chosen: Collection[int], refused: Sequence[Refusal] = ()
) -> str:
    form, links = (
        ResendLinksForm(),
        [link for link in store.rounds.list_open_links(db(), here.id) if link.email],
    )
    return render_template(
        "office/links/resend.html",
        case=get_round_summary_or_404(here.round_id),
        invitation=here,
        member=get_invited_member(here),
        links=links,
        last={link.id: find_latest_message(link) for link in links},
        chosen=chosen,
        form=form,
        strangers=form.attach(refused, current_language()),
    )


def find_latest_message(link: Link) -> OutboxMessage | None:
    """The last mail that carried this link."""
    mails = [
        store.outbox.find_latest(db(), kind, link.id) for kind in actions.answers.LINK_MAIL_KINDS
    ]
    return max((mail for mail in mails if mail), key=lambda mail: mail.id, default=None)
