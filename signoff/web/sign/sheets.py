"""The forms besides the answer itself. Each that does something asks for the municipality's name, typed."""

from flask_babel import lazy_gettext as _l
from wtforms import HiddenField, StringField, TextAreaField

from signoff.web.sign.forms import ReviewStep, StepForm, label

CONFIRM = _l(
    "Zur Bestätigung: Name Ihrer Kommune"
)  # each form names it last: the summary follows the order of the fields


class PassForm(ReviewStep):
    """To whom the task is passed on."""

    name = StringField(label("name"))
    unit = StringField(label("unit"))
    email = StringField(label("email"))
    message = TextAreaField(label("message"))
    confirm = StringField(CONFIRM)


class CorrectionForm(ReviewStep):
    """Names, title and function, put right."""

    official_name = StringField(label("official_name"))
    title = StringField(label("title"))
    first_name = StringField(label("first_name"))
    last_name = StringField(label("last_name"))
    function = StringField(label("function"))
    confirm = StringField(CONFIRM)


class SittingForm(ReviewStep):
    """Another day for the sitting."""

    expected_on = StringField(label("expected_on"))
    body = StringField(label("body"))
    confirm = StringField(CONFIRM)


class ObjectionForm(ReviewStep):
    """„Das war ich nicht“."""

    words = TextAreaField(label("words"))
    answer_id = HiddenField()
    confirm = StringField(CONFIRM)


class CodeForm(StepForm):
    """The short code from the mail."""

    code = StringField(label("code"))
