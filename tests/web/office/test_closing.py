"""The life of an open round: closing, extending, cancelling, inviting more members."""

from datetime import datetime
from pathlib import Path

import pytest

from signoff import actions, store
from signoff.actions.rounds import Opening
from signoff.domain.accounts import Role
from signoff.domain.audit import Event
from signoff.domain.rounds import Phase, Round, Terms
from tests.browser import Browser
from tests.factories import BERLIN, LAST_DAY, decline, pending, sign
from tests.web.office.office import Office, new_office
from tests.web.office.pages import (
    NOTE,
    PUBLIC_ADDRESSES,
    RELEASE,
    count_events,
    count_mails,
    get_status,
    pass_deadline,
    plan_release,
    post_directly,
)
from tests.world import open_round

ACTIONS = (
    "closing",
    "ending",
    "release/cancellation",
    "retraction",
    "members",
)


@pytest.mark.parametrize("action", ACTIONS)
def test_viewers_and_strangers_are_refused(office: Office, action: str) -> None:
    path = f"/office/rounds/1/{action}"
    before = store.audit.find_latest(office.db)
    logged_out = office.browser(None).open("/login")
    assert post_directly(logged_out, path, sure="y", confirm="schließen", member="00002") == 403
    assert (
        post_directly(
            office.browser(Role.VIEWER), path, sure="y", confirm="schließen", member="00002"
        )
        == 403
    )
    assert store.audit.find_latest(office.db) == before


def test_closing_page_lists_and_links_all_open_items(office: Office, round: Round) -> None:
    signed = office.answer(round, "Musterhausen", sign("Universitätsstadt Musterhausen", NOTE))
    for name, day in (("Neudorf", LAST_DAY), ("Altdorf", LAST_DAY.replace(year=2028))):
        office.answer(round, name, pending(day, "Rat"))
    object_to(office, signed)
    browser = office.browser().open("/office/rounds/1/closing")
    for message in (
        "1 Einspruch: „Das war ich nicht“",
        "1 Protokollnotiz ist nicht entschieden",
        "1 berichtigter Name ist nicht entschieden",
        "1 Mitglied hat einen Sitzungstermin vor Fristende genannt",
        "Neudorf (26.02.2027)",
        "1 Mitglied hat einen Sitzungstermin nach Fristende genannt",
        "2 Mitglieder haben nicht geantwortet",
    ):
        assert message in browser.text, message
    for name in ("Neudorf", "Altdorf", "Beispielstadt", "Überlingen am Fluss"):
        assert browser.link(name).startswith("/office/invitations/")
    browser.open("/office/rounds/1/closing").follow("Neudorf")
    assert browser.page == "invitation"


def object_to(office: Office, invitation_id: int) -> None:
    (link, *_) = store.rounds.list_open_links(office.db, invitation_id)
    access = store.access.find(office.db, link.public_id, link.generation)
    assert access
    assert access.version
    actions.answers.object_to(
        office.db, access, access.version.id, "Das Schreiben kennt hier niemand.", office.now
    )


def test_closing_page_says_that_nothing_is_open(office: Office, round: Round) -> None:
    for name in ("Musterhausen", "Beispielstadt", "Überlingen am Fluss", "Neudorf", "Altdorf"):
        office.answer(round, name, decline())
    assert (
        "Nichts: Alle Mitglieder haben geantwortet"
        in office.browser().open("/office/rounds/1/closing").text
    )


def test_a_long_list_of_members_ends_with_a_link_to_all(tmp_path: Path) -> None:
    office = new_office(tmp_path)
    office.enrol([(f"Ort {n:02d}", f"Stadt Ort {n:02d}", "Hessen") for n in range(30)])
    office.draft()
    office.open()
    browser = office.browser().open("/office/rounds/1/closing")
    assert "und 22 weitere" in browser.text
    assert "30 Mitglieder haben nicht geantwortet" in browser.text
    assert "/office/rounds/1?answer=none#mitglieder" in browser.response.get_data(as_text=True)


def test_closing_before_the_deadline_is_confirmed_twice(office: Office, editor: Browser) -> None:
    editor.open("/office/rounds/1").follow("Verfahren schließen …")
    assert "Die angekündigte Frist ist noch nicht abgelaufen." in editor.text
    editor.submit(action="/closing", status=422)
    assert editor.title.startswith("Fehler:")
    editor.submit({"sure": True}, action="/closing", status=422)
    assert "Bitte geben Sie „Grund“ an." in editor.text
    editor.submit({"reason": "Der Landtag berät.", "sure": True}, action="/closing")
    assert "Wirklich vor der Frist schließen?" in editor.text
    assert office.round(1).closed_at is None
    editor.submit({"confirm": "ja"}, action="/closing", status=422)
    assert "Bitte tippen Sie zur Bestätigung das Wort „schließen“." in editor.text
    assert office.round(1).closed_at is None
    editor.submit({"confirm": " Schließen "}, action="/closing")
    assert "Das Verfahren ist geschlossen." in editor.text
    assert office.round(1).closed_at == office.now
    assert office.round(1).closing_reason == "Der Landtag berät."
    assert count_mails(office, "closed") == 5
    log = editor.open("/office/audit").text
    assert "vor Fristende geschlossen" in log
    assert "Grund: Der Landtag berät." in log


def test_the_second_confirmation_alone_does_not_close(office: Office, editor: Browser) -> None:
    assert post_directly(editor, "/office/rounds/1/closing", confirm="schließen") == 422
    assert office.round(1).closed_at is None


def test_closing_after_the_deadline_is_confirmed_once(office: Office) -> None:
    office.now = office.round(1).deadline
    browser = office.browser().open("/office/").follow("Verfahren schließen")
    browser.submit(action="/closing")
    assert office.round(1).phase(office.now) is Phase.CLOSED
    assert count_mails(office, "closed") == 0


def test_closing_twice_closes_once(office: Office, editor: Browser) -> None:
    other_browser = office.browser(Role.ADMIN)
    for browser in (editor, other_browser):
        browser.open("/office/rounds/1/closing").submit(
            {"reason": REASON, "sure": True}, action="/closing"
        )
    for browser in (editor, other_browser):
        browser.submit({"confirm": "schließen"}, action="/closing")
    assert other_browser.path == "/office/rounds/1"
    assert count_events(office, Event.ROUND_CLOSED) == 1


# extending, cancelling, adding


def test_a_deadline_moves_only_to_a_later_day_and_all_members_get_a_mail(
    office: Office, editor: Browser
) -> None:
    editor.open("/office/rounds/1/extension")
    for entered, message in (
        ("", "Frist"),
        ("31.02.2027", "Der Februar 2027 hat 28 Tage"),
        ("25.2.2027", "Die neue Frist muss nach"),
    ):
        editor.submit({"deadline": entered}, action="/extension", status=422)
        assert message in editor.text
    editor.submit({"deadline": "31.3.2027"}, action="/extension")
    assert editor.page == "extension-review"
    assert "An 5 Adressen geht eine E-Mail mit der neuen Frist." in editor.text
    assert count_events(office, Event.ROUND_EXTENDED) == 0
    editor.submit(action="/extension")
    assert "Mittwoch, 31. März 2027, 24:00 Uhr (MESZ)" in editor.text
    editor.open("/office/rounds/1/extension").submit(
        {"deadline": "2027-03-31"}, action="/extension"
    )
    assert count_events(office, Event.ROUND_EXTENDED) == 1
    assert count_mails(office, "extended") == 5


def test_cancelling_needs_the_ticked_box_and_all_members_get_a_mail(
    office: Office, editor: Browser
) -> None:
    editor.open("/office/rounds/1/cancellation").submit(action="/cancellation", status=422)
    assert office.round(1).cancelled_at is None
    editor.submit({"sure": True}, action="/cancellation")
    assert "abgebrochen" in editor.text
    assert count_mails(office, "cancelled") == 5
    assert count_events(office, Event.ROUND_CANCELLED) == 1
    assert "Verfahren eröffnen …" in editor.open("/office/").text


ENDING = "/office/rounds/1/ending"
REASON = "Es haben zu wenige Kommunen mitgezeichnet."


def test_a_closed_round_without_signatures_is_ended_from_the_release_page(
    office: Office,
) -> None:
    pass_deadline(office)
    editor = office.browser()
    assert "wartet auf die Veröffentlichung" in editor.open("/office/").text
    editor.open(RELEASE)
    assert "Dieses Papier hat keine Kommune mitgezeichnet; die Liste ist leer." in editor.text
    editor.follow("Ohne Veröffentlichung beenden …")
    assert "An 5 Adressen ist schon eine E-Mail" in editor.text
    assert "Rückgängig machen lässt sich das nicht." in editor.text
    editor.submit({"sure": True}, action="/ending", status=422)
    assert "Bitte geben Sie „Grund“ an." in editor.text
    editor.submit({"reason": "Zu wenige 🧿"}, action="/ending", status=422)
    assert "🧿" in editor.text
    editor.submit({"reason": REASON, "sure": False}, action="/ending", status=422)
    assert office.round(1).cancelled_at is None
    assert REASON in editor.text
    editor.submit({"sure": True}, action="/ending")
    assert "Das Verfahren ist ohne Veröffentlichung beendet." in editor.text
    assert f"Grund: {REASON}" in editor.text
    assert "wird gerade gefertigt" not in editor.text
    assert count_mails(office, "ended") == 5
    assert count_events(office, Event.ROUND_ENDED) == 1
    assert "wartet auf die Veröffentlichung" not in editor.open("/office/").text
    assert "Ohne Veröffentlichung beendet ·" in editor.text
    editor.open(RELEASE)
    assert "Das Verfahren wurde ohne Veröffentlichung beendet:" in editor.text
    assert [form.get("action") for form in editor.forms] == ["/logout"]
    assert f"Grund: {REASON}" in editor.open("/office/audit").text
    assert post_directly(editor, ENDING, sure="y", reason="Noch einmal.") == 303
    assert count_events(office, Event.ROUND_ENDED) == 1
    editor.open("/office/papers/leitgedanken").follow("Verfahren eröffnen …")
    assert "ohne Veröffentlichung beendet" in editor.open("/office/papers").text


def test_ending_calls_off_the_planned_release_and_says_what_happens_to_whom(
    ready: Office, editor: Browser
) -> None:
    assert "hat keine Kommune mitgezeichnet" not in editor.open(RELEASE).text
    plan_release(editor)
    editor.open("/office/rounds/1").follow("Ohne Veröffentlichung beenden …")
    assert "wird abgesagt" in editor.text
    assert "1 Mitglied hat geantwortet." in editor.text
    editor.submit({"reason": REASON, "sure": True}, action="/ending")
    assert (count_mails(ready, "released"), count_mails(ready, "ended")) == (0, 5)
    assert count_events(ready, Event.RELEASE_CALLED_OFF) == 0
    ready.now = datetime(2027, 3, 4, tzinfo=BERLIN)
    ready.work()
    assert [get_status(ready, path) for path in PUBLIC_ADDRESSES] == [404] * 3


def test_the_public_draft_of_an_ended_round_is_taken_off(empty_office: Office) -> None:
    empty_office.enrol()
    empty_office.draft()
    opening = Opening(LAST_DAY, (), Terms(public=True))
    open_round(empty_office.db, "leitgedanken", opening, "cli", empty_office.now)
    pass_deadline(empty_office)
    assert get_status(empty_office, PUBLIC_ADDRESSES[0]) == 200
    browser = empty_office.browser().open(ENDING)
    assert "Der öffentliche Entwurf ist dann nicht mehr abrufbar." in browser.text
    browser.submit({"reason": REASON, "sure": True}, action="/ending")
    assert get_status(empty_office, PUBLIC_ADDRESSES[0]) == 404


def test_open_and_released_rounds_are_not_ended(office: Office, editor: Browser) -> None:
    assert editor.open(ENDING).path == "/office/rounds/1"
    assert "Ohne Veröffentlichung beenden" not in editor.text
    assert post_directly(editor, ENDING, sure="y", reason=REASON) == 409
    pass_deadline(office)
    editor = office.browser()
    editor.open(RELEASE).submit(action="/release")
    assert "Ohne Veröffentlichung beenden" not in editor.open(RELEASE).text
    assert editor.open(ENDING).path == "/office/rounds/1"
    assert post_directly(editor, ENDING, sure="y", reason=REASON) == 409
    assert count_events(office, Event.ROUND_ENDED) == 0


def test_an_action_on_a_cancelled_round_does_not_change_its_successor(
    office: Office, editor: Browser
) -> None:
    editor.open("/office/rounds/1/cancellation").submit({"sure": True}, action="/cancellation")
    office.open()
    assert post_directly(editor, "/office/rounds/1/closing", sure="y", confirm="schließen") == 409
    assert post_directly(editor, "/office/rounds/1/extension", deadline="31.12.2027") == 409
    assert post_directly(editor, "/office/rounds/1/members", member="00007") == 409
    assert office.round(2).phase(office.now) is Phase.OPEN
    assert office.round(2).deadline == office.round(1).deadline


def test_the_page_says_that_all_members_are_invited(editor: Browser) -> None:
    assert (
        "Alle Mitglieder der Mitgliederliste sind schon eingeladen."
        in editor.open("/office/rounds/1/members").text
    )


def test_members_are_searched_by_name_and_invited_once(tmp_path: Path) -> None:
    office = new_office(tmp_path)
    office.enrol([(f"Ort {n:02d}", f"Stadt Ort {n:02d}", "Hessen") for n in range(70)])
    office.draft()
    open_round(office.db, "leitgedanken", Opening(LAST_DAY, ("nord",)), "cli", office.now)
    office.work()
    browser = office.browser().open("/office/rounds/1")
    browser.follow("Mitglieder einladen …").submit(action="/members", status=422)
    assert "Bitte wählen Sie mindestens ein Mitglied aus." in browser.text
    assert "35 Mitglieder sind noch nicht eingeladen" in browser.text
    assert "passt kein Mitglied" in browser.open("/office/rounds/1/members?q=Nirgendwo").text
    browser.open("/office/rounds/1/members?q=ort 04")
    other_browser = office.browser(Role.ADMIN).open("/office/rounds/1/members?q=ort 04")
    before = count_mails(office, "invitation")
    browser.submit({"member": True}, action="/members")
    assert "1 Mitglied ist eingeladen." in browser.text
    assert count_mails(office, "invitation") == before + 1
    assert count_events(office, Event.MEMBER_INVITED) == 1
    other_browser.submit({"member": True}, action="/members")
    assert count_events(office, Event.MEMBER_INVITED) == 1
    assert post_directly(browser, "/office/rounds/1/members", member="nichts") == 409
    pass_deadline(office)
    assert post_directly(office.browser(), "/office/rounds/1/members", member="00003") == 409
