"""Papers before their round: several people edit them, and opening freezes the text."""

from dataclasses import replace

import pytest

from signoff import actions, store
from signoff.domain.errors import Reason, Refusal
from signoff.domain.papers import Annex
from tests.factories import SLUG, TEXT
from tests.world import NOW, World, add_edition

ANNEX = Annex("Lageplan", "a" * 64, 1000)
OTHER = replace(TEXT, html="<p>Anders.</p>", vote="einstimmig")


def reason(refused: pytest.ExceptionInfo[Refusal]) -> Reason:
    return refused.value.reason


def test_second_editor_sees_the_conflict_and_overwrites_nothing(world: World) -> None:
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


def test_saving_the_same_text_twice_has_no_further_effect(world: World) -> None:
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


def test_text_cannot_be_edited_after_its_round_opened(world: World) -> None:
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


def test_new_edition_starts_as_a_copy_of_the_previous_one(world: World) -> None:
    world.enrol()
    world.paper()
    actions.papers.attach(world.db, SLUG, 1, ANNEX, "staff/1", NOW)
    world.open()
    second = add_edition(world.db, SLUG, 1, "staff/1", NOW)
    assert (second.number, second.text.html, second.text.annexes) == (2, TEXT.html, (ANNEX,))
    actions.papers.revise(
        world.db, SLUG, 2, OTHER, "staff/1", NOW, source="", expected_version=second.version
    )
    assert actions.papers.get_edition(world.db, SLUG, 1).text == replace(TEXT, annexes=(ANNEX,))


def test_second_request_for_a_new_edition_returns_the_unused_one(
    world: World,
) -> None:
    world.opened()
    numbers = [add_edition(world.db, SLUG, 1, "staff/1", NOW).number for _ in range(2)]
    assert numbers == [2, 2]
    assert world.events().count("edition_added") == 1


def test_annex_is_part_of_the_signed_text(world: World) -> None:
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
