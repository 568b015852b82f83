"""The folder that replaces a mail server."""

import multiprocessing
import os
import signal
import stat
import time
from dataclasses import replace
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

import pytest

from signoff.domain.delivery import DeliveryError
from signoff.domain.mail import MailKind
from signoff.mail.transport import FolderTransport, SmtpTransport, transport_for
from tests.mail.samples import LINK, composed, mail, part

INVITATION = mail(MailKind.INVITATION)


def to(domain_name: str, number: int = 0) -> EmailMessage:
    link = replace(INVITATION.link, email=f"amt@{domain_name}.example")
    return composed(
        replace(INVITATION, link=link, message=replace(INVITATION.message, number=number))
    )


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.glob("*.eml"))


def test_file_names_sort_in_order_of_sending_and_describe_the_mail(tmp_path: Path) -> None:
    post = FolderTransport(tmp_path / "instance" / "outbox")
    for status in ("zwickau", "aachen", "muelheim-an-der-ruhr"):
        post(to(status))
    assert names(post.path) == [
        "000001-invitation-zwickau.eml",
        "000002-invitation-aachen.eml",
        "000003-invitation-muelheim_an_der_ruhr.eml",
    ]


def test_file_contains_the_message_and_is_readable_only_by_its_owner(tmp_path: Path) -> None:
    post = FolderTransport(tmp_path / "outbox")
    post(composed(INVITATION))
    (file,) = post.path.glob("*.eml")
    message = message_from_bytes(file.read_bytes(), policy=policy.default)
    assert file.read_bytes() == composed(INVITATION).as_bytes().replace(b"\r\n", b"\n")
    assert LINK in part(message, "plain").splitlines()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(post.path.stat().st_mode) == 0o700


def test_other_process_and_moved_files_do_not_disturb_the_order(tmp_path: Path) -> None:
    first, second = FolderTransport(tmp_path), FolderTransport(tmp_path)
    first(to("a1"))
    second(to("b2"))
    first(to("c3"))
    (tmp_path / "000003-invitation-c3.eml").unlink()
    second(to("d4"))
    (tmp_path / ".number").unlink()  # lost in a power cut
    FolderTransport(tmp_path)(to("e5"))
    assert [name[:6] for name in names(tmp_path)] == ["000001", "000002", "000004", "000005"]


def test_damaged_counter_is_restored_from_the_files(tmp_path: Path) -> None:
    FolderTransport(tmp_path)(to("a1"))
    (tmp_path / ".number").write_bytes(b"\0" * 20)
    FolderTransport(tmp_path)(to("b2"))
    assert names(tmp_path) == ["000001-invitation-a1.eml", "000002-invitation-b2.eml"]


def send(folder: Path, domain_name: str, count: int) -> None:
    post = FolderTransport(folder)
    for number in range(count):
        post(to(domain_name, number))


@pytest.mark.slow
def test_four_processes_share_the_numbers_and_lose_nothing(tmp_path: Path) -> None:
    context = multiprocessing.get_context("forkserver")
    workers = [context.Process(target=send, args=(tmp_path, f"ort{n}", 25)) for n in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
        assert worker.exitcode == 0
    assert [int(name[:6]) for name in names(tmp_path)] == list(range(1, 101))
    for n in range(4):  # each worker's own order is the order of its files
        files = sorted(tmp_path.glob(f"*-ort{n}.eml"))
        ids = [
            message_from_bytes(file.read_bytes(), policy=policy.default)["Message-ID"]
            for file in files
        ]
        assert [int(message_id.split("@")[0].rpartition(".")[2]) for message_id in ids] == list(
            range(25)
        )


@pytest.mark.slow
def test_killed_sender_leaves_complete_files_and_no_lock(tmp_path: Path) -> None:
    context = multiprocessing.get_context("forkserver")
    for turn in range(4):
        worker = context.Process(target=send, args=(tmp_path, "musterhausen", 100_000))
        worker.start()
        before = len(names(tmp_path))
        while len(names(tmp_path)) < before + 3 + turn:
            time.sleep(0.001)
        assert worker.pid is not None
        os.kill(worker.pid, signal.SIGKILL)
        worker.join()
    FolderTransport(tmp_path)(composed(INVITATION))
    for file in tmp_path.glob("*.eml"):
        message = message_from_bytes(file.read_bytes(), policy=policy.default)
        assert file.read_bytes().rstrip().endswith(f"--{message.get_boundary()}--".encode())
    numbers = [int(name[:6]) for name in names(tmp_path)]
    assert len(set(numbers)) == len(numbers)


def test_a_folder_that_cannot_be_written_is_a_temporary_failure(tmp_path: Path) -> None:
    (tmp_path / "outbox").write_text("a file where the folder should be")
    with pytest.raises(DeliveryError) as failed:
        FolderTransport(tmp_path / "outbox")(composed(INVITATION))
    assert not failed.value.permanent
    assert failed.value.server_unavailable
    assert "outbox" in failed.value.diagnostic


def test_full_disk_leaves_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(DeliveryError, match="No space left"):
        FolderTransport(tmp_path)(composed(INVITATION))
    assert names(tmp_path) == []


def test_mail_is_written_to_the_folder_if_no_server_is_configured(tmp_path: Path) -> None:
    assert isinstance(transport_for(None, tmp_path), FolderTransport)
    assert isinstance(transport_for("", tmp_path), FolderTransport)
    assert isinstance(transport_for("smtp://localhost:2525", tmp_path), SmtpTransport)


def test_unfinished_file_of_a_killed_sender_is_overwritten(tmp_path: Path) -> None:
    (tmp_path / ".writing").write_text("half a mess")
    FolderTransport(tmp_path)(to("musterhausen"))
    written = (tmp_path / "000001-invitation-musterhausen.eml").read_bytes()
    assert written == to("musterhausen").as_bytes().replace(b"\r\n", b"\n")
    assert not (tmp_path / ".writing").exists()
