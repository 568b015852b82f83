"""The member list in a real browser: the filter follows while one types, a list is taken in, axe finds nothing."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from signoff import actions
from signoff.domain.accounts import Role
from signoff.domain.members import Representative
from tests.chromium import AXE
from tests.web.office.browser_page import office_page
from tests.web.office.office import Office

pytestmark = pytest.mark.browser
HEAD = "key;name;representative;email"


@pytest.fixture
def office(empty_office: Office) -> Office:
    empty_office.enrol()
    odd = Representative(0, 1, "Büro", "Leitung", "buero@komune.example", may_answer=False)
    actions.members.add_representative(empty_office.db, odd, "cli", empty_office.now)
    return empty_office


@pytest.fixture
def page(chromium: Browser, office: Office) -> Iterator[Page]:
    with office_page(chromium, office, "/office/members", Role.EDITOR) as page:
        yield page


def axe(page: Page) -> None:
    """WCAG 2.2 AA, as the tools see it."""
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate(
        "axe.run({runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']})"
    )
    wrong = [(each["id"], each["nodes"][0]["html"][:200]) for each in found["violations"]]
    assert not wrong, f"{page.url}: {wrong}"
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), page.url


def test_the_list_follows_the_filter_while_one_types(page: Page) -> None:
    expect(page.locator("tbody tr")).to_have_count(5)
    page.evaluate("window.stays = true")
    page.get_by_label("Name, Schlüssel, Visitor oder Adresse").type("dorf")
    expect(page.locator("tbody tr")).to_have_count(2)
    expect(page.locator("[data-filter-status]")).to_have_text("2 von 5 Mitgliedern")
    page.select_option("[name=reach]", "odd")
    expect(page.locator("[data-filter-status]")).to_contain_text(
        "Auf diese Auswahl passt kein Mitglied."
    )
    page.fill("[name=q]", "")
    expect(page.locator("tbody tr")).to_have_count(1)
    assert page.evaluate("window.stays") and page.url.endswith("/office/members?reach=odd")
    page.reload()
    expect(page.locator("tbody tr")).to_have_count(1)


def test_axe_finds_nothing_in_any_state_of_the_member_list(page: Page, tmp_path: Path) -> None:
    for path in ("", "?q=Nirgendwo", "/1", "/1/edit", "/1/representatives/1", "/import"):
        page.goto(f"/office/members{path}")
        axe(page)
    page.goto("/office/members/new")
    page.click("main form[action] button[type=submit]")
    assert page.title().startswith("Fehler:")
    axe(page)
    page.goto("/office/members/1/edit")
    page.evaluate("document.querySelector('[name=opened-kind]').value = 'Dorf'")
    page.fill("[name=kind]", "Kreisstadt")
    page.click("main form[action] button[type=submit]")
    expect(page.locator("#fehler")).to_contain_text("Inzwischen hat jemand")
    axe(page)

    file = tmp_path / "liste.csv"
    for line in ("00099;Neuberg;Büro;kein Postfach", "00099;Neuberg;Büro;buero@neuberg.example"):
        file.write_text(
            f"{HEAD}\n00002;Mustern;Büro;neu@kommmune.example\n{line}\n", encoding="utf-8"
        )
        page.goto("/office/members/import")
        page.set_input_files("[name=file]", file)
        page.click("main form[action] button[type=submit]")
        expect(page.locator("h1")).to_contain_text("Vorschau: liste.csv")
        axe(page)
    page.get_by_role("button", name="Alles übernehmen").click()
    expect(page.locator(".so-flash")).to_contain_text(
        "Die Liste ist übernommen: 3 neu, 1 geändert."
    )
