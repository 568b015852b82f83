"""Mail is set up in the browser: tried before it is saved, taken over at once, and no secret shown."""

import socket
import stat
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword

from signoff import actions, store
from signoff.config import load_settings, save_settings
from signoff.domain.accounts import Role
from signoff.domain.delivery import DeliveryError, Fault, Stage, extend_outage
from signoff.domain.mail import MailKind, MailTestRequest
from signoff.mail.transport import SmtpTransport
from signoff.store.connection import transaction
from signoff.web.office.mail_setup import fill_in_form, read_changes
from signoff.worker import Worker
from tests.browser import Browser, fields
from tests.mail.imap_server import imap_server
from tests.server import free_port
from tests.web.office.office import Office
from tests.world import write_keys

PATH = "/office/mail/setup"
SECRET = "ganz geheim"  # noqa: S105 (of a server that lives for one test)


class Sink:
    """Takes every mail."""

    def __init__(self) -> None:
        self.received: list[bytes] = []

    async def handle_DATA(self, server: object, session: object, envelope: object) -> str:
        self.received.append(envelope.original_content)  # type: ignore[attr-defined]
        return "250 OK"


def authenticate(server, session, envelope, mechanism: str, data: LoginPassword) -> AuthResult:
    return AuthResult(success=data.password == SECRET.encode(), handled=False)


@pytest.fixture
def smtp() -> Iterator[Controller]:
    controller = Controller(
        Sink(),
        hostname="127.0.0.1",
        port=free_port(),
        authenticator=authenticate,
        auth_require_tls=False,
    )
    controller.start()
    yield controller
    controller.stop()


def get_port(controller: Controller) -> str:
    return str(controller.port)


@pytest.fixture
def office(empty_office: Office) -> Office:
    folder = empty_office.settings.instance
    write_keys(folder)
    (folder / "signoff.toml").write_text('# Unsere Instanz\ntsa_url = "https://zeit.example"\n')
    return empty_office


@pytest.fixture
def page(office: Office) -> Browser:
    return office.browser(Role.ADMIN)


def server(port: str, password: str = SECRET, n: int = 0) -> dict[str, str]:
    return {
        f"server{n}_host": "127.0.0.1",
        f"server{n}_encryption": "smtp",
        f"server{n}_port": port,
        f"server{n}_user": "versand@forum.example",
        f"server{n}_password": password,
        f"server{n}_per_minute": "30",
        f"server{n}_per_day": "10000",
    }


def get_source(page: Browser) -> str:
    """The page with its fields' values."""
    return str(page.response.get_data(as_text=True))


def toml(office: Office) -> str:
    return (office.settings.instance / "signoff.toml").read_text()


def save(page: Browser, values: dict[str, str], status: int = 200, press: str = "") -> Browser:
    return page.open(PATH).submit(values, action="/mail/setup", status=status, press=press)


def test_settings_that_work_are_saved_and_used_at_once(
    office: Office, page: Browser, smtp: Controller
) -> None:
    save(page, server(get_port(smtp)))
    text = toml(office)
    assert "# Unsere Instanz" in text
    assert 'tsa_url = "https://zeit.example"' in text
    mode = (office.settings.instance / "signoff.toml").stat().st_mode
    assert stat.S_IMODE(mode) == 0o600
    saved = load_settings(office.settings.instance)
    assert saved.smtp_url.endswith("?per_minute=30&per_day=10000")
    assert office.app.extensions["signoff"].settings.smtp_url == saved.smtp_url
    last = office.entries()[-1]
    assert last.event == "mail_settings_changed"
    assert last.details == {"names": "smtp_url"}
    shown = get_source(page.open(PATH))
    assert "127.0.0.1" in shown
    assert SECRET not in shown
    assert "ganz%20geheim" not in shown


def test_a_wrong_password_is_explained_and_nothing_is_saved(
    office: Office, page: Browser, smtp: Controller
) -> None:
    before = toml(office)
    save(page, server(get_port(smtp), "falsch"), status=422)
    assert "Noch nicht gespeichert" in page.text
    assert "Der Server nimmt die Anmeldung nicht an." in page.text, page.text[
        page.text.find("Noch nicht") :
    ][:500]
    assert toml(office) == before
    assert "mail_settings_changed" not in office.events()


def test_settings_that_fail_are_saved_if_an_administrator_insists(
    office: Office, page: Browser
) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))  # bound, not listening: refused at once
        values = server(str(unused.getsockname()[1]))
        save(page, values, status=422)
        assert "nimmt der Server keine Verbindung an" in page.text
        page.submit({}, action="/mail/setup", press="Trotzdem speichern")
    assert "smtp_url" in toml(office)


def test_a_saved_password_is_kept_but_never_goes_to_another_server(
    office: Office, page: Browser, smtp: Controller
) -> None:
    save(page, server(get_port(smtp)))
    save(page, {"server0_per_minute": "20"})
    assert "ganz%20geheim" in toml(office)
    assert "per_minute=20" in toml(office)
    save(page, {"server0_user": "andere@forum.example"}, status=422)
    save(page, {"server0_host": "localhost"}, status=422)
    page.submit({}, action="/mail/setup", press="Trotzdem speichern")
    assert "ganz%20geheim" not in toml(office)


def test_the_mailbox_is_tried_too(office: Office, page: Browser) -> None:
    with imap_server() as port:
        mailbox = {
            "mailbox_host": "127.0.0.1",
            "mailbox_port": str(port),
            "mailbox_user": "bounces",
            "mailbox_password": "falsch",
        }
        save(page, mailbox, status=422)
        assert "Postfach" in page.text
        assert "Der Server nimmt die Anmeldung nicht an." in page.text
        save(page, mailbox | {"mailbox_password": "geheim"})
    assert load_settings(office.settings.instance).imap_url.startswith("imap://bounces:geheim@")


def test_what_the_environment_sets_cannot_be_changed(
    office: Office, page: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SIGNOFF_DKIM_SELECTOR", "fest")
    page.open(PATH)
    assert "Von der Umgebung festgelegt" in page.text
    assert 'name="dkim_selector"' not in get_source(page)
    token = fields(page.form("/mail/setup"), {})["csrf_token"]
    page.request("POST", PATH, 200, data={"csrf_token": token, "dkim_selector": "anders"})
    assert "anders" not in toml(office)


def test_wrong_fields_are_named_at_their_place(office: Office, page: Browser) -> None:
    save(page, {"server0_host": "kein server", "mail_rate_limit": "viele"}, status=422)
    assert "Bitte den Namen des Servers" in page.text
    assert "Bitte eine ganze Zahl" in page.text
    save(page, {"bounces_address": "ohne-at"}, status=422)
    assert "muss wie bounces@verband.example geschrieben sein" in page.text


def test_characters_that_cannot_be_printed_are_named(office: Office, page: Browser) -> None:
    save(page, {"server0_user": "versand\U0001f9ff", "oauth_client_id": "a\U0001f9ffb"}, status=422)
    assert page.text.count("U+1F9FF") >= 2
    assert "smtp_url" not in toml(office)


def test_servers_beyond_the_form_stay(office: Office) -> None:
    urls = " ".join(f"smtp://{n}.example" for n in range(5))
    assert read_changes_for(office, urls) == urls


def read_changes_for(office: Office, urls: str) -> str:
    saved = replace(office.settings, smtp_url=urls)
    with office.app.test_request_context("/office/"):
        return str(read_changes(fill_in_form(saved), saved)["smtp_url"])


def test_only_administrators_set_up_mail(office: Office) -> None:
    office.browser(Role.EDITOR).open(PATH, status=403)


def test_the_client_secret_goes_into_a_private_file(office: Office, page: Browser) -> None:
    save(
        page,
        {
            "oauth_provider": "microsoft",
            "oauth_tenant": "verband.example",
            "oauth_client_id": "abc",
            "oauth_client_secret": "client-geheim",
        },
    )
    path = office.settings.instance / "oauth-client-secret"
    assert path.read_text() == "client-geheim\n"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert 'oauth = "microsoft:verband.example"' in toml(office)
    assert "client-geheim" not in toml(office) + get_source(page.open(PATH))


def test_a_running_worker_takes_over_what_was_saved(office: Office, smtp: Controller) -> None:
    url = f"smtp://versand:ganz%20geheim@127.0.0.1:{get_port(smtp)}?per_minute=30"
    said: list[str] = []
    with Worker(
        office.settings, office.db, office.services, lambda message, **facts: said.append(message)
    ) as worker:
        save_settings(office.settings.instance, {"smtp_url": url})
        actions.mail.enqueue_test_mail(office.db, request_of(office), "cli", office.now)
        worker.run_once()
        (office.settings.instance / "signoff.toml").write_text("smtp_url = ")
        worker.run_due_steps()
        worker.services.send_mail.close()  # type: ignore[attr-defined]
    assert len(smtp.handler.received) == 1
    assert worker.settings.smtp_url == url
    assert said.count("Einstellungen für E-Mails übernommen") == 1
    assert said.count("Einstellungen nicht übernommen: %(problem)s") == 1


def test_a_running_worker_forgets_an_outage_of_the_old_settings(office: Office) -> None:
    login = DeliveryError("535 5.7.8 falsch", fault=Fault.LOGIN, stage=Stage.LOGIN)
    with office.worker(send_mail=SmtpTransport("smtp://mail.example")) as worker:
        with transaction(office.db):
            outage = extend_outage(None, "mail.example", login, office.now)
            store.outbox.save_outage(office.db, outage)
        worker.run_due_steps()
        assert store.outbox.list_outages(office.db)
        save_settings(office.settings.instance, {"smtp_url": "smtp://user@mail.example"})
        worker.run_due_steps()
    assert not store.outbox.list_outages(office.db)


class Once(threading.Event):
    """Is set instead of waiting."""

    def wait(self, timeout: float | None = None) -> bool:
        self.set()
        return True


def test_a_running_worker_reads_a_mailbox_that_is_set_up_later(office: Office) -> None:
    with (
        imap_server() as port,
        Worker(office.settings, office.db, office.services) as worker,
    ):
        worker.repeat(worker.read_mailbox, 1, Once())
        assert store.outbox.find_mailbox_reading(office.db) is None
        url = f"imap://bounces:geheim@127.0.0.1:{port}"
        save_settings(office.settings.instance, {"imap_url": url})
        worker.run_due_steps()
        worker.repeat(worker.read_mailbox, 1, Once())
    reading = store.outbox.find_mailbox_reading(office.db)
    assert reading
    assert reading.problem == ""


def request_of(office: Office) -> MailTestRequest:
    account = store.accounts.find_by_email(office.db, "admin@forum.example")
    assert account
    return MailTestRequest(account.id, MailKind.DIGEST, "de")


def test_a_test_mail_shows_what_became_of_it(
    office: Office, page: Browser, smtp: Controller
) -> None:
    save(page, server(get_port(smtp)))
    page.open(PATH).submit({}, action="/mail/setup/test")
    assert "wartet auf den Versand" in page.open(PATH).text
    send_mail = office.app.extensions["signoff"].services.send_mail
    office.work(send_mail=send_mail)
    send_mail.close()
    assert "angenommen von 127.0.0.1" in page.open(PATH).text


def test_a_refused_test_mail_is_quoted(office: Office, page: Browser) -> None:
    page.open(PATH).submit({}, action="/mail/setup/test")

    def refuse(message: object) -> None:
        raise DeliveryError("550 5.7.1 nicht erlaubt", permanent=True)

    office.work(send_mail=refuse)
    text = page.open(PATH).text
    assert "abgelehnt" in text
    assert "550 5.7.1 nicht erlaubt" in text


def test_the_file_keeps_its_tables(tmp_path: Path) -> None:
    (tmp_path / "signoff.toml").write_text(
        'base_url = "https://a.example" # hier\n[weiteres]\nx = 1\n'
    )
    save_settings(tmp_path, {"dkim_selector": "s1", "smtp_url": ""})
    assert (tmp_path / "signoff.toml").read_text() == (
        'base_url = "https://a.example" # hier\ndkim_selector = "s1"\n\n[weiteres]\nx = 1\n'
    )
