"""A form whose cookie is gone: shown again with everything typed, under a fresh token, instead of an error page."""

from collections.abc import Callable, Mapping, Sequence

from flask import request
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError

from signoff.domain.refusal import Reason, Refusal
from signoff.web import errors
from signoff.web.sign import afterwards, answering, passing
from signoff.web.sign.door import blueprint, here, open_door
from signoff.web.sign.sheets import CodeForm
from signoff.web.sign.showing import code_page

BAD_REQUEST = 400
Again = Callable[[Mapping[str, str], Sequence[Refusal]], str]


def ending(fields: Mapping[str, str], refused: Sequence[Refusal]) -> str:
    link = passing.passed_on(here(), int((request.view_args or {})["link_id"]))
    return passing.ending_page(here(), link, fields, refused)


AGAIN: dict[str, Again] = {
    "sign.take_step": lambda fields, refused: answering.again(here(), dict(fields), list(refused)),
    "sign.take_back": lambda fields, refused: answering.withdrawal(here(), list(refused), fields.get("form_key", "")),
    "sign.take_pass_on": lambda fields, refused: passing.passing_page(here(), fields, refused),
    "sign.take_end": ending,
    "sign.take_correction": lambda fields, refused: afterwards.correction_page(here(), fields, refused),
    "sign.take_sitting": lambda fields, refused: afterwards.sitting_page(here(), fields, refused),
    "sign.take_objection": lambda fields, refused: afterwards.objection_page(here(), fields, refused),
    "sign.take_code": lambda fields, refused: code_page(CodeForm, fields, refused),
}


@blueprint.errorhandler(CSRFError)
def again(error: CSRFError) -> ResponseReturnValue:
    """Nothing was taken: the token is checked before anything else is looked at."""
    show = AGAIN.get(request.endpoint or "")
    if show is None:
        return errors.of_csrf(error)
    if dead_link := open_door():
        return dead_link
    return show(request.form.to_dict(), [Refusal(Reason.FORM_STALE)]), BAD_REQUEST
