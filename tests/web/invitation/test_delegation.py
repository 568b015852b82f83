"""Delegation: the colleague's own link, the mail to the registered addresses, and ending a link."""

import re

import pytest

from signoff import actions, store
from signoff.actions.answers import RESEND_INTERVAL
from signoff.domain import answer_forms
from signoff.domain.answer_forms import MAX_OPEN_DELEGATIONS, RecordedAnswer
from signoff.domain.answers import Channel
from signoff.domain.errors import Reason, Refusal
from tests.browser import Browser
from tests.factories import HESITANT, MAYOR, OFFICE, decline, sign
from tests.form_filling import NOTE, answering, confirm
from tests.world import World

COLLEAGUE = "ordnungsamt@musterhausen.example"
FORM = {
    "name": "Leitung Ordnungsamt",
    "unit": "Ordnungsamt",
    "email": COLLEAGUE,
    "message": "Können Sie das übernehmen?\nDanke!",
    "confirm": "Musterhausen",
}


@pytest.fixture
def clerk(world: World) -> Browser:
    world.opened()
    world.work()
    world.postbox.clear()
    return world.browser()


def pass_on(
    clerk: Browser, world: World, email: str = COLLEAGUE, status: int = 200, **changes: str
) -> Browser:
    clerk.open(f"/s/{world.links()[MAYOR]}/pass-on")
    return clerk.submit({**FORM, "email": email, **changes}, status=status)


def test_a_colleague_gets_their_own_link_and_the_registered_addresses_get_a_mail(
    world: World, clerk: Browser
) -> None:
    pass_on(clerk, world)
    assert clerk.page == "links"
    assert "Die Aufgabe ist weitergegeben." in clerk.text
    assert "Weitergegeben von Büro Musterhausen" in clerk.text

    world.work()
    (message,) = world.messages_to(COLLEAGUE)
    text = message.get_body(("plain",)).get_content()
    assert "> Können Sie das übernehmen?\n> Danke!" in text
    assert f"Büro Musterhausen, {MAYOR} hat eine Aufgabe" in " ".join(text.split())
    assert [mail["Subject"] for mail in world.messages_to(MAYOR) + world.messages_to(OFFICE)] == [
        "MZ-2027-0001: Aufgabe weitergegeben, „Leitgedanken“ (Stadt Musterhausen)"
    ] * 2
    (link,) = re.findall(r"^https?://\S+/s/\S+$", text, re.MULTILINE)
    colleague = world.browser().open(link)
    assert colleague.page == "read"
    assert "hat die Aufgabe an Sie weitergegeben" in colleague.text


def test_the_answer_of_a_colleague_counts_and_all_get_a_receipt(
    world: World, clerk: Browser
) -> None:
    pass_on(clerk, world)
    world.work()
    world.postbox.clear()
    colleague = world.browser()
    confirm(answering(colleague, world.links()[COLLEAGUE], "sign"))
    assert colleague.page == "receipt"

    world.work()
    assert {message["To"].addresses[0].addr_spec for message in world.postbox} == {
        MAYOR,
        OFFICE,
        COLLEAGUE,
    }
    objectable = [
        message["To"].addresses[0].addr_spec
        for message in world.postbox
        if "/objection" in message.as_string()
    ]
    assert objectable == [MAYOR, OFFICE]


def test_the_registered_address_ends_a_link_and_the_links_delegated_from_it(
    world: World, clerk: Browser
) -> None:
    pass_on(clerk, world)
    token = world.links()[COLLEAGUE]
    second = world.browser().open(f"/s/{token}/pass-on")
    second.submit({**FORM, "email": "bezirk@musterhausen.example"})
    second_token = world.links()["bezirk@musterhausen.example"]

    office = world.browser().open(f"/s/{world.links()[OFFICE]}/links")
    ends = [
        anchor.get("href")
        for anchor in office.root.iter("a")
        if (anchor.get("href") or "").endswith("/end")
    ]
    assert len(ends) == 2
    office.open(ends[0]).submit({"confirm": "Falschhausen"}, status=422)
    assert COLLEAGUE in world.links()
    office.submit({"confirm": "Stadt Musterhausen"})
    assert office.page == "links"
    assert "Beendet:" in office.text
    assert world.browser().open(f"/s/{token}", status=404).page == "unknown"
    assert world.browser().open(f"/s/{second_token}", status=404).page == "unknown"
    assert world.events()[-1] == "delegation_ended"
    world.work()
    assert world.messages_to(COLLEAGUE) == []  # the mail was not sent yet


def test_members_can_end_only_links_they_delegated(world: World, clerk: Browser) -> None:
    pass_on(clerk, world)
    pass_on(clerk, world, "kultur@musterhausen.example")
    culture = world.browser()
    culture.open(f"/s/{world.links()['kultur@musterhausen.example']}/links")
    assert not [
        anchor for anchor in culture.root.iter("a") if (anchor.get("href") or "").endswith("/end")
    ]
    (other,) = (
        link
        for link in store.rounds.list_links_of_round(world.db, world.round().id)
        if link.email == COLLEAGUE
    )
    culture.open(
        f"/s/{world.links()['kultur@musterhausen.example']}/links/{other.id}/end", status=403
    )
    world.browser().open(f"/s/{world.links()[HESITANT]}/links/{other.id}/end", status=404)


def test_delegation_needs_the_name_of_the_member(world: World, clerk: Browser) -> None:
    pass_on(clerk, world, status=422, confirm="Nirgendwo", name="")
    assert clerk.text.index("Bitte geben Sie „Name“ an.") < clerk.text.index(
        "Das ist nicht der Name Ihrer Kommune."
    )
    assert clerk.values["message"] == FORM["message"]
    assert clerk.values["email"] == COLLEAGUE
    assert COLLEAGUE not in world.links()
    world.work()
    assert world.postbox == []


@pytest.mark.parametrize(
    "invalid",
    [
        {"email": "a@x.example, b@x.example"},
        {"email": "a@x.example\r\nBcc: b@x.example"},
        {"email": "a@x.example b@x.example"},
        {"email": "kein Zeichen"},
        {"name": "Amt\r\nBcc: b@x.example"},
        {"name": "=?utf-8?q?Amt?="},
        {"unit": "Amt\u2028Bcc: b@x.example"},
        {"name": ""},
        {"unit": ""},
        {"email": ""},
        {"message": "x" * 1001},
    ],
)
def test_missing_input_and_header_injection_are_refused(
    world: World, clerk: Browser, invalid: dict
) -> None:
    clerk.open(f"/s/{world.links()[MAYOR]}/pass-on")
    clerk.submit({**FORM, **invalid}, status=422)
    assert clerk.title.startswith("Fehler: ")
    world.work()
    assert world.postbox == []


def test_delegating_twice_to_one_address_gives_one_link_and_one_mail(
    world: World, clerk: Browser
) -> None:
    pass_on(clerk, world)
    first = world.links()[COLLEAGUE]
    pass_on(clerk, world, COLLEAGUE.upper())
    assert clerk.page == "links"
    world.work()
    assert world.links()[COLLEAGUE] == first
    assert len(world.postbox) == 3
    assert world.events().count("delegated") == 1


def test_the_domain_of_a_colleague_may_have_an_umlaut_or_a_sharp_s(
    world: World, clerk: Browser
) -> None:
    for email in ("kollegin@gießen.example", "kollegin@xn--gieen-nqa.example"):
        pass_on(clerk, world, email)
    world.work()
    (message,) = world.messages_to("kollegin@xn--gieen-nqa.example")
    assert message["To"].addresses[0].domain == "xn--gieen-nqa.example"
    pass_on(clerk, world, "kollegin.müller@giessen.example", status=422)
    assert "vor dem @ sind Umlaute nicht möglich" in clerk.text


def test_a_registered_address_gets_no_second_link(world: World, clerk: Browser) -> None:
    pass_on(clerk, world, OFFICE, status=409)
    assert "hat als eingetragene Ansprechperson bereits einen eigenen Link" in clerk.text


def test_at_most_five_links_are_open(world: World, clerk: Browser) -> None:
    for number in range(MAX_OPEN_DELEGATIONS):
        pass_on(clerk, world, f"amt{number}@musterhausen.example")
    pass_on(clerk, world, "amt9@musterhausen.example", status=409)
    assert "Mehr als 5 weitergegebene Links sind nicht möglich" in clerk.text
    link = next(
        link
        for link in store.rounds.list_links_of_round(world.db, world.round().id)
        if link.email.startswith("amt0")
    )
    actions.delegation.end_by_office(world.db, link.id, "staff/1", world.now)
    pass_on(clerk, world, "amt9@musterhausen.example")
    assert clerk.page == "links"


def test_repeated_delegating_and_ending_does_not_send_unlimited_mail(
    world: World, clerk: Browser
) -> None:
    access = world.access()
    for number in range(20):
        email = f"amt{number}@musterhausen.example"
        link = actions.delegation.delegate(
            world.db, access, answer_forms.Colleague("Amt", "Amt", email), world.now
        )
        actions.delegation.end_by_office(world.db, link.id, "staff/1", world.now)
    with pytest.raises(Refusal) as refused:
        actions.delegation.delegate(
            world.db,
            access,
            answer_forms.Colleague("Amt", "Amt", "neu@musterhausen.example"),
            world.now,
        )
    assert refused.value.reason is Reason.TOO_MANY_LINKS


def test_the_office_cannot_end_a_registered_link(world: World, clerk: Browser) -> None:
    with pytest.raises(Refusal):
        actions.delegation.end_by_office(world.db, world.access().link.id, "staff/1", world.now)
    with pytest.raises(Refusal):
        actions.delegation.end_by_office(world.db, 4711, "staff/1", world.now)


def test_nobody_delegates_after_the_deadline(world: World, clerk: Browser) -> None:
    clerk.open(f"/s/{world.links()[MAYOR]}/pass-on")
    world.now = world.round().deadline
    clerk.submit(FORM, status=409)
    assert clerk.page == "closed"
    assert COLLEAGUE not in world.links()


def test_opening_the_pages_changes_nothing(world: World, clerk: Browser) -> None:
    before = world.events()
    token = world.links()[MAYOR]
    pages = {anchor.get("href") for anchor in clerk.open(f"/s/{token}").root.iter("a")}
    assert f"/s/{token}/pass-on" in pages
    for page in ("pass-on", "links", "answer", ""):
        clerk.open(f"/s/{token}/{page}".rstrip("/"))
    assert world.events() == before


# an answer that is prepared, and handed in by somebody else


def prepare(clerk: Browser, world: World, email: str, kind: str = "sign", status: int = 200):
    answering(clerk, world.links()[MAYOR], kind).submit(press="Vorbereitet weitergeben")
    assert clerk.page == "pass-on"
    return clerk.submit({**FORM, "email": email}, status=status)


@pytest.mark.parametrize("email", [COLLEAGUE, OFFICE], ids=["new", "registered"])
def test_a_prepared_answer_is_handed_in_by_a_second_person(
    world: World, clerk: Browser, email: str
) -> None:
    prepare(clerk, world, email)
    assert "Abgegeben ist noch nichts." in clerk.text
    assert world.invitation_status().kind is None
    world.work()
    (mail,) = world.messages_to(email)
    text = " ".join(mail.get_body(("plain",)).get_content().split())
    assert "Sachbearbeitung, Hauptamt, hauptamt@rathaus.example hat eine Rückmeldung" in text
    assert "Können Sie das übernehmen?" in text
    (link,) = re.findall(
        r"^https?://\S+/s/\S+$", mail.get_body(("plain",)).get_content(), re.MULTILINE
    )

    head = world.browser().open(link)
    assert "Für Sie ist eine Rückmeldung vorbereitet; abgegeben ist sie noch nicht." in head.text
    head.follow("Prüfen und abgeben")
    assert head.values["last_name"] == "Nachname"
    assert "authorised" not in head.values
    head.submit(status=422)
    head.submit({"authorised": True})
    assert head.page == "review"
    assert "Sachbearbeitung, Hauptamt" in head.text
    confirm(head)
    version = world.invitation_status().version
    assert version.answer.declaration.note == NOTE
    assert version.link_id == world.access(email).link.id
    assert "vorbereitet" not in head.text
    clerk.open(f"/s/{world.links()[MAYOR]}")
    assert f"Abgegeben über den Link an {email}." in clerk.text
    assert world.access(email).link.prepared == ""


def test_another_answer_than_the_prepared_one_names_who_gives_it(
    world: World, clerk: Browser
) -> None:
    """The colleague has prepared a signature; the decline is not theirs."""
    prepare(clerk, world, COLLEAGUE)
    head = world.browser().open(f"/s/{world.links()[COLLEAGUE]}").follow("Prüfen und abgeben")
    head.submit(press="Zurück zu Schritt 1").submit({"answer": "decline"})
    assert head.page == "review"
    confirm(head)
    filled_in_by = world.invitation_status().version.answer.filled_in
    assert (filled_in_by.name, filled_in_by.unit) == (FORM["name"], FORM["unit"])
    assert filled_in_by.email == COLLEAGUE


def test_who_has_no_name_is_called_by_their_address(world: World, clerk: Browser) -> None:
    world.db.conn.execute("UPDATE links SET name = '' WHERE email = ?", [OFFICE])
    prepare(clerk, world, OFFICE)
    clerk.open(f"/s/{world.links()[MAYOR]}")
    assert f"Vorbereitet weitergegeben an: {OFFICE}." in clerk.text


def test_a_prepared_decision_waits_behind_a_named_sitting(world: World, clerk: Browser) -> None:
    confirm(answering(clerk, world.links()[MAYOR], "pending"))
    prepare(clerk, world, OFFICE, "decline")
    head = world.browser().open(f"/s/{world.links()[OFFICE]}")
    assert head.page == "receipt"
    head.follow("Prüfen und abgeben")
    assert head.page == "review"
    assert world.invitation_status().kind == "pending"


def test_who_is_not_authorised_prepares_for_somebody_who_is(world: World, clerk: Browser) -> None:
    contact = {
        "filled_in_by": "Sachbearbeitung",
        "filled_in_unit": "Hauptamt",
        "filled_in_email": "hauptamt@rathaus.example",
    }
    clerk.open(f"/s/{world.links()[MAYOR]}/answer").submit({"answer": "sign"})
    signer = {"first_name": "Vorname", "last_name": "Nachname", "function": "Bürgermeisterin"}
    clerk.submit(
        {**signer, "basis": "head"},
        press="Rückmeldung nur vorbereiten; eine andere Person gibt sie ab",
    )
    clerk.submit(contact)
    assert clerk.page == "review"
    assert "wird bei der Abgabe bestätigt" in clerk.text
    assert "confirm" not in clerk.values
    typed = {**clerk.values, "confirm": "Musterhausen"}
    clerk.request("POST", clerk.url, 422, data=typed)
    assert "Bitte bestätigen Sie die Befugnis." in clerk.text
    assert world.invitation_status().kind is None
    clerk.open(f"/s/{world.links()[MAYOR]}/answer").submit({"answer": "sign"})
    clerk.submit(
        {**signer, "basis": "head"},
        press="Rückmeldung nur vorbereiten; eine andere Person gibt sie ab",
    )
    clerk.submit(contact).submit(press="Vorbereitet weitergeben")
    clerk.submit({**FORM, "email": COLLEAGUE})
    assert "Hier wartet eine vorbereitete Rückmeldung darauf" in clerk.text
    clerk.open(f"/s/{world.links()[MAYOR]}")
    assert "Vorbereitet weitergegeben an: " in clerk.text
    head = world.browser().open(f"/s/{world.links()[COLLEAGUE]}/answer")
    assert head.page == "answer"
    assert head.values["last_name"] == "Nachname"
    head.submit({"authorised": True})
    confirm(head)
    assert world.invitation_status().kind == "sign"


def test_preparing_needs_the_name_and_keeps_what_was_typed(world: World, clerk: Browser) -> None:
    answering(clerk, world.links()[MAYOR], "sign").submit(press="Vorbereitet weitergeben")
    clerk.submit({**FORM, "confirm": "Nirgendwo"}, status=422)
    assert clerk.values["note"] == NOTE
    assert "authorised" not in clerk.values
    clerk.submit({"confirm": "Musterhausen"})
    assert clerk.page == "links"


def test_a_prepared_answer_is_mailed_at_most_every_quarter_of_an_hour(
    world: World, clerk: Browser
) -> None:
    prepare(clerk, world, OFFICE)
    prepare(clerk, world, OFFICE, "decline")
    assert '"answer": "decline"' in world.access(OFFICE).link.prepared
    prepare(clerk, world, MAYOR, status=409)
    world.work()
    world.now += RESEND_INTERVAL
    prepare(clerk, world, OFFICE)
    world.work()
    assert len(world.messages_to(OFFICE)) == 2


def test_a_prepared_answer_that_was_overtaken_is_not_mailed(world: World, clerk: Browser) -> None:
    prepare(clerk, world, OFFICE)
    world.answer(MAYOR, sign())
    world.work()
    (receipt,) = world.messages_to(OFFICE)
    assert "Mitzeichnung eingegangen" in receipt["Subject"]


def test_an_incomplete_answer_is_not_stored(world: World, clerk: Browser) -> None:
    clerk.open(f"/s/{world.links()[MAYOR]}/pass-on")
    typed = {**clerk.values, **FORM, "answer": "sign", "note": "x" * 9999}
    clerk.request("POST", clerk.url, 200, data=typed)
    assert clerk.page == "links"
    assert world.access(COLLEAGUE).link.prepared == ""


def test_an_answer_that_the_office_records_ends_what_was_prepared(
    world: World, clerk: Browser
) -> None:
    prepare(clerk, world, OFFICE)
    recorded = RecordedAnswer(decline(), Channel.LETTER, world.now.date(), "Brief vom Rathaus")
    invitation_id = world.access(OFFICE).invitation.id
    actions.amendments.record_answer(
        world.db,
        invitation_id,
        recorded,
        None,
        expected_version=0,
        form_key="recorded",
        actor="staff/1",
        now=world.now,
    )
    assert world.access(OFFICE).link.prepared == ""
    assert "vorbereitet" not in world.browser().open(f"/s/{world.links()[OFFICE]}").text


def test_nobody_prepares_an_answer_for_themselves(world: World, clerk: Browser) -> None:
    pass_on(clerk, world)
    world.work()
    world.now += RESEND_INTERVAL
    colleague = answering(world.browser(), world.links()[COLLEAGUE], "sign")
    colleague.submit(press="Vorbereitet weitergeben")
    colleague.submit({**FORM, "email": COLLEAGUE}, status=409)
    assert world.access(COLLEAGUE).link.prepared == ""


def test_another_language_keeps_the_step_of_who_only_prepares(world: World, clerk: Browser) -> None:
    clerk.open(f"/s/{world.links()[MAYOR]}/answer").submit({"answer": "sign"})
    signer = {"first_name": "Vorname", "last_name": "Nachname", "function": "Bürgermeisterin"}
    preparing = "Rückmeldung nur vorbereiten; eine andere Person gibt sie ab"
    clerk.submit({**signer, "basis": "head"}, press=preparing)
    contact = {"filled_in_by": "Sachbearbeitung", "filled_in_email": "amt@rathaus.example"}
    again = f"/s/{world.links()[MAYOR]}/answer?again=1"
    clerk.request("POST", again, 200, data={**clerk.values, **contact})
    assert clerk.values["filled_in_by"] == "Sachbearbeitung"
    assert "Schritt 3 von 4" in clerk.text
    clerk.submit()
    assert clerk.page == "review"
    clerk.request("POST", again, 200, data=clerk.values)
    assert clerk.page == "review"
    assert "authorised" not in clerk.values
