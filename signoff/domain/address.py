"""One mail address: what may be written to. RFC 5321 without comments, quotes and literal hosts."""

import re

ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
LOCAL = re.compile(rf"{ATOM}(?:\.{ATOM})*")
DOMAIN = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9-]{2,63}", re.IGNORECASE)
LONGEST_LOCAL, LONGEST = 64, 254  # characters, RFC 5321 4.5.3.1


def is_one_address(text: str) -> bool:
    """Whether ``text`` is exactly one address; its host may hold umlauts (IDNA)."""
    local, _, host = text.rpartition("@")
    try:
        host = host.encode("idna").decode("ascii")
    except UnicodeError:
        return False
    fits = len(local) <= LONGEST_LOCAL and len(text) <= LONGEST
    return bool(fits and LOCAL.fullmatch(local) and DOMAIN.fullmatch(host))


def same_address(one: str, other: str) -> bool:
    """Whether two addresses reach the same mailbox as far as anybody can tell: case never matters in practice."""
    return one.strip().casefold() == other.strip().casefold()
