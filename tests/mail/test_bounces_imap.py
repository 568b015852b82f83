"""The bounce mailbox on a real IMAP server: Debian's Dovecot on loopback, with its own settings."""

import mailbox
import os
import shutil
import socket
import ssl
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from signoff.domain.mail import BounceType
from signoff.mail import bounces
from signoff.mail.bounces import classify_message
from tests.mail.test_bounces import RETURNS, reply, report

DOVECOT = Path("/usr/sbin/dovecot")
PASSWORD = "geheim/mit:zeichen@darin"  # noqa: S105 (of a server that lives for one test)
SETTINGS = """\
protocols = imap
base_dir = {folder}/run
state_dir = {folder}/state
log_path = {folder}/log
listen = 127.0.0.1
ssl = {ssl}
ssl_cert = <{folder}/cert.pem
ssl_key = <{folder}/key.pem
mail_location = maildir:{folder}/mail
default_login_user = nobody
default_internal_user = nobody
first_valid_uid = 0
passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = uid=nobody gid=nogroup home={folder}
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {plain}
  }}
  inet_listener imaps {{
    port = {tls}
    ssl = yes
  }}
}}
service anvil {{
  chroot =
}}
"""
CERTIFICATE = (
    "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost -addext subjectAltName=DNS:localhost"
    " -keyout key.pem -out cert.pem"
)

pytestmark = pytest.mark.soak


class Server:
    """A running Dovecot with one mailbox."""

    def __init__(self, folder: Path, plain: int, tls: int) -> None:
        self.folder, self.plain, self.tls = folder, plain, tls
        self.box = mailbox.Maildir(folder / "mail")

    def receive(self, content: bytes) -> None:
        key = self.box.add(content)
        for path in (self.folder / "mail").rglob(f"{key}*"):
            shutil.chown(path, "nobody", "nogroup")

    def url(
        self, scheme: str, folder: str = "", password: str = "geheim%2Fmit%3Azeichen%40darin"
    ) -> str:
        host, port = ("localhost", self.tls) if scheme == "imaps" else ("127.0.0.1", self.plain)
        return f"{scheme}://ruecklauf:{password}@{host}:{port}/{folder}"

    @property
    def authority(self) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=str(self.folder / "cert.pem"))


@pytest.fixture
def dovecot() -> Iterator[Server]:
    if not DOVECOT.exists() or os.geteuid() != 0:
        pytest.skip("needs Debian's dovecot-imapd and the right to start it")
    with TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        server = Server(folder, free_port(), free_port())
        subprocess.run(CERTIFICATE.split(), cwd=folder, check=True, capture_output=True)
        for path in (folder / "mail").rglob("*"):
            shutil.chown(path, "nobody", "nogroup")
        shutil.chown(folder / "mail", "nobody", "nogroup")
        parameters = {
            "folder": folder,
            "password": PASSWORD,
            "plain": server.plain,
            "tls": server.tls,
            "ssl": "yes",
        }
        (folder / "dovecot.conf").write_text(SETTINGS.format(**parameters))
        running = subprocess.Popen([DOVECOT, "-F", "-c", folder / "dovecot.conf"])
        try:
            wait_for(server.plain, folder)
            yield server
        finally:
            running.terminate()
            running.wait(30)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(port: int, folder: Path) -> None:
    until = time.monotonic() + 20
    while time.monotonic() < until:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            time.sleep(0.1)
    raise AssertionError(
        (folder / "log").read_text() if (folder / "log").exists() else "dovecot did not answer"
    )


def read_mailbox(server: Server, scheme: str) -> list[BounceType]:
    """Read the mailbox as ``signoff bounces`` does: classified messages are marked as read."""
    bounce_types = []
    context = server.authority if scheme == "imaps" else None
    for content, done in bounces.iter_imap(server.url(scheme), context=context):
        bounce_type = classify_message(content, RETURNS).bounce_type
        bounce_types.append(bounce_type)
        if bounce_type is not BounceType.REPLY:
            done()
    return bounce_types


@pytest.mark.parametrize("scheme", ["imap", "imaps"])
def test_bounces_are_read_once_and_other_messages_stay_unread(dovecot: Server, scheme: str) -> None:
    dovecot.receive(report("failed", "5.1.1", "550 unknown"))
    dovecot.receive(reply(Subject="AW: Einladung"))
    dovecot.receive(reply(Auto_Submitted="auto-replied"))
    assert sorted(read_mailbox(dovecot, scheme)) == sorted(
        [BounceType.BOUNCE, BounceType.REPLY, BounceType.AUTOREPLY]
    )
    assert read_mailbox(dovecot, scheme) == [BounceType.REPLY]


def test_unreadable_mailbox_gives_the_reason(dovecot: Server) -> None:
    for url in (dovecot.url("imap", "Gibtsnicht"), dovecot.url("imap", password="falsch")):
        with pytest.raises(bounces.MailboxError) as problem:
            list(bounces.iter_imap(url))
        assert "falsch" not in str(problem.value)
    with pytest.raises(bounces.MailboxError, match="CERTIFICATE_VERIFY_FAILED"):
        list(bounces.iter_imap(dovecot.url("imaps")))
