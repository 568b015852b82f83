"""A second machine has what was acknowledged, and takes over."""

import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from threading import Thread

import pytest

from signoff import actions, store
from signoff.config import SettingsError, load_settings
from signoff.domain.answers import AnswerVersion
from signoff.domain.audit import Event
from signoff.exports.receipts import build_receipt
from signoff.standby import StandbyError, is_complete, wait_for_copy
from signoff.store.connection import connect, transaction
from tests.browser import Browser
from tests.cli.conftest import Run, cli, run
from tests.factories import HESITANT, MAYOR, decline, sign
from tests.form_filling import OTHERS, confirm
from tests.server import until
from tests.world import DEADLINE, World

__all__ = ["cli", "run"]
LOST = "die Rückmeldung liegt uns nicht mehr vor"
CONFIG = """\
socket:
  enabled: true
  path: {socket}
dbs:
  - path: {database}
    replica:
      url: {replica}
"""


class Copy:
    """A copy that can be away; it counts how often it was waited for."""

    def __init__(self) -> None:
        self.away, self.waits, self.length = False, 0, 0

    def __call__(self, length: int) -> None:
        if length <= self.length:
            return
        self.waits += 1
        if self.away:
            raise StandbyError("away")
        self.length = length


@pytest.fixture
def copy(world: World) -> Copy:
    copy = Copy()
    world.settings = replace(world.settings, standby_socket="/socket", standby_hours=None)
    world.services = replace(world.services, wait_for_copy=copy)
    world.opened()
    return copy


def begin_answer(world: World, copy: Copy) -> Browser:
    """A browser on the page on which the answer is confirmed."""
    browser = world.browser(world.build_app(wait_for_copy=copy))
    browser.open(f"/s/{world.links()[MAYOR]}/answer").submit(OTHERS["decline"])
    assert copy.waits == 0
    return browser


def test_an_answer_is_acknowledged_once_it_is_copied(world: World, copy: Copy) -> None:
    copy.away = True
    browser = begin_answer(world, copy)
    form, url = browser.root, browser.url
    confirm(browser, status=503)
    assert "Noch nicht bestätigt" in browser.text
    assert int(browser.response.headers["Retry-After"]) > 0
    link = f"/s/{world.links()[MAYOR]}"
    for path in ("", "/receipt.json", "/receipt.pdf"):
        answer = browser.client.get(f"{link}{path}", base_url=world.settings.base_url)
        assert answer.status_code == 503, "what was not acknowledged is not acknowledged later"
    assert browser.client.get("/", base_url=world.settings.base_url).status_code == 200

    copy.away = False
    browser.root, browser.url = form, url
    assert confirm(browser).page == "receipt"
    version = world.invitation_status("01").version
    assert version
    assert version.number == 1


def test_answers_wait_in_the_last_hours_before_the_deadline(world: World, copy: Copy) -> None:
    world.settings = replace(world.settings, standby_hours=24)
    browser = begin_answer(world, copy)
    world.now = DEADLINE - timedelta(hours=25)
    assert confirm(browser).page == "receipt"
    assert copy.waits == 0
    world.now = DEADLINE - timedelta(hours=23)
    browser.open(f"/s/{world.links()[HESITANT]}/answer").submit(OTHERS["decline"])
    confirm(browser, "Beispielstadt")
    assert copy.waits == 1


def test_nothing_is_mailed_or_published_before_it_is_copied(world: World, copy: Copy) -> None:
    copy.away = True
    world.closed()
    world.work()
    assert world.postbox == []
    actions.releases.release_paper(world.db, world.round().id, None, "office", world.now)
    world.work()
    (release,) = store.releases.list_for_round(world.db, world.round().id)
    assert not world.services.archive.release_path(release.sha256).exists()

    copy.away = False
    world.work()
    assert world.postbox != []
    assert world.services.archive.release_path(release.sha256).exists()


def test_a_worker_says_once_that_it_waits(world: World, copy: Copy) -> None:
    copy.away = True
    said: list[str] = []
    with world.worker() as worker:
        worker.say = lambda message, **facts: said.append(message % facts)
        worker.run_once()
        worker.run_once()
    assert said.count("wartet auf den zweiten Rechner: away") == 1


def test_mail_that_was_claimed_waits_too(world: World, copy: Copy) -> None:
    """An answer may come in after the worker has asked; its receipt is not sent before the copy has it."""
    copy.away = True
    with pytest.raises(StandbyError):
        actions.mail.deliver_batch(world.db, world.services, "another")
    assert world.postbox == []
    copy.away = False
    world.work()
    assert world.postbox != []


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ('{"status": "synced", "txid": 7, "replicated_txid": 7}', True),
        ('{"status": "synced", "txid": 7, "replicated_txid": 9}', True),
        ('{"status": "synced", "txid": 8, "replicated_txid": 7}', False),
        ('{"status": "synced_local"}', False),
        ("[]", False),
        ("", False),
    ],
)
def test_the_copy_has_the_last_transaction_or_a_later_one(words: str, expected: bool) -> None:
    assert is_complete(words) is expected


def test_a_receipt_of_a_lost_answer_is_recognised(world: World) -> None:
    world.opened()
    world.db.conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    before = world.settings.database.read_bytes()
    world.answer(MAYOR, sign())
    browser = world.browser()
    receipt = browser.client.get(
        f"/s/{world.links()[MAYOR]}/receipt.json", base_url=world.settings.base_url
    ).data
    assert "nicht mehr vor" not in verify(browser, receipt)
    world.db.close()
    for path in world.settings.instance.glob("signoff.sqlite*"):
        path.unlink()
    world.settings.database.write_bytes(before)
    text = verify(World(world.settings).browser(), receipt)
    assert LOST in text
    assert "Die Datei ist echt, aber die Rückmeldung fehlt" in text


def verify(browser: Browser, receipt: bytes) -> str:
    """What the page says of this receipt."""
    upload = {"file": (BytesIO(receipt), "bestaetigung.json")}
    return browser.open("/verify").submit(upload).text


@pytest.mark.parametrize(("hours", "expected"), [("always", None), ("6", 6)])
def test_the_hours_are_a_number_or_always(
    world: World, cli: Run, hours: str, expected: int | None
) -> None:
    settings = load_settings(world.settings.instance, {"SIGNOFF_STANDBY_HOURS": hours})
    assert settings.standby_hours == expected
    with pytest.raises(SettingsError):
        load_settings(world.settings.instance, {"SIGNOFF_STANDBY_HOURS": "soon"})


# With Litestream.


@contextmanager
def replicating(world: World, folder: Path) -> Iterator[subprocess.Popen]:
    """Litestream copies the database of ``world`` to ``folder``."""
    folder.mkdir(exist_ok=True)
    socket, replica = folder / "socket", f"file://{folder / 'replica'}"
    config = folder / "litestream.yml"
    config.write_text(
        CONFIG.format(socket=socket, database=world.settings.database, replica=replica)
    )
    world.settings = replace(
        world.settings,
        standby_socket=str(socket),
        standby_replica=replica,
        standby_hours=None,
    )
    with (folder / "log").open("ab") as log:
        process = subprocess.Popen(
            [find_litestream(), "replicate", "-config", str(config)], stdout=log, stderr=log
        )
    try:
        until(lambda: is_copied(world))
        world.db = world.connect()  # it leaves the write-ahead log to Litestream
        yield process
    finally:
        process.kill()
        process.wait()


def find_litestream() -> str:
    command = shutil.which("litestream")
    assert command
    return command


def is_copied(world: World) -> bool:
    try:
        wait_for_copy(world.settings)
    except StandbyError:
        return False
    return True


def promote(world: World, cli: Run, folder: Path, new: Path) -> str:
    """What the second machine says when it takes over from a backup and the copy."""
    result = cli(
        *("standby", "promote", folder / "b", "--keys", folder / "k", "--instance", new),
        *("--replica", world.settings.standby_replica, "--archive", world.settings.archive),
    )
    assert result.code == 0, result.err
    return result.out


@pytest.fixture(autouse=True)
def path_of_litestream(monkeypatch: pytest.MonkeyPatch) -> None:
    bin_folder = Path(__file__).parents[1] / ".venv" / "bin"
    monkeypatch.setenv("PATH", f"{bin_folder}{os.pathsep}{os.environ['PATH']}")


def test_the_second_machine_takes_over_with_every_answer(
    world: World, cli: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.opened()
    cli("backup", tmp_path / "b", "--keys", tmp_path / "k")
    with replicating(world, tmp_path / "copy") as litestream:
        for name in ("socket", "replica"):
            key = f"SIGNOFF_STANDBY_{name.upper()}"
            monkeypatch.setenv(key, getattr(world.settings, f"standby_{name}"))
        world.answer(MAYOR, sign())
        wait_for_copy(world.settings)
        world.answer(HESITANT, decline())
        found = cli("standby", "check")
        assert (found.code, f"alle {len(world.entries())} Einträge" in found.out) == (0, True)
        litestream.send_signal(signal.SIGKILL)
        litestream.wait()
        gone = cli("standby", "check")
        assert (gone.code, "hat nicht alles" in gone.err) == (1, True)
    # The disk is lost; what Litestream has is elsewhere.
    entries = len(world.entries())
    said = promote(world, cli, tmp_path, tmp_path / "new")
    assert f"Eintrag {entries}" in said
    db = connect(tmp_path / "new" / "signoff.sqlite")
    assert store.audit.find_fault(db) is None
    assert store.audit.get_length(db) == entries
    db.close()


def test_answers_at_once_are_all_acknowledged(world: World, tmp_path: Path) -> None:
    """Litestream reads its numbers one after the other; nobody is told that his answer is missing."""
    world.opened()
    refused: list[StandbyError] = []

    def wait_again_and_again() -> None:
        db = world.connect()
        for _ in range(40):
            with transaction(db):
                store.audit.record(db, Event.MAIL_TESTED, "cli", "association", world.now)
            try:
                wait_for_copy(world.settings)
            except StandbyError as problem:
                refused.append(problem)
        db.close()

    with replicating(world, tmp_path / "copy"):
        threads = [Thread(target=wait_again_and_again) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert refused == []


def test_a_release_whose_file_is_not_copied_yet_does_not_hide_the_moment(
    world: World, cli: Run, tmp_path: Path
) -> None:
    world.opened()
    cli("backup", tmp_path / "b", "--keys", tmp_path / "k")
    with replicating(world, tmp_path / "copy"):
        world.closed()
        world.released()
        wait_for_copy(world.settings)
        archive = tmp_path / "nothing"
        archive.mkdir()
        done = cli(
            *("standby", "promote", tmp_path / "b", "--keys", tmp_path / "k"),
            *("--instance", tmp_path / "new", "--archive", archive),
            *("--replica", world.settings.standby_replica),
        )
    assert (done.code, "Eingespielt, aber: Es fehlt" in done.err) == (1, True), done.err
    assert f"Eintrag {len(world.entries())}" in done.out


@pytest.mark.soak
def test_no_acknowledged_answer_is_lost_with_the_disk(
    world: World, cli: Run, tmp_path: Path
) -> None:
    """100 kills, each with the disk thrown away; without waiting, each lost answer is known by its receipt."""
    world.opened()
    cli("backup", tmp_path / "b", "--keys", tmp_path / "k")
    lost = {True: 0, False: 0}
    for turn in range(100):
        waits = turn % 2 == 0
        copy = tmp_path / f"copy{turn}"
        with replicating(world, copy) as litestream:
            answers = [
                world.answer(MAYOR, sign(f"Stadt Musterhausen {turn}.{number}"))
                for number in range(turn % 7 + 1)
            ]
            if waits:
                wait_for_copy(world.settings)
            litestream.send_signal(signal.SIGKILL)
            litestream.wait()
        new = tmp_path / f"new{turn}"
        promote(world, cli, tmp_path, new)
        promoted = World(replace(world.settings, instance=new, standby_socket=""))
        browser, kept = promoted.browser(), store.audit.get_length(promoted.db)
        for answer in answers:
            assert (LOST in verify(browser, build_evidence(world, answer))) == (answer.entry > kept)
        lost[waits] += sum(answer.entry > kept for answer in answers)
        promoted.db.close()
        shutil.rmtree(new)
        shutil.rmtree(copy)
    assert lost[True] == 0
    assert lost[False] > 0, "without losses this test shows nothing"
    print(lost)


def build_evidence(world: World, answer: AnswerVersion) -> bytes:
    """The receipt of an answer, as the page of its link gave it."""
    receipt = store.log.get_receipt(world.db, answer)
    details = store.audit.find_details(world.db, answer.entry)
    return build_receipt(receipt, *details, None, world.services.log_key)
