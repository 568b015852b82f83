"""Verify sealed PDFs: seal, timestamps, and agreement of print, attachments and audit log."""

import csv
import io
import logging
import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from hashlib import sha256
from io import BytesIO
from itertools import pairwise
from typing import Any

import pikepdf
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from pyhanko.pdf_utils.generic import NameObject
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.fields import MDPPerm
from pyhanko.sign.general import extract_certificate_info
from pyhanko.sign.validation import validate_pdf_signature, validate_pdf_timestamp
from pyhanko.sign.validation.status import SignatureCoverageLevel
from pyhanko_certvalidator import ValidationContext

from signoff.domain.documents import (
    CopyKind,
    ListDifference,
    ListFact,
    VerificationCheck,
    VerificationReport,
)
from signoff.domain.releases import SealLevel
from signoff.domain.text import canonical_digest, unescape_formula
from signoff.exports import verify_signoff
from signoff.exports.verify_signoff import Field, SignedData
from signoff.i18n.catalogue import choose_language
from signoff.pdf import keys
from signoff.pdf.printed_list import (
    PrintedList,
    PrintedRow,
    find_difference,
    normalize_text,
)

# Reading the structure of a print with its text. This supports only what our renderer writes: text
# that is drawn in another way is missing from the result, and so differs from what is expected.

UNICODE_MAPPING = re.compile(rb"<([0-9A-Fa-f]{4})> <([0-9A-Fa-f]+)>")
MAX_STRUCTURE_DEPTH = 100


@dataclass(slots=True)
class StructureElement:
    """A structure element; ``scope`` is that of a header cell."""

    kind: str
    scope: str = ""
    children: "list[StructureElement | str]" = field(default_factory=list)

    def text(self, without: str = "") -> str:
        """The text in reading order, without elements of the kind ``without``."""
        parts = (
            child if isinstance(child, str) else child.text(without)
            for child in self.children
            if self.kind != without
        )
        return "".join(parts)

    def walk(self) -> "list[StructureElement]":
        """The element and all below it, in reading order."""
        elements = [self]
        for child in self.children:
            if isinstance(child, StructureElement):
                elements += child.walk()
        return elements


def read_structure(pdf: pikepdf.Pdf) -> StructureElement:
    """The structure of ``pdf`` with its text; raises ``ValueError`` or ``pikepdf.PdfError``."""
    if "/StructTreeRoot" not in pdf.Root:
        raise ValueError("no structure")
    page_texts = {page.obj.objgen: read_marked_content(page) for page in pdf.pages}
    root = StructureElement("Root")
    add_children(root, pdf.Root.StructTreeRoot.get("/K"), None, page_texts, 0)
    return root


def add_children(
    parent: StructureElement,
    kids: Any,
    page: Any,
    page_texts: dict[Any, dict[int, str]],
    depth: int,
) -> None:
    if depth > MAX_STRUCTURE_DEPTH:
        raise ValueError("too deep")
    for kid in kids if isinstance(kids, pikepdf.Array) else [kids]:
        if isinstance(kid, pikepdf.Dictionary):
            kid_page = kid.get("/Pg", page)
            if "/S" in kid:
                scope = (
                    str(kid.A.get("/Scope", ""))
                    if isinstance(kid.get("/A"), pikepdf.Dictionary)
                    else ""
                )
                element = StructureElement(str(kid.S)[1:], scope[1:])
                parent.children.append(element)
                add_children(
                    element, kid.get("/K", pikepdf.Array()), kid_page, page_texts, depth + 1
                )
            elif "/MCID" in kid:
                parent.children.append(take_text(page_texts, kid_page, int(kid.MCID)))
        elif kid is not None and not isinstance(kid, pikepdf.Object):
            parent.children.append(take_text(page_texts, page, int(kid)))


def take_text(page_texts: dict[Any, dict[int, str]], page: Any, number: int) -> str:
    # Content that two elements refer to counts only for the first.
    return page_texts.get(page.objgen, {}).pop(number, "") if page is not None else ""


def read_marked_content(page: pikepdf.Page) -> dict[int, str]:
    """The text of a page by marked-content id."""
    fonts = {
        name[1:].encode(): read_glyph_map(font)
        for name, font in page.resources.get("/Font", {}).items()
    }
    page.contents_coalesce()
    return verify_signoff.read_texts(page.Contents.read_bytes(), fonts)


def read_glyph_map(font: Any) -> dict[bytes, str]:
    """The characters of each glyph by the table of the font."""
    table = font.get("/ToUnicode")
    if table is None:
        return {}
    return {
        glyph.lower(): bytes.fromhex(letters.decode()).decode("utf-16-be", "replace")
        for glyph, letters in UNICODE_MAPPING.findall(table.read_bytes())
    }


# Comparison of print, attachments and evidence.

ATTACHMENT_NAMES = {"signatories.json", "signatories.csv", "evidence.json", "verify_signoff.py"}


@dataclass(frozen=True, slots=True)
class SealedContents:
    """The content of a sealed print, and whether its parts agree."""

    list_agrees: bool
    text_agrees: bool
    log_holds: bool | None  # its statement in the log; ``None``: it names none
    is_timestamped: bool  # whether timestamps belong to the file, as its sealed part says
    prior_releases_agree: bool | None  # their digests; ``None``: there are none
    count: int
    edition_digest: str
    size: int | None  # of the log at its checkpoint
    root: str
    kind: str = "final"
    number: int = 1
    difference: ListDifference | None = None  # of the printed list


def read_contents(content: bytes) -> SealedContents:
    """Compare print, attachments and evidence; raises ``ValueError`` for a foreign file."""
    try:
        with pikepdf.open(io.BytesIO(content)) as pdf:
            if sorted(pdf.attachments) != sorted(ATTACHMENT_NAMES):
                raise ValueError("other attachments")
            files = {
                name: pdf.attachments[name].get_file().read_bytes() for name in ATTACHMENT_NAMES
            }
            printed = read_structure(pdf).walk()
        return compare_contents(files, printed)
    except (
        pikepdf.PdfError,
        verify_signoff.Invalid,
        KeyError,
        TypeError,
        AttributeError,
        IndexError,
        RecursionError,
    ) as error:
        raise ValueError(str(error)) from error


def compare_contents(files: dict[str, bytes], printed: list[StructureElement]) -> SealedContents:
    """``printed`` are the elements of the print in reading order."""
    evidence = verify_signoff.load_evidence(files["evidence.json"])
    data = verify_signoff.load_json(files["signatories.json"])
    list_facts = evidence["signatories"]
    language = choose_language(evidence["text"]["language"])
    difference = find_list_difference(printed, data, language)
    list_agrees = (
        sha256(files["signatories.json"]).hexdigest() == list_facts["json_sha256"]
        and sha256(files["signatories.csv"]).hexdigest() == list_facts["csv_sha256"]
        and len(data["signatories"]) == data["count"] == list_facts["count"]
        and agrees_with_csv(files["signatories.csv"], data["signatories"])
        and difference is None
        and data.get("issue") == evidence.get("issue")
    )
    last_section = normalize_text(get_last_section(printed))
    log_holds, checkpoint = check_log(evidence, data, last_section)
    return SealedContents(
        list_agrees=list_agrees,
        text_agrees=canonical_digest(evidence["text"])
        == evidence["edition_digest"]
        == data["edition_digest"]
        and evidence["edition_digest"] in last_section
        and evidence["text"]["title"] == data["title"],
        log_holds=log_holds,
        is_timestamped=evidence["timestamp"] is True,
        prior_releases_agree=check_prior_digests(evidence, last_section),
        count=data["count"],
        edition_digest=evidence["edition_digest"],
        size=checkpoint.get("size"),
        root=checkpoint.get("root", ""),
        difference=difference,
        **evidence.get("issue", {}),
    )


def check_log(
    evidence: dict[str, Any], data: dict[str, Any], last_section: str
) -> tuple[bool | None, dict[str, Any]]:
    """Whether the statement of the log is about this document, and its checkpoint.

    A trial print names none.
    """
    if evidence["log"] is None:
        return None, {}
    try:
        printed, holds, checkpoint = verify_signoff.check_log(evidence, data)
    except verify_signoff.ERRORS:
        return False, {}
    return holds and all(value in last_section for value in printed), checkpoint


def check_prior_digests(evidence: dict[str, Any], last_section: str) -> bool | None:
    """Whether the digests of all prior releases in the evidence are printed."""
    if "issue" not in evidence:
        return None
    releases = evidence["earlier"]
    return bool(releases) and all(
        len(release["sha256"]) == 64 and release["sha256"] in last_section for release in releases
    )


def agrees_with_csv(content: bytes, items: list[dict[str, str]]) -> bool:
    """Whether the CSV file has the entries of ``signatories.json`` with all their fields."""
    rows = csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline=""), delimiter=";")
    published = [
        {name: unescape_formula(cell) for name, cell in row.items() if cell} for row in rows
    ]
    return published == items


def find_list_difference(
    elements: list[StructureElement], data: dict[str, Any], language: str
) -> ListDifference | None:
    """The first difference between the printed lists and ``signatories.json``.

    Withdrawals have a section between the list and the last one.
    """
    withdrawals = data.get("withdrawals", [])
    headings = list_headings(elements)[-2 - bool(withdrawals) :]
    sections = [read_printed_list(elements[first + 1 : last]) for first, last in pairwise(headings)]
    lists = [data["signatories"], *([withdrawals] if withdrawals else [])]
    if len(sections) != len(lists):
        return ListDifference(0, "", ListFact.ROW, "", "")
    differences = (
        find_difference(section, items, language)
        for section, items in zip(sections, lists, strict=True)
    )
    return next(filter(None, differences), None)


def read_printed_list(section: list[StructureElement]) -> PrintedList:
    """The rows and notes of a section. Notes are a list under a heading of their own."""
    start = len(section)
    if any(element.kind == "LI" and has_label(element) for element in section):
        heading = max(index for index, element in enumerate(section) if element.kind == "H3")
        start = next(index for index in range(heading, len(section)) if section[index].kind == "L")
    rows = [row for element in section[:start] if (row := read_printed_row(element))]
    return PrintedList(tuple(rows), join_texts(section[start:]))


def has_label(element: StructureElement) -> bool:
    return any(child.kind == "Lbl" for child in element.walk())


def read_printed_row(element: StructureElement) -> PrintedRow | None:
    """The row, unless the element is something else, as the heads of the columns."""
    if element.kind not in ("LI", "TR"):
        return None
    parts = element.walk()
    links = "".join(part.text() for part in parts if part.kind == "Link")
    if element.kind == "LI":
        return PrintedRow(None, element.text("Link"), links)
    cells = [part for part in parts if part.kind in ("TH", "TD")]
    if not any(cell.scope == "Row" for cell in cells):
        return None
    name = "".join(cell.text("Link") for cell in cells if cell.scope == "Row")
    facts = " ".join(cell.text("Link") for cell in cells if cell.scope != "Row")
    return PrintedRow(name, facts, links)


def list_headings(elements: list[StructureElement]) -> list[int]:
    """The places of the headings of sections."""
    return [index for index, element in enumerate(elements) if element.kind == "H2"]


def get_last_section(elements: list[StructureElement]) -> str:
    return join_texts(elements[list_headings(elements)[-1] :])


def join_texts(elements: list[StructureElement]) -> str:
    return "".join(
        text for element in elements for text in element.children if isinstance(text, str)
    )


# Verification.

# Foreign files can raise any exception in the readers (such as ``zlib.error``); they are not
# genuine. Without memory nothing is known about the file, so ``MemoryError`` is raised.
ANY_ERROR = Exception
TIMESTAMP_ATTRIBUTE = "signature_time_stamp_token"
logging.getLogger("pyhanko").setLevel(logging.CRITICAL)
logging.getLogger("pyhanko_certvalidator").setLevel(logging.CRITICAL)


def verify_pdf(content: bytes, trusted: Sequence[x509.Certificate]) -> VerificationReport:
    """Verify ``content``. ``trusted`` are certificates of the sealing key or of its issuers.

    Without any, the seal is not trusted, and the report names its holder as claimed.
    """
    try:
        reader = PdfFileReader(BytesIO(content), strict=True)
        seals, timestamps = reader.embedded_regular_signatures, reader.embedded_timestamp_signatures
    except MemoryError:
        raise
    except ANY_ERROR:
        return VerificationReport({VerificationCheck.READABLE: False})
    if len(seals) != 1:
        return VerificationReport({VerificationCheck.READABLE: True, VerificationCheck.SEAL: False})
    try:
        return examine_seal(content, seals[0], timestamps, trusted)
    except MemoryError:
        raise
    except ANY_ERROR:
        return VerificationReport({VerificationCheck.READABLE: True, VerificationCheck.SEAL: False})


def examine_seal(
    content: bytes, seal: Any, timestamps: Sequence[Any], trusted: Sequence[x509.Certificate]
) -> VerificationReport:
    """The report on a file with one seal.

    If the seal is not intact, or the file was changed after sealing, the report ends there, because
    everything else depends on both.
    """
    signer = x509.load_der_x509_certificate(seal.signer_cert.dump())
    fingerprint = keys.compute_fingerprint(signer)
    authorities = [convert_to_asn1(item) for item in trusted if keys.is_timestamp_authority(item)]
    holders = [item for item in trusted if not keys.is_timestamp_authority(item)]
    is_pinned = fingerprint in {keys.compute_fingerprint(item) for item in holders}
    anchors = [seal.signer_cert] if is_pinned else [convert_to_asn1(item) for item in holders]
    covers_file = seal.evaluate_signature_coverage() is SignatureCoverageLevel.ENTIRE_FILE
    status = validate_pdf_signature(
        seal,
        signer_validation_context=build_validation_context(anchors, seal.self_reported_timestamp),
        ts_validation_context=build_validation_context(authorities, None),
        skip_diff=True,  # what may follow the seal is an exact list
    )
    checks: dict[VerificationCheck, bool | None] = dict.fromkeys(VerificationCheck)
    checks[VerificationCheck.READABLE] = True
    checks[VerificationCheck.SEAL] = bool(
        status.intact and status.valid and seal.docmdp_level is MDPPerm.NO_CHANGES
    )
    if not checks[VerificationCheck.SEAL]:
        return VerificationReport(checks)
    kind = find_copy_kind(seal.reader)
    is_unaltered, contents = read_unaltered(content, covers_file, kind)
    checks[VerificationCheck.UNALTERED] = is_unaltered
    if not is_unaltered:
        return VerificationReport(checks)

    stamps = [
        validate_pdf_timestamp(item, build_validation_context(authorities, None), skip_diff=True)
        for item in timestamps
    ]
    signature_timestamp = status.timestamp_validity
    all_stamps = [*([signature_timestamp] if signature_timestamp else []), *stamps]
    checks |= check_timestamps(content, all_stamps)
    # A valid certificate of somebody else proves nothing.
    checks[VerificationCheck.HOLDER] = is_pinned or bool(anchors and status.trusted)
    if contents:
        checks |= {
            VerificationCheck.LIST: contents.list_agrees,
            VerificationCheck.TEXT: contents.text_agrees,
            VerificationCheck.CHECKPOINT: contents.log_holds,
            VerificationCheck.EARLIER: contents.prior_releases_agree,
        }
    elif not kind:
        checks |= dict.fromkeys(
            (VerificationCheck.LIST, VerificationCheck.TEXT, VerificationCheck.CHECKPOINT), False
        )
    report = VerificationReport(
        checks,
        holder=keys.get_display_name(signer.subject),
        issuer=keys.get_display_name(signer.issuer),
        fingerprint=fingerprint,
        sealed_at=seal.self_reported_timestamp,
        level=str(SealLevel.LONG_TERM if stamps else SealLevel.BASIC),
        kind=kind,
    )
    if signature_timestamp and checks[VerificationCheck.TIMESTAMP]:
        report = replace(
            report,
            stamped_at=signature_timestamp.timestamp,
            stamped_by=str(signature_timestamp.signing_cert.subject.human_friendly),
        )
    if contents:
        report = replace(
            report,
            count=contents.count,
            edition_digest=contents.edition_digest,
            size=contents.size,
            root=contents.root,
            kind=contents.kind,
            number=contents.number,
            difference=contents.difference,
        )
    return report


def read_unaltered(
    content: bytes, covers_file: bool, kind: str
) -> tuple[bool, SealedContents | None]:
    """Whether the file is as it was sealed, and what it contains unless it is a copy."""
    contents = None
    if not kind and (covers_file or verify_signoff.is_archive_update(content)):
        try:
            contents = read_contents(content)
        except MemoryError:
            raise
        except ANY_ERROR:
            contents = None
    expects_timestamp = contents is not None and contents.is_timestamped
    is_unaltered = (covers_file or expects_timestamp) and has_expected_signature_data(
        content, expects_timestamp
    )
    return is_unaltered, contents


def check_timestamps(content: bytes, stamps: Sequence[Any]) -> dict[VerificationCheck, bool | None]:
    """A timestamp of an unknown authority proves no time."""
    if not stamps:
        return {}
    are_valid = all(item.intact and item.valid for item in stamps)
    if not (are_valid and have_timestamps_one_form(content)):
        return {VerificationCheck.TIMESTAMP: False}
    is_known = all(item.trusted for item in stamps)
    return {
        VerificationCheck.AUTHORITY: is_known,
        VerificationCheck.TIMESTAMP: True if is_known else None,
    }


def find_copy_kind(reader: PdfFileReader) -> str:
    """The kind of a sealed receipt or certificate; empty for an edition."""
    kind = reader.root.get("/SignoffKind")
    names = {f"/{each}": str(each) for each in CopyKind}
    return names.get(kind, "") if isinstance(kind, NameObject) else ""


def read_signatures(content: bytes) -> tuple[SignedData, list[Field]]:
    """The seal, and the fields of timestamps; raises unless what no signature covers has the one
    form that we write.
    """
    seal, *stamps = verify_signoff.read_fields(verify_signoff.Pdf(content))
    return SignedData(seal.content), stamps


def has_expected_signature_data(content: bytes, expects_timestamp: bool) -> bool:
    """Whether the seal has the one attribute that it does not sign, a timestamp, where its signed
    part says so, and none elsewhere.
    """
    try:
        signed, _stamps = read_signatures(content)
    except verify_signoff.ERRORS:
        return False
    return list(signed.unsigned) == [verify_signoff.TIMESTAMP_TOKEN] * expects_timestamp


def have_timestamps_one_form(content: bytes) -> bool:
    """Whether timestamps have nothing beside what their authority has signed."""
    try:
        verify_signoff.read_timestamps(*read_signatures(content))
    except verify_signoff.ERRORS:
        return False
    return True


def build_validation_context(anchors: Sequence[Any], moment: Any) -> ValidationContext:
    """A context that trusts only ``anchors``, without fetching revocation lists."""
    return ValidationContext(
        trust_roots=list(anchors), moment=moment, allow_fetching=False, revocation_mode="soft-fail"
    )


def list_timestamp_authorities(content: bytes) -> list[x509.Certificate]:
    """The certificates that have signed the timestamps of a sealed file."""
    reader = PdfFileReader(BytesIO(content))
    tokens = [item.signed_data for item in reader.embedded_timestamp_signatures]
    for seal in reader.embedded_regular_signatures:
        tokens += [
            value["content"]
            for item in seal.signer_info["unsigned_attrs"]
            if item["type"].native == TIMESTAMP_ATTRIBUTE
            for value in item["values"]
        ]
    signers = {extract_certificate_info(token).signer_cert.dump() for token in tokens}
    return [x509.load_der_x509_certificate(signer) for signer in signers]


def convert_to_asn1(certificate: x509.Certificate) -> Any:
    return asn1_x509.Certificate.load(certificate.public_bytes(Encoding.DER))
