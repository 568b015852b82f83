"""A second verifier of what Signoff gives away, written from ``docs/verify.md`` alone.

It shares no code with ``verify_signoff.py``, and its author has read nothing else of Signoff. Where
that one has the standard library, it uses common libraries. A mistake in one of them, or a gap in
the document, shows as two verdicts about one file.
"""

from __future__ import annotations

import base64
import csv
import hashlib
import io
import json
import re
import unicodedata
import zipfile
import zlib
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pikepdf
from asn1crypto import cms, tsp
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.x509 import ocsp
from cryptography.x509.oid import ExtendedKeyUsageOID

GENUINE, NOT_GENUINE, CANNOT_TELL = "genuine", "not_genuine", "cannot_tell"
MAX_INFLATED = 1 << 28


class Wrong(Exception):
    """What is examined is not as it must be; the text says why."""


def need(condition: object, reason: str) -> None:
    if not condition:
        raise Wrong(reason)


@dataclass
class Result:
    verdict: str
    reason: str
    log: str = "skipped"  # the check of this name


@dataclass
class Held:
    """What a reader holds beside the file."""

    keys: dict[str, Key] = field(default_factory=dict)
    certificates: list[x509.Certificate] = field(default_factory=list)
    log: Log | None = None


# Bytes.


def sha256(*parts: bytes) -> bytes:
    return hashlib.sha256(b"".join(parts)).digest()


def canonical(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def same_json(one: object, other: object) -> bool:
    return canonical(one) == canonical(other)  # True is not 1 here


def parse_json(data: bytes) -> Any:
    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        need(len({name for name, _ in pairs}) == len(pairs), "a name occurs twice in an object")
        return dict(pairs)

    def integer(text: str) -> int:
        need(not text.startswith("-"), "a number has a sign")
        return int(text)

    def refuse(text: str) -> None:
        raise Wrong("a number is no integer")

    need(not data.startswith(b"\xef\xbb\xbf"), "the JSON has a byte order mark")
    try:
        value = json.loads(
            data.decode("utf-8"),
            object_pairs_hook=unique,
            parse_int=integer,
            parse_float=refuse,
            parse_constant=refuse,
        )
        canonical(value)  # a lone surrogate has no UTF-8
    except (ValueError, RecursionError) as error:
        raise Wrong(f"it cannot be read as JSON ({type(error).__name__})") from error
    return value


def names(value: object, exactly: str, what: str) -> dict[str, Any]:
    need(
        isinstance(value, dict) and set(value) == set(exactly.split()),
        f"the names of {what} are not those of its format",
    )
    assert isinstance(value, dict)
    return value


def is_digest(value: object) -> bool:
    return isinstance(value, str) and re.fullmatch("[0-9a-f]{64}", value) is not None


def is_natural(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def is_moment(value: object) -> bool:
    if not isinstance(value, str) or not re.fullmatch(
        r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{6}\+00:00", value
    ):
        return False
    try:
        datetime.fromisoformat(value)
    except ValueError:
        return False
    return True


def unbase64(text: object, length: int, what: str) -> bytes:
    try:
        data = base64.b64decode(text, validate=True) if isinstance(text, str) else b""
    except ValueError:
        data = b""
    need(
        len(data) == length and base64.b64encode(data).decode() == text,
        f"{what} is not well-formed base64",
    )
    return data


# Key, signature, log.


@dataclass(frozen=True)
class Key:
    line: str
    name: str
    id: bytes
    public: bytes

    @classmethod
    def parse(cls, line: object) -> Key:
        need(
            isinstance(line, str) and line.count("+") >= 2, "the key of the log is not well formed"
        )
        assert isinstance(line, str)
        name, key_id, rest = line.split("+", 2)
        data = unbase64(rest, 33, "the key of the log")
        public = data[1:]
        computed = sha256(name.encode(), b"\n\x01", public)[:4]
        need(data[0] == 1, "the key of the log is not an Ed25519 key")
        need(
            name == "signoff/" + sha256(public).hex()[:16],
            "the name of the key of the log is not that of its bytes",
        )
        need(key_id == computed.hex(), "the id of the key of the log is not that of its bytes")
        return cls(line, name, computed, public)

    def check(self, signature: object, message: bytes, what: str) -> None:
        data = unbase64(signature, 68, f"the signature of {what}")
        need(data[:4] == self.id, f"the signature of {what} is by another key")
        try:
            ed25519.Ed25519PublicKey.from_public_bytes(self.public).verify(data[4:], message)
        except (InvalidSignature, ValueError) as error:
            raise Wrong(f"the signature of {what} is wrong") from error


@dataclass(frozen=True)
class Checkpoint:
    size: int
    root: bytes

    @classmethod
    def parse(cls, note: object, key: Key) -> Checkpoint:
        need(isinstance(note, str), "a checkpoint is no text")
        assert isinstance(note, str)
        lines = note.split("\n")
        need(len(lines) == 6 and lines[3] == lines[5] == "", "a checkpoint has not its five lines")
        origin, number, root, _, signed, _ = lines
        need(origin == key.name, "a checkpoint is of another log")
        need(
            re.fullmatch("[1-9][0-9]{0,15}", number),
            "the number of leaves of a checkpoint is not well formed",
        )
        digest = unbase64(root, 32, "the root of a checkpoint")
        start = f"\N{EM DASH} {key.name} "
        need(signed.startswith(start), "a checkpoint is signed under another name")
        key.check(
            signed.removeprefix(start), f"{origin}\n{number}\n{root}\n".encode(), "a checkpoint"
        )
        return cls(int(number), digest)


def leaf_of(statement: object) -> bytes:
    return sha256(b"\0", canonical(statement))


def node(left: bytes, right: bytes) -> bytes:
    return sha256(b"\1", left, right)


def roots(leaves: Iterable[bytes], sizes: set[int]) -> dict[int, bytes]:
    """The roots of the trees over the first leaves, for all sizes, in one pass."""
    found: dict[int, bytes] = {}
    complete: list[bytes] = []  # roots of the complete subtrees, the largest first
    for number, leaf in enumerate(leaves, 1):
        complete.append(leaf)
        count = number
        while count % 2 == 0:
            right = complete.pop()
            complete.append(node(complete.pop(), right))
            count //= 2
        if number in sizes:
            root = complete[-1]
            for left in reversed(complete[:-1]):
                root = node(left, root)
            found[number] = root
    return found


def root_from_path(leaf: bytes, index: int, size: int, path: Sequence[bytes]) -> bytes | None:
    """RFC 9162 2.1.3.2."""
    if index >= size:
        return None
    first, last, root = index, size - 1, leaf
    for step in path:
        if last == 0:
            return None
        if first & 1 or first == last:
            root = node(step, root)
            while first and not first & 1:
                first >>= 1
                last >>= 1
        else:
            root = node(root, step)
        first >>= 1
        last >>= 1
    return root if last == 0 else None


def check_proof(value: object, statement: object, key: Key) -> Checkpoint:
    proof = names(value, "index path checkpoint", "a proof")
    index, path = proof["index"], proof["path"]
    need(is_natural(index), "the index of a proof is no number")
    need(
        isinstance(path, list) and len(path) <= 64 and all(map(is_digest, path)),
        "the path of a proof is no list of digests",
    )
    checkpoint = Checkpoint.parse(proof["checkpoint"], key)
    root = root_from_path(
        leaf_of(statement), index, checkpoint.size, [bytes.fromhex(step) for step in path]
    )
    need(root == checkpoint.root, "a proof does not lead to its checkpoint")
    return checkpoint


ROUND = ("paper", "edition", "edition_digest", "opened_at")


def check_statement(value: object, texts: str, what: str) -> dict[str, Any]:
    need(isinstance(value, dict), f"{what} is no object")
    assert isinstance(value, dict)
    for name in texts.split():
        need(isinstance(value.get(name), str), f"{what} has no text {name!r}")
    need(is_natural(value.get("edition")), f"{what} has no number of an edition")
    return value


def check_log_statement(value: object) -> dict[str, Any]:
    statement = check_statement(
        value, "format kind at paper edition_digest opened_at", "a statement of the log"
    )
    need(statement["format"] == "signoff-log-1", "a statement of the log is of another format")
    need(is_moment(statement["at"]), "a statement of the log has no moment")
    return statement


def check_receipt_statement(value: object) -> dict[str, Any]:
    statement = check_statement(
        value,
        "format paper edition_digest opened_at reference answer at details",
        "the statement of a receipt",
    )
    need(
        statement["format"] == "signoff-receipt-1",
        "the statement of a receipt is of another format",
    )
    need(is_moment(statement["at"]), "the statement of a receipt has no moment")
    need(is_digest(statement["details"]), "the statement of a receipt has no digest of its details")
    return statement


@dataclass
class Log:
    key: Key
    leaves: list[bytes]
    checkpoints: list[Checkpoint]
    statements: list[tuple[int, dict[str, Any]]]

    @classmethod
    def parse(cls, value: object) -> Log:
        log = names(value, "format key leaves checkpoints statements", "the log")
        need(log["format"] == "signoff-log-1", "the log is of another format")
        key = Key.parse(log["key"])
        need(
            all(isinstance(log[name], list) for name in ("leaves", "checkpoints", "statements")),
            "the log has no lists",
        )
        need(all(map(is_digest, log["leaves"])), "a leaf of the log is no digest")
        leaves = [bytes.fromhex(leaf) for leaf in log["leaves"]]
        checkpoints = [Checkpoint.parse(note, key) for note in log["checkpoints"]]
        computed = roots(leaves, {checkpoint.size for checkpoint in checkpoints})
        for checkpoint in checkpoints:
            need(
                computed.get(checkpoint.size) == checkpoint.root,
                "a checkpoint has not the root of the leaves of the log",
            )
        proven = max((checkpoint.size for checkpoint in checkpoints), default=0)
        statements = []
        for item in log["statements"]:
            entry = names(item, "index statement", "an entry of the log")
            statement = check_log_statement(entry["statement"])
            index = entry["index"]
            need(
                is_natural(index) and index < proven,
                "a statement of the log is in the tree of no checkpoint",
            )
            need(
                leaves[index] == leaf_of(statement),
                "a statement of the log has not the leaf at its index",
            )
            statements.append((index, statement))
        return cls(key, leaves, checkpoints, statements)

    def compare(self, receipt: dict[str, Any]) -> str:
        """The check `log` of a receipt's statement: fail, pass or skipped."""
        leaf = leaf_of(receipt)
        place = self.leaves.index(leaf) if leaf in self.leaves else len(self.leaves)
        sizes = sorted(checkpoint.size for checkpoint in self.checkpoints)
        for index, statement in self.statements:
            if (
                all(statement[name] == receipt[name] for name in ROUND)
                and statement["at"] > receipt["at"]
                and place >= next(size for size in sizes if size > index)
            ):
                return "fail"
        return "pass" if sizes and place < sizes[-1] else "skipped"


def verdict_by_key(what: str, key: Key, held: Held) -> Result:
    if key.line in held.keys:
        return Result(GENUINE, f"{what} is signed by the key of the log that was given.")
    return Result(
        CANNOT_TELL,
        f"{what} is consistent, but whether its key is that of the association was not given.",
    )


# Receipt, certificate, log as files.


def check_signed(file: dict[str, Any], texts: str, what: str) -> tuple[Key, dict[str, Any]]:
    key = Key.parse(file["key"])
    statement = check_statement(file["statement"], texts, f"the statement of {what}")
    need(
        statement["format"] == file["format"], f"{what} and its statement are of different formats"
    )
    key.check(file["signature"], canonical(statement), what)
    return key, statement


def examine_receipt(value: object, held: Held) -> Result:
    file = names(value, "format statement signature key details details_salt proof", "the receipt")
    key, statement = check_signed(file, "format", "the receipt")
    check_receipt_statement(statement)
    details, salt = file["details"], file["details_salt"]
    if details is None:
        need(salt == "", "the details are erased, but their salt is not")
    else:
        need(isinstance(details, dict), "the details are no object")
        need(
            isinstance(salt, str) and re.fullmatch("(?:[0-9a-f]{2})+", salt),
            "the salt of the details is not well formed",
        )
        need(
            sha256(bytes.fromhex(salt), canonical(details)).hex() == statement["details"],
            "the details are not those that were signed",
        )
        if "text" in details:
            need(
                details["text"] == statement["edition_digest"], "the details are about another text"
            )
        answer = details.get("answer", {})
        need(isinstance(answer, dict), "the answer is no object")
        kind = answer.get("kind", statement["answer"])
        need(kind == statement["answer"], "the details contain another answer")
    if file["proof"] is not None:
        check_proof(file["proof"], statement, key)
    result = verdict_by_key("The receipt", key, held)
    if held.log and held.log.key == key:
        result.log = held.log.compare(statement)
    return result


def examine_certificate(value: object, held: Held) -> Result:
    file = names(value, "format statement signature key log", "the certificate")
    key, statement = check_signed(file, "format paper edition_digest opened_at", "the certificate")
    for name in ("closed_at", "reference"):
        need(
            name in statement and isinstance(statement[name], str | None),
            f"the certificate has no {name!r}",
        )
    need(isinstance(file["log"], list), "the log of the certificate is no list")
    closing = False
    for item in file["log"]:
        entry = names(item, "statement proof", "an entry of the certificate")
        inner = entry["statement"]
        if isinstance(inner, dict) and inner.get("format") == "signoff-receipt-1":
            check_receipt_statement(inner)
            need(
                inner["reference"] == statement["reference"],
                "the certificate has the receipt of somebody else",
            )
        else:
            closing |= check_log_statement(inner)["kind"] == "closing"
        need(
            all(inner[name] == statement[name] for name in ROUND),
            "a statement of the certificate is about another round",
        )
        check_proof(entry["proof"], inner, key)
    need(
        statement["closed_at"] is None or closing,
        "the round is closed, but the statement of its closing is missing",
    )
    return verdict_by_key("The certificate of the process", key, held)


# PDF: objects.


@dataclass(frozen=True)
class Name:
    value: bytes


@dataclass(frozen=True)
class Ref:
    number: int


@dataclass(frozen=True)
class Real:
    value: float


@dataclass
class Stream:
    dict: dict[bytes, Any]
    raw: bytes


@dataclass
class Indirect:
    number: int
    value: Any
    start: int
    end: int
    spans: dict[bytes, tuple[int, int]]  # where the values of its dictionary are written


WHITE = rb"[\0\t\n\f\r ]"
REGULAR = rb"[^\0\t\n\f\r ()<>\[\]{}/%]"
SPACE = re.compile(WHITE + rb"*")
NUMBER = re.compile(rb"[+-]?(?:([0-9]+)(\.[0-9]*)?|(\.[0-9]+))(?!" + REGULAR + rb")")
REFERENCE = re.compile(
    rb"([0-9]{1,10})" + WHITE + rb"+([0-9]+)" + WHITE + rb"+R(?!" + REGULAR + rb")"
)
NAME = re.compile(rb"/(" + REGULAR + rb"*)")
WORD = re.compile(REGULAR + rb"+")
HEX_STRING = re.compile(rb"<([0-9A-Fa-f\0\t\n\f\r ]*)>")
PLAIN = re.compile(rb"[^()\\]*")
HEADER = re.compile(rb"([0-9]{1,10})" + WHITE + rb"+0" + WHITE + rb"+obj(?!" + REGULAR + rb")")
STREAM = re.compile(rb"stream(?:\r\n|\n)")
ENDSTREAM = re.compile(rb"(?:\r\n|\n|\r)?endstream(?!" + REGULAR + rb")")
ENDOBJ = re.compile(rb"endobj(?!" + REGULAR + rb")")
START_XREF = re.compile(rb"startxref" + WHITE + rb"+([0-9]{1,10})" + WHITE + rb"*[\r\n]%%EOF")
ESCAPES = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"f": b"\f"}


class Lexer:
    """Reads values; it refuses comments, other generations than 0, long numbers and names that occur twice."""

    def __init__(self, data: bytes, position: int = 0, end: int | None = None) -> None:
        self.data, self.position, self.end = data, position, len(data) if end is None else end
        self.spans: dict[bytes, tuple[int, int]] = {}

    def take(self, pattern: re.Pattern[bytes]) -> re.Match[bytes] | None:
        match = pattern.match(self.data, self.position, self.end)
        if match:
            self.position = match.end()
        return match

    def space(self) -> None:
        self.take(SPACE)

    def ends(self, mark: bytes) -> bool:
        """Whether `mark` is next, after white space."""
        self.space()
        return self.data.startswith(mark, self.position, self.end)

    def value(self, depth: int = 0) -> Any:
        need(depth < 60, "the PDF is nested too deeply")
        self.space()
        head = self.data[self.position : min(self.position + 2, self.end)]
        if match := self.take(REFERENCE):
            need(match[2] == b"0", "a reference of the PDF does not name generation 0")
            return Ref(int(match[1]))
        if match := self.take(NUMBER):
            whole, fraction = match[1] or b"", match[2] or match[3]
            need(len(whole) <= 10 and len(fraction or b"") <= 7, "a number of the PDF is too long")
            return int(match[0]) if fraction is None else Real(float(match[0]))
        if match := self.take(NAME):
            need(
                b"#" not in re.sub(rb"#[0-9A-Fa-f]{2}", b"", match[1]),
                "a name of the PDF is not well formed",
            )
            return Name(
                re.sub(
                    rb"#([0-9A-Fa-f]{2})", lambda found: bytes.fromhex(found[1].decode()), match[1]
                )
            )
        if head == b"<<":
            return self.dictionary(depth)
        if head[:1] == b"<":
            match = self.take(HEX_STRING)
            need(match, "a string of the PDF is not well formed")
            assert match
            digits = re.sub(WHITE, b"", match[1])
            return bytes.fromhex((digits + b"0" * (len(digits) % 2)).decode())
        if head[:1] == b"(":
            return self.literal()
        if head[:1] == b"[":
            self.position += 1
            items = []
            while not self.ends(b"]"):
                items.append(self.value(depth + 1))
            self.position += 1
            return items
        word = self.take(WORD)
        values = {b"true": True, b"false": False, b"null": None}
        need(word and word[0] in values, "an object of the PDF cannot be read, or has a comment")
        assert word
        return values[word[0]]

    def dictionary(self, depth: int) -> dict[bytes, Any]:
        self.position += 2
        entries: dict[bytes, Any] = {}
        while not self.ends(b">>"):
            name = self.value(depth + 1)
            need(
                isinstance(name, Name) and name.value not in entries,
                "a dictionary of the PDF is not well formed",
            )
            self.space()
            start = self.position
            entries[name.value] = self.value(depth + 1)
            if depth == 0:
                self.spans[name.value] = (start, self.position)
        self.position += 2
        return entries

    def literal(self) -> bytes:
        self.position += 1
        parts, level = [], 1
        while True:
            plain = self.take(PLAIN)
            assert plain
            parts.append(plain[0])
            need(self.position < self.end, "a string of the PDF does not end")
            char = self.data[self.position : self.position + 1]
            self.position += 1
            if char == b"\\":
                if octal := self.take(re.compile(rb"[0-7]{1,3}")):
                    parts.append(bytes([int(octal[0], 8) & 255]))
                elif not self.take(re.compile(rb"\r\n|\r|\n")):
                    escaped = self.data[self.position : self.position + 1]
                    self.position += 1
                    parts.append(ESCAPES.get(escaped, escaped))
                continue
            level += 1 if char == b"(" else -1
            if level == 0:
                return b"".join(parts)
            parts.append(char)

    def indirect(self, resolve: Callable[[Any], Any]) -> Indirect:
        start = self.position
        header = self.take(HEADER)
        need(header, "an object of the PDF is not where it should be")
        assert header
        self.spans = {}
        value = self.value()
        spans = self.spans
        self.space()
        if isinstance(value, dict) and self.take(STREAM):
            length = resolve(value.get(b"Length"))
            need(
                is_natural(length) and self.position + length <= self.end,
                "a stream of the PDF has no length",
            )
            value = Stream(value, self.data[self.position : self.position + length])
            self.position += length
            need(self.take(ENDSTREAM), "a stream of the PDF does not end where it should")
            self.space()
        need(self.take(ENDOBJ), "an object of the PDF does not end where it should")
        return Indirect(int(header[1]), value, start, self.position, spans)


def same(one: Any, other: Any) -> bool:
    if isinstance(one, dict) and isinstance(other, dict):
        return set(one) == set(other) and all(same(one[name], other[name]) for name in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    return type(one) is type(other) and bool(one == other)


def inflate(data: bytes) -> bytes:
    unpacker = zlib.decompressobj()
    try:
        result = unpacker.decompress(data, MAX_INFLATED)
    except zlib.error as error:
        raise Wrong("a stream of the PDF cannot be read") from error
    need(
        unpacker.eof and not unpacker.unconsumed_tail,
        "a stream of the PDF is too long or not complete",
    )
    need(not unpacker.unused_data, "something follows the data of a stream of the PDF")
    return result


def decode(stream: Stream) -> bytes:
    """The data of a stream without filter or with FlateDecode."""
    filters, parameters = stream.dict.get(b"Filter"), stream.dict.get(b"DecodeParms")
    if isinstance(filters, list) and len(filters) <= 1:
        filters = filters[0] if filters else None
        if isinstance(parameters, list):
            parameters = parameters[0] if len(parameters) == 1 else None
    if filters is None:
        need(parameters is None, "a stream of the PDF has parameters, but no filter")
        return stream.raw
    need(filters == Name(b"FlateDecode"), "a stream of the PDF has an unknown filter")
    data = inflate(stream.raw)
    parameters = {} if parameters is None else parameters
    need(isinstance(parameters, dict), "a stream of the PDF has unknown parameters")
    predictor, columns = parameters.get(b"Predictor", 1), parameters.get(b"Columns", 1)
    if predictor == 1:
        return data
    need(
        predictor in range(10, 16)
        and is_natural(columns)
        and columns > 0
        and not {b"Colors", b"BitsPerComponent"} & set(parameters),
        "a stream of the PDF has an unknown predictor",
    )
    need(len(data) % (columns + 1) == 0, "a stream of the PDF has an incomplete row")
    result, above = bytearray(), bytes(columns)
    for start in range(0, len(data), columns + 1):
        kind, row = data[start], bytearray(data[start + 1 : start + 1 + columns])
        need(kind <= 4, "a stream of the PDF has an unknown predictor")
        for place in range(columns):
            left, up, corner = (
                (row[place - 1], above[place], above[place - 1]) if place else (0, above[place], 0)
            )
            if kind == 4:
                guess = min(
                    (abs(up - corner), 0, left),
                    (abs(left - corner), 1, up),
                    (abs(left + up - 2 * corner), 2, corner),
                )[2]
            else:
                guess = (0, left, up, (left + up) // 2)[kind]
            row[place] = row[place] + guess & 255
        result += row
        above = bytes(row)
    return bytes(result)


Rows = dict[int, tuple[int, int, int]]


def xref_rows(stream: Stream) -> list[tuple[int, tuple[int, int, int]]]:
    size: Any = stream.dict.get(b"Size")
    widths: Any = stream.dict.get(b"W")
    index: Any = stream.dict.get(b"Index", [0, size])
    need(
        isinstance(widths, list)
        and len(widths) == 3
        and all(is_natural(width) and width <= 8 for width in widths)
        and sum(widths)
        and isinstance(index, list)
        and len(index) % 2 == 0
        and all(map(is_natural, index)),
        "a cross-reference stream is not well formed",
    )
    data, rows, position = decode(stream), [], 0
    for first, count in zip(index[::2], index[1::2], strict=True):
        need(count * sum(widths) <= len(data) - position, "a cross-reference stream is too short")
        for number in range(first, first + count):
            values = []
            for place, width in enumerate(widths):
                values.append(
                    int.from_bytes(data[position : position + width]) if width else int(place == 0)
                )
                position += width
            rows.append((number, (values[0], values[1], values[2])))
    need(position == len(data), "a cross-reference stream is too long")
    return rows


class Document:
    """The objects of the PDF at one of its revisions, that which ends at `end`."""

    def __init__(self, data: bytes, end: int) -> None:
        self.data, self.end = data, end
        self.parsed: dict[int, Indirect] = {}  # by offset
        self.changed: dict[int, Indirect] = {}  # by number: from revisions that were added
        self.packed: dict[int, dict[int, Any]] = {}
        tails = list(START_XREF.finditer(data, max(0, end - 1024), end))
        need(
            tails and data[tails[-1].end() : end] in (b"", b"\n", b"\r", b"\r\n"),
            "the seal does not end with the end of a PDF",
        )
        self.start_xref = int(tails[-1][1])
        self.sections: list[tuple[Rows, dict[bytes, Any], int]] = []
        position: int | None = self.start_xref
        while position is not None:
            need(
                is_natural(position)
                and position < end
                and position not in [at for _, _, at in self.sections]
                and len(self.sections) < 100,
                "the cross-references of the PDF cannot be read",
            )
            rows, trailer = self.section(position)
            self.sections.append((rows, trailer, position))
            position = trailer.get(b"Prev")
        self.trailer = self.sections[0][1]
        need(
            not any(b"Encrypt" in trailer for _, trailer, _ in self.sections),
            "the PDF is encrypted",
        )
        self.rows: Rows = {}
        for rows, _, _ in reversed(self.sections):
            self.rows |= rows
        size: Any = self.trailer.get(b"Size")
        need(is_natural(size), "the PDF has no size")
        self.size: int = max([size, *(number + 1 for number in self.rows)])
        root: Any = self.trailer.get(b"Root")
        need(isinstance(root, Ref) and isinstance(self.get(root), dict), "the PDF has no catalogue")
        self.root: Ref = root

    def section(self, position: int) -> tuple[Rows, dict[bytes, Any]]:
        lexer = Lexer(self.data, position, self.end)
        if not lexer.take(re.compile(rb"xref(?!" + REGULAR + rb")")):
            item = self.at(position)
            need(
                isinstance(item.value, Stream) and item.value.dict.get(b"Type") == Name(b"XRef"),
                "a cross-reference stream is missing",
            )
            return dict(xref_rows(item.value)), item.value.dict
        rows: Rows = {}
        lexer.space()
        while match := lexer.take(
            re.compile(rb"([0-9]{1,10}) ([0-9]{1,10})" + WHITE + rb"*[\r\n]")
        ):
            for number in range(int(match[1]), int(match[1]) + int(match[2])):
                row = lexer.take(re.compile(rb"([0-9]{10}) ([0-9]{5}) ([nf])(?: \r| \n|\r\n)"))
                need(row, "the cross-reference table cannot be read")
                assert row
                rows[number] = (int(row[3] == b"n"), int(row[1]), int(row[2]))
        need(lexer.take(re.compile(rb"trailer(?!" + REGULAR + rb")")), "the PDF has no trailer")
        trailer = lexer.value()
        need(
            isinstance(trailer, dict) and b"XRefStm" not in trailer,
            "the trailer of the PDF cannot be read",
        )
        return rows, trailer

    def at(self, offset: int) -> Indirect:
        if offset not in self.parsed:
            need(offset < self.end, "an object of the PDF is outside of it")
            self.parsed[offset] = Lexer(self.data, offset, self.end).indirect(self.get)
        return self.parsed[offset]

    def unpack(self, offset: int) -> dict[int, Any]:
        """The objects of an object stream."""
        if offset not in self.packed:
            stream = self.at(offset).value
            need(
                isinstance(stream, Stream) and stream.dict.get(b"Type") == Name(b"ObjStm"),
                "an object stream is missing",
            )
            data, count, first = decode(stream), stream.dict.get(b"N"), stream.dict.get(b"First")
            need(is_natural(count) and is_natural(first), "an object stream is not well formed")
            head = (
                [int(text) for text in data[:first].split()]
                if re.fullmatch(rb"[0-9\0\t\n\f\r ]*", data[:first])
                else []
            )
            need(len(head) == 2 * count, "an object stream is not well formed")
            self.packed[offset] = {
                number: Lexer(data, first + at).value()
                for number, at in zip(head[::2], head[1::2], strict=True)
            }
        return self.packed[offset]

    def entry(self, number: int, row: tuple[int, int, int]) -> Any:
        kind, second, third = row
        if kind == 1:
            item = self.at(second)
            need(
                item.number == number and third == 0,
                "the cross-references of the PDF name another object",
            )
            return item.value
        if kind == 2:
            container = self.rows.get(second, (0, 0, 0))
            need(container[0] == 1, "an object stream is missing")
            return self.unpack(container[1]).get(number)
        return None

    def get(self, value: Any) -> Any:
        for _ in range(20):
            if not isinstance(value, Ref):
                return value
            if value.number in self.changed:
                value = self.changed[value.number].value
            else:
                value = self.entry(value.number, self.rows.get(value.number, (0, 0, 0)))
        raise Wrong("a reference of the PDF leads nowhere")

    def dict(self, value: Any, what: str) -> dict[bytes, Any]:
        found = self.get(value)
        need(isinstance(found, dict), f"the PDF has no {what}")
        assert isinstance(found, dict)
        return found

    def read_all(self) -> None:
        """Reads every object that any cross-reference names, because reading refuses what objects may not have."""
        for rows, _, _ in self.sections:
            for number, row in rows.items():
                if row[0] == 1:
                    value = self.entry(number, row)
                    if isinstance(value, Stream) and value.dict.get(b"Type") == Name(b"ObjStm"):
                        self.unpack(row[1])
                elif row[0] == 2:
                    self.entry(number, row)

    def pages(self) -> list[int]:
        found, seen = [], set()
        todo = [self.get(self.root).get(b"Pages")]
        while todo:
            item = todo.pop()
            need(
                isinstance(item, Ref) and item.number not in seen,
                "the pages of the PDF cannot be read",
            )
            seen.add(item.number)
            page = self.dict(item, "page")
            kids = self.get(page.get(b"Kids"))
            if isinstance(kids, list):
                todo += reversed(kids)
            else:
                found.append(item.number)
        return found


# PDF: signatures.


HASHES: dict[str, type[hashes.HashAlgorithm]] = {
    "sha256": hashes.SHA256,
    "sha384": hashes.SHA384,
    "sha512": hashes.SHA512,
}


def digest(algorithm: str, data: bytes) -> bytes:
    need(algorithm in HASHES, "a signature uses an unknown digest")
    return hashlib.new(algorithm, data).digest()


def check_der(data: bytes, position: int, end: int, depth: int = 0) -> int:
    """Where the value at `position` ends; its lengths are definite and as short as possible."""
    need(depth < 40 and position + 2 <= end and data[position] & 31 != 31, "a signature is not DER")
    constructed, length = data[position] & 32, data[position + 1]
    position += 2
    if length & 128:
        count = length & 127
        need(1 <= count <= 4 and position + count <= end, "a signature is not DER")
        length = int.from_bytes(data[position : position + count])
        need(length >= 128 and length >= 1 << 8 * (count - 1), "a signature is not DER")
        position += count
    need(position + length <= end, "a signature is not DER")
    if constructed:
        inner = position
        while inner < position + length:
            inner = check_der(data, inner, position + length, depth + 1)
    return position + length


def public_bytes(certificate: x509.Certificate) -> bytes:
    return certificate.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )


def check_signature(
    key: Any, algorithm: Any, hash_name: str, signature: bytes, message: bytes
) -> None:
    kind = algorithm.signature_algo
    native = algorithm["algorithm"].native
    if native not in ("rsassa_pkcs1v15", "rsassa_pss", "ecdsa", "ed25519"):
        need(algorithm.hash_algo == hash_name, "a signature uses two digests")
    chosen = HASHES[hash_name]()
    try:
        if kind == "rsassa_pkcs1v15" and isinstance(key, rsa.RSAPublicKey):
            key.verify(signature, message, padding.PKCS1v15(), chosen)
        elif kind == "rsassa_pss" and isinstance(key, rsa.RSAPublicKey):
            parameters = algorithm["parameters"]
            mask = parameters["mask_gen_algorithm"]["parameters"]["algorithm"].native
            need(
                parameters["hash_algorithm"]["algorithm"].native == hash_name and mask in HASHES,
                "a signature uses two digests",
            )
            key.verify(
                signature,
                message,
                padding.PSS(padding.MGF1(HASHES[mask]()), parameters["salt_length"].native),
                chosen,
            )
        elif kind == "ecdsa" and isinstance(key, ec.EllipticCurvePublicKey):
            key.verify(signature, message, ec.ECDSA(chosen))
        elif kind == "ed25519" and isinstance(key, ed25519.Ed25519PublicKey):
            key.verify(signature, message)
        else:
            raise Wrong("a signature uses an unknown algorithm")
    except InvalidSignature as error:
        raise Wrong("a signature is wrong") from error


@dataclass
class Signed:
    """A CMS SignedData whose signature is right; whose key it is remains open."""

    signer: x509.Certificate
    certificates: list[x509.Certificate]
    info: Any
    attributes: dict[str, Any]


def issued(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    try:
        certificate.verify_directly_issued_by(issuer)
    except (ValueError, TypeError, InvalidSignature):
        return False
    return True


def check_cms(signed: Any, content: bytes, content_type: str) -> Signed:
    need(len(signed["signer_infos"]) == 1, "a signature has not one signer")
    info = signed["signer_infos"][0]
    need(not signed["crls"], "a signature carries lists of revocation")
    loaded = []
    for choice in signed["certificates"]:
        need(choice.name == "certificate", "a signature carries a certificate of another kind")
        loaded.append((choice.chosen, x509.load_der_x509_certificate(choice.chosen.dump())))
    sid, signer = info["sid"], None
    for parsed, certificate in loaded:
        if sid.name == "issuer_and_serial_number":
            fits = (
                parsed.issuer.dump() == sid.chosen["issuer"].dump()
                and parsed.serial_number == sid.chosen["serial_number"].native
            )
        else:
            fits = parsed.key_identifier == sid.chosen.native
        if fits:
            need(signer is None, "a signature names two certificates")
            signer = certificate
    need(signer is not None, "a signature does not carry the certificate of its signer")
    assert signer is not None
    hash_name = info["digest_algorithm"]["algorithm"].native
    need(
        [item["algorithm"].native for item in signed["digest_algorithms"]] == [hash_name],
        "a signature names other digests",
    )
    attributes: dict[str, Any] = {}
    for attribute in info["signed_attrs"]:
        kind = attribute["type"].native
        need(
            kind not in attributes and len(attribute["values"]) == 1,
            "a signature has an attribute twice",
        )
        attributes[kind] = attribute["values"][0]
    chain, rest = [signer], [each for _, each in loaded if each is not signer]
    while issuer := next((each for each in rest if issued(chain[-1], each)), None):
        need(issuer not in chain, "a signature carries a certificate twice")
        chain.append(issuer)
        rest.remove(issuer)
    need(not rest, "a signature carries other certificates than those of its signer and issuers")
    for algorithm in (info["digest_algorithm"], info["signature_algorithm"]):
        need(
            algorithm["parameters"].native is None or algorithm["algorithm"].native == "rsassa_pss",
            "an algorithm has parameters",
        )
    need(
        {"content_type", "message_digest"} <= set(attributes), "a signature has not its attributes"
    )
    need(attributes["content_type"].native == content_type, "a signature is for other content")
    need(
        attributes["message_digest"].native == digest(hash_name, content),
        "a signature is not that of these bytes",
    )
    encoded = signer.public_bytes(serialization.Encoding.DER)
    if "signing_certificate_v2" in attributes:
        named = attributes["signing_certificate_v2"]["certs"][0]
        named_digest = digest(named["hash_algorithm"]["algorithm"].native, encoded)
    else:
        need(
            "signing_certificate" in attributes and content_type == "tst_info",
            "a signature does not name its certificate",
        )
        named = attributes["signing_certificate"]["certs"][0]
        named_digest = hashlib.sha1(encoded).digest()
    need(named["cert_hash"].native == named_digest, "a signature names another certificate")
    if named["issuer_serial"]:
        need(
            named["issuer_serial"]["serial_number"].native == signer.serial_number,
            "a signature names another certificate",
        )
    message = b"\x31" + info["signed_attrs"].dump()[1:]  # signed as SET OF, not as [0]
    check_signature(
        signer.public_key(),
        info["signature_algorithm"],
        hash_name,
        info["signature"].native,
        message,
    )
    return Signed(signer, [certificate for _, certificate in loaded], info, attributes)


def load_cms(der: bytes) -> Any:
    content = cms.ContentInfo.load(der, strict=True)
    copy = cms.ContentInfo.load(der, strict=True).dump(force=True)
    need(len(copy) == len(der), "a signature has bytes that mean nothing")
    need(content["content_type"].native == "signed_data", "a signature is no signed data")
    return content["content"]


def check_seal_cms(der: bytes, content: bytes) -> Signed:
    signed = load_cms(der)
    need(signed["version"].native == "v1", "the seal is of another version")
    inner = signed["encap_content_info"]
    need(
        inner["content_type"].native == "data" and inner["content"].native is None,
        "the seal contains content",
    )
    result = check_cms(signed, content, "data")
    info = result.info
    need(
        info["version"].native == "v1" and info["sid"].name == "issuer_and_serial_number",
        "the signer of the seal is not named as it must be",
    )
    need(
        "signing_certificate_v2" in result.attributes,
        "the seal does not name its certificate",
    )
    return result


def seal_timestamps(info: Any) -> list[bytes]:
    """The tokens in the unsigned attributes of the seal, which may have no other attribute."""
    attributes = list(info["unsigned_attrs"]) if info["unsigned_attrs"] else []
    need(
        len(attributes) <= 1
        and all(
            attribute["type"].native == "signature_time_stamp_token" for attribute in attributes
        ),
        "the seal has unsigned attributes that it must not have",
    )
    tokens = [value.dump() for attribute in attributes for value in attribute["values"]]
    need(len(tokens) == len(attributes), "the seal has not one timestamp")
    return tokens


def check_timestamp(token: bytes, stamped: bytes, held: Held) -> bool:
    """Refuses a timestamp that is wrong; whether its authority was given."""
    signed = load_cms(token)
    inner = signed["encap_content_info"]
    need(inner["content_type"].native == "tst_info", "a timestamp is no timestamp")
    content = inner["content"].contents
    info = tsp.TSTInfo.load(content, strict=True)
    imprint = info["message_imprint"]
    need(info["version"].native == "v1", "a timestamp is of another version")
    signer = signed["signer_infos"][0]
    need(
        (signed["version"].native, signer["version"].native) == ("v3", "v1"),
        "a timestamp is of another version",
    )
    need(
        imprint["hashed_message"].native
        == digest(imprint["hash_algorithm"]["algorithm"].native, stamped),
        "a timestamp is that of other bytes",
    )
    result = check_cms(signed, content, "tst_info")
    need(not result.info["unsigned_attrs"], "a timestamp has unsigned attributes")
    moment = info["gen_time"].native.astimezone(UTC)
    return is_for_timestamps(result.signer) and any(
        public_bytes(given) == public_bytes(result.signer)
        and given.not_valid_before_utc <= moment <= given.not_valid_after_utc
        for given in held.certificates
        if is_for_timestamps(given)
    )


def is_for_timestamps(certificate: x509.Certificate) -> bool:
    try:
        usage = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    except x509.ExtensionNotFound:
        return False
    return ExtendedKeyUsageOID.TIME_STAMPING in usage


def signature_value(data: bytes, item: Indirect, end: int | None) -> tuple[bytes, bytes, int]:
    """DER of a signature, the bytes that it covers, and where these end."""
    span = item.value.get(b"ByteRange")
    need(
        isinstance(span, list) and len(span) == 4 and all(map(is_natural, span)) and span[0] == 0,
        "a signature has no range",
    )
    _, first, second, length = span
    need(item.spans.get(b"Contents") == (first, second), "the gap of a signature is not its value")
    need(
        second + length <= len(data) and (end is None or second + length == end),
        "a signature does not cover what it must",
    )
    text = data[first:second]
    need(
        re.fullmatch(rb"<[0-9A-F]*>", text) and len(text) % 2 == 0,
        "the value of a signature is not well formed",
    )
    value = bytes.fromhex(text[1:-1].decode())
    der_end = check_der(value, 0, len(value))
    need(not any(value[der_end:]), "something follows a signature in its gap")
    return value[:der_end], data[:first] + data[second : second + length], second + length


# PDF: the seal and what follows it.


@dataclass
class Seal:
    document: Document
    signed: Signed
    end: int


def typeset_end(data: bytes) -> int:
    """The end of what was typeset: the first line %%EOF, with the end of that line."""
    match = re.search(rb"(?:^|(?<=[\r\n]))%%EOF(?:\r\n|\r|\n|$)", data)
    need(match, "the PDF does not end")
    assert match
    return match.end()


def signature_fields(document: Document) -> list[dict[bytes, Any]]:
    form = document.dict(document.get(document.root).get(b"AcroForm"), "form, and with it no seal")
    found: list[dict[bytes, Any]] = []
    todo = [(item, None) for item in document.get(form.get(b"Fields")) or []]
    seen: set[int] = set()
    while todo:
        item, kind = todo.pop()
        if isinstance(item, Ref):
            need(item.number not in seen, "a field of the PDF occurs twice")
            seen.add(item.number)
        entry = document.dict(item, "field of its form")
        kind = document.get(entry.get(b"FT", kind))
        kids = document.get(entry.get(b"Kids"))
        if isinstance(kids, list) and kids:
            need(kind != Name(b"Sig") or b"V" not in entry, "the field of a signature has parts")
            todo += [(kid, kind) for kid in kids]
        elif kind == Name(b"Sig"):
            found.append(entry)
    return found


def sealed_revision(data: bytes) -> tuple[Document, Ref]:
    """The revision that ends where the range of its seal ends, and the seal."""
    trouble = Wrong("the PDF has no seal that covers it")
    for tail in list(START_XREF.finditer(data, typeset_end(data)))[:50]:
        for end in {tail.end(), tail.end() + 1, tail.end() + 2}:
            try:
                document = Document(data, min(end, len(data)))
                fields = signature_fields(document)
                need(
                    len(fields) == 1 and isinstance(fields[0].get(b"V"), Ref),
                    "the form has not one signature field for the seal",
                )
                span = document.dict(fields[0][b"V"], "seal").get(b"ByteRange")
            except Wrong as error:
                trouble = error
                continue
            if (
                isinstance(span, list)
                and len(span) == 4
                and all(map(is_natural, span))
                and span[2] + span[3] == end
            ):
                return document, fields[0][b"V"]
    raise trouble


def check_seal(data: bytes) -> Seal:
    document, reference = sealed_revision(data)
    document.read_all()
    row = document.rows.get(reference.number, (0, 0, 0))
    need(
        row[0] == 1 and row[1] >= typeset_end(data), "the seal is not appended to what was typeset"
    )
    item = document.at(row[1])
    seal = item.value
    need(
        isinstance(seal, dict) and seal.get(b"SubFilter") == Name(b"ETSI.CAdES.detached"),
        "the seal is of another kind",
    )
    permissions = document.dict(document.get(document.root).get(b"Perms"), "permissions")
    need(permissions.get(b"DocMDP") == reference, "the seal does not certify the file")
    references = document.get(seal.get(b"Reference"))
    need(
        isinstance(references, list) and len(references) == 1,
        "the seal does not forbid every change",
    )
    method = document.dict(references[0], "transform")
    parameters = document.dict(method.get(b"TransformParams"), "parameters of a transform")
    need(
        method.get(b"TransformMethod") == Name(b"DocMDP")
        and same(document.get(parameters.get(b"P")), 1),
        "the seal does not forbid every change",
    )
    der, covered, end = signature_value(data, item, document.end)
    return Seal(document, check_seal_cms(der, covered), end)


WIDGET = {
    b"Type": Name(b"Annot"),
    b"Subtype": Name(b"Widget"),
    b"FT": Name(b"Sig"),
    b"TU": b"Timestamp",
    b"F": 132,
}


class Revision:
    """One revision after the seal: it adds one timestamp and nothing else."""

    def __init__(self, old: Document, start: int) -> None:
        self.old = old
        self.objects: dict[int, Indirect] = {}
        lexer = Lexer(old.data, start)
        lexer.space()
        while not (tail := lexer.take(START_XREF)):
            item = lexer.indirect(lambda length: length)
            need(item.number not in self.objects, "an object occurs twice in a revision")
            self.objects[item.number] = item
            lexer.space()
        self.start_xref, self.tail = int(tail[1]), lexer.position
        self.used: set[int] = set()
        self.new = Document.__new__(Document)
        self.new.__dict__ |= old.__dict__
        self.new.changed = old.changed | self.objects

    def fresh(self, value: Any) -> Any:
        """The value of a reference to an object that is new in this revision."""
        need(
            isinstance(value, Ref)
            and value.number in self.objects
            and value.number >= self.old.size,
            "a revision refers to an object that is not its own",
        )
        self.used.add(value.number)
        return self.objects[value.number].value

    def pair(self, before: Any, after: Any) -> tuple[Any, Any]:
        """A value before and after, of the same object if it was one."""
        if isinstance(before, Ref):
            need(after == before, "a revision replaces an object by another")
            self.used |= {before.number} & set(self.objects)
            return self.old.get(before), self.new.get(before)
        if before is None and isinstance(after, Ref):
            return None, self.fresh(after)
        return before, after

    def rest(self, before: Any, after: Any, *without: bytes) -> None:
        need(
            isinstance(before, dict) and isinstance(after, dict),
            "a revision changes what it must not",
        )
        need(
            same(
                {name: value for name, value in before.items() if name not in without},
                {name: value for name, value in after.items() if name not in without},
            ),
            "a revision changes what it must not",
        )

    def appended(self, before: Any, after: Any) -> list[Any]:
        before, after = self.pair(before, after)
        before = [] if before is None else before
        after = [] if after is None else after
        need(
            isinstance(before, list)
            and isinstance(after, list)
            and same(before, after[: len(before)]),
            "a revision removes what was there",
        )
        return list(after[len(before) :])

    def check(self) -> tuple[bytes, bytes, int]:
        """The token of its timestamp, what that covers, and the end of the revision."""
        data, old, new = self.old.data, self.old, self.new
        root_before, root_after = self.pair(old.root, old.root)
        self.rest(root_before, root_after, b"AcroForm", b"DSS")
        form_before, form_after = self.pair(
            root_before.get(b"AcroForm"), root_after.get(b"AcroForm")
        )
        self.rest(form_before, form_after, b"Fields")
        added = self.appended(form_before.get(b"Fields"), form_after.get(b"Fields"))
        need(len(added) == 1, "a revision adds not one field")
        widget = self.fresh(added[0])
        need(
            isinstance(widget, dict)
            and set(widget) == {*WIDGET, b"T", b"Rect", b"P", b"V"}
            and all(same(widget.get(name, value), value) for name, value in WIDGET.items()),
            "the field of a timestamp is not as it must be",
        )
        title, rect = widget[b"T"], widget[b"Rect"]
        need(
            isinstance(title, bytes) and re.fullmatch(rb"Timestamp-[0-9a-f-]{36}", title),
            "the field of a timestamp has another name",
        )
        need(
            all(entry.get(b"T") != title for entry in signature_fields(old)),
            "two fields have one name",
        )
        need(same(rect, [0, 0, 0, 0]), "the field of a timestamp has a size")
        changed = []
        for number in old.pages():
            before = old.dict(Ref(number), "page")
            if (
                number in self.objects
                or isinstance(before.get(b"Annots"), Ref)
                and before[b"Annots"].number in self.objects
            ):
                changed.append(number)
        need(
            len(changed) == 1 and widget.get(b"P", Ref(changed[0])) == Ref(changed[0]),
            "a revision changes not one page",
        )
        page_before, page_after = self.pair(Ref(changed[0]), Ref(changed[0]))
        self.rest(page_before, page_after, b"Annots")
        need(
            self.appended(page_before.get(b"Annots"), page_after.get(b"Annots")) == added,
            "a revision adds other annotations",
        )
        value = self.fresh(widget[b"V"])
        need(
            isinstance(value, dict)
            and set(value) == {b"Type", b"Filter", b"SubFilter", b"ByteRange", b"Contents"}
            and value[b"Type"] == Name(b"DocTimeStamp")
            and value[b"Filter"] == Name(b"Adobe.PPKLite")
            and value[b"SubFilter"] == Name(b"ETSI.RFC3161"),
            "the dictionary of a timestamp is not as it must be",
        )
        if root_before.get(b"DSS") is not None or root_after.get(b"DSS") is not None:
            self.validation_data(*self.pair(root_before.get(b"DSS"), root_after.get(b"DSS")))
        xref = self.cross_references()
        need(self.used | {xref} == set(self.objects), "a revision adds objects that it must not")
        token, covered, end = signature_value(data, self.objects[widget[b"V"].number], None)
        need(
            data[self.tail : end] in (b"", b"\n", b"\r", b"\r\n") and end >= self.tail,
            "a timestamp does not cover everything before it",
        )
        new.start_xref, new.size, new.end = self.start_xref, xref + 1, end
        return token, covered, end

    def validation_data(self, before: Any, after: Any) -> None:
        before = {} if before is None else before
        need(
            isinstance(before, dict) and isinstance(after, dict),
            "the validation data are not well formed",
        )
        loaders: dict[bytes, Callable[[bytes], object]] = {
            b"Certs": x509.load_der_x509_certificate,
            b"OCSPs": ocsp.load_der_ocsp_response,
            b"CRLs": x509.load_der_x509_crl,
        }
        kind = {b"Type": Name(b"DSS")}
        self.rest(kind | before, kind | after, *loaders)
        need(
            set(after) - set(before) <= {b"Type", *loaders},
            "the validation data contain something else",
        )
        for name, load in loaders.items():
            for item in self.appended(before.get(name), after.get(name)):
                stream = self.fresh(item)
                need(
                    isinstance(stream, Stream) and set(stream.dict) <= {b"Length", b"Filter"},
                    "validation data are not well formed",
                )
                try:
                    load(decode(stream))
                except ValueError as error:
                    raise Wrong(
                        "validation data have not the form of a certificate, response or list"
                    ) from error

    def cross_references(self) -> int:
        number, item = next(
            (
                (number, item)
                for number, item in self.objects.items()
                if item.start == self.start_xref
            ),
            (0, None),
        )
        need(
            item is not None and isinstance(item.value, Stream) and number >= self.old.size,
            "a revision has no cross-reference stream of its own",
        )
        assert item is not None
        stream = item.value
        trailer, before = stream.dict, self.old.trailer
        need(
            set(trailer)
            <= {
                b"Type",
                b"Size",
                b"W",
                b"Index",
                b"Prev",
                b"Root",
                b"Info",
                b"ID",
                b"Length",
                b"Filter",
                b"DecodeParms",
            }
            and trailer.get(b"Type") == Name(b"XRef"),
            "the cross-reference stream of a revision contains something else",
        )
        need(
            same(trailer.get(b"Root"), before.get(b"Root"))
            and same(trailer.get(b"Info"), before.get(b"Info")),
            "a revision has another root or other information",
        )
        first, second = before.get(b"ID"), trailer.get(b"ID")
        need(
            isinstance(first, list)
            and isinstance(second, list)
            and len(first) == len(second) == 2
            and same(first[0], second[0])
            and isinstance(second[1], bytes)
            and len(second[1]) <= 64,
            "a revision has another identifier",
        )
        need(
            same(trailer.get(b"Prev"), self.old.start_xref),
            "a revision does not follow the one before it",
        )
        need(
            same(trailer.get(b"Size"), max(self.objects) + 1) and max(self.objects) == number,
            "the size of a revision is wrong",
        )
        parameters = trailer.get(b"DecodeParms")
        widths = trailer.get(b"W")
        if parameters is not None:
            need(
                isinstance(widths, list)
                and all(map(is_natural, widths))
                and same(parameters, {b"Predictor": 12, b"Columns": sum(widths)}),
                "the cross-reference stream of a revision has other parameters",
            )
        rows = [row for row in xref_rows(stream) if row != (0, (0, 0, 65535))]
        need(
            len(xref_rows(stream)) - len(rows) <= 1,
            "the cross-references of a revision name something else",
        )
        need(
            Counter(rows)
            == Counter((number, (1, item.start, 0)) for number, item in self.objects.items()),
            "the cross-references of a revision name something else",
        )
        return number


# PDF: contents.


FILES = {"signatories.json", "signatories.csv", "evidence.json", "verify_signoff.py"}


def embedded_files(pdf: pikepdf.Pdf) -> dict[str, bytes]:
    """The embedded files by name, read from the name tree; nothing else in the file may embed another."""
    found: dict[str, bytes] = {}
    todo = [
        pdf.Root.get("/Names", pikepdf.Dictionary()).get("/EmbeddedFiles", pikepdf.Dictionary())
    ]
    streams, seen = set(), 0
    while todo:
        item = todo.pop()
        seen += 1
        need(seen < 1000, "the embedded files cannot be read")
        todo += list(item.get("/Kids", []))
        entries = list(item.get("/Names", []))
        for spec in entries[1::2]:
            name = str(spec.get("/UF", spec.get("/F")))
            need(
                str(spec.get("/F", name)) == name and name not in found,
                "an embedded file has two names, or two have one",
            )
            embedded = {stream.objgen for stream in spec.EF.values()}
            need(len(embedded) == 1, "an embedded file has two contents")
            streams |= embedded
            found[name] = next(iter(spec.EF.values())).read_bytes()
    for item in pdf.objects:
        if isinstance(item, pikepdf.Stream) and item.get("/Type") == pikepdf.Name.EmbeddedFile:
            need(item.objgen in streams, "the PDF embeds a file that it does not name")
        if isinstance(item, pikepdf.Dictionary) and isinstance(item.get("/EF"), pikepdf.Dictionary):
            need(
                {stream.objgen for stream in item.EF.values()} <= streams,
                "the PDF embeds a file that it does not name",
            )
    return found


@dataclass
class Font:
    """How the strings of a font are read."""

    codes: dict[bytes, str]
    widths: list[int]

    @classmethod
    def parse(cls, source: Any) -> Font:
        wide = source.get("/Subtype") == pikepdf.Name.Type0
        if "/ToUnicode" not in source or not isinstance(source.ToUnicode, pikepdf.Stream):
            return cls({}, [2 if wide else 1])
        text = source.ToUnicode.read_bytes()
        codes: dict[bytes, str] = {}

        def unhex(digits: bytes) -> bytes:
            return bytes.fromhex(re.sub(rb"\s", b"", digits).decode())

        def text_of(data: bytes) -> str:
            return data.decode("utf-16-be", "replace")

        for block in re.findall(rb"beginbfchar(.*?)endbfchar", text, re.S):
            for code, value in re.findall(rb"<([0-9A-Fa-f\s]*)>\s*<([0-9A-Fa-f\s]*)>", block):
                codes[unhex(code)] = text_of(unhex(value))
        for block in re.findall(rb"beginbfrange(.*?)endbfrange", text, re.S):
            for low, high, target in re.findall(
                rb"<([0-9A-Fa-f\s]*)>\s*<([0-9A-Fa-f\s]*)>\s*(<[^>]*>|\[[^\]]*\])", block
            ):
                first, last = unhex(low), unhex(high)
                count = int.from_bytes(last) - int.from_bytes(first) + 1
                values = [unhex(value) for value in re.findall(rb"<([^>]*)>", target)]
                for step in range(min(count, 65536)):
                    code = (int.from_bytes(first) + step).to_bytes(len(first))
                    if target.startswith(b"["):
                        if step < len(values):
                            codes[code] = text_of(values[step])
                    elif values:
                        codes[code] = text_of(
                            (int.from_bytes(values[0]) + step).to_bytes(len(values[0]))
                        )
        lengths = sorted({len(code) for code in codes} or {2 if wide else 1})
        return cls(codes, lengths)

    def read(self, data: bytes) -> str:
        if not self.codes:
            return data.decode("latin-1") if self.widths == [1] else "\ufffd"
        parts, position = [], 0
        while position < len(data):
            for width in self.widths:
                if (code := data[position : position + width]) in self.codes:
                    parts.append(self.codes[code])
                    break
            else:
                width = self.widths[0]
                parts.append("\ufffd")
            position += width
        return "".join(parts)


def marked_text(
    owner: Any,
    resources: Any,
    found: dict[int, list[str]],
    inside: int | None = None,
    depth: int = 0,
) -> None:
    """Collects the text of a page or form by its MCID."""
    marks: list[int | None] = [inside]
    font: Font | None = None
    kept: list[Font | None] = []
    fonts: dict[str, Font] = {}
    for instruction in pikepdf.parse_content_stream(owner):
        operands: Any = instruction.operands
        name = str(instruction.operator)
        if name in ("BDC", "BMC"):
            properties = operands[1] if name == "BDC" else None
            if isinstance(properties, pikepdf.Name):
                properties = resources.get("/Properties", pikepdf.Dictionary()).get(properties)
            mark = properties.get("/MCID") if isinstance(properties, pikepdf.Dictionary) else None
            marks.append(marks[-1] if mark is None else int(mark))
        elif name == "EMC":
            if len(marks) > 1:
                marks.pop()
        elif name == "q":
            kept.append(font)
        elif name == "Q":
            font = kept.pop() if kept else font
        elif name == "Tf":
            key = str(operands[0])
            if key not in fonts:
                fonts[key] = Font.parse(resources.Font[key])
            font = fonts[key]
        elif name in ("Tj", "TJ", "'", '"') and font and marks[-1] is not None:
            items = operands[-1] if name == "TJ" else [operands[-1]]
            found.setdefault(marks[-1], []).extend(
                font.read(bytes(item)) for item in items if isinstance(item, pikepdf.String)
            )
        elif name == "Do" and depth < 10:
            form = resources.get("/XObject", pikepdf.Dictionary()).get(str(operands[0]))
            if (
                isinstance(form, pikepdf.Stream)
                and form.get("/Subtype") == pikepdf.Name.Form
                and marks[-1] is not None
            ):
                marked_text(form, form.get("/Resources", resources), found, marks[-1], depth + 1)


@dataclass
class Element:
    """An element of the structure tree, with its text and its elements in their order."""

    role: str
    scope: str = ""
    parts: list[Element | str] = field(default_factory=list)

    def walk(self) -> list[Element]:
        return [
            self,
            *(each for part in self.parts if isinstance(part, Element) for each in part.walk()),
        ]

    def own(self) -> str:
        return "".join(part for part in self.parts if isinstance(part, str))

    def text(self, links: bool) -> str:
        """The text of links alone, or the text without links."""
        inside = [each for part in self.parts if isinstance(part, Element) for each in [part]]
        if self.role == "Link":
            return "".join(each.own() for each in self.walk()) if links else ""
        if links:
            return "".join(each.text(links) for each in inside)
        return "".join(part if isinstance(part, str) else part.text(links) for part in self.parts)


def read_print(pdf: pikepdf.Pdf) -> list[Element]:
    """The elements of the structure tree, each before those in it."""
    tree: Any = pdf.Root.get("/StructTreeRoot")
    need(isinstance(tree, pikepdf.Dictionary), "the PDF has no structure tree")
    roles = tree.get("/RoleMap", pikepdf.Dictionary())
    texts: dict[tuple[int, int], dict[int, list[str]]] = {}
    seen: set[tuple[int, int]] = set()

    def marked(owner: Any, mark: int) -> str:
        need(isinstance(owner, pikepdf.Dictionary | pikepdf.Stream), "the tree names no page")
        if owner.objgen not in texts:
            texts[owner.objgen] = {}
            resources = owner.get("/Resources", pikepdf.Dictionary())
            if isinstance(owner, pikepdf.Dictionary):
                resources = pikepdf.Page(owner).resources
            marked_text(owner, resources, texts[owner.objgen])
        return "".join(texts[owner.objgen].pop(mark, []))  # once

    def fill(parent: Element, item: Any, page: Any, depth: int) -> None:
        need(depth < 200, "the structure tree is too deep")
        if isinstance(item, pikepdf.Array):
            for part in item:
                fill(parent, part, page, depth + 1)
        elif isinstance(item, int):
            parent.parts.append(marked(page, item))
        elif isinstance(item, pikepdf.Dictionary):
            page = item.get("/Pg", page)
            if item.get("/Type") == pikepdf.Name.MCR:
                parent.parts.append(marked(item.get("/Stm", page), int(item.MCID)))
            elif item.get("/Type") != pikepdf.Name.OBJR:
                if item.is_indirect:
                    need(item.objgen not in seen, "the structure tree is no tree")
                    seen.add(item.objgen)
                role, scope = str(item.get("/S", "/None")), ""
                for _ in range(10):
                    role = role if role == "/H2" or role not in roles else str(roles[role])
                for attributes in [item.get("/A")]:
                    if isinstance(attributes, pikepdf.Dictionary):
                        scope = str(attributes.get("/Scope", ""))
                element = Element(role[1:], scope[1:])
                parent.parts.append(element)
                fill(element, item.get("/K"), page, depth + 1)

    root = Element("")
    fill(root, tree.get("/K"), None, 0)
    return root.walk()


INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180e\u200b-\u200f\u2060-\u206f\ufe00-\ufe0f\ufeff]"
)


def plain(text: str) -> str:
    """The text as it is compared with a print."""
    text = unicodedata.normalize("NFC", INVISIBLE.sub("", text))
    text = re.sub(r"\[U\+([0-9A-F]{4,6})\]", lambda match: chr(int(match[1], 16)), text)
    return re.sub(r"\s+", "", text.replace("\u2010", "-").replace("\u2011", "-"))


BASES = {
    "head": "Erklärung der Verwaltungsspitze|Declaration by the head of the administration",
    "administration": "Geschäft der laufenden Verwaltung|Matter of current administration"
    "|laufende Verwaltung|Current administration",
    "council": "Beschluss|Decision",
    "both": "Verwaltungsspitze und Beschluss|Head of the administration and decision",
    "urgent": "Eilentscheidung|Urgent decision",
}
MONTHS = {
    "de": "Januar Februar März April Mai Juni Juli August September Oktober November Dezember",
    "en": "January February March April May June July August September October November December",
}
DAYS = ("decided_on", "signed_on", "late_on", "withdrawn_on")


def spell(day: str, language: str) -> list[str]:
    on = datetime.fromisoformat(day)
    month = MONTHS[language].split()[on.month - 1]
    if language == "en":
        return [f"{on.day} {month} {on.year}", f"{day[8:]}/{day[5:7]}/{day[:4]}"]
    return [f"{on.day}. {month} {on.year}", f"{day[8:]}.{day[5:7]}.{day[:4]}"]


def check_row(element: Element, item: dict[str, str], call: int | None, language: str) -> None:
    name, what = plain(item["name"]), f"the row of {item['name']}"
    need(plain(element.text(links=True)) == (str(call) if call else ""), f"{what} has another note")
    if element.role == "LI":
        start = plain(element.text(links=False))
        facts = start.removeprefix(name)
        need(not facts or facts[0] in ",·", f"{what} has another name")
    else:
        cells = [each for each in element.walk() if each.role in ("TH", "TD")]
        start = plain("".join(each.text(links=False) for each in cells if each.scope == "Row"))
        facts = plain("".join(each.text(links=False) for each in cells if each.scope != "Row"))
        rest = start.removeprefix(name)
        places = [plain(item[each]) for each in ("state", "district") if each in item]
        follows = rest.startswith(tuple(places)) or rest.endswith(item.get("key", "\0"))
        need(not rest or follows or "country" in item, f"{what} has another name")
    need(start.startswith(name), f"{what} has another name")
    basis = item.get("basis", "")
    expected = [[item.get("signer", "")], [item.get("function", "")]]
    expected.append(BASES[basis].split("|") if basis else [])
    expected.append([f"({item['body']})"] if basis and "body" in item else [])
    decided = item.get("decided_on") if basis not in ("", "head") else None
    for day in (decided, item.get("late_on") or item.get("signed_on"), item.get("withdrawn_on")):
        expected.append(spell(day, language) if day else [])
    for spellings in expected:
        found = [
            (facts.index(text), -len(text))
            for text in map(plain, spellings)
            if text and text in facts
        ]
        need(found or not any(spellings), f"{what} lacks {spellings}")
        if found:
            at, length = min(found)
            facts = facts[at - length :]


def check_section(section: list[Element], items: list[dict[str, str]], language: str) -> None:
    notes: list[Element] = []
    if any(
        each.role == "LI" and any(part.role == "Lbl" for part in each.walk()) for each in section
    ):
        heading = max(at for at, each in enumerate(section) if each.role == "H3")
        start = next(at for at in range(heading, len(section)) if section[at].role == "L")
        section, notes = section[:start], section[start:]
    rows = [
        each
        for each in section
        if each.role == "LI"
        or (each.role == "TR" and any(part.scope == "Row" for part in each.walk()))
    ]
    need(len(rows) == len(items), "the print has another number of rows")
    noted = [item for item in items if "note" in item]
    for row, item in zip(rows, items, strict=True):
        call = next((at for at, each in enumerate(noted, 1) if each is item), None)
        check_row(row, item, call, language)
    expected = "".join(
        plain(f"{at}.{each.get('sort_name', '')}:{each['note']}")
        for at, each in enumerate(noted, 1)
    )
    need(plain("".join(each.own() for each in notes)) == expected, "the notes are other ones")


def check_lists(printed: list[Element], files: dict[str, bytes], data: Any, language: str) -> None:
    """That JSON, CSV and print have the same items."""
    lists = [data["signatories"], *([data["withdrawals"]] if data.get("withdrawals") else [])]
    for item in (item for items in lists for item in items):
        need(all(isinstance(text, str) and text for text in item.values()), "an item is no text")
    header, *rows = csv.reader(
        io.StringIO(files["signatories.csv"].decode("utf-8-sig"), newline=""),
        delimiter=";",
        strict=True,
    )
    need(len(set(header)) == len(header), "a column occurs twice")
    need(all(len(row) == len(header) for row in rows), "a row has other columns")
    table = [
        {
            name: re.sub(r"^'(?='*[=+\-@\t\r])", "", cell)
            for name, cell in zip(header, row, strict=True)
            if cell
        }
        for row in rows
    ]
    need(table == data["signatories"], "the table is not the list")
    headings = [at for at, each in enumerate(printed) if each.role == "H2"][-len(lists) - 1 :]
    need(len(headings) == len(lists) + 1, "the print has no list")
    for items, first, last in zip(lists, headings, headings[1:], strict=False):
        check_section(printed[first + 1 : last], items, language)


def salted_list(salt: bytes, signatories: dict[str, Any]) -> str:
    lists = {}
    for name in ("signatories", "withdrawals"):
        items = signatories.get(name, [])
        need(isinstance(items, list), "signatories.json has no list")
        lists[name] = sorted(items, key=canonical)
    return sha256(salt, canonical(lists)).hex()


def check_contents(pdf: pikepdf.Pdf, files: dict[str, bytes]) -> None:
    need(set(files) == FILES, "the PDF embeds other files than it must")
    evidence, signatories = (
        parse_json(files["evidence.json"]),
        parse_json(files["signatories.json"]),
    )
    need(
        isinstance(evidence, dict) and evidence.get("format") == "signoff evidence 1",
        "the evidence is of another format",
    )
    need(isinstance(signatories, dict), "signatories.json is no object")
    need(
        isinstance(evidence.get("timestamp"), bool),
        "the evidence does not say whether there are timestamps",
    )
    for name in ("association", "paper", "edition", "edition_digest", "as_of"):
        need(name in evidence, f"the evidence has no {name!r}")
    log = evidence.get("log")
    need(log is not None, "this is a trial print, which is never released")
    need(isinstance(log, dict), "the evidence has no log")

    key = Key.parse(log.get("key"))
    statement = check_log_statement(log.get("statement"))
    issue, earlier = evidence.get("issue"), evidence.get("earlier")
    if issue is None:
        need(
            statement["kind"] in ("closing", "amendment"),
            "the statement of the log is about something else",
        )
        need(earlier is None, "the evidence names releases before the first one")
        earlier = []
    else:
        need(
            isinstance(issue, dict)
            and issue.get("kind") in ("addendum", "edition")
            and "number" in issue,
            "the issue is not well formed",
        )
        need(
            statement["kind"] == issue["kind"]
            and same_json(statement.get("number"), issue["number"]),
            "the statement of the log is about another issue",
        )
        need(
            isinstance(earlier, list)
            and earlier
            and all(
                isinstance(item, dict)
                and {"kind", "number", "as_of", "sha256"} <= set(item)
                and is_digest(item["sha256"])
                for item in earlier
            ),
            "the releases before this one are not well formed",
        )
        assert isinstance(earlier, list)
    for name in ("paper", "edition", "edition_digest"):
        need(
            same_json(statement[name], evidence[name]),
            f"the statement of the log is about another {name}",
        )
    terms, salt = log.get("terms"), log.get("list_salt")
    need(
        isinstance(terms, dict) and statement.get("terms") == sha256(canonical(terms)).hex(),
        "the terms are not those of the log",
    )
    need(
        isinstance(salt, str) and re.fullmatch("[0-9a-f]{32}", salt),
        "the salt of the list is not well formed",
    )
    need(
        statement.get("list") == salted_list(bytes.fromhex(salt), signatories),
        "the list is not that of the log",
    )
    checkpoint = check_proof(log.get("proof"), statement, key)

    elements = read_print(pdf)
    heading = max((at for at, each in enumerate(elements) if each.role == "H2"), default=None)
    need(heading is not None, "the print has no section")
    printed = plain("".join(each.own() for each in elements[heading:]))
    for what, wanted in [
        ("digest of the text", evidence["edition_digest"]),
        ("root of the checkpoint", checkpoint.root.hex()),
        ("digest of the key of the log", sha256(key.public).hex()),
        *(("digest of an earlier release", item["sha256"]) for item in earlier),
    ]:
        need(
            isinstance(wanted, str) and wanted in printed, f"the print does not contain the {what}"
        )

    text = evidence.get("text")
    need(
        isinstance(text, dict) and evidence["edition_digest"] == sha256(canonical(text)).hex(),
        "the digest of the text is wrong",
    )
    counted = evidence.get("signatories")
    need(isinstance(counted, dict), "the evidence does not name the list")
    need(
        counted.get("json_sha256") == sha256(files["signatories.json"]).hex()
        and counted.get("csv_sha256") == sha256(files["signatories.csv"]).hex(),
        "the embedded list is not that of the evidence",
    )
    counts = [counted.get("count"), signatories.get("count"), len(signatories["signatories"])]
    need(all(map(is_natural, counts)) and len(set(counts)) == 1, "the list has another length")
    need(
        signatories.get("edition_digest") == evidence["edition_digest"],
        "the list is about another text",
    )
    need(same_json(signatories.get("issue"), issue), "the list is of another issue")
    need(
        "title" in text and same_json(signatories.get("title"), text["title"]),
        "the list has another title",
    )
    check_lists(elements, files, signatories, "en" if text.get("language") == "en" else "de")


def examine_pdf(data: bytes, held: Held) -> Result:
    seal = check_seal(data)
    known = public_bytes(seal.signed.signer) in [
        public_bytes(certificate)
        for certificate in held.certificates
        if not is_for_timestamps(certificate)
    ]
    kind = seal.document.get(seal.document.get(seal.document.root).get(b"SignoffKind"))
    tokens = seal_timestamps(seal.signed.info)
    if kind in (Name(b"receipt"), Name(b"certificate")):
        need(not tokens, "a receipt or certificate has no timestamp")
        need(seal.end == len(data), "something follows the seal")
        if not known:
            return Result(
                CANNOT_TELL,
                "The seal is intact, but whether its key is that of the association was not given.",
            )
        return Result(
            GENUINE,
            f"The seal of this {kind.value.decode()} is intact. It is a {kind.value.decode()}, not an edition.",
        )

    # Whether timestamps belong to the file is said in its evidence, which may be unreadable.
    files: dict[str, bytes] = {}
    trouble, timestamped = "", False
    try:
        pdf = pikepdf.open(
            io.BytesIO(data[: seal.end]), attempt_recovery=False, suppress_warnings=True
        )
        files = embedded_files(pdf)
        evidence = parse_json(files.get("evidence.json", b""))
        timestamped = isinstance(evidence, dict) and evidence.get("timestamp") is True
    except Exception as error:  # noqa: BLE001 - anything may be in there
        trouble = str(error) if isinstance(error, Wrong) else "the embedded files cannot be read"
    need(
        len(tokens) == timestamped,
        "the seal has a timestamp that its evidence does not know, or none although it should",
    )
    stamps = [(token, bytes(seal.signed.info["signature"].native)) for token in tokens]
    document, end = seal.document, seal.end
    need(end == len(data) or timestamped, "something follows the seal")
    while end < len(data):
        revision = Revision(document, end)
        token, covered, end = revision.check()
        stamps.append((token, covered))
        document = revision.new
    if not known:
        return Result(
            CANNOT_TELL,
            "The seal is intact, but whether its key is that of the association was not given.",
        )
    need(not trouble, trouble)
    check_contents(pdf, files)
    given = [check_timestamp(token, covered, held) for token, covered in stamps]
    if not all(given):
        return Result(
            CANNOT_TELL,
            "The seal and the contents are right, but the authority of a timestamp was not given.",
        )
    return Result(GENUINE, "The seal is by a key that was given, and the contents agree.")


# All of it.


RELEASED = re.compile(r"(releases/[0-9]+-[a-z]+)\.(pdf|json)")
LISTS = FILES - {"verify_signoff.py"}


def read_bundle(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        items = [item for item in package.infolist() if not item.is_dir()]
        need(
            all(item.compress_type in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) for item in items),
            "a file of the bundle is packed in another way",
        )
        need(sum(item.file_size for item in items) <= MAX_INFLATED, "the bundle is too large")
        files = {item.filename: package.read(item) for item in items}
    need(len(files) == len(items), "two files of the bundle have one name")
    lines = files.pop("SHA256SUMS").decode().splitlines()
    expected = [f"{sha256(content).hex()}  {name}" for name, content in files.items()]
    need(Counter(lines) == Counter(expected), "the bundle has other files than it names")
    return files


def check_record(record: Any, pdf: bytes, evidence: Any) -> None:
    need(record["sha256"] == sha256(pdf).hex(), "a record is that of another file")
    issue = evidence.get("issue", {"kind": "final", "number": 1})
    expected = {name: evidence[name] for name in ("paper", "edition", "edition_digest")}
    expected |= {"title": evidence["text"]["title"], "kind": issue["kind"]}
    expected["list_edition"] = issue["number"]
    need(all(same_json(record[name], each) for name, each in expected.items()), "a record differs")
    moments = [datetime.fromisoformat(each["as_of"]) for each in (record, evidence)]
    need(moments[0] == moments[1], "a record is of another moment")
    typeset = sha256(pdf[: typeset_end(pdf)]).hex()
    need(record.get("typeset_sha256", typeset) == typeset, "a record is of another print")


def examine_bundle(data: bytes, held: Held) -> Result:
    files = read_bundle(data)
    named = {"certificate.pem", "verify_signoff.py", "ANLEITUNG.md", "README.md"}
    programs, keys, withdrawn, results = set(), set(held.keys), False, []
    for name in files:
        if not (match := RELEASED.fullmatch(name)):
            continue
        if match[2] == "json":
            record = parse_json(files[name])
            if f"{match[1]}.pdf" not in files:
                need("withdrawn_at" in record, "a file of the bundle is missing")
                named.add(name)
                withdrawn = True
            else:
                need("withdrawn_at" not in record, "a withdrawn file is in the bundle")
            continue
        results.append(examine(files[name], held))
        need(results[-1].verdict != NOT_GENUINE, results[-1].reason)
        with pikepdf.open(io.BytesIO(files[name])) as pdf:
            inside = embedded_files(pdf)
        need(set(inside) == FILES, "a file of the bundle embeds something else")
        for each in LISTS:
            need(files[f"{match[1]}/{each}"] == inside[each], "a list of the bundle is another one")
        programs.add(inside["verify_signoff.py"])
        evidence = parse_json(inside["evidence.json"])
        keys.add(evidence["log"]["key"])
        check_record(parse_json(files[f"{match[1]}.json"]), files[name], evidence)
        named |= {name, f"{match[1]}.json", *(f"{match[1]}/{each}" for each in LISTS)}
    need(not programs or files["verify_signoff.py"] in programs, "the program is another one")
    if "log/entries.json" in files:
        log = parse_json(files["log/entries.json"])
        Log.parse(log)
        need(files["log/key"] == f"{log['key']}\n".encode(), "the key of the log is another one")
        notes = "".join(f"{note}\n" for note in log["checkpoints"]).encode()
        need(files["log/checkpoints"] == notes, "the checkpoints of the log are other ones")
        named |= {"log/key", "log/entries.json", "log/checkpoints"}
    need(set(files) <= named, "the bundle contains something else")
    own = read_trust(files["certificate.pem"] + b"\n" + files.get("log/key", b""))
    given = {public_bytes(each) for each in held.certificates}
    if (
        withdrawn
        or not results
        or any(each.verdict != GENUINE for each in results)
        or any(public_bytes(each) not in given for each in own.certificates)
        or set(own.keys) - keys
    ):
        return Result(CANNOT_TELL, "The bundle has something that was not given.")
    return Result(GENUINE, "The bundle is genuine.")


def examine(data: bytes, held: Held) -> Result:
    try:
        if data.startswith(b"PK"):
            return examine_bundle(data, held)
        if not data.lstrip().startswith(b"{"):
            return examine_pdf(data, held)
        value = parse_json(data)
        examiners = {"signoff-receipt-1": examine_receipt}
        examiners["signoff-certificate-1"] = examine_certificate
        need(value.get("format") in examiners, "the file is of no format that is known")
        return examiners[value["format"]](value, held)
    except Wrong as error:
        return Result(NOT_GENUINE, f"Not genuine: {error}.")
    except Exception as error:  # noqa: BLE001 - whatever a hostile file brings about
        return Result(NOT_GENUINE, f"Not genuine: it cannot be read ({type(error).__name__}).")


PEM = re.compile(rb"-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----", re.DOTALL)


def read_trust(content: bytes) -> Held:
    """Certificates (PEM) and lines of ``/log/key``."""
    held = Held(certificates=[*map(x509.load_pem_x509_certificate, PEM.findall(content))])
    for line in content.decode().split():
        if line.startswith("signoff/"):
            held.keys[line] = Key.parse(line)
    return held


def verify(data: bytes, trusted: bytes = b"", log: bytes | None = None) -> Result:
    """The verdict about a file; raises ``Wrong`` if the log is.

    ``trusted`` has certificates (PEM) or lines of ``/log/key``, ``log`` is ``entries.json``.
    """
    held = read_trust(trusted)
    try:
        held.log = Log.parse(parse_json(log)) if log is not None else None
    except Exception as error:  # noqa: BLE001 - whatever a hostile log brings about
        raise Wrong(str(error)) from error
    return examine(data, held)
