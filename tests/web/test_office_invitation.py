"""One invitation at the office: what is decided, corrected and settled there, and what the page shows."""

from pathlib import Path

import pytest

from signoff.actions import objecting, passing, returning
from signoff.domain.answer import Answer, Kind
from signoff.domain.audit import Event
from signoff.domain.passing import Colleague
from signoff.domain.release import PrintKind
from signoff.domain.returned import Came, Returned
from signoff.domain.round import Round
from signoff.domain.staff import Role
from signoff.store import answers, doors, invitations, objections, outbox, prints
from signoff.store.doors import Door
from tests.browser import Browser
from tests.web.clerk import closed, deeds, events, forged, token
from tests.web.house import CONTACT, House, house, signing

NOTE = "Wir verstehen Leitgedanke 4 im Rahmen des Haushalts."


@pytest.fixture
def office(tmp_path: Path) -> House:
    """A paper is open for five members, nobody has answered, all mail is out."""
    here = house(tmp_path)
    here.enrol()
    here.draft()
    here.open()
    here.work()
    return here


@pytest.fixture
def round(office: House) -> Round:
    return office.round(1)


@pytest.fixture
def editor(office: House) -> Browser:
    return office.browser(Role.EDITOR)


@pytest.fixture
def viewer(office: House) -> Browser:
    return office.browser(Role.VIEWER)


def door(office: House, id: int = 1) -> Door:
    """What stands behind the registered link of this invitation."""
    (link, *_) = invitations.links(office.db, id)
    return doors.behind(office.db, link)


def colleague(name: str) -> Colleague:
    return Colleague(name, "Stabsstelle", f"{name.lower()}@kommune.example", "Bitte übernehmen Sie.")


# deeds that are looked for at every role

PAGES = ("links/2/end",)
DEEDS = ("links/2/end", "objections/1")


@pytest.mark.parametrize("path", DEEDS)
def test_who_may_only_look_does_nothing(office: House, path: str) -> None:
    passing.pass_on(office.db, door(office), colleague("Ordnungsamt"), office.now)
    for who in (office.browser(Role.VIEWER), office.browser(None).open("/login")):
        assert forged(who, f"/office/invitations/1/{path}") == 403


@pytest.mark.parametrize("path", PAGES)
def test_who_may_only_look_is_shown_no_form(office: House, viewer: Browser, path: str) -> None:
    viewer.open(f"/office/invitations/1/{path}", status=403)


# who holds a link


def test_the_chain_of_links_stands_on_the_page_and_the_office_ends_one_with_all_below(
    office: House, editor: Browser
) -> None:
    first = passing.pass_on(office.db, door(office), colleague("Ordnungsamt"), office.now)
    below = passing.pass_on(office.db, doors.behind(office.db, first), colleague("Hauptamt"), office.now)
    text = editor.open("/office/invitations/1").text
    assert "Weitergegeben von Ansprechperson" in text and "Weitergegeben von Ordnungsamt" in text
    assert "Bitte übernehmen Sie." in text

    editor.open(f"/office/invitations/1/links/{first.id}/end")
    assert "hauptamt@kommune.example" in editor.text, "she sees who loses the access too"
    editor.submit(action="/end")

    assert "Der weitergegebene Zugang ist beendet." in editor.text
    ended = {link.id for link in invitations.all_links(office.db, 1) if link.ended_at}
    assert ended == {first.id, below.id}
    assert events(office, Event.PASSED_ON_ENDED) == 1
    assert forged(editor, f"/office/invitations/1/links/{first.id}/end") == 303
    assert events(office, Event.PASSED_ON_ENDED) == 1


def test_a_registered_link_or_one_of_another_invitation_is_not_ended_here(office: House, editor: Browser) -> None:
    passed = passing.pass_on(office.db, door(office), colleague("Ordnungsamt"), office.now)
    (registered,) = invitations.links(office.db, 2)
    editor.open("/office/invitations/1")
    for path in (f"1/links/{door(office).link.id}/end", f"2/links/{passed.id}/end", f"2/links/{registered.id}/end"):
        assert forged(editor, f"/office/invitations/{path}") == 404
    assert events(office, Event.PASSED_ON_ENDED) == 0


# objections


def test_an_objection_is_a_task_until_the_office_settles_it(office: House, round: Round, editor: Browser) -> None:
    id = office.answer(round, "Musterhausen", signing())
    made = objecting.object_to(office.db, door(office, id), answers.last(office.db, id).id, "Nie gesehen.", office.now)
    editor.open("/office/")
    assert "1 Mitglied sagt: „Das war ich nicht“" in editor.text
    editor.follow("Einspruch ansehen")
    assert "Nie gesehen." in editor.text

    editor.submit(action=f"/objections/{made.id}")

    assert "Der Einspruch ist als erledigt vermerkt." in editor.text
    assert "Einspruch erledigt" in editor.text and "Konto editor" in editor.text
    assert objections.get(office.db, made.id).settled_at == office.now
    assert "Das war ich nicht" not in editor.open("/office/").text
    assert "Einspruch" not in editor.open("/office/rounds/1").text


def test_an_objection_is_settled_at_its_own_invitation_only(office: House, round: Round, editor: Browser) -> None:
    id = office.answer(round, "Musterhausen", signing())
    made = objecting.object_to(office.db, door(office, id), answers.last(office.db, id).id, "", office.now)
    editor.open("/office/invitations/2")
    assert forged(editor, f"/office/invitations/2/objections/{made.id}") == 404
    assert objections.get(office.db, made.id).settled_at is None


def test_a_viewer_sees_all_of_it_and_is_offered_no_deed(office: House, round: Round, viewer: Browser) -> None:
    id = office.answer(round, "Musterhausen", signing("Universitätsstadt Musterhausen", NOTE))
    passing.pass_on(office.db, door(office), colleague("Ordnungsamt"), office.now)
    objecting.object_to(office.db, door(office, id), answers.last(office.db, id).id, "Nein.", office.now)
    viewer.open(f"/office/invitations/{id}")
    assert NOTE in viewer.text and "ordnungsamt@kommune.example" in viewer.text
    assert deeds(viewer) == []


# deciding


def test_a_decision_is_taken_once_and_owes_a_new_print_after_closing(office: House, round: Round) -> None:
    id = office.answer(round, "Musterhausen", signing(note=NOTE))
    closed(office)
    first = prints.latest(office.db, 1, PrintKind.FINAL)

    browser = office.browser().open(f"/office/invitations/{id}")
    accepting = {"accepted": "yes", "version": "1"}
    browser.request("POST", f"/office/invitations/{id}/note", 200, data={**accepting, "csrf_token": token(browser)})
    assert "Protokollnotiz angenommen" in browser.text
    second = prints.latest(office.db, 1, PrintKind.FINAL)
    assert (second.number, second.printed_at) == (first.number + 1, None)

    browser.request("POST", f"/office/invitations/{id}/note", 200, data={**accepting, "csrf_token": token(browser)})
    assert events(office, Event.NOTE_DECIDED) == 1
    assert prints.latest(office.db, 1, PrintKind.FINAL) == second


def test_a_note_that_has_changed_meanwhile_is_not_decided_unread(office: House, round: Round, editor: Browser) -> None:
    id = office.answer(round, "Musterhausen", signing(note=NOTE))
    editor.open(f"/office/invitations/{id}")
    office.later(minutes=1)
    office.answer(round, "Musterhausen", signing(note="Etwas ganz anderes."))
    assert forged(editor, f"/office/invitations/{id}/note", accepted="yes", version="1") == 409
    assert events(office, Event.NOTE_DECIDED) == 0


def test_an_invitation_shows_every_version_and_never_a_link(office: House, round: Round, editor: Browser) -> None:
    id = office.answer(round, "Musterhausen", Answer(Kind.DECLINE, CONTACT, reason="Der Rat war dagegen."))
    office.later(minutes=5)
    office.answer(round, "Musterhausen", signing(note=NOTE))
    text = editor.open(f"/office/invitations/{id}").text
    for told in ("1. Fassung", "2. Fassung", "Der Rat war dagegen.", NOTE, "stabsstelle@", "m00002@kommune.example"):
        assert told in text, told
    assert "/s/" not in editor.response.get_data(as_text=True)
    (link,) = invitations.links(office.db, id)
    assert link.public_id not in editor.response.get_data(as_text=True)


# an address that was wrong


def test_whom_no_mail_reached_is_on_the_list_and_its_address_can_be_corrected(office: House, editor: Browser) -> None:
    (notice, _), *_ = outbox.of_invitation(office.db, 1)
    returning.record(office.db, Returned(Came.BOUNCE, notice.id, "550 5.1.1 kein solches Postfach"), office.now)
    assert "nicht erreicht" in editor.open("/office/").text
    page = editor.open("/office/invitations/1")
    assert "550 5.1.1 kein solches Postfach" in page.text
    assert "Keine E-Mail hat dieses Mitglied erreicht" in page.text

    editor.open("/office/invitations/1/links/1/address").submit({"email": "richtig@kommune.example"}, action="/address")

    assert editor.url.endswith("/office/invitations/1")
    assert "richtig@kommune.example" in editor.text
    assert events(office, Event.ADDRESS_CORRECTED) == 1
    assert invitations.links(office.db, 1)[0].generation == 2


@pytest.mark.parametrize("typed", ["", "kein Postfach", "a@b.example, c@d.example", "a@b.example\u2028c@d.example"])
def test_what_is_no_address_is_refused_at_its_field(office: House, editor: Browser, typed: str) -> None:
    editor.open("/office/invitations/1/links/1/address").submit({"email": typed}, action="/address", status=422)
    assert "Bitte prüfen Sie eine Angabe" in editor.text
    assert invitations.links(office.db, 1)[0].generation == 1


def test_an_address_is_corrected_at_its_own_invitation_only(office: House, editor: Browser) -> None:
    assert editor.client.get("/office/invitations/1/links/2/address", base_url="http://localhost").status_code == 404
