"""Answers of former rounds from a file: previewed, taken in as a whole, shown as history, never counted."""

import io
from dataclasses import replace

import pytest

from signoff import actions, store
from signoff.domain.answers import AnswerKind
from signoff.store.participations import PastAnswer
from tests.browser import Browser
from tests.importers.sheet_files import workbook_of
from tests.prepared import made_once
from tests.web.office.office import Office

PAGE = "/office/members/history"
GOOD = """Schlüssel;Mitglied;Papier;Jahr;Ergebnis
2;;Charta;2019;mitgezeichnet
;Beispielstadt;Charta;2019;nein
00004;Überlingen;Charta;2019;keine Rückmeldung
;Gemeinde Neudorf;Charta;2021;Keine Befassung
"""


@pytest.fixture
def editor(office: Office) -> Browser:
    return office.browser().open(PAGE)


@pytest.fixture
@made_once
def office(empty_office: Office) -> Office:
    """Five members and an open round."""
    empty_office.enrol()
    empty_office.draft()
    empty_office.open()
    return empty_office


def upload(editor: Browser, text: str, name: str = "frueher.csv", status: int = 200) -> Browser:
    editor.open(PAGE)
    return editor.submit(
        {"file": (io.BytesIO(text.encode()), name)}, action="/history", status=status
    )


def test_former_answers_are_previewed_taken_in_and_shown(office: Office, editor: Browser) -> None:
    text = GOOD.replace("\n2;", "\n00002;")
    counts = store.round_status.load(office.db, office.round(1)).counts
    upload(editor, text)
    assert "4 neu" in editor.text
    assert store.participations.list_past_answers(office.db) == []
    editor.submit(action=editor.path)
    assert editor.path == "/office/members/answers"
    assert "4 frühere Rückmeldungen sind übernommen." in editor.text
    assert "Charta" in editor.text
    assert "2019, Vorgeschichte" in editor.text
    members = {member.id: member.name for member in store.members.list_all(office.db)}
    assert {
        (members[each.member_id], each.year, each.kind)
        for each in store.participations.list_past_answers(office.db)
    } == {
        ("Musterhausen", 2019, AnswerKind.COSIGN),
        ("Beispielstadt", 2019, AnswerKind.DECLINE),
        ("Überlingen am Fluss", 2019, None),
        ("Neudorf", 2021, AnswerKind.NOT_COMPETENT),
    }
    never = editor.open("/office/members/answers?answered=never").text
    assert "Überlingen" in never
    assert "Neudorf" not in never
    assert "Charta (2019)" in editor.open("/office/members/1").text
    assert store.round_status.load(office.db, office.round(1)).counts == counts
    assert office.events().count("history_imported") == 1


def test_the_same_file_changes_nothing_and_another_one_corrects(
    office: Office, editor: Browser
) -> None:
    for answer, said in (("ja", "1 neu"), ("ja", "0 neu"), ("nein", "1 geändert")):
        upload(editor, f"name;papier;jahr;antwort\nNeudorf;Charta;2019;{answer}\n")
        assert said in editor.text
        editor.submit(action=editor.path)
    assert [each.kind for each in store.participations.list_past_answers(office.db)] == [
        AnswerKind.DECLINE
    ]
    assert office.events().count("history_imported") == 2


def test_every_wrong_line_is_named_and_nothing_is_taken_in(office: Office, editor: Browser) -> None:
    text = (
        "key;name;title;year;answer\n"
        ";Atlantis;Charta;2019;ja\n"
        ";Neudorf;Charta;19;ja\n"
        ";Neudorf;Charta;2019;vielleicht\n"
        ";Neudorf;;2019;ja\n"
        ";Altdorf;Charta;2019;ja\n"
        ";Altdorf;Charta;2019;nein\n"
        ";;Charta;2019;ja\n"
    )
    upload(editor, text, status=422)
    for words in (
        "Zeile 2, Spalte „name“: „Atlantis“ steht nicht in der Mitgliederliste.",
        "Zeile 3, Spalte „year“: „19“ ist kein Jahr.",
        "Zeile 4, Spalte „answer“: „vielleicht“ ist keine Rückmeldung.",
        "Zeile 5, Spalte „title“",
        "steht schon in Zeile 6 eine Rückmeldung",
        "Zeile 8, Spalte „name“",
    ):
        assert words in editor.text
    assert store.participations.list_past_answers(office.db) == []


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("name;papier\nNeudorf;Charta\n", "fehlt"),
        ("a;b\n1;2\n", "Die Kopfzeile fehlt."),
        ("name;papier;jahr;antwort\n", "enthält nur die Kopfzeile"),
    ],
)
def test_a_file_without_the_columns_is_refused(editor: Browser, text: str, words: str) -> None:
    assert words in upload(editor, text, status=422).text


def test_names_that_several_members_have_need_a_key(office: Office, editor: Browser) -> None:
    office.enrol(
        [("Neudorf", "Stadt Neudorf", "Sachsen"), *[("Neudorf", "Stadt Neudorf", "Bayern")]]
    )
    upload(editor, "name;papier;jahr;antwort\nNeudorf;Charta;2019;ja\n", status=422)
    assert "„Neudorf“ heißen mehrere Mitglieder." in editor.text


def test_a_workbook_with_a_title_above_the_headings_is_read(
    office: Office, editor: Browser
) -> None:
    rows = [
        ["Mitzeichnungen bis 2024"],
        ["AGS", "Papier", "Jahr", "Rückmeldung"],
        ["00002", "Charta", 2019, "ja"],
    ]
    content = workbook_of({"Liste": rows})
    editor.submit({"file": (io.BytesIO(content), "frueher.xlsx")}, action="/history")
    assert "1 neu" in editor.text
    editor.submit(action=editor.path)
    (answer,) = store.participations.list_past_answers(office.db)
    assert answer == PastAnswer(1, "Charta", 2019, AnswerKind.COSIGN)


def test_a_former_round_can_be_removed(office: Office, editor: Browser) -> None:
    upload(editor, "name;papier;jahr;antwort\nNeudorf;Charta;2019;ja\n")
    preview = editor.path
    editor.submit(action=preview)
    editor.open(PAGE)
    editor.submit(action="/remove")
    assert store.participations.list_past_answers(office.db) == []
    assert "history_removed" in office.events()
    assert editor.client.get(preview, base_url="http://localhost").status_code == 404


def test_a_member_renamed_after_the_preview_leads_back_to_the_file(
    office: Office, editor: Browser
) -> None:
    upload(editor, "name;papier;jahr;antwort\nNeudorf;Charta;2019;ja\n")
    member = store.members.find(office.db, 4)
    assert member
    renamed = replace(member, name="Altneudorf", official_name="Gemeinde Altneudorf")
    actions.members.change_member(office.db, renamed, {}, "cli", office.now)
    editor.submit(action=editor.path)
    assert editor.path == PAGE
    assert "Die Mitgliederliste hat sich inzwischen geändert." in editor.text
    assert store.participations.list_past_answers(office.db) == []
