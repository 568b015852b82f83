"""A full disk: refused whole, said plainly, and nothing half done."""

from collections.abc import Iterator

import pytest

from signoff import actions
from signoff.store.connection import OperationalError, transaction
from tests.world import MAYOR, World, member, sign

MANY = [
    member(f"{n:04d}", f"Ort {n}", f"Stadt Ort {n}", f"rathaus@{n}.example") for n in range(500)
]


LARGE = "€" * 2000  # more than fits into what is left of any page


def full(db) -> None:
    """No page more than there are: what SQLite then says is what it says on a full disk."""
    pages = db.conn.execute("PRAGMA page_count").fetchone()[0]
    db.conn.execute(f"PRAGMA max_page_count = {pages}")


def roomy(db) -> None:
    db.conn.execute("PRAGMA max_page_count = 1000000")


@pytest.fixture
def crowded(world: World) -> Iterator[World]:
    world.opened()
    full(world.db)
    yield world
    roomy(world.db)


def test_what_does_not_fit_leaves_nothing_behind(crowded: World) -> None:
    before = crowded.contents()
    with pytest.raises(OperationalError, match="full"):
        actions.member_import.import_members(crowded.db, MANY, "office", crowded.now)
    assert not crowded.db.conn.in_transaction
    assert crowded.contents() == before


def test_the_next_transaction_works_once_there_is_room(crowded: World) -> None:
    with pytest.raises(OperationalError):
        actions.member_import.import_members(crowded.db, MANY, "office", crowded.now)
    roomy(crowded.db)
    with transaction(crowded.db):
        pass
    crowded.answer(MAYOR, sign())
    assert crowded.place().kind == "sign"


def test_the_web_says_503_and_takes_no_half_answer(world: World) -> None:
    world.opened()
    app = world.app()
    browser, path = world.browser(app), f"/s/{world.links()[MAYOR]}"
    browser.open(f"{path}/answer").submit(
        {"answer": "decline", "reason": LARGE, **filled_in()},
    )
    assert browser.page == "review"
    before = world.contents()

    of_the_web = app.extensions["signoff"].db()
    full(of_the_web)
    browser.submit({"confirm": "Musterhausen"}, status=503)
    assert "Retry-After" in browser.response.headers
    roomy(of_the_web)
    assert world.contents() == before

    browser.open(f"{path}/answer").submit({"answer": "decline", "reason": LARGE, **filled_in()})
    assert browser.submit({"confirm": "Musterhausen"}).page == "receipt"


def filled_in() -> dict[str, str]:
    return {
        "filled_in_by": "Sachbearbeitung",
        "filled_in_unit": "Hauptamt",
        "filled_in_email": "hauptamt@rathaus.example",
    }
