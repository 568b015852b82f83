"""Is this file what it says? Values in, report out: no database, no network, no clock."""

import logging
import re
from collections.abc import Sequence
from io import BytesIO
from typing import Any

from asn1crypto import cms
from cryptography import x509
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.diff_analysis import ModificationLevel
from pyhanko.sign.fields import MDPPerm
from pyhanko.sign.validation import validate_pdf_signature, validate_pdf_timestamp
from pyhanko.sign.validation.status import SignatureCoverageLevel
from pyhanko_certvalidator import ValidationContext

from signoff.domain.report import Check, Report
from signoff.domain.seal import SealLevel
from signoff.pdf import contents, keyring, tops

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


def examined(content: bytes, seal: Any, stamps: Sequence[Any], trusted: Sequence[x509.Certificate]) -> Report:
    signer = x509.load_der_x509_certificate(seal.signer_cert.dump())
    mark = keyring.fingerprint(signer)
    pinned = mark in {keyring.fingerprint(each) for each in trusted}
    anchors = [seal.signer_cert] if pinned else [asn1(each) for each in trusted]
    theirs = stamp_certificates(seal, stamps)
    whole = seal.evaluate_signature_coverage() is SignatureCoverageLevel.ENTIRE_FILE
    status = validate_pdf_signature(
        seal,
        signer_validation_context=context(anchors, seal.self_reported_timestamp),
        ts_validation_context=context(tops.tops(theirs), None),
        skip_diff=whole,
    )
    later = [validate_pdf_timestamp(each, context(tops.tops(theirs), None)) for each in stamps]
    stamp = status.timestamp_validity
    # A certificate of somebody else's says nothing, however sound it is.
    holder = bool(status.intact and status.valid and (pinned or (anchors and status.trusted)))
    checks: dict[Check, bool | None] = {
        Check.READABLE: True,
        Check.SEAL: bool(status.intact and status.valid and seal.docmdp_level is MDPPerm.NO_CHANGES),
        Check.UNALTERED: padded(content) and (whole or extended_rightly(status, stamps, later)),
        Check.HOLDER: holder,
        Check.TIMESTAMP: all(each.intact and each.valid for each in [*filter(None, [stamp]), *later])
        if stamp or later
        else None,
    }
    found = None
    try:
        found = contents.contents(content)
    except ANYTHING:
        checks |= dict.fromkeys((Check.LIST, Check.TEXT, Check.CHECKPOINT), False)
    if found:
        checks[Check.LIST], checks[Check.TEXT] = found.list_agrees, found.text_agrees
        checks[Check.CHECKPOINT], checks[Check.EARLIER] = found.checkpoint_holds, found.earlier_agree
    return Report(
        checks,
        holder=keyring.called(signer.subject),
        issuer=keyring.called(signer.issuer),
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
    tokens += [value["content"] for each in unsigned if each["type"].native == STAMP for value in each["values"]]
    return [each.chosen for token in tokens for each in token["certificates"] if each.name == "certificate"]


def asn1(certificate: x509.Certificate) -> Any:
    from asn1crypto import x509 as asn1_x509
    from cryptography.hazmat.primitives.serialization import Encoding

    return asn1_x509.Certificate.load(certificate.public_bytes(Encoding.DER))
