"""A seal that lasts: the answers of the issuers are in the file, which a stranger can validate after
the certificates have expired or were revoked, without asking anybody.
"""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

import pytest
from certomancer.registry import CertLabel
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.ades.report import AdESPassed
from pyhanko.sign.validation.ades import ades_lta_validation
from pyhanko.sign.validation.policy_decl import (
    PdfSignatureValidationSpec,
    RevinfoOnlineFetchingRule,
    RevocationInfoGatheringSpec,
    SignatureValidationSpec,
)
from pyhanko_certvalidator.context import CertValidationPolicySpec
from pyhanko_certvalidator.ltv.types import ValidationTimingInfo
from pyhanko_certvalidator.policy_decl import REQUIRE_REVINFO, CertRevTrustPolicy
from pyhanko_certvalidator.registry import SimpleTrustManager

from signoff.domain.documents import PrintedDocument
from signoff.domain.releases import SealError
from signoff.exports import verify_signoff
from signoff.pdf import keys
from signoff.pdf.signature import TimestampAuthority, add_archive_timestamp, seal_pdf
from signoff.pdf.verify import list_timestamp_authorities, verify_pdf
from tests.pdf.public_keys import public_keys

pytestmark = pytest.mark.slow

Final = Callable[..., PrintedDocument]


def test_an_expired_or_revoked_certificate_stays_verifiable(final: Final, tmp_path: Path) -> None:
    with public_keys(tmp_path) as (key, url, verband):
        authority = TimestampAuthority(url)
        sealed = seal_pdf(final(1, timestamp=True).content, key, authority).content
        renewed = add_archive_timestamp(sealed, authority, [])
        root = verband.get_cert(CertLabel("root"))
    assert renewed.startswith(sealed)
    trusted = [key.certificate, *list_timestamp_authorities(sealed)]
    trust = verify_signoff.Trust(b"".join(map(keys.format_pem, trusted)))
    for content in (sealed, renewed):
        assert verify_pdf(content, trusted).genuine
        assert verify_signoff.check(content, trust).verdict == "genuine"
        store = verify_signoff.Pdf(content)["Root/DSS"]
        assert store["OCSPs"]
        assert store["CRLs"]
    # The certificate of the seal is valid until 2040, that of the authority until 2060.
    later = datetime(2050, 1, 1, tzinfo=UTC)
    policy = CertValidationPolicySpec(
        SimpleTrustManager.build([root]), CertRevTrustPolicy(REQUIRE_REVINFO)
    )
    nothing_fetched = RevocationInfoGatheringSpec(RevinfoOnlineFetchingRule.LOCAL_ONLY)
    spec = PdfSignatureValidationSpec(SignatureValidationSpec(policy, nothing_fetched))
    (seal,) = PdfFileReader(BytesIO(renewed)).embedded_regular_signatures
    result = asyncio.run(ades_lta_validation(seal, spec, ValidationTimingInfo(later, later, False)))
    assert result.ades_subindic is AdESPassed.OK, result


def test_a_revoked_certificate_seals_nothing(final: Final, tmp_path: Path) -> None:
    with (
        public_keys(tmp_path, "2026-01-01T00:00:00+0000") as (key, url, _verband),
        pytest.raises(SealError, match="widerrufen"),
    ):
        seal_pdf(final(1, timestamp=True).content, key, TimestampAuthority(url))
