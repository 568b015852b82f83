"""The open page of a round in a real browser: the figures refresh themselves without moving the reader."""

from collections.abc import Iterator
from datetime import date

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from signoff import store
from signoff.domain.accounts import Role
from signoff.store.connection import transaction
from signoff.web.office.round_members import RoundMemberQuery
from tests.chromium import NARROW, faults, sideways
from tests.factories import pending, sign
from tests.prepared import made_once
from tests.test_accessibility import MOVING
from tests.web.office.browser_page import office_page
from tests.web.office.office import Office

pytestmark = pytest.mark.browser
TABLE_OVERFLOW = """() => Math.max(...[...document.querySelectorAll("table")].map(
  (table) => table.scrollWidth - table.parentElement.clientWidth))"""


@pytest.fixture
@made_once
def office(empty_office: Office) -> Office:
    empty_office.enrol([(f"Ort {n:02d}", f"Stadt Ort {n:02d}", "Hessen") for n in range(40)])
    empty_office.draft()
    empty_office.open()
    empty_office.work()
    return empty_office


@pytest.fixture
def page(chromium: Browser, office: Office) -> Iterator[Page]:
    """The page of the round in a real browser, with the real content policy, polling every second."""
    with office_page(chromium, office, "/office/rounds/1", Role.VIEWER) as page:
        page.route(
            "**/office/rounds/1", poll_faster
        )  # Playwright does not route the targets of redirects
        page.goto("/office/rounds/1", wait_until="networkidle")
        yield page


def poll_faster(route: Route) -> None:
    answer = route.fetch()
    route.fulfill(
        response=answer, body=answer.text().replace('data-seconds="15"', 'data-seconds="1"')
    )


def test_a_new_answer_appears_without_moving_the_reader(office: Office, page: Page) -> None:
    link = page.get_by_role("link", name="Stadt Ort 30")
    link.focus()
    top = link.evaluate("link => link.getBoundingClientRect().top")
    assert page.evaluate("window.scrollY") > 0

    office.answer(office.round(1), "Ort 05", sign("Stadt Ort 05"))

    expect(page.locator(".so-count")).to_contain_text("1 von 40 hat mitgezeichnet")
    expect(link).to_be_focused()
    assert link.evaluate("link => link.getBoundingClientRect().top") == pytest.approx(top, abs=2)
    expect(page.locator("[data-news]")).to_contain_text("1 von 40 hat mitgezeichnet")


def test_the_table_is_filtered_sorted_and_reset_without_a_reload(
    office: Office, page: Page
) -> None:
    page.evaluate("window.here = true")
    rows = page.locator("[data-part=table] tbody tr")
    expect(rows).to_have_count(40)

    search = page.get_by_label("Kommune oder Person")
    search.press_sequentially("Ort 1")
    expect(rows).to_have_count(10)
    expect(search).to_be_focused()
    expect(page.locator("[data-news]")).to_contain_text("10 von 40 Mitgliedern")
    assert "q=Ort+1" in page.url

    office.answer(office.round(1), "Ort 12", sign("Stadt Ort 12"))
    expect(rows.nth(2)).to_contain_text("mitgezeichnet")
    expect(rows).to_have_count(10)
    page.locator("#f-a").select_option("sign")
    expect(rows).to_have_count(1)
    page.go_back()
    expect(rows).to_have_count(10)
    expect(page.locator("#f-a")).to_have_value("")
    page.locator("[data-part=table] thead").get_by_role("link", name="Mitglied").click()
    expect(rows.first).to_contain_text("Ort 19")
    assert "sort=-name" in page.url
    assert page.evaluate("window.here") is True
    page.reload()
    expect(rows.first).to_contain_text("Ort 19")


def test_after_logout_the_page_says_that_its_figures_are_old(office: Office, page: Page) -> None:
    note = page.locator("[data-ended-note]")
    expect(note).to_be_hidden()
    with transaction(office.db):
        store.accounts.end_all_sessions(office.db, 4, office.now)
    expect(note).to_have_text(
        "Sie sind nicht mehr angemeldet; diese Zahlen sind nicht mehr aktuell."
    )


def test_who_does_nothing_is_warned_and_can_stay_logged_in(office: Office, page: Page) -> None:
    page.clock.install()
    page.reload()
    dialog, stay = page.get_by_role("alertdialog"), page.get_by_text("Angemeldet bleiben")

    def wait(minutes: int) -> None:
        office.later(minutes=minutes)
        page.clock.fast_forward(minutes * 60_000)

    with page.expect_response("**/login/session"):
        wait(28)
    expect(dialog).to_contain_text("Sie werden in höchstens zwei Minuten abgemeldet")
    expect(page.get_by_role("button", name="Angemeldet bleiben")).to_be_focused()
    assert faults(page) == []
    page.set_viewport_size(NARROW)
    assert not sideways(page)
    stay.click()
    expect(dialog).to_be_hidden()
    wait(28)
    expect(dialog).to_contain_text("Sie werden in höchstens zwei Minuten abgemeldet")
    wait(3)
    expect(dialog).to_contain_text("Sie sind abgemeldet.")
    expect(stay).to_be_hidden()
    page.keyboard.press("Enter")  # "Schließen" has the focus
    expect(dialog).to_be_hidden()


def test_the_figures_can_be_stopped_and_go_on(office: Office, page: Page) -> None:
    page.clock.install()
    page.reload()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    with page.expect_request("**/office/rounds/1/status*"):
        page.clock.fast_forward(1000)
    page.get_by_role("button", name="Aktualisierung anhalten").click()
    asked.clear()
    office.answer(office.round(1), "Ort 05", sign("Stadt Ort 05"))
    for _ in range(5):
        page.clock.fast_forward(1000)
    assert asked == []
    page.reload()  # it stays stopped
    resume = page.get_by_role("button", name="Aktualisierung fortsetzen")
    expect(resume).to_be_visible()
    office.answer(office.round(1), "Ort 06", sign("Stadt Ort 06"))
    resume.click()
    expect(page.locator(".so-count")).to_contain_text("2 von 40 haben mitgezeichnet")


def test_the_offices_pages_are_accessible_in_both_schemes_and_fit_a_telephone(
    office: Office, page: Page
) -> None:
    round = office.round(1)
    for n in range(6):
        office.answer(
            round, f"Ort {n:02d}", sign(f"Stadt Ort {n:02d} am Wald", "Eine Notiz." if n else "")
        )
    office.answer(round, "Ort 07", pending(date(2027, 2, 11)))
    home, all_problems = page.url.split("/office")[0], []
    for scheme, size in (("light", NARROW), ("dark", {"width": 1280, "height": 900})):
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        page.set_viewport_size(size)
        for path in (
            "",
            "rounds/1",
            "rounds/1?q=Nirgendwo",
            "audit?from=gestern",
            "audit/check",
        ):
            page.goto(f"{home}/office/{path}")
            page.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")
            problems = (*faults(page), sideways(page), *page.evaluate(MOVING))
            all_problems += [f"{path} {scheme}: {problem}" for problem in problems if problem]
    assert all_problems == []


def test_the_table_of_members_fits_or_scrolls_within_the_page(office: Office, page: Page) -> None:
    name = "Stadt Ort 00"
    office.answer(office.round(1), "Ort 00", sign(name, "Im Rahmen der verfügbaren Mittel. " * 3))
    page.goto(page.url)
    for width in (900, 1024, 1180, 1240):
        page.set_viewport_size({"width": width, "height": 900})
        assert not sideways(page)


def test_ticks_and_the_tag_survive_a_refresh_and_end_with_another_filter(
    chromium: Browser, office: Office
) -> None:
    with office_page(chromium, office, "/office/rounds/1", Role.EDITOR) as page:
        page.route("**/office/rounds/1", poll_faster)
        page.goto("/office/rounds/1", wait_until="networkidle")
        tick, everything = page.locator("#pick-5"), page.locator("#all")
        tick.check()
        page.fill("#tag", "wichtig")
        office.answer(office.round(1), "Ort 05", sign("Stadt Ort 05"))
        expect(page.locator(".so-count")).to_contain_text("1 von 40 hat mitgezeichnet")
        expect(tick).to_be_checked()
        expect(page.locator("#tag")).to_have_value("wichtig")
        everything.check()
        expect(page.locator("#pick-7")).to_be_checked()
        page.locator("#f-a").select_option("none")
        expect(page.locator("[data-part=table] tbody tr")).to_have_count(39)
        expect(everything).not_to_be_checked()


def test_the_keys_search_turn_pages_and_can_be_switched_off(
    chromium: Browser, office: Office
) -> None:
    with office_page(chromium, office, "/office/rounds/1", Role.EDITOR) as page:
        page.keyboard.press("/")
        expect(page.locator("#suche")).to_be_focused()
        page.keyboard.type("Ort 07")
        page.keyboard.press("Enter")
        expect(page.get_by_role("link", name="Stadt Ort 07")).to_be_visible()
        page.keyboard.press("?")
        expect(page.get_by_text("Tastenkürzel verwenden")).to_be_visible()
        page.keyboard.press("u")
        page.wait_for_url("**/office/")
        page.keyboard.press("?")
        page.locator("#tasten").uncheck()
        page.goto("/office/members")
        page.keyboard.press("u")
        page.keyboard.press("/")
        expect(page.locator("#suche")).not_to_be_focused()
        assert page.url.endswith("/office/members")


@pytest.mark.parametrize(
    "columns", ["", "?" + "&".join(f"columns={name}" for name in RoundMemberQuery.COLUMNS)]
)
def test_the_table_never_scrolls_sideways(office: Office, page: Page, columns: str) -> None:
    office.answer(
        office.round(1), "Ort 00", sign("Stadt Ort 00", "Donaudampfschifffahrtsgesellschaft " * 9)
    )
    page.goto(f"{page.url}{columns}")
    for width in range(320, 1921, 100):
        page.set_viewport_size({"width": width, "height": 900})
        assert not sideways(page), width
        assert page.evaluate(TABLE_OVERFLOW) <= 0, width
