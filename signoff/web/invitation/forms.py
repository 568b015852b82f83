"""The forms of a representative. ``signoff.domain.answer_forms`` decides what is right.

Nothing is stored between the steps of an answer: the values of the other steps travel along as
hidden fields.
"""

import json
from collections.abc import Mapping

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, HiddenField, RadioField, StringField, TextAreaField
from wtforms.fields import SelectChoice

from signoff.domain.answer_forms import SUBMITTER_FIELDS, AnswerForm
from signoff.domain.answers import Answer, AnswerKind, Basis, Signer
from signoff.domain.rounds import Link
from signoff.i18n.labels import BASIS, FIELD
from signoff.store.access import InvitationAccess
from signoff.web.context import current_date
from signoff.web.forms import BaseForm, format_input_date

ANSWER_CHOICES = [
    SelectChoice(AnswerKind.COSIGN.value, _l("Wir zeichnen mit")),
    SelectChoice(AnswerKind.PENDING.value, _l("Unser Gremium entscheidet noch")),
    SelectChoice(AnswerKind.DECLINE.value, _l("Wir zeichnen nicht mit")),
    SelectChoice(AnswerKind.NOT_COMPETENT.value, _l("Wir befassen uns damit nicht")),
]
# Those that rest on a decision come last, because the fields of the decision follow directly below.
BASIS_CHOICES = [SelectChoice(basis.value, _l(BASIS[basis])) for basis in Basis]
CONFIRM_LABEL = _l("Zur Bestätigung: Name Ihrer Kommune")


# The steps of an answer.


class StepForm(BaseForm):
    """One step; the hidden field ``step`` carries its name."""

    step = ""

    def list_carried(self, fields: Mapping[str, str]) -> dict[str, str]:
        """The values of the other steps, for the hidden fields of this one."""
        return {name: fields[name] for name in STEP_FIELDS if name not in self and fields.get(name)}


class SubmitterFields(StepForm):
    """The person who filled in the form: part of the last step before the review."""

    last_fields = SUBMITTER_FIELDS
    filled_in_by = StringField()
    filled_in_unit = StringField()
    filled_in_email = StringField()


class NameFields:
    """The name in the list, and who signs."""

    official_name = StringField()
    title = StringField()
    first_name = StringField()
    last_name = StringField()
    function = StringField()


class BasisFields:
    """The basis of the signature."""

    basis = RadioField(
        _l("Worauf stützt sich die Mitzeichnung?"), choices=BASIS_CHOICES, validate_choice=False
    )
    body = StringField(_l("Wer hat entschieden?"))
    decision_number = StringField()
    decision_date = StringField()
    decision_result = StringField()
    authorised = BooleanField()


class AnswerKindForm(SubmitterFields):
    """Step 1: the kind of answer, and everything about the three kinds that are not a signature."""

    step = "answer"
    answer = RadioField(_l("Ihre Rückmeldung"), choices=ANSWER_CHOICES, validate_choice=False)
    expected_on = StringField()
    body = StringField()
    reason = TextAreaField()


class SignerForm(NameFields, BasisFields, StepForm):
    """Step 2 of a signature: who signs, and on what basis."""

    step = "signer"


class PublicationForm(SubmitterFields):
    """Step 3 of a signature: what is published, and who filled the form in."""

    step = "publication"
    publish_name = BooleanField()
    note = TextAreaField()


class ReviewForm(StepForm):
    """The last step of every answer: the member's name as confirmation."""

    step = "review"
    confirm = StringField(CONFIRM_LABEL)


STEPS: dict[str, type[StepForm]] = {
    form.step: form for form in (AnswerKindForm, SignerForm, PublicationForm, ReviewForm)
}
STEP_FIELDS = tuple(
    name
    for name in FIELD
    if any(hasattr(form, name) for form in (AnswerKindForm, SignerForm, PublicationForm))
)


def serialize_answer(answer: Answer) -> dict[str, str]:
    """The form values that give ``answer``, except for ``authorised``, which has to be confirmed
    every time.
    """
    fields = {"answer": answer.kind.value, "body": answer.expected_body, "reason": answer.reason}
    fields["expected_on"] = format_input_date(answer.expected_on)
    if submitter := answer.filled_in:
        values = (submitter.name, submitter.unit, submitter.email)
        fields |= dict(zip(SUBMITTER_FIELDS, values, strict=True))
    if declaration := answer.declaration:
        fields |= serialize_signer(declaration.signer)
        fields |= {
            "official_name": declaration.official_name,
            "basis": declaration.basis.value,
            "publish_name": "y" if declaration.publish_name else "",
            "note": declaration.note,
        }
        if decision := declaration.decision:
            fields |= {
                "body": decision.body,
                "decision_number": decision.number,
                "decision_date": format_input_date(decision.on),
                "decision_result": decision.result,
            }
    return {name: value for name, value in fields.items() if value}


def parse_answer_form(access: InvitationAccess, fields: Mapping[str, str]) -> AnswerForm:
    return AnswerForm(fields, today=current_date(), notes_allowed=access.round.terms.notes)


def parse_prepared(link: Link) -> dict[str, str]:
    """The form values of an answer that a colleague has prepared, if there is one; what it lacks is
    asked for on the way to the review.
    """
    return {**json.loads(link.prepared), "reviewing": "1"} if link.prepared else {}


def serialize_signer(signer: Signer) -> dict[str, str]:
    return {
        "title": signer.title,
        "first_name": signer.first_name,
        "last_name": signer.last_name,
        "function": signer.function,
    }


# The other forms. Each of them asks for the member's name as its last field.


class WithdrawForm(ReviewForm):
    """Withdrawing the answer, or ending a link."""

    step = "withdraw"


class ColleagueForm(BaseForm):
    """The colleague to whom the task is delegated."""

    name = StringField()
    unit = StringField()
    email = StringField()
    message = TextAreaField()
    confirm = StringField(CONFIRM_LABEL)


class CorrectionForm(NameFields, BaseForm):
    """Other names, title or function in a signature."""

    confirm = StringField(CONFIRM_LABEL)


class MeetingForm(BaseForm):
    """Another day for the committee's meeting."""

    expected_on = StringField()
    body = StringField()
    confirm = StringField(CONFIRM_LABEL)


class ObjectionForm(BaseForm):
    """„Das war ich nicht“."""

    words = TextAreaField()
    answer_id = HiddenField()
    confirm = StringField(CONFIRM_LABEL)


class FindInvitationForm(BaseForm):
    """The ways to a page without its link: the short code from the mail, or the member and the
    address to which the link is mailed. Each is a form of its own on the page.
    """

    code = StringField()
    member = StringField()
    confirm = StringField()
    email = StringField()
