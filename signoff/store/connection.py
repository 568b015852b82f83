"""One SQLite library, opened in one way, written to by one transaction at a time.

The library is the one sqlite-utils picked (``pysqlite3`` where its wheel exists): two SQLite libraries in one process
lose committed rows, so no other module imports one.
"""

import fcntl
import os
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlite_utils import Database
from sqlite_utils.utils import sqlite3  # type: ignore[attr-defined]

IntegrityError: type[Exception] = sqlite3.IntegrityError
OperationalError: type[Exception] = sqlite3.OperationalError

# sqlite.org/wal.html#walresetbug: committed transactions could vanish before these versions.
SAFE_SQLITE_VERSIONS = ((3, 51, 3), (3, 50, 7), (3, 44, 6))
PRAGMAS = {"foreign_keys": 1, "recursive_triggers": 1, "trusted_schema": 0, "synchronous": 2}
PRAGMAS_WITHOUT_WAL = {**PRAGMAS, "synchronous": 3}


def is_wal_safe(version: str = sqlite3.sqlite_version) -> bool:
    """Whether this SQLite keeps what it committed in WAL mode."""
    number = tuple(int(part) for part in version.split("."))
    newest, *backports = SAFE_SQLITE_VERSIONS
    return number >= newest or any(
        number[:2] == fixed[:2] and number >= fixed for fixed in backports
    )


def connect(path: Path, *, timeout: float = 5.0) -> Database:
    """Open the instance's database; asserts every setting durability rests on.

    The connection belongs to the thread that opened it and does not survive a fork. ``timeout`` is in seconds.
    """
    connection = sqlite3.connect(path, timeout=timeout, isolation_level=None)
    connection.row_factory = sqlite3.Row
    wanted, mode = (PRAGMAS, "wal") if is_wal_safe() else (PRAGMAS_WITHOUT_WAL, "delete")
    (got,) = connection.execute(f"PRAGMA journal_mode = {mode}").fetchone()
    assert got == mode, f"journal_mode is {got}, not {mode}"
    for name, value in wanted.items():
        connection.execute(f"PRAGMA {name} = {value}")
        (got,) = connection.execute(f"PRAGMA {name}").fetchone()
        assert got == value, f"{name} is {got}, not {value}"
    return Database(connection, recursive_triggers=False)


class FairLock:
    """First come, first served: SQLite's own lock lets a writer starve for seconds."""

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
    """One immediate transaction: all or nothing, one writer at a time, in the order they came.

    Transactions do not nest, and slow work (printing, SMTP) stays outside. Raises ``OperationalError`` where the
    database is locked by a stranger or the disk is full; nothing is half done then.
    """
    assert not db.conn.in_transaction, "transactions do not nest"
    WRITE_LOCK.acquire()
    try:
        with lock_between_processes(db):
            db.conn.execute("BEGIN IMMEDIATE")
            try:
                yield
                db.conn.execute("COMMIT")
            finally:
                # After "disk is full" SQLite has already rolled back; a second ROLLBACK would raise.
                if db.conn.in_transaction:
                    db.conn.execute("ROLLBACK")
    finally:
        WRITE_LOCK.release()


@contextmanager
def lock_between_processes(db: Database) -> Iterator[None]:
    """Worker and command line take turns with the web process by a lock file beside the database."""
    path = db.conn.execute("SELECT file FROM pragma_database_list WHERE name = 'main'").fetchone()[
        0
    ]
    if not path:
        yield
        return
    handle = os.open(f"{path}-turn", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)
