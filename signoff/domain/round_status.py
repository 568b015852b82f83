"""The status of a round: its invitations with their answers, signatories, timeline and meetings.

It is derived from the answers on every request; no counters are stored.
"""

from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from functools import cached_property
from operator import attrgetter
from typing import Any
from zoneinfo import ZoneInfo

from signoff.domain.answers import (
    ANSWER_KINDS,
    AnswerKind,
    AnswerVersion,
    Basis,
    Declaration,
    Objection,
)
from signoff.domain.characters import (
    PRINTABLE_CHARACTERS,
    clean_characters,
    find_unprintable,
)
from signoff.domain.letters import Letter
from signoff.domain.members import GERMANY, OFFICIAL_KEY, Member
from signoff.domain.rounds import Invitation, Round, Terms
from signoff.domain.text import fold


class MailState(StrEnum):
    """The state of a mail.

    ``SENT``: a mail server accepted it, or its file is complete where files are the agreed way.
    ``FOLDER``: it is in a folder that nobody collects, because no mail server is set.
    """

    PENDING = "owed"
    SENT = "sent"
    FOLDER = "folder"
    FAILED = "failed"
    BOUNCED = "bounced"

    @property
    def is_lost(self) -> bool:
        """Whether it has not reached anybody, and will not."""
        return self in (MailState.FOLDER, MailState.FAILED, MailState.BOUNCED)


@dataclass(frozen=True)
class InvitationStatus:
    """An invitation with its current answer and the decisions of the office about it.

    ``note_accepted`` and ``name_accepted`` are ``None`` while undecided or not applicable. What
    follows from it is kept with it: only invitations that have changed are made anew.
    """

    invitation: Invitation
    member: Member
    version: AnswerVersion | None = None
    note_accepted: bool | None = None
    name_accepted: bool | None = None
    mail: MailState | None = None
    mail_error: str = ""
    objections: tuple[Objection, ...] = ()  # unsettled ones
    by_letter: bool = False  # nobody who may answer has an e-mail address
    letters: tuple[Letter, ...] = ()  # in the order of sending
    cut_off: bool = False  # a link was passed on and has ended with the giver's
    prepared: bool = False  # an answer is filled in and waits for somebody else to hand it in

    @cached_property
    def kind(self) -> AnswerKind | None:
        """The kind of the current answer; ``None`` without one or after a withdrawal."""
        return self.version.answer.kind if self.version and self.version.is_answer else None

    @cached_property
    def sort_key(self) -> str:
        return self.member.sort_key

    @property
    def letter_on(self) -> date | None:
        """When the last letter was sent."""
        return self.letters[-1].sent_on if self.letters else None

    @property
    def declaration(self) -> Declaration | None:
        return (
            self.version.answer.declaration
            if self.version and self.kind is AnswerKind.COSIGN
            else None
        )

    @cached_property
    def search_text(self) -> str:
        """What a search looks through, as ``fold`` spells it: the member's names and key, the
        reference, the person who signs.
        """
        member, declaration = self.member, self.declaration
        texts = [member.name, member.official_name, member.key, self.invitation.reference]
        if declaration:
            signer = declaration.signer
            texts += [declaration.official_name, signer.name, signer.function]
        return fold(" ".join(texts))

    @property
    def name_corrected(self) -> bool:
        """Whether the signature has another official name than the member list."""
        return bool(
            self.declaration and self.declaration.official_name != self.member.official_name
        )

    @cached_property
    def undecided(self) -> tuple[str, ...]:
        """The decisions due before the release: ``note``, ``name``."""
        note = bool(self.declaration and self.declaration.note) and self.note_accepted is None
        name = self.name_corrected and self.name_accepted is None
        return ("note",) * note + ("name",) * name

    @cached_property
    def unprintable(self) -> dict[str, dict[str, str]]:
        """The published fields of a signature with characters that are printed as stand-ins, each
        with these characters. Forms refuse them today; older answers and lists may have some.
        """
        declaration = self.declaration
        if declaration is None:
            return {}
        name = declaration if self.name_accepted else self.member
        signer, decision = declaration.signer, declaration.decision
        texts = {
            "official_name": name.official_name,
            "state": self.member.state,
            "title": signer.title,
            "first_name": signer.first_name,
            "last_name": signer.last_name,
            "function": signer.function,
            "body": decision.body if decision else "",
            "note": "" if self.note_accepted is False else declaration.note,
        }
        found = {
            field: find_unprintable(clean_characters(text))
            for field, text in texts.items()
            if not PRINTABLE_CHARACTERS.issuperset(text)
        }
        return {field: characters for field, characters in found.items() if characters}


@dataclass(frozen=True, slots=True)
class Signatory:
    """An entry of the published list. Unpublished fields are empty."""

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
    late_on: date | None = None  # the day of a signature after the release; always published
    district: str = ""  # published if known; printed where it tells places of one name apart
    inhabitants: int | None = None  # of those only the total is published
    first: bool = False  # a first signatory, who stands before the others
    # The moment of the signature where the list is in the order of accession; never published.
    received_at: datetime | None = None
    shows_key: bool = False  # also a key that is not an official one

    @property
    def public_key(self) -> str:
        """The key as it is published: an official one of Germany, or any if the office wants it."""
        is_official = self.country in ("", GERMANY) and OFFICIAL_KEY.fullmatch(self.key)
        return self.key if self.shows_key or is_official else ""

    @property
    def body(self) -> str:
        """The deciding body as it is published: only with a basis that is a decision."""
        return self.decision_body if self.basis and self.basis.requires_decision else ""


@dataclass(frozen=True)
class RoundStatus:
    """A round with all its invitations, sorted by name and key. What follows from them is counted
    once.
    """

    round: Round
    invitations: tuple[InvitationStatus, ...]

    @classmethod
    def of(cls, round: Round, invitations: Iterable[InvitationStatus]) -> "RoundStatus":
        return cls(round, tuple(sorted(invitations, key=attrgetter("sort_key"))))

    @cached_property
    def counts(self) -> dict[AnswerKind | None, int]:
        """The number of each answer, ``None`` for no answer; the sum is that of all invitations."""
        counted = Counter(invitation.kind for invitation in self.invitations)
        return {kind: counted[kind] for kind in (*ANSWER_KINDS, None)}

    @cached_property
    def undecided(self) -> tuple[InvitationStatus, ...]:
        return tuple(invitation for invitation in self.invitations if invitation.undecided)

    @cached_property
    def unprintable(self) -> tuple[InvitationStatus, ...]:
        return tuple(invitation for invitation in self.invitations if invitation.unprintable)

    @cached_property
    def unreached(self) -> tuple[InvitationStatus, ...]:
        """Those who have not answered and whom no mail has reached."""
        return tuple(
            invitation
            for invitation in self.invitations
            if invitation.kind is None and invitation.mail and invitation.mail.is_lost
        )

    @cached_property
    def meetings(self) -> tuple["MeetingDay", ...]:
        """The meetings announced by members whose decision is pending, in order."""
        by_day: dict[date, list[InvitationStatus]] = defaultdict(list)
        for invitation in self.invitations:
            on = invitation.version.answer.expected_on if invitation.version else None
            if on and invitation.kind is AnswerKind.PENDING:
                by_day[on].append(invitation)
        return tuple(MeetingDay(on, tuple(by_day[on])) for on in sorted(by_day))

    def list_overdue_results(self, today: date) -> tuple[InvitationStatus, ...]:
        """The invitations whose meeting is over and whose result is not known."""
        return tuple(
            invitation
            for meeting in self.meetings
            if meeting.on < today
            for invitation in meeting.invitations
        )

    @cached_property
    def tags(self) -> list[str]:
        """The tags of all members, sorted."""
        return sorted({tag for invitation in self.invitations for tag in invitation.member.tags})

    @cached_property
    def drawings(self) -> dict[Hashable, Any]:
        """What is drawn from it, by day, time zone and language; see ``web/office/charts.py``."""
        return {}

    def signatories(self, zone: ZoneInfo) -> tuple[Signatory, ...]:
        """All current signatures, sorted by DIN 5007-1; days are in ``zone``."""
        signatories = (build_signatory(each, self.round.terms, zone) for each in self.invitations)
        return tuple(filter(None, signatories))


def build_signatory(invitation: InvitationStatus, terms: Terms, zone: ZoneInfo) -> Signatory | None:
    """The published signatory, by the terms of the round and the consent of the signer.

    ``None`` without a signature.
    """
    declaration, version = invitation.declaration, invitation.version
    if declaration is None or version is None:
        return None
    signer_published = terms.signers and declaration.publish_name
    decision = declaration.decision if terms.basis else None
    return Signatory(
        name=declaration.official_name
        if invitation.name_accepted
        else invitation.member.official_name,
        sort_name=invitation.member.name,
        key=invitation.member.key,
        kind=invitation.member.kind,
        state=invitation.member.state,
        district=invitation.member.district,
        country=invitation.member.country,
        signer=declaration.signer.name if signer_published else "",
        function=declaration.signer.function if signer_published and terms.functions else "",
        basis=declaration.basis if terms.basis else None,
        decision_body=decision.body if decision else "",
        decided_on=decision.on if decision and terms.dates else None,
        signed_on=version.received_at.astimezone(zone).date() if terms.signing_dates else None,
        note=declaration.note if invitation.note_accepted else "",
        inhabitants=int(invitation.member.inhabitants)
        if terms.inhabitants and invitation.member.inhabitants
        else None,
        first=bool(terms.first_tag) and terms.first_tag in invitation.member.tags,
        received_at=version.received_at if terms.layout == "accession" else None,
        shows_key=terms.keys,
    )


@dataclass(frozen=True, slots=True)
class TimelineDay:
    """A day on which current answers were received, with the totals by its end."""

    on: date
    received: int
    signed: int
    answered: int


@dataclass(frozen=True, slots=True)
class MeetingDay:
    """A day of council meetings, with the members concerned."""

    on: date
    invitations: tuple[InvitationStatus, ...]


def build_timeline(
    invitations: Iterable[InvitationStatus], zone: ZoneInfo
) -> tuple[TimelineDay, ...]:
    """The days in order. A changed answer counts for the day of its current version."""
    received: dict[date, list[AnswerKind]] = defaultdict(list)
    for invitation in invitations:
        if invitation.version and invitation.kind:
            received[invitation.version.received_at.astimezone(zone).date()].append(invitation.kind)
    days, signed, answered = [], 0, 0
    for on, kinds in sorted(received.items()):
        signed, answered = signed + kinds.count(AnswerKind.COSIGN), answered + len(kinds)
        days.append(TimelineDay(on, len(kinds), signed, answered))
    return tuple(days)
