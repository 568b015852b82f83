"""``signoff letters``: the invitation letters as one PDF."""

from dataclasses import replace
from pathlib import Path

import pytest

from signoff.domain.documents import WorkingCopy
from signoff.storage import RenderCache
from tests.cli.conftest import Run, get_error_line
from tests.factories import BRIEFDORF, MUSTERHAUSEN, SLUG
from tests.world import World


@pytest.fixture
def copies(world: World, monkeypatch: pytest.MonkeyPatch) -> list[WorkingCopy]:
    """What is printed, without printing it."""
    printed: list[WorkingCopy] = []

    def print_copy(copy: WorkingCopy) -> bytes:
        printed.append(copy)
        return b"%PDF"

    cache = RenderCache(world.settings.cache, {"pdf": print_copy})
    app = world.build_app(render_cache=cache)
    monkeypatch.setattr("signoff.cli.letters.create_app", lambda settings: app)
    return printed


def test_letters_go_to_members_without_mail_or_to_all(
    world: World, cli: Run, copies: list[WorkingCopy], tmp_path: Path
) -> None:
    address = {"street": "Dorfstraße 4", "postal_code": "01067"}
    empty = replace(BRIEFDORF, key="05", name="Leerdorf", official_name="Gemeinde Leerdorf")
    world.opened(rows=[replace(BRIEFDORF, **address), empty, replace(MUSTERHAUSEN, **address)])
    file = tmp_path / "letters.pdf"

    result = cli("letters", SLUG, file)
    assert (result.code, result.lines) == (0, [str(file)])
    assert "Ohne Anschrift, nicht gedruckt (1): Gemeinde Leerdorf" in result.err
    assert file.read_bytes() == b"%PDF"
    assert copies[-1].body.count('<section class="letter"') == 1

    assert cli("letters", SLUG, file, "--all").code == 0
    assert copies[-1].body.count('<section class="letter"') == 2
    assert "Stadt Musterhausen" in copies[-1].body


def test_without_any_address_no_file_is_written(
    world: World, cli: Run, copies: list[WorkingCopy], tmp_path: Path
) -> None:
    world.opened()
    file = tmp_path / "letters.pdf"
    line = get_error_line(world, lambda: cli("letters", SLUG, file))
    assert "Die Anschrift fehlt für: Gemeinde Briefdorf." in line
    assert not file.exists()
    assert copies == []


def test_a_closed_round_has_no_letters(
    world: World, cli: Run, copies: list[WorkingCopy], tmp_path: Path
) -> None:
    world.opened()
    world.closed()
    line = get_error_line(world, lambda: cli("letters", SLUG, tmp_path / "letters.pdf"))
    assert "kein Brief zu drucken" in line
