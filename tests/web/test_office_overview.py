"""The overview: what is to be done, most harmful first, and every round."""

from pathlib import Path

import pytest

from signoff.domain.round import Round
from signoff.domain.staff import Role
from tests.browser import Browser
from tests.web.desk_of_the_office import NOTE, closed, opened, rows
from tests.web.house import House, house, signing


@pytest.fixture
def office(tmp_path: Path) -> House:
    return opened(tmp_path)


@pytest.fixture
def round(office: House) -> Round:
    return office.round(1)


@pytest.fixture
def editor(office: House) -> Browser:
    return office.browser(Role.EDITOR)


def test_where_nothing_is_to_be_done_the_overview_says_so(editor: Browser) -> None:
    assert "Im Augenblick ist nichts zu tun." in editor.open("/office/").text
    assert "Noch hat niemand geantwortet." in editor.text


def test_an_empty_office_says_how_to_begin(tmp_path: Path) -> None:
    browser = house(tmp_path).browser()
    assert "Noch ist kein Papier aufgenommen." in browser.open("/office/").text


def test_a_mail_that_came_back_is_the_first_thing_to_do(tmp_path: Path) -> None:
    office = house(tmp_path)
    office.enrol()
    office.draft()
    round = office.open()
    office.lost = {"m00005@"}
    office.work()
    office.answer(round, "Musterhausen", signing(note=NOTE))

    browser = office.browser().open("/office/")
    assert browser.text.index("Die Einladung hat 1 Mitglied nicht erreicht") < browser.text.index("1 Protokollnotiz")
    browser.follow("Mitglieder ansehen")
    assert rows(browser) == ["Gemeinde Neudorf"]
    assert "550 5.1.1 kein solches Postfach" in browser.follow("Gemeinde Neudorf").text


def test_notes_and_names_wait_for_the_office(office: House, round: Round, editor: Browser) -> None:
    office.answer(round, "Musterhausen", signing("Universitätsstadt Musterhausen", NOTE))
    editor.open("/office/")
    assert "1 Protokollnotiz ist zu prüfen" in editor.text
    assert "Musterhausen: „Universitätsstadt Musterhausen“" in editor.text
    assert "Notiz zu prüfen, Name zu prüfen" in editor.open("/office/rounds/1").text


def test_a_paper_that_is_printed_waits_for_its_release(office: House, editor: Browser) -> None:
    closed(office)
    assert "Ein Papier wartet auf die Veröffentlichung" in office.browser().open("/office/").text
