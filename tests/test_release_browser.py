"""The release in a real browser: close early, decide, watch the print, plan, cancel and release."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from signoff import actions, security, store
from signoff.domain.accounts import Role
from signoff.domain.releases import PrintKind
from tests.factories import sign
from tests.server import PASSWORD, STAFF, listening
from tests.visitor import Visitor
from tests.web.office.office import Office, new_office

pytestmark = pytest.mark.browser


@dataclass
class Address:
    base_url: str


@pytest.fixture
def office(tmp_path: Path) -> Office:
    """A round in which Musterhausen has signed with a note."""
    office = new_office(tmp_path)
    office.enrol()
    office.draft()
    office.answer(office.open(), "Musterhausen", sign(note="Im Rahmen des Haushalts."))
    office.work()
    password_hash = security.hash_password(PASSWORD)
    actions.accounts.add(office.db, STAFF, "Leitung", Role.ADMIN, password_hash, "cli", office.now)
    return office


@pytest.fixture
def served(office: Office) -> Iterator[Address]:
    with listening(office.app) as base_url:
        yield Address(base_url)


def logged_in(chromium: Browser, served: Address, *, script: bool) -> Visitor:
    person = Visitor(chromium, served, script=script)  # type: ignore[arg-type]
    person.go("/office/")
    person.fill({"email": STAFF, "password": PASSWORD})
    person.press("Anmelden")
    return person


@pytest.mark.parametrize("script", [False, True], ids=["without JavaScript", "with JavaScript"])
def test_round_is_closed_early_and_released_after_a_cancelled_plan(
    chromium: Browser, served: Address, office: Office, script: bool
) -> None:
    person = logged_in(chromium, served, script=script)
    page = person.page
    person.go("/office/rounds/1")
    person.follow("Verfahren schließen …")
    person.fill({"reason": "Der Landtag berät.", "sure": True})
    person.press("Weiter")
    person.fill({"confirm": "falsch"})
    person.press("Endgültig schließen")
    expect(page).to_have_title(re.compile("Fehler:"))
    person.fill({"confirm": "schließen"})
    person.press("Endgültig schließen")
    person.go("/office/invitations/1#entscheiden")
    person.press("Notiz annehmen")

    person.go("/office/rounds/1/release")
    steps = page.locator("[data-waiting] li")
    assert steps.nth(0).get_attribute("aria-current") == "step"
    pending = store.releases.find_latest_print(office.db, 1, PrintKind.FINAL)
    assert pending
    actions.prints.save_progress(office.db, pending.id, 4)
    expect(steps.nth(4)).to_have_attribute("aria-current", "step")  # by itself, without a click
    office.work()
    viewer = page.locator("object.so-viewer")
    expect(viewer).to_have_attribute("data", "/office/rounds/1/proof.pdf")
    person.look()

    day = office.now + timedelta(days=2)
    person.fill({"day": f"{day:%d.%m.%Y}", "time": "25"})
    page.locator("[name=when][value=later]").check()
    person.press("Veröffentlichen")
    expect(page).to_have_title(re.compile("Fehler:"))
    person.fill({"time": "10:00"})
    person.press("Veröffentlichen")
    assert "10:00 Uhr (MEZ)" in page.locator(".so-banner").inner_text().replace("\u00a0", " ")
    person.follow("Veröffentlichung absagen …")
    person.press("Veröffentlichung absagen")
    assert office.round(1).released_at is None
    person.press("Veröffentlichen")
    assert office.round(1).released_at == office.now
    person.go("/papers/leitgedanken")
    assert "Stadt Musterhausen" in page.locator("main").inner_text()
    person.context.close()
