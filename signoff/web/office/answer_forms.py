"""The office's forms about an answer. What is right is decided by the rules; here it is typed and shown."""

from collections.abc import Iterable

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from flask_wtf.file import FileField
from wtforms import BooleanField, RadioField, StringField, TextAreaField
from wtforms.fields import SelectChoice

from signoff.domain.answer import Kind
from signoff.domain.recording import CHANNELS
from signoff.domain.refusal import Refusal
from signoff.web.sign.forms import BASES, label
from signoff.words.labels import CHANNEL
from signoff.words.refusals import words

ANSWERS = [
    SelectChoice(Kind.SIGN.value, _l("Das Mitglied zeichnet mit")),
    SelectChoice(Kind.PENDING.value, _l("Ein Gremium entscheidet noch")),
    SelectChoice(Kind.DECLINE.value, _l("Das Mitglied zeichnet nicht mit")),
    SelectChoice(Kind.NOT_COMPETENT.value, _l("Das Mitglied befasst sich damit nicht")),
]
WAYS = [SelectChoice(channel.value, _l(CHANNEL[channel])) for channel in CHANNELS]


class AmendingForm(FlaskForm):  # type: ignore[misc]
    """A form with words for what was refused at its fields."""

    def attach(self, refused: Iterable[Refusal], language: str) -> list[Refusal]:
        """Put the words of each refusal to its field; gives those back that belong to no field."""
        strangers = []
        for refusal in refused:
            name = refusal.field or ""
            if name == "body" and self.data.get("answer") == Kind.PENDING:
                name = "expected_body"
            if name in self:
                self[name].errors = [*self[name].errors, words(refusal, language)]
            else:
                strangers.append(refusal)
        return strangers


class NameFields:
    """The name in the list, and who signs."""

    official_name = StringField(label("official_name"))
    title = StringField(label("title"))
    first_name = StringField(label("first_name"))
    last_name = StringField(label("last_name"))
    function = StringField(label("function"))


class RecordingPage(NameFields, AmendingForm):
    """An answer that did not come through a link, on one page; the fields are those of the member's own form."""

    channel = RadioField(label("channel"), choices=WAYS, validate_choice=False)
    received_on = StringField(label("received_on"))
    answer = RadioField(label("answer"), choices=ANSWERS, validate_choice=False)
    expected_on = StringField(label("expected_on"))
    expected_body = StringField(label("expected_body"))
    reason = TextAreaField(label("reason"))
    basis = RadioField(label("basis"), choices=BASES, validate_choice=False)
    body = StringField(label("body"))
    decision_number = StringField(label("decision_number"))
    decision_date = StringField(label("decision_date"))
    decision_result = StringField(label("decision_result"))
    authorised = BooleanField(label("authorised"))
    publish_name = BooleanField(label("publish_name"))
    note = TextAreaField(label("note"))
    filled_in_by = StringField(_l("Name"))
    filled_in_unit = StringField(_l("Dienststelle"))
    filled_in_email = StringField(_l("E-Mail-Adresse"))
    scan = FileField(label("scan"))
    evidence = TextAreaField(label("evidence"))
    replace = BooleanField(_l("Die bisherige Rückmeldung ersetzen"))


class CorrectionPage(NameFields, AmendingForm):
    reason = TextAreaField(label("reason"))


class RemarkPage(AmendingForm):
    remark = TextAreaField(_l("Neuer Vermerk"))


class SendingPage(AmendingForm):
    links = StringField(_l("An wen?"))


class VoidingPage(AmendingForm):
    reason = TextAreaField(label("reason"))
    sure = BooleanField(_l("Bestätigung"))
