"""Thousands of mails through a server that misbehaves and a worker that is killed; and a clock that jumps.

Short forms run with every test, the long ones with ``make soak``.
"""

import json
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
from signoff.cli.instance import write_if_missing
from signoff.domain.mail import AnyMailContext
from signoff.mail.transport import SmtpTransport
from tests.world import KEYS, World, member

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parent.parent.parent
SINK = ROOT / "tests" / "mail" / "smtp_server.py"
PATIENCE = 0.4  # seconds; less than the silence of the server


class Accepted(NamedTuple):
    """One message the server took; ``sure``: it could say so."""

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
    """The server, and its address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, str(SINK), str(port), str(log), "7", str(trouble)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as server:
        assert server.stdin and server.stdout
        assert server.stdout.readline() == b"ready\n"
        try:
            yield f"smtp://127.0.0.1:{port}"
        finally:
            server.stdin.close()
            server.wait(20)


def read(log: Path) -> tuple[list[Accepted], set[str]]:
    """What the server accepted, in order, and whom it refused for good."""
    accepted, refused = [], set()
    for line in log.read_text().splitlines():
        word, to, *rest = line.split()
        if word == "accepted":
            accepted.append(Accepted(to, rest[0], rest[1] == "told"))
        elif word == "refused":
            refused.add(to)
    return accepted, refused


def check(accepted: list[Accepted], refused: set[str], number: int, repeats_allowed: int) -> None:
    """Nobody is forgotten; each mail once but for those nobody could know about; every repeat under its first id."""
    reached = Counter(each.to for each in accepted)
    assert len(set(reached) | refused) == number
    ids: dict[str, set[str]] = {}
    for each in accepted:
        ids.setdefault(each.to, set()).add(each.id)
    assert all(len(found) == 1 for found in ids.values())
    assert len({id for found in ids.values() for id in found}) == len(ids)
    repeats = sum(count - 1 for count in reached.values())
    print(f"{number} mails, {len(accepted)} accepted, {len(refused)} refused, {repeats} repeated")
    assert repeats <= repeats_allowed


@pytest.mark.parametrize(
    ("number", "trouble"), [(300, 60), pytest.param(10_000, 30, marks=pytest.mark.soak)]
)
def test_a_server_that_misbehaves_loses_nothing_and_gets_nothing_twice_but_after_a_drop(
    world: World, tmp_path: Path, number: int, trouble: int
) -> None:
    log = tmp_path / "accepted"
    world.opened(rows=large_round(number))
    with sink(log, trouble) as address:
        post = SmtpTransport(address, timeout=PATIENCE)
        with world.worker(post=post) as worker:
            while store.outbox.count_totals(world.db)["owed"]:
                worker.run_once()
                world.now += timedelta(minutes=5)
        post.close()
    accepted, refused = read(log)
    unsure = sum(not each.sure for each in accepted)
    check(accepted, refused, number, unsure)
    assert store.outbox.count_totals(world.db) == {
        "owed": 0,
        "sent": number - len(refused),
        "failed": len(refused),
    }
    assert len({each.to for each in accepted}) == number - len(refused)


@pytest.mark.parametrize(
    ("number", "kills"), [(300, 10), pytest.param(40_000, 1000, marks=pytest.mark.soak)]
)
def test_a_worker_killed_at_any_instant_repeats_only_what_it_could_not_mark(
    world: World, tmp_path: Path, number: int, kills: int
) -> None:
    log, chance = tmp_path / "accepted", random.Random(11)
    world.opened(rows=large_round(number))
    keyed(tmp_path)
    killed = 0
    with sink(log, 0) as address, Nursery(tmp_path, address) as nursery:
        for _ in range(kills):
            before = log.stat().st_size
            worker = nursery.start()
            wait_for_mail(log, before)
            time.sleep(chance.random() * 0.03)
            os.kill(worker, signal.SIGKILL)
            killed += nursery.ended() == -signal.SIGKILL
        assert killed == kills
        assert store.outbox.count_totals(world.db)["owed"]
        nursery.start()
        assert nursery.ended() == 0
    print(f"{killed} kills")
    accepted, refused = read(log)
    check(accepted, refused, number, kills * (actions.mail.MAX_UNRECORDED + 1))
    assert store.outbox.count_totals(world.db) == {"owed": 0, "sent": number, "failed": 0}


class Nursery:
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

    def __enter__(self) -> "Nursery":
        return self

    def __exit__(self, *_: object) -> None:
        self.process.stdin.close()
        self.process.wait(60)
        self.process.stdout.close()

    def start(self) -> int:
        """A worker at work; its id."""
        self.process.stdin.write("go\n")
        self.process.stdin.flush()
        return int(self.process.stdout.readline())

    def ended(self) -> int:
        """Wait for the end of the worker; its exit status."""
        return int(self.process.stdout.readline())


def wait_for_mail(log: Path, before: int) -> None:
    """Until the server has taken one more mail."""
    until = time.monotonic() + 60
    while log.stat().st_size <= before:
        assert time.monotonic() < until
        time.sleep(0.001)


def keyed(instance: Path) -> None:
    """The keys of the world, where a process of its own finds them."""
    keys = {"links": [KEYS.links[0].hex()], "cookies": [KEYS.cookies[0].hex()]}
    write_if_missing(instance / "keys.json", json.dumps(keys))


def test_several_workers_never_send_the_same_mail(world: World, tmp_path: Path) -> None:
    log = tmp_path / "accepted"
    world.opened(rows=large_round(200))
    keyed(tmp_path)
    with sink(log, 0) as address, ExitStack() as stack:
        several = [stack.enter_context(Nursery(tmp_path, address)) for _ in range(2)]
        for each in several:
            each.start()
        assert [each.ended() for each in several] == [0, 0]
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
        services = replace(world.services, compose=compose, post=post)
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
def test_clocks_that_jump_and_changes_of_summer_time_lose_and_repeat_nothing(
    world: World, tmp_path: Path, start: datetime, number: int
) -> None:
    """An hour and a day, forwards and back, in the middle of the run."""
    log, chance = tmp_path / "accepted", random.Random(3)
    world.now = start
    world.opened(rows=large_round(number), last_day=(start + timedelta(days=90)).date())
    jumps = [timedelta(hours=1), timedelta(hours=-1), timedelta(days=1), timedelta(days=-1)] * 3
    with sink(log, 100) as address:
        post = SmtpTransport(address, timeout=PATIENCE)
        with world.worker(post=post) as worker:
            while store.outbox.count_totals(world.db)["owed"]:
                while worker.deliver_mail():
                    world.now += (
                        jumps.pop() if jumps and chance.random() < 0.5 else timedelta(seconds=20)
                    )
                world.now += jumps.pop() if jumps else timedelta(minutes=5)
        post.close()
    accepted, refused = read(log)
    check(accepted, refused, number, sum(not each.sure for each in accepted))
    assert {each.to for each in accepted} | refused == {
        f"rathaus@ort{i}.example" for i in range(number)
    }
