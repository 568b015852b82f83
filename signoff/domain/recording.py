"""An answer that did not come through a link: how it came, when it was received, and what evidences it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from signoff.domain.answer import Answer, Channel, Contact
from signoff.domain.answer_form import FILLED_IN, AnswerForm, plausible_address
from signoff.domain.moments import last_day
from signoff.domain.refusal import Reason, Refusal, Refusals
from signoff.domain.round import Phase, Round

CHANNELS = (Channel.LETTER, Channel.TELEPHONE, Channel.ASSEMBLY)
NOON = time(12)  # of a day whose hour nobody noted
MOMENT = timedelta(microseconds=1)
# What is said to a municipality about its own form is said to the office in other words.
TO_THE_OFFICE = {
    Reason.DATE_IN_FUTURE: Reason.DECIDED_AFTER_RECEIPT,
    Reason.DATE_IN_PAST: Reason.SITTING_BEFORE_RECEIPT,
    Reason.NOT_AUTHORISED: Reason.AUTHORITY_UNSEEN,
}


@dataclass(frozen=True, slots=True)
class Scan:
    """A file as it is kept: its SHA-256, ``pdf``, ``jpg`` or ``png``, and its size in bytes."""

    sha256: str
    type: str
    size: int


@dataclass(frozen=True, slots=True)
class Evidence:
    """What evidences a recorded answer: a scan, or the reason why there is none; both may stand."""

    scan: Scan | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Recording:
    """That the version ``answer_id`` was recorded by the office."""

    answer_id: int
    recorded_at: datetime
    recorded_by: str
    evidence: Evidence


@dataclass(frozen=True, slots=True)
class Recorded:
    """What the office's form says."""

    answer: Answer
    channel: Channel
    received_on: date
    reason: str


class RecordingForm(AnswerForm):
    """Reads the fields of an answer as the office fills them in, and ``channel``, ``received_on``, ``evidence``.

    Days are measured against the day of receipt: a decision was taken by then, a sitting lay ahead. Whom the office
    has spoken to may be left out.
    """

    def __init__(self, fields: Mapping[str, str], round: Round, *, now: datetime, zone: ZoneInfo) -> None:
        pending = fields.get("answer") == "pending"
        body = fields.get("expected_body" if pending else "body", "")
        super().__init__({**fields, "body": body}, today=now.astimezone(zone).date(), notes_allowed=round.terms.notes)
        self.round, self.now, self.zone = round, now, zone

    def recorded(self, *, scanned: bool) -> Recorded:
        """The whole form; ``scanned`` where a file came with it. Raises ``Refusals`` in the order of the form."""
        channel = self.choice("channel", {channel.value: channel for channel in CHANNELS})
        received_on = self.received_on()
        answer = self.answer_or_none()
        reason = self.text("evidence", required=False)
        if not reason and not scanned:
            self.refuse(Reason.NO_EVIDENCE, "scan")
        if self.refused or answer is None or channel is None or received_on is None:
            raise Refusals(self.refused)
        return Recorded(answer, channel, received_on, reason)

    def received_on(self) -> date | None:
        day = self.date("received_on")
        if day is None:
            return None
        self.today = day
        try:
            received_at(day, self.round, self.now, self.zone)
        except Refusal as refusal:
            self.refused.append(refusal)
        return day

    def answer_or_none(self) -> Answer | None:
        before, self.refused = self.refused, []
        try:
            return self.answer()
        except Refusals:
            return None
        finally:
            self.refused = [*before, *self.refused]

    def contact(self) -> Contact:
        name, unit, email = (self.text(field, required=False) for field in FILLED_IN)
        if (unit or email) and not name:
            self.refuse(Reason.MISSING, FILLED_IN[0])
        if email and not plausible_address(email):
            self.refuse(Reason.NOT_AN_ADDRESS, FILLED_IN[2], text=email)
        return Contact(name, unit, email)

    def refuse(self, reason: Reason, field: str, **facts: object) -> None:
        super().refuse(TO_THE_OFFICE.get(reason, reason), field, **facts)


def received_at(day: date, round: Round, now: datetime, zone: ZoneInfo) -> datetime:
    """The moment that stands for "received on ``day``": noon, held between the opening and the end of the list.

    Refuses a day that has not come, one before the opening, and one after the deadline or the closing.
    """
    require_amendable(round, now)
    assert round.opened_at
    if day > now.astimezone(zone).date():
        raise Refusal(Reason.RECEIVED_IN_FUTURE, "received_on", day=day)
    opened = round.opened_at.astimezone(zone).date()
    if day < opened:
        raise Refusal(Reason.RECEIVED_TOO_EARLY, "received_on", day=opened)
    last = last_day(round.as_of, zone)
    if day > last:
        raise Refusal(Reason.RECEIVED_TOO_LATE, "received_on", day=last)
    noon = datetime.combine(day, NOON, tzinfo=zone)
    return max(round.opened_at, min(noon, now, round.as_of - MOMENT))


def require_amendable(round: Round, now: datetime) -> None:
    """Refuse what the office does about answers before the opening, after a cancellation, once release is recorded."""
    if round.cancelled_at:
        raise Refusal(Reason.CANCELLED)
    if round.phase(now) is Phase.DRAFT:
        raise Refusal(Reason.NOT_OPEN)
    if round.released_at:
        raise Refusal(Reason.ALREADY_RELEASED)
