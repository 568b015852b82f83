"""Settings of connections, and transactions that take turns."""

import errno
import os
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlite_utils import Database

from signoff import store
from signoff.domain.audit import Event
from signoff.store import connection
from signoff.store.connection import (
    PRAGMAS,
    PRAGMAS_WITHOUT_WAL,
    NotOnDiskError,
    OperationalError,
    connect,
    count_commit,
    count_commits,
    get_group_sync,
    is_wal_safe,
    transaction,
    wait_for_disk,
)
from signoff.store.rows import execute
from tests.server import until
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


def test_a_connection_loads_no_plugins_of_other_packages(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sqlite_utils.db.ensure_plugins_loaded", pytest.fail)
    connect(world.settings.database).close()


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


def start_thread(work: Callable[[], None]) -> threading.Thread:
    thread = threading.Thread(target=work)
    thread.start()
    return thread


def test_a_sync_serves_all_who_committed_before_it_and_nobody_else(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The disk is held; the first writer waits for it, and two more commit meanwhile."""
    started, permits, stored = threading.Semaphore(0), threading.Semaphore(0), []
    fdatasync = os.fdatasync

    def sync(handle: int) -> None:
        started.release()
        assert permits.acquire(timeout=60)
        fdatasync(handle)

    def write(number: int) -> None:
        db = world.connect()
        with transaction(db):
            record(db)
        stored.append(number)

    monkeypatch.setattr(os, "fdatasync", sync)
    first = start_thread(lambda: write(1))
    assert started.acquire(timeout=60)
    _, ended = count_commits(world.db)
    others = [start_thread(lambda number=number: write(number)) for number in (2, 3)]
    until(lambda: count_commits(world.db) == (ended + 2, ended + 2))
    assert stored == []
    permits.release()
    assert started.acquire(timeout=60)  # of the one sync that the other two share
    first.join(60)
    assert stored == [1]
    permits.release()
    for thread in others:
        thread.join(60)
    assert sorted(stored) == [1, 2, 3]
    assert not started.acquire(blocking=False)


@pytest.fixture(params=["this process", "another process"])
def other(request: pytest.FixtureRequest, world: World) -> Iterator[Database]:
    """A connection beside that of ``world``."""
    if request.param == "another process":  # which knows nothing of the syncs of this one
        connection.group_syncs_by_path.pop(get_group_sync(world.db).path)
    db = world.connect()
    yield db
    db.close()


def test_a_reader_waits_for_the_disk_where_another_process_has_committed(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced = []
    monkeypatch.setattr(os, "fdatasync", synced.append)
    wait_for_disk(world.db)
    wait_for_disk(world.db)
    assert len(synced) <= 1  # nothing new
    synced.clear()
    with count_commit(world.db):  # as another process does; it is at its COMMIT
        wait_for_disk(world.db)
        assert len(synced) == 1
    wait_for_disk(world.db)
    assert len(synced) == 2  # it had not ended when the last sync began
    wait_for_disk(world.db)
    assert len(synced) == 2


def test_nothing_counts_as_stored_while_the_log_cannot_be_written(
    world: World, other: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "fdatasync", fail_to_sync)
    before = len(world.events())
    with pytest.raises(NotOnDiskError), transaction(world.db):
        record(world.db)
    with pytest.raises(NotOnDiskError):
        wait_for_disk(other)
    with pytest.raises(NotOnDiskError), transaction(other):
        pytest.fail("a later commit would be behind the gap")
    assert len(world.events()) == before + 1  # what was committed stays, unless the power fails


def test_the_log_is_written_again_after_a_sync_that_failed(
    world: World, other: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The system takes what it could not write for written; another sync alone would succeed."""
    with monkeypatch.context() as broken:
        broken.setattr(os, "fdatasync", fail_to_sync)
        with pytest.raises(NotOnDiskError), transaction(world.db):
            record(world.db)
    log = Path(f"{get_group_sync(world.db).path}-wal").read_bytes()
    written, fdatasync = bytearray(), os.fdatasync
    stored = []

    def write(handle: int, content: bytes, place: int) -> int:
        written[place:] = content
        return pwrite(handle, content, place)

    def sync(handle: int) -> None:
        stored.append(bytes(written))
        fdatasync(handle)

    pwrite = os.pwrite
    monkeypatch.setattr(os, "pwrite", write)
    monkeypatch.setattr(os, "fdatasync", sync)
    wait_for_disk(other)
    assert stored == [log]
    wait_for_disk(world.db)
    with transaction(other):
        record(other)
    assert Path(f"{get_group_sync(world.db).path}-wal").read_bytes().startswith(log)


def test_a_disk_that_fails_once_is_noticed_by_nobody(
    world: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    fdatasync, calls = os.fdatasync, []

    def fail_first(handle: int) -> None:
        calls.append(handle)
        if len(calls) == 1:
            fail_to_sync(handle)
        fdatasync(handle)

    monkeypatch.setattr(os, "fdatasync", fail_first)
    with transaction(world.db):
        record(world.db)
    wait_for_disk(world.db)
    assert len(calls) == 2
    assert "written again" in caplog.text


def test_a_handle_that_tells_an_old_error_is_not_used_again(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Linux tells an error once to each handle that was open."""
    others = [world.connect() for _ in range(3)]
    for db in (world.db, *others):
        with transaction(db):
            record(db)
    owed = {connection.log_files[db] for db in (world.db, *others)}
    fdatasync, failed = os.fdatasync, []

    def tell_once(handle: int) -> None:
        if handle in owed:
            owed.remove(handle)
            failed.append(handle)
            fail_to_sync(handle)
        fdatasync(handle)

    monkeypatch.setattr(os, "fdatasync", tell_once)
    for db in (world.db, *others):
        with transaction(db):
            record(db)
    assert len(failed) == 1
    for db in others:
        db.close()


def fail_to_sync(handle: int) -> None:
    raise OSError(errno.EIO, "Input/output error")


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
