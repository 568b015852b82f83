"""After the answer: names put right, a sitting moved, „Das war ich nicht“. Each is one form and one POST."""

from collections.abc import Mapping, Sequence

from flask import g, redirect, request, url_for
from werkzeug.wrappers import Response as WerkzeugResponse

from signoff import actions, store
from signoff.domain.answer_forms import AnswerForm
from signoff.domain.answers import AnswerKind
from signoff.domain.errors import Reason, Refusal
from signoff.domain.rounds import Phase
from signoff.store.access import InvitationAccess
from signoff.web.context import current_date, current_form_key, db, now
from signoff.web.invitation.access import blueprint, current_access
from signoff.web.invitation.forms import (
    CorrectionForm,
    MeetingForm,
    ObjectionForm,
    serialize_answer,
)
from signoff.web.invitation.pages import (
    check_confirmed_name,
    check_edit_conflict,
    render_closed,
    render_form,
)

PageResponse = WerkzeugResponse | str | tuple[str, int]


def parse_followup_form(fields: Mapping[str, str]) -> AnswerForm:
    return AnswerForm(fields, today=current_date())


def redirect_to_receipt() -> WerkzeugResponse:
    return redirect(url_for("invitation.show_invitation", token=g.token), 303)


@blueprint.get("/<token>/correction")
def show_correction_form(token: str) -> PageResponse:
    door = current_access()
    if door.round.phase(now()) is not Phase.OPEN:
        return render_closed(door), 409
    if door.version is None or door.version.answer.declaration is None:
        raise Refusal(Reason.NOTHING_TO_CORRECT)
    return render_correction_form(door, serialize_answer(door.version.answer))


@blueprint.post("/<token>/correction")
def submit_correction(token: str) -> PageResponse:
    door, fields = current_access(), request.form.to_dict()
    key = current_form_key()
    if door.round.phase(now()) is not Phase.OPEN and not actions.answers.is_already_submitted(
        db(), door, key
    ):
        return render_closed(door), 409
    form = parse_followup_form(fields)
    official_name, signer = form.named()
    if refused := [*form.refused, *check_confirmed_name(door, fields)]:
        return render_correction_form(door, fields, refused), 422
    if refused := check_edit_conflict(door, fields):
        return render_correction_form(door, fields, refused), 409
    actions.answers.correct_names(db(), door, official_name, signer, form_key=key, now=now())
    return redirect_to_receipt()


def render_correction_form(
    door: InvitationAccess, fields: Mapping[str, str], refused: Sequence[Refusal] = ()
) -> str:
    return render_form("correction", CorrectionForm, door, fields, refused)


@blueprint.get("/<token>/sitting")
def show_meeting_form(token: str) -> PageResponse:
    door = current_access()
    if door.round.phase(now()) is not Phase.OPEN:
        return render_closed(door), 409
    if door.version is None or door.version.answer.kind is not AnswerKind.PENDING:
        raise Refusal(Reason.NO_SITTING)
    return render_meeting_form(door, {"body": door.version.answer.expected_body})


@blueprint.post("/<token>/sitting")
def submit_meeting(token: str) -> PageResponse:
    door, fields = current_access(), request.form.to_dict()
    key = current_form_key()
    if door.round.phase(now()) is not Phase.OPEN and not actions.answers.is_already_submitted(
        db(), door, key
    ):
        return render_closed(door), 409
    form = parse_followup_form(fields)
    expected_on, body = form.sitting()
    refused = [*form.refused, *check_confirmed_name(door, fields)]
    if expected_on is None or refused:
        return render_meeting_form(door, fields, refused), 422
    if refused := check_edit_conflict(door, fields):
        return render_meeting_form(door, fields, refused), 409
    actions.answers.move_meeting(db(), door, expected_on, body, form_key=key, now=now())
    return redirect_to_receipt()


def render_meeting_form(
    door: InvitationAccess, fields: Mapping[str, str], refused: Sequence[Refusal] = ()
) -> str:
    return render_form("sitting", MeetingForm, door, fields, refused)


@blueprint.get("/<token>/objection")
def show_objection_form(token: str) -> PageResponse:
    """Possible as long as the link opens: pausing nothing, it disturbs no deadline."""
    door = current_access()
    return render_objection_form(door, {"answer_id": str(door.version.id)} if door.version else {})


@blueprint.post("/<token>/objection")
def submit_objection(token: str) -> PageResponse:
    door, fields = current_access(), request.form.to_dict()
    if door.version is None:
        raise Refusal(Reason.NOTHING_TO_WITHDRAW)
    form = parse_followup_form(fields)
    words = form.text("words", required=False)
    if refused := [*form.refused, *check_confirmed_name(door, fields)]:
        return render_objection_form(door, fields, refused), 422
    if fields.get("answer_id") != str(door.version.id):
        shown = {**fields, "answer_id": str(door.version.id)}
        return render_objection_form(door, shown, [Refusal(Reason.STALE, what="answer")]), 409
    actions.answers.object_to(db(), door, door.version.id, words, now())
    return redirect(url_for("invitation.show_objection_form", token=g.token), 303)


def render_objection_form(
    door: InvitationAccess, fields: Mapping[str, str], refused: Sequence[Refusal] = ()
) -> str:
    """The form; or, once the office has been told, that it was."""
    if door.version is None:
        raise Refusal(Reason.NOTHING_TO_WITHDRAW)
    told = store.answers.find_open_objection(db(), door.version.id)
    return render_form("objection", ObjectionForm, door, fields, refused, told=told)
