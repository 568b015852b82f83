"""Is this file what it says? Values in, report out: no database, no network, no clock."""

import csv
import io
import json
import logging
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from io import BytesIO
from typing import Any

import pikepdf
from asn1crypto import cms
from cryptography import x509
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.diff_analysis import ModificationLevel
from pyhanko.sign.fields import MDPPerm
from pyhanko.sign.validation import validate_pdf_signature, validate_pdf_timestamp
from pyhanko.sign.validation.status import SignatureCoverageLevel
from pyhanko_certvalidator import ValidationContext

from signoff.domain.audit import InclusionProof
from signoff.domain.documents import VerificationCheck, VerificationReport
from signoff.domain.releases import SealLevel
from signoff.domain.text import canonical_digest
from signoff.pdf import keys
from signoff.pdf.weasyprint import substitute_characters

# Reads a print of ours back: its structure with the text that is drawn for each element.
#
# It understands what our printer writes and nothing else; a text shown in another way is missing from what is read,
# and so differs from what is expected.

CONTENT_TOKENS = re.compile(
    rb"/MCID (\d+)\s*>>\s*BDC|/(\w+) [-\d.]+ Tf|\[([^\]]*)\] ?TJ|<([0-9A-Fa-f]*)> ?Tj|\b(BMC|BDC|EMC)\b"
)
GLYPH_RUNS = re.compile(rb"<([0-9A-Fa-f]*)>")
UNICODE_MAPPING = re.compile(rb"<([0-9A-Fa-f]{4})> <([0-9A-Fa-f]+)>")
MAX_STRUCTURE_DEPTH = 100  # levels of structure


@dataclass(slots=True)
class StructureElement:
    """One structure element: its kind without the slash, its scope if it is a header cell, and what is inside."""

    kind: str
    scope: str = ""
    inside: "list[StructureElement | str]" = field(default_factory=list)

    def text(self, without: str = "") -> str:
        """All text inside, in reading order; elements of the kind ``without`` left out."""
        pieces = (
            each if isinstance(each, str) else each.text(without)
            for each in self.inside
            if self.kind != without
        )
        return "".join(pieces)

    def walk(self) -> "Iterator[StructureElement]":
        yield self
        for each in self.inside:
            if isinstance(each, StructureElement):
                yield from each.walk()


def read_structure(pdf: pikepdf.Pdf) -> StructureElement:
    """The structure of ``pdf`` with its text. Raises ``ValueError`` or ``pikepdf.PdfError`` where there is none."""
    if "/StructTreeRoot" not in pdf.Root:
        raise ValueError("no structure")
    drawn = {page.obj.objgen: read_marked_content(page) for page in pdf.pages}
    root = StructureElement("Root")
    add_children(root, pdf.Root.StructTreeRoot.get("/K"), None, drawn, 0)
    return root


def add_children(
    into: StructureElement, kids: Any, page: Any, drawn: dict[Any, dict[int, str]], depth: int
) -> None:
    if depth > MAX_STRUCTURE_DEPTH:
        raise ValueError("too deep")
    for kid in kids if isinstance(kids, pikepdf.Array) else [kids]:
        if isinstance(kid, pikepdf.Dictionary):
            page_here = kid.get("/Pg", page)
            if "/S" in kid:
                scope = (
                    str(kid.A.get("/Scope", ""))
                    if isinstance(kid.get("/A"), pikepdf.Dictionary)
                    else ""
                )
                made = StructureElement(str(kid.S)[1:], scope[1:])
                into.inside.append(made)
                add_children(made, kid.get("/K", pikepdf.Array()), page_here, drawn, depth + 1)
            elif "/MCID" in kid:
                into.inside.append(take_text(drawn, page_here, int(kid.MCID)))
        elif kid is not None and not isinstance(kid, pikepdf.Object):
            into.inside.append(take_text(drawn, page, int(kid)))


def take_text(drawn: dict[Any, dict[int, str]], page: Any, number: int) -> str:
    # Taken once: a piece of the page that two elements lay claim to belongs to the first.
    return drawn.get(page.objgen, {}).pop(number, "") if page is not None else ""


def read_marked_content(page: pikepdf.Page) -> dict[int, str]:
    """What the page shows, by number of its marked content."""
    fonts = {
        name[1:].encode(): read_glyph_map(font)
        for name, font in page.resources.get("/Font", {}).items()
    }
    page.contents_coalesce()
    found: dict[int, str] = {}
    nested: list[int | None] = []
    letters: dict[bytes, str] = {}
    for number, font, runs, run, mark in CONTENT_TOKENS.findall(page.Contents.read_bytes()):
        if font:
            letters = fonts.get(font, {})
        elif number:
            nested.append(int(number))
        elif mark == b"EMC":
            if nested:
                nested.pop()
        elif mark:
            nested.append(nested[-1] if nested and nested[-1] is None else None)
        elif nested and nested[-1] is not None:
            glyphs = b"".join(GLYPH_RUNS.findall(runs)) if runs else run
            shown = "".join(
                letters.get(glyphs[at : at + 4].lower(), "\ufffd")
                for at in range(0, len(glyphs), 4)
            )
            found[nested[-1]] = found.get(nested[-1], "") + shown
    return found


def read_glyph_map(font: Any) -> dict[bytes, str]:
    """Which letters each glyph stands for, by the font's own table."""
    table = font.get("/ToUnicode")
    if table is None:
        return {}
    return {
        glyph.lower(): bytes.fromhex(letters.decode()).decode("utf-16-be", "replace")
        for glyph, letters in UNICODE_MAPPING.findall(table.read_bytes())
    }


# What a sealed print says about its list, its text and the journal, in three places that must agree.

ATTACHMENT_NAMES = {"signatories.json", "signatories.csv", "evidence.json"}


@dataclass(frozen=True, slots=True)
class SealedContents:
    """Whether the three agree, and what they say."""

    list_agrees: bool
    text_agrees: bool
    checkpoint_holds: bool
    earlier_agree: bool | None  # the digests of what was released before; ``None``: it names none
    count: int
    edition_digest: str
    entry: int
    root: str
    kind: str = "final"
    number: int = 1


def read_contents(content: bytes) -> SealedContents:
    """Compares attachments, evidence and print. Raises ``ValueError`` where the file is not one of ours."""
    try:
        with pikepdf.open(io.BytesIO(content)) as pdf:
            if sorted(pdf.attachments) != sorted(ATTACHMENT_NAMES):
                raise ValueError("other attachments")
            files = {
                name: pdf.attachments[name].get_file().read_bytes() for name in ATTACHMENT_NAMES
            }
            printed = read_structure(pdf)
        return compare_contents(files, printed)
    except (
        pikepdf.PdfError,
        KeyError,
        TypeError,
        AttributeError,
        IndexError,
        RecursionError,
    ) as wrong:
        raise ValueError(str(wrong)) from wrong


def compare_contents(files: dict[str, bytes], printed: StructureElement) -> SealedContents:
    evidence, data = json.loads(files["evidence.json"]), json.loads(files["signatories.json"])
    said, checkpoint, proof = evidence["signatories"], evidence["checkpoint"], evidence["inclusion"]
    list_agrees = (
        sha256(files["signatories.json"]).hexdigest() == said["json_sha256"]
        and sha256(files["signatories.csv"]).hexdigest() == said["csv_sha256"]
        and len(data["signatories"]) == data["count"] == said["count"]
        and parse_list_csv(files["signatories.csv"])
        == [(each["key"], each["name"]) for each in data["signatories"]]
        and is_list_printed(printed, data["signatories"], data.get("withdrawals", []))
        and data.get("issue") == evidence.get("issue")
    )
    last = normalize_text(get_last_section(printed))
    inclusion = InclusionProof(
        proof["entry"], proof["commitment"], tuple(proof["path"]), checkpoint["root"]
    )
    return SealedContents(
        list_agrees=list_agrees,
        text_agrees=canonical_digest(evidence["text"])
        == evidence["edition_digest"]
        == data["edition_digest"]
        and evidence["edition_digest"] in last
        and evidence["text"]["title"] == data["title"],
        checkpoint_holds=inclusion.holds
        and proof["leaf"] == inclusion.leaf
        and checkpoint["entry"] == proof["entry"]
        and checkpoint["root"] in last,
        earlier_agree=check_prior_digests(evidence, last),
        count=data["count"],
        edition_digest=evidence["edition_digest"],
        entry=checkpoint["entry"],
        root=checkpoint["root"],
        **evidence.get("issue", {}),
    )


def check_prior_digests(evidence: dict[str, Any], last: str) -> bool | None:
    """Whether every document that was released before is printed with the digest the evidence gives."""
    if "issue" not in evidence:
        return None
    before = evidence["earlier"]
    return bool(before) and all(
        len(each["sha256"]) == 64 and each["sha256"] in last for each in before
    )


def parse_list_csv(content: bytes) -> list[tuple[str, str]]:
    rows = csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline=""), delimiter=";")
    # The apostrophe keeps a spreadsheet from computing.
    return [(row["key"].removeprefix("'"), row["name"].removeprefix("'")) for row in rows]


def is_list_printed(
    printed: StructureElement, signatories: list[dict[str, Any]], withdrawals: list[dict[str, Any]]
) -> bool:
    """Whether exactly ``signatories`` stand in the printed list, each with its name, signer and function.

    ``withdrawals`` have a section of their own between the list and the last one.
    """
    if len(list_headings(printed)) < 2 + bool(withdrawals):
        return False
    if withdrawals:
        *_rest, first, gone, last = list_headings(printed)
        if not has_matching_rows(
            list_printed_rows(list_elements_between(printed, gone, last), has_notes=False),
            withdrawals,
        ):
            return False
    else:
        *_rest, first, gone = list_headings(printed)
    section = list_elements_between(printed, first, gone)
    notes = [normalize_text(each["note"]) for each in signatories if each.get("note")]
    everything = normalize_text(join_texts(section)) if notes else ""
    if not all(note in everything for note in notes):
        return False
    return has_matching_rows(list_printed_rows(section, bool(notes)), signatories)


def has_matching_rows(rows: list[tuple[str, str]], signatories: list[dict[str, Any]]) -> bool:
    """Whether the printed ``rows`` are those of ``signatories``, one each."""
    expected = Counter(normalize_text(each["name"]) for each in signatories)
    by_name = {normalize_text(each["name"]): each for each in signatories}
    if len(rows) != len(signatories):
        return False
    for name, row in rows:
        found = (
            name
            if name in by_name
            else next((row[:end] for end in iter_name_ends(row) if row[:end] in by_name), "")
        )
        facts = by_name.get(found, {})
        if not expected[found] or any(
            normalize_text(facts.get(fact, "")) not in row for fact in ("signer", "function")
        ):
            return False
        expected[found] -= 1
    return True


def list_printed_rows(section: list[StructureElement], has_notes: bool) -> list[tuple[str, str]]:
    """Each printed line: the name where it stands alone (in tables), and all of it."""
    tables = [each for each in section if each.kind == "TR"]
    if tables:
        heads = [
            (row, next((cell for cell in row.walk() if cell.scope == "Row"), None))
            for row in tables
        ]
        return [
            (normalize_text(head.text("Link")), normalize_text(row.text("Link")))
            for row, head in heads
            if head
        ]
    lists = [each for each in section if each.kind == "L"]
    if has_notes:
        start = next(at for at in range(len(section) - 1, -1, -1) if section[at].kind == "H3")
        lists = [each for each in section[:start] if each.kind == "L"]
    return [
        ("", normalize_text(item.text("Link")))
        for each in lists
        for item in each.walk()
        if item.kind == "LI"
    ]


def iter_name_ends(row: str) -> range:
    """Where a name may end, the longest first."""
    return range(len(row), 0, -1)


def list_headings(printed: StructureElement) -> list[StructureElement]:
    return [each for each in printed.walk() if each.kind == "H2"]


def list_elements_between(
    printed: StructureElement, first: StructureElement, last: StructureElement
) -> list[StructureElement]:
    every = list(printed.walk())
    starts = [at for at, each in enumerate(every) if each is first or each is last]
    return every[starts[0] + 1 : starts[1]]


def get_last_section(printed: StructureElement) -> str:
    every = list(printed.walk())
    start = max(at for at, each in enumerate(every) if each.kind == "H2")
    return join_texts(every[start:])


def join_texts(elements: list[StructureElement]) -> str:
    return "".join(piece for each in elements for piece in each.inside if isinstance(piece, str))


def normalize_text(text: str) -> str:
    """``text`` without white space, soft hyphens and breaks, as it was respelled for print."""
    return "".join(substitute_characters(str(text)).replace("\u00ad", "").split())


# Foreign files break readers in ways nobody can list (zlib has an error of its own); whatever is raised, the file is
# not ours.
ANY_ERROR = Exception
TIMESTAMP_ATTRIBUTE = "signature_time_stamp_token"
BYTE_RANGE = re.compile(rb"/ByteRange ?\[ *(\d+) +(\d+) +(\d+) +(\d+) *\]")
logging.getLogger("pyhanko").setLevel(logging.CRITICAL)
logging.getLogger("pyhanko_certvalidator").setLevel(logging.CRITICAL)


def verify_pdf(content: bytes, trusted: Sequence[x509.Certificate]) -> VerificationReport:
    """Examines ``content``. ``trusted`` are certificates of the sealing key, or of who certified it.

    Without any, nobody is trusted and the report says whose seal it claims to be.
    """
    try:
        reader = PdfFileReader(BytesIO(content), strict=True)
        seals, stamps = reader.embedded_regular_signatures, reader.embedded_timestamp_signatures
    except ANY_ERROR:
        return VerificationReport({VerificationCheck.READABLE: False})
    if len(seals) != 1:
        return VerificationReport({VerificationCheck.READABLE: True, VerificationCheck.SEAL: False})
    try:
        return examine_seal(content, seals[0], stamps, trusted)
    except ANY_ERROR:
        return VerificationReport({VerificationCheck.READABLE: True, VerificationCheck.SEAL: False})


def examine_seal(
    content: bytes, seal: Any, stamps: Sequence[Any], trusted: Sequence[x509.Certificate]
) -> VerificationReport:
    signer = x509.load_der_x509_certificate(seal.signer_cert.dump())
    mark = keys.compute_fingerprint(signer)
    pinned = mark in {keys.compute_fingerprint(each) for each in trusted}
    anchors = [seal.signer_cert] if pinned else [convert_to_asn1(each) for each in trusted]
    theirs = list_timestamp_certificates(seal, stamps)
    whole = seal.evaluate_signature_coverage() is SignatureCoverageLevel.ENTIRE_FILE
    status = validate_pdf_signature(
        seal,
        signer_validation_context=build_validation_context(anchors, seal.self_reported_timestamp),
        ts_validation_context=build_validation_context(keys.select_root_certificates(theirs), None),
        skip_diff=whole,
    )
    later = [
        validate_pdf_timestamp(
            each, build_validation_context(keys.select_root_certificates(theirs), None)
        )
        for each in stamps
    ]
    stamp = status.timestamp_validity
    # A certificate of somebody else's says nothing, however sound it is.
    holder = bool(status.intact and status.valid and (pinned or (anchors and status.trusted)))
    checks: dict[VerificationCheck, bool | None] = {
        VerificationCheck.READABLE: True,
        VerificationCheck.SEAL: bool(
            status.intact and status.valid and seal.docmdp_level is MDPPerm.NO_CHANGES
        ),
        VerificationCheck.UNALTERED: has_zero_padding(content)
        and (whole or is_valid_extension(status, stamps, later)),
        VerificationCheck.HOLDER: holder,
        VerificationCheck.TIMESTAMP: all(
            each.intact and each.valid for each in [*filter(None, [stamp]), *later]
        )
        if stamp or later
        else None,
    }
    found = None
    try:
        found = read_contents(content)
    except ANY_ERROR:
        checks |= dict.fromkeys(
            (VerificationCheck.LIST, VerificationCheck.TEXT, VerificationCheck.CHECKPOINT), False
        )
    if found:
        checks[VerificationCheck.LIST], checks[VerificationCheck.TEXT] = (
            found.list_agrees,
            found.text_agrees,
        )
        checks[VerificationCheck.CHECKPOINT], checks[VerificationCheck.EARLIER] = (
            found.checkpoint_holds,
            found.earlier_agree,
        )
    return VerificationReport(
        checks,
        holder=keys.get_display_name(signer.subject),
        issuer=keys.get_display_name(signer.issuer),
        fingerprint=mark,
        sealed_at=seal.self_reported_timestamp,
        level=str(SealLevel.LONG_TERM if later else SealLevel.BASIC),
        stamped_at=stamp.timestamp if stamp else None,
        stamped_by=str(stamp.signing_cert.subject.human_friendly) if stamp else "",
        count=found.count if found else None,
        edition_digest=found.edition_digest if found else "",
        entry=found.entry if found else None,
        root=found.root if found else "",
        kind=found.kind if found else "",
        number=found.number if found else None,
    )


def is_valid_extension(status: Any, stamps: Sequence[Any], later: Sequence[Any]) -> bool:
    """Whether what follows the seal is what long-term validation adds, with a timestamp over the whole file."""
    return (
        status.coverage is SignatureCoverageLevel.ENTIRE_REVISION
        and status.modification_level is ModificationLevel.LTA_UPDATES
        and bool(status.docmdp_ok)
        and any(each.coverage is SignatureCoverageLevel.ENTIRE_FILE for each in later)
        and all(each.docmdp_level is None for each in stamps)
    )


def has_zero_padding(content: bytes) -> bool:
    """Whether each signature's gap holds one DER value and zeros: the gap is the one place no signature covers."""
    for found in BYTE_RANGE.finditer(content):
        _start, before, after, _rest = (int(number) for number in found.groups())
        gap = content[before:after]
        if gap[:1] != b"<" or gap[-1:] != b">" or gap != gap.upper():
            return False
        raw = bytes.fromhex(gap[1:-1].decode("ascii"))
        if raw[len(cms.ContentInfo.load(raw).dump()) :].strip(b"\0"):
            return False
    return True


def build_validation_context(anchors: Sequence[Any], moment: Any) -> ValidationContext:
    """What is believed: ``anchors`` and nothing else; no revocation lists are fetched."""
    return ValidationContext(
        trust_roots=list(anchors), moment=moment, allow_fetching=False, revocation_mode="soft-fail"
    )


def list_timestamp_certificates(seal: Any, stamps: Sequence[Any]) -> list[Any]:
    """The certificates of the authorities, as their own tokens carry them: they prove the moment, not the holder."""
    unsigned = seal.signer_info["unsigned_attrs"]
    tokens = [each.signed_data for each in stamps]
    tokens += [
        value["content"]
        for each in unsigned
        if each["type"].native == TIMESTAMP_ATTRIBUTE
        for value in each["values"]
    ]
    return [
        each.chosen
        for token in tokens
        for each in token["certificates"]
        if each.name == "certificate"
    ]


def convert_to_asn1(certificate: x509.Certificate) -> Any:
    from asn1crypto import x509 as asn1_x509
    from cryptography.hazmat.primitives.serialization import Encoding

    return asn1_x509.Certificate.load(certificate.public_bytes(Encoding.DER))
