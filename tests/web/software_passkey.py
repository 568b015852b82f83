"""A passkey in software: what a browser and its device send, for tests without a browser."""

import json
from hashlib import sha256
from secrets import token_bytes

import cbor2
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, SECP256R1, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from webauthn.helpers import bytes_to_base64url

PRESENT, VERIFIED, ATTESTED = 0x01, 0x04, 0x40


class SoftwarePasskey:
    """One device with one passkey; ``count`` is its signature counter."""

    def __init__(self) -> None:
        self.key, self.id, self.count = generate_private_key(SECP256R1()), token_bytes(16), 0

    def build_client_data(self, kind: str, challenge: str, origin: str) -> bytes:
        return json.dumps({"type": kind, "challenge": challenge, "origin": origin}).encode()

    def register(self, options: dict, origin: str = "http://localhost") -> str:
        """The response to a registration challenge."""
        numbers = self.key.public_key().public_numbers()
        cose = cbor2.dumps(
            {1: 2, 3: -7, -1: 1, -2: numbers.x.to_bytes(32), -3: numbers.y.to_bytes(32)}
        )
        flags = bytes([PRESENT | VERIFIED | ATTESTED])
        header = sha256(options["rp"]["id"].encode()).digest() + flags + bytes(4)
        data = header + bytes(16) + len(self.id).to_bytes(2) + self.id + cose
        attestation = cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": data})
        client_data = self.build_client_data("webauthn.create", options["challenge"], origin)
        return self.serialize_credential(
            {
                "clientDataJSON": bytes_to_base64url(client_data),
                "attestationObject": bytes_to_base64url(attestation),
            }
        )

    def authenticate(
        self, options: dict, origin: str = "http://localhost", host: str = "localhost"
    ) -> str:
        """The response to a login challenge."""
        self.count += 1
        data = sha256(host.encode()).digest() + bytes([PRESENT | VERIFIED]) + self.count.to_bytes(4)
        client_data = self.build_client_data("webauthn.get", options["challenge"], origin)
        signature = self.key.sign(data + sha256(client_data).digest(), ECDSA(SHA256()))
        response = {
            "clientDataJSON": client_data,
            "authenticatorData": data,
            "signature": signature,
        }
        return self.serialize_credential(
            {name: bytes_to_base64url(value) for name, value in response.items()}
        )

    def serialize_credential(self, response: dict[str, str]) -> str:
        credential = {
            "id": bytes_to_base64url(self.id),
            "rawId": bytes_to_base64url(self.id),
            "type": "public-key",
            "clientExtensionResults": {},
        }
        return json.dumps({**credential, "response": response})
