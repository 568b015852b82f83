"""Passkeys: a challenge is valid once, for one login, one host and one account."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from signoff import actions, store
from signoff.domain.accounts import Role
from tests.browser import Browser
from tests.web.office.office import Office
from tests.web.software_passkey import SoftwarePasskey
from tests.web.two_factor import (
    EMAIL,
    PASSWORD,
    account,
    log_in_with_password,
    office_with_two_factor,
)

OTHER = "zweite@forum.example"
SET_UP, LOGIN = "/login/second/set-up", "/login/second"


@pytest.fixture
def office(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Office]:
    office = office_with_two_factor(tmp_path, monkeypatch)
    actions.accounts.add(office.db, OTHER, "Zweite", Role.ADMIN, f"#{PASSWORD}", "cli", office.now)
    yield office
    office.db.close()


def request_challenge(browser: Browser, path: str) -> dict:
    token = browser.forms[0].find("input").get("value")
    answer = browser.client.post(
        f"{path}/challenge", base_url=browser.base_url, data={"csrf_token": token}
    )
    assert answer.mimetype == "application/json", answer.status
    return json.loads(answer.get_data())


def send(
    browser: Browser, path: str, credential: str, status: int = 200, name: str = "Dienstrechner"
) -> Browser:
    token = browser.forms[0].find("input").get("value")
    data = {"csrf_token": token, "credential": credential, "name": name}
    return browser.request("POST", f"{path}/passkey", status, data=data)


def set_up_passkey(office: Office, email: str = EMAIL) -> SoftwarePasskey:
    """A device whose passkey was set up at the first login of this account."""
    device, browser = SoftwarePasskey(), log_in_with_password(office, email)
    assert (
        send(browser, SET_UP, device.register(request_challenge(browser, SET_UP))).page
        == "recovery-codes"
    )
    office.later(minutes=1)
    return device


def test_a_passkey_is_set_up_and_opens_the_office(office: Office) -> None:
    device = set_up_passkey(office)
    (known,) = store.accounts.get_second_factors(office.db, account(office).id).passkeys
    assert (known.name, known.used_at) == ("Dienstrechner", None)
    browser = log_in_with_password(office)
    send(browser, LOGIN, device.authenticate(request_challenge(browser, LOGIN)))
    assert browser.path == "/office/"
    (known,) = store.accounts.get_second_factors(office.db, account(office).id).passkeys
    assert (known.sign_count, known.used_at) == (1, office.now)


@pytest.mark.parametrize(("name", "told"), [("Mein 🧿", "🧿 (U+1F9FF"), ("x" * 81, "80")])
def test_a_name_that_cannot_be_kept_is_refused_at_its_field(
    office: Office, name: str, told: str
) -> None:
    device, browser = SoftwarePasskey(), log_in_with_password(office)
    send(browser, SET_UP, device.register(request_challenge(browser, SET_UP)), 422, name)
    assert not store.accounts.get_second_factors(office.db, account(office).id)
    assert told in browser.text
    assert name in {field.get("value") for field in browser.root.iter("input")}

    send(browser, SET_UP, device.register(request_challenge(browser, SET_UP)), name="Ďalší ✓")
    (known,) = store.accounts.get_second_factors(office.db, account(office).id).passkeys
    assert known.name == "Ďalší ✓"


def test_a_signed_challenge_counts_once(office: Office) -> None:
    device, browser = set_up_passkey(office), log_in_with_password(office)
    answer = device.authenticate(request_challenge(browser, LOGIN))
    send(browser, LOGIN, answer)
    send(log_in_with_password(office), LOGIN, answer, 403)


def test_only_the_newest_challenge_counts_and_for_five_minutes(office: Office) -> None:
    device, browser = set_up_passkey(office), log_in_with_password(office)
    challenge = request_challenge(browser, LOGIN)
    office.later(minutes=5)
    send(browser, LOGIN, device.authenticate(challenge), 403)
    older = request_challenge(browser, LOGIN)
    request_challenge(browser, LOGIN)
    send(browser, LOGIN, device.authenticate(older), 403)


def test_the_challenge_of_another_login_is_refused(office: Office) -> None:
    device = set_up_passkey(office)
    first = log_in_with_password(office)
    second = log_in_with_password(office)
    challenge = request_challenge(first, LOGIN)
    request_challenge(second, LOGIN)
    send(second, LOGIN, device.authenticate(challenge), 403)


def test_another_persons_passkey_is_refused(office: Office) -> None:
    set_up_passkey(office)
    other = set_up_passkey(office, OTHER)
    browser = log_in_with_password(office)
    send(browser, LOGIN, other.authenticate(request_challenge(browser, LOGIN)), 403)


@pytest.mark.parametrize(
    "forged", [{"origin": "https://localhost.example"}, {"host": "localhost.example"}]
)
def test_a_challenge_signed_for_another_site_is_refused(
    office: Office, forged: dict[str, str]
) -> None:
    device, browser = set_up_passkey(office), log_in_with_password(office)
    send(browser, LOGIN, device.authenticate(request_challenge(browser, LOGIN), **forged), 403)


def test_a_copied_passkey_that_counts_backwards_is_noticed(office: Office) -> None:
    device, browser = set_up_passkey(office), log_in_with_password(office)
    device.count = 7
    send(browser, LOGIN, device.authenticate(request_challenge(browser, LOGIN)))
    device.count, browser = 3, log_in_with_password(office)
    send(browser, LOGIN, device.authenticate(request_challenge(browser, LOGIN)), 403)


@pytest.mark.parametrize("credential", ["", "{", "[]", "{}", '{"id": 7}', "null", "x" * 30_000])
def test_malformed_credentials_are_refused(office: Office, credential: str) -> None:
    set_up_passkey(office)
    browser = log_in_with_password(office)
    request_challenge(browser, LOGIN)
    send(browser, LOGIN, credential, 403)


@pytest.mark.parametrize("credential", ["", "{", "[]", "{}", '{"id": 7}'])
def test_invalid_passkey_data_is_refused(office: Office, credential: str) -> None:
    browser = log_in_with_password(office)
    request_challenge(browser, SET_UP)
    send(browser, SET_UP, credential, 403)
    assert not store.accounts.get_second_factors(office.db, account(office).id)


def test_a_passkey_reauthenticates_before_an_action(office: Office) -> None:
    device, browser = set_up_passkey(office), log_in_with_password(office)
    send(browser, LOGIN, device.authenticate(request_challenge(browser, LOGIN)))
    office.later(minutes=11)
    browser.open("/office/account/second-factor")
    assert browser.page == "reauth"
    challenge = request_challenge(browser, "/office/reauth")
    token = browser.forms[0].find("input").get("value")
    data = {
        "csrf_token": token,
        "credential": device.authenticate(challenge),
        "next": "/office/account/second-factor",
    }
    assert browser.request("POST", "/office/reauth", 200, data=data).page == "two-factor-set-up"
