"""What programs that watch an instance see of it."""

import errno
import os
import re
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from werkzeug.test import TestResponse

from signoff import health
from signoff.backups import BackupState, save_state
from signoff.moments import BEAT, save_beat
from signoff.store.connection import NotOnDiskError, transaction
from tests.world import World

HEALTH = ("/health", "/health/live", "/health/ready")


@pytest.fixture
def ask(world: World) -> Callable[[str], TestResponse]:
    client = world.build_app().test_client()
    return lambda path: client.get(path, base_url="http://localhost:8000")


def status_of(answer: TestResponse, name: str) -> str:
    return answer.get_json()["checks"][name]["status"]


def test_a_working_instance_is_ready(world: World, ask: Callable) -> None:
    world.work()
    answer = ask("/health/ready")
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.get_json()["status"] == "ok"
    assert {name: check["status"] for name, check in answer.get_json()["checks"].items()} == {
        **dict.fromkeys(("database", "schema", "disk", "worker", "mail", "clock"), "ok"),
        "timestamps": "ok",
        "backup": "unknown",
    }


def test_no_question_waits_for_a_writer(world: World, ask: Callable) -> None:
    world.work()
    with transaction(world.db):
        world.db.execute("UPDATE association SET name = 'Ein anderer'")
        for path in HEALTH:
            start = time.monotonic()
            assert ask(path).status_code == 200
            assert time.monotonic() - start < 0.2


@pytest.mark.parametrize(
    ("path", "status"), [("/health", 503), ("/health/live", 200), ("/health/ready", 503)]
)
@pytest.mark.parametrize("damage", ["unreadable", "missing"])
def test_without_a_database_only_the_process_is_alive(
    world: World, ask: Callable, path: str, status: int, damage: str
) -> None:
    world.work()
    world.db.close()
    world.settings.database.unlink()
    if damage == "unreadable":
        world.settings.database.write_bytes(b"no database at all" * 300)
    answer = ask(path)
    assert answer.status_code == status
    if status == 503:
        assert answer.get_json()["status"] == status_of(answer, "database") == "error"
        assert world.settings.database.exists() == (damage == "unreadable")


def test_a_log_that_the_disk_does_not_store_is_named_until_it_does(
    world: World, ask: Callable, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(handle: int) -> None:
        raise OSError(errno.EIO, "Input/output error")

    world.work()
    with monkeypatch.context() as broken:
        broken.setattr(os, "fdatasync", fail)
        with pytest.raises(NotOnDiskError), transaction(world.db):
            world.db.execute("UPDATE association SET name = 'Ein anderer'")
        for path in ("/health", "/health/ready"):
            answer = ask(path)
            assert (answer.status_code, status_of(answer, "database")) == (503, "error")
            reason = "the disk does not store the log: Input/output error"
            assert answer.get_json()["checks"]["database"]["reason"] == reason
    assert ask("/health/ready").status_code == 200


def test_an_old_schema_is_named(world: World, ask: Callable) -> None:
    world.db.execute("DELETE FROM _sqlite_migrations")
    answer = ask("/health")
    assert (answer.status_code, status_of(answer, "schema")) == (503, "error")
    assert answer.get_json()["checks"]["schema"]["pending"]


def test_a_worker_that_is_silent_or_never_began_is_an_error(world: World, ask: Callable) -> None:
    (world.settings.instance / "workers" / BEAT).unlink()
    assert (ask("/health/ready").status_code, ask("/health").status_code) == (503, 200)
    world.work()
    assert ask("/health/ready").status_code == 200
    beat = world.now
    world.now += timedelta(minutes=11)
    save_beat(world.settings.instance, beat)
    answer = ask("/health/ready")
    assert (answer.status_code, status_of(answer, "worker")) == (503, "error")
    assert answer.get_json()["checks"]["worker"]["beat_seconds"] == 660


def test_mail_that_stays_and_an_old_backup_are_warnings(world: World, ask: Callable) -> None:
    world.opened()
    save_state(world.settings.instance, BackupState(good_at=world.now))
    world.now += timedelta(hours=27)
    save_beat(world.settings.instance, world.now)
    answer = ask("/health/ready")
    assert (answer.status_code, answer.get_json()["status"]) == (200, "warning")
    assert (status_of(answer, "mail"), status_of(answer, "backup")) == ("warning", "warning")
    assert answer.get_json()["checks"]["mail"]["oldest_seconds"] == 27 * 3600


def test_a_full_disk_is_an_error(
    world: World, ask: Callable, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.work()
    monkeypatch.setattr(health, "MIN_DISK_SPACE", 10**18)
    monkeypatch.setattr(health, "LOW_DISK_SPACE", 10**18)
    answer = ask("/health/ready")
    assert (answer.status_code, status_of(answer, "disk")) == (503, "error")


def test_a_clock_behind_the_log_is_a_warning(world: World, ask: Callable) -> None:
    world.opened()
    world.now -= timedelta(hours=1)
    world.work()
    assert status_of(ask("/health/ready"), "clock") == "warning"


def test_metrics_are_off_unless_they_are_wanted(world: World, ask: Callable) -> None:
    assert ask("/metrics").status_code == 404
    world.opened()
    world.work()
    world.settings = replace(world.settings, metrics=True)
    answer = world.build_app().test_client().get("/metrics", base_url="http://localhost:8000")
    assert answer.headers["Content-Type"].startswith("text/plain; version=0.0.4")
    lines = answer.text.splitlines()
    assert {'signoff_check{name="worker"} 1', "signoff_rounds_open 1", "signoff_mail_owed 0"} <= {
        *lines
    }
    form = r'# (HELP|TYPE) signoff_\w+ .+|signoff_\w+(\{name="\w+"\})? (NaN|[0-9.]+)'
    assert [line for line in lines if not re.fullmatch(form, line)] == []
