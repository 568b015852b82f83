"""One mail address: what may be written to. RFC 5321 without comments, quotes and literal hosts."""

import re
from collections import Counter
from collections.abc import Iterable

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


def house(email: str) -> str:
    """The domain an address belongs to, by its last two labels: ``rathaus.ulm.example`` and ``ulm.example`` are one."""
    return ".".join(email.rpartition("@")[2].casefold().rstrip(".").split(".")[-2:])


def odd_ones(emails: Iterable[str]) -> frozenset[str]:
    """The addresses of one member whose domain does not fit the others: a slip, or somebody else's mailbox.

    What most of them share fits; where no domain leads, none does. A single address has nothing to be compared with.
    """
    given = [email for email in emails if email]
    counted = Counter(map(house, given)).most_common(2)
    if len(counted) < 2:
        return frozenset()
    (leading, first), (_, second) = counted
    return frozenset(email for email in given if first == second or house(email) != leading)
