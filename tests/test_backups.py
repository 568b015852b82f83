"""Backups are made by the worker, proven by a restore, and told where they fail; an old one brings
nothing back that was retracted or erased.
"""

import os
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from signoff import actions, backups, checks, store, worker
from signoff.backups import BackupState
from signoff.checks import Grade
from signoff.config import SettingsError, load_settings
from signoff.domain.accounts import Role
from signoff.domain.audit import Event
from signoff.store.connection import OperationalError, connect, is_wal_safe, transaction
from tests.cli.conftest import Run, cli, run
from tests.factories import BERLIN, HESITANT, MAYOR, UNWILLING, decline, sign
from tests.small_disk import small_disk
from tests.web.office.office import Office
from tests.world import World, build_instance

__all__ = ["cli", "run"]
NIGHT = datetime(2027, 1, 19, 3, 0, tzinfo=BERLIN)
PASSWORD = "geheim-4711"


@pytest.fixture
def store_folder(world: World, tmp_path: Path, cli: Run) -> Path:
    """The folder of the backups of a world whose round is open; its settings have a password."""
    folder, toml = tmp_path / "elsewhere", world.settings.instance / "signoff.toml"
    toml.write_text(
        f'smtp_url = "smtps://u:{PASSWORD}@mail.example"\n'
        f'  # SMTP_URL = "smtps://u:{PASSWORD}@former.example"\n'
        'tsa_url = "https://tsa.example"\n# webhooks = "https://u:geheim-4712@w.example"'
    )
    world.settings = replace(world.settings, backup=str(folder))
    world.opened()
    world.answer(HESITANT, decline())
    return folder


def back_up(world: World) -> list[str]:
    """What the worker says when it looks whether a backup is due."""
    said: list[str] = []
    with world.worker() as each:
        each.say = lambda message, **facts: said.append(message % facts)
        each.back_up(world.db)
    return said


def release(world: World) -> Path:
    """The released file of a round that has ended."""
    world.answer(MAYOR, sign())
    world.work()
    world.now += timedelta(days=80)
    world.closed()
    digest = world.released().sha256
    world.work()
    return world.services.archive.release_path(digest)


def find_grade(world: World) -> tuple[Grade, str]:
    finding = checks.check_last_backup(world.settings, world.now)
    return finding.grade, finding.found


def test_the_worker_makes_one_proven_backup_each_night_and_keeps_the_newest(
    world: World, store_folder: Path
) -> None:
    world.settings = replace(world.settings, backup_keep=2)
    store_folder.mkdir()
    (store_folder / "other.example-2020-01-01T020000Z.backup").touch()
    assert back_up(world)[0].startswith("gesichert und durch Einspielen geprüft:")
    assert back_up(world) == []
    world.now = NIGHT - timedelta(seconds=1)
    assert back_up(world) == []
    for night in range(3):
        world.now = NIGHT + timedelta(days=night)
        assert back_up(world)
    assert [path.name for path in sorted(store_folder.iterdir())] == [
        "localhost-8000-2027-01-20T020000Z.backup",
        "localhost-8000-2027-01-21T020000Z.backup",
        "other.example-2020-01-01T020000Z.backup",
    ]
    grade, found = find_grade(world)
    assert grade is Grade.OK
    assert f"{len(world.entries())} Einträge" in found
    world.now += timedelta(hours=27)
    assert find_grade(world)[0] is Grade.ERROR


@pytest.mark.parametrize("host", ["verband.de", "[::1]:8000", f"{'mitzeichnung.' * 4}verband.de"])
def test_of_a_shared_folder_only_its_own_old_files_are_deleted(
    world: World, tmp_path: Path, host: str
) -> None:
    folder = tmp_path / "shared"
    folder.mkdir()
    settings = replace(
        world.settings, backup=str(folder), backup_keep=1, base_url=f"https://{host}"
    )
    mine = [backups.name_file(settings, world.now + timedelta(days=day)) for day in (0, 1, 2, 1500)]
    other = replace(settings, base_url="https://verband.de:2443")
    others = [backups.name_file(other, world.now), "verband.de-2027.backup", f"{mine[0]}.copy"]
    parts = [f".part-{name[:50]}-ab_12cd3" for name in (mine[0], others[0])]
    for name in (*mine, *others, *parts):
        (folder / name).touch()
    backups.delete_leftovers(settings)
    backups.delete_old(settings, kept=mine[2])  # the last one is of a wrong clock
    left = {path.name for path in folder.iterdir()}
    assert left == {*mine[2:], *others, parts[1]}


def test_a_backup_has_no_secret_and_restore_puts_them_together_again(
    world: World, cli: Run, store_folder: Path, tmp_path: Path
) -> None:
    world.services.archive.store_annex(b"%PDF-1.7")
    back_up(world)
    (file,) = store_folder.iterdir()
    assert b"tsa.example" in file.read_bytes()
    for secret in (PASSWORD, "geheim-4712", "6c" * 32, *world.links().values()):
        assert secret.encode() not in file.read_bytes()

    keys, new = tmp_path / "keys", tmp_path / "new"
    assert "Geprüft durch Einspielen" in cli("backup", tmp_path / "b", "--keys", keys).out
    (tmp_path / "others").write_text(keys.read_text().replace("6c6c", "6d6d", 1))
    refused = cli("restore", file, "--keys", tmp_path / "others", "--instance", new)
    assert (refused.code, new.exists()) == (2, False)
    assert cli("restore", file, "--keys", keys, "--instance", new).code == 0
    settings = load_settings(new, {})
    assert PASSWORD in settings.smtp_url
    assert settings.tsa_url == "https://tsa.example"
    assert [finding.grade for finding in checks.check_folders(settings)] == [Grade.OK] * 2


def test_doctor_warns_until_the_keys_were_saved(
    world: World, cli: Run, store_folder: Path, tmp_path: Path
) -> None:
    def grade() -> Grade:
        return [*checks.check_backups(world.settings, world.now)][-1].grade

    back_up(world)
    assert grade() is Grade.WARNING
    cli("backup", tmp_path / "b", "--keys", tmp_path / "k")
    assert grade() is Grade.OK
    world.now = NIGHT
    back_up(world)
    assert grade() is Grade.OK
    keys = world.settings.instance / "keys.json"
    keys.write_text(keys.read_text().replace("6c6c", "6d6d", 1))
    assert grade() is Grade.WARNING


def test_an_encrypted_backup_is_restored_with_its_passphrase_alone(
    world: World, cli: Run, store_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backups, "BLOCK_SIZE", 1 << 16)
    monkeypatch.setattr(backups, "SCRYPT", {"n": 2, "r": 8, "p": 1})
    secret, keys = tmp_path / "passphrase", tmp_path / "k"
    secret.write_text("drei Worte genügen\n")
    secret.chmod(0o600)
    cli("backup", tmp_path / "plain", "--keys", keys)
    world.settings = replace(world.settings, backup_passphrase_file=str(secret))
    back_up(world)
    (file,) = store_folder.iterdir()
    content = file.read_bytes()
    assert b"SQLite format 3" not in content

    new, secret_option = tmp_path / "new", ("--passphrase-file", secret)
    refused = cli("restore", file, "--keys", keys, "--instance", new)
    assert (refused.code, "verschlüsselt" in refused.err) == (2, True)
    head, size = len(backups.MAGIC) + backups.SALT_SIZE, (1 << 16) + backups.TAG_SIZE
    damaged = {
        "cut": content[: head + 3 * size],
        "swapped": content[:head]
        + content[head + size : head + 2 * size]
        + content[head : head + size]
        + content[head + 2 * size :],
        "altered": content[:-40] + bytes([content[-40] ^ 1]) + content[-39:],
    }
    for name, altered in damaged.items():
        (tmp_path / name).write_bytes(altered)
        result = cli("restore", tmp_path / name, "--keys", keys, *secret_option, "--instance", new)
        assert (result.code, "beschädigt" in result.err) == (2, True), name
    assert not new.exists()
    assert cli("restore", file, "--keys", keys, *secret_option, "--instance", new).code == 0

    # With a backup by hand the passphrase comes into the file of the keys.
    monkeypatch.setenv("SIGNOFF_BACKUP_PASSPHRASE_FILE", str(secret))
    cli("backup", tmp_path / "b", "--keys", keys)
    again = cli("restore", tmp_path / "b", "--keys", keys, "--instance", tmp_path / "again")
    assert again.code == 0
    assert "passphrase" not in (tmp_path / "again" / "keys.json").read_text()


def break_chain(world: World, _file: Path) -> None:
    world.db.conn.execute("DROP TRIGGER audit_stays")
    world.db.conn.execute("UPDATE audit SET actor = 'nobody' WHERE seq = 3")


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (break_chain, "Eintrag 3"),
        (lambda world, file: file.write_bytes(b"%PDF-1.7 anderes"), "nicht ihre Prüfsumme"),
        (lambda world, file: file.unlink(), "Es fehlt die veröffentlichte Datei"),
    ],
)
def test_what_cannot_be_restored_is_no_backup_and_is_reported(
    world: World,
    cli: Run,
    store_folder: Path,
    tmp_path: Path,
    damage: Callable[[World, Path], None],
    words: str,
) -> None:
    file = release(world)
    back_up(world)
    before = sorted(store_folder.iterdir())
    damage(world, file)
    world.now += timedelta(days=1)
    (said,) = back_up(world)
    assert words in said
    assert sorted(store_folder.iterdir()) == before
    grade, found = find_grade(world)
    assert (grade, words in found) == (Grade.WARNING, True)
    assert back_up(world) == []  # the next try comes in an hour
    world.now += timedelta(hours=3)
    assert words in back_up(world)[0]
    assert find_grade(world)[0] is Grade.ERROR
    (tmp_path / "b").write_bytes(b"a good one")
    by_hand = cli("backup", tmp_path / "b", "--keys", tmp_path / "k")
    assert (by_hand.code, words in by_hand.err, by_hand.out) == (1, True, "")
    assert (tmp_path / "b").read_bytes() == b"a good one"
    assert not (tmp_path / "k").exists()
    assert find_grade(world)[0] is Grade.ERROR


def test_a_full_disk_leaves_no_half_file_and_a_killed_backup_is_cleared_away(
    world: World, store_folder: Path
) -> None:
    back_up(world)
    before = sorted(store_folder.iterdir())
    content = os.urandom(4_000_000)
    world.services.archive.store_annex(content)
    world.now = NIGHT
    with small_disk(3_000_000):
        assert "nicht gelungen" in back_up(world)[0]
    assert sorted(store_folder.iterdir()) == before
    assert not list(world.settings.instance.glob(f"{backups.SCRATCH_PREFIX}*"))

    name = backups.name_file(world.settings, world.now)
    left, others = store_folder / f".part-{name}-ab_12cd3", store_folder / ".part-localhost-x"
    others.write_bytes(b"half")
    left.write_bytes(b"half")
    (world.settings.instance / f"{backups.SCRATCH_PREFIX}x").mkdir()
    world.now += timedelta(hours=1)
    assert back_up(world)[0].startswith("gesichert")
    assert (left.exists(), others.exists()) == (False, True)
    assert not list(world.settings.instance.glob(f"{backups.SCRATCH_PREFIX}*"))
    assert find_grade(world)[0] is Grade.OK


def test_a_backup_by_hand_counts_and_its_keys_have_a_file_of_their_own(
    world: World, cli: Run, store_folder: Path, tmp_path: Path
) -> None:
    file = tmp_path / "b"
    same = cli("backup", file, "--keys", tmp_path / "elsewhere" / ".." / "b")
    assert (same.code, "eigene Datei" in same.err) == (2, True)
    folder = cli("backup", file, "--keys", tmp_path)
    assert (folder.code, "nicht gelungen" in folder.err) == (1, True)
    assert not file.exists()
    assert find_grade(world)[0] is Grade.ERROR
    assert cli("backup", file, "--keys", tmp_path / "k").code == 0
    grade, found = find_grade(world)
    assert (grade, "durch Einspielen geprüft" in found) == (Grade.OK, True)


def test_a_restore_on_a_full_disk_says_that_the_folder_has_to_be_emptied(
    world: World, cli: Run, store_folder: Path, tmp_path: Path
) -> None:
    file, keys = tmp_path / "b", tmp_path / "k"
    cli("backup", file, "--keys", keys)
    with small_disk(100_000):
        refused = cli("restore", file, "--keys", keys, "--instance", tmp_path / "new")
    assert refused.code == 1
    assert f"Ordner {tmp_path / 'new'} leeren" in refused.err


def test_a_backup_leaves_space_to_the_answers(
    world: World, store_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backups, "MIN_FREE_SPACE", 1 << 60)
    assert "Zu wenig Platz in der Instanz" in back_up(world)[0]
    assert not list(store_folder.iterdir())


@pytest.mark.skipif(not is_wal_safe(), reason="without WAL, writers wait for readers")
def test_others_write_while_the_database_is_copied(world: World, store_folder: Path) -> None:
    writer, reader = world.connect(timeout=0), world.connect()
    written = []

    def write_meanwhile() -> None:
        if len(written) < 5:
            with transaction(writer):
                store.audit.record(
                    writer, Event.ASSOCIATION_CHANGED, "cli", "association", world.now
                )
            written.append(len(world.entries()))

    reader.conn.set_progress_handler(write_meanwhile, 200)
    proof = backups.back_up(world.settings, reader, world.now)
    assert len(written) == 5
    assert proof.entries <= len(world.entries())
    writer.close()
    reader.close()


def test_an_old_backup_brings_nothing_back_that_was_retracted_or_erased(
    world: World, cli: Run, store_folder: Path, tmp_path: Path
) -> None:
    released = release(world)
    keys, old = tmp_path / "k", tmp_path / "old"
    cli("backup", old, "--keys", keys)
    world.now += timedelta(days=1)
    actions.releases.retract_release(
        world.db, world.round().id, "Ein Gericht verlangt es.", "", "staff/1", world.now
    )
    retracted_at = world.now
    digests = world.services.token_signer.address_digests
    actions.privacy.erase_person(world.db, UNWILLING, digests, "cli", world.now)
    # The clock was put back meanwhile: what counts is the number of the entry.
    actions.privacy.erase_person(world.db, MAYOR, digests, "cli", world.now - timedelta(days=30))
    world.work()
    assert UNWILLING not in str(world.contents()["audit_details"])

    plain, new = tmp_path / "plain", tmp_path / "new"
    hint = cli("restore", old, "--keys", keys, "--instance", plain).out
    assert "ist wieder da" in hint
    assert (plain / "archive" / "released" / released.name).exists()

    lost = world.settings.instance
    result = cli("restore", old, "--keys", keys, "--after", lost, "--instance", new)
    assert result.code == 0
    assert "zurückgezogene Papiere: 1, Löschungen: 2" in result.out
    assert not (new / "archive" / "released" / released.name).exists()
    db = connect(new / "signoff.sqlite")
    (restored,) = store.releases.list_for_round(db, world.round().id)
    assert restored.retracted_at == retracted_at
    for address in (UNWILLING, MAYOR):
        assert (
            store.privacy.collect(db, address).counts
            == store.privacy.collect(world.db, address).counts
        )
        assert address not in str([tuple(row) for row in db.query("SELECT * FROM links")])
    assert store.audit.find_fault(db) is None
    db.close()

    stranger = tmp_path / "stranger"
    stranger.mkdir()
    build_instance(stranger)
    (stranger / "keys.json").write_bytes((lost / "keys.json").read_bytes())
    db = connect(stranger / "signoff.sqlite")
    with transaction(db):
        for _entry in world.entries():
            store.audit.record(db, Event.ASSOCIATION_CHANGED, "cli", "association", world.now)
    db.close()
    result = cli("restore", old, "--keys", keys, "--after", stranger, "--instance", tmp_path / "x")
    assert (result.code, "setzt den der Sicherung nicht fort" in result.err) == (1, True)


def test_a_backup_is_due_after_three_in_the_night_and_an_hour_after_a_failure() -> None:
    hour = timedelta(hours=1)
    for state, now, due in (
        (BackupState(), NIGHT - hour, True),
        (BackupState(made_at=NIGHT - hour), NIGHT - timedelta(minutes=1), False),
        (BackupState(made_at=NIGHT - hour), NIGHT, True),
        (BackupState(made_at=NIGHT), NIGHT + 23 * hour, False),
        (BackupState(made_at=NIGHT + 400 * 24 * hour), NIGHT, True),  # a wrong clock
        (BackupState(failed_at=NIGHT), NIGHT + hour / 2, False),
        (BackupState(failed_at=NIGHT), NIGHT + hour, True),
        (BackupState(good_at=NIGHT), NIGHT + hour, True),  # by hand
    ):
        assert state.is_due(now, BERLIN) is due, (state, now)
    assert not BackupState(good_at=NIGHT).is_good(NIGHT - hour)


def test_without_a_folder_doctor_warns_except_in_the_demo(world: World) -> None:
    def grades(**settings: bool) -> list[Grade]:
        return [
            finding.grade
            for finding in checks.check_backups(replace(world.settings, **settings), world.now)
        ]

    assert grades() == [Grade.WARNING]
    assert grades(demo=True) == []


@pytest.mark.parametrize("folder", ["backups", "{instance}/backups"])
def test_the_folder_is_outside_of_the_instance(world: World, cli: Run, folder: str) -> None:
    folder = folder.format(instance=world.settings.instance)
    with pytest.raises(SettingsError):
        load_settings(world.settings.instance, {"SIGNOFF_BACKUP": folder})


def test_the_first_page_says_that_there_is_no_good_backup(tmp_path: Path) -> None:
    instance = tmp_path / "instance"
    instance.mkdir()
    settings = build_instance(instance, "http://localhost", tuple(Role))
    office = Office(replace(settings, backup=str(tmp_path / "elsewhere")))
    missing = "Es gibt keine gute Sicherung des letzten Tages"
    assert missing in office.browser(Role.EDITOR).open("/office/").text
    admin = office.browser(Role.ADMIN).open("/office/")
    assert missing in admin.text
    assert "noch keine gute" in admin.open("/office/setup").text
    backups.back_up(office.settings, office.db, office.now)
    assert missing not in admin.open("/office/").text


def test_only_one_is_made_at_a_time(world: World, store_folder: Path, cli: Run) -> None:
    with backups.lock_one([world.settings.instance / backups.LOCK_FILE]):
        assert back_up(world) == []
        result = cli("backup", store_folder / "b", "--keys", store_folder / "k")
    assert (result.code, "andere Sicherung" in result.err) == (1, True)
    assert not store_folder.exists()


def test_a_worker_whose_thread_cannot_open_the_database_says_so_and_goes_on(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []
    stop = threading.Event()

    def refuse(_path: Path) -> None:
        raise OperationalError("unable to open database file")

    def say(message: str, **facts: object) -> None:
        said.append(message % facts)
        stop.set()

    monkeypatch.setattr(worker, "connect", refuse)
    with world.worker() as each:
        each.say = say
        each.repeat(each.back_up, 60, stop)
    assert said == ["unterbrochen: unable to open database file"]
