"""An office that needs a second factor, and helpers to log in."""

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
NEW_PASSWORD = "noch ein langer Satz als Passwort"


def office_with_two_factor(
    folder: Path, monkeypatch: pytest.MonkeyPatch, *, second_factor: bool = True
) -> Office:
    """An office with one admin. A password hash is the password after a ``#``, because real hashing is slow."""
    monkeypatch.setattr(
        security,
        "verify_password",
        lambda stored, password: bool(stored) and stored == f"#{password}",
    )
    hasher = SimpleNamespace(hash=lambda password: f"#{password}")
    monkeypatch.setattr(security, "PASSWORD_HASHER", hasher)
    base = new_office(folder)
    base.db.close()
    office = Office(replace(base.settings, second_factor=second_factor))
    actions.accounts.add(office.db, EMAIL, "Leitung", Role.ADMIN, f"#{PASSWORD}", "cli", office.now)
    return office


def account(office: Office, email: str = EMAIL) -> Account:
    account = store.accounts.find_by_email(office.db, email)
    assert account
    return account


def anonymous_browser(office: Office) -> Browser:
    return Browser(office.app.test_client())


def log_in_with_password(office: Office, email: str = EMAIL, password: str = PASSWORD) -> Browser:
    """A browser after the right password and before the second factor."""
    return (
        anonymous_browser(office)
        .open("/login?next=/office/audit")
        .submit({"email": email, "password": password})
    )


class AuthenticatorApp:
    """An authenticator app whose clock is that of the office."""

    def __init__(self, office: Office, browser: Browser) -> None:
        self.clock: Callable[[], float] = lambda: office.now.timestamp()
        (secret,) = (
            text_of(paragraph)
            for paragraph in browser.root.iter("p")
            if paragraph.get("class") == "so-mono"
        )
        self.totp = pyotp.TOTP(secret.replace(" ", ""))

    @property
    def code(self) -> str:
        return self.totp.at(int(self.clock()))


def set_up(office: Office, email: str = EMAIL) -> tuple[Browser, AuthenticatorApp, list[str]]:
    """A browser logged in with a new authenticator app, the app, and the recovery codes."""
    browser = log_in_with_password(office, email)
    app = AuthenticatorApp(office, browser)
    browser.submit({"code": app.code}, action="/login/second/set-up")
    return browser, app, re.findall(r"\b(?:[A-Z2-7]{4}-){3}[A-Z2-7]{4}\b", browser.text)
