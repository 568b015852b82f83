"""What came back: a bounce, a word that it takes longer, an automatic reply, or something else altogether."""

import imaplib
import mailbox
import ssl
from collections.abc import Callable, Iterator
from email import message_from_bytes, policy
from email.header import decode_header, make_header
from email.message import Message
from email.utils import getaddresses
from pathlib import Path
from urllib.parse import unquote, urlsplit

from flufl.bounce import all_failures

from signoff.domain.mail import Came, PostFailed, Returned
from signoff.mail.message import Returns

RECIPIENT = ("Delivered-To", "X-Original-To", "Envelope-To", "X-Envelope-To", "To", "Cc")
AWAY = (
    "abwesen",
    "out of office",
    "out of the office",
    "automatische antwort",
    "automatic reply",
    "autoreply",
)
BULK = ("auto_reply", "auto-reply")


def read(content: bytes, returns: Returns) -> Returned:
    """What ``content`` is, and about which mail. Only mail to a return path of ours is anything but unknown."""
    message = message_from_bytes(content, policy=policy.compat32)
    notice_id = returns.read(
        " ".join(address for _, address in getaddresses(fields(message, *RECIPIENT)))
    )
    if notice_id is None:
        return Returned(Came.UNKNOWN)
    delayed, lost = all_failures(message)
    if lost and not any(action.lower() == "delayed" for action in told(message, "Action")):
        return Returned(Came.BOUNCE, notice_id, words(message, "5."))
    if delayed or lost:
        return Returned(Came.DELAY, notice_id, words(message, "4."))
    if automatic(message):
        return Returned(Came.AUTOREPLY, notice_id, one_line(" ".join(fields(message, "Subject"))))
    return Returned(Came.UNKNOWN, notice_id)


def automatic(message: Message) -> bool:
    """Whether nobody wrote this: RFC 3834 section 5, and what programs say that do not know it."""
    if any(
        value.strip().lower().startswith("auto-replied")
        for value in fields(message, "Auto-Submitted")
    ):
        return True
    if fields(message, "X-Autoreply", "X-Autorespond"):
        return True
    if any(value.strip().lower() in BULK for value in fields(message, "Precedence")):
        return True
    subject = decoded(" ".join(fields(message, "Subject"))).lower()
    return any(subject.startswith(each) for each in AWAY)


def words(message: Message, status: str) -> str:
    """What the server said: the diagnosis, else the status, else the first line of what was written."""
    diagnoses = [
        each.partition(";")[2].strip() or each for each in told(message, "Diagnostic-Code")
    ]
    codes = [each for each in told(message, "Status") if each.startswith(status)]
    return one_line((diagnoses or codes or [decoded(" ".join(fields(message, "Subject")))])[0])


def told(message: Message, name: str) -> list[str]:
    """This field of every recipient in the delivery report (RFC 3464), unfolded."""
    reports = (
        part for part in message.walk() if part.get_content_type() == "message/delivery-status"
    )
    blocks = [block for part in reports for block in part.walk() if block is not part]
    return [one_line(value) for block in blocks for value in fields(block, name)]


def fields(message: Message, *names: str) -> list[str]:
    return [str(value) for name in names for value in message.get_all(name, [])]


def decoded(text: str) -> str:
    """``text`` with its encoded words read; as it stands where they cannot be."""
    try:
        return str(make_header(decode_header(text)))
    except (UnicodeError, LookupError, ValueError):
        return text


def one_line(text: str) -> str:
    """``text`` as it may be shown: one line, nothing invisible, 500 characters."""
    return PostFailed(text).words


# Where returned mail lies: an IMAP mailbox or a Maildir. What was understood is marked as read, the rest is left.

TIMEOUT = 30.0  # seconds, for each answer of the server
LARGEST = 10_000_000  # bytes; a larger one is no report

UnreadMessage = tuple[bytes, Callable[[], None]]  # a mail, and what marks it as read


class Unreadable(Exception):
    """The mailbox cannot be read: why."""


def maildir(path: Path) -> Iterator[UnreadMessage]:
    """Every unread mail of a Maildir."""
    if not (path / "new").is_dir() or not (path / "cur").is_dir():
        raise Unreadable(f"{path} ist kein Maildir (darin fehlen „new“ und „cur“).")
    box = mailbox.Maildir(path, create=False)
    for key in sorted(box.keys()):
        if "S" not in box.get_message(key).get_flags():
            yield box.get_bytes(key), lambda key=key: seen(box, key)  # type: ignore[misc]


def seen(box: mailbox.Maildir, key: str) -> None:
    message = box.get_message(key)
    message.set_subdir("cur")
    message.add_flag("S")
    box[key] = message


def imap(
    url: str, *, timeout: float = TIMEOUT, context: ssl.SSLContext | None = None
) -> Iterator[UnreadMessage]:
    """Every unread mail of ``imaps://user:password@host[:port]/folder``, or ``imap://`` on this machine."""
    parts = urlsplit(url)
    try:
        server = connected(parts.scheme, parts.hostname or "", parts.port, timeout, context)
        with server:
            server.login(unquote(parts.username or ""), unquote(parts.password or ""))
            folder = unquote(parts.path.strip("/")) or "INBOX"
            answer, said = server.select(f'"{folder}"')
            if answer != "OK":
                raise Unreadable(f"Den Ordner „{folder}“ gibt es im Postfach nicht: {said}")
            yield from unread(server)
    except (imaplib.IMAP4.error, OSError) as problem:
        raise Unreadable(
            f"Das Postfach auf {parts.hostname} ist nicht lesbar: {problem}"
        ) from problem


def connected(
    scheme: str, host: str, port: int | None, timeout: float, context: ssl.SSLContext | None
) -> imaplib.IMAP4:
    if scheme == "imaps" and host:
        return imaplib.IMAP4_SSL(
            host, port or 993, ssl_context=context or ssl.create_default_context(), timeout=timeout
        )
    if scheme == "imap" and host in ("localhost", "127.0.0.1"):
        return imaplib.IMAP4(host, port or 143, timeout=timeout)
    raise Unreadable(
        "SIGNOFF_IMAP_URL muss wie imaps://benutzer:passwort@host/ordner geschrieben sein."
    )


def unread(server: imaplib.IMAP4) -> Iterator[UnreadMessage]:
    _, (numbers, *_) = server.uid("search", f"UNSEEN SMALLER {LARGEST}")
    for uid in (numbers or b"").decode().split():
        _, found = server.uid("fetch", uid, "(BODY.PEEK[])")
        content = next((part[1] for part in found if isinstance(part, tuple)), None)
        if content is not None:
            yield content, lambda uid=uid: flag(server, uid)  # type: ignore[misc]


def flag(server: imaplib.IMAP4, uid: str) -> None:
    server.uid("store", uid, "+FLAGS.SILENT", "(\\Seen)")
