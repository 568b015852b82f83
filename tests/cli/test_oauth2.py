"""``mail authorize``, and what ``doctor`` and ``bounces`` say about a login with OAuth2."""

import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from signoff import checks
from signoff.checks import Grade
from signoff.config import Settings, load_settings
from signoff.mail.oauth2 import CLIENT_REFUSED, CONSENT_LOST
from signoff.mail.transport import parse_smtp_url
from signoff.services import build_services
from tests.cli.conftest import Run
from tests.mail.oauth2_servers import (
    CLIENT,
    MAILBOX,
    SCOPE,
    SECRET,
    Mailbox,
    MailServer,
    TokenServer,
    serving,
    write_secret,
)
from tests.mail.test_transport_smtp import running
from tests.world import World

USER = MAILBOX.replace("@", "%40")


@pytest.fixture
def tokens() -> Iterator[TokenServer]:
    with serving(server := TokenServer()):
        yield server


@pytest.fixture
def oauth(tokens: TokenServer, tmp_path: Path) -> dict[str, str]:
    """The settings of an application that a person consents to."""
    return {
        "SIGNOFF_SMTP_URL": f"smtp://{USER}@127.0.0.1:1?auth=xoauth2",
        "SIGNOFF_OAUTH_TOKEN_URL": tokens.url,
        "SIGNOFF_OAUTH_AUTHORIZATION_URL": f"{tokens.url}/authorize",
        "SIGNOFF_OAUTH_CLIENT_ID": CLIENT,
        "SIGNOFF_OAUTH_CLIENT_SECRET_FILE": write_secret(tmp_path / "secret", SECRET),
        "SIGNOFF_OAUTH_REFRESH_TOKEN_FILE": str(tmp_path / "refresh"),
        "SIGNOFF_OAUTH_SCOPE": SCOPE,
    }


@pytest.fixture
def configured(cli: Run, oauth: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Run:
    for name, value in oauth.items():
        monkeypatch.setenv(name, value)
    return cli


@contextmanager
def authorizing(*options: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """The command in a process of its own, and the address it shows."""
    with subprocess.Popen(
        [sys.executable, "-m", "signoff", "mail", "authorize", *options],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    ) as process:
        assert process.stdout
        process.stdout.readline()
        try:
            yield process, process.stdout.readline().strip()
        finally:
            process.kill()


def get(address: str) -> int:
    try:
        # The name may lead to ::1, where nobody listens; a browser then tries the number.
        with urllib.request.urlopen(address.replace("localhost", "127.0.0.1"), timeout=10) as page:
            return int(page.status)
    except urllib.error.HTTPError as refused:
        refused.close()
        return refused.code


@pytest.mark.slow
def test_consent_in_the_browser_is_received_on_loopback(
    configured: Run, tokens: TokenServer, tmp_path: Path
) -> None:
    with authorizing() as (process, address):
        answer = tokens.consent(address)
        assert get(answer.split("?")[0] + "/favicon.ico") == 404
        assert get(answer + "x") == 404  # another state
        assert not (tmp_path / "refresh").exists()
        assert get(answer) == 200
        out, err = process.communicate(timeout=20)
    assert (process.returncode, err) == (0, "")
    assert str(tmp_path / "refresh") in out
    assert (tmp_path / "refresh").read_text() in tokens.refresh_tokens
    assert (tmp_path / "refresh").stat().st_mode & 0o777 == 0o600


@pytest.mark.slow
def test_consent_on_another_machine_is_pasted(
    configured: Run, tokens: TokenServer, tmp_path: Path
) -> None:
    with authorizing("--paste") as (process, address):
        out, err = process.communicate(tokens.consent(address) + "x\n", timeout=20)
    assert process.returncode == 2
    assert "noch einmal" in err
    assert not (tmp_path / "refresh").exists()
    with authorizing("--paste") as (process, address):
        out, err = process.communicate(tokens.consent(address) + "\n", timeout=20)
    assert (process.returncode, err) == (0, "")
    assert (tmp_path / "refresh").read_text() in tokens.refresh_tokens


@pytest.mark.slow
def test_refused_consent_is_reported(configured: Run, tokens: TokenServer, tmp_path: Path) -> None:
    with authorizing("--paste") as (process, address):
        state = tokens.consent(address).partition("state=")[2]
        refusal = f"http://localhost/?error=access_denied&state={state}\n"
        _, err = process.communicate(refusal, timeout=20)
    assert process.returncode == 1
    assert err.startswith("signoff: ")
    assert CONSENT_LOST[1] in err
    assert not (tmp_path / "refresh").exists()


def test_settings_that_a_consent_needs_are_named(
    configured: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SIGNOFF_OAUTH_AUTHORIZATION_URL", "")
    result = configured("mail", "authorize")
    assert (result.code, result.out) == (2, "")
    assert "SIGNOFF_OAUTH_AUTHORIZATION_URL" in result.err


def check_mail(settings: Settings) -> list[checks.Finding]:
    return [*checks.check_mail_servers(settings, []), *checks.check_mailbox(settings)]


@pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")
def test_doctor_logs_in_as_the_worker_does(
    configured: Run,
    world: World,
    tokens: TokenServer,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    write_secret(tmp_path / "refresh", "consent-0")
    tokens.refresh_tokens.add("consent-0")
    options = {
        "auth_required": True,
        "auth_require_tls": False,
        "auth_exclude_mechanism": ["LOGIN", "PLAIN"],
    }
    with (
        serving(mailbox := Mailbox(tokens)),
        running(MailServer(tokens), **options) as address,
    ):
        monkeypatch.setenv("SIGNOFF_SMTP_URL", f"smtp://{USER}@{address}?auth=xoauth2")
        monkeypatch.setenv("SIGNOFF_IMAP_URL", mailbox.url)
        settings = load_settings(world.settings.instance)
        server, _, box = check_mail(settings)
        assert (server.matter, server.grade) == ("Mailserver", Grade.OK)
        assert (box.matter, box.grade) == ("Postfach", Grade.OK)
        write_secret(tmp_path / "secret", "falsches-geheimnis")
        server, _, box = check_mail(settings)
    for finding in (server, box):
        assert finding.grade is Grade.ERROR
        assert "AADSTS7000215" in finding.found
        assert finding.to_do == CLIENT_REFUSED[1]
        assert "falsches-geheimnis" not in finding.found


@pytest.mark.parametrize("host", ["smtp.office365.com", "smtp.gmail.com"])
def test_doctor_warns_of_passwords_that_are_about_to_end(host: str) -> None:
    def findings(user: str) -> list[checks.Finding]:
        url = f"smtp+starttls://{user}@{host}:587"
        return list(checks.check_password(parse_smtp_url(url)))

    (finding,) = findings("post:geheim")
    assert (finding.matter, finding.grade) == ("Anmeldung", Grade.WARNING)
    assert "b Ende Dezember 2026" in finding.found
    assert "OAuth2" in finding.to_do
    assert findings("post") == []


def test_mailbox_of_returned_mail_is_opened_by_the_command(
    configured: Run,
    world: World,
    tokens: TokenServer,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    write_secret(tmp_path / "refresh", "consent-0")
    monkeypatch.setenv("SIGNOFF_BOUNCES_ADDRESS", "bounces@forum.example")
    with serving(mailbox := Mailbox(tokens)):
        monkeypatch.setenv("SIGNOFF_IMAP_URL", mailbox.url)
        settings = load_settings(world.settings.instance)
        world.services = build_services(settings)
        mailbox.mails = {"1": b"To: jemand@forum.example\r\n\r\nHallo\r\n"}
        lost = configured("bounces")
        tokens.refresh_tokens.add("consent-0")
        read = configured("bounces")
    assert (lost.code, lost.out) == (1, "")
    assert lost.err.rstrip().endswith(CONSENT_LOST[1])
    assert (read.code, read.err) == (0, "")
    assert "0 nicht erreicht" in read.out
    assert mailbox.seen == set()
