"""The office's people."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from signoff.domain.refusal import Reason, Refusal

SHORTEST_PASSWORD = 15  # characters, OWASP ASVS 5.0 6.2.1
IDLE, ABSOLUTE = timedelta(minutes=30), timedelta(hours=12)  # how long a session lives, OWASP ASVS 5.0 7.3
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


def wait_after(failures: int) -> timedelta:
    """How long the next try has to wait after so many wrong passwords in a row: 0, then 1, 2, 4, … seconds."""
    if failures < FREE_TRIES:
        return timedelta(0)
    return min(LONGEST_WAIT, timedelta(seconds=2 ** min(failures - FREE_TRIES, 10)))


def checked_password(password: str, common: frozenset[str]) -> str:
    """``password`` if it is long enough and not a common one (NIST SP 800-63B, OWASP ASVS 5.0 6.2)."""
    if len(password) < SHORTEST_PASSWORD:
        raise Refusal(Reason.PASSWORD_TOO_SHORT, "password", limit=SHORTEST_PASSWORD)
    if password.casefold() in common or len(set(password.casefold())) < 5:
        raise Refusal(Reason.PASSWORD_COMMON, "password")
    return password
