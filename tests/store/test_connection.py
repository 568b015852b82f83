"""Settings of connections, and transactions that take turns."""

import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from signoff import store
from signoff.domain.audit import Event
from signoff.store.connection import (
    PRAGMAS,
    PRAGMAS_WITHOUT_WAL,
    FairLock,
    OperationalError,
    connect,
    is_wal_safe,
    transaction,
)
from signoff.store.rows import execute
from tests.world import NOW, World


def record(db) -> None:
    store.audit.record(db, Event.ACCOUNT_CHANGED, "test", "instance", NOW)


def get_pragma(db, name: str) -> object:
    return db.conn.execute(f"PRAGMA {name}").fetchone()[0]


def test_connections_have_the_settings_that_durability_depends_on(world: World) -> None:
    safe = is_wal_safe()
    assert get_pragma(world.db, "journal_mode") == ("wal" if safe else "delete")
    for name, value in (PRAGMAS if safe else PRAGMAS_WITHOUT_WAL).items():
        assert get_pragma(world.db, name) == value, name


def test_affected_version_of_sqlite_runs_without_wal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("signoff.store.connection.is_wal_safe", lambda: False)
    db = connect(tmp_path / "old.sqlite")
    assert (get_pragma(db, "journal_mode"), get_pragma(db, "synchronous")) == ("delete", 3)
    db.close()


@pytest.mark.parametrize(
    ("version", "safe"),
    [
        ("3.7.0", False),
        ("3.40.1", False),
        ("3.44.5", False),
        ("3.44.6", True),
        ("3.45.0", False),
        ("3.50.6", False),
        ("3.50.7", True),
        ("3.51.2", False),
        ("3.51.3", True),
        ("3.53.4", True),
        ("4.0.0", True),
    ],
)
def test_versions_that_lose_committed_transactions(version: str, safe: bool) -> None:
    assert is_wal_safe(version) is safe


def test_second_writer_is_refused_while_another_holds_the_lock(world: World) -> None:
    """Transactions begin immediately: a deferred one would read first and fail only when it writes."""
    other, impatient = world.connect(), world.connect(timeout=0)
    other.conn.execute("BEGIN IMMEDIATE")
    with pytest.raises(OperationalError, match="locked"), transaction(impatient):
        pytest.fail("two writers at once")
    other.conn.execute("ROLLBACK")
    with transaction(impatient):
        record(impatient)
    other.close()
    impatient.close()


def test_transaction_takes_the_lock_at_once(world: World) -> None:
    impatient = world.connect(timeout=0)
    with transaction(world.db), pytest.raises(OperationalError, match="locked"):
        impatient.conn.execute("BEGIN IMMEDIATE")
    impatient.close()


def test_transactions_do_not_nest(world: World) -> None:
    with transaction(world.db), pytest.raises(RuntimeError, match="nest"), transaction(world.db):
        pass
    with transaction(world.db):
        record(world.db)


def test_writing_needs_a_transaction(world: World) -> None:
    with pytest.raises(RuntimeError, match="transaction"):
        record(world.db)
    with pytest.raises(RuntimeError, match="transaction"):
        execute(world.db, "DELETE FROM members")


def test_failed_transaction_is_rolled_back(world: World) -> None:
    before = world.events()
    with pytest.raises(ZeroDivisionError), transaction(world.db):
        record(world.db)
        raise ZeroDivisionError
    assert world.events() == before
    with transaction(world.db):
        record(world.db)
    assert len(world.events()) == len(before) + 1


def test_failed_writer_releases_the_lock(world: World) -> None:
    def fail() -> None:
        with pytest.raises(OSError, match="gone"), transaction(db := world.connect()):
            record(db)
            raise OSError("gone")
        db.close()

    start_thread(fail).join(5)
    with transaction(world.db):
        record(world.db)


def test_writers_are_served_in_the_order_of_arrival() -> None:
    lock, served, threads = FairLock(), [], []
    lock.acquire()
    for number in range(20):
        threads.append(start_thread(lambda number=number: take_turn(lock, served, number)))
        while len(lock.waiting) <= number:
            pass
    lock.release()
    for thread in threads:
        thread.join(5)
    assert served == list(range(20))
    assert not lock.held


def take_turn(lock: FairLock, served: list[int], number: int) -> None:
    lock.acquire()
    served.append(number)
    lock.release()


def start_thread(work: Callable[[], None]) -> threading.Thread:
    thread = threading.Thread(target=work)
    thread.start()
    return thread


def test_transactions_of_all_threads_are_stored(world: World) -> None:
    def write() -> None:
        db = world.connect(timeout=0)  # does not wait for SQLite's lock, only for its turn
        for _ in range(10):
            with transaction(db):
                record(db)
        db.close()

    before = len(world.events())
    for thread in [start_thread(write) for _ in range(8)]:
        thread.join(20)
    assert len(world.events()) == before + 80
    assert store.audit.find_fault(world.db) is None
