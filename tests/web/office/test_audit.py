"""The audit log: its sentences, filters and downloads, and the check of its chain."""

import csv
import io
import math
from datetime import timedelta
from urllib.parse import urlencode

import pytest
from sqlite_utils import Database

from signoff import actions, store
from signoff.actions.mail import end_outage
from signoff.domain.audit import Event
from signoff.domain.delivery import DeliveryError, Fault, Stage, extend_outage
from signoff.domain.rounds import Round
from signoff.store.connection import connect, transaction
from signoff.web.office import audit
from tests.browser import Browser
from tests.factories import decline, sign
from tests.page_checks import text_of
from tests.web.office.office import Office
from tests.web.office.pages import NOTE, post_directly


def test_the_audit_log_says_who_did_what_and_when(
    office: Office, round: Round, editor: Browser
) -> None:
    office.answer(round, "Musterhausen", sign(note=NOTE))
    assert (
        post_directly(
            editor.open("/office/invitations/1"),
            "/office/invitations/1/note",
            accepted="no",
            version="1",
        )
        == 303
    )
    text = editor.open("/office/audit").text
    assert "Konto editor hat die Protokollnotiz der Stadt Musterhausen abgelehnt." in text
    assert "Ansprechperson hat für die Stadt Musterhausen geantwortet." in text
    assert "Donnerstag, 21. Januar 2027, 10:45 Uhr (MEZ)" in text.replace("\u00a0", " ")
    editor.open("/office/audit?event=round_opened")
    assert len(list(editor.root.iter("tr"))) == 2


@pytest.mark.parametrize("event", Event)
def test_every_event_has_a_sentence(office: Office, editor: Browser, event: Event) -> None:
    with transaction(office.db):
        store.audit.record(office.db, event, "worker", "round/1", office.now)
    editor.open(f"/office/audit?event={event}")
    assert "%(" not in editor.text
    assert len(list(editor.root.iter("tr"))) >= 2


@pytest.mark.parametrize("words", ["421 4.3.2 später", ""])
def test_a_server_that_is_back_is_named_with_its_outage(
    office: Office, editor: Browser, words: str
) -> None:
    failed = DeliveryError(words, fault=Fault.LOGIN, stage=Stage.LOGIN)
    with transaction(office.db):
        store.outbox.save_outage(
            office.db, extend_outage(None, "mail.example", failed, office.now - timedelta(hours=2))
        )
        end_outage(office.db, "mail.example", office.now)
    text = editor.open("/office/audit?event=mail_server_back").text.replace("\u00a0", " ")
    assert "mail.example nahm seit Donnerstag, 21. Januar 2027, 08:45 Uhr" in text
    assert words in text
    assert "„“" not in text


def test_the_audit_log_is_paginated(office: Office, editor: Browser) -> None:
    for n in range(120):
        actions.login.log_out(office.db, f"none-{n}", 1, office.now)
    numbers = []
    editor.open("/office/audit")
    while True:
        numbers += [row.find("td").text for row in next(iter(editor.root.iter("tbody"))).iter("tr")]
        if "Ältere Einträge" not in editor.text:
            break
        editor.follow("Ältere Einträge")
    assert numbers == [str(n) for n in range(len(numbers), 0, -1)]


def test_a_tampered_chain_is_detected(office: Office, viewer: Browser) -> None:
    assert "Die Kette ist unversehrt." in viewer.open("/office/audit").follow("Kette prüfen").text
    office.db.conn.execute("UPDATE audit_details SET details = '{\"changed\": 1}' WHERE seq = 3")
    assert "Die Kette bricht bei Eintrag 3" in viewer.open("/office/audit/check").text


def test_the_check_finds_a_row_that_is_not_as_the_log_has_it(
    office: Office, viewer: Browser
) -> None:
    assert (
        "Alle Tabellen der Datenbank passen zum Verlauf." in viewer.open("/office/audit/check").text
    )
    office.db.conn.execute("UPDATE members SET name = 'Anderswo' WHERE id = 1")
    viewer.open("/office/audit/check")
    assert "Die Zeile „members 1“ der Datenbank ist anders, als Eintrag" in viewer.text
    assert "unversehrt" not in viewer.text


def test_tables_are_compared_in_pieces_if_one_takes_long(
    office: Office, viewer: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audit, "CHECK_PAUSE", -1)
    viewer.open("/office/audit/check")
    pieces = 1
    while "Weiter prüfen" in viewer.text:
        assert (
            f"{pieces} von {len(audit.TABLES)} Tabellen mit dem Verlauf verglichen" in viewer.text
        )
        viewer.follow("Weiter prüfen")
        pieces += 1
    assert pieces == len(audit.TABLES)
    assert "Alle Tabellen der Datenbank passen zum Verlauf." in viewer.text


def test_what_is_written_during_the_check_is_no_fault(
    office: Office, round: Round, viewer: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    office.answer(round, "Musterhausen", sign())
    monkeypatch.setattr(audit, "CHECK_PAUSE", math.inf)  # in one request, on a busy machine too
    read = store.log.list_leaves

    def close_meanwhile(db: Database) -> list[bytes]:
        monkeypatch.setattr(store.log, "list_leaves", read)
        leaves, other = read(db), connect(office.settings.database)
        actions.rounds.close(other, round.id, "staff/1", office.now)
        other.conn.close()
        return leaves

    monkeypatch.setattr(store.log, "list_leaves", close_meanwhile)
    viewer.open("/office/audit/check")
    assert "Alle Tabellen der Datenbank passen zum Verlauf." in viewer.text
    assert office.round(round.id).closed_at


def sentences(browser: Browser) -> list[str]:
    return [text_of(row.find("th")) for row in next(iter(browser.root.iter("tbody"))).iter("tr")]


def test_the_audit_log_is_filtered_by_kind_person_round_and_days(
    office: Office, round: Round, editor: Browser
) -> None:
    office.answer(round, "Musterhausen", sign())
    office.draft("licht", "Licht in der Stadt")
    office.later(minutes=5)
    office.answer(office.open("licht"), "Neudorf", sign("Gemeinde Neudorf"))
    office.later(days=1, hours=1)
    office.browser().open("/office/rounds/1").submit({"aim": "2"}, action="/target")
    browser = office.browser()

    def filtered(**filters: object) -> list[str]:
        return sentences(browser.open("/office/audit?" + urlencode(filters)))

    assert filtered(actor="staff/2", event="target_set") == filtered(actor="staff/2")
    assert len(filtered(actor="staff/2")) == 1
    (sentence,) = filtered(actor="link", round=2)
    assert sentence.startswith("Ansprechperson hat für die Gemeinde Neudorf geantwortet.")
    assert all("Licht" in sentence or "Neudorf" in sentence for sentence in filtered(round=2))
    assert {*filtered(**{"from": "22.1.2027"})} == {*filtered(actor="staff/2")}
    assert "Ziel" not in " ".join(filtered(to="2027-01-21"))
    assert (
        "Auf diese Auswahl passt kein Eintrag." in browser.open("/office/audit?from=1.1.2030").text
    )
    assert len(filtered(actor="staff/99", round="x", event="alles")) == len(filtered())


def test_an_invalid_date_is_refused_at_its_field_and_stays_there(editor: Browser) -> None:
    editor.open("/office/audit?from=gestern&event=round_opened", status=422)
    assert editor.title.startswith("Fehler:")
    assert "„gestern“ ist kein Datum." in editor.text
    assert (
        next(
            field.get("value") for field in editor.root.iter("input") if field.get("name") == "from"
        )
        == "gestern"
    )
    assert len(sentences(editor)) == 1


def test_a_filter_stays_on_the_next_page(office: Office, editor: Browser) -> None:
    for n in range(60):
        actions.login.log_out(office.db, f"none-{n}", 1 + n % 2, office.now)
    assert len(sentences(editor.open("/office/audit?actor=staff/1"))) == 30
    for n in range(60):
        actions.login.log_out(office.db, f"more-{n}", 1, office.now)
    editor.open("/office/audit?actor=staff/1")
    assert "90 Einträge" in editor.text
    assert len(sentences(editor.follow("Ältere Einträge"))) == 40
    assert set(sentences(editor)) == {"Konto viewer hat sich abgemeldet."}


def test_the_audit_log_is_downloaded_as_filtered(
    office: Office, round: Round, editor: Browser
) -> None:
    office.answer(round, "Musterhausen", sign())
    answer = editor.client.get("/office/audit.csv?round=1&actor=link", base_url="http://localhost")
    head, *lines = csv.reader(io.StringIO(answer.get_data(as_text=True)[1:]), delimiter=";")
    assert head[1:5] == ["Wann", "Art des Eintrags", "Wer", "Was geschah"]
    (line,) = lines
    assert line[1:] == [
        "21.01.2027 10:45",
        "Rückmeldung",
        "Ansprechperson",
        "Ansprechperson hat für die Stadt Musterhausen geantwortet.",
        "mitgezeichnet",
        "invitation/1",
    ]
    assert "filename=protokoll-2027-01-21.csv" in answer.headers["Content-Disposition"]


def test_a_long_chain_is_checked_in_batches_with_visible_progress(
    office: Office, viewer: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audit, "CHECK_BATCH_SIZE", 4)
    length = store.audit.find_latest(office.db).seq
    viewer.open("/office/audit/check")
    assert f"4 von {length} Einträgen geprüft" in viewer.text
    assert "Bisher ohne Befund" in viewer.text
    bar = next(viewer.root.iter("progress"))
    assert (bar.get("value"), bar.get("max")) == ("4", str(length + len(audit.TABLES)))
    pieces = 1
    while "Weiter prüfen" in viewer.text:
        viewer.follow("Weiter prüfen")
        pieces += 1
    assert pieces == -(-length // 4)
    assert f"Die Kette ist unversehrt. {length} Einträge geprüft, in 0" in viewer.text

    office.db.conn.execute("UPDATE audit_details SET details = '{\"changed\": 1}' WHERE seq = 6")
    viewer.open("/office/audit/check")
    assert "Bisher ohne Befund" in viewer.text
    assert "Die Kette bricht bei Eintrag 6" in viewer.follow("Weiter prüfen").text


def test_a_batch_after_changed_peaks_fails(office: Office, viewer: Browser) -> None:
    office.db.conn.execute("DROP TRIGGER audit_stays")
    office.db.conn.execute("UPDATE audit SET peaks = zeroblob(32) WHERE seq = 4")
    assert store.audit.verify_entries(office.db, 0, 4) == (4, 4)
    assert store.audit.verify_entries(office.db, 4, 4) == (5, 5)


def test_no_number_in_the_address_makes_the_check_fail(office: Office, viewer: Browser) -> None:
    for query in ("after=999999999", "after=-1", "after=x&spent=y", f"after={'9' * 40}"):
        assert "unversehrt" in viewer.open(f"/office/audit/check?{query}").text


def test_the_log_is_searched_for_names_numbers_and_words(
    office: Office, round: Round, editor: Browser
) -> None:
    office.answer(round, "Überlingen am Fluss", decline("Kein Bedarf"))
    id = office.answer(round, "Neudorf", decline())

    def find(q: str) -> str:
        return editor.open(f"/office/audit?q={q}").text

    assert "1 Eintrag" in find("überlingen")
    assert "1 Eintrag" in find(f"MZ-2027-{id:04d}")
    assert "Rückmeldung ansehen" in find("ÜBERLINGEN")
    assert "Auf diese Auswahl passt kein Eintrag." in find("Nirgendwo")
    assert "Auf diese Auswahl passt kein Eintrag." in find("%25")
    csv = editor.client.get("/office/audit.csv?q=neudorf", base_url="http://localhost")
    assert csv.get_data(as_text=True).count("\n") == 2
