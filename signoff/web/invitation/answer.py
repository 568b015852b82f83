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
from signoff.domain.answers import Answer, Kind
from signoff.domain.errors import Reason, Refusal
from signoff.i18n.catalogue import catalogue
from signoff.i18n.labels import FIELD
from signoff.store.access import Door
from signoff.web.context import db, language, now
from signoff.web.invitation.access import blueprint, here, takes_answer, takes_withdrawal
from signoff.web.invitation.forms import ANSWERS, BASES, FIELDS, STEPS, WithdrawForm, spelt, typed
from signoff.web.invitation.pages import closed, overtaken, preview, recipients

# What a form begins with, beyond the answer itself; and what was typed in vain, to be read again.

TICKS = ("authorised", "publish_name")


def result(answer: Answer, today: date) -> dict[str, str]:
    """What is known of a sitting's decision; which answer it makes is chosen anew."""
    fields = {
        name: value
        for name, value in typed(answer).items()
        if name not in ("answer", "expected_on")
    }
    if answer.expected_on and answer.expected_on <= today:
        fields["decision_date"] = spelt(answer.expected_on)
    return fields


def unsent(fields: Mapping[str, str], language: str) -> list[tuple[str, str]]:
    """What was typed in a form that came too late: label and value, to be copied or read out on the telephone."""
    words = {choice.value: str(choice.label) for choice in (*ANSWERS, *BASES)}
    told = catalogue(language).gettext
    shown = [name for name in FIELDS if fields.get(name) and name not in TICKS]
    return [(told(FIELD[name]), words.get(fields[name], fields[name])) for name in shown]


SIGNING = ("answer", "signer", "publication", "review")
OTHERS = ("answer", "review")


@blueprint.get("/<token>/answer")
def answer(token: str) -> str | tuple[str, int]:
    """Step 1, with what was answered before."""
    door = here()
    if not takes_answer(door):
        return closed(door), 409
    before = known(door.version.answer) if door.version and door.version.stands else {}
    return page(door, "answer", {"official_name": door.member.official_name, **before}, [])


def known(answer: Answer) -> dict[str, str]:
    """What the form begins with: the answer that counts; where a sitting is over, what is known of its decision."""
    today = now().astimezone(g.association.zone).date()
    asked_for = request.args.get("result") or (answer.expected_on and answer.expected_on < today)
    return result(answer, today) if answer.kind is Kind.PENDING and asked_for else typed(answer)


@blueprint.post("/<token>/answer")
def take_step(token: str) -> WerkzeugResponse | str | tuple[str, int]:
    """Check the steps up to the one that was sent; show the first that is wrong, else the next; take the last."""
    door, fields = here(), request.form.to_dict()
    if not takes_answer(door) and not handed_in(door, fields):
        return closed(door, unsent(fields, language())), 409
    if (back := request.args.get("back", "")) in SIGNING:
        return page(door, back, fields, [])
    steps = SIGNING if fields.get("answer") == Kind.SIGN else OTHERS
    sent = fields.get("step", "answer")
    sent = sent if sent in steps else "answer"
    for step in steps[: steps.index(sent) + 1]:
        if refused := wrong(door, step, fields):
            return page(door, step, fields, refused), 422
    if sent == "review":
        return hand_in(door, fields)
    return page(door, steps[steps.index(sent) + 1], fields, [])


def wrong(door: Door, step: str, fields: Mapping[str, str]) -> list[Refusal]:
    if step == "review":
        return [] if door.member.is_called(fields.get("confirm", "")) else [not_the_name(door)]
    return read(door, fields).step(step)


def read(door: Door, fields: Mapping[str, str]) -> AnswerForm:
    today = now().astimezone(g.association.zone).date()
    return AnswerForm(fields, today=today, notes_allowed=door.round.terms.notes)


def not_the_name(door: Door) -> Refusal:
    return Refusal(Reason.NOT_THE_NAME, "confirm", name=door.member.name)


def hand_in(door: Door, fields: Mapping[str, str]) -> WerkzeugResponse:
    """The one place where an answer is taken; a second click finds its receipt."""
    actions.answers.answer(
        db(),
        door,
        read(door, fields).answer(),
        edition_digest=fields.get("edition_digest", ""),
        form_key=fields.get("form_key", "")[:64],
        now=now(),
    )
    return redirect(url_for("sign.read", token=g.token), 303)


def handed_in(door: Door, fields: Mapping[str, str]) -> bool:
    """Whether this is the last step sent again: its receipt is found whatever has happened since."""
    return fields.get("step") == "review" and actions.answers.is_known(
        db(), door, fields.get("form_key", "")
    )


def page(door: Door, step: str, fields: dict[str, str], refused: list[Refusal]) -> str:
    """One step with what was typed so far; the other steps' fields travel along hidden."""
    form = STEPS[step](formdata=MultiDict(fields))
    strangers = form.attach(refused, language())
    given: dict[str, object] = {}
    if step == "review":
        answer = read(door, fields).answer()
        given = {"answer": answer, "preview": shown(door, answer), "recipients": recipients(door)}
    return render_template(
        f"sign/{step}.html",
        token=g.token,
        now=now(),
        door=door,
        form=form,
        carried=form.carried(fields),
        form_key=fields.get("form_key") or secrets.token_urlsafe(16),
        strangers=strangers,
        **given,
    )


def again(door: Door, fields: dict[str, str], refused: list[Refusal]) -> str:
    """The step that was sent, once more; an earlier one where something in it is wrong, the first for another text."""
    if not takes_answer(door):
        return closed(door, unsent(fields, language()))
    steps = SIGNING if fields.get("answer") == Kind.SIGN else OTHERS
    sent = (
        fields.get("step", "answer")
        if fields.get("edition_digest") == door.edition.digest
        else "answer"
    )
    for step in steps[: steps.index(sent)] if sent in steps else ():
        if wrong(door, step, fields):
            return page(door, step, fields, refused)
    return page(door, sent if sent in steps else "answer", fields, refused)


def shown(door: Door, answer: Answer) -> object:
    return preview(door, answer, now(), g.association.zone) if answer.declaration else None


@blueprint.get("/<token>/withdraw")
def withdraw(token: str) -> str | tuple[str, int]:
    door = here()
    if not takes_withdrawal(door):
        return closed(door), 409
    return withdrawal(door, [], secrets.token_urlsafe(16))


@blueprint.post("/<token>/withdraw")
def take_back(token: str) -> WerkzeugResponse | str | tuple[str, int]:
    door, form_key = here(), request.form.get("form_key", "")[:64]
    if not takes_withdrawal(door) and not actions.answers.is_known(db(), door, form_key):
        return closed(door), 409
    if not door.member.is_called(request.form.get("confirm", "")):
        return withdrawal(door, [not_the_name(door)], form_key or secrets.token_urlsafe(16)), 422
    if refused := overtaken(door, request.form):
        return withdrawal(door, refused, form_key), 409
    actions.answers.withdraw(db(), door, form_key=form_key, now=now())
    return redirect(url_for("sign.read", token=g.token), 303)


def withdrawal(door: Door, refused: list[Refusal], form_key: str) -> str:
    if door.version is None or not door.version.stands:
        raise Refusal(Reason.NOTHING_TO_WITHDRAW)
    form: FlaskForm = WithdrawForm(formdata=request.form or None)
    strangers = form.attach(refused, language())
    return render_template(
        "sign/withdraw.html",
        token=g.token,
        now=now(),
        door=door,
        form=form,
        form_key=form_key,
        strangers=strangers,
    )
