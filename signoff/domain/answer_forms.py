"""From the typed fields of docs/interface.md to an answer, or every reason why not."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from signoff.domain.answers import (
    Answer,
    AnswerKind,
    Basis,
    Channel,
    CouncilDecision,
    Declaration,
    Signer,
    Submitter,
)
from signoff.domain.dates import get_last_day
from signoff.domain.errors import Reason, Refusal, Refusals
from signoff.domain.forms import FieldReader, is_unprintable
from signoff.domain.rounds import Link, Phase, Round
from signoff.domain.text import is_email_address, is_same_address

EARLIEST_DECISION_DATE = date(
    2000, 1, 1
)  # of a decision; before that the year is mistyped (202 for 2027)
SUBMITTER_FIELDS = ("filled_in_by", "filled_in_unit", "filled_in_email")


class AnswerForm(FieldReader):
    """Reads the fields of one form; collects every refusal instead of stopping at the first."""

    def __init__(
        self, fields: Mapping[str, str], *, today: date, notes_allowed: bool = True
    ) -> None:
        super().__init__(fields)
        self.today = today
        self.notes_allowed = notes_allowed

    def step(self, name: str) -> list[Refusal]:
        """Why the step ``answer``, ``signer`` or ``publication`` cannot be left yet; empty where it can."""
        {"answer": self.first_step, "signer": self.signing, "publication": self.publication}[name]()
        return self.refused

    def answer(self) -> Answer:
        """The whole answer. Raises ``Refusals`` naming every field that is wrong, in the order of the form."""
        kind = self.kind()
        if kind is AnswerKind.SIGN:
            declaration, contact = self.declaration(), self.contact()
            answer = Answer(kind, contact, declaration) if declaration else None
        else:
            answer = self.other(kind)
        if self.refused or answer is None:
            raise Refusals(self.refused)
        return answer

    def kind(self) -> AnswerKind | None:
        """Step 1: which of the four answers."""
        return self.choice(
            "answer", {kind.value: kind for kind in AnswerKind if kind is not AnswerKind.WITHDRAWN}
        )

    def other(self, kind: AnswerKind | None) -> Answer | None:
        """Step 1 of an answer that is no signature: its own fields and who filled it in."""
        expected_on, body = self.sitting() if kind is AnswerKind.PENDING else (None, "")
        reason = self.text("reason", required=False) if kind is AnswerKind.DECLINE else ""
        contact = self.contact() if kind else None
        return (
            Answer(kind, contact, None, expected_on, body, reason)
            if kind and not self.refused
            else None
        )

    def first_step(self) -> None:
        kind = self.kind()
        if kind is not AnswerKind.SIGN:
            self.other(kind)

    def publication(self) -> None:
        """Step 3 of a signature."""
        self.note()
        self.contact()

    def declaration(self) -> Declaration | None:
        """Steps 2 and 3 of a signature without the contact."""
        signing, note = self.signing(), self.note()
        if signing is None or self.refused:
            return None
        official_name, signer, basis, decision = signing
        return Declaration(
            official_name, signer, basis, decision, bool(self.fields.get("publish_name")), note
        )

    def note(self) -> str:
        note = self.text("note", required=False)
        if note and not self.notes_allowed:
            self.refuse(Reason.NO_NOTES, "note")
        return note

    def signing(self) -> tuple[str, Signer, Basis, CouncilDecision | None] | None:
        """Step 2: the name in the list, the signer, the basis and the authority."""
        official_name, signer = self.named()
        basis = self.choice("basis", {basis.value: basis for basis in Basis})
        decision = self.decision() if basis and basis.rests_on_a_decision else None
        if not self.fields.get("authorised"):
            self.refuse(Reason.NOT_AUTHORISED, "authorised")
        if basis is None or self.refused:
            return None
        return official_name, signer, basis, decision

    def named(self) -> tuple[str, Signer]:
        """The name in the list, and who signs: what may be corrected without answering again."""
        official_name, title = self.text("official_name"), self.text("title", required=False)
        first, last, function = (
            self.text("first_name"),
            self.text("last_name"),
            self.text("function"),
        )
        return official_name, Signer(first, last, function, title)

    def sitting(self) -> tuple[date | None, str]:
        """The day of the sitting and the body that meets; neither lies in the past when it is named."""
        expected_on = self.date("expected_on")
        if expected_on and expected_on < self.today:
            self.refuse(Reason.DATE_IN_PAST, "expected_on", day=expected_on)
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

    def contact(self) -> Submitter:
        """Who filled the form in."""
        name, unit, email = (self.text(field) for field in SUBMITTER_FIELDS)
        if email and not is_plausible_address(email):
            self.refuse(Reason.NOT_AN_ADDRESS, "filled_in_email", text=email)
        return Submitter(name, unit, email)


def is_plausible_address(email: str) -> bool:
    """Whether ``email`` could be one address; it is only shown to the office, never written to."""
    local, at, domain = email.rpartition("@")
    return bool(local and at and "." in domain.strip(".")) and not any(
        c.isspace() or c in ',;<>"' for c in email
    )


# Passing the task on to a colleague: what is typed, how many may hold a link, who may end one.

MAX_OPEN_DELEGATIONS = 5  # open links an invitation has besides the registered ones
ENCODED_WORD_START = (
    "=?"  # begins an encoded word (RFC 2047), which a mail program would show as something else
)
MAX_DELEGATIONS = 20  # ended ones too: nobody mails half a town by passing on and ending in turn


@dataclass(frozen=True, slots=True)
class Colleague:
    """To whom the task is passed on, and what is written to her."""

    name: str
    unit: str
    email: str
    message: str = ""


@dataclass(frozen=True, slots=True)
class DelegationNode:
    """One link in the order of the chain; ``by`` is the link of whoever passed it on."""

    link: Link
    by: Link | None
    depth: int = 0


class DelegationForm(FieldReader):
    """Reads the fields ``name``, ``unit``, ``email`` and ``message``."""

    def colleague(self) -> Colleague:
        """Raises ``Refusals`` naming every field that is wrong, in the order of the form."""
        name, unit, email = self.line("name"), self.line("unit"), self.address()
        colleague = Colleague(name, unit, email, self.text("message", required=False))
        if self.refused:
            raise Refusals(self.refused)
        return colleague

    def line(self, field: str) -> str:
        """One line for a mail's header: a line break is refused, not mended: nobody is in doubt what was sent."""
        typed = self.fields.get(field, "").strip()
        if any(map(is_unprintable, typed)) or ENCODED_WORD_START in typed:
            self.refuse(Reason.CONTROL_CHARACTERS, field)
            return ""
        return self.text(field)

    def address(self) -> str:
        email = self.line("email")
        if email and not is_email_address(email):
            self.refuse(Reason.NOT_AN_ADDRESS, "email", text=email)
        return email


def find_open_link(links: Iterable[Link], email: str) -> Link | None:
    """Whose open link to answer with already goes to ``email``; one for information only is none."""
    still_open = (link for link in links if link.ended_at is None and link.may_answer)
    return next((link for link in still_open if is_same_address(link.email, email)), None)


def require_delegation_capacity(links: Sequence[Link]) -> None:
    """Refuse one more link where the invitation has enough of them; ``links`` are all there ever were."""
    passed = [link for link in links if link.delegated_by]
    still_open = [link for link in passed if link.ended_at is None]
    if len(still_open) >= MAX_OPEN_DELEGATIONS or len(passed) >= MAX_DELEGATIONS:
        raise Refusal(Reason.TOO_MANY_LINKS, limit=MAX_OPEN_DELEGATIONS)


def may_end_link(actor: Link, link: Link, links: Sequence[Link]) -> bool:
    """A registered person may end every link that was passed on; others those that came from them."""
    return link.delegated_by is not None and (
        actor.representative_id is not None
        or link.id in {each.id for each in list_descendants(actor, links)}
    )


def list_descendants(link: Link, links: Sequence[Link]) -> list[Link]:
    """All links that came from ``link``, over any number of hands."""
    found: list[Link] = []
    for each in links:  # a link is always younger than the one it came from
        if each.delegated_by == link.id or any(each.delegated_by == one.id for one in found):
            found.append(each)
    return found


def build_delegation_tree(links: Sequence[Link]) -> list[DelegationNode]:
    """All links, each below the one it came from."""
    known = {link.id: link for link in links}

    def stations(by: Link | None, depth: int) -> Iterable[DelegationNode]:
        for link in links:
            parent = known.get(link.delegated_by) if link.delegated_by else None
            if parent is by:
                yield DelegationNode(link, by, depth)
                yield from stations(link, depth + 1)

    return list(stations(None, 0))


# An answer that did not come through a link: how it came, when it was received, and what evidences it.

OFFICE_CHANNELS = (Channel.LETTER, Channel.TELEPHONE, Channel.ASSEMBLY)
NOON = time(12)  # of a day whose hour nobody noted
ONE_MICROSECOND = timedelta(microseconds=1)
# What is said to a municipality about its own form is said to the office in other words.
OFFICE_REASONS = {
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
class AnswerRecord:
    """That the version ``answer_id`` was recorded by the office."""

    answer_id: int
    recorded_at: datetime
    recorded_by: str
    evidence: Evidence


@dataclass(frozen=True, slots=True)
class RecordedAnswer:
    """What the office's form says."""

    answer: Answer
    channel: Channel
    received_on: date
    reason: str


class RecordedAnswerForm(AnswerForm):
    """Reads the fields of an answer as the office fills them in, and ``channel``, ``received_on``, ``evidence``.

    Days are measured against the day of receipt: a decision was taken by then, a sitting lay ahead. Whom the office
    has spoken to may be left out.
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

    def recorded(self, *, scanned: bool) -> RecordedAnswer:
        """The whole form; ``scanned`` where a file came with it. Raises ``Refusals`` in the order of the form."""
        channel = self.choice("channel", {channel.value: channel for channel in OFFICE_CHANNELS})
        received_on = self.received_on()
        answer = self.answer_or_none()
        reason = self.text("evidence", required=False)
        if not reason and not scanned:
            self.refuse(Reason.NO_EVIDENCE, "scan")
        if self.refused or answer is None or channel is None or received_on is None:
            raise Refusals(self.refused)
        return RecordedAnswer(answer, channel, received_on, reason)

    def received_on(self) -> date | None:
        day = self.date("received_on")
        if day is None:
            return None
        self.today = day
        try:
            compute_received_at(day, self.round, self.now, self.zone)
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

    def contact(self) -> Submitter:
        name, unit, email = (self.text(field, required=False) for field in SUBMITTER_FIELDS)
        if (unit or email) and not name:
            self.refuse(Reason.MISSING, SUBMITTER_FIELDS[0])
        if email and not is_plausible_address(email):
            self.refuse(Reason.NOT_AN_ADDRESS, SUBMITTER_FIELDS[2], text=email)
        return Submitter(name, unit, email)

    def refuse(self, reason: Reason, field: str, **facts: object) -> None:
        super().refuse(OFFICE_REASONS.get(reason, reason), field, **facts)


def compute_received_at(day: date, round: Round, now: datetime, zone: ZoneInfo) -> datetime:
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
    last = get_last_day(round.as_of, zone)
    if day > last:
        raise Refusal(Reason.RECEIVED_TOO_LATE, "received_on", day=last)
    noon = datetime.combine(day, NOON, tzinfo=zone)
    return max(round.opened_at, min(noon, now, round.as_of - ONE_MICROSECOND))


def require_amendable(round: Round, now: datetime) -> None:
    """Refuse what the office does about answers before the opening, after a cancellation, once release is recorded."""
    if round.cancelled_at:
        raise Refusal(Reason.CANCELLED)
    if round.phase(now) is Phase.DRAFT:
        raise Refusal(Reason.NOT_OPEN)
    if round.released_at:
        raise Refusal(Reason.ALREADY_RELEASED)
