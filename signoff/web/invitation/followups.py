"""After the answer: names put right, a sitting moved, „Das war ich nicht“. Each is one form and one POST."""

from collections.abc import Mapping, Sequence

from flask import g, redirect, request, url_for
from werkzeug.wrappers import Response as WerkzeugResponse

from signoff import actions, store
from signoff.domain.answer_forms import AnswerForm
from signoff.domain.answers import Kind
from signoff.domain.errors import Reason, Refusal
from signoff.domain.rounds import Phase
from signoff.store.access import Door
from signoff.web.context import db, now
from signoff.web.invitation.access import blueprint, here
from signoff.web.invitation.forms import CorrectionForm, ObjectionForm, SittingForm, typed
from signoff.web.invitation.pages import closed, form_page, name_refused, overtaken

Page = WerkzeugResponse | str | tuple[str, int]


def reader(fields: Mapping[str, str]) -> AnswerForm:
    return AnswerForm(fields, today=now().astimezone(g.association.zone).date())


def receipt() -> WerkzeugResponse:
    return redirect(url_for("sign.read", token=g.token), 303)


@blueprint.get("/<token>/correction")
def correction(token: str) -> Page:
    door = here()
    if door.round.phase(now()) is not Phase.OPEN:
        return closed(door), 409
    if door.version is None or door.version.answer.declaration is None:
        raise Refusal(Reason.NOTHING_TO_CORRECT)
    return correction_page(door, typed(door.version.answer))


@blueprint.post("/<token>/correction")
def take_correction(token: str) -> Page:
    door, fields = here(), request.form.to_dict()
    key = fields.get("form_key", "")[:64]
    if door.round.phase(now()) is not Phase.OPEN and not actions.answers.is_known(db(), door, key):
        return closed(door), 409
    form = reader(fields)
    official_name, signer = form.named()
    if refused := [*form.refused, *name_refused(door, fields)]:
        return correction_page(door, fields, refused), 422
    if refused := overtaken(door, fields):
        return correction_page(door, fields, refused), 409
    actions.answers.correct(db(), door, official_name, signer, form_key=key, now=now())
    return receipt()


def correction_page(door: Door, fields: Mapping[str, str], refused: Sequence[Refusal] = ()) -> str:
    return form_page("correction", CorrectionForm, door, fields, refused)


@blueprint.get("/<token>/sitting")
def sitting(token: str) -> Page:
    door = here()
    if door.round.phase(now()) is not Phase.OPEN:
        return closed(door), 409
    if door.version is None or door.version.answer.kind is not Kind.PENDING:
        raise Refusal(Reason.NO_SITTING)
    return sitting_page(door, {"body": door.version.answer.expected_body})


@blueprint.post("/<token>/sitting")
def take_sitting(token: str) -> Page:
    door, fields = here(), request.form.to_dict()
    key = fields.get("form_key", "")[:64]
    if door.round.phase(now()) is not Phase.OPEN and not actions.answers.is_known(db(), door, key):
        return closed(door), 409
    form = reader(fields)
    expected_on, body = form.sitting()
    refused = [*form.refused, *name_refused(door, fields)]
    if expected_on is None or refused:
        return sitting_page(door, fields, refused), 422
    if refused := overtaken(door, fields):
        return sitting_page(door, fields, refused), 409
    actions.answers.move_sitting(db(), door, expected_on, body, form_key=key, now=now())
    return receipt()


def sitting_page(door: Door, fields: Mapping[str, str], refused: Sequence[Refusal] = ()) -> str:
    return form_page("sitting", SittingForm, door, fields, refused)


@blueprint.get("/<token>/objection")
def objection(token: str) -> Page:
    """Possible as long as the link opens: pausing nothing, it disturbs no deadline."""
    door = here()
    return objection_page(door, {"answer_id": str(door.version.id)} if door.version else {})


@blueprint.post("/<token>/objection")
def take_objection(token: str) -> Page:
    door, fields = here(), request.form.to_dict()
    if door.version is None:
        raise Refusal(Reason.NOTHING_TO_WITHDRAW)
    form = reader(fields)
    words = form.text("words", required=False)
    if refused := [*form.refused, *name_refused(door, fields)]:
        return objection_page(door, fields, refused), 422
    if fields.get("answer_id") != str(door.version.id):
        shown = {**fields, "answer_id": str(door.version.id)}
        return objection_page(door, shown, [Refusal(Reason.ANSWER_CHANGED)]), 409
    actions.answers.object_to(db(), door, door.version.id, words, now())
    return redirect(url_for("sign.objection", token=g.token), 303)


def objection_page(door: Door, fields: Mapping[str, str], refused: Sequence[Refusal] = ()) -> str:
    """The form; or, once the office has been told, that it was."""
    if door.version is None:
        raise Refusal(Reason.NOTHING_TO_WITHDRAW)
    told = store.answers.open_to(db(), door.version.id)
    return form_page("objection", ObjectionForm, door, fields, refused, told=told)
