"""A full disk: the whole transaction is rolled back, and the web answers 503."""

from collections.abc import Iterator

import pytest

from signoff import actions, store
from signoff.store.connection import OperationalError, transaction
from tests.factories import MAYOR, member, sign
from tests.form_filling import CONTACT
from tests.small_disk import small_disk
from tests.world import World

MANY = [
    member(f"{n:04d}", f"Ort {n}", f"Stadt Ort {n}", f"rathaus@{n}.example") for n in range(500)
]


LARGE = "€" * 2000  # more than the free space in any page


def fill_disk(db) -> None:
    """Allow no more pages than exist: SQLite then fails as on a full disk."""
    pages = db.conn.execute("PRAGMA page_count").fetchone()[0]
    db.conn.execute(f"PRAGMA max_page_count = {pages}")


def free_disk(db) -> None:
    db.conn.execute("PRAGMA max_page_count = 1000000")


@pytest.fixture
def full(world: World) -> Iterator[World]:
    world.opened()
    fill_disk(world.db)
    yield world
    free_disk(world.db)


def test_failed_transaction_changes_nothing(full: World) -> None:
    before = full.contents()
    with pytest.raises(OperationalError, match="full"):
        actions.member_import.import_members(full.db, MANY, "office", full.now)
    assert not full.db.conn.in_transaction
    assert full.contents() == before


def test_next_transaction_works_once_there_is_space(full: World) -> None:
    with pytest.raises(OperationalError):
        actions.member_import.import_members(full.db, MANY, "office", full.now)
    free_disk(full.db)
    with transaction(full.db):
        pass
    full.answer(MAYOR, sign())
    assert full.invitation_status().kind == "sign"


def test_what_was_acknowledged_before_the_disk_filled_up_is_kept(world: World) -> None:
    """The operating system refuses to write, at any moment of a transaction."""
    world.opened(rows=MANY[:300])
    acknowledged = []
    size = world.settings.database.stat().st_size
    with small_disk(max(size, 100_000)), pytest.raises(OperationalError):
        for number in range(300):
            version = world.answer(f"rathaus@{number}.example", sign(f"Stadt Ort {number}"))
            acknowledged.append(version.id)
    world.db.close()
    world.db = world.connect()
    assert acknowledged
    kept = [id for (id,) in world.db.conn.execute("SELECT id FROM answers ORDER BY id")]
    assert kept == acknowledged
    assert store.audit.find_fault(world.db) is None
    world.answer("rathaus@299.example", sign("Stadt Ort 299"))


def test_web_answers_503_and_stores_nothing(world: World) -> None:
    world.opened()
    app = world.build_app()
    browser, path = world.browser(app), f"/s/{world.links()[MAYOR]}"
    browser.open(f"{path}/answer").submit(
        {"answer": "decline", "reason": LARGE, **CONTACT},
    )
    assert browser.page == "review"
    before = world.contents()

    web_db = app.extensions["signoff"].db()
    fill_disk(web_db)
    browser.submit({"confirm": "Musterhausen"}, status=503)
    assert "Retry-After" in browser.response.headers
    free_disk(web_db)
    assert world.contents() == before

    browser.open(f"{path}/answer").submit({"answer": "decline", "reason": LARGE, **CONTACT})
    assert browser.submit({"confirm": "Musterhausen"}).page == "receipt"
