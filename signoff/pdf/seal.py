"""Seals a print: PAdES, a certification signature that allows no change (ISO 32000-2, 12.8.2.2: DocMDP 1)."""

import asyncio
from io import BytesIO
from typing import Any

from asn1crypto import x509
from cryptography.hazmat.primitives.serialization import Encoding
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.sign.fields import MDPPerm, SigFieldSpec, SigSeedSubFilter
from pyhanko.sign.general import SigningError
from pyhanko.sign.signers import PdfSignatureMetadata, PdfSigner, SimpleSigner
from pyhanko.sign.signers.pdf_signer import DSSContentSettings, TimestampDSSContentSettings
from pyhanko.sign.timestamps.common_utils import TimestampRequestError
from pyhanko_certvalidator import ValidationContext

from signoff.domain.seal import Sealed, SealFailed, SealLevel
from signoff.pdf import tops
from signoff.pdf.authority import Authority
from signoff.pdf.keyring import Key

FIELD = "Siegel"
DIGEST = "sha256"


def seal(content: bytes, key: Key, authority: Authority | None = None) -> Sealed:
    """``content`` sealed by ``key``: B-LTA with an authority, else B-B.

    Raises ``SealFailed`` with words for the office; a file without the timestamp that was asked for never leaves here.
    """
    signer = SimpleSigner.load_pkcs12_data(key.p12, other_certs=())
    metadata = PdfSignatureMetadata(
        field_name=FIELD,
        md_algorithm=DIGEST,
        name=key.holder,
        certify=True,
        docmdp_permissions=MDPPerm.NO_CHANGES,
        subfilter=SigSeedSubFilter.PADES,
        signer_key_usage=set(),
        **(long_term(signer, key, authority) if authority else {}),
    )
    # The field keeps its default form: hidden, it would break PDF/A.
    signing = PdfSigner(metadata, signer, timestamper=authority, new_field_spec=SigFieldSpec(FIELD))
    try:
        sealed = signing.sign_pdf(IncrementalPdfFileWriter(BytesIO(content)))
    except TimestampRequestError as wrong:
        assert authority
        raise unusable(authority) from wrong
    except (SigningError, PdfError, ValueError) as wrong:
        raise SealFailed(f"das Siegel ließ sich nicht setzen ({type(wrong).__name__}: {wrong})") from wrong
    return Sealed(sealed.getvalue(), SealLevel.LONG_TERM if authority else SealLevel.BASIC)


def long_term(signer: SimpleSigner, key: Key, authority: Authority) -> dict[str, Any]:
    """What makes it B-LTA: the certificates are embedded and a timestamp over the whole file closes it.

    The anchors are what is at hand: the top of the key's own certificates, and the top of those the authority sends.
    """
    theirs = [each.chosen for each in token(authority)["content"]["certificates"] if each.name == "certificate"]
    ours = [x509.Certificate.load(key.certificate.public_bytes(Encoding.DER)), *signer.cert_registry]
    anchors = [*tops.tops(ours), *tops.tops(theirs)]
    context = ValidationContext(trust_roots=anchors, other_certs=[*ours, *theirs], revocation_mode="soft-fail")
    # What proves the authority goes in before its last timestamp, so that nothing follows that it does not cover.
    last = DSSContentSettings(
        include_vri=False, next_ts_settings=TimestampDSSContentSettings(include_vri=False, update_before_ts=True)
    )
    return {
        "embed_validation_info": True,
        "use_pades_lta": True,
        "validation_context": context,
        "dss_settings": last,
    }


def token(authority: Authority) -> Any:
    """The first token: it shows that the authority answers, how long its tokens are and who it is."""
    try:
        return asyncio.run(authority.async_dummy_response(DIGEST))
    except TimestampRequestError as wrong:
        raise unusable(authority) from wrong


def unusable(authority: Authority) -> SealFailed:
    return SealFailed(f"die Zeitstempelstelle {authority.host} hat keinen brauchbaren Zeitstempel gegeben")
