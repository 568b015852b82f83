"""A paper before its round: it is edited by several people, and frozen by the opening."""

from dataclasses import replace

import pytest

from signoff import actions, store
from signoff.domain.errors import Reason, Refusal
from signoff.domain.papers import Annex
from tests.factories import SLUG, TEXT
from tests.world import NOW, World

ANNEX = Annex("Lageplan", "a" * 64, 1000)
OTHER = replace(TEXT, html="<p>Anders.</p>", vote="einstimmig")


def reason(refused: pytest.ExceptionInfo[Refusal]) -> Reason:
    return refused.value.reason


def test_the_second_editor_sees_the_conflict_and_overwrites_nothing(world: World) -> None:
    first = world.paper()
    actions.papers.revise(
        world.db, SLUG, 1, OTHER, "staff/1", NOW, source="Anders.", expected_version=first.version
    )
    with pytest.raises(Refusal) as refused:
        actions.papers.revise(
            world.db, SLUG, 1, TEXT, "staff/2", NOW, source="", expected_version=first.version
        )
    assert reason(refused) is Reason.STALE
    assert store.papers.get_edition(world.db, first.id).text == OTHER


def test_saving_the_same_twice_is_saving_once(world: World) -> None:
    first = world.paper()
    for _ in range(2):
        actions.papers.revise(
            world.db,
            SLUG,
            1,
            OTHER,
            "staff/1",
            NOW,
            source="Anders.",
            expected_version=first.version,
        )
    assert world.events().count("edition_revised") == 1
    assert store.papers.get_edition(world.db, first.id).version == 2


def test_what_was_put_to_the_members_is_edited_no_more(world: World) -> None:
    world.opened()
    for action in (
        lambda: actions.papers.revise(
            world.db, SLUG, 1, OTHER, "staff/1", NOW, source="", expected_version=1
        ),
        lambda: actions.papers.attach(world.db, SLUG, 1, ANNEX, "staff/1", NOW),
        lambda: actions.papers.detach(world.db, SLUG, 1, ANNEX.sha256, "staff/1", NOW),
    ):
        with pytest.raises(Refusal) as refused:
            action()
        assert reason(refused) is Reason.TEXT_FROZEN


def test_a_new_edition_begins_as_the_old_one_and_leaves_it_alone(world: World) -> None:
    world.enrol()
    world.paper()
    actions.papers.attach(world.db, SLUG, 1, ANNEX, "staff/1", NOW)
    world.open()
    second = actions.papers.add_edition(world.db, SLUG, 1, "staff/1", NOW)
    assert (second.number, second.text.html, second.text.annexes) == (2, TEXT.html, (ANNEX,))
    actions.papers.revise(
        world.db, SLUG, 2, OTHER, "staff/1", NOW, source="", expected_version=second.version
    )
    assert actions.papers.get_edition(world.db, SLUG, 1).text == replace(TEXT, annexes=(ANNEX,))


def test_asking_for_a_new_edition_twice_gives_the_one_that_is_not_put_to_anybody(
    world: World,
) -> None:
    world.opened()
    made = [actions.papers.add_edition(world.db, SLUG, 1, "staff/1", NOW).number for _ in range(2)]
    assert made == [2, 2]
    assert world.events().count("edition_added") == 1


def test_an_annex_is_part_of_what_is_signed(world: World) -> None:
    before = world.paper()
    with_annex = actions.papers.attach(world.db, SLUG, 1, ANNEX, "staff/1", NOW)
    assert with_annex.digest != before.digest
    assert store.papers.get_edition(world.db, before.id) == with_annex
    actions.papers.attach(world.db, SLUG, 1, ANNEX, "staff/1", NOW)
    assert world.events().count("annex_added") == 1
    for _ in range(2):
        without = actions.papers.detach(world.db, SLUG, 1, ANNEX.sha256, "staff/1", NOW)
    assert without.digest == before.digest == store.papers.get_edition(world.db, before.id).digest
    assert world.events().count("annex_removed") == 1
