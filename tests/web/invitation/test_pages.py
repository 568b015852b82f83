"""The page behind a link: in the reader's language or the other, and how many have co-signed as the round says."""

import pytest

from signoff import actions
from signoff.store.connection import OperationalError
from tests.browser import Browser
from tests.factories import HESITANT, MAYOR, SLUG, decline, sign
from tests.form_filling import NOTE, confirm, signing
from tests.world import DEADLINE, World

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


FORMS = ("/answer", "/pass-on", "/withdraw", "/correction", "/objection")


@pytest.mark.parametrize("path", ["", "/links", *FORMS])
def test_every_page_behind_a_link_offers_the_other_language(world: World, path: str) -> None:
    world.opened()
    world.answer(MAYOR, sign())
    reader = world.browser().open(f"/s/{world.links()[MAYOR]}{path}")
    assert reader.root.get("lang") == "de"
    page = switched(reader, path, "English").page
    assert (reader.root.get("lang"), reader.path) == ("en", f"/s/{world.links()[MAYOR]}{path}")
    assert switched(reader, path, "Deutsch").page == page and reader.root.get("lang") == "de"


def switched(reader: Browser, path: str, to: str) -> Browser:
    return reader.submit(press=to) if path in FORMS else reader.follow(to)


def test_the_other_language_keeps_what_the_address_asked_for_and_stays_chosen(world: World) -> None:
    world.opened()
    world.answer(MAYOR, sign())
    reader = world.browser().open(f"/s/{world.links()[MAYOR]}?text=1").follow("English")
    assert reader.page == "read" and reader.url.endswith("?text=1&lang=en")
    assert "lang=en" in reader.root.find(".//main//a").get("href", "")


def test_a_dead_link_and_the_code_page_speak_the_other_language_too(world: World) -> None:
    world.opened()
    assert world.browser().open("/s/unknown", 404).follow("English", 404).root.get("lang") == "en"
    assert (
        world.browser().open("/s").submit({"code": "ACDF"}, press="English").root.get("lang")
        == "en"
    )


@pytest.mark.parametrize(
    ("path", "typed"),
    [
        ("/pass-on", {"name": "Amt", "email": "kein Zeichen", "message": "Bitte\num Hilfe"}),
        ("/correction", {"last_name": "Neu", "function": ""}),
        ("/objection", {"words": "Das kennt hier niemand."}),
    ],
)
def test_a_form_keeps_its_input_in_the_other_language(world: World, path: str, typed: dict) -> None:
    world.opened()
    world.answer(MAYOR, sign())
    before = world.contents()
    reader = world.browser().open(f"/s/{world.links()[MAYOR]}{path}").submit(typed, press="English")
    assert reader.root.get("lang") == "en" and typed.items() <= reader.values.items()
    assert world.contents() == before


def test_the_review_and_its_errors_speak_the_other_language_and_lose_nothing(world: World) -> None:
    world.opened()
    reader = signing(world.browser(), world.links()[MAYOR])
    reader.submit({"confirm": "Nirgendwo"}, status=422)
    kept = {
        name: value
        for name, value in reader.values.items()
        if name not in ("csrf_token", "confirm")
    }
    reader.submit({"confirm": "Musterhausen"}, press="English")
    assert (reader.page, reader.root.get("lang"), world.invitation_status().kind) == (
        "review",
        "en",
        None,
    )
    assert kept.items() <= reader.values.items() and reader.values["confirm"] == ""
    confirm(reader)
    assert (reader.page, reader.root.get("lang"), world.invitation_status().kind) == (
        "receipt",
        "en",
        "sign",
    )


def test_what_came_too_late_stays_on_its_page(world: World) -> None:
    """There is no form to carry it on, and no link that would lose it; the language chosen before stays chosen."""
    world.opened()
    reader = signing(world.browser(), world.links()[MAYOR]).submit(press="English")
    world.now = DEADLINE
    confirm(reader, status=409)
    assert (reader.page, reader.root.get("lang")) == ("closed", "en") and NOTE in reader.text
    assert not [each for each in reader.root.iter("a") if each.get("hreflang")]


def test_an_error_page_leads_back_to_the_form_with_its_input(world: World) -> None:
    world.opened()
    reader = signing(world.browser(), world.links()[MAYOR])
    form = {**reader.values, "confirm": "Musterhausen", "edition_digest": "00" * 32}
    reader.request("POST", reader.path, 409, data=form)
    assert reader.page == "error" and "Zurück zum Formular mit Ihren Eingaben" in reader.text
    reader.submit()  # another text: from the first step on
    assert (reader.page, reader.values["answer"], reader.values["note"]) == ("answer", "sign", NOTE)
    confirm(reader.submit().submit({"authorised": True}).submit())
    assert (
        reader.page == "receipt"
        and world.invitation_status().version.answer.declaration.note == NOTE
    )


def test_a_busy_database_keeps_the_input_for_another_try(world: World, monkeypatch) -> None:
    world.opened()
    reader = signing(world.browser(), world.links()[MAYOR])

    def busy(*given, **named):
        raise OperationalError("database is locked")

    with monkeypatch.context() as broken:
        broken.setattr(actions.answers, "submit", busy)
        confirm(reader, status=503)
    reader.submit(press="English")
    assert reader.page == "review" and reader.root.get("lang") == "en"
    assert confirm(reader).page == "receipt" and world.invitation_status().version.number == 1
