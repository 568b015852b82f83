"""Mail: kinds, outbox messages, bounces, sample mails."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import sha256

from signoff.domain.accounts import Account, PasswordResetRequest
from signoff.domain.answers import (
    Answer,
    AnswerKind,
    AnswerVersion,
    Basis,
    Channel,
    Declaration,
    LateReview,
    Signer,
    Submitter,
)
from signoff.domain.applications import Application
from signoff.domain.association import Association
from signoff.domain.follow_ups import FollowUp
from signoff.domain.members import Member
from signoff.domain.papers import Edition
from signoff.domain.releases import Release
from signoff.domain.replies import IncomingReply
from signoff.domain.round_status import MailState
from signoff.domain.rounds import Invitation, Link, Round
from signoff.domain.subscriptions import Digest


class UnmailableError(ValueError):
    """The message cannot be mailed: its address or a name would break or forge a header."""


UNREACHED_STATES = tuple(state for state in MailState if state.is_lost)


# Messages in the outbox.


class MailKind(StrEnum):
    """The kind of a mail, which decides on its template."""

    INVITATION = "invitation"
    RECEIPT = "receipt"
    WITHDRAWAL = "withdrawal"
    EXTENDED = "extended"
    CANCELLED = "cancelled"
    CLOSED = "closed"
    ENDED = "ended"
    RELEASED = "released"
    RETRACTED = "retracted"
    FOLLOW_UP = "follow_up"
    NEW_LINK = "new_link"
    DELEGATION = "delegation"
    DELEGATION_NOTICE = "delegation_notice"
    MEETING_RESULT_REQUEST = "meeting_result_request"
    CORRECTION = "correction"
    REMINDER = "reminder"
    RECORDED = "recorded"
    VOIDED = "voided"
    NOTE_REFUSED = "note_refused"
    LATE_ACCEPTED = "late_accepted"
    LATE_REFUSED = "late_refused"
    APPLICATION_CONFIRMATION = "application_confirmation"
    APPLICATION_REFUSED = "application_refused"
    DIGEST = "digest"
    ACCOUNT_INVITATION = "account_invitation"
    PASSWORD_LINK = "password_link"
    PASSWORD_CHANGED = "password_changed"
    SECOND_FACTOR_RESET = "second_factor_reset"
    FOUR_EYES_OFF = "four_eyes_off"
    ADDRESS_CONFIRMATION = "address_confirmation"
    ADDRESS_CHANGED = "address_changed"
    TEST = "test"
    COPY = "copy"

    @property
    def is_for_account(self) -> bool:
        """Whether the recipient is an account instead of a link."""
        return self in ACCOUNT_MAIL_KINDS

    @property
    def is_about_answer(self) -> bool:
        """Whether its ``number`` is the id of a version."""
        return self in ANSWER_MAIL_KINDS


ADDRESS_CHANGE_KINDS = (MailKind.ADDRESS_CONFIRMATION, MailKind.ADDRESS_CHANGED)
ACCOUNT_MAIL_KINDS = (
    MailKind.DIGEST,
    MailKind.ACCOUNT_INVITATION,
    MailKind.PASSWORD_LINK,
    MailKind.PASSWORD_CHANGED,
    MailKind.SECOND_FACTOR_RESET,
    MailKind.FOUR_EYES_OFF,
    *ADDRESS_CHANGE_KINDS,
    MailKind.TEST,
)
APPLICATION_MAIL_KINDS = (MailKind.APPLICATION_CONFIRMATION, MailKind.APPLICATION_REFUSED)
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
    """One row of the outbox: ids and never the text. ``kind``, recipient and ``number`` are unique.

    The recipient is a link, an account or an application; the other two of the three are ``None``.
    A copy has none of them, but the id of the sent mail in ``copy_of`` and an address in ``email``.
    """

    id: int
    kind: MailKind
    link_id: int | None
    number: int  # the id of the subject (an answer, a link, …); 0 if there is only one
    enqueued_at: datetime
    attempts: int = 0
    next_try_at: datetime | None = None
    sent_at: datetime | None = None
    failed_at: datetime | None = None
    bounced_at: datetime | None = None
    error: str = ""
    account_id: int | None = None
    delayed_at: datetime | None = None  # when a server reported a delay
    autoreplied_at: datetime | None = None  # when an autoresponder answered
    in_folder: bool = False  # written into a folder that nobody collects
    server: str = ""  # the host that took it; empty for a folder
    returned_at: datetime | None = None  # when something came back to it
    returned_text: str = ""  # an extract of what came back
    application_id: int | None = None
    copy_of: int | None = None
    email: str = ""  # where it went, or where a copy goes

    @property
    def needs_reading(self) -> bool:
        """Whether something came back that no rule understands."""
        return bool(
            self.returned_at and not (self.bounced_at or self.delayed_at or self.autoreplied_at)
        )

    @property
    def state(self) -> MailState:
        """The latest state of the delivery."""
        if self.bounced_at:
            return MailState.BOUNCED
        if self.failed_at:
            return MailState.FOLDER if self.in_folder else MailState.FAILED
        return MailState.SENT if self.sent_at else MailState.PENDING


@dataclass(frozen=True, slots=True)
class SentMail:
    """A mail as it was sent, except that its links and codes open nothing.

    ``email`` is the address it went to, ``headers`` are pairs of name and value, ``attachments``
    are described by their names alone.
    """

    email: str
    headers: tuple[tuple[str, str], ...]
    text: str
    html: str
    attachments: tuple[str, ...] = ()

    @property
    def subject(self) -> str:
        return dict(self.headers).get("Subject", "")


@dataclass(frozen=True, slots=True)
class MailText:
    """The office's own words; an empty field keeps the shipped ones."""

    kind: MailKind
    language: str
    subject: str = ""
    greeting: str = ""
    opening: str = ""  # paragraphs before those that carry link, deadline and rights
    signature: str = ""

    @property
    def is_empty(self) -> bool:
        return not (self.subject or self.greeting or self.opening or self.signature)


class MailAttachment(StrEnum):
    """A file that the office may have attached to a kind of mail."""

    DRAFT = "draft"  # the PDF that is put to the members
    MOTION = "motion"  # for the member's council
    CALENDAR = "calendar"  # the deadline
    RECEIPT = "receipt"  # of the answer that the mail is about


# What may be attached to which mails: to those that ask for an answer, and to those that confirm
# one.
ATTACHABLE = dict.fromkeys(
    (MailKind.INVITATION, MailKind.REMINDER, MailKind.EXTENDED, MailKind.DELEGATION),
    (MailAttachment.DRAFT, MailAttachment.MOTION, MailAttachment.CALENDAR),
) | dict.fromkeys(
    (MailKind.RECEIPT, MailKind.WITHDRAWAL, MailKind.RECORDED, MailKind.CORRECTION),
    (MailAttachment.RECEIPT,),
)
MAX_ATTACHED_SIZE = 5_000_000  # bytes of a mail as they are transmitted, together


@dataclass(frozen=True, slots=True)
class AttachedFile:
    """A file of a mail; ``title`` is what the mail calls it. Empty if it cannot be had now."""

    name: str
    media_type: str
    title: str
    content: bytes


SAMPLE_ID = 0  # of a message that is not stored in the outbox


# The data of one mail. The token of its link is not included; it is signed when the mail is sent.


@dataclass(frozen=True, slots=True)
class MailContext:
    """The data of a mail to a representative; ``link`` is the recipient's."""

    message: OutboxMessage
    association: Association
    member: Member
    invitation: Invitation
    link: Link
    round: Round
    edition: Edition
    other_recipients: tuple[str, ...] = ()  # other addresses of the member that get the same mail
    version: AnswerVersion | None = None  # the answer a receipt is about
    answered_by: Link | None = None  # the link it came through, if its receipt is attached
    replaced: AnswerVersion | None = None  # the answer of somebody else that it has replaced
    release: Release | None = None
    delegated_link: Link | None = None  # the link of the colleague, in mails about a delegation
    delegated_by: Link | None = None
    explanation: str = ""  # why the office voided the answer or rejected the note
    refused_note: str = ""
    review: LateReview | None = None  # of the late signature
    follow_up: FollowUp | None = None
    # further papers in a reminder, each with a link of the same person
    further_contexts: tuple["MailContext", ...] = ()
    texts: tuple[MailText, ...] = ()  # of the office, for this kind of mail
    attachments: tuple[MailAttachment, ...] = ()
    draft_sha256: str = ""  # of the round's printed draft
    replaces_link: bool = False  # an earlier mail with a link that no longer works was delivered

    @property
    def is_sample(self) -> bool:
        """Whether it is a sample."""
        return self.message.id == SAMPLE_ID


@dataclass(frozen=True, slots=True)
class AccountMailContext:
    """The data of a mail to an account; ``generation`` is that of its set-up links."""

    message: OutboxMessage
    association: Association
    account: Account
    generation: int
    digest: Digest = Digest()


@dataclass(frozen=True, slots=True)
class ApplicationMailContext:
    """The data of a mail to an applicant."""

    message: OutboxMessage
    association: Association
    application: Application
    edition: Edition


@dataclass(frozen=True, slots=True)
class MailCopyContext:
    """The data of a copy for the office: the mail that it repeats, as it is kept."""

    message: OutboxMessage
    association: Association
    mail: SentMail


@dataclass(frozen=True, slots=True)
class MailTestContext:
    """The data of a test mail, sent to an account to look at."""

    __test__ = False  # not a test class for pytest

    message: OutboxMessage
    account: Account
    context: "ComposedContext"


ComposedContext = MailContext | AccountMailContext | ApplicationMailContext
AnyMailContext = ComposedContext | MailTestContext | MailCopyContext


# Which mail is still worth sending.


def may_remind(round: Round, link: Link, version: AnswerVersion | None) -> bool:
    """Whether a reminder may be about this link: its round takes answers, and its member has none
    but a pending one.
    """
    if round.closed_at or round.cancelled_at or link.ended_at:
        return False
    return version is None or version.answer.kind is AnswerKind.PENDING


def may_mail_account(
    message: OutboxMessage,
    account: Account,
    generation: int,
    request: PasswordResetRequest | None,
) -> bool:
    """Whether a mail to an account still makes sense: not to a disabled account, and no link that
    is invalid by now.

    ``generation`` is that of the account's password links, ``request`` what a password link was
    requested by.
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
    """The meaning of a returned message."""

    BOUNCE = "bounce"  # permanent failure
    DELAY = "delay"  # a server keeps trying
    AUTOREPLY = "autoreply"  # delivered, but nobody is there at the moment
    REPLY = "reply"  # somebody wrote
    UNKNOWN = "unknown"
    UNREADABLE = "unreadable"
    UNRELATED = "unrelated"  # about none of our mails


def hash_link(public_id: str) -> str:
    """The name of a link in a Message-ID. With the keys, the public id itself would give access."""
    return sha256(public_id.encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class MessageReference:
    """The mail that a Message-ID of ours names: its kind, recipient and number.

    The hash of a link can be known only from a mail to it; the id of an account can be guessed.
    """

    kind: MailKind
    number: int
    link_hash: str = ""
    account_id: int | None = None


@dataclass(frozen=True, slots=True)
class Bounce:
    """A returned message: what it is about, and what it says.

    ``message_id`` is the outbox row of a genuine return path, ``references`` are the Message-IDs of
    ours in it, ``addresses`` those that a report names. ``text`` is an extract.
    """

    bounce_type: BounceType
    message_id: int | None = None
    diagnostic: str = ""
    references: tuple[MessageReference, ...] = ()
    addresses: tuple[str, ...] = ()
    text: str = ""
    reply: IncomingReply | None = None


MATCHING_PERIOD = timedelta(days=14)  # how far back an address alone names a mail
MAX_RETURNED_TEXT = 4000  # characters kept of what came back to one mail


def join_returned_text(before: str, text: str) -> str:
    """Both extracts, the second one once."""
    if text in before:
        return before
    return f"{before}\n\n{text}".strip()[:MAX_RETURNED_TEXT]


# The mailbox that returned mail and replies come to.


class MailboxError(Exception):
    """The mailbox cannot be read: messages of the catalogues that say why and, where it is known,
    what to do, and their facts.
    """

    def __init__(self, message: str, to_do: str = "", **facts: object) -> None:
        super().__init__(f"{message} {to_do}".strip() % facts)
        self.message, self.to_do = message, to_do
        self.facts = {name: str(fact) for name, fact in facts.items()}


@dataclass(frozen=True, slots=True)
class MailboxReading:
    """The last reading of the mailbox; ``problem`` is a message of the catalogues."""

    read_at: datetime
    problem: str = ""
    facts: dict[str, str] = field(default_factory=dict)


# Sample mails: each kind with the data of a real invitation. What it does not have yet (an answer,
# a release, a colleague) is made up, with role names instead of people.

SAMPLE_KINDS = tuple(kind for kind in MailKind if kind not in (MailKind.TEST, MailKind.COPY))
SAMPLE_MEETING_AGE = timedelta(days=7)
SAMPLE_SUBMITTER = Submitter("Vorname Nachname", "Hauptamt", "hauptamt@rathaus.example")
SAMPLE_COLLEAGUE = "Vorname Nachname", "ordnungsamt@rathaus.example", "Ordnungsamt"
SAMPLE_EXPLANATION = "…"  # written by the office
SAMPLE_APPLICANT = "Stadt Musterhausen"
SAMPLE_RETRACTION_REASON = "Ein Gericht hat die Verbreitung untersagt."
SAMPLE_ANSWER_KINDS = {
    MailKind.RECEIPT: AnswerKind.COSIGN,
    MailKind.CORRECTION: AnswerKind.COSIGN,
    MailKind.RECORDED: AnswerKind.COSIGN,
    MailKind.VOIDED: AnswerKind.COSIGN,
    MailKind.WITHDRAWAL: AnswerKind.WITHDRAWN,
    MailKind.MEETING_RESULT_REQUEST: AnswerKind.PENDING,
    MailKind.LATE_ACCEPTED: AnswerKind.COSIGN,
    MailKind.LATE_REFUSED: AnswerKind.COSIGN,
}
LATE_REVIEW_KINDS = (MailKind.LATE_ACCEPTED, MailKind.LATE_REFUSED)
RELEASED_KINDS = (MailKind.RELEASED, MailKind.RETRACTED, *LATE_REVIEW_KINDS)


@dataclass(frozen=True, slots=True)
class MailTestRequest:
    """A test mail to send to an account: its kind and language, and the round it is about."""

    account_id: int
    kind: MailKind
    language: str
    round_id: int | None = None
    opening: str | None = (
        None  # JSON of what an invitation before the opening is written from (store.mail)
    )


def build_sample_message(
    kind: MailKind, now: datetime, link_id: int | None = 0, account_id: int | None = None
) -> OutboxMessage:
    """A message that is not stored in the outbox."""
    return OutboxMessage(SAMPLE_ID, kind, link_id, 0, now, account_id=account_id)


def build_application_sample(
    message: OutboxMessage, association: Association, edition: Edition
) -> ApplicationMailContext:
    """A mail to an applicant who is made up, in the language of the ``association``."""
    name, email, _unit = SAMPLE_COLLEAGUE
    application = Application(
        0,
        0,
        SAMPLE_APPLICANT,
        "Stadt",
        "",
        email,
        name,
        association.language,
        message.enqueued_at,
        reason=SAMPLE_EXPLANATION,
    )
    return ApplicationMailContext(message, association, application, edition)


def build_sample(context: MailContext, now: datetime) -> MailContext:
    """``context`` completed with everything a mail of its kind needs."""
    kind, explanation = context.message.kind, context.explanation or SAMPLE_EXPLANATION
    answer_kind = SAMPLE_ANSWER_KINDS.get(kind)
    if answer_kind and not (context.version and context.version.answer.kind is answer_kind):
        context = replace(context, version=build_sample_version(context, answer_kind, now))
    if kind in LATE_REVIEW_KINDS:
        context = add_late_review(context, now)
    elif kind is MailKind.VOIDED:
        context = replace(context, explanation=explanation)
    elif kind is MailKind.NOTE_REFUSED:
        refused_note = context.refused_note or "…"
        context = replace(context, explanation=explanation, refused_note=refused_note)
    elif kind in (MailKind.DELEGATION, MailKind.DELEGATION_NOTICE):
        context = add_delegation(context)
    elif kind is MailKind.FOLLOW_UP:
        follow_up = FollowUp(0, context.round.id, now.date(), SAMPLE_EXPLANATION)
        context = replace(context, follow_up=follow_up)
    round = build_sample_round(context.round, kind, now)
    release = build_sample_release(context, now)
    return replace(context, round=round, release=release)


def build_sample_round(round: Round, kind: MailKind, now: datetime) -> Round:
    """``round`` in the phase in which mail of this kind is sent."""
    if kind is MailKind.CANCELLED:
        return replace(round, cancelled_at=now)
    if kind is MailKind.CLOSED:
        return replace(round, closed_at=now, closing_reason=SAMPLE_EXPLANATION)
    if kind is MailKind.ENDED:
        round = replace(round, cancelled_at=now, ending_reason=SAMPLE_EXPLANATION)
    if kind in (MailKind.ENDED, MailKind.FOLLOW_UP, *RELEASED_KINDS):
        round = replace(round, closed_at=round.closed_at or round.deadline)
    return round


def build_sample_release(context: MailContext, now: datetime) -> Release | None:
    kind, release, as_of = context.message.kind, context.release, context.round.deadline or now
    if kind in RELEASED_KINDS and release is None:
        release = Release(0, context.round.id, 1, "0" * 64, 400_000, 12, as_of, as_of)
    if kind is MailKind.RETRACTED and release and release.retracted_at is None:
        return replace(release, retracted_at=now, retraction_reason=SAMPLE_RETRACTION_REASON)
    return release


def add_late_review(context: MailContext, now: datetime) -> MailContext:
    """Add a late signature and the review by the office."""
    if context.version is None:
        raise ValueError("a review needs an answer")
    accepted = context.message.kind is MailKind.LATE_ACCEPTED
    reason = "" if accepted else "Bitte reichen Sie den Beschluss nach."
    return replace(
        context,
        version=replace(context.version, late=True),
        review=LateReview(0, accepted, True, False, reason, now, 0),
    )


def add_delegation(context: MailContext) -> MailContext:
    name, email, unit = SAMPLE_COLLEAGUE
    link = replace(
        context.link,
        representative_id=None,
        name=name,
        email=email,
        unit=unit,
        delegated_by=context.link.id,
    )
    delegated = replace(context, delegated_link=link, delegated_by=context.link)
    return (
        replace(delegated, link=link) if context.message.kind is MailKind.DELEGATION else delegated
    )


def build_sample_version(context: MailContext, kind: AnswerKind, now: datetime) -> AnswerVersion:
    signer = Signer("Vorname", "Nachname", "Oberbürgermeisterin")
    declaration = Declaration(context.member.official_name, signer, Basis.HEAD, None, True)
    meeting = (
        now.date() - SAMPLE_MEETING_AGE
        if context.message.kind is MailKind.MEETING_RESULT_REQUEST
        else None
    )
    answer = Answer(
        kind, SAMPLE_SUBMITTER, declaration if kind is AnswerKind.COSIGN else None, meeting
    )
    channel = Channel.LETTER if context.message.kind is MailKind.RECORDED else Channel.LINK
    return AnswerVersion(0, context.invitation.id, 1, answer, now, channel, context.link.id, 0)


def with_language(context: MailContext, language: str) -> MailContext:
    """``context`` for a recipient who reads ``language``."""
    link: Link = replace(context.link, language=language)
    return replace(context, link=link, association=replace(context.association, language=language))
