"""Verification of the audit log: any change of the database is found, at the changed entry."""

import pytest
from sqlite_utils import Database

from signoff import actions, store
from signoff.domain.audit import (
    compute_root,
    split_peaks,
)
from tests.factories import HESITANT, MAYOR, decline, sign
from tests.merkle import compute_inclusion_path, compute_subtree_root
from tests.world import World


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
    assert store.audit.find_first_invalid_entry(world.db) is None
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
            assert store.audit.find_first_invalid_entry(db) == seq, changed
        db.conn.execute(f"UPDATE audit SET {column} = ? WHERE seq = ?", [value, seq])
    assert store.audit.find_first_invalid_entry(db) is None


@pytest.mark.parametrize("column", ["salt", "details"])
def test_changed_details_are_detected(db: Database, column: str) -> None:
    for seq in (2, get_length(db)):
        (value,) = db.conn.execute(
            f"SELECT {column} FROM audit_details WHERE seq = ?", [seq]
        ).fetchone()
        for changed in list_changed_values(value):
            db.conn.execute(f"UPDATE audit_details SET {column} = ? WHERE seq = ?", [changed, seq])
            assert store.audit.find_first_invalid_entry(db) == seq, changed
        db.conn.execute(f"UPDATE audit_details SET {column} = ? WHERE seq = ?", [value, seq])
    assert store.audit.find_first_invalid_entry(db) is None


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
    assert store.audit.find_first_invalid_entry(db) == expected


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
    assert store.audit.find_first_invalid_entry(db) == 3


def test_truncation_is_detected_if_rows_refer_to_the_last_entries(db: Database) -> None:
    """Answers, decisions, prints and details refer to their entry; beyond that, published checkpoints are needed."""
    last = get_length(db)
    for seq in range(last, 1, -1):
        db.conn.execute("DELETE FROM audit WHERE seq = ?", [seq])
        assert store.audit.find_first_invalid_entry(db) == seq
    db.conn.execute("DELETE FROM audit_details WHERE seq > 1")
    assert (
        store.audit.find_first_invalid_entry(db) == 2
    )  # the print of the round still refers to its entry


def test_chain_is_valid_after_details_were_erased(db: Database) -> None:
    db.conn.execute("DELETE FROM audit_details WHERE seq < ?", [get_length(db)])
    assert store.audit.find_first_invalid_entry(db) is None
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
