"""What a list shows is saved under a name, for oneself or for the whole office."""

from signoff.domain.audit import Event
from tests.browser import Browser
from tests.web.office.office import Office
from tests.web.office.pages import count_events, post_directly, rows

ROUND = "/office/rounds/1"


def save(browser: Browser, name: str, query: str, **more: str) -> int:
    more = {"list": "round_members", "round": "1"} | more
    return post_directly(browser, "/office/views", name=name, query=query, **more)


def test_a_view_of_the_office_is_one_click_away_for_everybody(
    office: Office, editor: Browser, viewer: Browser
) -> None:
    assert save(editor, "Bayern offen", "state=Bayern&answer=none&page=7", shared="1") == 303
    assert len(rows(viewer.open(ROUND).follow("Bayern offen"))) == 2
    assert "page" not in viewer.url
    editor.open(ROUND).submit(press="Ansicht löschen: Bayern offen", action="/delete")
    assert "Bayern offen" not in viewer.open(ROUND).text
    assert count_events(office, Event.VIEW_SAVED) == count_events(office, Event.VIEW_DELETED) == 1


def test_ones_own_view_is_nobody_elses(
    office: Office, editor: Browser, admin: Browser, viewer: Browser
) -> None:
    assert save(viewer, "Fremd", "q=dorf") == 403
    assert save(editor, "Meine", "q=dorf") == 303
    assert "Meine" not in admin.open(ROUND).text
    assert post_directly(admin, "/office/views/1/delete", list="round_members") == 404
    assert save(editor, "Meine", "q=muster") == 303  # the same name replaces it
    assert rows(editor.open(ROUND).follow("Meine")) == ["Stadt Musterhausen"]


def test_a_view_contains_what_the_list_offers_and_nothing_else(
    office: Office, editor: Browser
) -> None:
    save(editor, "Liste", 'state=Hessen&evil="><script>&sort=-state&columns=reach', list="members")
    assert editor.open("/office/members").link("Liste") == (
        "/office/members?state=Hessen&sort=-state&columns=reach"
    )
    assert save(editor, " ", "q=x") == 303
    assert save(editor, "x", "q=x", list="papers") == 400
