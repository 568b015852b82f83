"""Late signatures do not change the meaning of the command line's output."""

import json

import pytest

from tests.actions.test_late import AFTERWARDS, CITY, issued, joined, withdrawn
from tests.cli.conftest import Run
from tests.factories import HESITANT, MAYOR, SLUG, pending, sign
from tests.world import World


def test_status_and_release_still_describe_the_first_edition(world: World, cli: Run) -> None:
    world.opened(late=True)
    world.answer(MAYOR, sign())
    world.answer(HESITANT, pending())
    world.closed()
    world.released()
    world.now = AFTERWARDS
    status, release = cli("rounds", "status", SLUG, "--json"), cli("release", SLUG)
    assert release.code == 0

    joined(world)
    issued(world)
    withdrawn(world)

    before, after = json.loads(status.out), json.loads(cli("rounds", "status", SLUG, "--json").out)
    assert before.pop("signatures") == {"now": 1, "first": 1, "later": 0, "withdrawn": 0}
    assert after.pop("signatures") == {"now": 1, "first": 1, "later": 1, "withdrawn": 1}
    assert after == before
    assert cli("release", SLUG).out == release.out


@pytest.mark.slow
def test_verify_names_the_document(world: World, cli: Run) -> None:
    world.opened(late=True)
    world.answer(MAYOR, sign())
    world.closed()
    world.released()
    world.now = AFTERWARDS
    joined(world, answer=sign(CITY))
    addendum = issued(world)

    output = cli("verify", world.services.archive.release_path(addendum.sha256))
    assert output.code == 0
    assert "1. Nachtrag, Nachzeichnungen: 1, Rücknahmen: 0" in output.out


def test_round_is_opened_with_late_signing(world: World, cli: Run) -> None:
    world.enrol()
    world.paper()
    assert cli("rounds", "open", SLUG, "--deadline", "31.3.2027", "--late").code == 0
    assert world.round().terms.late
