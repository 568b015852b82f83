"""Accounts of the office: roles, passwords, sessions and second factors."""

from base64 import b32encode
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import sha256

from signoff.domain.errors import Reason, Refusal

# Passwords that many people use, from leaked lists and in German (OWASP ASVS 5.0, 6.2.4).
# The short ones are refused where a password only repeats one of them.

COMMON_LONG_PASSWORDS = """
111111111111111 111222333444555 122333444455555 1234567887654321
12345678900987654321 12345678901234567890 1234567890987654321 1234567890qwerty 1234567890qwertyuiop
123456789101112 123456789123456 1234567891234567 123456789123456789 12345678987654321 123456789987654321
123456789qwerty 1234qwerasdfzxcv 1q2w3e4r5t6y7u8i 1q2w3e4r5t6y7u8i9o 1q2w3e4r5t6y7u8i9o0p 1qa2ws3ed4rf5tg
1qaz2wsx3edc4rfv 1qazxsw23edcvfr4 administrator123 administratorpasswort bundesrepublik1
correcthorsebatterystaple demon1q2w3e4r5t geheimespasswort hallohallohallo ichliebedich1234 iloveyouiloveyou
kartoffelpuffer letmeinletmeinletmein manchesterunited meinpasswort1234 password12345678 password123456789
passwordpassword passwordstandard passwort12345678 passwort123456789 passwortpasswort q1w2e3r4t5y6u7i8
q1w2e3r4t5y6u7i8o9p0 qazwsxedcrfvtgb qwertasdfgzxcvb qwerty123456789 qwertyuiop12345 qwertzqwertzqwertz
sommer2026sommer willkommen12345 willkommen2026! zxcvbnm123456789
"""
COMMON_PASSWORD_PARTS = """
passwort password hallo willkommen geheim sommer winter admin qwertz qwerty asdfgh letmein iloveyou schatz
abc123 123456 12345 1234567 12345678 123456789 signoff forum verband
"""
COMMON_PASSWORDS = frozenset(f"{COMMON_LONG_PASSWORDS} {COMMON_PASSWORD_PARTS}".split())


# Second factor: a passkey or the code of an authenticator app, with recovery codes as a fallback.

# From the correct password to the second factor, which may have to be set up first.
PENDING_LOGIN_LIFETIME = timedelta(minutes=15)
PASSKEY_CHALLENGE_LIFETIME = timedelta(minutes=5)
RECOVERY_CODE_COUNT = 10
RECOVERY_CODE_BYTES = 10  # 80 random bits cannot be found from their digest
# Only somebody who knows the password is delayed, so the delay may be long: 24 attempts a day at
# six digits are no risk.
MAX_SECOND_FACTOR_DELAY = timedelta(hours=1)
MISREAD_CHARACTERS = str.maketrans("018", "OIB")  # commonly entered for base32 letters


@dataclass(frozen=True, slots=True)
class Passkey:
    """One passkey; ids and key are base64url as in WebAuthn."""

    id: int
    account_id: int
    credential_id: str
    public_key: str
    sign_count: int
    name: str
    added_at: datetime
    used_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Authenticator:
    """An authenticator app. Its secret is derived from ``nonce``.

    Codes up to ``last_step`` have been used.
    """

    account_id: int
    nonce: str
    last_step: int
    added_at: datetime


@dataclass(frozen=True, slots=True)
class SecondFactors:
    """The second factors an account has set up."""

    authenticator: Authenticator | None = None
    passkeys: tuple[Passkey, ...] = ()
    recovery_codes_left: int = 0  # unused recovery codes

    def __bool__(self) -> bool:
        """Whether there is a second factor; recovery codes alone do not count."""
        return bool(self.authenticator or self.passkeys)

    @property
    def count(self) -> int:
        return len(self.passkeys) + bool(self.authenticator)


def format_recovery_code(random: bytes) -> str:
    """A recovery code as four groups of four characters (RFC 4648 base32: no 0, 1, 8, 9)."""
    characters = b32encode(random).decode()
    return "-".join(characters[start : start + 4] for start in range(0, len(characters), 4))


def hash_recovery_code(account_id: int, code: str) -> str:
    """The stored digest of a recovery code, normalised first. 80 random bits need no slow hash."""
    normalized = "".join(char for char in code.upper() if char.isalnum())[:64]
    return sha256(f"{account_id}.{normalized.translate(MISREAD_CHARACTERS)}".encode()).hexdigest()


MAX_PASSWORD_LENGTH = 1000  # characters, bounds the cost of hashing
MIN_PASSWORD_LENGTH = 15  # characters, OWASP ASVS 5.0 6.2.1
SESSION_IDLE_TIMEOUT = timedelta(minutes=30)  # OWASP ASVS 5.0 7.3
SESSION_ABSOLUTE_TIMEOUT = timedelta(hours=12)
AUTHENTICATION_SLACK = timedelta(seconds=10)  # whole seconds, and the way to the provider
PASSWORD_LINK_LIFETIME = timedelta(hours=1)
ADDRESS_LINK_LIFETIME = timedelta(hours=24)
SETUP_LINK_LIFETIME = timedelta(days=7)
FREE_LOGIN_ATTEMPTS = 5  # wrong passwords before the delay begins to grow
# An attacker who keeps failing delays the owner by no more than this.
MAX_LOGIN_DELAY = timedelta(seconds=60)


class Role(StrEnum):
    """The rights of an account: read, run rounds, or also manage accounts and the association."""

    VIEWER = "viewer"
    EDITOR = "editor"
    ADMIN = "admin"

    def includes(self, other: "Role") -> bool:
        order = list(Role)
        return order.index(self) >= order.index(other)


@dataclass(frozen=True, slots=True)
class Account:
    id: int
    email: str
    name: str
    role: Role
    password_hash: str
    created_at: datetime
    disabled_at: datetime | None = None
    language: str = ""  # empty: the association's
    oidc_issuer: str = ""  # the OpenID provider that knows this person as ``oidc_subject``
    oidc_subject: str = ""
    invited_at: datetime | None = None  # when the last set-up link was made; ``None``: none is open

    @property
    def is_set_up(self) -> bool:
        """Whether there is a way to log in: a password, or an OpenID provider."""
        return bool(self.password_hash or self.oidc_subject)

    @property
    def is_active(self) -> bool:
        """Whether somebody may log in with it."""
        return self.disabled_at is None and self.is_set_up

    @property
    def setup_ends_at(self) -> datetime | None:
        """When the open set-up link ends."""
        return self.invited_at and self.invited_at + SETUP_LINK_LIFETIME

    def may_set_up(self, now: datetime) -> bool:
        """Whether a set-up link of the current generation is valid."""
        ends_at = self.setup_ends_at
        return self.disabled_at is None and ends_at is not None and now < ends_at


@dataclass(frozen=True, slots=True)
class Identity:
    """A person as an OpenID provider describes them; ``email`` is empty unless it is verified."""

    issuer: str
    subject: str
    email: str
    name: str
    groups: tuple[str, ...]
    authentication_age: timedelta | None = None  # from the login there until the token was issued

    def get_role(self, roles: Mapping[str, Role]) -> Role:
        """The highest role of the groups; refuses a person in none of them."""
        own = {roles[group] for group in self.groups if group in roles}
        if not own:
            raise Refusal(Reason.NO_STAFF_GROUP)
        return max(own, key=list(Role).index)

    def require_recent(self, waited: timedelta) -> None:
        """Refuses a login at the provider that is older than the request for it.

        Both durations are measured by one clock each, so the clocks may differ.
        """
        age = self.authentication_age
        if age is None or age > waited + AUTHENTICATION_SLACK:
            raise Refusal(Reason.NOT_LOGGED_IN_AGAIN)


@dataclass(frozen=True, slots=True)
class Session:
    """A server-side login session. It ends when idle, after twelve hours, or on logout."""

    id: str
    account_id: int
    started_at: datetime
    seen_at: datetime
    ended_at: datetime | None = None
    reauthenticated_at: datetime | None = None  # the last re-authentication after the login
    device: str = ""  # browser and system by the User-Agent header

    @property
    def ends_at(self) -> datetime:
        """When it ends if nothing is done until then."""
        return min(self.seen_at + SESSION_IDLE_TIMEOUT, self.started_at + SESSION_ABSOLUTE_TIMEOUT)

    @property
    def can_be_extended(self) -> bool:
        return self.ends_at < self.started_at + SESSION_ABSOLUTE_TIMEOUT

    def is_active(self, now: datetime) -> bool:
        return self.ended_at is None and now < self.ends_at

    def reauthenticated_since(self, moment: datetime) -> bool:
        """Whether the user logged in or re-authenticated at ``moment`` or later."""
        return (self.reauthenticated_at or self.started_at) >= moment


def compute_login_delay(failures: int, longest: timedelta = MAX_LOGIN_DELAY) -> timedelta:
    """The delay after so many wrong passwords in a row: 0, then 1, 2, 4, … seconds."""
    if failures < FREE_LOGIN_ATTEMPTS:
        return timedelta(0)
    return min(longest, timedelta(seconds=2 ** min(failures - FREE_LOGIN_ATTEMPTS, 12)))


def require_strong_password(password: str, common: frozenset[str]) -> str:
    """Return ``password`` if it is long enough and not common.

    Sources: NIST SP 800-63B, OWASP ASVS 5.0 6.2.
    Repetitions and runs along the alphabet, the digits or a keyboard row count as common.
    """
    folded = password.casefold()
    if len(password) < MIN_PASSWORD_LENGTH:
        raise Refusal(Reason.PASSWORD_TOO_SHORT, "password", limit=MIN_PASSWORD_LENGTH)
    if len(password) > MAX_PASSWORD_LENGTH:
        raise Refusal(Reason.TOO_LONG, "password", limit=MAX_PASSWORD_LENGTH, length=len(password))
    if (
        folded in common
        or len(set(folded)) < 5
        or find_repeated_part(folded) in common
        or len(find_repeated_part(folded)) < 5
        or is_keyboard_run(folded)
    ):
        raise Refusal(Reason.PASSWORD_COMMON, "password")
    return password


def find_repeated_part(text: str) -> str:
    """The shortest part that ``text`` repeats (the last repetition may be cut); else ``text``."""
    sizes = range(1, len(text) // 2 + 1)
    return next(
        (text[:size] for size in sizes if (text[:size] * len(text))[: len(text)] == text), text
    )


def is_keyboard_run(text: str) -> bool:
    """Whether ``text`` only runs along one of the ``KEYBOARD_ROWS``, in either direction."""
    rows = [row * 3 for row in KEYBOARD_ROWS]
    return any(text in row or text in row[::-1] for row in rows)


KEYBOARD_ROWS = (
    "abcdefghijklmnopqrstuvwxyz",
    "1234567890",
    "0123456789",
    "qwertzuiopasdfghjklyxcvbnm",
    "qwertyuiopasdfghjklzxcvbnm",
    "1234567890qwertzuiop",
    "1234567890qwertyuiop",
)


@dataclass(frozen=True, slots=True)
class PasswordResetRequest:
    """A mailed link to set a new password. It is valid for an hour and can be used once."""

    account_id: int
    generation: int
    requested_at: datetime

    def is_valid(self, generation: int, now: datetime) -> bool:
        return generation == self.generation and now < self.requested_at + PASSWORD_LINK_LIFETIME


@dataclass(frozen=True, slots=True)
class AddressChange:
    """A new address of an account, which counts once the link mailed to it confirms it."""

    id: int
    account_id: int
    before: str
    email: str
    requested_at: datetime
    confirmed_at: datetime | None = None

    def is_waiting(self, now: datetime) -> bool:
        return self.confirmed_at is None and now < self.requested_at + ADDRESS_LINK_LIFETIME
