"""The key of the log: it signs receipts, certificates and checkpoints (Ed25519, C2SP signed notes).

cryptography is imported on first use, because it takes long and most commands sign nothing.
"""

from base64 import b64encode
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from typing import TYPE_CHECKING

from signoff.domain.log import Checkpoint
from signoff.domain.text import canonical_json

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

ALGORITHM = b"\x01"  # Ed25519 in signed notes


@lru_cache(maxsize=8)
def load_private_key(seed: bytes) -> "Ed25519PrivateKey":
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    return Ed25519PrivateKey.from_private_bytes(seed)


@dataclass(frozen=True, slots=True)
class LogKey:
    """The key with this seed of 32 bytes. Equal input gives equal signatures."""

    seed: bytes

    @property
    def public(self) -> bytes:
        return load_private_key(self.seed).public_key().public_bytes_raw()

    @property
    def digest(self) -> str:
        """SHA-256 of the public key, as printed in the PDF."""
        return sha256(self.public).hexdigest()

    @property
    def name(self) -> str:
        """The name of the key, which is the origin of the log."""
        return f"signoff/{self.digest[:16]}"

    @property
    def id(self) -> bytes:
        return sha256(self.name.encode() + b"\n" + ALGORITHM + self.public).digest()[:4]

    @property
    def verifier_key(self) -> str:
        return f"{self.name}+{self.id.hex()}+{b64encode(ALGORITHM + self.public).decode()}"

    def sign(self, content: bytes) -> str:
        return b64encode(self.id + load_private_key(self.seed).sign(content)).decode()

    def sign_statement(self, statement: object) -> dict[str, object]:
        """A file with ``statement``, its signature and the key."""
        return {
            "statement": statement,
            "signature": self.sign(canonical_json(statement)),
            "key": self.verifier_key,
        }

    def sign_checkpoint(self, checkpoint: Checkpoint) -> str:
        """The signed note of a checkpoint."""
        root = b64encode(checkpoint.root).decode()
        text = f"{self.name}\n{checkpoint.size}\n{root}\n"
        return f"{text}\n— {self.name} {self.sign(text.encode())}\n"
