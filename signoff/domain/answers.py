"""The answers of members: their content, versions and the rules for giving and withdrawing them."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from signoff.domain.dates import get_last_day
from signoff.domain.errors import Reason, Refusal
from signoff.domain.rounds import Round


class AnswerKind(StrEnum):
    """The four answers, and the withdrawal of one."""

    COSIGN = "sign"
    DECLINE = "decline"
    NOT_COMPETENT = "not_competent"
    PENDING = "pending"
    WITHDRAWN = "withdrawn"


ANSWER_KINDS = tuple(kind for kind in AnswerKind if kind is not AnswerKind.WITHDRAWN)


class Basis(StrEnum):
    """On whose authority a member signs."""

    HEAD = "head"
    ADMINISTRATION = "administration"
    COUNCIL = "council"
    BOTH = "both"
    URGENT = "urgent"

    @property
    def requires_decision(self) -> bool:
        """Whether the committee and the date of its decision have to be named."""
        return self in (Basis.COUNCIL, Basis.BOTH, Basis.URGENT)


class Channel(StrEnum):
    """How an answer reached the office."""

    LINK = "link"
    LETTER = "letter"
    EMAIL = "email"
    TELEPHONE = "telephone"
    ASSEMBLY = "assembly"


@dataclass(frozen=True, slots=True)
class Signer:
    """The person who represents the member (not the one who fills in the form)."""

    first_name: str
    last_name: str
    function: str
    title: str = ""

    @property
    def name(self) -> str:
        """Title, first name and last name as printed."""
        return " ".join(part for part in (self.title, self.first_name, self.last_name) if part)


@dataclass(frozen=True, slots=True)
class CouncilDecision:
    """The council decision that a signature rests on."""

    body: str
    on: date
    number: str = ""
    result: str = ""


@dataclass(frozen=True, slots=True)
class Declaration:
    """The part of an answer that only a signature has."""

    official_name: str
    signer: Signer
    basis: Basis
    decision: CouncilDecision | None
    publish_name: bool
    note: str = ""


@dataclass(frozen=True, slots=True)
class Submitter:
    """The person who filled in the form. Never published and never sent mail."""

    name: str
    unit: str
    email: str


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer as submitted. It has a ``declaration`` if and only if ``kind`` is ``COSIGN``."""

    kind: AnswerKind
    filled_in: Submitter | None = None
    declaration: Declaration | None = None
    expected_on: date | None = None  # the council meeting, where the decision is pending
    expected_body: str = ""
    reason: str = ""  # for declining; only the office sees it

    @property
    def for_information(self) -> "Answer":
        """What a link for information shows: neither the reason nor who filled in the form."""
        return replace(self, filled_in=None, reason="")


@dataclass(frozen=True, slots=True)
class AnswerVersion:
    """One stored version of the answer to an invitation; the last one counts."""

    id: int
    invitation_id: int
    number: int
    answer: Answer
    received_at: datetime
    channel: Channel
    link_id: int | None
    entry: int  # its number in the audit log
    late: bool = False  # received after the release, which it does not change
    corrects: int | None = None  # the version whose names the office corrected

    @property
    def by_office(self) -> bool:
        """Whether the office recorded it: an answer by another channel, or a corrected name."""
        return self.channel is not Channel.LINK or self.corrects is not None

    def is_own(self, link_id: int | None) -> bool:
        """Whether it came through this link, and not from somebody else or the office."""
        return self.link_id == link_id and not self.by_office

    @property
    def is_answer(self) -> bool:
        """Whether it counts as an answer; after a withdrawal there is none."""
        return self.answer.kind is not AnswerKind.WITHDRAWN


# Answers after the release: late signatures, their review by the office, and withdrawals.


@dataclass(frozen=True, slots=True)
class LateReview:
    """The office's decision on a late signature. The last one counts; an acceptance is final.

    ``reason`` is sent to the member; an acceptance needs none. ``entry`` is its number in the audit
    log.
    """

    answer_id: int
    accepted: bool
    note_accepted: bool
    name_accepted: bool
    reason: str
    decided_at: datetime
    entry: int


def is_settled(version: AnswerVersion | None, review: LateReview | None) -> bool:
    """Whether the answer is final after the release, so that it can only be withdrawn.

    A pending decision may still follow, and a late signature may be corrected until it is accepted.
    """
    if version is None or not version.is_answer or version.answer.kind is AnswerKind.PENDING:
        return False
    if version.late and version.answer.kind is AnswerKind.COSIGN:
        return review is not None and review.accepted
    return True


def may_answer(
    round: Round, version: AnswerVersion | None, review: LateReview | None, now: datetime
) -> bool:
    """Whether a link accepts an answer at ``now``: until the deadline, or as a late one."""
    return round.is_open(now) or (
        round.accepts_late_signatures(now) and not is_settled(version, review)
    )


def may_withdraw(round: Round, version: AnswerVersion | None, now: datetime) -> bool:
    """Whether the current answer can be withdrawn: any until the deadline, afterwards a signature.

    A late answer of any kind can be withdrawn too, so that a mistake can be undone.
    """
    if version is None or not version.is_answer:
        return False
    return round.is_open(now) or (
        round.accepts_late_signatures(now)
        and (version.late or version.answer.kind is AnswerKind.COSIGN)
    )


def require_answerable(
    round: Round, version: AnswerVersion | None, review: LateReview | None, now: datetime
) -> bool:
    """Refuse unless an answer is accepted at ``now``; returns whether it is a late one."""
    if not round.accepts_late_signatures(now):
        round.require_open(now)
        return False
    if is_settled(version, review):
        raise Refusal(Reason.SETTLED)
    return True


def require_not_overtaken(version: AnswerVersion | None, link_id: int, seen: int | None) -> None:
    """Refuse to replace an answer of somebody else, or of the office, that the page did not show.

    The page showed the version with the id ``seen``.
    """
    if version is None or not version.is_answer or version.id == seen or version.is_own(link_id):
        return
    submitter = version.answer.filled_in
    if version.by_office or submitter is None:
        raise Refusal(Reason.STALE, what="recorded")
    if version.answer.kind is AnswerKind.COSIGN:
        raise Refusal(Reason.STALE, what="signed", who=submitter.name)
    raise Refusal(Reason.STALE, what="answered", who=submitter.name)


def require_withdrawable(round: Round, version: AnswerVersion | None, now: datetime) -> bool:
    """Refuse unless the answer can be withdrawn at ``now``; returns whether that is late."""
    late = round.accepts_late_signatures(now)
    if not late:
        round.require_open(now)
    if not may_withdraw(round, version, now):
        raise Refusal(Reason.NOTHING_TO_WITHDRAW)
    return late


@dataclass(frozen=True, slots=True)
class Objection:
    """A representative's objection that an answer did not come from the member.

    It flags the answer and blocks nothing; the office settles it.
    """

    id: int
    invitation_id: int
    answer_id: int
    link_id: int  # of the objector
    text: str  # the objector's explanation, may be empty
    objected_at: datetime
    settled_at: datetime | None = None
    settled_by: str = ""


@dataclass(frozen=True, slots=True)
class OfficeNote:
    """An internal note on an invitation: never published, and can be deleted for good."""

    id: int
    invitation_id: int
    text: str
    author: str  # an actor of the audit log
    written_at: datetime


# Council meetings: whether the result can be in time, and when it is requested.

OFFICE_HOURS_START, OFFICE_HOURS_END = time(8), time(17)  # of town halls
WorkingDayTest = Callable[[date], bool]  # whether a day is a working day for the member


class MeetingTiming(StrEnum):
    """The date of a council meeting relative to the deadline."""

    IN_TIME = "in_time"
    LAST_DAY = "last_day"
    TOO_LATE = "too_late"


def classify_meeting_date(on: date, deadline: datetime, zone: ZoneInfo) -> MeetingTiming:
    """Whether the result of a meeting on that day can still be submitted."""
    last = get_last_day(deadline, zone)
    if on == last:
        return MeetingTiming.LAST_DAY
    return MeetingTiming.IN_TIME if on < last else MeetingTiming.TOO_LATE


def is_meeting_result_due(
    on: date, now: datetime, zone: ZoneInfo, is_working_day: WorkingDayTest
) -> bool:
    """Whether to request the result now: after the day of the meeting, in office hours."""
    local = now.astimezone(zone)
    return (
        on < local.date()
        and is_working_day(local.date())
        and OFFICE_HOURS_START <= local.time() < OFFICE_HOURS_END
    )


def find_result_request_date(
    on: date, deadline: datetime, zone: ZoneInfo, is_working_day: WorkingDayTest
) -> date | None:
    """The first working day after the meeting, on which the result is requested.

    ``None`` if there is none until the ``deadline``, as later answers are not accepted.
    """
    days = (get_last_day(deadline, zone) - on).days
    return next(
        (
            day
            for day in (on + timedelta(days=number) for number in range(1, days + 1))
            if is_working_day(day)
        ),
        None,
    )


@dataclass(frozen=True, slots=True)
class Voiding:
    """A version declared void by the office. No earlier version counts in its place.

    ``entry`` is its number in the audit log.
    """

    answer_id: int
    invitation_id: int
    reason: str  # is sent to the member
    voided_at: datetime
    voided_by: str
    entry: int
