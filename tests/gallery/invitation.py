"""What a representative sees."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from functools import partial

from flask import render_template
from werkzeug.datastructures import MultiDict

from signoff.domain.answer_forms import MAX_OPEN_DELEGATIONS, AnswerForm, build_delegation_tree
from signoff.domain.answers import Answer, AnswerVersion, Basis, Channel, Objection
from signoff.domain.errors import Reason, Refusal
from signoff.domain.members import Member
from signoff.domain.round_status import InvitationStatus, build_signatory
from signoff.domain.rounds import Link, Round, Terms
from signoff.web.forms import BaseForm
from signoff.web.invitation import forms
from tests import factories
from tests.factories import (
    BERLIN,
    COLLEAGUE_LINK,
    INVITATION,
    LINK,
    MEMBER,
    NOW,
    OTHER_LINK,
    SIGNED,
    WITHDRAWN,
    pending,
    version,
)
from tests.gallery.values import (
    CLOSED,
    DECLINED,
    LATER,
    LONG,
    LONG_NAME,
    LONG_TITLE,
    RELEASE,
    ROUND,
    SCENES,
    TOKEN,
)

access = partial(factories.access, round=ROUND)
RECIPIENTS = [LINK.email, OTHER_LINK.email]
PENDING = pending()
SIGNED_FIELDS = forms.serialize_answer(SIGNED)
WRONG_NAME = Refusal(Reason.NOT_THE_NAME, "confirm", name=MEMBER.name, number=INVITATION.reference)
LONG_LINK = replace(
    COLLEAGUE_LINK,
    id=41,
    name=f"Leitung {LONG_NAME}",
    unit=LONG_TITLE,
    email=f"{'sehr-' * 9}lang@rathaus.example",
    delegated_by=COLLEAGUE_LINK.id,
)
CHAIN = (
    LINK,
    OTHER_LINK,
    COLLEAGUE_LINK,
    LONG_LINK,
    replace(LONG_LINK, id=42, delegated_by=LONG_LINK.id, ended_at=NOW),
)


def show(template: str, **context) -> str:
    context = {"token": TOKEN, "now": NOW, "access": access(), "checkpoint": None} | context
    context = {"prepared": {}, "voided": None, "together": []} | context
    return render_template(f"invitation/{template}.html", **context)


def step(
    template: str, form: type[BaseForm], fields: dict[str, str], refusals=(), **context
) -> str:
    """A page with ``fields`` in its form and the refusals at their fields; the other fields are carried."""
    filled = form(MultiDict({name: value for name, value in fields.items() if value}))
    filled.add_errors(*refusals)
    if isinstance(filled, forms.StepForm):
        context["carried"] = filled.list_carried(fields)
    return show(template, form=filled, form_key="key", **context)


def refuse(fields: dict[str, str], ask: Callable[[AnswerForm], object]) -> list[Refusal]:
    form = AnswerForm(fields, today=NOW.date())
    ask(form)
    return form.refusals


def answer(fields: dict[str, str], refusals=(), **context) -> str:
    return step("answer", forms.AnswerKindForm, fields, refusals, **context)


def signer(fields: dict[str, str], refusals=(), **context) -> str:
    return step("signer", forms.SignerForm, fields, refusals, **context)


def publication(fields: dict[str, str], refusals=(), **context) -> str:
    return step("publication", forms.PublicationForm, fields, refusals, **context)


def review(
    answer: Answer,
    refusals=(),
    member: Member = MEMBER,
    current: AnswerVersion | None = None,
    **context,
) -> str:
    opened = access(current, member=member)
    status = InvitationStatus(opened.invitation, member, version(answer), name_accepted=True)
    return step(
        "review",
        forms.ReviewForm,
        {**forms.serialize_answer(answer), "authorised": "y"},
        refusals,
        access=opened,
        answer=answer,
        preview=build_signatory(status, ROUND.terms, BERLIN),
        recipients=RECIPIENTS,
        **context,
    )


def receipt(answered: AnswerVersion, **changed) -> str:
    day = answered.answer.expected_on
    result_request_date = day and day + timedelta(days=1)
    opened = access(answered, **changed)
    return show(
        "receipt", access=opened, recipients=RECIPIENTS, result_request_date=result_request_date
    )


def closed(answered: AnswerVersion | None, round: Round = CLOSED, **changed) -> str:
    return show("closed", now=LATER, access=access(answered, round=round, **changed))


def links(new_link: Link | None = None) -> str:
    nodes = build_delegation_tree(CHAIN)
    endable = {COLLEAGUE_LINK.id, LONG_LINK.id}
    return show("links", nodes=nodes, endable=endable, new_link=new_link)


DECLINE_WRONG = {"answer": "decline", "filled_in_email": "kein Zeichen"}
SIGNER_WRONG = {**SIGNED_FIELDS, "decision_date": "18.02.2027"}
SIGNER_LONG = {**SIGNED_FIELDS, "official_name": LONG.official_name, "authorised": "y"}
PUBLICATION_WRONG = {**SIGNED_FIELDS, "note": "Wort " * 130, "filled_in_by": ""}
BARE = replace(ROUND, terms=Terms(signers=False, notes=False, basis=False))
SIGNED_LONG = replace(
    SIGNED,
    declaration=replace(
        SIGNED.declaration,
        official_name=LONG.official_name,
        basis=Basis.BOTH,
        note="Anmerkung " * 60,
    ),
)
RELEASED = replace(CLOSED, released_at=RELEASE.released_at)

SCENES |= {
    "read": lambda: show("read", signed=None),
    "informed": lambda: show("information", answering=[OTHER_LINK]),
    "read-prepared": lambda: show(
        "read", signed=None, prepared={"answer": "sign", "filled_in_by": "Sachbearbeitung"}
    ),
    "read-long": lambda: show("read", access=access(member=LONG), signed=24),
    "read-withdrawn": lambda: show(
        "read",
        now=ROUND.deadline - timedelta(hours=1),
        access=access(version(WITHDRAWN), draft=None),
        signed=1,
    ),
    "answer": lambda: answer({}),
    "answer-pending": lambda: answer({"answer": "pending", "expected_on": "18.03.2027"}),
    "answer-decline-wrong": lambda: answer(
        DECLINE_WRONG,
        refuse(DECLINE_WRONG, lambda form: form.answer_without_signature(form.kind())),
    ),
    "answer-nothing": lambda: answer({}, [Refusal(Reason.NOT_CHOSEN, "answer")]),
    "answer-colleague": lambda: answer(
        SIGNED_FIELDS, access=access(version(SIGNED, OTHER_LINK.id))
    ),
    "signer": lambda: signer({"answer": "sign", "official_name": "Stadt Musterhausen"}),
    "signer-last": lambda: signer(
        {"answer": "sign", "official_name": "Stadt Musterhausen"},
        last_signer=SIGNED.declaration.signer,
    ),
    "signer-wrong": lambda: signer(
        SIGNER_WRONG, refuse(SIGNER_WRONG, lambda form: form.signature())
    ),
    "signer-long": lambda: signer(SIGNER_LONG, access=access(member=LONG)),
    "publication": lambda: publication({"answer": "sign"}),
    "publication-wrong": lambda: publication(
        PUBLICATION_WRONG, refuse(PUBLICATION_WRONG, lambda form: form.parsed)
    ),
    "publication-bare": lambda: publication({"answer": "sign"}, access=access(round=BARE)),
    "review": lambda: review(SIGNED),
    "review-wrong": lambda: review(SIGNED, [WRONG_NAME]),
    "review-long": lambda: review(SIGNED_LONG, member=LONG),
    "review-decline": lambda: review(DECLINED),
    "review-pending": lambda: review(PENDING),
    "review-pending-late": lambda: review(pending(ROUND.deadline.date() + timedelta(days=9))),
    "review-replacing": lambda: review(
        DECLINED,
        [Refusal(Reason.STALE, what="signed", who=LONG_NAME)],
        current=version(SIGNED, OTHER_LINK.id),
        replacing=True,
    ),
    "receipt": lambda: receipt(version(SIGNED)),
    "receipt-long": lambda: receipt(version(SIGNED), member=LONG),
    "receipt-pending": lambda: receipt(version(PENDING)),
    "receipt-colleague": lambda: receipt(version(DECLINED, OTHER_LINK.id)),
    "receipt-recorded": lambda: receipt(
        version(replace(SIGNED, filled_in=None), None, Channel.LETTER)
    ),
    "withdraw": lambda: step("withdraw", forms.WithdrawForm, {}, access=access(version(SIGNED))),
    "withdraw-wrong": lambda: step(
        "withdraw", forms.WithdrawForm, {}, [WRONG_NAME], access=access(version(DECLINED))
    ),
    "closed": lambda: closed(version(SIGNED)),
    "closed-unanswered": lambda: closed(None),
    "closed-early": lambda: closed(
        None,
        replace(
            ROUND,
            closed_at=NOW,
            closing_reason="Der Landtag berät schon im März.",
            terms=replace(ROUND.terms, late=True),
        ),
    ),
    "closed-released": lambda: show(
        "closed",
        now=LATER,
        access=access(version(SIGNED), round=RELEASED, release=RELEASE),
        press=True,
        press_words="Die Stadt Musterhausen unterstützt „Leitgedanken zum öffentlichen Raum“",
        press_picture="/s/x/press/picture.png",
    ),
    "closed-cancelled": lambda: closed(None, replace(ROUND, cancelled_at=NOW)),
    "closed-ended": lambda: closed(
        version(SIGNED),
        replace(ROUND, closed_at=NOW, cancelled_at=NOW, ending_reason="Zu wenige Mitzeichnungen."),
    ),
    "unknown": lambda: render_template(
        "invitation/unknown.html", form=forms.FindInvitationForm(formdata=None)
    ),
    "fresh-sent": lambda: render_template("invitation/new_link_sent.html"),
    "links": links,
    "links-passed-on": lambda: links(COLLEAGUE_LINK),
    "links-prepared": lambda: links(replace(COLLEAGUE_LINK, prepared="{}")),
    "delegation-prepared": lambda: step(
        "delegation",
        forms.ColleagueForm,
        {},
        limit=MAX_OPEN_DELEGATIONS,
        carried=SIGNED_FIELDS,
    ),
    "objection-sent": lambda: step(
        "objection",
        forms.ObjectionForm,
        {},
        access=access(version(SIGNED)),
        objection=Objection(1, 24, 7, LINK.id, "", NOW),
    ),
    "code": lambda: step("code", forms.FindInvitationForm, {}),
    "code-wrong": lambda: step(
        "code",
        forms.FindInvitationForm,
        {"code": "ACDF 2347"},
        [Refusal(Reason.UNKNOWN_CODE, "code")],
    ),
}


def add_form(
    name: str,
    form: type[BaseForm],
    required: tuple[str, ...] = (),
    answered: AnswerVersion | None = None,
    **context,
) -> None:
    """Two scenes: the form as it is opened, and as it comes back with each of its errors and a long name."""
    page = partial(step, name.replace("-", "_"), form, {}, **context)
    refusals = [Refusal(Reason.MISSING, field) for field in required] + [WRONG_NAME]
    SCENES[name] = lambda: page(access=access(answered))
    SCENES[f"{name}-wrong"] = lambda: page(refusals, access=access(answered, member=LONG))


COLLEAGUE_FIELDS = ("name", "unit", "email")
add_form(
    "delegation", forms.ColleagueForm, COLLEAGUE_FIELDS, limit=MAX_OPEN_DELEGATIONS, carried={}
)
add_form("end-link", forms.WithdrawForm, link=COLLEAGUE_LINK)
add_form("correction", forms.CorrectionForm, ("official_name", "function"), version(SIGNED))
add_form("meeting", forms.MeetingForm, ("expected_on",), version(PENDING))
add_form("objection", forms.ObjectionForm, (), version(SIGNED), objection=None)
