"""The answer, in short steps that store nothing before the last one."""

import secrets
from collections.abc import Mapping
from datetime import date

from flask import g, redirect, render_template, request, url_for
from flask_wtf import FlaskForm
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response as WerkzeugResponse

from signoff import actions
from signoff.domain.answer_forms import AnswerForm
from signoff.domain.answers import Answer, AnswerKind
from signoff.domain.errors import Reason, Refusal
from signoff.i18n.catalogue import get_catalogue
from signoff.i18n.labels import FIELD
from signoff.store.access import InvitationAccess
from signoff.web.context import current_date, current_form_key, current_language, db, now
from signoff.web.invitation.access import (
    blueprint,
    current_access,
    may_answer_now,
    may_withdraw_now,
)
from signoff.web.invitation.forms import (
    ANSWER_CHOICES,
    BASIS_CHOICES,
    STEP_FIELDS,
    STEPS,
    WithdrawForm,
    format_input_date,
    serialize_answer,
)
from signoff.web.invitation.pages import (
    check_edit_conflict,
    list_receipt_recipients,
    preview_signatory,
    render_closed,
)

# What a form begins with, beyond the answer itself; and what was typed in vain, to be read again.

CHECKBOX_FIELDS = ("authorised", "publish_name")


def prefill_decision(answer: Answer, today: date) -> dict[str, str]:
    """What is known of a sitting's decision; which answer it makes is chosen anew."""
    fields = {
        name: value
        for name, value in serialize_answer(answer).items()
        if name not in ("answer", "expected_on")
    }
    if answer.expected_on and answer.expected_on <= today:
        fields["decision_date"] = format_input_date(answer.expected_on)
    return fields


def list_unsent_fields(fields: Mapping[str, str], language: str) -> list[tuple[str, str]]:
    """What was typed in a form that came too late: label and value, to be copied or read out on the telephone."""
    words = {choice.value: str(choice.label) for choice in (*ANSWER_CHOICES, *BASIS_CHOICES)}
    told = get_catalogue(language).gettext
    shown = [name for name in STEP_FIELDS if fields.get(name) and name not in CHECKBOX_FIELDS]
    return [(told(FIELD[name]), words.get(fields[name], fields[name])) for name in shown]


COSIGN_STEPS = ("answer", "signer", "publication", "review")
OTHER_STEPS = ("answer", "review")


@blueprint.get("/<token>/answer")
def show_answer_form(token: str) -> str | tuple[str, int]:
    """Step 1, with what was answered before."""
    door = current_access()
    if not may_answer_now(door):
        return render_closed(door), 409
    before = prefill_answer(door.version.answer) if door.version and door.version.stands else {}
    return render_step(door, "answer", {"official_name": door.member.official_name, **before}, [])


def prefill_answer(answer: Answer) -> dict[str, str]:
    """What the form begins with: the answer that counts; where a sitting is over, what is known of its decision."""
    today = current_date()
    asked_for = request.args.get("result") or (answer.expected_on and answer.expected_on < today)
    return (
        prefill_decision(answer, today)
        if answer.kind is AnswerKind.PENDING and asked_for
        else serialize_answer(answer)
    )


@blueprint.post("/<token>/answer")
def submit_answer_step(token: str) -> WerkzeugResponse | str | tuple[str, int]:
    """Check the steps up to the one that was sent; show the first that is wrong, else the next; take the last."""
    door, fields = current_access(), request.form.to_dict()
    if not may_answer_now(door) and not is_resubmission(door, fields):
        return render_closed(door, list_unsent_fields(fields, current_language())), 409
    if (back := request.args.get("back", "")) in COSIGN_STEPS:
        return render_step(door, back, fields, [])
    steps = COSIGN_STEPS if fields.get("answer") == AnswerKind.SIGN else OTHER_STEPS
    sent = fields.get("step", "answer")
    sent = sent if sent in steps else "answer"
    for step in steps[: steps.index(sent) + 1]:
        if refused := check_step(door, step, fields):
            return render_step(door, step, fields, refused), 422
    if sent == "review":
        return submit_answer(door, fields)
    return render_step(door, steps[steps.index(sent) + 1], fields, [])


def check_step(door: InvitationAccess, step: str, fields: Mapping[str, str]) -> list[Refusal]:
    if step == "review":
        return (
            [] if door.member.is_called(fields.get("confirm", "")) else [build_name_refusal(door)]
        )
    return parse_answer_form(door, fields).step(step)


def parse_answer_form(door: InvitationAccess, fields: Mapping[str, str]) -> AnswerForm:
    today = current_date()
    return AnswerForm(fields, today=today, notes_allowed=door.round.terms.notes)


def build_name_refusal(door: InvitationAccess) -> Refusal:
    return Refusal(Reason.NOT_THE_NAME, "confirm", name=door.member.name)


def submit_answer(door: InvitationAccess, fields: Mapping[str, str]) -> WerkzeugResponse:
    """The one place where an answer is taken; a second click finds its receipt."""
    actions.answers.submit(
        db(),
        door,
        parse_answer_form(door, fields).answer(),
        edition_digest=fields.get("edition_digest", ""),
        form_key=current_form_key(),
        now=now(),
    )
    return redirect(url_for("invitation.show_invitation", token=g.token), 303)


def is_resubmission(door: InvitationAccess, fields: Mapping[str, str]) -> bool:
    """Whether this is the last step sent again: its receipt is found whatever has happened since."""
    return fields.get("step") == "review" and actions.answers.is_already_submitted(
        db(), door, current_form_key()
    )


def render_step(
    door: InvitationAccess, step: str, fields: dict[str, str], refused: list[Refusal]
) -> str:
    """One step with what was typed so far; the other steps' fields travel along hidden."""
    form = STEPS[step](formdata=MultiDict(fields))
    strangers = form.attach(refused, current_language())
    given: dict[str, object] = {}
    if step == "review":
        answer = parse_answer_form(door, fields).answer()
        given = {
            "answer": answer,
            "preview": find_preview(door, answer),
            "recipients": list_receipt_recipients(door),
        }
    return render_template(
        f"invitation/{step}.html",
        token=g.token,
        now=now(),
        door=door,
        form=form,
        carried=form.carried(fields),
        form_key=fields.get("form_key") or secrets.token_urlsafe(16),
        strangers=strangers,
        **given,
    )


def redisplay_step(door: InvitationAccess, fields: dict[str, str], refused: list[Refusal]) -> str:
    """The step that was sent, once more; an earlier one where something in it is wrong, the first for another text."""
    if not may_answer_now(door):
        return render_closed(door, list_unsent_fields(fields, current_language()))
    steps = COSIGN_STEPS if fields.get("answer") == AnswerKind.SIGN else OTHER_STEPS
    sent = (
        fields.get("step", "answer")
        if fields.get("edition_digest") == door.edition.digest
        else "answer"
    )
    for step in steps[: steps.index(sent)] if sent in steps else ():
        if check_step(door, step, fields):
            return render_step(door, step, fields, refused)
    return render_step(door, sent if sent in steps else "answer", fields, refused)


def find_preview(door: InvitationAccess, answer: Answer) -> object:
    return (
        preview_signatory(door, answer, now(), g.association.zone) if answer.declaration else None
    )


@blueprint.get("/<token>/withdraw")
def show_withdrawal_form(token: str) -> str | tuple[str, int]:
    door = current_access()
    if not may_withdraw_now(door):
        return render_closed(door), 409
    return render_withdrawal_form(door, [], secrets.token_urlsafe(16))


@blueprint.post("/<token>/withdraw")
def submit_withdrawal(token: str) -> WerkzeugResponse | str | tuple[str, int]:
    door, form_key = current_access(), current_form_key()
    if not may_withdraw_now(door) and not actions.answers.is_already_submitted(
        db(), door, form_key
    ):
        return render_closed(door), 409
    if not door.member.is_called(request.form.get("confirm", "")):
        return render_withdrawal_form(
            door, [build_name_refusal(door)], form_key or secrets.token_urlsafe(16)
        ), 422
    if refused := check_edit_conflict(door, request.form):
        return render_withdrawal_form(door, refused, form_key), 409
    actions.answers.withdraw(db(), door, form_key=form_key, now=now())
    return redirect(url_for("invitation.show_invitation", token=g.token), 303)


def render_withdrawal_form(door: InvitationAccess, refused: list[Refusal], form_key: str) -> str:
    if door.version is None or not door.version.stands:
        raise Refusal(Reason.NOTHING_TO_WITHDRAW)
    form: FlaskForm = WithdrawForm(formdata=request.form or None)
    strangers = form.attach(refused, current_language())
    return render_template(
        "invitation/withdraw.html",
        token=g.token,
        now=now(),
        door=door,
        form=form,
        form_key=form_key,
        strangers=strangers,
    )
