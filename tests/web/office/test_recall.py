"""The browser's openings and extensions wait ten minutes, and can be undone meanwhile."""

from dataclasses import replace

import pytest

from signoff.domain.accounts import Role
from signoff.domain.audit import Event
from tests.browser import Browser
from tests.web.office.office import Office
from tests.web.office.pages import count_events, post_directly

RECALL = "/office/papers/leitgedanken/open/recall"


@pytest.fixture
def waiting(office: Office) -> Office:
    """An instance as it is set up: with ten minutes to think again."""
    instance = office.app.extensions["signoff"]
    settings = replace(instance.settings, recall_minutes=10)
    office.app.extensions["signoff"] = replace(instance, settings=settings)
    office.later(hours=1)
    return office


def extend(editor: Browser, last: str) -> None:
    editor.open("/office/rounds/1/extension").submit({"deadline": last}, action="/extension")
    assert editor.page == "extension-review"
    editor.submit(action="/extension")


def test_an_extension_waits_and_is_undone(waiting: Office) -> None:
    editor, deadline = waiting.browser(), waiting.round(1).deadline
    waiting.postbox.clear()
    extend(editor, "31.3.2027")
    assert "Die E-Mails gehen erst hinaus" in editor.text
    waiting.work()
    editor.open("/office/rounds/1").follow("Verlängerung rückgängig machen …")
    editor.submit(action="/recall")
    assert "Es gilt wieder die bisherige Frist." in editor.text
    assert waiting.round(1).deadline == deadline
    waiting.later(minutes=11)
    waiting.work()
    assert not waiting.postbox
    assert "rückgängig gemacht" in editor.open("/office/audit").text


def test_an_extension_stays_when_its_mail_has_left(waiting: Office) -> None:
    editor = waiting.browser()
    extend(editor, "31.3.2027")
    page = waiting.browser().open("/office/rounds/1/extension/recall")
    waiting.later(minutes=11)
    waiting.work()
    page.submit(action="/recall", status=409)
    assert "Rückgängig machen lässt sich das nicht mehr" in page.text
    assert "rückgängig machen …" not in editor.open("/office/rounds/1").text


def test_an_extension_has_the_hints_and_the_ceiling_of_the_opening(waiting: Office) -> None:
    editor = waiting.browser().open("/office/rounds/1/extension")
    editor.submit({"deadline": "2.3.2072"}, action="/extension", status=422)
    assert "höchstens 24 Monate" in editor.text
    editor.submit({"deadline": "28.2.2027"}, action="/extension")
    assert "Der letzte Tag ist ein Sonntag" in editor.text


def test_an_opening_of_which_nothing_left_is_undone(empty_office: Office) -> None:
    office = empty_office
    office.enrol()
    office.draft()
    office.open()
    editor = office.browser().open("/office/rounds/1")
    second = office.browser().open(RECALL)
    editor.follow("Eröffnung rückgängig machen …")
    assert "5 Mitglieder sind dann nicht mehr eingeladen." in editor.text
    editor.submit(action="/recall")
    assert "Niemand hat eine E-Mail erhalten." in editor.text
    assert editor.path == "/office/papers/leitgedanken"
    assert "Verfahren eröffnen …" in editor.text
    second.submit(action="/recall")
    assert count_events(office, Event.OPENING_RECALLED) == 1
    office.work()
    assert not office.postbox
    editor.open("/office/rounds/1", status=404)
    log = editor.open("/office/audit").text
    assert "die Eröffnung des Verfahrens zu „Leitgedanken zum öffentlichen Raum“ rückgängig" in log
    assert "„(gelöscht)“" not in log


def test_viewers_undo_nothing(empty_office: Office) -> None:
    office = empty_office
    office.enrol()
    office.draft()
    office.open()
    viewer = office.browser(Role.VIEWER)
    assert post_directly(viewer, RECALL) == 403
    assert "rückgängig" not in viewer.open("/office/rounds/1").text
