"""The one-file verifier: its arithmetic against cryptography, and receipts made from
``docs/verify.md``; ``tests/pdf/test_verify.py`` has its verdicts on PDF files and bundles.
"""

import json
import zipfile
import zlib
from base64 import b64encode
from datetime import timedelta
from hashlib import sha256
from io import BytesIO
from random import Random
from typing import Any

import pytest
from asn1crypto import tsp
from babel import Locale
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from signoff.exports import verify_signoff
from signoff.exports.verify_signoff import Trust, canonical_json, parse_der
from signoff.i18n.catalogue import get_catalogue
from signoff.i18n.formatting import get_country_name
from signoff.i18n.labels import BASIS_SHORT
from signoff.i18n.verification import CHECK_FAILED, CHECK_PASSED
from signoff.pdf.printed_list import PrintedList, PrintedRow, find_difference
from tests.factories import MAYOR
from tests.factories import sign as sign_answer
from tests.pdf.certificate_authority import stamper
from tests.representative import RepresentativeClient
from tests.world import World

PSS = padding.PSS(padding.MGF1(hashes.SHA256()), 32)
# AlgorithmIdentifier: RSA with SHA-256, RSA-PSS with SHA-256 and 32 bytes of salt, ECDSA, Ed25519.
ALGORITHMS = {
    "rsa": "300d06092a864886f70d01010b0500",
    "pss": "304106092a864886f70d01010a3034a00f300d06096086480165030402010500"
    "a11c301a06092a864886f70d010108300d06096086480165030402010500a203020120",
    "ecdsa256": "300a06082a8648ce3d040302",
    "ecdsa384": "300a06082a8648ce3d040303",
    "ed25519": "300506032b6570",
}


def sign(kind: str, message: bytes) -> tuple[bytes, bytes]:
    """A public key (DER) and its signature."""
    key: Any
    if kind in ("rsa", "pss"):
        key = rsa.generate_private_key(65537, 2048)
        scheme = PSS if kind == "pss" else padding.PKCS1v15()
        signature = key.sign(message, scheme, hashes.SHA256())
    elif kind == "ed25519":
        key = ed25519.Ed25519PrivateKey.generate()
        signature = key.sign(message)
    else:
        size, name = (
            (ec.SECP256R1(), hashes.SHA256())
            if kind == "ecdsa256"
            else (
                ec.SECP384R1(),
                hashes.SHA384(),
            )
        )
        key = ec.generate_private_key(size)
        signature = key.sign(message, ec.ECDSA(name))
    return key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo), signature


@pytest.mark.parametrize("kind", ALGORITHMS)
def test_signatures_are_verified_as_by_cryptography(kind: str) -> None:
    public, signature = sign(kind, b"Leitgedanken")
    key, algorithm = parse_der(public), parse_der(bytes.fromhex(ALGORITHMS[kind]))

    assert verify_signoff.verify_signature(key, algorithm, b"Leitgedanken", signature)
    assert not verify_signoff.verify_signature(key, algorithm, b"Leitgedenken", signature)
    for at in Random(kind).sample(range(len(signature)), 8):
        changed = signature[:at] + bytes([signature[at] ^ 1]) + signature[at + 1 :]
        try:
            assert not verify_signoff.verify_signature(key, algorithm, b"Leitgedanken", changed)
        except verify_signoff.ERRORS:
            continue


def test_sentences_are_those_of_the_other_verifier() -> None:
    german, english = (verify_signoff.load_sentences(language) for language in ("de", "en"))
    for result, sentences in (("pass", CHECK_PASSED), ("fail", CHECK_FAILED)):
        for check, sentence in sentences.items():
            assert german[f"{check} {result}"] == sentence
            assert english[f"{check} {result}"] == get_catalogue("en").gettext(sentence)
    assert german.keys() == english.keys()
    assert verify_signoff.VERDICTS.keys() <= german.keys()


# Receipts, as docs/verify.md describes them.

PRIVATE = ed25519.Ed25519PrivateKey.from_private_bytes(b"\x01" * 32)
PUBLIC = PRIVATE.public_key().public_bytes_raw()
NAME = f"signoff/{sha256(PUBLIC).hexdigest()[:16]}"
ID = sha256(NAME.encode() + b"\n\x01" + PUBLIC).digest()[:4]
KEY = f"{NAME}+{ID.hex()}+{b64encode(bytes([1]) + PUBLIC).decode()}"
ROUND = {
    **{"paper": "leitgedanken", "edition": 1, "edition_digest": "9f" * 32},
    "opened_at": "2027-01-11T08:00:00.000000+00:00",
}
DETAILS = {"member": "01", "text": "9f" * 32, "answer": {"kind": "sign"}}


def signed(message: bytes) -> str:
    return b64encode(ID + PRIVATE.sign(message)).decode()


def checkpoint(leaves: list[bytes]) -> str:
    root = b64encode(verify_signoff.hash_tree(leaves)).decode()
    text = f"{NAME}\n{len(leaves)}\n{root}\n"
    return f"{text}\n\u2014 {NAME} {signed(text.encode())}\n"


def receipt(**changed: Any) -> dict[str, Any]:
    statement = {
        "format": "signoff-receipt-1",
        **ROUND,
        **{"reference": "LG-0001", "version": 1, "answer": "sign"},
        "at": "2027-01-18T09:00:00.000000+00:00",
        "details": sha256(bytes(16) + canonical_json(DETAILS)).hexdigest(),
        **changed,
    }
    return {
        "format": "signoff-receipt-1",
        "statement": statement,
        "signature": signed(canonical_json(statement)),
        **{"key": KEY, "details": DETAILS, "details_salt": "00" * 16, "proof": None},
    }


def logged(own: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """The receipt with its proof among five leaves, and the log."""
    closing = {
        "format": "signoff-log-1",
        "kind": "closing",
        "at": "2027-04-01T00:00:00.000000+00:00",
        **ROUND,
    }
    others = [sha256(bytes([number])).digest() for number in range(3)]
    leaf = verify_signoff.hash_leaf(own["statement"])
    leaves = [*others[:2], leaf, verify_signoff.hash_leaf(closing), others[2]]

    def node(left: bytes, right: bytes) -> bytes:
        return sha256(b"\x01" + left + right).digest()

    path = [leaves[3], node(leaves[0], leaves[1]), leaves[4]]
    note = checkpoint(leaves)
    proof = {"index": 2, "path": [step.hex() for step in path], "checkpoint": note}
    log = {
        "format": "signoff-log-1",
        "key": KEY,
        "leaves": [each.hex() for each in leaves],
        "checkpoints": [note],
        "statements": [{"index": 3, "statement": closing}],
    }
    return {**own, "proof": proof}, log


def check(file: dict[str, Any] | bytes, key: str = KEY) -> verify_signoff.Report:
    content = file if isinstance(file, bytes) else json.dumps(file).encode()
    return verify_signoff.check(content, Trust(key.encode()))


def test_a_receipt_is_genuine_by_the_key_of_the_log_alone() -> None:
    own, _log = logged(receipt())
    other = ed25519.Ed25519PrivateKey.generate().public_key().public_bytes_raw()
    assert check(own).describe("de")["verdict"] == "genuine"
    assert check(receipt()).describe("en")["verdict"] == "genuine", "before the closing"
    assert check({**own, "details": None, "details_salt": ""}).find_ground() == "signed"
    for trusted in ("", KEY.replace("+", "+x"), b64encode(other).decode()):
        assert check(own, trusted).describe("de")["verdict"] == "cannot_tell"


def test_every_change_of_a_receipt_is_detected() -> None:
    own, _log = logged(receipt())
    content = json.dumps(own).encode()
    for at in Random(1).sample(range(len(content)), 150):
        changed = content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :]
        try:
            same = json.loads(changed) == own
        except ValueError:
            same = False
        assert same or check(changed).find_ground() == "check_failed", at


@pytest.mark.parametrize("salt", ["00" * 16, "Wir zahlen dafür.", None, {"text": "?"}])
def test_nothing_replaces_the_salt_of_erased_details(salt: object) -> None:
    """No signature covers it, so anybody could write something there."""
    erased = {**receipt(), "details": None}
    assert check({**erased, "details_salt": ""}).verdict == "genuine"
    assert check({**erased, "details_salt": salt}).verdict == "not_genuine"


def test_a_receipt_is_written_in_utf_8() -> None:
    text = json.dumps(receipt())
    assert check(text.encode()).verdict == "genuine"
    for encoding in ("utf-8-sig", "utf-16", "utf-16-le", "utf-32-le"):
        assert check(text.encode(encoding)).verdict == "not_genuine", encoding


def test_a_receipt_that_is_missing_in_the_log_convicts_the_association() -> None:
    own, log = logged(receipt())
    trust = Trust(KEY.encode())
    trust.log = verify_signoff.open_log(json.dumps(log).encode())
    other = receipt(reference="LG-0002")
    for file, expected in ((own, True), (other, False)):
        report = verify_signoff.check(json.dumps(file).encode(), trust)
        assert (report.checks["log"], report.find_ground()) == (expected, "signed")
    assert "ausgelassen" in report.describe("de")["reasons"][1]
    later = receipt(reference="LG-0002", at="2027-05-01T00:00:00.000000+00:00")
    assert verify_signoff.check(json.dumps(later).encode(), trust).checks["log"] is None

    log["leaves"][0] = "00" * 32
    with pytest.raises(verify_signoff.Invalid):
        verify_signoff.open_log(json.dumps(log).encode())


def test_an_altered_log_convicts_nobody() -> None:
    """It is refused, or what no checkpoint covers counts for nothing."""
    own, log = logged(receipt())
    later = receipt(reference="LG-0003", at="2027-05-01T00:00:00.000000+00:00")["statement"]
    closing = log["statements"][0]["statement"]
    leaf = verify_signoff.hash_leaf(closing | {"at": later["at"]}).hex()
    appended = [*log["leaves"], leaf]
    split = ["".join(log["leaves"])[:62], "".join(log["leaves"])[62:128], *log["leaves"][2:]]
    for changed in (
        {"statements": [{"index": -2, "statement": closing}]},
        {"statements": [{"index": 2, "statement": own["statement"]}]},
        {
            "leaves": appended,
            "statements": [{"index": 5, "statement": {**closing, "at": later["at"]}}],
        },
        {"leaves": [each.upper() for each in log["leaves"]]},
        {"leaves": split},
        {"note": "?"},
        {"statements": [{**log["statements"][0], "note": "?"}]},
    ):
        with pytest.raises(verify_signoff.ERRORS):
            verify_signoff.open_log(json.dumps({**log, **changed}).encode())
    other = verify_signoff.hash_leaf(later).hex()
    longer = json.dumps({**log, "leaves": [*log["leaves"], other]}).encode()
    assert verify_signoff.compare_with_log(later, verify_signoff.open_log(longer)) is None


def test_a_certificate_needs_the_proof_of_the_closing() -> None:
    own, log = logged(receipt())
    statement = certified("LG-0001")
    closing = log["statements"][0]["statement"]
    leaves = [bytes.fromhex(leaf) for leaf in log["leaves"]]
    above = sha256(b"\x01" + leaves[0] + leaves[1]).hexdigest()
    proof = {**own["proof"], "index": 3, "path": [leaves[2].hex(), above, leaves[4].hex()]}
    item = {"statement": closing, "proof": proof}
    file = {
        "format": "signoff-certificate-1",
        **{"statement": statement, "signature": signed(canonical_json(statement)), "key": KEY},
        "log": [item],
    }
    assert check(file).find_ground() == "signed"
    for nothing in ([], {}, ""):
        assert check({**file, "log": nothing}).find_ground() == "check_failed"
    still_open = certified(None) | {"closed_at": None}
    opened = {"statement": still_open, "signature": signed(canonical_json(still_open))}
    for nothing, ground in (([], "signed"), ({}, "check_failed"), ("", "check_failed")):
        assert check({**file, **opened, "log": nothing}).find_ground() == ground
    stranger = {**item, "statement": {**closing, "paper": "anderes"}}
    assert check({**file, "log": [item, stranger]}).find_ground() == "check_failed"

    # No signature covers what the log of a certificate holds: receipts of others are refused.
    received = {"statement": own["statement"], "proof": own["proof"]}
    for reference, ground in (
        ("LG-0001", "signed"),
        ("LG-0002", "check_failed"),
        (None, "check_failed"),
    ):
        statement = certified(reference)
        signature = {"statement": statement, "signature": signed(canonical_json(statement))}
        holds = {**file, **signature, "log": [item, received]}
        assert check(holds).find_ground() == ground, reference


def certified(reference: str | None) -> dict[str, Any]:
    """The statement of a certificate."""
    closed = {"closed_at": "2027-04-01T00:00:00.000000+00:00", "reference": reference}
    return {"format": "signoff-certificate-1", **ROUND, **closed}


@pytest.mark.parametrize(
    "changed",
    [
        {"paper": 1},
        {"edition": "1"},
        {"edition": True},
        {"edition": -1},
        {"opened_at": None},
        {"at": "2027-13-01T00:00:00.000000+00:00"},
    ],
)
def test_a_signed_statement_has_the_form_of_its_kind(changed: dict[str, Any]) -> None:
    assert check(receipt(**changed)).find_ground() == "check_failed"
    _own, log = logged(receipt())
    closing = {**log["statements"][0]["statement"], **changed}
    leaf = verify_signoff.hash_leaf(closing)
    stated = [{"index": 0, "statement": closing}]
    log |= {"leaves": [leaf.hex()], "checkpoints": [checkpoint([leaf])], "statements": stated}
    with pytest.raises(verify_signoff.ERRORS):
        verify_signoff.open_log(json.dumps(log).encode())


def many_checkpoints(count: int) -> dict[str, Any]:
    """A certificate whose statements are each proved by a checkpoint of their own."""
    statement, items = certified(None), []
    at = statement["closed_at"]
    for number in range(count):
        logged = {"format": "signoff-log-1", "kind": "closing", "at": at, **ROUND, "number": number}
        note = checkpoint([verify_signoff.hash_leaf(logged)])
        proof = {"index": 0, "path": [], "checkpoint": note}
        items.append({"statement": logged, "proof": proof})
    return {
        "format": "signoff-certificate-1",
        **{"statement": statement, "signature": signed(canonical_json(statement)), "key": KEY},
        "log": items,
    }


def test_only_a_given_limit_stops_at_many_checkpoints() -> None:
    file = many_checkpoints(32)
    assert check(file).find_ground() == "signed"
    trust = Trust(KEY.encode())
    trust.max_checkpoints = 30
    report = verify_signoff.check(json.dumps(file).encode(), trust)
    assert report.describe("de")["verdict"] == "cannot_tell"
    assert report.statement == {}


def test_a_timestamp_stays_good_after_its_authority_has_expired() -> None:
    imprint = {"hash_algorithm": {"algorithm": "sha256"}, "hashed_message": sha256(b"x").digest()}
    question = tsp.TimeStampReq({"version": 1, "message_imprint": imprint, "cert_req": True})
    token = stamper().request_tsa_response(question)["time_stamp_token"].dump()
    stamp = verify_signoff.Timestamp(token)
    authority = stamp.signed.signer
    assert stamp.is_valid(b"x")
    for start, end, known in ((-1, 0, True), (1, 2, False), (-2, -1, False)):
        authority.valid_from = stamp.at + timedelta(days=start)
        authority.valid_until = stamp.at + timedelta(days=end)
        assert stamp.is_known([authority]) is known


@pytest.mark.parametrize("method", [zipfile.ZIP_LZMA, zipfile.ZIP_BZIP2])
def test_a_package_of_another_kind_is_refused(method: int) -> None:
    content = BytesIO()
    with zipfile.ZipFile(content, "w", method) as package:
        package.writestr("SHA256SUMS", b"")
    assert check(content.getvalue()).find_ground() == "check_failed"


def test_an_encrypted_package_is_refused() -> None:
    content = BytesIO()
    with zipfile.ZipFile(content, "w") as package:
        package.writestr("SHA256SUMS", b"")
    encrypted = bytearray(content.getvalue())
    encrypted[6] |= 1
    encrypted[encrypted.index(b"PK\x01\x02") + 8] |= 1
    assert check(bytes(encrypted)).find_ground() == "check_failed"


def test_a_row_is_no_longer_than_its_table() -> None:
    pdf = verify_signoff.Pdf.__new__(verify_signoff.Pdf)
    pdf.room = 1000
    head = {"Filter": "FlateDecode", "DecodeParms": {"Predictor": 12, "Columns": 10**12}}
    with pytest.raises(verify_signoff.Invalid):
        pdf.unpack(verify_signoff.Stream(head, zlib.compress(b"123")))


# What an instance gives away.


def test_receipt_and_certificate_of_an_instance_are_genuine(world: World) -> None:
    client = RepresentativeClient(world)
    world.answer(MAYOR, sign_answer())
    key = client.world.services.log_key.verifier_key
    before = client.get("receipt.json").data
    world.closed()
    after, certificate = (client.get(name).data for name in ("receipt.json", "certificate.json"))
    for content in (before, after, certificate):
        assert check(content, key).find_ground() == "signed"
        assert check(content).find_ground() == "other_log_key"
    assert (check(before, key).checks["proof"], check(after, key).checks["proof"]) == (None, True)


def test_names_of_countries_are_those_that_are_printed() -> None:
    for code in verify_signoff.load_countries():
        for language in ("de", "en"):
            frozen = verify_signoff.name_country(code, language == "en")
            assert frozen == get_country_name(code, language), "add it, and keep the old one"


def test_bases_are_those_that_are_printed() -> None:
    for basis, words in BASIS_SHORT.items():
        printed = words, get_catalogue("en").gettext(words)
        assert verify_signoff.BASES[basis.value][:2] == printed, "add it, and keep the old one"


@pytest.mark.parametrize("words", ["Geschäft der laufenden Verwaltung", "laufende Verwaltung"])
def test_a_basis_that_was_printed_otherwise_before_breaks_no_file(words: str) -> None:
    row, item = PrintedRow("Ulm", words, ""), {"name": "Ulm", "basis": "administration"}

    assert verify_signoff.row_agrees(verify_signoff.Row("Ulm", words, ""), item, "", False)
    assert find_difference(PrintedList((row,), ""), [item], "de") is None


def test_a_country_that_is_named_otherwise_later_breaks_no_file(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(Locale, "territories", {"CZ": "Tschechische Republik"})
    row, item = PrintedRow("Brünn Tschechien", "", ""), {"name": "Brünn", "country": "CZ"}

    assert find_difference(PrintedList((row,), ""), [item], "de") is None
