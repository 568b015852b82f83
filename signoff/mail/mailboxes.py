"""Where returned mail lies: an IMAP mailbox or a Maildir. What was understood is marked as read, the rest is left."""

import imaplib
import mailbox
import ssl
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import unquote, urlsplit

TIMEOUT = 30.0  # seconds, for each answer of the server
LARGEST = 10_000_000  # bytes; a larger one is no report

Letter = tuple[bytes, Callable[[], None]]  # a mail, and what marks it as read


class Unreadable(Exception):
    """The mailbox cannot be read: why."""


def maildir(path: Path) -> Iterator[Letter]:
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


def imap(url: str, *, timeout: float = TIMEOUT, context: ssl.SSLContext | None = None) -> Iterator[Letter]:
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
        raise Unreadable(f"Das Postfach auf {parts.hostname} ist nicht lesbar: {problem}") from problem


def connected(
    scheme: str, host: str, port: int | None, timeout: float, context: ssl.SSLContext | None
) -> imaplib.IMAP4:
    if scheme == "imaps" and host:
        return imaplib.IMAP4_SSL(
            host, port or 993, ssl_context=context or ssl.create_default_context(), timeout=timeout
        )
    if scheme == "imap" and host in ("localhost", "127.0.0.1"):
        return imaplib.IMAP4(host, port or 143, timeout=timeout)
    raise Unreadable("SIGNOFF_IMAP_URL muss wie imaps://benutzer:passwort@host/ordner geschrieben sein.")


def unread(server: imaplib.IMAP4) -> Iterator[Letter]:
    _, (numbers, *_) = server.uid("search", f"UNSEEN SMALLER {LARGEST}")
    for uid in (numbers or b"").decode().split():
        _, found = server.uid("fetch", uid, "(BODY.PEEK[])")
        content = next((part[1] for part in found if isinstance(part, tuple)), None)
        if content is not None:
            yield content, lambda uid=uid: flag(server, uid)  # type: ignore[misc]


def flag(server: imaplib.IMAP4, uid: str) -> None:
    server.uid("store", uid, "+FLAGS.SILENT", "(\\Seen)")
