"""Delivery through Debian's Postfix on loopback, with its own queue and settings."""

import mailbox
import os
import pwd
import shutil
import socket
import subprocess
import time
from collections import Counter
from collections.abc import Iterator
from email import message_from_bytes
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from signoff import store
from signoff.mail.transport import SmtpTransport
from tests.factories import member
from tests.world import World

pytestmark = pytest.mark.slow

MASTER = Path("/usr/lib/postfix/sbin/master")
NUMBER = 1000
MAIN = """\
compatibility_level = 3.6
queue_directory = {spool}
data_directory = {data}
mail_owner = postfix
setgid_group = postdrop
command_directory = /usr/sbin
daemon_directory = /usr/lib/postfix/sbin
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
myhostname = mail.kommune.example
mydestination =
mynetworks = 127.0.0.0/8
virtual_mailbox_domains = static:all
virtual_mailbox_maps = static:all/
virtual_mailbox_base = {boxes}
virtual_uid_maps = static:{uid}
virtual_gid_maps = static:{gid}
virtual_minimum_uid = 1
smtpd_recipient_restrictions = check_recipient_access inline:{{{{weg@ort7.example = 550 5.1.1 No such user}}}}, permit
recipient_delimiter =
maillog_file = {log}
maillog_file_prefixes = {folder}
alias_maps =
alias_database =
"""
SERVICES = """\
{port} inet n - n - - smtpd
postlog unix-dgram n - n - 1 postlogd
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
proxymap unix - - n - - proxymap
virtual unix - n n - - virtual
error unix - - n - - error
retry unix - - n - - error
showq unix n - n - - showq
flush unix n - n 1000? 0 flush
anvil unix - - n - 1 anvil
"""


@pytest.fixture
def postfix() -> Iterator[tuple[str, Path]]:
    """Start Postfix; return its address and the folder of its mailboxes."""
    if not MASTER.exists() or os.geteuid() != 0:
        pytest.skip("needs Debian's postfix and the right to start it")
    owner = pwd.getpwnam("postfix")
    with TemporaryDirectory(dir="/tmp") as name, socket.socket() as probe:
        folder = Path(name)
        folder.chmod(0o755)
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
        probe.close()
        settings, spool, data, boxes = (
            folder / directory for directory in ("etc", "spool", "data", "boxes")
        )
        for directory in (settings, spool, data, boxes):
            directory.mkdir()
        for directory in (data, boxes):
            shutil.chown(directory, owner.pw_uid, owner.pw_gid)
        parameters = {
            "spool": spool,
            "data": data,
            "boxes": boxes,
            "log": folder / "log",
            "folder": folder,
        }
        (settings / "main.cf").write_text(
            MAIN.format(**parameters, uid=owner.pw_uid, gid=owner.pw_gid)
        )
        (settings / "master.cf").write_text(SERVICES.format(port=port))
        subprocess.run(
            ["/usr/sbin/postfix", "-c", settings, "check"], check=True, capture_output=True
        )
        master = subprocess.Popen(
            [MASTER, "-c", settings, "-d"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        try:
            wait_for(port)
            yield f"smtp://127.0.0.1:{port}", boxes
        finally:
            master.terminate()
            master.wait(30)


def wait_for(port: int) -> None:
    until = time.monotonic() + 20
    while time.monotonic() < until:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            time.sleep(0.1)
    raise AssertionError("postfix did not answer")


@pytest.mark.soak
def test_each_mail_arrives_once_through_postfix(world: World, postfix: tuple[str, Path]) -> None:
    address, boxes = postfix
    rows = [
        member(f"{i:05d}", f"Ort {i}", f"Gemeinde Ort {i}", f"rathaus@ort{i}.example")
        for i in range(NUMBER)
    ]
    rows[7] = member("00007", "Ort 7", "Gemeinde Ort 7", "weg@ort7.example")
    world.opened(rows=rows)
    began = time.monotonic()
    post = SmtpTransport(address)
    world.work(send_mail=post)
    post.close()
    seconds = time.monotonic() - began
    assert store.outbox.count_totals(world.db) == {"owed": 0, "sent": NUMBER - 1, "failed": 1}
    assert (
        world.invitation_status("00007").mail_error
        == "550 5.1.1 <weg@ort7.example>: Recipient address rejected: No such user"
    )
    counts = arrived(boxes)
    assert counts.keys() == {f"rathaus@ort{i}.example" for i in range(NUMBER) if i != 7}
    assert set(counts.values()) == {1}
    print(f"{NUMBER} mails to Postfix in {seconds:.1f} s")


def arrived(boxes: Path) -> Counter[str]:
    """Wait for the queue and count the mails of each recipient."""
    until, counts = time.monotonic() + 120, Counter[str]()
    while time.monotonic() < until and sum(counts.values()) < NUMBER - 1:
        time.sleep(0.5)
        paths = list(boxes.rglob("new/*")) or [path for path in boxes.iterdir() if path.is_file()]
        counts = Counter(str(message["To"]) for path in paths for message in read(path))
    return Counter({to.rpartition("<")[2].rstrip(">"): count for to, count in counts.items()})


def read(path: Path) -> list:  # type: ignore[type-arg]
    return (
        [message_from_bytes(path.read_bytes())]
        if path.parent.name == "new"
        else list(mailbox.mbox(path))
    )
