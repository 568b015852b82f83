"""Which of some certificates stand above the others."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256

from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import pkcs12
from cryptography.x509.oid import NameOID

from signoff.domain.releases import SealError

# The key that seals: the association's own, certified by others, or one the instance made for itself.

KEY_BITS = 3072  # BSI TR-02102-1: enough beyond 2031
# A fixed beginning: a clock that runs behind must not make a seal invalid. The end is RFC 5280's "no known expiry".
VALID_FROM, VALID_UNTIL = (
    datetime(2020, 1, 1, tzinfo=UTC),
    datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC),
)
MAX_NAME_LENGTH = 64  # RFC 5280, ub-common-name


@dataclass(frozen=True, slots=True)
class Key:
    """A private key with its certificate and those above it, as one PKCS#12 file without passphrase."""

    p12: bytes
    certificate: x509.Certificate

    @property
    def fingerprint(self) -> str:
        return compute_fingerprint(self.certificate)

    @property
    def holder(self) -> str:
        return get_display_name(self.certificate.subject)

    @property
    def issuer(self) -> str:
        return get_display_name(self.certificate.issuer)

    @property
    def own(self) -> bool:
        """Whether nobody but its holder vouches for it."""
        return self.certificate.subject == self.certificate.issuer

    def check(self, now: datetime) -> None:
        """Raises ``SealFailed`` where the certificate is not valid at ``now``."""
        if now > self.certificate.not_valid_after_utc:
            raise SealError(
                f"das Siegelzertifikat ist am {self.certificate.not_valid_after_utc:%d.%m.%Y} abgelaufen"
            )
        if now < self.certificate.not_valid_before_utc:
            raise SealError(
                f"das Siegelzertifikat gilt erst ab {self.certificate.not_valid_before_utc:%d.%m.%Y}"
            )


def load_key(p12: bytes, passphrase: str = "") -> Key:
    """The key in a PKCS#12 file. Raises ``SealFailed`` where it cannot be opened."""
    try:
        key, certificate, others = pkcs12.load_key_and_certificates(
            p12, passphrase.encode() or None
        )
    except ValueError as wrong:
        raise SealError(
            "die Siegeldatei (PKCS#12) ist nicht lesbar, oder ihr Kennwort stimmt nicht"
        ) from wrong
    if certificate is None or key is None:
        raise SealError("die Siegeldatei (PKCS#12) enthält keinen Schlüssel mit Zertifikat")
    return Key(serialize_key(key, certificate, others), certificate)


def serialize_key(
    key: object, certificate: x509.Certificate, others: list[x509.Certificate]
) -> bytes:
    return pkcs12.serialize_key_and_certificates(
        b"signoff",
        key,  # type: ignore[arg-type]
        certificate,
        others,
        serialization.NoEncryption(),
    )


def generate_key(name: str) -> bytes:
    """A new key of the instance's own, as PKCS#12 without passphrase; its certificate names ``name``."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=KEY_BITS)
    return serialize_key(key, build_certificate(key, name), [])


def rename_key(key: Key, name: str) -> Key:
    """The instance's own key with a certificate that says ``name``; who trusts the key trusts it under any name."""
    if not (name and key.own) or key.holder == name[:MAX_NAME_LENGTH]:
        return key
    private, _certificate, others = pkcs12.load_key_and_certificates(key.p12, None)
    assert isinstance(private, rsa.RSAPrivateKey)
    certificate = build_certificate(private, name)
    return Key(serialize_key(private, certificate, others), certificate)


def build_certificate(key: rsa.RSAPrivateKey, name: str) -> x509.Certificate:
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name[:MAX_NAME_LENGTH])])
    usage = dict.fromkeys(
        (
            "key_encipherment",
            "data_encipherment",
            "key_agreement",
            "key_cert_sign",
            "crl_sign",
            "encipher_only",
            "decipher_only",
        ),
        False,
    )
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(compute_serial_number(key, name))
        .not_valid_before(VALID_FROM)
        .not_valid_after(VALID_UNTIL)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(
            x509.KeyUsage(digital_signature=True, content_commitment=True, **usage), critical=True
        )
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )


def compute_serial_number(key: rsa.RSAPrivateKey, name: str) -> int:
    """The same key under the same name gives the same certificate, whoever asks and when."""
    return int.from_bytes(
        sha256(f"{key.public_key().public_numbers().n} {name}".encode()).digest()[:16], "big"
    )


def compute_fingerprint(certificate: x509.Certificate) -> str:
    """SHA-256 of the public key, 64 hexadecimal digits."""
    der, form = serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    return sha256(certificate.public_key().public_bytes(der, form)).hexdigest()


def format_pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)


def get_display_name(name: x509.Name) -> str:
    """The common name, else the organisation, else all of it."""
    for kind in (NameOID.COMMON_NAME, NameOID.ORGANIZATION_NAME):
        if found := name.get_attributes_for_oid(kind):
            return str(found[0].value)
    return name.rfc4514_string()


def select_root_certificates(
    certificates: Sequence[asn1_x509.Certificate],
) -> list[asn1_x509.Certificate]:
    """Those whose issuer is not among them, or that issued themselves."""
    subjects = {each.subject.hashable for each in certificates}
    return [
        each
        for each in certificates
        if each.issuer.hashable not in subjects or each.issuer.hashable == each.subject.hashable
    ]
