"""Two colleagues change the same thing: what the second is shown, and what is put into her form."""

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import TypeVar

from signoff.domain.dates import parse_date
from signoff.domain.errors import Reason, Refusal

# Typed fields: texts, days and choices, and every reason why one cannot be taken.

T = TypeVar("T")

MAX_NOTE_LENGTH = 600  # characters, product.md
MAX_MESSAGE_LENGTH = 1000
MAX_LENGTHS = {
    "note": MAX_NOTE_LENGTH,
    "reason": 2000,
    "withdrawal": 600,
    "message": MAX_MESSAGE_LENGTH,
    "words": MAX_MESSAGE_LENGTH,
    "evidence": 2000,
    "remark": 2000,
    "official_name": 200,
    "filled_in_email": 254,
    "email": 254,
    "subtitle": 300,
    "contact": 300,
    "introduction": 2000,
    "introduction_en": 2000,
}
DEFAULT_MAX_LENGTH = 160  # of every other field
# Fields that may hold more than one line.
MULTILINE_FIELDS = {
    "note",
    "reason",
    "message",
    "words",
    "evidence",
    "remark",
    "introduction",
    "introduction_en",
    "withdrawal",
}
# Bidirectional embeddings, overrides, isolates.
BIDI_CONTROLS = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"


class FieldReader:
    """Reads the fields of one form; collects every refusal instead of stopping at the first."""

    def __init__(self, fields: Mapping[str, str]) -> None:
        self.fields = fields
        self.refused: list[Refusal] = []

    def text(self, field: str, *, required: bool = True) -> str:
        raw = self.fields.get(field, "").replace("\r\n", "\n").strip()
        text = raw if field in MULTILINE_FIELDS else " ".join(raw.split())
        limit = MAX_LENGTHS.get(field, DEFAULT_MAX_LENGTH)
        if required and not text:
            self.refuse(Reason.MISSING, field)
        elif len(text) > limit:
            self.refuse(Reason.TOO_LONG, field, length=len(text), limit=limit)
        elif any(
            is_unprintable(sign) and not (sign == "\n" and field in MULTILINE_FIELDS)
            for sign in text
        ):
            self.refuse(Reason.CONTROL_CHARACTERS, field)
        return text

    def date(self, field: str) -> date | None:
        if not self.text(field):
            return None
        try:
            return parse_date(self.fields[field], field)
        except Refusal as refusal:
            self.refused.append(refusal)
            return None

    def choice(self, field: str, choices: Mapping[str, T]) -> T | None:
        chosen = self.fields.get(field, "")
        if chosen not in choices:
            self.refuse(Reason.NOT_A_CHOICE if chosen else Reason.MISSING, field)
            return None
        return choices[chosen]

    def refuse(self, reason: Reason, field: str, **facts: object) -> None:
        self.refused.append(Refusal(reason, field, **facts))


def is_unprintable(sign: str) -> bool:
    """Control and line-separating characters, and those that turn the direction of reading.

    They have no place in a name: they end a mail header, or show a reader something else than what is stored.
    """
    return unicodedata.category(sign) in ("Cc", "Cs", "Zl", "Zp") or sign in BIDI_CONTROLS


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One field another person has changed meanwhile: as it was when the form was opened, as it is, as it was typed."""

    field: str
    before: str
    now: str
    typed: str

    @property
    def clashes(self) -> bool:
        """Whether both changed it, and not to the same."""
        return self.typed not in (self.before, self.now)


class EditConflict(Exception):
    """What was opened for editing has changed since; nothing was saved."""

    def __init__(
        self, before: Mapping[str, str], now: Mapping[str, str], typed: Mapping[str, str]
    ) -> None:
        super().__init__("changed meanwhile")
        self.now, self.typed = dict(now), dict(typed)
        changed = (name for name in now if before.get(name, now[name]) != now[name])
        self.overlaps = tuple(
            FieldChange(name, before[name], now[name], typed[name]) for name in changed
        )

    @property
    def merged(self) -> dict[str, str]:
        """What each kept: a field only the other one changed is as it is now, every other as it was typed."""
        theirs = {each.field: each.now for each in self.overlaps if not each.clashes}
        return self.typed | theirs


def require_unchanged(
    before: Mapping[str, str], now: Mapping[str, str], typed: Mapping[str, str]
) -> None:
    """Raise ``Overtaken`` where a field is not any more what it was when the form was opened (``before``)."""
    if any(before.get(name, value) != value for name, value in now.items()):
        raise EditConflict(before, now, typed)
