"""Redisplay a posted form without storing it: in another language, or after an error."""

from collections.abc import Callable, Mapping, Sequence

from flask import g, request
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError

from signoff.domain.errors import Reason, Refusal
from signoff.store.access import InvitationAccess
from signoff.web import errors
from signoff.web.context import now
from signoff.web.invitation import answer, delegation, followups, short_codes, together
from signoff.web.invitation.access import (
    blueprint,
    current_access,
    load_access,
    may_answer_now,
    may_withdraw_now,
)
from signoff.web.invitation.pages import render_closed

BAD_REQUEST = 400
Fields = Mapping[str, str]
Redisplay = Callable[[Fields, Sequence[Refusal]], str]
RenderForm = Callable[[InvitationAccess, Fields, Sequence[Refusal]], str]


def with_access(render: RenderForm) -> Redisplay:
    return lambda fields, refused: render(current_access(), fields, refused)


def while_open(
    render: RenderForm,
    is_open: Callable[[InvitationAccess], bool] = lambda access: access.round.is_open(now()),
) -> Redisplay:
    """The form as long as it is accepted; the page of a closed round afterwards."""
    return lambda fields, refused: (
        render(current_access(), fields, refused)
        if is_open(current_access())
        else render_closed(current_access())
    )


def render_end_link(access: InvitationAccess, fields: Fields, refused: Sequence[Refusal]) -> str:
    link = delegation.get_delegated_link(access, int((request.view_args or {})["link_id"]))
    return delegation.render_end_link_form(access, link, fields, refused)


REDISPLAY_BY_ENDPOINT: dict[str, Redisplay] = {
    "invitation.submit_answer_step": with_access(answer.redisplay_step),
    "invitation.submit_withdrawal": while_open(answer.render_withdrawal_form, may_withdraw_now),
    "invitation.submit_delegation": while_open(delegation.render_delegation_form),
    "invitation.end_link": with_access(render_end_link),
    "invitation.submit_correction": while_open(followups.render_correction_form),
    "invitation.submit_meeting": while_open(followups.render_meeting_form),
    "invitation.submit_objection": with_access(followups.render_objection_form),
    "invitation.submit_further": while_open(together.render_further_form, may_answer_now),
    "invitation.submit_code": short_codes.render_code_form,
    "invitation.request_new_link": short_codes.render_code_form,
}


def redisplay_on_request() -> str | None:
    """With ``?again`` show the posted form; otherwise let an error page offer that
    (``g.may_redisplay``).
    """
    redisplay = REDISPLAY_BY_ENDPOINT.get(request.endpoint or "")
    g.may_redisplay = request.method == "POST" and redisplay is not None
    if redisplay is None or not g.may_redisplay or "again" not in request.args:
        return None
    return redisplay(request.form.to_dict(), [])


@blueprint.errorhandler(CSRFError)
def redisplay_on_csrf_error(error: CSRFError) -> ResponseReturnValue:
    """Show the form with a fresh token; the CSRF check runs before everything else, so nothing was
    stored.
    """
    redisplay = REDISPLAY_BY_ENDPOINT.get(request.endpoint or "")
    if redisplay is None:
        return errors.handle_csrf_error(error)
    if page := load_access():
        return page
    return redisplay(request.form.to_dict(), [Refusal(Reason.FORM_STALE)]), BAD_REQUEST
