"""Many at once, on real threads and real processes: one order, nothing lost, nothing half."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterable
from contextlib import ExitStack

import pytest

from signoff import actions, store
from signoff.domain.answers import Answer, AnswerKind
from signoff.domain.errors import Reason, Refusal
from signoff.store.connection import WRITE_LOCK, transaction
from signoff.worker import Worker
from tests.world import DEADLINE, MAYOR, OFFICE, World, decline, member, sign

pytestmark = pytest.mark.slow

HUNDRED = [
    member(f"{n:03d}", f"Ort {n}", f"Stadt Ort {n}", f"rathaus@{n}.example") for n in range(100)
]


def together(calls: Iterable[Callable[[], object]]) -> list[object]:
    """All ``deeds`` at the same instant, a thread each; what each gave or how it was refused."""
    calls = list(calls)
    start = threading.Barrier(len(calls))
    outcome: list[object] = [None] * len(calls)

    def run(number: int, action: Callable[[], object]) -> None:
        start.wait(20)
        try:
            outcome[number] = action()
        except Refusal as refusal:
            outcome[number] = refusal.reason

    threads = [threading.Thread(target=run, args=each) for each in enumerate(calls)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return outcome


def giving(world: World, email: str, answer: Answer, form: str = "") -> Callable[[], object]:
    """An answer in a thread and on a connection of its own; the page was read before."""
    access = world.access(email)

    def give() -> object:
        db = world.connect()
        try:
            digest = access.edition.digest
            return actions.answers.submit(
                db, access, answer, edition_digest=digest, form_key=form, now=world.now
            )
        finally:
            db.close()

    return give


def closing_it(world: World) -> Callable[[], object]:
    round_id = world.round().id

    def close() -> object:
        db = world.connect()
        try:
            return actions.rounds.close(db, round_id, "office", world.now)
        finally:
            db.close()

    return close


def test_sign_and_decline_at_the_same_instant_stand_in_one_order(world: World) -> None:
    sign_against_decline(world, 10)


@pytest.mark.soak
def test_sign_and_decline_at_the_same_instant_many_times(world: World) -> None:
    sign_against_decline(world, 500)


def sign_against_decline(world: World, trials: int) -> None:
    world.opened()
    for trial in range(trials):
        together([giving(world, MAYOR, sign()), giving(world, OFFICE, decline())])
        versions = store.answers.list_versions(world.db, world.invitation_status().invitation.id)
        assert [each.number for each in versions] == list(range(1, 2 * trial + 3))
        assert {each.answer.kind for each in versions[-2:]} == {
            AnswerKind.COSIGN,
            AnswerKind.DECLINE,
        }
        assert world.invitation_status().kind is versions[-1].answer.kind
        assert sum(world.round_status().counts.values()) == 4
    assert world.events().count("answered") == 2 * trials
    assert store.audit.find_first_invalid_entry(world.db) is None


def test_a_hundred_members_answer_at_once(world: World) -> None:
    world.opened(rows=HUNDRED)
    together(giving(world, f"rathaus@{n}.example", sign(f"Stadt Ort {n}")) for n in range(100))
    assert world.round_status().counts[AnswerKind.COSIGN] == 100
    assert world.events().count("answered") == 100
    assert store.outbox.count_totals(world.db)["owed"] == 200  # an invitation and a receipt each
    assert store.audit.find_first_invalid_entry(world.db) is None


def test_the_answer_posted_twenty_times_at_once_is_one_answer(world: World) -> None:
    world.opened()
    given = together([giving(world, MAYOR, sign(), "form")] * 20)
    assert len({repr(each) for each in given}) == 1
    assert len(store.answers.list_versions(world.db, world.invitation_status().invitation.id)) == 1


def test_an_answer_in_the_second_of_closing_counts_or_is_refused(world: World) -> None:
    world.opened(rows=HUNDRED[:30])
    calls = [giving(world, f"rathaus@{n}.example", sign(f"Stadt Ort {n}")) for n in range(30)]
    outcome = together([*calls[:15], closing_it(world), *calls[15:]])
    refused = [each for each in outcome if each is Reason.NOT_OPEN]
    signed = world.round_status().counts[AnswerKind.COSIGN]
    assert signed + len(refused) == 30
    order = world.events()
    assert "answered" not in order[order.index("round_closed") :]
    world.work()
    assert len(world.printed[-1].signatories) == signed
    assert store.audit.find_first_invalid_entry(world.db) is None


def test_a_round_closed_twenty_times_at_once_is_closed_once(world: World) -> None:
    world.opened()
    outcome = together([closing_it(world)] * 20)
    assert outcome.count(Reason.ALREADY_CLOSED) == 19
    assert world.events().count("round_closed") == 1


def test_workers_at_the_deadline_close_once(world: World) -> None:
    world.opened()
    world.now = DEADLINE

    def close_due() -> object:
        db = world.connect()
        try:
            return actions.rounds.close_due(db, world.now)
        finally:
            db.close()

    assert sum(len(each) for each in together([close_due] * 8)) == 1
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


def started(program: str, world: World, **pipes: int) -> subprocess.Popen:
    return subprocess.Popen(
        [sys.executable, "-c", program, str(world.settings.instance)], text=True, **pipes
    )


@pytest.fixture
def outside(world: World) -> World:
    """An instance that other processes can open; its deadline lies ahead of any real clock."""
    (world.settings.instance / "keys.json").write_text('{"links": ["6c"], "cookies": ["63"]}')
    world.opened(rows=HUNDRED[:20], last_day=DEADLINE.date().replace(year=2200))
    world.db.conn.execute("UPDATE outbox SET next_try_at = '2020-01-01T00:00:00.000000+00:00'")
    world.db.conn.execute(
        "UPDATE prints SET failed_at = enqueued_at"
    )  # printing is not the point here
    return world


def letters(world: World) -> list[str]:
    return sorted(path.name.partition("-")[2] for path in world.settings.outbox.glob("*.eml"))


def test_work_once_waits_for_a_living_worker_and_takes_over_from_a_dead_one(outside: World) -> None:
    holder = started(HOLD, outside, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert holder.stdout.readline() == "claimed\n"
    waiting = started(WORK, outside, stdout=subprocess.DEVNULL)
    with pytest.raises(subprocess.TimeoutExpired):
        waiting.wait(2.5)
    assert letters(outside) == []

    holder.send_signal(signal.SIGKILL)
    holder.communicate()
    assert waiting.wait(20) == 0
    assert len(letters(outside)) == 20
    assert store.outbox.count_totals(outside.db) == {"owed": 0, "sent": 20, "failed": 0}


class Bereaved(Worker):
    """A worker whose colleague dies between the look at the mail and the look at who is still busy."""

    colleague = {"colleague"}

    def list_others(self) -> set[str]:
        return self.colleague

    def deliver_mail(self) -> int:
        sent = super().deliver_mail()
        self.colleague = set()
        return sent


def test_what_a_worker_leaves_that_dies_at_the_last_look_is_not_forgotten(world: World) -> None:
    world.opened()
    world.work()
    with transaction(world.db):
        world.db.execute("UPDATE outbox SET sent_at = NULL, claimed_by = 'colleague'")
    with Bereaved(world.settings, world.db, world.services) as worker:
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
            while not WRITE_LOCK.waiting:
                thread.join(0.001)
            new = stack.enter_context(world.worker())
            world.db.execute(f"UPDATE {table} SET claimed_by = ?", [new.name])
        thread.join(20)
    assert counts == [0]
    assert not world.postbox and not world.printed


def killed_again_and_again(world: World, kills: int, gap: float) -> None:
    for number in range(kills):
        worker = started(WORK, world, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            worker.wait(gap * (1 + number % 10))
        except subprocess.TimeoutExpired:
            os.kill(worker.pid, signal.SIGKILL)
            worker.wait()
        world.db.conn.execute(
            "UPDATE outbox SET sent_at = NULL, claimed_by = 'gone' WHERE id % 7 = ?", [number % 7]
        )
    assert started(WORK, world, stdout=subprocess.DEVNULL).wait(60) == 0
    assert store.outbox.count_totals(world.db)["owed"] == 0
    assert store.audit.find_first_invalid_entry(world.db) is None
    assert not list(world.settings.outbox.glob(".writing"))


def test_a_worker_killed_at_any_instant_leaves_everything_whole(outside: World) -> None:
    killed_again_and_again(outside, 4, 0.12)


@pytest.mark.soak
def test_a_worker_killed_a_thousand_times_leaves_everything_whole(outside: World) -> None:
    killed_again_and_again(outside, 1000, 0.12)
