"""``signoff privacy``: what is due, and one person's data."""

import json

from tests.actions.test_privacy import UNWILLING, after, answered_round
from tests.cli.conftest import Run, get_error_line
from tests.world import World


def test_due_says_what_would_go_and_changes_nothing(world: World, cli: Run) -> None:
    answered_round(world)
    before = world.contents()
    result = cli("privacy", "due")
    assert (result.code, world.contents()) == (0, before)
    assert "Gründe einer Ablehnung: 0" in result.lines
    after(world, 12)
    assert "Gründe einer Ablehnung: 1" in cli("privacy", "due").lines


def test_a_person_is_exported_and_erased(world: World, cli: Run) -> None:
    answered_round(world)
    document = json.loads(cli("privacy", "export", UNWILLING).out)
    assert document["email"] == UNWILLING
    assert document["data"]["replies"][0]["subject"] == "Re: Einladung"
    result = cli("privacy", "erase", UNWILLING)
    assert result.code == 0
    assert "Antworten per E-Mail: 1" in result.lines
    assert "Sicherungskopien" in result.out
    assert cli("audit", "verify").code == 0
    assert "nichts gespeichert" in get_error_line(world, lambda: cli("privacy", "erase", UNWILLING))


def test_what_is_no_address_changes_nothing(world: World, cli: Run) -> None:
    line = get_error_line(world, lambda: cli("privacy", "erase", "markt"))
    assert "keine gültige E-Mail-Adresse" in line
