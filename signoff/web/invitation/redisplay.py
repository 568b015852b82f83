"""A form shown once more with everything typed, and nothing taken: in the other language, after an error, or under a
fresh token where its cookie is gone.
"""

from collections.abc import Callable, Mapping, Sequence

from flask import g, request
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError

from signoff.domain.errors import Reason, Refusal
from signoff.store.access import Door
from signoff.web import errors
from signoff.web.context import now
from signoff.web.invitation import answer, delegation, followups
from signoff.web.invitation.access import blueprint, here, open_door, takes_withdrawal
from signoff.web.invitation.forms import CodeForm
from signoff.web.invitation.pages import closed, code_page

BAD_REQUEST = 400
Again = Callable[[Mapping[str, str], Sequence[Refusal]], str]


def ending(fields: Mapping[str, str], refused: Sequence[Refusal]) -> str:
    link = delegation.passed_on(here(), int((request.view_args or {})["link_id"]))
    return delegation.ending_page(here(), link, fields, refused)


def is_open(door: Door) -> bool:
    return door.round.is_open(now())


def while_open(show: Again, takes: Callable[[Door], bool] = is_open) -> Again:
    """``show`` as long as the door ``takes`` the form; afterwards, what is to be seen then."""
    return lambda fields, refused: show(fields, refused) if takes(here()) else closed(here())


AGAIN: dict[str, Again] = {
    "sign.take_step": lambda fields, refused: answer.again(here(), dict(fields), list(refused)),
    "sign.take_back": while_open(
        lambda fields, refused: answer.withdrawal(
            here(), list(refused), fields.get("form_key", "")
        ),
        takes_withdrawal,
    ),
    "sign.take_pass_on": while_open(
        lambda fields, refused: delegation.passing_page(here(), fields, refused)
    ),
    "sign.take_end": ending,
    "sign.take_correction": while_open(
        lambda fields, refused: followups.correction_page(here(), fields, refused)
    ),
    "sign.take_sitting": while_open(
        lambda fields, refused: followups.sitting_page(here(), fields, refused)
    ),
    "sign.take_objection": lambda fields, refused: followups.objection_page(
        here(), fields, refused
    ),
    "sign.take_code": lambda fields, refused: code_page(CodeForm, fields, refused),
}


@blueprint.before_request
def shown_again() -> str | None:
    """``?again`` asks for the form itself; on an error page ``g.again`` offers the way back to it."""
    show = AGAIN.get(request.endpoint or "") if request.method == "POST" else None
    g.again = show is not None
    return show(request.form.to_dict(), []) if show and "again" in request.args else None


@blueprint.errorhandler(CSRFError)
def again(error: CSRFError) -> ResponseReturnValue:
    """Nothing was taken: the token is checked before anything else is looked at."""
    show = AGAIN.get(request.endpoint or "")
    if show is None:
        return errors.of_csrf(error)
    if dead_link := open_door():
        return dead_link
    return show(request.form.to_dict(), [Refusal(Reason.FORM_STALE)]), BAD_REQUEST
