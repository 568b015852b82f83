"""A rehearsal writes all mail of a round into a folder and changes nothing else."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy

import pytest
from sqlite_utils import Database

from signoff import store
from signoff.cli.main import main
from signoff.domain.delivery import DeliveryError, Fault, extend_outage
from signoff.mail.compose import DUMMY_TOKEN
from signoff.store.connection import transaction
from tests.factories import SLUG
from tests.world import World, write_keys

DEADLINE = str(datetime.now(UTC).date() + timedelta(days=600))  # the command reads the real clock


@pytest.fixture
def home(world: World) -> World:
    write_keys(world.settings.instance)
    return world


def signoff(world: World, *arguments: str) -> int:
    with pytest.raises(SystemExit) as exit_info:
        main([*arguments, "--instance", str(world.settings.instance)])
    return int(exit_info.value.code or 0)


def state(db: Database) -> dict[str, list[tuple[object, ...]]]:
    names = db.conn.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
    return {
        name: [tuple(row) for row in db.conn.execute(f"SELECT * FROM {name}")] for (name,) in names
    }


def test_rehearsal_writes_all_mail_of_a_round_and_changes_nothing(
    home: World, tmp_path_factory: pytest.TempPathFactory, capsys: pytest.CaptureFixture[str]
) -> None:
    home.enrol()
    home.paper()
    before = state(home.db)
    target = tmp_path_factory.mktemp("probe") / "mail"
    assert signoff(home, "rehearse", SLUG, str(target), "--deadline", DEADLINE) == 0
    messages = [
        message_from_bytes(path.read_bytes(), policy=policy.default)
        for path in sorted(target.glob("*.eml"))
    ]
    kinds = Counter(str(message["Message-ID"]).strip("<").partition(".")[0] for message in messages)
    addresses = len({str(message["To"]) for message in messages})
    assert kinds["invitation"] == addresses
    assert kinds["reminder"] == 3 * addresses
    assert kinds["released"] == addresses
    assert "Versandt wurde nichts." in capsys.readouterr().out
    for message in messages:
        links = [
            line
            for line in message.get_body(("plain",)).get_content().splitlines()
            if "/s/" in line
        ]
        assert all(f"/s/{DUMMY_TOKEN}" in line for line in links if line.startswith("http"))
    assert state(home.db) == before
    assert not list((home.settings.instance / "outbox").glob("*.eml"))


def test_folder_that_is_not_empty_is_refused(
    home: World, tmp_path_factory: pytest.TempPathFactory
) -> None:
    home.enrol()
    home.paper()
    target = tmp_path_factory.mktemp("voll")
    (target / "brief.txt").write_text("da")
    assert signoff(home, "rehearse", SLUG, str(target), "--deadline", DEADLINE) == 2
    assert [path.name for path in target.iterdir()] == ["brief.txt"]


def test_rehearsal_without_a_round_needs_a_deadline(
    home: World, tmp_path_factory: pytest.TempPathFactory
) -> None:
    home.enrol()
    home.paper()
    assert signoff(home, "rehearse", SLUG, str(tmp_path_factory.mktemp("leer") / "x")) == 2


def test_neither_a_rate_limit_nor_an_outage_delays_a_rehearsal(
    home: World, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    home.enrol()
    home.paper()
    with transaction(home.db):
        down = DeliveryError("connection refused", server=True, fault=Fault.LOGIN)
        store.outbox.save_outage(home.db, extend_outage(None, "", down, datetime.now(UTC)))
    monkeypatch.setenv("SIGNOFF_MAIL_RATE_LIMIT", "1")
    target = tmp_path_factory.mktemp("probe") / "mail"
    assert signoff(home, "rehearse", SLUG, str(target), "--deadline", DEADLINE) == 0
    assert len(list(target.glob("*-invitation-*.eml"))) > 1
    assert store.outbox.list_outages(home.db)
