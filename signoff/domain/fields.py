"""Typed fields: texts, days and choices, and every reason why one cannot be taken."""

import unicodedata
from collections.abc import Mapping
from datetime import date
from typing import TypeVar

from signoff.domain.moments import day
from signoff.domain.refusal import Reason, Refusal

T = TypeVar("T")

NOTE_LENGTH = 600  # characters, product.md
MESSAGE_LENGTH = 1000
LENGTHS = {
    "note": NOTE_LENGTH,
    "reason": 2000,
    "message": MESSAGE_LENGTH,
    "words": MESSAGE_LENGTH,
    "evidence": 2000,
    "remark": 2000,
    "official_name": 200,
    "filled_in_email": 254,
    "email": 254,
}
LENGTH = 160  # of every other field
LINES = {"note", "reason", "message", "words", "evidence", "remark"}  # fields that may hold more than one line
TURNING = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"  # bidirectional embeddings, overrides, isolates


class Fields:
    """Reads the fields of one form; collects every refusal instead of stopping at the first."""

    def __init__(self, fields: Mapping[str, str]) -> None:
        self.fields = fields
        self.refused: list[Refusal] = []

    def text(self, field: str, *, required: bool = True) -> str:
        raw = self.fields.get(field, "").replace("\r\n", "\n").strip()
        text = raw if field in LINES else " ".join(raw.split())
        limit = LENGTHS.get(field, LENGTH)
        if required and not text:
            self.refuse(Reason.MISSING, field)
        elif len(text) > limit:
            self.refuse(Reason.TOO_LONG, field, length=len(text), limit=limit)
        elif any(unprintable(sign) and not (sign == "\n" and field in LINES) for sign in text):
            self.refuse(Reason.CONTROL_CHARACTERS, field)
        return text

    def date(self, field: str) -> date | None:
        if not self.text(field):
            return None
        try:
            return day(self.fields[field], field)
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


def unprintable(sign: str) -> bool:
    """Control and line-separating characters, and those that turn the direction of reading.

    They have no place in a name: they end a mail header, or show a reader something else than what is stored.
    """
    return unicodedata.category(sign) in ("Cc", "Cs", "Zl", "Zp") or sign in TURNING
