"""CHECK constraints and triggers: the database refuses invalid changes, whatever program makes them."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlite_utils import Database
from sqlite_utils.utils import sqlite3

from signoff import store
from signoff.store.accounts import TABLES_OF_ACCOUNTS
from signoff.store.connection import IntegrityError, connect
from tests.factories import MAYOR, pending, sign
from tests.world import DEADLINE, NOW, World

LATE = DEADLINE.isoformat(timespec="microseconds")
ANSWER = {
    "invitation_id": 1,
    "number": 3,
    "kind": "decline",
    "official_name": "",
    "basis": "",
    "body": "",
    "decision_number": "",
    "decision_result": "",
    "publish_name": 0,
    "note": "",
    "received_at": NOW.isoformat(timespec="microseconds"),
    "channel": "link",
    "link_id": 1,
    "form_key": "new",
    "entry": 1,
}


@pytest.fixture
def round_with_answers(world: World) -> World:
    """A round with two versions of Musterhausen's answer."""
    world.opened()
    world.answer(MAYOR, pending(), "first")
    world.answer(MAYOR, sign(), "second")
    return world


@pytest.fixture(params=["our connection", "other program"])
def database(round_with_answers: World, request: pytest.FixtureRequest) -> Iterator[Database]:
    """The database by our own connection, and by one of another program without our settings."""
    if request.param == "our connection":
        yield round_with_answers.db
        return
    plain = sqlite3.connect(round_with_answers.settings.database, isolation_level=None)
    plain.row_factory = sqlite3.Row
    assert plain.execute("PRAGMA recursive_triggers").fetchone()[0] == 0
    yield Database(plain, recursive_triggers=False)
    plain.close()


def insert(db: Database, table: str, values: dict[str, object], verb: str = "INSERT") -> None:
    names = ", ".join(values)
    parameters = ", ".join(f":{name}" for name in values)
    db.conn.execute(f"{verb} INTO {table} ({names}) VALUES ({parameters})", values)


def contents(db: Database, *tables: str) -> list[tuple[object, ...]]:
    return [tuple(row) for table in tables for row in db.conn.execute(f"SELECT * FROM {table}")]


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE audit SET actor = 'nobody' WHERE seq = 2",
        "UPDATE audit SET seq = 99 WHERE seq = 2",
        "DELETE FROM audit WHERE seq = 2",
        "DELETE FROM audit",
        "INSERT OR REPLACE INTO audit SELECT seq, at, event, 'nobody', subject, details_digest, salt, peaks FROM audit",
        "REPLACE INTO audit SELECT seq, at, event, 'nobody', subject, details_digest, salt, peaks FROM audit"
        " WHERE seq = 3",
        "INSERT INTO audit SELECT seq + 100, at, event, actor, subject, details_digest, salt, peaks FROM audit",
        "UPDATE OR REPLACE audit SET seq = 1 WHERE seq = 2",
        "UPDATE answers SET kind = 'decline', basis = '', official_name = '' WHERE id = 2",
        "UPDATE answers SET received_at = '2027' WHERE id = 1",
        "DELETE FROM answers WHERE id = 2",
        "DELETE FROM answers",
        "UPDATE OR REPLACE answers SET id = 1 WHERE id = 2",
        "UPDATE editions SET html = '<p>anders</p>'",
        "UPDATE editions SET title = 'anders'",
        "DELETE FROM editions",
        "INSERT OR REPLACE INTO editions (id, paper_id, number, title, subtitle, kind, language,"
        " adopted_by, adopted_on, adopted_at, html, digest, created_at) SELECT id, paper_id, number, 'anders',"
        " subtitle, kind, language, adopted_by, adopted_on, adopted_at, html, digest, created_at FROM editions",
    ],
)
def test_immutable_rows_are_not_changed(database: Database, sql: str) -> None:
    before = contents(database, "audit", "answers", "editions")
    with pytest.raises(sqlite3.IntegrityError, match="append-only|frozen|never replaced"):
        database.conn.execute(sql)
    assert contents(database, "audit", "answers", "editions") == before


@pytest.mark.parametrize(
    "changes", [{"number": 2}, {"number": 3, "form_key": "second"}, {"number": 3, "id": 1}]
)
def test_answers_are_not_replaced(database: Database, changes: dict[str, object]) -> None:
    """Without recursive triggers, INSERT OR REPLACE deletes rows without firing the delete trigger."""
    before = contents(database, "answers")
    for verb in ("INSERT OR REPLACE", "REPLACE", "INSERT"):
        with pytest.raises(sqlite3.IntegrityError):
            insert(database, "answers", ANSWER | changes, verb)
    assert contents(database, "answers") == before


def test_releases_are_not_changed(world: World) -> None:
    world.opened()
    world.closed()
    world.released()
    before = contents(world.db, "releases")
    for sql in (
        "UPDATE releases SET sha256 = printf('%064d', 0)",
        "UPDATE releases SET as_of = '2027'",
        "DELETE FROM releases",
        "INSERT OR REPLACE INTO releases (id, round_id, number, sha256, size, pages, as_of, released_at)"
        " SELECT id, round_id, number, sha256, 1, pages, as_of, released_at FROM releases",
    ):
        with pytest.raises(IntegrityError, match="never changes"):
            world.db.conn.execute(sql)
    assert contents(world.db, "releases") == before


def test_gap_in_the_numbers_of_answers_is_refused(round_with_answers: World) -> None:
    for number in (4, 5, 99):
        with pytest.raises(IntegrityError, match="without a gap"):
            insert(round_with_answers.db, "answers", ANSWER | {"number": number})
    insert(round_with_answers.db, "answers", ANSWER)


@pytest.mark.parametrize(
    ("closing", "received_at"),
    [
        ("UPDATE rounds SET closed_at = '2027-02-01T00:00:00.000000+00:00'", ANSWER["received_at"]),
        (
            "UPDATE rounds SET cancelled_at = '2027-02-01T00:00:00.000000+00:00'",
            ANSWER["received_at"],
        ),
        ("SELECT 1", LATE),
        ("SELECT 1", "2027-04-01T00:00:00.000000+00:00"),
    ],
)
def test_closed_rounds_take_no_answers(
    round_with_answers: World, closing: str, received_at: str
) -> None:
    round_with_answers.db.conn.execute(closing)
    with pytest.raises(IntegrityError, match="no answers any more"):
        insert(round_with_answers.db, "answers", ANSWER | {"received_at": received_at})


def test_answer_in_the_last_microsecond_is_accepted(round_with_answers: World) -> None:
    insert(
        round_with_answers.db,
        "answers",
        ANSWER | {"received_at": "2027-03-31T21:59:59.999999+00:00"},
    )


@pytest.mark.parametrize(
    "wrong",
    [
        {"kind": "maybe"},
        {"kind": "sign"},  # without a basis and a name
        {"basis": "head"},
        {"official_name": "Stadt"},
        {"kind": "pending"},  # without the date
        {"expected_on": "2027-02-11"},
        {"link_id": None},
        {"channel": "letter"},
        {"channel": "pigeon"},
        {"publish_name": 2},
        {"note": "x" * 601},
        {"invitation_id": 77},
        {"link_id": 77},
        {"entry": 77},
        {"number": "three"},
        {"received_at": None},
    ],
)
def test_contradictory_answer_is_refused(
    round_with_answers: World, wrong: dict[str, object]
) -> None:
    with pytest.raises(IntegrityError):
        insert(round_with_answers.db, "answers", ANSWER | wrong)


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE rounds SET opened_at = NULL",
        "UPDATE rounds SET deadline = NULL",
        "UPDATE rounds SET deadline = opened_at",
        "UPDATE rounds SET closed_at = '2026-01-01T00:00:00.000000+00:00'",
        "UPDATE rounds SET closed_at = deadline, cancelled_at = deadline",
        "UPDATE rounds SET ending_reason = 'Zu wenige.'",
        "UPDATE rounds SET terms = 'public'",
        "INSERT INTO rounds (edition_id, terms) VALUES (1, '{}')",
        "INSERT INTO rounds (edition_id, terms) VALUES (77, '{}')",
        "INSERT INTO invitations (round_id, member_id, reference, invited_at) VALUES (1, 1, 'MZ', '2027')",
        "UPDATE links SET public_id = 'short' WHERE id = 1",
        "UPDATE links SET generation = 0",
        "UPDATE members SET key = ''",
        "UPDATE members SET key = '01' WHERE key = '02'",
        "UPDATE members SET tags = 'voll'",
        "UPDATE accounts SET role = 'king'",
        "UPDATE association SET id = 2",
        "INSERT INTO accounts (email, name, role, password_hash, created_at) VALUES ('a', 'a', 'king', '', '2027')",
        "INSERT INTO outbox (kind, link_id, number, enqueued_at, next_try_at)"
        " SELECT kind, link_id, number, '', '' FROM outbox",
        "INSERT INTO prints (round_id, kind, number, entry, enqueued_at, next_try_at)"
        " VALUES (1, 'poster', 9, 1, '', '')",
        "INSERT INTO releases (round_id, number, sha256, size, pages, as_of, released_at)"
        " VALUES (1, 1, 'x', 1, 1, '', '')",
        "DELETE FROM members",
        "DELETE FROM links",
        "UPDATE outbox SET attempts = 'many'",
    ],
)
def test_invalid_row_is_refused(round_with_answers: World, sql: str) -> None:
    if "accounts SET" in sql:
        round_with_answers.db.conn.execute(
            "INSERT INTO accounts (email, name, role, password_hash, created_at)"
            " VALUES ('a', 'a', 'viewer', '', '2027')"
        )
    with pytest.raises(IntegrityError):
        round_with_answers.db.conn.execute(sql)


TRIGGERS = [
    "accepted_late_signatures_stay",
    "annexes_are_frozen",
    "annexes_are_kept",
    "annexes_stay",
    "answer_records_are_kept",
    "answer_records_are_not_replaced",
    "answer_records_stay",
    "answers_are_kept",
    "answers_are_not_replaced",
    "answers_count_up",
    "answers_stay",
    "applications_need_an_open_round",
    "approvals_stay",
    "audit_counts_up",
    "audit_is_kept",
    "audit_stays",
    "bound_rows_are_kept",
    "bound_rows_stay",
    "checkpoints_are_kept",
    "checkpoints_count_up",
    "checkpoints_stay",
    "closed_rounds_take_no_answers",
    "closing_freezes_members",
    "confirmed_applications_stay",
    "corrections_change_only_names",
    "decisions_on_applications_stay",
    "editions_are_frozen",
    "editions_are_kept",
    "editions_are_not_replaced",
    "follow_ups_stay",
    "frozen_members_are_kept",
    "frozen_members_are_not_replaced",
    "frozen_members_stay",
    "late_answers_follow_the_release",
    "late_reviews_are_kept",
    "late_reviews_are_of_late_signatures",
    "late_reviews_stay",
    "letters_are_kept",
    "letters_stay",
    "log_leaves_are_kept",
    "log_leaves_count_up",
    "log_leaves_stay",
    "mail_keeps_a_primary",
    "only_answers_without_a_link_are_recorded",
    "only_late_answers_follow_the_release",
    "only_the_last_answer_is_voided",
    "pictures_stay",
    "recorded_answers_came_in_time",
    "releases_are_kept",
    "releases_are_not_replaced",
    "releases_count_up",
    "releases_keep_their_kind",
    "releases_stay",
    "renewals_are_kept",
    "renewals_are_larger",
    "renewals_stay",
    "replies_that_come_again_are_kept",
    "retractions_stay",
    "scans_that_come_again_are_kept",
    "the_first_release_is_final",
    "voidings_are_kept",
    "voidings_are_not_replaced",
    "voidings_stay",
]


def test_all_triggers_exist_after_all_migrations(world: World) -> None:
    """Rebuilding a table in a migration silently drops its triggers."""
    rows = world.db.conn.execute(
        "SELECT name FROM sqlite_master WHERE type = 'trigger' ORDER BY name"
    )
    assert [row["name"] for row in rows] == TRIGGERS


def test_all_tables_are_strict(world: World) -> None:
    rows = world.db.conn.execute(
        "SELECT name, strict FROM pragma_table_list WHERE schema = 'main' AND type = 'table'"
    )
    loose = {row["name"] for row in rows if not row["strict"]}
    assert {
        name for name in loose if not name.startswith(("sqlite_", "_sqlite_migrations"))
    } == set()


def test_second_migration_changes_nothing(tmp_path: Path) -> None:
    db = connect(tmp_path / "new.sqlite")
    assert store.migrations.list_pending(db)
    assert store.migrations.migrate(db) != []
    schema = contents(db, "sqlite_master")
    assert store.migrations.migrate(db) == store.migrations.list_pending(db) == []
    assert contents(db, "sqlite_master") == schema
    db.close()


def test_failed_migration_is_rolled_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = tmp_path / "migrations"
    broken.mkdir()
    (initial,) = store.migrations.FOLDER.glob("0001_*.sql")
    sql = initial.read_text().replace(
        "CREATE TABLE accounts", "CREATE TABLE accounts (id) STRICTLY;"
    )
    (broken / initial.name).write_text(sql)
    db = connect(tmp_path / "new.sqlite")
    with monkeypatch.context() as patch, pytest.raises(Exception, match="STRICTLY"):
        patch.setattr("signoff.store.migrations.FOLDER", broken)
        store.migrations.migrate(db)
    assert "members" not in db.table_names()
    assert store.migrations.migrate(db)[0] == "0001_initial"
    assert not store.migrations.list_pending(db)
    assert "accounts" in db.table_names()
    db.close()


# Changes of answers by the office

RECORDED = {**ANSWER, "channel": "letter", "link_id": None}


def test_answer_received_late_is_not_recorded(database: Database) -> None:
    with pytest.raises(IntegrityError, match="not received in time"):
        insert(database, "answers", {**RECORDED, "received_at": LATE})
    insert(database, "answers", RECORDED)


def test_correction_by_the_office_changes_only_names(database: Database) -> None:
    second = dict(database.conn.execute("SELECT * FROM answers WHERE number = 2").fetchone())
    renamed = {**second, "id": None, "number": 3, "form_key": "new", "corrects": second["id"]}
    for changed in (
        {"basis": "urgent"},
        {"note": "Anders"},
        {"received_at": LATE},
        {"kind": "decline"},
    ):
        with pytest.raises(IntegrityError, match="names alone"):
            insert(database, "answers", {**renamed, "official_name": "Anders", **changed})
    with pytest.raises(IntegrityError, match="names alone"):
        insert(database, "answers", {**renamed, "corrects": 1})
    insert(database, "answers", {**renamed, "official_name": "Universitätsstadt Musterhausen"})


def test_correction_is_accepted_after_the_closing_unlike_an_answer(database: Database) -> None:
    second = dict(database.conn.execute("SELECT * FROM answers WHERE number = 2").fetchone())
    database.conn.execute("UPDATE rounds SET closed_at = deadline")
    with pytest.raises(IntegrityError, match="takes no answers"):
        insert(database, "answers", {**second, "id": None, "number": 3, "form_key": "new"})
    insert(
        database,
        "answers",
        {**second, "id": None, "number": 3, "form_key": "new", "corrects": second["id"]},
    )


VOIDING = {
    "answer_id": 2,
    "invitation_id": 1,
    "reason": "Nein",
    "voided_at": "2027",
    "voided_by": "a",
    "entry": 1,
}


def test_voiding_is_not_changed_or_deleted(database: Database) -> None:
    insert(database, "voidings", VOIDING)
    for sql in ("UPDATE voidings SET reason = 'x'", "DELETE FROM voidings"):
        with pytest.raises(IntegrityError, match="append-only"):
            database.conn.execute(sql)
    with pytest.raises(IntegrityError, match="append-only"):
        insert(database, "voidings", VOIDING, "INSERT OR REPLACE")


@pytest.mark.parametrize("wrong", [{"answer_id": 1}, {"invitation_id": 2}, {"reason": ""}])
def test_only_the_latest_answer_is_voided_and_with_a_reason(
    database: Database, wrong: dict[str, object]
) -> None:
    with pytest.raises(IntegrityError):
        insert(database, "voidings", {**VOIDING, **wrong})


def test_only_answers_without_a_link_have_evidence(database: Database) -> None:
    evidence = {
        "recorded_at": "2027",
        "recorded_by": "a",
        "reason": "Brief",
        "scan_sha256": "",
        "scan_type": "",
    }
    with pytest.raises(IntegrityError, match="evidences itself"):
        insert(database, "answer_records", {**evidence, "answer_id": 2, "scan_size": 0})
    insert(database, "answers", RECORDED)
    (id,) = database.conn.execute("SELECT id FROM answers WHERE number = 3").fetchone()
    with pytest.raises(IntegrityError):
        insert(
            database, "answer_records", {**evidence, "answer_id": id, "scan_size": 0, "reason": ""}
        )
    insert(database, "answer_records", {**evidence, "answer_id": id, "scan_size": 0})
    for sql in ("UPDATE answer_records SET reason = 'x'", "DELETE FROM answer_records"):
        with pytest.raises(IntegrityError, match="append-only"):
            database.conn.execute(sql)


def test_every_table_of_accounts_is_emptied_with_an_account(world: World) -> None:
    tables = world.db.conn.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
    referring = {
        name
        for (name,) in tables.fetchall()
        if any(
            key[2] == "accounts"
            for key in world.db.conn.execute(f"PRAGMA foreign_key_list({name})").fetchall()
        )
    }
    assert referring == set(TABLES_OF_ACCOUNTS)
