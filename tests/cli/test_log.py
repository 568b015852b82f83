"""``signoff verify`` of receipts and certificates, and the key of the log in instance and backup."""

import json
from datetime import timedelta
from pathlib import Path

import pytest

from signoff import store
from signoff.exports.receipts import build_certificate_json, build_entries, build_receipt
from tests.cli.conftest import Run
from tests.factories import MAYOR, sign
from tests.world import World


def write_receipt(world: World, path: Path) -> Path:
    version = world.invitation_status().version
    assert version
    receipt = store.log.get_receipt(world.db, version)
    proof = store.log.Prover(world.db).find(receipt.statement)
    details = store.audit.find_details(world.db, version.entry)
    path.write_bytes(build_receipt(receipt, *details, proof, world.services.log_key))
    return path


def write_entries(world: World, path: Path) -> Path:
    checkpoints = store.log.list_checkpoints(world.db)
    statements = store.log.list_statements(world.db)
    leaves = store.log.list_leaves(world.db)
    path.write_bytes(build_entries(leaves, checkpoints, statements, world.services.log_key))
    return path


def test_verify_knows_receipts_and_certificates(world: World, cli: Run, tmp_path: Path) -> None:
    world.opened()
    world.answer(MAYOR, sign())
    file = write_receipt(world, tmp_path / "receipt.json")
    assert cli("verify", file).code == 0
    other, key = tmp_path / "other", tmp_path / "key"
    key.write_text(f"{world.services.log_key.verifier_key}\n")
    result = cli("verify", file, "--instance", other, "--json")
    assert (result.code, json.loads(result.out)["verdict"]) == (3, "cannot_tell")
    assert cli("verify", file, "--instance", other, "--certificate", key).code == 0

    world.closed()
    certificate = store.audit.build_certificate(world.db, world.round(), world.now)
    file.write_bytes(build_certificate_json(certificate, world.services.log_key))
    assert cli("verify", file).code == 0
    file.write_bytes(file.read_bytes().replace(b'"copy":"office"', b'"copy":"member"'))
    assert cli("verify", file).code == 1


def test_verify_names_a_receipt_that_the_log_leaves_out(
    world: World, cli: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.opened()
    world.answer(MAYOR, sign())
    file = write_receipt(world, tmp_path / "receipt.json")
    with monkeypatch.context() as patched:
        patched.setattr(store.log, "list_unlogged_receipts", lambda *given: [])
        world.now += timedelta(hours=1)
        world.closed()
    log = write_entries(world, tmp_path / "entries.json")

    result = cli("verify", file, "--log", log, "--json")
    said = json.loads(result.out)
    assert (result.code, said["verdict"]) == (0, "genuine")
    assert {check["name"]: check["result"] for check in said["checks"]}["log"] == "fail"
    assert "ausgelassen" in " ".join(said["reasons"])
    log.write_text(log.read_text().replace("checkpoints", "checkpoint"))
    assert cli("verify", file, "--log", log).code == 2


def test_key_of_the_log_is_made_once_and_backed_up(tmp_path: Path, run: Run) -> None:
    folder = tmp_path / "instance"
    assert run("init", "--instance", folder).code == 0
    made = json.loads((folder / "keys.json").read_text())["log"]
    assert run("init", "--instance", folder).code == 0
    backup, keys = tmp_path / "backup.tar", tmp_path / "backup-keys.json"
    assert run("backup", backup, "--keys", keys, "--instance", folder).code == 0

    assert len(bytes.fromhex(made)) == 32
    assert json.loads((folder / "keys.json").read_text())["log"] == made
    assert json.loads(keys.read_text())["log"] == made
    assert (folder / "keys.json").stat().st_mode & 0o777 == 0o600
