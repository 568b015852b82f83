"""The round's page: where it stands, the table of its members, the figures that renew themselves."""

import csv
import io
import re
from pathlib import Path

import pytest

from signoff.domain.answer import Answer, Kind
from signoff.domain.round import Round
from signoff.domain.staff import Role
from tests.browser import Browser
from tests.web.desk_of_the_office import opened, questions, rows
from tests.web.house import CONTACT, House, signing


@pytest.fixture
def office(tmp_path: Path) -> House:
    return opened(tmp_path)


@pytest.fixture
def round(office: House) -> Round:
    return office.round(1)


@pytest.fixture
def editor(office: House) -> Browser:
    return office.browser(Role.EDITOR)


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


def test_the_deadline_includes_its_day_and_says_its_zone(editor: Browser) -> None:
    text = editor.open("/office/rounds/1").text.replace("\u00a0", " ")
    assert "Freitag, 26. Februar 2027, 24:00 Uhr (MEZ) · noch 36 Tage" in text
