"""Reading form fields, and detecting conflicting edits."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from typing import ClassVar, TypeVar

from signoff.domain.characters import (
    clean_characters,
    clean_pasted,
    find_unprintable,
    format_characters,
    has_controls,
)
from signoff.domain.dates import parse_date
from signoff.domain.errors import Reason, Refusal

T = TypeVar("T")

MAX_NOTE_LENGTH = 600  # characters
MAX_MESSAGE_LENGTH = 1000
MAX_SUMMARY_LENGTH = 400
MAX_LENGTHS = {
    "note": MAX_NOTE_LENGTH,
    "reason": 2000,
    "late_reason": 1000,
    "withdrawal": 600,
    "event": 600,
    "message": MAX_MESSAGE_LENGTH,
    "words": MAX_MESSAGE_LENGTH,
    "evidence": 2000,
    "remark": 2000,
    "official_name": 200,
    "filled_in_email": 254,
    "email": 254,
    "subtitle": 300,
    "summary": MAX_SUMMARY_LENGTH,
    "contact": 300,
    "introduction": 2000,
}
DEFAULT_MAX_LENGTH = 160  # of every other field
MULTILINE_FIELDS = {
    "note",
    "reason",
    "message",
    "words",
    "evidence",
    "remark",
    "introduction",
    "withdrawal",
    "event",
}
TRANSLATED_FIELDS = {"introduction"}  # one field for each language, such as ``introduction_en``


class FieldReader:
    """Reads the fields of a form and collects all refusals instead of stopping at the first."""

    max_lengths: ClassVar[Mapping[str, int]] = MAX_LENGTHS
    multiline_fields: ClassVar[Collection[str]] = MULTILINE_FIELDS

    def __init__(self, fields: Mapping[str, str]) -> None:
        self.fields = fields
        self.refusals: list[Refusal] = []

    def text(self, field: str, *, required: bool = True) -> str:
        raw = clean_characters(clean_pasted(self.fields.get(field, ""))).strip()
        name = strip_language(field)
        multiline = name in self.multiline_fields
        text = raw if multiline else " ".join(raw.split())
        limit = self.max_lengths.get(name, DEFAULT_MAX_LENGTH)
        if required and not text:
            self.refuse(Reason.MISSING, field)
        elif len(text) > limit:
            self.refuse(Reason.TOO_LONG, field, length=len(text), limit=limit)
        else:
            try:
                require_printable(text, field)
            except Refusal as refusal:
                self.refuse(refusal.reason, field, **refusal.facts)
        return text

    def date(self, field: str) -> date | None:
        if not self.text(field):
            return None
        try:
            return parse_date(self.fields[field], field)
        except Refusal as refusal:
            self.refusals.append(refusal)
            return None

    def choice(self, field: str, choices: Mapping[str, T]) -> T | None:
        chosen = self.fields.get(field, "")
        if chosen not in choices:
            self.refuse(Reason.NOT_A_CHOICE if chosen else Reason.NOT_CHOSEN, field)
            return None
        return choices[chosen]

    def refuse(self, reason: Reason, field: str, **facts: object) -> None:
        self.refusals.append(Refusal(reason, field, **facts))


def require_printable(text: str, field: str) -> str:
    """``text`` with clean characters; refuses those that are invisible or cannot be printed."""
    text = clean_characters(text)
    if has_controls(text.replace("\n", "")):
        raise Refusal(Reason.CONTROL_CHARACTERS, field)
    if unprintable := find_unprintable(text):
        raise Refusal(Reason.UNPRINTABLE, field, characters=format_characters(unprintable))
    return text


def get_max_length(field: str) -> int:
    return MAX_LENGTHS.get(strip_language(field), DEFAULT_MAX_LENGTH)


def strip_language(field: str) -> str:
    """The name that the fields of one text in several languages share."""
    name, _, _ = field.rpartition("_")
    return name if name in TRANSLATED_FIELDS else field


@dataclass(frozen=True, slots=True)
class FieldChange:
    """A field changed meanwhile: its value when the form was opened, now, and as submitted."""

    field: str
    before: str
    current: str
    submitted: str

    @property
    def is_conflict(self) -> bool:
        """Whether both changed it, to different values."""
        return self.submitted not in (self.before, self.current)


class EditConflict(Exception):
    """The object changed after the form was opened; nothing was saved."""

    def __init__(
        self, before: Mapping[str, str], current: Mapping[str, str], submitted: Mapping[str, str]
    ) -> None:
        super().__init__("changed meanwhile")
        self.current, self.submitted = dict(current), dict(submitted)
        changed = (name for name in current if before.get(name, current[name]) != current[name])
        self.changes = tuple(
            FieldChange(name, before[name], current[name], submitted[name]) for name in changed
        )

    @property
    def merged(self) -> dict[str, str]:
        """Current values of fields that only the other person changed, else submitted values."""
        changed_by_other = {
            change.field: change.current for change in self.changes if not change.is_conflict
        }
        return self.submitted | changed_by_other


def require_unchanged(
    before: Mapping[str, str], current: Mapping[str, str], submitted: Mapping[str, str]
) -> None:
    """Raise ``EditConflict`` if a field changed since the form was opened (``before``)."""
    if any(before.get(name, value) != value for name, value in current.items()):
        raise EditConflict(before, current, submitted)
