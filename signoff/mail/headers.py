"""Header fields that hold what they were given: no second address, no second line, whatever a name contains."""

import re
import textwrap
import unicodedata
from base64 import b64encode
from email.headerregistry import Address, HeaderRegistry
from email.policy import EmailPolicy
from functools import lru_cache
from typing import Any

from signoff.domain.address import ATOM, is_one_address
from signoff.domain.delivery import Unmailable

PHRASE = re.compile(rf"{ATOM}(?: {ATOM})*")
LINE = 76  # columns, RFC 2047 section 2 for lines with encoded words
# One word each, or written by ``format_datetime``; some programs do not look for a word on the next line.
PLAIN = ("Message-ID", "List-Id", "Date", "Return-Path")
OURS = (*PLAIN, "Subject")
DIRECTIONS = set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")  # show a name other than it is


class Field(str):
    """A header field that was made by us and needs no parsing; ``addresses`` are its mailboxes, if it has any."""

    __slots__ = ("addresses", "name")
    name: str
    addresses: tuple[Address, ...]

    @classmethod
    def of(cls, name: str, value: str, *addresses: Address) -> "Field":
        """The field ``name``. Raises ``ValueError`` where ``value`` has more than one line."""
        if len(value.splitlines()) > 1:
            raise ValueError(f"a header field of several lines: {name}")
        made = cls(value)
        made.name, made.addresses = name, addresses
        return made


class Letterhead(EmailPolicy):
    """The SMTP policy, with names in address fields encoded by us.

    Python 3.11 drops the quotes around a long display name when it folds it: a comma in a member's name then
    separates two recipients. Parsing and folding took most of the time of a mail; most of its fields are those of the
    mail before, and the others are not parsed.
    """

    def header_store_parse(self, name: str, value: object) -> tuple[str, Any]:
        """The field as the message keeps it."""
        if isinstance(value, Address):
            return name, Field.of(name, str(value), value)
        if isinstance(value, str) and (name in OURS or value.startswith("multipart/")):
            return name, Field.of(name, value)
        if type(value) is str:
            return parsed(name, value)
        return super().header_store_parse(name, value)

    def header_max_count(self, name: str) -> int | None:
        """How often the field may stand in a message."""
        return most(name)

    def fold(self, name: str, value: object) -> str:
        """One header field with its line ends."""
        if name == "Subject":
            return f"Subject: {unstructured(str(value))}\r\n"
        if name in PLAIN or (isinstance(value, Field) and not value.addresses):
            return f"{name}: {value}\r\n"
        addresses = getattr(value, "addresses", None)
        if addresses is None:
            return refolded(name, str(value))
        return f"{name}: {', '.join(spelt(each, name) for each in addresses)}\r\n"

    def fold_binary(self, name: str, value: object) -> bytes:
        """The same as bytes; every field is ASCII."""
        return self.fold(name, value).encode("ascii")


POLICY = Letterhead(linesep="\r\n", max_line_length=LINE)
LIBRARY = EmailPolicy(linesep="\r\n", max_line_length=LINE, header_factory=HeaderRegistry())


@lru_cache(64)
def most(name: str) -> int | None:
    return LIBRARY.header_max_count(name)


@lru_cache(512)
def parsed(name: str, value: str) -> tuple[str, object]:
    """A field as the library reads it."""
    return LIBRARY.header_store_parse(name, value)


@lru_cache(512)
def refolded(name: str, value: str) -> str:
    """A field as the library folds it."""
    return str(LIBRARY.fold(name, parsed(name, value)[1]))  # type: ignore[arg-type]


def spelt(address: Address, header: str) -> str:
    """One address as it stands in the field ``header``, folded."""
    name = address.display_name
    return f"{phrase(name, header)}\r\n <{address.addr_spec}>" if name else f"<{address.addr_spec}>"


@lru_cache(512)
def phrase(name: str, header: str) -> str:
    """A display name as it stands in the field ``header``, folded."""
    if not name.isascii():
        return encoded(name, len(header) + 2)
    if PHRASE.fullmatch(name):
        return folded(name)
    return folded('"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"')


def encoded(text: str, taken: int) -> str:
    """``text`` in encoded words (RFC 2047), one a line; ``taken`` columns of the first line are in use. No character
    is divided between two words."""
    words, word, room = [], b"", (LINE - taken - 12) * 3 // 4
    for sign in text:
        piece = sign.encode()
        if len(word) + len(piece) > room:
            words.append(word)
            word, room = b"", (LINE - 13) * 3 // 4
        word += piece
    return "\r\n ".join(f"=?utf-8?b?{b64encode(each).decode()}?=" for each in (*words, word))


def unstructured(text: str) -> str:
    """A subject, folded; as encoded words where it is not ASCII or would be taken for one."""
    plain = text.isascii() and "=?" not in text and all(len(word) < LINE - 12 for word in text.split())
    return folded(text) if plain else encoded(text, len("Subject: "))


def folded(phrase: str) -> str:
    return "\r\n ".join(textwrap.wrap(phrase, LINE - 12, break_long_words=False, break_on_hyphens=False))


@lru_cache(512)
def mailbox(name: str, email: str) -> Address:
    """One mailbox. Raises ``Unmailable`` where ``email`` is not exactly one address or ``name`` would forge a field."""
    if not is_one_address(email):
        raise Unmailable(f"not a mail address: {email!r}")
    local, _, domain = email.rpartition("@")
    return Address(one_line(name), local, domain.encode("idna").decode("ascii"))


@lru_cache(512)
def one_line(text: str) -> str:
    """``text`` for a header field, with plain single spaces. Raises ``Unmailable`` where it would end the field."""
    if any(forging(sign) for sign in text) or "=?" in text:  # the library would decode "=?…?=" as an encoded word
        raise Unmailable(f"cannot stand in a mail header: {text[:80]!r}")
    return " ".join(text.split())


def forging(sign: str) -> bool:
    """Control, line-separating, surrogate and direction-changing characters."""
    return unicodedata.category(sign) in ("Cc", "Cs", "Zl", "Zp") or sign in DIRECTIONS
