"""Seals a print: PAdES, a certification signature that allows no change (ISO 32000-2, 12.8.2.2: DocMDP 1)."""

import asyncio
from http.client import HTTPException
from io import BytesIO
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

from asn1crypto import cms, core, tsp, x509
from cryptography.hazmat.primitives.serialization import Encoding
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.sign.fields import MDPPerm, SigFieldSpec, SigSeedSubFilter
from pyhanko.sign.general import SigningError
from pyhanko.sign.signers import PdfSignatureMetadata, PdfSigner, SimpleSigner
from pyhanko.sign.signers.pdf_signer import DSSContentSettings, TimestampDSSContentSettings
from pyhanko.sign.timestamps import TimeStamper
from pyhanko.sign.timestamps.common_utils import TimestampRequestError, set_tsp_headers
from pyhanko_certvalidator import ValidationContext

from signoff.domain.releases import SealedFile, SealError, SealLevel
from signoff.pdf import keys
from signoff.pdf.keys import Key

# The time-stamping authority (RFC 3161), over http. What goes wrong there is said in the office's words.

TSA_TIMEOUT = 20.0  # seconds for one answer
MAX_TSA_RESPONSE_SIZE = 256 * 1024  # bytes of one answer


class TimestampResponse(core.Sequence):  # type: ignore[misc]
    """RFC 3161, 2.4.2: a refusal carries no token; asn1crypto's own class does not know that."""

    _fields = [
        ("status", tsp.PKIStatusInfo),
        ("time_stamp_token", cms.ContentInfo, {"optional": True}),
    ]  # noqa: RUF012


class TimestampAuthority(TimeStamper):
    """Asks ``url`` for timestamps. Raises ``SealFailed`` where none came."""

    def __init__(self, url: str, patience: float = TSA_TIMEOUT) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.url, self.patience = url, patience
        self.host = urlsplit(url).hostname or url

    async def async_request_tsa_response(self, req: tsp.TimeStampReq) -> tsp.TimeStampResp:
        answer = await asyncio.get_running_loop().run_in_executor(None, self.ask, req.dump())
        try:
            status = TimestampResponse.load(answer, strict=True)["status"]["status"].native
        except (ValueError, TypeError) as wrong:
            raise SealError(
                f"die Zeitstempelstelle {self.host} antwortet unverständlich"
            ) from wrong
        if status != "granted":
            raise SealError(f"die Zeitstempelstelle {self.host} lehnt ab ({status})")
        return tsp.TimeStampResp.load(answer)

    def ask(self, question: bytes) -> bytes:
        headers: dict[str, str] = {}
        set_tsp_headers(headers)
        try:
            with urlopen(Request(self.url, question, headers), timeout=self.patience) as answer:  # noqa: S310
                return bytes(answer.read(MAX_TSA_RESPONSE_SIZE))
        except HTTPError as wrong:
            wrong.close()
            raise SealError(
                f"die Zeitstempelstelle {self.host} meldet einen Fehler ({wrong.code})"
            ) from wrong
        except TimeoutError as wrong:
            raise SealError(
                f"die Zeitstempelstelle {self.host} antwortet nicht rechtzeitig"
            ) from wrong
        except (OSError, HTTPException, ValueError) as wrong:
            if isinstance(getattr(wrong, "reason", None), TimeoutError):
                raise SealError(
                    f"die Zeitstempelstelle {self.host} antwortet nicht rechtzeitig"
                ) from wrong
            raise SealError(f"die Zeitstempelstelle {self.host} ist nicht erreichbar") from wrong


SIGNATURE_FIELD = "Siegel"
DIGEST_ALGORITHM = "sha256"


def seal_pdf(content: bytes, key: Key, authority: TimestampAuthority | None = None) -> SealedFile:
    """``content`` sealed by ``key``: B-LTA with an authority, else B-B.

    Raises ``SealFailed`` with words for the office; a file without the timestamp that was asked for never leaves here.
    """
    signer = SimpleSigner.load_pkcs12_data(key.p12, other_certs=())
    metadata = PdfSignatureMetadata(
        field_name=SIGNATURE_FIELD,
        md_algorithm=DIGEST_ALGORITHM,
        name=key.holder,
        certify=True,
        docmdp_permissions=MDPPerm.NO_CHANGES,
        subfilter=SigSeedSubFilter.PADES,
        signer_key_usage=set(),
        **(build_long_term_settings(signer, key, authority) if authority else {}),
    )
    # The field keeps its default form: hidden, it would break PDF/A.
    signing = PdfSigner(
        metadata, signer, timestamper=authority, new_field_spec=SigFieldSpec(SIGNATURE_FIELD)
    )
    try:
        sealed = signing.sign_pdf(IncrementalPdfFileWriter(BytesIO(content)))
    except TimestampRequestError as wrong:
        assert authority
        raise build_timestamp_error(authority) from wrong
    except (SigningError, PdfError, ValueError) as wrong:
        raise SealError(
            f"das Siegel ließ sich nicht setzen ({type(wrong).__name__}: {wrong})"
        ) from wrong
    return SealedFile(sealed.getvalue(), SealLevel.LONG_TERM if authority else SealLevel.BASIC)


def build_long_term_settings(
    signer: SimpleSigner, key: Key, authority: TimestampAuthority
) -> dict[str, Any]:
    """What makes it B-LTA: the certificates are embedded and a timestamp over the whole file closes it.

    The anchors are what is at hand: the top of the key's own certificates, and the top of those the authority sends.
    """
    theirs = [
        each.chosen
        for each in request_token(authority)["content"]["certificates"]
        if each.name == "certificate"
    ]
    ours = [
        x509.Certificate.load(key.certificate.public_bytes(Encoding.DER)),
        *signer.cert_registry,
    ]
    anchors = [*keys.select_root_certificates(ours), *keys.select_root_certificates(theirs)]
    context = ValidationContext(
        trust_roots=anchors, other_certs=[*ours, *theirs], revocation_mode="soft-fail"
    )
    # What proves the authority goes in before its last timestamp, so that nothing follows that it does not cover.
    last = DSSContentSettings(
        include_vri=False,
        next_ts_settings=TimestampDSSContentSettings(include_vri=False, update_before_ts=True),
    )
    return {
        "embed_validation_info": True,
        "use_pades_lta": True,
        "validation_context": context,
        "dss_settings": last,
    }


def request_token(authority: TimestampAuthority) -> Any:
    """The first token: it shows that the authority answers, how long its tokens are and who it is."""
    try:
        return asyncio.run(authority.async_dummy_response(DIGEST_ALGORITHM))
    except TimestampRequestError as wrong:
        raise build_timestamp_error(authority) from wrong


def build_timestamp_error(authority: TimestampAuthority) -> SealError:
    return SealError(
        f"die Zeitstempelstelle {authority.host} hat keinen brauchbaren Zeitstempel gegeben"
    )
