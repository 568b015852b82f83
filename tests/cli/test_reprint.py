"""``signoff reprint``: an auditor makes a released print again from a backup and compares."""

import os
import subprocess
import sys
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pytest

from signoff import actions, store
from signoff.exports import verify_signoff
from signoff.pdf import keys
from signoff.pdf.process import print_in_subprocess
from signoff.services import build_sealing
from tests.cli.conftest import CommandResult, Run
from tests.factories import FORUM, MAYOR, sign
from tests.world import DEADLINE, SLUG, World

pytestmark = pytest.mark.slow


@pytest.fixture
def released(world: World) -> World:
    """A round whose PDF has a real print and a real seal."""
    world.opened()
    world.answer(MAYOR, sign())
    world.now = DEADLINE
    world.settings.own_seal.write_bytes(keys.generate_key("Verband"))
    world.services = replace(
        world.services, print_pdf=print_in_subprocess, sealing=build_sealing(world.settings)
    )
    world.closed()
    world.released()
    return world


def reprint(folder: Path, *options: object) -> CommandResult:
    """The command in a process of its own: on the day of today, elsewhere, with other hashes."""
    environment = os.environ | {"TZ": "Pacific/Auckland", "PYTHONHASHSEED": "4711"}
    done = subprocess.run(
        [sys.executable, "-m", "signoff", "reprint", SLUG, *map(str, options)]
        + ["--instance", str(folder)],
        env=environment,
        capture_output=True,
        text=True,
    )
    return CommandResult(done.returncode, done.stdout, done.stderr)


def test_a_print_is_made_again_from_a_backup_after_the_settings_have_changed(
    released: World, cli: Run, tmp_path: Path
) -> None:
    (release,) = store.releases.list_for_round(released.db, released.round().id)
    record_path = released.services.archive.release_path(release.sha256).with_suffix(".json")
    content = released.services.archive.release_path(release.sha256).read_bytes()
    record = verify_signoff.load_json(record_path.read_bytes())
    renamed = replace(FORUM, name="Neuer Name", licence="CC BY 4.0")
    actions.association.update(released.db, renamed, "office", released.now)
    assert cli("keys", "rotate", "--what", "seal", "--yes").code == 0
    before = released.contents()
    file, secrets, folder = tmp_path / "b.tar", tmp_path / "b.keys", tmp_path / "restored"
    assert cli("backup", file, "--keys", secrets).code == 0
    assert cli("restore", file, "--keys", secrets, "--instance", folder).code == 0

    out = tmp_path / "typeset.pdf"
    result = reprint(folder, "--out", out)
    assert (result.code, result.err) == (0, "")
    assert content.startswith(out.read_bytes())
    assert content.index(b"%%EOF\n") + 6 == len(out.read_bytes())
    assert record["typeset_sha256"] == sha256(out.read_bytes()).hexdigest()
    assert record["typeset_sha256"] in result.out
    assert released.contents() == before

    # Without what it was printed with the new name is printed, and the command says so.
    kept = folder / "archive" / "prints" / f"{release.sha256}.settings.json"
    kept.unlink()
    result = reprint(folder)
    assert result.code == 1
    assert record["typeset_sha256"] in result.out
    assert "WeasyPrint" in result.out
    assert reprint(folder, "--number", 2).code == 2
