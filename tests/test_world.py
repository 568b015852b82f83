"""The test world: quick to set up and reliable."""

from tests.factories import MAYOR, sign
from tests.world import NOW, World


def test_world_runs_a_round_from_start_to_release(world: World) -> None:
    world.opened()
    world.answer(MAYOR, sign())
    world.closed()
    released = world.released()

    assert world.services.archive.release_path(released.sha256).exists()
    assert [signatory.name for signatory in world.printed[-1].signatories] == ["Stadt Musterhausen"]
    assert {message["To"].addresses[0].addr_spec for message in world.postbox} >= {MAYOR}


def test_two_worlds_share_nothing(world: World) -> None:
    assert world.postbox == []
    assert world.now == NOW


def test_browser_reads_a_page_of_a_member(world: World) -> None:
    world.opened()
    assert world.browser().open(f"/s/{world.links()[MAYOR]}").page == "read"
