"""Rows bound to the audit log: each entry commits to the rows that its transaction has written.

Temporary triggers of the connection collect the keys of written rows. Before the transaction is
committed, ``seal`` stores a salted digest of each of these rows, and the digest of that list
becomes the salt of the transaction's last entry. So the root covers the rows, and who reads a
receipt sees a random salt as before. A change by any other program fires no trigger of this
connection, and is found.
"""

import json
import secrets
from collections.abc import Iterable, Iterator
from hashlib import sha256
from itertools import groupby
from weakref import WeakSet

from sqlite_utils import Database

from signoff.domain import audit
from signoff.domain.audit import AuditFault, FaultKind
from signoff.domain.text import canonical_json
from signoff.store.rows import Row, execute, fetch_all, fetch_one, require

# The tables that are compared with the log, and their columns that are not: what a queue, a counter
# or a form needs for itself.
BOUND_TABLES = {
    "association": "",
    "logos": "",
    "legal_texts": "",
    "retention": "",
    "mail_texts": "",
    "accounts": "password_hash generation invited_at language calendar",
    "passkeys": "sign_count used_at",
    "authenticators": "last_step",
    "members": "",
    "representatives": "",
    "past_answers": "",
    "papers": "",
    "editions": "version",
    "annexes": "",
    "pictures": "",
    "rounds": "target",
    "invitations": "",
    "links": "prepared",
    "frozen_members": "",
    "answers": "",
    "answer_people": "",
    "answer_records": "",
    "voidings": "",
    "office_decisions": "",
    "settled_names": "",
    "objections": "",
    "letters": "",
    "prints": "attempts next_try_at claimed_by failed_at error progress",
    "approvals": "",
    "checkpoints": "",
    "releases": "published_at removed_at",
    "renewals": "",
    "late_reviews": "",
    "follow_ups": "",
    "replies": "",
}

SALT_SIZE = 16  # of an entry that binds no rows

GET_SCHEMA = "SELECT sql FROM sqlite_schema WHERE type = 'table' AND name = :name"
# The columns of a table: their names, places in its key, and defaults.
LIST_COLUMNS = "SELECT name, pk, dflt_value FROM pragma_table_info(:name) ORDER BY cid"
CREATE_CHANGED_ROWS = """
CREATE TEMP TABLE changed_rows (name TEXT, key TEXT, PRIMARY KEY (name, key)) WITHOUT ROWID
"""
# Not "OR IGNORE": in a trigger the policy of the statement that fires it holds instead.
NOTE_CHANGE = """
INSERT INTO changed_rows SELECT '{name}', {key}
WHERE NOT EXISTS (SELECT 1 FROM changed_rows WHERE name = '{name}' AND key = {key});
"""
# Each with its latest binding, if it has one.
LIST_CHANGED_ROWS = """
SELECT changed.name, changed.key, salt, digest
FROM temp.changed_rows AS changed LEFT JOIN bound_rows AS bound
  ON bound.name = changed.name AND bound.key = changed.key
  AND bound.seq = (SELECT MAX(seq) FROM bound_rows WHERE name = changed.name AND key = changed.key)
ORDER BY changed.name, changed.key
"""
FORGET_CHANGED_ROWS = "DELETE FROM temp.changed_rows"

# The newest sealed entry, and those that follow it.
LIST_UNSEALED_ENTRIES = """
SELECT * FROM audit WHERE seq >= COALESCE((SELECT seq FROM audit WHERE peaks <> x'' ORDER BY seq DESC LIMIT 1), 0)
ORDER BY seq
"""
SEAL_ENTRY = "UPDATE audit SET salt = :salt, peaks = :peaks WHERE seq = :seq"

BIND_ROW = "INSERT INTO bound_rows (seq, name, key, salt, digest) VALUES (:seq, :name, :key, :salt, :digest)"
# Without its salt, the digest of a former state reveals nothing about what has been erased since.
FORGET_SALTS = "UPDATE bound_rows SET salt = NULL WHERE name = :name AND key = :key AND seq < :seq"
LIST_BOUND_ROWS = (
    "SELECT seq, name, key, digest FROM bound_rows WHERE seq > :after ORDER BY seq, name, key"
)


class Table:
    """A bound table, as the connection's schema has it."""

    def __init__(self, db: Database, name: str) -> None:
        exempt = BOUND_TABLES[name].split()
        columns = [row for row in fetch_all(db, LIST_COLUMNS, name=name) if row[0] not in exempt]
        self.name = name
        self.columns = [row[0] for row in columns]
        self.defaults = [
            None if row[2] is None else db.conn.execute(f"SELECT {row[2]}").fetchone()[0]
            for row in columns
        ]
        self.keys = [row[0] for row in sorted(columns, key=lambda row: row[1]) if row[1]]
        names, where = ", ".join(self.columns), self.where.format(key=":key")
        self.get_row = f"SELECT {names} FROM {name} WHERE {where}"

    def key_of(self, row: str) -> str:
        """SQL for the key of a row, as JSON: of ``NEW``, ``OLD`` or the table."""
        return f"json_array({', '.join(f'{row}.{key}' for key in self.keys)})"

    @property
    def where(self) -> str:
        """SQL that finds a row by its key (through its index)."""
        return " AND ".join(
            f"{self.name}.{key} = {{key}} ->> '$[{index}]'" for index, key in enumerate(self.keys)
        )

    def digest(self, salt: bytes, row: Row | None) -> bytes:
        """The salted digest of a row (``None``: there is none).

        A column with its default is left out, so that a column that is added later changes no
        digest.
        """
        values = row and {
            name: sha256(row[name]).hexdigest() if isinstance(row[name], bytes) else row[name]
            for name, default in zip(self.columns, self.defaults, strict=True)
            if row[name] != default
        }
        return sha256(salt + canonical_json(values)).digest()


TABLES: dict[tuple[str, str], Table] = {}  # by name and schema


def find_table(db: Database, name: str) -> Table | None:
    """The table as the database has it now; what it is made of is read once for each schema."""
    schema = fetch_one(db, GET_SCHEMA, name=name)
    if schema is None:
        return None
    known = name, schema["sql"]
    if known not in TABLES:
        TABLES[known] = Table(db, name)
    return TABLES[known]


def list_tables(db: Database, names: Iterable[str] = BOUND_TABLES) -> list[Table]:
    return [table for name in names if (table := find_table(db, name))]


tracked: WeakSet[Database] = WeakSet()


def track(db: Database) -> None:
    """Collect the keys of the rows that this connection writes; outside of a transaction."""
    if db in tracked:
        return
    tables = list_tables(db)
    if not tables:
        return
    db.conn.execute(CREATE_CHANGED_ROWS)
    for table in tables:
        for act, rows in (("INSERT", ["NEW"]), ("UPDATE", ["OLD", "NEW"]), ("DELETE", ["OLD"])):
            notes = " ".join(
                NOTE_CHANGE.format(name=table.name, key=table.key_of(row)) for row in rows
            )
            db.conn.execute(
                f"CREATE TEMP TRIGGER note_{act}_{table.name} AFTER {act} ON main.{table.name} "
                f"BEGIN {notes} END"
            )
    tracked.add(db)


def seal(db: Database) -> None:
    """Complete the transaction's entries; the last one binds the rows that have been written."""
    entries = fetch_all(db, LIST_UNSEALED_ENTRIES)
    peaks = audit.split_peaks(entries.pop(0)["peaks"]) if entries and entries[0]["peaks"] else []
    for entry in entries:
        seq, salt = entry["seq"], entry["salt"]
        if seq == entries[-1]["seq"]:
            salt = hash_rows(bind_changed_rows(db, seq)) or salt
        peaks = audit.append_leaf(peaks, seq - 1, hash_leaf(entry, salt))
        execute(db, SEAL_ENTRY, seq=seq, salt=salt, peaks=b"".join(peaks))


def hash_leaf(entry: Row, salt: bytes) -> bytes:
    facts = (entry["at"], entry["event"], entry["actor"], entry["subject"])
    return audit.hash_entry(entry["seq"], salt, *facts, entry["details_digest"])


def hash_rows(rows: list[tuple[str, str, str]]) -> bytes:
    """The digest of what an entry binds, empty if that is nothing. It cannot be guessed, as the
    digest of each row is salted.
    """
    return sha256(canonical_json(rows)).digest() if rows else b""


def bind_changed_rows(db: Database, seq: int) -> list[tuple[str, str, str]]:
    bound = []
    for name, rows in groupby(fetch_all(db, LIST_CHANGED_ROWS), key=lambda row: row["name"]):
        table = require(find_table(db, str(name)))
        for before in rows:
            key, is_bound = before["key"], before["digest"] is not None
            row = fetch_one(db, table.get_row, key=key)
            if not is_bound and row is None:
                continue
            if is_bound and table.digest(before["salt"], row) == before["digest"]:
                continue
            salt = secrets.token_bytes(SALT_SIZE)
            digest = table.digest(salt, row)
            execute(db, BIND_ROW, seq=seq, name=name, key=key, salt=salt, digest=digest)
            if is_bound:
                execute(db, FORGET_SALTS, seq=seq, name=name, key=key)
            bound.append((str(name), str(key), digest.hex()))
    execute(db, FORGET_CHANGED_ROWS)
    return bound


# Verification, row by row: neither the entries nor the rows are all in memory at once.


class BoundRows:
    """What the entries after ``after`` bind, entry by entry."""

    def __init__(self, db: Database, after: int) -> None:
        rows = db.conn.execute(LIST_BOUND_ROWS, {"after": after})
        self.groups = groupby(rows, key=lambda row: row["seq"])
        self.next = next(self.groups, None)

    def matches(self, entry: Row) -> bool:
        """Whether the salt of the entry is that of its rows; to be asked for one after another."""
        if self.next is None or self.next[0] > entry["seq"]:
            return bool(len(entry["salt"]) == SALT_SIZE)
        rows = [(row["name"], row["key"], row["digest"].hex()) for row in self.next[1]]
        self.next = next(self.groups, None)
        return bool(hash_rows(rows) == entry["salt"])


LIST_ROWS = """
SELECT {columns}, {key} AS "row key",
       bound.seq AS "bound seq", bound.salt AS "bound salt", bound.digest AS "bound digest"
FROM {name} LEFT JOIN bound_rows AS bound ON bound.name = '{name}' AND bound.key = {key}
  AND bound.seq = (SELECT MAX(seq) FROM bound_rows WHERE name = '{name}' AND key = {key})
"""
LIST_LOST_ROWS = """
SELECT key, seq, salt, digest FROM bound_rows AS bound
WHERE name = '{name}' AND NOT EXISTS (SELECT 1 FROM {name} WHERE {where})
  AND seq = (SELECT MAX(seq) FROM bound_rows WHERE name = bound.name AND key = bound.key)
ORDER BY seq
"""


def find_fault(db: Database, names: Iterable[str] = BOUND_TABLES) -> AuditFault | None:
    """The first row of these tables that is not as the log has it."""
    return next(iter_faults(db, names), None)


def iter_faults(db: Database, names: Iterable[str] = BOUND_TABLES) -> Iterator[AuditFault]:
    for table in list_tables(db, names):
        name, key = table.name, table.key_of(table.name)
        columns = ", ".join(f"{name}.{column}" for column in table.columns)
        for row in db.conn.execute(LIST_ROWS.format(columns=columns, name=name, key=key)):
            what = describe_row(name, row["row key"])
            if row["bound seq"] is None:
                yield AuditFault(FaultKind.ADDED, row=what)
            elif table.digest(row["bound salt"] or b"", row) != row["bound digest"]:
                yield AuditFault(FaultKind.ALTERED, row["bound seq"], what)
        lost = LIST_LOST_ROWS.format(name=name, where=table.where.format(key="bound.key"))
        for row in db.conn.execute(lost):
            if table.digest(row["salt"] or b"", None) != row["digest"]:
                what = describe_row(name, row["key"])
                yield AuditFault(FaultKind.MISSING, row["seq"], what)


def describe_row(name: str, key: str) -> str:
    return " ".join((name, *map(str, json.loads(key))))
