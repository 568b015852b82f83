"""Header fields that hold what they were given: no second address, no second line, whatever a name contains."""

import re
import textwrap
import unicodedata
from email.header import Header
from email.headerregistry import Address
from email.policy import EmailPolicy

from signoff.domain.address import ATOM, is_one_address
from signoff.domain.delivery import Unmailable

PHRASE = re.compile(rf"{ATOM}(?: {ATOM})*")
LINE = 76  # columns, RFC 2047 section 2 for lines with encoded words
UNFOLDED = ("Message-ID", "List-Id")  # one word each; some programs do not look for it on the next line
DIRECTIONS = set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")  # show a name other than it is


class Letterhead(EmailPolicy):
    """The SMTP policy, with names in address fields encoded by us.

    Python 3.11 drops the quotes around a long display name when it folds it: a comma in a member's name then
    separates two recipients.
    """

    def fold(self, name: str, value: object) -> str:
        """One header field with its line ends."""
        if name in UNFOLDED:
            return f"{name}: {value}\r\n"
        addresses = getattr(value, "addresses", None)
        if addresses is None:
            return str(super().fold(name, value))  # type: ignore[arg-type]
        return f"{name}: {', '.join(spelt(each, name) for each in addresses)}\r\n"

    def fold_binary(self, name: str, value: object) -> bytes:
        """The same as bytes; every field is ASCII."""
        return self.fold(name, value).encode("ascii")


POLICY = Letterhead(linesep="\r\n", max_line_length=LINE)


def spelt(address: Address, header: str) -> str:
    """One address as it stands in the field ``header``, folded."""
    name = address.display_name
    if not name:
        return f"<{address.addr_spec}>"
    if not name.isascii():
        phrase = Header(name, "utf-8", maxlinelen=LINE, header_name=header).encode(linesep="\r\n")
    elif PHRASE.fullmatch(name):
        phrase = folded(name)
    else:
        phrase = folded('"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"')
    return f"{phrase}\r\n <{address.addr_spec}>"


def folded(phrase: str) -> str:
    return "\r\n ".join(textwrap.wrap(phrase, LINE - 12, break_long_words=False, break_on_hyphens=False))


def mailbox(name: str, email: str) -> Address:
    """One mailbox. Raises ``Unmailable`` where ``email`` is not exactly one address or ``name`` would forge a field."""
    if not is_one_address(email):
        raise Unmailable(f"not a mail address: {email!r}")
    local, _, domain = email.rpartition("@")
    return Address(one_line(name), local, domain.encode("idna").decode("ascii"))


def one_line(text: str) -> str:
    """``text`` for a header field, with plain single spaces. Raises ``Unmailable`` where it would end the field."""
    if any(forging(sign) for sign in text) or "=?" in text:  # the library would decode "=?…?=" as an encoded word
        raise Unmailable(f"cannot stand in a mail header: {text[:80]!r}")
    return " ".join(text.split())


def forging(sign: str) -> bool:
    """Control, line-separating, surrogate and direction-changing characters."""
    return unicodedata.category(sign) in ("Cc", "Cs", "Zl", "Zp") or sign in DIRECTIONS
