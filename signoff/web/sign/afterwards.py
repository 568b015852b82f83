"""After the answer: names put right, a sitting moved, „Das war ich nicht“. Each is one form and one POST."""

from collections.abc import Mapping, Sequence

from flask import g, redirect, request, url_for
from werkzeug.wrappers import Response as WerkzeugResponse

from signoff.actions import answering, objecting
from signoff.domain.answer import Kind
from signoff.domain.answer_form import AnswerForm
from signoff.domain.refusal import Reason, Refusal
from signoff.domain.round import Phase
from signoff.store import objections
from signoff.store.doors import Door
from signoff.web.context import db, now
from signoff.web.sign.door import blueprint, here
from signoff.web.sign.forms import typed
from signoff.web.sign.reading import closed
from signoff.web.sign.sheets import CorrectionForm, ObjectionForm, SittingForm
from signoff.web.sign.showing import form_page, name_refused, overtaken

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
    if door.round.phase(now()) is not Phase.OPEN and not answering.is_known(db(), door, key):
        return closed(door), 409
    form = reader(fields)
    official_name, signer = form.named()
    if refused := [*form.refused, *name_refused(door, fields)]:
        return correction_page(door, fields, refused), 422
    if refused := overtaken(door, fields):
        return correction_page(door, fields, refused), 409
    answering.correct(db(), door, official_name, signer, form_key=key, now=now())
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
    if door.round.phase(now()) is not Phase.OPEN and not answering.is_known(db(), door, key):
        return closed(door), 409
    form = reader(fields)
    expected_on, body = form.sitting()
    refused = [*form.refused, *name_refused(door, fields)]
    if expected_on is None or refused:
        return sitting_page(door, fields, refused), 422
    if refused := overtaken(door, fields):
        return sitting_page(door, fields, refused), 409
    answering.move_sitting(db(), door, expected_on, body, form_key=key, now=now())
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
    objecting.object_to(db(), door, door.version.id, words, now())
    return redirect(url_for("sign.objection", token=g.token), 303)


def objection_page(door: Door, fields: Mapping[str, str], refused: Sequence[Refusal] = ()) -> str:
    """The form; or, once the office has been told, that it was."""
    if door.version is None:
        raise Refusal(Reason.NOTHING_TO_WITHDRAW)
    told = objections.open_to(db(), door.version.id)
    return form_page("objection", ObjectionForm, door, fields, refused, told=told)
