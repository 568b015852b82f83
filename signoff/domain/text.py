"""The states of Germany: the codes of ISO 3166-2:DE by their names."""

import json
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable
from functools import lru_cache
from hashlib import sha256

# One mail address: what may be written to. RFC 5321 without comments, quotes and literal hosts.

ADDRESS_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
LOCAL_PART_PATTERN = re.compile(rf"{ADDRESS_ATOM}(?:\.{ADDRESS_ATOM})*")
DOMAIN_PATTERN = re.compile(
    r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9-]{2,63}", re.IGNORECASE
)
MAX_LOCAL_PART_LENGTH, MAX_EMAIL_LENGTH = 64, 254  # characters, RFC 5321 4.5.3.1


def is_email_address(text: str) -> bool:
    """Whether ``text`` is exactly one address; its host may hold umlauts (IDNA)."""
    local, _, host = text.rpartition("@")
    try:
        host = host.encode("idna").decode("ascii")
    except UnicodeError:
        return False
    fits = len(local) <= MAX_LOCAL_PART_LENGTH and len(text) <= MAX_EMAIL_LENGTH
    return bool(fits and LOCAL_PART_PATTERN.fullmatch(local) and DOMAIN_PATTERN.fullmatch(host))


def is_same_address(one: str, other: str) -> bool:
    """Whether two addresses reach the same mailbox as far as anybody can tell: case never matters in practice."""
    return one.strip().casefold() == other.strip().casefold()


def get_base_domain(email: str) -> str:
    """The domain an address belongs to, by its last two labels: ``rathaus.ulm.example`` and ``ulm.example`` are one."""
    return ".".join(email.rpartition("@")[2].casefold().rstrip(".").split(".")[-2:])


def list_odd_addresses(emails: Iterable[str]) -> frozenset[str]:
    """The addresses of one member whose domain does not fit the others: a slip, or somebody else's mailbox.

    What most of them share fits; where no domain leads, none does. A single address has nothing to be compared with.
    """
    given = [email for email in emails if email]
    counted = Counter(map(get_base_domain, given)).most_common(2)
    if len(counted) < 2:
        return frozenset()
    (leading, first), (_, second) = counted
    return frozenset(
        email for email in given if first == second or get_base_domain(email) != leading
    )


# One spelling for each value: what digests are computed over.


def canonical_json(value: object) -> bytes:
    """``value`` as UTF-8 JSON with sorted keys and no white space.

    It is RFC 8785 for what Signoff puts into it: strings, integers, booleans, null, lists and objects (no floats).
    """
    return json.dumps(
        value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False
    ).encode()


def canonical_digest(value: object) -> str:
    """SHA-256 of the canonical JSON of ``value``, as 64 hexadecimal digits."""
    return sha256(canonical_json(value)).hexdigest()


# The order German readers expect: DIN 5007-1, umlauts as their base letters, ß as ss.

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


@lru_cache(maxsize=1 << 15)  # every page that lists members sorts the same names again
def sort_key(text: str) -> tuple[str, str]:
    """The key by which names are sorted; equal base letters fall back to the spelling itself."""
    folded = unicodedata.normalize("NFKD", text.casefold()).translate(BASE_LETTERS)
    letters = "".join(sign for sign in folded if not unicodedata.combining(sign))
    return " ".join("".join(sign if sign.isalnum() else " " for sign in letters).split()), text


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


def find_state_code(name: str) -> str:
    """The code of the German state called ``name``, ``BY`` for Bayern; a code is taken too. Else empty."""
    short = name.strip().upper().removeprefix("DE-")
    found = GERMAN_STATES.get(name.strip().casefold(), short)
    return found if found in GERMAN_STATES.values() else ""
