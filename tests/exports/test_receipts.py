"""The receipt of an answer is verified offline, and every changed bit is detected."""

import json
import subprocess
import sys
from hashlib import sha256
from pathlib import Path

import pytest

from signoff import store
from signoff.exports import check_receipt
from tests.factories import HESITANT, MAYOR, UNWILLING, decline, sign
from tests.representative import RepresentativeClient
from tests.world import World

SCRIPT = Path(check_receipt.__file__)


@pytest.fixture
def representative(world: World) -> RepresentativeClient:
    client = RepresentativeClient(world)
    world.answer(HESITANT, decline())
    world.answer(MAYOR, sign(note="Im Rahmen der Mittel."))
    return client


def evidence(representative: RepresentativeClient) -> bytes:
    return representative.get("receipt.json").data


def checksummed(receipt: dict) -> dict:
    """The receipt with a new checksum, as a forger would write it."""
    receipt.pop("checksum")
    return receipt | {"checksum": sha256(check_receipt.canonical_json(receipt)).hexdigest()}


def test_receipt_is_verified_without_signoff_network_or_database(
    representative: RepresentativeClient, tmp_path: Path
) -> None:
    alone = tmp_path / "check_receipt.py"
    alone.write_text(SCRIPT.read_text("utf-8"), "utf-8")
    (tmp_path / "receipt.json").write_bytes(evidence(representative))
    command = [sys.executable, "-I", "-S", str(alone), "receipt.json"]
    done = subprocess.run(
        command, cwd=tmp_path, capture_output=True, text=True, env={"PYTHONUTF8": "1"}
    )

    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.startswith("ECHT: ")
    assert "Mitglied: 01; Antwort: sign" in done.stdout
    assert representative.world.access().edition.digest in done.stdout


def test_every_flipped_bit_in_a_receipt_is_detected(representative: RepresentativeClient) -> None:
    content = evidence(representative)
    assert check_receipt.verify_receipt(json.loads(content))
    unnoticed = []
    for at in range(len(content)):
        for bit in (0, 1, 4, 5):
            flipped = bytearray(content)
            flipped[at] ^= 1 << bit
            if not is_rejected(bytes(flipped)) and json.loads(flipped) != json.loads(content):
                unnoticed.append((at, bit))
    assert unnoticed == []


def is_rejected(content: bytes) -> bool:
    try:
        check_receipt.verify_receipt(
            json.loads(content, object_pairs_hook=check_receipt.reject_duplicate_keys)
        )
    except (check_receipt.InvalidReceipt, ValueError):
        return True
    return False


@pytest.mark.parametrize("name", ["at", "event", "actor", "subject", "details_digest", "salt"])
def test_forgery_with_a_correct_checksum_is_detected_by_the_leaf(
    representative: RepresentativeClient, name: str
) -> None:
    receipt = json.loads(evidence(representative))
    receipt["entry"][name] = receipt["entry"][name][:-1] + (
        "0" if receipt["entry"][name][-1] != "0" else "1"
    )
    receipt["details"] = None

    with pytest.raises(check_receipt.InvalidReceipt, match="Blatt|unvollständig"):
        check_receipt.verify_receipt(checksummed(receipt))


def test_replaced_answer_is_detected(representative: RepresentativeClient) -> None:
    receipt = json.loads(evidence(representative))
    receipt["details"]["answer"]["kind"] = "decline"

    with pytest.raises(check_receipt.InvalidReceipt, match="Einzelheiten"):
        check_receipt.verify_receipt(checksummed(receipt))


# A root does not bind the size of its tree: "now" is known by both together, as another receipt or a PDF gives them.
@pytest.mark.parametrize(
    ("which", "what"),
    [("then", "root"), ("then", "path"), ("then", "size"), ("now", "root"), ("now", "path")],
)
def test_forged_inclusion_path_is_detected(
    representative: RepresentativeClient, which: str, what: str
) -> None:
    representative.world.answer(UNWILLING, decline())
    receipt = json.loads(evidence(representative))
    value = receipt[which][what]
    receipt[which][what] = (
        value + 1 if what == "size" else "0" * 64 if what == "root" else [*value[:-1], "0" * 64]
    )

    with pytest.raises(check_receipt.InvalidReceipt):
        check_receipt.verify_receipt(checksummed(receipt))


def test_forged_consistency_proof_is_detected(representative: RepresentativeClient) -> None:
    representative.world.answer(UNWILLING, decline())
    receipt = json.loads(evidence(representative))
    receipt["consistency"][0] = "0" * 64

    with pytest.raises(check_receipt.InvalidReceipt, match="keine Fortsetzung"):
        check_receipt.verify_receipt(checksummed(receipt))


def test_later_receipt_agrees_with_a_printed_checkpoint_or_the_difference_is_detected(
    representative: RepresentativeClient,
) -> None:
    first = json.loads(evidence(representative))
    representative.world.answer(UNWILLING, decline())
    later = json.loads(evidence(representative))
    last = store.audit.find_latest(representative.world.db)
    assert last

    assert later["then"] == first["then"]
    assert later["now"]["size"] == last.seq
    lines = check_receipt.build_report(
        first, [later, {"checkpoint": (first["now"]["size"], first["now"]["root"])}]
    )
    assert sum("Stimmt" in line for line in lines) == 2
    with pytest.raises(check_receipt.InvalidReceipt, match="gespalten"):
        check_receipt.build_report(later, [{"checkpoint": (last.seq, "0" * 64)}])
    (line,) = check_receipt.build_report(first, [{"checkpoint": (999, "0" * 64)}])[-1:]
    assert line.startswith("Nicht vergleichbar")


def test_receipt_stays_valid_after_its_details_were_erased(
    representative: RepresentativeClient,
) -> None:
    receipt = json.loads(evidence(representative))
    receipt["details"] = None

    lines = check_receipt.build_report(checksummed(receipt), [])
    assert any("gelöscht" in line for line in lines)


def test_receipt_contains_no_link(representative: RepresentativeClient) -> None:
    content = evidence(representative).decode()

    assert representative.token not in content
    assert "/s/" not in content


@pytest.mark.parametrize(
    "content", [b"", b"[]", b"{}", b"\xff", b'{"format": "signoff-receipt-1"}']
)
def test_other_file_is_refused_with_a_message(tmp_path: Path, content: bytes, capsys) -> None:
    path = tmp_path / "x.json"
    path.write_bytes(content)

    assert check_receipt.main([str(path)]) == 1
    assert capsys.readouterr().out.startswith("NICHT ECHT: ")
    assert check_receipt.main([str(tmp_path / "none.json")]) == 2
