"""Signed tokens of links, and short codes.

They are derived from ids when needed and never stored.
"""

import re
from collections.abc import Sequence
from enum import StrEnum
from hashlib import sha256
from hmac import compare_digest, digest

from itsdangerous import URLSafeSerializer

MAX_TOKEN_LENGTH = 200  # characters; our own tokens have about 90
# A token in whatever mail programs make of a link: it begins as the base64 of '["', and no
# signature of 32 bytes ends in "-" or "_".
TOKEN = re.compile(r"Wy[I-L][\w-]+\.[\w-]*[A-Za-z0-9]", re.ASCII)
# What follows these in a path is a token, or was one.
PRIVATE_PATH = re.compile(
    r"(/(?:s|calendar|application|login/(?:set-up|password|address))/)[^\s/?#\"'<>\\]+"
)
MASK = "…"

# Without characters that look alike (0 O, 1 I L, 2 Z, 5 S, 8 B, U V); misreadings are translated
# back.
CODE_ALPHABET = "23456789ACDEFGHJKMNPQRTVWXY"
CODE_MISREADINGS = str.maketrans("ZSBU", "258V")
CODE_LENGTH = 8  # characters: 27 ** 8 codes, 38 bits
CODE_SALT, DIGEST_SALT = b"signoff.short-code", b"signoff.short-code.digest"
ADDRESS_SALT = b"signoff.address.digest"
AUTHENTICATOR_SALT = b"signoff.authenticator"
AUTHENTICATOR_SECRET_LENGTH = 20  # bytes, RFC 4226 4 (R6)


class TokenPurpose(StrEnum):
    """The purpose of a token.

    Its value is the salt: a token for one purpose is invalid for another.
    """

    INVITATION = "signoff.invitation"
    STAFF = "signoff.staff"
    PASSWORD = "signoff.password"
    ADDRESS = "signoff.address"
    APPLICATION = "signoff.application"
    CALENDAR = "signoff.calendar"
    DEVICE = "signoff.device"


def compute_hmac(key: bytes, salt: bytes, text: str) -> bytes:
    """HMAC-SHA-256 of ``text`` under a key derived for one purpose."""
    return digest(digest(key, salt, "sha256"), text.encode(), "sha256")


def cut_token(text: str) -> str:
    """The token in ``text`` without brackets, full stops and other characters around it."""
    found = TOKEN.search(text[: 2 * MAX_TOKEN_LENGTH])
    return found[0] if found else text


def mask_tokens(text: str) -> str:
    """``text``, for a log, without any token."""
    return PRIVATE_PATH.sub(rf"\1{MASK}", TOKEN.sub(MASK, text))


def normalize_code(text: str) -> str:
    """``text`` in capitals, without spaces and hyphens, with the usual misreadings corrected."""
    return "".join(char for char in text.upper()[:MAX_TOKEN_LENGTH] if char.isalnum()).translate(
        CODE_MISREADINGS
    )


class TokenSigner:
    """Signs tokens with the newest of its keys (the first) and verifies them with all of them."""

    def __init__(self, keys: Sequence[bytes]) -> None:
        if not keys or not all(keys):
            raise ValueError("links need at least one key, and no empty one")
        self._keys = tuple(keys)
        self._serializers = {
            (key, purpose): build_serializer(key, purpose)
            for key in keys
            for purpose in TokenPurpose
        }

    def sign(self, purpose: TokenPurpose, public_id: str, generation: int) -> str:
        """The token for the address of a link."""
        token = self._serializers[self._keys[0], purpose].dumps([public_id, generation])
        return token if isinstance(token, str) else token.decode()

    def verify(self, purpose: TokenPurpose, token: str) -> tuple[str, int] | None:
        """The public id and generation in a token; ``None`` if it is not a token for this purpose.

        Base64 has spare bits and Python's decoder skips foreign characters, so a signature can be
        written in several ways; only the canonical one is accepted. All keys are tried, even after
        one has matched.
        """
        if len(token) > MAX_TOKEN_LENGTH or not token.isascii():
            return None
        signed, _, signature = token.encode().rpartition(b".")
        verified = None
        for key in self._keys:
            serializer = self._serializers[key, purpose]
            signer = serializer.make_signer(serializer.salt)
            if compare_digest(signer.get_signature(signed), signature):
                verified = serializer.load_payload(signed)
        match verified:
            case [str(public_id), int(generation)]:
                return public_id, generation
        return None

    @property
    def key_name(self) -> str:
        """A name for the signing key that reveals nothing about it."""
        return compute_hmac(self._keys[0], b"signoff.key-name", "").hex()[:16]

    def short_code(self, public_id: str, generation: int) -> str:
        """The short code to enter instead of clicking the link: ``ABCD-EFGH``."""
        number = int.from_bytes(compute_hmac(self._keys[0], CODE_SALT, f"{public_id}.{generation}"))
        base = len(CODE_ALPHABET)
        chars = [CODE_ALPHABET[number // base**position % base] for position in range(CODE_LENGTH)]
        return f"{''.join(chars[:4])}-{''.join(chars[4:])}"

    def short_code_digest(self, public_id: str, generation: int) -> str:
        """The form in which a code is stored: a keyed digest, 64 hexadecimal digits."""
        return compute_hmac(
            self._keys[0], DIGEST_SALT, normalize_code(self.short_code(public_id, generation))
        ).hex()

    def short_code_digests(self, text: str) -> list[str]:
        """The digests under which the code in ``text`` may be stored, one for each key.

        The list is empty if ``text`` is no code.
        """
        code = normalize_code(text)
        if len(code) != CODE_LENGTH or set(code) - set(CODE_ALPHABET):
            return []
        return [compute_hmac(key, DIGEST_SALT, code).hex() for key in self._keys]

    def address_digests(self, address: str) -> list[str]:
        """The digests of an erased person's address for the audit log, by each key; the first one
        is for a new entry. Without a key nobody can compare it with an address.
        """
        return [compute_hmac(key, ADDRESS_SALT, address.lower()).hex() for key in self._keys]

    def authenticator_secrets(self, account_id: int, nonce: str) -> list[bytes]:
        """The secret shared with an account's authenticator app, by each key; the first one is for
        a new app.
        """
        return [
            digest(
                digest(key, AUTHENTICATOR_SALT, "sha256"),
                f"{account_id}.{nonce}".encode(),
                "sha256",
            )[:AUTHENTICATOR_SECRET_LENGTH]
            for key in self._keys
        ]


def build_serializer(key: bytes, purpose: TokenPurpose) -> URLSafeSerializer:
    """With a key that is derived once, as ``key_derivation="hmac"`` would for each token."""
    derived = digest(key, purpose.encode(), "sha256")
    return URLSafeSerializer(
        derived, purpose.value, signer_kwargs={"digest_method": sha256, "key_derivation": "none"}
    )
