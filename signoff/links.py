"""Signed links. A token is derived from ids whenever it is needed and stored nowhere."""

from collections.abc import Sequence
from enum import StrEnum
from hashlib import sha256
from hmac import compare_digest

from itsdangerous import BadData, URLSafeSerializer

LONGEST = 200  # characters; our own tokens have about 90


class Door(StrEnum):
    """What a link opens. Its value is the salt: a token for one door opens no other."""

    INVITATION = "signoff.invitation"
    STAFF = "signoff.staff"


class Links:
    """Makes and reads tokens with a list of keys, the newest first: it signs, all of them verify."""

    def __init__(self, keys: Sequence[bytes]) -> None:
        if not keys or not all(keys):
            raise ValueError("links need at least one key, and no empty one")
        self._keys = tuple(keys)

    def token(self, door: Door, public_id: str, generation: int) -> str:
        """The token that stands in the address of this door."""
        return self._spelt(self._keys[0], door, [public_id, generation])

    def read(self, door: Door, token: str) -> tuple[str, int] | None:
        """The public id and generation in ``token``; ``None`` for whatever is not one of our tokens for ``door``.

        Base64 has spare bits and Python's decoder skips foreign characters, so a signature has several accepted
        spellings; only the one we would write ourselves is taken. All keys are tried, whichever fits.
        """
        if len(token) > LONGEST or not token.isascii():
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

    def _payload(self, key: bytes, door: Door, token: str) -> object:
        try:
            return self._serializer(key, door).loads(token)
        except BadData:
            return None

    def _spelt(self, key: bytes, door: Door, payload: object) -> str:
        spelt = self._serializer(key, door).dumps(payload)
        return spelt if isinstance(spelt, str) else spelt.decode()

    def _serializer(self, key: bytes, door: Door) -> URLSafeSerializer:
        return URLSafeSerializer(key, door.value, signer_kwargs={"digest_method": sha256, "key_derivation": "hmac"})
