"""``signoff keys rotate``: new keys sign, former ones go on verifying."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from signoff.config import load_settings
from signoff.pdf import keys as seal_keys
from signoff.pdf.process import print_in_subprocess
from signoff.pdf.verify import verify_pdf
from signoff.services import build_sealing, build_services
from signoff.tokens import TokenPurpose
from tests.cli.conftest import Run, get_error_line
from tests.factories import FORUM, MAYOR, sign
from tests.world import DEADLINE, World


def read_keys(world: World) -> dict[str, list[str]]:
    keys: dict[str, list[str]] = json.loads(
        (world.settings.instance / "keys.json").read_text("utf-8")
    )
    return keys


def test_without_a_confirmation_nothing_changes(world: World, cli: Run) -> None:
    before = read_keys(world)
    result = cli("keys", "rotate", "--what", "links")
    assert (result.code, "--yes" in result.err) == (2, True)
    assert "gelten weiter" in result.out
    assert read_keys(world) == before
    assert "key_rotated" not in world.events()


def test_old_links_work_and_new_ones_have_the_new_key(world: World, cli: Run) -> None:
    world.opened()
    world.work()
    old, code_of = world.links()[MAYOR], world.services.token_signer.short_code
    before = read_keys(world)
    assert cli("keys", "rotate", "--what", "links", "--yes").code == 0
    after, path = read_keys(world), world.settings.instance / "keys.json"
    assert after["links"][1:] == before["links"]
    assert after["cookies"] == before["cookies"]
    assert len(bytes.fromhex(after["links"][0])) == 32
    assert path.stat().st_mode & 0o777 == 0o600
    link = world.services.token_signer.verify(TokenPurpose.INVITATION, old)
    code = code_of(*link)
    settings = load_settings(world.settings.instance)
    world.settings = replace(world.settings, keys=settings.keys)
    world.services = replace(build_services(world.settings), **world.fakes)
    world.work()  # gives the open links their new codes
    assert world.links()[MAYOR] != old
    for token in (old, world.links()[MAYOR]):
        assert world.browser().open(f"/s/{token}").page == "read"
    assert world.browser().open("/s").submit({"code": code}, action="/s").page == "read"
    (entry,) = [entry for entry in world.entries() if entry.event == "key_rotated"]
    assert entry.details == {"names": "links"}


def test_a_login_outlives_a_new_key_of_cookies(world: World, cli: Run) -> None:
    app = world.build_app()
    serializer = app.session_interface.get_signing_serializer(app)
    cookie = serializer.dumps({"login": "session"})
    result = cli("keys", "rotate", "--what", "cookies", "--yes")
    assert (result.code, "noch einmal abgesendet" in result.out) == (0, True)
    keys = load_settings(world.settings.instance).keys
    world.settings = replace(world.settings, keys=keys)
    renewed = world.build_app()
    assert renewed.session_interface.get_signing_serializer(renewed).loads(cookie)
    assert app.secret_key != renewed.secret_key


def test_an_outside_certificate_is_not_replaced(
    world: World, cli: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SIGNOFF_SEAL_P12", "/somewhere/seal.p12")
    line = get_error_line(world, lambda: cli("keys", "rotate", "--what", "seal", "--yes"))
    assert "SIGNOFF_SEAL_P12" in line
    assert cli("keys", "rotate", "--yes").code == 0
    (entry,) = [entry for entry in world.entries() if entry.event == "key_rotated"]
    assert entry.details == {"names": "links, cookies"}
    assert not world.settings.own_seal.exists()


@pytest.mark.slow
def test_files_under_a_former_seal_stay_genuine(world: World, cli: Run) -> None:
    world.opened()
    world.settings.own_seal.write_bytes(seal_keys.generate_key("Verband"))
    world.services = replace(
        world.services, print_pdf=print_in_subprocess, sealing=build_sealing(world.settings)
    )
    world.answer(MAYOR, sign())
    world.now = DEADLINE
    release = world.released()
    file = world.services.archive.release_path(release.sha256).read_bytes()
    # A restored archive may lack what was remembered when the file was sealed.
    Path(world.services.sealing.certificates).unlink()
    former = world.services.sealing.load_key(FORUM.name).fingerprint
    assert cli("keys", "rotate", "--what", "seal", "--yes").code == 0
    assert world.services.sealing.load_key(FORUM.name).fingerprint != former
    assert world.settings.own_seal.stat().st_mode & 0o777 == 0o600
    known = seal_keys.parse_pem(world.services.sealing.export_certificates(FORUM.name))
    assert len(known) == 2
    assert verify_pdf(file, known).genuine
    assert not verify_pdf(file, known[:1]).genuine
