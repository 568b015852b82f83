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
from signoff.domain.documents import Check, Report
from signoff.domain.releases import SealLevel
from signoff.domain.text import digest
from signoff.pdf import keys
from signoff.pdf.weasyprint import respelled

# Reads a print of ours back: its structure with the text that is drawn for each element.
#
# It understands what our printer writes and nothing else; a text shown in another way is missing from what is read,
# and so differs from what is expected.

TOKENS = re.compile(
    rb"/MCID (\d+)\s*>>\s*BDC|/(\w+) [-\d.]+ Tf|\[([^\]]*)\] ?TJ|<([0-9A-Fa-f]*)> ?Tj|\b(BMC|BDC|EMC)\b"
)
RUNS = re.compile(rb"<([0-9A-Fa-f]*)>")
MAPPED = re.compile(rb"<([0-9A-Fa-f]{4})> <([0-9A-Fa-f]+)>")
DEEPEST = 100  # levels of structure


@dataclass(slots=True)
class Element:
    """One structure element: its kind without the slash, its scope if it is a header cell, and what is inside."""

    kind: str
    scope: str = ""
    inside: "list[Element | str]" = field(default_factory=list)

    def text(self, without: str = "") -> str:
        """All text inside, in reading order; elements of the kind ``without`` left out."""
        pieces = (
            each if isinstance(each, str) else each.text(without)
            for each in self.inside
            if self.kind != without
        )
        return "".join(pieces)

    def walk(self) -> "Iterator[Element]":
        yield self
        for each in self.inside:
            if isinstance(each, Element):
                yield from each.walk()


def structure(pdf: pikepdf.Pdf) -> Element:
    """The structure of ``pdf`` with its text. Raises ``ValueError`` or ``pikepdf.PdfError`` where there is none."""
    if "/StructTreeRoot" not in pdf.Root:
        raise ValueError("no structure")
    drawn = {page.obj.objgen: marked(page) for page in pdf.pages}
    root = Element("Root")
    fill(root, pdf.Root.StructTreeRoot.get("/K"), None, drawn, 0)
    return root


def fill(into: Element, kids: Any, page: Any, drawn: dict[Any, dict[int, str]], depth: int) -> None:
    if depth > DEEPEST:
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
                made = Element(str(kid.S)[1:], scope[1:])
                into.inside.append(made)
                fill(made, kid.get("/K", pikepdf.Array()), page_here, drawn, depth + 1)
            elif "/MCID" in kid:
                into.inside.append(text_of(drawn, page_here, int(kid.MCID)))
        elif kid is not None and not isinstance(kid, pikepdf.Object):
            into.inside.append(text_of(drawn, page, int(kid)))


def text_of(drawn: dict[Any, dict[int, str]], page: Any, number: int) -> str:
    # Taken once: a piece of the page that two elements lay claim to belongs to the first.
    return drawn.get(page.objgen, {}).pop(number, "") if page is not None else ""


def marked(page: pikepdf.Page) -> dict[int, str]:
    """What the page shows, by number of its marked content."""
    fonts = {
        name[1:].encode(): letters_of(font)
        for name, font in page.resources.get("/Font", {}).items()
    }
    page.contents_coalesce()
    found: dict[int, str] = {}
    nested: list[int | None] = []
    letters: dict[bytes, str] = {}
    for number, font, runs, run, mark in TOKENS.findall(page.Contents.read_bytes()):
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
            glyphs = b"".join(RUNS.findall(runs)) if runs else run
            shown = "".join(
                letters.get(glyphs[at : at + 4].lower(), "\ufffd")
                for at in range(0, len(glyphs), 4)
            )
            found[nested[-1]] = found.get(nested[-1], "") + shown
    return found


def letters_of(font: Any) -> dict[bytes, str]:
    """Which letters each glyph stands for, by the font's own table."""
    table = font.get("/ToUnicode")
    if table is None:
        return {}
    return {
        glyph.lower(): bytes.fromhex(letters.decode()).decode("utf-16-be", "replace")
        for glyph, letters in MAPPED.findall(table.read_bytes())
    }


# What a sealed print says about its list, its text and the journal, in three places that must agree.

FILES = {"signatories.json", "signatories.csv", "evidence.json"}


@dataclass(frozen=True, slots=True)
class Contents:
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


def contents(content: bytes) -> Contents:
    """Compares attachments, evidence and print. Raises ``ValueError`` where the file is not one of ours."""
    try:
        with pikepdf.open(io.BytesIO(content)) as pdf:
            if sorted(pdf.attachments) != sorted(FILES):
                raise ValueError("other attachments")
            files = {name: pdf.attachments[name].get_file().read_bytes() for name in FILES}
            printed = structure(pdf)
        return compared(files, printed)
    except (
        pikepdf.PdfError,
        KeyError,
        TypeError,
        AttributeError,
        IndexError,
        RecursionError,
    ) as wrong:
        raise ValueError(str(wrong)) from wrong


def compared(files: dict[str, bytes], printed: Element) -> Contents:
    evidence, data = json.loads(files["evidence.json"]), json.loads(files["signatories.json"])
    said, checkpoint, proof = evidence["signatories"], evidence["checkpoint"], evidence["inclusion"]
    list_agrees = (
        sha256(files["signatories.json"]).hexdigest() == said["json_sha256"]
        and sha256(files["signatories.csv"]).hexdigest() == said["csv_sha256"]
        and len(data["signatories"]) == data["count"] == said["count"]
        and tabled(files["signatories.csv"])
        == [(each["key"], each["name"]) for each in data["signatories"]]
        and listed(printed, data["signatories"], data.get("withdrawals", []))
        and data.get("issue") == evidence.get("issue")
    )
    last = letters(last_section(printed))
    inclusion = InclusionProof(
        proof["entry"], proof["commitment"], tuple(proof["path"]), checkpoint["root"]
    )
    return Contents(
        list_agrees=list_agrees,
        text_agrees=digest(evidence["text"]) == evidence["edition_digest"] == data["edition_digest"]
        and evidence["edition_digest"] in last
        and evidence["text"]["title"] == data["title"],
        checkpoint_holds=inclusion.holds
        and proof["leaf"] == inclusion.leaf
        and checkpoint["entry"] == proof["entry"]
        and checkpoint["root"] in last,
        earlier_agree=named(evidence, last),
        count=data["count"],
        edition_digest=evidence["edition_digest"],
        entry=checkpoint["entry"],
        root=checkpoint["root"],
        **evidence.get("issue", {}),
    )


def named(evidence: dict[str, Any], last: str) -> bool | None:
    """Whether every document that was released before is printed with the digest the evidence gives."""
    if "issue" not in evidence:
        return None
    before = evidence["earlier"]
    return bool(before) and all(
        len(each["sha256"]) == 64 and each["sha256"] in last for each in before
    )


def tabled(content: bytes) -> list[tuple[str, str]]:
    rows = csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline=""), delimiter=";")
    # The apostrophe keeps a spreadsheet from computing.
    return [(row["key"].removeprefix("'"), row["name"].removeprefix("'")) for row in rows]


def listed(
    printed: Element, signatories: list[dict[str, Any]], withdrawals: list[dict[str, Any]]
) -> bool:
    """Whether exactly ``signatories`` stand in the printed list, each with its name, signer and function.

    ``withdrawals`` have a section of their own between the list and the last one.
    """
    if len(headings(printed)) < 2 + bool(withdrawals):
        return False
    if withdrawals:
        *_rest, first, gone, last = headings(printed)
        if not matched(entries(between(printed, gone, last), has_notes=False), withdrawals):
            return False
    else:
        *_rest, first, gone = headings(printed)
    section = between(printed, first, gone)
    notes = [letters(each["note"]) for each in signatories if each.get("note")]
    everything = letters(texts(section)) if notes else ""
    if not all(note in everything for note in notes):
        return False
    return matched(entries(section, bool(notes)), signatories)


def matched(rows: list[tuple[str, str]], signatories: list[dict[str, Any]]) -> bool:
    """Whether the printed ``rows`` are those of ``signatories``, one each."""
    expected = Counter(letters(each["name"]) for each in signatories)
    by_name = {letters(each["name"]): each for each in signatories}
    if len(rows) != len(signatories):
        return False
    for name, row in rows:
        found = (
            name
            if name in by_name
            else next((row[:end] for end in ends(row) if row[:end] in by_name), "")
        )
        facts = by_name.get(found, {})
        if not expected[found] or any(
            letters(facts.get(fact, "")) not in row for fact in ("signer", "function")
        ):
            return False
        expected[found] -= 1
    return True


def entries(section: list[Element], has_notes: bool) -> list[tuple[str, str]]:
    """Each printed line: the name where it stands alone (in tables), and all of it."""
    tables = [each for each in section if each.kind == "TR"]
    if tables:
        heads = [
            (row, next((cell for cell in row.walk() if cell.scope == "Row"), None))
            for row in tables
        ]
        return [
            (letters(head.text("Link")), letters(row.text("Link"))) for row, head in heads if head
        ]
    lists = [each for each in section if each.kind == "L"]
    if has_notes:
        start = next(at for at in range(len(section) - 1, -1, -1) if section[at].kind == "H3")
        lists = [each for each in section[:start] if each.kind == "L"]
    return [
        ("", letters(item.text("Link")))
        for each in lists
        for item in each.walk()
        if item.kind == "LI"
    ]


def ends(row: str) -> range:
    """Where a name may end, the longest first."""
    return range(len(row), 0, -1)


def headings(printed: Element) -> list[Element]:
    return [each for each in printed.walk() if each.kind == "H2"]


def between(printed: Element, first: Element, last: Element) -> list[Element]:
    every = list(printed.walk())
    starts = [at for at, each in enumerate(every) if each is first or each is last]
    return every[starts[0] + 1 : starts[1]]


def last_section(printed: Element) -> str:
    every = list(printed.walk())
    start = max(at for at, each in enumerate(every) if each.kind == "H2")
    return texts(every[start:])


def texts(elements: list[Element]) -> str:
    return "".join(piece for each in elements for piece in each.inside if isinstance(piece, str))


def letters(text: str) -> str:
    """``text`` without white space, soft hyphens and breaks, as it was respelled for print."""
    return "".join(respelled(str(text)).replace("\u00ad", "").split())


# Foreign files break readers in ways nobody can list (zlib has an error of its own); whatever is raised, the file is
# not ours.
ANYTHING = Exception
STAMP = "signature_time_stamp_token"
BYTE_RANGE = re.compile(rb"/ByteRange ?\[ *(\d+) +(\d+) +(\d+) +(\d+) *\]")
logging.getLogger("pyhanko").setLevel(logging.CRITICAL)
logging.getLogger("pyhanko_certvalidator").setLevel(logging.CRITICAL)


def verify(content: bytes, trusted: Sequence[x509.Certificate]) -> Report:
    """Examines ``content``. ``trusted`` are certificates of the sealing key, or of who certified it.

    Without any, nobody is trusted and the report says whose seal it claims to be.
    """
    try:
        reader = PdfFileReader(BytesIO(content), strict=True)
        seals, stamps = reader.embedded_regular_signatures, reader.embedded_timestamp_signatures
    except ANYTHING:
        return Report({Check.READABLE: False})
    if len(seals) != 1:
        return Report({Check.READABLE: True, Check.SEAL: False})
    try:
        return examined(content, seals[0], stamps, trusted)
    except ANYTHING:
        return Report({Check.READABLE: True, Check.SEAL: False})


def examined(
    content: bytes, seal: Any, stamps: Sequence[Any], trusted: Sequence[x509.Certificate]
) -> Report:
    signer = x509.load_der_x509_certificate(seal.signer_cert.dump())
    mark = keys.fingerprint(signer)
    pinned = mark in {keys.fingerprint(each) for each in trusted}
    anchors = [seal.signer_cert] if pinned else [asn1(each) for each in trusted]
    theirs = stamp_certificates(seal, stamps)
    whole = seal.evaluate_signature_coverage() is SignatureCoverageLevel.ENTIRE_FILE
    status = validate_pdf_signature(
        seal,
        signer_validation_context=context(anchors, seal.self_reported_timestamp),
        ts_validation_context=context(keys.tops(theirs), None),
        skip_diff=whole,
    )
    later = [validate_pdf_timestamp(each, context(keys.tops(theirs), None)) for each in stamps]
    stamp = status.timestamp_validity
    # A certificate of somebody else's says nothing, however sound it is.
    holder = bool(status.intact and status.valid and (pinned or (anchors and status.trusted)))
    checks: dict[Check, bool | None] = {
        Check.READABLE: True,
        Check.SEAL: bool(
            status.intact and status.valid and seal.docmdp_level is MDPPerm.NO_CHANGES
        ),
        Check.UNALTERED: padded(content) and (whole or extended_rightly(status, stamps, later)),
        Check.HOLDER: holder,
        Check.TIMESTAMP: all(
            each.intact and each.valid for each in [*filter(None, [stamp]), *later]
        )
        if stamp or later
        else None,
    }
    found = None
    try:
        found = contents(content)
    except ANYTHING:
        checks |= dict.fromkeys((Check.LIST, Check.TEXT, Check.CHECKPOINT), False)
    if found:
        checks[Check.LIST], checks[Check.TEXT] = found.list_agrees, found.text_agrees
        checks[Check.CHECKPOINT], checks[Check.EARLIER] = (
            found.checkpoint_holds,
            found.earlier_agree,
        )
    return Report(
        checks,
        holder=keys.called(signer.subject),
        issuer=keys.called(signer.issuer),
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


def extended_rightly(status: Any, stamps: Sequence[Any], later: Sequence[Any]) -> bool:
    """Whether what follows the seal is what long-term validation adds, with a timestamp over the whole file."""
    return (
        status.coverage is SignatureCoverageLevel.ENTIRE_REVISION
        and status.modification_level is ModificationLevel.LTA_UPDATES
        and bool(status.docmdp_ok)
        and any(each.coverage is SignatureCoverageLevel.ENTIRE_FILE for each in later)
        and all(each.docmdp_level is None for each in stamps)
    )


def padded(content: bytes) -> bool:
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


def context(anchors: Sequence[Any], moment: Any) -> ValidationContext:
    """What is believed: ``anchors`` and nothing else; no revocation lists are fetched."""
    return ValidationContext(
        trust_roots=list(anchors), moment=moment, allow_fetching=False, revocation_mode="soft-fail"
    )


def stamp_certificates(seal: Any, stamps: Sequence[Any]) -> list[Any]:
    """The certificates of the authorities, as their own tokens carry them: they prove the moment, not the holder."""
    unsigned = seal.signer_info["unsigned_attrs"]
    tokens = [each.signed_data for each in stamps]
    tokens += [
        value["content"]
        for each in unsigned
        if each["type"].native == STAMP
        for value in each["values"]
    ]
    return [
        each.chosen
        for token in tokens
        for each in token["certificates"]
        if each.name == "certificate"
    ]


def asn1(certificate: x509.Certificate) -> Any:
    from asn1crypto import x509 as asn1_x509
    from cryptography.hazmat.primitives.serialization import Encoding

    return asn1_x509.Certificate.load(certificate.public_bytes(Encoding.DER))
