"""The page behind a link: in the reader's language or the other, and how many have co-signed as the round says."""

import pytest

from tests.filling import begin
from tests.world import HESITANT, MAYOR, SLUG, World, decline, sign

COUNTED = "Bisher hat eine Kommune mitgezeichnet."


@pytest.mark.parametrize(
    ("progress", "member_sees", "everyone_sees"),
    [("none", False, False), ("members", True, False), ("everyone", True, True)],
)
def test_how_many_have_signed_is_shown_as_the_round_says(
    world: World, progress: str, member_sees: bool, everyone_sees: bool
) -> None:
    world.opened(progress=progress, public=True)
    world.answer(MAYOR, sign())
    world.answer(HESITANT, decline())
    reader = world.browser()
    assert (COUNTED in reader.open(f"/s/{world.links()[MAYOR]}?text=1").text) is member_sees
    assert (COUNTED in reader.open(f"/papers/{SLUG}").text) is everyone_sees


@pytest.mark.parametrize("path", ["", "/answer", "/pass-on", "/links", "/withdraw", "/correction", "/objection"])
def test_every_page_behind_a_link_offers_the_other_language(world: World, path: str) -> None:
    world.opened()
    world.answer(MAYOR, sign())
    reader = world.browser().open(f"/s/{world.links()[MAYOR]}{path}")
    assert reader.root.get("lang") == "de"
    page = reader.follow("English").page
    assert (reader.root.get("lang"), reader.path) == ("en", f"/s/{world.links()[MAYOR]}{path}")
    assert reader.follow("Deutsch").page == page and reader.root.get("lang") == "de"


def test_the_other_language_keeps_what_the_address_asked_for_and_stays_chosen(world: World) -> None:
    world.opened()
    world.answer(MAYOR, sign())
    reader = world.browser().open(f"/s/{world.links()[MAYOR]}?text=1").follow("English")
    assert reader.page == "read" and reader.url.endswith("?text=1&lang=en")
    assert "lang=en" in reader.root.find(".//main//a").get("href", "")


def test_a_dead_link_and_the_code_page_speak_the_other_language_too(world: World) -> None:
    world.opened()
    assert world.browser().open("/s/unknown", 404).follow("English", 404).root.get("lang") == "en"
    assert world.browser().open("/s").follow("English").root.get("lang") == "en"


def test_a_step_that_holds_what_was_typed_offers_no_link_that_would_lose_it(world: World) -> None:
    world.opened()
    reader = begin(world.browser(), world.links()[MAYOR]).submit({"answer": "sign"})
    assert not [each for each in reader.root.iter("a") if each.get("hreflang")]
