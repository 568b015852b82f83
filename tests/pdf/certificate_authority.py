"""A time-stamping authority (RFC 3161) on loopback that a test can make fail or be slow."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread

from asn1crypto import core, keys, tsp
from asn1crypto import x509 as asn1
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from pyhanko.sign.timestamps import DummyTimeStamper

from signoff.pdf.signature import TimestampResponse


@cache
def stamper(holder: str = "Zeitstempelstelle") -> DummyTimeStamper:
    """A time stamper with its own certificate."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, holder)])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(datetime(2020, 1, 1, tzinfo=UTC))
        .not_valid_after(datetime(2090, 1, 1, tzinfo=UTC))
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING]), critical=True)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    loaded = asn1.Certificate.load(certificate.public_bytes(serialization.Encoding.DER))
    return DummyTimeStamper(loaded, keys.PrivateKeyInfo.load(private), certs_to_embed=[loaded])


class Handler(BaseHTTPRequestHandler):
    """Answers according to the ``behaviour`` of its server."""

    def do_POST(self) -> None:
        question = self.rfile.read(int(self.headers["Content-Length"]))
        behaviour = self.server.behaviour  # type: ignore[attr-defined]
        if behaviour == "slow":
            self.server.done.wait(20)  # type: ignore[attr-defined]
            return
        self.send_response(500 if behaviour == "broken" else 200)
        self.end_headers()
        if behaviour in ("good", "generous"):
            stamp = stamper(self.server.holder).request_tsa_response  # type: ignore[attr-defined]
            answer = stamp(tsp.TimeStampReq.load(question))
            if behaviour == "generous":
                signed = answer["time_stamp_token"]["content"]
                hint = {"type": "1.2.3.4", "values": [core.OctetString(b"hint")]}
                signed["signer_infos"][0]["unsigned_attrs"] = [hint]
                signed["certificates"].append(stamper("Andere Stelle").tsa_cert)
            self.wfile.write(answer.dump())
        elif behaviour == "babbling":
            self.wfile.write(b"<html>welcome</html>")
        elif behaviour == "refusing":
            self.wfile.write(TimestampResponse({"status": {"status": "rejection"}}).dump())

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def authority(behaviour: str = "good", holder: str = "Zeitstempelstelle") -> Iterator[str]:
    """Start an authority with this behaviour (good, generous, broken, babbling, refusing
    or slow); gives its address.
    """
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.behaviour, server.holder, server.done = behaviour, holder, Event()  # type: ignore[attr-defined]
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/tsa"
    finally:
        server.done.set()  # type: ignore[attr-defined]
        server.shutdown()
        thread.join()
        server.server_close()
