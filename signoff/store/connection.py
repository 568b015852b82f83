"""Connections to the database, and transactions: one writer at a time.

The SQLite library is the one that sqlite-utils has chosen (``pysqlite3`` if its wheel exists). No
other module imports one: two SQLite libraries in one process lose committed rows.
"""

import fcntl
import os
import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from weakref import WeakKeyDictionary, finalize

from sqlite_utils import Database
from sqlite_utils.utils import sqlite3  # type: ignore[attr-defined]

from signoff.domain.text import decode_domains
from signoff.store import bound_rows

DatabaseError: type[Exception] = sqlite3.DatabaseError
IntegrityError: type[Exception] = sqlite3.IntegrityError
OperationalError: type[Exception] = sqlite3.OperationalError

# sqlite.org/wal.html#walresetbug: committed transactions could vanish before these versions.
SAFE_SQLITE_VERSIONS = ((3, 51, 3), (3, 50, 7), (3, 44, 6))
PRAGMAS = {
    "foreign_keys": 1,
    "recursive_triggers": 1,
    "trusted_schema": 0,
    # NORMAL: ``COMMIT`` does not wait for the disk. ``transaction`` does, together with others.
    "synchronous": 1,
    "secure_delete": 1,  # what is erased is overwritten
}
# Pages (4 KiB) in the write-ahead log from which we write them back ourselves. Where Litestream
# copies the database, that is its work: version 0.5.17 loses pages of the copy when another process
# does it at the wrong moment (benbjohnson/litestream#1164). We step in only if it is away for long.
WAL_PAGES, WAL_PAGES_WITH_LITESTREAM = 1000, 100_000
# An answer takes about 30 statements, and preparing one that fires triggers takes longer than
# running it. The triggers of ``bound_rows`` alone would fill the default, 100.
CACHED_STATEMENTS = 256
PRAGMAS_WITHOUT_WAL = {**PRAGMAS, "synchronous": 3}
GET_DATABASE_FILE = "SELECT file FROM pragma_database_list WHERE name = 'main'"


def is_wal_safe(version: str = sqlite3.sqlite_version) -> bool:
    """Whether this version of SQLite never loses committed transactions in WAL mode."""
    number = tuple(int(part) for part in version.split("."))
    newest, *backports = SAFE_SQLITE_VERSIONS
    return number >= newest or any(
        number[:2] == fixed[:2] and number >= fixed for fixed in backports
    )


def connect(path: Path, *, timeout: float = 5.0) -> Database:
    """Open the database.

    Raises ``RuntimeError`` if SQLite does not accept a setting that durability depends on.

    The connection belongs to the thread that opened it and must not be used after a fork.
    ``timeout`` is in seconds.
    """
    connection = sqlite3.connect(
        path, timeout=timeout, isolation_level=None, cached_statements=CACHED_STATEMENTS
    )
    connection.row_factory = sqlite3.Row
    connection.create_function("decode_domains", 1, decode_domains, deterministic=True)
    connection.create_function("casefold", 1, casefold, deterministic=True)
    pragmas, mode = (PRAGMAS, "wal") if is_wal_safe() else (PRAGMAS_WITHOUT_WAL, "delete")
    copied = path.with_name(f".{path.name}-litestream").exists()
    pages = WAL_PAGES_WITH_LITESTREAM if copied else WAL_PAGES
    for name, value in {"journal_mode": mode, **pragmas, "wal_autocheckpoint": pages}.items():
        connection.execute(f"PRAGMA {name} = {value}")
        (actual,) = connection.execute(f"PRAGMA {name}").fetchone()
        if actual != value:
            raise RuntimeError(f"{name} is {actual}, not {value}")
    return Database(connection, recursive_triggers=False)


class FairLock:
    """A lock in the order of arrival: with SQLite's own lock, a writer can starve for seconds."""

    def __init__(self) -> None:
        self.guard = threading.Lock()
        self.held = False
        self.waiting: deque[threading.Lock] = deque()

    def acquire(self) -> None:
        turn = threading.Lock()
        with self.guard:
            if not self.held:
                self.held = True
                return
            turn.acquire()
            self.waiting.append(turn)
        turn.acquire()

    def release(self) -> None:
        with self.guard:
            if self.waiting:
                self.waiting.popleft().release()
            else:
                self.held = False


WRITE_LOCK = FairLock()


class GroupSync:
    """Brings the commits of a process to the disk: one sync serves all that wait for it.

    Commits are numbered. A sync counts for a commit only if it began when the commit had ended.
    """

    def __init__(self) -> None:
        self.changed = threading.Condition()
        self.begun = self.ended = self.synced = 0  # numbers of the latest commits
        self.is_syncing = self.has_failed = False

    @contextmanager
    def commit(self) -> Iterator[int]:
        """Around a commit, one at a time; gives its number."""
        with self.changed:
            self.begun += 1
        try:
            yield self.begun
        finally:
            with self.changed:
                self.ended = self.begun
                self.changed.notify_all()

    def wait(self, number: int, sync: Callable[[], None]) -> None:
        """Until this commit is on disk. Whoever finds no sync running calls ``sync`` for all.

        Raises ``OperationalError`` if a sync has failed, from then on each time: the system may
        have dropped what it could not write, and another sync would not notice.
        """
        with self.changed:
            while self.synced < number:
                if self.has_failed:
                    raise OperationalError("the disk has not stored what was committed")
                if self.is_syncing or self.ended == self.synced:
                    self.changed.wait()
                    continue
                self.is_syncing, reached = True, self.ended
                self.changed.release()
                try:
                    sync()
                except OSError:
                    self.has_failed = True
                finally:
                    self.changed.acquire()
                    self.is_syncing = False
                    self.changed.notify_all()
                if not self.has_failed:
                    self.synced = reached


@contextmanager
def transaction(db: Database) -> Iterator[None]:
    """One immediate transaction, on disk at the end of the block. Writers take turns in the order
    of arrival. Its audit entries bind the rows that were written (``bound_rows``).

    Transactions do not nest, and slow work (printing, SMTP) must stay outside. Raises
    ``OperationalError`` if another program has locked the database or the disk is full; the
    transaction is then rolled back.
    """
    if db.conn.in_transaction:
        raise RuntimeError("transactions do not nest")
    bound_rows.track(db)
    WRITE_LOCK.acquire()
    try:
        with lock_between_processes(db):
            db.conn.execute("BEGIN IMMEDIATE")
            try:
                yield
                bound_rows.seal(db)
                with get_group_sync(db).commit() as number:
                    db.conn.execute("COMMIT")
            finally:
                # After "disk is full", SQLite has already rolled back; another ROLLBACK would
                # raise.
                if db.conn.in_transaction:
                    db.conn.execute("ROLLBACK")
    finally:
        WRITE_LOCK.release()
    get_group_sync(db).wait(number, partial(sync_log, db))


def wait_for_disk(db: Database) -> None:
    """Until all that can have been read is on disk: others see a commit before it is synced."""
    group = get_group_sync(db)
    group.wait(group.begun, partial(sync_log, db))


@contextmanager
def snapshot(db: Database) -> Iterator[None]:
    """Reads that all see the same state, while others write."""
    db.conn.execute("BEGIN")
    try:
        yield
    finally:
        db.conn.execute("ROLLBACK")


@contextmanager
def rehearsal(db: Database) -> Iterator[None]:
    """Within a transaction: what happens inside is undone at its end."""
    db.conn.execute("SAVEPOINT rehearsal")
    try:
        yield
    finally:
        db.conn.execute("ROLLBACK TO rehearsal")
        db.conn.execute("RELEASE rehearsal")


@contextmanager
def lock_between_processes(db: Database) -> Iterator[None]:
    """Make the processes (web, worker, command line) take turns, by a lock file beside the
    database.
    """
    handle = open_beside(lock_files, db, "-turn", os.O_RDWR | os.O_CREAT)
    if handle is None:
        yield
        return
    fcntl.flock(handle, fcntl.LOCK_EX)
    try:
        yield
    finally:
        fcntl.flock(handle, fcntl.LOCK_UN)


def sync_log(db: Database) -> None:
    """Bring the write-ahead log to the disk. A rollback journal, and a database in memory, need no
    help.
    """
    if db not in log_files and db.conn.execute("PRAGMA journal_mode").fetchone()[0] != "wal":
        log_files[db] = None
    handle = open_beside(log_files, db, "-wal", os.O_RDONLY)
    if handle is not None:
        os.fdatasync(handle)


# By connection. SQLite keeps the log as long as a connection has it open.
Handles = WeakKeyDictionary[Database, int | None]
lock_files: Handles = WeakKeyDictionary()
log_files: Handles = WeakKeyDictionary()


def open_beside(handles: Handles, db: Database, suffix: str, flags: int) -> int | None:
    """A handle of the file beside the database, which is closed once nothing uses ``db`` any more;
    ``None`` for a database in memory.
    """
    if db not in handles:
        path = get_path(db)
        handle = os.open(f"{path}{suffix}", flags | os.O_CLOEXEC, 0o600) if path else None
        if handle is not None:
            finalize(db, os.close, handle)
        handles[db] = handle
    return handles[db]


def get_path(db: Database) -> str:
    path: str = db.conn.execute(GET_DATABASE_FILE).fetchone()[0]
    return path


group_syncs: WeakKeyDictionary[Database, GroupSync] = WeakKeyDictionary()
group_syncs_by_path: dict[str, GroupSync] = {}


def get_group_sync(db: Database) -> GroupSync:
    """The one of all connections of this process to the database."""
    if db not in group_syncs:
        group_syncs[db] = group_syncs_by_path.setdefault(get_path(db), GroupSync())
    return group_syncs[db]


def casefold(text: str | None) -> str | None:
    """SQLite's ``lower()`` knows A to Z alone."""
    return text and text.casefold()
