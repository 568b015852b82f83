"""One decision leads straight to the next: n notes cost n + 1 clicks from the overview."""

from signoff.domain.rounds import Round
from tests.browser import Browser
from tests.factories import sign
from tests.web.office.office import Office
from tests.web.office.pages import NOTE, visible_text

NAMES = ("Altdorf", "Musterhausen", "Neudorf")


def test_three_notes_cost_four_clicks(office: Office, round: Round, editor: Browser) -> None:
    official = ("Markt Altdorf", "Stadt Musterhausen", "Gemeinde Neudorf")
    for name, given in zip(NAMES, official, strict=True):
        office.answer(round, name, sign(given, NOTE))
    editor.open("/office/").follow("Notizen lesen")
    for name in official:
        assert name in editor.title
        editor.submit(press="Notiz annehmen", action="/note")
    assert "Damit ist alles entschieden." in editor.text
    assert "angenommen" in visible_text(editor)


def test_a_note_and_a_name_of_one_member_are_decided_before_the_next(
    office: Office, round: Round, editor: Browser
) -> None:
    office.answer(round, "Altdorf", sign("Markt Altdorf am Wald", NOTE))
    office.answer(round, "Neudorf", sign("Gemeinde Neudorf", NOTE))
    editor.open("/office/").follow("Notizen lesen")
    assert "Danach wartet noch 1 Mitglied: weiter zu Neudorf" in " ".join(editor.text.split())
    editor.submit(press="Notiz annehmen", action="/note")
    assert "Markt Altdorf" in editor.title
    editor.submit(press="Angegebenen Namen übernehmen", action="/name")
    assert "Gemeinde Neudorf" in editor.title


def test_a_decision_that_is_changed_later_stays_on_its_page(
    office: Office, round: Round, editor: Browser
) -> None:
    first = office.answer(round, "Altdorf", sign("Markt Altdorf", NOTE))
    page = f"/office/invitations/{first}"
    editor.open(page).submit(press="Notiz annehmen", action="/note")
    office.answer(round, "Neudorf", sign("Gemeinde Neudorf", NOTE))
    editor.open(page).submit({"reason": ""}, action="/note")
    assert editor.path == page
