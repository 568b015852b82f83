"""One address for several members: one page that leads to each, and one form for the same answer."""

from dataclasses import replace
from datetime import timedelta
from threading import Barrier, Thread

import pytest

from signoff import actions, store
from signoff.domain.answer_forms import Colleague
from signoff.domain.errors import Reason, Refusal
from signoff.domain.rounds import Link
from signoff.store.connection import transaction
from signoff.tokens import TokenPurpose
from tests.browser import Browser
from tests.factories import CAST, HESITANT, MAYOR, SLUG, decline, member, sign
from tests.form_filling import PUBLICATION, SIGNER, answering, confirm, signing
from tests.world import World

AMT, HEAD = "amt@amt-foehr.example", "buergermeister@nieblum.example"
WYK = member("11", "Wyk", "Stadt Wyk", AMT)
NIEBLUM = member("12", "Nieblum", "Gemeinde Nieblum", AMT, HEAD)
OEVENUM = member("13", "Oevenum", "Gemeinde Oevenum", AMT)
AMT_FOEHR = (WYK, NIEBLUM, OEVENUM)
FOR_THREE = "Sie antworten für 3 Kommunen."
REPEAT = "Dieselbe Rückmeldung für weitere Kommunen abgeben"


@pytest.fixture
def amt(world: World) -> World:
    world.opened(rows=(*CAST, *AMT_FOEHR))
    world.work()
    return world


def link_of(world: World, key: str, email: str = AMT, slug: str = SLUG) -> Link:
    invitation = world.invitation_status(key, slug).invitation
    links = store.rounds.list_open_links(world.db, invitation.id)
    return next(link for link in links if link.email == email)


def token(world: World, key: str, email: str = AMT, slug: str = SLUG) -> str:
    link = link_of(world, key, email, slug)
    return world.services.token_signer.sign(
        TokenPurpose.INVITATION, link.public_id, link.generation
    )


def ticks(world: World, *keys: str) -> dict[str, bool]:
    return {f"also-{world.invitation_status(key).invitation.id}": True for key in keys}


def signed_for_wyk(world: World) -> Browser:
    browser = world.browser()
    return confirm(signing(browser, token(world, "11")), "Wyk")


def answers(world: World) -> dict[str, str | None]:
    return {key: world.invitation_status(key).kind for key in ("11", "12", "13")}


def test_the_link_lists_the_members_of_its_address_and_leads_to_each(amt: World) -> None:
    amt.answer(HEAD, decline())
    browser = amt.browser().open(f"/s/{token(amt, '11')}")
    assert browser.page == "read"
    assert f"{FOR_THREE} 1 von 3 haben geantwortet." in browser.text
    assert browser.link("Gemeinde Nieblum") == f"/s/{token(amt, '12')}"
    browser.follow("Gemeinde Nieblum")
    assert (browser.page, FOR_THREE in browser.text) == ("receipt", True)
    browser.follow("Gemeinde Oevenum")
    assert browser.page == "read"
    assert "Zeichnet die Gemeinde Oevenum" in browser.text or "Oevenum" in browser.title


@pytest.mark.parametrize("email", [HEAD, MAYOR, HESITANT])
def test_another_address_sees_its_own_member_alone(amt: World, email: str) -> None:
    browser = amt.browser().open(f"/s/{amt.links()[email]}")
    for words in ("Sie antworten für 3", "Stadt Wyk", "Oevenum"):
        assert words not in browser.text


def test_a_delegated_link_sees_its_own_member_alone(amt: World) -> None:
    access = store.access.load(amt.db, link_of(amt, "11"))
    actions.delegation.delegate(
        amt.db, access, Colleague("Kollegin", "Bauamt", "bau@amt-foehr.example"), amt.now
    )
    assert "Nieblum" not in amt.browser().open(f"/s/{amt.links()['bau@amt-foehr.example']}").text
    # a task passed on to the address of a representative joins no group either
    mayor = store.access.load(amt.db, link_of(amt, "01", MAYOR))
    passed = actions.delegation.delegate(amt.db, mayor, Colleague("Amt", "Amt", AMT), amt.now)
    assert store.access.list_together(amt.db, store.access.load(amt.db, passed)) == []
    assert len(store.access.list_together(amt.db, access)) == 3


def test_a_corrected_address_leaves_the_page_at_once(amt: World) -> None:
    old = token(amt, "13")
    actions.mail.correct_address(
        amt.db, link_of(amt, "13").id, "rathaus@oevenum.example", "office", amt.now
    )
    browser = amt.browser().open(f"/s/{token(amt, '11')}")
    assert "Sie antworten für 2 Kommunen." in browser.text
    assert "Oevenum" not in browser.text
    amt.browser().open(f"/s/{old}", 404)
    own = amt.browser().open(f"/s/{amt.links()['rathaus@oevenum.example']}")
    assert "Nieblum" not in own.text


def test_an_ended_link_opens_nothing_and_leaves_the_page(amt: World) -> None:
    ended = token(amt, "13")
    with transaction(amt.db):
        store.rounds.end_link(amt.db, link_of(amt, "13").id, amt.now)
    amt.browser().open(f"/s/{ended}", 404)
    assert "Oevenum" not in amt.browser().open(f"/s/{token(amt, '11')}").text


def test_only_members_of_the_same_round_are_listed_together(amt: World) -> None:
    amt.paper("zweites")
    amt.open("zweites", tags=())
    second = store.access.load(amt.db, link_of(amt, "11", slug="zweites"))
    together = store.access.list_together(amt.db, second)
    assert len(together) == 3
    assert {other.round.id for other in together} == {second.round.id}


def test_one_form_gives_the_same_answer_for_each_ticked_member(amt: World) -> None:
    browser = signed_for_wyk(amt)
    browser.follow(REPEAT)
    assert browser.page == "further"
    assert not [name for name in browser.values if name.startswith("also-")]
    before = len(amt.events())
    browser.submit({**ticks(amt, "12", "13"), "confirm": "wyk"})
    assert browser.page == "receipt"
    assert "3 von 3 haben geantwortet." in browser.text
    first, second, third = (amt.invitation_status(key) for key in ("11", "12", "13"))
    assert answers(amt) == dict.fromkeys(("11", "12", "13"), "sign")
    assert amt.events()[before:] == ["answered", "answered"]
    assert second.version.answer.declaration == replace(
        first.version.answer.declaration, official_name="Gemeinde Nieblum"
    )
    assert second.version.link_id == link_of(amt, "12").id
    assert len({status.version.entry for status in (first, second, third)}) == 3
    receipt = amt.browser().open(f"/s/{token(amt, '13')}")
    assert (receipt.page, third.invitation.reference in receipt.text) == ("receipt", True)
    amt.browser().open(f"/s/{token(amt, '13')}/objection")


def test_the_receipts_of_one_form_are_one_mail_and_others_get_their_own(amt: World) -> None:
    signed_for_wyk(amt).follow(REPEAT).submit({**ticks(amt, "12", "13"), "confirm": "Wyk"})
    amt.postbox.clear()
    amt.work()
    own, together = amt.messages_to(AMT)
    assert "(2 Kommunen)" in together["Subject"]
    text = together.get_body(("plain",)).get_content()
    assert "die Mitzeichnungen Ihrer 2 Kommunen sind eingegangen" in " ".join(text.split())
    for key in ("12", "13"):
        status = amt.invitation_status(key)
        assert status.invitation.reference in text
    assert amt.invitation_status("11").invitation.reference in own["Subject"]
    (head,) = amt.messages_to(HEAD)
    assert "(Gemeinde Nieblum)" in head["Subject"]


def test_without_the_typed_name_or_a_tick_nothing_is_answered(amt: World) -> None:
    browser = signed_for_wyk(amt).open(f"/s/{token(amt, '11')}/further?all=1")
    assert len([name for name in browser.values if name.startswith("also-")]) == 2
    browser.submit(status=422)
    assert len([name for name in browser.values if name.startswith("also-")]) == 2
    browser.open(f"/s/{token(amt, '11')}/further").submit({"confirm": "Wyk"}, status=422)
    assert answers(amt) == {"11": "sign", "12": None, "13": None}


def test_name_and_council_can_be_corrected_for_each_member(amt: World) -> None:
    browser = signed_for_wyk(amt).follow(REPEAT)
    id = amt.invitation_status("12").invitation.id
    assert browser.values[f"name-{id}"] == "Gemeinde Nieblum"
    assert browser.values[f"body-{id}"] == "Rat der Stadt"
    fill = {**ticks(amt, "12"), "confirm": "Wyk"}
    browser.submit({**fill, f"name-{id}": ""}, status=422)
    assert "Bitte geben Sie „Amtliche Bezeichnung“ an." in browser.text
    browser.submit(
        {**fill, f"name-{id}": "Gemeinde Nieblum auf Föhr", f"body-{id}": "Gemeindevertretung"}
    )
    declaration = amt.invitation_status("12").version.answer.declaration
    assert declaration.official_name == "Gemeinde Nieblum auf Föhr"
    assert declaration.decision.body == "Gemeindevertretung"
    assert declaration.decision.number == "12/2027"
    assert answers(amt)["13"] is None


@pytest.mark.parametrize("kind", ["decline", "not_competent", "pending"])
def test_every_kind_of_answer_can_be_given_for_further_members(amt: World, kind: str) -> None:
    browser = confirm(answering(amt.browser(), token(amt, "11"), kind), "Wyk").follow(REPEAT)
    browser.submit({**ticks(amt, "12", "13"), "confirm": "Wyk"})
    assert answers(amt) == dict.fromkeys(("11", "12", "13"), kind)


def test_a_member_that_answered_alone_is_not_offered_and_keeps_its_answer(amt: World) -> None:
    amt.answer(HEAD, decline())
    browser = signed_for_wyk(amt).follow(REPEAT)
    assert not [name for name in ticks(amt, "12") if f'name="{name}"' in browser.response.text]
    browser.submit({**ticks(amt, "13"), "confirm": "Wyk"})
    assert answers(amt) == {"11": "sign", "12": "decline", "13": "sign"}


def test_a_member_that_answers_meanwhile_stops_the_form_and_loses_nothing(amt: World) -> None:
    browser = signed_for_wyk(amt).follow(REPEAT)
    amt.answer(HEAD, decline())
    browser.submit({**ticks(amt, "12", "13"), "confirm": "Wyk"}, status=409)
    assert "Inzwischen hat sich geändert" in browser.text
    assert answers(amt) == {"11": "sign", "12": "decline", "13": None}
    assert [name for name in browser.values if name.startswith("also-")] == list(ticks(amt, "13"))
    browser.submit({"confirm": "Wyk"})
    assert answers(amt)["13"] == "sign"


def test_the_second_click_finds_the_receipt(amt: World) -> None:
    browser = signed_for_wyk(amt).follow(REPEAT)
    data = {**browser.values, **dict.fromkeys(ticks(amt, "12", "13"), "y"), "confirm": "Wyk"}
    for _ in range(2):
        browser.request("POST", f"/s/{token(amt, '11')}/further", 200, data=data)
        assert browser.page == "receipt"
    assert amt.invitation_status("12").version.number == 1


def test_a_form_cannot_tick_a_member_of_another_address(amt: World) -> None:
    browser = signed_for_wyk(amt).follow(REPEAT)
    data = {**browser.values, **dict.fromkeys(ticks(amt, "02", "12"), "y"), "confirm": "Wyk"}
    browser.request("POST", f"/s/{token(amt, '11')}/further", 409, data=data)
    assert amt.invitation_status("02").kind is None
    assert answers(amt)["12"] is None


def test_after_the_deadline_nothing_is_taken_for_further_members(amt: World) -> None:
    browser = signed_for_wyk(amt).follow(REPEAT)
    amt.now = amt.round().deadline + timedelta(seconds=1)
    browser.submit({**ticks(amt, "12", "13"), "confirm": "Wyk"}, status=409)
    assert browser.page == "closed"
    assert answers(amt)["12"] is None


def test_late_signatures_are_given_together_too(world: World) -> None:
    world.opened(rows=(*CAST, *AMT_FOEHR), late=True)
    world.answer(MAYOR, sign())
    world.closed()
    world.released()
    browser = world.browser()
    browser.open(f"/s/{token(world, '11')}/answer").submit({"answer": "sign"})
    browser.submit(SIGNER).submit(PUBLICATION)
    confirm(browser, "Wyk").follow(REPEAT).submit({**ticks(world, "12", "13"), "confirm": "Wyk"})
    assert browser.page == "receipt"
    for key in ("12", "13"):
        access = store.access.load(world.db, link_of(world, key))
        assert access.version.late


def test_two_colleagues_with_one_address_answer_each_member_once(amt: World) -> None:
    """Both press at the same moment: one set of answers is stored, the other form says so."""
    signed_for_wyk(amt)
    access = store.access.load(amt.db, link_of(amt, "11"))
    ids = [amt.invitation_status(key).invitation.id for key in ("12", "13")]
    barrier, results = Barrier(2), []

    def press(form_key: str) -> None:
        db = amt.connect()
        barrier.wait()
        try:
            actions.answers.submit_for_others(
                db,
                access,
                dict.fromkeys(ids, access.version.answer),
                form_key=form_key,
                now=amt.now,
            )
            results.append("stored")
        except Refusal as refusal:
            results.append(refusal.reason)
        db.close()

    threads = [Thread(target=press, args=(key,)) for key in ("one", "two")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(results, key=str) == sorted(["stored", Reason.STALE], key=str)
    assert [amt.invitation_status(key).version.number for key in ("12", "13")] == [1, 1]
