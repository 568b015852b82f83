"""Voided answers do not count: not for reminders, not for meetings, not on the page of the member."""

from datetime import timedelta

import pytest

from signoff import actions, store
from signoff.domain.answers import Voiding
from signoff.domain.errors import Reason
from tests.actions.test_rounds import refused
from tests.factories import MAYOR, OFFICE, decline, pending, sign
from tests.world import World

BECAUSE = "Das Schreiben kam nicht von dort."


@pytest.fixture(autouse=True)
def opened(world: World) -> None:
    world.opened()
    world.work()


def void(world: World, answer_id: int) -> Voiding:
    invitation = world.invitation_status("01").invitation.id
    return actions.amendments.void_answer(
        world.db, invitation, answer_id, BECAUSE, "staff/1", world.now
    )


def reminded_emails(world: World) -> set[str]:
    return {link.email for link in store.reminders.list_unanswered_links(world.db, world.now)}


def test_member_is_reminded_again_after_its_answer_was_voided(world: World) -> None:
    assert MAYOR in reminded_emails(world)
    version = world.answer(MAYOR, decline())
    assert MAYOR not in reminded_emails(world)
    void(world, version.id)
    assert MAYOR in reminded_emails(world)


def test_the_result_of_a_voided_meeting_is_not_requested(world: World) -> None:
    version = world.answer(MAYOR, pending())
    after = version.answer.expected_on + timedelta(days=1)
    assert [row.id for row in store.answers.list_with_past_meeting(world.db, after)] == [version.id]
    void(world, version.id)
    assert store.answers.list_with_past_meeting(world.db, after) == []


def test_voiding_does_not_revive_the_earlier_version_and_numbers_continue(world: World) -> None:
    world.answer(MAYOR, sign(), "first")
    second = world.answer(MAYOR, decline(), "second")
    void(world, second.id)
    assert (world.invitation_status("01").kind, world.access(OFFICE).version) == (None, None)
    assert world.answer(MAYOR, decline(), "third").number == 3
    assert world.invitation_status("01").kind == "decline"


def test_only_the_current_answer_can_be_voided(world: World) -> None:
    first = world.answer(MAYOR, sign(), "first")
    world.answer(MAYOR, decline(), "second")
    assert refused(world, lambda: void(world, first.id)) is Reason.STALE
    assert store.answers.find_voiding(world.db, first.id) is None


def test_voiding_twice_changes_nothing(world: World) -> None:
    version = world.answer(MAYOR, sign())
    first, before = void(world, version.id), world.contents()
    assert void(world, version.id) == first
    assert world.contents() == before


def test_member_reads_the_reason_on_its_page_and_in_its_certificate(world: World) -> None:
    version = world.answer(MAYOR, sign())
    objection = void(world, version.id)
    page = world.browser().open(f"/s/{world.links()[MAYOR]}")
    assert page.page == "read"
    assert "für ungültig erklärt" in page.text
    assert BECAUSE in page.text
    world.closed()
    own = store.audit.build_certificate(
        world.db, world.round(), world.now, world.invitation_status("01").member
    )
    assert objection.entry in {step.entry for step in own.steps}
    other = store.audit.build_certificate(
        world.db, world.round(), world.now, world.invitation_status("02").member
    )
    assert objection.entry not in {step.entry for step in other.steps}


def test_audit_log_stays_valid_and_records_the_voiding(world: World) -> None:
    version = world.answer(MAYOR, sign())
    void(world, version.id)
    assert world.events()[-1] == "voided"
    assert store.audit.find_fault(world.db) is None
    assert [row.id for row in store.answers.list_versions(world.db, version.invitation_id)] == [
        version.id
    ]
