"""The journal: who did what when, in sentences, and the proof that nothing in it was changed."""

from pathlib import Path

import pytest

from signoff.actions import staffing
from signoff.domain.audit import Event
from signoff.domain.round import Round
from signoff.domain.staff import Role
from signoff.store import audit
from signoff.store.connection import transaction
from tests.browser import Browser
from tests.web.desk_of_the_office import NOTE, forged, opened
from tests.web.house import House, signing


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
