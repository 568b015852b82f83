"""The files a representative downloads."""

import re
from dataclasses import replace
from datetime import date, timedelta
from io import BytesIO

import pytest
from docx import Document
from icalendar import Calendar

from signoff import actions, store
from signoff.domain.answer_forms import RecordedAnswer
from signoff.domain.answers import Channel, Signer
from signoff.domain.documents import WorkingCopy
from signoff.domain.errors import Busy, PrintError
from signoff.domain.mail import MailAttachment, MailContext, MailKind
from signoff.domain.papers import Text
from signoff.exports.kit import MIME_TYPES
from signoff.exports.mail_files import MailFileBuilder
from signoff.web.downloads import RETRY_AFTER_SECONDS
from tests.browser import Browser
from tests.factories import CAST, MAYOR, UNWILLING, pending, sign
from tests.page_checks import complaints
from tests.representative import PAPER, PRINTS, RepresentativeClient
from tests.world import BASE, DEADLINE, World

OPEN_FILES = ("kit/motion.docx", "kit/motion.pdf", "kit/summary.pdf", "kit/answer-form.pdf")
FILES = (*OPEN_FILES, "kit/text.docx", "deadline.ics")
ANSWERED = ("receipt.pdf", "receipt.json")


@pytest.fixture
def representative(world: World) -> RepresentativeClient:
    return RepresentativeClient(world)


@pytest.mark.parametrize("path", FILES)
def test_every_file_has_a_type_and_an_ascii_name_and_is_not_cached(
    representative: RepresentativeClient, path: str
) -> None:
    answer = representative.get(path)
    name = answer.headers["Content-Disposition"].partition("filename=")[2]

    assert (
        answer.mimetype
        == {
            "docx": MIME_TYPES["docx"],
            "pdf": "application/pdf",
            "ics": "text/calendar",
        }[path.rpartition(".")[2]]
    )
    assert name.isascii()
    assert name.endswith(path.rpartition(".")[2])
    assert "filename*" not in name
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["X-Robots-Tag"] == "noindex, nofollow"
    assert "ETag" not in answer.headers


def test_the_read_page_offers_the_kit(representative: RepresentativeClient) -> None:
    browser = Browser(representative.client, BASE).open(f"/s/{representative.token}")
    assert "Beschlussvorlage für Ihr Gremium" in browser.text
    assert browser.link("in den Kalender (ICS)").endswith("/deadline.ics")
    assert browser.link("Formular, PDF").endswith("/kit/answer-form.pdf")
    for path in FILES:
        assert f"/s/{representative.token}/{path}" in browser.response.text


def test_no_download_contains_the_link(representative: RepresentativeClient) -> None:
    representative.world.answer(MAYOR, pending())
    for path in (*FILES, "sitting.ics", *ANSWERED):
        assert representative.token.encode() not in representative.get(path).data, path
    for copy in representative.copies:
        assert representative.token not in copy.body
        assert "/s/" not in copy.body


def test_downloading_changes_nothing(representative: RepresentativeClient) -> None:
    representative.world.answer(MAYOR, sign())
    before = representative.world.contents()
    for path in (*FILES, *ANSWERED):
        for _ in range(3):
            representative.get(path)

    assert representative.world.contents() == before
    assert len(representative.copies) == len(PRINTS) + 2, "each is printed once, but for the form"


def test_no_cached_file_contains_the_short_code_of_the_form(
    representative: RepresentativeClient,
) -> None:
    (address,) = representative.copy("kit/answer-form.pdf").codes
    code = address.partition("?code=")[2]
    assert address == f"{BASE}/s?code={code}"
    assert f"Kurzcode: {code}" in representative.copies[-1].body
    assert not list(representative.world.settings.cache.glob("*.pdf"))
    representative.world.work()
    browser = representative.world.browser().open(f"/s?code={code}")
    assert browser.submit({"code": code}, action="/s").page == "read"


def test_a_busy_printer_answers_with_retry_after(representative: RepresentativeClient) -> None:
    def busy(copy):
        raise Busy

    representative.client.application.extensions["signoff"].services.render_cache.renderers = {
        "pdf": busy
    }
    answer = representative.get("kit/motion.pdf", 503)
    assert not complaints(answer.text)

    assert answer.headers["Retry-After"] == str(RETRY_AFTER_SECONDS)
    assert "in einer halben Minute" in answer.text


def test_a_working_copy_that_cannot_be_printed_is_logged(
    representative: RepresentativeClient, caplog
) -> None:
    def fails(copy):
        raise PrintError("zu lang")

    representative.client.application.extensions["signoff"].services.render_cache.renderers = {
        "pdf": fails
    }
    representative.get("kit/motion.pdf", 503)

    assert (
        "the working copy leitgedanken-beschlussvorlage.pdf cannot be printed: zu lang"
        in caplog.text
    )
    assert representative.token not in caplog.text


def test_there_is_no_receipt_without_an_answer_and_no_calendar_entry_without_a_meeting(
    representative: RepresentativeClient,
) -> None:
    for path in (*ANSWERED, "sitting.ics"):
        representative.get(path, 404)
    representative.world.answer(MAYOR, sign())

    representative.get("receipt.pdf")
    representative.get("sitting.ics", 404)


def test_text_and_receipt_can_be_downloaded_after_the_deadline(
    representative: RepresentativeClient,
) -> None:
    representative.world.answer(MAYOR, sign())
    representative.world.now = DEADLINE
    for path in OPEN_FILES:
        representative.get(path, 404)

    for path in ("kit/text.docx", *ANSWERED):
        representative.get(path)


def test_the_closed_page_offers_the_receipt_outside_of_its_folds(
    representative: RepresentativeClient,
) -> None:
    representative.world.answer(MAYOR, sign())
    representative.world.closed()
    page = re.sub(r"<details.*?</details>", "", representative.get("").text, flags=re.DOTALL)
    assert "/receipt.pdf" in page


def test_a_dead_link_offers_no_downloads(representative: RepresentativeClient) -> None:
    for path in (*FILES, "sitting.ics", *ANSWERED):
        answer = representative.client.get(f"/s/{representative.token[:-1]}/{path}", base_url=BASE)
        assert answer.status_code == 404
        assert "Dieser Link ist nicht gültig" in answer.text


def test_motion_and_form_name_the_member_and_all_members_share_one_summary(
    representative: RepresentativeClient,
) -> None:
    other = representative.world.links()[UNWILLING]
    own_copies = {path: representative.copy(path) for path in PRINTS[:3]}
    representative.token = other
    other_copies = {
        path: representative.copy(path) if path != "kit/summary.pdf" else None
        for path in PRINTS[:3]
    }

    assert "Markt Ähringen" in other_copies["kit/motion.pdf"].body
    assert "Musterhausen" not in other_copies["kit/motion.pdf"].body
    assert "MZ-2027-0003" in other_copies["kit/answer-form.pdf"].body
    representative.get("kit/summary.pdf")
    assert len(representative.copies) == 5, "one summary for all"
    assert "Musterhausen" not in own_copies["kit/summary.pdf"].body


def test_the_summary_is_on_the_page_and_in_every_working_copy_of_the_text(
    world: World,
) -> None:
    summary = "Plätze & Wege gehören allen."
    representative = RepresentativeClient(world, replace(PAPER, summary=summary, language="fr"))
    for path in ("kit/motion.pdf", "kit/summary.pdf"):
        assert '<p lang="fr">Plätze &amp; Wege gehören allen.</p>' in representative.copy(path).body
    text = Document(BytesIO(representative.get("kit/text.docx").data))
    assert f"Kurzfassung: {summary}" in [paragraph.text for paragraph in text.paragraphs]
    page = world.browser().open(f"/s/{representative.token}")
    marked = [each.text for each in page.root.iterfind(".//*[@lang='fr']")]
    assert marked[:3] == [PAPER.title, PAPER.subtitle, summary]


def test_without_a_summary_no_working_copy_has_a_place_for_one(
    representative: RepresentativeClient,
) -> None:
    for path in ("kit/motion.pdf", "kit/summary.pdf"):
        assert "<p lang=" not in representative.copy(path).body
    text = Document(BytesIO(representative.get("kit/text.docx").data))
    assert not [each for each in text.paragraphs if each.text.startswith("Kurzfassung")]


def test_every_file_is_in_the_language_of_its_reader_and_marks_the_text(world: World) -> None:
    representative = RepresentativeClient(world)
    world.enrol([replace(row, language="en") if row.key == "01" else row for row in CAST])
    world.answer(MAYOR, sign())
    names = ("motion", "summary", "answer-form", "receipt")
    for path, name in zip(PRINTS, names, strict=True):
        answer = representative.get(path)
        assert answer.headers["Content-Disposition"].endswith(f"-{name}.pdf")
        copy = representative.copies[-1]
        assert copy.language == "en"
        assert re.search(r'<\w+ lang="de">Leitgedanken', copy.body), path
    assert "Motion for the council" in representative.copies[0].body
    assert "(Position paper, edition 1" in representative.copies[0].body.replace("\xa0", " ")
    assert '(<span lang="de">27. Mitgliederversammlung</span>)' in representative.copies[0].body
    assert representative.copy("kit/motion.pdf?lang=de").language == "de"
    page = Browser(representative.client, BASE).open(f"/s/{representative.token}?text=1")
    assert page.link("DOCX, German").endswith("/kit/text.docx")
    assert {each.text for each in page.root.iterfind(".//*[@lang='de']")} >= {
        PAPER.title,
        "27. Mitgliederversammlung",
    }


def test_a_text_in_a_third_language_has_a_german_kit_for_german_readers(world: World) -> None:
    representative = RepresentativeClient(world, replace(PAPER, language="fr"))
    copy = representative.copy("kit/motion.pdf")

    assert copy.language == "de"
    assert '<span lang="fr">Leitgedanken' in copy.body
    page = Browser(representative.client, BASE).open(f"/s/{representative.token}")
    assert page.link("DOCX, Französisch").endswith("/kit/text.docx")


def test_german_law_is_cited_only_to_german_members(
    representative: RepresentativeClient,
) -> None:
    assert "Art. 28 Abs. 2 Satz 1 GG" in representative.copy("kit/motion.pdf").body
    representative.world.enrol(
        [replace(row, country="AT") if row.key == "01" else row for row in CAST]
    )

    body = representative.copy("kit/motion.pdf").body
    assert "Art. 28" not in body
    assert "<h2>Bezug zur örtlichen Gemeinschaft</h2>" in body


def test_markup_in_a_title_is_escaped_in_working_copies(world: World) -> None:
    text = Text("<img src=x> & „Titel“", "<h2>A</h2><p>B</p>")
    representative = RepresentativeClient(world, text)
    for path in PRINTS[:3]:
        body = representative.copy(path).body
        assert "<img src=x" not in body
        assert "&lt;img src=x&gt; &amp; „Titel“" in body


def test_the_form_asks_only_for_details_the_round_publishes(world: World) -> None:
    body = RepresentativeClient(world, signers=False, notes=False).copy("kit/answer-form.pdf").body

    assert "Protokollnotiz" not in body
    assert "3. Ausgefüllt von" in body
    assert "weiter mit 2 bis 3" in body


def test_the_receipt_names_content_time_and_author(
    representative: RepresentativeClient,
) -> None:
    representative.world.answer(MAYOR, sign(note="Im Rahmen der Mittel."))
    body = representative.copy("receipt.pdf").body
    bare = body.replace("\u00a0", " ")

    assert "Montag, 18. Januar 2027, 10:00 Uhr (MEZ)" in bare
    assert "Link von: Büro Musterhausen, buergermeisterin@" in bare
    assert "Im Rahmen der Mittel." in body
    assert representative.world.access().edition.digest in body.replace(" ", "")
    assert "Was angegeben wurde" in body


@pytest.mark.parametrize(
    ("kind", "attachment", "path"),
    [
        (MailKind.RECEIPT, MailAttachment.RECEIPT, "receipt.pdf"),
        (MailKind.INVITATION, MailAttachment.MOTION, "kit/motion.pdf"),
    ],
)
def test_the_file_of_a_mail_is_the_one_of_the_page(
    representative: RepresentativeClient, kind: MailKind, attachment: MailAttachment, path: str
) -> None:
    world = representative.world
    world.answer(MAYOR, sign())
    actions.mail_texts.choose_attachments(world.db, [(kind, attachment)], [], "staff/1", world.now)
    message = store.outbox.find_latest(world.db, kind, world.access().link.id)
    assert message
    context = store.mail.load(world.db, message)
    assert isinstance(context, MailContext)
    rendered = []

    def render(copy: WorkingCopy, extension: str) -> bytes:
        rendered.append(copy)
        return b""

    MailFileBuilder(world.services.archive.read_print, render, world.services.calendar, "x")(
        context, "de"
    )
    assert rendered == [representative.copy(path)]


def test_a_withdrawal_has_a_receipt_of_its_own(representative: RepresentativeClient) -> None:
    representative.world.answer(MAYOR, sign())
    before = representative.copy("receipt.pdf")
    actions.answers.withdraw(
        representative.world.db,
        representative.world.access(),
        form_key="w",
        now=representative.world.now + timedelta(minutes=1),
    )

    after = representative.copy("receipt.pdf")
    assert "Die Rücknahme der Rückmeldung der Stadt Musterhausen ist eingegangen." in after.body
    assert before.digest != after.digest
    assert representative.get("receipt.json").json["statement"]["answer"] == "withdrawn"
    page = Browser(representative.client, BASE).open(f"/s/{representative.token}")
    assert page.link("Bestätigung der Rücknahme für Ihre Akte (PDF)").endswith("/receipt.pdf")


def test_the_receipt_page_offers_pdf_and_evidence(representative: RepresentativeClient) -> None:
    representative.world.answer(MAYOR, pending())
    browser = Browser(representative.client, BASE).open(f"/s/{representative.token}")

    assert browser.link("Empfangsbestätigung herunterladen (PDF)").endswith("/receipt.pdf")
    assert browser.link("Nachweisdatei (JSON)").endswith("/receipt.json")
    assert browser.link("in den Kalender (ICS)").endswith("/sitting.ics")


def test_the_calendar_entries_name_body_day_and_reference(
    representative: RepresentativeClient,
) -> None:
    representative.world.answer(MAYOR, pending(date(2027, 2, 11)))
    (sitting,) = Calendar.from_ical(representative.get("sitting.ics").data).events
    (deadline,) = Calendar.from_ical(representative.get("deadline.ics").data).events

    assert sitting["SUMMARY"].startswith("Rat der Stadt: ")
    assert sitting.start == date(2027, 2, 11)
    assert "MZ-2027-0001" in sitting["DESCRIPTION"]
    assert "MZ-2027-0001" in deadline["DESCRIPTION"]
    assert deadline.end == date(2027, 4, 1)
    (alarm,) = deadline.walk("VALARM")
    easter = timedelta(days=6) - timedelta(hours=9)
    assert alarm["TRIGGER"].dt == -easter, "Good Friday and Easter Monday are no working days"
    assert "Mittwoch, 31. März 2027, 24:00 Uhr (MESZ)" in deadline["DESCRIPTION"]
    moved = representative.world.answer(MAYOR, pending(date(2027, 2, 25)))
    (later,) = Calendar.from_ical(representative.get("sitting.ics").data).events
    assert (later["UID"], later["SEQUENCE"]) == (sitting["UID"], moved.number)
    assert moved.number > sitting["SEQUENCE"]


# The receipt PDF of an answer that the office wrote down says so.


def test_the_receipt_names_the_channel_and_the_corrections_of_the_office(world: World) -> None:
    representative = RepresentativeClient(world)
    id = world.invitation_status("01").invitation.id
    context = {"actor": "staff/1", "now": world.now}
    recorded = RecordedAnswer(sign(), Channel.LETTER, world.now.date(), "Brief")
    actions.amendments.record_answer(
        world.db, id, recorded, None, expected_version=0, form_key="a", **context
    )
    text = representative.copy("receipt.pdf").body
    assert "per Brief, von der Geschäftsstelle erfasst" in text
    assert "Link von" not in text

    signer = Signer("Vorname", "Nachnahme", "Bürgermeisterin")
    correction = actions.amendments.NameCorrection("Stadt Musterhausen", signer, "Anruf")
    actions.amendments.correct_names(
        world.db, id, correction, expected_version=1, form_key="b", **context
    )
    text = representative.copy("receipt.pdf").body
    assert "Nachnahme" in text
    assert "von der Geschäftsstelle berichtigt" in text
