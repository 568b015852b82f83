"""The login: sessions on the server, the growing wait after wrong passwords, and unknown addresses."""

import subprocess
import sys
from datetime import timedelta

import pytest
from argon2 import extract_parameters
from flask import Flask
from flask_login import login_required

from signoff import actions, security
from signoff.app import create_app
from signoff.domain.accounts import MAX_LOGIN_DELAY, Account, Role, compute_login_delay
from signoff.storage import Slots
from signoff.tokens import TokenPurpose
from signoff.web import login
from tests.browser import Browser, fields
from tests.conftest import PRODUCTION_HASHER
from tests.world import World

ADDRESS, PASSWORD = "leitung@forum.example", "vier Wörter ohne Zusammenhang"
HASH = security.hash_password(PASSWORD)
PROTECTED_PAGE = "/office/room"  # a minimal page that needs a login


@pytest.fixture
def account(world: World) -> Account:
    actions.accounts.add(
        world.db, "zweite@forum.example", "Zweite", Role.ADMIN, HASH, "cli", world.now
    )
    return actions.accounts.add(world.db, ADDRESS, "Leitung", Role.EDITOR, HASH, "cli", world.now)


@pytest.fixture
def app(world: World, account: Account) -> Flask:
    app = create_app(world.settings, **world.fakes)
    app.add_url_rule(PROTECTED_PAGE, "room", login_required(lambda: "inside"))
    return app


@pytest.fixture
def browser(world: World, app: Flask) -> Browser:
    return world.browser(app)


def log_in(
    browser: Browser,
    status: int = 200,
    *,
    email: str = ADDRESS,
    password: str = PASSWORD,
    to: str = PROTECTED_PAGE,
):
    return browser.open(f"/login?next={to}").submit(
        {"email": email, "password": password}, status=status
    )


def is_logged_in(browser: Browser) -> bool:
    answer = browser.client.get(PROTECTED_PAGE, base_url=browser.base_url)
    if answer.status_code == 302:
        assert answer.headers["Location"].startswith("/login")
    return answer.text == "inside"


def log_in_to_page(browser: Browser) -> Browser:
    """Log in and open a real page; the browser cannot check ``PROTECTED_PAGE``."""
    return log_in(browser, to="/privacy")


def test_the_right_password_logs_in(browser: Browser) -> None:
    assert not is_logged_in(browser)
    assert log_in_to_page(browser).path == "/privacy"
    assert is_logged_in(browser)


@pytest.mark.parametrize("email", [ADDRESS.upper(), f"  {ADDRESS} "])
def test_the_address_is_case_insensitive(browser: Browser, email: str) -> None:
    log_in(browser, email=email, to="/privacy")
    assert is_logged_in(browser)


def test_the_cookie_is_bound_to_this_host_and_holds_no_account(
    browser: Browser, account: Account
) -> None:
    browser.open("/login?next=/privacy")
    answer = browser.client.post(
        "/login",
        data={**browser.values, "email": ADDRESS, "password": PASSWORD},
        base_url=browser.base_url,
    )
    for cookie in answer.headers.getlist("Set-Cookie"):
        assert cookie.startswith(("__Host-signoff=", f"__Host-device-{account.id}="))
        assert {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"} <= set(cookie.split("; "))
    with browser.client.session_transaction("/login", base_url=browser.base_url) as session:
        assert set(session) <= {"_user_id", "_fresh", "_id", "csrf_token"}
        assert len(session["_user_id"]) >= 43


def test_a_login_changes_the_csrf_token(browser: Browser) -> None:
    before = browser.open("/login").values["csrf_token"]
    log_in_to_page(browser)
    browser.request("POST", "/logout", 400, data={"csrf_token": before})


def test_an_unknown_address_gets_the_same_answer_with_the_same_work(
    browser: Browser, monkeypatch
) -> None:
    hashes = []
    monkeypatch.setattr(
        security, "verify_password", lambda stored, password: hashes.append(stored) or False
    )
    known = log_in(browser, 403, password="falsch").text
    unknown = log_in(browser, 403, email="niemand@forum.example", password="falsch").text
    assert known == unknown
    assert hashes == [HASH, ""]


HASH_AT_ONCE = """
import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from signoff import security
def peak():
    return int(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1])
before = peak()
with ThreadPoolExecutor(12) as threads:
    list(threads.map(lambda number: security.verify_password("", "falsch"), range(12)))
print(peak() - before)
"""


def test_many_logins_at_once_need_the_memory_of_two() -> None:
    done = subprocess.run(
        [sys.executable, "-c", HASH_AT_ONCE], capture_output=True, text=True, check=True
    )
    assert 60_000 < int(done.stdout) < 180_000, "kilobytes; each needs 64 MiB"


def test_many_logins_at_once_leave_threads_to_others(
    browser: Browser, world: World, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Strangers wait in few threads, the others at no door; a known device does not wait for them."""
    log_in_to_page(browser)
    log_out(browser)
    monkeypatch.setattr(login, "STRANGERS", Slots(1, 0, 0.0))
    stranger = world.browser(app)
    with login.STRANGERS.acquire():
        answer = log_in(stranger, 429)
        assert answer.response.headers["Retry-After"] == "5"
        assert "sehr viele Personen gleichzeitig" in answer.text, "they have typed nothing wrong"
        log_in_to_page(browser)
    log_in_to_page(stranger)


def test_a_password_is_verified_even_without_an_account() -> None:
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
        assert answer.status_code == 429
        assert "Zu viele Fehlversuche" in answer.text
        waits.append(int(answer.headers["Retry-After"]))
        world.now += timedelta(seconds=waits[-1])
    assert waits == [0, 0, 0, 0, 1, 2, 4, 8, 16, 32]
    assert log_in_to_page(browser).path == "/privacy"


def guess_password(browser: Browser, email: str, times: int) -> None:
    browser.open("/login")
    data = {**browser.values, "email": email, "password": "falsch"}
    for _ in range(times):
        browser.client.post("/login", data=data, base_url=browser.base_url)


def come_from(browser: Browser, address: str) -> Browser:
    browser.client.environ_base["REMOTE_ADDR"] = address
    return browser


def test_a_strangers_guesses_keep_nobody_out(world: World, app: Flask, browser: Browser) -> None:
    """Neither from elsewhere, nor from the same network on a device where the owner has logged in."""
    stranger = come_from(world.browser(app), "198.51.100.7")
    guess_password(stranger, ADDRESS, 30)
    log_in(stranger, 429)
    log_in_to_page(browser)

    log_out(browser)
    neighbour = world.browser(app)
    guess_password(neighbour, ADDRESS, 70)  # the whole limit of this network, too
    log_in(neighbour, 429)
    log_in_to_page(browser)
    assert compute_login_delay(10_000) == MAX_LOGIN_DELAY == timedelta(minutes=1)


def log_out(browser: Browser) -> None:
    token = fields(browser.open("/office/").form("/logout"), {})["csrf_token"]
    browser.request("POST", "/logout", 200, data={"csrf_token": token})


def test_a_device_of_another_account_is_no_known_device(
    world: World, app: Flask, browser: Browser
) -> None:
    colleague = world.browser(app)
    log_in(colleague, email="zweite@forum.example", to="/privacy")
    log_out(colleague)
    guess_password(world.browser(app), ADDRESS, 5)
    log_in(colleague, 429)
    forged = colleague.client.get_cookie("__Host-device-1", domain="localhost").value
    for name in ("__Host-device-2", "__Host-device-x"):
        colleague.client.set_cookie(name, forged, domain="localhost", secure=True)
    log_in(colleague, 429)


def test_an_unknown_address_waits_as_well(world: World, browser: Browser, monkeypatch) -> None:
    monkeypatch.setattr(security, "verify_password", lambda stored, password: False)
    for _ in range(5):
        log_in(browser, 403, email="niemand@forum.example")
    log_in(browser, 429, email="niemand@forum.example")
    log_in(browser, 403)


def test_logging_out_ends_the_session_on_the_server(browser: Browser) -> None:
    log_in_to_page(browser)
    cookie = browser.client.get_cookie("__Host-signoff", domain="localhost").value
    browser.open("/office/").submit(action="/logout")
    assert not is_logged_in(browser)
    browser.client.set_cookie("__Host-signoff", cookie, domain="localhost", secure=True)
    assert not is_logged_in(browser)


def test_a_session_ends_when_idle(world: World, browser: Browser) -> None:
    log_in_to_page(browser)
    world.now += timedelta(minutes=29)
    assert is_logged_in(browser)
    world.now += timedelta(minutes=29)
    assert is_logged_in(browser)
    world.now += timedelta(minutes=31)
    assert not is_logged_in(browser)


def test_a_session_ends_after_half_a_day_however_busy(world: World, browser: Browser) -> None:
    log_in_to_page(browser)
    for _ in range(12 * 60 // 20 - 1):
        world.now += timedelta(minutes=20)
        assert is_logged_in(browser)
    world.now += timedelta(minutes=20)
    assert not is_logged_in(browser)


def test_disabling_an_account_ends_its_sessions_and_prevents_the_login(
    world: World, browser: Browser
) -> None:
    log_in_to_page(browser)
    actions.accounts.disable(world.db, ADDRESS, "cli", world.now)
    assert not is_logged_in(browser)
    log_in(browser, 403)


FOREIGN_TARGETS = [
    "https://elsewhere.example",
    "//elsewhere.example",
    "/\\elsewhere.example",
    "\\\\elsewhere.example",
    "elsewhere",
]
FOREIGN_TARGETS += [
    "javascript:alert(1)",
    "/%09/elsewhere.example",
    "/\telsewhere.example",
    " //elsewhere.example",
]


@pytest.mark.parametrize("to", FOREIGN_TARGETS)
def test_the_login_redirects_only_within_this_site(browser: Browser, to: str) -> None:
    browser.open("/login")
    data = {**browser.values, "email": ADDRESS, "password": PASSWORD, "next": to}
    answer = browser.client.post("/login", data=data, base_url=browser.base_url)
    assert answer.status_code == 303
    target = answer.headers["Location"]
    assert target == "/office/" or (target.startswith("/") and target[1:2] not in ("/", "\\", "\t"))
    assert "\t" not in target


# the set-up link


def set_up(world: World, account: Account) -> str:
    _, generation = actions.accounts.reset(world.db, account.email, "cli", world.now)
    token = world.services.token_signer.sign(TokenPurpose.STAFF, str(account.id), generation)
    return f"/login/set-up/{token}"


def test_a_set_up_link_works_once_and_logs_in(
    world: World, app: Flask, browser: Browser, account: Account
) -> None:
    link = set_up(world, account)
    (account_field,) = browser.open(link).root.findall(".//input[@autocomplete='username']")
    assert account_field.get("value") == ADDRESS
    browser.submit({"password": "ein anderes langes Passwort"})
    assert browser.path == "/office/"
    assert "Das Passwort ist gespeichert." in browser.text
    assert is_logged_in(browser)
    browser = world.browser(app)
    browser.open(link, 404)
    log_in(browser, 403)
    log_in(browser, password="ein anderes langes Passwort", to="/privacy")
    assert is_logged_in(browser)


def test_opening_a_set_up_link_does_not_use_it_up(
    world: World, browser: Browser, account: Account
) -> None:
    link = set_up(world, account)
    for _ in range(20):
        browser.open(link)
    assert browser.submit({"password": "ein anderes langes Passwort"}).path == "/office/"


@pytest.mark.parametrize("password", ["", "kurz", "vierzehn Zeich", "aaaaaaaaaaaaaaaaaaaa"])
def test_a_weak_password_is_refused_and_the_link_stays_valid(
    world: World, browser: Browser, account: Account, password: str
) -> None:
    browser.open(set_up(world, account)).submit({"password": password}, status=422)
    assert browser.title.startswith("Fehler:")
    assert browser.submit({"password": "ein anderes langes Passwort"}).path == "/office/"


@pytest.mark.parametrize("token", ["", "x", "ImEi.x"])
def test_an_invalid_set_up_link_answers_404(browser: Browser, token: str) -> None:
    browser.open(f"/login/set-up/{token}", 404)


def test_a_members_link_is_no_set_up_link(world: World, browser: Browser, account: Account) -> None:
    browser.open(
        f"/login/set-up/{world.services.token_signer.sign(TokenPurpose.INVITATION, str(account.id), 1)}",
        404,
    )


def test_a_reset_ends_password_and_sessions(world: World, browser: Browser) -> None:
    log_in_to_page(browser)
    actions.accounts.reset(world.db, ADDRESS, "cli", world.now)
    assert not is_logged_in(browser)
    log_in(browser, 403)
