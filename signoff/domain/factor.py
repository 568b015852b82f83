"""The second factor of a login: a passkey, or an authenticator app's code; and recovery codes for when it is lost."""

from base64 import b32encode
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

HALF_LOGIN = timedelta(minutes=15)  # from the right password to the second factor, which may first be set up
CHALLENGE = timedelta(minutes=5)  # how long a passkey's question stands
CODES = 10  # recovery codes made at once
CODE_BYTES = 10  # 80 random bits: nobody finds one by its digest
# Who gets here knows the password, so nobody else is delayed: 24 tries a day at six digits are no way in.
LONGEST_WAIT = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Passkey:
    """One passkey; ids and key are base64url, as WebAuthn spells them."""

    id: int
    staff_id: int
    credential_id: str
    public_key: str
    sign_count: int
    name: str
    added_at: datetime
    used_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Authenticator:
    """One authenticator app. Its secret is derived from ``nonce``; codes up to ``last_step`` are used up."""

    staff_id: int
    nonce: str
    last_step: int
    added_at: datetime


@dataclass(frozen=True, slots=True)
class Factors:
    """What an account can show besides its password."""

    authenticator: Authenticator | None = None
    passkeys: tuple[Passkey, ...] = ()
    codes: int = 0  # recovery codes that are left

    def __bool__(self) -> bool:
        """Whether there is a second factor; recovery codes alone are none."""
        return bool(self.authenticator or self.passkeys)

    @property
    def count(self) -> int:
        return len(self.passkeys) + bool(self.authenticator)


def spelt(random: bytes) -> str:
    """A recovery code as it is shown: four groups of four signs (RFC 4648 base32: no 0, 1, 8 or 9)."""
    signs = b32encode(random).decode()
    return "-".join(signs[at : at + 4] for at in range(0, len(signs), 4))


def digest(staff_id: int, code: str) -> str:
    """What is kept of a recovery code, however it is typed. 80 random bits need no slow hash."""
    bare = "".join(sign for sign in code.upper() if sign.isalnum())[:64]
    return sha256(f"{staff_id}.{bare.translate(MISREAD)}".encode()).hexdigest()


MISREAD = str.maketrans("018", "OIB")
