"""Correcting the address of a link: the old link ends, a new one goes to the new address."""

from flask import flash, render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.exceptions import NotFound

from signoff.actions import returning
from signoff.domain.invitation import Invitation, Link
from signoff.domain.refusal import Refusal
from signoff.store import invitations, members
from signoff.web.context import db, language, now
from signoff.web.login import actor
from signoff.web.office.door import blueprint, case_here, for_editors
from signoff.web.office.forms import AddressForm
from signoff.web.office.invitations import invitation_here, to_invitation


@blueprint.get("/invitations/<int:id>/links/<int:link_id>/address")
@for_editors
def address_page(id: int, link_id: int) -> ResponseReturnValue:
    here, link = invitation_here(id), link_here(id, link_id)
    return asked(here, link, AddressForm(email=link.email))


@blueprint.post("/invitations/<int:id>/links/<int:link_id>/address")
@for_editors
def readdress(id: int, link_id: int) -> ResponseReturnValue:
    """Correct the address; the one that is there already changes nothing."""
    here, link, form = invitation_here(id), link_here(id, link_id), AddressForm()
    try:
        returning.readdress(db(), link.id, form.address(), actor(), now())
    except Refusal as refusal:
        strangers = form.refuse(refusal, language())
        return asked(here, link, form, strangers), 409 if strangers else 422
    flash(_("Die Adresse ist berichtigt. Der neue Zugangslink wird versandt, der alte gilt nicht mehr."))
    return to_invitation(id)


def link_here(id: int, link_id: int) -> Link:
    """An open link of this invitation."""
    for link in invitations.links(db(), id):
        if link.id == link_id:
            return link
    raise NotFound


def asked(here: Invitation, link: Link, form: AddressForm, strangers: list[Refusal] | None = None) -> str:
    member, case = members.get(db(), here.member_id), case_here(here.round_id)
    return render_template(
        "office/address.html",
        case=case,
        invitation=here,
        member=member,
        link=link,
        form=form,
        strangers=strangers or [],
        colleagues=[each for each in invitations.links(db(), here.id) if each.id != link.id and each.email],
    )
