"""How the answers came in, and which sittings are still to come: read off the standing, kept nowhere."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from zoneinfo import ZoneInfo

from signoff.domain.answers import AnswerKind, AnswerVersion, Basis, Declaration, Objection
from signoff.domain.members import Member
from signoff.domain.rounds import Invitation, Round, Terms
from signoff.domain.text import sort_key

# Where a round stands: the one picture behind dashboard, PDF, public page and JSON. No counters are kept.


class MailState(StrEnum):
    """How far a mail has come. ``SENT`` only ever means: a mail server accepted it (or the file stands whole)."""

    PENDING = "owed"
    SENT = "sent"
    FAILED = "failed"
    BOUNCED = "bounced"


@dataclass(frozen=True, slots=True)
class InvitationStatus:
    """One invitation with the answer that counts and what the office decided about it.

    ``note_accepted`` and ``name_accepted`` are ``None`` while undecided, or where there is nothing to decide.
    """

    invitation: Invitation
    member: Member
    version: AnswerVersion | None = None
    note_accepted: bool | None = None
    name_accepted: bool | None = None
    mail: MailState | None = None
    mail_error: str = ""
    objections: tuple[Objection, ...] = ()  # those the office has not settled yet

    @property
    def kind(self) -> AnswerKind | None:
        """The answer that counts; ``None`` where there is none or it was withdrawn."""
        return self.version.answer.kind if self.version and self.version.stands else None

    @property
    def declaration(self) -> Declaration | None:
        return (
            self.version.answer.declaration
            if self.version and self.kind is AnswerKind.SIGN
            else None
        )

    @property
    def name_corrected(self) -> bool:
        """Whether the signature gives the municipality another official name than the member list."""
        return bool(
            self.declaration and self.declaration.official_name != self.member.official_name
        )

    @property
    def undecided(self) -> tuple[str, ...]:
        """What the office still has to decide before release: ``note``, ``name``."""
        note = bool(self.declaration and self.declaration.note) and self.note_accepted is None
        name = self.name_corrected and self.name_accepted is None
        return ("note",) * note + ("name",) * name


@dataclass(frozen=True, slots=True)
class Signatory:
    """One line of the published list. A field that is not published is empty."""

    name: str
    sort_name: str
    key: str
    kind: str
    state: str
    country: str
    signer: str = ""
    function: str = ""
    basis: Basis | None = None
    decision_body: str = ""
    decided_on: date | None = None
    signed_on: date | None = None
    note: str = ""
    late_on: date | None = (
        None  # the day it signed, where that was after the release; always published
    )


@dataclass(frozen=True, slots=True)
class RoundStatus:
    """A round and all its places, sorted by name."""

    round: Round
    places: tuple[InvitationStatus, ...]

    @classmethod
    def of(cls, round: Round, places: Iterable[InvitationStatus]) -> "RoundStatus":
        return cls(round, tuple(sorted(places, key=lambda place: sort_key(place.member.name))))

    @property
    def counts(self) -> dict[AnswerKind | None, int]:
        """How many gave each answer; under ``None`` those without one. They add up to the number asked."""
        counted = Counter(place.kind for place in self.places)
        return {
            kind: counted[kind]
            for kind in (
                AnswerKind.SIGN,
                AnswerKind.DECLINE,
                AnswerKind.NOT_COMPETENT,
                AnswerKind.PENDING,
                None,
            )
        }

    @property
    def undecided(self) -> tuple[InvitationStatus, ...]:
        return tuple(place for place in self.places if place.undecided)

    def signatories(self, zone: ZoneInfo) -> tuple[Signatory, ...]:
        """Every counted signature, nobody else, sorted as DIN 5007-1 has it; days are days in ``zone``."""
        signed = (build_signatory(place, self.round.terms, zone) for place in self.places)
        return tuple(
            sorted(filter(None, signed), key=lambda each: (sort_key(each.sort_name), each.key))
        )


def build_signatory(place: InvitationStatus, terms: Terms, zone: ZoneInfo) -> Signatory | None:
    """What of one place is published: as the round's terms say and the signer agreed; ``None`` without signature."""
    declared, version = place.declaration, place.version
    if declared is None or version is None:
        return None
    named = terms.persons and declared.publish_name
    decision = declared.decision if terms.basis else None
    return Signatory(
        name=declared.official_name if place.name_accepted else place.member.official_name,
        sort_name=place.member.name,
        key=place.member.key,
        kind=place.member.kind,
        state=place.member.state,
        country=place.member.country,
        signer=declared.signer.name if named else "",
        function=declared.signer.function if named and terms.functions else "",
        basis=declared.basis if terms.basis else None,
        decision_body=decision.body if decision else "",
        decided_on=decision.on if decision and terms.dates else None,
        signed_on=version.received_at.astimezone(zone).date() if terms.dates else None,
        note=declared.note if place.note_accepted else "",
    )


@dataclass(frozen=True, slots=True)
class TimelineDay:
    """A day on which answers came in that count today, and how many there were altogether by its end."""

    on: date
    came: int
    signed: int
    answered: int


@dataclass(frozen=True, slots=True)
class MeetingDay:
    """A day on which the bodies of these members meet."""

    on: date
    places: tuple[InvitationStatus, ...]


def build_timeline(places: Iterable[InvitationStatus], zone: ZoneInfo) -> tuple[TimelineDay, ...]:
    """The days in their order. An answer that was changed stands on the day of the version that counts."""
    came: dict[date, list[AnswerKind]] = defaultdict(list)
    for place in places:
        if place.version and place.kind:
            came[place.version.received_at.astimezone(zone).date()].append(place.kind)
    days, signed, answered = [], 0, 0
    for on, kinds in sorted(came.items()):
        signed, answered = signed + kinds.count(AnswerKind.SIGN), answered + len(kinds)
        days.append(TimelineDay(on, len(kinds), signed, answered))
    return tuple(days)


def list_meeting_days(places: Iterable[InvitationStatus]) -> tuple[MeetingDay, ...]:
    """The sittings that members without a decision have named, the first one first."""
    named: dict[date, list[InvitationStatus]] = defaultdict(list)
    for place in places:
        if place.kind is AnswerKind.PENDING and place.version and place.version.answer.expected_on:
            named[place.version.answer.expected_on].append(place)
    return tuple(MeetingDay(on, tuple(each)) for on, each in sorted(named.items()))


def list_overdue_results(
    places: Iterable[InvitationStatus], today: date
) -> tuple[InvitationStatus, ...]:
    """Those whose sitting is over and whose result is not known."""
    return tuple(
        place for each in list_meeting_days(places) if each.on < today for place in each.places
    )
