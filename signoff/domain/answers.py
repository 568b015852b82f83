"""What a municipality answers: co-sign, decline, not competent, decision pending."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from signoff.domain.dates import get_last_day
from signoff.domain.errors import Reason, Refusal
from signoff.domain.rounds import Round


class AnswerKind(StrEnum):
    """The four answers, and the withdrawal of one."""

    SIGN = "sign"
    DECLINE = "decline"
    NOT_COMPETENT = "not_competent"
    PENDING = "pending"
    WITHDRAWN = "withdrawn"


class Basis(StrEnum):
    """On whose authority a municipality signs."""

    HEAD = "head"
    ADMINISTRATION = "administration"
    COUNCIL = "council"
    BOTH = "both"
    URGENT = "urgent"

    @property
    def rests_on_a_decision(self) -> bool:
        """Whether body and date of a decision belong to it."""
        return self in (Basis.COUNCIL, Basis.BOTH, Basis.URGENT)


class Channel(StrEnum):
    """How an answer reached the office."""

    LINK = "link"
    LETTER = "letter"
    TELEPHONE = "telephone"
    ASSEMBLY = "assembly"


@dataclass(frozen=True, slots=True)
class Signer:
    """The person who represents the municipality (not the one who fills in the form)."""

    first_name: str
    last_name: str
    function: str
    title: str = ""

    @property
    def name(self) -> str:
        """Title, first and last name as printed."""
        return " ".join(part for part in (self.title, self.first_name, self.last_name) if part)


@dataclass(frozen=True, slots=True)
class CouncilDecision:
    """The decision a signature rests on."""

    body: str
    on: date
    number: str = ""
    result: str = ""


@dataclass(frozen=True, slots=True)
class Declaration:
    """What belongs to the answer "co-sign" alone."""

    official_name: str
    signer: Signer
    basis: Basis
    decision: CouncilDecision | None
    publish_name: bool
    note: str = ""


@dataclass(frozen=True, slots=True)
class Submitter:
    """Who filled the form in. Never published, never written to."""

    name: str
    unit: str
    email: str


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer as it was handed in. ``declaration`` stands if and only if ``kind`` is ``SIGN``."""

    kind: AnswerKind
    filled_in: Submitter | None = None
    declaration: Declaration | None = None
    expected_on: date | None = None  # the sitting, where the decision is pending
    expected_body: str = ""
    reason: str = ""  # of a refusal; the office alone sees it


@dataclass(frozen=True, slots=True)
class AnswerVersion:
    """One kept version of an invitation's answer; the last one counts."""

    id: int
    invitation_id: int
    number: int
    answer: Answer
    received_at: datetime
    channel: Channel
    link_id: int | None
    entry: int  # its line in the audit chain
    late: bool = False  # it came after the release, and changes nothing in what was released
    corrects: int | None = None  # the version in which the office put names right

    @property
    def by_office(self) -> bool:
        """Whether the office wrote it down: an answer that came otherwise, or a corrected name."""
        return self.channel is not Channel.LINK or self.corrects is not None

    @property
    def stands(self) -> bool:
        """Whether this is an answer at all: a withdrawn one counts as unanswered."""
        return self.answer.kind is not AnswerKind.WITHDRAWN


# Answers after the release: who may still give one, take one back, and what the office says to a late signature.


@dataclass(frozen=True, slots=True)
class LateReview:
    """What the office decided about one late signature; the last one counts, and an accepted one stays.

    ``reason`` is told to the member; an acceptance needs none. ``entry`` is its line in the audit chain.
    """

    answer_id: int
    accepted: bool
    note_accepted: bool
    name_accepted: bool
    reason: str
    decided_at: datetime
    entry: int


def is_settled(version: AnswerVersion | None, verdict: LateReview | None) -> bool:
    """Whether the member's answer stands for good once the paper is released; it can then only be taken back.

    A decision that is pending may come, and a late signature may be put right until the office has accepted it.
    """
    if version is None or not version.stands or version.answer.kind is AnswerKind.PENDING:
        return False
    if version.late and version.answer.kind is AnswerKind.SIGN:
        return verdict is not None and verdict.accepted
    return True


def may_answer(
    round: Round, version: AnswerVersion | None, verdict: LateReview | None, now: datetime
) -> bool:
    """Whether an answer is taken through a link at ``now``: until the deadline, or late."""
    return round.is_open(now) or (round.takes_late(now) and not is_settled(version, verdict))


def may_withdraw(round: Round, version: AnswerVersion | None, now: datetime) -> bool:
    """Whether the answer that counts can be taken back at ``now``: any until the deadline, afterwards a signature.

    What was answered late can be taken back too, so that a slip closes no door.
    """
    if version is None or not version.stands:
        return False
    return round.is_open(now) or (
        round.takes_late(now) and (version.late or version.answer.kind is AnswerKind.SIGN)
    )


def require_answerable(
    round: Round, version: AnswerVersion | None, verdict: LateReview | None, now: datetime
) -> bool:
    """Refuse unless an answer is taken at ``now``; gives whether it is a late one."""
    if not round.takes_late(now):
        round.require_open(now)
        return False
    if is_settled(version, verdict):
        raise Refusal(Reason.SETTLED)
    return True


def require_withdrawable(round: Round, version: AnswerVersion | None, now: datetime) -> bool:
    """Refuse unless the answer can be taken back at ``now``; gives whether that is late."""
    late = round.takes_late(now)
    if not late:
        round.require_open(now)
    if not may_withdraw(round, version, now):
        raise Refusal(Reason.NOTHING_TO_WITHDRAW)
    return late


# Somebody at the member says: this answer did not come from us. It flags the answer and pauses nothing.


@dataclass(frozen=True, slots=True)
class Objection:
    """One objection to one version of an answer; the office settles it."""

    id: int
    invitation_id: int
    answer_id: int
    link_id: int  # whose link it came through
    text: str  # what is wrong, in the objector's words; may be empty
    objected_at: datetime
    settled_at: datetime | None = None
    settled_by: str = ""


# What the office notes for itself about an invitation. It is never published, and can be removed for good.


@dataclass(frozen=True, slots=True)
class OfficeNote:
    id: int
    invitation_id: int
    text: str
    author: str  # as the journal names actors
    written_at: datetime


# A sitting that has been named: how it lies to the deadline, and when its result is asked for.

OFFICE_HOURS_START, OFFICE_HOURS_END = (
    time(8),
    time(17),
)  # office hours in town halls; mail at night is read by nobody
WorkingDayTest = Callable[[date], bool]  # whether a day is a working day where the member is


class MeetingTiming(StrEnum):
    """How a sitting lies to the deadline."""

    IN_TIME = "in_time"
    LAST_DAY = "last_day"
    TOO_LATE = "too_late"


def classify_meeting_date(on: date, deadline: datetime, zone: ZoneInfo) -> MeetingTiming:
    """Whether the result of a sitting ``on`` that day can still be handed in."""
    last = get_last_day(deadline, zone)
    if on == last:
        return MeetingTiming.LAST_DAY
    return MeetingTiming.IN_TIME if on < last else MeetingTiming.TOO_LATE


def is_meeting_result_due(on: date, now: datetime, zone: ZoneInfo, works: WorkingDayTest) -> bool:
    """Whether to ask ``now`` for the result: from the day after the sitting, in office hours, on a working day."""
    local = now.astimezone(zone)
    return (
        on < local.date()
        and works(local.date())
        and OFFICE_HOURS_START <= local.time() < OFFICE_HOURS_END
    )


def find_result_request_date(
    on: date, deadline: datetime, zone: ZoneInfo, works: WorkingDayTest
) -> date | None:
    """The day on which the result is asked for: the first working day after the sitting.

    ``None`` where there is none up to the ``deadline``: later, nothing could be answered.
    """
    days = (get_last_day(deadline, zone) - on).days
    return next(
        (day for day in (on + timedelta(days=each) for each in range(1, days + 1)) if works(day)),
        None,
    )


# The office declares an answer void. It counts no more, and no earlier version does in its place.


@dataclass(frozen=True, slots=True)
class Voiding:
    """That one version was voided, by whom and why; ``entry`` is its line in the audit chain."""

    answer_id: int
    invitation_id: int
    reason: str  # the member is told it
    voided_at: datetime
    voided_by: str
    entry: int
