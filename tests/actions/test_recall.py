"""Undoing an opening or an extension until its mail has left."""

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest

from signoff import actions, store
from signoff.actions.rounds import Opening
from signoff.domain.errors import Reason, Refusal
from signoff.domain.papers import Text
from signoff.domain.rounds import Round, Terms
from signoff.store.connection import IntegrityError, transaction
from tests.factories import HESITANT, LAST_DAY, MAYOR, SLUG, sign
from tests.world import World, new_world, record_trial_print

WAIT = timedelta(minutes=10)
LATER, LATEST = date(2027, 4, 14), date(2027, 4, 30)
ROUND_TABLES = ("rounds", "invitations", "links", "outbox", "short_codes", "reminders")


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    world = new_world(tmp_path)
    world.enrol()
    world.paper()
    yield world
    world.db.close()


def open_waiting(world: World, **terms: bool) -> Round:
    """Open as the browser does: mail waits."""
    opening = Opening(LAST_DAY, ("voll",), Terms(**terms))
    record_trial_print(world.db, SLUG, opening, world.now)
    return actions.rounds.open_round(
        world.db, SLUG, opening, "office", world.now, setup_required=False, wait=WAIT
    )


def extend(world: World, last: date, wait: timedelta = WAIT) -> Round:
    return actions.rounds.extend(world.db, world.round().id, last, "office", world.now, wait=wait)


def recall_extension(world: World) -> Round:
    return actions.rounds.recall_extension(world.db, world.round().id, "office", world.now)


def refused(action, *arguments) -> Reason:
    with pytest.raises(Refusal) as caught:
        action(*arguments)
    return caught.value.reason


def test_invitations_leave_when_the_wait_is_over(world: World) -> None:
    open_waiting(world)
    world.now += WAIT - timedelta(seconds=1)
    world.work()
    assert not world.postbox
    world.now += timedelta(seconds=1)
    world.work()
    assert world.messages_to(MAYOR)


def test_a_recalled_opening_leaves_the_paper_as_it_was(world: World) -> None:
    before = world.contents()
    round = open_waiting(world)
    world.work()
    world.now += WAIT - timedelta(seconds=1)
    actions.rounds.recall_opening(world.db, round.id, "office", world.now)
    after = world.contents()
    assert [name for name in ROUND_TABLES if after[name] != before[name]] == []
    world.now += WAIT
    world.work()
    assert not world.postbox
    assert {"round_opened", "opening_recalled"} <= set(world.events())
    edition = actions.papers.get_latest_edition(world.db, SLUG)
    actions.papers.revise(
        world.db,
        SLUG,
        1,
        Text("Anders", "<p>Wort.</p>"),
        "office",
        world.now,
        source="Wort.",
        expected_version=edition.version,
    )


def test_numbers_of_a_recalled_round_are_not_given_again(world: World) -> None:
    round = open_waiting(world)
    references = {i.invitation.reference for i in world.round_status().invitations}
    actions.rounds.recall_opening(world.db, round.id, "office", world.now)
    again = open_waiting(world)
    assert again.id > round.id
    assert not references & {i.invitation.reference for i in world.round_status().invitations}


@pytest.mark.parametrize("left", ["mail", "answer", "public"])
def test_an_opening_that_has_left_the_house_stays(world: World, left: str) -> None:
    round = open_waiting(world, public=True)
    if left == "answer":
        world.answer(MAYOR, sign())
    else:
        world.now += WAIT
    if left == "mail":
        world.work()
    assert (
        refused(actions.rounds.recall_opening, world.db, round.id, "office", world.now)
        is Reason.MAIL_LEFT
    )
    assert world.round().id == round.id


def test_the_database_refuses_to_delete_a_round_with_answers(world: World) -> None:
    round = open_waiting(world)
    world.answer(MAYOR, sign())
    with pytest.raises(IntegrityError), transaction(world.db):
        store.rounds.delete(world.db, round.id)


def test_a_public_draft_appears_when_the_wait_is_over(world: World) -> None:
    round = open_waiting(world, public=True)
    assert not round.is_public_draft(world.now)
    assert round.is_public_draft(world.now + WAIT)


def test_a_recalled_extension_restores_the_deadline_and_mails_nobody(world: World) -> None:
    deadline = world.open().deadline
    world.work()
    world.postbox.clear()
    world.now += timedelta(hours=1)
    assert extend(world, LATER).deadline != deadline
    world.work()
    recall_extension(world)
    world.now += WAIT
    world.work()
    assert world.round().deadline == deadline
    assert not world.postbox
    recalled = world.entries()[-2:]
    assert "recalled" in [(entry.details or {}).get("change") for entry in recalled]
    count = len(world.entries())
    recall_extension(world)
    assert len(world.entries()) == count


def test_an_extension_that_was_mailed_stays(world: World) -> None:
    world.open()
    world.work()
    world.now += timedelta(hours=1)
    extend(world, LATER)
    world.now += WAIT
    world.work()
    assert refused(recall_extension, world) is Reason.MAIL_LEFT
    assert refused(extend, world, LAST_DAY) is Reason.DEADLINE_NOT_LATER


def test_a_deadline_is_shortened_until_its_mail_has_left(world: World) -> None:
    world.open()
    world.work()
    world.postbox.clear()
    world.now += timedelta(hours=1)
    extend(world, LATEST)
    extend(world, LATER)
    assert refused(extend, world, date(2027, 3, 1)) is Reason.DEADLINE_NOT_LATER
    world.now += WAIT
    world.work()
    (message,) = world.messages_to(HESITANT)
    assert "14. April 2027" in message.get_body(("plain",)).get_content()


def test_before_any_mail_the_deadline_moves_to_any_day_to_come(world: World) -> None:
    open_waiting(world)
    extend(world, date(2027, 2, 1))
    assert refused(extend, world, date(2027, 1, 1)) is Reason.DEADLINE_PAST
    world.now += WAIT
    world.work()
    assert len(world.messages_to(MAYOR)) == 1


def test_no_deadline_is_more_than_24_months_ahead(world: World) -> None:
    world.open()
    world.work()
    world.now += timedelta(hours=1)
    assert refused(extend, world, date(2029, 1, 19)) is Reason.DEADLINE_TOO_FAR
    extend(world, date(2029, 1, 18))
