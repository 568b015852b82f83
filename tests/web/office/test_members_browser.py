"""The member list in a real browser: filtering while typing, the import, and accessibility."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from signoff import actions
from signoff.domain.accounts import Role
from signoff.domain.members import Representative
from tests.chromium import faults
from tests.web.office.browser_page import office_page
from tests.web.office.office import Office

pytestmark = pytest.mark.browser
HEADER = "key;name;representative;email"


@pytest.fixture
def office(empty_office: Office) -> Office:
    empty_office.enrol()
    representative = Representative(
        0, 1, "Büro", "Leitung", "buero@komune.example", may_answer=False
    )
    actions.members.add_representative(empty_office.db, representative, "cli", empty_office.now)
    return empty_office


@pytest.fixture
def page(chromium: Browser, office: Office) -> Iterator[Page]:
    with office_page(chromium, office, "/office/members", Role.EDITOR) as page:
        yield page


def check_accessibility(page: Page) -> None:
    """Axe finds no violation of WCAG 2.2 AA."""
    assert not faults(page), page.url
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), page.url


def test_the_list_is_filtered_while_the_user_types(page: Page) -> None:
    expect(page.locator("tbody tr")).to_have_count(5)
    page.evaluate("window.stays = true")
    page.get_by_label("Name, Schlüssel, Person oder Adresse").type("dorf")
    expect(page.locator("tbody tr")).to_have_count(2)
    expect(page.locator("[data-filter-status]")).to_have_text("2 von 5 Mitgliedern")
    page.select_option("[name=reach]", "odd")
    expect(page.locator("[data-filter-status]")).to_contain_text(
        "Auf diese Auswahl passt kein Mitglied."
    )
    page.fill("#q", "")
    expect(page.locator("tbody tr")).to_have_count(1)
    assert page.evaluate("window.stays")
    assert page.url.endswith("/office/members?reach=odd")
    page.reload()
    expect(page.locator("tbody tr")).to_have_count(1)


def test_the_member_list_is_accessible_in_every_state(page: Page, tmp_path: Path) -> None:
    for path in ("", "?q=Nirgendwo", "/1", "/1/edit", "/1/representatives/1", "/import"):
        page.goto(f"/office/members{path}")
        check_accessibility(page)
    page.goto("/office/members/new")
    page.click("main form[action] button[type=submit]")
    expect(page).to_have_title(re.compile("^Fehler:"))
    check_accessibility(page)
    page.goto("/office/members/1/edit")
    page.evaluate("document.querySelector('[name=opened-kind]').value = 'Dorf'")
    page.fill("[name=kind]", "Kreisstadt")
    page.click("main form[action] button[type=submit]")
    expect(page.locator("#fehler")).to_contain_text("Inzwischen hat jemand")
    check_accessibility(page)

    file = tmp_path / "liste.csv"
    for line in ("00099;Neuberg;Büro;kein Postfach", "00099;Neuberg;Büro;buero@neuberg.example"):
        file.write_text(
            f"{HEADER}\n00002;Mustern;Büro;neu@kommmune.example\n{line}\n", encoding="utf-8"
        )
        page.goto("/office/members/import")
        page.set_input_files("[name=file]", file)
        page.click("main form[action] button[type=submit]")
        expect(page.locator("h1")).to_contain_text("Vorschau: liste.csv")
        check_accessibility(page)
    page.get_by_role("button", name="Alles übernehmen").click()
    expect(page.locator(".so-flash")).to_contain_text(
        "Die Liste ist übernommen: 3 neu, 1 geändert."
    )

    file.write_text("Stand 2027;;\nMitglied;AGS;Telefon\nAltberg;9162000;0123\nNeuburg;16 0 52;4\n")
    page.goto("/office/members/import")
    page.set_input_files("[name=file]", file)
    page.click("main form[action] button[type=submit]")
    expect(page.locator("h1")).to_contain_text("Spalten zuordnen: liste.csv")
    check_accessibility(page)
    page.get_by_label("Telefon").select_option("Schlüssel (nötig)")
    page.get_by_role("button", name="Vorschau ansehen").click()
    expect(page.locator("#fehler")).to_contain_text("Die Spalte „Schlüssel“ kommt mehrmals vor.")
    check_accessibility(page)
    page.get_by_label("Telefon").select_option("nicht übernehmen")
    page.get_by_role("button", name="Vorschau ansehen").click()
    page.get_by_label("Neuburg: 16 0 52 → 16052").uncheck()
    check_accessibility(page)
    page.get_by_role("button", name="Auswahl anwenden").click()
    expect(page.locator(".so-table")).to_contain_text("16 0 52")
    page.get_by_role("button", name="Alles übernehmen").click()
    expect(page.locator(".so-flash")).to_contain_text("2 neu, 0 geändert.")
