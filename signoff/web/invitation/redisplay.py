"""A form shown once more with everything typed, and nothing taken: in the other language, after an error, or under a
fresh token where its cookie is gone.
"""

from collections.abc import Callable, Mapping, Sequence

from flask import g, request
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError

from signoff.domain.errors import Reason, Refusal
from signoff.store.access import InvitationAccess
from signoff.web import errors
from signoff.web.context import now
from signoff.web.invitation import answer, delegation, followups
from signoff.web.invitation.access import blueprint, current_access, load_access, may_withdraw_now
from signoff.web.invitation.forms import ShortCodeForm
from signoff.web.invitation.pages import render_closed, render_code_form

BAD_REQUEST = 400
Redisplay = Callable[[Mapping[str, str], Sequence[Refusal]], str]


def redisplay_end_link(fields: Mapping[str, str], refused: Sequence[Refusal]) -> str:
    link = delegation.get_delegated_link(
        current_access(), int((request.view_args or {})["link_id"])
    )
    return delegation.render_end_link_form(current_access(), link, fields, refused)


def is_open(door: InvitationAccess) -> bool:
    return door.round.is_open(now())


def redisplay_while_open(
    show: Redisplay, takes: Callable[[InvitationAccess], bool] = is_open
) -> Redisplay:
    """``show`` as long as the door ``takes`` the form; afterwards, what is to be seen then."""
    return lambda fields, refused: (
        show(fields, refused) if takes(current_access()) else render_closed(current_access())
    )


REDISPLAY_BY_ENDPOINT: dict[str, Redisplay] = {
    "invitation.submit_answer_step": lambda fields, refused: answer.redisplay_step(
        current_access(), dict(fields), list(refused)
    ),
    "invitation.submit_withdrawal": redisplay_while_open(
        lambda fields, refused: answer.render_withdrawal_form(
            current_access(), list(refused), fields.get("form_key", "")
        ),
        may_withdraw_now,
    ),
    "invitation.submit_delegation": redisplay_while_open(
        lambda fields, refused: delegation.render_delegation_form(current_access(), fields, refused)
    ),
    "invitation.end_link": redisplay_end_link,
    "invitation.submit_correction": redisplay_while_open(
        lambda fields, refused: followups.render_correction_form(current_access(), fields, refused)
    ),
    "invitation.submit_meeting": redisplay_while_open(
        lambda fields, refused: followups.render_meeting_form(current_access(), fields, refused)
    ),
    "invitation.submit_objection": lambda fields, refused: followups.render_objection_form(
        current_access(), fields, refused
    ),
    "invitation.submit_code": lambda fields, refused: render_code_form(
        ShortCodeForm, fields, refused
    ),
}


@blueprint.before_request
def redisplay_on_request() -> str | None:
    """``?again`` asks for the form itself; on an error page ``g.again`` offers the way back to it."""
    show = REDISPLAY_BY_ENDPOINT.get(request.endpoint or "") if request.method == "POST" else None
    g.again = show is not None
    return show(request.form.to_dict(), []) if show and "again" in request.args else None


@blueprint.errorhandler(CSRFError)
def redisplay_on_csrf_error(error: CSRFError) -> ResponseReturnValue:
    """Nothing was taken: the token is checked before anything else is looked at."""
    show = REDISPLAY_BY_ENDPOINT.get(request.endpoint or "")
    if show is None:
        return errors.handle_csrf_error(error)
    if dead_link := load_access():
        return dead_link
    return show(request.form.to_dict(), [Refusal(Reason.FORM_STALE)]), BAD_REQUEST
