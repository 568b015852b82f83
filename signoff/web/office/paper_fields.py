"""The form of a paper. What is right is decided in ``signoff.domain.paper_form``; here it is typed and shown."""

from collections.abc import Mapping

from flask_babel import lazy_gettext as _l
from flask_wtf.file import FileField
from wtforms import SelectField, StringField, TextAreaField
from wtforms.fields import SelectChoice

from signoff.domain.paper import KINDS, Edition, Text
from signoff.intake.writing import markdown_of
from signoff.web.sign.forms import StepForm, label, spelt

# In the order of the page.
FIELDS = (
    *("title", "subtitle", "kind", "language", "adopted_by", "assembly", "adopted_on", "adopted_at"),
    *("vote", "contact", "text"),
)
LANGUAGES = [SelectChoice("de", _l("Deutsch")), SelectChoice("en", _l("Englisch"))]


class PaperSheet(StepForm):
    """Everything said about a paper, and its text."""

    step = "paper"
    upload = FileField(label("upload"))
    text = TextAreaField(label("text"))
    title = StringField(_l("Titel des Papiers"))
    subtitle = StringField(label("subtitle"))
    kind = SelectField(
        _l("Art des Papiers"), choices=[SelectChoice(kind, kind) for kind in KINDS], validate_choice=False
    )
    language = SelectField(_l("Sprache des Papiers"), choices=LANGUAGES, validate_choice=False)
    adopted_by = StringField(label("adopted_by"))
    assembly = StringField(label("assembly"))
    adopted_on = StringField(label("adopted_on"))
    adopted_at = StringField(label("adopted_at"))
    vote = StringField(label("vote"))
    contact = StringField(label("contact"))
    slug = StringField(label("slug"))


def labels() -> dict[str, str]:
    """What the fields are called on the page."""
    return {name: str(field.label.text) for name, field in PaperSheet(formdata=None)._fields.items()}


def different(before: dict[str, str], after: Mapping[str, str]) -> list[tuple[str, str, str]]:
    """The fields beside the text that say something else: name, before, after."""
    asked = (name for name in FIELDS if name != "text")
    return [(name, before[name], after.get(name, "")) for name in asked if before[name] != after.get(name, "").strip()]


def source_of(edition: Edition) -> str:
    """What the editor begins with: the Markdown that was typed, or what comes of the text."""
    return edition.source or markdown_of(edition.text.html)


def typed(text: Text, source: str) -> dict[str, str]:
    """The fields as they would have to be typed to give ``text`` again."""
    plain = {name: str(getattr(text, name)) for name in FIELDS if name not in ("adopted_on", "text")}
    return {**plain, "adopted_on": spelt(text.adopted_on), "text": source}
