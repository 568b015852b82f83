"""An office that asks for a second factor, and the people who log in there."""

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pyotp
import pytest

from signoff import actions, security, store
from signoff.domain.accounts import Account, Role
from tests.browser import Browser
from tests.page_checks import text_of
from tests.web.office.office import Office, new_office

PASSWORD = "vier Wörter ohne Zusammenhang"
EMAIL = "leitung@forum.example"
NEW = "noch ein langer Satz als Passwort"


def office_with_two_factor(
    folder: Path, monkeypatch: pytest.MonkeyPatch, *, second_factor: bool = True
) -> Office:
    """Hashing is slow on purpose; here a hash is the password with a mark before it."""
    monkeypatch.setattr(
        security,
        "verify_password",
        lambda stored, password: bool(stored) and stored == f"#{password}",
    )
    hasher = SimpleNamespace(hash=lambda password: f"#{password}")
    monkeypatch.setattr(security, "PASSWORD_HASHER", hasher)
    made = new_office(folder)
    made.db.close()
    office = Office(replace(made.settings, second_factor=second_factor))
    actions.accounts.add(office.db, EMAIL, "Leitung", Role.ADMIN, f"#{PASSWORD}", "cli", office.now)
    return office


def account(office: Office, email: str = EMAIL) -> Account:
    found = store.accounts.find_by_email(office.db, email)
    assert found
    return found


def events(office: Office) -> list[str]:
    return [str(entry.event) for entry, _ in store.audit.iter_entries(office.db)]


def person(office: Office) -> Browser:
    return Browser(office.app.test_client())


def with_password(office: Office, email: str = EMAIL, password: str = PASSWORD) -> Browser:
    """Somebody who has typed the right password."""
    return (
        person(office)
        .open("/login?next=/office/audit")
        .submit({"email": email, "password": password})
    )


class App:
    """An authenticator app on a telephone whose clock is right."""

    def __init__(self, office: Office, browser: Browser) -> None:
        self.clock: Callable[[], float] = lambda: office.now.timestamp()
        (shown,) = (
            text_of(each) for each in browser.root.iter("p") if each.get("class") == "so-mono"
        )
        self.totp = pyotp.TOTP(shown.replace(" ", ""))

    @property
    def code(self) -> str:
        return self.totp.at(int(self.clock()))


def set_up(office: Office, email: str = EMAIL) -> tuple[Browser, App, list[str]]:
    """Somebody who has set up an app at her first login, with the recovery codes she was shown."""
    browser = with_password(office, email)
    app = App(office, browser)
    browser.submit({"code": app.code}, action="/login/second/set-up")
    return browser, app, re.findall(r"\b(?:[A-Z2-7]{4}-){3}[A-Z2-7]{4}\b", browser.text)
