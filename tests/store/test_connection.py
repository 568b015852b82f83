"""One SQLite, opened in one way, written to by one at a time in the order they came."""

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


def record(db, word: str = "instance") -> None:
    store.audit.record(db, Event.ACCOUNT_CHANGED, "test", word, NOW)


def setting(db, name: str) -> object:
    return db.conn.execute(f"PRAGMA {name}").fetchone()[0]


def test_every_connection_has_the_settings_durability_rests_on(world: World) -> None:
    safe = is_wal_safe()
    assert setting(world.db, "journal_mode") == ("wal" if safe else "delete")
    for name, value in (PRAGMAS if safe else PRAGMAS_WITHOUT_WAL).items():
        assert setting(world.db, name) == value, name


def test_an_affected_sqlite_runs_without_the_write_ahead_log(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("signoff.store.connection.is_wal_safe", lambda: False)
    db = connect(tmp_path / "old.sqlite")
    assert (setting(db, "journal_mode"), setting(db, "synchronous")) == ("delete", 3)
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
def test_versions_that_lose_committed_transactions_are_known(version: str, safe: bool) -> None:
    assert is_wal_safe(version) is safe


def test_a_second_writer_is_refused_while_one_holds_the_database(world: World) -> None:
    """Begun immediately: a deferred transaction would read first and fail only when it writes."""
    stranger, hasty = world.connect(), world.connect(timeout=0)
    stranger.conn.execute("BEGIN IMMEDIATE")
    with pytest.raises(OperationalError, match="locked"), transaction(hasty):
        pytest.fail("two writers at once")
    stranger.conn.execute("ROLLBACK")
    with transaction(hasty):
        record(hasty)
    stranger.close()
    hasty.close()


def test_a_transaction_holds_the_database_from_its_first_moment(world: World) -> None:
    hasty = world.connect(timeout=0)
    with transaction(world.db), pytest.raises(OperationalError, match="locked"):
        hasty.conn.execute("BEGIN IMMEDIATE")
    hasty.close()


def test_transactions_do_not_nest(world: World) -> None:
    with transaction(world.db), pytest.raises(AssertionError, match="nest"), transaction(world.db):
        pass
    with transaction(world.db):
        record(world.db)


def test_nothing_is_written_outside_a_transaction(world: World) -> None:
    with pytest.raises(AssertionError, match="transaction"):
        record(world.db)
    with pytest.raises(AssertionError, match="transaction"):
        execute(world.db, "DELETE FROM members")


def test_what_fails_halfway_leaves_nothing(world: World) -> None:
    before = world.events()
    with pytest.raises(ZeroDivisionError), transaction(world.db):
        record(world.db)
        raise ZeroDivisionError
    assert world.events() == before
    with transaction(world.db):
        record(world.db)
    assert len(world.events()) == len(before) + 1


def test_a_writer_that_died_on_its_way_lets_the_next_one_in(world: World) -> None:
    def fail() -> None:
        with pytest.raises(OSError, match="gone"), transaction(db := world.connect()):
            record(db)
            raise OSError("gone")
        db.close()

    started(fail).join(5)
    with transaction(world.db):
        record(world.db)


def test_writers_are_served_in_the_order_they_came() -> None:
    lock, served, waiting = FairLock(), [], []
    lock.acquire()
    for number in range(20):
        waiting.append(started(lambda number=number: taken(lock, served, number)))
        while len(lock.waiting) <= number:
            pass
    lock.release()
    for thread in waiting:
        thread.join(5)
    assert served == list(range(20))
    assert not lock.held


def taken(lock: FairLock, served: list[int], number: int) -> None:
    lock.acquire()
    served.append(number)
    lock.release()


def started(work: Callable[[], None]) -> threading.Thread:
    thread = threading.Thread(target=work)
    thread.start()
    return thread


def test_every_threads_transaction_comes_through(world: World) -> None:
    def write() -> None:
        db = world.connect(timeout=0)  # never waits for SQLite's own lock, only for its turn
        for _ in range(10):
            with transaction(db):
                record(db)
        db.close()

    before = len(world.events())
    for thread in [started(write) for _ in range(8)]:
        thread.join(20)
    assert len(world.events()) == before + 80
    assert store.audit.find_first_invalid_entry(world.db) is None
