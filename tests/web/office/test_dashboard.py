"""The dashboard: the tasks, most urgent first, and all rounds."""

from datetime import date, timedelta
from importlib.metadata import version
from pathlib import Path

import pytest

from signoff import actions, store
from signoff.cli.context import get_latest_round
from signoff.domain.answer_forms import Colleague
from signoff.domain.delivery import DeliveryError, extend_outage
from signoff.domain.rounds import Round
from signoff.store.connection import transaction
from tests.browser import Browser
from tests.factories import pending, sign
from tests.web.office.office import Office, new_office
from tests.web.office.pages import NOTE, count_queries, pass_deadline, rows
from tests.world import add_edition, open_round


def test_the_dashboard_says_when_nothing_is_to_be_done(editor: Browser) -> None:
    assert "Im Augenblick ist nichts zu tun." in editor.open("/office/").text
    assert "Noch hat niemand geantwortet." in editor.text


def test_the_foot_of_each_page_names_the_version(editor: Browser) -> None:
    assert f"Signoff {version('signoff')}" in editor.open("/office/").text


def test_an_empty_office_says_how_to_begin(tmp_path: Path) -> None:
    browser = new_office(tmp_path).browser()
    assert "Noch ist kein Papier aufgenommen." in browser.open("/office/").text


def test_a_rejected_mail_is_the_first_task(tmp_path: Path) -> None:
    office = new_office(tmp_path)
    office.enrol()
    office.draft()
    round = office.open()
    office.unknown_mailboxes = {"m00005", "m00006"}
    office.work()
    office.answer(round, "Musterhausen", sign(note=NOTE))

    browser = office.browser().open("/office/")
    assert browser.text.index("Die Einladung hat 2 Mitglieder nicht erreicht") < browser.text.index(
        "1 Protokollnotiz"
    )
    browser.follow("Mitglieder ansehen")
    assert rows(browser) == ["Markt Altdorf", "Gemeinde Neudorf"]
    assert "550 5.1.1 kein solches Postfach" in browser.follow("Gemeinde Neudorf").text


def test_a_link_that_ended_with_its_givers_is_a_task_until_somebody_answers(
    office: Office, round: Round, editor: Browser
) -> None:
    (link, *_) = store.rounds.list_links_of_round(office.db, round.id)
    access = store.access.load(office.db, link)
    colleague = Colleague("Ordnungsamt", "Amt", "amt@musterhausen.example")
    actions.delegation.delegate(office.db, access, colleague, office.now)
    assert "ein weitergegebener Link geendet" not in editor.open("/office/").text
    actions.mail.correct_address(
        office.db, link.id, "neu@musterhausen.example", "office", office.now
    )

    assert "Bei 1 Mitglied hat ein weitergegebener Link geendet" in editor.open("/office/").text
    assert access.member.name in editor.text
    log = editor.open("/office/audit").text
    assert "hat mit dem Link der Person geendet, die ihn weitergab" in log
    office.answer(round, access.member.name, sign())
    assert "ein weitergegebener Link geendet" not in editor.open("/office/").text


def test_undecided_notes_and_names_are_tasks(office: Office, round: Round, editor: Browser) -> None:
    office.answer(round, "Musterhausen", sign("Universitätsstadt Musterhausen", NOTE))
    editor.open("/office/")
    assert "1 Protokollnotiz ist zu prüfen" in editor.text
    assert "Musterhausen: „Universitätsstadt Musterhausen“" in editor.text
    assert "Notiz zu prüfen, Name zu prüfen" in editor.open("/office/rounds/1").text


def test_stored_characters_that_cannot_be_printed_are_a_task_that_names_member_and_field(
    office: Office, round: Round, editor: Browser
) -> None:
    office.answer(round, "Musterhausen", sign(note="Wir stimmen 🧿 zu"))
    characters = "Protokollnotiz: 🧿 (U+1F9FF, „Wir stimmen 🧿 zu“)"

    editor.open("/office/")
    assert "Bei 1 Mitglied stehen Zeichen, die sich nicht drucken lassen" in editor.text
    assert f"Musterhausen – {characters}." in editor.text
    editor.open("/office/rounds/1")
    assert f"{characters} Berichtigen" in editor.text
    editor.follow("Berichtigen")
    assert "Wir stimmen 🧿 zu" in editor.text

    office.answer(round, "Musterhausen", sign(note="Wir stimmen zu ✓"))
    assert "nicht drucken" not in editor.open("/office/").text


@pytest.mark.parametrize("opened", [False, True])
def test_characters_of_a_stored_text_are_a_task_that_names_paper_and_heading(
    office: Office, editor: Browser, opened: bool
) -> None:
    if not opened:
        add_edition(office.db, "leitgedanken", 1, "cli", office.now)
    stored = '<h2 id="a9">Zur Lage</h2><p>Am Platz &amp; 🧿</p>'
    with transaction(office.db):
        office.db.conn.execute("DROP TRIGGER editions_are_frozen")
        office.db.conn.execute(
            "UPDATE editions SET html = html || ? WHERE number = ?", [stored, 1 if opened else 2]
        )
    place = "„Zur Lage“: 🧿 (U+1F9FF, „…Am Platz & 🧿“)"

    editor.open("/office/")
    assert "Im Text stehen Zeichen, die sich nicht drucken lassen" in editor.text
    assert f"Leitgedanken zum öffentlichen Raum – {place}." in editor.text
    assert ("in einer neuen Fassung" in editor.text) is opened
    assert (place in editor.open("/office/rounds/1").text) is opened


def test_a_printed_paper_waiting_for_its_release_is_a_task(office: Office, editor: Browser) -> None:
    pass_deadline(office)
    assert "Ein Papier wartet auf die Veröffentlichung" in office.browser().open("/office/").text


def test_a_past_meeting_without_a_result_is_a_task(office: Office, round: Round) -> None:
    office.answer(round, "Altdorf", pending(date(2027, 1, 22)))
    office.answer(round, "Neudorf", pending(date(2027, 1, 25)))
    assert "Sitzung vorbei" not in office.browser().open("/office/").text
    office.later(days=2)
    browser = office.browser().open("/office/")
    assert "Bei 1 Mitglied ist die genannte Sitzung vorbei" in browser.text
    assert "Altdorf: Das Ergebnis fehlt noch." in browser.text
    assert browser.follow("Mitglieder ansehen").page == "invitation"
    office.later(days=3)
    browser = office.browser().open("/office/").follow("Mitglieder ansehen")
    assert rows(browser) == ["Markt Altdorf", "Gemeinde Neudorf"]


def test_a_mail_server_outage_comes_before_everything_else(office: Office, editor: Browser) -> None:
    with transaction(office.db):
        down = DeliveryError("421 4.3.0 bitte später", server=True)
        outage = extend_outage(None, "mail.example", down, office.now)
        store.outbox.save_outage(office.db, outage)
    text = editor.open("/office/").text
    assert text.index("Der Versand über mail.example ist unterbrochen") < text.index(
        "Laufende Verfahren"
    )
    assert "421 4.3.0 bitte später" in text
    assert "Der Mailserver ist gestört oder nicht zu erreichen." in text
    assert "Im Augenblick ist nichts zu tun." not in text


def test_a_draft_that_could_not_be_printed_is_a_task(tmp_path: Path) -> None:
    office = new_office(tmp_path)
    office.enrol()
    office.draft()
    office.print_error = "Schrift fehlt"
    office.open()
    office.work()
    assert (
        "Der gekennzeichnete Entwurf konnte nicht gefertigt werden"
        in office.browser().open("/office/").text
    )


def test_every_round_shows_its_phase_days_progress_and_tasks(
    office: Office, round: Round, editor: Browser
) -> None:
    text = editor.open("/office/").text.replace("\u00a0", " ")
    assert (
        "Läuft · Frist: Freitag, 26. Februar 2027, 24:00 Uhr (MEZ) · noch 36 Tage Hier ist nichts zu tun."
        in text
    )
    office.answer(round, "Musterhausen", sign("Stadt Musterhausen", NOTE))
    editor.open("/office/rounds/1").submit({"aim": "4"}, action="/target")
    text = editor.open("/office/").text
    assert "1 Aufgabe, siehe oben" in text
    assert "1 von 5 mitgezeichnet, Ziel 4" in text


def test_finished_rounds_are_listed_separately_with_their_result(
    office: Office, round: Round
) -> None:
    office.answer(round, "Musterhausen", sign())
    pass_deadline(office)
    office.browser().open("/office/rounds/1/release").submit(action="/release")
    office.draft("licht", "Licht in der Stadt")
    last = office.now.date() + timedelta(days=60)
    open_round(office.db, "licht", actions.rounds.Opening(last), "cli", office.now)
    actions.rounds.cancel(office.db, get_latest_round(office.db, "licht").id, "cli", office.now)
    text = office.browser().open("/office/").text
    assert "Laufende Verfahren" not in text
    finished = text[text.index("Abgeschlossene Verfahren") :]
    assert "Veröffentlicht · " in finished
    assert "1 von 5 mitgezeichnet" in finished
    assert finished.index("Abgebrochen · ") < finished.index("Leitgedanken zum öffentlichen Raum")
    assert (
        "Licht in der Stadt"
        in text[text.index("Papiere ohne Verfahren") : text.index("Abgeschlossene")]
    )


def test_more_rounds_need_few_more_queries(office: Office, editor: Browser) -> None:
    store.round_status.kept.clear()
    before = count_queries(office, editor, "/office/")
    for n in range(14):
        office.draft(f"papier-{n}", f"Papier {n}")
        office.open(f"papier-{n}")
        if n >= 2:
            actions.rounds.cancel(
                office.db, get_latest_round(office.db, f"papier-{n}").id, "cli", office.now
            )
    # Two more rounds are running, and of the first one only what has changed is read.
    assert count_queries(office, editor, "/office/") == before + 7
    assert "2 ältere Verfahren" in editor.text
