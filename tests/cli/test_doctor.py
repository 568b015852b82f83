"""The commands ``doctor`` and ``bounces``."""

import json
import socket
import time
from dataclasses import replace
from pathlib import Path

import pytest

from signoff import checks, delivery_checks, store
from signoff.checks import Grade
from signoff.cli.instance import STARTER, create_instance
from signoff.cli.main import main
from signoff.config import Settings, load_settings
from signoff.domain.association import Association
from signoff.domain.mail import MailboxReading
from signoff.mail.message import BouncePath
from tests.factories import NOW
from tests.mail.test_bounces import report  # type: ignore[import-not-found]
from tests.world import KEYS, World, write_keys

SENDER = Association("Verband", "Verband", "", "post@verband.example", "")


@pytest.fixture
def instance(tmp_path: Path) -> Path:
    create_instance(tmp_path / "instance", STARTER)
    return tmp_path / "instance"


def run(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str]:
    with pytest.raises(SystemExit) as exit_info:
        main(words)
    return int(exit_info.value.code or 0), capsys.readouterr().out


def offline(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checks, "look_up_txt", lambda name: None)


def test_a_fresh_instance_is_healthy(
    instance: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    offline(monkeypatch)
    code, output = run(capsys, "doctor", "--json", "--instance", str(instance))
    grades = {finding["matter"]: finding["grade"] for finding in json.loads(output)["findings"]}
    assert code == 0
    assert (
        grades["Schlüssel"]
        == grades["Zugriffsrechte"]
        == grades["Datenbank"]
        == grades["Verlauf"]
        == "ok"
    )
    assert grades["SPF"] == grades["DMARC"] == "unknown"


def test_readable_keys_are_an_error_with_advice(
    instance: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    offline(monkeypatch)
    (instance / "keys.json").chmod(0o644)
    code, output = run(capsys, "doctor", "--instance", str(instance))
    assert code == 1
    assert "FEHLER      Zugriffsrechte: für andere offen: keys.json → " in output


def test_silent_mail_server_is_an_error_after_a_short_time(instance: Path) -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        port = silent.getsockname()[1]  # bound, not listening: refused at once
        settings = Settings(
            instance, "https://verband.example", KEYS, smtp_url=f"smtp://127.0.0.1:{port}"
        )
        finding, *_ = checks.check_mail_servers(settings, [])
    assert (finding.matter, finding.grade) == ("Mailserver", Grade.ERROR)


def test_the_mailbox_is_named_with_what_is_wrong(instance: Path) -> None:
    settings = Settings(instance, "https://verband.example", KEYS, imap_url="imaps://u:p@x/")
    refused = MailboxReading(NOW, "%(hostname)s hat abgelehnt.", {"hostname": "x.example"})
    findings = [
        finding
        for reading in (None, refused, MailboxReading(NOW))
        for finding in checks.check_mailbox_reading(settings, reading)
    ]
    assert [each.grade for each in findings] == [Grade.WARNING, Grade.ERROR, Grade.OK]
    assert findings[1].found == "x.example hat abgelehnt."
    assert not list(checks.check_mailbox_reading(replace(settings, imap_url=""), None))


@pytest.mark.parametrize(
    ("records", "grade"),
    [
        (["v=spf1 mx -all"], Grade.OK),
        ([], Grade.WARNING),
        (["v=spf1 mx -all", "v=spf1 a -all"], Grade.ERROR),
        (None, Grade.UNKNOWN),
    ],
)
def test_spf_record_is_valid_missing_duplicated_or_unknown(
    instance: Path, records: list[str] | None, grade: Grade
) -> None:
    spf, *_ = checks.check_sender(SENDER, load_settings(instance, {}), lambda name: records)
    assert (spf.matter, spf.grade) == ("SPF", grade)


def test_silent_dns_server_gives_unknown_after_a_few_seconds() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
        silent.bind(("127.0.0.2", 0))
        began = time.monotonic()
        assert checks.look_up_txt("verband.example", ["127.0.0.2"]) is None
    assert time.monotonic() - began < 2 * checks.DNS_TIMEOUT


@pytest.mark.parametrize(("proxies", "grade"), [(0, Grade.WARNING), (1, Grade.OK)])
def test_a_public_address_without_a_web_server_in_front_is_named(
    instance: Path, proxies: int, grade: Grade
) -> None:
    settings = Settings(instance, "https://verband.example", KEYS, proxies=proxies)
    findings = {each.matter: each for each in checks.check_address(settings)}
    assert findings["Webserver davor"].grade is grade
    at_home = Settings(instance, "http://localhost:8000", KEYS)
    assert "Webserver davor" not in {each.matter for each in checks.check_address(at_home)}


def test_missing_fonts_are_an_error(tmp_path: Path) -> None:
    (finding,) = checks.check_fonts(tmp_path)
    assert finding.grade is Grade.ERROR


@pytest.mark.parametrize(("has_landlock", "grade"), [(True, Grade.OK), (False, Grade.WARNING)])
def test_a_kernel_that_does_not_close_the_sandbox_is_named(
    monkeypatch: pytest.MonkeyPatch, has_landlock: bool, grade: Grade
) -> None:
    monkeypatch.setattr(checks, "has_landlock", lambda: has_landlock)
    assert checks.check_sandbox().grade is grade


def test_bounces_are_read_from_standard_input_and_counted(
    world: World,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    write_keys(tmp_path)
    monkeypatch.setenv("SIGNOFF_BOUNCES_ADDRESS", "bounces@forum.example")
    world.opened()
    world.work()
    (queued, _), *_ = store.outbox.list_for_invitation(
        world.db, world.invitation_status("02").invitation.id
    )
    path = BouncePath("bounces@forum.example", KEYS.links).build_address(queued.id)
    (tmp_path / "box" / "cur").mkdir(parents=True)
    (tmp_path / "box" / "new").mkdir()
    (tmp_path / "box" / "tmp").mkdir()
    (tmp_path / "box" / "new" / "1").write_bytes(report("failed", "5.1.1", "550 unknown", path))
    (tmp_path / "box" / "new" / "2").write_bytes(b"To: jemand@forum.example\n\nHallo\n")
    words = ("bounces", "--maildir", str(tmp_path / "box"), "--instance", str(tmp_path))
    first, second = run(capsys, *words), run(capsys, *words)
    assert first == (
        0,
        "1 nicht erreicht, 0 verzögert, 0 automatische Antwort, 0 Antworten, 0 zu lesen, 0 nicht lesbar, "
        "1 unbekannt (nicht angetastet)\n",
    )
    assert second == (
        0,
        "0 nicht erreicht, 0 verzögert, 0 automatische Antwort, 0 Antworten, 0 zu lesen, 0 nicht lesbar, "
        "1 unbekannt (nicht angetastet)\n",
    )
    assert world.invitation_status("02").mail == "bounced"


def test_the_delivery_checks_are_lines_too(
    instance: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivery_checks, "look_up", lambda name, kind: None)
    code, output = run(capsys, "doctor", "--delivery", "--json", "--instance", str(instance))
    grades = {finding["matter"]: finding["grade"] for finding in json.loads(output)["findings"]}
    assert code == 1
    assert grades == {"Mailserver": "error", "DKIM": "warning", "DMARC": "unknown", "Domains": "ok"}


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("smtp://user:secret@mail.verband.example", "das Passwort des Mailservers geht lesbar"),
        ("smtp://mail.verband.example", "keine"),
        ("smtps://user:secret@mail.verband.example", "TLS"),
    ],
)
def test_a_password_in_clear_is_a_warning(
    url: str, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checks.SmtpTransport, "check_connection", lambda self: None)
    findings = {
        finding.matter: finding for finding in checks.check_mail_server(checks.SmtpTransport(url))
    }
    assert words in findings["Verschlüsselung"].found
    assert (findings["Verschlüsselung"].grade is Grade.WARNING) == url.startswith("smtp://")
