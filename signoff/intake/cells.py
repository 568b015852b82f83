"""What a cell of a member list may contain."""

import re
import unicodedata
from functools import lru_cache

from email_validator import EmailNotValidError, validate_email

from signoff.intake.problem import FileReason

LENGTH = 200
FORMULA = ("=", "+", "-", "@", "\t", "\r")
INVISIBLE = {"Cc", "Cs", "Co", "Zl", "Zp"}
BIDI = frozenset("\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
COUNTRY = re.compile(r"[A-Za-z]{2}")
LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8})*")


def wrong(cell: str) -> FileReason | None:
    """Why ``cell`` cannot be taken whatever its column, if so."""
    if cell.startswith(FORMULA) or cell.lstrip().startswith(FORMULA):
        return FileReason.FORMULA
    if any(unicodedata.category(sign) in INVISIBLE or sign in BIDI for sign in cell):
        return FileReason.CONTROL_CHARACTERS
    if len(cell) > LENGTH:
        return FileReason.TOO_LONG
    return None


def tidy(cell: str) -> str:
    """``cell`` in NFC with single spaces."""
    return " ".join(unicodedata.normalize("NFC", cell).split())


@lru_cache(maxsize=64)  # asked twice for each cell, once to check and once to take
def address(cell: str) -> str | None:
    """The mail address with its domain in lower case (and ASCII, as mail servers speak it), or None where it is none.

    Only the form is checked: whether mail arrives is seen when it is sent.
    """
    try:
        return validate_email(cell, check_deliverability=False, allow_smtputf8=False).ascii_email
    except EmailNotValidError:
        return None


def tags(cell: str) -> tuple[str, ...]:
    """The tags of a cell, separated by commas, bars or semicolons, each once."""
    return tuple(dict.fromkeys(tag for part in re.split(r"[,|;]", cell) if (tag := part.strip())))
