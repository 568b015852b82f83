"""Passing the task on to a colleague, and who holds a link to this invitation."""

from collections.abc import Mapping, Sequence

from flask import g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as WerkzeugResponse

from signoff import actions, store
from signoff.domain.answer_forms import (
    MAX_OPEN_DELEGATIONS,
    Colleague,
    DelegationForm,
    build_delegation_tree,
    may_end_link,
)
from signoff.domain.errors import Reason, Refusal, Refusals
from signoff.domain.rounds import Link, Phase
from signoff.store.access import InvitationAccess
from signoff.web.context import db, now
from signoff.web.invitation.access import blueprint, current_access
from signoff.web.invitation.forms import ColleagueForm, WithdrawForm
from signoff.web.invitation.pages import check_confirmed_name, render_closed, render_form

PageResponse = WerkzeugResponse | str | tuple[str, int]


@blueprint.get("/<token>/pass-on")
def show_delegation_form(token: str) -> PageResponse:
    """To whom? Nothing is kept before the form is sent with the municipality's name."""
    door = current_access()
    if door.round.phase(now()) is not Phase.OPEN:
        return render_closed(door), 409
    return render_delegation_form(door, {})


@blueprint.post("/<token>/pass-on")
def submit_delegation(token: str) -> PageResponse:
    door, fields = current_access(), request.form.to_dict()
    if door.round.phase(now()) is not Phase.OPEN:
        return render_closed(door), 409
    colleague, refused = parse_colleague(fields)
    refused += check_confirmed_name(door, fields)
    if colleague is None or refused:
        return render_delegation_form(door, fields, refused), 422
    try:
        link = actions.delegation.delegate(db(), door, colleague, now())
    except Refusal as refusal:
        return render_delegation_form(door, fields, [refusal]), 409
    return redirect(url_for("invitation.show_links", token=g.token, to=link.id), 303)


def parse_colleague(fields: Mapping[str, str]) -> tuple[Colleague | None, list[Refusal]]:
    try:
        return DelegationForm(fields).colleague(), []
    except Refusals as refusals:
        return None, list(refusals.each)


def render_delegation_form(
    door: InvitationAccess, fields: Mapping[str, str], refused: Sequence[Refusal] = ()
) -> str:
    return render_form("pass_on", ColleagueForm, door, fields, refused, limit=MAX_OPEN_DELEGATIONS)


@blueprint.get("/<token>/links")
def show_links(token: str) -> str:
    """The chain: who holds a link, from whom, and which of them this reader may end."""
    door = current_access()
    known = store.rounds.list_all_links(db(), door.invitation.id)
    to = next(
        (link for link in known if str(link.id) == request.args.get("to") and link.delegated_by),
        None,
    )
    endable = {
        link.id for link in known if not link.ended_at and may_end_link(door.link, link, known)
    }
    given = {
        "stations": build_delegation_tree(known),
        "endable": endable,
        "to": to if to and not to.ended_at else None,
    }
    return render_template("invitation/links.html", token=token, now=now(), door=door, **given)


@blueprint.get("/<token>/links/<int:link_id>/end")
def confirm_end_link(token: str, link_id: int) -> PageResponse:
    return render_end_link_form(current_access(), get_delegated_link(current_access(), link_id), {})


@blueprint.post("/<token>/links/<int:link_id>/end")
def end_link(token: str, link_id: int) -> PageResponse:
    door, fields = current_access(), request.form.to_dict()
    link = get_delegated_link(door, link_id)
    if refused := check_confirmed_name(door, fields):
        return render_end_link_form(door, link, fields, refused), 422
    actions.delegation.end(db(), door, link.id, now())
    return redirect(url_for("invitation.show_links", token=g.token), 303)


def get_delegated_link(door: InvitationAccess, link_id: int) -> Link:
    """The link of this invitation that is to be ended. Refuses what is none, and what this reader may not end."""
    known = store.rounds.list_all_links(db(), door.invitation.id)
    link = next((each for each in known if each.id == link_id and each.delegated_by), None)
    if link is None:
        raise Refusal(Reason.NO_SUCH_LINK)
    if not may_end_link(door.link, link, known):
        raise Refusal(Reason.NOT_YOURS_TO_END)
    return link


def render_end_link_form(
    door: InvitationAccess, link: Link, fields: Mapping[str, str], refused: Sequence[Refusal] = ()
) -> str:
    return render_form("end_link", WithdrawForm, door, fields, refused, link=link)
