"""From a Word document to an open round in a real browser, with the real content policy and axe on every page."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from signoff import store
from signoff.domain.accounts import Role
from tests.chromium import NARROW, faults, sideways
from tests.web.office.browser_page import EMAIL, PASSWORD, office_page
from tests.web.office.office import Office

pytestmark = pytest.mark.browser
DOCX = Path(__file__).parents[2] / "data" / "leitgedanken.docx"


@pytest.fixture
def office(empty_office: Office) -> Office:
    empty_office.enrol()
    return empty_office


@pytest.fixture
def page(chromium: Browser, office: Office) -> Iterator[Page]:
    with office_page(chromium, office, "/office/papers", Role.EDITOR) as page:
        yield page


def check_page(page: Page) -> None:
    """Axe finds nothing, and nothing is wider than a telephone."""
    assert faults(page) == []
    wide = page.viewport_size
    page.set_viewport_size(NARROW)
    assert not sideways(page)
    page.set_viewport_size(wide)


def press_button(page: Page, name: str) -> None:
    """Check the page and press a button."""
    check_page(page)
    page.get_by_role("button", name=name).click()


def test_a_word_document_becomes_a_round(office: Office, page: Page) -> None:
    check_page(page)
    page.get_by_role("link", name="Neues Papier").click()
    with page.expect_event("filechooser") as chooser:
        page.locator("[name=upload]").click()
    chooser.value.set_files(DOCX)
    expect(page.locator("[name=upload]")).to_be_focused()
    assert page.locator("[name=upload]").evaluate("field => field.files.length") == 1
    page.get_by_role("button", name="Datei übernehmen").click()  # nothing is sent before
    expect(page.get_by_role("status").first).to_contain_text(
        "Der Text aus der Datei steht jetzt im Feld."
    )
    view = page.locator("[data-view]")
    page.locator("[name=text]").press("ControlOrMeta+End")
    page.keyboard.type("\n\nEin Satz, der eben dazukam.")
    expect(view).to_contain_text("Ein Satz, der eben dazukam.")
    page.fill("[name=slug]", "leitgedanken")
    press_button(page, "Speichern")
    expect(page.locator("[data-waiting]")).to_be_visible()
    office.work()
    expect(page.get_by_role("link", name="Probedruck ansehen (PDF)")).to_be_visible()
    check_page(page)

    page.get_by_role("link", name="Verfahren eröffnen …").click()
    page.get_by_label("Einzelne Mitglieder").first.check()
    page.get_by_label("Stadt Musterhausen").check()
    press_button(page, "Weiter zur Frist")
    page.fill("[name=deadline]", "18.4.2027")
    press_button(page, "Weiter zu den Einstellungen")
    expect(page.get_by_role("status").first).to_contain_text("ist ein Sonntag")
    press_button(page, "Mit dieser Frist weiter")
    press_button(page, "Weiter zur E-Mail")
    page.fill("[name=introduction_de]", "Nun ist es so weit.")
    page.get_by_role("button", name="Gestaltete Ansicht anzeigen").click()
    expect(page.frame_locator("iframe").locator("body")).to_contain_text("Nun ist es so weit.")
    press_button(page, "Weiter zum Prüfen")
    expect(page.locator("main")).to_contain_text("einzeln ausgewählt")
    office.work()  # the trial print; then the page loads anew by itself
    expect(page.locator("[data-waiting]")).to_have_count(0)
    press_button(page, "Verfahren eröffnen und einladen")
    page.wait_for_url("**/office/rounds/1")
    assert office.round(1).terms.introductions == {"de": "Nun ist es so weit."}


def test_the_editor_of_a_conflict_and_a_comparison_have_no_barrier(
    office: Office, page: Page
) -> None:
    office.draft("hitze", "Hitzeschutz")
    page.goto("/office/papers/hitze/edit")
    page.fill("[name=text]", "# Text\n\nWort und Tat.")
    other = page.context.new_page()
    other.goto("/office/papers/hitze/edit")
    other.fill("[name=text]", "# Text\n\nWort allein.")
    other.get_by_role("button", name="Speichern").click()
    other.close()
    page.get_by_role("button", name="Speichern").click()
    expect(page.locator("#fehler")).to_be_focused()
    check_page(page)
    page.emulate_media(color_scheme="dark")
    assert faults(page) == []


def test_a_text_typed_before_the_session_ended_is_added_after_the_login(
    office: Office, page: Page
) -> None:
    page.goto("/office/papers/new")
    page.fill("[name=title]", "Licht in der Stadt")
    page.fill("[name=text]", "Erste Zeile\n\nZweite Zeile")
    office.later(minutes=45)
    page.get_by_role("button", name="Speichern").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Ihre Sitzung ist abgelaufen")
    check_page(page)
    page.fill("[name=login-email]", EMAIL)
    page.fill("[name=login-password]", PASSWORD)
    page.get_by_role("button", name="Anmelden").click()
    page.wait_for_url("**/office/papers/licht-in-der-stadt")
    edition = store.papers.find_latest_edition(office.db, "licht-in-der-stadt")
    assert edition
    assert edition.source == "Erste Zeile\n\nZweite Zeile"
