"""The user's own account: forgotten and changed passwords, and sessions."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from signoff import actions, security, store
from signoff.domain.accounts import Role
from signoff.domain.errors import Reason, Refusal
from signoff.store.connection import transaction
from signoff.tokens import TokenPurpose
from signoff.web.login import describe_device
from signoff.web.office.accounts import hash_session_id
from tests.browser import Browser
from tests.web.office.office import Office
from tests.web.two_factor import (
    EMAIL,
    NEW_PASSWORD,
    PASSWORD,
    account,
    anonymous_browser,
    log_in_with_password,
    office_with_two_factor,
)

FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:128.0) Gecko/20100101 Firefox/128.0"
EDGE = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 "
    "(KHTML, like Gecko) Chrome/130 Safari/537.36 Edg/130"
)
IPAD = "Mozilla/5.0 (iPad; CPU OS 17_0 like Mac OS X) AppleWebKit/605.1 (KHTML, like Gecko) Version/17 Safari/604.1"


@pytest.fixture
def office(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Office]:
    office = office_with_two_factor(tmp_path, monkeypatch, second_factor=False)
    yield office
    office.db.close()


def list_password_links(office: Office) -> list[str]:
    """The enqueued links to a new password, the newest last."""
    numbers = office.db.conn.execute(
        "SELECT number FROM outbox WHERE kind = 'password_link' ORDER BY id"
    ).fetchall()
    generation = store.accounts.get_generation(office.db, account(office).id)
    return [
        f"/login/password/{office.services.token_signer.sign(TokenPurpose.PASSWORD, str(n), generation)}"
        for (n,) in numbers
    ]


def request_password_link(office: Office, email: str = EMAIL) -> Browser:
    return (
        anonymous_browser(office)
        .open("/login")
        .follow("Passwort vergessen")
        .submit({"email": email})
    )


def has_password(office: Office, password: str) -> bool:
    return security.verify_password(account(office).password_hash, password)


# forgotten passwords


def test_a_forgotten_password_is_renewed_by_mail(office: Office) -> None:
    request_password_link(office, f" {EMAIL.upper()} ")
    (link,) = list_password_links(office)
    browser = anonymous_browser(office).open(link).submit({"password": NEW_PASSWORD})
    assert browser.path == "/office/"
    assert has_password(office, NEW_PASSWORD)
    assert not has_password(office, PASSWORD)
    assert log_in_with_password(office, password=NEW_PASSWORD).path == "/office/audit"


def test_the_page_does_not_reveal_whether_an_account_exists(office: Office) -> None:
    known = request_password_link(office)
    unknown = request_password_link(office, "niemand@forum.example")
    assert known.text == unknown.text
    assert known.path == unknown.path
    assert len(list_password_links(office)) == 1
    rows = office.db.conn.execute("SELECT COUNT(*) FROM password_reset_requests").fetchone()[0]
    assert rows == 2
    assert office.events()[-2:] == ["password_requested"] * 2


def test_a_link_works_once_and_for_an_hour(office: Office) -> None:
    request_password_link(office)
    (link,) = list_password_links(office)
    anonymous_browser(office).open(link)
    office.later(minutes=59)
    browser = anonymous_browser(office).open(link)
    office.later(minutes=1)
    browser.submit({"password": NEW_PASSWORD}, status=404)
    anonymous_browser(office).open(link, 404)
    request_password_link(office)
    link = list_password_links(office)[-1]
    anonymous_browser(office).open(link).submit({"password": NEW_PASSWORD})
    anonymous_browser(office).open(link, 404)


def test_a_password_link_is_valid_for_nothing_else(office: Office) -> None:
    request_password_link(office)
    anonymous_browser(office).open(
        list_password_links(office)[0].replace("/password/", "/set-up/"), 404
    )


def test_repeated_requests_send_one_mail_in_five_minutes_and_five_a_day(
    office: Office,
) -> None:
    for _ in range(3):
        request_password_link(office)
    assert len(list_password_links(office)) == 1
    for _ in range(10):
        office.later(minutes=5)
        request_password_link(office)
    assert len(list_password_links(office)) == 5
    office.later(hours=24)
    request_password_link(office)
    assert len(list_password_links(office)) == 6


def lock_account(office: Office) -> None:
    with transaction(office.db):
        store.accounts.save(office.db, replace(account(office), disabled_at=office.now))


def test_a_locked_account_gets_no_link(office: Office) -> None:
    lock_account(office)
    request_password_link(office)
    assert list_password_links(office) == []


def test_a_new_password_through_the_mail_ends_every_session_and_tells_the_owner(
    office: Office,
) -> None:
    before = log_in_with_password(office)
    request_password_link(office)
    anonymous_browser(office).open(list_password_links(office)[0]).submit(
        {"password": NEW_PASSWORD}
    )
    assert before.open("/office/").path == "/login"
    kinds = [
        kind for (kind,) in office.db.conn.execute("SELECT kind FROM outbox ORDER BY id").fetchall()
    ]
    assert kinds == ["password_link", "password_changed"]


@pytest.mark.parametrize(
    "bad", ["zu kurz", "passwortpasswort", "qwertzuiopasdfghjkl", "abcabcabcabcabcabc"]
)
def test_a_bad_new_password_is_refused_and_the_link_stays_valid(office: Office, bad: str) -> None:
    request_password_link(office)
    browser = (
        anonymous_browser(office)
        .open(list_password_links(office)[0])
        .submit({"password": bad}, status=422)
    )
    assert browser.title.startswith("Fehler:")
    assert browser.submit({"password": NEW_PASSWORD}).path == "/office/"


# changed passwords


def test_changing_the_password_ends_the_other_sessions(office: Office) -> None:
    browser, other_browser = log_in_with_password(office), log_in_with_password(office)
    browser.open("/office/account/password").submit(
        {"current": PASSWORD, "password": NEW_PASSWORD}, action="/password"
    )
    assert browser.page == "own-account"
    assert "Das neue Passwort gilt" in browser.text
    assert has_password(office, NEW_PASSWORD)
    assert other_browser.open("/office/").path == "/login"


def test_the_current_password_is_required_and_guessing_is_slow(office: Office) -> None:
    browser = log_in_with_password(office).open("/office/account/password")
    for _ in range(5):
        browser.submit(
            {"current": "falsch", "password": NEW_PASSWORD}, action="/password", status=422
        )
    browser.submit({"current": PASSWORD, "password": NEW_PASSWORD}, action="/password", status=429)
    assert has_password(office, PASSWORD)


def test_password_fields_allow_pasting_and_have_autocomplete_attributes(
    office: Office,
) -> None:
    page = log_in_with_password(office).open("/office/account/password")
    inputs = {field.get("name"): field for field in page.form("/password").iter("input")}
    assert inputs["current"].get("autocomplete") == "current-password"
    assert inputs["password"].get("autocomplete") == "new-password"
    assert not any(
        name in field.attrib
        for field in inputs.values()
        for name in ("onpaste", "maxlength", "readonly")
    )


def test_a_viewer_may_change_their_own_password(office: Office) -> None:
    viewer = office.browser(Role.VIEWER).open("/office/account/password")
    viewer.submit({"current": "falsch", "password": NEW_PASSWORD}, action="/password", status=422)
    assert "stimmt nicht" in viewer.text


def test_the_password_of_an_account_locked_meanwhile_is_not_set(office: Office) -> None:
    request_password_link(office)
    (link,) = list_password_links(office)
    lock_account(office)
    anonymous_browser(office).open(link, 404)
    assert not actions.login.reset_password(office.db, 1, "#x", office.now)


# sessions


def session(office: Office, agent: str) -> Browser:
    browser = anonymous_browser(office)
    browser.client.environ_base["HTTP_USER_AGENT"] = agent
    return browser.open("/login?next=/office/account").submit(
        {"email": EMAIL, "password": PASSWORD}
    )


def test_the_account_page_lists_and_ends_sessions(office: Office) -> None:
    other_browser = session(office, FIREFOX)
    office.later(minutes=3)
    browser = session(office, IPAD)
    assert "Firefox, Windows" in browser.text
    assert "Safari, iPad (diese Sitzung)" in browser.text
    sessions = [
        form for form in browser.forms if (form.get("action") or "").endswith("/account/sessions")
    ]
    offered = [
        field.get("value")
        for form in sessions
        for field in form.iter("input")
        if field.get("name") == "session"
    ]
    assert offered[-1] == "others"
    assert len(offered) == 2
    token = sessions[0].find("input").get("value")
    browser.request(
        "POST", "/office/account/sessions", 200, data={"csrf_token": token, "session": offered[0]}
    )
    assert other_browser.open("/office/").path == "/login"
    assert "Firefox" not in browser.open("/office/account").text


def test_all_other_sessions_can_be_ended_at_once(office: Office) -> None:
    others = [session(office, FIREFOX), session(office, EDGE)]
    browser = session(office, IPAD)
    token = browser.forms[0].find("input").get("value")
    browser.request(
        "POST", "/office/account/sessions", 200, data={"csrf_token": token, "session": "others"}
    )
    assert browser.page == "own-account"
    assert [other.open("/office/").path for other in others] == ["/login", "/login"]


def test_the_session_of_another_account_cannot_be_ended(office: Office) -> None:
    other, browser = office.browser(Role.EDITOR), session(office, IPAD)
    (theirs,) = store.accounts.list_active_sessions(
        office.db, account(office, "editor@forum.example").id, office.now
    )
    token = browser.forms[0].find("input").get("value")
    data = {"csrf_token": token, "session": hash_session_id(theirs.id)}
    browser.request("POST", "/office/account/sessions", 200, data=data)
    assert other.open("/office/").path == "/office/"


@pytest.mark.parametrize(
    ("agent", "name"),
    [
        (FIREFOX, "Firefox, Windows"),
        (EDGE, "Edge, Windows"),
        (IPAD, "Safari, iPad"),
        ("curl/8.5", ""),
        ("", ""),
    ],
)
def test_a_device_is_named_after_browser_and_system(agent: str, name: str) -> None:
    assert describe_device(agent) == name


def test_a_common_password_is_refused_in_any_spelling() -> None:
    for bad in ("CorrectHorseBatteryStaple", "Passwort12345678", "1234567890123456"):
        with pytest.raises(Refusal) as refused:
            security.hash_password(bad)
        assert refused.value.reason is Reason.PASSWORD_COMMON
