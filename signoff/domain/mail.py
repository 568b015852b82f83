"""Letters that nobody is owed: what a mail of each kind would look like, with the data of a real place.

What the place does not have yet (an answer, a release, a colleague) is made up, in role names.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from signoff.domain.accounts import Account, PasswordResetRequest
from signoff.domain.answers import (
    Answer,
    AnswerKind,
    AnswerVersion,
    Basis,
    Channel,
    Declaration,
    LateReview,
    Objection,
    Signer,
    Submitter,
)
from signoff.domain.association import Association
from signoff.domain.members import Member
from signoff.domain.papers import Edition
from signoff.domain.releases import Release
from signoff.domain.reminders import Calendar
from signoff.domain.round_status import MailState, RoundStatus
from signoff.domain.rounds import Invitation, Link, Round

# Getting a mail out: when to try again, when to give up, and what went wrong.

RETRY_DELAYS = (timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=15))
MAX_RETRY_DELAY = timedelta(
    hours=1
)  # a next try farther away than this was written by a clock that ran ahead
MAX_RETRY_PERIOD = timedelta(
    days=3
)  # from the first try to the last; RFC 5321 4.5.4.1 asks for four to five days of a server


class DeliveryError(Exception):
    """A message was not accepted.

    ``permanent``: trying again is of no use. ``server``: it was not this message or its recipient; the server cannot
    be used at all for now, so the others can wait too. ``words``: what the server (or the system) said, one line.
    """

    def __init__(self, words: str, *, permanent: bool = False, server: bool = False) -> None:
        self.words = " ".join(
            "".join(sign if sign.isprintable() else " " for sign in words).split()
        )[:500]
        self.permanent = permanent
        self.server = server
        super().__init__(self.words)


class UnmailableError(ValueError):
    """A letter that cannot be a mail: its address or a name in it would break or forge a header."""


def compute_next_attempt(attempts: int, now: datetime) -> datetime | None:
    """When to try again after ``attempts`` (1 or more) temporary failures; ``None``: given up.

    The pauses are 1, 5 and 15 minutes, then an hour each, as long as they add up to three days at most. It counts
    tries and not the clock: a worker that stood still over a weekend still has its tries, whatever the clock did.
    """
    if attempts < 1:
        raise ValueError("nothing has been tried yet")
    return (
        now + get_retry_delay(attempts) if sum_retry_delays(attempts) <= MAX_RETRY_PERIOD else None
    )


def get_retry_delay(attempts: int) -> timedelta:
    """The pause after so many tries."""
    return RETRY_DELAYS[attempts - 1] if attempts <= len(RETRY_DELAYS) else MAX_RETRY_DELAY


def sum_retry_delays(attempts: int) -> timedelta:
    """All pauses so far together, with the one after the last of so many tries."""
    return (
        sum(RETRY_DELAYS[:attempts], timedelta())
        + max(0, attempts - len(RETRY_DELAYS)) * MAX_RETRY_DELAY
    )


@dataclass(frozen=True, slots=True)
class RateLimit:
    """How many mails may go out in any one minute, by all workers together: at all, and to one domain; 0: no limit."""

    overall: int = 0
    domain: int = 0


@dataclass(frozen=True, slots=True)
class Outage:
    """The mail server cannot be used: nobody's mail is tried until ``next_try_at``, and then one, to see."""

    failures: int  # in a row
    since: datetime
    next_try_at: datetime
    diagnostic: str

    def holds(self, now: datetime) -> bool:
        """Whether to wait; a moment farther away than any pause was written by a clock that ran ahead."""
        return now < self.next_try_at <= now + MAX_RETRY_DELAY


@dataclass(frozen=True, slots=True)
class DeliveryProgress:
    """A run on its way: how many mails are due now, and how many went out in the last minute."""

    pending: int
    sent_last_minute: int

    def done_by(self, now: datetime) -> datetime | None:
        """When the last of them goes out at the pace of the last minute; ``None`` where nothing has gone yet."""
        return (
            now + timedelta(minutes=1) * self.pending / self.sent_last_minute
            if self.pending and self.sent_last_minute
            else None
        )


def extend_outage(before: Outage | None, diagnostic: str, now: datetime) -> Outage:
    """One more failure of the server. One alone may be this message's fault, so the next one is tried at once."""
    failures = before.failures + 1 if before else 1
    wait = get_retry_delay(failures - 1) if failures > 1 else timedelta()
    return Outage(failures, before.since if before else now, now + wait, diagnostic)


# What the office's people are told once a week: where each round stands, and what is to be done.

DIGEST_PERIOD = timedelta(days=7)
UNREACHED_STATES = (MailState.FAILED, MailState.BOUNCED)


@dataclass(frozen=True, slots=True)
class RoundDigest:
    """One round of the digest. ``fresh`` answers came in the week before."""

    edition: Edition
    standing: RoundStatus
    fresh: int

    @property
    def unanswered(self) -> int:
        return self.standing.counts[None]

    @property
    def unreached(self) -> int:
        """How many have not answered and were reached by no mail."""
        return sum(
            place.kind is None and place.mail in UNREACHED_STATES for place in self.standing.places
        )


@dataclass(frozen=True, slots=True)
class WeeklyDigest:
    """The rounds that are not released yet."""

    reports: tuple[RoundDigest, ...] = ()


def build_weekly_digest(
    standings: Iterable[tuple[Edition, RoundStatus]], now: datetime
) -> WeeklyDigest:
    """The digest as of ``now``."""
    return WeeklyDigest(
        tuple(
            RoundDigest(edition, standing, count_new_answers(standing, now))
            for edition, standing in standings
        )
    )


def count_new_answers(standing: RoundStatus, now: datetime) -> int:
    """How many answers that count came in the week before ``now``."""
    answered = (
        place.version for place in standing.places if place.kind not in (None, AnswerKind.WITHDRAWN)
    )
    return sum(now - DIGEST_PERIOD < version.received_at <= now for version in answered if version)


def get_week_number(day: date) -> int:
    """The number of the digest of that week: ISO year and week, ``202703``."""
    year, week, _ = day.isocalendar()
    return year * 100 + week


def is_digest_due(now: datetime, zone: ZoneInfo, calendar: Calendar, country: str = "DE") -> bool:
    """Whether the week's digest may go out: from nine o'clock on its first working day, until five o'clock of any."""
    local = now.astimezone(zone)
    return time(9) <= local.time() < time(17) and calendar.works(local.date(), country, "")


# Mail that is owed.


class MailKind(StrEnum):
    """What a mail is about."""

    INVITATION = "invitation"
    RECEIPT = "receipt"
    WITHDRAWAL = "withdrawal"
    EXTENDED = "extended"
    CANCELLED = "cancelled"
    CLOSED = "closed"
    RELEASED = "released"
    RETRACTED = "retracted"
    NEW_LINK = "fresh_link"
    DELEGATION = "passed_on"
    DELEGATION_NOTICE = "passed_on_notice"
    MEETING_RESULT_REQUEST = "council_met"
    CORRECTION = "correction"
    OBJECTION = "objection"
    REMINDER = "reminder"
    RECORDED = "recorded"
    VOIDED = "voided"
    NOTE_REFUSED = "note_refused"
    LATE_ACCEPTED = "late_accepted"
    LATE_REFUSED = "late_refused"
    DIGEST = "digest"
    ACCOUNT_INVITATION = "staff_invitation"
    PASSWORD_LINK = "password_link"
    PASSWORD_CHANGED = "password_changed"
    SECOND_FACTOR_RESET = "factor_cleared"
    TEST = "test"

    @property
    def is_for_office(self) -> bool:
        """Whether it goes to the association's own address; the link it hangs on is then the one it is about."""
        return self is MailKind.OBJECTION

    @property
    def is_for_account(self) -> bool:
        """Whether it goes to one of the office's people, and hangs on an account instead of a link."""
        return self in ACCOUNT_MAIL_KINDS

    @property
    def is_about_answer(self) -> bool:
        """Whether its ``number`` is the id of a version."""
        return self in ANSWER_MAIL_KINDS


ACCOUNT_MAIL_KINDS = (
    MailKind.DIGEST,
    MailKind.ACCOUNT_INVITATION,
    MailKind.PASSWORD_LINK,
    MailKind.PASSWORD_CHANGED,
    MailKind.SECOND_FACTOR_RESET,
    MailKind.TEST,
)
ANSWER_MAIL_KINDS = (
    MailKind.RECEIPT,
    MailKind.WITHDRAWAL,
    MailKind.CORRECTION,
    MailKind.MEETING_RESULT_REQUEST,
    MailKind.RECORDED,
    MailKind.VOIDED,
    MailKind.LATE_ACCEPTED,
    MailKind.LATE_REFUSED,
)


@dataclass(frozen=True, slots=True)
class OutboxMessage:
    """One row of the outbox: ids, never a letter. ``kind``, recipient and ``number`` make a mail unique.

    The recipient is the holder of a link, or an account of the office (``account_id``); one of the two is ``None``.
    """

    id: int
    kind: MailKind
    link_id: int | None
    # What it is about: the id of an answer, a link, an objection, a decision, an extension; 0 if there is but one.
    number: int
    enqueued_at: datetime
    attempts: int = 0
    next_try_at: datetime | None = None
    sent_at: datetime | None = None
    failed_at: datetime | None = None
    bounced_at: datetime | None = None
    error: str = ""
    account_id: int | None = None
    delayed_at: datetime | None = None  # a server on the way said it keeps trying
    autoreplied_at: datetime | None = None  # nobody there at the moment; it has arrived

    @property
    def state(self) -> MailState:
        """The furthest thing that happened to it."""
        if self.bounced_at:
            return MailState.BOUNCED
        if self.failed_at:
            return MailState.FAILED
        return MailState.SENT if self.sent_at else MailState.PENDING


# Everything one mail is written from. The link's token is not in it: it is made when the mail is sent.


@dataclass(frozen=True, slots=True)
class MailContext:
    """One notice with what it is about; ``link`` is the recipient's door (name, email, language)."""

    notice: OutboxMessage
    association: Association
    member: Member
    invitation: Invitation
    link: Link
    round: Round
    edition: Edition
    others: tuple[str, ...] = ()  # the further addresses of the member that get the same mail
    version: AnswerVersion | None = None  # the answer a receipt is about
    release: Release | None = None
    passed_on: Link | None = None  # the colleague's link, where the mail is about passing on
    delegated_by: Link | None = None
    objection: Objection | None = None
    because: str = ""  # why the office voided the answer, or does not print the note
    refused_note: str = ""
    verdict: LateReview | None = None  # on the late signature the mail is about
    # the further papers a reminder speaks of, each with the link of the same person
    also: tuple["MailContext", ...] = ()


@dataclass(frozen=True, slots=True)
class AccountMailContext:
    """One notice to one of the office's people. ``generation`` is that of the account's set-up links."""

    notice: OutboxMessage
    association: Association
    staff: Account
    generation: int
    digest: WeeklyDigest = WeeklyDigest()


@dataclass(frozen=True, slots=True)
class MailTestContext:
    """A letter that nobody is owed, sent to one of the office's people to look at."""

    __test__ = False  # not one of pytest's

    notice: OutboxMessage
    staff: Account
    letter: MailContext | AccountMailContext


AnyMailContext = MailContext | AccountMailContext | MailTestContext


# Which mail is still worth sending.


def may_remind(round: Round, link: Link, version: AnswerVersion | None) -> bool:
    """Whether a reminder may be about this link: its round takes answers, and its member has none but a pending one."""
    if round.closed_at or round.cancelled_at or link.ended_at:
        return False
    return version is None or version.answer.kind is AnswerKind.PENDING


def may_mail_account(
    message: OutboxMessage,
    account: Account,
    generation: int,
    request: PasswordResetRequest | None,
) -> bool:
    """Whether a mail to an account still makes sense: not to a disabled account, and no link that is invalid by now.

    ``generation`` is that of the account's password links, ``request`` what a password link was requested by.
    """
    if account.disabled_at:
        return False
    if message.kind is MailKind.ACCOUNT_INVITATION:
        return message.number == generation
    if message.kind is MailKind.PASSWORD_LINK:
        return request is not None and request.generation == generation
    return True


# What comes back to the return path of a mail.


class BounceType(StrEnum):
    """What has come back."""

    BOUNCE = "bounce"  # for good: the address is wrong or refuses us
    DELAY = "delay"  # a server on the way keeps trying
    AUTOREPLY = "autoreply"  # nobody there at the moment; the mail has arrived
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Bounce:
    """One mail that came back. ``notice_id`` is the row of the outbox it is about, ``words`` what the server says."""

    came: BounceType
    notice_id: int | None = None
    words: str = ""


SAMPLE_KINDS = tuple(kind for kind in MailKind if kind is not MailKind.TEST)
SAMPLE_MEETING_AGE = timedelta(days=7)
SAMPLE_SUBMITTER = Submitter("Vorname Nachname", "Hauptamt", "hauptamt@rathaus.example")
SAMPLE_COLLEAGUE = "Vorname Nachname", "ordnungsamt@rathaus.example", "Ordnungsamt"
SAMPLE_EXPLANATION = "…"  # the office's own words, whatever they will be
SAMPLE_RETRACTION_REASON = "Ein Gericht hat die Verbreitung untersagt."
SAMPLE_ANSWER_KINDS = {
    MailKind.RECEIPT: AnswerKind.SIGN,
    MailKind.CORRECTION: AnswerKind.SIGN,
    MailKind.RECORDED: AnswerKind.SIGN,
    MailKind.VOIDED: AnswerKind.SIGN,
    MailKind.WITHDRAWAL: AnswerKind.WITHDRAWN,
    MailKind.MEETING_RESULT_REQUEST: AnswerKind.PENDING,
    MailKind.OBJECTION: AnswerKind.SIGN,
    MailKind.LATE_ACCEPTED: AnswerKind.SIGN,
    MailKind.LATE_REFUSED: AnswerKind.SIGN,
}
LATE_REVIEW_KINDS = (MailKind.LATE_ACCEPTED, MailKind.LATE_REFUSED)


@dataclass(frozen=True, slots=True)
class MailTestRequest:
    """The test mail somebody at the office asks for: a kind, in a language, about a round or any."""

    account_id: int
    kind: MailKind
    language: str
    round_id: int | None = None
    opening: str | None = (
        None  # JSON of what an invitation before the opening is written from (store.mail_context)
    )


def build_sample_message(
    kind: MailKind, now: datetime, link_id: int | None = 0, account_id: int | None = None
) -> OutboxMessage:
    """A row the outbox does not have."""
    return OutboxMessage(0, kind, link_id, 0, now, account_id=account_id)


def build_sample(real: MailContext, now: datetime) -> MailContext:
    """``real`` with everything a mail of its kind speaks of."""
    kind = real.notice.kind
    if kind in SAMPLE_ANSWER_KINDS:
        fitting = real.version is not None and real.version.answer.kind is SAMPLE_ANSWER_KINDS[kind]
        real = (
            real
            if fitting
            else replace(real, version=build_sample_version(real, SAMPLE_ANSWER_KINDS[kind], now))
        )
    if kind in LATE_REVIEW_KINDS:
        real = add_late_review(real, now)
    if kind is MailKind.OBJECTION:
        real = replace(real, objection=Objection(0, real.invitation.id, 0, real.link.id, "", now))
    if kind is MailKind.VOIDED:
        real = replace(real, because=real.because or SAMPLE_EXPLANATION)
    if kind is MailKind.NOTE_REFUSED:
        real = replace(
            real, because=real.because or SAMPLE_EXPLANATION, refused_note=real.refused_note or "…"
        )
    if kind in (MailKind.DELEGATION, MailKind.DELEGATION_NOTICE):
        real = add_delegation(real)
    if kind is MailKind.CANCELLED:
        real = replace(real, round=replace(real.round, cancelled_at=now))
    if kind in (MailKind.CLOSED, MailKind.RELEASED, MailKind.RETRACTED, *LATE_REVIEW_KINDS):
        real = replace(
            real, round=replace(real.round, closed_at=real.round.closed_at or real.round.deadline)
        )
    if kind in (MailKind.RELEASED, MailKind.RETRACTED, *LATE_REVIEW_KINDS) and real.release is None:
        as_of = real.round.deadline or now
        real = replace(
            real, release=Release(0, real.round.id, 1, "0" * 64, 400_000, 12, as_of, as_of)
        )
    if kind is MailKind.RETRACTED and real.release and real.release.retracted_at is None:
        real = replace(
            real,
            release=replace(
                real.release, retracted_at=now, retraction_reason=SAMPLE_RETRACTION_REASON
            ),
        )
    return real


def add_late_review(real: MailContext, now: datetime) -> MailContext:
    """A late signature, and what the office says to it."""
    assert real.version
    accepted = real.notice.kind is MailKind.LATE_ACCEPTED
    reason = "" if accepted else "Bitte reichen Sie den Beschluss nach."
    return replace(
        real,
        version=replace(real.version, late=True),
        verdict=LateReview(0, accepted, True, False, reason, now, 0),
    )


def add_delegation(real: MailContext) -> MailContext:
    name, email, unit = SAMPLE_COLLEAGUE
    link = replace(
        real.link,
        representative_id=None,
        name=name,
        email=email,
        unit=unit,
        delegated_by=real.link.id,
    )
    given = replace(real, passed_on=link, delegated_by=real.link)
    return replace(given, link=link) if real.notice.kind is MailKind.DELEGATION else given


def build_sample_version(real: MailContext, kind: AnswerKind, now: datetime) -> AnswerVersion:
    signer = Signer("Vorname", "Nachname", "Oberbürgermeisterin")
    declared = Declaration(real.member.official_name, signer, Basis.HEAD, None, True)
    sitting = (
        now.date() - SAMPLE_MEETING_AGE
        if real.notice.kind is MailKind.MEETING_RESULT_REQUEST
        else None
    )
    answer = Answer(kind, SAMPLE_SUBMITTER, declared if kind is AnswerKind.SIGN else None, sitting)
    channel = Channel.LETTER if real.notice.kind is MailKind.RECORDED else Channel.LINK
    return AnswerVersion(0, real.invitation.id, 1, answer, now, channel, real.link.id, 0)


def with_language(real: MailContext, language: str) -> MailContext:
    """``real`` to somebody who reads ``language``."""
    link: Link = replace(real.link, language=language)
    return replace(real, link=link, association=replace(real.association, language=language))
