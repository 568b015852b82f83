"""Reading the forms of an answer, of a delegation and of a recorded answer; docs/interface.md lists
the fields.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cached_property
from zoneinfo import ZoneInfo

from signoff.domain.answers import (
    ANSWER_KINDS,
    Answer,
    AnswerKind,
    Basis,
    Channel,
    CouncilDecision,
    Declaration,
    Signer,
    Submitter,
)
from signoff.domain.characters import has_controls
from signoff.domain.dates import get_last_day, get_latest_day
from signoff.domain.errors import Reason, Refusal, Refusals
from signoff.domain.forms import FieldReader
from signoff.domain.rounds import Link, Phase, Round
from signoff.domain.text import is_same_address, parse_email

EARLIEST_DECISION_DATE = date(2000, 1, 1)  # an earlier year is a typing error
SUBMITTER_FIELDS = ("filled_in_by", "filled_in_unit", "filled_in_email")


class AnswerForm(FieldReader):
    """Reads the fields of an answer and parses them once."""

    def __init__(
        self, fields: Mapping[str, str], *, today: date, notes_allowed: bool = True
    ) -> None:
        super().__init__(fields)
        self.today = today
        self.notes_allowed = notes_allowed
        self.refused_by_step: dict[str, list[Refusal]] = {}

    def step(self, name: str) -> list[Refusal]:
        """The refusals of the step ``answer``, ``signer`` or ``publication``."""
        return self.refused_by_step.get(name, []) if self.parsed is None else []

    def answer(self) -> Answer:
        """The whole answer.

        Raises ``Refusals`` naming every wrong field, in the order of the form.
        """
        if self.parsed is None:
            raise Refusals(self.refusals)
        return self.parsed

    @cached_property
    def parsed(self) -> Answer | None:
        kind = self.kind()
        if kind is not AnswerKind.COSIGN:
            answer = self.answer_without_signature(kind)
            self.refused_by_step = {"answer": self.refusals}
            return answer
        signature = self.signature()
        count = len(self.refusals)
        note, submitter = self.note(), self.submitter()
        self.refused_by_step = {
            "signer": self.refusals[:count],
            "publication": self.refusals[count:],
        }
        if signature is None or self.refusals:
            return None
        declaration = Declaration(*signature, bool(self.fields.get("publish_name")), note)
        return Answer(kind, submitter, declaration)

    def kind(self) -> AnswerKind | None:
        return self.choice("answer", {kind.value: kind for kind in ANSWER_KINDS})

    def answer_without_signature(self, kind: AnswerKind | None) -> Answer | None:
        """The fields of an answer that is not a signature."""
        expected_on, body = self.parse_meeting() if kind is AnswerKind.PENDING else (None, "")
        reason = self.text("reason", required=False) if kind is AnswerKind.DECLINE else ""
        contact = self.submitter() if kind else None
        return (
            Answer(kind, contact, None, expected_on, body, reason)
            if kind and not self.refusals
            else None
        )

    def note(self) -> str:
        note = self.text("note", required=False)
        if note and not self.notes_allowed:
            self.refuse(Reason.NO_NOTES, "note")
        return note

    def signature(self) -> tuple[str, Signer, Basis, CouncilDecision | None] | None:
        """Step 2: the name in the list, the signer, the basis and the authority."""
        official_name, signer = self.parse_names()
        basis = self.choice("basis", {basis.value: basis for basis in Basis})
        decision = self.decision() if basis and basis.requires_decision else None
        if not self.fields.get("authorised"):
            self.refuse(Reason.NOT_AUTHORISED, "authorised")
        if basis is None or self.refusals:
            return None
        return official_name, signer, basis, decision

    def parse_names(self) -> tuple[str, Signer]:
        """The name in the list and the signer, which can be corrected without a new answer."""
        official_name, title = self.text("official_name"), self.text("title", required=False)
        first_name = self.text("first_name")
        last_name = self.text("last_name")
        function = self.text("function")
        return official_name, Signer(first_name, last_name, function, title)

    def parse_meeting(self) -> tuple[date | None, str]:
        """The day of the meeting, from today up to the last day that a deadline may have, and the
        committee.
        """
        expected_on = self.date("expected_on")
        if expected_on and expected_on < self.today:
            self.refuse(Reason.DATE_IN_PAST, "expected_on", day=expected_on)
        if expected_on and expected_on > get_latest_day(self.today):
            self.refuse(Reason.DATE_TOO_FAR, "expected_on", day=expected_on)
        return expected_on, self.text("body", required=False)

    def decision(self) -> CouncilDecision | None:
        body, number = self.text("body"), self.text("decision_number", required=False)
        on = self.date("decision_date")
        if on and on > self.today:
            self.refuse(Reason.DATE_IN_FUTURE, "decision_date", day=on)
        if on and on < EARLIEST_DECISION_DATE:
            self.refuse(Reason.DATE_TOO_EARLY, "decision_date", day=on)
        result = self.text("decision_result", required=False)
        return CouncilDecision(body, on, number, result) if on else None

    def submitter(self) -> Submitter:
        name, unit, email = (self.text(field) for field in SUBMITTER_FIELDS)
        if email and not is_plausible_address(email):
            self.refuse(Reason.NOT_AN_ADDRESS, "filled_in_email", text=email)
        return Submitter(name, unit, email)


def is_plausible_address(email: str) -> bool:
    """Whether ``email`` could be one address. The office can read it; no mail is sent to it."""
    local, separator, domain = email.rpartition("@")
    return bool(local and separator and "." in domain.strip(".")) and not any(
        c.isspace() or c in ',;<>"' for c in email
    )


# Delegation to a colleague: the form, the limits, and who may end a link.

MAX_OPEN_DELEGATIONS = 5  # besides the links of the representatives
MAX_DELEGATIONS = (
    20  # with the ended ones, so that nobody mails half a town by delegating and ending in turn
)
ENCODED_WORD_START = "=?"  # of RFC 2047, which mail programs display decoded


@dataclass(frozen=True, slots=True)
class Colleague:
    """The recipient of a delegated link, and the message to them."""

    name: str
    unit: str
    email: str
    message: str = ""


@dataclass(frozen=True, slots=True)
class DelegationNode:
    """A link in the tree of delegations; ``by`` is the link it was delegated from."""

    link: Link
    delegated_by: Link | None
    depth: int = 0


class AddressForm(FieldReader):
    """Reads lines and an address for mail."""

    def line(self, field: str) -> str:
        """One line for a mail header.

        Line breaks are refused instead of replaced, to prevent header injection.
        """
        text = self.fields.get(field, "").strip()
        if has_controls(text) or ENCODED_WORD_START in text:
            self.refuse(Reason.CONTROL_CHARACTERS, field)
            return ""
        return self.text(field)

    def address(self) -> str:
        text = self.line("email")
        email = parse_email(text)
        if text and email is None:
            self.refuse(Reason.NOT_AN_ADDRESS, "email", text=text)
        return email or ""


class DelegationForm(AddressForm):
    """Reads the fields ``name``, ``unit``, ``email`` and ``message``."""

    def colleague(self) -> Colleague:
        """Raises ``Refusals`` naming every wrong field, in the order of the form."""
        name, unit, email = self.line("name"), self.line("unit"), self.address()
        colleague = Colleague(name, unit, email, self.text("message", required=False))
        if self.refusals:
            raise Refusals(self.refusals)
        return colleague


def find_open_link(links: Iterable[Link], email: str) -> Link | None:
    """The open link that already goes to ``email`` and may answer."""
    still_open = (link for link in links if link.ended_at is None and link.may_answer)
    return next((link for link in still_open if is_same_address(link.email, email)), None)


def require_delegation_capacity(links: Sequence[Link]) -> None:
    """Refuse one more delegation if there are too many; ``links`` are all of the invitation, with
    the ended ones.
    """
    delegated = [link for link in links if link.delegated_by]
    still_open = [link for link in delegated if link.ended_at is None]
    if len(still_open) >= MAX_OPEN_DELEGATIONS or len(delegated) >= MAX_DELEGATIONS:
        raise Refusal(Reason.TOO_MANY_LINKS, limit=MAX_OPEN_DELEGATIONS)


def may_end_link(actor: Link, link: Link, links: Sequence[Link]) -> bool:
    """A representative may end every delegated link; the holder of a delegated link those below
    their own.
    """
    return link.delegated_by is not None and (
        actor.representative_id is not None or link in list_descendants(actor, links)
    )


def list_descendants(link: Link, links: Sequence[Link]) -> list[Link]:
    """All links that were delegated from ``link``, directly or not."""
    descendants: list[Link] = []
    ids = {link.id}
    for candidate in links:  # a link is always newer than the one it came from
        if candidate.delegated_by in ids:
            descendants.append(candidate)
            ids.add(candidate.id)
    return descendants


def build_delegation_tree(links: Sequence[Link]) -> list[DelegationNode]:
    """All links, each below the one it was delegated from."""
    links_by_id = {link.id: link for link in links}

    def walk(parent: Link | None, depth: int) -> Iterable[DelegationNode]:
        for link in links:
            if (links_by_id.get(link.delegated_by) if link.delegated_by else None) is parent:
                yield DelegationNode(link, parent, depth)
                yield from walk(link, depth + 1)

    return list(walk(None, 0))


# An answer that the office records: its channel, day of receipt and evidence.

OFFICE_CHANNELS = (Channel.LETTER, Channel.EMAIL, Channel.TELEPHONE, Channel.ASSEMBLY)
NOON = time(12)  # in place of the unknown hour of receipt
ONE_MICROSECOND = timedelta(microseconds=1)
# The office reads other messages than the member.
OFFICE_REASONS = {
    Reason.DATE_IN_FUTURE: Reason.DECIDED_AFTER_RECEIPT,
    Reason.DATE_IN_PAST: Reason.MEETING_BEFORE_RECEIPT,
    Reason.NOT_AUTHORISED: Reason.AUTHORITY_UNSEEN,
}


@dataclass(frozen=True, slots=True)
class Scan:
    """A stored file; ``type`` is ``pdf``, ``jpg``, ``png`` or ``eml``, ``size`` is in bytes."""

    sha256: str
    type: str
    size: int


@dataclass(frozen=True, slots=True)
class Evidence:
    """The evidence of a recorded answer: a scan, the reason why there is none, or both."""

    scan: Scan | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class AnswerRecord:
    """The office recorded the version ``answer_id``."""

    answer_id: int
    recorded_at: datetime
    recorded_by: str
    evidence: Evidence


@dataclass(frozen=True, slots=True)
class RecordedAnswer:
    """The content of the office's form."""

    answer: Answer
    channel: Channel
    received_on: date
    reason: str


class RecordedAnswerForm(AnswerForm):
    """Reads the fields of an answer and ``channel``, ``received_on`` and ``evidence``.

    Days are compared with the day of receipt: a decision was taken by then, a meeting was still to
    come. The submitter may be left out.
    """

    def __init__(
        self, fields: Mapping[str, str], round: Round, *, now: datetime, zone: ZoneInfo
    ) -> None:
        pending = fields.get("answer") == "pending"
        body = fields.get("expected_body" if pending else "body", "")
        super().__init__(
            {**fields, "body": body},
            today=now.astimezone(zone).date(),
            notes_allowed=round.terms.notes,
        )
        self.round, self.now, self.zone = round, now, zone

    def parse_recorded(self, *, scanned: bool) -> RecordedAnswer:
        """The whole form; ``scanned`` says whether it has a file.

        Raises ``Refusals`` in the order of the form.
        """
        channel = self.choice("channel", {channel.value: channel for channel in OFFICE_CHANNELS})
        received_on = self.received_on()
        answer = self.parsed
        reason = self.text("evidence", required=False)
        if not reason and not scanned:
            self.refuse(Reason.NO_EVIDENCE, "scan")
        if self.refusals or answer is None or channel is None or received_on is None:
            raise Refusals(self.refusals)
        return RecordedAnswer(answer, channel, received_on, reason)

    def received_on(self) -> date | None:
        day = self.date("received_on")
        if day is None:
            return None
        self.today = day
        try:
            compute_received_at(day, self.round, self.now, self.zone)
        except Refusal as refusal:
            self.refusals.append(refusal)
        return day

    def submitter(self) -> Submitter:
        name, unit, email = (self.text(field, required=False) for field in SUBMITTER_FIELDS)
        if (unit or email) and not name:
            self.refuse(Reason.MISSING, SUBMITTER_FIELDS[0])
        if email and not is_plausible_address(email):
            self.refuse(Reason.NOT_AN_ADDRESS, SUBMITTER_FIELDS[2], text=email)
        return Submitter(name, unit, email)

    def refuse(self, reason: Reason, field: str, **facts: object) -> None:
        super().refuse(OFFICE_REASONS.get(reason, reason), field, **facts)


def compute_received_at(day: date, round: Round, now: datetime, zone: ZoneInfo) -> datetime:
    """Noon of ``day``, limited to the time between the opening and the closing of the round.

    Refuses a day in the future, before the opening, and after the deadline or the closing. A late
    answer counts from the release on, even if it came before.
    """
    late = require_recordable(round, now)
    if round.opened_at is None:
        raise Refusal(Reason.NOT_OPEN)
    if day > now.astimezone(zone).date():
        raise Refusal(Reason.RECEIVED_IN_FUTURE, "received_on", day=day)
    first_day = round.opened_at.astimezone(zone).date()
    if day < first_day:
        raise Refusal(Reason.RECEIVED_TOO_EARLY, "received_on", day=first_day)
    noon = datetime.combine(day, NOON, tzinfo=zone)
    if late and round.released_at:
        return max(round.released_at, min(noon, now))
    last_day = get_last_day(round.as_of, zone)
    if day > last_day:
        raise Refusal(Reason.RECEIVED_TOO_LATE, "received_on", day=last_day)
    return max(round.opened_at, min(noon, now, round.as_of - ONE_MICROSECOND))


def require_recordable(round: Round, now: datetime) -> bool:
    """Refuse unless the office may record an answer; returns whether it is a late one."""
    if round.accepts_late_signatures(now):
        return True
    require_amendable(round, now)
    return False


def require_amendable(round: Round, now: datetime) -> None:
    """The office may amend answers from the opening until the release, unless the round was
    cancelled.
    """
    if round.cancelled_at:
        raise Refusal(Reason.CANCELLED)
    if round.phase(now) is Phase.DRAFT:
        raise Refusal(Reason.NOT_OPEN)
    if round.released_at:
        raise Refusal(Reason.ALREADY_RELEASED)
