"""The receipt of an answer is signed at once, later proved by the log, and checked without Signoff."""

import json
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from signoff import actions, store
from signoff.domain.answer_forms import RecordedAnswer
from signoff.domain.answers import Channel
from signoff.domain.log import hash_statement
from signoff.exports import verify_signoff
from signoff.exports.receipts import build_entries
from signoff.signing import LogKey
from tests.factories import HESITANT, MAYOR, decline, sign
from tests.representative import RepresentativeClient
from tests.world import World

SCRIPT = Path(verify_signoff.__file__)


@pytest.fixture
def representative(world: World) -> RepresentativeClient:
    client = RepresentativeClient(world)
    world.answer(HESITANT, decline())
    world.answer(MAYOR, sign(note="Im Rahmen der Mittel."))
    return client


def receipt(representative: RepresentativeClient) -> bytes:
    return representative.get("receipt.json").data


def key(world: World) -> str:
    return world.services.log_key.verifier_key


def examine(content: bytes | dict, world: World, log: bytes = b"") -> verify_signoff.Report:
    content = content if isinstance(content, bytes) else json.dumps(content).encode()
    trust = verify_signoff.Trust(key(world).encode())
    trust.log = verify_signoff.open_log(log) if log else None
    return verify_signoff.check_receipt(content, trust)


def results(report: verify_signoff.Report) -> dict[str, str]:
    """Each check with its result; what has failed alone, if anything has."""
    found = {check["name"]: check["result"] for check in report.describe("de")["checks"]}
    return {name: result for name, result in found.items() if result == "fail"} or found


def entries(world: World) -> bytes:
    """What ``/log/entries.json`` gives once everything is released."""
    return build_entries(
        store.log.list_leaves(world.db),
        store.log.list_checkpoints(world.db),
        store.log.list_statements(world.db),
        world.services.log_key,
    )


def closed(representative: RepresentativeClient) -> World:
    representative.world.now += timedelta(hours=1)
    representative.world.closed()
    return representative.world


def test_receipt_is_verified_without_signoff_network_or_database(
    representative: RepresentativeClient, tmp_path: Path
) -> None:
    world = closed(representative)
    (tmp_path / "verify_signoff.py").write_text(SCRIPT.read_text("utf-8"), "utf-8")
    (tmp_path / "receipt.json").write_bytes(receipt(representative))
    (tmp_path / "entries.json").write_bytes(entries(world))
    (tmp_path / "key").write_text(f"{key(world)}\n")

    def check(*options: str) -> tuple[int, str]:
        command = [sys.executable, "-I", "-S", "verify_signoff.py", "receipt.json", *options]
        done = subprocess.run(
            command, cwd=tmp_path, capture_output=True, text=True, env={"PYTHONUTF8": "1"}
        )
        return done.returncode, done.stdout + done.stderr

    status, said = check("--certificate", "key", "--log", "entries.json")
    assert status == 0, said
    assert "Die Datei ist echt" in said
    assert world.access().edition.digest in said
    assert "fail" not in said
    assert check()[0] == 3, "without the key nobody can tell"
    assert check("--certificate", "nirgends")[0] == 2


def test_receipt_has_a_proof_from_the_closing_on(representative: RepresentativeClient) -> None:
    before = json.loads(receipt(representative))
    world = closed(representative)
    after = json.loads(receipt(representative))

    assert before["proof"] is None
    assert results(examine(before, world))["proof"] == "skipped"
    assert results(examine(after, world))["proof"] == "pass"
    assert {**after, "proof": None} == before
    (checkpoint,) = store.log.list_checkpoints(world.db)
    assert after["proof"]["checkpoint"] == world.services.log_key.sign_checkpoint(checkpoint)


def test_flipped_bits_in_a_receipt_are_detected(representative: RepresentativeClient) -> None:
    world = closed(representative)
    content = receipt(representative)
    unnoticed = []
    for at in range(0, len(content), 4):
        flipped = bytearray(content)
        flipped[at] ^= 1 << at % 7
        try:
            changed = json.loads(flipped) != json.loads(content)
        except ValueError:
            changed = True
        if changed and examine(bytes(flipped), world).verdict == "genuine":
            unnoticed.append(at)
    assert unnoticed == []


def test_receipt_with_another_key_is_not_genuine(representative: RepresentativeClient) -> None:
    world = closed(representative)
    forged = json.loads(receipt(representative))
    forged["statement"]["answer"] = "decline"
    forged |= LogKey(b"f" * 32).sign_statement(forged["statement"])
    forged |= {"details": None, "details_salt": ""}

    assert examine({**forged, "proof": None}, world).verdict == "cannot_tell"
    assert examine({**forged, "key": key(world)}, world).verdict == "not_genuine"
    assert examine(forged, world).verdict == "not_genuine", "the proof is of another key"


@pytest.mark.parametrize("name", ["index", "path", "checkpoint"])
def test_forged_proof_is_detected(representative: RepresentativeClient, name: str) -> None:
    world = closed(representative)
    data = json.loads(receipt(representative))
    proof = data["proof"]
    other = {
        "index": proof["index"] ^ 1,
        "path": [*proof["path"][:-1], "0" * 64],
        "checkpoint": proof["checkpoint"].replace("\n32\n", "\n64\n"),
    }
    proof[name] = other[name]

    assert results(examine(data, world)) == {"proof": "fail"}


def test_replaced_answer_is_detected(representative: RepresentativeClient) -> None:
    data = json.loads(receipt(representative))
    data["details"]["answer"]["kind"] = "decline"

    assert results(examine(data, representative.world)) == {"details": "fail"}


def test_receipt_stays_valid_after_its_details_were_erased(
    representative: RepresentativeClient,
) -> None:
    data = json.loads(receipt(representative)) | {"details": None, "details_salt": ""}

    assert examine(data, representative.world).verdict == "genuine"


def test_receipt_that_the_log_leaves_out_convicts_the_association(
    representative: RepresentativeClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = representative.world
    kept, fresh = receipt(representative), entries(world)
    assert results(examine(kept, world, fresh))["log"] == "skipped", "nothing has been closed"

    mine = hash_statement(json.loads(kept)["statement"])
    list_all = store.log.list_unlogged_receipts
    monkeypatch.setattr(
        store.log,
        "list_unlogged_receipts",
        lambda *given: [
            each for each in list_all(*given) if hash_statement(each.statement) != mine
        ],
    )
    closed(representative)

    report = examine(kept, world, entries(world))
    assert report.verdict == "genuine", "the association has signed it"
    assert results(report)["log"] == "fail"
    assert any("ausgelassen" in reason for reason in report.describe("de")["reasons"])


def test_answer_taken_down_after_the_closing_convicts_nobody(
    representative: RepresentativeClient,
) -> None:
    before = representative.world.now
    world = closed(representative)
    actions.amendments.record_answer(
        world.db,
        world.invitation_status("03").invitation.id,
        RecordedAnswer(decline(), Channel.LETTER, before.date(), "Brief"),
        None,
        expected_version=0,
        form_key="a",
        actor="office",
        now=before,  # it was begun before the closing, and waited for it
    )
    version = world.invitation_status("03").version
    assert version
    late = store.log.get_receipt(world.db, version).statement

    log = verify_signoff.open_log(entries(world))
    (_index, closing), *_others = log.statements
    assert late["at"] == closing["at"]
    assert verify_signoff.compare_with_log(late, log) is None


def test_log_that_does_not_hold_is_refused(representative: RepresentativeClient) -> None:
    world = closed(representative)
    log = json.loads(entries(world))
    (statement,) = log["statements"]  # at a random place among the leaves

    for name, other in (
        ("leaves", [*log["leaves"][:-1], "0" * 64]),
        ("leaves", log["leaves"][:-1]),
        ("checkpoints", [log["checkpoints"][0].replace("\n32\n", "\n31\n")]),
        ("statements", [{**statement, "index": (statement["index"] + 1) % 32}]),
        ("statements", [{**statement, "index": statement["index"] - 32}]),
        ("key", LogKey(b"f" * 32).verifier_key),
        ("format", "signoff-log-2"),
    ):
        with pytest.raises(verify_signoff.ERRORS):
            verify_signoff.open_log(json.dumps({**log, name: other}).encode())


def test_receipt_contains_no_link_and_no_number_of_the_audit_log(
    representative: RepresentativeClient,
) -> None:
    content = receipt(representative).decode()

    assert representative.token not in content
    assert "/s/" not in content
    assert "seq" not in content


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"[]",
        b"{}",
        b"\xff",
        b'{"format": "signoff-receipt-1"}',
        b'{"format": 1e3}',
        b"[" * 9999,
    ],
)
def test_other_file_is_refused(tmp_path: Path, content: bytes, capsys) -> None:
    path = tmp_path / "x.json"
    path.write_bytes(content)

    assert verify_signoff.main([str(path)]) == 1
    assert "nicht echt" in capsys.readouterr().out
    with pytest.raises(SystemExit, match="2"):
        verify_signoff.main([str(tmp_path / "none.json")])
