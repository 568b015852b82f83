"""What a municipality answers: co-sign, decline, not competent, decision pending."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum


class Kind(StrEnum):
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
class Decision:
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
    decision: Decision | None
    publish_name: bool
    note: str = ""


@dataclass(frozen=True, slots=True)
class Contact:
    """Who filled the form in. Never published, never written to."""

    name: str
    unit: str
    email: str


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer as it was handed in. ``declaration`` stands if and only if ``kind`` is ``SIGN``."""

    kind: Kind
    filled_in: Contact | None = None
    declaration: Declaration | None = None
    expected_on: date | None = None  # the sitting, where the decision is pending
    expected_body: str = ""
    reason: str = ""  # of a refusal; the office alone sees it


@dataclass(frozen=True, slots=True)
class Version:
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
        return self.answer.kind is not Kind.WITHDRAWN
