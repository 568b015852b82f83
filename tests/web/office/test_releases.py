"""From the open round to the public and back: closing, releasing at an hour, four eyes, withdrawing, more members."""

from datetime import datetime
from io import BytesIO
from pathlib import Path

import pytest

from signoff import actions, store
from signoff.actions.rounds import Opening
from signoff.cli.context import get_latest_round
from signoff.domain.accounts import Role
from signoff.domain.answers import Answer, AnswerKind
from signoff.domain.audit import Event
from signoff.domain.releases import PrintKind
from signoff.domain.rounds import Phase, Round
from signoff.store.connection import IntegrityError, transaction
from signoff.tokens import TokenPurpose
from tests.browser import Browser
from tests.pdf import reader
from tests.web.office.office import CONTACT, LAST_DAY, ZONE, Office, new_office, signing
from tests.web.office.pages import NOTE, closed, events, post_directly

RELEASE = "/office/rounds/1/release"
PUBLIC = (
    "/papers/leitgedanken",
    "/papers/leitgedanken/leitgedanken.pdf",
    "/papers/leitgedanken/signatories.json",
)
DEEDS = ("closing", "release/confirmation", "release/cancellation", "retraction", "members")


@pytest.fixture
def ready(office: Office, round: Round) -> Office:
    """Musterhausen has signed, the deadline has passed, the PDF is there."""
    office.answer(round, "Musterhausen", signing())
    closed(office)
    return office


def mails(office: Office, kind: str) -> int:
    return sum(1 for _ in office.db.execute("SELECT 1 FROM outbox WHERE kind = ?", [kind]))


def status(office: Office, path: str) -> int:
    return (
        office.app.test_client().get(path, base_url="http://localhost", buffered=True).status_code
    )


def close_early(browser: Browser) -> Browser:
    browser.open("/office/rounds/1/closing").submit({"sure": True}, action="/closing")
    return browser.submit({"confirm": "leitgedanken"}, action="/closing")


def later(browser: Browser, day: str = "3.3.2027", time: str = "10:00", code: int = 200) -> Browser:
    return browser.open(RELEASE).submit(
        {"when": "later", "day": day, "time": time}, action="/release", status=code
    )


@pytest.mark.parametrize("deed", DEEDS)
def test_only_who_may_does_any_of_it(office: Office, deed: str) -> None:
    path = f"/office/rounds/1/{deed}"
    before = store.audit.find_latest(office.db)
    stranger = office.browser(None).open("/login")
    assert post_directly(stranger, path, sure="y", confirm="leitgedanken", member="00002") == 403
    assert (
        post_directly(
            office.browser(Role.VIEWER), path, sure="y", confirm="leitgedanken", member="00002"
        )
        == 403
    )
    assert store.audit.find_latest(office.db) == before


# closing


def test_before_closing_everything_that_is_open_is_listed_with_its_links(
    office: Office, round: Round
) -> None:
    signed = office.answer(round, "Musterhausen", signing("Universitätsstadt Musterhausen", NOTE))
    for name, day in (("Neudorf", LAST_DAY), ("Altdorf", LAST_DAY.replace(year=2028))):
        office.answer(
            round, name, Answer(AnswerKind.PENDING, CONTACT, expected_on=day, expected_body="Rat")
        )
    object_to(office, signed)
    browser = office.browser().open("/office/rounds/1/closing")
    for told in (
        "1 Einspruch: „Das war ich nicht“",
        "1 Protokollnotiz ist nicht entschieden",
        "1 berichtigter Name ist nicht entschieden",
        "Bei 1 Mitglied tagt das Gremium vor Fristende",
        "Neudorf (26.02.2027)",
        "Bei 1 Mitglied tagt das Gremium erst nach Fristende",
        "2 Mitglieder haben nicht geantwortet",
    ):
        assert told in browser.text, told
    for name in ("Neudorf", "Altdorf", "Beispielstadt", "Überlingen am Fluss"):
        assert browser.link(name).startswith("/office/invitations/")
    browser.open("/office/rounds/1/closing").follow("Neudorf")
    assert browser.page == "invitation"


def object_to(office: Office, invitation_id: int) -> None:
    (link, *_) = store.rounds.list_open_links(office.db, invitation_id)
    door = store.access.find(office.db, link.public_id, link.generation)
    assert door and door.version
    actions.answers.object_to(
        office.db, door, door.version.id, "Das Schreiben kennt hier niemand.", office.now
    )


def test_where_nothing_is_open_the_page_says_so(office: Office, round: Round) -> None:
    for name in ("Musterhausen", "Beispielstadt", "Überlingen am Fluss", "Neudorf", "Altdorf"):
        office.answer(round, name, Answer(AnswerKind.DECLINE, CONTACT))
    assert (
        "Nichts: Alle Mitglieder haben geantwortet"
        in office.browser().open("/office/rounds/1/closing").text
    )


def test_a_long_row_of_members_ends_in_a_link_to_all(tmp_path: Path) -> None:
    office = new_office(tmp_path)
    office.enrol([(f"Ort {n:02d}", f"Stadt Ort {n:02d}", "Hessen") for n in range(30)])
    office.draft()
    office.open()
    browser = office.browser().open("/office/rounds/1/closing")
    assert "und 22 weitere" in browser.text
    assert "30 Mitglieder haben nicht geantwortet" in browser.text
    assert "/office/rounds/1?answer=none#mitglieder" in browser.response.get_data(as_text=True)


def test_closing_before_the_deadline_asks_twice(office: Office, editor: Browser) -> None:
    editor.open("/office/rounds/1").follow("Verfahren schließen …")
    assert "Die angekündigte Frist ist noch nicht abgelaufen." in editor.text
    editor.submit(action="/closing", status=422)
    assert editor.title.startswith("Fehler:")
    editor.submit({"sure": True}, action="/closing")
    assert "Wirklich vor der Frist schließen?" in editor.text
    assert office.round(1).closed_at is None
    editor.submit({"confirm": "ja"}, action="/closing", status=422)
    assert "Bitte tippen Sie „leitgedanken“." in editor.text
    assert office.round(1).closed_at is None
    editor.submit({"confirm": " Leitgedanken "}, action="/closing")
    assert "Das Verfahren ist geschlossen." in editor.text
    assert office.round(1).closed_at == office.now
    assert mails(office, "closed") == 5
    assert "vor Fristende geschlossen" in editor.open("/office/audit").text


def test_the_second_answer_alone_closes_nothing(office: Office, editor: Browser) -> None:
    assert post_directly(editor, "/office/rounds/1/closing", confirm="leitgedanken") == 422
    assert office.round(1).closed_at is None


def test_closing_after_the_deadline_asks_once(office: Office) -> None:
    office.now = office.round(1).deadline
    browser = office.browser().open("/office/").follow("Verfahren schließen")
    browser.submit(action="/closing")
    assert office.round(1).phase(office.now) is Phase.CLOSED
    assert mails(office, "closed") == 0


def test_closing_twice_is_closing_once(office: Office, editor: Browser) -> None:
    other = office.browser(Role.ADMIN)
    for browser in (editor, other):
        browser.open("/office/rounds/1/closing").submit({"sure": True}, action="/closing")
    for browser in (editor, other):
        browser.submit({"confirm": "leitgedanken"}, action="/closing")
    assert other.path == "/office/rounds/1"
    assert events(office, Event.ROUND_CLOSED) == 1


# extending, cancelling, adding


def test_a_deadline_is_moved_to_a_later_day_only_and_all_are_told(
    office: Office, editor: Browser
) -> None:
    editor.open("/office/rounds/1/extension")
    for typed, told in (
        ("", "Frist"),
        ("31.02.2027", "31.02.2027"),
        ("25.2.2027", "Die neue Frist muss nach"),
    ):
        editor.submit({"deadline": typed}, action="/extension", status=422)
        assert told in editor.text
    editor.submit({"deadline": "31.3.2027"}, action="/extension")
    assert "Mittwoch, 31. März 2027, 24:00 Uhr (MESZ)" in editor.text
    editor.open("/office/rounds/1/extension").submit(
        {"deadline": "2027-03-31"}, action="/extension"
    )
    assert events(office, Event.ROUND_EXTENDED) == 1
    assert mails(office, "extended") == 5


def test_cancelling_needs_the_box_ticked_and_tells_all(office: Office, editor: Browser) -> None:
    editor.open("/office/rounds/1/cancellation").submit(action="/cancellation", status=422)
    assert office.round(1).cancelled_at is None
    editor.submit({"sure": True}, action="/cancellation")
    assert "abgebrochen" in editor.text
    assert mails(office, "cancelled") == 5
    assert events(office, Event.ROUND_CANCELLED) == 1
    assert "Verfahren eröffnen …" in editor.open("/office/").text


def test_a_deed_for_a_cancelled_round_never_meets_the_one_that_followed(
    office: Office, editor: Browser
) -> None:
    editor.open("/office/rounds/1/cancellation").submit({"sure": True}, action="/cancellation")
    office.open()
    assert (
        post_directly(editor, "/office/rounds/1/closing", sure="y", confirm="leitgedanken") == 409
    )
    assert post_directly(editor, "/office/rounds/1/extension", deadline="31.12.2027") == 409
    assert post_directly(editor, "/office/rounds/1/members", member="00007") == 409
    assert office.round(2).phase(office.now) is Phase.OPEN
    assert office.round(2).deadline == office.round(1).deadline


def test_where_everybody_has_been_asked_the_page_says_so(editor: Browser) -> None:
    assert (
        "Alle Mitglieder der Mitgliederliste sind schon eingeladen."
        in editor.open("/office/rounds/1/members").text
    )


def test_members_are_found_by_name_and_nobody_is_asked_twice(tmp_path: Path) -> None:
    office = new_office(tmp_path)
    office.enrol([(f"Ort {n:02d}", f"Stadt Ort {n:02d}", "Hessen") for n in range(70)])
    office.draft()
    actions.rounds.open_round(
        office.db, "leitgedanken", Opening(LAST_DAY, ("nord",)), "cli", office.now
    )
    office.work()
    browser = office.browser().open("/office/rounds/1")
    browser.follow("Mitglieder einladen …").submit(action="/members", status=422)
    assert "Bitte wählen Sie mindestens ein Mitglied aus." in browser.text
    assert "35 Mitglieder sind noch nicht eingeladen" in browser.text
    assert "passt kein Mitglied" in browser.open("/office/rounds/1/members?q=Nirgendwo").text
    browser.open("/office/rounds/1/members?q=ort 04")
    other = office.browser(Role.ADMIN).open("/office/rounds/1/members?q=ort 04")
    before = mails(office, "invitation")
    browser.submit({"member": True}, action="/members")
    assert "1 Mitglied ist eingeladen." in browser.text
    assert mails(office, "invitation") == before + 1
    assert events(office, Event.MEMBER_INVITED) == 1
    other.submit({"member": True}, action="/members")
    assert events(office, Event.MEMBER_INVITED) == 1
    assert post_directly(browser, "/office/rounds/1/members", member="nichts") == 409
    closed(office)
    assert post_directly(office.browser(), "/office/rounds/1/members", member="00003") == 409


# releasing


def test_the_release_is_refused_while_something_is_undecided(office: Office, round: Round) -> None:
    office.answer(round, "Musterhausen", signing(note=NOTE))
    closed(office)
    browser = office.browser().open("/office/rounds/1/release")
    assert "Vorher ist noch zu entscheiden" in browser.text
    newest = store.releases.find_latest_print(office.db, 1, PrintKind.FINAL)
    assert post_directly(browser, "/office/rounds/1/release", seen=newest.sha256) == 409
    assert office.round(1).released_at is None


def test_what_was_looked_at_is_released_and_a_second_click_finds_it(
    office: Office, round: Round
) -> None:
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


def test_a_print_nobody_has_seen_is_not_released(office: Office, round: Round) -> None:
    id = office.answer(round, "Musterhausen", signing(note=NOTE))
    closed(office)
    browser = office.browser().open(f"/office/invitations/{id}")
    assert (
        post_directly(browser, f"/office/invitations/{id}/note", accepted="no", version="1") == 303
    )
    office.work()
    browser.open("/office/rounds/1/release")
    assert (
        post_directly(browser, f"/office/invitations/{id}/note", accepted="yes", version="1") == 303
    )
    browser.submit(action="/release", status=409)
    assert "Das PDF wird gerade gefertigt" in browser.text
    office.work()
    assert post_directly(browser, "/office/rounds/1/release", seen="0" * 64) == 409
    assert office.round(1).released_at is None
    browser.open("/office/rounds/1/release").submit(action="/release")
    assert office.round(1).released_at == office.now


def test_a_print_that_failed_says_why_and_is_ordered_once_more(office: Office) -> None:
    office.broken = "Schrift fehlt"
    closed(office)
    browser = office.browser().open("/office/")
    assert "Das PDF konnte nicht gefertigt werden" in browser.text
    browser.follow("Grund ansehen")
    assert "Schrift fehlt" in browser.text
    browser.submit(action="/print")
    assert "Das PDF wird gerade gefertigt" in browser.text
    assert post_directly(browser, "/office/rounds/1/print") == 303
    assert events(office, Event.PRINT_ORDERED) == 1
    office.broken = ""
    office.work()
    browser.open("/office/rounds/1/release").submit(action="/release")


# watching and looking


def test_the_print_is_watched_step_by_step(office: Office, round: Round) -> None:
    office.now = round.deadline
    browser = office.browser().open("/office/rounds/1/closing").submit(action="/closing")
    browser.open(RELEASE)
    assert "Das PDF wird gerade gefertigt." in browser.text
    assert steps(browser) == ["now", None, None, None, None, None]
    owed = store.releases.find_latest_print(office.db, 1, PrintKind.FINAL)
    actions.prints.save_progress(office.db, owed.id, 3)
    browser.open(RELEASE)
    assert steps(browser) == ["done", "done", "done", "now", None, None]
    html = browser.response.get_data(as_text=True)
    assert '<noscript><meta http-equiv="refresh"' in html, (
        "without JavaScript the page looks again by itself"
    )
    part = browser.client.get(f"{RELEASE}/progress", base_url="http://localhost").get_data(
        as_text=True
    )
    assert "data-waiting" in part and "<html" not in part
    office.work()
    assert (
        "data-waiting"
        not in browser.client.get(f"{RELEASE}/progress", base_url="http://localhost").text
    )
    assert "Das PDF ansehen" in browser.open(RELEASE).text


def steps(browser: Browser) -> list[str | None]:
    (row,) = [each for each in browser.root.iter("div") if each.get("data-waiting")]
    return [
        "done" if li.get("class") else "now" if li.get("aria-current") else None
        for li in row.iter("li")
    ]


def test_the_pdf_is_looked_at_in_the_page_by_this_house_alone(ready: Office) -> None:
    browser = ready.browser().open(RELEASE)
    (viewer,) = browser.root.iter("object")
    assert (viewer.get("data"), viewer.get("type")) == (
        "/office/rounds/1/proof.pdf",
        "application/pdf",
    )
    assert "object-src 'self'" in browser.response.headers["Content-Security-Policy"]
    pdf = browser.client.get(viewer.get("data"), base_url="http://localhost", buffered=True)
    assert "frame-ancestors 'self'" in pdf.headers["Content-Security-Policy"]
    assert (pdf.headers["X-Frame-Options"], pdf.headers["Cache-Control"]) == (
        "SAMEORIGIN",
        "no-store",
    )
    assert (
        "frame-ancestors 'none'"
        in browser.open("/office/rounds/1").response.headers["Content-Security-Policy"]
    )


# at an hour


def test_nothing_leaks_before_the_hour_and_at_the_hour_it_is_there(ready: Office) -> None:
    browser = later(ready.browser())
    assert "Die Veröffentlichung ist geplant: Mittwoch, 3. März 2027, 10:00 Uhr (MEZ)." in plain(
        browser
    )
    made = store.releases.find_for_round(ready.db, 1)
    addresses = (*PUBLIC, f"/files/{made.sha256}.pdf")
    ready.work()
    assert [status(ready, path) for path in addresses] == [404] * 4
    assert "Leitgedanken" not in ready.app.test_client().get("/", base_url="http://localhost").text
    assert (
        "Leitgedanken"
        not in ready.app.test_client().get("/feed.atom", base_url="http://localhost").text
    )
    for page in ("/office/", "/office/rounds/1"):
        assert "Veröffentlichung geplant: Mittwoch, 3. März 2027" in plain(browser.open(page)), page
    assert (events(ready, Event.RELEASED), events(ready, Event.RELEASE_PLANNED)) == (0, 1)

    ready.now = datetime(2027, 3, 3, 9, 59, 59, tzinfo=ZONE)
    ready.work()
    assert [status(ready, path) for path in addresses] == [404] * 4
    ready.later(seconds=1)
    assert [status(ready, path) for path in addresses] == [200] * 4, (
        "by the clock, whether or not a worker has run"
    )
    ready.work()
    assert events(ready, Event.RELEASED) == 1
    assert ready.services.archive.release_path(made.sha256).exists()
    assert mails(ready, "released") == 5


def plain(browser: Browser) -> str:
    return browser.text.replace("\u00a0", " ")


def test_a_plan_is_called_off_and_leaves_no_mail_behind(ready: Office) -> None:
    browser = later(ready.browser())
    assert mails(ready, "released") == 5
    browser.submit(action="/cancellation")
    assert "Es ist nichts veröffentlicht." in browser.text
    assert (ready.round(1).released_at, mails(ready, "released")) == (None, 0)
    assert post_directly(browser, f"{RELEASE}/cancellation") == 303
    assert events(ready, Event.RELEASE_CALLED_OFF) == 1
    ready.now = datetime(2027, 3, 4, tzinfo=ZONE)
    ready.work()
    assert status(ready, PUBLIC[0]) == 404
    ready.browser().open(RELEASE).submit(action="/release")
    assert status(ready, PUBLIC[0]) == 200


def test_what_has_happened_is_not_called_off(ready: Office) -> None:
    browser = later(ready.browser())
    ready.now = datetime(2027, 3, 3, 10, tzinfo=ZONE)
    assert post_directly(ready.browser(), f"{RELEASE}/cancellation") == 409
    assert status(ready, PUBLIC[0]) == 200
    assert "calling-off" not in browser.open(RELEASE, 200).response.get_data(as_text=True)


@pytest.mark.parametrize(
    ("day", "time", "told"),
    [
        ("", "10:00", "Bitte füllen Sie „Tag“ aus."),
        ("3.3.2027", "", "Bitte füllen Sie „Uhrzeit“ aus."),
        ("31.2.2027", "10:00", "„31.2.2027“ ist kein Datum."),
        ("3.3.2027", "25:00", "„25:00“ ist keine Uhrzeit."),
        ("28.3.2027", "02:30", "02:30 Uhr gibt es am 28. März 2027 nicht"),
        ("1.2.2027", "10:00", "liegt in der Vergangenheit"),
        ("9999-12-31", "10", "Zeitzone"),
    ],
)
def test_a_moment_that_is_none_is_refused_at_its_field_and_stays_typed(
    ready: Office, day: str, time: str, told: str
) -> None:
    if told == "Zeitzone":  # the end of the calendar is a plan like any other
        assert "geplant" in later(ready.browser(), day, time).text
        return
    browser = later(ready.browser(), day, time, 422)
    assert told in plain(browser)
    assert browser.title.startswith("Fehler:")
    assert {
        field.get("value")
        for field in browser.root.iter("input")
        if field.get("name") in ("day", "time")
    } == {
        day,
        time,
    }
    assert ready.round(1).released_at is None


def test_while_a_release_is_planned_nothing_about_it_changes(office: Office, round: Round) -> None:
    id = office.answer(round, "Musterhausen", signing(note=NOTE))
    closed(office)
    browser = office.browser().open(f"/office/invitations/{id}")
    assert (
        post_directly(browser, f"/office/invitations/{id}/note", accepted="yes", version="1") == 303
    )
    office.work()
    later(browser)
    assert (
        post_directly(browser, f"/office/invitations/{id}/note", accepted="no", version="1") == 409
    )
    browser.submit(action="/cancellation")
    assert (
        post_directly(browser, f"/office/invitations/{id}/note", accepted="no", version="1") == 303
    )


# four eyes


@pytest.fixture
def careful(ready: Office) -> Office:
    """The association wants every release confirmed by a second person."""
    actions.releases.set_four_eyes(ready.db, True, "staff/1", ready.now)
    return ready


def test_one_asks_and_another_confirms(careful: Office) -> None:
    first, second = careful.browser(Role.EDITOR), careful.browser(Role.ADMIN)
    first.open(RELEASE).submit(action="/release")
    assert "Jetzt bestätigt sie eine zweite Person." in first.text
    assert status(careful, PUBLIC[0]) == 404
    assert "Sie selbst können nicht bestätigen." in first.text
    asked = store.releases.find_latest_print(careful.db, 1, PrintKind.FINAL).sha256
    assert post_directly(first, f"{RELEASE}/confirmation", seen=asked) == 409
    assert status(careful, PUBLIC[0]) == 404
    assert "Eine Veröffentlichung wartet auf die zweite Person" in second.open("/office/").text
    second.open(RELEASE)
    assert "Konto editor hat die Veröffentlichung freigegeben" in second.text
    second.submit(action="/confirmation")
    assert status(careful, PUBLIC[0]) == 200
    assert post_directly(first.open("/office/"), f"{RELEASE}/confirmation", seen=asked) == 303
    told = [
        events(careful, event)
        for event in (Event.RELEASE_REQUESTED, Event.RELEASE_CONFIRMED, Event.RELEASED)
    ]
    assert told == [1, 1, 1]


def test_a_viewer_is_nobodys_second_person(careful: Office) -> None:
    careful.browser(Role.EDITOR).open(RELEASE).submit(action="/release")
    viewer = careful.browser(Role.VIEWER).open(RELEASE)
    assert [form.get("action") for form in viewer.forms] == ["/logout"]


@pytest.mark.parametrize("role", [Role.EDITOR, Role.ADMIN])
def test_either_of_the_two_calls_it_off(careful: Office, role: Role) -> None:
    later(careful.browser(Role.EDITOR))
    careful.browser(role).open(RELEASE).submit(action="/cancellation")
    assert "Veröffentlichung zurückgerufen" in careful.browser(role).open("/office/audit").text
    browser = careful.browser(Role.ADMIN).open(RELEASE)
    assert post_directly(browser, f"{RELEASE}/confirmation", seen="0" * 64) == 409
    assert status(careful, PUBLIC[0]) == 404


def test_a_confirmed_embargo_waits_for_its_hour_and_one_that_has_gone_by_means_now(
    careful: Office,
) -> None:
    later(careful.browser(Role.EDITOR))
    second = careful.browser(Role.ADMIN).open(RELEASE)
    second.submit(action="/confirmation")
    assert careful.round(1).released_at == datetime(2027, 3, 3, 10, tzinfo=ZONE)
    second.open(RELEASE).submit(action="/cancellation")
    later(careful.browser(Role.EDITOR))
    careful.now = datetime(2027, 3, 3, 11, tzinfo=ZONE)
    second = careful.browser(Role.ADMIN).open(RELEASE)
    assert "Der gewünschte Zeitpunkt ist verstrichen" in second.text
    second.submit(action="/confirmation")
    assert careful.round(1).released_at == careful.now


def test_a_new_print_needs_a_new_request(office: Office, round: Round) -> None:
    id = office.answer(round, "Musterhausen", signing(note=NOTE))
    closed(office)
    actions.releases.set_four_eyes(office.db, True, "staff/1", office.now)
    first = office.browser(Role.EDITOR).open(f"/office/invitations/{id}")
    assert (
        post_directly(first, f"/office/invitations/{id}/note", accepted="yes", version="1") == 303
    )
    office.work()
    first.open(RELEASE).submit(action="/release")
    asked = store.releases.find_latest_print(office.db, 1, PrintKind.FINAL).sha256
    assert post_directly(first, f"/office/invitations/{id}/note", accepted="no", version="1") == 303
    office.work()
    second = office.browser(Role.ADMIN).open(RELEASE)
    assert "Inzwischen wurde das PDF neu gefertigt." in second.text
    assert post_directly(second, f"{RELEASE}/confirmation", seen=asked) == 409
    second.submit(action="/release")
    first.open(RELEASE).submit(action="/confirmation")
    assert status(office, PUBLIC[0]) == 200


# withdrawing

WITHDRAWAL = "/office/rounds/1/retraction"
WHY = {"withdrawal": "Das Verwaltungsgericht hat die Verbreitung untersagt.", "sure": True}


@pytest.fixture
def released(ready: Office) -> Office:
    ready.browser().open(RELEASE).submit(action="/release")
    ready.work()
    return ready


def test_a_release_is_withdrawn_whole_with_reason_and_successor(released: Office) -> None:
    made = store.releases.find_for_round(released.db, 1)
    finals, archive = store.releases.list_final_digests(released.db, 1), released.services.archive
    content = archive.release_path(made.sha256).read_bytes()
    admin = released.browser(Role.ADMIN).open(RELEASE).follow("Veröffentlichung zurückziehen …")
    admin.submit(action="/retraction", status=422)
    assert "Bitte füllen Sie „Grund der Zurückziehung“ aus." in admin.text
    admin.submit({**WHY, "successor": "verband.example/neu"}, action="/retraction", status=422)
    assert "keine vollständige Internetadresse" in admin.text
    admin.submit({**WHY, "successor": "https://verband.example/neu"}, action="/retraction")
    assert "Wirklich zurückziehen?" in admin.text
    assert status(released, PUBLIC[0]) == 200
    admin.submit({"confirm": "zurück"}, action="/retraction", status=422)
    assert status(released, PUBLIC[0]) == 200
    admin.submit({"confirm": "leitgedanken"}, action="/retraction")
    assert "Das Papier ist zurückgezogen." in admin.text

    public = released.browser(None)
    for path in (*PUBLIC, f"/files/{made.sha256}.pdf", "/papers/leitgedanken/signatories.csv"):
        public.open(path, 410)
        assert "Zurückgezogen am 27. Februar 2027" in plain(public)
        assert WHY["withdrawal"] in public.text
        assert public.link("https://verband.example/neu") == "https://verband.example/neu"
    assert "Zurückgezogen am" in public.open("/").text
    assert "<entry" not in public.client.get("/feed.atom", base_url="http://localhost").text

    released.work()
    assert finals and not any(archive.print_path(digest).exists() for digest in finals)
    assert not archive.release_path(made.sha256).exists()
    record = archive.record(content)
    assert record["withdrawn_at"] and record["successor"] == "https://verband.example/neu"
    assert mails(released, "retracted") == 5
    assert "Grund: Das Verwaltungsgericht" in admin.open("/office/audit").text
    assert "Zurückgezogen" in admin.open(RELEASE).text
    assert "27. Februar 2027 · zurückgezogen" in plain(admin.open("/office/"))
    admin.open("/office/rounds/1/proof.pdf", 410)
    admin.open("/office/rounds/1/advance-copy.pdf", 410)
    assert "Stadt Musterhausen" in admin.open("/office/rounds/1").text


def test_only_an_administrator_withdraws_and_only_what_is_public(
    released: Office, ready: Office
) -> None:
    editor = released.browser(Role.EDITOR).open(RELEASE)
    assert "zurückziehen …" not in editor.text
    editor.open(WITHDRAWAL, 403)
    editor.open("/office/")
    assert (
        post_directly(editor, WITHDRAWAL, sure="y", withdrawal="Grund", confirm="leitgedanken")
        == 403
    )
    assert status(released, PUBLIC[0]) == 200


def test_what_is_not_released_is_not_withdrawn(ready: Office) -> None:
    admin = later(ready.browser(Role.ADMIN))
    assert admin.open(WITHDRAWAL).path == "/office/rounds/1"
    assert (
        post_directly(admin, WITHDRAWAL, sure="y", withdrawal="Grund", confirm="leitgedanken")
        == 409
    )
    assert events(ready, Event.RELEASE_RETRACTED) == 0


def test_withdrawing_twice_is_withdrawing_once_and_never_undone(released: Office) -> None:
    told = {"sure": "y", "withdrawal": "Grund", "confirm": "leitgedanken"}
    admin = released.browser(Role.ADMIN)
    assert [post_directly(admin, WITHDRAWAL, **told), post_directly(admin, WITHDRAWAL, **told)] == [
        303,
        303,
    ]
    assert events(released, Event.RELEASE_RETRACTED) == 1
    with pytest.raises(IntegrityError, match="stays retracted"), transaction(released.db):
        released.db.execute("UPDATE releases SET retracted_at = NULL")


def test_the_member_reads_that_it_was_withdrawn_and_no_stale_mail_goes_out(
    released: Office,
) -> None:
    admin = released.browser(Role.ADMIN)
    assert (
        post_directly(
            admin, WITHDRAWAL, sure="y", withdrawal="Auf Anordnung.", confirm="leitgedanken"
        )
        == 303
    )
    (link, *_) = store.rounds.list_open_links(released.db, 1)
    path = f"/s/{released.services.token_signer.sign(TokenPurpose.INVITATION, link.public_id, link.generation)}"
    page = released.browser(None).open(path)
    assert page.title.startswith("Das Papier wurde zurückgezogen")
    assert "Auf Anordnung." in page.text and "PDF herunterladen" not in page.text


def test_verify_says_that_it_was_withdrawn(released: Office) -> None:
    made = store.releases.find_for_round(released.db, 1)
    content = released.services.archive.release_path(made.sha256).read_bytes()
    admin = released.browser(Role.ADMIN)
    assert (
        post_directly(admin, WITHDRAWAL, sure="y", withdrawal="Grund", confirm="leitgedanken")
        == 303
    )
    released.work()
    public = (
        released.browser(None)
        .open("/verify")
        .submit({"file": (BytesIO(content), "papier.pdf")}, action="/verify")
    )
    assert "Das Dokument wurde am 27. Februar 2027 zurückgezogen." in plain(public)


# The proof that the office passes round before the release.


def test_a_closed_round_has_a_proof_and_an_open_one_has_none(tmp_path: Path) -> None:
    office = new_office(tmp_path)
    office.enrol()
    office.draft()
    round = office.open()
    office.answer(round, "Neudorf", signing("Gemeinde Neudorf"))
    page = office.browser(Role.VIEWER)
    page.open("/office/rounds/1/advance-copy.pdf", 404)
    actions.rounds.close(
        office.db, get_latest_round(office.db, "leitgedanken").id, "staff/2", office.now
    )
    office.work()
    page.open("/office/rounds/1/release").follow("Vorabzug zur Abstimmung (neues Fenster)")
    assert page.response.headers["Cache-Control"] == "no-store"
    text = reader.words(page.response.get_data())
    assert "Vorabzug" in text and "Gemeinde Neudorf" in text
