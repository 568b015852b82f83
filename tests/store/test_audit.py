"""Verification of the audit log: any change of the database is found, at the changed entry."""

import tracemalloc
from collections.abc import Iterator
from dataclasses import replace

import pytest
from sqlite_utils import Database
from sqlite_utils.utils import sqlite3

from signoff import actions, store
from signoff.domain.audit import (
    AuditFault,
    Event,
    FaultKind,
    compute_root,
    split_peaks,
)
from signoff.domain.members import MEMBER_FIELDS, format_fields
from signoff.store.bound_rows import BOUND_TABLES
from signoff.store.connection import transaction
from tests.factories import HESITANT, MAYOR, decline, sign
from tests.merkle import compute_inclusion_path, compute_subtree_root
from tests.world import NOW, World


@pytest.fixture
def db(world: World) -> Database:
    """A database with some entries and without triggers, as an attacker with access to the file could make it."""
    world.opened()
    world.answer(MAYOR, sign(note="Im Rahmen der Mittel."))
    world.answer(HESITANT, decline())
    actions.amendments.decide(
        world.db, world.invitation_status().invitation.id, "note", True, "office", world.now
    )
    world.closed()
    assert store.audit.verify_entries(world.db)[0] is None
    world.db.conn.execute("PRAGMA foreign_keys = OFF")
    world.db.conn.execute("PRAGMA ignore_check_constraints = ON")
    for (name,) in world.db.conn.execute(
        "SELECT name FROM sqlite_master WHERE type = 'trigger'"
    ).fetchall():
        world.db.conn.execute(f"DROP TRIGGER {name}")
    return world.db


def get_length(db: Database) -> int:
    return int(db.conn.execute("SELECT MAX(seq) FROM audit").fetchone()[0])


def list_changed_values(value: object) -> list[object]:
    """Every value that differs by one bit or one character, and a few that differ in length."""
    if isinstance(value, bytes):
        flips = [
            bytes([*value[:index], value[index] ^ 1, *value[index + 1 :]])
            for index in range(len(value))
        ]
        return [*flips, value[:-1], value + b"\x00", b""]
    text = str(value)
    flips = [
        f"{text[:index]}{chr(ord(text[index]) ^ 1)}{text[index + 1 :]}"
        for index in range(len(text))
    ]
    return [*flips, text[:-1], f"{text} ", ""]


@pytest.mark.parametrize(
    "column", ["at", "event", "actor", "subject", "details_digest", "salt", "peaks"]
)
def test_any_changed_column_is_detected(db: Database, column: str) -> None:
    for seq in (1, 4, get_length(db)):
        (value,) = db.conn.execute(f"SELECT {column} FROM audit WHERE seq = ?", [seq]).fetchone()
        for changed in list_changed_values(value):
            db.conn.execute(f"UPDATE audit SET {column} = ? WHERE seq = ?", [changed, seq])
            assert store.audit.verify_entries(db)[0] == seq, changed
        db.conn.execute(f"UPDATE audit SET {column} = ? WHERE seq = ?", [value, seq])
    assert store.audit.verify_entries(db)[0] is None


@pytest.mark.parametrize("column", ["salt", "details"])
def test_changed_details_are_detected(db: Database, column: str) -> None:
    for seq in (2, get_length(db)):
        (value,) = db.conn.execute(
            f"SELECT {column} FROM audit_details WHERE seq = ?", [seq]
        ).fetchone()
        for changed in list_changed_values(value):
            db.conn.execute(f"UPDATE audit_details SET {column} = ? WHERE seq = ?", [changed, seq])
            assert store.audit.verify_entries(db)[0] == seq, changed
        db.conn.execute(f"UPDATE audit_details SET {column} = ? WHERE seq = ?", [value, seq])
    assert store.audit.verify_entries(db)[0] is None


@pytest.mark.parametrize(
    ("sql", "invalid"),
    [
        ("DELETE FROM audit WHERE seq = 1", 1),
        ("DELETE FROM audit WHERE seq = 4", 4),
        ("DELETE FROM audit WHERE seq >= 4", 4),
        ("DELETE FROM audit", 1),
        ("UPDATE audit SET seq = CASE seq WHEN 3 THEN -4 ELSE -3 END WHERE seq IN (3, 4)", 3),
        ("UPDATE audit SET seq = seq + 1000 WHERE seq = 3", 3),
        ("UPDATE audit SET seq = 0 WHERE seq = 1", 1),
        (
            "INSERT INTO audit SELECT 1000, at, event, actor, subject, details_digest, salt, peaks FROM audit LIMIT 1",
            None,
        ),
    ],
)
def test_removed_moved_and_added_entries_are_detected(
    db: Database, sql: str, invalid: int | None
) -> None:
    expected = invalid or get_length(db) + 1
    db.conn.execute(sql)
    db.conn.execute("UPDATE audit SET seq = -seq WHERE seq < 0")
    assert store.audit.verify_entries(db)[0] == expected


def test_swapped_entries_are_detected(db: Database) -> None:
    columns = ("at", "event", "actor", "subject", "details_digest", "salt")
    three, four = (
        db.conn.execute(f"SELECT {', '.join(columns)} FROM audit WHERE seq = ?", [seq]).fetchone()
        for seq in (3, 4)
    )
    for seq, values in ((3, four), (4, three)):
        db.conn.execute(
            f"UPDATE audit SET {', '.join(f'{name} = ?' for name in columns)} WHERE seq = {seq}",
            list(values),
        )
    assert store.audit.verify_entries(db)[0] == 3


def test_truncation_is_detected_if_rows_refer_to_the_last_entries(db: Database) -> None:
    """Answers, decisions, prints and details refer to their entry; beyond that, published checkpoints are needed."""
    last = get_length(db)
    for seq in range(last, 1, -1):
        db.conn.execute("DELETE FROM audit WHERE seq = ?", [seq])
        assert store.audit.verify_entries(db)[0] == seq
    db.conn.execute("DELETE FROM audit_details WHERE seq > 1")
    assert (
        store.audit.verify_entries(db)[0] == 2
    )  # the print of the round still refers to its entry


def test_chain_is_valid_after_details_were_erased(db: Database) -> None:
    db.conn.execute("DELETE FROM audit_details WHERE seq < ?", [get_length(db)])
    assert store.audit.verify_entries(db)[0] is None
    remaining = [
        entry.details for entry in store.audit.list_detailed_entries(db, get_length(db))[::-1]
    ]
    assert set(map(str, remaining[:-1])) == {"None"}
    assert remaining[-1] is not None


def test_checkpoint_of_each_entry_is_the_root_of_the_tree(db: Database) -> None:
    entries = [store.audit.get(db, seq) for seq in range(1, get_length(db) + 1)]
    leaves = [entry.leaf for entry in entries]
    for size, entry in enumerate(entries, 1):
        assert (
            entry.root
            == compute_subtree_root(leaves[:size]).hex()
            == compute_root(split_peaks(entry.peaks)).hex()
        )
        assert len(compute_inclusion_path(leaves[:size], size - 1)) <= size.bit_length()


def test_log_contains_no_tokens(world: World, db: Database) -> None:
    log = " ".join(
        f"{entry.actor} {entry.subject} {entry.details}"
        for entry in store.audit.list_detailed_entries(db, get_length(db))
    )
    for token in world.links().values():
        assert token not in log
    for (public_id,) in db.conn.execute("SELECT public_id FROM links"):
        assert public_id not in log


# Rows that are bound to the log. Other programs write through a connection without our triggers.


def insert_row(db: Database, name: str, number: int) -> None:
    """A row with a value in every column; checks and references are off."""
    values = {
        "INTEGER": 1000 + number,
        "TEXT": f"{name} {number}",
        "BLOB": f"{name} {number}".encode(),
    }
    columns = [
        number if row[1] == "entry" else values[row[2]]
        for row in db.conn.execute(f"PRAGMA table_info({name})")
    ]
    db.conn.execute(f"INSERT INTO {name} VALUES ({', '.join('?' * len(columns))})", columns)


@pytest.fixture
def bound(db: Database) -> Iterator[Database]:
    """Two more rows in every bound table, as another program sees the file."""
    with transaction(db):
        for name in BOUND_TABLES:
            insert_row(db, name, 1)
            insert_row(db, name, 2)
        store.audit.record(db, Event.MEMBERS_IMPORTED, "office", "members", NOW)
    assert store.bound_rows.find_fault(db) is None
    (path,) = db.conn.execute("SELECT file FROM pragma_database_list").fetchone()
    plain = sqlite3.connect(path, isolation_level=None)
    plain.row_factory = sqlite3.Row
    plain.execute("PRAGMA ignore_check_constraints = ON")
    yield Database(plain, recursive_triggers=False)
    plain.close()


def find_fault_after(db: Database, sql: str, *values: object) -> AuditFault | None:
    """What a verification finds if another program has run this statement, which is undone."""
    db.conn.execute("BEGIN")
    assert db.conn.execute(sql, values).rowcount == 1
    fault = store.bound_rows.find_fault(db)
    db.conn.execute("ROLLBACK")
    return fault


def test_every_change_of_a_bound_row_is_found(bound: Database) -> None:
    assert store.bound_rows.find_fault(bound) is None
    entry = get_length(bound)
    for name in BOUND_TABLES:
        table = store.bound_rows.Table(bound, name)
        where = f"{table.keys[0]} IN (1002, '{name} 2')"
        for column in table.columns:
            (kind,) = bound.conn.execute(
                f"SELECT typeof({column}) FROM {name} WHERE {where}"
            ).fetchone()
            value = {"integer": f"{column} + 1", "blob": "x'00'"}.get(kind, f"{column} || 'x'")
            fault = find_fault_after(bound, f"UPDATE {name} SET {column} = {value} WHERE {where}")
            expected = FaultKind.ADDED if column in table.keys else FaultKind.ALTERED
            assert fault, (name, column)
            assert (fault.kind, fault.row.split()[0]) == (expected, name), column
        fault = find_fault_after(bound, f"DELETE FROM {name} WHERE {where}")
        assert fault, name
        assert (fault.kind, fault.entry, fault.row.split()[0]) == (FaultKind.MISSING, entry, name)
        bound.conn.execute("BEGIN")
        insert_row(bound, name, 3)
        fault = store.bound_rows.find_fault(bound)
        bound.conn.execute("ROLLBACK")
        assert fault, name
        assert (fault.kind, fault.row.split()[0]) == (FaultKind.ADDED, name)


def test_a_column_added_while_a_connection_is_open_is_bound(bound: Database, db: Database) -> None:
    db.conn.execute("ALTER TABLE members ADD COLUMN altitude TEXT NOT NULL DEFAULT ''")
    with transaction(db):
        db.conn.execute("UPDATE members SET altitude = '300 m' WHERE id = 1")
        store.audit.record(db, Event.MEMBER_CHANGED, "office", "member/1", NOW)
    assert store.bound_rows.find_fault(bound) is None
    fault = find_fault_after(bound, "UPDATE members SET altitude = '500 m' WHERE id = 1")
    assert fault
    assert (fault.kind, fault.row) == (FaultKind.ALTERED, "members 1")


@pytest.mark.parametrize(
    "sql",
    [
        "DELETE FROM bound_rows WHERE name = 'answers' AND key = '[1]'",
        "UPDATE bound_rows SET digest = x'00' WHERE name = 'answers' AND key = '[1]'",
        "UPDATE bound_rows SET key = '[77]' WHERE name = 'answers' AND key = '[1]'",
        "INSERT INTO bound_rows SELECT seq, name, '[77]', salt, digest FROM bound_rows WHERE name = 'answers' LIMIT 1",
    ],
)
def test_the_list_of_bound_rows_cannot_be_changed(db: Database, sql: str) -> None:
    (entry,) = db.conn.execute("SELECT entry FROM answers WHERE id = 1").fetchone()
    assert db.conn.execute(sql).rowcount == 1
    assert store.audit.find_fault(db) == AuditFault(FaultKind.ENTRY, entry)


def test_a_former_state_of_a_row_is_no_way_back(world: World) -> None:
    """The salt of its digest is forgotten, so that an old row and its old digest do not fit."""
    world.enrol()
    member = store.members.find_by_key(world.db, "01")
    assert member
    changed, before = replace(member, name="Anderswo"), format_fields(member, MEMBER_FIELDS)
    actions.members.change_member(world.db, changed, before, "office", world.now)
    assert store.audit.find_fault(world.db) is None
    salts = world.db.conn.execute(
        "SELECT salt FROM bound_rows WHERE name = 'members' AND key = ? ORDER BY seq",
        [f"[{member.id}]"],
    )
    assert [salt is None for (salt,) in salts] == [True, False]


def test_rows_are_bound_however_often_and_in_whatever_way_they_are_written(world: World) -> None:
    with transaction(world.db):
        for kind in ("REPLACE", "INSERT OR REPLACE", "INSERT OR IGNORE"):
            world.db.execute(f"{kind} INTO retention (kind, months) VALUES ('log', 7)")
        upsert = (
            "INSERT INTO retention VALUES ('log', 9) ON CONFLICT (kind) DO UPDATE SET months = 8"
        )
        for _ in range(2):
            world.db.execute(upsert)
        world.db.execute("UPDATE OR ABORT retention SET months = 9")
        store.audit.record(world.db, Event.RETENTION_CHANGED, "office", "association", NOW)
    assert store.audit.find_fault(world.db) is None


def test_a_log_that_does_not_extend_a_checkpoint_is_cut(db: Database) -> None:
    length = get_length(db)
    before, last = store.audit.get(db, 4), store.audit.get(db, length)
    for entry in (before, last):
        assert store.audit.find_fault(db, (entry.seq, entry.root)) is None
    for checkpoint in ((length + 1, last.root), (4, last.root)):
        fault = store.audit.find_fault(db, checkpoint)
        assert fault == AuditFault(FaultKind.CUT, checkpoint[0])


def test_a_long_log_is_verified_in_little_memory(world: World) -> None:
    for start in range(0, 3000, 50):
        with transaction(world.db):
            for number in range(start, start + 50):
                insert_member(world.db, number)
                store.audit.record(world.db, Event.MEMBER_ADDED, "office", f"member/{number}", NOW)
    world.opened()
    world.closed()  # the log's checkpoint names a root of the entries before it
    tracemalloc.start()
    assert store.audit.find_fault(world.db) is None
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 800_000  # a list of these entries has 1.5 MB


def insert_member(db: Database, number: int) -> None:
    columns = "id, key, name, official_name, kind, state, country, language"
    values = (1000 + number, f"k{number}", "Ort", "Stadt Ort", "", "", "DE", "de")
    db.conn.execute(f"INSERT INTO members ({columns}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)", values)


def test_a_column_that_is_added_later_changes_no_digest(db: Database) -> None:
    db.conn.execute("ALTER TABLE members ADD COLUMN altitude TEXT NOT NULL DEFAULT 'flach'")
    db.conn.execute("ALTER TABLE answers ADD COLUMN weight INTEGER")
    assert store.audit.find_fault(db) is None
    db.conn.execute("UPDATE members SET altitude = 'hoch' WHERE id = 2")
    assert store.audit.find_fault(db) == AuditFault(FaultKind.ALTERED, 2, "members 2")
