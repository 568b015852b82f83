"""Header fields that cannot be forged, return paths, and the bytes of a message.

The bytes are those of the standard library, in a third of the time.
"""

import re
import textwrap
from base64 import b64encode
from collections.abc import Sequence
from email.headerregistry import Address, HeaderRegistry
from email.message import EmailMessage, MIMEPart
from email.policy import EmailPolicy, Policy
from functools import lru_cache
from hashlib import sha256
from hmac import compare_digest
from hmac import digest as hmac
from typing import Any

from signoff.domain.mail import UnmailableError
from signoff.domain.text import parse_email

# Header fields: no second address and no second line, whatever a name contains.

PHRASE_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"  # RFC 5322 3.2.3
PHRASE_PATTERN = re.compile(rf"{PHRASE_ATOM}(?: {PHRASE_ATOM})*")
# What needs no closer look: most addresses, as they are stored.
PLAIN_ADDRESS = re.compile(
    rf"(?=.{{1,64}}@.{{1,63}}\Z){PHRASE_ATOM}(?:\.{PHRASE_ATOM})*"
    r"@(?:[a-z0-9]+(?:-[a-z0-9]+)*\.)+[a-z]+"
)
MAX_HEADER_LINE_LENGTH = 76  # columns, RFC 2047 section 2 for lines with encoded words
# One word each, or written by ``format_datetime``; some programs do not read a folded one.
UNFOLDED_HEADERS = ("Message-ID", "In-Reply-To", "References", "List-Id", "Date", "Return-Path")
UNPARSED_HEADERS = (*UNFOLDED_HEADERS, "Subject")
# Control, line-separating, surrogate and direction-changing characters: these show a name other
# than it is.
UNSAFE_CHARS = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\u202a-\u202e\u2066-\u2069]")


class HeaderField(str):
    """A header field of our own, which needs no parsing; ``addresses`` are its mailboxes, if it has
    any.
    """

    __slots__ = ("addresses", "name")
    name: str
    addresses: tuple[Address, ...]

    @classmethod
    def of(cls, name: str, value: str, *addresses: Address) -> "HeaderField":
        """The field ``name``. Raises ``ValueError`` where ``value`` has more than one line."""
        if len(value.splitlines()) > 1:
            raise ValueError(f"a header field of several lines: {name}")
        field = cls(value)
        field.name, field.addresses = name, addresses
        return field


class MessagePolicy(EmailPolicy):
    """The SMTP policy, except that it encodes the names in address fields itself.

    Python 3.11 drops the quotes around a long display name when it folds it: a comma in a member's
    name then separates two recipients. Parsing and folding took most of the time of a mail. Most
    fields are those of the mail before and are cached; the others are not parsed.
    """

    def header_store_parse(self, name: str, value: object) -> tuple[str, Any]:
        """The field as the message stores it."""
        if isinstance(value, Address):
            return name, HeaderField.of(name, str(value), value)
        if isinstance(value, str) and (name in UNPARSED_HEADERS or value.startswith("multipart/")):
            return name, HeaderField.of(name, value)
        if type(value) is str:
            return parse_header(name, value)
        return super().header_store_parse(name, value)

    def header_max_count(self, name: str) -> int | None:
        """How often the field may occur in a message."""
        return get_max_count(name)

    def fold(self, name: str, value: object) -> str:
        """One header field with its line ends."""
        return fold_field(name, value)

    def fold_binary(self, name: str, value: object) -> bytes:
        """The same as bytes; every field is ASCII."""
        return self.fold(name, value).encode("ascii")


MESSAGE_POLICY = MessagePolicy(linesep="\r\n", max_line_length=MAX_HEADER_LINE_LENGTH)
LIBRARY_POLICY = EmailPolicy(
    linesep="\r\n", max_line_length=MAX_HEADER_LINE_LENGTH, header_factory=HeaderRegistry()
)


@lru_cache(64)
def get_max_count(name: str) -> int | None:
    return LIBRARY_POLICY.header_max_count(name)


@lru_cache(512)
def parse_header(name: str, value: str) -> tuple[str, object]:
    """A field as the library parses it."""
    return LIBRARY_POLICY.header_store_parse(name, value)


@lru_cache(512)
def refold_header(name: str, value: str) -> str:
    """A field as the library folds it."""
    return str(LIBRARY_POLICY.fold(name, parse_header(name, value)[1]))  # type: ignore[arg-type]


@lru_cache(512)
def fold_field(name: str, value: object) -> str:
    """One header field with its line ends."""
    if name == "Subject":
        return f"Subject: {format_subject(str(value))}\r\n"
    if name in UNFOLDED_HEADERS or (isinstance(value, HeaderField) and not value.addresses):
        return f"{name}: {value}\r\n"
    addresses = getattr(value, "addresses", None)
    if addresses is None:
        return refold_header(name, str(value))
    return f"{name}: {', '.join(format_address(address, name) for address in addresses)}\r\n"


def format_address(address: Address, header: str) -> str:
    """One address of the field ``header``, folded."""
    name = address.display_name
    return (
        f"{format_display_name(name, header)}\r\n <{address.addr_spec}>"
        if name
        else f"<{address.addr_spec}>"
    )


@lru_cache(512)
def format_display_name(name: str, header: str) -> str:
    """A display name in the field ``header``, folded."""
    if not name.isascii():
        return encode_words(name, len(header) + 2)
    if PHRASE_PATTERN.fullmatch(name):
        return fold_phrase(name)
    return fold_phrase('"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"')


def encode_words(text: str, used: int) -> str:
    """``text`` in encoded words (RFC 2047), one a line.

    ``used`` columns of the first line are in use. No character is divided between two words.
    """
    words, word, room = [], b"", (MAX_HEADER_LINE_LENGTH - used - 12) * 3 // 4
    for char in text:
        piece = char.encode()
        if len(word) + len(piece) > room:
            words.append(word)
            word, room = b"", (MAX_HEADER_LINE_LENGTH - 13) * 3 // 4
        word += piece
    return "\r\n ".join(f"=?utf-8?b?{b64encode(encoded).decode()}?=" for encoded in (*words, word))


def format_subject(text: str) -> str:
    """A subject, folded; as encoded words where it is not ASCII or would be read as one."""
    plain = (
        text.isascii()
        and "=?" not in text
        and all(len(word) < MAX_HEADER_LINE_LENGTH - 12 for word in text.split())
    )
    return fold_phrase(text) if plain else encode_words(text, len("Subject: "))


def fold_phrase(phrase: str) -> str:
    return "\r\n ".join(
        textwrap.wrap(
            phrase, MAX_HEADER_LINE_LENGTH - 12, break_long_words=False, break_on_hyphens=False
        )
    )


@lru_cache(512)
def build_address(name: str, email: str) -> Address:
    """One mailbox.

    Raises ``UnmailableError`` unless ``email`` is exactly one address and ``name`` forges no field.
    """
    address = email if PLAIN_ADDRESS.fullmatch(email) else parse_email(email)
    if address is None:
        raise UnmailableError(f"not a mail address: {email!r}")
    local, _, domain = address.rpartition("@")
    return Address(clean_header_text(name), local, domain)


@lru_cache(512)
def clean_header_text(text: str) -> str:
    """``text`` for a header field, with single spaces.

    Raises ``UnmailableError`` where it would end the field.
    """
    if (
        UNSAFE_CHARS.search(text) or "=?" in text
    ):  # the library would decode "=?…?=" as an encoded word
        raise UnmailableError(f"not allowed in a mail header: {text[:80]!r}")
    return " ".join(text.split())


# Return paths (VERP): each mail has its own, so that a bounce names the mail it is about.

BOUNCE_PATH_SALT = b"signoff.return-path"
BOUNCE_SIGNATURE_LENGTH = 20  # hexadecimal digits: 80 bits


class BouncePath:
    """Return paths ``bounces+<row>-<signature>@domain``, signed with the newest of ``keys``.

    All keys verify. The signature keeps others from declaring a mail undelivered. It gives access
    to nothing.
    """

    def __init__(self, address: str, keys: Sequence[bytes]) -> None:
        self._local, _, self._domain = address.partition("@")
        self._keys = tuple(keys)
        domain = re.escape(self._domain)
        self._pattern = re.compile(
            rf"{re.escape(self._local)}\+(\d{{1,18}})-([0-9a-f]{{{BOUNCE_SIGNATURE_LENGTH}}})@{domain}",
            re.I,
        )

    def build_address(self, notice_id: int) -> str:
        """The return path of this outbox row."""
        return (
            f"{self._local}+{notice_id}-{sign_bounce_path(self._keys[0], notice_id)}@{self._domain}"
        )

    def parse_outbox_id(self, text: str) -> int | None:
        """The outbox row of the first genuine return path in ``text``; servers may have changed its
        case.
        """
        for number, signature in self._pattern.findall(text):
            if any(
                compare_digest(sign_bounce_path(key, int(number)), signature.lower())
                for key in self._keys
            ):
                return int(number)
        return None


def sign_bounce_path(key: bytes, notice_id: int) -> str:
    return hmac(key, BOUNCE_PATH_SALT + str(notice_id).encode(), sha256).hex()[
        :BOUNCE_SIGNATURE_LENGTH
    ]


# A message of rendered parts, and its bytes.


class ComposedMail(EmailMessage):
    """A message whose ``text`` and ``html`` were rendered by us; the library encodes neither."""

    text = html = ""

    def __init__(self, policy: Policy = MESSAGE_POLICY) -> None:
        super().__init__(policy)

    def add_words(self, text: str, html: str, encoded_html: str, boundary: str) -> None:
        """Add both parts, ``encoded_html`` in quoted-printable."""
        self.text, self.html = text, html
        self["MIME-Version"] = "1.0"
        self["Content-Type"] = f'multipart/alternative; boundary="{boundary}"'
        self.set_payload(
            [
                build_part("plain", "8bit", text.encode().decode("ascii", "surrogateescape")),
                build_part("html", "quoted-printable", encoded_html),
            ]
        )


def build_part(subtype: str, encoding: str, payload: str) -> EmailMessage:
    part = EmailMessage(MESSAGE_POLICY)
    part["Content-Type"] = f'text/{subtype}; charset="utf-8"'
    part["Content-Transfer-Encoding"] = encoding
    if subtype == "html":
        part["MIME-Version"] = "1.0"
    part.set_payload(payload)
    return part


def serialize_message(message: EmailMessage | MIMEPart) -> bytes:
    """What ``message.as_bytes()`` returns, for a message of ``compose``, with or without parts."""
    return serialize_headers(message) + b"\r\n" + serialize_body(message)


def serialize_headers(message: EmailMessage | MIMEPart) -> bytes:
    """All header fields with their line ends."""
    fold = message.policy.fold_binary
    return b"".join([fold(name, value) for name, value in message.raw_items()])


def serialize_body(message: EmailMessage | MIMEPart) -> bytes:
    """What follows the empty line."""
    payload = message.get_payload()
    if isinstance(payload, str):
        return b"\r\n".join(payload.encode("utf-8").splitlines()) + b"\r\n"
    boundary = b"--" + str(message["Content-Type"]).split('"')[1].encode("ascii")
    parts = [boundary + b"\r\n" + serialize_message(part) for part in message.iter_parts()]
    return b"\r\n".join(parts) + b"\r\n" + boundary + b"--\r\n"
