"""Passkeys: each question stands once, for one login, one host and one account."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from signoff import actions, store
from signoff.domain.accounts import Role
from tests.browser import Browser
from tests.web.office.office import Office
from tests.web.software_passkey import SoftwarePasskey
from tests.web.two_factor import EMAIL, PASSWORD, account, office_with_two_factor, with_password

OTHER = "zweite@forum.example"
NEW, KNOWN = "/login/second/set-up", "/login/second"


@pytest.fixture
def office(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Office]:
    made = office_with_two_factor(tmp_path, monkeypatch)
    actions.accounts.add(made.db, OTHER, "Zweite", Role.ADMIN, f"#{PASSWORD}", "cli", made.now)
    yield made
    made.db.close()


def question(browser: Browser, path: str) -> dict:
    token = browser.forms[0].find("input").get("value")
    answer = browser.client.post(
        f"{path}/challenge", base_url=browser.base_url, data={"csrf_token": token}
    )
    assert answer.mimetype == "application/json", answer.status
    return json.loads(answer.get_data())


def send(browser: Browser, path: str, credential: str, status: int = 200) -> Browser:
    token = browser.forms[0].find("input").get("value")
    sent = {"csrf_token": token, "credential": credential, "name": "Dienstrechner"}
    return browser.request("POST", f"{path}/passkey", status, data=sent)


def owner(office: Office, email: str = EMAIL) -> SoftwarePasskey:
    """The device of somebody who has set up her passkey at her first login."""
    device, browser = SoftwarePasskey(), with_password(office, email)
    assert send(browser, NEW, device.made(question(browser, NEW))).page == "recovery-codes"
    office.later(minutes=1)
    return device


def test_a_passkey_is_set_up_and_opens_the_office(office: Office) -> None:
    device = owner(office)
    (known,) = store.accounts.get_second_factors(office.db, account(office).id).passkeys
    assert (known.name, known.used_at) == ("Dienstrechner", None)
    browser = with_password(office)
    send(browser, KNOWN, device.shown(question(browser, KNOWN)))
    assert browser.path == "/office/"
    (known,) = store.accounts.get_second_factors(office.db, account(office).id).passkeys
    assert (known.sign_count, known.used_at) == (1, office.now)


def test_an_answer_counts_once(office: Office) -> None:
    device, browser = owner(office), with_password(office)
    answer = device.shown(question(browser, KNOWN))
    send(browser, KNOWN, answer)
    send(with_password(office), KNOWN, answer, 403)


def test_a_question_stands_for_five_minutes_and_the_newest_alone(office: Office) -> None:
    device, browser = owner(office), with_password(office)
    challenge = question(browser, KNOWN)
    office.later(minutes=5)
    send(browser, KNOWN, device.shown(challenge), 403)
    older = question(browser, KNOWN)
    question(browser, KNOWN)
    send(browser, KNOWN, device.shown(older), 403)


def test_the_question_of_one_login_does_not_serve_another(office: Office) -> None:
    device, one, other = owner(office), with_password(office), with_password(office)
    challenge = question(one, KNOWN)
    question(other, KNOWN)
    send(other, KNOWN, device.shown(challenge), 403)


def test_another_persons_passkey_opens_nothing(office: Office) -> None:
    owner(office)
    other = owner(office, OTHER)
    browser = with_password(office)
    send(browser, KNOWN, other.shown(question(browser, KNOWN)), 403)


@pytest.mark.parametrize(
    "forged", [{"origin": "https://localhost.example"}, {"host": "localhost.example"}]
)
def test_an_answer_given_to_another_site_opens_nothing(
    office: Office, forged: dict[str, str]
) -> None:
    device, browser = owner(office), with_password(office)
    send(browser, KNOWN, device.shown(question(browser, KNOWN), **forged), 403)


def test_a_copied_passkey_that_counts_backwards_is_noticed(office: Office) -> None:
    device, browser = owner(office), with_password(office)
    device.count = 7
    send(browser, KNOWN, device.shown(question(browser, KNOWN)))
    device.count, browser = 3, with_password(office)
    send(browser, KNOWN, device.shown(question(browser, KNOWN)), 403)


@pytest.mark.parametrize("credential", ["", "{", "[]", "{}", '{"id": 7}', "null", "x" * 30_000])
def test_what_no_device_sends_is_refused(office: Office, credential: str) -> None:
    owner(office)
    browser = with_password(office)
    question(browser, KNOWN)
    send(browser, KNOWN, credential, 403)


@pytest.mark.parametrize("credential", ["", "{", "[]", "{}", '{"id": 7}'])
def test_invalid_passkey_data_is_refused(office: Office, credential: str) -> None:
    browser = with_password(office)
    question(browser, NEW)
    send(browser, NEW, credential, 403)
    assert not store.accounts.get_second_factors(office.db, account(office).id)


def test_a_passkey_reauthenticates_before_an_action(office: Office) -> None:
    device, browser = owner(office), with_password(office)
    send(browser, KNOWN, device.shown(question(browser, KNOWN)))
    office.later(minutes=11)
    browser.open("/office/account/second-factor")
    assert browser.page == "reauth"
    challenge = question(browser, "/office/reauth")
    token = browser.forms[0].find("input").get("value")
    sent = {
        "csrf_token": token,
        "credential": device.shown(challenge),
        "next": "/office/account/second-factor",
    }
    assert browser.request("POST", "/office/reauth", 200, data=sent).page == "two-factor-set-up"
