"""Every change of a sealed file is detected, by both verifiers."""

import json
import random
import re
import subprocess
import sys
import zipfile
from collections.abc import Callable, Sequence
from functools import partial
from hashlib import sha256
from io import BytesIO
from pathlib import Path

import pikepdf
import pytest
from asn1crypto import cms, tsp
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.misc import PdfReadError
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.fields import SigFieldSpec, SigSeedSubFilter
from pyhanko.sign.signers import PdfSignatureMetadata, PdfSigner, PdfTimeStamper, SimpleSigner
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko.sign.validation.errors import SignatureValidationError
from pyhanko.sign.validation.status import SignatureCoverageLevel
from pyhanko_certvalidator import ValidationContext

from signoff.domain.documents import (
    Ground,
    PrintedDocument,
    VerificationCheck,
    VerificationReport,
)
from signoff.exports import verify_signoff
from signoff.exports.bundles import build_bundle
from signoff.exports.receipts import build_entries
from signoff.exports.zip_files import iter_zip
from signoff.pdf import examination, keys, verify
from signoff.pdf.keys import Key
from signoff.pdf.render import print_document
from signoff.pdf.signature import (
    TimestampAuthority,
    UpdateWriter,
    add_archive_timestamp,
    seal_pdf,
)
from signoff.pdf.verify import list_timestamp_authorities, read_contents, read_glyph_map
from signoff.signing import LogKey
from tests.factories import DEADLINE, FORUM, PAPER
from tests.pdf import documents
from tests.pdf.certificate_authority import authority, stamper

pytestmark = pytest.mark.slow

Final = Callable[..., PrintedDocument]
Attack = Callable[[IncrementalPdfFileWriter], None]


def verify_pdf(content: bytes, trusted: Sequence[x509.Certificate]) -> VerificationReport:
    """The report of the one verifier, after the other has come to the same."""
    report = verify.verify_pdf(content, trusted)
    trust = verify_signoff.Trust(b"".join(map(keys.format_pem, trusted)))
    alone = verify_signoff.check(content, trust)

    assert alone.find_ground() == report.ground
    if report.checks.get(VerificationCheck.UNALTERED):
        assert alone.checks == report.checks
        about = ("holder", "issuer", "fingerprint", "level", "count", "edition_digest", "root")
        assert [alone.facts.get(name) or "" for name in about] == [
            getattr(report, name) or "" for name in about
        ]
    return report


@pytest.fixture(scope="module")
def key() -> Key:
    return keys.rename_key(keys.load_key(keys.generate_key("x")), FORUM.name)


@pytest.fixture(scope="module")
def sealed(final: Final, key: Key) -> bytes:
    return seal_pdf(final(46).content, key).content


def test_sealed_file_is_genuine_and_described(sealed: bytes, key: Key) -> None:
    report = verify_pdf(sealed, [key.certificate])

    assert report.genuine
    assert {check for check, holds in report.checks.items() if holds} == set(VerificationCheck) - {
        VerificationCheck.TIMESTAMP,
        VerificationCheck.AUTHORITY,
        VerificationCheck.EARLIER,
    }
    assert (report.holder, report.count, report.edition_digest) == (
        FORUM.name,
        46,
        PAPER.digest,
    )
    evidence = documents.document(46).log
    assert evidence
    assert (report.size, report.root) == (400, evidence.root)


@pytest.mark.parametrize(
    ("count", "layout"), [(0, "state"), (1, "place"), (46, "place"), (250, "state")]
)
def test_printed_list_is_read_in_every_layout(final: Final, count: int, layout: str) -> None:
    contents = read_contents(final(count, layout).content)

    assert contents.list_agrees
    assert contents.text_agrees
    assert contents.log_holds
    assert contents.count == count


def test_only_named_keys_are_trusted(sealed: bytes) -> None:
    other_key = keys.load_key(keys.generate_key(FORUM.name))

    for trusted in ([], [other_key.certificate]):
        report = verify_pdf(sealed, trusted)
        assert not report.genuine
        assert report.failed is VerificationCheck.HOLDER


@pytest.mark.parametrize(
    "content",
    [b"", b"%PDF-1.7\n", b"not a pdf", b"%PDF-1.7\n" + b"[" * 100_000],
    ids=("empty", "start", "text", "nested"),
)
def test_other_file_is_not_genuine(content: bytes, key: Key) -> None:
    assert not verify_pdf(content, [key.certificate]).genuine
    assert not examination.verify_in_subprocess(content, keys.format_pem(key.certificate)).genuine


def test_subprocess_gives_the_same_report(sealed: bytes, key: Key) -> None:
    assert examination.verify_in_subprocess(sealed, keys.format_pem(key.certificate)) == verify_pdf(
        sealed, [key.certificate]
    )


def test_an_unsealed_print_is_not_genuine(final: Final, key: Key) -> None:
    assert verify_pdf(final(46).content, [key.certificate]).failed is VerificationCheck.SEAL


def flips(content: bytes, count: int, seed: int) -> list[tuple[int, int]]:
    """Random offsets in the signed range, each with a bit to flip."""
    _zero, before, after, rest_length = (
        int(number) for number in re.search(rb"/ByteRange \[(.*?)\]", content)[1].split()
    )  # type: ignore[index]
    generator = random.Random(seed)
    offsets = [generator.randrange(before + rest_length) for _ in range(count)]
    return [(at if at < before else at - before + after, generator.randrange(8)) for at in offsets]


def flipped(content: bytes, at: int, bit: int) -> bytes:
    return content[:at] + bytes([content[at] ^ 1 << bit]) + content[at + 1 :]


def test_one_file_of_the_standard_library_verifies(sealed: bytes, key: Key, tmp_path: Path) -> None:
    names = ("verify_signoff.py", "paper.pdf", "certificate.pem", "other.pem")
    alone, paper, certificate, other = (tmp_path / name for name in names)
    embedded = verify_signoff.Pdf(sealed).read_attachments()["verify_signoff.py"]
    assert embedded == Path(verify_signoff.__file__).read_bytes()
    alone.write_bytes(embedded)
    paper.write_bytes(sealed)
    certificate.write_bytes(keys.format_pem(key.certificate))
    other.write_bytes(keys.format_pem(keys.load_key(keys.generate_key("x")).certificate))

    def run(*arguments: object) -> "subprocess.CompletedProcess[str]":
        command = [sys.executable, "-I", "-S", "-X", "utf8", *map(str, arguments)]
        return subprocess.run(command, capture_output=True, text=True, timeout=60)

    genuine = run(alone, paper, "--certificate", certificate, "--json")
    found = json.loads(genuine.stdout)
    assert (genuine.returncode, found["verdict"]) == (0, "genuine"), genuine.stderr
    assert [check["name"] for check in found["checks"]] == list(VerificationCheck)
    assert {check["result"] for check in found["checks"]} == {"pass", "skipped"}
    assert found["seal"]["holder"] == FORUM.name

    english = run(alone, paper, "--certificate", certificate, "--language", "en")
    assert f"The file is genuine and unaltered, sealed by “{FORUM.name}”." in english.stdout
    assert [run(alone, paper).returncode, run(alone, paper, "--certificate", other).returncode] == [
        3,
        3,
    ]
    paper.write_bytes(sealed + b"\n")
    assert run(alone, paper, "--certificate", certificate).returncode == 1
    assert run(alone, tmp_path / "none.pdf").returncode == 2
    assert run(alone, paper, "--certificate", paper).returncode == 2


def bundled(sealed: bytes, key: Key, folder: Path) -> dict[str, bytes]:
    """The files of a bundle of one release, without their manifest."""
    paper = folder / "paper.pdf"
    paper.write_bytes(sealed)
    record = {
        **{"sha256": sha256(sealed).hexdigest(), "paper": "leitgedanken", "kind": "final"},
        **{"edition": 1, "edition_digest": PAPER.digest, "title": PAPER.title, "list_edition": 1},
        "as_of": DEADLINE.isoformat(),
    }
    paper.with_suffix(".json").write_text(json.dumps(record))
    bundle = build_bundle([("1-final", paper)], keys.format_pem(key.certificate), {}, DEADLINE)
    with zipfile.ZipFile(BytesIO(bundle)) as package:
        return {name: package.read(name) for name in package.namelist() if name != "SHA256SUMS"}


def judged(content: bytes, trusted: bytes) -> str:
    found = verify_signoff.check(content, verify_signoff.Trust(trusted)).describe("de")
    assert found["reasons"][0].endswith(".")
    return str(found["verdict"])


def zipped(files: dict[str, bytes]) -> bytes:
    return b"".join(iter_zip(files.items(), DEADLINE))


def test_a_bundle_is_verified_and_does_not_vouch_for_itself(
    sealed: bytes, key: Key, tmp_path: Path
) -> None:
    files, certificate = bundled(sealed, key, tmp_path), keys.format_pem(key.certificate)
    bundle = zipped(files)
    assert {name.rpartition("/")[2] for name in files} >= {"signatories.csv", "evidence.json"}

    assert judged(bundle, certificate) == judged(bundle, bundle) == "genuine"
    assert judged(sealed, bundle) == "genuine"
    assert judged(bundle, b"") == "cannot_tell"
    for name in ("releases/1-final.pdf", "releases/1-final/signatories.csv"):
        changed = {**files, name: files[name] + b" "}
        assert judged(zipped(changed), certificate) == "not_genuine", name
        unnamed = BytesIO(bundle)
        with zipfile.ZipFile(unnamed, "a") as package:
            package.writestr("releases/2-edition.pdf", sealed)
        assert judged(unnamed.getvalue(), certificate) == "not_genuine"


def test_a_forged_part_of_a_bundle_is_not_genuine(sealed: bytes, key: Key, tmp_path: Path) -> None:
    files, certificate = bundled(sealed, key, tmp_path), keys.format_pem(key.certificate)
    record = json.loads(files["releases/1-final.json"])
    forged = keys.format_pem(keys.load_key(keys.generate_key("x")).certificate)
    log_key = LogKey(b"f" * 32)
    entries = build_entries([], [], [], log_key)
    line = f"{log_key.verifier_key}\n".encode()
    log = {"log/key": line, "log/entries.json": entries, "log/checkpoints": b""}
    withdrawn = json.dumps({**record, "sha256": "0" * 64, "withdrawn_at": "2027-06-01"}).encode()
    typeset = sha256(sealed[: sealed.index(b"%%EOF\n") + 6]).hexdigest()
    for changed, verdict in (
        ({"releases/1-final.json": json.dumps({**record, "typeset_sha256": typeset})}, "genuine"),
        ({"releases/1-final.json": json.dumps({**record, "typeset_sha256": ""})}, "genuine"),
        ({"releases/1-final.json": json.dumps({**record, "typeset_sha256": "0"})}, "not_genuine"),
        ({"releases/1-final.json": json.dumps({**record, "kind": "edition"})}, "not_genuine"),
        ({"releases/1-final.json": json.dumps({**record, "paper": "anderes"})}, "not_genuine"),
        ({"releases/1-final.json": json.dumps({**record, "as_of": "2028-01-01"})}, "not_genuine"),
        ({"releases/1-final.json": json.dumps({**record, "list_edition": True})}, "not_genuine"),
        ({"verify_signoff.py": "print('genuine')"}, "not_genuine"),
        ({"liesmich.txt": "anderes"}, "not_genuine"),
        ({"log/key": line}, "not_genuine"),
        ({**log, "log/checkpoints": b"x"}, "not_genuine"),
        (log, "cannot_tell"),
        ({"certificate.pem": certificate + forged}, "cannot_tell"),
        ({"certificate.pem": certificate + line}, "cannot_tell"),
        ({"releases/2-edition.json": withdrawn}, "cannot_tell"),
    ):
        other = {name: x.encode() if isinstance(x, str) else x for name, x in changed.items()}
        assert judged(zipped({**files, **other}), certificate) == verdict, changed


def test_a_trusted_bundle_knows_what_was_superseded_or_withdrawn(
    sealed: bytes, key: Key, tmp_path: Path
) -> None:
    files = bundled(sealed, key, tmp_path)
    record = json.loads(files["releases/1-final.json"])
    edition = {
        **record,
        "kind": "edition",
        "as_of": "2027-05-01T00:00:00+00:00",
        "sha256": "0" * 64,
    }
    later = {**files, "releases/2-edition.json": json.dumps(edition).encode()}
    assert judged(sealed, zipped(later)) == "superseded"

    files["releases/1-final.json"] = json.dumps({**record, "withdrawn_at": "2027-06-01"}).encode()
    assert judged(sealed, zipped(files)) == "withdrawn"
    files = {name: data for name, data in files.items() if not name.startswith("releases/1-final/")}
    del files["releases/1-final.pdf"]
    assert judged(zipped(files), zipped(files)) == "withdrawn"
    assert judged(zipped(files), files["certificate.pem"]) == "cannot_tell"


def test_flipped_bits_of_the_signature_are_detected_by_both(sealed: bytes, key: Key) -> None:
    """What the signature does not cover: the one-file verifier knows a single form of it."""
    covered = re.search(rb"/ByteRange \[0 (\d+) (\d+)", sealed)
    assert covered
    gap, end = int(covered[1]) + 1, int(covered[2]) - 1
    length = len(verify_signoff.read_der(bytes.fromhex(sealed[gap:end].decode())).raw)
    trust = verify_signoff.Trust(keys.format_pem(key.certificate))
    for at in random.Random(3).sample(range(gap, gap + 2 * length), 40):
        content = flipped(sealed, at, 0)
        if verify_signoff.check(content, trust).find_ground() == "sealed":
            assert verify.verify_pdf(content, [key.certificate]).genuine, at


def test_what_a_signature_does_not_cover_has_one_form(sealed: bytes) -> None:
    """Its outer parts; attributes and certificate are signed themselves."""
    seal = verify_signoff.read_fields(verify_signoff.Pdf(sealed))[0]
    digest, content = sha256(seal.covered).digest(), seal.content
    signed = verify_signoff.SignedData(content)
    certificate = content.index(signed.signer.der)
    signer = content.index(signed.signer.der) + len(signed.signer.der)
    attributes = content.index(b"\xa0" + signed.signed_bytes[1:])
    algorithm = attributes + len(signed.signed_bytes)
    end = content.index(seal.content[-256:])  # the signature
    accepted = []
    for at in (*range(certificate), *range(signer, attributes), *range(algorithm, end)):
        for bit in range(8):
            try:
                other = verify_signoff.SignedData(flipped(content, at, bit))
                if other.is_valid(digest) and other.encapsulated.raw == signed.encapsulated.raw:
                    accepted.append((at, bit))
            except verify_signoff.ERRORS:
                continue

    assert signed.is_valid(digest)
    assert not accepted


def test_flipped_bits_are_detected(sealed: bytes, key: Key) -> None:
    for at, bit in flips(sealed, 60, 1):
        assert not verify_pdf(flipped(sealed, at, bit), [key.certificate]).genuine, (at, bit)


def test_file_with_broken_compression_gives_a_report(sealed: bytes, key: Key) -> None:
    table = sealed.index(b"stream\n", int(sealed.split()[-2])) + len(b"stream\n")
    reports = [
        verify_pdf(flipped(sealed, table + at, bit), [key.certificate])
        for at in range(24)
        for bit in range(8)
    ]
    assert not any(report.genuine for report in reports)
    assert any(report.failed is VerificationCheck.READABLE for report in reports)


@pytest.mark.soak
def test_1000_flipped_bits_are_detected(sealed: bytes, key: Key) -> None:
    for at, bit in flips(sealed, 1_000, 2):
        assert not verify_pdf(flipped(sealed, at, bit), [key.certificate]).genuine, (at, bit)


def test_changes_in_the_unsigned_gap_are_detected(sealed: bytes, key: Key) -> None:
    gap = sealed.rindex(
        b"0>", 0, sealed.rindex(b"/ByteRange") if sealed.rindex(b"/ByteRange") > 0 else None
    )
    assert sealed[gap - 20 : gap] == b"0" * 20
    hidden = sealed[: gap - 4] + b"41" + sealed[gap - 2 :]

    assert verify_pdf(hidden, [key.certificate]).failed is VerificationCheck.UNALTERED


# incremental updates


def another_page(writer: IncrementalPdfFileWriter) -> None:
    pages = writer.root["/Pages"]
    pages["/Kids"].append(pages["/Kids"].raw_get(0))
    pages["/Count"] = generic.NumberObject(len(pages["/Kids"]))
    writer.update_container(pages)


def covered_by_an_annotation(writer: IncrementalPdfFileWriter) -> None:
    page = writer.root["/Pages"]["/Kids"][0]
    note = generic.DictionaryObject(
        {
            generic.pdf_name("/Type"): generic.pdf_name("/Annot"),
            generic.pdf_name("/Subtype"): generic.pdf_name("/FreeText"),
            generic.pdf_name("/Rect"): generic.ArrayObject(
                map(generic.NumberObject, (0, 0, 500, 500))
            ),
            generic.pdf_name("/Contents"): generic.pdf_string("Nirgendwo"),
        }
    )
    page["/Annots"] = generic.ArrayObject([writer.add_object(note)])
    writer.update_container(page)


def another_text(writer: IncrementalPdfFileWriter) -> None:
    page = writer.root["/Pages"]["/Kids"][1]
    page["/Contents"] = writer.add_object(generic.StreamObject(stream_data=b"BT ET"))
    writer.update_container(page)


def another_attachment(writer: IncrementalPdfFileWriter) -> None:
    file = writer.root["/Names"]["/EmbeddedFiles"]["/Names"][1]["/EF"]
    file["/F"] = writer.add_object(generic.StreamObject(stream_data=b"{}"))
    writer.update_container(file)


def forged_title(writer: IncrementalPdfFileWriter) -> None:
    info = writer.trailer["/Info"]
    info["/Title"] = generic.pdf_string("UNGÜLTIG")
    writer.update_container(info)


def stuffed_store(writer: IncrementalPdfFileWriter) -> None:
    store = writer.root["/DSS"]
    store["/Certs"].append(writer.add_object(generic.StreamObject(stream_data=b"UNGUELTIG")))
    writer.update_container(store["/Certs"])


def another_title(writer: IncrementalPdfFileWriter) -> None:
    writer.root["/Lang"] = generic.pdf_string("en")
    writer.update_root()


@pytest.mark.parametrize(
    "attack",
    [another_page, covered_by_an_annotation, another_text, another_attachment, another_title],
)
def test_incremental_update_is_detected(sealed: bytes, key: Key, attack: Attack) -> None:
    assert verify_pdf(updated(sealed, attack), [key.certificate]).failed in (
        VerificationCheck.SEAL,
        VerificationCheck.UNALTERED,
    )


@pytest.mark.parametrize(
    "attack",
    [another_page, covered_by_an_annotation, another_text, another_attachment, forged_title],
)
def test_incremental_update_of_a_timestamped_file_is_detected(
    final: Final, key: Key, attack: Attack
) -> None:
    with authority() as url:
        content = seal_pdf(final(0, timestamp=True).content, key, TimestampAuthority(url)).content
        trusted = [key.certificate, *list_timestamp_authorities(content)]
        assert verify_pdf(content, trusted).genuine

        changed = updated(content, attack)
        assert verify_pdf(changed, trusted).failed is VerificationCheck.UNALTERED
        closed = add_archive_timestamp(changed, TimestampAuthority(url), [])
    assert verify_pdf(closed, trusted).failed is VerificationCheck.UNALTERED


def test_archive_timestamp_can_be_renewed(final: Final, key: Key) -> None:
    with authority() as url:
        content = seal_pdf(final(0, timestamp=True).content, key, TimestampAuthority(url)).content
        renewed = add_archive_timestamp(content, TimestampAuthority(url), [])

    assert renewed.startswith(content)
    assert verify_pdf(renewed, [key.certificate, *list_timestamp_authorities(content)]).genuine


@pytest.mark.parametrize("holder", ["Zeitstempelstelle", "Fremde Zeitstempelstelle"])
def test_nothing_follows_a_seal_without_timestamps(sealed: bytes, key: Key, holder: str) -> None:
    """Anybody can get a timestamp, also from the authority that the association uses."""
    with authority(holder=holder) as url:
        closed = add_archive_timestamp(sealed, TimestampAuthority(url), [])
        titled = add_archive_timestamp(updated(sealed, forged_title), TimestampAuthority(url), [])
    for content in (closed, titled):
        trusted = [key.certificate, *list_timestamp_authorities(content)]
        assert verify_pdf(content, trusted).failed is VerificationCheck.UNALTERED


def test_validation_data_other_than_certificates_is_detected(final: Final, key: Key) -> None:
    with authority() as url:
        content = seal_pdf(final(0, timestamp=True).content, key, TimestampAuthority(url)).content
        writer = UpdateWriter(BytesIO(content))
        stuffed_store(writer)
        stamper = PdfTimeStamper(TimestampAuthority(url))
        stuffed = stamper.timestamp_pdf(writer, "sha256").getvalue()

    trusted = [key.certificate, *list_timestamp_authorities(content)]
    assert not verify_pdf(stuffed, trusted).genuine


def test_timestamp_of_an_unknown_authority_proves_no_time(final: Final, key: Key) -> None:
    with authority(holder="Fremde Zeitstempelstelle") as url:
        content = seal_pdf(final(0, timestamp=True).content, key, TimestampAuthority(url)).content
    other_authority = stamper().tsa_cert.dump()

    for trusted in (
        [key.certificate],
        [key.certificate, x509.load_der_x509_certificate(other_authority)],
    ):
        report = verify_pdf(content, trusted)
        assert report.ground is Ground.OTHER_AUTHORITY
        assert (report.stamped_at, report.stamped_by) == (None, "")


def test_token_in_the_gap_of_a_seal_without_timestamp_is_detected(
    final: Final, key: Key, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The attributes of a signature that it does not sign can be exchanged by anybody."""
    sign_pdf = PdfSigner.sign_pdf
    monkeypatch.setattr(
        PdfSigner,
        "sign_pdf",
        lambda signer, out, **_options: sign_pdf(signer, out, bytes_reserved=32_768),
    )
    sealed = seal_pdf(final(0).content, key).content
    assert verify_pdf(sealed, [key.certificate]).genuine
    (seal,) = PdfFileReader(BytesIO(sealed)).embedded_regular_signatures
    token = stamper().request_tsa_response(
        tsp.TimeStampReq(
            {
                "version": 1,
                "message_imprint": {
                    "hash_algorithm": {"algorithm": "sha256"},
                    "hashed_message": sha256(seal.signer_info["signature"].native).digest(),
                },
                "cert_req": True,
            }
        )
    )["time_stamp_token"]
    signed = cms.ContentInfo.load(seal.pkcs7_content)
    signed["content"]["signer_infos"][0]["unsigned_attrs"] = [
        {"type": "signature_time_stamp_token", "values": [token]}
    ]
    start, end = seal.byte_range[1], seal.byte_range[2]
    gap = (b"<" + signed.dump(force=True).hex().upper().encode()).ljust(
        end - start - 1, b"0"
    ) + b">"
    forged = sealed[:start] + gap + sealed[end:]

    trusted = [key.certificate, x509.load_der_x509_certificate(stamper().tsa_cert.dump())]
    assert len(forged) == len(sealed)
    assert verify_pdf(forged, trusted).failed is VerificationCheck.UNALTERED


def test_of_a_broken_seal_nothing_else_is_said(sealed: bytes, key: Key) -> None:
    report = verify_pdf(flipped(sealed, 30_000, 1), [key.certificate])

    assert report.ground is Ground.CHECK_FAILED
    assert {check for check, passed in report.checks.items() if passed is not None} == {
        VerificationCheck.READABLE,
        VerificationCheck.SEAL,
    }
    assert (report.holder, report.fingerprint, report.count) == ("", "", None)


def updated(content: bytes, attack: Attack) -> bytes:
    writer, out = IncrementalPdfFileWriter(BytesIO(content)), BytesIO()
    attack(writer)
    writer.write(out)
    assert out.getvalue().startswith(content)
    assert len(out.getvalue()) > len(content)
    return out.getvalue()


def test_second_signature_and_appended_bytes_are_detected(
    sealed: bytes, key: Key, monkeypatch: pytest.MonkeyPatch
) -> None:
    # pyHanko would not sign what forbids it; others do.
    monkeypatch.setattr(
        PdfSigner, "_enforce_certification_constraints", lambda signer, reader: None
    )
    other_signer = SimpleSigner.load_pkcs12_data(keys.generate_key("Fremde"), other_certs=())
    metadata = PdfSignatureMetadata(field_name="Zweites", subfilter=SigSeedSubFilter.PADES)
    signing = PdfSigner(metadata, other_signer, new_field_spec=SigFieldSpec("Zweites"))
    signed = signing.sign_pdf(IncrementalPdfFileWriter(BytesIO(sealed))).getvalue()

    assert not verify_pdf(signed, [key.certificate]).genuine
    assert not verify_pdf(sealed + b"\n", [key.certificate]).genuine


def is_sound_to_pyhanko(content: bytes, trusted: x509.Certificate) -> bool:
    """Whether pyHanko's own validator finds one seal by this key over the whole file."""
    root = asn1_x509.Certificate.load(trusted.public_bytes(serialization.Encoding.DER))
    context = ValidationContext(trust_roots=[root], allow_fetching=False)
    try:
        (seal,) = PdfFileReader(BytesIO(content)).embedded_signatures
        status = validate_pdf_signature(seal, context)
    except (PdfReadError, SignatureValidationError, ValueError):
        return False
    return status.bottom_line and status.coverage is SignatureCoverageLevel.ENTIRE_FILE


def is_sound_to_pdfsig(content: bytes, folder: Path) -> bool:
    """The same of pdfsig, which is given no key."""
    file = folder / "paper.pdf"
    file.write_bytes(content)
    said = subprocess.run(
        ["pdfsig", file], capture_output=True, text=True, env={"HOME": str(folder)}
    ).stdout
    return [said.count(each) for each in ("Signature is Valid", "Total document signed")] == [1, 1]


def test_pyhanko_and_pdfsig_come_to_the_same_verdicts(
    sealed: bytes, key: Key, tmp_path: Path
) -> None:
    start = sealed.index(b"/Contents <") + len(b"/Contents <")
    files = {
        "genuine": sealed,
        "a changed byte": flipped(sealed, 2_000, 0),
        "a changed date": sealed.replace(b"/M (D", b"/M (E", 1),
        "a changed signature": flipped(sealed, start + 2_700, 0),
        "another end": sealed + b"\n",
        "cut off": sealed[:-200],
        "an update": updated(sealed, another_page),
        "another title": updated(sealed, forged_title),
        "no seal": sealed.replace(b"/ByteRange", b"/ByteRang_"),
    }
    assert len({*files.values()}) == len(files)
    for name, content in files.items():
        genuine = verify_pdf(content, [key.certificate]).genuine
        assert genuine == (name == "genuine"), name
        assert is_sound_to_pyhanko(content, key.certificate) == genuine, name
        assert is_sound_to_pdfsig(content, tmp_path) == genuine, name

    stranger = keys.load_key(keys.generate_key(FORUM.name))
    report = verify_pdf(sealed, [stranger.certificate])
    assert report.failed is VerificationCheck.HOLDER
    assert not is_sound_to_pyhanko(sealed, stranger.certificate)


# another content under a seal that is sound: what an insider with the key would do, or a mistake of ours


def resealed(content: bytes, key: Key, change: Callable[[pikepdf.Pdf], None]) -> bytes:
    with pikepdf.open(BytesIO(content)) as pdf:
        change(pdf)
        saved = BytesIO()
        pdf.save(saved, deterministic_id=True, object_stream_mode=pikepdf.ObjectStreamMode.generate)
    return seal_pdf(saved.getvalue(), key).content


def swap_attachment(name: str, old: bytes, new: bytes, pdf: pikepdf.Pdf) -> None:
    spec = pdf.attachments[name]
    content = spec.get_file().read_bytes()
    assert old in content
    spec.obj.EF.F.write(content.replace(old, new, 1))


def redraw_a_name(pdf: pikepdf.Pdf) -> None:
    """Swap two glyphs of the first entry of the list wherever it is drawn."""
    for page in pdf.pages:
        content = page.Contents.read_bytes()
        for font in page.resources.Font.values():
            glyphs = {character: glyph for glyph, character in read_glyph_map(font).items()}
            # As the printer writes it: each glyph in brackets with its kerning after it.
            name = rb"-?\d+".join(
                b"<" + glyphs.get(character, b"none") + b">" for character in "Ulm"
            )
            if match := re.search(name, content):
                first, second = b"<" + glyphs["U"] + b">", b"<" + glyphs["l"] + b">"
                drawn = match[0].replace(first, b"?").replace(second, first).replace(b"?", second)
                page.Contents.write(content[: match.start()] + drawn + content[match.end() :])
                return
    raise AssertionError("the name is nowhere")


def test_changed_attachment_or_name_is_detected(final: Final, key: Key) -> None:
    changes: dict[VerificationCheck, list[Callable[[pikepdf.Pdf], None]]] = {
        VerificationCheck.LIST: [
            partial(swap_attachment, "signatories.json", b"Ulmingen 0", b"Nirgends 0"),
            partial(swap_attachment, "signatories.csv", b"Ulmingen 0", b"Nirgends 0"),
            redraw_a_name,
            # Evidence that is not in the one form that is known.
            partial(swap_attachment, "evidence.json", b"signoff evidence 1", b"signoff evidence 2"),
            partial(swap_attachment, "evidence.json", b'"edition": 1,', b'"edition": 1.0,'),
            partial(swap_attachment, "evidence.json", b"{", b'{"edition": 2,'),
        ],
        VerificationCheck.TEXT: [
            partial(swap_attachment, "evidence.json", b"Leitgedanken", b"Leitgedenken")
        ],
        VerificationCheck.CHECKPOINT: [
            partial(swap_attachment, "evidence.json", before, after)
            for before, after in (
                (b'"index": 7', b'"index": 6'),
                (b'"layout": "state"', b'"layout": "place"'),
                (b'"kind": "closing"', b'"kind": "release"'),
                (documents.SALT.hex().encode(), b"0" * 32),
                (documents.SALT.hex().encode(), documents.SALT.hex(" ").encode()),
                (b"\\n400\\n", b"\\n401\\n"),
                (documents.KEY.verifier_key.encode(), LogKey(b"h" * 32).verifier_key.encode()),
            )
        ],
    }
    for check, changes_of_check in changes.items():
        for change in changes_of_check:
            report = verify_pdf(resealed(final(46).content, key, change), [key.certificate])
            assert report.failed is check, (check, change, report)


def test_missing_signatory_is_detected(key: Key) -> None:
    complete, incomplete = documents.document(46), documents.document(45)
    from dataclasses import replace

    printed = print_document(replace(incomplete, attachments=complete.attachments))

    assert not read_contents(printed.content).list_agrees


def test_evidence_names_only_listed_members() -> None:
    evidence = json.loads(documents.document(3).attachments[2].text)

    assert set(evidence) == {
        *(
            "format",
            "association",
            "paper",
            "edition",
            "edition_digest",
            "text",
            "as_of",
            "signatories",
        ),
        *("timestamp", "log"),
    }
    assert set(evidence["log"]) == {"key", "statement", "list_salt", "terms", "proof"}
