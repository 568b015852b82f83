"""What a representative does besides answering, in a real browser against a real server: she waits for her council,
takes papers along, puts right and takes back what she said, and types instead of clicking.
"""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from io import BytesIO
from pathlib import Path

import mammoth
import pytest
from docx import Document
from docx.oxml.ns import qn
from icalendar import Calendar, Event
from playwright.sync_api import Browser

from signoff import actions, store
from signoff.actions.rounds import Opening
from signoff.cli.context import Context, open_context
from signoff.domain.answers import find_result_request_date
from signoff.i18n.formatting import format_weekday
from signoff.store.access import InvitationAccess
from signoff.tokens import TokenPurpose as Salt
from signoff.worker import Worker
from tests.chromium import NARROW
from tests.factories import FORUM, HESITANT, MAYOR, OFFICE, SLUG, UNWILLING
from tests.form_filling import CONTACT, PUBLICATION, SIGNER
from tests.pdf import reader
from tests.pdf.verapdf import validate
from tests.representative import PAPER, english
from tests.server import DAYS, Served, instance, serving, until
from tests.visitor import Visitor

pytestmark = pytest.mark.browser
TODAY = datetime.now(UTC).date()
ENGLISH = "guidelines"
QUESTION = "Wie hat Ihr Gremium entschieden?"


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Two rounds: a German paper and an English one."""
    folder: Path = tmp_path_factory.mktemp("representative")
    instance(folder, "", text=PAPER)
    here, now = open_context(folder), datetime.now(UTC)
    actions.papers.add_paper(
        here.db, ENGLISH, replace(english(), title="Guidelines"), "office", now
    )
    opening = Opening((now + timedelta(days=DAYS)).date(), ("voll",))
    actions.rounds.open_round(here.db, ENGLISH, opening, "office", now, texts_required=False)
    here.db.close()
    with serving(folder) as running:
        until(lambda: running.letters(UNWILLING, "Guidelines") and printed(running), 120)
        yield running


def printed(served: Served) -> bool:
    db = served.here.db
    (pending,) = db.execute("SELECT COUNT(*) FROM prints WHERE printed_at IS NULL").fetchone()
    db.close()
    return pending == 0


def link(served: Served, email: str, slug: str = SLUG) -> str:
    here = served.here
    round = store.rounds.find_by_slug(here.db, slug)
    assert round
    (found,) = [
        each for each in store.rounds.list_links_of_round(here.db, round.id) if each.email == email
    ]
    here.db.close()
    return f"{served.base_url}/s/{here.services.token_signer.sign(Salt.INVITATION, found.public_id, found.generation)}"


def door(context: Context, address: str) -> InvitationAccess:
    read = context.services.token_signer.verify(Salt.INVITATION, address.rpartition("/")[2])
    found = store.access.find(context.db, *read) if read else None
    assert found
    return found


def event(content: bytes) -> Event:
    (found,) = Calendar.from_ical(content).events
    return found


def words(email) -> str:
    return " ".join(email.get_body(("plain",)).get_content().split())


def after(day: date, days: int = 1) -> datetime:
    """Eleven o'clock where the association is, so many days later."""
    return datetime.combine(day + timedelta(days=days), time(11), FORUM.zone)


# "Unser Gremium tagt am …"


def test_nobody_is_reminded_before_a_moved_council_meeting_is_over(
    chromium: Browser, tmp_path: Path
) -> None:
    instance(tmp_path, "")
    first, then = TODAY + timedelta(days=20), TODAY + timedelta(days=27)
    with serving(tmp_path) as served:
        until(lambda: len(served.links()) == 4 and printed(served), 120)
        mine = served.links()[HESITANT]
        assert HESITANT in reminded(served)
        clerk = Visitor(chromium, served, looks=False)
        clerk.go(mine)
        clerk.follow("Unser Gremium tagt am …")
        clerk.fill(
            {"answer": "pending", "expected_on": f"{first:%d.%m.%Y}", "body": "Stadtrat", **CONTACT}
        )
        clerk.press("Weiter")
        clerk.fill({"confirm": "Beispielstadt"})
        clerk.press("Sitzungstermin mitteilen")
        assert clerk.kind == "receipt"
        assert f"{plain(format_weekday(first, 'de'))} Ihr Gremium tagt: Stadtrat." in text(clerk)
        assert "Wir fragen per E-Mail nach dem Ergebnis." in text(clerk)
        assert HESITANT not in reminded(served)

        name, content = clerk.download("in den Kalender (ICS)")
        noted = event(content)
        assert name == "MZ-2026-0002-sitzung.ics".replace("2026", f"{TODAY.year}")
        assert (
            noted.start == first
            and noted["SUMMARY"].startswith("Stadtrat: ")
            and b"/s/" not in content
        )

        clerk.follow("Termin verschieben")
        clerk.fill({"expected_on": then.isoformat(), "confirm": "Beispielstadt"})
        clerk.press("Neuen Termin mitteilen")
        moved = event(clerk.download("in den Kalender (ICS)")[1])
        assert (moved["UID"], moved.start) == (noted["UID"], then) and moved["SEQUENCE"] > noted[
            "SEQUENCE"
        ]
        assert HESITANT not in reminded(served)

        clerk.follow("Text noch einmal lesen")
        here = served.here
        deadline = door(here, mine).round.deadline
        here.db.close()
        assert event(clerk.download("in den Kalender (ICS)")[1]).end == deadline
        until(lambda: len(served.letters(HESITANT, "Rückmeldung eingegangen")) == 2)
        here = served.here
    works = lambda day: here.services.calendar.is_working_day(day, "DE", "Sachsen")  # noqa: E731
    day = find_result_request_date(then, deadline, FORUM.zone, works)
    assert day and day > then
    for moment, asked in (
        (after(first), 0),
        (after(then, 0), 0),
        (after(day, 0), 1),
        (after(day, 1), 1),
    ):
        work(here, moment)
        assert len(served.letters(HESITANT, QUESTION)) == asked, moment
    here.db.close()


def reminded(served: Served) -> set[str]:
    """Who would be reminded until the deadline if nobody answered."""
    here = served.here
    made = actions.reminders.list_planned(here.db, here.services.calendar, 1, datetime.now(UTC))
    here.db.close()
    return {one.email for each in made for one in each.links}


def work(here: Context, moment: datetime) -> None:
    """What the worker does at this moment."""
    with Worker(here.settings, here.db, replace(here.services, clock=lambda: moment)) as worker:
        worker.run_once()


def text(person: Visitor) -> str:
    return plain(person.page.locator("main").inner_text())


def plain(words: str) -> str:
    return " ".join(words.split())


# the council kit

MOTION, FORM = "Beschlussvorlage für Ihr Gremium", "Rückmeldung auf Papier: Formular, PDF"
PAPERS = "Positionspapier, Fassung 1 (Entwurf zur Mitzeichnung)"


def test_the_council_kit_is_taken_along_file_by_file(
    chromium: Browser, served: Served, tmp_path: Path
) -> None:
    clerk = Visitor(chromium, served, looks=False)
    clerk.go(link(served, MAYOR))
    name, content = clerk.download(f"{MOTION}: DOCX")
    document = Document(BytesIO(content))
    headings = [each.text for each in document.paragraphs if each.style.name == "Heading 1"]
    assert (name, headings) == (
        f"{SLUG}-beschlussvorlage.docx",
        [
            "Beschlussvorschlag",
            "Finanzielle Auswirkungen",
            "Begründung",
            "Bezug zur örtlichen Gemeinschaft (Art. 28 Abs. 2 GG)",
            "Anlage",
        ],
    )
    controls = document.element.iter(qn("w:sdt"))
    fields = {each.find(f"{qn('w:sdtPr')}/{qn('w:alias')}").get(qn("w:val")) for each in controls}
    assert {"Gremium", "Nummer der Vorlage", "Datum der Sitzung"} <= fields

    files = {}
    for what in (f"{MOTION}: PDF", "Kurzfassung auf einer Seite: PDF", FORM, f"{PAPERS}: PDF"):
        name, content = clerk.download(what)
        files[what] = tmp_path / name
        files[what].write_bytes(content)
    for file, verdicts in validate(*files.values()).items():
        assert [verdict.broken for verdict in verdicts] == [(), ()], file.name
    pages = {what: reader.pages(file.read_bytes()) for what, file in files.items()}
    assert len(pages["Kurzfassung auf einer Seite: PDF"]) == 1
    said = reader.words(files[f"{MOTION}: PDF"].read_bytes())
    for each in (*headings, "Nummer der Vorlage", "Datum der Sitzung", "Stadt Musterhausen"):
        assert reader.letters(each) in reader.letters(said), each
    said = reader.words(files[FORM].read_bytes())
    for each in (
        FORUM.address.replace("\n", " "),
        reference(served, link(served, MAYOR)),
        "Wir zeichnen mit",
    ):
        assert reader.letters(each) in reader.letters(said), each
    assert PAPER.title in plain(reader.words(files[f"{PAPERS}: PDF"].read_bytes()))
    whole = mammoth.extract_raw_text(BytesIO(clerk.download(f"{PAPERS}: DOCX")[1])).value
    assert PAPER.title in whole and "diejenigen, die auf ihm leben." in whole


def test_the_council_kit_speaks_the_rounds_language_whatever_the_page_speaks(
    chromium: Browser, served: Served
) -> None:
    clerk = Visitor(chromium, served, script=False)
    clerk.go(link(served, MAYOR, ENGLISH))
    assert clerk.page.locator("html").get_attribute("lang") == "de"
    name, content = clerk.download(f"{MOTION}: DOCX")
    headings = [
        each.text
        for each in Document(BytesIO(content)).paragraphs
        if each.style.name == "Heading 1"
    ]
    assert name == f"{ENGLISH}-motion.docx" and headings[:2] == [
        "Proposed resolution",
        "Financial implications",
    ]
    assert "Motion for the council" in reader.words(clerk.download(f"{MOTION}: PDF")[1])
    assert "Answer by letter" in plain(reader.words(clerk.download(FORM)[1]))


def reference(served: Served, address: str) -> str:
    here = served.here
    found = door(here, address).invitation.reference
    here.db.close()
    return found


# afterwards


def test_each_action_after_the_answer_has_its_own_receipt(
    chromium: Browser, served: Served
) -> None:
    mine = link(served, MAYOR)
    number, receipts = reference(served, mine), list[str]()
    clerk = Visitor(chromium, served, looks=False, size=NARROW)
    clerk.go(mine + "/answer")
    clerk.fill({"answer": "sign"})
    clerk.press("Weiter")
    clerk.fill({**SIGNER, "decision_date": TODAY.isoformat()})
    clerk.press("Weiter zu Schritt 3")
    clerk.fill(PUBLICATION)
    clerk.press("Weiter zum Prüfen")
    confirmed(clerk, "Mitzeichnung abgeben")
    receipts.append(filed(clerk, served, number, "Mitzeichnung eingegangen"))
    assert "Dr. Vorname Nachname" in receipts[-1]

    clerk.follow("Namen oder Funktion berichtigen")
    clerk.fill({"last_name": "Nachname-Neu"})
    confirmed(clerk, "Berichtigung abgeben")
    receipts.append(filed(clerk, served, number, "Berichtigung eingegangen"))
    assert "Dr. Vorname Nachname-Neu" in receipts[-1] and "einstimmig" in receipts[-1]

    clerk.follow("Rückmeldung ändern")
    clerk.fill({"answer": "decline", "reason": "Neue Mehrheit im Rat."})
    clerk.press("Weiter")
    confirmed(clerk, "Rückmeldung abgeben")
    receipts.append(filed(clerk, served, number, "Rückmeldung eingegangen"))
    assert "Neue Mehrheit im Rat." in receipts[-1]

    clerk.follow("Rückmeldung zurücknehmen")
    confirmed(clerk, "Rückmeldung zurücknehmen")
    assert clerk.kind == "read" and "Ihre Rückmeldung wurde zurückgenommen" in text(clerk)
    offered = "Bestätigung der Rücknahme für Ihre Akte (PDF)"
    receipts.append(filed(clerk, served, number, "Rückmeldung zurückgenommen", offered))
    assert "Die Rücknahme der Rückmeldung der Stadt Musterhausen ist eingegangen." in receipts[-1]
    assert len(set(receipts)) == 4


def confirmed(clerk: Visitor, button: str) -> None:
    clerk.fill({"confirm": "Musterhausen"})
    clerk.press(button)


def filed(
    clerk: Visitor,
    served: Served,
    number: str,
    subject: str,
    words: str = "Empfangsbestätigung herunterladen (PDF)",
) -> str:
    """The words of the receipt for the e-file, once the mails to both registered addresses are out."""
    for email in (MAYOR, OFFICE):
        (message,) = until(lambda email=email: served.letters(email, subject))
        assert message["Subject"].startswith(f"{number}: ")
    name, content = clerk.download(words)
    here = served.here
    counted = door(here, link(served, MAYOR))
    here.db.close()
    said = plain(reader.words(content))
    assert name == f"{number}-empfangsbestaetigung.pdf" and number in said
    assert counted.version and f"Nr. {counted.version.entry}" in said
    assert (
        counted.edition.digest in said.replace(" ", "")
        and f"Zugangslink von: Büro Musterhausen, {MAYOR}" in said
    )
    return said


def test_who_did_not_do_it_says_so_and_pauses_nothing(chromium: Browser, served: Served) -> None:
    mine = link(served, UNWILLING)
    stranger = Visitor(chromium, served, script=False)
    stranger.go(mine + "/answer")
    stranger.fill({"answer": "not_competent", **CONTACT})
    stranger.press("Weiter")
    stranger.fill({"confirm": "Ähringen"})
    stranger.press("Rückmeldung abgeben")
    (receipt,) = until(lambda: served.letters(UNWILLING, "Rückmeldung eingegangen"))
    (offered,) = re.findall(r"\S+/objection", words(receipt))

    clerk = Visitor(chromium, served, looks=False)
    clerk.go(offered)
    clerk.fill({"words": "Das kennt hier niemand.", "confirm": "Ähringen"})
    clerk.press("Geschäftsstelle benachrichtigen")
    assert "Die Geschäftsstelle ist benachrichtigt" in clerk.page.title()
    (told,) = until(lambda: served.letters(FORUM.email, "Das war ich nicht"))
    assert "Das kennt hier niemand." in words(told) and reference(served, mine) in told["Subject"]
    here = served.here
    counted = door(here, mine)
    assert (
        counted.version and counted.version.answer.kind == "not_competent"
    )  # it counts on, and the round runs on
    assert counted.round.is_open(datetime.now(UTC)) and store.answers.find_open_objection(
        here.db, counted.version.id
    )
    here.db.close()


# distrust is healthy


def test_who_does_not_click_types_the_code_of_the_mail(chromium: Browser, served: Served) -> None:
    invitation = served.letters(HESITANT, PAPER.title)[0]
    typed_at, code = re.findall(
        r"Adresszeile Ihres Browsers (\S+) und auf der Seite den Kurzcode (\S+)\.",
        words(invitation),
    )[0]
    assert f"http://{typed_at}" == f"{served.base_url}/s" and re.fullmatch(
        r"[A-Z0-9]{4}-[A-Z0-9]{4}", code
    )
    clerk = Visitor(chromium, served, looks=False)
    page = clerk.go("/s")
    page.locator("[name=code]").click()
    page.keyboard.type("acdf 2347")
    clerk.press("Seite öffnen")
    assert clerk.kind == "code" and "Fehler:" in page.title()
    page.locator("[name=code]").fill("")
    page.locator("[name=code]").press_sequentially(code.lower().replace("-", " "))
    clerk.press("Seite öffnen")
    assert clerk.kind == "read" and page.url == link(served, HESITANT)


def test_a_dead_link_mails_a_fresh_one_to_the_registered_address_and_shows_none(
    chromium: Browser, served: Served
) -> None:
    dead, corrected = link(served, HESITANT, ENGLISH), "neu@beispielstadt.example"
    here, now = served.here, datetime.now(UTC) - timedelta(hours=1)
    actions.mail.correct_address(here.db, door(here, dead).link.id, corrected, "office", now)
    here.db.close()
    until(lambda: served.letters(corrected))
    clerk = Visitor(chromium, served, looks=False)
    clerk.go(dead)
    assert clerk.kind == "unknown"
    clerk.fill({"confirm": "Beispielstadt"})
    clerk.press("Neuen Link an die hinterlegte Adresse senden")
    assert clerk.kind == "fresh" and "@beispielstadt" not in clerk.page.content()
    _, fresh = until(lambda: len(served.letters(corrected)) == 2 and served.letters(corrected))
    (address,) = re.findall(r"http\S+/s/\S+", words(fresh))
    clerk.go(address)
    assert clerk.kind == "read" and not served.letters(HESITANT, fresh["Subject"])


# passing on


def test_the_task_is_passed_on_and_the_registered_address_ends_it(
    chromium: Browser, served: Served
) -> None:
    amt = "amt@beispielstadt.example"
    clerk = Visitor(chromium, served, looks=False)
    clerk.go(link(served, HESITANT))
    clerk.follow("An zuständige Stelle weitergeben")
    colleague = {
        "name": "Leitung Ordnungsamt",
        "unit": "Ordnungsamt",
        "email": amt,
        "message": "Bitte übernehmen.",
    }
    clerk.fill({**colleague, "confirm": "Nirgendwo"})
    clerk.press("Weitergeben")
    assert (
        "Fehler:" in clerk.page.title()
        and clerk.page.locator("[name=message]").input_value() == "Bitte übernehmen."
    )
    clerk.fill({"confirm": "Beispielstadt"})
    clerk.press("Weitergeben")
    assert clerk.kind == "links" and "Leitung Ordnungsamt" in text(clerk)
    (message,) = until(lambda: served.letters(amt))
    (told,) = until(lambda: served.letters(HESITANT, "weitergegeben"))
    assert "Bitte übernehmen." in words(message) and amt in words(told)
    (hers,) = re.findall(r"http\S+/s/\S+", words(message))[:1]
    other = Visitor(chromium, served, looks=False)
    other.go(hers)
    assert other.kind == "read" and "hat die Aufgabe an Sie weitergegeben" in text(other)

    (ending,) = re.findall(r"http\S+/links", words(told))
    clerk.go(ending)
    clerk.page.get_by_role("link", name="Zugang beenden: Leitung Ordnungsamt").click()
    clerk.fill({"confirm": "Beispielstadt"})
    clerk.press("Zugang beenden")
    assert clerk.kind == "links" and "Beendet:" in text(clerk)
    other.go(hers)
    assert other.kind == "unknown"


def test_back_after_sending_and_sending_again_finds_the_receipt(
    chromium: Browser, served: Served
) -> None:
    mine = link(served, UNWILLING, ENGLISH)
    clerk = Visitor(chromium, served, looks=False)
    clerk.go(mine + "/answer")
    clerk.fill({"answer": "decline", "reason": "Kein Beschluss.", **CONTACT})
    clerk.press("Weiter")
    clerk.fill({"confirm": "Ähringen"})
    clerk.press("Rückmeldung abgeben")
    assert clerk.kind == "receipt"
    clerk.page.go_back()
    assert clerk.kind == "review" and "Kein Beschluss." in text(clerk)
    clerk.fill({"confirm": "Ähringen"})
    clerk.press("Rückmeldung abgeben")
    here = served.here
    counted = door(here, mine).version
    here.db.close()
    assert clerk.kind == "receipt" and counted and counted.number == 1
