"""The stage itself: quick to set up, and what the tests rely on holds."""

from tests.factories import MAYOR, sign
from tests.world import NOW, World


def test_the_whole_life_of_a_round_can_be_played(world: World) -> None:
    world.opened()
    world.answer(MAYOR, sign())
    world.closed()
    released = world.released()

    assert world.services.archive.release_path(released.sha256).exists()
    assert [each.name for each in world.printed[-1].signatories] == ["Stadt Musterhausen"]
    assert {message["To"].addresses[0].addr_spec for message in world.postbox} >= {MAYOR}


def test_two_worlds_share_nothing(world: World) -> None:
    assert world.postbox == []
    assert world.now == NOW


def test_the_browser_reads_a_members_page(world: World) -> None:
    world.opened()
    assert world.browser().open(f"/s/{world.links()[MAYOR]}").page == "read"
