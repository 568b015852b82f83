"""Reads the bounce mailbox and classifies each mail: bounce, delay notice, automatic reply or
unknown.
"""

import imaplib
import mailbox
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from email import message_from_bytes, policy
from email.header import decode_header, make_header
from email.message import Message
from email.utils import getaddresses
from pathlib import Path
from urllib.parse import unquote, urlsplit

from flufl.bounce import all_failures

from signoff.domain.mail import Bounce, BounceType, DeliveryError
from signoff.mail.message import BouncePath

RECIPIENT_HEADERS = ("Delivered-To", "X-Original-To", "Envelope-To", "X-Envelope-To", "To", "Cc")
AUTOREPLY_SUBJECTS = (
    "abwesen",
    "out of office",
    "out of the office",
    "automatische antwort",
    "automatic reply",
    "autoreply",
)
AUTOREPLY_PRECEDENCES = ("auto_reply", "auto-reply")


def classify_message(content: bytes, bounce_path: BouncePath) -> Bounce:
    """What ``content`` is, and about which mail.

    Mail to anything but a genuine return path is unknown.
    """
    message = message_from_bytes(content, policy=policy.compat32)
    notice_id = bounce_path.parse_outbox_id(
        " ".join(address for _, address in getaddresses(get_headers(message, *RECIPIENT_HEADERS)))
    )
    if notice_id is None:
        return Bounce(BounceType.UNKNOWN)
    delayed, lost = all_failures(message)
    if lost and not any(
        action.lower() == "delayed" for action in get_report_fields(message, "Action")
    ):
        return Bounce(BounceType.BOUNCE, notice_id, extract_diagnosis(message, "5."))
    if delayed or lost:
        return Bounce(BounceType.DELAY, notice_id, extract_diagnosis(message, "4."))
    if is_automatic(message):
        return Bounce(
            BounceType.AUTOREPLY,
            notice_id,
            to_single_line(" ".join(get_headers(message, "Subject"))),
        )
    return Bounce(BounceType.UNKNOWN, notice_id)


def is_automatic(message: Message) -> bool:
    """Whether a program wrote it: RFC 3834 section 5, and the signs of programs that do not follow
    it.
    """
    if any(
        value.strip().lower().startswith("auto-replied")
        for value in get_headers(message, "Auto-Submitted")
    ):
        return True
    if get_headers(message, "X-Autoreply", "X-Autorespond"):
        return True
    if any(
        value.strip().lower() in AUTOREPLY_PRECEDENCES
        for value in get_headers(message, "Precedence")
    ):
        return True
    subject = decode_header_text(" ".join(get_headers(message, "Subject"))).lower()
    return subject.startswith(AUTOREPLY_SUBJECTS)


def extract_diagnosis(message: Message, status: str) -> str:
    """The server's explanation: the diagnosis, else a status that begins with ``status``, else the
    subject.
    """
    diagnoses = [
        value.partition(";")[2].strip() or value
        for value in get_report_fields(message, "Diagnostic-Code")
    ]
    codes = [code for code in get_report_fields(message, "Status") if code.startswith(status)]
    return to_single_line(
        (diagnoses or codes or [decode_header_text(" ".join(get_headers(message, "Subject")))])[0]
    )


def get_report_fields(message: Message, name: str) -> list[str]:
    """This field, for each recipient in the delivery report (RFC 3464), unfolded."""
    reports = (
        part for part in message.walk() if part.get_content_type() == "message/delivery-status"
    )
    blocks = [block for part in reports for block in part.walk() if block is not part]
    return [to_single_line(value) for block in blocks for value in get_headers(block, name)]


def get_headers(message: Message, *names: str) -> list[str]:
    return [str(value) for name in names for value in message.get_all(name, [])]


def decode_header_text(text: str) -> str:
    """``text`` with its encoded words decoded; unchanged where that fails."""
    try:
        return str(make_header(decode_header(text)))
    except (UnicodeError, LookupError, ValueError):
        return text


def to_single_line(text: str) -> str:
    """``text`` on one line, without invisible characters, at most 500 characters."""
    return DeliveryError(text).diagnostic


# The bounce mailbox: IMAP or a Maildir. The caller marks a mail as read once it is processed.

IMAP_TIMEOUT = 30.0  # seconds, for each answer of the server
MAX_MESSAGE_SIZE = 10_000_000  # bytes; a larger mail is no report

UnreadMessage = tuple[bytes, Callable[[], None]]  # its content, and what marks it as read


class MailboxError(Exception):
    """The mailbox cannot be read: a message of the catalogues that says why, and its facts."""

    def __init__(self, message: str, **facts: object) -> None:
        super().__init__(message % facts)
        self.message, self.facts = message, facts


def iter_maildir(path: Path) -> Iterator[UnreadMessage]:
    """Every unread mail of a Maildir."""
    if not (path / "new").is_dir() or not (path / "cur").is_dir():
        raise MailboxError("%(path)s ist kein Maildir (darin fehlen „new“ und „cur“).", path=path)
    box = mailbox.Maildir(path, create=False)
    for key in sorted(box.keys()):
        if "S" not in box.get_message(key).get_flags():
            yield box.get_bytes(key), lambda key=key: mark_maildir_seen(box, key)  # type: ignore[misc]


def mark_maildir_seen(box: mailbox.Maildir, key: str) -> None:
    message = box.get_message(key)
    message.set_subdir("cur")
    message.add_flag("S")
    box[key] = message


def iter_imap(
    url: str, *, timeout: float = IMAP_TIMEOUT, context: ssl.SSLContext | None = None
) -> Iterator[UnreadMessage]:
    """Every unread mail of ``imaps://user:password@host[:port]/folder``, or ``imap://`` on this
    machine.
    """
    with open_imap(url, timeout=timeout, context=context) as server:
        yield from iter_unread(server)


@contextmanager
def open_imap(
    url: str, *, timeout: float = IMAP_TIMEOUT, context: ssl.SSLContext | None = None
) -> Iterator[imaplib.IMAP4]:
    """The mailbox, logged in to, with its folder selected. Raises ``MailboxError``."""
    parts = urlsplit(url)
    try:
        server = connect_imap(parts.scheme, parts.hostname or "", parts.port, timeout, context)
        with server:
            server.login(unquote(parts.username or ""), unquote(parts.password or ""))
            folder = unquote(parts.path.strip("/")) or "INBOX"
            answer, reply = server.select(f'"{folder}"')
            if answer != "OK":
                raise MailboxError(
                    "Den Ordner „%(folder)s“ gibt es im Postfach nicht: %(reply)s",
                    folder=folder,
                    reply=reply,
                )
            yield server
    except (imaplib.IMAP4.error, OSError) as error:
        raise MailboxError(
            "Das Postfach auf %(hostname)s ist nicht lesbar: %(problem)s",
            hostname=parts.hostname,
            problem=error,
        ) from error


def connect_imap(
    scheme: str, host: str, port: int | None, timeout: float, context: ssl.SSLContext | None
) -> imaplib.IMAP4:
    if scheme == "imaps" and host:
        return imaplib.IMAP4_SSL(
            host, port or 993, ssl_context=context or ssl.create_default_context(), timeout=timeout
        )
    if scheme == "imap" and host in ("localhost", "127.0.0.1"):
        return imaplib.IMAP4(host, port or 143, timeout=timeout)
    raise MailboxError(
        "SIGNOFF_IMAP_URL muss wie imaps://benutzer:passwort@host/ordner geschrieben sein."
    )


def iter_unread(server: imaplib.IMAP4) -> Iterator[UnreadMessage]:
    _, (numbers, *_) = server.uid("search", f"UNSEEN SMALLER {MAX_MESSAGE_SIZE}")
    for uid in (numbers or b"").decode().split():
        _, parts = server.uid("fetch", uid, "(BODY.PEEK[])")
        content = next((part[1] for part in parts if isinstance(part, tuple)), None)
        if content is not None:
            yield content, lambda uid=uid: mark_imap_seen(server, uid)  # type: ignore[misc]


def mark_imap_seen(server: imaplib.IMAP4, uid: str) -> None:
    server.uid("store", uid, "+FLAGS.SILENT", "(\\Seen)")
