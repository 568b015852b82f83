"""The office's way in: sessions on the server, a growing wait, and the same answer to a stranger."""

from datetime import timedelta

import pytest
from argon2 import extract_parameters
from flask import Flask
from flask_login import login_required

from signoff import actions, security, store
from signoff.domain.accounts import MAX_LOGIN_DELAY, Account, Role, compute_login_delay
from signoff.tokens import TokenPurpose as Salt
from tests.browser import Browser
from tests.conftest import PRODUCTION_HASHER
from tests.world import World

ADDRESS, PASSWORD = "leitung@forum.example", "vier Wörter ohne Zusammenhang"
HASH = security.hash_password(PASSWORD)
ROOM = "/room"  # a page of the office's, where the office is not the point


@pytest.fixture
def account(world: World) -> Account:
    actions.accounts.add(
        world.db, "zweite@forum.example", "Zweite", Role.ADMIN, HASH, "cli", world.now
    )
    return actions.accounts.add(world.db, ADDRESS, "Leitung", Role.EDITOR, HASH, "cli", world.now)


@pytest.fixture
def app(world: World, account: Account) -> Flask:
    made = world.build_app()
    made.add_url_rule(ROOM, "room", login_required(lambda: "inside"))
    return made


@pytest.fixture
def browser(world: World, app: Flask) -> Browser:
    return world.browser(app)


def enter(
    browser: Browser,
    status: int = 200,
    *,
    email: str = ADDRESS,
    password: str = PASSWORD,
    to: str = ROOM,
):
    return browser.open(f"/login?next={to}").submit(
        {"email": email, "password": password}, status=status
    )


def inside(browser: Browser) -> bool:
    answer = browser.client.get(ROOM, base_url=browser.base_url)
    if answer.status_code == 302:
        assert answer.headers["Location"].startswith("/login")
    return answer.text == "inside"


def entered(browser: Browser) -> Browser:
    """Logged in. The room is no page of ours, so the browser is led to one that is."""
    return enter(browser, to="/privacy")


def test_the_right_password_logs_in(browser: Browser) -> None:
    assert not inside(browser)
    assert entered(browser).path == "/privacy"
    assert inside(browser)


@pytest.mark.parametrize("email", [ADDRESS.upper(), f"  {ADDRESS} "])
def test_an_address_is_known_in_any_case(browser: Browser, email: str) -> None:
    enter(browser, email=email, to="/privacy")
    assert inside(browser)


def test_the_cookie_is_bound_to_this_host_and_holds_no_account(
    browser: Browser, account: Account
) -> None:
    browser.open("/login?next=/privacy")
    answer = browser.client.post(
        "/login",
        data={**browser.values, "email": ADDRESS, "password": PASSWORD},
        base_url=browser.base_url,
    )
    cookie = answer.headers["Set-Cookie"]
    assert cookie.startswith("__Host-signoff=")
    assert {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"} <= set(cookie.split("; "))
    with browser.client.session_transaction(base_url=browser.base_url) as kept:
        assert (
            set(kept) <= {"_user_id", "_fresh", "_id", "csrf_token"} and len(kept["_user_id"]) >= 43
        )


def test_a_login_changes_the_forms_secret(browser: Browser) -> None:
    before = browser.open("/login").values["csrf_token"]
    entered(browser)
    browser.request("POST", "/logout", 400, data={"csrf_token": before})


def test_an_unknown_address_gets_the_same_answer_by_the_same_way(
    browser: Browser, monkeypatch
) -> None:
    asked = []
    monkeypatch.setattr(
        security, "verify_password", lambda stored, password: asked.append(stored) or False
    )
    known = enter(browser, 403, password="falsch").text
    unknown = enter(browser, 403, email="niemand@forum.example", password="falsch").text
    assert known == unknown
    assert asked == [HASH, ""]


def test_a_password_is_verified_even_where_there_is_none() -> None:
    assert not security.verify_password("", PASSWORD)
    dummy, real = extract_parameters(security.DUMMY_HASH), PRODUCTION_HASHER
    assert dummy.memory_cost == real.memory_cost
    assert (dummy.time_cost, dummy.parallelism) == (real.time_cost, real.parallelism)


def test_ten_wrong_passwords_make_the_wait_grow(
    world: World, browser: Browser, monkeypatch
) -> None:
    monkeypatch.setattr(security, "verify_password", lambda stored, password: password == PASSWORD)
    waits = []
    for _ in range(10):
        browser.open("/login?next=/privacy")
        answer = browser.submit({"email": ADDRESS, "password": "falsch"}, status=403)
        answer = (
            browser.client.post(
                "/login",
                data={**answer.values, "email": ADDRESS, "password": PASSWORD},
                base_url=browser.base_url,
            )
            if len(waits) >= 4
            else None
        )
        if answer is None:
            waits.append(0)
            continue
        assert answer.status_code == 429 and "Zu viele Fehlversuche" in answer.text
        waits.append(int(answer.headers["Retry-After"]))
        world.now += timedelta(seconds=waits[-1])
    assert waits == [0, 0, 0, 0, 1, 2, 4, 8, 16, 32]
    assert entered(browser).path == "/privacy"


def test_a_strangers_tries_delay_the_owner_by_a_minute_at_most(
    world: World, account: Account
) -> None:
    assert compute_login_delay(10_000) == MAX_LOGIN_DELAY == timedelta(minutes=1)


def test_an_unknown_address_waits_as_well(world: World, browser: Browser, monkeypatch) -> None:
    monkeypatch.setattr(security, "verify_password", lambda stored, password: False)
    for _ in range(5):
        enter(browser, 403, email="niemand@forum.example")
    enter(browser, 429, email="niemand@forum.example")
    enter(browser, 403)


def test_logging_out_ends_the_session_on_the_server(browser: Browser) -> None:
    entered(browser)
    cookie = browser.client.get_cookie("__Host-signoff", domain="localhost").value
    token = browser.open("/verify").values["csrf_token"]
    browser.request("POST", "/logout", 200, data={"csrf_token": token})
    assert not inside(browser)
    browser.client.set_cookie("__Host-signoff", cookie, domain="localhost", secure=True)
    assert not inside(browser)


def test_a_session_ends_when_idle(world: World, browser: Browser) -> None:
    entered(browser)
    world.now += timedelta(minutes=29)
    assert inside(browser)
    world.now += timedelta(minutes=29)
    assert inside(browser)
    world.now += timedelta(minutes=31)
    assert not inside(browser)


def test_a_session_ends_after_half_a_day_however_busy(world: World, browser: Browser) -> None:
    entered(browser)
    for _ in range(12 * 60 // 20 - 1):
        world.now += timedelta(minutes=20)
        assert inside(browser)
    world.now += timedelta(minutes=20)
    assert not inside(browser)


def test_a_disabled_account_is_out_at_once_and_stays_out(world: World, browser: Browser) -> None:
    entered(browser)
    actions.accounts.disable(world.db, ADDRESS, "cli", world.now)
    assert not inside(browser)
    enter(browser, 403)


STRANGE = [
    "https://elsewhere.example",
    "//elsewhere.example",
    "/\\elsewhere.example",
    "\\\\elsewhere.example",
    "elsewhere",
]
STRANGE += [
    "javascript:alert(1)",
    "/%09/elsewhere.example",
    "/\telsewhere.example",
    " //elsewhere.example",
]


@pytest.mark.parametrize("to", STRANGE)
def test_nobody_is_sent_elsewhere_after_the_login(browser: Browser, to: str) -> None:
    browser.open("/login")
    sent = {**browser.values, "email": ADDRESS, "password": PASSWORD, "next": to}
    answer = browser.client.post("/login", data=sent, base_url=browser.base_url)
    assert answer.status_code == 303
    target = answer.headers["Location"]
    assert target == "/office/" or (target.startswith("/") and target[1:2] not in ("/", "\\", "\t"))
    assert "\t" not in target


# the set-up link


def set_up(world: World, account: Account) -> str:
    token = world.services.token_signer.sign(
        Salt.STAFF, str(account.id), store.accounts.get_generation(world.db, account.id)
    )
    return f"/login/set-up/{token}"


def test_a_set_up_link_works_once(world: World, browser: Browser, account: Account) -> None:
    link = set_up(world, account)
    browser.open(link).submit({"password": "ein anderes langes Passwort"})
    assert browser.path == "/login"
    browser.open(link, 404)
    enter(browser, 403)
    enter(browser, password="ein anderes langes Passwort", to="/privacy")
    assert inside(browser)


def test_opening_a_set_up_link_uses_nothing_up(
    world: World, browser: Browser, account: Account
) -> None:
    link = set_up(world, account)
    for _ in range(20):
        browser.open(link)
    assert browser.submit({"password": "ein anderes langes Passwort"}).path == "/login"


@pytest.mark.parametrize("password", ["", "kurz", "vierzehn Zeich", "aaaaaaaaaaaaaaaaaaaa"])
def test_a_weak_password_is_refused_and_the_link_still_stands(
    world: World, browser: Browser, account: Account, password: str
) -> None:
    browser.open(set_up(world, account)).submit({"password": password}, status=422)
    assert browser.title.startswith("Fehler:")
    assert browser.submit({"password": "ein anderes langes Passwort"}).path == "/login"


@pytest.mark.parametrize("token", ["", "x", "ImEi.x"])
def test_an_invented_set_up_link_opens_nothing(browser: Browser, token: str) -> None:
    browser.open(f"/login/set-up/{token}", 404)


def test_a_members_link_is_no_set_up_link(world: World, browser: Browser, account: Account) -> None:
    browser.open(
        f"/login/set-up/{world.services.token_signer.sign(Salt.INVITATION, str(account.id), 1)}",
        404,
    )


def test_a_reset_ends_password_and_sessions(world: World, browser: Browser) -> None:
    entered(browser)
    actions.accounts.reset(world.db, ADDRESS, "cli", world.now)
    assert not inside(browser)
    enter(browser, 403)
