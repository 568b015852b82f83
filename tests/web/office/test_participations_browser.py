"""The pages about former rounds in a real browser: accessible, and without sideways scrolling at any width."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from signoff import actions, store
from signoff.domain.accounts import Role
from signoff.domain.answers import AnswerKind
from signoff.store.participations import PastAnswer
from tests.chromium import faults
from tests.factories import decline, sign
from tests.prepared import made_once
from tests.web.office.browser_page import office_page
from tests.web.office.office import Office

pytestmark = pytest.mark.browser
WIDTHS = (320, 1024, 1280)
TITLE = (
    "Leitgedanken zu den Verwaltungsgemeinschaftsangelegenheiten im öffentlichen Raum, Nummer {}"
)
NAME = "Freie und Hansestadt Musterhausen"


@pytest.fixture
@made_once
def office(empty_office: Office) -> Office:
    """Four rounds, a former one, an accepted name, and a paper without a round."""
    office = empty_office
    office.enrol()
    for number in range(1, 5):
        office.draft(f"papier-{number}", TITLE.format(number))
        round = office.open(f"papier-{number}")
        id = office.answer(round, "Musterhausen", sign(NAME))
        office.answer(round, "Beispielstadt", decline())
        actions.amendments.decide(office.db, id, "name", True, "cli", office.now)
    past = [
        PastAnswer(member.id, TITLE.format(0), 2019, AnswerKind.NOT_COMPETENT)
        for member in store.members.list_all(office.db)[1:]
    ]
    actions.participations.import_answers(office.db, past, "cli", office.now)
    office.draft("neu", TITLE.format(5))
    return office


@pytest.fixture
def page(chromium: Browser, office: Office) -> Iterator[Page]:
    with office_page(chromium, office, "/office/members/answers", Role.EDITOR) as page:
        yield page


def check(page: Page) -> None:
    assert not faults(page), page.url
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 800})
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), (
            page.url,
            width,
        )


def test_the_pages_about_former_rounds_fit_every_width(page: Page, tmp_path: Path) -> None:
    for path in ("members/answers", "members/names", "members/history", "members/1"):
        page.goto(f"/office/{path}")
        check(page)
    page.goto("/office/papers/neu/open")
    check(page)
    file = tmp_path / "frueher.csv"
    file.write_text("name;papier;jahr;antwort\nNeudorf;Charta;2019;ja\n", encoding="utf-8")
    page.goto("/office/members/history")
    page.set_input_files("[name=file]", file)
    page.click("main form[enctype] button[type=submit]")
    page.wait_for_url("**/members/history/*")
    check(page)
