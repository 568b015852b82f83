"""The page for several members of one address in a real browser: keyboard, 320 px, axe, and robots."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from signoff import store
from signoff.domain.rounds import Link
from signoff.tokens import TokenPurpose
from tests.chromium import NARROW, faults, sideways
from tests.factories import CAST, member, sign
from tests.server import listening
from tests.test_robots import fills, sends_every_form
from tests.world import World

pytestmark = pytest.mark.browser

AMT = "amt@amt-foehr.example"
PLACES = (
    *("Wyk", "Alkersum", "Borgsum", "Dunsum", "Midlum", "Nieblum", "Oevenum", "Oldsum"),
    *("Süderende", "Utersum", "Witsum", "Wrixum", "Nebel", "Norddorf", "Wittdün"),
)
AMT_FOEHR = [
    member(f"2{i:02d}", place, f"{'Stadt' if place == 'Wyk' else 'Gemeinde'} {place}", AMT)
    for i, place in enumerate(PLACES)
]


@pytest.fixture
def address(world: World) -> Iterator[str]:
    world.opened(rows=(*CAST, *AMT_FOEHR))
    with listening(world.build_app()) as address:
        yield address


def open_link(world: World, key: str = "200") -> Link:
    invitation = world.invitation_status(key).invitation
    (only,) = store.rounds.list_open_links(world.db, invitation.id)
    return only


def link(world: World, key: str = "200") -> str:
    opened, signer = open_link(world, key), world.services.token_signer
    return f"/s/{signer.sign(TokenPurpose.INVITATION, opened.public_id, opened.generation)}"


def kinds(world: World) -> set[str | None]:
    return {status.kind for status in world.round_status().invitations if status.member.key > "1"}


class Keyboard:
    """Counts what somebody without a mouse presses."""

    def __init__(self, page: Page) -> None:
        self.page, self.pressed = page, 0

    def press(self, key: str) -> None:
        self.pressed += 1
        self.page.keyboard.press(key)

    def tab_to(self, selector: str) -> None:
        for _ in range(60):
            if self.page.evaluate("s => document.activeElement.matches(s)", selector):
                return
            self.press("Tab")
        raise AssertionError(f"the keyboard does not reach {selector}")

    def enter(self) -> None:
        with self.page.expect_navigation():
            self.press("Enter")

    def type(self, words: str) -> None:
        self.pressed += len(words)
        self.page.keyboard.type(words)


@pytest.mark.parametrize("by", ["selecting all", "ticking each"])
def test_fifteen_answers_take_few_keys_more_than_one(
    chromium: Browser, world: World, address: str, by: str
) -> None:
    answered = store.access.load(world.db, open_link(world))
    world.submit(answered, sign("Stadt Wyk"))
    context = chromium.new_context(java_script_enabled=False, viewport=NARROW)
    page = context.new_page()
    page.goto(address + link(world))
    keyboard = Keyboard(page)
    keyboard.tab_to("main a[href$='/further']")
    keyboard.enter()
    if by == "selecting all":
        keyboard.tab_to("main a[href*='all=1']")
        keyboard.enter()
    else:
        for box in page.locator("input[type=checkbox]").all():
            keyboard.tab_to(f"#{box.get_attribute('id')}")
            keyboard.press("Space")
    keyboard.tab_to("[name=confirm]")
    keyboard.type("Wyk")
    keyboard.enter()
    assert page.locator("main").get_attribute("data-page") == "receipt"
    assert "15 von 15 haben geantwortet." in page.locator("main").inner_text()
    assert kinds(world) == {"sign"}
    print(by, keyboard.pressed)
    assert keyboard.pressed <= (20 if by == "selecting all" else 14 * 2 + 20)
    context.close()


def test_the_pages_for_several_members_are_accessible_and_fit_320_pixels(
    chromium: Browser, world: World, address: str
) -> None:
    page = chromium.new_context(viewport=NARROW).new_page()
    page.goto(address + link(world))
    looks(page)
    world.submit(store.access.load(world.db, open_link(world)), sign("Stadt Wyk"))
    page.goto(address + link(world))
    looks(page)
    page.goto(address + link(world) + "/further")
    looks(page)
    page.locator("main summary").click()
    page.fill("main details input >> nth=0", "")
    page.locator("input[type=checkbox]").first.check()
    page.click("main form button[type=submit]")
    page.wait_for_load_state()
    assert page.locator("main details").get_attribute("open") is not None
    looks(page)
    page.context.close()


def test_a_scanner_that_submits_every_form_answers_for_nobody(
    chromium: Browser, world: World, address: str
) -> None:
    world.submit(store.access.load(world.db, open_link(world)), sign("Stadt Wyk"))
    before = world.contents()
    own = address + link(world)
    seen = sends_every_form(chromium, [own + "/further", own + "/further?all=1"])
    assert set(seen) == {"further"}
    fills(chromium, address + link(world, "205"))
    assert world.contents() == before


def looks(page: Page) -> None:
    """Check the page with axe and at 320 px, and take its pictures."""
    kind = page.locator("main").get_attribute("data-page")
    wrong = [*faults(page), sideways(page)]
    if folder := os.environ.get("PICTURES"):
        for width in (320, 1024):
            page.set_viewport_size({"width": width, "height": 640})
            number = len(list(Path(folder).iterdir()))
            page.screenshot(path=f"{folder}/{number:02d}-{kind}-{width}.png", full_page=True)
        page.set_viewport_size(NARROW)
    assert not [fault for fault in wrong if fault], f"{kind}: {wrong}"
