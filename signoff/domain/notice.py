"""Mail that is owed."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from signoff.domain.standing import MailState


class NoticeKind(StrEnum):
    """What a mail is about."""

    INVITATION = "invitation"
    RECEIPT = "receipt"
    WITHDRAWAL = "withdrawal"
    EXTENDED = "extended"
    CANCELLED = "cancelled"
    CLOSED = "closed"
    RELEASED = "released"
    RETRACTED = "retracted"
    FRESH_LINK = "fresh_link"
    PASSED_ON = "passed_on"
    PASSED_ON_NOTICE = "passed_on_notice"
    COUNCIL_MET = "council_met"
    CORRECTION = "correction"
    OBJECTION = "objection"
    REMINDER = "reminder"
    RECORDED = "recorded"
    VOIDED = "voided"
    NOTE_REFUSED = "note_refused"
    LATE_ACCEPTED = "late_accepted"
    LATE_REFUSED = "late_refused"
    DIGEST = "digest"
    STAFF_INVITATION = "staff_invitation"
    PASSWORD_LINK = "password_link"
    PASSWORD_CHANGED = "password_changed"
    FACTOR_CLEARED = "factor_cleared"
    TEST = "test"

    @property
    def for_the_office(self) -> bool:
        """Whether it goes to the association's own address; the link it hangs on is then the one it is about."""
        return self is NoticeKind.OBJECTION

    @property
    def for_staff(self) -> bool:
        """Whether it goes to one of the office's people, and hangs on an account instead of a link."""
        return self in FOR_STAFF

    @property
    def about_an_answer(self) -> bool:
        """Whether its ``number`` is the id of a version."""
        return self in ABOUT_AN_ANSWER


FOR_STAFF = (
    NoticeKind.DIGEST,
    NoticeKind.STAFF_INVITATION,
    NoticeKind.PASSWORD_LINK,
    NoticeKind.PASSWORD_CHANGED,
    NoticeKind.FACTOR_CLEARED,
    NoticeKind.TEST,
)
ABOUT_AN_ANSWER = (
    NoticeKind.RECEIPT,
    NoticeKind.WITHDRAWAL,
    NoticeKind.CORRECTION,
    NoticeKind.COUNCIL_MET,
    NoticeKind.RECORDED,
    NoticeKind.VOIDED,
    NoticeKind.LATE_ACCEPTED,
    NoticeKind.LATE_REFUSED,
)


@dataclass(frozen=True, slots=True)
class Notice:
    """One row of the outbox: ids, never a letter. ``kind``, recipient and ``number`` make a mail unique.

    The recipient is the holder of a link, or an account of the office (``staff_id``); one of the two is ``None``.
    """

    id: int
    kind: NoticeKind
    link_id: int | None
    # What it is about: the id of an answer, a link, an objection, a decision, an extension; 0 if there is but one.
    number: int
    owed_at: datetime
    attempts: int = 0
    next_try_at: datetime | None = None
    sent_at: datetime | None = None
    failed_at: datetime | None = None
    bounced_at: datetime | None = None
    error: str = ""
    staff_id: int | None = None
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
