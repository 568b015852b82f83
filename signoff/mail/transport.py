"""Delivers mail: to a mail server where one is configured, else into a folder."""

import fcntl
import os
import re
import smtplib
import ssl
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from functools import partial
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

from signoff.domain.delivery import DeliveryError, ServerLimit, Stage, classify
from signoff.mail.message import serialize_message
from signoff.mail.oauth2 import NOT_OFFERED, LoginError, LoginRefused, TokenSource, Xoauth2
from signoff.tokens import mask_tokens

# A folder, where there is no server: one file a message, in the order of sending.

MESSAGE_FILENAME = re.compile(r"(\d{6,})-.*\.eml")
NON_FILENAME_CHARS = re.compile(r"[^a-z0-9]+")


class FolderTransport:
    """Writes ``000001-invitation-gelsenkirchen.eml`` and so on into ``path``: RFC 5322 with the
    line ends of this system, mode 0600.

    A message is on disk as a whole or not at all; numbers grow across processes and clock jumps.
    Raises ``DeliveryError`` (temporary) where the disk refuses.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._last_number = -1  # the folder is not read yet

    def __call__(self, message: EmailMessage) -> None:
        content = message.as_bytes().replace(b"\r\n", b"\n")  # line ends of this system
        try:
            self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
            with self._lock_counter() as counter:
                number = self._next_number(counter)
                self._write(content, f"{number:06d}-{build_filename_stem(message)}.eml")
        except OSError as error:
            raise DeliveryError(str(error), server=True) from error

    def close(self) -> None:
        """Nothing to close; the method makes the folder interchangeable with a server."""

    @contextmanager
    def _lock_counter(self) -> Iterator[int]:
        """The file with the last number, locked: one writer at a time; a killed writer leaves no
        lock.
        """
        counter = os.open(self.path / ".number", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(counter, fcntl.LOCK_EX)
            yield counter
        finally:
            os.close(counter)

    def _next_number(self, counter: int) -> int:
        """The next number. The folder is read once, because a power cut may lose the counter."""
        if self._last_number < 0:
            matches = (MESSAGE_FILENAME.fullmatch(path.name) for path in self.path.iterdir())
            self._last_number = max((int(match[1]) for match in matches if match), default=0)
        counted = os.pread(counter, 20, 0)
        self._last_number = max(self._last_number, int(counted) if counted.isdigit() else 0) + 1
        os.pwrite(counter, b"%020d" % self._last_number, 0)
        return self._last_number

    def _write(self, content: bytes, name: str) -> None:
        """Call it under the lock: there is only one name for an unfinished file."""
        unfinished = self.path / ".writing"
        unfinished.unlink(missing_ok=True)
        with os.fdopen(
            os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb"
        ) as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        unfinished.rename(self.path / name)
        folder = os.open(self.path, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def build_filename_stem(message: EmailMessage) -> str:
    """Kind and place, from the beginning of the Message-ID and of the recipient's domain."""
    kind = str(message["Message-ID"] or "").lstrip("<").partition(".")[0]
    domain = str(message["To"] or "").rpartition("@")[2].partition(".")[0]
    return "-".join(
        NON_FILENAME_CHARS.sub("_", part.lower()).strip("_") or "message" for part in (kind, domain)
    )[:80]


# A mail server. One connection carries many messages; a refusal is classified by its place in the
# dialogue, its code and its words.

DEFAULT_PORTS = {"smtp": 25, "smtps": 465, "smtp+starttls": 587}
SMTP_TIMEOUT = 30.0  # seconds, for each answer of the server
EIGHT_BIT_EXTENSION = "8bitmime"  # RFC 6152
LINE_END = re.compile(rb"\r\n|\r(?!\n)|(?<!\r)\n")
LEADING_DOT = re.compile(rb"^\.", re.MULTILINE)
PIPELINING_EXTENSION = "pipelining"  # RFC 2920
SERVICE_CLOSING = 421  # the server ends the connection, RFC 5321 3.8


@dataclass(frozen=True, slots=True)
class Step:
    """A command before the text, and the codes of the replies that accept it."""

    stage: Stage
    command: str
    accepted: tuple[int, ...]


DIALOGUE = (
    Step(Stage.MAIL_FROM, "MAIL FROM:<{sender}>{body}", (250,)),
    Step(Stage.RCPT_TO, "RCPT TO:<{recipient}>", (250, 251)),
    Step(Stage.DATA, "DATA", (354,)),
)


@dataclass(frozen=True, slots=True)
class MailServer:
    """One address of ``SIGNOFF_SMTP_URL``. ``auth`` names the kind of login where it is not by
    password; 0 means no limit.
    """

    scheme: str
    host: str
    port: int
    user: str = ""
    password: str = field(default="", repr=False)
    auth: str = ""
    per_minute: int = 0
    per_day: int = 0


class SmtpTransport:
    """Delivers to ``url``: ``smtp://user:password@host:port``, ``smtps://…`` (TLS from the start)
    or ``smtp+starttls://…``.

    User, password and port may be left out. ``?auth=xoauth2`` logs in with a token from ``tokens``
    instead of a password. TLS is verified against the system's authorities and
    never skipped. Raises ``DeliveryError`` for a message that was not accepted. Not thread-safe.
    Where the connection drops after the text was sent, the message counts as not accepted and is
    resent under the same Message-ID.
    """

    def __init__(
        self,
        url: str,
        *,
        tokens: TokenSource | None = None,
        timeout: float = SMTP_TIMEOUT,
        context: ssl.SSLContext | None = None,
    ) -> None:
        self.server = parse_smtp_url(url)
        self._tokens = tokens
        self._timeout = timeout
        self._context = context or ssl.create_default_context()
        self._connection: smtplib.SMTP | None = None
        self._reply_pending = False  # for the reply to a text
        self._stage = Stage.CONNECT

    @property
    def limit(self) -> ServerLimit:
        return ServerLimit(self.server.host, self.server.per_minute, self.server.per_day)

    def __call__(self, message: EmailMessage) -> None:
        self.start(message)()

    def start(self, message: EmailMessage) -> Callable[[], None]:
        """Send ``message`` up to its last byte.

        The function returned waits for the server's reply; only then is the message accepted. Call
        it before anything else is sent.
        """
        sender, recipient = get_envelope(message)
        del message["Return-Path"]  # the receiving server's to write (RFC 5321 4.4)
        if (
            self._reply_pending
        ):  # the reply to the message before must not be read as the one to this
            self._disconnect()
        with self._translate_errors():
            connection = self._open_envelope(sender, recipient)
            self._stage = Stage.END_OF_DATA
            connection.send(dot_stuff(serialize_for_server(message, connection)))
        self._reply_pending = True
        return partial(self._read_reply, connection)

    def _read_reply(self, connection: smtplib.SMTP) -> None:
        self._reply_pending = False
        with self._translate_errors():
            code, reply = connection.getreply()
            if code != 250:
                raise smtplib.SMTPDataError(code, reply)

    @contextmanager
    def _translate_errors(self) -> Iterator[None]:
        """Turn errors into ``DeliveryError``; the connection is then ready for the next message or
        closed.
        """
        try:
            yield
        except smtplib.SMTPResponseException as refusal:
            stage = self._stage
            self._reset(refusal)
            raise build_delivery_error(stage, refusal) from refusal
        except (smtplib.SMTPException, OSError) as error:
            self._disconnect()
            stage = Stage.TLS if isinstance(error, ssl.SSLError) else self._stage
            words = str(error) or type(error).__name__
            raise DeliveryError(words, server=True, stage=stage) from error

    def check_connection(self) -> None:
        """Connect, encrypt and log in as for a message, but send none."""
        with self._translate_errors():
            self._connection = self._connect()
            code, reply = self._connection.noop()
            if code != 250:
                raise smtplib.SMTPResponseException(code, reply)
        self.close()

    def check_sender(self, sender: str, recipient: str) -> None:
        """Ask for a mail from ``sender`` to ``recipient`` and withdraw it before its text."""
        try:
            with self._translate_errors():
                self._open_envelope(sender, recipient, DIALOGUE[:-1]).rset()
        finally:
            self.close()

    def close(self) -> None:
        """Close the connection; the next message opens a new one."""
        connection, self._connection = self._connection, None
        if connection is not None:
            try:
                connection.quit()
            except (smtplib.SMTPException, OSError):
                connection.close()

    def _open_envelope(
        self, sender: str, recipient: str, dialogue: Sequence[Step] = DIALOGUE
    ) -> smtplib.SMTP:
        """A connection that has accepted sender and recipient and waits for the text.

        One that went stale meanwhile is replaced once.
        """
        if self._connection is not None:
            try:
                return self._send_envelope(self._connection, sender, recipient, dialogue)
            except (smtplib.SMTPServerDisconnected, smtplib.SMTPResponseException) as error:
                if self._stage is Stage.DATA or not is_disconnect(error):
                    raise
                self._disconnect()
        self._connection = self._connect()
        return self._send_envelope(self._connection, sender, recipient, dialogue)

    def _send_envelope(
        self, connection: smtplib.SMTP, sender: str, recipient: str, dialogue: Sequence[Step]
    ) -> smtplib.SMTP:
        """``connection`` once it has accepted each step: one by one, or in one flight where the
        server offers PIPELINING (RFC 2920). The first refusal counts.
        """
        self._stage = Stage.MAIL_FROM
        connection.ehlo_or_helo_if_needed()
        body = " BODY=8BITMIME" if connection.has_extn(EIGHT_BIT_EXTENSION) else ""
        commands = [
            step.command.format(sender=sender, recipient=recipient, body=body) + "\r\n"
            for step in dialogue
        ]
        is_pipelined = connection.has_extn(PIPELINING_EXTENSION)
        if is_pipelined:
            connection.send("".join(commands))
        for index, step in enumerate(dialogue):
            self._stage = step.stage
            if not is_pipelined:
                connection.send(commands[index])
            code, reply = connection.getreply()
            if code not in step.accepted:
                if is_pipelined and code != SERVICE_CLOSING:
                    self._skip_replies(connection, dialogue[index + 1 :])
                raise smtplib.SMTPResponseException(code, reply)
        return connection

    def _skip_replies(self, connection: smtplib.SMTP, dialogue: Sequence[Step]) -> None:
        """Read the replies to the commands after a refused one; a text asked for is empty."""
        try:
            for step in dialogue:
                code, _ = connection.getreply()
                if step.stage is Stage.DATA and code in step.accepted:
                    connection.docmd(".")
        except smtplib.SMTPServerDisconnected:
            self._disconnect()

    def _connect(self) -> smtplib.SMTP:
        """A connection that is encrypted and logged in, as the address asks for it."""
        user, password = self.server.user, self.server.password
        if self._tokens and self.server.auth == "xoauth2":
            return self._tokens.log_in(
                user, lambda exchange: self._open(partial(log_in_with_token, exchange=exchange))
            )
        return self._open(lambda connection: user and connection.login(user, password))

    def _open(self, log_in: Callable[[smtplib.SMTP], object]) -> smtplib.SMTP:
        host, port = self.server.host, self.server.port
        self._stage = Stage.CONNECT
        if self.server.scheme == "smtps":
            connection: smtplib.SMTP = smtplib.SMTP_SSL(
                host, port, timeout=self._timeout, context=self._context
            )
        else:
            connection = smtplib.SMTP(host, port, timeout=self._timeout)
        try:
            if self.server.scheme == "smtp+starttls":
                self._stage = Stage.TLS
                connection.starttls(context=self._context)
            self._stage = Stage.LOGIN
            log_in(connection)
        except BaseException:
            connection.close()
            raise
        return connection

    def _reset(self, refusal: smtplib.SMTPResponseException) -> None:
        """Make the connection ready for the next message, or close it."""
        try:
            if self._connection is None or refusal.smtp_code == SERVICE_CLOSING:
                raise smtplib.SMTPServerDisconnected("closing")
            self._connection.rset()
        except (smtplib.SMTPException, OSError):
            self._disconnect()

    def _disconnect(self) -> None:
        self._reply_pending = False
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()


def log_in_with_token(connection: smtplib.SMTP, exchange: Xoauth2) -> None:
    """Raises ``LoginRefused`` if the server does not accept the token."""
    connection.ehlo_or_helo_if_needed()
    if "XOAUTH2" not in connection.esmtp_features.get("auth", "").upper().split():
        raise LoginError(*NOT_OFFERED)
    try:
        # RFC 4954 4 limits the command with an initial response to 512 bytes; tokens are often
        # longer.
        connection.auth("XOAUTH2", exchange, initial_response_ok=len(exchange.response) <= 360)
    except smtplib.SMTPAuthenticationError as refusal:
        if refusal.smtp_code < 500:  # the server has a problem of its own
            raise
        raise LoginRefused(format_reply(refusal)) from refusal
    except ValueError as error:  # a challenge that is not encoded
        raise LoginRefused(str(error)) from error


def is_disconnect(error: smtplib.SMTPException) -> bool:
    """Whether the server has ended the connection or is about to."""
    return getattr(error, "smtp_code", SERVICE_CLOSING) == SERVICE_CLOSING


class SmtpTransports:
    """Several servers, in the order in which they are used; delivery chooses one for each mail."""

    def __init__(self, transports: Sequence[SmtpTransport]) -> None:
        self.transports = transports

    def __call__(self, message: EmailMessage) -> None:
        self.transports[0](message)

    def close(self) -> None:
        for transport in self.transports:
            transport.close()


def serialize_for_server(message: EmailMessage, connection: smtplib.SMTP) -> bytes:
    """The bytes of ``message`` for this server: UTF-8, or encoded for one without 8BITMIME."""
    if connection.has_extn(EIGHT_BIT_EXTENSION):
        return serialize_message(message)
    return message.as_bytes(policy=message.policy.clone(cte_type="7bit"))


def dot_stuff(content: bytes) -> bytes:
    """``content`` with a dot before each dot that begins a line, and the final dot (RFC 5321
    4.5.2).
    """
    if not content.count(b"\r\n") == content.count(b"\r") == content.count(b"\n"):
        content = LINE_END.sub(b"\r\n", content)
    if content.startswith(b".") or b"\n." in content:
        content = LEADING_DOT.sub(b"..", content)
    return content + (b".\r\n" if content.endswith(b"\r\n") else b"\r\n.\r\n")


def get_envelope(message: EmailMessage) -> tuple[str, str]:
    """Sender and recipient for the server: the return path, else the address of From; and that of
    To.
    """
    (sender,), (recipient,) = message["From"].addresses, message["To"].addresses
    path = str(message["Return-Path"] or sender.addr_spec).strip("<>")
    return path, str(recipient.addr_spec)


def build_delivery_error(stage: Stage, refusal: smtplib.SMTPResponseException) -> DeliveryError:
    """What a refusal at this stage means."""
    diagnostic = format_reply(refusal)
    verdict = classify(stage, diagnostic)
    return DeliveryError(
        diagnostic,
        permanent=verdict.is_final,
        fault=verdict.fault,
        stage=stage,
        pause=verdict.pause,
    )


def format_reply(refusal: smtplib.SMTPResponseException) -> str:
    reply = refusal.smtp_error
    text = reply.decode("utf-8", "replace") if isinstance(reply, bytes) else reply
    return mask_tokens(f"{refusal.smtp_code} {text}")  # a server may quote the message


def parse_smtp_urls(urls: str) -> tuple[MailServer, ...]:
    """The servers of a setting, separated by white space. Raises ``ValueError`` like
    ``parse_smtp_url``, and where a host occurs twice: what it took is counted by its name.
    """
    servers = tuple(parse_smtp_url(url) for url in urls.split())
    if len({server.host for server in servers}) < len(servers):
        raise ValueError("a mail server is named once")
    return servers


def parse_smtp_url(url: str) -> MailServer:
    """One server, such as ``smtp+starttls://user@host:587?auth=xoauth2&per_minute=30&per_day=10000``.

    Raises ``ValueError`` (without the password in it) where it names no server.
    """
    parts = urlsplit(url)
    try:
        options = parse_qs(parts.query, strict_parsing=True) if parts.query else {}
        limits = {name: int(options.pop(name, ["0"])[-1]) for name in ("per_minute", "per_day")}
        auth = options.pop("auth", [""])[-1]
        usable = (
            parts.scheme in DEFAULT_PORTS
            and bool(parts.hostname)
            and parts.port != 0
            and not parts.path.strip("/")
            and not options
            and min(limits.values()) >= 0
        )
    except ValueError:
        usable = False
    if not usable:
        raise ValueError(
            f"a mail server is written smtp://, smtps:// or smtp+starttls://HOST, not {parts.scheme}://…"
        )
    return MailServer(
        parts.scheme,
        parts.hostname or "",
        parts.port or DEFAULT_PORTS[parts.scheme],
        unquote(parts.username or ""),
        unquote(parts.password or ""),
        auth,
        **limits,
    )


# Returns once the message is accepted, else raises ``DeliveryError``.
Transport = Callable[[EmailMessage], None]


def transport_for(
    smtp_urls: str | None, outbox: Path, tokens: TokenSource | None = None
) -> FolderTransport | SmtpTransport | SmtpTransports:
    """The transport of an instance; ``close()`` it after a run.

    Raises ``ValueError`` for invalid ``smtp_urls``.
    """
    if not smtp_urls:
        return FolderTransport(outbox)
    parse_smtp_urls(smtp_urls)
    transports = [SmtpTransport(url, tokens=tokens) for url in smtp_urls.split()]
    return transports[0] if len(transports) == 1 else SmtpTransports(transports)
