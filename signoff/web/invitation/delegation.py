"""Passing the task on to a colleague, and who holds a link to this invitation."""

from collections.abc import Mapping, Sequence

from flask import g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as WerkzeugResponse

from signoff import actions, store
from signoff.domain.answer_forms import MOST_OPEN, Colleague, PassingForm, chain, may_end
from signoff.domain.errors import Reason, Refusal, Refusals
from signoff.domain.rounds import Link, Phase
from signoff.store.access import Door
from signoff.web.context import db, now
from signoff.web.invitation.access import blueprint, here
from signoff.web.invitation.forms import PassForm, WithdrawForm
from signoff.web.invitation.pages import closed, form_page, name_refused

Page = WerkzeugResponse | str | tuple[str, int]


@blueprint.get("/<token>/pass-on")
def pass_on(token: str) -> Page:
    """To whom? Nothing is kept before the form is sent with the municipality's name."""
    door = here()
    if door.round.phase(now()) is not Phase.OPEN:
        return closed(door), 409
    return passing_page(door, {})


@blueprint.post("/<token>/pass-on")
def take_pass_on(token: str) -> Page:
    door, fields = here(), request.form.to_dict()
    if door.round.phase(now()) is not Phase.OPEN:
        return closed(door), 409
    colleague, refused = read(fields)
    refused += name_refused(door, fields)
    if colleague is None or refused:
        return passing_page(door, fields, refused), 422
    try:
        link = actions.delegation.pass_on(db(), door, colleague, now())
    except Refusal as refusal:
        return passing_page(door, fields, [refusal]), 409
    return redirect(url_for("sign.links", token=g.token, to=link.id), 303)


def read(fields: Mapping[str, str]) -> tuple[Colleague | None, list[Refusal]]:
    try:
        return PassingForm(fields).colleague(), []
    except Refusals as refusals:
        return None, list(refusals.each)


def passing_page(door: Door, fields: Mapping[str, str], refused: Sequence[Refusal] = ()) -> str:
    return form_page("pass_on", PassForm, door, fields, refused, limit=MOST_OPEN)


@blueprint.get("/<token>/links")
def links(token: str) -> str:
    """The chain: who holds a link, from whom, and which of them this reader may end."""
    door = here()
    known = store.rounds.all_links(db(), door.invitation.id)
    to = next(
        (link for link in known if str(link.id) == request.args.get("to") and link.passed_on_by),
        None,
    )
    endable = {link.id for link in known if not link.ended_at and may_end(door.link, link, known)}
    given = {
        "stations": chain(known),
        "endable": endable,
        "to": to if to and not to.ended_at else None,
    }
    return render_template("sign/links.html", token=token, now=now(), door=door, **given)


@blueprint.get("/<token>/links/<int:link_id>/end")
def end(token: str, link_id: int) -> Page:
    return ending_page(here(), passed_on(here(), link_id), {})


@blueprint.post("/<token>/links/<int:link_id>/end")
def take_end(token: str, link_id: int) -> Page:
    door, fields = here(), request.form.to_dict()
    link = passed_on(door, link_id)
    if refused := name_refused(door, fields):
        return ending_page(door, link, fields, refused), 422
    actions.delegation.end(db(), door, link.id, now())
    return redirect(url_for("sign.links", token=g.token), 303)


def passed_on(door: Door, link_id: int) -> Link:
    """The link of this invitation that is to be ended. Refuses what is none, and what this reader may not end."""
    known = store.rounds.all_links(db(), door.invitation.id)
    link = next((each for each in known if each.id == link_id and each.passed_on_by), None)
    if link is None:
        raise Refusal(Reason.NO_SUCH_LINK)
    if not may_end(door.link, link, known):
        raise Refusal(Reason.NOT_YOURS_TO_END)
    return link


def ending_page(
    door: Door, link: Link, fields: Mapping[str, str], refused: Sequence[Refusal] = ()
) -> str:
    return form_page("end_link", WithdrawForm, door, fields, refused, link=link)
