"""A password alone opens nothing: who has a second factor shows it, who has none sets one up before any page opens."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from signoff import actions, store
from signoff.config import load_settings
from signoff.domain.accounts import MAX_SECOND_FACTOR_DELAY, Role
from tests.browser import Browser, fields
from tests.web.office.office import Office
from tests.web.two_factor import (
    EMAIL,
    PASSWORD,
    account,
    events,
    office_with_two_factor,
    person,
    set_up,
    with_password,
)

CODE = "/login/second"


@pytest.fixture
def office(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Office]:
    made = office_with_two_factor(tmp_path, monkeypatch)
    yield made
    made.db.close()


def outside(browser: Browser) -> bool:
    return browser.client.get("/office/", base_url=browser.base_url).status_code == 303


def test_whoever_has_none_is_led_to_set_one_up_before_any_page_of_the_office(
    office: Office,
) -> None:
    browser = with_password(office)
    assert browser.page == "two-factor-set-up" and outside(browser)
    assert browser.open("/office/audit").path == "/login"
    assert store.accounts.list_active_sessions(office.db, account(office).id, office.now) == []


def test_after_setting_up_the_recovery_codes_are_shown_once_and_the_office_opens(
    office: Office,
) -> None:
    browser, _app, codes = set_up(office)
    assert browser.page == "recovery-codes" and len(set(codes)) == 10
    assert browser.follow("Ich habe die Codes aufbewahrt: weiter").path == "/office/audit"
    assert codes[0] not in browser.open("/office/account").text
    stored = [tuple(each) for each in office.db.conn.execute("SELECT * FROM recovery_codes")]
    assert len(stored) == 10 and codes[0] not in str(stored)


def test_no_secret_of_an_app_lies_in_the_database(office: Office) -> None:
    _browser, app, _codes = set_up(office)
    tables = office.db.table_names()
    stored = str(
        [
            [tuple(row) for row in office.db.conn.execute(f"SELECT * FROM {table}")]
            for table in tables
        ]
    )
    assert app.totp.secret not in stored and app.totp.byte_secret().hex() not in stored


def test_the_next_login_asks_for_the_code_and_then_leads_where_one_wanted_to_go(
    office: Office,
) -> None:
    _, app, _ = set_up(office)
    office.later(minutes=1)
    browser = with_password(office)
    assert browser.page == "two-factor" and outside(browser)
    browser.submit({"code": app.code}, action=CODE)
    assert browser.path == "/office/audit"


def test_a_code_counts_once(office: Office) -> None:
    _, app, _ = set_up(office)
    office.later(minutes=1)
    code = app.code
    with_password(office).submit({"code": code}, action=CODE)
    again = with_password(office).submit({"code": code}, action=CODE, status=403)
    assert "nur einmal" in again.text and outside(again)
    office.later(seconds=30)
    again.submit({"code": app.code}, action=CODE)
    assert not outside(again)


def test_the_code_of_the_set_up_counts_once_too(office: Office) -> None:
    _, app, _ = set_up(office)
    with_password(office).submit({"code": app.code}, action=CODE, status=403)


def test_a_code_of_yesterday_does_not_count(office: Office) -> None:
    _, app, _ = set_up(office)
    old = app.code
    office.later(minutes=2)
    with_password(office).submit({"code": old}, action=CODE, status=403)


@pytest.mark.parametrize("typed", ["lower", "spaces"])
def test_a_recovery_code_is_valid_once_in_any_spelling(office: Office, typed: str) -> None:
    _, _, codes = set_up(office)
    code = codes[3].lower() if typed == "lower" else f" {codes[3].replace('-', ' ')} "
    browser = with_password(office).submit({"code": code}, action=CODE)
    assert browser.path == "/office/audit"
    assert store.accounts.get_second_factors(office.db, account(office).id).recovery_codes_left == 9
    with_password(office).submit({"code": codes[3]}, action=CODE, status=403)


def test_guessing_codes_makes_the_wait_grow_to_an_hour(office: Office) -> None:
    _, app, _ = set_up(office)
    office.later(minutes=1)
    browser = with_password(office)
    for _each in range(5):
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
    with_password(office).submit({"code": app.code}, action=CODE)


def test_half_a_login_is_over_after_a_quarter_of_an_hour(office: Office) -> None:
    _, app, _ = set_up(office)
    browser = with_password(office)
    office.later(minutes=15)
    browser.submit({"code": app.code}, action=CODE)
    assert browser.path == "/login" and "gilt nicht mehr" in browser.text and outside(browser)


def test_a_second_click_on_the_code_finds_the_office_open(office: Office) -> None:
    """Both clicks carry the cookie of half a login; the second answer must not take away what the first brought."""
    _, app, _ = set_up(office)
    office.later(minutes=1)
    browser = with_password(office)
    half = browser.client.get_cookie("__Host-signoff", domain="localhost").value
    sent = {**fields(browser.form(CODE), {}), "code": app.code}
    browser.submit({"code": app.code}, action=CODE)
    whole = browser.client.get_cookie("__Host-signoff", domain="localhost").value
    browser.client.set_cookie("__Host-signoff", half, domain="localhost", secure=True)
    answer = browser.client.post(CODE, data=sent, base_url=browser.base_url)
    assert answer.status_code == 303 and "Set-Cookie" not in answer.headers
    browser.client.set_cookie("__Host-signoff", whole, domain="localhost", secure=True)
    assert browser.open(answer.headers["Location"]).path == "/office/audit"


def test_half_a_login_ends_with_its_account(office: Office) -> None:
    _, app, _ = set_up(office)
    actions.accounts.add(
        office.db, "zweite@forum.example", "Zweite", Role.ADMIN, "", "cli", office.now
    )
    office.later(minutes=1)
    browser = with_password(office)
    actions.accounts.disable(office.db, EMAIL, "cli", office.now)
    assert browser.submit({"code": app.code}, action=CODE).path == "/login"
    assert outside(browser)


def test_who_knows_only_the_password_cannot_add_a_factor_to_those_there_are(office: Office) -> None:
    thief = with_password(office)
    assert thief.page == "two-factor-set-up"
    form = thief.form("/set-up")
    set_up(office)
    office.later(minutes=1)
    assert form is not None
    thief.submit({"code": "123456"}, action="/login/second/set-up")
    assert thief.path == "/login" and outside(thief)
    thief = with_password(office)
    assert thief.page == "two-factor" and thief.open("/login/second/set-up").page == "two-factor"
    token = thief.form(CODE).find("input").get("value")
    thief.request("POST", "/login/second/set-up/challenge", 200, data={"csrf_token": token})
    assert thief.path == "/login"


def test_a_wrong_first_code_keeps_the_secret_that_was_shown(office: Office) -> None:
    browser = with_password(office)
    before = browser.form("/set-up").findall(".//input[@name='nonce']")[0].get("value")
    browser.submit({"code": "000000"}, action="/login/second/set-up", status=403)
    assert browser.title.startswith("Fehler:")
    assert browser.form("/set-up").findall(".//input[@name='nonce']")[0].get("value") == before
    assert not store.accounts.get_second_factors(office.db, account(office).id)


def test_the_login_gets_a_new_name_when_it_is_whole(office: Office) -> None:
    """What stood in the cookie before the second factor opens nothing afterwards."""
    _, app, _ = set_up(office)
    office.later(minutes=1)
    browser = with_password(office)
    half = browser.client.get_cookie("__Host-signoff", domain="localhost").value
    browser.submit({"code": app.code}, action=CODE)
    stranger = person(office)
    stranger.client.set_cookie("__Host-signoff", half, domain="localhost", secure=True)
    assert outside(stranger)


def test_a_login_is_journalled_when_it_is_whole(office: Office) -> None:
    with_password(office)
    assert "logged_in" not in events(office)
    set_up(office)
    assert events(office)[-2:] == ["account_changed", "logged_in"]


def test_a_reset_takes_the_factor_away_tells_the_person_and_a_new_one_is_set_up(
    office: Office,
) -> None:
    browser, _, codes = set_up(office)
    one, _generation = actions.accounts.reset(office.db, EMAIL, "cli", office.now)
    assert outside(browser)
    (pending,) = office.db.conn.execute("SELECT kind, account_id FROM outbox").fetchall()
    assert tuple(pending) == ("second_factor_reset", one.id)
    assert actions.accounts.set_password(
        office.db,
        one.id,
        store.accounts.get_generation(office.db, one.id),
        f"#{PASSWORD}",
        office.now,
    )
    assert with_password(office).page == "two-factor-set-up"
    assert codes


def test_it_is_on_unless_somebody_switches_it_off_and_off_in_the_demo(
    office: Office, tmp_path: Path
) -> None:
    (tmp_path / "keys.json").write_text('{"links": ["6c6c"], "cookies": ["6363"]}')
    told = {
        name: load_settings(tmp_path, {f"SIGNOFF_{name}": value})
        for name, value in (("DEMO", "off"), ("SECOND_FACTOR", "off"))
    }
    assert told["DEMO"].second_factor and not told["SECOND_FACTOR"].second_factor
    assert not load_settings(tmp_path, {"SIGNOFF_DEMO": "on"}).second_factor
    assert load_settings(
        tmp_path, {"SIGNOFF_DEMO": "on", "SIGNOFF_SECOND_FACTOR": "on"}
    ).second_factor


def test_a_proof_may_be_the_code_of_the_app(office: Office) -> None:
    browser, app, _ = set_up(office)
    office.later(minutes=11)
    assert browser.open("/office/account/second-factor").page == "reauth"
    browser.submit({"proof": "000000"}, action="/reauth", status=403)
    browser.submit({"proof": app.code}, action="/reauth")
    assert browser.page == "two-factor-set-up"


def test_the_only_factor_cannot_be_removed_and_new_codes_end_the_old(office: Office) -> None:
    browser, app, codes = set_up(office)
    page = browser.open("/office/account")
    assert "Entfernen" not in page.text and "noch 10 Codes" in page.text
    token = page.form("/codes").find("input").get("value")
    sent = {"csrf_token": token, "factor": "app"}
    assert (
        "einziger"
        in browser.request("POST", "/office/account/second-factor/remove", 409, data=sent).text
    )
    assert store.accounts.get_second_factors(office.db, account(office).id).authenticator
    browser.open("/office/account").submit(action="/codes")
    assert browser.page == "recovery-codes" and codes[0] not in browser.text
    with_password(office).submit({"code": codes[0]}, action=CODE, status=403)
    assert app
