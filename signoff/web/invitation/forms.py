"""The steps of an answer. They parse and render; what is right is decided in ``signoff.domain.answer_form``.

Nothing is stored between the steps: what the other steps asked for travels on as hidden fields (``carried``).
"""

from collections.abc import Iterable, Mapping
from datetime import date

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import BooleanField, HiddenField, RadioField, StringField, TextAreaField
from wtforms.fields import SelectChoice

from signoff.domain.answer_forms import SUBMITTER_FIELDS
from signoff.domain.answers import Answer, AnswerKind, Basis
from signoff.domain.errors import Refusal
from signoff.i18n.errors import describe_refusal
from signoff.i18n.labels import BASIS, FIELD

ANSWER_CHOICES = [
    SelectChoice(AnswerKind.SIGN.value, _l("Wir zeichnen mit")),
    SelectChoice(AnswerKind.PENDING.value, _l("Unser Gremium entscheidet noch")),
    SelectChoice(AnswerKind.DECLINE.value, _l("Wir zeichnen nicht mit")),
    SelectChoice(AnswerKind.NOT_COMPETENT.value, _l("Wir befassen uns damit nicht")),
]
# Those that rest on a decision come last: its fields stand directly below.
BASIS_CHOICES = [SelectChoice(basis.value, _l(BASIS[basis])) for basis in Basis]


def field_label(field: str) -> LazyString:
    """What ``field`` is called. Written out in ``_l(…)``, the field's own name would be collected as a message."""
    return _l(FIELD[field])


class StepForm(FlaskForm):  # type: ignore[misc]
    """One step; ``step`` is its name in the hidden field ``step``."""

    step = ""

    def attach(self, refused: Iterable[Refusal], language: str) -> list[Refusal]:
        """Put the words of each refusal to its field; returns those that belong to no field of this step."""
        strangers = []
        for refusal in refused:
            if refusal.field in self:
                field = self[refusal.field]
                field.errors = [*field.errors, describe_refusal(refusal, language)]
            else:
                strangers.append(refusal)
        return strangers

    def carried(self, typed: Mapping[str, str]) -> dict[str, str]:
        """What was typed in the other steps, for the hidden fields of this one."""
        return {name: typed[name] for name in STEP_FIELDS if name not in self and typed.get(name)}


class FilledInByMixin:
    """Who filled the form in: asked where an answer's last step is."""

    filled_in_by = StringField(field_label("filled_in_by"))
    filled_in_unit = StringField(field_label("filled_in_unit"))
    filled_in_email = StringField(field_label("filled_in_email"))


class AnswerStep(FilledInByMixin, StepForm):
    """Step 1: which answer, and all that belongs to the three that are no signature."""

    step = "answer"
    answer = RadioField(field_label("answer"), choices=ANSWER_CHOICES, validate_choice=False)
    expected_on = StringField(field_label("expected_on"))
    body = StringField(field_label("body"))
    reason = TextAreaField(field_label("reason"))


class SignerStep(StepForm):
    """Step 2: the name in the list, who signs, and on what basis."""

    step = "signer"
    official_name = StringField(field_label("official_name"))
    title = StringField(field_label("title"))
    first_name = StringField(field_label("first_name"))
    last_name = StringField(field_label("last_name"))
    function = StringField(field_label("function"))
    basis = RadioField(field_label("basis"), choices=BASIS_CHOICES, validate_choice=False)
    body = StringField(field_label("body"))
    decision_number = StringField(field_label("decision_number"))
    decision_date = StringField(field_label("decision_date"))
    decision_result = StringField(field_label("decision_result"))
    authorised = BooleanField(field_label("authorised"))


class PublicationStep(FilledInByMixin, StepForm):
    """Step 3: what is published, and who filled the form in."""

    step = "publication"
    publish_name = BooleanField(field_label("publish_name"))
    note = TextAreaField(field_label("note"))


STEP_FIELDS = tuple(
    name
    for name in FIELD
    if any(hasattr(step, name) for step in (AnswerStep, SignerStep, PublicationStep))
)


class ReviewStep(StepForm):
    """The last step of all four answers: the municipality's name, typed once more."""

    step = "review"
    confirm = StringField(_l("Zur Bestätigung: Name Ihrer Kommune"))


class WithdrawForm(ReviewStep):
    """Taking the answer back needs the typed name too."""

    step = "withdraw"


STEPS: dict[str, type[StepForm]] = {
    each.step: each for each in (AnswerStep, SignerStep, PublicationStep, ReviewStep)
}


def serialize_answer(answer: Answer) -> dict[str, str]:
    """The fields as they would have to be typed to give ``answer`` again; only ``authorised`` is asked anew."""
    fields = {"answer": answer.kind.value, "body": answer.expected_body, "reason": answer.reason}
    fields["expected_on"] = format_input_date(answer.expected_on)
    if answer.filled_in:
        contact = answer.filled_in
        fields |= dict(
            zip(SUBMITTER_FIELDS, (contact.name, contact.unit, contact.email), strict=True)
        )
    if declared := answer.declaration:
        signer = declared.signer
        fields |= {
            "title": signer.title,
            "first_name": signer.first_name,
            "last_name": signer.last_name,
        }
        fields |= {
            "function": signer.function,
            "official_name": declared.official_name,
            "note": declared.note,
        }
        fields |= {
            "basis": declared.basis.value,
            "publish_name": "y" if declared.publish_name else "",
        }
        if decision := declared.decision:
            fields |= {"body": decision.body, "decision_number": decision.number}
            fields |= {
                "decision_date": format_input_date(decision.on),
                "decision_result": decision.result,
            }
    return {name: value for name, value in fields.items() if value}


def format_input_date(day: date | None) -> str:
    """``14.1.2027``, which the form reads again."""
    return f"{day.day:02d}.{day.month:02d}.{day.year}" if day else ""


# The forms besides the answer itself. Each that does something asks for the municipality's name, typed.

CONFIRM_LABEL = _l(
    "Zur Bestätigung: Name Ihrer Kommune"
)  # each form names it last: the summary follows the order of the fields


class ColleagueForm(ReviewStep):
    """To whom the task is passed on."""

    name = StringField(field_label("name"))
    unit = StringField(field_label("unit"))
    email = StringField(field_label("email"))
    message = TextAreaField(field_label("message"))
    confirm = StringField(CONFIRM_LABEL)


class CorrectionForm(ReviewStep):
    """Names, title and function, put right."""

    official_name = StringField(field_label("official_name"))
    title = StringField(field_label("title"))
    first_name = StringField(field_label("first_name"))
    last_name = StringField(field_label("last_name"))
    function = StringField(field_label("function"))
    confirm = StringField(CONFIRM_LABEL)


class MeetingForm(ReviewStep):
    """Another day for the sitting."""

    expected_on = StringField(field_label("expected_on"))
    body = StringField(field_label("body"))
    confirm = StringField(CONFIRM_LABEL)


class ObjectionForm(ReviewStep):
    """„Das war ich nicht“."""

    words = TextAreaField(field_label("words"))
    answer_id = HiddenField()
    confirm = StringField(CONFIRM_LABEL)


class ShortCodeForm(StepForm):
    """The short code from the mail."""

    code = StringField(field_label("code"))
