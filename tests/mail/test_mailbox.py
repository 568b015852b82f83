"""The mailbox over IMAP: what is read, marked, and said when it cannot be read."""

import re
import socket
import socketserver
import threading
from collections.abc import Iterator

import pytest

from signoff.domain.mail import MailboxError
from signoff.mail import bounces


class Session(socketserver.StreamRequestHandler):
    """As much of IMAP4rev1 as the reader speaks."""

    def handle(self) -> None:
        server: Mailbox = self.server  # type: ignore[assignment]
        self.send("* OK IMAP4rev1")
        while line := self.rfile.readline().decode():
            tag, command = line.rstrip().split(" ", 1)
            server.commands.append(command)
            if command.startswith("LOGIN") and not server.takes_login:
                self.send(f"{tag} NO [AUTHENTICATIONFAILED] Authentication failed.")
                continue
            if command.startswith("CAPABILITY"):
                self.send("* CAPABILITY IMAP4rev1")
            elif command.startswith("SELECT"):
                self.send(f"* {len(server.messages)} EXISTS")
            elif command.startswith("UID SEARCH"):
                unseen = [str(uid) for uid in server.messages if uid not in server.seen]
                self.send(f"* SEARCH {' '.join(unseen)}")
            elif found := re.match(r"UID FETCH (\d+) \(BODY\.PEEK\[\]<0\.(\d+)>\)", command):
                content = server.messages[int(found[1])][: int(found[2])]
                self.send(f"* {found[1]} FETCH (UID {found[1]} BODY[]<0> {{{len(content)}}}")
                self.wfile.write(content + b")\r\n")
            elif found := re.match(r"UID STORE (\d+)", command):
                server.seen.add(int(found[1]))
            elif command.startswith("LOGOUT"):
                self.send("* BYE")
            self.send(f"{tag} OK done")

    def send(self, line: str) -> None:
        self.wfile.write(f"{line}\r\n".encode())


class Mailbox(socketserver.ThreadingTCPServer):
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Session)
        self.messages: dict[int, bytes] = {}
        self.seen: set[int] = set()
        self.commands: list[str] = []
        self.takes_login = True

    @property
    def url(self) -> str:
        return f"imap://user:geheim%40wort@127.0.0.1:{self.server_address[1]}/INBOX"


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    with Mailbox() as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def test_each_unread_mail_is_read_and_marked_by_the_caller(mailbox: Mailbox) -> None:
    mailbox.messages = {7: b"Subject: eins\r\n\r\n", 9: b"Subject: zwei\r\n\r\n"}
    for content, mark_read in bounces.iter_imap(mailbox.url):
        if b"eins" in content:
            mark_read()
    assert mailbox.seen == {7}
    assert [content for content, _ in bounces.iter_imap(mailbox.url)] == [mailbox.messages[9]]


def test_of_a_large_mail_only_the_beginning_is_read(
    mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bounces, "MAX_MESSAGE_SIZE", 10)
    mailbox.messages = {1: b"Subject: sehr lang\r\n\r\n"}
    assert [content for content, _ in bounces.iter_imap(mailbox.url)] == [b"Subject: s"]


def test_a_refused_login_says_what_to_check_and_not_the_password(mailbox: Mailbox) -> None:
    mailbox.takes_login = False
    with pytest.raises(MailboxError, match="Bitte prüfen Sie Benutzer und Passwort") as problem:
        list(bounces.iter_imap(mailbox.url))
    assert "geheim" not in str(problem.value)


def test_a_server_that_is_down_or_unknown_is_named() -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))  # bound, not listening: refused at once
        with pytest.raises(MailboxError, match="nimmt keine Verbindung an"):
            list(bounces.iter_imap(f"imap://user:wort@127.0.0.1:{silent.getsockname()[1]}/"))
    assert "ist nicht bekannt" in bounces.find_problem(socket.gaierror(-2, "unknown"))
