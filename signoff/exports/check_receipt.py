"""Check the receipt of an answer.

Usage: ``python check_receipt.py receipt.json [later.json | SIZE:ROOT …]``

This single file needs only the standard library of Python and no part of Signoff, so that it can be
kept with the receipt for decades. It checks that the details match their digest, that the entry
matches its leaf, that leaf and path lead to the root (right after the answer and at the time of the
download), that the older log is a prefix of the newer one (RFC 6962, 2.1.1 and 2.1.2), and that
further checkpoints agree: those of another receipt, or a size and root as printed in a PDF.

Exit status: 0 genuine, 1 not genuine, 2 no such file.
"""

import json
import re
import sys
from hashlib import sha256
from pathlib import Path
from typing import Any

RECEIPT_FORMAT = "signoff-receipt-1"
DIGEST_PATTERN = re.compile(r"[0-9a-f]{64}")
RECEIPT_KEYS = {
    "format",
    "about",
    "entry",
    "details",
    "details_salt",
    "leaf",
    "then",
    "now",
    "consistency",
    "checksum",
}
ENTRY_FIELDS = ("at", "event", "actor", "subject", "details_digest")


class InvalidReceipt(Exception):
    """The reason why the receipt is invalid, in one sentence."""


def main(arguments: list[str]) -> int:
    """Print the result and return the exit status."""
    if not arguments:
        print(__doc__)
        return 2
    try:
        receipt, *others = (load_receipt_or_checkpoint(argument) for argument in arguments)
        for line in build_report(receipt, others):
            print(line)
    except OSError as error:
        print(f"Nicht lesbar: {error}", file=sys.stderr)
        return 2
    except InvalidReceipt as error:
        print(f"NICHT ECHT: {error}")
        return 1
    return 0


def load_receipt_or_checkpoint(argument: str) -> dict[str, Any]:
    """Load a receipt file, or parse a checkpoint ``SIZE:ROOT``."""
    if match := re.fullmatch(r"(\d+):([0-9a-f]{64})", argument.lower()):
        return {"checkpoint": (int(match[1]), match[2])}
    try:
        receipt = json.loads(Path(argument).read_bytes(), object_pairs_hook=reject_duplicate_keys)
    except (UnicodeDecodeError, ValueError) as error:
        raise InvalidReceipt(f"{argument} ist keine lesbare Nachweisdatei ({error})") from None
    if not isinstance(receipt, dict):
        raise InvalidReceipt(f"{argument} ist keine Nachweisdatei")
    return receipt


def reject_duplicate_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    data = dict(pairs)
    if len(data) != len(pairs):
        raise ValueError("a name occurs twice")
    return data


def build_report(receipt: dict[str, Any], others: list[dict[str, Any]]) -> list[str]:
    """The results, one sentence per line; raises ``InvalidReceipt``."""
    roots = verify_receipt(receipt)
    lines = ["ECHT: Die Rückmeldung steht unverändert im Verlauf.", *describe_receipt(receipt)]
    for other in others:
        other_roots = (
            dict([other["checkpoint"]]) if "checkpoint" in other else verify_receipt(other)
        )
        shared = roots.keys() & other_roots.keys()
        if any(roots[size] != other_roots[size] for size in shared):
            raise InvalidReceipt(
                "ein anderer Nachweis nennt für denselben Stand eine andere Wurzel: der Verlauf ist gespalten"
            )
        if shared:
            lines.append(
                f"Stimmt mit dem anderen Nachweis überein (Stand nach Eintrag {max(shared)})."
            )
        else:
            sizes = ", ".join(map(str, sorted(other_roots)))
            lines.append(
                f"Nicht vergleichbar: der andere Nachweis nennt den Stand nach Eintrag {sizes}."
            )
    return lines


def describe_receipt(receipt: dict[str, Any]) -> list[str]:
    entry, details = receipt["entry"], receipt["details"] or {}
    answer = details.get("answer") or {}
    lines = [
        f"Eintrag {entry['seq']}, {entry['at']} (UTC), {entry['event']}, durch {entry['actor']}",
        f"Mitglied: {details.get('member', '-')}; Antwort: {answer.get('kind', '-')}",
        f"Prüfsumme des Textes (SHA-256): {details.get('text', '-')}",
        f"Wurzel nach Eintrag {receipt['then']['size']}: {receipt['then']['root']}",
        f"Wurzel nach Eintrag {receipt['now']['size']}: {receipt['now']['root']}",
    ]
    if receipt["details"] is None:
        lines.insert(
            1,
            "Die Einzelheiten der Rückmeldung sind gelöscht; ihre Prüfsumme steht noch im Verlauf.",
        )
    return lines


def verify_receipt(receipt: dict[str, Any]) -> dict[int, str]:
    """The checkpoints in a genuine receipt: roots by the number of entries."""
    try:
        return verify_proofs(receipt)
    except (KeyError, TypeError, ValueError, AttributeError, RecursionError) as error:
        raise InvalidReceipt(f"die Datei ist unvollständig oder beschädigt ({error!r})") from None


def verify_proofs(receipt: dict[str, Any]) -> dict[int, str]:
    if receipt.get("format") != RECEIPT_FORMAT or set(receipt) != RECEIPT_KEYS:
        raise InvalidReceipt("die Datei hat nicht die Form eines Nachweises")
    rest = {name: value for name, value in receipt.items() if name != "checksum"}
    if sha256(canonical_json(rest)).hexdigest() != receipt["checksum"]:
        raise InvalidReceipt(
            "die Prüfsumme der Datei stimmt nicht: sie ist beschädigt oder verändert"
        )
    entry, then, now = receipt["entry"], receipt["then"], receipt["now"]
    if receipt["details"] is not None:
        salt = bytes.fromhex(receipt["details_salt"])
        if sha256(salt + canonical_json(receipt["details"])).hexdigest() != entry["details_digest"]:
            raise InvalidReceipt("die Einzelheiten der Rückmeldung gehören nicht zu diesem Eintrag")
    leaf = compute_leaf(entry)
    if leaf != parse_digest(receipt["leaf"]):
        raise InvalidReceipt("der Eintrag ergibt nicht das angegebene Blatt")
    if then["size"] != entry["seq"]:
        raise InvalidReceipt("der Eintrag ist nicht der letzte seines Prüfpunkts")
    for checkpoint in (then, now):
        if compute_root(
            leaf,
            entry["seq"] - 1,
            checkpoint["size"],
            [parse_digest(step) for step in checkpoint["path"]],
        ) != parse_digest(checkpoint["root"]):
            raise InvalidReceipt(
                f"Blatt und Pfad ergeben nicht die Wurzel nach Eintrag {checkpoint['size']}"
            )
    proof = [parse_digest(step) for step in receipt["consistency"]]
    verify_consistency(
        then["size"], parse_digest(then["root"]), now["size"], parse_digest(now["root"]), proof
    )
    return {then["size"]: then["root"], now["size"]: now["root"]}


def canonical_json(value: Any) -> bytes:
    return json.dumps(
        value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False
    ).encode()


def parse_digest(text: Any) -> bytes:
    if not isinstance(text, str) or not DIGEST_PATTERN.fullmatch(text):
        raise ValueError(f"no digest: {text!r}")
    return bytes.fromhex(text)


def compute_leaf(entry: dict[str, Any]) -> bytes:
    """The leaf hash over the number of the entry and its salted commitment (RFC 6962, 2.1)."""
    line = canonical_json([entry[name] for name in ENTRY_FIELDS])
    commitment = sha256(bytes.fromhex(entry["salt"]) + line).hexdigest()
    return sha256(
        b"\x00" + canonical_json({"commitment": commitment, "seq": entry["seq"]})
    ).digest()


def hash_children(left: bytes, right: bytes) -> bytes:
    return sha256(b"\x01" + left + right).digest()


def compute_root(leaf: bytes, index: int, size: int, path: list[bytes]) -> bytes:
    """The root over ``size`` leaves by leaf ``index`` (from 0) and its path (RFC 9162, 2.1.3.2)."""
    if not 0 <= index < size:
        raise InvalidReceipt("der Eintrag liegt nicht in diesem Prüfpunkt")
    position, last, root = index, size - 1, leaf
    for step in path:
        if last == 0:
            raise InvalidReceipt("der Pfad ist zu lang")
        if position % 2 or position == last:
            root = hash_children(step, root)
            while position % 2 == 0 and position:
                position, last = position // 2, last // 2
        else:
            root = hash_children(root, step)
        position, last = position // 2, last // 2
    if last:
        raise InvalidReceipt("der Pfad ist zu kurz")
    return root


def verify_consistency(
    older: int, old_root: bytes, newer: int, new_root: bytes, proof: list[bytes]
) -> None:
    """Raise ``InvalidReceipt`` unless the old log is a prefix of the new (RFC 9162, 2.1.4.2)."""
    error = InvalidReceipt("der spätere Verlauf ist keine Fortsetzung des früheren")
    if older > newer or (older == newer and (proof or old_root != new_root)):
        raise error
    if older == newer:
        return
    steps = [old_root, *proof] if older & (older - 1) == 0 else proof
    if not steps:
        raise error
    position, last = older - 1, newer - 1
    while position % 2:
        position, last = position // 2, last // 2
    old = new = steps[0]
    for step in steps[1:]:
        if last == 0:
            raise error
        if position % 2 or position == last:
            old, new = hash_children(step, old), hash_children(step, new)
            while position % 2 == 0 and position:
                position, last = position // 2, last // 2
        else:
            new = hash_children(new, step)
        position, last = position // 2, last // 2
    if old != old_root or new != new_root or last:
        raise error


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
