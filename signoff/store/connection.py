"""Connections to the database, and transactions: one writer at a time.

The SQLite library is the one that sqlite-utils has chosen (``pysqlite3`` if its wheel exists). No
other module imports one: two SQLite libraries in one process lose committed rows.
"""

import fcntl
import logging
import os
import threading
import time
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from struct import Struct
from weakref import WeakKeyDictionary, finalize

from sqlite_utils import Database
from sqlite_utils.utils import sqlite3  # type: ignore[attr-defined]

from signoff.domain.text import decode_domains, mentions
from signoff.store import bound_rows
from signoff.turns import Turns, end_turn

DatabaseError: type[Exception] = sqlite3.DatabaseError
IntegrityError: type[Exception] = sqlite3.IntegrityError
OperationalError: type[Exception] = sqlite3.OperationalError
complete_statement: Callable[[str], bool] = sqlite3.complete_statement


log = logging.getLogger("signoff")

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
REWRITTEN_AT_ONCE = 1 << 20  # bytes
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
    connection.create_function("mentions", 2, mentions, deterministic=True)
    connection.create_function("read_compressed", 1, read_compressed, deterministic=True)
    pragmas, mode = (PRAGMAS, "wal") if is_wal_safe() else (PRAGMAS_WITHOUT_WAL, "delete")
    copied = path.with_name(f".{path.name}-litestream").exists()
    pages = WAL_PAGES_WITH_LITESTREAM if copied else WAL_PAGES
    for name, value in {"journal_mode": mode, **pragmas, "wal_autocheckpoint": pages}.items():
        connection.execute(f"PRAGMA {name} = {value}")
        (actual,) = connection.execute(f"PRAGMA {name}").fetchone()
        if actual != value:
            raise RuntimeError(f"{name} is {actual}, not {value}")
    return Database(connection, recursive_triggers=False, execute_plugins=False)


WRITERS = Turns()  # with SQLite's own lock, a writer can starve for seconds


class NotOnDiskError(sqlite3.OperationalError):
    """What was committed is not on disk: nobody knows yet whether it stays."""


class GroupSync:
    """Brings commits to the disk: one sync serves all threads that wait for it.

    Commits are numbered (``count_commits``). A sync counts for a commit only if it began when the
    commit had ended. After one that failed, the log has to be written again (``rewrite_log``). A
    file beside the database says so to other processes. It need not outlive a power cut: what is
    read after one is what the disk has.
    """

    def __init__(self, path: str) -> None:
        self.path, self.mark = path, f"{path}-unsynced"
        self.changed = threading.Condition()
        self.synced = 0  # the number of the latest commit that is on disk
        self.is_syncing = self.has_failed = False

    def must_rewrite_log(self) -> bool:
        return self.has_failed or os.access(self.mark, os.F_OK)

    def wait(self, number: int, sync: Callable[[], int]) -> None:
        """Until this commit is on disk, if it has ended. Whoever finds no sync running calls
        ``sync`` for all; it returns the number of the latest commit that had ended before.

        Raises ``NotOnDiskError`` if a sync has failed, from then on each time until ``recover``:
        the system takes what it could not write for written, and another sync would not notice.
        """
        with self.changed:
            while self.synced < number:
                if self.has_failed:
                    raise NotOnDiskError("the disk has not stored what was committed")
                if self.is_syncing:
                    self.changed.wait()
                    continue
                self.is_syncing, reached = True, None
                self.changed.release()
                try:
                    reached = sync()
                except OSError:
                    self.has_failed = True
                finally:
                    self.changed.acquire()
                    self.is_syncing = False
                    self.changed.notify_all()
                if reached is not None:
                    self.synced = max(self.synced, reached)
                    return  # it began after this call

    def recover(self, number: int) -> None:
        """All commits up to this one are on disk after all, and there is no later one."""
        Path(self.mark).unlink(missing_ok=True)
        with self.changed:
            self.synced, self.has_failed = number, False
            self.changed.notify_all()


@contextmanager
def transaction(db: Database) -> Iterator[None]:
    """One immediate transaction, on disk at the end of the block. Writers take turns in the order
    of arrival. Its audit entries bind the rows that were written (``bound_rows``).

    Transactions do not nest, and slow work (printing, SMTP) must stay outside. Raises
    ``OperationalError`` if another program has locked the database or the disk is full; the
    transaction is then rolled back. Raises ``NotOnDiskError`` if it is committed and not on disk:
    others see it, but a power cut may undo it.
    """
    if db.conn.in_transaction:
        raise RuntimeError("transactions do not nest")
    bound_rows.track(db)
    with write_lock(db):
        yield
        bound_rows.seal(db)
        with count_commit(db) as number:
            db.conn.execute("COMMIT")
    wait_for_commit(db, number)


@contextmanager
def write_lock(db: Database) -> Iterator[None]:
    """Take turns with all writers, and begin a transaction, which is rolled back unless the block
    commits it.
    """
    turn = WRITERS.take()
    try:
        with lock_between_processes(db):
            db.conn.execute("BEGIN IMMEDIATE")
            try:
                # Before COMMIT, in which SQLite itself may sync the log: a handle that is opened
                # later is not told of an error.
                if open_log(db) is not None and get_group_sync(db).must_rewrite_log():
                    rewrite_log(db)
                yield
            finally:
                # After "disk is full", SQLite has already rolled back; another ROLLBACK would
                # raise.
                if db.conn.in_transaction:
                    db.conn.execute("ROLLBACK")
    finally:
        WRITERS.end(turn)


def wait_for_commit(db: Database, number: int) -> None:
    """Until this commit is on disk."""
    end_turn()
    try:
        get_group_sync(db).wait(number, partial(sync_log, db))
    except NotOnDiskError:
        recover_log(db)


def wait_for_disk(db: Database) -> None:
    """Until all that can have been read is on disk: others see a commit before it is synced, also
    one of another process.

    Raises ``NotOnDiskError`` if that fails.
    """
    recover_log(db)
    begun, _ = count_commits(db)
    wait_for_commit(db, begun)


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
    handle = open_lock(db)
    if handle is None:
        yield
        return
    fcntl.flock(handle, fcntl.LOCK_EX)
    try:
        yield
    finally:
        fcntl.flock(handle, fcntl.LOCK_UN)


def sync_log(db: Database) -> int:
    """Bring the write-ahead log to the disk; returns the number of the latest commit that had ended
    before. A rollback journal, and a database in memory, need no help.
    """
    _, ended = count_commits(db)
    handle = open_log(db)
    try:
        if handle is not None:
            os.fdatasync(handle)
    except OSError:
        with suppress(OSError):  # of a disk on which nobody else can write either
            Path(get_group_sync(db).mark).touch(0o600)
        raise
    return ended


# In the lock file: the numbers of the latest commit of any process that has begun, and of the
# latest one that has ended. A process that dies in between leaves them apart, which costs syncs.
COMMITS = Struct("=QQ")


def count_commits(db: Database) -> tuple[int, int]:
    """Both numbers. What can be read is of no later commit than the first one."""
    handle = open_lock(db)
    content = b"" if handle is None else os.pread(handle, COMMITS.size, 0)
    begun, ended = COMMITS.unpack(content) if len(content) == COMMITS.size else (0, 0)
    return begun, ended


@contextmanager
def count_commit(db: Database) -> Iterator[int]:
    """Around a commit, while all others wait for their turn; gives its number."""
    handle = open_lock(db)
    begun, ended = count_commits(db)
    number = begun + 1 if begun else time.time_ns()  # in a new file: higher than in a former one
    if handle is None:
        yield number
        return
    try:
        os.pwrite(handle, COMMITS.pack(number, ended), 0)
    except OSError as problem:
        raise OperationalError(f"{problem.strerror}") from problem
    try:
        yield number
    finally:
        with suppress(OSError):
            os.pwrite(handle, COMMITS.pack(number, number), 0)


def recover_log(db: Database) -> None:
    """Write the log again if a sync has failed. Raises ``NotOnDiskError`` if that fails, too."""
    if get_group_sync(db).must_rewrite_log():
        with write_lock(db):
            pass  # which does it


def rewrite_log(db: Database) -> None:
    """Write the whole log again, within a transaction, so that nobody adds to it meanwhile.

    What could not be written counts as written for the system, and no later sync stores it. Later
    commits would be on disk, and yet a power cut would undo them, because SQLite reads the log up
    to its first gap.
    """
    group = get_group_sync(db)
    try:
        handle = os.open(f"{group.path}-wal", os.O_RDWR | os.O_CLOEXEC)
        try:
            place = 0
            while content := os.pread(handle, REWRITTEN_AT_ONCE, place):
                place += os.pwrite(handle, content, place)
            os.fdatasync(handle)
        finally:
            os.close(handle)
        group.recover(count_commits(db)[0])
    except OSError as problem:
        raise NotOnDiskError(f"the disk does not store the log: {problem.strerror}") from problem
    # A handle that was open when the error occurred would tell it once more.
    for other in [reference() for reference in log_files.keyrefs()]:
        if other is not None and group_syncs.get(other) is group:
            log_files.pop(other, None)
    log.error("the log of the database could not be synced, and was written again")


def open_lock(db: Database) -> int | None:
    return open_beside(lock_files, db, "-turn", os.O_RDWR | os.O_CREAT)


def open_log(db: Database) -> int | None:
    """A handle of the write-ahead log; ``None`` if there is none."""
    if db not in log_files and db.conn.execute("PRAGMA journal_mode").fetchone()[0] != "wal":
        log_files[db] = None
    return open_beside(log_files, db, "-wal", os.O_RDONLY)


# By connection. SQLite keeps the log as long as a connection has it open.
Handles = WeakKeyDictionary[Database, int | None]
lock_files: Handles = WeakKeyDictionary()
log_files: Handles = WeakKeyDictionary()


def open_beside(handles: Handles, db: Database, suffix: str, flags: int) -> int | None:
    """A handle of the file beside the database, which is closed once nothing uses ``db`` any more;
    ``None`` for a database in memory.
    """
    with suppress(KeyError):  # another thread may take it out at any time
        return handles[db]
    path = get_path(db)
    handle = os.open(f"{path}{suffix}", flags | os.O_CLOEXEC, 0o600) if path else None
    if handle is not None:
        finalize(db, os.close, handle)
    handles[db] = handle
    return handle


def get_path(db: Database) -> str:
    path: str = db.conn.execute(GET_DATABASE_FILE).fetchone()[0]
    return path


group_syncs: WeakKeyDictionary[Database, GroupSync] = WeakKeyDictionary()
group_syncs_by_path: dict[str, GroupSync] = {}


def get_group_sync(db: Database) -> GroupSync:
    """The one of all connections of this process to the database."""
    if db not in group_syncs:
        path = get_path(db)
        group_syncs[db] = group_syncs_by_path.setdefault(path, GroupSync(path))
    return group_syncs[db]


def casefold(text: str | None) -> str | None:
    """SQLite's ``lower()`` knows A to Z alone."""
    return text and text.casefold()


def read_compressed(content: bytes) -> str:
    """The words of compressed JSON, their line breaks as spaces."""
    return zlib.decompress(content).decode().replace("\\n", " ").replace('\\"', '"')
