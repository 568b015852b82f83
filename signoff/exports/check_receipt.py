"""Check a receipt or a certificate of Signoff (``docs/verify.md``).

Usage: ``python check_receipt.py FILE [--key FILE] [--log entries.json]``

This single file needs only the standard library of Python and no part of Signoff, so that it can be
kept with the receipt for decades. ``--key`` is a file with the line of ``/log/key``, ``--log`` is
``/log/entries.json``: a receipt that should be in the log and is not convicts the association.

Exit status: 0 genuine, 1 not genuine, 3 cannot tell without the key, 2 no such file.
"""

import json
import re
import sys
from base64 import b64decode, b64encode
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from hashlib import sha256, sha512
from pathlib import Path
from typing import Any, NamedTuple

RECEIPT_FORMAT, CERTIFICATE_FORMAT = "signoff-receipt-1", "signoff-certificate-1"
LOG_FORMAT = "signoff-log-1"
FORMATS = (RECEIPT_FORMAT, CERTIFICATE_FORMAT)
FILE_NAMES = {
    RECEIPT_FORMAT: {"format", "statement", "signature", "key", "details", "details_salt", "proof"},
    CERTIFICATE_FORMAT: {"format", "statement", "signature", "key", "log"},
}
MAX_CHECKPOINTS = 30  # in one file: verifying one takes some milliseconds
ROUND = ("paper", "edition", "edition_digest", "opened_at")
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}\+00:00")
DIGEST = re.compile(r"[0-9a-f]{64}")
SALT = re.compile(r"(?:[0-9a-f]{2})+")
KEY_LINE = re.compile(r"(signoff/[0-9a-f]{16})\+([0-9a-f]{8})\+([A-Za-z0-9+/]{44})")


def _(text: str) -> str:
    """Marks a sentence that pages and command line translate."""
    return text


class InvalidFile(Exception):
    """Which check fails, and why, in one sentence."""

    def __init__(self, check: str, sentence: str) -> None:
        super().__init__(sentence)
        self.check = check


class Check(NamedTuple):
    name: str
    result: str  # pass | fail | skipped
    sentence: str


@dataclass
class Report:
    """``verdict`` is ``genuine``, ``not_genuine`` or ``cannot_tell``."""

    verdict: str
    reasons: list[str]
    checks: list[Check] = field(default_factory=list)
    statement: dict[str, Any] = field(default_factory=dict)
    key: str = ""


GENUINE = _("Die Datei ist echt: Der Verband hat sie signiert.")
NOT_GENUINE = _("Die Datei ist nicht echt.")
UNKNOWN_KEY = _(
    "Ob die Datei echt ist, lässt sich von hier aus nicht sagen: Ihre Signatur ist unversehrt, "
    "aber der Schlüssel ist hier nicht bekannt."
)
PASSED = {
    "form": _("Die Datei hat die Form eines Nachweises."),
    "signature": _("Die Signatur passt zu dem, was die Datei bestätigt."),
    "details": _("Die Rückmeldung in der Datei ist die, die bestätigt wurde."),
    "proof": _("Was die Datei bestätigt, steht im Prüfverzeichnis des Verbandes."),
    "key": _("Der Schlüssel ist der des Verbandes."),
    "log": _("Die Bestätigung steht unter den Einträgen des Prüfverzeichnisses."),
}
SKIPPED = {
    "details": _("Die Einzelheiten der Rückmeldung sind gelöscht; ihre Prüfsumme ist noch da."),
    "proof": _(
        "Einen Nachweis aus dem Prüfverzeichnis enthält die Datei nicht. Nach der Schließung gibt es einen."
    ),
    "key": _("Mit dem Schlüssel des Verbandes wurde die Datei nicht verglichen."),
    "log": _("Mit den Einträgen des Prüfverzeichnisses wurde die Datei nicht verglichen."),
}
MISSING = _(
    "Der Verband hat diese Rückmeldung bestätigt und sie in seinem Prüfverzeichnis ausgelassen. "
    "Diese Datei beweist das."
)
NOT_DUE = _(
    "Im Prüfverzeichnis steht zu diesem Verfahren noch nichts, was nach dieser Bestätigung kam."
)


def examine(content: bytes, keys: Iterable[str], log: "Log | None" = None) -> Report:
    """Check a receipt or a certificate. ``keys`` are the verifier keys that are known to be the
    association's; ``log`` is compared if it has the same key.
    """
    try:
        data = parse_file(content)
        key = parse_key(data["key"])
        checks = list(run_checks(data, key))
    except InvalidFile as error:
        return Report(
            "not_genuine", [NOT_GENUINE, str(error)], [Check(error.check, "fail", str(error))]
        )
    is_known = data["key"] in set(keys)
    checks.append(passed("key") if is_known else skipped("key"))
    reasons = [GENUINE if is_known else UNKNOWN_KEY]
    if data["format"] == RECEIPT_FORMAT:
        checks.append(compare_with_log(data["statement"], log if log and log.key == key else None))
        reasons += [check.sentence for check in checks if check.result == "fail"]
    verdict = "genuine" if is_known else "cannot_tell"
    return Report(verdict, reasons, checks, data["statement"], data["key"])


def run_checks(data: dict[str, Any], key: "Key") -> Iterable[Check]:
    """The checks of the file alone; raises ``InvalidFile``."""
    statement = data["statement"]
    yield passed("form")
    verify_signature(key, canonical_json(statement), data["signature"])
    yield passed("signature")
    if data["format"] == RECEIPT_FORMAT:
        yield check_details(data)
        if data["proof"] is None:
            yield skipped("proof")
            return
        verify_proof(hash_leaf(statement), data["proof"], key)
    else:
        check_log_statements(statement, data["log"], key)
    yield passed("proof")


def passed(name: str) -> Check:
    return Check(name, "pass", PASSED[name])


def skipped(name: str) -> Check:
    return Check(name, "skipped", SKIPPED[name])


def parse_file(content: bytes) -> dict[str, Any]:
    wrong = InvalidFile("form", _("Sie hat nicht die Form eines Nachweises."))
    data = parse_json(content, wrong)
    names = FILE_NAMES.get(str(data.get("format")))
    if names is None or set(data) != names or not isinstance(data["statement"], dict):
        raise wrong
    statement = data["statement"]
    if statement.get("format") != data["format"] or not all(name in statement for name in ROUND):
        raise wrong
    if data["format"] == RECEIPT_FORMAT:
        texts = ("reference", "answer", "at", "details")
        if not all(isinstance(statement.get(name), str) for name in texts):
            raise wrong
        if not MOMENT.fullmatch(statement["at"]) or not DIGEST.fullmatch(statement["details"]):
            raise wrong
    return data


def parse_json(content: bytes, wrong: InvalidFile) -> dict[str, Any]:
    try:
        data = json.loads(
            content,
            object_pairs_hook=reject_duplicate_names,
            parse_float=reject_number,
            parse_constant=reject_number,
        )
        canonical_json(data)  # what has no bytes cannot be signed
    except (ValueError, RecursionError):
        raise wrong from None
    if not isinstance(data, dict):
        raise wrong
    return data


def reject_duplicate_names(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    data = dict(pairs)
    if len(data) != len(pairs):
        raise ValueError("a name occurs twice")
    return data


def reject_number(text: str) -> None:
    raise ValueError(f"no integer: {text}")


def check_details(data: dict[str, Any]) -> Check:
    statement, details = data["statement"], data["details"]
    if details is None:
        return skipped("details")
    wrong = InvalidFile("details", _("Die Rückmeldung in ihr ist eine andere als die bestätigte."))
    try:
        if not SALT.fullmatch(data["details_salt"]):
            raise wrong
        salt = bytes.fromhex(data["details_salt"])
        digest = sha256(salt + canonical_json(details)).hexdigest()
        answer = details.get("answer", {}).get("kind", statement["answer"])
        text = details.get("text", statement["edition_digest"])
    except (TypeError, ValueError, AttributeError):
        raise wrong from None
    if (digest, answer, text) != (
        statement["details"],
        statement["answer"],
        statement["edition_digest"],
    ):
        raise wrong
    return passed("details")


def check_log_statements(statement: dict[str, Any], items: Any, key: "Key") -> None:
    """Each statement is about the round of the certificate, and is in the log."""
    wrong = InvalidFile("proof", _("Ihre Nachweise aus dem Prüfverzeichnis passen nicht zu ihr."))
    if not isinstance(items, list):
        raise wrong
    known: dict[str, Tree] = {}
    for item in items:
        if not isinstance(item, dict) or set(item) != {"statement", "proof"}:
            raise wrong
        stated = item["statement"]
        if not isinstance(stated, dict) or any(
            stated.get(name) != statement[name] for name in ROUND
        ):
            raise wrong
        verify_proof(hash_leaf(stated), item["proof"], key, known)
    closings = [item for item in items if item["statement"].get("kind") == "closing"]
    if not closings and statement.get("closed_at"):
        raise wrong


# The key, signatures and checkpoints (C2SP signed note and tlog-checkpoint).


class Key(NamedTuple):
    name: str
    id: bytes
    public: bytes

    @property
    def digest(self) -> str:
        return sha256(self.public).hexdigest()


def parse_key(line: Any) -> Key:
    """The key of a verifier key; raises ``InvalidFile``."""
    wrong = InvalidFile("signature", _("Ihr Schlüssel ist nicht lesbar."))
    match = KEY_LINE.fullmatch(line) if isinstance(line, str) else None
    if match is None:
        raise wrong
    content = decode_base64(match[3], wrong)
    key = Key(match[1], bytes.fromhex(match[2]), content[1:])
    expected = sha256(key.name.encode() + b"\n" + content).digest()[:4]
    if content[:1] != b"\x01" or key.id != expected or key.name != f"signoff/{key.digest[:16]}":
        raise wrong
    return key


def find_keys(text: str) -> list[str]:
    """The verifier keys in a text."""
    return [line.strip() for line in text.splitlines() if KEY_LINE.fullmatch(line.strip())]


def verify_signature(key: Key, message: bytes, signature: Any) -> None:
    wrong = InvalidFile("signature", _("Ihre Signatur passt nicht zu dem, was sie bestätigt."))
    content = decode_base64(signature, wrong)
    if content[:4] != key.id or not verify_ed25519(key.public, message, content[4:]):
        raise wrong


def decode_base64(text: Any, wrong: InvalidFile) -> bytes:
    """The bytes, of the one spelling that encoding them gives."""
    try:
        content = b64decode(text, validate=True)
    except (TypeError, ValueError):
        raise wrong from None
    if b64encode(content).decode() != text:
        raise wrong
    return content


class Tree(NamedTuple):
    """The tree of a checkpoint."""

    size: int
    root: bytes


def parse_checkpoint(note: Any, key: Key) -> Tree:
    """The tree of a checkpoint that the key has signed; raises ``InvalidFile``."""
    wrong = InvalidFile(
        "proof", _("Ein Prüfpunkt des Prüfverzeichnisses ist nicht gültig signiert.")
    )
    pattern = r"(({0})\n([1-9]\d{{0,15}})\n([A-Za-z0-9+/=]+)\n)\n— {0} ([A-Za-z0-9+/=]+)\n"
    match = (
        re.fullmatch(pattern.format(re.escape(key.name)), note, re.ASCII)
        if isinstance(note, str)
        else None
    )
    root = decode_base64(match[4], wrong) if match else b""
    if match is None or len(root) != 32:
        raise wrong
    try:
        verify_signature(key, match[1].encode(), match[5])
    except InvalidFile:
        raise wrong from None
    return Tree(int(match[3]), root)


def verify_proof(leaf: bytes, proof: Any, key: Key, known: "dict[str, Tree] | None" = None) -> Tree:
    """The tree of the checkpoint that the proof leads to; raises ``InvalidFile``.

    ``known`` are checkpoints that have been verified before.
    """
    wrong = InvalidFile(
        "proof", _("Ihr Nachweis führt nicht zum Prüfpunkt des Prüfverzeichnisses.")
    )
    if not isinstance(proof, dict) or set(proof) != {"index", "path", "checkpoint"}:
        raise wrong
    index, path, note = proof["index"], proof["path"], proof["checkpoint"]
    known = {} if known is None else known
    if not isinstance(note, str) or (note not in known and len(known) >= MAX_CHECKPOINTS):
        raise wrong
    tree = known.get(note) or known.setdefault(note, parse_checkpoint(note, key))
    if type(index) is not int or not isinstance(path, list):
        raise wrong
    if not all(isinstance(step, str) and DIGEST.fullmatch(step) for step in path):
        raise wrong
    if compute_root(leaf, index, tree.size, [bytes.fromhex(step) for step in path]) != tree.root:
        raise wrong
    return tree


# The Merkle tree (RFC 6962, RFC 9162).


def canonical_json(value: Any) -> bytes:
    return json.dumps(
        value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False
    ).encode()


def hash_leaf(statement: Any) -> bytes:
    return sha256(b"\x00" + canonical_json(statement)).digest()


def hash_children(left: bytes, right: bytes) -> bytes:
    return sha256(b"\x01" + left + right).digest()


def compute_root(leaf: bytes, index: int, size: int, path: Sequence[bytes]) -> bytes | None:
    """The root over ``size`` leaves by leaf ``index`` (from 0) and its path (RFC 9162, 2.1.3.2);
    ``None`` if the path has another length.
    """
    if not 0 <= index < size:
        return None
    position, last, root = index, size - 1, leaf
    for step in path:
        if last == 0:
            return None
        if position % 2 or position == last:
            root = hash_children(step, root)
            while position % 2 == 0 and position:
                position, last = position // 2, last // 2
        else:
            root = hash_children(root, step)
        position, last = position // 2, last // 2
    return root if last == 0 else None


def compute_roots(leaves: Sequence[bytes]) -> Iterable[bytes]:
    """The root after each leaf."""
    stack: list[tuple[int, bytes]] = []
    for leaf in leaves:
        stack.append((1, leaf))
        while len(stack) > 1 and stack[-1][0] == stack[-2][0]:
            (width, right), (_width, left) = stack.pop(), stack.pop()
            stack.append((2 * width, hash_children(left, right)))
        root = stack[-1][1]
        for _width, left in reversed(stack[:-1]):
            root = hash_children(left, root)
        yield root


# The log, and a receipt that should be in it.


class Log(NamedTuple):
    """A log that holds: every checkpoint extends the one before."""

    key: Key
    leaves: list[bytes]
    sizes: list[int]  # of the trees of the checkpoints
    statements: list[tuple[int, dict[str, Any]]]  # with their index


def parse_log(content: bytes) -> Log:
    """The log of an ``entries.json``; raises ``InvalidFile``."""
    wrong = InvalidFile(
        "log", _("Die Datei mit den Einträgen des Prüfverzeichnisses ist nicht gültig.")
    )
    data = parse_json(content, wrong)
    try:
        key = parse_key(data["key"])
        leaves = [bytes.fromhex(leaf) for leaf in data["leaves"] if DIGEST.fullmatch(leaf)]
        trees = [parse_checkpoint(note, key) for note in data["checkpoints"]]
        statements = [(item["index"], item["statement"]) for item in data["statements"]]
        holds = (
            data["format"] == LOG_FORMAT
            and len(leaves) == len(data["leaves"])
            and all(hash_leaf(statement) == leaves[index] for index, statement in statements)
        )
    except (KeyError, TypeError, IndexError, AttributeError):
        raise wrong from None
    roots = list(compute_roots(leaves))
    if not holds or any(
        tree.size > len(roots) or roots[tree.size - 1] != tree.root for tree in trees
    ):
        raise wrong
    return Log(key, leaves, sorted(tree.size for tree in trees), statements)


def compare_with_log(receipt: dict[str, Any], log: Log | None) -> Check:
    """Whether the receipt is in the log; it is missing if a later statement about its round is
    there without it.
    """
    if log is None:
        return skipped("log")
    leaf = hash_leaf(receipt)
    for index, stated in log.statements:
        size = next((size for size in log.sizes if size > index), 0)
        is_later = all(stated.get(name) == receipt[name] for name in ROUND) and (
            stated.get("format") == LOG_FORMAT and str(stated.get("at")) > receipt["at"]
        )
        if size and is_later and leaf not in log.leaves[:size]:
            return Check("log", "fail", MISSING)
    return passed("log") if leaf in log.leaves else Check("log", "skipped", NOT_DUE)


# Ed25519 (RFC 8032, 5.1.7), which the standard library lacks.

P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, -1, P) % P
ROOT_OF_MINUS_ONE = pow(2, (P - 1) // 4, P)
Point = tuple[int, int, int, int]


def verify_ed25519(public: bytes, message: bytes, signature: bytes) -> bool:
    if len(signature) != 64:
        return False
    scalar, point = int.from_bytes(signature[32:], "little"), decode_point(public)
    if point is None or scalar >= L:
        return False
    digest = sha512(signature[:32] + public + message).digest()
    x, y, z, t = multiply(int.from_bytes(digest, "little") % L, point)
    found = add(multiply(scalar, BASE), (-x % P, y, z, -t % P))
    return encode_point(found) == signature[:32]


def add(first: Point, second: Point) -> Point:
    a = (first[1] - first[0]) * (second[1] - second[0]) % P
    b = (first[1] + first[0]) * (second[1] + second[0]) % P
    c, d = 2 * first[3] * second[3] * D % P, 2 * first[2] * second[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % P, g * h % P, f * g % P, e * h % P


def multiply(scalar: int, point: Point) -> Point:
    result: Point = (0, 1, 1, 0)
    while scalar:
        if scalar & 1:
            result = add(result, point)
        point, scalar = add(point, point), scalar >> 1
    return result


def recover_x(y: int, sign: int) -> int | None:
    square = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * ROOT_OF_MINUS_ONE % P
    if (x * x - square) % P or (x == 0 and sign):
        return None
    return P - x if x & 1 != sign else x


def decode_point(content: bytes) -> Point | None:
    number = int.from_bytes(content, "little")
    y, sign = number & ((1 << 255) - 1), number >> 255
    x = recover_x(y, sign) if y < P else None
    return None if x is None else (x, y, 1, x * y % P)


def encode_point(point: Point) -> bytes:
    inverse = pow(point[2], -1, P)
    x, y = point[0] * inverse % P, point[1] * inverse % P
    return (y | (x & 1) << 255).to_bytes(32, "little")


BASE_Y = 4 * pow(5, -1, P) % P
BASE_X = recover_x(BASE_Y, 0) or 0
BASE: Point = (BASE_X, BASE_Y, 1, BASE_X * BASE_Y % P)


# The command line.

EXIT_STATUS = {"genuine": 0, "not_genuine": 1, "cannot_tell": 3}


def main(arguments: list[str]) -> int:
    """Print the result and return the exit status."""
    options = {"--key": "", "--log": ""}
    files = list(arguments)
    for name in options:
        if name in files[:-1]:
            at = files.index(name)
            options[name] = files[at + 1]
            del files[at : at + 2]
    if len(files) != 1:
        print(__doc__)
        return 2
    try:
        content = Path(files[0]).read_bytes()
        keys = find_keys(Path(options["--key"]).read_text("utf-8")) if options["--key"] else []
        log = parse_log(Path(options["--log"]).read_bytes()) if options["--log"] else None
    except (OSError, UnicodeDecodeError) as error:
        print(f"Nicht lesbar: {error}", file=sys.stderr)
        return 2
    except InvalidFile as error:
        print(error, file=sys.stderr)
        return 2
    report = examine(content, keys, log)
    print("\n".join([*report.reasons, *describe(report.statement)]))
    for check in report.checks:
        print(f"{check.result:8} {check.sentence}")
    return EXIT_STATUS[report.verdict]


def describe(statement: dict[str, Any]) -> list[str]:
    """What a genuine file states."""
    names = ("association", "member", "reference", "answer", "at", *ROUND)
    return [f"{name}: {statement[name]}" for name in names if name in statement]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
