"""The representative's pages as docs/interface.md promises them."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from signoff import actions, store
from signoff.cli.context import get_latest_round
from signoff.domain.answers import AnswerKind, Basis
from signoff.domain.errors import Reason, Refusal
from signoff.i18n.errors import describe_refusal
from tests.browser import Browser
from tests.factories import HESITANT, MAYOR, OFFICE
from tests.form_filling import (
    CONTACT,
    DECISION,
    DECLINE,
    NOTE,
    OTHERS,
    PENDING,
    PUBLICATION,
    SIGNER,
    answering,
    begin,
    confirm,
    signing,
)
from tests.page_checks import text_of
from tests.world import DEADLINE, World

KINDS = ["sign", *OTHERS]
COOKIE = "__Host-signoff"


@pytest.fixture
def token(world: World) -> str:
    world.opened()
    return world.links()[MAYOR]


@pytest.fixture
def clerk(world: World, token: str) -> Browser:
    return world.browser()


class OpenPage:
    """A page that was left open; ``restore`` puts the browser back to it."""

    def __init__(self, browser: Browser) -> None:
        self.browser, self.root, self.url = browser, browser.root, browser.url

    def restore(self) -> Browser:
        self.browser.root, self.browser.url = self.root, self.url
        return self.browser


def list_control_names(browser: Browser, *kinds: str) -> list[str]:
    """The names of the fields of these kinds in the only form of the page."""
    names = []
    for control in browser.form().iter():
        kind = control.get("type", "text") if control.tag == "input" else control.tag
        if kind in kinds and control.get("name"):
            names.append(control.get("name"))
    return list(dict.fromkeys(names))


# pages and fields


def test_every_page_has_its_page_name(world: World, clerk: Browser, token: str) -> None:
    pages = [clerk.open(f"/s/{token}").page, clerk.open(f"/s/{token}/answer").page]
    pages += [clerk.submit(OTHERS["decline"]).page, confirm(clerk).page]
    world.now = DEADLINE
    pages.append(clerk.open(f"/s/{token}").page)
    assert pages == ["read", "answer", "review", "receipt", "closed"]


def test_reading_shows_no_form_and_sets_no_cookie(clerk: Browser, token: str) -> None:
    clerk.open(f"/s/{token}")
    assert list(clerk.root.iter("form")) == []
    assert "Set-Cookie" not in clerk.response.headers


def steps(clerk: Browser, token: str) -> Iterator[Browser]:
    yield begin(clerk, token)
    yield clerk.submit({"answer": "sign"})
    yield clerk.submit(SIGNER)
    yield clerk.submit(PUBLICATION)


def test_every_step_is_one_urlencoded_form_that_needs_no_button(clerk: Browser, token: str) -> None:
    pages = []
    for page in steps(clerk, token):
        (form,) = page.root.iter("form")
        assert form.get("method") == "post"
        assert form.get("enctype") is None
        assert [button.get("name") for button in form.iter("button") if button.get("name")] == []
        pages.append(page.page)
    assert pages == ["answer", "answer", "answer", "review"]


def test_the_fields_have_the_documented_names(clerk: Browser, token: str) -> None:
    first, second, third, review = (
        (
            page,
            list_control_names(page, "radio"),
            list_control_names(page, "checkbox"),
            list_control_names(page, "textarea"),
            list_control_names(page, "text"),
        )
        for page in map(copy_browser, steps(clerk, token))
    )
    contact = list(CONTACT)
    assert first[1:] == (["answer"], [], ["reason"], ["expected_on", "body", *contact])
    signer = ["official_name", "title", "first_name", "last_name", "function", *DECISION]
    assert second[1:] == (["basis"], ["authorised"], [], signer)
    assert third[1:] == ([], ["publish_name"], ["note"], contact)
    assert review[1:] == ([], [], [], ["confirm"])


def copy_browser(browser: Browser) -> Browser:
    """A second browser that stays on this page while the first one goes on."""
    copy = Browser(browser.client, browser.base_url)
    copy.root, copy.url = browser.root, browser.url
    return copy


def test_nothing_is_ticked_or_chosen_beforehand(clerk: Browser, token: str) -> None:
    for page in steps(clerk, token):
        assert not {"answer", "basis", "authorised", "publish_name"} & set(
            list_checked_fields(page)
        )
    assert clerk.values["confirm"] == ""


def list_checked_fields(browser: Browser) -> list[str]:
    boxes = [
        field
        for field in browser.form().iter("input")
        if field.get("type") in ("radio", "checkbox")
    ]
    return [field.get("name") for field in boxes if field.get("checked") is not None]


# the four answers


@pytest.mark.parametrize("kind", KINDS)
def test_every_answer_is_stored_and_confirmed(
    world: World, clerk: Browser, token: str, kind: str
) -> None:
    confirm(answering(clerk, token, kind))
    assert (clerk.page, clerk.path) == ("receipt", f"/s/{token}")
    assert world.invitation_status().kind == kind
    world.work()
    assert (
        len(world.messages_to(MAYOR)) == len(world.messages_to(OFFICE)) == 2
    )  # the invitation and the receipt


def test_a_signature_stores_all_input(world: World, clerk: Browser, token: str) -> None:
    confirm(signing(clerk, token))
    answer = world.invitation_status().version.answer
    declaration = answer.declaration
    assert declaration.signer.name == "Dr. Vorname Nachname"
    assert (declaration.basis, declaration.publish_name, declaration.note) == (
        Basis.COUNCIL,
        True,
        NOTE,
    )
    assert (
        declaration.decision.body,
        declaration.decision.number,
        declaration.decision.result,
    ) == (
        "Rat der Stadt",
        "12/2027",
        "einstimmig",
    )
    assert (declaration.decision.on.isoformat(), answer.filled_in.unit) == (
        "2027-01-14",
        "Hauptamt",
    )


@pytest.mark.parametrize("kind", KINDS)
def test_the_steps_store_nothing(world: World, clerk: Browser, token: str, kind: str) -> None:
    before = world.contents()
    answering(clerk, token, kind).submit({"confirm": "Nirgendwo"}, status=422)
    assert world.contents() == before


@pytest.mark.parametrize(
    "confirmation", ["musterhausen", "  STADT  Musterhausen ", "Muster hausen"]
)
def test_the_name_is_accepted_with_and_without_its_epithet(
    world: World, clerk: Browser, token: str, confirmation: str
) -> None:
    assert confirm(answering(clerk, token, "decline"), confirmation).page == "receipt"


@pytest.mark.parametrize("confirmation", ["0001", "MZ-2027-0001"])
def test_the_reference_number_confirms_like_the_name(
    world: World, clerk: Browser, token: str, confirmation: str
) -> None:
    assert confirm(answering(clerk, token, "decline"), confirmation).page == "receipt"


@pytest.mark.parametrize("confirmation", ["", "Stadt", "Beispielstadt", "ja", "001", "0002"])
def test_another_name_confirms_nothing(
    world: World, clerk: Browser, token: str, confirmation: str
) -> None:
    confirm(answering(clerk, token, "sign"), confirmation, status=422)
    assert clerk.page == "review"
    assert world.invitation_status().kind is None
    told = "Das ist nicht der Name" if confirmation else "Bitte geben Sie „Zur Bestätigung"
    assert told in clerk.text
    assert clerk.values["confirm"] == ""
    confirm(clerk)
    assert world.invitation_status().version.answer.declaration.note == NOTE


def test_fields_of_other_answers_are_ignored(world: World, clerk: Browser, token: str) -> None:
    begin(clerk, token).submit({**DECLINE, "expected_on": "kein Datum", "body": "x" * 500})
    confirm(clerk)
    answer = world.invitation_status().version.answer
    assert (answer.expected_on, answer.expected_body, answer.declaration) == (None, "", None)


def test_fields_of_other_bases_are_ignored(world: World, clerk: Browser, token: str) -> None:
    confirm(
        signing(
            clerk,
            token,
            {"basis": "head", "decision_date": "32.13.2027", "decision_number": "x" * 500},
        )
    )
    assert world.invitation_status().version.answer.declaration.decision is None


def test_a_signature_ignores_the_input_for_declining(
    world: World, clerk: Browser, token: str
) -> None:
    begin(clerk, token).submit({"answer": "sign", "reason": "x" * 5000, "expected_on": "gestern"})
    confirm(clerk.submit(SIGNER).submit(PUBLICATION))
    assert (world.invitation_status().kind, world.invitation_status().version.answer.reason) == (
        AnswerKind.COSIGN,
        "",
    )


# errors, without loss of input


def list_error_links(browser: Browser) -> list[tuple[str, str]]:
    """The links of the error summary: target and text."""
    (box,) = (div for div in browser.root.iter("div") if div.get("role") == "alert")
    return [(link.get("href"), text_of(link)) for link in box.iter("a")]


def test_an_empty_first_step_names_the_choice(clerk: Browser, token: str) -> None:
    begin(clerk, token).submit(status=422)
    assert list_error_links(clerk)[0][0] == "#answer-sign"
    assert clerk.title.startswith("Fehler:")


def test_an_empty_second_step_names_every_field(clerk: Browser, token: str) -> None:
    begin(clerk, token).submit({"answer": "sign"})
    clerk.submit({"official_name": ""}, status=422)
    targets = [target for target, _ in list_error_links(clerk)]
    assert targets == [
        "#official_name",
        "#first_name",
        "#last_name",
        "#function",
        "#basis-head",
        "#authorised",
    ]


def test_a_council_decision_needs_body_and_date(clerk: Browser, token: str) -> None:
    begin(clerk, token).submit({"answer": "sign"})
    clerk.submit({**SIGNER, "body": "", "decision_date": ""}, status=422)
    assert [target for target, _ in list_error_links(clerk)] == ["#body", "#decision_date"]
    assert "Bitte geben Sie „Wer hat entschieden?“ an." in clerk.text


def test_an_urgent_decision_names_who_decided_instead_of_the_council(
    world: World, clerk: Browser, token: str
) -> None:
    confirm(signing(clerk, token, {"basis": "urgent", "body": "Oberbürgermeisterin"}))
    assert "Eilentscheidung (Oberbürgermeisterin, 12/2027) vom 14. Januar 2027" in (
        clerk.text.replace("\u00a0", " ")
    )


@pytest.mark.parametrize("day", ["31.2.2027", "demnächst", "1.3.2030", "14.1."])
def test_an_invalid_date_stays_in_the_field(clerk: Browser, token: str, day: str) -> None:
    begin(clerk, token).submit({"answer": "sign"}).submit(
        {**SIGNER, "decision_date": day}, status=422
    )
    assert [target for target, _ in list_error_links(clerk)] == ["#decision_date"]
    assert clerk.values["decision_date"] == day


LONG = {
    "official_name": 200,
    "first_name": 160,
    "function": 160,
    "body": 160,
    "decision_result": 160,
}


@pytest.mark.parametrize(("field", "limit"), LONG.items())
def test_a_field_that_is_too_long_is_named_and_kept_whole(
    clerk: Browser, token: str, field: str, limit: int
) -> None:
    begin(clerk, token).submit({"answer": "sign"})
    clerk.submit({**SIGNER, field: "ä" * (limit + 1)}, status=422)
    ((target, message),) = list_error_links(clerk)
    assert target == f"#{field}"
    assert str(limit) in message
    assert clerk.values == {**clerk.values, **form_values(SIGNER), field: "ä" * (limit + 1)}


def test_a_note_takes_a_tick_and_names_what_cannot_be_printed_at_its_field(
    clerk: Browser, token: str
) -> None:
    begin(clerk, token).submit({"answer": "sign"}).submit(SIGNER)
    clerk.submit({**PUBLICATION, "note": "Gilt ab sofort 🧿."}, status=422)
    assert "lassen: 🧿 (U+1F9FF, „Gilt ab sofort 🧿.“). Bitte löschen" in clerk.text
    assert clerk.values["note"] == "Gilt ab sofort 🧿."
    assert clerk.submit({"note": "Gilt ab sofort ✓ für Łódź"}).page == "review"


def test_a_note_of_601_characters_is_kept_whole(clerk: Browser, token: str) -> None:
    begin(clerk, token).submit({"answer": "sign"}).submit(SIGNER)
    clerk.submit({**PUBLICATION, "note": "n" * 601}, status=422)
    assert clerk.values["note"] == "n" * 601
    assert clerk.submit({"note": "n" * 600}).page == "review"


def form_values(fill: dict) -> dict:
    return {name: "y" if value is True else value for name, value in fill.items()}


def test_no_input_is_lost_between_the_steps(clerk: Browser, token: str) -> None:
    signing(clerk, token)
    clerk.submit(press="Zurück zu Schritt 3")
    assert clerk.values == {**clerk.values, **form_values(PUBLICATION)}
    clerk.submit({"note": "Geändert."}, press="Zurück zu Schritt 2")
    assert clerk.values == {**clerk.values, **form_values(SIGNER)}
    clerk.submit({"title": ""}, press="Zurück zu Schritt 1")
    assert clerk.values["answer"] == "sign"
    clerk.submit().submit()
    assert clerk.values == {**clerk.values, **form_values(PUBLICATION), "note": "Geändert."}
    clerk.submit()
    assert clerk.page == "review"
    assert "Geändert." in clerk.text
    assert "Dr." not in clerk.text


def test_a_cleared_checkbox_stays_cleared(world: World, clerk: Browser, token: str) -> None:
    signing(clerk, token).submit(press="Zurück zu Schritt 3").submit({"publish_name": False})
    confirm(clerk)
    assert world.invitation_status().version.answer.declaration.publish_name is False


@pytest.mark.parametrize(
    "press",
    ["Rückmeldung", "Unterzeichnende Person und Grundlage", "Veröffentlichung und Kontakt"],
)
def test_every_group_of_the_review_can_be_changed(clerk: Browser, token: str, press: str) -> None:
    assert signing(clerk, token).submit(press=f"Ändern: {press}").page == "answer"
    clerk.submit()
    assert clerk.page == "review"
    assert NOTE in clerk.text


def test_a_change_in_the_review_asks_only_for_what_it_makes_necessary(
    clerk: Browser, token: str
) -> None:
    begin(clerk, token).submit(DECLINE).submit(press="Ändern: Rückmeldung")
    clerk.submit({"answer": "sign"})
    assert "Wer zeichnet" in clerk.title
    assert not clerk.title.startswith("Fehler")
    assert clerk.submit({**SIGNER, "function": ""}, status=422).page == "answer"
    assert clerk.submit({"function": "Bürgermeisterin"}).page == "review"


# what is known already


def test_the_link_fills_in_unit_and_address_and_not_the_name(clerk: Browser, token: str) -> None:
    values = begin(clerk, token).values
    assert (values["filled_in_unit"], values["filled_in_email"]) == ("Leitung", MAYOR)
    assert values["filled_in_by"] == ""


def test_naming_the_sitting_begins_with_the_choice_made_and_the_day_in_focus(
    world: World, clerk: Browser, token: str
) -> None:
    before = world.contents()
    clerk.open(f"/s/{token}").follow("Sitzungstermin mitteilen")
    assert clerk.values["answer"] == "pending"
    focused = [field for field in clerk.form().iter("input") if field.get("autofocus") is not None]
    assert [field.get("name") for field in focused] == ["expected_on"]
    assert world.contents() == before


@pytest.mark.parametrize("kind", ["sign", "decline", "not_competent", "nothing"])
def test_no_address_chooses_another_answer(clerk: Browser, token: str, kind: str) -> None:
    assert "answer" not in list_checked_fields(clerk.open(f"/s/{token}/answer?answer={kind}"))


def test_who_signed_last_is_filled_in_with_one_button(
    world: World, clerk: Browser, token: str
) -> None:
    confirm(signing(clerk, token))
    world.paper("hitzeschutz")
    world.open("hitzeschutz")
    begin(clerk, world.links("hitzeschutz")[MAYOR]).submit({"answer": "sign"})
    assert clerk.values["last_name"] == ""
    clerk.submit({"basis": "head"}, press="Wie zuletzt: Dr. Vorname Nachname, Bürgermeisterin")
    assert (clerk.values["title"], clerk.values["last_name"], clerk.values["function"]) == (
        "Dr.",
        "Nachname",
        "Bürgermeisterin",
    )
    assert clerk.values["basis"] == "head"
    assert "Wie zuletzt" not in clerk.text
    clerk.submit({"authorised": True})
    confirm(clerk.submit({"filled_in_by": "Sachbearbeitung"}))
    assert world.invitation_status(slug="hitzeschutz").kind is AnswerKind.COSIGN


def test_who_signed_last_is_not_offered_once_it_is_withdrawn_or_of_another_member(
    world: World, clerk: Browser, token: str
) -> None:
    confirm(signing(clerk, token))
    confirm(clerk.follow("Mitzeichnung zurücknehmen"))
    confirm(signing(clerk, world.links()[HESITANT]), "Beispielstadt")
    world.paper("hitzeschutz")
    world.open("hitzeschutz")
    begin(clerk, world.links("hitzeschutz")[MAYOR]).submit({"answer": "sign"})
    assert "Wie zuletzt" not in clerk.text


# an answer of somebody else


def test_a_colleagues_signature_is_never_replaced_unasked(
    world: World, clerk: Browser, token: str
) -> None:
    other = world.browser()
    answering(other, world.links()[OFFICE], "decline")
    confirm(answering(clerk, token, "sign"))
    world.work()
    world.postbox.clear()

    confirm(other, status=409)
    assert "Inzwischen hat Sachbearbeitung mitgezeichnet." in other.text
    assert "Mit der Abgabe ersetzen Sie diese Rückmeldung." in other.text
    assert world.invitation_status().kind is AnswerKind.COSIGN

    other.submit({"confirm": "Musterhausen"}, press="Rückmeldung ersetzen")
    assert other.page == "receipt"
    assert world.invitation_status().kind is AnswerKind.DECLINE
    world.work()
    for address in (MAYOR, OFFICE):
        (mail,) = world.messages_to(address)
        assert mail["Subject"] == (
            "MZ-2027-0001: Rückmeldung ersetzt, „Leitgedanken“ (Stadt Musterhausen)"
        )
        text = " ".join(mail.get_body(("plain",)).get_content().split())
        assert "diese Rückmeldung ersetzt eine frühere Ihrer Kommune. Bisher galt:" in text
        assert "mitgezeichnet, Sachbearbeitung, Montag, 18. Januar 2027" in text
        assert "Jetzt gilt: nicht mitgezeichnet." in text


def test_an_answer_that_was_replaced_once_more_is_asked_about_again(
    world: World, clerk: Browser, token: str
) -> None:
    other = world.browser()
    answering(other, world.links()[OFFICE], "decline")
    confirm(answering(clerk, token, "sign"))
    confirm(other, status=409)
    confirm(answering(clerk, token, "not_competent"))
    confirm(other, status=409)
    assert "Inzwischen hat Sachbearbeitung für Ihre Kommune geantwortet." in other.text
    assert world.invitation_status().kind is AnswerKind.NOT_COMPETENT


def test_two_pages_of_one_person_ask_nothing(world: World, clerk: Browser, token: str) -> None:
    first = OpenPage(answering(clerk, token, "sign"))
    confirm(answering(clerk, token, "decline"))
    confirm(first.restore())
    assert world.invitation_status().kind is AnswerKind.COSIGN
    world.work()
    assert "ersetzt" not in world.messages_to(MAYOR)[-1]["Subject"]


def test_a_sitting_after_the_deadline_is_told_as_such_in_the_review(
    clerk: Browser, token: str
) -> None:
    begin(clerk, token).submit(PENDING | {"expected_on": "1. April 2027"})
    assert "Die Sitzung liegt nach dem Fristende" in clerk.text
    assert "Wenn die Sitzung" not in clerk.text
    assert "können Sie jederzeit antworten" not in clerk.text


def test_the_receipt_offers_only_what_can_be_corrected(
    world: World, clerk: Browser, token: str
) -> None:
    confirm(answering(clerk, token, "decline"))
    assert "Namen oder Funktion" not in clerk.text
    assert "Was Sie angegeben haben" in clerk.text
    other = world.browser().open(f"/s/{world.links()[OFFICE]}")
    assert "Was Sie angegeben haben" not in other.text


def test_another_language_stays_chosen_through_all_steps(
    world: World, clerk: Browser, token: str
) -> None:
    clerk.open(f"/s/{token}?lang=en")
    assert clerk.root.get("lang") == "en"
    clerk.open(f"/s/{token}/answer?lang=en").submit({"answer": "sign"}).submit(SIGNER).submit(
        PUBLICATION
    )
    back_buttons = [
        button
        for button in clerk.form().iter("button")
        if "back=publication" in (button.get("formaction") or "")
    ]
    clerk.request("POST", back_buttons[-1].get("formaction"), 200, data=clerk.values)
    assert clerk.values["note"] == NOTE
    assert clerk.root.get("lang") == "en"
    confirm(clerk.submit())
    assert clerk.page == "receipt"
    assert clerk.root.get("lang") == "en"


@pytest.mark.parametrize(("day", "expected"), [("2027-03-31", False), ("2027-04-01", True)])
def test_members_meeting_after_the_deadline_are_asked_to_call(
    clerk: Browser, token: str, day: str, expected: bool
) -> None:
    confirm(begin(clerk, token).submit(PENDING | {"expected_on": day}))
    assert ("Bitte rufen Sie uns an:" in clerk.text) is expected
    assert ("Die Sitzung liegt nach dem Fristende" in clerk.text) is expected


# the text and the time


def test_an_answer_to_another_text_is_refused_with_the_reason(
    world: World, clerk: Browser, token: str
) -> None:
    answering(clerk, token, "sign").submit(
        {"confirm": "Musterhausen", "edition_digest": "0" * 64}, status=409
    )
    assert "anderen Fassung des Textes" in clerk.text
    assert world.invitation_status().version is None


def test_an_answer_without_a_text_is_refused(world: World, clerk: Browser, token: str) -> None:
    answering(clerk, token, "decline").submit(
        {"confirm": "Musterhausen", "edition_digest": ""}, status=409
    )
    assert world.invitation_status().version is None


def test_an_answer_counts_until_the_last_second_before_the_deadline(
    world: World, clerk: Browser, token: str
) -> None:
    world.now = DEADLINE - timedelta(seconds=1)
    confirm(answering(clerk, token, "sign"))
    assert world.invitation_status().kind is AnswerKind.COSIGN
    answering(clerk, token, "decline")
    world.now = DEADLINE
    confirm(clerk, status=409)
    assert clerk.page == "closed"
    assert world.invitation_status().kind is AnswerKind.COSIGN


def pass_deadline(world: World) -> None:
    world.now = DEADLINE


def close_round(world: World) -> None:
    world.closed()


def cancel_round(world: World) -> None:
    actions.rounds.cancel(
        world.db, get_latest_round(world.db, "leitgedanken").id, "office", world.now
    )


def end_round(world: World) -> None:
    round = world.closed()
    actions.rounds.end_unpublished(world.db, round.id, "Zu wenige.", "office", world.now)


ENDS = {
    "deadline": pass_deadline,
    "closing": close_round,
    "cancelling": cancel_round,
    "ending": end_round,
}


def test_an_early_closing_is_not_told_as_a_passed_deadline(
    world: World, clerk: Browser, token: str
) -> None:
    answering(clerk, token, "sign")
    actions.rounds.close(
        world.db, world.round().id, "office", world.now, reason="Der Landtag berät im März."
    )
    confirm(clerk, status=409)
    assert "Wir haben das Mitzeichnungsverfahren vorzeitig geschlossen:" in clerk.text
    assert "Angekündigt war die Frist Mittwoch, 31. März 2027, 24:00 Uhr (MESZ)." in clerk.text
    assert "Grund: Der Landtag berät im März." in clerk.text
    assert "abgelaufen" not in clerk.text
    assert "Nachzeichnung" not in clerk.text


@pytest.mark.parametrize("end", ENDS)
@pytest.mark.parametrize("kind", KINDS)
def test_no_answer_is_accepted_after_the_end(
    world: World, clerk: Browser, token: str, end: str, kind: str
) -> None:
    world.browser().open(f"/s/{token}")
    answering(clerk, token, kind)
    ENDS[end](world)
    before = world.contents()
    confirm(clerk, status=409)
    assert clerk.page == "closed"
    assert not clerk.forms
    assert world.browser().open(f"/s/{token}/answer", 409).page == "closed"
    assert world.browser().open(f"/s/{token}/withdraw", 409).page == "closed"
    assert world.contents() == before


@pytest.mark.parametrize("end", ENDS)
def test_the_closed_page_still_shows_the_answer(
    world: World, clerk: Browser, token: str, end: str
) -> None:
    confirm(answering(clerk, token, "sign"))
    ENDS[end](world)
    clerk.open(f"/s/{token}")
    assert clerk.page == "closed"
    assert world.invitation_status().invitation.reference in clerk.text
    assert "Dr. Vorname Nachname" in clerk.text


def test_the_closed_page_says_why_nothing_is_published(
    world: World, clerk: Browser, token: str
) -> None:
    confirm(answering(clerk, token, "sign"))
    end_round(world)
    clerk.open(f"/s/{token}")
    assert clerk.title.startswith("Das Verfahren wurde ohne Veröffentlichung beendet")
    assert "Grund: Zu wenige." in clerk.text
    assert "Wir fertigen jetzt das Dokument" not in clerk.text


# the second click


def test_a_double_click_stores_one_answer_with_one_receipt(
    world: World, clerk: Browser, token: str
) -> None:
    review = OpenPage(signing(clerk, token))
    confirm(clerk)
    first = clerk.text
    confirm(review.restore())
    assert clerk.text == first
    world.work()
    assert len(store.answers.list_versions(world.db, world.invitation_status().invitation.id)) == 1
    assert len(world.messages_to(MAYOR)) == 2


def test_a_retry_after_the_deadline_finds_its_receipt(
    world: World, clerk: Browser, token: str
) -> None:
    review = OpenPage(signing(clerk, token))
    confirm(clerk)
    world.now = DEADLINE
    confirm(review.restore())
    assert clerk.page == "closed"
    assert world.invitation_status().invitation.reference in clerk.text


def test_another_answer_after_the_back_button_is_a_change(
    world: World, clerk: Browser, token: str
) -> None:
    form = OpenPage(begin(clerk, token))
    confirm(clerk.submit(DECLINE))
    confirm(form.restore().submit(OTHERS["not_competent"]))
    versions = store.answers.list_versions(world.db, world.invitation_status().invitation.id)
    assert [version.answer.kind for version in versions] == ["decline", "not_competent"]


def test_a_double_click_on_withdrawing_withdraws_once(
    world: World, clerk: Browser, token: str
) -> None:
    confirm(answering(clerk, token, "sign"))
    page = OpenPage(clerk.open(f"/s/{token}/withdraw"))
    confirm(clerk)
    confirm(page.restore())
    assert len(store.answers.list_versions(world.db, world.invitation_status().invitation.id)) == 2


# changing and withdrawing


def test_withdrawing_needs_the_name_of_the_member(world: World, clerk: Browser, token: str) -> None:
    confirm(answering(clerk, token, "sign"))
    clerk.follow("Mitzeichnung zurücknehmen").submit(status=422)
    assert world.invitation_status().kind is AnswerKind.COSIGN


def test_a_member_can_answer_after_withdrawing(world: World, clerk: Browser, token: str) -> None:
    confirm(answering(clerk, token, "sign"))
    confirm(clerk.follow("Mitzeichnung zurücknehmen"))
    assert clerk.page == "read"
    assert world.invitation_status().kind is None
    confirm(answering(clerk, token, "sign"))
    assert clerk.page == "receipt"
    assert world.invitation_status().version.number == 3


def test_withdrawing_without_an_answer_shows_the_reason(
    world: World, clerk: Browser, token: str
) -> None:
    clerk.open(f"/s/{token}/withdraw", 409)
    assert "Es liegt keine Rückmeldung vor" in clerk.text


def test_every_version_is_kept_and_the_last_one_counts(
    world: World, clerk: Browser, token: str
) -> None:
    for kind in KINDS:
        confirm(answering(clerk, token, kind))
    versions = store.answers.list_versions(world.db, world.invitation_status().invitation.id)
    assert [version.answer.kind for version in versions] == KINDS
    assert world.invitation_status().kind == KINDS[-1]


def test_a_corrected_name_waits_for_the_office(world: World, clerk: Browser, token: str) -> None:
    signing(clerk, token, {"official_name": "Universitätsstadt Musterhausen"})
    assert "Den berichtigten Namen übernimmt die Geschäftsstelle nach Prüfung." in clerk.text
    confirm(clerk)
    assert (
        world.invitation_status().version.answer.declaration.official_name
        == "Universitätsstadt Musterhausen"
    )
    assert world.invitation_status().undecided == ("note", "name")
    assert world.invitation_status().member.official_name == "Stadt Musterhausen"


def test_the_second_representative_sees_the_first_ones_answer(
    world: World, clerk: Browser, token: str
) -> None:
    confirm(answering(clerk, token, "sign"))
    colleague = world.browser().open(f"/s/{world.links()[OFFICE]}")
    assert colleague.page == "receipt"
    assert "Sachbearbeitung: mitgezeichnet" in colleague.text
    confirm(colleague.follow("Rückmeldung ändern").submit(DECLINE))
    assert "Sachbearbeitung: nicht mitgezeichnet" in clerk.open(f"/s/{token}").text


def test_the_links_of_two_rounds_work_in_one_browser(
    world: World, clerk: Browser, token: str
) -> None:
    world.paper("hitzeschutz")
    world.open("hitzeschutz")
    other = world.links("hitzeschutz")[MAYOR]
    first = OpenPage(answering(clerk, token, "decline"))
    answering(clerk, other, "not_competent")
    second = OpenPage(clerk)
    confirm(first.restore())
    confirm(second.restore())
    assert (world.invitation_status().kind, world.invitation_status(slug="hitzeschutz").kind) == (
        AnswerKind.DECLINE,
        AnswerKind.NOT_COMPETENT,
    )


def test_an_answer_changes_no_other_member(world: World, clerk: Browser, token: str) -> None:
    confirm(answering(clerk, world.links()[HESITANT], "decline"), "Beispielstadt")
    assert world.round_status().counts == {
        "sign": 0,
        "decline": 1,
        "not_competent": 0,
        "pending": 0,
        None: 3,
    }


def test_a_lost_cookie_stores_nothing_and_says_what_to_do(
    world: World, clerk: Browser, token: str
) -> None:
    answering(clerk, token, "sign")
    before = world.contents()
    clerk.client.delete_cookie(COOKIE, domain="localhost")
    confirm(clerk, status=400)
    assert describe_refusal(Refusal(Reason.FORM_STALE)) in clerk.text
    assert world.contents() == before

    confirm(clerk)
    assert clerk.page == "receipt"
