"""A passkey made of software: what a browser and its device send, for the tests that need no browser."""

import json
from hashlib import sha256
from secrets import token_bytes

import cbor2
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, SECP256R1, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from webauthn.helpers import bytes_to_base64url as spelt

PRESENT, VERIFIED, ATTESTED = 0x01, 0x04, 0x40


class SoftwarePasskey:
    """One device with one passkey; ``count`` is how often it says it has signed."""

    def __init__(self) -> None:
        self.key, self.id, self.count = generate_private_key(SECP256R1()), token_bytes(16), 0

    def client(self, kind: str, challenge: str, origin: str) -> bytes:
        return json.dumps({"type": kind, "challenge": challenge, "origin": origin}).encode()

    def made(self, options: dict, origin: str = "http://localhost") -> str:
        """What it answers to being asked for a new passkey."""
        numbers = self.key.public_key().public_numbers()
        cose = cbor2.dumps(
            {1: 2, 3: -7, -1: 1, -2: numbers.x.to_bytes(32), -3: numbers.y.to_bytes(32)}
        )
        flags = bytes([PRESENT | VERIFIED | ATTESTED])
        about = sha256(options["rp"]["id"].encode()).digest() + flags + bytes(4)
        data = about + bytes(16) + len(self.id).to_bytes(2) + self.id + cose
        attestation = cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": data})
        client = self.client("webauthn.create", options["challenge"], origin)
        return self.spoken(
            {"clientDataJSON": spelt(client), "attestationObject": spelt(attestation)}
        )

    def shown(
        self, options: dict, origin: str = "http://localhost", host: str = "localhost"
    ) -> str:
        """What it answers to being asked to sign."""
        self.count += 1
        data = sha256(host.encode()).digest() + bytes([PRESENT | VERIFIED]) + self.count.to_bytes(4)
        client = self.client("webauthn.get", options["challenge"], origin)
        signature = self.key.sign(data + sha256(client).digest(), ECDSA(SHA256()))
        told = {"clientDataJSON": client, "authenticatorData": data, "signature": signature}
        return self.spoken({name: spelt(value) for name, value in told.items()})

    def spoken(self, response: dict[str, str]) -> str:
        about = {
            "id": spelt(self.id),
            "rawId": spelt(self.id),
            "type": "public-key",
            "clientExtensionResults": {},
        }
        return json.dumps({**about, "response": response})
