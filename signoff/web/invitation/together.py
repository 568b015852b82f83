"""The members for which the holder of a link answers, and the same answer for several of them.

Each further member is ticked, and the name is typed once. Each gets an answer of its own.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from flask import g, redirect, render_template, request, url_for
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response as WerkzeugResponse
from wtforms import BooleanField, StringField

from signoff import actions
from signoff.domain.answer_forms import AnswerForm
from signoff.domain.answers import Answer
from signoff.domain.errors import Reason, Refusal
from signoff.i18n.catalogue import get_catalogue
from signoff.i18n.labels import FIELD
from signoff.store.access import InvitationAccess
from signoff.web.context import (
    create_form_key,
    current_date,
    current_form_key,
    current_language,
    db,
    now,
)
from signoff.web.forms import BaseForm
from signoff.web.invitation.access import (
    blueprint,
    current_access,
    list_together,
    may_answer_now,
)
from signoff.web.invitation.forms import CONFIRM_LABEL, serialize_answer
from signoff.web.invitation.pages import (
    check_confirmed_name,
    check_edit_conflict,
    render_closed,
)

PageResponse = WerkzeugResponse | str | tuple[str, int]
# The fields of a member's row, by the fields of the answer that may differ from member to member.
OWN_FIELDS = {"official_name": "name", "body": "body"}


@dataclass(frozen=True, slots=True)
class FurtherMember:
    """A member without an answer, and the names of its fields in the form."""

    access: InvitationAccess

    @property
    def id(self) -> int:
        return self.access.invitation.id

    @property
    def tick(self) -> str:
        return f"also-{self.id}"

    def own_fields(self, answer: Answer) -> dict[str, str]:
        """By the fields of ``answer`` that may differ, the names of this member's fields."""
        names = [
            name
            for name in OWN_FIELDS
            if answer.declaration and (name == "official_name" or answer.declaration.decision)
        ]
        return {name: f"{OWN_FIELDS[name]}-{self.id}" for name in names}

    def prefill(self, answer: Answer) -> dict[str, str]:
        values = {**serialize_answer(answer), "official_name": self.access.member.official_name}
        return {field: values[name] for name, field in self.own_fields(answer).items()}

    def parse(
        self, answer: Answer, fields: Mapping[str, str]
    ) -> tuple[Answer | None, list[Refusal]]:
        """The same answer for this member, or what is wrong in its row."""
        own = self.own_fields(answer)
        values = {name: fields.get(field, "") for name, field in own.items()}
        reader = AnswerForm(
            {**serialize_answer(answer), "authorised": "y", **values},
            today=current_date(),
            notes_allowed=self.access.round.terms.notes,
        )
        parsed = reader.parsed
        return parsed, [
            Refusal(refusal.reason, own.get(refusal.field or "", ""), **refusal.facts)
            for refusal in reader.refusals
        ]


class FurtherForm(BaseForm):
    """The form without the fields of the members."""

    def describe(self, refusal: Refusal) -> str:
        """A field of a member's row is called as in the answer."""
        row_field = (refusal.field or "").partition("-")[0]
        name = next((name for name, own in OWN_FIELDS.items() if own == row_field), refusal.field)
        return super().describe(Refusal(refusal.reason, name, **refusal.facts))


def get_answer_to_repeat(access: InvitationAccess) -> Answer | None:
    """The answer that can be given for further members: one that came through a link."""
    version = access.version
    return version.answer if version and version.is_answer and not version.by_office else None


def list_further(access: InvitationAccess) -> list[FurtherMember]:
    """The other members of this link's holder that have no answer and may still give one."""
    return [
        FurtherMember(other)
        for other in list_together(access)
        if other.invitation.id != access.invitation.id
        and not (other.version and other.version.is_answer)
        and may_answer_now(other)
    ]


@blueprint.get("/<token>/further")
def show_further_form(token: str) -> PageResponse:
    """The members without an answer, none of them ticked; with ``?all=1`` all of them."""
    access = current_access()
    answer, members = get_answer_to_repeat(access), list_further(access)
    if answer is None or not members:
        return redirect_to_members()
    fields: dict[str, str] = {}
    for member in members:
        fields |= member.prefill(answer)
        if request.args.get("all"):
            fields[member.tick] = "y"
    return render_further_form(access, fields)


@blueprint.post("/<token>/further")
def submit_further(token: str) -> PageResponse:
    """Store the same answer for every ticked member, or for none; a second request finds them."""
    access, fields = current_access(), request.form.to_dict()
    ticked = {name for name in fields if name.startswith("also-")}
    if ticked and ticked <= set(list_submitted(access)):
        return redirect_to_members()
    answer = get_answer_to_repeat(access)
    if answer is None:
        return render_closed(access), 409
    if refused := check_edit_conflict(access, fields):
        return render_further_form(access, fields, refused), 409
    chosen = [member for member in list_further(access) if member.tick in ticked]
    if len(chosen) < len(ticked):
        return render_further_form(access, fields, [Refusal(Reason.STALE, what="further")]), 409
    answers, refused = parse_answers(chosen, answer, fields)
    refused += check_confirmed_name(access, fields)
    if refused:
        return render_further_form(access, fields, refused), 422
    try:
        actions.answers.submit_for_others(
            db(), access, answers, form_key=current_form_key(), now=now()
        )
    except Refusal as refusal:
        return render_further_form(access, fields, [refusal]), 409
    return redirect_to_members()


def list_submitted(access: InvitationAccess) -> list[str]:
    """The ticks of the members for which this form was stored already."""
    return [
        FurtherMember(other).tick
        for other in list_together(access)
        if actions.answers.is_already_submitted(db(), other, current_form_key())
    ]


def parse_answers(
    chosen: Iterable[FurtherMember], answer: Answer, fields: Mapping[str, str]
) -> tuple[dict[int, Answer], list[Refusal]]:
    """The answers by the ids of the invitations, and everything that is wrong."""
    answers: dict[int, Answer] = {}
    refused: list[Refusal] = []
    for member in chosen:
        parsed, wrong = member.parse(answer, fields)
        refused += wrong
        if parsed:
            answers[member.id] = parsed
    if not (answers or refused):
        refused.append(Refusal(Reason.NOBODY_CHOSEN))
    return answers, refused


def redirect_to_members() -> WerkzeugResponse:
    return redirect(url_for("invitation.show_invitation", token=g.token, _anchor="together"), 303)


def render_further_form(
    access: InvitationAccess, fields: Mapping[str, str], refused: Sequence[Refusal] = ()
) -> str:
    answer, members = get_answer_to_repeat(access), list_further(access)
    if answer is None or not members:
        return render_closed(access)
    form = build_form(members, answer)(formdata=MultiDict(fields))
    form.add_errors(*refused)
    return render_template(
        "invitation/further.html",
        token=g.token,
        now=now(),
        access=access,
        answer=answer,
        members=members,
        form=form,
        form_key=create_form_key(fields),
    )


def build_form(members: Sequence[FurtherMember], answer: Answer) -> type[BaseForm]:
    """The form for these members, in the order of its error summary."""
    gettext = get_catalogue(current_language()).gettext
    fields: dict[str, object] = {member.tick: BooleanField() for member in members}
    for member in members:
        for name, field in member.own_fields(answer).items():
            fields[field] = StringField(f"{member.access.member.name}: {gettext(FIELD[name])}")
    fields["confirm"] = StringField(CONFIRM_LABEL)
    return type("FurtherForm", (FurtherForm,), fields)
