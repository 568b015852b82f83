"""After the answer: correcting names, moving a meeting, objecting to the answer.

Each is one form and one POST.
"""

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
    is_resubmission,
    render_closed,
    render_form,
)

PageResponse = WerkzeugResponse | str | tuple[str, int]


def redirect_to_receipt() -> WerkzeugResponse:
    return redirect(url_for("invitation.show_invitation", token=g.token), 303)


def is_accepted(access: InvitationAccess) -> bool:
    """Whether the posted form is accepted now; a second request finds its result at any time."""
    return access.round.phase(now()) is Phase.OPEN or is_resubmission(access)


@blueprint.get("/<token>/correction")
def show_correction_form(token: str) -> PageResponse:
    access = current_access()
    if access.round.phase(now()) is not Phase.OPEN:
        return render_closed(access), 409
    if access.version is None or access.version.answer.declaration is None:
        raise Refusal(Reason.NOTHING_TO_CORRECT)
    return render_correction_form(access, serialize_answer(access.version.answer))


@blueprint.post("/<token>/correction")
def submit_correction(token: str) -> PageResponse:
    access, fields = current_access(), request.form.to_dict()
    if not is_accepted(access):
        return render_closed(access), 409
    reader = AnswerForm(fields, today=current_date())
    official_name, signer = reader.parse_names()
    if refused := [*reader.refusals, *check_confirmed_name(access, fields)]:
        return render_correction_form(access, fields, refused), 422
    if refused := check_edit_conflict(access, fields):
        return render_correction_form(access, fields, refused), 409
    actions.answers.correct_names(
        db(), access, official_name, signer, form_key=current_form_key(), now=now()
    )
    return redirect_to_receipt()


def render_correction_form(
    access: InvitationAccess, fields: Mapping[str, str], refused: Sequence[Refusal] = ()
) -> str:
    return render_form("correction", CorrectionForm, access, fields, refused)


@blueprint.get("/<token>/sitting")
def show_meeting_form(token: str) -> PageResponse:
    access = current_access()
    if access.round.phase(now()) is not Phase.OPEN:
        return render_closed(access), 409
    if access.version is None or access.version.answer.kind is not AnswerKind.PENDING:
        raise Refusal(Reason.NO_MEETING)
    return render_meeting_form(access, {"body": access.version.answer.expected_body})


@blueprint.post("/<token>/sitting")
def submit_meeting(token: str) -> PageResponse:
    access, fields = current_access(), request.form.to_dict()
    if not is_accepted(access):
        return render_closed(access), 409
    reader = AnswerForm(fields, today=current_date())
    expected_on, committee = reader.parse_meeting()
    refused = [*reader.refusals, *check_confirmed_name(access, fields)]
    if expected_on is None or refused:
        return render_meeting_form(access, fields, refused), 422
    if refused := check_edit_conflict(access, fields):
        return render_meeting_form(access, fields, refused), 409
    actions.answers.move_meeting(
        db(), access, expected_on, committee, form_key=current_form_key(), now=now()
    )
    return redirect_to_receipt()


def render_meeting_form(
    access: InvitationAccess, fields: Mapping[str, str], refused: Sequence[Refusal] = ()
) -> str:
    return render_form("meeting", MeetingForm, access, fields, refused)


@blueprint.get("/<token>/objection")
def show_objection_form(token: str) -> PageResponse:
    """An objection is possible as long as the link is valid, because it does not affect the
    deadline.
    """
    access = current_access()
    fields = {"answer_id": str(access.version.id)} if access.version else {}
    return render_objection_form(access, fields)


@blueprint.post("/<token>/objection")
def submit_objection(token: str) -> PageResponse:
    access, fields = current_access(), request.form.to_dict()
    if access.version is None:
        raise Refusal(Reason.NOTHING_TO_WITHDRAW)
    reader, answer_id = AnswerForm(fields, today=current_date()), str(access.version.id)
    text = reader.text("words", required=False)
    if refused := [*reader.refusals, *check_confirmed_name(access, fields)]:
        return render_objection_form(access, fields, refused), 422
    if fields.get("answer_id") != answer_id:
        refused = [Refusal(Reason.STALE, what="answer")]
        return render_objection_form(access, {**fields, "answer_id": answer_id}, refused), 409
    actions.answers.object_to(db(), access, access.version.id, text, now())
    return redirect(url_for("invitation.show_objection_form", token=g.token), 303)


def render_objection_form(
    access: InvitationAccess, fields: Mapping[str, str], refused: Sequence[Refusal] = ()
) -> str:
    """The form; or the open objection, if there is one."""
    if access.version is None:
        raise Refusal(Reason.NOTHING_TO_WITHDRAW)
    objection = store.answers.find_open_objection(db(), access.version.id)
    return render_form("objection", ObjectionForm, access, fields, refused, objection=objection)
