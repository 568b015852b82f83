"""The second factor in a real browser: a passkey with a virtual authenticator, an app's code without JavaScript."""

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pyotp
import pytest
from playwright.sync_api import Browser, expect

from signoff import actions, security, store
from signoff.cli.context import open_context
from signoff.cli.instance import create_instance
from signoff.domain.accounts import Role
from tests.factories import FORUM
from tests.server import PASSWORD, STAFF, Served, serving
from tests.visitor import Visitor

pytestmark = pytest.mark.browser
STEP = 30


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    """An instance with a required second factor and one account."""
    create_instance(tmp_path, FORUM)
    context = open_context(tmp_path)
    actions.accounts.add(
        context.db,
        STAFF,
        "Leitung",
        Role.ADMIN,
        security.hash_password(PASSWORD),
        "cli",
        datetime.now(UTC),
    )
    context.db.close()
    with serving(tmp_path, SIGNOFF_SECOND_FACTOR="on") as running:
        yield running


def log_in(person: Visitor) -> None:
    person.go("/office/")
    person.fill({"email": STAFF, "password": PASSWORD})
    person.press("Anmelden")


def test_account_sets_up_a_passkey_and_logs_in_with_it(chromium: Browser, served: Served) -> None:
    """A failing authenticator shows an error; the second attempt with a working one succeeds."""
    person = Visitor(chromium, served, script=True)
    log_in(person)
    person.page.evaluate(
        "() => { navigator.credentials.create = () => Promise.reject(new Error('no')); }"
    )
    person.page.get_by_role("button", name="Passkey einrichten").click()
    person.page.get_by_text("Das hat nicht geklappt").wait_for()
    device = person.context.new_cdp_session(person.page)
    device.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
    }
    added = device.send(
        "WebAuthn.addVirtualAuthenticator",
        {"options": {**options, "isUserVerified": True, "automaticPresenceSimulation": True}},
    )
    person.page.reload()
    assert person.kind == "two-factor-set-up"
    person.fill({"name": "Dienstrechner"})
    person.press("Passkey einrichten")
    assert person.kind == "recovery-codes"
    assert person.page.locator(".so-codes li").count() == 10
    person.follow("Ich habe die Codes aufbewahrt: weiter")
    assert person.kind == "dashboard"
    person.go("/office/account")
    assert "Passkey „Dienstrechner“" in person.page.locator("main").inner_text()
    person.page.get_by_role("banner").get_by_role("button", name="Abmelden").click()
    log_in(person)
    assert person.kind == "two-factor"
    person.press("Mit Passkey anmelden")
    assert person.kind == "dashboard"
    credentials = device.send(
        "WebAuthn.getCredentials", {"authenticatorId": added["authenticatorId"]}
    )["credentials"]
    context = served.context
    account = store.accounts.find_by_email(context.db, STAFF)
    assert account
    assert len(credentials) == 1
    (passkey,) = store.accounts.get_second_factors(context.db, account.id).passkeys
    assert passkey.used_at
    assert json.dumps(credentials[0]["privateKey"])[1:40] not in passkey.public_key
    context.db.close()


def test_authenticator_app_works_without_javascript(chromium: Browser, served: Served) -> None:
    person = Visitor(chromium, served, script=False)
    log_in(person)
    assert person.kind == "two-factor-set-up"
    assert not person.page.locator("[data-passkey]").is_visible()
    secret = person.page.locator("form .so-mono").inner_text().replace(" ", "")
    person.fill({"code": "000000"})
    person.press("App einrichten")
    expect(person.page).to_have_title(re.compile("Fehler:"))
    assert person.page.locator("form .so-mono").inner_text().replace(" ", "") == secret
    app = pyotp.TOTP(secret)
    moment = int(datetime.now(UTC).timestamp())
    person.fill({"code": app.at(moment)})
    person.press("App einrichten")
    codes = person.page.locator(".so-codes li").all_inner_texts()
    person.follow("Ich habe die Codes aufbewahrt: weiter")
    assert person.kind == "dashboard"
    person.page.get_by_role("banner").get_by_role("button", name="Abmelden").click()
    log_in(person)
    person.fill({"code": app.at(moment)})
    person.press("Anmelden")
    assert person.kind == "two-factor"
    assert "nur einmal" in person.page.locator("main").inner_text()
    person.fill({"code": app.at(moment + STEP)})
    person.press("Anmelden")
    assert person.kind == "dashboard"
    assert len(codes) == 10
