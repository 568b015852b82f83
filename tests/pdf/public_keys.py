"""A public-key infrastructure on loopback: a certificate authority with OCSP, a list of revoked
certificates, and a time-stamping authority.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from threading import Thread
from typing import Any

from certomancer.integrations.animator import Animator, AnimatorArchStore
from certomancer.registry import ArchLabel, CertLabel, CertomancerConfig, PKIArchitecture
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from werkzeug.serving import make_server

from signoff.pdf.keys import Key

NAMES = {"root": "Prüfstelle", "seal": "Verband", "ocsp": "Auskunft", "tsa": "Zeitstempelstelle"}


def describe_certificate(issuer: str, until: int, *extensions: dict[str, Any]) -> dict[str, Any]:
    validity = {
        "valid-from": "2020-01-01T00:00:00+0000",
        "valid-to": f"{until}-01-01T00:00:00+0000",
    }
    return {"issuer": issuer, "validity": validity, "extensions": list(extensions)}


def use_key(*names: str) -> dict[str, Any]:
    smart = {"schema": "key-usage", "params": list(names)}
    return {"id": "key_usage", "critical": True, "smart-value": smart}


def extend_key_usage(name: str) -> dict[str, Any]:
    return {"id": "extended_key_usage", "critical": True, "value": [name]}


def describe_services(
    url: str, folder: Path, revoked_since: str, stamps_until: int
) -> dict[str, Any]:
    for name in NAMES:
        key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        (folder / f"{name}.pem").write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
        )
    crl = {"schema": "crl-dist-url", "params": {"crl-repo-names": ["root"]}}
    responder = {"schema": "aia-urls", "params": {"ocsp-responder-names": ["ocsp"]}}
    lists = {"id": "crl_distribution_points", "smart-value": crl}
    asked = {"id": "authority_information_access", "smart-value": responder}
    ca = {"id": "basic_constraints", "critical": True, "value": {"ca": True}}
    certificates = {
        "root": describe_certificate("root", 2100, ca, use_key("key_cert_sign", "crl_sign")),
        "seal": describe_certificate("root", 2040, use_key("digital_signature"), asked),
        "tsa": describe_certificate("root", stamps_until, extend_key_usage("time_stamping"), lists),
        "ocsp": describe_certificate(
            "root", 2060, extend_key_usage("ocsp_signing"), {"id": "ocsp_no_check"}
        ),
    }
    if revoked_since:
        certificates["seal"]["revocation"] = {"revoked-since": revoked_since}
    services = {
        "ocsp": {"ocsp": {"for-issuer": "root", "responder-cert": "ocsp", "signing-key": "ocsp"}},
        "crl-repo": {
            "root": {
                "for-issuer": "root",
                "signing-key": "root",
                "simulated-update-schedule": "P90D",
            }
        },
        "time-stamping": {
            "tsa": {"signing-key": "tsa", "signing-cert": "tsa", "certs-to-embed": ["root"]}
        },
    }
    return {
        "external-url-prefix": url,
        "keysets": {"keys": {"keys": {name: {"path": f"{name}.pem"} for name in NAMES}}},
        "pki-architectures": {
            "verband": {
                "keyset": "keys",
                "entities": {name: {"common-name": text} for name, text in NAMES.items()},
                "certs": {name: {"subject": name, **item} for name, item in certificates.items()},
                "services": services,
            }
        },
    }


@contextmanager
def public_keys(
    folder: Path, revoked_since: str = "", at: datetime | None = None, stamps_until: int = 2060
) -> Iterator[tuple[Key, str, PKIArchitecture]]:
    """The key of the seal, the address of the time-stamping authority, and all certificates."""
    application: dict[str, Any] = {}
    server = make_server(
        "127.0.0.1", 0, lambda *arguments: application["served"](*arguments), threaded=True
    )
    url = f"http://127.0.0.1:{server.server_port}"
    config = CertomancerConfig(
        describe_services(url, folder, revoked_since, stamps_until),
        str(folder),
        lazy_load_keys=True,
    )
    verband = config.get_pki_arch(ArchLabel("verband"))
    application["served"] = Animator(
        AnimatorArchStore({verband.arch_label: verband}), at, with_web_ui=False
    )
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        private = serialization.load_pem_private_key((folder / "seal.pem").read_bytes(), None)
        seal, root = (load(verband, name) for name in ("seal", "root"))
        yield Key(private, seal, (root,)), f"{url}/verband/tsa/tsa", verband
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def load(verband: PKIArchitecture, name: str) -> x509.Certificate:
    return x509.load_der_x509_certificate(verband.get_cert(CertLabel(name)).dump())
