"""Long texts survive a closed tab, and are gone from the browser once they are saved or somebody logs out."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from signoff import store
from signoff.domain.accounts import Role
from signoff.tokens import TokenPurpose
from tests.chromium import NARROW, Watch, faults, sideways
from tests.server import listening
from tests.web.office.browser_page import EMAIL, PASSWORD, office_page
from tests.web.office.office import Office

pytestmark = pytest.mark.browser
NEW, LEGAL = "/office/papers/new", "/office/association/texts/imprint/de"
OFFER = "Es gibt einen nicht gespeicherten Entwurf von "
TYPED = "Ein langer Satz.\n\nUnd noch einer."


@pytest.fixture
def office(empty_office: Office) -> Office:
    empty_office.enrol()
    return empty_office


@pytest.fixture
def page(chromium: Browser, office: Office) -> Iterator[Page]:
    with office_page(chromium, office, NEW, Role.ADMIN) as page:
        yield page


def list_kept(page: Page, storage: str = "localStorage") -> dict[str, str]:
    kept: dict[str, str] = page.evaluate(f"Object.fromEntries(Object.entries({storage}))")
    return {key: text for key, text in kept.items() if key.startswith("draft:")}


def type_text(page: Page, name: str = "text", text: str = TYPED) -> None:
    """Type, and wait until the browser has it."""
    page.fill(f"[name={name}]", text)
    page.wait_for_function(
        "() => Object.values({...localStorage, ...sessionStorage}).join().includes('noch einer')"
    )


def test_a_draft_is_offered_again_and_gone_once_it_is_saved(office: Office, page: Page) -> None:
    page.fill("[name=title]", "Licht in der Stadt")
    type_text(page)
    assert "Licht" not in str(list_kept(page)), "single lines stay out of the browser"
    page.goto("/office/members")
    page.goto(NEW)
    expect(page.locator("form .so-flash")).to_contain_text(OFFER)
    assert page.locator("[name=text]").input_value() == ""
    assert faults(page) == []
    wide = page.viewport_size
    page.set_viewport_size(NARROW)
    assert not sideways(page)
    assert wide
    page.set_viewport_size(wide)
    page.get_by_role("button", name="Wiederherstellen").click()
    assert page.locator("[name=text]").input_value() == TYPED
    expect(page.locator("[data-view]")).to_contain_text("Und noch einer.")
    page.get_by_role("button", name="Speichern").click()
    expect(page.locator("#fehler")).to_be_visible()
    assert list_kept(page), "nothing is saved yet"
    page.fill("[name=title]", "Licht in der Stadt")
    page.get_by_role("button", name="Speichern").click()
    page.wait_for_url("**/office/papers/licht-in-der-stadt")
    expect(page.locator(".so-flash--message")).to_contain_text("aufgenommen")
    assert list_kept(page) == {}


def test_a_discarded_draft_does_not_come_back(page: Page) -> None:
    type_text(page)
    page.goto(NEW)
    page.get_by_role("button", name="Verwerfen").click()
    assert list_kept(page) == {}
    page.reload()
    assert page.locator("form .so-flash").count() == 0


def test_a_draft_outlives_the_session_and_is_gone_after_the_login_saved_it(
    office: Office, page: Page
) -> None:
    page.goto(LEGAL)
    type_text(page, "markdown")
    office.later(minutes=45)
    page.get_by_role("button", name="Speichern").click()
    expect(page.locator("h1")).to_have_text("Ihre Sitzung ist abgelaufen")
    assert list_kept(page), "the login may be left without saving"
    page.fill("[name=login-email]", EMAIL)
    page.fill("[name=login-password]", PASSWORD)
    page.locator("main button[type=submit]").click()
    page.locator("[data-account]").wait_for()
    saved = store.association.find_legal_text(office.db, "imprint", "de")
    assert saved
    assert saved.markdown.replace("\r", "") == TYPED
    assert list_kept(page) == {}


def test_logging_out_removes_every_draft(page: Page) -> None:
    type_text(page)
    page.goto("/office/account")
    page.locator("main").get_by_role("button", name="Abmelden").click()
    page.wait_for_url(lambda url: url.endswith("/"))
    assert list_kept(page) == {}


def test_a_representatives_text_stays_in_the_tab_and_ends_with_it(
    chromium: Browser, office: Office
) -> None:
    """Their computers may be shared, and there is no logout."""
    office.draft()
    office.open()
    link = store.rounds.list_open_links(office.db, 1)[0]
    token = office.services.token_signer.sign(
        TokenPurpose.INVITATION, link.public_id, link.generation
    )
    path = f"/s/{token}/pass-on"
    with listening(office.app) as home:
        context = chromium.new_context(base_url=home)
        watch, page = Watch(context, home), context.new_page()
        page.goto(path)
        page.fill("[name=email]", "kollegin@rathaus.example")
        type_text(page, "message")
        assert list_kept(page) == {}
        assert "kollegin" not in str(list_kept(page, "sessionStorage"))
        page.reload()
        expect(page.locator("form .so-flash")).to_contain_text(OFFER)
        other = context.new_page()
        other.goto(path)
        assert other.locator("form .so-flash").count() == 0
        assert watch.problems == []
        context.close()
