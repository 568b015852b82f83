"""Delegating the task to a colleague, and the list of everyone who holds a link to the
invitation.
"""

import json
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
from signoff.web.invitation.forms import (
    STEP_FIELDS,
    ColleagueForm,
    WithdrawForm,
    parse_answer_form,
    serialize_answer,
)
from signoff.web.invitation.pages import check_confirmed_name, render_closed, render_form

PageResponse = WerkzeugResponse | str | tuple[str, int]


@blueprint.get("/<token>/pass-on")
def show_delegation_form(token: str) -> PageResponse:
    access = current_access()
    if access.round.phase(now()) is not Phase.OPEN:
        return render_closed(access), 409
    return render_delegation_form(access, {})


@blueprint.post("/<token>/pass-on")
def submit_delegation(token: str) -> PageResponse:
    access, fields = current_access(), request.form.to_dict()
    if access.round.phase(now()) is not Phase.OPEN:
        return render_closed(access), 409
    if "prepared" in request.args:  # from the review of an answer
        return render_delegation_form(access, fields)
    colleague, refused = parse_colleague(fields)
    refused += check_confirmed_name(access, fields)
    if colleague is None or refused:
        return render_delegation_form(access, fields, refused), 422
    try:
        prepared = serialize_prepared(access, fields)
        link = actions.delegation.delegate(db(), access, colleague, now(), prepared)
    except Refusal as refusal:
        return render_delegation_form(access, fields, [refusal]), 409
    return redirect(url_for("invitation.show_links", token=g.token, to=link.id), 303)


def serialize_prepared(access: InvitationAccess, fields: Mapping[str, str]) -> str:
    """The answer that is carried along, if it is complete but for the tick about the authority."""
    prepared = parse_answer_form(access, {**fields, "authorised": "y"}).parsed
    return json.dumps(serialize_answer(prepared), ensure_ascii=False) if prepared else ""


def parse_colleague(fields: Mapping[str, str]) -> tuple[Colleague | None, list[Refusal]]:
    try:
        return DelegationForm(fields).colleague(), []
    except Refusals as refusals:
        return None, list(refusals.refusals)


def render_delegation_form(
    access: InvitationAccess, fields: Mapping[str, str], refused: Sequence[Refusal] = ()
) -> str:
    carried = {
        name: fields[name] for name in STEP_FIELDS if fields.get(name) and name != "authorised"
    }
    return render_form(
        "delegation",
        ColleagueForm,
        access,
        fields,
        refused,
        limit=MAX_OPEN_DELEGATIONS,
        carried=carried,
    )


@blueprint.get("/<token>/links")
def show_links(token: str) -> str:
    """The tree of links, and which of them the holder of this link may end."""
    access = current_access()
    links = store.rounds.list_all_links(db(), access.invitation.id)
    new_links = (
        link for link in links if (link.delegated_by or link.prepared) and not link.ended_at
    )
    return render_template(
        "invitation/links.html",
        token=token,
        now=now(),
        access=access,
        nodes=build_delegation_tree(links),
        endable={
            link.id
            for link in links
            if not link.ended_at and may_end_link(access.link, link, links)
        },
        new_link=next((link for link in new_links if str(link.id) == request.args.get("to")), None),
    )


@blueprint.get("/<token>/links/<int:link_id>/end")
def confirm_end_link(token: str, link_id: int) -> PageResponse:
    return render_end_link_form(current_access(), get_delegated_link(current_access(), link_id), {})


@blueprint.post("/<token>/links/<int:link_id>/end")
def end_link(token: str, link_id: int) -> PageResponse:
    access, fields = current_access(), request.form.to_dict()
    link = get_delegated_link(access, link_id)
    if refused := check_confirmed_name(access, fields):
        return render_end_link_form(access, link, fields, refused), 422
    actions.delegation.end(db(), access, link.id, now())
    return redirect(url_for("invitation.show_links", token=g.token), 303)


def get_delegated_link(access: InvitationAccess, link_id: int) -> Link:
    """A delegated link of this invitation; refuses one that the holder of this link may not end."""
    links = store.rounds.list_all_links(db(), access.invitation.id)
    for link in links:
        if link.id == link_id and link.delegated_by:
            if not may_end_link(access.link, link, links):
                raise Refusal(Reason.NOT_YOURS_TO_END)
            return link
    raise Refusal(Reason.NO_SUCH_LINK)


def render_end_link_form(
    access: InvitationAccess,
    link: Link,
    fields: Mapping[str, str],
    refused: Sequence[Refusal] = (),
) -> str:
    return render_form("end_link", WithdrawForm, access, fields, refused, link=link)
