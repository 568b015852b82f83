"""The office's pages: who may do what, what is asked twice, and what the figures rest on."""

from pathlib import Path

import pytest

from signoff import passwords
from signoff.actions import staffing
from signoff.domain.audit import Event
from signoff.domain.release import PrintKind
from signoff.domain.round import Phase, Round
from signoff.domain.staff import Role
from signoff.store import audit, prints
from tests.browser import Browser
from tests.web.desk_of_the_office import NOTE, closed, events, forged, opened
from tests.web.house import House, house, signing


@pytest.fixture
def office(tmp_path: Path) -> House:
    return opened(tmp_path)


@pytest.fixture
def round(office: House) -> Round:
    return office.round(1)


@pytest.fixture
def editor(office: House) -> Browser:
    return office.browser(Role.EDITOR)


@pytest.fixture
def viewer(office: House) -> Browser:
    return office.browser(Role.VIEWER)


# who comes in

PAGES = (
    "/office/",
    "/office/rounds/1",
    "/office/rounds/1/standing",
    "/office/rounds/1/members.csv",
    "/office/rounds/1/members.xlsx",
    "/office/rounds/1/aim",
    "/office/rounds/1/proof.pdf",
    "/office/rounds/1/draft.pdf",
    "/office/rounds/1/closing",
    "/office/rounds/1/cancellation",
    "/office/rounds/1/extension",
    "/office/rounds/1/release",
    "/office/invitations/1",
    "/office/invitations/1/links/1/address",
    "/office/papers/leitgedanken/open",
    "/office/journal",
    "/office/journal.csv",
    "/office/journal/check",
    "/office/account",
)
DEEDS = (
    "/office/rounds/1/closing",
    "/office/rounds/1/cancellation",
    "/office/rounds/1/extension",
    "/office/rounds/1/aim",
    "/office/rounds/1/release",
    "/office/rounds/1/print",
    "/office/invitations/1/links/1/address",
    "/office/invitations/1/note",
    "/office/invitations/1/name",
    "/office/papers/leitgedanken/open",
)


@pytest.mark.parametrize("path", PAGES)
def test_nobody_without_a_login_sees_a_page_of_the_office(office: House, path: str) -> None:
    answer = office.browser(None).client.get(path, base_url="http://localhost")
    assert answer.status_code == 303
    assert answer.headers["Location"].startswith("/login?next=/office")


def test_after_the_login_one_stands_where_one_wanted_to_go(office: House) -> None:
    words = "ein langer Satz als Passwort"
    staffing.add_staff(office.db, "neu@forum.example", "", Role.VIEWER, passwords.hashed(words), "cli", office.now)
    browser = office.browser(None).open("/office/rounds/1?answer=sign")
    browser.submit({"email": "neu@forum.example", "password": words})
    assert browser.url.endswith("/office/rounds/1?answer=sign")


@pytest.mark.parametrize("path", DEEDS)
def test_nobody_does_anything_without_a_login(office: House, path: str) -> None:
    browser = office.browser(None).open("/login")
    assert forged(browser, path, sure="y", accepted="yes", version="1", deadline="2027-12-31") == 403


@pytest.mark.parametrize("path", DEEDS)
def test_a_viewer_does_nothing(office: House, viewer: Browser, path: str) -> None:
    before = audit.last(office.db)
    assert forged(viewer, path, sure="y", accepted="yes", version="1", deadline="2027-12-31") == 403
    assert audit.last(office.db) == before


def test_a_viewer_sees_the_round_and_is_offered_no_deed(viewer: Browser, office: House, round: Round) -> None:
    office.answer(round, "Musterhausen", signing(note=NOTE))
    viewer.open("/office/rounds/1")
    assert "schließen" not in viewer.text
    assert [form.get("action") for form in viewer.forms] == ["/logout"]
    viewer.open("/office/invitations/1")
    assert NOTE in viewer.text
    assert [form.get("action") for form in viewer.forms] == ["/logout"]
    for path in ("closing", "cancellation", "extension"):
        viewer.open(f"/office/rounds/1/{path}", status=403)


def test_who_logs_out_is_out(editor: Browser) -> None:
    assert forged(editor.open("/office/account"), "/logout") == 303
    assert editor.client.get("/office/", base_url="http://localhost").status_code == 303


def test_an_open_page_that_nobody_looks_at_keeps_no_session_alive(office: House, editor: Browser) -> None:
    for _ in range(4):
        office.later(minutes=10)
        answer = editor.client.get("/office/rounds/1/standing", base_url="http://localhost")
    assert answer.status_code == 303


def test_what_does_not_exist_is_not_found(editor: Browser) -> None:
    for path in ("rounds/9", "rounds/9/release", "rounds/9/members.csv", "invitations/99", "papers/nichts/open"):
        editor.open(f"/office/{path}", status=404)


# closing, extending, cancelling


def test_closing_before_the_deadline_asks_twice(office: House, editor: Browser) -> None:
    editor.open("/office/rounds/1").follow("Verfahren schließen …")
    assert "Die angekündigte Frist ist noch nicht abgelaufen." in editor.text
    assert "5 Mitglieder haben nicht geantwortet." in editor.text
    editor.submit(action="/closing", status=422)
    assert editor.title.startswith("Fehler:")
    assert office.round(1).closed_at is None
    editor.submit({"sure": True}, action="/closing")
    assert "Das Verfahren ist geschlossen." in editor.text
    assert office.round(1).closed_at == office.now


def test_closing_after_the_deadline_asks_once(office: House) -> None:
    office.now = office.round(1).deadline
    browser = office.browser().open("/office/").follow("Verfahren schließen")
    browser.submit(action="/closing")
    assert office.round(1).phase(office.now) is Phase.CLOSED


def test_closing_twice_is_closing_once(office: House, editor: Browser) -> None:
    editor.open("/office/rounds/1/closing")
    other = office.browser(Role.ADMIN).open("/office/rounds/1/closing")
    editor.submit({"sure": True}, action="/closing")
    other.submit({"sure": True}, action="/closing")
    assert other.path == "/office/rounds/1"
    assert events(office, Event.ROUND_CLOSED) == 1


def test_a_deadline_is_moved_to_a_later_day_only(office: House, editor: Browser) -> None:
    editor.open("/office/rounds/1/extension")
    for typed, told in (("", "Frist"), ("31.02.2027", "31.02.2027"), ("25.2.2027", "Die neue Frist muss nach")):
        editor.submit({"deadline": typed}, action="/extension", status=422)
        assert told in editor.text
    editor.submit({"deadline": "31.3.2027"}, action="/extension")
    assert "Mittwoch, 31. März 2027, 24:00 Uhr (MESZ)" in editor.text
    editor.open("/office/rounds/1/extension").submit({"deadline": "2027-03-31"}, action="/extension")
    assert events(office, Event.ROUND_EXTENDED) == 1


def test_cancelling_needs_the_box_ticked(office: House, editor: Browser) -> None:
    editor.open("/office/rounds/1/cancellation").submit(action="/cancellation", status=422)
    assert office.round(1).cancelled_at is None
    editor.submit({"sure": True}, action="/cancellation")
    assert "abgebrochen" in editor.text
    assert "Verfahren eröffnen …" in editor.open("/office/").text


def test_a_deed_for_a_cancelled_round_never_meets_the_one_that_followed(office: House, editor: Browser) -> None:
    editor.open("/office/rounds/1/cancellation").submit({"sure": True}, action="/cancellation")
    office.open()
    assert forged(editor, "/office/rounds/1/closing", sure="y") == 409
    assert forged(editor, "/office/rounds/1/extension", deadline="31.12.2027") == 409
    assert office.round(2).phase(office.now) is Phase.OPEN
    assert office.round(2).deadline == office.round(1).deadline


# releasing


def test_the_release_is_refused_while_something_is_undecided(office: House, round: Round) -> None:
    office.answer(round, "Musterhausen", signing(note=NOTE))
    closed(office)
    browser = office.browser().open("/office/rounds/1/release")
    assert "Vorher ist noch zu entscheiden" in browser.text
    newest = prints.latest(office.db, 1, PrintKind.FINAL)
    assert forged(browser, "/office/rounds/1/release", seen=newest.sha256) == 409
    assert office.round(1).released_at is None


def test_what_was_looked_at_is_released_and_a_second_click_finds_it(office: House, round: Round) -> None:
    office.answer(round, "Musterhausen", signing())
    closed(office)
    browser = office.browser().open("/office/").follow("PDF ansehen und veröffentlichen")
    other = office.browser(Role.ADMIN).open(browser.path)
    proof = browser.client.get("/office/rounds/1/proof.pdf", base_url="http://localhost")
    assert proof.data.startswith(b"%PDF")
    proof.close()
    assert proof.headers["Cache-Control"] == "no-store"
    browser.submit(action="/release")
    assert "http://localhost/papers/leitgedanken" in browser.text
    other.submit(action="/release")
    assert other.path == "/office/rounds/1"
    assert events(office, Event.RELEASED) == 1


def test_a_print_nobody_has_seen_is_not_released(office: House, round: Round) -> None:
    id = office.answer(round, "Musterhausen", signing(note=NOTE))
    closed(office)
    browser = office.browser().open(f"/office/invitations/{id}")
    assert forged(browser, f"/office/invitations/{id}/note", accepted="no", version="1") == 303
    office.work()
    browser.open("/office/rounds/1/release")
    assert forged(browser, f"/office/invitations/{id}/note", accepted="yes", version="1") == 303
    browser.submit(action="/release", status=409)
    assert "Das PDF wird gerade gefertigt" in browser.text
    office.work()
    assert forged(browser, "/office/rounds/1/release", seen="0" * 64) == 409
    assert office.round(1).released_at is None
    browser.open("/office/rounds/1/release").submit(action="/release")
    assert office.round(1).released_at == office.now


def test_a_print_that_failed_says_why_and_is_ordered_once_more(office: House) -> None:
    office.broken = "Schrift fehlt"
    closed(office)
    browser = office.browser().open("/office/")
    assert "Das PDF konnte nicht gefertigt werden" in browser.text
    browser.follow("Grund ansehen")
    assert "Schrift fehlt" in browser.text
    browser.submit(action="/print")
    assert "Das PDF wird gerade gefertigt" in browser.text
    assert forged(browser, "/office/rounds/1/print") == 303
    assert events(office, Event.PRINT_ORDERED) == 1
    office.broken = ""
    office.work()
    browser.open("/office/rounds/1/release").submit(action="/release")


def test_long_names_and_notes_stay_whole(tmp_path: Path) -> None:
    office = house(tmp_path)
    long = "Verbandsgemeinde Sankt Margarethen an der Nordrandschnellstraße und Umgebung"
    office.enrol([("Sankt Margarethen an der Nordrandschnellstraße", long, "Mecklenburg-Vorpommern")])
    office.draft(title="Leitgedanken " * 15)
    round = office.open()
    id = office.answer(round, "Sankt Margarethen an der Nordrandschnellstraße", signing("Hanse-" + long, "Wort " * 119))
    browser = office.browser()
    for path in ("", "rounds/1", f"invitations/{id}", "journal", "rounds/1/closing", "rounds/1/release"):
        browser.open(f"/office/{path}")
    assert "Hanse-" + long in browser.open(f"/office/invitations/{id}").text


# the certificate


def test_the_office_takes_its_certificate_from_the_rounds_page(office: House, round: Round, editor: Browser) -> None:
    page = editor.open(f"/office/rounds/{round.id}")
    assert page.link("Verlauf (PDF)").endswith(f"/office/rounds/{round.id}/certificate.pdf")
    told = editor.client.get(f"/office/rounds/{round.id}/certificate.json", base_url="http://localhost")
    assert told.status_code == 200 and told.json["copy"] == "office"
    assert told.json["steps"][0]["event"] == "paper_added"


def test_nobody_takes_the_offices_certificate_without_a_login(office: House, round: Round) -> None:
    nobody = office.browser(None)
    for kind in ("pdf", "json"):
        told = nobody.client.get(f"/office/rounds/{round.id}/certificate.{kind}", base_url="http://localhost")
        assert told.status_code == 303 and "/login" in told.headers["Location"]
