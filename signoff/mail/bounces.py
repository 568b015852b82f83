"""Reads the mailbox and classifies each mail: bounce, delay notice, automatic reply, reply or
unknown.
"""

import imaplib
import logging
import mailbox
import re
import socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from email import message_from_bytes, policy
from email.message import Message
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from signoff.config import uses_xoauth2
from signoff.domain.delivery import DeliveryError
from signoff.domain.mail import Bounce, BounceType, MailboxError
from signoff.i18n.catalogue import gettext_noop as N_
from signoff.mail.compose import parse_message_ids
from signoff.mail.message import BouncePath
from signoff.mail.oauth2 import LoginError, LoginRefused, TokenSource, Xoauth2
from signoff.mail.replies import decode_header_text, decode_payload, extract_text, parse_reply

# A traceback for each odd mail of a stranger would bury what matters; such mail is counted.
logging.getLogger("flufl.bounce").disabled = True

AUTOREPLY_SUBJECTS = (
    "abwesen",
    "out of office",
    "out of the office",
    "automatische antwort",
    "automatic reply",
    "autoreply",
    "auto reply",
    "auto-reply",
    "auto:",
)
AUTOREPLY_PRECEDENCES = ("auto_reply", "auto-reply")
MAX_REPORT_SIZE = (
    200_000  # bytes from which a message is classified; reports begin with what they say
)
MAX_EXTRACT = 2000  # characters of what came back that the office reads

# How mail systems name themselves and what they write where a report has no fields to read
# (RFC 3464). The patterns are searched in this order, the more telling ones first.
REPORT_TYPES = ("multipart/report", "message/delivery-status")
NO_REPLY = re.compile(r"no-?reply@|do-?not-?reply@", re.I)
MAIL_SYSTEM_SENDERS = re.compile(
    r"mailer.?daemon|post_?master@|mail deliver(y|er)? s(ub)?system|microsoftexchange329e", re.I
)
FAILURE_SUBJECTS = re.compile(
    r"^(undeliver|unzustellbar|returned mail|failure notice|(mail )?delivery (failure|failed|error)"
    r"|delivery (status )?notification|mail delivery failed|mail failure|nicht zustellbar"
    r"|zustellung fehlgeschlagen|message (not|could not be) delivered"
    r"|there was an error sending your mail)",
    re.I,
)
DELAY_PATTERN = re.compile(
    r"has(?: not yet)? been delayed|delayed \d+ hours|notification \(delay|notification: delayed"
    r"|^warning: (?:could not send|message)|will (?:keep|continue) (?:on )?(?:trying|to try|to be tr)"
    r"|delivery attempts will continue|still trying|noch nicht zugestellt|zustellung verzögert",
    re.I | re.M,
)
FAILURE_PATTERNS = (
    re.compile(r"\b5\.\d{1,3}\.\d{1,3}\b|(?<![\d.:])5\d\d[ -](?=\D)"),
    re.compile(
        r"(user|recipient|account|address|domain|mailbox|empfänger|adresse|postfach)\W.{0,80}\b(unknown|unbekannt"
        r"|not found|not listed|not exist|nicht gefunden|existiert nicht|no such|disabled|invalid|full|voll|rejected"
        r"|overflow)"
        r"|(unknown|invalid|no such|inactive|bad) (user|address|recipient|mailbox|host|domain)"
        r"|quota exceeded|over quota|host (unknown|not found)|too large",
        re.I,
    ),
    re.compile(
        r"not be(en)? (delivered|reached|sent)|unable to (deliver|send)|not (reach|deliver)|cannot send"
        r"|returned permanent errors|delivery errors|permanent (error|failure)|fatal error|unrecoverable error"
        r"|delivery (has )?failed|undeliver|failure reasons|unzustellbar|nicht (zugestellt|zustellbar)"
        r"|fehlgeschlagen|error (delivering|sending|occurred)|refused to accept|failed recipient|returned mail"
        r"|failure notice|incorrectly constructed",
        re.I,
    ),
)
# Where the returned mail begins in a report without parts.
RETURNED_MESSAGE = re.compile(
    r"^(?:[^\w\n]{0,40}(?:this is a copy of|below this line is a copy|returned message|original message"
    r"|message headers? follow|message follows|ursprüngliche nachricht)|Received: |Message-ID: ).*",
    re.I | re.M,
)
ADDRESS_PATTERN = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")


def classify_message(content: bytes, bounce_path: BouncePath) -> Bounce:
    """What ``content`` is, and everything that says which mail it is about.

    No content raises an error: what no parser takes is unreadable.
    """
    try:
        head = message_from_bytes(content[:MAX_REPORT_SIZE], policy=policy.compat32)
        bounce = classify_parsed(head, bounce_path)
        if bounce.bounce_type is not BounceType.REPLY:
            return bounce
        message = message_from_bytes(content, policy=policy.compat32)
        return replace(bounce, reply=parse_reply(message, is_whole=len(content) < MAX_MESSAGE_SIZE))
    except Exception:  # noqa: BLE001 (strangers write here; parsers raise anything)
        return Bounce(BounceType.UNREADABLE)


def classify_parsed(message: Message, bounce_path: BouncePath) -> Bounce:
    text = collect_text(message)
    bounce_type = find_type(message, text)
    return Bounce(
        bounce_type,
        bounce_path.parse_outbox_id(text),
        extract_diagnosis(message, text, bounce_type),
        references=parse_message_ids(text),
        addresses=find_failed_addresses(message)
        if bounce_type in (BounceType.BOUNCE, BounceType.DELAY)
        else (),
        text=extract_text(message)[:MAX_EXTRACT],
    )


def find_type(message: Message, text: str) -> BounceType:
    """A report of a mail system is never an automatic reply, whatever its header says."""
    report_type = str(message.get_param("report-type", "")).lower()
    if report_type == "disposition-notification":
        return BounceType.AUTOREPLY
    if report_type != "feedback-report" and is_from_mail_system(message):
        return find_failure(message, text)
    if report_type == "feedback-report":
        return BounceType.UNKNOWN
    if is_automatic(message):
        return BounceType.AUTOREPLY
    return BounceType.REPLY if is_from_person(message) else BounceType.UNKNOWN


def is_from_person(message: Message) -> bool:
    """Whether it has a sender that takes mail, and is no mail to a list."""
    senders = [value.strip() for value in get_headers(message, "Return-Path")]
    sender = " ".join(get_headers(message, "From"))
    is_bulk = get_headers(message, "Precedence", "Mailing-List", "List-Unsubscribe")
    return "@" in sender and "<>" not in senders and not is_bulk and not NO_REPLY.search(sender)


def is_from_mail_system(message: Message) -> bool:
    """Whether a mail server reports about a mail of ours."""
    subject = get_subject(message)
    return bool(
        any(part.get_content_type() in REPORT_TYPES for part in message.walk())
        or "<>" in get_headers(message, "From")
        or get_headers(message, "X-Failed-Recipients")
        or MAIL_SYSTEM_SENDERS.search(" ".join(get_headers(message, "From", "Return-Path")))
        or FAILURE_SUBJECTS.search(subject)
    )


def find_failure(message: Message, text: str) -> BounceType:
    """Whether the report says that a mail is lost or delayed."""
    actions = {action.lower().split(" ")[0] for action in get_report_fields(message, "Action")}
    if "failed" in actions:
        return BounceType.BOUNCE
    if "delayed" in actions:
        return BounceType.DELAY
    written = get_report_text(message, text)
    subject = get_subject(message)
    if DELAY_PATTERN.search(f"{subject}\n{written}"):
        return BounceType.DELAY
    delayed, lost = find_failures(message)
    if lost:
        return BounceType.BOUNCE
    if delayed:
        return BounceType.DELAY
    if find_failure_line(f"{written}\n{subject}"):
        return BounceType.BOUNCE
    return BounceType.UNKNOWN


def find_failure_line(text: str) -> str:
    """The first line that says why a mail was not delivered; a general sentence as the last
    choice.
    """
    for pattern in FAILURE_PATTERNS:
        if found := next((line for line in text.splitlines() if pattern.search(line)), ""):
            return found
    return ""


def get_report_text(message: Message, text: str) -> str:
    """What the mail system wrote, without the mail that it returns."""
    parts = [
        decode_payload(part)
        for part in message.walk()
        if part.get_content_maintype() == "text" and part.get_content_subtype() != "rfc822-headers"
    ]
    return RETURNED_MESSAGE.split("\n".join(parts) or text, maxsplit=1)[0]


def is_automatic(message: Message) -> bool:
    """Whether a program wrote it: RFC 3834 section 5, and the signs of programs that do not follow
    it.
    """
    if any(
        value.strip().lower().startswith(("auto-replied", "auto-generated"))
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
    subject = get_subject(message).lower()
    return subject.startswith(AUTOREPLY_SUBJECTS)


def extract_diagnosis(message: Message, text: str, bounce_type: BounceType) -> str:
    """The server's explanation: the diagnosis, else the line that tells the failure, else the
    status, else the subject.
    """
    diagnoses = [
        value.partition(";")[2].strip() if ";" in value else value
        for value in get_report_fields(message, "Diagnostic-Code")
    ]
    if not diagnoses and bounce_type is BounceType.BOUNCE:
        diagnoses = [find_failure_line(get_report_text(message, text))]
    codes = get_report_fields(message, "Status")
    subject = get_subject(message)
    is_report = bounce_type in (BounceType.BOUNCE, BounceType.DELAY)
    return to_single_line(next(filter(None, [*diagnoses, *codes] if is_report else []), subject))


def find_failures(message: Message) -> tuple[frozenset[bytes], frozenset[bytes]]:
    """The addresses of which a report says that their mail is delayed, and that it is lost."""
    from flufl.bounce import all_failures  # it imports slowly

    failures: tuple[frozenset[bytes], frozenset[bytes]] = all_failures(message)
    return failures


def find_failed_addresses(message: Message) -> tuple[str, ...]:
    """The addresses that a report names, in small letters."""
    fields = get_report_fields(message, "Final-Recipient", "Original-Recipient")
    delayed, lost = find_failures(message)
    found = [address.decode("utf-8", "replace") for address in (*lost, *delayed)]
    found += [value.rpartition(";")[2] for value in fields]
    found += get_headers(message, "X-Failed-Recipients")
    if not found:
        found = ADDRESS_PATTERN.findall(get_report_text(message, ""))
    return tuple(dict.fromkeys(address.strip(" <>,").lower() for address in found))


def collect_text(message: Message) -> str:
    """Header fields and texts of all parts, decoded, with those of an attached mail."""
    lines: list[str] = []
    for part in message.walk():
        lines += [f"{name}: {to_unfolded(value)}" for name, value in part.items()]
        if part.get_content_maintype() == "text":
            lines.append(decode_payload(part))
    return "\n".join(lines)


def to_unfolded(value: object) -> str:
    return " ".join(str(value).split())


def get_report_fields(message: Message, *names: str) -> list[str]:
    """These fields, for each recipient in the delivery report (RFC 3464), unfolded."""
    reports = (
        part for part in message.walk() if part.get_content_type() == "message/delivery-status"
    )
    blocks = [block for part in reports for block in part.walk() if block is not part]
    return [to_single_line(value) for block in blocks for value in get_headers(block, *names)]


def get_subject(message: Message) -> str:
    return decode_header_text(" ".join(get_headers(message, "Subject")))


def get_headers(message: Message, *names: str) -> list[str]:
    return [str(value) for name in names for value in message.get_all(name, [])]


def to_single_line(text: str) -> str:
    """``text`` on one line, without invisible characters, at most 500 characters."""
    return DeliveryError(text).diagnostic


# The bounce mailbox: IMAP or a Maildir. The caller marks a mail as read once it is processed.

IMAP_TIMEOUT = 30.0  # seconds, for each answer of the server
MAX_MESSAGE_SIZE = 10_000_000  # bytes; of a larger mail only the beginning is read

UnreadMessage = tuple[bytes, Callable[[], None]]  # its content, and what marks it as read


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


def iter_imap(url: str, **options: Any) -> Iterator[UnreadMessage]:
    """Every unread mail of the mailbox ``url``; ``options`` are those of ``open_imap``."""
    with open_imap(url, **options) as server:
        yield from iter_unread(server)


@contextmanager
def open_imap(
    url: str,
    *,
    tokens: TokenSource | None = None,
    timeout: float = IMAP_TIMEOUT,
    context: ssl.SSLContext | None = None,
) -> Iterator[imaplib.IMAP4]:
    """The mailbox ``imaps://user:password@host[:port]/folder``, or ``imap://`` on this machine.

    ``?auth=xoauth2`` logs in with a token from ``tokens`` instead of a password.
    """
    parts = urlsplit(url)
    user, password = unquote(parts.username or ""), unquote(parts.password or "")

    def connect(log_in: Callable[[imaplib.IMAP4], object]) -> imaplib.IMAP4:
        server = connect_imap(parts.scheme, parts.hostname or "", parts.port, timeout, context)
        try:
            log_in(server)
        except BaseException:
            server.shutdown()
            raise
        return server

    try:
        if tokens and uses_xoauth2(parts):
            server = tokens.log_in(
                user, lambda exchange: connect(partial(log_in_with_token, exchange=exchange))
            )
        else:
            server = connect(lambda server: server.login(user, password))
        with server:
            folder = unquote(parts.path.strip("/")) or "INBOX"
            answer, reply = server.select(f'"{folder}"')
            if answer != "OK":
                raise MailboxError(
                    "Den Ordner „%(folder)s“ gibt es im Postfach nicht: %(reply)s",
                    folder=folder,
                    reply=reply,
                )
            yield server
    except LoginError as problem:
        raise MailboxError(problem.message, problem.to_do, **problem.facts) from problem
    except (imaplib.IMAP4.error, OSError) as error:
        raise MailboxError(
            find_problem(error), hostname=parts.hostname, problem=to_single_line(str(error))
        ) from error


def log_in_with_token(server: imaplib.IMAP4, exchange: Xoauth2) -> None:
    """Raises ``LoginRefused`` if the server does not accept the token."""
    try:
        server.authenticate("XOAUTH2", lambda challenge: exchange(challenge).encode())
    except imaplib.IMAP4.abort:  # the connection, not the token
        raise
    except (imaplib.IMAP4.error, ValueError) as error:
        raise LoginRefused(str(error)) from error


def find_problem(error: Exception) -> str:
    """The message that tells an office what is wrong."""
    if isinstance(error, ssl.SSLError):
        return N_(
            "Das Zertifikat von %(hostname)s gilt nicht; es wurde nichts übertragen: %(problem)s"
        )
    if isinstance(error, imaplib.IMAP4.error):
        return N_(
            "%(hostname)s hat die Anmeldung oder den Abruf abgelehnt. Bitte prüfen Sie Benutzer und Passwort: "
            "%(problem)s"
        )
    if isinstance(error, socket.gaierror):
        return N_(
            "Der Server %(hostname)s ist nicht bekannt. Bitte prüfen Sie den Namen in SIGNOFF_IMAP_URL: %(problem)s"
        )
    return N_(
        "%(hostname)s nimmt keine Verbindung an oder antwortet nicht. Bitte prüfen Sie Server und Anschluss in "
        "SIGNOFF_IMAP_URL: %(problem)s"
    )


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
    _, (numbers, *_) = server.uid("search", "UNSEEN")
    for uid in (numbers or b"").decode().split():
        _, parts = server.uid("fetch", uid, f"(BODY.PEEK[]<0.{MAX_MESSAGE_SIZE}>)")
        content = next((part[1] for part in parts if isinstance(part, tuple)), None)
        if content is not None:
            yield content, lambda uid=uid: mark_imap_seen(server, uid)  # type: ignore[misc]


def mark_imap_seen(server: imaplib.IMAP4, uid: str) -> None:
    server.uid("store", uid, "+FLAGS.SILENT", "(\\Seen)")
