"""Two-factor login: the office opens only after the second factor, and an account without one sets it up first."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from signoff import actions, store
from signoff.config import load_settings
from signoff.domain.accounts import MAX_SECOND_FACTOR_DELAY, Role
from signoff.store.connection import transaction
from signoff.tokens import TokenPurpose
from tests.browser import Browser, fields
from tests.web.office.office import Office
from tests.web.two_factor import (
    EMAIL,
    PASSWORD,
    account,
    anonymous_browser,
    log_in_with_password,
    office_with_two_factor,
    set_up,
)
from tests.world import write_keys

CODE = "/login/second"


@pytest.fixture
def office(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Office]:
    office = office_with_two_factor(tmp_path, monkeypatch)
    yield office
    office.db.close()


def is_logged_out(browser: Browser) -> bool:
    return browser.client.get("/office/", base_url=browser.base_url).status_code == 303


def test_an_account_without_a_second_factor_must_set_one_up_first(
    office: Office,
) -> None:
    browser = log_in_with_password(office)
    assert browser.page == "two-factor-set-up"
    assert is_logged_out(browser)
    assert browser.open("/office/audit").path == "/login"
    assert store.accounts.list_active_sessions(office.db, account(office).id, office.now) == []


def test_a_new_password_leads_to_the_second_factor_and_not_past_it(office: Office) -> None:
    set_up(office)
    with transaction(office.db):
        store.accounts.save(office.db, replace(account(office), invited_at=office.now))
    generation = store.accounts.get_generation(office.db, account(office).id)
    token = office.services.token_signer.sign(
        TokenPurpose.STAFF, str(account(office).id), generation
    )
    browser = anonymous_browser(office).open(f"/login/set-up/{token}")
    browser.submit({"password": "vier andere Wörter im Satz"})
    assert browser.path == CODE
    assert is_logged_out(browser)


def test_recovery_codes_appear_once_after_the_set_up(
    office: Office,
) -> None:
    browser, _app, codes = set_up(office)
    assert browser.page == "recovery-codes"
    assert len(set(codes)) == 10
    assert browser.follow("Ich habe die Codes aufbewahrt: weiter").path == "/office/audit"
    assert codes[0] not in browser.open("/office/account").text
    stored = [tuple(row) for row in office.db.conn.execute("SELECT * FROM recovery_codes")]
    assert len(stored) == 10
    assert codes[0] not in str(stored)


def test_no_secret_of_an_app_is_stored_in_plain_text(office: Office) -> None:
    _browser, app, _codes = set_up(office)
    tables = office.db.table_names()
    stored = str(
        [
            [tuple(row) for row in office.db.conn.execute(f"SELECT * FROM {table}")]
            for table in tables
        ]
    )
    assert app.totp.secret not in stored
    assert app.totp.byte_secret().hex() not in stored


def test_the_next_login_asks_for_the_code_and_leads_to_the_requested_page(
    office: Office,
) -> None:
    _, app, _ = set_up(office)
    office.later(minutes=1)
    browser = log_in_with_password(office)
    assert browser.page == "two-factor"
    assert is_logged_out(browser)
    browser.submit({"code": app.code}, action=CODE)
    assert browser.path == "/office/audit"


def test_a_code_counts_once(office: Office) -> None:
    _, app, _ = set_up(office)
    office.later(minutes=1)
    code = app.code
    log_in_with_password(office).submit({"code": code}, action=CODE)
    second = log_in_with_password(office).submit({"code": code}, action=CODE, status=403)
    assert "nur einmal" in second.text
    assert is_logged_out(second)
    office.later(seconds=30)
    second.submit({"code": app.code}, action=CODE)
    assert not is_logged_out(second)


def test_the_code_of_the_set_up_counts_once_too(office: Office) -> None:
    _, app, _ = set_up(office)
    log_in_with_password(office).submit({"code": app.code}, action=CODE, status=403)


def test_an_old_code_does_not_count(office: Office) -> None:
    _, app, _ = set_up(office)
    old = app.code
    office.later(minutes=2)
    log_in_with_password(office).submit({"code": old}, action=CODE, status=403)


@pytest.mark.parametrize("spelling", ["lower", "spaces"])
def test_a_recovery_code_is_valid_once_in_any_spelling(office: Office, spelling: str) -> None:
    _, _, codes = set_up(office)
    code = codes[3].lower() if spelling == "lower" else f" {codes[3].replace('-', ' ')} "
    browser = log_in_with_password(office).submit({"code": code}, action=CODE)
    assert browser.path == "/office/audit"
    assert store.accounts.get_second_factors(office.db, account(office).id).recovery_codes_left == 9
    log_in_with_password(office).submit({"code": codes[3]}, action=CODE, status=403)


def test_wrong_codes_increase_the_wait_to_an_hour(office: Office) -> None:
    _, app, _ = set_up(office)
    office.later(minutes=1)
    browser = log_in_with_password(office)
    for _ in range(5):
        browser.submit({"code": "000000"}, action=CODE, status=403)
    waits = []
    while not waits or waits[-1] < 64:
        browser.submit({"code": app.code}, action=CODE, status=429)
        waits.append(int(browser.response.headers["Retry-After"]))
        office.later(seconds=waits[-1])
        browser.submit({"code": "000000"}, action=CODE, status=403)
    assert waits == [1, 2, 4, 8, 16, 32, 64]
    assert MAX_SECOND_FACTOR_DELAY.total_seconds() == 3600
    office.later(hours=1)
    log_in_with_password(office).submit({"code": app.code}, action=CODE)


def test_a_thief_of_the_password_keeps_no_known_device_out(office: Office) -> None:
    """Nobody locks the second factor or the recovery codes elsewhere."""
    owner, app, codes = set_up(office)
    office.later(minutes=1)
    thief = log_in_with_password(office)
    for _ in range(5):
        thief.submit({"code": "000000"}, action=CODE, status=403)
    thief.submit({"code": app.code}, action=CODE, status=429)
    for secret in (app.code, codes[0]):
        token = fields(owner.open("/office/").form("/logout"), {})["csrf_token"]
        owner.request("POST", "/logout", 200, data={"csrf_token": token})
        owner.open("/login").submit({"email": EMAIL, "password": PASSWORD})
        owner.submit({"code": secret}, action=CODE)
        assert not is_logged_out(owner)


def test_a_login_without_the_second_factor_expires_after_fifteen_minutes(office: Office) -> None:
    _, app, _ = set_up(office)
    browser = log_in_with_password(office)
    office.later(minutes=15)
    browser.submit({"code": app.code}, action=CODE)
    assert browser.path == "/login"
    assert "gilt nicht mehr" in browser.text
    assert is_logged_out(browser)


def test_a_second_click_on_the_code_does_not_end_the_login(office: Office) -> None:
    """Both requests send the cookie from before the second factor; the second response must not replace the new one."""
    _, app, _ = set_up(office)
    office.later(minutes=1)
    browser = log_in_with_password(office)
    old_cookie = browser.client.get_cookie("__Host-signoff", domain="localhost").value
    data = {**fields(browser.form(CODE), {}), "code": app.code}
    browser.submit({"code": app.code}, action=CODE)
    new_cookie = browser.client.get_cookie("__Host-signoff", domain="localhost").value
    browser.client.set_cookie("__Host-signoff", old_cookie, domain="localhost", secure=True)
    answer = browser.client.post(CODE, data=data, base_url=browser.base_url)
    assert answer.status_code == 303
    assert "Set-Cookie" not in answer.headers
    browser.client.set_cookie("__Host-signoff", new_cookie, domain="localhost", secure=True)
    assert browser.open(answer.headers["Location"]).path == "/office/audit"


def test_a_login_without_the_second_factor_ends_with_its_account(office: Office) -> None:
    _, app, _ = set_up(office)
    actions.accounts.add(
        office.db, "zweite@forum.example", "Zweite", Role.ADMIN, "", "cli", office.now
    )
    office.later(minutes=1)
    browser = log_in_with_password(office)
    actions.accounts.disable(office.db, EMAIL, "cli", office.now)
    assert browser.submit({"code": app.code}, action=CODE).path == "/login"
    assert is_logged_out(browser)


def test_a_password_alone_cannot_add_a_second_factor(office: Office) -> None:
    attacker = log_in_with_password(office)
    assert attacker.page == "two-factor-set-up"
    form = attacker.form("/set-up")
    set_up(office)
    office.later(minutes=1)
    assert form is not None
    attacker.submit({"code": "123456"}, action="/login/second/set-up")
    assert attacker.path == "/login"
    assert is_logged_out(attacker)
    attacker = log_in_with_password(office)
    assert attacker.page == "two-factor"
    assert attacker.open("/login/second/set-up").page == "two-factor"
    token = attacker.form(CODE).find("input").get("value")
    attacker.request("POST", "/login/second/set-up/challenge", 200, data={"csrf_token": token})
    assert attacker.path == "/login"


def test_a_wrong_first_code_keeps_the_secret(office: Office) -> None:
    browser = log_in_with_password(office)
    before = browser.form("/set-up").findall(".//input[@name='nonce']")[0].get("value")
    browser.submit({"code": "000000"}, action="/login/second/set-up", status=403)
    assert browser.title.startswith("Fehler:")
    assert browser.form("/set-up").findall(".//input[@name='nonce']")[0].get("value") == before
    assert not store.accounts.get_second_factors(office.db, account(office).id)


def test_the_session_gets_a_new_id_with_the_second_factor(office: Office) -> None:
    """The cookie from before the second factor opens no page afterwards."""
    _, app, _ = set_up(office)
    office.later(minutes=1)
    browser = log_in_with_password(office)
    old_cookie = browser.client.get_cookie("__Host-signoff", domain="localhost").value
    browser.submit({"code": app.code}, action=CODE)
    stranger = anonymous_browser(office)
    stranger.client.set_cookie("__Host-signoff", old_cookie, domain="localhost", secure=True)
    assert is_logged_out(stranger)


def test_a_login_is_logged_when_it_is_complete(office: Office) -> None:
    log_in_with_password(office)
    assert "logged_in" not in office.events()
    set_up(office)
    assert office.events()[-2:] == ["account_changed", "logged_in"]


def test_a_reset_removes_the_factor_and_notifies_the_owner(
    office: Office,
) -> None:
    browser, _, codes = set_up(office)
    owner, _generation = actions.accounts.reset(office.db, EMAIL, "cli", office.now)
    assert is_logged_out(browser)
    (pending,) = office.db.conn.execute("SELECT kind, account_id FROM outbox").fetchall()
    assert tuple(pending) == ("second_factor_reset", owner.id)
    assert actions.accounts.set_password(
        office.db,
        owner.id,
        store.accounts.get_generation(office.db, owner.id),
        f"#{PASSWORD}",
        office.now,
    )
    assert log_in_with_password(office).page == "two-factor-set-up"
    assert codes


def test_the_second_factor_is_required_by_default_but_not_in_the_demo(
    office: Office, tmp_path: Path
) -> None:
    write_keys(tmp_path)
    settings = {
        name: load_settings(tmp_path, {f"SIGNOFF_{name}": value})
        for name, value in (("DEMO", "off"), ("SECOND_FACTOR", "off"))
    }
    assert settings["DEMO"].second_factor
    assert not settings["SECOND_FACTOR"].second_factor
    assert not load_settings(tmp_path, {"SIGNOFF_DEMO": "on"}).second_factor
    assert load_settings(
        tmp_path, {"SIGNOFF_DEMO": "on", "SIGNOFF_SECOND_FACTOR": "on"}
    ).second_factor


def test_the_code_of_the_app_reauthenticates(office: Office) -> None:
    browser, app, _ = set_up(office)
    office.later(minutes=11)
    assert browser.open("/office/account/second-factor").page == "reauth"
    browser.submit({"proof": "000000"}, action="/reauth", status=403)
    browser.submit({"proof": app.code}, action="/reauth")
    assert browser.page == "two-factor-set-up"


def test_the_only_factor_cannot_be_removed_and_new_codes_end_the_old(office: Office) -> None:
    browser, app, codes = set_up(office)
    page = browser.open("/office/account")
    assert "Entfernen" not in page.text
    assert "noch 10 Codes" in page.text
    token = page.form("/codes").find("input").get("value")
    data = {"csrf_token": token, "factor": "app"}
    assert (
        "einziger"
        in browser.request("POST", "/office/account/second-factor/remove", 409, data=data).text
    )
    assert store.accounts.get_second_factors(office.db, account(office).id).authenticator
    browser.open("/office/account").submit(action="/codes")
    assert browser.page == "recovery-codes"
    assert codes[0] not in browser.text
    log_in_with_password(office).submit({"code": codes[0]}, action=CODE, status=403)
    assert app
