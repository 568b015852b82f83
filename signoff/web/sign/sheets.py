"""The forms besides the answer itself. Each that does something asks for the municipality's name, typed."""

from flask_babel import lazy_gettext as _
from wtforms import HiddenField, StringField, TextAreaField

from signoff.web.sign.forms import ReviewStep, StepForm
from signoff.words.labels import FIELD

CONFIRM = _(
    "Zur Bestätigung: Name Ihrer Kommune"
)  # each form names it last: the summary follows the order of the fields


class PassForm(ReviewStep):
    """To whom the task is passed on."""

    name = StringField(_(FIELD["name"]))
    unit = StringField(_(FIELD["unit"]))
    email = StringField(_(FIELD["email"]))
    message = TextAreaField(_(FIELD["message"]))
    confirm = StringField(CONFIRM)


class CorrectionForm(ReviewStep):
    """Names, title and function, put right."""

    official_name = StringField(_(FIELD["official_name"]))
    title = StringField(_(FIELD["title"]))
    first_name = StringField(_(FIELD["first_name"]))
    last_name = StringField(_(FIELD["last_name"]))
    function = StringField(_(FIELD["function"]))
    confirm = StringField(CONFIRM)


class SittingForm(ReviewStep):
    """Another day for the sitting."""

    expected_on = StringField(_(FIELD["expected_on"]))
    body = StringField(_(FIELD["body"]))
    confirm = StringField(CONFIRM)


class ObjectionForm(ReviewStep):
    """„Das war ich nicht“."""

    words = TextAreaField(_(FIELD["words"]))
    answer_id = HiddenField()
    confirm = StringField(CONFIRM)


class CodeForm(StepForm):
    """The short code from the mail."""

    code = StringField(_(FIELD["code"]))
