"""The seal: PAdES, no change allowed, with and without timestamps, and errors that the office understands."""

import subprocess
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Barrier
from types import ModuleType
from typing import Any

import pytest
from asn1crypto import pem
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, pkcs12
from cryptography.x509.oid import NameOID

from signoff.domain.documents import PrintedDocument, VerificationCheck
from signoff.domain.releases import SealError, SealLevel
from signoff.exports.verify_signoff import Trust, check
from signoff.pdf import keys
from signoff.pdf.keys import Key
from signoff.pdf.seal import SealService
from signoff.pdf.signature import KeySigner, TimestampAuthority, seal_pdf
from signoff.pdf.verify import list_timestamp_authorities, verify_pdf
from tests.factories import FORUM
from tests.pdf import reader, verapdf
from tests.pdf.certificate_authority import authority, stamper
from tests.pdf.public_keys import load, public_keys

pytestmark = pytest.mark.slow

Final = Callable[..., PrintedDocument]
NOW = datetime(2027, 3, 1, 9, tzinfo=UTC)


@pytest.fixture(scope="module")
def key() -> Key:
    return keys.rename_key(keys.load_key(keys.generate_key("Vorläufiger Name")), FORUM.name)


@pytest.fixture(scope="module")
def plain(final: Final, key: Key) -> bytes:
    return seal_pdf(final(46).content, key).content


@pytest.fixture(scope="module")
def stamped(final: Final, key: Key) -> bytes:
    with authority() as url:
        sealed = seal_pdf(final(46, timestamp=True).content, key, TimestampAuthority(url))
    assert sealed.level is SealLevel.LONG_TERM
    return sealed.content


def pdfsig(content: bytes, folder: Path) -> str:
    file = folder / "sealed.pdf"
    file.write_bytes(content)
    return subprocess.run(
        ["pdfsig", file], capture_output=True, text=True, env={"HOME": str(folder)}
    ).stdout


def test_the_seal_leaves_the_metadata_as_they_were_printed(
    final: Final, plain: bytes, stamped: bytes
) -> None:
    printed = reader.opened(final(46).content)

    for sealed in map(reader.opened, (plain, stamped)):
        assert dict(sealed.docinfo) == dict(printed.docinfo)
        assert sealed.open_metadata()["pdf:Producer"] == str(sealed.docinfo["/Producer"])


def test_pdfsig_reports_a_valid_seal_over_the_whole_file(plain: bytes, tmp_path: Path) -> None:
    output = pdfsig(plain, tmp_path)

    assert "Signature is Valid" in output
    assert "Total document signed" in output
    assert "ETSI.CAdES.detached" in output
    assert FORUM.name in output


def test_the_seal_certifies_and_allows_no_change(plain: bytes) -> None:
    with reader.opened(plain) as pdf:
        (reference,) = pdf.Root.Perms.DocMDP.Reference
        assert reference.TransformParams.P == 1
        (field,) = pdf.Root.AcroForm.Fields
        assert list(field.Rect) == [0, 0, 0, 0]  # invisible


def test_sealed_file_begins_with_the_unchanged_print(plain: bytes, final: Final) -> None:
    assert plain.startswith(final(46).content)


def test_seal_with_timestamps_proves_its_time_and_has_long_term_validation(
    stamped: bytes, key: Key, tmp_path: Path
) -> None:
    report = verify_pdf(stamped, [key.certificate, *list_timestamp_authorities(stamped)])

    assert report.genuine, report
    assert report.checks[VerificationCheck.TIMESTAMP]
    assert (report.level, report.stamped_by) == ("B-LTA", "Common Name: Zeitstempelstelle")
    assert report.stamped_at
    assert report.sealed_at
    assert abs(report.stamped_at - report.sealed_at) < timedelta(minutes=2)
    with reader.opened(stamped) as pdf:
        assert "/DSS" in pdf.Root
    output = pdfsig(stamped, tmp_path)
    # It cannot validate the timestamp itself, and counts it: the last one covers the whole file.
    assert output.count("Signature is Valid") == 1
    assert output.count("\n  - Total document signed") == 1


def test_sealed_files_are_still_pdf_a_3a_and_pdf_ua_1(
    plain: bytes, stamped: bytes, tmp_path: Path
) -> None:
    files = {tmp_path / "plain.pdf": plain, tmp_path / "stamped.pdf": stamped}
    for file, content in files.items():
        file.write_bytes(content)
    for verdicts in verapdf.validate(*files).values():
        assert [verdict.broken for verdict in verdicts] == [(), ()]
        assert all(verdict.passed for verdict in verdicts)


def test_a_sealed_file_of_250_signatories_stays_under_500_kb(final: Final, key: Key) -> None:
    assert len(seal_pdf(final(250).content, key).content) <= 500_000


@pytest.mark.parametrize(
    ("behaviour", "words"),
    [
        ("broken", r"meldet einen Fehler \(500\)"),
        ("babbling", "antwortet unverständlich"),
        ("refusing", "lehnt ab"),
    ],
)
def test_authority_without_a_timestamp_is_reported(
    final: Final, key: Key, behaviour: str, words: str
) -> None:
    with (
        authority(behaviour) as url,
        pytest.raises(SealError, match=f"Zeitstempelstelle 127.0.0.1 {words}"),
    ):
        seal_pdf(final(0).content, key, TimestampAuthority(url))


def test_what_an_authority_has_not_signed_is_left_out(final: Final, key: Key) -> None:
    """Attributes and certificates that anybody could exchange later."""
    with authority("generous") as url:
        sealed = seal_pdf(final(0, timestamp=True).content, key, TimestampAuthority(url)).content
    trusted = [key.certificate, *list_timestamp_authorities(sealed)]
    trust = Trust(b"".join(map(keys.format_pem, trusted)))

    assert verify_pdf(sealed, trusted).genuine
    assert check(sealed, trust).verdict == "genuine"


def test_silent_authority_times_out(final: Final, key: Key) -> None:
    with authority("slow") as url, pytest.raises(SealError, match="antwortet nicht rechtzeitig"):
        seal_pdf(final(0).content, key, TimestampAuthority(url, timeout=0.3))
    with authority() as url:
        pass
    with pytest.raises(SealError, match="nicht erreichbar"):
        seal_pdf(final(0).content, key, TimestampAuthority(url))


def test_only_the_authority_that_the_association_has_named_stamps(
    final: Final, tmp_path: Path
) -> None:
    """Somebody who answers in its place has a certificate too, and it comes with the timestamp."""
    pinned = tmp_path / "authority.pem"
    certificate = stamper("Zeitstempelstelle").tsa_cert.dump()
    pinned.write_bytes(pem.armor("CERTIFICATE", certificate))
    (tmp_path / "forum.p12").write_bytes(keys.generate_key(FORUM.name))
    certificates = tmp_path / "certificates.pem"
    with authority() as named, authority(holder="Fremde Zeitstempelstelle") as stranger:
        sealing = SealService(
            tmp_path / "forum.p12", certificates, tsa_url=stranger, tsa_certificate=str(pinned)
        )
        content = final(0, timestamp=True).content
        with pytest.raises(SealError, match="den Zeitstempel hat „Fremde Zeitstempelstelle“ geg"):
            sealing.seal(content, FORUM.name, True, NOW)
        assert not certificates.exists(), "nobody is told to believe it"
        sealing = replace(sealing, tsa_url=named)
        sealed = sealing.seal(content, FORUM.name, True, NOW)
        assert sealed.level is SealLevel.LONG_TERM
        with public_keys(tmp_path, stamps_until=2095) as (_key, later, pki):
            sealing = replace(sealing, tsa_url=later)
            with pytest.raises(SealError, match="SIGNOFF_TSA_CERTIFICATE"):
                sealing.renew_timestamp(sealed.content, FORUM.name)
            pinned.write_bytes(keys.format_pem(load(pki, "root")))  # the issuer
            renewed = sealing.renew_timestamp(sealed.content, FORUM.name)
            assert renewed.startswith(sealed.content)
        sealing = replace(sealing, tsa_url=named)
        pinned.write_bytes(b"no certificate")
        with pytest.raises(SealError, match="nicht lesbar"):
            sealing.seal(content, FORUM.name, True, NOW)
        plain = sealing.seal(final(0).content, FORUM.name, False, NOW)
        assert plain.level is SealLevel.BASIC, "without a timestamp it takes no authority"


def certified(
    until: datetime, issuer: Sequence[str] = ("Prüfstelle",), elliptic: bool = False
) -> bytes:
    """A key of an association, certified by others until a day, as PKCS#12 with a passphrase."""
    private = (
        ec.generate_private_key(ec.SECP256R1())
        if elliptic
        else rsa.generate_private_key(public_exponent=65537, key_size=2048)
    )
    subject, above = (
        x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name) for name in names])
        for names in ([FORUM.name], issuer)
    )
    certificate = (
        x509.CertificateBuilder(
            above, subject, private.public_key(), 7, NOW - timedelta(days=1000), until
        )
        .add_extension(
            x509.KeyUsage(True, True, False, False, False, False, False, False, False),
            critical=True,
        )
        .sign(private, hashes.SHA256())
    )
    unrelated = [x509.load_der_x509_certificate(stamper("Andere Stelle").tsa_cert.dump())]
    return pkcs12.serialize_key_and_certificates(
        None, private, certificate, unrelated, BestAvailableEncryption(b"geheim")
    )


def test_the_associations_own_key_seals_with_its_passphrase(final: Final, tmp_path: Path) -> None:
    file, secret = tmp_path / "forum.p12", tmp_path / "passphrase"
    file.write_bytes(certified(NOW + timedelta(days=100)))
    secret.write_text("geheim\n")
    sealing = SealService(file, tmp_path / "certificates.pem", passphrase_file=str(secret))

    sealer = sealing.describe_sealer(FORUM.name, True)
    assert (sealer.holder, sealer.issuer, sealer.own, sealer.timestamp) == (
        FORUM.name,
        "Prüfstelle",
        False,
        False,
    )
    assert sealing.seal(final(0).content, FORUM.name, True, NOW).level is SealLevel.BASIC
    with pytest.raises(SealError, match="Kennwort stimmt nicht"):
        replace(sealing, passphrase_file="", passphrase="falsch").describe_sealer(FORUM.name, True)
    with pytest.raises(SealError, match="nicht lesbar"):
        SealService(tmp_path / "none.p12", tmp_path / "none.pem").describe_sealer(FORUM.name, True)


def test_the_certificate_is_read_again_once_the_key_has_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[bytes] = []
    load_key = keys.load_key

    def open_file(content: bytes, passphrase: str) -> Key:
        opened.append(content)
        return load_key(content, passphrase)

    monkeypatch.setattr(keys, "load_key", open_file)
    file, new = tmp_path / "seal.p12", tmp_path / "new.p12"
    file.write_bytes(keys.generate_key("Verband"))
    sealing = SealService(file, tmp_path / "certificates.pem")
    first = sealing.describe_sealer(FORUM.name, True).fingerprint
    for _ in range(3):
        assert sealing.describe_sealer(FORUM.name, True).fingerprint == first
        assert sealing.export_certificates(FORUM.name)
    assert len(opened) == 1
    new.write_bytes(keys.generate_key("Verband"))
    new.replace(file)
    assert sealing.describe_sealer(FORUM.name, True).fingerprint != first
    assert len(opened) == 2
    file.unlink()
    with pytest.raises(SealError, match="nicht lesbar"):
        sealing.describe_sealer(FORUM.name, True)


def test_the_key_is_loaded_once_for_all_prints(
    final: Final, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    loaded: list[str] = []

    def count(module: ModuleType, name: str) -> None:
        load = getattr(module, name)

        def load_and_count(*arguments: Any, **options: Any) -> Any:
            loaded.append(name)
            return load(*arguments, **options)

        monkeypatch.setattr(module, name, load_and_count)

    file = tmp_path / "seal.p12"
    file.write_bytes(keys.generate_key("Verband"))
    count(pkcs12, "load_key_and_certificates")
    count(serialization, "load_der_private_key")
    sealing = SealService(file, tmp_path / "certificates.pem")
    for _ in range(2):
        assert sealing.describe_sealer(FORUM.name, False).holder == FORUM.name
        report_step = sealing.with_progress(lambda: None)
        assert report_step.seal(final(0).content, FORUM.name, False, NOW).level is SealLevel.BASIC
    assert loaded == ["load_key_and_certificates"]


def test_no_certificate_is_lost_when_several_seal_at_once(tmp_path: Path) -> None:
    """Pages and worker keep what they have sealed with in one file."""
    sealing = SealService(tmp_path / "forum.p12", tmp_path / "certificates.pem")
    day = NOW + timedelta(days=100)
    used = [keys.load_key(certified(day, elliptic=True), "geheim").certificate for _ in range(24)]
    ready = Barrier(8)

    def remember(number: int) -> None:
        ready.wait()
        for certificate in used[number::8]:
            sealing.remember_certificates([certificate])

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(remember, range(8)))

    assert set(keys.parse_pem(sealing.read_certificates())) == set(used)


def test_a_file_is_sealed_once_with_room_for_long_names(
    final: Final, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """pyHanko makes a second seal to learn the size of the first, unless it is told."""
    sealed: list[KeySigner] = []
    sign = KeySigner.async_sign

    async def sign_and_count(signer: KeySigner, *arguments: Any, **options: Any) -> Any:
        sealed.append(signer)
        return await sign(signer, *arguments, **options)

    monkeypatch.setattr(KeySigner, "async_sign", sign_and_count)
    file = tmp_path / "forum.p12"
    file.write_bytes(certified(NOW + timedelta(days=100), ["A" * 64] * 40))
    sealing = SealService(file, tmp_path / "certificates.pem", "geheim")
    content = sealing.seal(final(0).content, FORUM.name, False, NOW).content

    assert verify_pdf(content, [sealing.load_key(FORUM.name).certificate]).genuine
    assert len(sealed) == 1


def test_an_elliptic_key_seals(final: Final, tmp_path: Path) -> None:
    file = tmp_path / "forum.p12"
    file.write_bytes(certified(NOW + timedelta(days=100), elliptic=True))
    sealing = SealService(file, tmp_path / "certificates.pem", "geheim")
    sealed = sealing.seal(final(0).content, FORUM.name, False, NOW)

    assert verify_pdf(sealed.content, [sealing.load_key(FORUM.name).certificate]).genuine


def test_an_expired_key_seals_nothing(final: Final, tmp_path: Path) -> None:
    file = tmp_path / "forum.p12"
    file.write_bytes(certified(NOW - timedelta(days=1)))

    with pytest.raises(SealError, match=r"Siegelzertifikat ist am 28\.02\.2027 abgelaufen"):
        SealService(file, tmp_path / "certificates.pem", "geheim").seal(
            final(0).content, FORUM.name, True, NOW
        )


def test_key_stays_trusted_after_the_association_was_renamed(plain: bytes, key: Key) -> None:
    renamed = keys.rename_key(key, "Neuer Name des Forums")

    assert renamed.holder == "Neuer Name des Forums"
    assert verify_pdf(plain, [renamed.certificate]).genuine
    assert keys.rename_key(key, "Neuer Name des Forums").certificate == renamed.certificate
