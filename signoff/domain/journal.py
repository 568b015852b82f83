"""The audit trail as people read it."""

from dataclasses import dataclass
from datetime import datetime

from signoff.domain.audit import Event


@dataclass(frozen=True, slots=True)
class Choice:
    """Which lines are asked for. Empty means all; ``actor`` may be ``link`` for everybody who acts through a link."""

    event: Event | None = None
    actor: str = ""
    round_id: int | None = None
    since: datetime | None = None
    before: datetime | None = None  # the first moment that is too late


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the journal. ``who`` and ``about`` are names where there is one; ``details`` may be erased."""

    seq: int
    at: datetime
    event: Event
    actor: str
    subject: str
    who: str
    about: str
    details: dict[str, object] | None
