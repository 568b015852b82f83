"""The audit chain in the database: whoever changes one thing anywhere is found out, at the line he changed."""

from collections.abc import Callable

import pytest
from sqlite_utils import Database

from signoff import actions, store
from signoff.domain.audit import (
    AuditEntry,
    compute_root,
    split_peaks,
)
from tests.merkle import compute_inclusion_path, compute_subtree_root
from tests.world import HESITANT, MAYOR, World, decline, sign


@pytest.fixture
def db(world: World) -> Database:
    """A lived-in instance without its triggers, as somebody with the file and an editor has it."""
    world.opened()
    world.answer(MAYOR, sign(note="Im Rahmen der Mittel."))
    world.answer(HESITANT, decline())
    actions.amendments.decide(
        world.db, world.place().invitation.id, "note", True, "office", world.now
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


def length(db: Database) -> int:
    return int(db.conn.execute("SELECT MAX(seq) FROM audit").fetchone()[0])


def other(value: object) -> list[object]:
    """Every value that differs by one bit or one character, and a few that differ in length."""
    if isinstance(value, bytes):
        flips = [bytes([*value[:at], value[at] ^ 1, *value[at + 1 :]]) for at in range(len(value))]
        return [*flips, value[:-1], value + b"\x00", b""]
    text = str(value)
    flips = [f"{text[:at]}{chr(ord(text[at]) ^ 1)}{text[at + 1 :]}" for at in range(len(text))]
    return [*flips, text[:-1], f"{text} ", ""]


@pytest.mark.parametrize(
    "column", ["at", "event", "actor", "subject", "details_digest", "salt", "peaks"]
)
def test_a_flip_in_any_column_is_found_at_its_line(db: Database, column: str) -> None:
    for seq in (1, 4, length(db)):
        (value,) = db.conn.execute(f"SELECT {column} FROM audit WHERE seq = ?", [seq]).fetchone()
        for changed in other(value):
            db.conn.execute(f"UPDATE audit SET {column} = ? WHERE seq = ?", [changed, seq])
            assert store.audit.find_first_invalid_entry(db) == seq, changed
        db.conn.execute(f"UPDATE audit SET {column} = ? WHERE seq = ?", [value, seq])
    assert store.audit.find_first_invalid_entry(db) is None


@pytest.mark.parametrize("column", ["salt", "details"])
def test_a_flip_in_the_details_is_found_at_its_line(db: Database, column: str) -> None:
    for seq in (2, length(db)):
        (value,) = db.conn.execute(
            f"SELECT {column} FROM audit_details WHERE seq = ?", [seq]
        ).fetchone()
        for changed in other(value):
            db.conn.execute(f"UPDATE audit_details SET {column} = ? WHERE seq = ?", [changed, seq])
            assert store.audit.find_first_invalid_entry(db) == seq, changed
        db.conn.execute(f"UPDATE audit_details SET {column} = ? WHERE seq = ?", [value, seq])
    assert store.audit.find_first_invalid_entry(db) is None


@pytest.mark.parametrize(
    ("tamper", "line"),
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
def test_a_line_removed_moved_or_added_is_found(
    db: Database, tamper: str, line: int | None
) -> None:
    expected = line or length(db) + 1
    db.conn.execute(tamper)
    db.conn.execute("UPDATE audit SET seq = -seq WHERE seq < 0")
    assert store.audit.find_first_invalid_entry(db) == expected


def test_two_lines_swapped_with_all_they_say_are_found(db: Database) -> None:
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


def test_an_end_cut_off_is_found_as_far_as_anything_refers_to_it(db: Database) -> None:
    """Answers, decisions, prints and details name their line. What nothing names is found by checkpoints given away."""
    last = length(db)
    for seq in range(last, 1, -1):
        db.conn.execute("DELETE FROM audit WHERE seq = ?", [seq])
        assert store.audit.find_first_invalid_entry(db) == seq
    db.conn.execute("DELETE FROM audit_details WHERE seq > 1")
    assert (
        store.audit.find_first_invalid_entry(db) == 2
    )  # the round's print still names the line that owed it


def test_details_may_be_erased_and_the_chain_still_verifies(db: Database) -> None:
    db.conn.execute("DELETE FROM audit_details WHERE seq < ?", [length(db)])
    assert store.audit.find_first_invalid_entry(db) is None
    erased = [details for _, details in store.audit.iter_entries(db)]
    assert set(map(str, erased[:-1])) == {"None"}
    assert erased[-1] is not None


def test_each_lines_checkpoint_is_the_root_of_the_tree_up_to_it(db: Database) -> None:
    entries: list[AuditEntry] = [entry for entry, _ in store.audit.iter_entries(db)]
    leaves = [entry.leaf for entry in entries]
    for size, entry in enumerate(entries, 1):
        assert (
            entry.root
            == compute_subtree_root(leaves[:size]).hex()
            == compute_root(split_peaks(entry.peaks)).hex()
        )
        assert len(compute_inclusion_path(leaves[:size], size - 1)) <= size.bit_length()


def test_the_journal_holds_no_link(world: World, db: Database) -> None:
    told: Callable[[AuditEntry, object], str] = lambda entry, details: (
        f"{entry.actor} {entry.subject} {details}"
    )  # noqa: E731
    journal = " ".join(told(entry, details) for entry, details in store.audit.iter_entries(db))
    for token in world.links().values():
        assert token not in journal
    for (public_id,) in db.conn.execute("SELECT public_id FROM links"):
        assert public_id not in journal
