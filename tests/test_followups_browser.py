"""Tasks of a representative besides answering, in a real browser with a real server: wait for the council,
download files, correct or withdraw the answer, and type the short code.
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
from playwright.sync_api import Browser, expect

from signoff import actions, store
from signoff.actions.rounds import Opening
from signoff.cli.context import Context, open_context
from signoff.domain.answers import find_result_request_date
from signoff.i18n.catalogue import get_catalogue
from signoff.i18n.formatting import format_weekday
from signoff.moments import save_beat
from signoff.store.access import InvitationAccess
from signoff.tokens import TokenPurpose
from signoff.worker import Worker
from tests.chromium import NARROW
from tests.factories import FORUM, HESITANT, MAYOR, OFFICE, SLUG, UNWILLING
from tests.form_filling import CONTACT, PUBLICATION, SIGNER
from tests.pdf import reader
from tests.pdf.verapdf import validate
from tests.representative import PAPER, english
from tests.server import DAYS, STAFF, Served, instance, serving, until
from tests.visitor import Visitor
from tests.world import open_round

pytestmark = pytest.mark.browser
TODAY = datetime.now(UTC).date()
ENGLISH = "guidelines"
QUESTION = "Wie hat Ihr Gremium entschieden?"


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Two rounds: a German paper and an English one."""
    folder: Path = tmp_path_factory.mktemp("representative")
    instance(folder, "", text=PAPER)
    context, now = open_context(folder), datetime.now(UTC)
    actions.papers.add_paper(
        context.db, ENGLISH, replace(english(), title="Guidelines"), "office", now
    )
    opening = Opening((now + timedelta(days=DAYS)).date(), ("voll",))
    open_round(context.db, ENGLISH, opening, "office", now, setup_required=False)
    context.db.close()
    with serving(folder) as running:
        until(lambda: running.list_mails(UNWILLING, "Guidelines") and printed(running), 120)
        yield running


def printed(served: Served) -> bool:
    db = served.context.db
    (pending,) = db.execute("SELECT COUNT(*) FROM prints WHERE printed_at IS NULL").fetchone()
    db.close()
    return pending == 0


def link(served: Served, email: str, slug: str = SLUG) -> str:
    context = served.context
    round = store.rounds.find_by_slug(context.db, slug)
    assert round
    (row,) = [
        row for row in store.rounds.list_links_of_round(context.db, round.id) if row.email == email
    ]
    context.db.close()
    token = context.services.token_signer.sign(
        TokenPurpose.INVITATION, row.public_id, row.generation
    )
    return f"{served.base_url}/s/{token}"


def access_of(context: Context, address: str) -> InvitationAccess:
    read = context.services.token_signer.verify(TokenPurpose.INVITATION, address.rpartition("/")[2])
    access = store.access.find(context.db, *read) if read else None
    assert access
    return access


def event(content: bytes) -> Event:
    (entry,) = Calendar.from_ical(content).events
    return entry


def words(email) -> str:
    return " ".join(email.get_body(("plain",)).get_content().split())


def after(day: date, days: int = 1) -> datetime:
    """Eleven o'clock in the association's time zone, ``days`` after ``day``."""
    return datetime.combine(day + timedelta(days=days), time(11), FORUM.zone)


# "Sitzungstermin mitteilen"


def test_nobody_is_reminded_before_a_moved_council_meeting_is_over(
    chromium: Browser, tmp_path: Path
) -> None:
    instance(tmp_path, "")
    first, second = TODAY + timedelta(days=20), TODAY + timedelta(days=27)
    with serving(tmp_path) as served:
        until(lambda: len(served.links()) == 4 and printed(served), 120)
        address = served.links()[HESITANT]
        assert HESITANT in reminded(served)
        clerk = Visitor(chromium, served, looks=False)
        clerk.go(address)
        clerk.follow("Sitzungstermin mitteilen")
        clerk.fill({"expected_on": f"{first:%d.%m.%Y}", "body": "Stadtrat", **CONTACT})
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
        assert noted.start == first
        assert noted["SUMMARY"].startswith("Stadtrat: ")
        assert b"/s/" not in content

        clerk.follow("Termin verschieben")
        clerk.fill({"expected_on": second.isoformat(), "confirm": "Beispielstadt"})
        clerk.press("Neuen Termin mitteilen")
        moved = event(clerk.download("in den Kalender (ICS)")[1])
        assert (moved["UID"], moved.start) == (noted["UID"], second)
        assert moved["SEQUENCE"] > noted["SEQUENCE"]
        assert HESITANT not in reminded(served)

        clerk.follow("Text noch einmal lesen")
        context = served.context
        deadline = access_of(context, address).round.deadline
        context.db.close()
        exclusive_end = deadline.astimezone(FORUM.zone).date()
        assert event(clerk.download("in den Kalender (ICS)")[1]).end == exclusive_end
        until(lambda: len(served.list_mails(HESITANT, "Rückmeldung eingegangen")) == 2)
        context = served.context
    works = lambda day: context.services.calendar.is_working_day(day, "DE", "Sachsen")  # noqa: E731
    day = find_result_request_date(second, deadline, FORUM.zone, works)
    assert day
    assert day > second
    for moment, expected in (
        (after(first), 0),
        (after(second, 0), 0),
        (after(day, 0), 1),
        (after(day, 1), 1),
    ):
        work(context, moment)
        assert len(served.list_mails(HESITANT, QUESTION)) == expected, moment
    context.db.close()


def reminded(served: Served) -> set[str]:
    """The addresses that would be reminded until the deadline if nobody answered."""
    context = served.context
    reminders = actions.reminders.list_planned(
        context.db, context.services.calendar, 1, datetime.now(UTC)
    )
    context.db.close()
    return {link.email for reminder in reminders for link in reminder.links}


def work(context: Context, moment: datetime) -> None:
    """Run the worker once at this time, as if one had run all along."""
    save_beat(context.settings.instance, moment)
    with Worker(
        context.settings, context.db, replace(context.services, clock=lambda: moment)
    ) as worker:
        worker.run_once()


def text(person: Visitor) -> str:
    return plain(person.page.locator("main").inner_text())


def plain(words: str) -> str:
    return " ".join(words.split())


# the council kit

MOTION, FORM = "Beschlussvorlage für Ihr Gremium", "Rückmeldung auf Papier: Formular, PDF"
PAPERS = "Positionspapier, Fassung 1 (Entwurf zur Mitzeichnung)"


def test_files_of_the_council_kit_are_downloaded(
    chromium: Browser, served: Served, tmp_path: Path
) -> None:
    clerk = Visitor(chromium, served, looks=False)
    clerk.go(link(served, MAYOR))
    name, content = clerk.download(f"{MOTION}: DOCX")
    document = Document(BytesIO(content))
    headings = [
        paragraph.text for paragraph in document.paragraphs if paragraph.style.name == "Heading 1"
    ]
    assert (name, headings) == (
        f"{SLUG}-beschlussvorlage.docx",
        [
            "Beratungsfolge",
            "Beschlussvorschlag",
            "Finanzielle Auswirkungen",
            "Begründung",
            "Bezug zur örtlichen Gemeinschaft (Art. 28 Abs. 2 GG)",
            "Anlage",
        ],
    )
    controls = document.element.iter(qn("w:sdt"))
    fields = {
        control.find(f"{qn('w:sdtPr')}/{qn('w:alias')}").get(qn("w:val")) for control in controls
    }
    assert {"Gremium", "Nummer der Vorlage", "Datum der Sitzung"} <= fields

    files = {}
    for label in (f"{MOTION}: PDF", "Kurzfassung auf einer Seite: PDF", FORM, f"{PAPERS}: PDF"):
        name, content = clerk.download(label)
        files[label] = tmp_path / name
        files[label].write_bytes(content)
    for file, verdicts in validate(*files.values()).items():
        assert [verdict.broken for verdict in verdicts] == [(), ()], file.name
    pages = {label: reader.pages(file.read_bytes()) for label, file in files.items()}
    assert len(pages["Kurzfassung auf einer Seite: PDF"]) == 1
    printed = reader.words(files[f"{MOTION}: PDF"].read_bytes())
    for phrase in (*headings, "Nummer der Vorlage", "Datum der Sitzung", "Stadt Musterhausen"):
        assert reader.strip_spaces(phrase) in reader.strip_spaces(printed), phrase
    printed = reader.words(files[FORM].read_bytes())
    for phrase in (
        FORUM.address.replace("\n", " "),
        reference(served, link(served, MAYOR)),
        "Wir zeichnen mit",
    ):
        assert reader.strip_spaces(phrase) in reader.strip_spaces(printed), phrase
    assert PAPER.title in plain(reader.words(files[f"{PAPERS}: PDF"].read_bytes()))
    docx_text = mammoth.extract_raw_text(BytesIO(clerk.download(f"{PAPERS}: DOCX")[1])).value
    assert PAPER.title in docx_text
    assert "diejenigen, die auf ihm leben." in docx_text


def test_council_kit_is_in_the_language_of_the_page(chromium: Browser, served: Served) -> None:
    clerk = Visitor(chromium, served, script=False)
    clerk.go(link(served, MAYOR) + "?lang=en")
    assert clerk.page.locator("html").get_attribute("lang") == "en"
    name, content = clerk.download(f"{get_catalogue('en').gettext(MOTION)}: DOCX")
    headings = [
        paragraph.text
        for paragraph in Document(BytesIO(content)).paragraphs
        if paragraph.style.name == "Heading 1"
    ]
    assert name == f"{SLUG}-motion.docx"
    assert headings[:2] == ["Sequence of deliberation", "Proposed resolution"]
    assert clerk.page.get_by_text("DOCX, German").count() == 1


def reference(served: Served, address: str) -> str:
    context = served.context
    number = access_of(context, address).invitation.reference
    context.db.close()
    return number


# afterwards


def test_each_action_after_the_answer_has_its_own_receipt(
    chromium: Browser, served: Served
) -> None:
    address = link(served, MAYOR)
    number, receipts = reference(served, address), list[str]()
    clerk = Visitor(chromium, served, looks=False, size=NARROW)
    clerk.go(address + "/answer")
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
    assert "Dr. Vorname Nachname-Neu" in receipts[-1]
    assert "einstimmig" in receipts[-1]

    clerk.follow("Rückmeldung ändern")
    clerk.fill({"answer": "decline", "reason": "Neue Mehrheit im Rat."})
    clerk.press("Weiter")
    confirmed(clerk, "Rückmeldung abgeben")
    receipts.append(filed(clerk, served, number, "Rückmeldung eingegangen"))
    assert "Neue Mehrheit im Rat." in receipts[-1]

    clerk.follow("Rückmeldung zurücknehmen")
    confirmed(clerk, "Rückmeldung zurücknehmen")
    assert clerk.kind == "read"
    assert "Ihre Rückmeldung wurde zurückgenommen" in text(clerk)
    link_text = "Bestätigung der Rücknahme für Ihre Akte (PDF)"
    receipts.append(filed(clerk, served, number, "Rückmeldung zurückgenommen", link_text))
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
    """The text of the receipt PDF, after the mails to both registered addresses were sent."""
    for email in (MAYOR, OFFICE):
        (message,) = until(lambda email=email: served.list_mails(email, subject))
        assert message["Subject"].startswith(f"{number}: ")
    name, content = clerk.download(words)
    context = served.context
    access = access_of(context, link(served, MAYOR))
    context.db.close()
    receipt_text = plain(reader.words(content))
    assert name == f"{number}-empfangsbestaetigung.pdf"
    assert number in receipt_text
    assert access.version
    assert f"Nr. {access.version.entry}" not in receipt_text  # how many others have answered
    assert access.edition.digest in receipt_text.replace(" ", "")
    assert f"Link von: Büro Musterhausen, {MAYOR}" in receipt_text
    return receipt_text


def test_objection_is_sent_to_the_office_and_does_not_stop_the_round(
    chromium: Browser, served: Served
) -> None:
    address = link(served, UNWILLING)
    visitor = Visitor(chromium, served, script=False)
    visitor.go(address + "/answer")
    visitor.fill({"answer": "not_competent", **CONTACT})
    visitor.press("Weiter")
    visitor.fill({"confirm": "Ähringen"})
    visitor.press("Rückmeldung abgeben")
    (receipt,) = until(lambda: served.list_mails(UNWILLING, "Rückmeldung eingegangen"))
    (objection_link,) = re.findall(r"\S+/objection", words(receipt))

    clerk = Visitor(chromium, served, looks=False)
    clerk.go(objection_link)
    clerk.fill({"words": "Das kennt hier niemand.", "confirm": "Ähringen"})
    clerk.press("Geschäftsstelle benachrichtigen")
    expect(clerk.page).to_have_title(re.compile("Die Geschäftsstelle ist benachrichtigt"))
    (mail,) = until(lambda: served.list_mails(STAFF, ""))
    assert "Das kennt hier niemand." in words(mail)
    context = served.context
    access = access_of(context, address)
    assert access.version
    assert access.version.answer.kind == "not_competent"
    assert access.round.is_open(datetime.now(UTC))
    assert store.answers.find_open_objection(context.db, access.version.id)
    context.db.close()


# distrust is healthy


def test_short_code_of_the_mail_opens_the_invitation(chromium: Browser, served: Served) -> None:
    invitation = served.list_mails(HESITANT, PAPER.title)[0]
    host_and_path, code = re.findall(
        r"Adresszeile Ihres Browsers (\S+) und auf der Seite den Kurzcode (\S+)\.",
        words(invitation),
    )[0]
    assert f"http://{host_and_path}" == f"{served.base_url}/s"
    assert re.fullmatch(r"[A-Z0-9]{4}-[A-Z0-9]{4}", code)
    clerk = Visitor(chromium, served, looks=False)
    page = clerk.go("/s")
    page.locator("[name=code]").click()
    page.keyboard.type("acdf 2347")
    clerk.press("Seite öffnen")
    assert clerk.kind == "code"
    expect(page).to_have_title(re.compile("Fehler:"))
    page.locator("[name=code]").fill("")
    page.locator("[name=code]").press_sequentially(code.lower().replace("-", " "))
    clerk.press("Seite öffnen")
    assert clerk.kind == "read"
    assert page.url == link(served, HESITANT)


def test_ended_link_requests_a_new_one_by_mail_to_the_registered_address(
    chromium: Browser, served: Served
) -> None:
    dead, corrected = link(served, HESITANT, ENGLISH), "neu@beispielstadt.example"
    context, now = served.context, datetime.now(UTC) - timedelta(hours=1)
    actions.mail.correct_address(
        context.db, access_of(context, dead).link.id, corrected, "office", now
    )
    context.db.close()
    until(lambda: served.list_mails(corrected))
    clerk = Visitor(chromium, served, looks=False)
    clerk.go(dead)
    assert clerk.kind == "unknown"
    clerk.fill({"confirm": "Beispielstadt", "email": corrected})
    clerk.press("Link per E-Mail anfordern")
    assert clerk.kind == "fresh"
    assert "@beispielstadt" not in clerk.page.content()
    _, fresh = until(
        lambda: len(served.list_mails(corrected)) == 2 and served.list_mails(corrected)
    )
    (address,) = re.findall(r"http\S+/s/\S+", words(fresh))
    clerk.go(address)
    assert clerk.kind == "read"
    assert not served.list_mails(HESITANT, fresh["Subject"])


# passing on


def test_registered_representative_ends_a_passed_on_link(chromium: Browser, served: Served) -> None:
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
    expect(clerk.page).to_have_title(re.compile("Fehler:"))
    assert clerk.page.locator("[name=message]").input_value() == "Bitte übernehmen."
    clerk.fill({"confirm": "Beispielstadt"})
    clerk.press("Weitergeben")
    assert clerk.kind == "links"
    assert "Leitung Ordnungsamt" in text(clerk)
    (message,) = until(lambda: served.list_mails(amt))
    (notice,) = until(lambda: served.list_mails(HESITANT, "weitergegeben"))
    assert "Bitte übernehmen." in words(message)
    assert amt in words(notice)
    (colleague_link,) = re.findall(r"http\S+/s/\S+", words(message))[:1]
    other = Visitor(chromium, served, looks=False)
    other.go(colleague_link)
    assert other.kind == "read"
    assert "hat die Aufgabe an Sie weitergegeben" in text(other)

    (ending,) = re.findall(r"http\S+/links", words(notice))
    clerk.go(ending)
    clerk.page.get_by_role("link", name="Link beenden: Leitung Ordnungsamt").click()
    clerk.fill({"confirm": "Beispielstadt"})
    clerk.press("Link beenden")
    assert clerk.kind == "links"
    assert "Beendet:" in text(clerk)
    other.go(colleague_link)
    assert other.kind == "unknown"


def test_sending_again_after_going_back_shows_the_receipt(
    chromium: Browser, served: Served
) -> None:
    address = link(served, UNWILLING, ENGLISH)
    clerk = Visitor(chromium, served, looks=False)
    clerk.go(address + "/answer")
    clerk.fill({"answer": "decline", "reason": "Kein Beschluss.", **CONTACT})
    clerk.press("Weiter")
    clerk.fill({"confirm": "Ähringen"})
    clerk.press("Rückmeldung abgeben")
    assert clerk.kind == "receipt"
    clerk.page.go_back()
    assert clerk.kind == "review"
    assert "Kein Beschluss." in text(clerk)
    clerk.fill({"confirm": "Ähringen"})
    clerk.press("Rückmeldung abgeben")
    context = served.context
    version = access_of(context, address).version
    context.db.close()
    assert clerk.kind == "receipt"
    assert version
    assert version.number == 1
