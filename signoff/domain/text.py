"""Text helpers: mail addresses, canonical JSON, cells of tables, sort keys and German states."""

import json
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import fields, is_dataclass
from datetime import date
from functools import lru_cache
from hashlib import sha256
from itertools import filterfalse
from typing import Any
from unicodedata import combining, normalize

# Mail addresses: RFC 5321 without comments, quoted strings and address literals.


@lru_cache(maxsize=512)  # an import reads each cell twice, a delivery composes many mails
def parse_email(text: str) -> str | None:
    """The mail address with its domain in lower-case ASCII; ``None`` if it is invalid.

    Domains follow IDNA 2008, where ß is a letter of its own and not ss (RFC 5891). Only the syntax
    is checked, not whether mail can be delivered. Characters beyond ASCII before the @ are refused.
    """
    if not text:
        return None
    # Its patterns take longer to compile than all else that this layer imports.
    from email_validator import EmailNotValidError, validate_email

    try:
        return validate_email(
            text, check_deliverability=False, allow_smtputf8=False, strict=True
        ).ascii_email
    except EmailNotValidError:
        return None


# Domains with letters beyond ASCII, as they are stored and mailed.
ASCII_DOMAIN = re.compile(r"(?<=@)[\w.-]*xn--[\w.-]*\w", re.ASCII | re.IGNORECASE)


def decode_domains(text: str) -> str:
    """``text`` with the domains of its mail addresses as people write them:
    ``rathaus@großmünster.example`` for ``rathaus@xn--gromnster-i1a43a.example``.

    ``parse_email`` gives back the stored form.
    """
    return ASCII_DOMAIN.sub(decode_domain, text)


def decode_domain(match: re.Match[str]) -> str:
    from email_validator import EmailNotValidError, validate_email

    try:
        return str(validate_email(f"a@{match[0]}", check_deliverability=False).domain)
    except EmailNotValidError:
        return match[0]


def mentions(text: str | None, email: str) -> bool:
    """Whether ``text`` contains this very address, not as part of a longer one."""
    if not text or email.lower() not in text.lower():
        return False
    pattern = rf"(?<![\w.+-]){re.escape(email)}(?![\w-]|\.\w)"
    return bool(re.search(pattern, text, re.ASCII | re.IGNORECASE))


def is_same_address(first: str, second: str) -> bool:
    """Whether two addresses are the same mailbox; case does not matter in practice."""
    return first.strip().casefold() == second.strip().casefold()


def get_base_domain(email: str) -> str:
    """The last two labels of the domain, as ``ulm.example`` of ``rathaus.ulm.example``."""
    return ".".join(email.rpartition("@")[2].casefold().rstrip(".").split(".")[-2:])


def list_odd_addresses(emails: Iterable[str]) -> frozenset[str]:
    """The addresses of a member that deviate from its most frequent domain, perhaps by mistake.

    Without a most frequent domain all of them are odd; with a single domain none is.
    """
    addresses = [email for email in emails if email]
    counted = Counter(map(get_base_domain, addresses)).most_common(2)
    if len(counted) < 2:
        return frozenset()
    (leading, first), (_, second) = counted
    return frozenset(
        email for email in addresses if first == second or get_base_domain(email) != leading
    )


# Canonical JSON, the input of digests.


def to_plain(value: Any) -> object:
    """A date or moment in ISO 8601; a dataclass as an object of its fields."""
    if is_dataclass(value):
        return {field.name: getattr(value, field.name) for field in fields(value)}
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} is no JSON")


CANONICAL = json.JSONEncoder(
    default=to_plain,
    ensure_ascii=False,
    sort_keys=True,
    separators=(",", ":"),
    allow_nan=False,
)


def canonical_json(value: object) -> bytes:
    """``value`` as UTF-8 JSON with sorted keys and no white space.

    It conforms to RFC 8785 for everything but floats, which Signoff does not use.
    """
    return CANONICAL.encode(value).encode()


def canonical_digest(value: object) -> str:
    """SHA-256 of the canonical JSON of ``value``, as 64 hexadecimal digits."""
    return sha256(canonical_json(value)).hexdigest()


# Cells of tables that a spreadsheet would take for a formula (OWASP: CSV injection).

FORMULA_PREFIXES = ("=", "+", "-", "@", "\t", "\r")


def escape_formula(cell: str) -> str:
    """Prefix a formula with an apostrophe, so that it is treated as text.

    A formula behind apostrophes gets one more, and a name such as ’s-Hertogenbosch stays as it is,
    so that ``unescape_formula`` gives back every cell.
    """
    return f"'{cell}" if is_formula(cell) else cell


def unescape_formula(cell: str) -> str:
    return cell[1:] if cell.startswith("'") and is_formula(cell) else cell


def is_formula(cell: str) -> bool:
    return cell.lstrip("'").startswith(FORMULA_PREFIXES)


# Searching and sorting by DIN 5007-1: umlauts as their base letters, ß as ss.

# Letters that Unicode does not decompose into a base letter and a mark.
BASE_LETTERS = str.maketrans(
    {
        "ł": "l",
        "ø": "o",
        "đ": "d",
        "ð": "d",
        "þ": "th",
        "æ": "ae",
        "œ": "oe",
        "ħ": "h",
        "ŧ": "t",
        "ı": "i",
    }
)
SEPARATORS = re.compile(r"[\W_]+")


def fold(text: str) -> str:
    """The words of ``text`` in lower case, with base letters only, as a search compares them."""
    letters = text.casefold()
    if not letters.isascii():
        letters = "".join(filterfalse(combining, normalize("NFKD", letters)))
        letters = letters.translate(BASE_LETTERS)
    return SEPARATORS.sub(" ", letters).strip()


def sort_key(text: str) -> str:
    """The sort key of a name; ties are broken by its spelling.

    One string, because Python sorts strings twice as fast as tuples. NUL is below every letter.
    """
    return f"{fold(text)}\0{text}"


# Codes of ISO 3166-2:DE.
GERMAN_STATES = {
    "baden-württemberg": "BW",
    "bayern": "BY",
    "berlin": "BE",
    "brandenburg": "BB",
    "bremen": "HB",
    "hamburg": "HH",
    "hessen": "HE",
    "mecklenburg-vorpommern": "MV",
    "niedersachsen": "NI",
    "nordrhein-westfalen": "NW",
    "rheinland-pfalz": "RP",
    "saarland": "SL",
    "sachsen": "SN",
    "sachsen-anhalt": "ST",
    "schleswig-holstein": "SH",
    "thüringen": "TH",
}


# Other spellings, as ``fold`` writes them.
STATE_SPELLINGS = {
    "badenwurttemberg": "baden-württemberg",
    "ba wu": "baden-württemberg",
    "bawu": "baden-württemberg",
    "bavaria": "bayern",
    "brbg": "brandenburg",
    "hesse": "hessen",
    "meck pomm": "mecklenburg-vorpommern",
    "mecklenburg western pomerania": "mecklenburg-vorpommern",
    "mvp": "mecklenburg-vorpommern",
    "nds": "niedersachsen",
    "lower saxony": "niedersachsen",
    "nrw": "nordrhein-westfalen",
    "north rhine westphalia": "nordrhein-westfalen",
    "rlp": "rheinland-pfalz",
    "rhineland palatinate": "rheinland-pfalz",
    "saar": "saarland",
    "lsa": "sachsen-anhalt",
    "saxony": "sachsen",
    "saxony anhalt": "sachsen-anhalt",
    "thuringia": "thüringen",
}
STATES_BY_SPELLING = {
    **{fold(name): name for name in GERMAN_STATES},
    **{code.lower(): name for name, code in GERMAN_STATES.items()},
    **STATE_SPELLINGS,
}
STATE_PREFIX = re.compile(
    r"^(?:de|freistaat|land|bundesland|(?:freie )?(?:und )?hansestadt|state of) "
)


def find_state(text: str) -> str:
    """The German state that ``text`` means: Nordrhein-Westfalen for "NRW"; else empty."""
    spelling = STATE_PREFIX.sub("", fold(text).replace("ue", "u"))
    return STATES_BY_SPELLING.get(spelling, "").title()


def find_state_code(text: str) -> str:
    """The code of a German state, such as ``BY`` for Bayern; else empty."""
    return GERMAN_STATES.get(find_state(text).casefold(), "")
