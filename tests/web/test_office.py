"""The office's pages: who may do what, what is asked twice, and what the figures rest on."""

import csv
import io
import re
from pathlib import Path

import pytest

from signoff import passwords
from signoff.actions import staffing
from signoff.domain.answer import Answer, Kind
from signoff.domain.audit import Event
from signoff.domain.release import PrintKind
from signoff.domain.round import Phase, Round
from signoff.domain.staff import Role
from signoff.store import audit, prints
from signoff.store.connection import transaction
from tests.browser import Browser
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


def closed(office: House) -> None:
    """The deadline passes, and the worker does what is due."""
    office.now = office.round(1).deadline
    office.work()


def events(office: House, event: Event) -> int:
    return sum(entry.event is event for entry, _ in audit.lines(office.db))


def rows(browser: Browser) -> list[str]:
    """The members the table of the page shows."""
    body = next(each for each in browser.root.iter("tbody"))
    return ["".join(row.find("th/a").itertext()) for row in body.iter("tr")]


def forged(browser: Browser, path: str, **data: str) -> int:
    """A form that no page offers, sent with a token of this browser all the same."""
    sent = {**data, "csrf_token": token(browser)}
    return browser.client.post(path, data=sent, base_url="http://localhost").status_code


def token(browser: Browser) -> str:
    return next(each.get("value") for each in browser.root.iter("input") if each.get("name") == "csrf_token")


# who comes in

PAGES = (
    "/office/",
    "/office/rounds/1",
    "/office/rounds/1/standing",
    "/office/rounds/1/members.csv",
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
    "/office/journal/check",
    "/office/account",
)
DEEDS = (
    "/office/rounds/1/closing",
    "/office/rounds/1/cancellation",
    "/office/rounds/1/extension",
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


# what there is to do


def test_where_nothing_is_to_be_done_the_overview_says_so(editor: Browser) -> None:
    assert "Im Augenblick ist nichts zu tun." in editor.open("/office/").text
    assert "Noch hat niemand geantwortet." in editor.text


def test_an_empty_office_says_how_to_begin(tmp_path: Path) -> None:
    browser = house(tmp_path).browser()
    assert "Noch ist kein Papier aufgenommen." in browser.open("/office/").text


def test_a_mail_that_came_back_is_the_first_thing_to_do(tmp_path: Path) -> None:
    office = house(tmp_path)
    office.enrol()
    office.draft()
    round = office.open()
    office.lost = {"m00005@"}
    office.work()
    office.answer(round, "Musterhausen", signing(note=NOTE))

    browser = office.browser().open("/office/")
    assert browser.text.index("Die Einladung hat 1 Mitglied nicht erreicht") < browser.text.index("1 Protokollnotiz")
    browser.follow("Mitglieder ansehen")
    assert rows(browser) == ["Gemeinde Neudorf"]
    assert "550 5.1.1 kein solches Postfach" in browser.follow("Gemeinde Neudorf").text


def test_notes_and_names_wait_for_the_office(office: House, round: Round, editor: Browser) -> None:
    office.answer(round, "Musterhausen", signing("Universitätsstadt Musterhausen", NOTE))
    editor.open("/office/")
    assert "1 Protokollnotiz ist zu prüfen" in editor.text
    assert "Musterhausen: „Universitätsstadt Musterhausen“" in editor.text
    assert "Notiz zu prüfen, Name zu prüfen" in editor.open("/office/rounds/1").text


def test_a_paper_that_is_printed_waits_for_its_release(office: House, editor: Browser) -> None:
    closed(office)
    assert "Ein Papier wartet auf die Veröffentlichung" in office.browser().open("/office/").text


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


# opening


def test_a_round_is_opened_from_the_overview(office: House, editor: Browser) -> None:
    office.draft("hitzeschutz", "Hitzeschutz auf Plätzen")
    editor.open("/office/").open("/office/papers/hitzeschutz/open")
    editor.submit({"deadline": "gestern"}, action="/open", status=422)
    editor.submit({"deadline": "1.1.2020"}, action="/open", status=422)
    editor.submit({"deadline": "15.4.2027", "tags": "nord", "public": True, "layout": "place"}, action="/open")
    assert editor.path == "/office/rounds/2"
    assert "0 von 2 haben mitgezeichnet" in editor.text
    opened = office.round(2)
    assert (opened.terms.public, opened.terms.layout) == (True, "place")
    editor.open("/office/papers/hitzeschutz/open")
    assert editor.path == "/office/rounds/2"


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


# the table


def test_the_table_is_filtered_and_sorted_by_what_is_on_offer(office: House, round: Round, editor: Browser) -> None:
    office.answer(round, "Neudorf", signing("Gemeinde Neudorf"))
    office.answer(round, "Altdorf", Answer(Kind.DECLINE, CONTACT))
    table = "/office/rounds/1"
    names = ["Markt Altdorf", "Landeshauptstadt Beispielstadt", "Stadt Musterhausen", "Gemeinde Neudorf"]
    names.append("Stadt Überlingen am Fluss")
    assert rows(editor.open(table)) == names
    assert rows(editor.open(f"{table}?sort=-name")) == names[::-1]
    assert rows(editor.open(f"{table}?sort=answer"))[:2] == ["Gemeinde Neudorf", "Markt Altdorf"]
    assert rows(editor.open(f"{table}?answer=decline")) == ["Markt Altdorf"]
    assert rows(editor.open(f"{table}?answer=none&state=Bayern")) == [names[1], names[4]]
    assert rows(editor.open(f"{table}?q=uberlingen")) == [names[4]]
    assert rows(editor.open(f"{table}?sort=key;DROP&answer=alles&mail=x&page=-3")) == names
    assert "Auf diese Auswahl passt kein Mitglied." in editor.open(f"{table}?q=Nirgendwo").text


def test_the_file_holds_what_the_filter_leaves_and_no_formula(office: House, round: Round, editor: Browser) -> None:
    evil = "=cmd()|' /C calc'!A0"
    office.answer(round, "Neudorf", signing("Gemeinde Neudorf", note=evil, function="+49 Bürgermeisterin"))
    answer = editor.client.get("/office/rounds/1/members.csv?answer=sign", base_url="http://localhost")
    text = answer.get_data(as_text=True)
    assert text.startswith("\ufeff")
    head, *found = csv.reader(io.StringIO(text[1:]), delimiter=";")
    assert [row[1] for row in found] == ["Neudorf"]
    assert f"'{evil}" in found[0]
    assert not [cell for row in found for cell in row if cell.startswith(("=", "+", "-", "@"))]
    assert "filename=leitgedanken-2027-01-21.csv" in answer.headers["Content-Disposition"]
    assert len(head) == len(found[0])


def test_the_figures_come_again_only_when_something_has_changed(office: House, round: Round, editor: Browser) -> None:
    first = editor.client.get("/office/rounds/1/standing", base_url="http://localhost")
    known = {"If-None-Match": first.headers["ETag"]}
    office.later(seconds=15)
    same = editor.client.get("/office/rounds/1/standing", base_url="http://localhost", headers=known)
    assert (same.status_code, same.data) == (304, b"")
    office.answer(round, "Neudorf", signing("Gemeinde Neudorf"))
    fresh = editor.client.get("/office/rounds/1/standing", base_url="http://localhost", headers=known)
    assert fresh.status_code == 200
    assert "<b>1</b> von 5" in fresh.get_data(as_text=True)


def test_the_figures_are_in_the_page_as_in_the_part_that_is_refreshed(editor: Browser) -> None:
    editor.open("/office/rounds/1?sort=-name")
    asked = next(each.get("data-standing") for each in editor.root.iter("div") if each.get("data-standing"))
    part = editor.client.get(asked, base_url="http://localhost").get_data(as_text=True)
    assert asked.endswith("?page=1&sort=-name")
    assert re.findall(r"/office/invitations/(\d+)", part) == ["3", "4", "1", "2", "5"]


def test_a_page_asks_as_many_questions_for_500_members_as_for_5(office: House, editor: Browser) -> None:
    few = questions(office, editor, "/office/rounds/1")
    office.enrol([(f"Ort {n:03d}", f"Stadt Ort {n:03d}", "Hessen") for n in range(500)])
    office.draft("gross", "Großes Verfahren")
    office.open("gross")
    many = questions(office, editor, "/office/rounds/2")
    assert len(rows(editor)) == 100
    assert "Seite 1 von 5" in editor.text
    assert len(rows(editor.follow("Nächste Seite"))) == 100
    assert many == few <= 12


def questions(office: House, browser: Browser, path: str) -> int:
    asked: list[str] = []
    office.db.conn.set_trace_callback(asked.append)
    browser.open(path)
    office.db.conn.set_trace_callback(None)
    return sum(each.lstrip().startswith(("SELECT", "WITH")) for each in asked)


# the journal


def test_the_journal_tells_in_sentences_who_did_what_and_when(office: House, round: Round, editor: Browser) -> None:
    office.answer(round, "Musterhausen", signing(note=NOTE))
    assert forged(editor.open("/office/invitations/1"), "/office/invitations/1/note", accepted="no", version="1") == 303
    text = editor.open("/office/journal").text
    assert "Konto editor hat die Protokollnotiz der Stadt Musterhausen abgelehnt." in text
    assert "Ansprechperson hat für die Stadt Musterhausen geantwortet." in text
    assert "Donnerstag, 21. Januar 2027, 10:45 Uhr (MEZ)" in text.replace("\u00a0", " ")
    editor.open("/office/journal?event=round_opened")
    assert len(list(editor.root.iter("tr"))) == 2


@pytest.mark.parametrize("event", Event)
def test_every_event_has_a_sentence(office: House, editor: Browser, event: Event) -> None:
    with transaction(office.db):
        audit.record(office.db, event, "worker", "round/1", office.now)
    editor.open(f"/office/journal?event={event}")
    assert "%(" not in editor.text
    assert len(list(editor.root.iter("tr"))) >= 2


def test_the_journal_turns_its_pages(office: House, editor: Browser) -> None:
    for n in range(120):
        staffing.log_out(office.db, f"none-{n}", 1, office.now)
    seen = []
    editor.open("/office/journal")
    while True:
        seen += [row.find("td").text for row in next(iter(editor.root.iter("tbody"))).iter("tr")]
        if "Ältere Einträge" not in editor.text:
            break
        editor.follow("Ältere Einträge")
    assert seen == [str(n) for n in range(len(seen), 0, -1)]


def test_a_chain_that_was_tampered_with_is_found(office: House, viewer: Browser) -> None:
    assert "Die Kette ist unversehrt." in viewer.open("/office/journal").follow("Kette prüfen").text
    office.db.conn.execute("UPDATE audit_details SET details = '{\"changed\": 1}' WHERE seq = 3")
    assert "Die Kette bricht bei Eintrag 3" in viewer.open("/office/journal/check").text


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


def test_the_deadline_includes_its_day_and_says_its_zone(editor: Browser) -> None:
    text = editor.open("/office/rounds/1").text.replace("\u00a0", " ")
    assert "Freitag, 26. Februar 2027, 24:00 Uhr (MEZ) · noch 36 Tage" in text


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
