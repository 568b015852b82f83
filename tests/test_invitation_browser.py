"""The representative's further pages in a real browser: back button, keyboard, 320 px and axe."""

from collections.abc import Iterator
from datetime import date

import pytest
from playwright.sync_api import Browser, Page

from signoff import actions
from signoff.domain.answer_forms import Colleague
from tests.chromium import NARROW, PATIENCE, faults, sideways
from tests.factories import HESITANT, MAYOR, pending, sign
from tests.server import listening
from tests.world import World

pytestmark = pytest.mark.browser


@pytest.fixture
def address(world: World) -> Iterator[str]:
    world.opened()
    with listening(world.build_app()) as address:
        yield address


def window(chromium: Browser, script: bool = True) -> Page:
    page = chromium.new_context(java_script_enabled=script, viewport=NARROW).new_page()
    page.set_default_timeout(PATIENCE)
    return page


@pytest.mark.parametrize("script", [True, False])
def test_the_back_button_keeps_the_input(
    chromium: Browser, world: World, address: str, script: bool
) -> None:
    page = window(chromium, script)
    page.goto(f"{address}/s/{world.links()[MAYOR]}/answer")
    page.check("#answer-sign")
    page.click("main form button[type=submit]")
    for field in ("first_name", "last_name", "function"):
        page.fill(f"#{field}", f"getippt {field}")
    page.check("#basis-head")
    page.check("#authorised")
    page.click("main form button[type=submit]")
    page.fill("#note", "Eine Notiz")

    page.go_back()
    assert page.input_value("#last_name") == "getippt last_name"
    assert page.is_checked("#authorised")
    page.go_back()
    assert page.is_checked("#answer-sign")
    page.go_forward()
    page.go_forward()
    assert page.input_value("#note") == "Eine Notiz"
    page.context.close()


def test_task_is_passed_on_by_keyboard(chromium: Browser, world: World, address: str) -> None:
    page = window(chromium)
    page.goto(f"{address}/s/{world.links()[MAYOR]}/pass-on")
    page.focus("#name")
    for text in ("Amt", "Ordnungsamt", "amt@musterhausen.example", "Bitte", "Musterhausen"):
        while page.evaluate("!['INPUT', 'TEXTAREA'].includes(document.activeElement.tagName)"):
            page.keyboard.press("Tab")
        page.keyboard.type(text)
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url("**/links?*")
    assert "amt@musterhausen.example" in world.links()
    page.context.close()


def test_every_further_page_is_accessible_and_fits_320_pixels(
    chromium: Browser, world: World, address: str
) -> None:
    colleague = Colleague(
        "Leitung " + "Ordnungsangelegenheiten" * 3, "Amt " * 30, "amt@musterhausen.example"
    )
    link = actions.delegation.delegate(world.db, world.access(), colleague, world.now)
    world.answer(MAYOR, sign())
    world.answer(HESITANT, pending(date(2027, 2, 11)))
    mayor, hesitant = world.links()[MAYOR], world.links()[HESITANT]
    page, wrong = window(chromium), []
    forms = [
        f"/s/{mayor}/pass-on",
        f"/s/{mayor}/correction",
        f"/s/{mayor}/objection",
        f"/s/{hesitant}/sitting",
        "/s",
    ]
    forms.append(f"/s/{mayor}/links/{link.id}/end")
    for path in (f"/s/{mayor}", f"/s/{hesitant}", f"/s/{mayor}/links?to={link.id}", *forms):
        page.goto(address + path)
        for _ in range(2 if path in forms else 1):  # empty, and with its errors
            where = page.title()
            wrong += [f"{where}: {fault}" for fault in (*faults(page), sideways(page)) if fault]
            if path in forms:
                page.click("main form button[type=submit]")
                page.wait_for_load_state()
    assert wrong == []
    page.context.close()
