"""The stored log only grows, and any change of it is found."""

import pytest
from sqlite_utils.db import sqlite3

from signoff import store
from signoff.checks import check_audit_log
from signoff.domain.audit import AuditFault, FaultKind
from tests.factories import MAYOR, sign
from tests.world import World

LIST_TRIGGERS = """
SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name IN ('log_leaves', 'checkpoints')
"""


@pytest.fixture
def closed(world: World) -> World:
    world.opened()
    world.answer(MAYOR, sign())
    world.closed()
    return world


CHANGES = (
    "UPDATE log_leaves SET leaf = zeroblob(32) WHERE position = 3",
    "DELETE FROM log_leaves WHERE position = 31",
    "UPDATE checkpoints SET root = zeroblob(32)",
    "UPDATE checkpoints SET statement = json_set(statement, '$.edition', 2)",
    "UPDATE checkpoints SET statement = json_set(statement, '$.audit', 'ff')",
)


@pytest.mark.parametrize("change", CHANGES)
def test_changes_are_refused_and_else_found(closed: World, change: str) -> None:
    with pytest.raises(sqlite3.IntegrityError, match="append-only"):
        closed.db.conn.execute(change)
    assert store.log.find_invalid_checkpoint(closed.db) is None

    for (name,) in closed.db.conn.execute(LIST_TRIGGERS).fetchall():
        closed.db.conn.execute(f"DROP TRIGGER {name}")
    closed.db.conn.execute(change)

    assert store.log.find_invalid_checkpoint(closed.db)
    assert any("Prüfverzeichnis" in str(line) for line in check_audit_log(closed.db, closed.now))


@pytest.mark.parametrize("left", [0, 32])
def test_a_log_that_was_cut_off_is_found(closed: World, left: int) -> None:
    """Leaves and checkpoints fit each other; the audit log knows that there were more."""
    closed.released()
    assert store.audit.find_fault(closed.db) is None
    for (name,) in closed.db.conn.execute(LIST_TRIGGERS).fetchall():
        closed.db.conn.execute(f"DROP TRIGGER {name}")
    closed.db.conn.execute(f"DELETE FROM checkpoints WHERE size > {left}")
    closed.db.conn.execute(f"DELETE FROM log_leaves WHERE position >= {left}")
    assert store.log.find_invalid_checkpoint(closed.db) is None
    fault = store.audit.find_fault(closed.db)
    assert fault
    assert (fault.kind, fault.row) == (FaultKind.MISSING, f"checkpoints {left + 32}")


def test_a_leaf_beyond_the_last_checkpoint_is_found(closed: World) -> None:
    closed.db.conn.execute("INSERT INTO log_leaves VALUES (32, zeroblob(32))")
    assert store.audit.find_fault(closed.db) == AuditFault(FaultKind.ADDED, row="log_leaves 32")
