"""The pages behind a link: their language, and the number of signatures if the round shows it."""

import errno
import os

import pytest

from signoff import actions
from signoff.store.connection import NotOnDiskError, OperationalError
from tests.browser import Browser
from tests.factories import HESITANT, MAYOR, SLUG, decline, sign
from tests.form_filling import NOTE, confirm, signing
from tests.world import DEADLINE, World

COUNTED = "Bisher hat eine Kommune mitgezeichnet."


@pytest.mark.parametrize(
    ("progress", "shown_to_member", "shown_to_public"),
    [("none", False, False), ("members", True, False), ("everyone", True, True)],
)
def test_the_number_of_signatures_is_shown_as_the_round_allows(
    world: World, progress: str, shown_to_member: bool, shown_to_public: bool
) -> None:
    world.opened(progress=progress, public=True)
    world.answer(MAYOR, sign())
    world.answer(HESITANT, decline())
    reader = world.browser()
    assert (COUNTED in reader.open(f"/s/{world.links()[MAYOR]}?text=1").text) is shown_to_member
    assert (COUNTED in reader.open(f"/papers/{SLUG}").text) is shown_to_public


FORMS = ("/answer", "/pass-on", "/withdraw", "/correction", "/objection")


@pytest.mark.parametrize("path", ["", "/links", *FORMS])
def test_every_page_behind_a_link_offers_the_other_language(world: World, path: str) -> None:
    world.opened()
    world.answer(MAYOR, sign())
    reader = world.browser().open(f"/s/{world.links()[MAYOR]}{path}")
    assert reader.root.get("lang") == "de"
    page = switched(reader, path, "English").page
    assert (reader.root.get("lang"), reader.path) == ("en", f"/s/{world.links()[MAYOR]}{path}")
    assert switched(reader, path, "Deutsch").page == page
    assert reader.root.get("lang") == "de"


def switched(reader: Browser, path: str, to: str) -> Browser:
    return reader.submit(press=to) if path in FORMS else reader.follow(to)


def test_changing_the_language_keeps_the_query_and_stays_chosen(world: World) -> None:
    world.opened()
    world.answer(MAYOR, sign())
    reader = world.browser().open(f"/s/{world.links()[MAYOR]}?text=1").follow("English")
    assert reader.page == "read"
    assert reader.url.endswith("?text=1&lang=en")
    assert "lang=en" in reader.root.find(".//main//a").get("href", "")


def test_a_dead_link_and_the_code_page_speak_the_other_language_too(world: World) -> None:
    world.opened()
    assert world.browser().open("/s/unknown", 404).follow("English", 404).root.get("lang") == "en"
    assert (
        world.browser()
        .open("/s")
        .submit({"code": "ACDF"}, press="English", action="/s")
        .root.get("lang")
        == "en"
    )


@pytest.mark.parametrize(
    ("path", "form"),
    [
        ("/pass-on", {"name": "Amt", "email": "kein Zeichen", "message": "Bitte\num Hilfe"}),
        ("/correction", {"last_name": "Neu", "function": ""}),
        ("/objection", {"words": "Das kennt hier niemand."}),
    ],
)
def test_a_form_keeps_its_input_in_the_other_language(world: World, path: str, form: dict) -> None:
    world.opened()
    world.answer(MAYOR, sign())
    before = world.contents()
    reader = world.browser().open(f"/s/{world.links()[MAYOR]}{path}").submit(form, press="English")
    assert reader.root.get("lang") == "en"
    assert form.items() <= reader.values.items()
    assert world.contents() == before


def test_the_review_and_its_errors_speak_the_other_language_and_lose_nothing(world: World) -> None:
    world.opened()
    reader = signing(world.browser(), world.links()[MAYOR])
    reader.submit({"confirm": "Nirgendwo"}, status=422)
    values = {
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
    assert values.items() <= reader.values.items()
    assert reader.values["confirm"] == ""
    confirm(reader)
    assert (reader.page, reader.root.get("lang"), world.invitation_status().kind) == (
        "receipt",
        "en",
        "sign",
    )


def test_input_sent_after_the_deadline_stays_on_the_page(world: World) -> None:
    """The page has neither a form nor a link to the other language, because both would lose the input."""
    world.opened()
    reader = signing(world.browser(), world.links()[MAYOR]).submit(press="English")
    world.now = DEADLINE
    confirm(reader, status=409)
    assert (reader.page, reader.root.get("lang")) == ("closed", "en")
    assert NOTE in reader.text
    assert not [anchor for anchor in reader.root.iter("a") if anchor.get("hreflang")]


def test_an_error_page_leads_back_to_the_form_with_its_input(world: World) -> None:
    world.opened()
    reader = signing(world.browser(), world.links()[MAYOR])
    form = {**reader.values, "confirm": "Musterhausen", "edition_digest": "00" * 32}
    reader.request("POST", reader.path, 409, data=form)
    assert reader.page == "error"
    assert "Zurück zum Formular mit Ihren Eingaben" in reader.text
    reader.submit()  # the text has changed, so the form begins with the first step
    assert (reader.page, reader.values["answer"], reader.values["note"]) == ("answer", "sign", NOTE)
    confirm(reader.submit().submit({"authorised": True}).submit())
    assert reader.page == "receipt"
    assert world.invitation_status().version.answer.declaration.note == NOTE


def test_a_busy_database_keeps_the_input_for_another_try(world: World, monkeypatch) -> None:
    world.opened()
    reader = signing(world.browser(), world.links()[MAYOR])

    def busy(*given, **named):
        raise OperationalError("database is locked")

    with monkeypatch.context() as broken:
        broken.setattr(actions.answers, "submit", busy)
        confirm(reader, status=503)
    reader.submit(press="English")
    assert reader.page == "review"
    assert reader.root.get("lang") == "en"
    assert confirm(reader).page == "receipt"
    assert world.invitation_status().version.number == 1


def test_no_page_shows_an_answer_that_is_not_on_disk(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another request has committed it, and its sync has not succeeded."""
    world.opened()
    reader = world.browser()
    with monkeypatch.context() as broken:
        broken.setattr(os, "fdatasync", fail_to_sync)
        with pytest.raises(NotOnDiskError):
            world.answer(MAYOR, sign())
        reader.open(f"/s/{world.links()[MAYOR]}", status=503)
        assert "Die Seite lässt sich gerade nicht zeigen" in reader.text
    reader.open(f"/s/{world.links()[MAYOR]}")
    assert reader.page == "receipt"


def test_an_answer_that_the_disk_does_not_store_is_neither_confirmed_nor_denied(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.opened()
    reader = signing(world.browser(), world.links()[MAYOR])
    with monkeypatch.context() as broken:
        broken.setattr(os, "fdatasync", fail_to_sync)
        sent = {**reader.values, "confirm": "Musterhausen"}
        confirm(reader, status=503)
        assert "steht noch nicht fest" in reader.text
        assert "nicht übernommen" not in reader.text
    reader.request("POST", reader.path, 200, data=sent)
    assert reader.page == "receipt"
    assert world.invitation_status().version.number == 1


def fail_to_sync(handle: int) -> None:
    raise OSError(errno.EIO, "Input/output error")
