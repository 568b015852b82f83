"""The office's people."""

from base64 import b32encode
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import sha256

from signoff.domain.errors import Reason, Refusal

# Passwords of 15 and more characters that many have chosen before: from leaked lists, and German ones.
#
# Few are that long; a list is needed all the same (OWASP ASVS 5.0, 6.2.4). Short ones count where one is repeated.

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


# The second factor of a login: a passkey, or an authenticator app's code; and recovery codes for when it is lost.

PENDING_LOGIN_LIFETIME = timedelta(
    minutes=15
)  # from the right password to the second factor, which may first be set up
PASSKEY_CHALLENGE_LIFETIME = timedelta(minutes=5)  # how long a passkey's question stands
RECOVERY_CODE_COUNT = 10  # recovery codes made at once
RECOVERY_CODE_BYTES = 10  # 80 random bits: nobody finds one by its digest
# Who gets here knows the password, so nobody else is delayed: 24 tries a day at six digits are no way in.
MAX_SECOND_FACTOR_DELAY = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Passkey:
    """One passkey; ids and key are base64url, as WebAuthn spells them."""

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
    """One authenticator app. Its secret is derived from ``nonce``; codes up to ``last_step`` are used up."""

    account_id: int
    nonce: str
    last_step: int
    added_at: datetime


@dataclass(frozen=True, slots=True)
class SecondFactors:
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


def format_recovery_code(random: bytes) -> str:
    """A recovery code as it is shown: four groups of four signs (RFC 4648 base32: no 0, 1, 8 or 9)."""
    signs = b32encode(random).decode()
    return "-".join(signs[at : at + 4] for at in range(0, len(signs), 4))


def hash_recovery_code(account_id: int, code: str) -> str:
    """What is kept of a recovery code, however it is typed. 80 random bits need no slow hash."""
    bare = "".join(sign for sign in code.upper() if sign.isalnum())[:64]
    return sha256(f"{account_id}.{bare.translate(MISREAD_CHARACTERS)}".encode()).hexdigest()


MISREAD_CHARACTERS = str.maketrans("018", "OIB")


MAX_PASSWORD_LENGTH = 1000  # characters; hashing more is work for nothing
MIN_PASSWORD_LENGTH = 15  # characters, OWASP ASVS 5.0 6.2.1
SESSION_IDLE_TIMEOUT, SESSION_ABSOLUTE_TIMEOUT = (
    timedelta(minutes=30),
    timedelta(hours=12),
)  # how long a session lives, OWASP ASVS 5.0 7.3
PASSWORD_LINK_LIFETIME = timedelta(hours=1)  # how long a mailed link to a new password holds
FREE_LOGIN_ATTEMPTS = 5  # wrong passwords before the wait begins to grow
MAX_LOGIN_DELAY = timedelta(
    seconds=60
)  # a stranger who keeps failing delays the owner by no more than this


class Role(StrEnum):
    """What an account may do: look, run rounds, or also manage accounts and the association."""

    VIEWER = "viewer"
    EDITOR = "editor"
    ADMIN = "admin"

    def includes(self, other: "Role") -> bool:
        order = list(Role)
        return order.index(self) >= order.index(other)


@dataclass(frozen=True, slots=True)
class Account:
    """One account."""

    id: int
    email: str
    name: str
    role: Role
    password_hash: str
    created_at: datetime
    disabled_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Session:
    """One login, kept on the server: it ends when idle, after half a day, or when it is ended."""

    id: str
    account_id: int
    started_at: datetime
    seen_at: datetime
    ended_at: datetime | None = None
    reauthenticated_at: datetime | None = (
        None  # when its owner last showed who she is, after the beginning
    )
    device: str = ""  # browser and system, as they call themselves

    def lives(self, now: datetime) -> bool:
        return (
            self.ended_at is None
            and now < self.seen_at + SESSION_IDLE_TIMEOUT
            and now < self.started_at + SESSION_ABSOLUTE_TIMEOUT
        )

    def proved_since(self, moment: datetime) -> bool:
        """Whether its owner has shown who she is, at the login or again, at ``moment`` or later."""
        return (self.reauthenticated_at or self.started_at) >= moment


def compute_login_delay(failures: int, longest: timedelta = MAX_LOGIN_DELAY) -> timedelta:
    """How long the next try has to wait after so many wrong passwords in a row: 0, then 1, 2, 4, … seconds."""
    if failures < FREE_LOGIN_ATTEMPTS:
        return timedelta(0)
    return min(longest, timedelta(seconds=2 ** min(failures - FREE_LOGIN_ATTEMPTS, 12)))


def require_strong_password(password: str, common: frozenset[str]) -> str:
    """``password`` if it is long enough and not a common one (NIST SP 800-63B, OWASP ASVS 5.0 6.2).

    Common is also what only repeats itself, and what runs along the alphabet, the digits or a row of the keyboard.
    """
    bare = password.casefold()
    if len(password) < MIN_PASSWORD_LENGTH:
        raise Refusal(Reason.PASSWORD_TOO_SHORT, "password", limit=MIN_PASSWORD_LENGTH)
    if len(password) > MAX_PASSWORD_LENGTH:
        raise Refusal(Reason.TOO_LONG, "password", limit=MAX_PASSWORD_LENGTH, length=len(password))
    if (
        bare in common
        or len(set(bare)) < 5
        or find_repeated_part(bare) in common
        or len(find_repeated_part(bare)) < 5
        or is_keyboard_run(bare)
    ):
        raise Refusal(Reason.PASSWORD_COMMON, "password")
    return password


def find_repeated_part(text: str) -> str:
    """The shortest piece that ``text`` is a repetition of (its end may be cut off); ``text`` where it is none."""
    sizes = range(1, len(text) // 2 + 1)
    return next(
        (text[:size] for size in sizes if (text[:size] * len(text))[: len(text)] == text), text
    )


def is_keyboard_run(text: str) -> bool:
    """Whether ``text`` runs along one of the well-known rows, to and fro, and nothing else."""
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
    """A link to a new password that was asked for and mailed: it holds an hour, and once."""

    account_id: int
    generation: int
    requested_at: datetime

    def lives(self, generation: int, now: datetime) -> bool:
        return generation == self.generation and now < self.requested_at + PASSWORD_LINK_LIFETIME
