"""Connections to the database, and transactions: one writer at a time.

The SQLite library is the one that sqlite-utils has chosen (``pysqlite3`` if its wheel exists). No
other module imports one: two SQLite libraries in one process lose committed rows.
"""

import fcntl
import os
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
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
    "synchronous": 2,
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


@contextmanager
def transaction(db: Database) -> Iterator[None]:
    """One immediate transaction. Writers take turns in the order of arrival. Its audit entries bind
    the rows that were written (``bound_rows``).

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
                db.conn.execute("COMMIT")
            finally:
                # After "disk is full", SQLite has already rolled back; another ROLLBACK would
                # raise.
                if db.conn.in_transaction:
                    db.conn.execute("ROLLBACK")
    finally:
        WRITE_LOCK.release()


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
    if db not in lock_files:
        lock_files[db] = open_lock_file(db)
    handle = lock_files[db]
    if handle is None:
        yield
        return
    fcntl.flock(handle, fcntl.LOCK_EX)
    try:
        yield
    finally:
        fcntl.flock(handle, fcntl.LOCK_UN)


lock_files: WeakKeyDictionary[Database, int | None] = WeakKeyDictionary()  # by connection


def open_lock_file(db: Database) -> int | None:
    """A handle that is closed once nothing uses ``db`` any more; ``None`` for a database in
    memory.
    """
    (path,) = db.conn.execute(GET_DATABASE_FILE).fetchone()
    if not path:
        return None
    handle = os.open(f"{path}-turn", os.O_RDWR | os.O_CREAT, 0o600)
    finalize(db, os.close, handle)
    return handle


def casefold(text: str | None) -> str | None:
    """SQLite's ``lower()`` knows A to Z alone."""
    return text and text.casefold()
