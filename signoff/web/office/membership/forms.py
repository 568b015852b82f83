"""The forms of the member list: typed and shown here; what is right is decided in ``signoff.domain.member_form``."""

from collections.abc import Iterable, Mapping

from flask import request
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from flask_wtf.file import FileField
from wtforms import RadioField, SelectField, StringField
from wtforms.fields import SelectChoice

from signoff.domain.refusal import Refusal
from signoff.web.sign.forms import label
from signoff.words.refusals import words

OPENED = "opened-"  # before the name of a field: what it was when the form was opened
LANGUAGES = [SelectChoice("de", _l("Deutsch")), SelectChoice("en", _l("Englisch"))]


class EditForm(FlaskForm):  # type: ignore[misc]
    """A form over something two colleagues may have open at the same time."""

    def attach(self, refused: Iterable[Refusal], language: str) -> list[Refusal]:
        """Put the words of each refusal to its field; gives back those that belong to none."""
        strangers = []
        for refusal in refused:
            if refusal.field in self:
                self[refusal.field].errors = [*self[refusal.field].errors, words(refusal, language)]
            else:
                strangers.append(refusal)
        return strangers

    def show(self, facts: Mapping[str, str]) -> None:
        for name, value in facts.items():
            self[name].data = value


class MemberForm(EditForm):
    name = StringField(label("name"))
    official_name = StringField(label("official_name"))
    key = StringField(label("key"))
    kind = StringField(label("kind"))
    state = StringField(label("state"))
    country = StringField(label("country"), default="DE")
    language = SelectField(label("language"), choices=LANGUAGES, default="de", validate_choice=False)
    tags = StringField(label("tags"))


class PersonForm(EditForm):
    name = StringField(label("name"))
    function = StringField(label("function"))
    email = StringField(label("email"))
    language = SelectField(
        label("language"),
        choices=[SelectChoice("", _l("wie das Mitglied")), *LANGUAGES],
        default="",
        validate_choice=False,
    )
    may_answer = RadioField(
        label("may_answer"),
        choices=[SelectChoice("yes", _l("darf antworten")), SelectChoice("no", _l("nur zur Kenntnis"))],
        default="yes",
        validate_choice=False,
    )


class UploadForm(EditForm):
    file = FileField(label("file"))


def opened(names: Iterable[str]) -> dict[str, str]:
    """What the fields were when the form was opened, as the form says."""
    return {name: request.form[OPENED + name] for name in names if OPENED + name in request.form}


def languages(offered: Iterable[SelectChoice], current: str) -> list[str]:
    """What may be chosen; a language from an old list, which no page offers, may stay."""
    return [*(str(choice.value) for choice in offered), *([current] if current else [])]
