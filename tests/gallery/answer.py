"""What a representative sees."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from flask import render_template
from werkzeug.datastructures import MultiDict

from signoff.domain.answer_forms import AnswerForm
from signoff.domain.answers import Answer, AnswerKind, AnswerVersion, Basis, Channel
from signoff.domain.errors import Reason, Refusal
from signoff.domain.members import Member
from signoff.domain.round_status import InvitationStatus, build_signatory
from signoff.domain.rounds import Round, Terms
from signoff.store.access import InvitationAccess
from signoff.web.invitation import forms
from tests.gallery.values import (
    CLOSED,
    DECLARED,
    DECLINED,
    LATER,
    LONG,
    MEMBER,
    NOW,
    PENDING,
    RECIPIENTS,
    RELEASE,
    ROUND,
    SIGNED,
    TOKEN,
    ZONE,
    door,
    scene,
    version,
)


def filled(form, typed: dict[str, str], refused: list[Refusal] | None = None):
    """A step with ``typed`` in it and the refusals at their fields; the other fields are carried."""
    made = form(MultiDict({name: value for name, value in typed.items() if value}))
    made.add_errors(*(refused or []))
    carried = made.list_carried(typed)
    return {
        "form": made,
        "carried": carried,
        "form_key": "key",
        "token": TOKEN,
        "now": NOW,
    }


def step(
    template: str,
    form,
    typed: dict[str, str],
    refused=None,
    access: InvitationAccess | None = None,
    **other,
) -> str:
    context = {"access": access or door(), **filled(form, typed, refused), **other}
    return render_template(f"invitation/{template}.html", **context)


def refused(typed: dict[str, str], ask: Callable[[AnswerForm], object]) -> list[Refusal]:
    form = AnswerForm(typed, today=NOW.date())
    ask(form)
    return form.refusals


@scene
def read() -> str:
    return render_template("invitation/read.html", token=TOKEN, now=NOW, access=door(), signed=None)


@scene
def informed() -> str:
    return render_template(
        "invitation/information.html",
        token=TOKEN,
        now=NOW,
        access=door(),
        answering=list(door().colleagues),
    )


@scene
def read_long() -> str:
    return render_template(
        "invitation/read.html", token=TOKEN, now=NOW, access=door(member=LONG), signed=24
    )


@scene
def read_withdrawn() -> str:
    access = door(version(Answer(AnswerKind.WITHDRAWN)), draft=None)
    return render_template(
        "invitation/read.html",
        token=TOKEN,
        now=ROUND.deadline - timedelta(hours=1),
        access=access,
        signed=1,
    )


@scene
def answer() -> str:
    return step("answer", forms.AnswerKindForm, {})


@scene
def answer_pending() -> str:
    return step("answer", forms.AnswerKindForm, {"answer": "pending", "expected_on": "18.03.2027"})


@scene
def answer_decline_wrong() -> str:
    typed = {"answer": "decline", "filled_in_email": "kein Zeichen"}
    return step(
        "answer",
        forms.AnswerKindForm,
        typed,
        refused(typed, lambda form: form.answer_without_signature(form.kind())),
    )


@scene
def answer_nothing() -> str:
    return step("answer", forms.AnswerKindForm, {}, [Refusal(Reason.MISSING, "answer")])


@scene
def answer_colleague() -> str:
    return step(
        "answer",
        forms.AnswerKindForm,
        forms.serialize_answer(SIGNED),
        access=door(version(SIGNED, 2)),
    )


@scene
def signer() -> str:
    typed = {"answer": "sign", "official_name": "Stadt Musterhausen"}
    return step("signer", forms.SignerForm, typed)


@scene
def signer_wrong() -> str:
    typed = {**forms.serialize_answer(SIGNED), "decision_date": "18.02.2027"}
    return step("signer", forms.SignerForm, typed, refused(typed, lambda form: form.signature()))


@scene
def signer_long() -> str:
    typed = {
        **forms.serialize_answer(SIGNED),
        "official_name": LONG.official_name,
        "authorised": "y",
    }
    return step("signer", forms.SignerForm, typed, access=door(member=LONG))


@scene
def publication() -> str:
    return step("publication", forms.PublicationForm, {"answer": "sign"})


@scene
def publication_wrong() -> str:
    typed = {**forms.serialize_answer(SIGNED), "note": "Wort " * 130, "filled_in_by": ""}
    return step(
        "publication",
        forms.PublicationForm,
        typed,
        refused(typed, lambda form: form.parsed),
    )


@scene
def publication_bare() -> str:
    bare = replace(ROUND, terms=Terms(signers=False, notes=False, basis=False))
    return step("publication", forms.PublicationForm, {"answer": "sign"}, access=door(round=bare))


def reviewed(answer: Answer, refused=None, member: Member = MEMBER) -> str:
    access = door(member=member)
    status = InvitationStatus(access.invitation, member, version(answer), name_accepted=True)
    preview = build_signatory(status, ROUND.terms, ZONE)
    typed = {**forms.serialize_answer(answer), "authorised": "y"}
    extra = {"answer": answer, "preview": preview, "recipients": RECIPIENTS}
    return step("review", forms.ReviewForm, typed, refused, access, **extra)


@scene
def review() -> str:
    return reviewed(SIGNED)


@scene
def review_wrong() -> str:
    return reviewed(SIGNED, [Refusal(Reason.NOT_THE_NAME, "confirm", name="Musterhausen")])


@scene
def review_long() -> str:
    declared = replace(
        DECLARED, official_name=LONG.official_name, basis=Basis.BOTH, note="Anmerkung " * 60
    )
    return reviewed(replace(SIGNED, declaration=declared), member=LONG)


@scene
def review_decline() -> str:
    return reviewed(DECLINED)


@scene
def review_pending() -> str:
    return reviewed(PENDING)


def receipt_of(answered: AnswerVersion, **other) -> str:
    context = {"token": TOKEN, "now": NOW, "recipients": RECIPIENTS, "checkpoint": None}
    context["result_request_date"] = answered.answer.expected_on and answered.answer.expected_on + timedelta(
        days=1
    )
    return render_template("invitation/receipt.html", access=door(answered, **other), **context)


@scene
def receipt() -> str:
    return receipt_of(version(SIGNED))


@scene
def receipt_long() -> str:
    return receipt_of(version(SIGNED), member=LONG)


@scene
def receipt_pending() -> str:
    return receipt_of(version(PENDING))


@scene
def receipt_colleague() -> str:
    return receipt_of(version(DECLINED, 2))


@scene
def receipt_recorded() -> str:
    return receipt_of(version(replace(SIGNED, filled_in=None), None, Channel.LETTER))


@scene
def withdraw() -> str:
    return step("withdraw", forms.WithdrawForm, {}, access=door(version(SIGNED)))


@scene
def withdraw_wrong() -> str:
    wrong = [Refusal(Reason.NOT_THE_NAME, "confirm", name="Musterhausen")]
    return step("withdraw", forms.WithdrawForm, {}, wrong, door(version(DECLINED)))


def closed_for(answered: AnswerVersion | None, round: Round = CLOSED, **other) -> str:
    return render_template(
        "invitation/closed.html",
        token=TOKEN,
        now=LATER,
        access=door(answered, round, **other),
        checkpoint=None,
    )


@scene
def closed() -> str:
    return closed_for(version(SIGNED))


@scene
def closed_unanswered() -> str:
    return closed_for(None)


@scene
def closed_released() -> str:
    return closed_for(
        version(SIGNED), replace(CLOSED, released_at=RELEASE.released_at), release=RELEASE
    )


@scene
def closed_cancelled() -> str:
    return closed_for(None, replace(ROUND, cancelled_at=NOW))


@scene
def unknown() -> str:
    return render_template("invitation/unknown.html", token="x" * 120)


@scene
def new_link_sent() -> str:
    return render_template("invitation/new_link_sent.html")
