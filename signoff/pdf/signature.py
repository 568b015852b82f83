"""Seal PDFs with PAdES certification signatures.

They allow no changes (DocMDP 1, ISO 32000-2, 12.8.2.2).
"""

import asyncio
from collections.abc import Sequence
from http.client import HTTPException
from io import BytesIO
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

from asn1crypto import cms, core, tsp, x509
from asn1crypto.keys import PrivateKeyInfo
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509 import Certificate
from pyhanko.pdf_utils.generic import pdf_name
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.fields import MDPPerm, SigFieldSpec, SigSeedSubFilter
from pyhanko.sign.general import SigningError, extract_certificate_info
from pyhanko.sign.signers import PdfSignatureMetadata, PdfSigner, PdfTimeStamper, SimpleSigner
from pyhanko.sign.signers.pdf_signer import TimestampDSSContentSettings
from pyhanko.sign.timestamps import TimeStamper
from pyhanko.sign.timestamps.common_utils import TimestampRequestError, set_tsp_headers
from pyhanko.sign.validation.dss import DocumentSecurityStore, collect_validation_info
from pyhanko_certvalidator import ValidationContext
from pyhanko_certvalidator.errors import RevokedError, ValidationError
from pyhanko_certvalidator.fetchers.requests_fetchers import RequestsFetcherBackend
from pyhanko_certvalidator.registry import SimpleCertificateStore
from pyhanko_certvalidator.util import get_pyca_cryptography_hash

from signoff.domain.releases import SealedFile, SealError, SealLevel
from signoff.exports import verify_signoff
from signoff.pdf import keys
from signoff.pdf.keys import Key

# The timestamp authority (RFC 3161), over HTTP.

TSA_TIMEOUT = 20.0  # seconds
MAX_TSA_RESPONSE_SIZE = 256 * 1024  # bytes


class TimestampResponse(core.Sequence):  # type: ignore[misc]
    """RFC 3161, 2.4.2: a rejection has no token, which the class of asn1crypto does not allow."""

    _fields = [
        ("status", tsp.PKIStatusInfo),
        ("time_stamp_token", cms.ContentInfo, {"optional": True}),
    ]  # noqa: RUF012


class TimestampAuthority(TimeStamper):
    """Requests timestamps from ``url``; raises ``SealError``."""

    def __init__(self, url: str, timeout: float = TSA_TIMEOUT) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.url, self.timeout = url, timeout
        self.host = urlsplit(url).hostname or url

    async def async_request_tsa_response(self, req: tsp.TimeStampReq) -> tsp.TimeStampResp:
        response = await asyncio.get_running_loop().run_in_executor(None, self.request, req.dump())
        try:
            status = TimestampResponse.load(response, strict=True)["status"]["status"].native
        except (ValueError, TypeError) as error:
            raise SealError(
                f"die Zeitstempelstelle {self.host} antwortet unverständlich"
            ) from error
        if status != "granted":
            raise SealError(f"die Zeitstempelstelle {self.host} lehnt ab ({status})")
        answer = tsp.TimeStampResp.load(response)
        try:
            drop_unsigned_parts(answer["time_stamp_token"]["content"])
        except verify_signoff.ERRORS as error:
            raise build_timestamp_error(self) from error
        return answer

    def request(self, query: bytes) -> bytes:
        headers: dict[str, str] = {}
        set_tsp_headers(headers)
        try:
            with urlopen(Request(self.url, query, headers), timeout=self.timeout) as response:  # noqa: S310
                return bytes(response.read(MAX_TSA_RESPONSE_SIZE))
        except HTTPError as error:
            error.close()
            raise SealError(
                f"die Zeitstempelstelle {self.host} meldet einen Fehler ({error.code})"
            ) from error
        except TimeoutError as error:
            raise SealError(
                f"die Zeitstempelstelle {self.host} antwortet nicht rechtzeitig"
            ) from error
        except (OSError, HTTPException, ValueError) as error:
            if isinstance(getattr(error, "reason", None), TimeoutError):
                raise SealError(
                    f"die Zeitstempelstelle {self.host} antwortet nicht rechtzeitig"
                ) from error
            raise SealError(f"die Zeitstempelstelle {self.host} ist nicht erreichbar") from error


def drop_unsigned_parts(signed: cms.SignedData) -> None:
    """Leave of a token what its authority has signed, with the certificates of the signer and its
    issuers: anybody could exchange the rest, and a verifier refuses it.
    """
    found = extract_certificate_info(signed)
    signer, *others = (
        verify_signoff.Certificate(item.dump()) for item in (found.signer_cert, *found.other_certs)
    )
    chain = [item.der for item in verify_signoff.select_chain(signer, others)]
    if len(chain) != len(signed["certificates"]):
        signed["certificates"] = [x509.Certificate.load(item) for item in chain]
    for holder, name in ((signed, "crls"), (signed["signer_infos"][0], "unsigned_attrs")):
        if holder[name]:
            del holder[name]


REVOCATION_TIMEOUT = 10  # seconds for each answer
SIGNATURE_FIELD = "Siegel"
COPY_KIND = "/SignoffKind"
SEAL_OVERHEAD = 2048  # bytes, with a signature of up to 1,024 (RSA with 8,192 bits)
DIGEST_ALGORITHM = "sha256"
UNFIT = (SigningError, PdfError, ValueError)  # what pyHanko raises for a file that it cannot sign


class UpdateWriter(IncrementalPdfFileWriter):
    """Adds a seal or a timestamp; pyHanko would write other metadata into the information than into
    the XMP packet.
    """

    def _update_meta(self) -> None:
        pass


def seal_pdf(
    content: bytes, key: Key, authority: TimestampAuthority | None = None, kind: str = ""
) -> SealedFile:
    """Seal ``content``: level B-LTA with an authority, else B-B. What is no edition says in its
    catalog of what ``kind`` it is, under the same seal.

    Raises ``SealError``; a file without the requested timestamp is never returned.
    """
    signer = KeySigner(key)
    metadata = PdfSignatureMetadata(
        field_name=SIGNATURE_FIELD,
        md_algorithm=DIGEST_ALGORITHM,
        name=key.holder,
        certify=True,
        docmdp_permissions=MDPPerm.NO_CHANGES,
        subfilter=SigSeedSubFilter.PADES,
        signer_key_usage=set(),
    )
    # The field keeps its default appearance, as a hidden one would break PDF/A.
    pdf_signer = PdfSigner(
        metadata, signer, timestamper=authority, new_field_spec=SigFieldSpec(SIGNATURE_FIELD)
    )
    try:
        writer = UpdateWriter(BytesIO(content))
        if kind:
            writer.root[COPY_KIND] = pdf_name(f"/{kind}")
            writer.update_root()  # type: ignore[no-untyped-call]
        reserved = None if authority else estimate_seal_size(key)
        sealed = pdf_signer.sign_pdf(writer, bytes_reserved=reserved).getvalue()
        if authority is None:
            return SealedFile(sealed, SealLevel.BASIC)
        archived = add_archive_timestamp(sealed, authority, list_key_certificates(signer, key))
    except TimestampRequestError as error:
        raise build_timestamp_error(authority) from error
    except UNFIT as error:
        raise SealError(
            f"das Siegel ließ sich nicht setzen ({type(error).__name__}: {error})"
        ) from error
    return SealedFile(archived, SealLevel.LONG_TERM)


def estimate_seal_size(key: Key) -> int:
    """Hexadecimal digits that hold a seal without a timestamp.

    Its attributes name the issuer twice. Without an estimate, pyHanko seals each file twice.
    """
    certificates = [key.certificate, *key.others]
    size = sum(len(each.public_bytes(Encoding.DER)) for each in certificates)
    return 2 * (size + 2 * len(key.certificate.issuer.public_bytes()) + SEAL_OVERHEAD)


class KeySigner(SimpleSigner):
    """Signs with a loaded key; pyHanko would load and examine it again for each signature."""

    def __init__(self, key: Key) -> None:
        private = key.private.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
        chain = SimpleCertificateStore()  # type: ignore[no-untyped-call]
        chain.register_multiple(map(convert_certificate, select_issuers(key)))
        super().__init__(convert_certificate(key.certificate), PrivateKeyInfo.load(private), chain)
        self.key = key.private

    def sign_raw(self, data: bytes, digest_algorithm: str) -> bytes:
        algorithm = get_pyca_cryptography_hash(digest_algorithm)
        if isinstance(self.key, rsa.RSAPrivateKey):
            return self.key.sign(data, padding.PKCS1v15(), algorithm)
        if isinstance(self.key, ec.EllipticCurvePrivateKey):
            return self.key.sign(data, ec.ECDSA(algorithm))
        return super().sign_raw(data, digest_algorithm)


def select_issuers(key: Key) -> list[Certificate]:
    """The certificates beside the key that a verifier expects in the seal; the file of a key may
    have others.
    """
    loaded = {item.public_bytes(Encoding.DER): item for item in (key.certificate, *key.others)}
    signer, *others = map(verify_signoff.Certificate, loaded)
    return [loaded[item.der] for item in verify_signoff.select_chain(signer, others)[1:]]


def add_archive_timestamp(
    content: bytes, authority: TimestampAuthority, key_certificates: Sequence[x509.Certificate]
) -> bytes:
    """``content`` with the certificates of seal and authority, the answers of their issuers whether
    these are revoked (OCSP or CRL, where the certificates name addresses), and a timestamp over
    all of it. The trust anchors are the roots of both. Raises ``SealError``.
    """
    authority_certificates = [
        entry.chosen
        for entry in request_token(authority)["content"]["certificates"]
        if entry.name == "certificate"
    ]
    context = ValidationContext(
        trust_roots=[
            *keys.select_root_certificates(key_certificates),
            *keys.select_root_certificates(authority_certificates),
        ],
        other_certs=[*key_certificates, *authority_certificates],
        allow_fetching=True,
        fetcher_backend=RequestsFetcherBackend(REVOCATION_TIMEOUT),
        revocation_mode="hard-fail",
    )
    writer = UpdateWriter(BytesIO(content))
    try:
        if key_certificates:
            (seal,) = PdfFileReader(BytesIO(content)).embedded_regular_signatures
            asyncio.run(collect_validation_info(seal, context, skip_timestamp=True))
        DocumentSecurityStore.supply_dss_in_writer(
            writer, None, certs=key_certificates, validation_context=context
        )
        # Evidence about the authority is added before its timestamp, which has to cover everything.
        stamped = PdfTimeStamper(authority).timestamp_pdf(
            writer,
            DIGEST_ALGORITHM,
            context,
            dss_settings=TimestampDSSContentSettings(include_vri=False, update_before_ts=True),
        )
    except RevokedError as error:
        raise SealError(
            "ein Zertifikat des Siegels oder seines Zeitstempels ist widerrufen"
        ) from error
    except ValidationError as error:
        raise SealError(
            "dass die Zertifikate des Siegels und seines Zeitstempels gelten, ließ sich bei ihren"
            " Ausstellern nicht bestätigen"
        ) from error
    except TimestampRequestError as error:
        raise build_timestamp_error(authority) from error
    except UNFIT as error:
        raise SealError(
            f"der Zeitstempel ließ sich nicht setzen ({type(error).__name__}: {error})"
        ) from error
    return bytes(stamped.getvalue())


def list_key_certificates(signer: SimpleSigner, key: Key) -> list[x509.Certificate]:
    return [convert_certificate(key.certificate), *signer.cert_registry]


def convert_certificate(certificate: Certificate) -> x509.Certificate:
    return x509.Certificate.load(certificate.public_bytes(Encoding.DER))


def request_token(authority: TimestampAuthority) -> Any:
    """A first token, which shows the length of tokens and the certificates of the authority."""
    try:
        return asyncio.run(authority.async_dummy_response(DIGEST_ALGORITHM))
    except TimestampRequestError as error:
        raise build_timestamp_error(authority) from error


def build_timestamp_error(authority: TimestampAuthority | None) -> SealError:
    host = f" {authority.host}" if authority else ""
    return SealError(f"die Zeitstempelstelle{host} hat keinen brauchbaren Zeitstempel gegeben")
