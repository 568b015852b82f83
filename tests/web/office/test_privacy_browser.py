"""Data protection in a real browser: periods, a person, axe, and three widths."""

import os
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from signoff.domain.accounts import Role
from tests.chromium import NARROW, faults, sideways
from tests.web.office.browser_page import office_page
from tests.web.office.office import Office

pytestmark = pytest.mark.browser
SIZES = (NARROW, {"width": 1024, "height": 768}, {"width": 1280, "height": 900})


def check_page(page: Page, kind: str) -> None:
    assert page.locator("main").get_attribute("data-page") == kind
    assert faults(page) == [], kind
    for size in SIZES:
        page.set_viewport_size(size)
        assert not sideways(page), (kind, size)
        if folder := os.environ.get("PICTURES"):
            page.screenshot(path=Path(folder) / f"{kind}-{size['width']}.png", full_page=True)


def test_periods_and_an_erasure_work_in_a_browser(chromium: Browser, office: Office) -> None:
    office.later(days=800)
    with office_page(chromium, office, "/office/privacy", Role.ADMIN) as page:
        check_page(page, "data-protection")
        page.get_by_label("Gründe einer Ablehnung").fill("bald")
        page.get_by_role("button", name="Fristen speichern").click()
        check_page(page, "data-protection")
        page.get_by_label("Gründe einer Ablehnung").fill("18")
        page.get_by_role("button", name="Fristen speichern").click()
        assert page.get_by_label("Gründe einer Ablehnung").input_value() == "18"
        page.get_by_label("E-Mail-Adresse").fill("m00002@kommune.example")
        page.get_by_role("button", name="Person suchen").click()
        check_page(page, "person")
        page.get_by_label("Ich lösche die Daten dieser Person endgültig.").check()
        page.get_by_role("button", name="Daten löschen").click()
        page.get_by_role("heading", name="Die Daten sind gelöscht").wait_for()
        check_page(page, "person")
