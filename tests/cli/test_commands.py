"""The command line of the interface that outside programs rely on."""

import json
import re
import shutil
import stat
import subprocess
import sys
import zipfile
from datetime import timedelta
from hashlib import sha256
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image
from sqlite_utils.utils import sqlite3

from signoff import actions, backups, store
from signoff.cli.rounds import PrintProgress
from signoff.config import Settings
from signoff.exports import verify_signoff
from signoff.store.connection import transaction
from signoff.store.members import save_headings
from tests.cli.conftest import Run, get_error_line
from tests.factories import HESITANT, MAYOR, SLUG, UNWILLING, decline, sign
from tests.world import DEADLINE, World

DATA = Path(__file__).parent.parent / "data"
KEEP = ("keys.json", "signoff.toml", "signoff.sqlite")


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_init_makes_a_private_instance_and_a_second_run_changes_nothing(
    run: Run, tmp_path: Path
) -> None:
    folder = tmp_path / "new" / "instance"
    assert run("init", "--instance", folder).code == 0
    assert [mode(folder / name) for name in KEEP] == [0o600] * 3
    assert [
        mode(path) for path in (folder, folder / "archive", folder / "outbox", folder / "workers")
    ] == [0o700] * 4
    before = {name: (folder / name).read_bytes() for name in KEEP}
    assert run("init", f"--instance={folder}").code == 0
    assert {name: (folder / name).read_bytes() for name in KEEP} == before
    assert run("migrate", "--instance", folder).code == 0


def test_instance_option_is_accepted_anywhere_after_the_command(
    world: World, cli: Run, tmp_path: Path
) -> None:
    world.opened()
    folder = world.settings.instance
    for words in (
        ("--instance", folder, "rounds", "status", SLUG),
        ("rounds", "--instance", folder, "status", SLUG),
        ("rounds", "status", SLUG, "--instance", folder),
        ("rounds", "status", f"--instance={folder}", SLUG),
        ("rounds", "status", SLUG),
    ):
        assert cli(*words).code == 0
    assert cli("rounds", "status", SLUG, "--instance", tmp_path / "none").code == 2
    assert cli("rounds", "status", SLUG, "--instance").code == 2


@pytest.mark.slow
def test_python_module_runs_the_same_command(tmp_path: Path) -> None:
    released = subprocess.run(
        [sys.executable, "-m", "signoff", "verify", str(tmp_path / "none.pdf")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (released.returncode, released.stdout, len(released.stderr.splitlines())) == (2, "", 1)


def test_importing_members_twice_changes_nothing(world: World, cli: Run) -> None:
    before = world.contents()
    assert cli("members", "import", DATA / "members.csv", "--dry-run").code == 0
    assert world.contents() == before
    assert "46 Mitglieder (46 neu" in cli("members", "import", DATA / "members.csv").out
    once = world.contents()
    assert (
        "46 Mitglieder (0 neu, 0 geändert, 46 unverändert), 50"
        in cli("members", "import", DATA / "members.csv").out
    )
    assert world.contents() == once


@pytest.mark.parametrize(
    "content",
    [
        "name;email\nMusterhausen;a@b.example\n",
        "key;name;official_name;email\n1;A;Stadt A;kaputt\n2;B;Stadt B;auch\n",
        "key;name;official_name\n1;A;Stadt A\n1;B;Stadt B\n",
        "key;name;official_name\n1;=cmd();Stadt A\n",
        "",
    ],
)
def test_invalid_member_file_is_refused_completely_in_one_line(
    world: World, cli: Run, tmp_path: Path, content: str
) -> None:
    file = tmp_path / "bad.csv"
    file.write_text(content)
    assert "bad.csv" in get_error_line(world, lambda: cli("members", "import", file))


def test_odd_keys_are_refused_mended_or_kept(world: World, cli: Run, tmp_path: Path) -> None:
    file = tmp_path / "liste.csv"
    file.write_text("AGS;Ort;Land;Faxnummer\n9162000;München;BY;089 1\n", encoding="utf-16")

    assert "„09162000“" in get_error_line(world, lambda: cli("members", "import", file))
    mended = cli("members", "import", file, "--keys", "mend", "--dry-run")
    assert "Zeile 2: neu: 09162000 München" in mended.out
    assert "Faxnummer" in mended.err
    assert "„9162000“ hat vermutlich" in mended.err
    assert "neu: 9162000 München" in cli("members", "import", file, "--keys", "keep").out
    assert "0 neu, 0 geändert, 1 unverändert" in cli("members", "import", file).out


def test_headings_are_understood_as_the_office_has_decided(
    world: World, cli: Run, tmp_path: Path
) -> None:
    file = tmp_path / "liste.csv"
    file.write_text("Nummer;Ort;Art\n7;Musterhausen;Stadt\n")
    assert "„key“ fehlt" in get_error_line(world, lambda: cli("members", "import", file))
    with transaction(world.db):
        save_headings(world.db, {"nummer": "key", "art": ""})

    imported = cli("members", "import", file)
    assert "neu: 7 Musterhausen" in imported.out
    assert "nicht übernommen: Art." in imported.err


def test_name_and_address_under_another_key_are_named(
    world: World, cli: Run, tmp_path: Path
) -> None:
    file = tmp_path / "liste.csv"
    for key in ("01", "05000001"):
        file.write_text(f"AGS;Ort;E-Mail\n{key};Musterhausen;{MAYOR}\n")
        output = cli("members", "import", file).out

    assert "Musterhausen (Name und Adresse stehen schon unter 01)" in output


def test_paper_is_read_from_word_or_markdown(world: World, cli: Run) -> None:
    for name in ("leitgedanken.docx", "leitgedanken.md"):
        slug = name.replace(".", "-")
        output = cli(
            "papers",
            "add",
            DATA / name,
            "--slug",
            slug,
            "--title",
            "Leitgedanken",
            "--adopted-on",
            "12.11.2026",
        )
        assert output.code == 0
        assert len(output.out.split()[-1]) == 64


def test_a_paper_takes_the_pictures_below_its_folder_and_no_others(
    world: World, cli: Run, tmp_path: Path
) -> None:
    output = BytesIO()
    Image.new("RGB", (60, 40)).save(output, "PNG")
    folder = tmp_path / "papier"
    (folder / "bilder").mkdir(parents=True)
    inside, outside = folder / "bilder" / "plan.png", tmp_path / "geheim.png"
    inside.write_bytes(output.getvalue())
    outside.write_bytes(output.getvalue())
    (folder / "verweis.png").symlink_to(outside)
    file, title = folder / "text.md", ("--slug", "plan", "--title", "Plan")
    for name in ("../geheim.png", outside, inside, "verweis.png", "bilder", "x%00.png"):
        file.write_text(f"Text\n\n![Plan](<{name}>)\n")
        assert "Zeile 3: " in get_error_line(world, lambda: cli("papers", "add", file, *title))

    file.write_text("Text\n\n![Plan](bilder/plan.png)\n")
    get_error_line(
        world, lambda: cli("papers", "add", file, "--slug", "Kein Kurzname", "--title", "Plan")
    )
    assert cli("papers", "add", file, *title).code == 0
    text = actions.papers.get_latest_edition(world.db, "plan").text
    (picture,) = store.papers.list_pictures(world.db, text)
    assert f'<img src="{picture.address}" alt="Plan">' in text.html


def test_a_summary_belongs_to_the_paper_and_opening_without_one_warns(
    world: World, cli: Run
) -> None:
    world.enrol()
    file = DATA / "leitgedanken.md"
    for slug, summary in (("ohne", ""), ("mit", "Worum es geht.")):
        cli("papers", "add", file, "--slug", slug, "--title", "Leitgedanken", "--summary", summary)
        result = cli("rounds", "open", slug, "--deadline", "2027-03-31")
        assert result.code == 0
        assert ("Das Papier hat keine Kurzfassung." in result.err) is not bool(summary)
    text = actions.papers.get_latest_edition(world.db, "mit").text
    assert text.summary == "Worum es geht."
    too_long = ("--slug", "lang", "--title", "Leitgedanken", "--summary", "x" * 401)
    assert "401" in get_error_line(world, lambda: cli("papers", "add", file, *too_long))
    world.work()
    assert [
        "Worum es geht: Worum es geht." in mail.get_body(("plain",)).get_content()
        for mail in world.messages_to(MAYOR)
    ] == [False, True]


def test_invalid_input_prints_one_line_and_changes_nothing(
    world: World, cli: Run, tmp_path: Path
) -> None:
    world.opened()
    world.paper("zweites")
    (tmp_path / "no.docx").write_bytes(b"PK\x03\x04 no archive")
    title = ("--slug", "x", "--title", "X")
    for words in (
        ("papers", "add", tmp_path / "no.docx", *title),
        ("papers", "add", tmp_path / "missing.md", *title),
        ("papers", "add", DATA / "leitgedanken.md", "--slug", SLUG, "--title", "X"),
        ("papers", "add", DATA / "leitgedanken.md", "--slug", "Ä/..", "--title", "X"),
        ("papers", "add", DATA / "leitgedanken.md", *title, "--adopted-on", "gestern"),
        ("papers", "add", DATA / "leitgedanken.md", *title, "--subtitle", "東京"),
        ("association", "set", "name=Forum 🧿"),
        ("staff", "add", "a@b.example", "--role", "admin", "--name", "🧿", "--mail"),
        ("papers", "add", DATA / "leitgedanken.md", "--slug", "x", "--title", "Leitgedanken " * 24),
        ("papers", "add", DATA / "leitgedanken.md", *title, "--subtitle", "Raum " * 61),
        ("rounds", "open", "zweites", "--deadline", "2020-01-01"),
        ("rounds", "open", "zweites", "--deadline", "2027-02-30"),
        ("rounds", "open", "zweites", "--deadline", "9999-12-31"),
        ("rounds", "open", "zweites"),
        ("rounds", "open", "zweites", "--deadline", "2027-03-31", "--tag", "unbekannt"),
        ("rounds", "open", SLUG, "--deadline", "2027-03-31"),
        ("rounds", "open", "unbekannt", "--deadline", "2027-03-31"),
        ("rounds", "close", "zweites"),
        ("rounds", "end", "zweites", "--reason", "Zu wenige."),
        ("rounds", "end", SLUG, "--reason", "Zu wenige."),
        ("rounds", "end", SLUG),
        ("rounds", "status", "unbekannt"),
        ("rounds", "extend", SLUG, "--deadline", "2027-03-30"),
        ("rounds", "invite", SLUG, "nobody"),
        ("rounds", "invite", SLUG, "01"),
        ("rounds", "decide", SLUG, "01", "--note", "accept"),
        ("release", SLUG),
        ("release", SLUG, "--at", "morgen"),
        ("release", "unbekannt"),
        ("staff", "add", "kein-konto", "--role", "admin"),
        ("staff", "add", "a@b.example", "--role", "king"),
        ("staff", "add", "a@b.example"),
        ("staff", "disable", "a@b.example"),
        ("staff", "reset", "a@b.example"),
        ("members", "import", tmp_path),
        ("backup", tmp_path / "b.tar"),
        (
            "restore",
            tmp_path / "no.docx",
            "--keys",
            tmp_path / "no.docx",
            "--instance",
            tmp_path / "r",
        ),
        ("unknown",),
        ("rounds", "unknown"),
        ("work", "--twice"),
        ("verify", tmp_path / "none.pdf"),
    ):
        assert get_error_line(world, lambda words=words: cli(*words)).startswith("signoff: "), words
    assert not (tmp_path / "r").exists()


def test_status_prints_the_documented_json(world: World, cli: Run) -> None:
    world.opened()
    world.answer(MAYOR, sign())
    world.answer(UNWILLING, decline())
    output = json.loads(cli("rounds", "status", SLUG, "--json").out)
    people = output.pop("invitations")
    assert output == {
        "paper": SLUG,
        "edition_digest": world.access().edition.digest,
        "phase": "open",
        "deadline": "2027-04-01T00:00:00+02:00",
        "members": 4,
        "signed": 1,
        "declined": 1,
        "not_competent": 0,
        "pending": 0,
        "unanswered": 2,
        "signatures": {"now": 1, "first": 1, "later": 0, "withdrawn": 0},
    }
    assert people[-1] == {
        "member": "01",
        "name": "Stadt Musterhausen",
        "answer": "sign",
        "answered_at": "2027-01-18T10:00:00+01:00",
        "channel": "link",
        "mail": "owed",
    }
    assert {person["member"]: (person["answer"], person["mail"]) for person in people}["04"] == (
        None,
        None,
    )
    assert "zu entscheiden" not in cli("rounds", "status", SLUG).out


def verify_alone(*arguments: object) -> tuple[int, str]:
    """Exit and verdict of the program for files that needs nothing but the standard library."""
    command = [sys.executable, "-I", "-S", "-X", "utf8", verify_signoff.__file__, "--json"]
    done = subprocess.run(
        [*command, *map(str, arguments)], capture_output=True, text=True, timeout=60
    )
    return done.returncode, json.loads(done.stdout)["verdict"] if done.stdout else ""


def assert_bundle_is_complete(cli: Run, released: Path, folder: Path) -> None:
    first, second = folder / "1.zip", folder / "2.zip"
    assert cli("bundle", SLUG, first).lines == [
        str(first),
        sha256(first.read_bytes()).hexdigest(),
    ]
    cli("bundle", SLUG, second)
    assert first.read_bytes() == second.read_bytes()
    with zipfile.ZipFile(first) as package:
        names = {name.rpartition("/")[2] for name in package.namelist()}
        assert package.read("releases/1-final.pdf") == released.read_bytes()
    assert names == {
        *("ANLEITUNG.md", "README.md", "certificate.pem", "verify_signoff.py", "SHA256SUMS"),
        *("1-final.json", "1-final.pdf", "key", "checkpoints", "entries.json"),
    }


@pytest.mark.slow
def test_round_is_closed_released_and_its_file_verified(
    world: World, cli: Run, tmp_path: Path
) -> None:
    world.opened()
    world.answer(MAYOR, sign())
    assert cli("release", SLUG).code == 2
    none = tmp_path / "none.zip"
    assert "noch nicht veröffentlicht" in get_error_line(world, lambda: cli("bundle", SLUG, none))
    assert not none.exists()
    world.now = DEADLINE
    first = cli("release", SLUG)
    path, digest, address = first.lines
    assert (first.code, address) == (0, f"{world.settings.base_url}/papers/{SLUG}")
    assert Path(path).stem == digest
    world.now += timedelta(days=1)
    assert cli("release", SLUG) == first

    assert cli("verify", path).code == 0
    found = json.loads(cli("verify", path, "--json").out)
    assert found["verdict"] == "genuine"
    assert all(set(check) == {"name", "result", "says"} for check in found["checks"])
    assert found["release"]["sha256"] == digest
    assert_bundle_is_complete(cli, Path(path), tmp_path)
    altered = tmp_path / "altered.pdf"
    altered.write_bytes(Path(path).read_bytes() + b"\n")
    assert cli("verify", altered).code == 1
    assert cli("verify", DATA / "members.csv").code == 1
    assert cli("verify", tmp_path / "none.pdf").code == 2


def test_a_round_is_closed_early_with_a_reason(world: World, cli: Run) -> None:
    world.opened()
    world.work()
    get_error_line(world, lambda: cli("rounds", "close", SLUG, "--reason", "Früher 🧿"))
    assert cli("rounds", "close", SLUG, "--reason", "Der Landtag berät.").code == 0
    assert world.round().closing_reason == "Der Landtag berät."


def test_a_closed_round_ends_without_publication(world: World, cli: Run) -> None:
    world.opened()
    world.work()
    world.closed()
    get_error_line(world, lambda: cli("rounds", "end", SLUG, "--reason", "Zu wenige 🧿"))
    get_error_line(world, lambda: cli("rounds", "end", SLUG, "--reason", ""))
    result = cli("rounds", "end", SLUG, "--reason", "Zu wenige.")
    assert result.out == f"Das Verfahren zu {SLUG} ist ohne Veröffentlichung beendet.\n"
    assert json.loads(cli("rounds", "status", SLUG, "--json").out)["phase"] == "cancelled"
    assert "ohne Veröffentlichung beendet" in cli("rounds", "status", SLUG).lines[0]
    get_error_line(world, lambda: cli("rounds", "end", SLUG, "--reason", "Zu wenige."))
    get_error_line(world, lambda: cli("release", SLUG))


def test_work_once_does_all_due_work(world: World, cli: Run) -> None:
    world.opened()
    assert cli("work", "--once").code == 0
    assert len(world.postbox) == 4
    world.now = DEADLINE
    assert cli("work", "--once").code == 0
    assert world.round().closed_at


def test_audit_log_is_verified_and_a_changed_entry_is_reported(world: World, cli: Run) -> None:
    world.opened()
    assert cli("audit", "verify").code == 0
    world.db.conn.execute("DROP TRIGGER audit_stays")
    world.db.conn.execute("UPDATE audit SET actor = 'nobody' WHERE seq = 3")
    output = cli("audit", "verify")
    assert (output.code, "Eintrag 3" in output.out) == (1, True)


def test_a_row_that_another_program_has_changed_is_reported(
    world: World, cli: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After an erasure by the program itself, which is no fault."""
    world.opened()
    world.answer(HESITANT, decline("Rückfragen an Herrn Muster"))
    world.closed()
    length = store.audit.get_latest(world.db).seq
    checkpoint = f"{length}:{store.audit.get_latest(world.db).root}"
    assert cli("privacy", "erase", HESITANT).code == 0
    assert cli("audit", "verify", "--checkpoint", checkpoint).code == 0
    cut = cli("audit", "verify", "--checkpoint", f"{length + 2}:{'0' * 64}")
    assert (cut.code, f"nach {length + 2} Einträgen nicht fort" in cut.out) == (1, True)
    get_error_line(world, lambda: cli("audit", "verify", "--checkpoint", "12"))

    other = sqlite3.connect(world.settings.database, isolation_level=None)
    other.execute("DROP TRIGGER answers_stay")
    (entry,) = other.execute("SELECT entry FROM answers WHERE id = 1").fetchone()
    other.execute("UPDATE answers SET kind = 'not_competent' WHERE id = 1")
    other.close()
    output = cli("audit", "verify")
    assert output.code == 1
    assert (
        output.out
        == f"Die Zeile „answers 1“ der Datenbank ist anders, als Eintrag {entry} sie festhält.\n"
    )
    assert "answers 1" in cli("doctor").out
    file, keys, new = tmp_path / "b.tar", tmp_path / "b.keys", tmp_path / "new"
    made = cli("backup", file, "--keys", keys)
    assert (made.code, "answers 1" in made.err, file.exists()) == (1, True, False)
    monkeypatch.setattr(backups, "prove", lambda *_: backups.Proof(0, 0, 0))
    assert cli("backup", file, "--keys", keys).code == 0
    restored = cli("restore", file, "--keys", keys, "--instance", new)
    assert (restored.code, "answers 1" in restored.err) == (1, True)


def test_restore_refuses_the_keys_of_another_instance(
    world: World, cli: Run, run: Run, tmp_path: Path
) -> None:
    """With them no link that was sent would open; a key that was added later does no harm."""
    world.opened()
    other, new = tmp_path / "other", tmp_path / "new"
    assert run("init", "--instance", other).code == 0
    file, keys = tmp_path / "b.tar", tmp_path / "b.keys"
    assert cli("backup", file, "--keys", keys).code == 0
    wrong = other / "keys.json"
    refused = run("restore", file, "--keys", wrong, "--instance", new)
    assert (refused.code, "gehören" in refused.err, new.exists()) == (2, True, False)
    secrets = json.loads(keys.read_text())
    secrets["links"].insert(0, json.loads(wrong.read_text())["links"][0])
    keys.write_text(json.dumps(secrets))
    assert run("restore", file, "--keys", keys, "--instance", new).code == 0


def test_what_is_served_under_a_digest_has_that_digest(world: World, cli: Run) -> None:
    world.opened()
    world.answer(MAYOR, sign())
    world.closed()
    release, client = world.released(), world.build_app().test_client()
    addresses = (f"/files/{release.sha256}.pdf", f"/papers/{SLUG}/{SLUG}.pdf")
    assert "veröffentlichte Dateien: 1, alle unversehrt" in cli("doctor").out
    path = world.services.archive.release_path(release.sha256)
    for content in (path.read_bytes() + b" ", path.read_bytes()):
        path.write_bytes(content)
        is_intact = sha256(content).hexdigest() == release.sha256
        for address in addresses:
            with client.get(address, base_url=world.settings.base_url) as answer:
                assert answer.status_code == (200 if is_intact else 503), address
                assert (answer.data == content) is is_intact
        assert (path.name in cli("doctor").out) is not is_intact


def test_a_migration_binds_the_rows_it_changes(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.opened()
    shutil.copy(store.migrations.FOLDER / "0001_initial.sql", tmp_path)
    (tmp_path / "0002_altitude.sql").write_text(
        "ALTER TABLE members ADD COLUMN altitude TEXT NOT NULL DEFAULT '';"
        "UPDATE members SET altitude = '520';"
    )
    monkeypatch.setattr(store.migrations, "FOLDER", tmp_path)
    db = world.connect()
    assert actions.association.migrate(db, "cli", world.now) == ["0002_altitude"]
    assert store.audit.find_fault(db) is None
    assert world.events()[-1] == "migrated"
    db.close()


def test_backup_made_while_writing_is_complete(world: World, cli: Run, tmp_path: Path) -> None:
    world.opened()
    world.answer(HESITANT, decline())
    world.work()
    (world.settings.archive / "prints" / ".part-x").write_bytes(b"half")
    writer = world.connect()
    writer.conn.execute("BEGIN IMMEDIATE")
    writer.conn.execute("UPDATE members SET name = 'halb'")
    file, keys, new = tmp_path / "b.tar", tmp_path / "b.keys", tmp_path / "new"
    assert cli("backup", file, "--keys", keys).code == 0
    writer.conn.execute("ROLLBACK")
    writer.close()
    assert (mode(file), mode(keys)) == (0o600, 0o600)
    for secret in ("6c" * 32, *world.links().values()):
        assert secret.encode() not in file.read_bytes()

    assert cli("restore", file, "--keys", keys, "--instance", new).code == 0
    assert [mode(new / name) for name in KEEP] == [0o600] * 3
    before = world.contents()
    world.db.close()
    restored = World(
        world.settings.__class__(new, world.settings.base_url, world.settings.keys), now=world.now
    )
    assert restored.contents() == before
    assert not list(new.rglob(".part-*"))
    assert not list((new / "outbox").iterdir())
    restored.db.close()
    world.db = world.connect()
    assert cli("restore", file, "--keys", keys, "--instance", new).code == 2


def test_accounts_are_added_listed_reset_and_disabled(world: World, cli: Run) -> None:
    output = cli("staff", "add", "leitung@staedteforum.example", "--role", "admin")
    assert output.lines[-1].startswith(f"{world.settings.base_url}/login/set-up/")
    assert "noch ohne Passwort" in cli("staff", "list").out
    assert cli("staff", "reset", "leitung@staedteforum.example").lines[-1] != output.lines[-1]
    assert "letzte" in get_error_line(
        world, lambda: cli("staff", "disable", "leitung@staedteforum.example")
    )
    cli("staff", "add", "zweite@staedteforum.example", "--role", "admin")
    assert cli("staff", "disable", "leitung@staedteforum.example").code == 0


def test_mail_goes_to_the_domain_with_sharp_s_and_not_to_the_one_with_ss(
    world: World, cli: Run
) -> None:
    cli("association", "set", "email=post@gießen.example")
    cli("staff", "add", "Buero@Gießen.example", "--role", "admin", "--mail")
    world.work()
    (message,) = world.postbox
    assert cli("staff", "reset", "buero@gießen.example").code == 0
    assert message["To"].addresses[0].domain == "xn--gieen-nqa.example"
    assert message["From"].addresses[0].addr_spec == "post@xn--gieen-nqa.example"
    assert message["Reply-To"].addresses[0].addr_spec == "post@xn--gieen-nqa.example"
    for words in (
        ("association", "set", "email=büro@giessen.example"),
        ("staff", "add", "büro@giessen.example", "--role", "admin"),
    ):
        assert "vor dem @" in get_error_line(world, lambda words=words: cli(*words))


def test_invalid_mail_server_address_is_reported_without_its_password(
    world: World, run: Run, cli: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    from signoff.services import build_services

    monkeypatch.setattr("signoff.cli.context.build_services", build_services)
    monkeypatch.setenv("SIGNOFF_SMTP_URL", "http://user:geheim@mail.example")
    line = get_error_line(world, lambda: cli("work", "--once"))
    assert "geheim" not in line


@pytest.mark.slow
def test_certificate_of_a_round_is_written(world: World, cli: Run, tmp_path: Path) -> None:
    world.opened()
    world.answer(UNWILLING, decline())
    assert get_error_line(world, lambda: cli("rounds", "certificate", SLUG))
    assert "--json" in get_error_line(world, lambda: cli("rounds", "certificate", SLUG))
    assert get_error_line(
        world, lambda: cli("rounds", "certificate", SLUG, "--member", "01", "--json")
    ), "not yet closed"
    assert get_error_line(
        world, lambda: cli("rounds", "certificate", SLUG, "--member", "99", "--json")
    ), "never invited"
    world.closed()

    office = json.loads(cli("rounds", "certificate", SLUG, "--json").out)
    assert office["statement"]["copy"] == "office"
    assert [step["member"] for step in office["statement"]["steps"] if "answer" in step] == ["03"]
    file = tmp_path / "verlauf.pdf"
    result = cli("rounds", "certificate", SLUG, "--member", "01", "--out", file, "--json")
    assert json.loads(result.out)["statement"]["member"] == {
        "key": "01",
        "name": "Stadt Musterhausen",
    }
    assert file.read_bytes().startswith(b"%PDF")
    assert "Ähringen" not in result.out


def test_command_line_cannot_confirm_a_release_with_four_eyes(world: World, cli: Run) -> None:
    world.opened()
    world.closed()
    world.work()
    assert cli("association", "confirmation", "on").code == 0
    assert "Vier-Augen-Prinzip" in get_error_line(world, lambda: cli("release", SLUG))
    assert "Vier-Augen-Prinzip" in get_error_line(
        world, lambda: cli("release", SLUG, "--at", "2027-12-01T10:00")
    )
    cli("association", "confirmation", "off")
    first = cli("release", SLUG)
    cli("association", "confirmation", "on")
    assert cli("release", SLUG).lines == first.lines, "what is released is found again"
    assert world.events().count("association_changed") == 3


@pytest.mark.slow
def test_verify_reports_a_withdrawn_file_offline(world: World, cli: Run, tmp_path: Path) -> None:
    world.opened()
    world.closed()
    release = world.released()
    file = tmp_path / "papier.pdf"
    file.write_bytes(world.services.archive.release_path(release.sha256).read_bytes())
    actions.releases.retract_release(world.db, release.round_id, "Grund", "", "staff/1", world.now)
    world.work()
    output = cli("verify", file)
    assert (output.code, output.lines[1]) == (
        1,
        "Das Dokument war veröffentlicht und wurde zurückgezogen.",
    )
    assert json.loads(cli("verify", file, "--json").out)["verdict"] == "withdrawn"
    bundle = tmp_path / "paper.zip"
    assert cli("bundle", SLUG, bundle).code == 0
    for each in (file, bundle):
        assert verify_alone(each, "--certificate", bundle) == (1, "withdrawn")
        found = cli("verify", each, "--certificate", bundle, "--json")
        assert (found.code, json.loads(found.out)["verdict"]) == (1, "withdrawn")
    assert cli("verify", bundle).code == 3, "no seal in it proves the record"


def test_rounds_open_makes_the_trial_print_and_refuses_while_it_fails(
    world: World, cli: Run
) -> None:
    world.enrol()
    world.paper()
    words = ("rounds", "open", SLUG, "--deadline", "2027-03-31", "--tag", "voll")
    world.print_error = "die Tabelle ist zu breit"
    failed = cli(*words)
    assert failed.code == 2
    assert "die Tabelle ist zu breit" in failed.err
    assert store.rounds.find_by_slug(world.db, SLUG) is None

    world.print_error = ""
    opened = cli(*words)
    assert opened.code == 0
    assert "Probedruck des ganzen Dokuments mit 4 Mitgliedern" in opened.err
    assert opened.err.count("Probedruck: 6/6\n") == 1
    assert "6/6" not in failed.err
    (document,) = world.printed
    assert sorted(item.key for item in document.signatories) == ["01", "02", "03", "04"]
    assert document.kind == "trial"
    assert document.sealer


def test_without_a_mail_server_nothing_opens_and_no_mail_counts_as_sent(
    world: World, cli: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.opened()
    world.work(delivers_mail=False)
    status = json.loads(cli("rounds", "status", SLUG, "--json").out)
    assert {invitation["mail"] for invitation in status["invitations"]} == {"failed", None}
    monkeypatch.setattr(Settings, "has_real_recipients", True)
    with transaction(world.db):
        world.db.conn.execute(
            "UPDATE legal_texts SET edited_at = :now, markdown = 'Text'", {"now": str(world.now)}
        )
    world.paper("zweites")
    for command in (
        ("rounds", "open", "zweites", "--deadline", "2027-04-30"),
        ("rounds", "extend", SLUG, "--deadline", "2027-04-30"),
        ("rounds", "invite", SLUG, "99"),
    ):
        error = get_error_line(world, lambda command=command: cli(*command))
        assert "Es ist kein Mailserver eingerichtet." in error


def test_rounds_open_names_every_open_line_of_the_checklist(
    world: World, cli: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.enrol()
    world.paper()
    cli("association", "set", "telephone=0000 000000")
    monkeypatch.setattr(Settings, "has_real_recipients", True)
    error = get_error_line(world, lambda: cli("rounds", "open", SLUG, "--deadline", "2027-04-30"))
    assert "fehlt noch: Telefon." in error
    assert "fehlt noch: Impressum und Datenschutz." in error


def test_a_legal_text_with_gaps_is_taken_and_not_published(
    world: World, cli: Run, tmp_path: Path
) -> None:
    file = tmp_path / "imprint.md"
    file.write_text("{name}, {verantwortlich}, [Register]", encoding="utf-8")
    taken = cli("association", "text", "imprint", file)
    assert taken.code == 0
    assert "noch nicht veröffentlicht; es fehlt: Register; {verantwortlich}." in taken.err
    file.write_text("{name}", encoding="utf-8")
    assert not cli("association", "text", "imprint", file).err
    assert "imprint.de: bearbeitet" in cli("association", "show").out
    file.write_text("{name} [Register]", encoding="utf-8")
    error = get_error_line(world, lambda: cli("association", "text", "imprint", file))
    assert "darf keine Lücken haben" in error


def test_mail_test_owes_one_message_to_the_account(world: World, cli: Run) -> None:
    cli("staff", "add", "leitung@forum.example", "--role", "admin")
    assert cli("mail", "test", "leitung@forum.example").code == 0
    world.work()
    assert len(world.messages_to("leitung@forum.example")) == 1
    error = get_error_line(world, lambda: cli("mail", "test", "niemand@forum.example"))
    assert "niemand@forum.example" in error


def test_the_progress_of_a_print_is_a_bar_on_a_terminal(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    progress = PrintProgress("Probedruck")
    progress.show(3)
    progress.show(3)
    progress.end(True)
    shown = capsys.readouterr()
    assert re.findall(r"\d+%", shown.err) == ["0%", "50%", "100%"]
    assert shown.out == ""


def test_rounds_open_refuses_a_picture_without_description_before_the_trial_print(
    world: World, cli: Run
) -> None:
    world.enrol()
    world.paper()
    with transaction(world.db):
        world.db.conn.execute(
            "UPDATE editions SET html = html || ?", [f'<img src="pictures/{"0" * 64}.png" alt="">']
        )
    refused = cli("rounds", "open", SLUG, "--deadline", "2027-03-31")
    assert refused.code == 2
    assert "Im Text stehen Bilder ohne Beschreibung (Anzahl: 1)." in refused.err
    assert "Probedruck" not in refused.err
    assert not world.printed
    assert world.db["prints"].count == 0


# Imported where it is used: a process of the server may never need it, and starts sooner.
LATER = {"PIL", "docx", "email_validator", "holidays", "markdown_it", "openpyxl", "pikepdf"}
LATER |= {"segno", "tomlkit", "webauthn", "weasyprint"}


@pytest.mark.parametrize(
    ("module", "unneeded"),
    [
        ("cli.main", {"babel.dates", "flask", "gunicorn", "jinja2", "sqlite_utils"}),
        ("cli.worker", {"flask", "gunicorn"} | LATER),
        ("cli.serve", {"dns", "mammoth"} | LATER),
        ("pdf.verify", {"flask", "jinja2", "sqlite_utils", "weasyprint"}),
    ],
)
def test_a_command_starts_without_the_libraries_of_others(module: str, unneeded: set[str]) -> None:
    code = f"import sys, signoff.{module}; print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True
    )
    assert not unneeded & set(loaded.stdout.split())


def test_what_a_command_has_loaded_is_not_examined_for_garbage() -> None:
    code = "import gc; from signoff.cli.main import signoff; signoff.commands['serve'].load(); "
    code += "print(gc.isenabled(), len(gc.get_objects()) < gc.get_freeze_count())"
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert done.stdout.split() == ["True", "True"]


def test_an_instance_is_opened_without_the_libraries_of_its_subjects(
    run: Run, tmp_path: Path
) -> None:
    assert run("init", "--instance", tmp_path / "instance").code == 0
    code = "import sys; from pathlib import Path; from signoff.cli.context import open_context; "
    code += "open_context(Path(sys.argv[1])); print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", code, tmp_path / "instance"],
        check=True,
        capture_output=True,
        text=True,
    )
    assert not LATER & set(loaded.stdout.split())
