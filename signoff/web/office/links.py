"""The links of one invitation: correcting an address, ending a delegated link, resending links."""

from collections.abc import Collection

from flask import flash, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.exceptions import NotFound

from signoff import actions, store
from signoff.domain.answer_forms import list_descendants
from signoff.domain.errors import Reason, Refusal
from signoff.domain.mail import OutboxMessage
from signoff.domain.rounds import Invitation, Link
from signoff.domain.text import decode_domains
from signoff.web.context import db, now
from signoff.web.filters import ngettext
from signoff.web.listing import get_ints
from signoff.web.login import current_actor
from signoff.web.office.access import (
    blueprint,
    editor_required,
    get_round_or_404,
)
from signoff.web.office.answers import (
    ResendLinksForm,
    get_invitation_or_404,
    redirect_to_invitation,
    render_invitation_page,
)
from signoff.web.office.forms import AddressForm

# Correcting the address of a link: the old link ends, a new one goes to the new address.


@blueprint.get("/invitations/<int:id>/links/<int:link_id>/address")
@editor_required
def show_address_form(id: int, link_id: int) -> ResponseReturnValue:
    invitation, link = get_invitation_or_404(id), get_link_or_404(id, link_id)
    return render_address_form(invitation, link, AddressForm(email=decode_domains(link.email)))


@blueprint.post("/invitations/<int:id>/links/<int:link_id>/address")
def correct_address(id: int, link_id: int) -> ResponseReturnValue:
    """Correct the address; the current address changes nothing."""
    invitation, link = get_invitation_or_404(id), get_link_or_404(id, link_id)
    form = AddressForm()
    try:
        actions.mail.correct_address(db(), link.id, form.parse_address(), current_actor(), now())
    except Refusal as refusal:
        form.add_errors(refusal)
        return render_address_form(invitation, link, form), form.error_status
    flash(_("Die Adresse ist berichtigt. Der neue Link wird versandt, der alte gilt nicht mehr."))
    return redirect_to_invitation(id)


def get_link_or_404(id: int, link_id: int) -> Link:
    """An open link of this invitation."""
    for link in store.rounds.list_open_links(db(), id):
        if link.id == link_id:
            return link
    raise NotFound


def render_address_form(invitation: Invitation, link: Link, form: AddressForm) -> str:
    return render_invitation_page(
        "office/links/address.html",
        invitation,
        link=link,
        form=form,
        colleagues=[
            other
            for other in store.rounds.list_open_links(db(), invitation.id)
            if other.id != link.id and other.email
        ],
    )


@blueprint.get("/invitations/<int:id>/links/<int:link_id>/end")
@editor_required
def show_end_link_form(id: int, link_id: int) -> ResponseReturnValue:
    invitation, link = get_invitation_or_404(id), get_delegated_link_or_404(id, link_id)
    if link.ended_at:
        return redirect_to_invitation(id)
    further = [
        descendant
        for descendant in list_descendants(link, store.rounds.list_all_links(db(), id))
        if descendant.ended_at is None
    ]
    return render_invitation_page(
        "office/links/end.html",
        invitation,
        link=link,
        further=further,
    )


@blueprint.post("/invitations/<int:id>/links/<int:link_id>/end")
def end_link(id: int, link_id: int) -> ResponseReturnValue:
    """End the link and its descendants; a second request changes nothing."""
    get_invitation_or_404(id)
    actions.delegation.end_by_office(
        db(), get_delegated_link_or_404(id, link_id).id, current_actor(), now()
    )
    flash(_("Der weitergegebene Link ist beendet."))
    return redirect_to_invitation(id)


def get_delegated_link_or_404(id: int, link_id: int) -> Link:
    """A delegated link of this invitation, ended or not."""
    for link in store.rounds.list_all_links(db(), id):
        if link.id == link_id and link.delegated_by:
            return link
    raise NotFound


# Resending links, to one holder or to all.


@blueprint.get("/invitations/<int:id>/resend")
@editor_required
def show_resend_form(id: int) -> ResponseReturnValue:
    invitation = get_invitation_or_404(id)
    if get_round_or_404(invitation.round_id).cancelled_at:
        raise Refusal(Reason.CANCELLED)
    everyone = {link.id for link in store.rounds.list_open_links(db(), id)}
    return render_resend_form(invitation, everyone, ResendLinksForm())


@blueprint.post("/invitations/<int:id>/resend")
def resend_links(id: int) -> ResponseReturnValue:
    """Enqueue the link for the selected holders, except for those who got one minutes ago."""
    invitation, form = get_invitation_or_404(id), ResendLinksForm()
    chosen = get_ints(request.form, "link")
    try:
        count = actions.answers.resend_links(db(), id, chosen, current_actor(), now())
    except Refusal as refusal:
        form.add_errors(refusal)
        status = 422 if refusal.reason is Reason.NOBODY_TO_SEND_TO else 409
        return render_resend_form(invitation, chosen, form), status
    flash(
        ngettext(
            "Der Link wird an %(num)s Adresse gesandt.",
            "Die Links werden an %(num)s Adressen gesandt.",
            len(count),
        )
    )
    return redirect_to_invitation(id)


def render_resend_form(
    invitation: Invitation, chosen: Collection[int], form: ResendLinksForm
) -> str:
    links = [link for link in store.rounds.list_open_links(db(), invitation.id) if link.email]
    return render_invitation_page(
        "office/links/resend.html",
        invitation,
        links=links,
        last={link.id: find_latest_message(link) for link in links},
        chosen=chosen,
        form=form,
    )


def find_latest_message(link: Link) -> OutboxMessage | None:
    """The latest mail that contained this link."""
    messages = [
        store.outbox.find_latest(db(), kind, link.id) for kind in actions.answers.LINK_MAIL_KINDS
    ]
    return max(filter(None, messages), key=lambda message: message.id, default=None)
