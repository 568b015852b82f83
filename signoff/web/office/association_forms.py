"""The forms about the association itself."""

from zoneinfo import available_timezones

from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from wtforms import FileField, HiddenField, RadioField, StringField, TextAreaField
from wtforms.fields import SelectChoice
from wtforms.validators import DataRequired, Length

from signoff.domain.refusal import Reason, Refusal
from signoff.intake.cells import address
from signoff.web.office.forms import DeedForm
from signoff.words.catalogue import LANGUAGES
from signoff.words.labels import LANGUAGE

LONGEST_TEXT = 100_000  # characters
REQUIRED = _l("Diese Angabe fehlt.")
SPOKEN = [SelectChoice(each, _l(LANGUAGE[each])) for each in LANGUAGES]
LINE = Length(max=200, message=_l("Bitte höchstens 200 Zeichen."))


def typed(value: str | None) -> str:
    """``value`` in one line with single spaces."""
    return " ".join((value or "").split())


class AssociationForm(DeedForm):
    """What pages, mail and PDF say of the association."""

    seen = HiddenField()
    name = StringField(_l("Name"), [DataRequired(REQUIRED), LINE], [typed])
    short_name = StringField(_l("Kurzname"), [DataRequired(REQUIRED), LINE], [typed])
    address = TextAreaField(_l("Anschrift"), [Length(max=500, message=_l("Bitte höchstens 500 Zeichen."))])
    contact = StringField(_l("Wer unterschreibt und ans Telefon geht"), [DataRequired(REQUIRED), LINE], [typed])
    telephone = StringField(_l("Telefon"), [DataRequired(REQUIRED), LINE], [typed])
    hours = StringField(_l("Sprechzeiten"), [LINE], [typed])
    email = StringField(_l("E-Mail-Adresse für Antworten"), [DataRequired(REQUIRED), LINE], [typed])
    sender = StringField(_l("Absenderadresse"), [LINE], [typed])
    time_zone = StringField(_l("Zeitzone"), [DataRequired(REQUIRED)], [typed])
    language = RadioField(_l("Sprache, wenn niemand eine andere wählt"), choices=SPOKEN)

    def given(self) -> dict[str, str]:
        """The fields as typed; refuses what is no address or no time zone."""
        found = {field.name: field.data or "" for field in self if field.name not in ("seen", "csrf_token")}
        found["address"] = "\n".join(line.strip() for line in found["address"].strip().splitlines())
        for name in ("email", "sender"):
            if found[name] and address(found[name]) is None:
                raise Refusal(Reason.NOT_AN_ADDRESS, name, text=found[name])
        if found["time_zone"] not in available_timezones():
            raise Refusal(Reason.NOT_A_TIME_ZONE, "time_zone", text=found["time_zone"])
        return found


class LogoForm(DeedForm):
    logo = FileField(_l("Logo"))


class TextForm(DeedForm):
    """A legal text in Markdown. Browsers send line ends of their own."""

    seen = HiddenField()
    markdown = TextAreaField(
        _l("Text (Markdown)"),
        [DataRequired(REQUIRED), Length(max=LONGEST_TEXT, message=_l("Der Text ist zu lang."))],
    )

    @property
    def typed(self) -> str:
        return lines(self.markdown.data)

    @property
    def was(self) -> str:
        """The text as it was when the form was made."""
        return lines(self.seen.data)

    def validate_markdown(self, field: TextAreaField) -> None:
        if not self.typed.strip():
            field.errors = [*field.errors, gettext("Diese Angabe fehlt.")]


def lines(text: str | None) -> str:
    return (text or "").replace("\r\n", "\n").replace("\r", "\n")
