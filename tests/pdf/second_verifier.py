"""A second verifier of what Signoff gives away, written from ``docs/verify.md`` alone.

It shares no code with ``verify_signoff.py`` and uses common libraries where that one has the
standard library, so that a mistake in one of them, or a gap in the document, shows as two verdicts
about one file. It knows PDFs that nothing follows (``timestamp`` is ``false``), receipts,
certificates of the process and the log.
"""

import base64
import binascii
import hashlib
import io
import json
import re
import subprocess
from collections.abc import Callable
from typing import Any

import pikepdf
from asn1crypto import cms, tsp
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

DASH = "\u2014"
MOMENT = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}\+00:00"
ROUND = ("paper", "edition", "edition_digest", "opened_at")
PEM = re.compile(rb"-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----", re.DOTALL)


class Wrong(Exception):
    """Something about the file is not as the document says."""


def require(holds: object, what: str) -> None:
    if not holds:
        raise Wrong(what)


def verify(content: bytes, trusted: bytes = b"", log: bytes | None = None) -> tuple[str, str]:
    """The verdict about a file and the result of the check ``log``.

    ``trusted`` is the content of a file with certificates (PEM) or the line of the log's key.
    """
    try:
        if content.startswith(b"%PDF-"):
            known = check_pdf(content) in {to_der(each) for each in PEM.findall(trusted)}
            return ("genuine" if known else "cannot_tell"), "skipped"
        file = read_json(content)
        key = check_json(file)
    except Wrong:
        return "not_genuine", "skipped"
    known = key.encode() in trusted.splitlines()
    compared = log is not None and file["format"] == "signoff-receipt-1"
    return ("genuine" if known else "cannot_tell"), compare(file, log) if compared else "skipped"


# -- bytes --------------------------------------------------------------------------------------


def digest(*parts: bytes) -> bytes:
    return hashlib.sha256(b"".join(parts)).digest()


def read_json(content: bytes) -> Any:
    def to_object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        require(len({name for name, _ in pairs}) == len(pairs), "a name occurs twice")
        return dict(pairs)

    def refuse(text: str) -> None:
        raise Wrong(f"no integer: {text}")

    try:
        return json.loads(
            content.decode(), object_pairs_hook=to_object, parse_float=refuse, parse_constant=refuse
        )
    except (ValueError, RecursionError) as error:
        raise Wrong("no JSON") from error


def canonical(value: object) -> bytes:
    try:
        text = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        return text.encode()
    except UnicodeEncodeError as error:
        raise Wrong("not UTF-8") from error


def read_hex(text: object, length: int) -> bytes:
    good = isinstance(text, str) and re.fullmatch(f"[0-9a-f]{{{2 * length}}}", text)
    require(good, "no hex")
    return bytes.fromhex(str(text))


def read_base64(text: object, length: int) -> bytes:
    try:
        data = base64.b64decode(str(text), validate=True)
    except (ValueError, binascii.Error) as error:
        raise Wrong("no base64") from error
    require(len(data) == length and base64.b64encode(data).decode() == text, "no base64")
    return data


def has(value: Any, form: dict[str, Any]) -> None:
    """Require exactly these names. A form is a type, a pattern, a tuple of values or a function."""
    require(isinstance(value, dict) and value.keys() == form.keys(), "names")
    for name, expected in form.items():
        item = value[name]
        if isinstance(expected, type):
            good: object = type(item) is expected
        elif isinstance(expected, str):
            good = isinstance(item, str) and re.fullmatch(expected, item)
        elif isinstance(expected, tuple):
            good = item in expected and not isinstance(item, bool)
        else:
            good = expected(item)
        require(good, name)


def is_moment_or_null(value: object) -> bool:
    return value is None or (isinstance(value, str) and bool(re.fullmatch(MOMENT, value)))


def is_number(value: object) -> bool:
    return type(value) is int and value >= 0


SHA256 = "[0-9a-f]{64}"
IN_ROUND = {"paper": str, "edition": is_number, "edition_digest": SHA256, "opened_at": MOMENT}

# -- the key and its signatures -----------------------------------------------------------------


class Key:
    """The key of a log, from the line that ``/log/key`` gives."""

    def __init__(self, line: object) -> None:
        require(isinstance(line, str) and line.count("+") >= 2, "key")
        self.name, number, text = str(line).split("+", 2)
        typed = read_base64(text, 33)
        require(typed[0] == 1, "kind of key")
        self.public = typed[1:]
        self.id = digest(self.name.encode(), b"\n", typed)[:4]
        require(self.name == f"signoff/{digest(self.public).hex()[:16]}", "name of key")
        require(self.id.hex() == number, "id of key")

    def check(self, signature: object, message: bytes) -> None:
        signed = read_base64(signature, 68)
        require(signed[:4] == self.id, "id of signature")
        try:
            Ed25519PublicKey.from_public_bytes(self.public).verify(signed[4:], message)
        except InvalidSignature as error:
            raise Wrong("signature") from error


# -- the log ------------------------------------------------------------------------------------


def leaf(statement: object) -> bytes:
    return digest(b"\0", canonical(statement))


def node(left: bytes, right: bytes) -> bytes:
    return digest(b"\1", left, right)


def tree(leaves: list[bytes]) -> bytes:
    if len(leaves) == 1:
        return leaves[0]
    half = 1 << ((len(leaves) - 1).bit_length() - 1)
    return node(tree(leaves[:half]), tree(leaves[half:]))


def read_checkpoint(text: object, key: Key) -> tuple[int, bytes]:
    """Size and root of a checkpoint that the key has signed."""
    require(isinstance(text, str), "checkpoint")
    lines = str(text).split("\n")
    require(len(lines) == 6 and lines[3] == lines[5] == "", "lines of checkpoint")
    origin, size, root, _, signature, _ = lines
    require(origin == key.name and re.fullmatch("[1-9][0-9]*", size, re.ASCII), "checkpoint")
    start = f"{DASH} {key.name} "
    require(signature.startswith(start), "signature of checkpoint")
    key.check(signature.removeprefix(start), f"{origin}\n{size}\n{root}\n".encode())
    return int(size), read_base64(root, 32)


def check_proof(statement: object, proof: Any, key: Key) -> None:
    """RFC 9162, 2.1.3.2."""
    has(proof, {"index": is_number, "path": list, "checkpoint": str})
    size, root = read_checkpoint(proof["checkpoint"], key)
    require(proof["index"] < size, "index")
    first, last, value = proof["index"], size - 1, leaf(statement)
    for text in proof["path"]:
        other = read_hex(text, 32)
        require(last > 0, "path too long")
        if first & 1 or first == last:
            value = node(other, value)
            while not first & 1 and first:
                first, last = first >> 1, last >> 1
        else:
            value = node(value, other)
        first, last = first >> 1, last >> 1
    require(last == 0 and value == root, "root")


LOG_STATEMENT = {
    "format": ("signoff-log-1",),
    "kind": str,
    "at": MOMENT,
    **IN_ROUND,
    "audit": SHA256,
}
LISTED = {"list": SHA256, "terms": SHA256}
FURTHER: dict[object, dict[str, Any]] = {
    "closing": LISTED,
    "amendment": LISTED,
    "addendum": {"number": is_number, **LISTED},
    "edition": {"number": is_number, **LISTED},
    "release": {
        "document": ("final", "addendum", "edition"),
        "number": is_number,
        "sha256": SHA256,
    },
}


def check_log_statement(statement: Any) -> None:
    kind = statement.get("kind") if isinstance(statement, dict) else None
    require(isinstance(kind, str) and kind in FURTHER, "kind")
    has(statement, LOG_STATEMENT | FURTHER[kind])


def compare(receipt: dict[str, Any], content: bytes | None) -> str:
    """The check ``log``: whether the receipt is in the log, where it should be."""
    try:
        log = read_json(content or b"")
        sizes = check_log(log)
    except Wrong:
        return "skipped"
    statement = receipt["statement"]
    if log["key"] != receipt["key"]:
        return "skipped"
    logged = leaf(statement).hex()
    for entry in log["statements"]:
        later = entry["statement"]
        if all(later[name] == statement[name] for name in ROUND) and later["at"] > statement["at"]:
            size = next((size for size in sizes if size > entry["index"]), 0)
            if logged not in log["leaves"][:size]:
                return "fail"
    return "pass" if logged in log["leaves"] else "skipped"


def check_log(log: Any) -> list[int]:
    """The sizes of the checkpoints of a log in which everything holds."""
    form = {"format": ("signoff-log-1",), "key": str, "leaves": list}
    has(log, form | {"checkpoints": list, "statements": list})
    key = Key(log["key"])
    leaves = [read_hex(each, 32) for each in log["leaves"]]
    sizes = []
    for each in log["checkpoints"]:
        size, root = read_checkpoint(each, key)
        require(size <= len(leaves) and tree(leaves[:size]) == root, "root of checkpoint")
        sizes.append(size)
    require(sizes == sorted(sizes), "order of checkpoints")
    for entry in log["statements"]:
        has(entry, {"index": is_number, "statement": dict})
        check_log_statement(entry["statement"])
        require(entry["index"] < len(leaves), "index")
        require(leaves[entry["index"]] == leaf(entry["statement"]), "leaf of statement")
    return sizes


# -- receipt and certificate --------------------------------------------------------------------


RECEIPT_STATEMENT = {
    "format": ("signoff-receipt-1",),
    **IN_ROUND,
    "reference": str,
    "version": is_number,
    "answer": ("sign", "decline", "not_competent", "pending", "withdrawn"),
    "at": MOMENT,
    "details": SHA256,
}


def check_json(file: Any) -> str:
    """The line of the key that has signed a receipt or a certificate."""
    checks: dict[object, Callable[[dict[str, Any], Key], None]]
    checks = {"signoff-receipt-1": check_receipt, "signoff-certificate-1": check_certificate}
    kind = file.get("format") if isinstance(file, dict) else None
    require(isinstance(kind, str) and kind in checks, "format")
    for name in ("statement", "signature", "key"):
        require(name in file, name)
    key = Key(file["key"])
    key.check(file["signature"], canonical(file["statement"]))
    checks[kind](file, key)
    return str(file["key"])


ENVELOPE = {"format": str, "statement": dict, "signature": str, "key": str}


def check_receipt(file: dict[str, Any], key: Key) -> None:
    anything = lambda _: True
    has(file, ENVELOPE | {"details": anything, "details_salt": "([0-9a-f]{2})*", "proof": anything})
    statement, details = file["statement"], file["details"]
    has(statement, RECEIPT_STATEMENT)
    if details is not None:
        salt = bytes.fromhex(file["details_salt"])
        require(isinstance(details, dict), "details")
        require(digest(salt, canonical(details)).hex() == statement["details"], "details")
        if "text" in details:
            require(details["text"] == statement["edition_digest"], "text")
        if isinstance(details.get("answer"), dict) and "kind" in details["answer"]:
            require(details["answer"]["kind"] == statement["answer"], "answer")
    if file["proof"] is not None:
        check_proof(statement, file["proof"], key)


CERTIFICATE_STATEMENT = {
    "format": ("signoff-certificate-1",),
    "copy": ("office", "member"),
    "association": str,
    "title": str,
    **IN_ROUND,
    "deadline": is_moment_or_null,
    "closed_at": is_moment_or_null,
    "released_at": is_moment_or_null,
    "member": lambda value: value is None or value.keys() == {"key", "name"},
    "steps": list,
    "signatories": list,
}


def check_certificate(file: dict[str, Any], key: Key) -> None:
    has(file, ENVELOPE | {"log": list})
    statement = file["statement"]
    of_office = {"audit": SHA256} if statement.get("copy") == "office" else {}
    has(statement, CERTIFICATE_STATEMENT | of_office)
    for step in statement["steps"]:
        require(isinstance(step, dict) and {"event", "at", "by"} <= step.keys(), "step")
        require(step["by"] in ("office", "member", "program"), "by")
    kinds = []
    for entry in file["log"]:
        has(entry, {"statement": dict, "proof": dict})
        logged = entry["statement"]
        if logged.get("format") == "signoff-receipt-1":
            require(statement["copy"] == "member", "a receipt in the copy of the office")
            has(logged, RECEIPT_STATEMENT)
        else:
            check_log_statement(logged)
        require(all(logged[name] == statement[name] for name in ROUND), "another round")
        check_proof(logged, entry["proof"], key)
        kinds.append(logged.get("kind"))
    require(statement["closed_at"] is None or "closing" in kinds, "closing")


# -- PDF ----------------------------------------------------------------------------------------


EVIDENCE = {
    "format": ("signoff evidence 1",),
    "association": str,
    "paper": str,
    "edition": is_number,
    "edition_digest": SHA256,
    "text": dict,
    "as_of": str,
    "signatories": dict,
    "timestamp": bool,
    "log": dict,
}
FILES = {"signatories.json", "signatories.csv", "evidence.json", "verify_signoff.py"}


def to_der(pem: bytes) -> bytes:
    return x509.load_pem_x509_certificate(pem).public_bytes(serialization.Encoding.DER)


def check_pdf(content: bytes) -> bytes:
    """The certificate (DER) of the seal of a PDF in which everything holds."""
    try:
        with pikepdf.open(io.BytesIO(content)) as pdf:
            certificate = check_seal(content, pdf)
            files = {
                name: bytes(each.get_file().read_bytes()) for name, each in pdf.attachments.items()
            }
            require(files.keys() == FILES, "embedded files")
            check_evidence(content, pdf, files)
            return certificate
    except (pikepdf.PdfError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise Wrong("no PDF of Signoff") from error


def check_seal(content: bytes, pdf: pikepdf.Pdf) -> bytes:
    """The certificate of the one signature, which covers the whole file."""
    sealed = [field.V for field in pdf.Root.AcroForm.Fields if field.get("/FT") == "/Sig"]
    require(len(sealed) == 1, "one seal")
    require(sealed[0].SubFilter == "/ETSI.CAdES.detached", "kind of seal")
    start, before, after, length = (int(each) for each in sealed[0].ByteRange)
    require(start == 0 < before < after and after + length == len(content), "range of bytes")
    hole = content[before:after]
    require(re.fullmatch(b"<[0-9A-Fa-f]+>", hole), "hole")
    der = bytes.fromhex(hole[1:-1].decode())
    require(der == bytes(sealed[0].Contents), "hole")
    info = cms.ContentInfo.load(der)
    require(not der[len(info.dump()) :].strip(b"\0"), "padding")
    data = info["content"]
    (signer,) = data["signer_infos"]
    attributes = {each["type"].dotted: each["values"] for each in signer["signed_attrs"]}
    require(attributes[OID_CONTENT_TYPE][0].native == "data", "type of content")
    algorithm = getattr(hashes, signer["digest_algorithm"]["algorithm"].native.upper())()
    hashed = hashes.Hash(algorithm)
    hashed.update(content[:before] + content[after:])
    require(attributes[OID_MESSAGE_DIGEST][0].native == hashed.finalize(), "digest of the file")
    named = tsp.SigningCertificateV2.load(attributes[OID_SIGNING_CERTIFICATE][0].dump())
    named_digest = named["certs"][0]["cert_hash"].native
    (der_certificate,) = [
        each.chosen.dump()
        for each in data["certificates"]
        if digest(each.chosen.dump()) == named_digest
    ]
    require(not len(signer["unsigned_attrs"]), "unsigned attributes")
    public = x509.load_der_x509_certificate(der_certificate).public_key()
    message = signer["signed_attrs"].untag().dump()
    try:
        if isinstance(public, rsa.RSAPublicKey):
            public.verify(signer["signature"].native, message, padding.PKCS1v15(), algorithm)
        else:
            require(isinstance(public, ec.EllipticCurvePublicKey), "kind of key")
            public.verify(signer["signature"].native, message, ec.ECDSA(algorithm))
    except InvalidSignature as error:
        raise Wrong("seal") from error
    return bytes(der_certificate)


OID_CONTENT_TYPE, OID_MESSAGE_DIGEST = "1.2.840.113549.1.9.3", "1.2.840.113549.1.9.4"
OID_SIGNING_CERTIFICATE = "1.2.840.113549.1.9.16.2.47"


def check_evidence(content: bytes, pdf: pikepdf.Pdf, files: dict[str, bytes]) -> None:
    evidence = read_json(files["evidence.json"])
    follows = isinstance(evidence, dict) and "issue" in evidence
    has(evidence, EVIDENCE | ({"issue": dict, "earlier": list} if follows else {}))
    require(digest(canonical(evidence["text"])).hex() == evidence["edition_digest"], "text")
    printed = read_json(files["signatories.json"])
    listed = {"count": len(printed["signatories"])}
    listed["json_sha256"] = digest(files["signatories.json"]).hex()
    listed["csv_sha256"] = digest(files["signatories.csv"]).hex()
    require(evidence["signatories"] == listed, "digests of the list")
    require(not evidence["timestamp"], "timestamps are not known here")

    log = evidence["log"]
    has(log, {"key": str, "statement": dict, "list_salt": str, "terms": dict, "proof": dict})
    key, statement = Key(log["key"]), log["statement"]
    check_log_statement(statement)
    if follows:
        place = (evidence["issue"]["kind"], evidence["issue"]["number"])
        require((statement["kind"], statement.get("number")) == place, "kind")
    else:
        require(statement["kind"] in ("closing", "amendment"), "kind")
    for name in ("paper", "edition", "edition_digest"):
        require(statement[name] == evidence[name], name)
    require(digest(canonical(log["terms"])).hex() == statement["terms"], "terms")
    lists = {
        name: sorted(printed.get(name, []), key=canonical)
        for name in ("signatories", "withdrawals")
    }
    salted = digest(read_hex(log["list_salt"], 16), canonical(lists))
    require(salted.hex() == statement["list"], "list")
    check_proof(statement, log["proof"], key)
    _, root = read_checkpoint(log["proof"]["checkpoint"], key)
    text = read_last_section(content, pdf)
    earlier = [each["sha256"] for each in evidence.get("earlier", [])]
    for each in (evidence["edition_digest"], root.hex(), digest(key.public).hex(), *earlier):
        require(each in text, "last section")


def read_last_section(content: bytes, pdf: pikepdf.Pdf) -> str:
    """The text, without white space, from the page of the last heading of level 2 on."""
    last: pikepdf.Object | None = None

    def walk(element: pikepdf.Object, page: pikepdf.Object | None) -> None:
        nonlocal last
        if isinstance(element, pikepdf.Array):
            for each in element:
                walk(each, page)
        elif isinstance(element, pikepdf.Dictionary):
            page = element.get("/Pg", page)
            children = element.get("/K", pikepdf.Array())
            if element.get("/S") == "/H2":
                last = page if page is not None else children[0].get("/Pg")
            walk(children, page)

    walk(pdf.Root.StructTreeRoot.K, None)
    require(last is not None, "heading")
    number = next(n for n, page in enumerate(pdf.pages, 1) if page.obj.objgen == last.objgen)
    command = ["pdftotext", "-raw", "-f", str(number), "-", "-"]
    text = subprocess.run(command, input=content, capture_output=True, check=True).stdout
    return "".join(text.decode().split())
