"""Thousands of mails with an unreliable server, killed workers and a clock that jumps.

Short forms run with every test, the long ones with ``make soak``.
"""

import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import NamedTuple

import pytest

from signoff import actions, store
from signoff.domain.mail import AnyMailContext
from signoff.mail.transport import SmtpTransport
from tests.factories import member
from tests.world import World, write_keys

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parent.parent.parent
SINK = ROOT / "tests" / "mail" / "smtp_server.py"
PATIENCE = 0.4  # seconds; less than the silence of the server


class Accepted(NamedTuple):
    """One message accepted by the server; ``sure`` if it could confirm it."""

    to: str
    id: str
    sure: bool


def large_round(number: int) -> list:  # type: ignore[type-arg]
    return [
        member(f"{i:05d}", f"Ort {i}", f"Gemeinde Ort {i}", f"rathaus@ort{i}.example")
        for i in range(number)
    ]


@contextmanager
def sink(log: Path, trouble: int) -> Iterator[str]:
    """Start the server and return its address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, str(SINK), str(port), str(log), "7", str(trouble)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as server:
        assert server.stdin
        assert server.stdout
        assert server.stdout.readline() == b"ready\n"
        try:
            yield f"smtp://127.0.0.1:{port}"
        finally:
            server.stdin.close()
            server.wait(20)


def read(log: Path) -> tuple[list[Accepted], set[str]]:
    """The messages that the server accepted, in order, and the recipients that it refused permanently."""
    accepted, refused = [], set()
    for line in log.read_text().splitlines():
        word, to, *details = line.split()
        if word == "accepted":
            accepted.append(Accepted(to, details[0], details[1] == "sure"))
        elif word == "refused":
            refused.add(to)
    return accepted, refused


def check(accepted: list[Accepted], refused: set[str], number: int, repeats_allowed: int) -> None:
    """Check that each mail was sent once, apart from unconfirmed ones, and that repeats have the same message ID."""
    reached = Counter(mail.to for mail in accepted)
    assert len(set(reached) | refused) == number
    ids: dict[str, set[str]] = {}
    for mail in accepted:
        ids.setdefault(mail.to, set()).add(mail.id)
    assert all(len(mail_ids) == 1 for mail_ids in ids.values())
    assert len({id for mail_ids in ids.values() for id in mail_ids}) == len(ids)
    repeats = sum(count - 1 for count in reached.values())
    print(f"{number} mails, {len(accepted)} accepted, {len(refused)} refused, {repeats} repeated")
    assert repeats <= repeats_allowed


@pytest.mark.parametrize(
    ("number", "trouble"), [(300, 60), pytest.param(10_000, 30, marks=pytest.mark.soak)]
)
def test_unreliable_server_gets_every_mail_and_repeats_only_after_dropped_connections(
    world: World, tmp_path: Path, number: int, trouble: int
) -> None:
    log = tmp_path / "accepted"
    world.opened(rows=large_round(number))
    with sink(log, trouble) as address:
        post = SmtpTransport(address, timeout=PATIENCE)
        with world.worker(send_mail=post) as worker:
            while store.outbox.count_totals(world.db)["owed"]:
                worker.run_once()
                world.now += timedelta(minutes=5)
        post.close()
    accepted, refused = read(log)
    unsure = sum(not mail.sure for mail in accepted)
    check(accepted, refused, number, unsure)
    assert store.outbox.count_totals(world.db) == {
        "owed": 0,
        "sent": number - len(refused),
        "failed": len(refused),
    }
    assert len({mail.to for mail in accepted}) == number - len(refused)


@pytest.mark.parametrize(
    ("number", "kills"), [(300, 10), pytest.param(40_000, 1000, marks=pytest.mark.soak)]
)
def test_killed_worker_repeats_only_mail_it_could_not_mark_as_sent(
    world: World, tmp_path: Path, number: int, kills: int
) -> None:
    log, generator = tmp_path / "accepted", random.Random(11)
    world.opened(rows=large_round(number))
    keyed(tmp_path)
    killed = 0
    with sink(log, 0) as address, WorkerForks(tmp_path, address) as forks:
        for _ in range(kills):
            before = log.stat().st_size
            worker = forks.start()
            wait_for_mail(log, before)
            time.sleep(generator.random() * 0.03)
            os.kill(worker, signal.SIGKILL)
            killed += forks.wait() == -signal.SIGKILL
        assert killed == kills
        assert store.outbox.count_totals(world.db)["owed"]
        forks.start()
        assert forks.wait() == 0
    print(f"{killed} kills")
    accepted, refused = read(log)
    check(accepted, refused, number, kills * (actions.mail.MAX_UNRECORDED + 1))
    assert store.outbox.count_totals(world.db) == {"owed": 0, "sent": number, "failed": 0}


class WorkerForks:
    """Workers in processes of their own, to be killed: one process that has loaded everything and opened nothing
    forks a worker whenever it is told to."""

    def __init__(self, instance: Path, address: str) -> None:
        environment = {
            **os.environ,
            "SIGNOFF_SMTP_URL": address,
            "SIGNOFF_BASE_URL": "http://localhost:8000",
        }
        command = [sys.executable, "-m", "tests.actions.worker_forks", str(instance)]
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
        self.process = subprocess.Popen(command, env=environment, cwd=ROOT, text=True, **pipes)  # type: ignore[call-overload]

    def __enter__(self) -> "WorkerForks":
        return self

    def __exit__(self, *_: object) -> None:
        self.process.stdin.close()
        self.process.wait(60)
        self.process.stdout.close()

    def start(self) -> int:
        """Start a worker and return its process ID."""
        self.process.stdin.write("go\n")
        self.process.stdin.flush()
        return int(self.process.stdout.readline())

    def wait(self) -> int:
        """Wait until the worker ends and return its exit status."""
        return int(self.process.stdout.readline())


def wait_for_mail(log: Path, before: int) -> None:
    """Wait until the server has accepted one more mail."""
    until = time.monotonic() + 60
    while log.stat().st_size <= before:
        assert time.monotonic() < until
        time.sleep(0.001)


def keyed(instance: Path) -> None:
    """Write the keys of the world where another process reads them."""
    write_keys(instance)


def test_several_workers_never_send_the_same_mail(world: World, tmp_path: Path) -> None:
    log = tmp_path / "accepted"
    world.opened(rows=large_round(200))
    keyed(tmp_path)
    with sink(log, 0) as address, ExitStack() as stack:
        processes = [stack.enter_context(WorkerForks(tmp_path, address)) for _ in range(2)]
        for process in processes:
            process.start()
        assert [process.wait() for process in processes] == [0, 0]
    accepted, refused = read(log)
    check(accepted, refused, 200, 0)


def test_the_next_mail_is_composed_while_the_server_takes_the_one_before(
    world: World, tmp_path: Path
) -> None:
    world.opened(rows=large_round(3))
    steps: list[str] = []

    def compose(context: AnyMailContext, now: datetime) -> EmailMessage:
        steps.append("composed")
        return world.services.compose(context, now)

    with sink(tmp_path / "accepted", 0) as address:
        post = SmtpTransport(address)
        services = replace(world.services, compose=compose, send_mail=post)
        actions.mail.deliver_batch(
            world.db, services, "worker", on_attempt=lambda message: steps.append("accepted")
        )
        post.close()
    assert steps == ["composed", "composed", "accepted", "composed", "accepted", "accepted"]


SPRING = datetime(
    2027, 3, 28, 0, 59, 30, tzinfo=UTC
)  # half a minute before two o'clock becomes three in Berlin
AUTUMN = datetime(2027, 10, 31, 0, 59, 30, tzinfo=UTC)


@pytest.mark.parametrize("start", [SPRING, AUTUMN])
@pytest.mark.parametrize("number", [60, pytest.param(2000, marks=pytest.mark.soak)])
def test_clock_jumps_and_summer_time_lose_and_repeat_no_mail(
    world: World, tmp_path: Path, start: datetime, number: int
) -> None:
    """The clock jumps by an hour and by a day, forwards and back, during the run."""
    log, generator = tmp_path / "accepted", random.Random(3)
    world.now = start
    world.opened(rows=large_round(number), last_day=(start + timedelta(days=90)).date())
    jumps = [timedelta(hours=1), timedelta(hours=-1), timedelta(days=1), timedelta(days=-1)] * 3
    with sink(log, 100) as address:
        post = SmtpTransport(address, timeout=PATIENCE)
        with world.worker(send_mail=post) as worker:
            while store.outbox.count_totals(world.db)["owed"]:
                while worker.deliver_mail():
                    world.now += (
                        jumps.pop() if jumps and generator.random() < 0.5 else timedelta(seconds=20)
                    )
                world.now += jumps.pop() if jumps else timedelta(minutes=5)
        post.close()
    accepted, refused = read(log)
    check(accepted, refused, number, sum(not mail.sure for mail in accepted))
    assert {mail.to for mail in accepted} | refused == {
        f"rathaus@ort{i}.example" for i in range(number)
    }
