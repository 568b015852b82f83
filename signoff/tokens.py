"""Signed links. A token is derived from ids whenever it is needed and stored nowhere."""

from collections.abc import Sequence
from enum import StrEnum
from hashlib import sha256
from hmac import compare_digest, digest

from itsdangerous import BadData, URLSafeSerializer

MAX_TOKEN_LENGTH = 200  # characters; our own tokens have about 90

# No two characters of it look alike (0 O, 1 I L, 2 Z, 5 S, 8 B, U V); who reads one for the other is understood.
CODE_ALPHABET = "23456789ACDEFGHJKMNPQRTVWXY"
CODE_MISREADINGS = str.maketrans("ZSBU", "258V")
CODE_LENGTH = 8  # characters: 27 ** 8 codes, 38 bits
CODE_SALT, DIGEST_SALT = b"signoff.short-code", b"signoff.short-code.digest"
AUTHENTICATOR_SALT = b"signoff.authenticator"
AUTHENTICATOR_SECRET_LENGTH = 20  # bytes, RFC 4226 4 (R6)


class TokenPurpose(StrEnum):
    """What a link opens. Its value is the salt: a token for one door opens no other."""

    INVITATION = "signoff.invitation"
    STAFF = "signoff.staff"
    PASSWORD = "signoff.password"


def compute_hmac(key: bytes, salt: bytes, text: str) -> bytes:
    """HMAC-SHA-256 of ``text`` under a key derived for one purpose."""
    return digest(digest(key, salt, "sha256"), text.encode(), "sha256")


def normalize_code(typed: str) -> str:
    """A typed code without spaces, hyphens and case, and with the usual misreadings mended."""
    return "".join(sign for sign in typed.upper()[:MAX_TOKEN_LENGTH] if sign.isalnum()).translate(
        CODE_MISREADINGS
    )


class TokenSigner:
    """Makes and reads tokens with a list of keys, the newest first: it signs, all of them verify."""

    def __init__(self, keys: Sequence[bytes]) -> None:
        if not keys or not all(keys):
            raise ValueError("links need at least one key, and no empty one")
        self._keys = tuple(keys)

    def token(self, door: TokenPurpose, public_id: str, generation: int) -> str:
        """The token that stands in the address of this door."""
        return self._spelt(self._keys[0], door, [public_id, generation])

    def read(self, door: TokenPurpose, token: str) -> tuple[str, int] | None:
        """The public id and generation in ``token``; ``None`` for whatever is not one of our tokens for ``door``.

        Base64 has spare bits and Python's decoder skips foreign characters, so a signature has several accepted
        spellings; only the one we would write ourselves is taken. All keys are tried, whichever fits.
        """
        if len(token) > MAX_TOKEN_LENGTH or not token.isascii():
            return None
        found = None
        for key in self._keys:
            payload = self._payload(key, door, token)
            if payload is not None and compare_digest(self._spelt(key, door, payload), token):
                found = payload
        match found:
            case [str(public_id), int(generation)]:
                return public_id, generation
        return None

    @property
    def key_name(self) -> str:
        """A name for the key that signs, which gives nothing of it away."""
        return compute_hmac(self._keys[0], b"signoff.key-name", "").hex()[:16]

    def code(self, public_id: str, generation: int) -> str:
        """The short code of an invitation's door, to be typed instead of clicked: ``ABCD-EFGH``."""
        number = int.from_bytes(compute_hmac(self._keys[0], CODE_SALT, f"{public_id}.{generation}"))
        signs = [
            CODE_ALPHABET[number // len(CODE_ALPHABET) ** at % len(CODE_ALPHABET)]
            for at in range(CODE_LENGTH)
        ]
        return f"{''.join(signs[:4])}-{''.join(signs[4:])}"

    def code_digest(self, public_id: str, generation: int) -> str:
        """What is kept of the code: a keyed digest, 64 hexadecimal digits."""
        return compute_hmac(
            self._keys[0], DIGEST_SALT, normalize_code(self.code(public_id, generation))
        ).hex()

    def code_digests(self, typed: str) -> list[str]:
        """The digests a typed code may have been kept under, one for each key; none for what is no code."""
        code = normalize_code(typed)
        if len(code) != CODE_LENGTH or set(code) - set(CODE_ALPHABET):
            return []
        return [compute_hmac(key, DIGEST_SALT, code).hex() for key in self._keys]

    def app_secrets(self, account_id: int, nonce: str) -> list[bytes]:
        """What an account's authenticator app shares with us, by each key; the first is that for a new one."""
        return [
            digest(
                digest(key, AUTHENTICATOR_SALT, "sha256"),
                f"{account_id}.{nonce}".encode(),
                "sha256",
            )[:AUTHENTICATOR_SECRET_LENGTH]
            for key in self._keys
        ]

    def _payload(self, key: bytes, door: TokenPurpose, token: str) -> object:
        try:
            return self._serializer(key, door).loads(token)
        except BadData:
            return None

    def _spelt(self, key: bytes, door: TokenPurpose, payload: object) -> str:
        spelt = self._serializer(key, door).dumps(payload)
        return spelt if isinstance(spelt, str) else spelt.decode()

    def _serializer(self, key: bytes, door: TokenPurpose) -> URLSafeSerializer:
        return URLSafeSerializer(
            key, door.value, signer_kwargs={"digest_method": sha256, "key_derivation": "hmac"}
        )
