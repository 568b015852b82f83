"""The page of one invitation in a real browser with JavaScript: every action, axe, and a width of 320 px."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from signoff import actions, store
from signoff.domain.accounts import Role
from signoff.domain.answer_forms import Colleague
from tests.chromium import NARROW, faults, sideways
from tests.factories import sign
from tests.importers.test_uploads import PDF
from tests.prepared import made_once
from tests.web.office.browser_page import office_page
from tests.web.office.office import Office

pytestmark = pytest.mark.browser
WIDE = {"width": 1280, "height": 900}


@pytest.fixture
@made_once
def office(empty_office: Office) -> Office:
    empty_office.enrol()
    empty_office.draft()
    round = empty_office.open()
    empty_office.work()
    empty_office.later(minutes=20)
    empty_office.answer(
        round, "Musterhausen", sign("Universitätsstadt Musterhausen", "Wort " * 100)
    )
    (link,) = store.rounds.list_open_links(empty_office.db, 1)
    colleague = Colleague(
        "Vorname Nachname", "Ordnungsamt", f"{'abteilung' * 6}@kommune.example", "Bitte übernehmen."
    )
    actions.delegation.delegate(
        empty_office.db, store.access.load(empty_office.db, link), colleague, empty_office.now
    )
    version = store.answers.find_current(empty_office.db, 1)
    actions.answers.object_to(
        empty_office.db,
        store.access.load(empty_office.db, link),
        version.id,
        "Davon weiß hier niemand.",
        empty_office.now,
    )
    return empty_office


@pytest.fixture
def page(chromium: Browser, office: Office) -> Iterator[Page]:
    with office_page(chromium, office, "/office/", Role.EDITOR) as page:
        page.set_viewport_size(WIDE)
        yield page


def check_page(page: Page, kind: str) -> None:
    """A page of this kind is open; axe finds nothing, and nothing scrolls sideways at 320 px."""
    assert page.locator("main").get_attribute("data-page") == kind
    assert faults(page) == [], kind
    page.set_viewport_size(NARROW)
    assert not sideways(page), kind
    page.set_viewport_size(WIDE)


def test_every_action_on_an_invitation_works_in_a_browser(office: Office, page: Page) -> None:
    page.goto("/office/invitations/1")
    for details in page.locator("details").all():
        details.evaluate("each => { each.open = true }")
    check_page(page, "invitation")
    page.get_by_role("button", name="Als erledigt vermerken").click()
    page.get_by_label("Neuer Vermerk").fill("Rückruf am Montag")
    page.get_by_role("button", name="Vermerken", exact=True).click()
    assert page.get_by_text("Rückruf am Montag").is_visible()

    page.get_by_role("link", name="Namen berichtigen …").click()
    page.get_by_role("button", name="Namen berichtigen").click()
    assert page.evaluate("document.activeElement.id") == "fehler"
    check_page(page, "correction")
    page.get_by_label("Vorname").fill("Vorname-Neu")
    page.get_by_label("Grund").fill("Anruf")
    page.get_by_role("button", name="Namen berichtigen").click()
    assert page.get_by_text("angegeben war:").first.is_visible()

    page.get_by_role("link", name="Für ungültig erklären …").click()
    page.get_by_label("Grund").fill("Nicht von dort.")
    page.get_by_role("button", name="Weiter zum Prüfen").click()
    check_page(page, "voiding")
    page.get_by_label("Ja, diese Rückmeldung ist ungültig.").check()
    page.get_by_role("button", name="Für ungültig erklären").click()
    assert store.answers.find_current(office.db, 1) is None

    page.get_by_role("link", name="Rückmeldung erfassen …").click()
    assert not page.get_by_label("Vorname").is_visible(), "no signature is chosen yet"
    page.get_by_label("Das Mitglied zeichnet mit").check()
    page.get_by_role("button", name="Rückmeldung erfassen").click()
    check_page(page, "recording")
    page.get_by_label("per Brief").check()
    page.get_by_label("Eingegangen am").fill("21.1.2027")
    page.get_by_label("Vorname").fill("Vorname")
    page.get_by_label("Nachname").fill("Nachname")
    page.get_by_label("Funktion").fill("Bürgermeisterin")
    page.get_by_label("Erklärung der Verwaltungsspitze", exact=True).check()
    page.get_by_label("Die unterzeichnende Person ist befugt").check()
    page.set_input_files(
        "#scan", {"name": "Brief.pdf", "mimeType": "application/pdf", "buffer": PDF}
    )
    page.get_by_role("button", name="Rückmeldung erfassen").click()
    check_page(page, "invitation")
    with page.expect_download() as scan:
        page.get_by_role("link", name="Scan herunterladen").click()
    assert scan.value.path().read_bytes() == PDF

    page.get_by_role("link", name="Link erneut senden …").click()
    check_page(page, "resend")
    page.get_by_role("button", name="Link senden").click()
    page.get_by_role("link", name="Link beenden").click()
    check_page(page, "end-link")
    page.get_by_role("button", name="Link beenden").click()
    assert [link.delegated_by for link in store.rounds.list_open_links(office.db, 1)] == [None]
