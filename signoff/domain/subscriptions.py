"""Mail subscriptions of staff: topics, frequencies, and the digests made of them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from signoff.domain.accounts import Account, Role
from signoff.domain.answers import AnswerKind
from signoff.domain.audit import DetailedEntry, Event
from signoff.domain.papers import Edition
from signoff.domain.reminders import Calendar
from signoff.domain.round_status import RoundStatus


class Topic(StrEnum):
    """The topics of subscriptions."""

    OBJECTION = "objection"
    REPLY = "reply"
    NOTE = "note"
    NAME = "name"
    WITHDRAWAL = "withdrawal"
    CLOSED = "closed"
    SECOND_PERSON = "second_person"
    RELEASED = "released"
    LATE_SIGNATURE = "late_signature"
    APPLICATION = "application"
    LATE_WITHDRAWAL = "late_withdrawal"
    BOUNCE = "bounce"
    MAIL_SERVER = "mail_server"
    STANDING = "standing"  # of the rounds; no entry of the audit log


class Frequency(StrEnum):
    AT_ONCE = "at_once"
    DAILY = "daily"
    WEEKLY = "weekly"
    NEVER = "never"


DEFAULTS = {
    Topic.OBJECTION: Frequency.AT_ONCE,
    Topic.REPLY: Frequency.AT_ONCE,
    Topic.NOTE: Frequency.DAILY,
    Topic.NAME: Frequency.DAILY,
    Topic.WITHDRAWAL: Frequency.DAILY,
    Topic.CLOSED: Frequency.AT_ONCE,
    Topic.SECOND_PERSON: Frequency.AT_ONCE,
    Topic.RELEASED: Frequency.AT_ONCE,
    Topic.LATE_SIGNATURE: Frequency.DAILY,
    Topic.APPLICATION: Frequency.DAILY,
    Topic.LATE_WITHDRAWAL: Frequency.AT_ONCE,
    Topic.BOUNCE: Frequency.DAILY,
    Topic.MAIL_SERVER: Frequency.DAILY,
    Topic.STANDING: Frequency.WEEKLY,
}


def get_default(role: Role, topic: Topic) -> Frequency:
    """By default those who run rounds get news; readers get only the topics they choose."""
    if role is Role.VIEWER:
        return Frequency.NEVER
    if role is Role.ADMIN and topic is Topic.MAIL_SERVER:
        return Frequency.AT_ONCE
    return DEFAULTS[topic]


def list_choices(topic: Topic) -> tuple[Frequency, ...]:
    """The frequencies of a topic. The standing of the rounds is no event to report at once."""
    return tuple(
        frequency
        for frequency in Frequency
        if topic is not Topic.STANDING or frequency is not Frequency.AT_ONCE
    )


@dataclass(frozen=True, slots=True)
class Subscription:
    """One account's choice for one topic; ``frequency`` is ``None`` for the default of its role.

    ``last_entry`` is the last audit entry that a digest has dealt with.
    """

    account_id: int
    topic: Topic
    frequency: Frequency | None = None
    last_entry: int = 0

    def get_frequency(self, role: Role) -> Frequency:
        return self.frequency or get_default(role, self.topic)


# What an entry of the audit log is about.

TOPICS_BY_EVENT = {
    Event.OBJECTED: Topic.OBJECTION,
    Event.REPLY_RECEIVED: Topic.REPLY,
    Event.APPLICATION_CONFIRMED: Topic.APPLICATION,
    Event.ROUND_CLOSED: Topic.CLOSED,
    Event.ROUND_ENDED: Topic.CLOSED,
    Event.APPROVAL_REQUESTED: Topic.SECOND_PERSON,
    Event.RELEASED: Topic.RELEASED,
    Event.APPROVAL_CALLED_OFF: Topic.RELEASED,
    Event.RELEASE_CALLED_OFF: Topic.RELEASED,
    Event.RELEASE_RETRACTED: Topic.RELEASED,
    Event.MAIL_SERVER_BACK: Topic.MAIL_SERVER,
}
ANSWER_EVENTS = (Event.ANSWERED, Event.CORRECTED, Event.RECORDED)
TOLD_EVENTS = (*TOPICS_BY_EVENT, *ANSWER_EVENTS, Event.WITHDRAWN, Event.MAIL_BOUNCED)
REPORTED_BOUNCES = ("bounce", "unknown")  # not delays and automatic replies
DIGEST_MAIL = "digest"  # a bounced digest is not reported: the report might bounce, too


def list_topics(entry: DetailedEntry) -> tuple[Topic, ...]:
    """The topics of an entry. An answer may bring both a note and a corrected name."""
    details = entry.details or {}
    if topic := TOPICS_BY_EVENT.get(entry.event):
        return (topic,)
    if entry.event is Event.WITHDRAWN:
        return (Topic.LATE_WITHDRAWAL if details.get("late") else Topic.WITHDRAWAL,)
    if entry.event is Event.MAIL_BOUNCED:
        is_news = details.get("came") in REPORTED_BOUNCES and details.get("kind") != DIGEST_MAIL
        return (Topic.BOUNCE,) if is_news else ()
    answer = details.get("answer")
    declaration = answer.get("declaration") if isinstance(answer, dict) else None
    if entry.event not in ANSWER_EVENTS or not isinstance(declaration, dict):
        return ()
    if details.get("late"):
        return (Topic.LATE_SIGNATURE,)
    note = bool(declaration.get("note"))
    name = declaration.get("official_name") != entry.subject_name
    return (Topic.NOTE,) * note + (Topic.NAME,) * name


def select_news(
    entries: Iterable[DetailedEntry], last_entries: Mapping[Topic, int], account: Account
) -> list[DetailedEntry]:
    """The entries to tell an account about: those of its topics that are new to it, except what it
    did itself.
    """
    return [
        entry
        for entry in entries
        if entry.actor != f"staff/{account.id}"
        and any(
            entry.seq > last_entries[topic] for topic in list_topics(entry) if topic in last_entries
        )
    ]


# When a digest is due.

MAX_NEWS_AGE = timedelta(days=14)  # nobody is told what is older
COLLECTING_PERIOD = timedelta(minutes=10)  # between two digests "at once" to one account


def is_due(
    frequency: Frequency, last: datetime | None, now: datetime, zone: ZoneInfo, calendar: Calendar
) -> bool:
    """Whether an account may get a digest of this frequency, by when it got the last one.

    Those of a day or a week go out in office hours of a working day.
    """
    if frequency is Frequency.AT_ONCE:
        return last is None or now >= last + COLLECTING_PERIOD
    local = now.astimezone(zone)
    if not (time(9) <= local.time() < time(17) and calendar.is_working_day(local.date(), "DE", "")):
        return False
    if last is None:
        return True
    last_day = last.astimezone(zone).date()
    if frequency is Frequency.DAILY:
        return last_day < local.date()
    return last_day.isocalendar()[:2] < local.date().isocalendar()[:2]


# What a digest says.

DIGEST_PERIOD = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class RoundDigest:
    """One round of a digest; ``new_answers`` counts those of the past week, ``meetings`` the
    council meetings of the coming one, ``overdue`` those whose result is missing.
    """

    edition: Edition
    status: RoundStatus
    new_answers: int
    meetings: int = 0
    overdue: int = 0

    @property
    def unanswered(self) -> int:
        return self.status.counts[None]

    @property
    def unreached(self) -> int:
        """How many have not answered and could not be reached by mail."""
        return sum(
            bool(invitation.kind is None and invitation.mail and invitation.mail.is_lost)
            for invitation in self.status.invitations
        )


@dataclass(frozen=True, slots=True)
class News:
    """An entry of the audit log that somebody is told about, with the paper it is about."""

    entry: DetailedEntry
    topics: tuple[Topic, ...]
    paper: str = ""
    path: str = ""  # of its page in the office


@dataclass(frozen=True, slots=True)
class StoredDigest:
    """A digest as it is enqueued: the numbers of its entries, and whether it shows the rounds."""

    id: int
    account_id: int
    frequency: Frequency
    entries: tuple[int, ...]
    with_rounds: bool
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Digest:
    """A mail to an account: what has happened, and every round that is not released yet."""

    frequency: Frequency = Frequency.WEEKLY
    news: tuple[News, ...] = ()
    rounds: tuple[RoundDigest, ...] = ()


def build_round_digests(
    rounds: Iterable[tuple[Edition, RoundStatus]], now: datetime, today: date
) -> tuple[RoundDigest, ...]:
    return tuple(
        RoundDigest(
            edition,
            status,
            count_new_answers(status, now),
            sum(
                len(day.invitations)
                for day in status.meetings
                if today <= day.on < today + DIGEST_PERIOD
            ),
            len(status.list_overdue_results(today)),
        )
        for edition, status in rounds
    )


def count_new_answers(status: RoundStatus, now: datetime) -> int:
    """How many current answers were received in the week before ``now``."""
    versions = (
        invitation.version
        for invitation in status.invitations
        if invitation.kind not in (None, AnswerKind.WITHDRAWN)
    )
    return sum(now - DIGEST_PERIOD < version.received_at <= now for version in versions if version)
