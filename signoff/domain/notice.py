"""Mail that is owed."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class NoticeKind(StrEnum):
    """What a mail is about."""

    INVITATION = "invitation"
    RECEIPT = "receipt"
    WITHDRAWAL = "withdrawal"
    EXTENDED = "extended"
    CANCELLED = "cancelled"
    CLOSED = "closed"
    RELEASED = "released"
    FRESH_LINK = "fresh_link"


class MailState(StrEnum):
    """How far a mail has come. ``SENT`` only ever means: a mail server accepted it (or the file stands whole)."""

    OWED = "owed"
    SENT = "sent"
    FAILED = "failed"
    BOUNCED = "bounced"


@dataclass(frozen=True, slots=True)
class Notice:
    """One row of the outbox: ids, never a letter. ``kind``, ``link_id`` and ``number`` make a mail unique."""

    id: int
    kind: NoticeKind
    link_id: int
    number: int  # what it is about: the answer's id, the round's extension, …; 0 where there can be only one
    owed_at: datetime
    attempts: int = 0
    next_try_at: datetime | None = None
    sent_at: datetime | None = None
    failed_at: datetime | None = None
    bounced_at: datetime | None = None
    error: str = ""
    delayed_at: datetime | None = None  # a server on the way said it keeps trying
    autoreplied_at: datetime | None = None  # nobody there at the moment; it has arrived

    @property
    def state(self) -> MailState:
        """The furthest thing that happened to it."""
        if self.bounced_at:
            return MailState.BOUNCED
        if self.failed_at:
            return MailState.FAILED
        return MailState.SENT if self.sent_at else MailState.OWED
