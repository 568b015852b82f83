"""A second verifier of what Signoff gives away, written from ``docs/verify.md`` alone.

It shares no code with ``verify_signoff.py`` and uses common libraries where that one has the
standard library, so that a mistake in one of them, or a gap in the document, shows as two verdicts
about one file. It knows PDFs that nothing follows (``timestamp`` is ``false``), receipts,
certificates of the process and the log.
"""

import base64
import hashlib
import io
import json
import re
import subprocess
from typing import Any

import pikepdf
from asn1crypto import cms, tsp
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

DASH = "\u2014"
MOMENT = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}\+00:00"
SHA256 = "[0-9a-f]{64}"
RECEIPT, CERTIFICATE, LOG = "signoff-receipt-1", "signoff-certificate-1", "signoff-log-1"
FILES = {"signatories.json", "signatories.csv", "evidence.json", "verify_signoff.py"}
OID_CONTENT_TYPE, OID_MESSAGE_DIGEST = "1.2.840.113549.1.9.3", "1.2.840.113549.1.9.4"
OID_SIGNING_CERTIFICATE = "1.2.840.113549.1.9.16.2.47"
ROUND = ("paper", "edition", "edition_digest", "opened_at")
PEM = re.compile(rb"-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----", re.DOTALL)


class Wrong(Exception):
    """Something about the file is not as the document says."""


def require(holds: object, what: str) -> None:
    if not holds:
        raise Wrong(what)


def verify(content: bytes, trusted: bytes = b"", log: bytes | None = None) -> tuple[str, str]:
    """The verdict about a file, and the result of the check ``log``; ``Wrong`` if the log is wrong.

    ``trusted`` has certificates (PEM) or the line of the log's key, ``log`` is ``entries.json``.
    """
    opened = open_log(log) if log is not None else None
    try:
        if not content.lstrip().startswith(b"{"):
            known = {read_public_key(each) for each in PEM.findall(trusted)}
            return check_pdf(content, known), "skipped"
        file = read_json(content)
        check_file(file)
    except Wrong:
        return "not_genuine", "skipped"
    verdict = "genuine" if file["key"] in trusted.decode().split() else "cannot_tell"
    return verdict, compare(file, *opened) if opened and file["format"] == RECEIPT else "skipped"


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
    require(is_text(text, f"[0-9a-f]{{{2 * length}}}"), "no hex")
    return bytes.fromhex(str(text))


def read_base64(text: object, length: int) -> bytes:
    try:
        data = base64.b64decode(str(text), validate=True)
    except ValueError as error:
        raise Wrong("no base64") from error
    require(len(data) == length and base64.b64encode(data).decode() == text, "no base64")
    return data


def require_names(value: Any, names: str) -> None:
    require(isinstance(value, dict) and value.keys() == set(names.split()), names)


def is_text(value: Any, pattern: str) -> bool:
    return isinstance(value, str) and bool(re.fullmatch(pattern, value, re.ASCII))


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
    require(origin == key.name and is_text(size, "[1-9][0-9]{0,15}"), "checkpoint")
    start = f"{DASH} {key.name} "
    require(signature.startswith(start), "signature of checkpoint")
    key.check(signature.removeprefix(start), f"{origin}\n{size}\n{root}\n".encode())
    return int(size), read_base64(root, 32)


def check_proof(statement: object, proof: Any, key: Key) -> None:
    """RFC 9162, 2.1.3.2."""
    require_names(proof, "index path checkpoint")
    require(isinstance(proof["path"], list), "path")
    size, root = read_checkpoint(proof["checkpoint"], key)
    require(type(proof["index"]) is int and 0 <= proof["index"] < size, "index")
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


def open_log(content: bytes) -> tuple[dict[str, Any], list[int]]:
    """The log and the sizes of its checkpoints; ``Wrong`` unless everything in it holds."""
    log = read_json(content)
    try:
        require(log["format"] == LOG, "format")
        key, leaves = Key(log["key"]), [read_hex(each, 32) for each in log["leaves"]]
        sizes = []
        for each in log["checkpoints"]:
            size, root = read_checkpoint(each, key)
            require(size <= len(leaves) and tree(leaves[:size]) == root, "root of checkpoint")
            sizes.append(size)
        for entry in log["statements"]:
            index, statement = entry["index"], entry["statement"]
            require(type(index) is int and 0 <= index < max(sizes, default=0), "index")
            require(statement["format"] == LOG and leaves[index] == leaf(statement), "leaf")
    except (KeyError, TypeError, AttributeError) as error:
        raise Wrong("no log") from error
    return log, sizes


def compare(receipt: dict[str, Any], log: dict[str, Any], sizes: list[int]) -> str:
    """The check ``log``: whether the receipt is in the log, where it should be."""
    if log["key"] != receipt["key"]:
        return "skipped"
    statement, own = receipt["statement"], leaf(receipt["statement"]).hex()
    for entry in log["statements"]:
        other = entry["statement"]
        same = all(other.get(name) == statement[name] for name in ROUND)
        if same and str(other.get("at")) > statement["at"]:
            size = min(size for size in sizes if size > entry["index"])
            if own not in log["leaves"][:size]:
                return "fail"
    return "pass" if own in log["leaves"][: max(sizes, default=0)] else "skipped"


# -- receipt and certificate --------------------------------------------------------------------


def check_file(file: Any) -> None:
    """A receipt or a certificate: everything but whether its key is known."""
    try:
        kind, statement = file["format"], file["statement"]
        require(kind in (RECEIPT, CERTIFICATE) and statement["format"] == kind, "format")
        further = "details details_salt proof" if kind == RECEIPT else "log"
        require_names(file, f"format statement signature key {further}")
        require(statement.keys() >= set(ROUND), "round")
        key = Key(file["key"])
        key.check(file["signature"], canonical(statement))
        if kind == RECEIPT:
            check_receipt(file, statement, key)
        else:
            check_certificate(file, statement, key)
    except (KeyError, TypeError, AttributeError) as error:
        raise Wrong("form") from error


def check_receipt(file: dict[str, Any], statement: dict[str, Any], key: Key) -> None:
    require(is_text(statement["at"], MOMENT) and is_text(statement["details"], SHA256), "form")
    require(isinstance(statement["reference"], str), "reference")
    require(isinstance(statement["answer"], str), "answer")
    details, salt = file["details"], file["details_salt"]
    if details is None:
        require(salt == "", "a salt of nothing")
    else:
        require(is_text(salt, "([0-9a-f]{2})+"), "salt")
        salted = digest(bytes.fromhex(salt), canonical(details)).hex()
        require(salted == statement["details"], "details")
        require(
            details.get("text", statement["edition_digest"]) == statement["edition_digest"], "text"
        )
        kind = details.get("answer", {}).get("kind", statement["answer"])
        require(kind == statement["answer"], "answer")
    if file["proof"] is not None:
        check_proof(statement, file["proof"], key)


def check_certificate(file: dict[str, Any], statement: dict[str, Any], key: Key) -> None:
    kinds = []
    for entry in file["log"]:
        require_names(entry, "statement proof")
        logged = entry["statement"]
        require(all(logged[name] == statement[name] for name in ROUND), "another round")
        check_proof(logged, entry["proof"], key)
        kinds.append(logged.get("kind"))
    require("closing" in kinds or not statement.get("closed_at"), "closing")


# -- PDF ----------------------------------------------------------------------------------------


def read_public_key(pem: bytes) -> bytes:
    return encode(x509.load_pem_x509_certificate(pem))


def encode(certificate: x509.Certificate) -> bytes:
    return certificate.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )


def check_pdf(content: bytes, known: set[bytes]) -> str:
    """The verdict about a PDF, by the public keys that are known."""
    faults = (pikepdf.PdfError, ValueError, TypeError, LookupError, AttributeError)
    try:
        require(content.startswith(b"%PDF-"), "no PDF")
        pdf = pikepdf.open(io.BytesIO(content))
        public, is_stamped = check_seal(content, pdf)
    except faults as error:
        raise Wrong("seal") from error
    with pdf:
        try:
            files = {name: each.get_file().read_bytes() for name, each in pdf.attachments.items()}
            evidence = read_json(files["evidence.json"])
            expects_stamp = evidence["timestamp"] is True
        except (*faults, Wrong):
            evidence, expects_stamp = None, False
        require(is_stamped == expects_stamp, "timestamp")
        if is_stamped:
            raise NotImplementedError("timestamps")
        if public not in known:
            return "cannot_tell"
        try:
            check_evidence(content, pdf, files, evidence)
        except faults as error:
            raise Wrong("evidence") from error
    return "genuine"


def check_seal(content: bytes, pdf: pikepdf.Pdf) -> tuple[bytes, bool]:
    """The public key of the one signature, and whether it has a timestamp."""
    fields: Any = pdf.Root.AcroForm.Fields
    (field,) = fields
    seal = field.V
    require((field.FT, seal.SubFilter) == ("/Sig", "/ETSI.CAdES.detached"), "kind of seal")
    (forbids,) = seal.Reference
    require((forbids.TransformMethod, forbids.TransformParams.P) == ("/DocMDP", 1), "changes")
    require(pdf.Root.Perms.DocMDP.objgen == seal.objgen, "changes")
    start, before, after, length = (int(each) for each in seal.ByteRange)
    require(start == 0 < before < after and after + length == len(content), "range of bytes")
    hole = content[before:after]
    require(re.fullmatch(b"<([0-9A-F]{2})+>", hole), "hole")
    der = bytes.fromhex(hole[1:-1].decode())
    require(der == bytes(seal.Contents), "hole")
    info = cms.ContentInfo.load(der)
    require(not der[len(info.dump()) :].strip(b"\0"), "padding")
    data = info["content"]
    (signer,) = data["signer_infos"]
    require(data["version"].native == signer["version"].native == "v1", "version")
    algorithms = [each.dump() for each in data["digest_algorithms"]]
    require(algorithms == [signer["digest_algorithm"].dump()], "algorithms")
    attributes = {each["type"].dotted: each["values"] for each in signer["signed_attrs"]}
    require(attributes[OID_CONTENT_TYPE][0].native == "data", "type of content")
    require(
        data["encap_content_info"].native == {"content_type": "data", "content": None}, "content"
    )
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
    certificate = x509.load_der_x509_certificate(der_certificate)
    public: Any = certificate.public_key()
    message = signer["signed_attrs"].untag().dump()
    further: tuple[Any, ...] = (padding.PKCS1v15(), algorithm)
    if isinstance(public, ec.EllipticCurvePublicKey):
        further = (ec.ECDSA(algorithm),)
    try:
        public.verify(signer["signature"].native, message, *further)
    except InvalidSignature as error:
        raise Wrong("seal") from error
    unsigned = [each["type"].native for each in signer["unsigned_attrs"]]
    require(unsigned in ([], ["signature_time_stamp_token"]), "unsigned attributes")
    return encode(certificate), bool(unsigned)


def check_evidence(
    content: bytes, pdf: pikepdf.Pdf, files: dict[str, bytes], evidence: Any
) -> None:
    require(files.keys() == FILES, "embedded files")
    require(evidence["format"] == "signoff evidence 1", "format of the evidence")
    printed, issue = read_json(files["signatories.json"]), evidence.get("issue")
    require(digest(canonical(evidence["text"])).hex() == evidence["edition_digest"], "text")
    require(printed["edition_digest"] == evidence["edition_digest"], "edition of the list")
    require(printed["title"] == evidence["text"]["title"], "title of the list")
    require(printed.get("issue") == issue, "issue of the list")
    digests = [digest(files[f"signatories.{end}"]).hex() for end in ("json", "csv")]
    facts = evidence["signatories"]
    require([facts["json_sha256"], facts["csv_sha256"]] == digests, "digests of the list")
    require(len(printed["signatories"]) == printed["count"] == facts["count"], "count")

    log = evidence["log"]
    key, statement = Key(log["key"]), log["statement"]
    require(statement["format"] == LOG, "format")
    if issue:
        require({name: statement[name] for name in ("kind", "number")} == issue, "kind")
        require(evidence["earlier"], "earlier")
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
    earlier = [each["sha256"] for each in evidence["earlier"]] if issue else []
    for each in (evidence["edition_digest"], root.hex(), digest(key.public).hex(), *earlier):
        require(each in text, "last section")


def read_last_section(content: bytes, pdf: pikepdf.Pdf) -> str:
    """The text, without white space, from the page of the last heading of level 2 on."""
    last: Any = None

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
