"""Concurrent actions in real threads and processes: one order, no losses, no partial changes."""

import multiprocessing
import os
import shutil
import signal
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from datetime import date
from multiprocessing.connection import Connection
from pathlib import Path

import pytest

from signoff import actions, store
from signoff.domain.answers import Answer, AnswerKind
from signoff.domain.errors import Reason, Refusal
from signoff.store.connection import WRITERS, transaction
from signoff.worker import Worker
from tests.factories import MAYOR, OFFICE, decline, member, sign
from tests.world import DEADLINE, World, new_world, write_keys

pytestmark = pytest.mark.slow

HUNDRED = [
    member(f"{n:03d}", f"Ort {n}", f"Stadt Ort {n}", f"rathaus@{n}.example") for n in range(100)
]


def run_together(calls: Iterable[Callable[[], object]]) -> list[object]:
    """Run ``calls`` at the same time, each in a thread; return their results or the reasons of their refusals."""
    calls = list(calls)
    start = threading.Barrier(len(calls))
    outcome: list[object] = [None] * len(calls)

    def run(number: int, action: Callable[[], object]) -> None:
        start.wait(20)
        try:
            outcome[number] = action()
        except Refusal as refusal:
            outcome[number] = refusal.reason

    threads = [threading.Thread(target=run, args=numbered) for numbered in enumerate(calls)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return outcome


def submission(world: World, email: str, answer: Answer, form: str = "") -> Callable[[], object]:
    """Return a call that submits an answer on its own connection; the page was loaded before."""
    access = world.access(email)
    seen = access.version.id if access.version else None

    def give() -> object:
        db = world.connect()
        try:
            digest = access.edition.digest
            return actions.answers.submit(
                db, access, answer, edition_digest=digest, seen=seen, form_key=form, now=world.now
            )
        finally:
            db.close()

    return give


def closure(world: World) -> Callable[[], object]:
    round_id = world.round().id

    def close() -> object:
        db = world.connect()
        try:
            return actions.rounds.close(db, round_id, "office", world.now)
        finally:
            db.close()

    return close


def test_of_simultaneous_sign_and_decline_one_is_stored_and_the_other_is_asked(
    world: World,
) -> None:
    sign_against_decline(world, 10)


@pytest.mark.soak
def test_simultaneous_sign_and_decline_many_times(world: World) -> None:
    sign_against_decline(world, 500)


def sign_against_decline(world: World, trials: int) -> None:
    world.opened()
    for trial in range(trials):
        calls = [submission(world, MAYOR, sign()), submission(world, OFFICE, decline())]
        outcome = run_together(calls)
        versions = store.answers.list_versions(world.db, world.invitation_status().invitation.id)
        assert [version.number for version in versions] == list(range(1, trial + 2))
        assert outcome.count(Reason.STALE) == 1
        assert versions[-1] in outcome
        assert world.invitation_status().kind is versions[-1].answer.kind
        assert sum(world.round_status().counts.values()) == 4
    assert world.events().count("answered") == trials
    assert store.audit.find_fault(world.db) is None


def test_a_hundred_members_answer_at_once(world: World) -> None:
    world.opened(rows=HUNDRED)
    run_together(
        submission(world, f"rathaus@{n}.example", sign(f"Stadt Ort {n}")) for n in range(100)
    )
    assert world.round_status().counts[AnswerKind.COSIGN] == 100
    assert world.events().count("answered") == 100
    assert store.outbox.count_totals(world.db)["owed"] == 200  # an invitation and a receipt each
    assert store.audit.find_fault(world.db) is None


def test_answer_posted_twenty_times_at_once_is_stored_once(world: World) -> None:
    world.opened()
    results = run_together([submission(world, MAYOR, sign(), "form")] * 20)
    assert len({repr(result) for result in results}) == 1
    assert len(store.answers.list_versions(world.db, world.invitation_status().invitation.id)) == 1


def test_an_answer_in_the_second_of_closing_counts_or_is_refused(world: World) -> None:
    world.opened(rows=HUNDRED[:30])
    calls = [submission(world, f"rathaus@{n}.example", sign(f"Stadt Ort {n}")) for n in range(30)]
    outcome = run_together([*calls[:15], closure(world), *calls[15:]])
    refused = [result for result in outcome if result is Reason.NOT_OPEN]
    signed = world.round_status().counts[AnswerKind.COSIGN]
    assert signed + len(refused) == 30
    order = world.events()
    assert "answered" not in order[order.index("round_closed") :]
    world.work()
    assert len(world.printed[-1].signatories) == signed
    assert store.audit.find_fault(world.db) is None


def answer_until_refused(races: Connection) -> None:
    """The other process: for each instance it is told, all members answer in turn, until one is refused."""
    while settings := races.recv():
        world = World(settings)
        accesses = [world.access(f"rathaus@{n}.example") for n in range(8)]
        races.send("ready")
        races.recv()
        for number, access in enumerate(accesses):
            try:
                world.submit(access, sign(f"Stadt Ort {number}"))
            except Refusal as refusal:
                if refusal.reason is not Reason.NOT_OPEN:
                    raise
                break
            races.send(access.invitation.id)
        races.send(None)
        world.db.close()


@pytest.mark.soak
def test_an_answer_is_in_the_list_or_refused_in_a_thousand_races_of_two_processes(
    tmp_path: Path,
) -> None:
    spawned = multiprocessing.get_context("spawn")
    here, there = spawned.Pipe()
    other = spawned.Process(target=answer_until_refused, args=[there], daemon=True)
    other.start()
    acknowledged_in_all: Counter[int] = Counter()
    for race in range(1000):
        folder = tmp_path / str(race)
        folder.mkdir()
        world = new_world(folder)
        world.opened(rows=HUNDRED[:8])
        here.send(world.settings)
        assert here.recv() == "ready"
        here.send("go")
        acknowledged = [here.recv() for _ in range(race % 4)]
        world.closed()
        while (invitation_id := here.recv()) is not None:
            acknowledged.append(invitation_id)
        listed = {status.invitation.id: status.kind for status in world.round_status().invitations}
        for invitation_id, kind in listed.items():
            assert (kind is AnswerKind.COSIGN) == (invitation_id in acknowledged)
        events = world.events()
        closing = world.entries()[events.index("round_closed")]
        assert closing.details["counts"]["sign"] == len(acknowledged)
        assert "answered" not in events[events.index("round_closed") :]
        assert store.audit.find_fault(world.db) is None
        acknowledged_in_all[len(acknowledged)] += 1
        world.db.close()
        shutil.rmtree(folder)
    here.send(None)
    other.join(20)
    assert other.exitcode == 0
    assert len(acknowledged_in_all) > 4, "the closing never met an answer"
    print(sorted(acknowledged_in_all.items()))


def test_round_closed_twenty_times_at_once_is_closed_once(world: World) -> None:
    world.opened()
    outcome = run_together([closure(world)] * 20)
    assert outcome.count(Reason.ALREADY_CLOSED) == 19
    assert world.events().count("round_closed") == 1


def test_several_workers_close_a_round_once_at_its_deadline(world: World) -> None:
    world.opened()
    world.now = DEADLINE

    def close_due() -> object:
        db = world.connect()
        try:
            return actions.rounds.close_due(db, world.now)
        finally:
            db.close()

    assert sum(len(closed) for closed in run_together([close_due] * 8)) == 1
    assert world.events().count("round_closed") == 1
    assert len(store.rounds.list_past_deadline(world.db, world.now)) == 0


WORK = (
    "import sys; from signoff.cli import main; main(['work', '--once', '--instance', sys.argv[1]])"
)
HOLD = """
import sys
from pathlib import Path
from signoff.cli.context import open_context, get_latest_round
from signoff.store import outbox
from signoff.store.connection import transaction
from signoff.worker import Worker
here = open_context(Path(sys.argv[1]))
with Worker(here.settings, here.db, here.services) as worker:
    with transaction(here.db):
        outbox.claim(here.db, worker.name, set(), 50, here.now)
    print("claimed", flush=True)
    sys.stdin.read()
"""


def start_program(program: str, world: World, **pipes: int) -> subprocess.Popen:
    return subprocess.Popen(
        [sys.executable, "-c", program, str(world.settings.instance)], text=True, **pipes
    )


@pytest.fixture
def file_world(world: World) -> World:
    """An instance that other processes can open; its deadline is in the future of the real clock."""
    write_keys(world.settings.instance)
    world.opened(rows=HUNDRED[:20], last_day=date(2028, 12, 31))
    world.db.conn.execute("UPDATE outbox SET next_try_at = '2020-01-01T00:00:00.000000+00:00'")
    world.db.conn.execute(
        "UPDATE prints SET failed_at = enqueued_at"
    )  # printing is not the point here
    return world


def list_mails(world: World) -> list[str]:
    return sorted(path.name.partition("-")[2] for path in world.settings.outbox.glob("*.eml"))


def test_work_once_waits_for_a_living_worker_and_takes_over_from_a_dead_one(
    file_world: World,
) -> None:
    holder = start_program(HOLD, file_world, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert holder.stdout.readline() == "claimed\n"
    waiting = start_program(WORK, file_world, stdout=subprocess.DEVNULL)
    with pytest.raises(subprocess.TimeoutExpired):
        waiting.wait(2.5)
    assert list_mails(file_world) == []

    holder.send_signal(signal.SIGKILL)
    holder.communicate()
    assert waiting.wait(20) == 0
    assert len(list_mails(file_world)) == 20
    assert store.outbox.count_totals(file_world.db) == {"owed": 0, "sent": 20, "failed": 0}


class WorkerWithDyingColleague(Worker):
    """A worker whose colleague dies after the check for mail and before the check for other workers."""

    colleague = {"colleague"}

    def list_others(self) -> set[str]:
        return self.colleague

    def deliver_mail(self) -> int:
        sent = super().deliver_mail()
        self.colleague = set()
        return sent


def test_mail_of_a_worker_that_dies_before_the_last_check_is_sent(world: World) -> None:
    world.opened()
    world.work()
    with transaction(world.db):
        world.db.execute("UPDATE outbox SET sent_at = NULL, claimed_by = 'colleague'")
    with WorkerWithDyingColleague(world.settings, world.db, world.services) as worker:
        worker.run_once()
    assert store.outbox.count_totals(world.db)["owed"] == 0


@pytest.mark.parametrize(("step", "table"), [("deliver_mail", "outbox"), ("print_next", "prints")])
def test_a_worker_that_starts_and_claims_while_another_waits_for_its_turn_keeps_its_work(
    world: World, step: str, table: str
) -> None:
    world.opened()
    counts: list[int] = []

    def work(worker: Worker) -> None:
        worker.db = world.connect()
        counts.append(getattr(worker, step)())
        worker.db.close()

    with world.worker() as waiting, ExitStack() as stack:
        thread = threading.Thread(target=work, args=[waiting])
        with transaction(world.db):
            thread.start()
            while not WRITERS.waiting:
                thread.join(0.001)
            new = stack.enter_context(world.worker())
            world.db.execute(f"UPDATE {table} SET claimed_by = ?", [new.name])
        thread.join(20)
    assert counts == [0]
    assert not world.postbox
    assert not world.printed


def kill_repeatedly(world: World, kills: int, gap: float) -> None:
    for number in range(kills):
        worker = start_program(WORK, world, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            worker.wait(gap * (1 + number % 10))
        except subprocess.TimeoutExpired:
            os.kill(worker.pid, signal.SIGKILL)
            worker.wait()
        world.db.conn.execute(
            "UPDATE outbox SET sent_at = NULL, claimed_by = 'gone' WHERE id % 7 = ?", [number % 7]
        )
    assert start_program(WORK, world, stdout=subprocess.DEVNULL).wait(60) == 0
    assert store.outbox.count_totals(world.db)["owed"] == 0
    assert store.audit.find_fault(world.db) is None
    assert not list(world.settings.outbox.glob(".writing"))


def test_killed_worker_leaves_consistent_data(file_world: World) -> None:
    kill_repeatedly(file_world, 4, 0.12)


@pytest.mark.soak
def test_worker_killed_a_thousand_times_leaves_consistent_data(file_world: World) -> None:
    kill_repeatedly(file_world, 1000, 0.12)
