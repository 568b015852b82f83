"""An upgrade with an open round: links, deadlines, owed mail and reminders are as the released version left them."""

import itertools
import shutil
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from signoff import store
from signoff.domain.answers import AnswerKind
from signoff.store.connection import connect
from tests.cli.conftest import Run
from tests.factories import MAYOR, sign
from tests.released import FOLDER, observe, unfold
from tests.world import NOW, World

VERSIONS = sorted(path.stem for path in FOLDER.glob("*.sql"))
NEXT = """
ALTER TABLE invitations ADD COLUMN planted TEXT NOT NULL DEFAULT '';
UPDATE invitations SET planted = 'yes';
CREATE TABLE planted (id INTEGER PRIMARY KEY, link INTEGER NOT NULL REFERENCES links) STRICT;
"""
# A change that rewrites an entry of the audit log.
WRONG = "DROP TRIGGER audit_stays; UPDATE audit SET actor = 'x' WHERE seq = 3;"
SCHEMA = (
    "SELECT type, name, sql FROM sqlite_master WHERE name NOT LIKE '%sqlite%' ORDER BY type, name"
)


@pytest.fixture
def plant(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Give the program a next change of its schema."""

    own, numbers = store.migrations.FOLDER, itertools.count()

    def plant(sql: str) -> None:
        folder = tmp_path / f"migrations-{next(numbers)}"
        shutil.copytree(own, folder)
        (folder / "9999_next.sql").write_text(sql, "utf-8")
        monkeypatch.setattr(store.migrations, "FOLDER", folder)

    return plant


@pytest.fixture(params=VERSIONS)
def released(request: pytest.FixtureRequest, tmp_path: Path):
    instance = tmp_path / "instance"
    instance.mkdir(mode=0o700)
    return unfold(request.param, instance)


def test_an_open_round_goes_on_after_an_upgrade(released, run: Run, plant) -> None:
    world, facts = released
    world.now = NOW + timedelta(days=1)
    folder = world.settings.instance
    plant(NEXT)
    before = world.contents()
    done = run("migrate", "--dry-run", "--instance", folder)
    assert (done.code, "9999_next" in done.out) == (0, True)
    assert world.contents() == before
    assert "9999_next" in run("migrate", "--instance", folder).out
    assert run("audit", "verify", "--instance", folder).code == 0

    assert world.links() == facts.links
    page = world.browser().open(f"/s/{facts.links[MAYOR]}")
    assert "7. April 2027" in page.text
    assert world.round().deadline == datetime.fromisoformat(facts.deadline)
    assert observe(world) == {"owed": facts.owed, "reminders": facts.reminders}
    world.answer(MAYOR, sign())
    world.now = datetime.fromisoformat(facts.deadline)
    world.work()
    assert world.round().closed_at == world.now
    assert world.round_status().counts[AnswerKind.COSIGN] == 1
    assert run("audit", "verify", "--instance", folder).code == 0


def test_a_change_that_breaks_the_log_is_seen_on_the_copy(released, run: Run, plant) -> None:
    world, _ = released
    plant(WRONG)
    before = world.contents()
    done = run("migrate", "--dry-run", "--instance", world.settings.instance)
    assert done.code == 1
    assert world.contents() == before
    assert list(world.settings.instance.glob(".backup-*")) == []
    plant("ALTER TABLE nothing ADD COLUMN x")
    assert run("migrate", "--dry-run", "--instance", world.settings.instance).code == 1
    assert world.contents() == before


def test_an_older_program_refuses_the_database_of_a_newer_one(
    released, run: Run, plant, monkeypatch: pytest.MonkeyPatch
) -> None:
    world, _ = released
    own = store.migrations.FOLDER
    plant(NEXT)
    assert run("migrate", "--instance", world.settings.instance).code == 0
    monkeypatch.setattr(store.migrations, "FOLDER", own)
    for words in (("rounds", "status", "leitgedanken"), ("migrate",), ("migrate", "--dry-run")):
        done = run(*words, "--instance", world.settings.instance)
        assert (done.code, "9999_next" in done.err) == (2, True), words


def test_a_missing_database_is_not_made_by_what_changes_or_checks_it(
    released, run: Run, tmp_path: Path
) -> None:
    world, _ = released
    world.db.close()
    world.settings.database.rename(tmp_path / "away")
    for words in (("migrate",), ("migrate", "--dry-run"), ("audit", "verify")):
        done = run(*words, "--instance", world.settings.instance)
        assert (done.code, "fehlt" in done.err) == (2, True), words
        assert not world.settings.database.exists()


def test_a_released_schema_is_changed_by_migrations_alone(released, tmp_path: Path) -> None:
    """If this fails after a release, put the change into a migration of its own."""
    world, _ = released
    store.migrations.migrate(world.db)
    fresh = connect(tmp_path / "fresh.sqlite")
    store.migrations.migrate(fresh)
    assert [tuple(row) for row in world.db.conn.execute(SCHEMA)] == [
        tuple(row) for row in fresh.conn.execute(SCHEMA)
    ]
    fresh.close()


def test_a_backup_without_a_file_goes_into_the_folder_of_the_settings(
    world: World,
    cli: Run,
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    world.opened()
    assert cli("backup").code == 2
    folder = tmp_path_factory.mktemp("backups")
    monkeypatch.setenv("SIGNOFF_BACKUP", str(folder))
    assert cli("backup", "--keys", folder / "keys").code == 2
    assert cli("backup").code == 0
    assert len(list(folder.iterdir())) == 1
