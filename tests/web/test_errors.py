"""Errors lead to a page that says what happened and what to do, and no input is lost."""

import re
from dataclasses import replace
from datetime import date, timedelta

import pytest

from signoff.domain.answers import Answer
from signoff.i18n.formatting import suggest_functions
from tests.browser import Browser
from tests.factories import HESITANT, MAYOR, OFFICE, TEXT, decline, pending, sign
from tests.form_filling import DECLINE, SIGNER, answering, begin, confirm, signing
from tests.world import DEADLINE, World

STALE = "Ihre Eingaben stehen noch hier; abgegeben ist nichts."


@pytest.fixture
def clerk(world: World) -> Browser:
    world.opened()
    return world.browser()


def delete_cookie(clerk: Browser) -> None:
    clerk.client.delete_cookie("__Host-signoff", domain="localhost")


def test_a_lost_cookie_loses_no_input(world: World, clerk: Browser) -> None:
    begin(clerk, world.links()[MAYOR]).submit({"answer": "sign"})
    delete_cookie(clerk)
    clerk.submit({**SIGNER, "decision_date": "14.1.2027"}, status=400)
    assert STALE in clerk.text
    assert "Schritt 2 von 4" in clerk.text
    assert (clerk.values["last_name"], clerk.values["decision_date"]) == ("Nachname", "14.1.2027")
    clerk.submit()
    assert "Schritt 3 von 4" in clerk.text


def test_a_lost_cookie_at_the_last_step_stores_nothing_and_clears_the_confirmation(
    world: World, clerk: Browser
) -> None:
    signing(clerk, world.links()[MAYOR])
    delete_cookie(clerk)
    confirm(clerk, status=400)
    assert clerk.page == "review"
    assert STALE in clerk.text
    assert clerk.values["confirm"] == ""
    assert world.invitation_status().kind is None
    confirm(clerk)
    assert clerk.page == "receipt"
    assert world.invitation_status().version.number == 1


@pytest.mark.parametrize(
    ("path", "form", "expected"),
    [
        ("/withdraw", {"confirm": "Musterhausen"}, {}),
        (
            "/pass-on",
            {"name": "Amt", "message": "Bitte\num Hilfe"},
            {"name": "Amt", "message": "Bitte\num Hilfe"},
        ),
        ("/correction", {"last_name": "Neu"}, {"last_name": "Neu"}),
        ("/objection", {"words": "Nein"}, {"words": "Nein"}),
    ],
)
def test_every_form_survives_a_lost_cookie(
    world: World, clerk: Browser, path: str, form: dict, expected: dict
) -> None:
    world.answer(OFFICE, sign())
    before = world.events()
    clerk.open(f"/s/{world.links()[MAYOR]}{path}")
    delete_cookie(clerk)
    clerk.submit(form, status=400)
    assert STALE in clerk.text
    assert expected.items() <= clerk.values.items()
    assert world.events() == before


@pytest.mark.parametrize("state", ["unanswered", "answered", "ended", "released"])
def test_every_stale_form_under_a_link_gets_a_page(
    world: World, clerk: Browser, state: str
) -> None:
    if state != "unanswered":
        world.answer(OFFICE, sign())
    if state == "ended":
        world.now = DEADLINE
    if state == "released":
        world.closed()
        world.released()
    app, token = world.build_app(), world.links()[MAYOR]
    client = app.test_client()
    rules = [
        rule
        for rule in app.url_map.iter_rules()
        if rule.rule.startswith("/s/<") and "POST" in (rule.methods or ())
    ]
    for rule in rules:
        path = re.sub("<[^>]+>", "1", rule.rule.replace("<token>", token))
        answer = client.post(path, data={"confirm": "x"}, base_url="http://localhost:8000")
        assert (rule.rule, answer.status_code // 100) in ((rule.rule, 4), (rule.rule, 2))
        assert "<h1" in answer.text
    assert len(rules) > 6


def test_a_dead_link_with_a_lost_cookie_shows_the_page_of_dead_links(
    world: World, clerk: Browser
) -> None:
    begin(clerk, world.links()[MAYOR])
    dead = clerk.path.replace("/answer", "x/answer")
    delete_cookie(clerk)
    clerk.request("POST", dead, 404, data={"answer": "sign"})
    assert clerk.page == "unknown"


def test_after_the_deadline_the_input_can_still_be_read(world: World, clerk: Browser) -> None:
    signing(clerk, world.links()[MAYOR])
    world.now = DEADLINE
    confirm(clerk, status=409)
    assert clerk.page == "closed"
    assert not clerk.forms
    assert "Ihre Eingaben wurden nicht mehr angenommen" in clerk.text
    for value in ("Nachname", "Rat der Stadt", "hauptamt@rathaus.example", "Wir zeichnen mit"):
        assert value in clerk.text
    assert "Es liegt keine Rückmeldung vor." in clerk.text


def test_the_page_after_the_deadline_shows_no_input_without_any(
    world: World, clerk: Browser
) -> None:
    world.now = DEADLINE
    clerk.open(f"/s/{world.links()[MAYOR]}/answer", 409)
    assert "Ihre Eingaben wurden nicht mehr angenommen" not in clerk.text


def test_the_second_of_two_colleagues_answering_sees_the_first_answer(
    world: World, clerk: Browser
) -> None:
    signing(clerk, world.links()[MAYOR])
    world.answer(OFFICE, decline())
    confirm(clerk, status=409)
    assert "Soll Ihre Rückmeldung diese ersetzen?" in clerk.text
    confirm(clerk)
    assert clerk.page == "receipt"
    assert "Vor Ihnen wurde für Ihre Kommune schon geantwortet." in clerk.text
    assert "nicht mitgezeichnet" in clerk.text
    other = world.browser().open(f"/s/{world.links()[OFFICE]}")
    assert "Für Ihre Kommune wurde bereits geantwortet." in other.text


def test_the_review_shows_a_colleagues_answer_before_it_is_replaced(
    world: World, clerk: Browser
) -> None:
    world.answer(OFFICE, decline())
    signing(clerk, world.links()[MAYOR])
    assert clerk.page == "review"
    assert "Für Ihre Kommune wurde bereits geantwortet." in clerk.text


@pytest.mark.parametrize(
    ("path", "before", "form"),
    [
        ("/withdraw", sign(), {}),
        ("/correction", sign(), {"last_name": "Neu"}),
        ("/sitting", pending(), {"expected_on": "4.3.2027"}),
    ],
)
def test_replacing_an_unseen_answer_of_a_colleague_shows_a_warning(
    world: World, clerk: Browser, path: str, before: Answer, form: dict
) -> None:
    world.answer(MAYOR, before)
    clerk.open(f"/s/{world.links()[MAYOR]}{path}")
    colleagues = pending(date(2027, 2, 25)) if path == "/sitting" else sign(first_name="Andere")
    world.answer(OFFICE, colleagues)
    clerk.submit({**form, "confirm": "Musterhausen"}, status=409)
    assert "Die Rückmeldung Ihrer Kommune wurde inzwischen geändert." in clerk.text
    assert form.items() <= clerk.values.items()
    assert world.invitation_status().version.answer == colleagues
    clerk.submit({"confirm": "Musterhausen"})
    assert clerk.page in ("receipt", "read")
    assert world.invitation_status().version.number == 3


def test_a_double_click_moves_a_meeting_once(world: World, clerk: Browser) -> None:
    world.answer(MAYOR, pending())
    clerk.open(f"/s/{world.links()[MAYOR]}/sitting")
    path, form = clerk.path, {**clerk.values, "expected_on": "4.3.2027", "confirm": "Musterhausen"}
    for _ in range(2):
        clerk.request("POST", path, 200, data=form)
        assert clerk.page == "receipt"
        assert world.invitation_status().version.number == 2


def test_a_moved_meeting_survives_a_lost_cookie(world: World, clerk: Browser) -> None:
    world.answer(MAYOR, pending())
    clerk.open(f"/s/{world.links()[MAYOR]}/sitting")
    delete_cookie(clerk)
    clerk.submit({"expected_on": "4.3.2027", "confirm": "Musterhausen"}, status=400)
    assert STALE in clerk.text
    assert clerk.values["expected_on"] == "4.3.2027"
    assert clerk.submit({"confirm": "Musterhausen"}).page == "receipt"


def test_a_withdrawn_or_own_answer_is_not_called_a_colleagues(world: World, clerk: Browser) -> None:
    world.answer(MAYOR, pending())
    world.answer(MAYOR, sign())
    clerk.open(f"/s/{world.links()[MAYOR]}")
    assert "Vor Ihnen wurde" not in clerk.text


def test_a_form_of_another_round_in_the_same_browser_is_refused_with_an_explanation(
    world: World, clerk: Browser
) -> None:
    world.paper("zweites", replace(TEXT, title="Ein anderes Papier"))
    world.open("zweites")
    begin(clerk, world.links("zweites")[MAYOR]).submit(DECLINE)
    form = {**clerk.values, "confirm": "Musterhausen"}
    clerk.request("POST", f"/s/{world.links()[MAYOR]}/answer", 409, data=form)
    assert "gehört zu einer anderen Fassung" in clerk.text
    assert world.invitation_status().kind is None


def test_the_back_button_after_sending_leads_to_the_receipt(world: World, clerk: Browser) -> None:
    answering(clerk, world.links()[MAYOR], "decline")
    path, form = clerk.path, {**clerk.values, "confirm": "Musterhausen"}
    confirm(clerk)
    world.now += timedelta(minutes=3)
    clerk.request("POST", path, 200, data=form)
    assert clerk.page == "receipt"
    assert world.invitation_status().version.number == 1


@pytest.mark.parametrize(
    ("kind", "official_name", "first"),
    [
        ("Landkreis", "Landkreis Celle", "Landrätin"),
        ("Kreis", "Kreis Unna", "Landrätin"),
        ("kreisfreie Stadt", "Stadt Ulm", "Oberbürgermeisterin"),
        ("Große Kreisstadt", "Große Kreisstadt Zittau", "Oberbürgermeisterin"),
        ("kreisangehörige Stadt", "Stadt Seelze", "Bürgermeisterin"),
        ("Markt", "Markt Murnau", "Bürgermeisterin"),
        ("", "Landkreis Celle", "Landrätin"),
        ("", "Landeshauptstadt München", "Oberbürgermeisterin"),
        ("Samtgemeinde", "Samtgemeinde Land Hadeln", "Samtgemeindebürgermeisterin"),
        ("", "Irgendwas", "Oberbürgermeisterin"),
    ],
)
def test_the_function_is_suggested_by_the_members_kind(
    kind: str, official_name: str, first: str
) -> None:
    assert suggest_functions(kind, official_name)[0] == first


def test_the_form_suggests_functions_and_takes_any(world: World, clerk: Browser) -> None:
    begin(clerk, world.links()[HESITANT]).submit({"answer": "sign"})
    offered = [option.get("value") for option in clerk.root.iter("option")]
    assert offered[:2] == ["Bürgermeisterin", "Bürgermeister"]  # the cast's kind is "Stadt"
    clerk.submit({**SIGNER, "function": "Beauftragter für die Erledigung der Aufgaben"})
    assert "Schritt 3 von 4" in clerk.text
