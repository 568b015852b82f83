"""The text of a reply without the mail that it quotes, and its attachments."""

import re
from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_bytes
from email.header import decode_header, make_header
from email.message import Message
from email.utils import parseaddr, parsedate_to_datetime
from html import unescape
from itertools import takewhile

from signoff.domain.replies import MAX_ATTACHMENTS, Attachment, IncomingReply

MAX_PART_SIZE = 200_000  # bytes of a text part that are looked at
MAX_ATTRIBUTION = 500  # characters
MAX_TEXT = 20_000  # characters of a reply that are shown


def parse_reply(message: Message, *, is_whole: bool = True) -> IncomingReply:
    """What somebody wrote in answer to a mail of ours.

    Of a mail that is not whole, because it is too large, no attachment is offered.
    """
    text, attachments = extract_text(message), [found for found, _ in list_attachments(message)]
    name, address = parseaddr(decode_header_text(str(message.get("From", ""))))
    return IncomingReply(
        sender=clean(address.lower(), 254),
        sender_name=clean(name, 200),
        subject=clean(decode_header_text(str(message.get("Subject", ""))), 300),
        text=remove_quotes(text)[:MAX_TEXT],
        whole_text=text[:MAX_TEXT],
        attachments=tuple(found if is_whole else replace(found, type="") for found in attachments),
        received_at=find_received_at(message),
    )


def find_received_at(message: Message) -> datetime | None:
    """When the last server took the mail; ``None`` if it does not say so."""
    try:
        moment = parsedate_to_datetime(str(message.get("Received", "")).rpartition(";")[2].strip())
    except (TypeError, ValueError):
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def clean(text: str, most: int) -> str:
    """``text`` on one line, without invisible characters."""
    printable = "".join(char if char.isprintable() else " " for char in text)
    return " ".join(printable.split())[:most]


def decode_header_text(text: str) -> str:
    """``text`` with its encoded words decoded; unchanged where that fails."""
    try:
        decoded = str(make_header(decode_header(text)))
    except (UnicodeError, LookupError, ValueError):
        decoded = text
    return decoded.encode("utf-8", "replace").decode()


def decode_payload(part: Message) -> str:
    """The text of a part, whatever its character set says."""
    payload = part.get_payload(decode=True)
    content = payload[:MAX_PART_SIZE] if isinstance(payload, bytes) else b""
    for charset in (part.get_content_charset(), "utf-8"):
        try:
            text = content.decode(charset or "utf-8")
            break
        except (LookupError, UnicodeError):
            text = content.decode("cp1252", "replace")
    return "".join(char for char in text.replace("\r\n", "\n").replace("\r", "\n") if is_kept(char))


def is_kept(char: str) -> bool:
    """Whether it is a visible character, a space, a tab or the end of a line."""
    return char in "\n\t\xa0" or char.isprintable()


def extract_text(message: Message) -> str:
    """The plain text of a mail, or that of its HTML part."""
    parts = [part for part in message.walk() if not is_attached(part)]
    for subtype, convert in (("plain", str), ("html", html_to_text)):
        texts = [
            convert(decode_payload(part))
            for part in parts
            if part.get_content_type() == f"text/{subtype}"
        ]
        if joined := "\n".join(filter(str.strip, texts)).strip():
            return joined
    return ""


def is_attached(part: Message) -> bool:
    return part.get_content_disposition() == "attachment" or bool(part.get_filename())


# HTML as text: quoted parts keep a mark, so that they can be removed like those of a plain text.

HTML_DROPPED = re.compile(
    r"<(script|style|head|title)\b.*?(</\1\s*>|\Z)|<!--.*?(-->|\Z)", re.I | re.S
)
HTML_RULE = re.compile(r"<hr\b[^<>]*>|<div[^<>]*border-top:\s*solid[^<>]*>", re.I)
HTML_BREAK = re.compile(r"<(br|/p|/div|/tr|/li|/h\d|p|div|blockquote|/blockquote)\b[^<>]*>", re.I)
HTML_TAG = re.compile(r"<[^<>]*>")
HTML_QUOTE = re.compile(r"<(/?)blockquote\b[^<>]*>", re.I)


def html_to_text(html: str) -> str:
    """The text of an HTML part; quoted blocks begin each line with ``>``."""
    html = HTML_DROPPED.sub("", html)
    lines: list[str] = []
    depth, position = 0, 0
    for tag in [*HTML_QUOTE.finditer(html), None]:
        piece = html[position : tag.start() if tag else len(html)]
        text = HTML_BREAK.sub("\n", " ".join(HTML_RULE.sub("<br>____<br>", piece).split()))
        written = unescape(HTML_TAG.sub("", text)).replace("\xa0", " ").splitlines()
        lines += ["> " * depth + line.strip() for line in written]
        if tag:
            depth = max(0, depth - 1) if tag[1] else min(9, depth + 1)
            position = tag.end()
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


# The quoted mail: what follows a heading of the layouts below is dropped, and so are lines that
# begin with ``>``. If nothing is left, the whole text is the reply.

# A time or an address belongs to it, so that "Am 18. März schrieb der Rat:" is none.
ATTRIBUTION = re.compile(
    r"(?=.*(?:\d[:.]\d\d|@))(?:(?:Am|On|Le)\b.{4,250}|\d{1,4}[-./].{4,200}|[^.!?]{1,120}@.{1,100})"
    r"\b(?:schrieb|wrote|a écrit)\b.{0,200}:\s*$"
    r"|(?:Zitat von|Quoting) .{1,200}:\s*$|Gesendet: .{1,80} um .{1,80} Uhr\s*$"
)
SEPARATOR = re.compile(
    r"[-_ ]{2,40}(?:Urspr(?:ü|ue)ngliche (?:Nachricht|E-?Mail)|Original[- ]?(?:Nachricht|Message)"
    r"|Weitergeleitete (?:Nachricht|E-Mail)|Forwarded message|Nachricht|Original-Mail)[-_ ]{2,40}$"
    r"|>>> .{1,200} >>>\s*$|Anfang der weitergeleiteten (?:Nachricht|E-Mail):\s*$|Begin forwarded message:\s*$",
    re.I,
)
FIELD = re.compile(
    r"\W{0,3}(Von|From|Gesendet|Sent|Datum|Date|An|To|Betreff|Subject|Cc|Antwort an|Reply-To)\s*:\W",
    re.I,
)
FIRST_FIELD = re.compile(r"\W{0,3}(?:Von|From|Gesendet|Sent|Datum|Date)\s*:\W", re.I)
SIGNATURE = re.compile(
    r"-- ?$|Von meinem .{1,40} gesendet\.?$|Gesendet (?:von|mit|aus) .{1,60}$|Sent from .{1,60}$"
    r"|Holen Sie sich Outlook .{1,40}$|Get Outlook for .{1,40}$|Diese Nachricht wurde von .{1,40} gesendet\.?$",
    re.I,
)


def remove_quotes(text: str) -> str:
    """``text`` without quoted mail and signature; all of it if nothing would be left."""
    lines = text.replace("\xa0", " ").split("\n")
    kept: list[str] = []
    position = 0
    while position < len(lines):
        line = lines[position].strip()
        length = get_attribution_length(lines, position)
        if length:
            # A reply below the quoted text goes on after it.
            position += length
            if not is_quote_next(lines, position):
                break
            continue
        if SEPARATOR.match(line) or is_header_block(lines, position):
            break
        if line.startswith(">"):
            position += 1
            continue
        kept.append(lines[position].rstrip())
        position += 1
    written = cut_signature(kept)
    return written or text.strip()


def get_attribution_length(lines: list[str], position: int) -> int:
    """How many lines from ``position`` introduce a quoted mail; 0 if none do."""
    block = list(takewhile(str.strip, lines[position : position + 3]))
    for length in range(1, len(block) + 1):
        joined = " ".join(line.strip() for line in block[:length])[:MAX_ATTRIBUTION]
        if ATTRIBUTION.match(joined):
            return length
    return 0


def is_quote_next(lines: list[str], position: int) -> bool:
    following = next((line.strip() for line in lines[position:] if line.strip()), "")
    return following.startswith(">")


def is_header_block(lines: list[str], position: int) -> bool:
    """Whether the header of a mail begins here, as Outlook writes it."""
    if not FIRST_FIELD.match(lines[position]):
        return False
    block = takewhile(str.strip, lines[position : position + 6])
    return len({match[1].lower() for line in block if (match := FIELD.match(line))}) >= 3


def cut_signature(lines: list[str]) -> str:
    """The lines before a signature; a rule before the quoted mail is dropped."""
    for position, line in enumerate(lines):
        if position and SIGNATURE.match(line.strip()):
            rest = [each for each in lines[position + 1 :] if each.strip()]
            if line.strip() in ("--", "-- ") or len(rest) <= 1:
                lines = lines[:position]
                break
    while lines and not lines[-1].strip(" _-\t"):
        lines.pop()
    return "\n".join(lines).strip()


# Attachments are known by their content. Others than these are named and not offered.


def read_attachments(content: bytes) -> list[tuple[Attachment, bytes]]:
    """The files of a stored mail, in the order of ``IncomingReply.attachments``."""
    return list_attachments(message_from_bytes(content))


def list_attachments(message: Message) -> list[tuple[Attachment, bytes]]:
    """The files of a mail, each with its content."""
    files = [part for part in message.walk() if is_attached(part) and not part.is_multipart()]
    found: list[tuple[Attachment, bytes]] = []
    for part in files[:MAX_ATTACHMENTS]:
        payload = part.get_payload(decode=True)
        content = payload if isinstance(payload, bytes) else b""
        name = clean(decode_header_text(part.get_filename() or ""), 120) or "…"
        found.append((Attachment(name, detect_type(name, content), len(content)), content))
    return found


def detect_type(name: str, content: bytes) -> str:
    """``pdf``, ``png``, ``jpg``, ``docx`` or ``txt``; empty for anything else."""
    if content.startswith(b"%PDF-"):
        return "pdf"
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return "png"
    if content.startswith(b"\xff\xd8\xff"):
        return "jpg"
    if content.startswith(b"PK\x03\x04") and name.lower().endswith(".docx"):
        return "docx"
    is_text = name.lower().endswith(".txt") and b"\x00" not in content
    return "txt" if is_text else ""
