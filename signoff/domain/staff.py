"""The office's people."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from signoff.domain.refusal import Reason, Refusal

LONGEST_PASSWORD = 1000  # characters; hashing more is work for nothing
SHORTEST_PASSWORD = 15  # characters, OWASP ASVS 5.0 6.2.1
IDLE, ABSOLUTE = timedelta(minutes=30), timedelta(hours=12)  # how long a session lives, OWASP ASVS 5.0 7.3
PASSWORD_LINK = timedelta(hours=1)  # how long a mailed link to a new password holds
FREE_TRIES = 5  # wrong passwords before the wait begins to grow
LONGEST_WAIT = timedelta(seconds=60)  # a stranger who keeps failing delays the owner by no more than this


class Role(StrEnum):
    """What an account may do: look, run rounds, or also manage accounts and the association."""

    VIEWER = "viewer"
    EDITOR = "editor"
    ADMIN = "admin"

    def includes(self, other: "Role") -> bool:
        order = list(Role)
        return order.index(self) >= order.index(other)


@dataclass(frozen=True, slots=True)
class Staff:
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
    staff_id: int
    started_at: datetime
    seen_at: datetime
    ended_at: datetime | None = None
    proved_at: datetime | None = None  # when its owner last showed who she is, after the beginning
    device: str = ""  # browser and system, as they call themselves

    def lives(self, now: datetime) -> bool:
        return self.ended_at is None and now < self.seen_at + IDLE and now < self.started_at + ABSOLUTE

    def proved_since(self, moment: datetime) -> bool:
        """Whether its owner has shown who she is, at the login or again, at ``moment`` or later."""
        return (self.proved_at or self.started_at) >= moment


def wait_after(failures: int, longest: timedelta = LONGEST_WAIT) -> timedelta:
    """How long the next try has to wait after so many wrong passwords in a row: 0, then 1, 2, 4, … seconds."""
    if failures < FREE_TRIES:
        return timedelta(0)
    return min(longest, timedelta(seconds=2 ** min(failures - FREE_TRIES, 12)))


def checked_password(password: str, common: frozenset[str]) -> str:
    """``password`` if it is long enough and not a common one (NIST SP 800-63B, OWASP ASVS 5.0 6.2).

    Common is also what only repeats itself, and what runs along the alphabet, the digits or a row of the keyboard.
    """
    bare = password.casefold()
    if len(password) < SHORTEST_PASSWORD:
        raise Refusal(Reason.PASSWORD_TOO_SHORT, "password", limit=SHORTEST_PASSWORD)
    if len(password) > LONGEST_PASSWORD:
        raise Refusal(Reason.TOO_LONG, "password", limit=LONGEST_PASSWORD, length=len(password))
    if bare in common or len(set(bare)) < 5 or repeats(bare) in common or len(repeats(bare)) < 5 or runs(bare):
        raise Refusal(Reason.PASSWORD_COMMON, "password")
    return password


def repeats(text: str) -> str:
    """The shortest piece that ``text`` is a repetition of (its end may be cut off); ``text`` where it is none."""
    sizes = range(1, len(text) // 2 + 1)
    return next((text[:size] for size in sizes if (text[:size] * len(text))[: len(text)] == text), text)


def runs(text: str) -> bool:
    """Whether ``text`` runs along one of the well-known rows, to and fro, and nothing else."""
    rows = [row * 3 for row in ROWS]
    return any(text in row or text in row[::-1] for row in rows)


ROWS = (
    "abcdefghijklmnopqrstuvwxyz",
    "1234567890",
    "0123456789",
    "qwertzuiopasdfghjklyxcvbnm",
    "qwertyuiopasdfghjklzxcvbnm",
    "1234567890qwertzuiop",
    "1234567890qwertyuiop",
)


@dataclass(frozen=True, slots=True)
class Request:
    """A link to a new password that was asked for and mailed: it holds an hour, and once."""

    staff_id: int
    generation: int
    asked_at: datetime

    def lives(self, generation: int, now: datetime) -> bool:
        return generation == self.generation and now < self.asked_at + PASSWORD_LINK
