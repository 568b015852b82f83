"""The published result, and the prints it is chosen from."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from signoff.domain.answers import AnswerKind, AnswerVersion, LateReview
from signoff.domain.errors import PrintError, Reason, Refusal
from signoff.domain.round_status import InvitationStatus, RoundStatus, Signatory, build_signatory
from signoff.domain.text import sort_key

MAX_SUCCESSOR_LENGTH = 500


class PrintKind(StrEnum):
    """What is printed: the draft before and after the opening, the final PDF, and what may follow its release."""

    TRIAL = "trial"  # the draft before its round is opened, so that the office sees what the members will see
    DRAFT = "draft"
    FINAL = "final"
    ADDENDUM = "addendum"  # later signatories and withdrawals alone
    EDITION = "edition"  # the whole paper once more, with the list as it stands now

    @property
    def is_draft(self) -> bool:
        """Whether it is the draft, which has no list, no attachments and no seal."""
        return self in (PrintKind.TRIAL, PrintKind.DRAFT)

    @property
    def is_later(self) -> bool:
        """Whether it follows the release of the final PDF."""
        return self in (PrintKind.ADDENDUM, PrintKind.EDITION)


@dataclass(frozen=True, slots=True)
class Print:
    """One PDF that is owed or done. ``number`` counts the prints of a kind in a round; a decision owes a new one.

    A trial print has an edition and the ``digest`` of the text it shows, and no round.
    """

    id: int
    round_id: int | None
    kind: PrintKind
    number: int
    entry: int  # the line in the audit chain that owed it; its checkpoint stands in the print
    owed_at: datetime
    attempts: int = 0
    printed_at: datetime | None = None
    sha256: str = ""
    size: int = 0
    pages: int = 0
    failed_at: datetime | None = None
    error: str = ""
    timestamp: bool = True  # wanted, where an authority is configured
    unsealed_sha256: str = ""
    seal: str = ""  # the level of the seal that was set
    progress: int = 0  # how many of the steps of making it are done
    edition_id: int | None = None
    digest: str = ""

    @property
    def step(self) -> str:
        """Where it stands: ``failed``, ``done``, ``sealing`` or ``printing``."""
        if self.failed_at:
            return "failed"
        if self.printed_at:
            return "done"
        return "sealing" if self.unsealed_sha256 else "printing"


@dataclass(frozen=True, slots=True)
class Release:
    """One released edition of the list: its file's digest never changes; it can only be withdrawn whole.

    ``number`` counts all of a round; the first one is the final PDF, the others are addenda and further editions.
    ``entry`` is the line of the journal up to which a later one tells.
    """

    id: int
    round_id: int
    number: int
    sha256: str
    size: int
    pages: int
    as_of: datetime
    released_at: datetime
    withdrawn_at: datetime | None = None
    withdrawn_reason: str = ""
    planned_at: datetime | None = None  # when it was planned, where its moment was still to come
    successor: str = ""  # where to find what stands in place of a withdrawn one
    kind: PrintKind = PrintKind.FINAL
    entry: int = 0

    def is_public(self, now: datetime) -> bool:
        """Whether its bytes may be read at ``now``."""
        return self.released_at <= now and self.withdrawn_at is None

    def call_off(self, now: datetime) -> None:
        """Refuse unless it is still to come: what has happened can only be withdrawn."""
        if self.released_at <= now:
            raise Refusal(Reason.ALREADY_RELEASED)


@dataclass(frozen=True, slots=True)
class ReleaseRequest:
    """A release that was asked for and waits for a second person. ``at`` is ``None`` for "as soon as confirmed"."""

    round_id: int
    sha256: str  # the print the first person has looked at
    asked_by: str
    asked_at: datetime
    at: datetime | None = None

    def confirm(self, by: str, now: datetime) -> datetime:
        """The moment of the release. Refuses the person who asked; a moment that has gone by means now."""
        if by == self.asked_by:
            raise Refusal(Reason.SAME_PERSON)
        return self.at if self.at and self.at > now else now


def parse_successor(typed: str) -> str:
    """The address that stands in place of what is withdrawn; nothing, or one people can open."""
    address = typed.strip()
    if not address:
        return ""
    try:
        parts = urlsplit(address)
        whole = parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:
        whole = False
    if (
        not whole
        or len(address) > MAX_SUCCESSOR_LENGTH
        or not address.isprintable()
        or " " in address
    ):
        raise Refusal(Reason.NOT_A_WEB_ADDRESS, "successor", text=address[:80])
    return address


# What has happened to a released list since: later signatures and withdrawals, as dated facts.

LateVersions = Mapping[
    int, Sequence[tuple[AnswerVersion, LateReview | None]]
]  # by invitation, the first version first


@dataclass(frozen=True, slots=True)
class LateWithdrawal:
    """A signature that was public and was taken back on a day. ``late_on``: when it had come, if after the release."""

    name: str
    sort_name: str
    key: str
    on: date
    entry: int  # its line in the audit chain
    late_on: date | None = None


@dataclass(frozen=True, slots=True)
class AddendumEntry:
    """A late signature the office has accepted; ``entry`` is the line that says so."""

    signatory: Signatory
    entry: int
    withdrawn: LateWithdrawal | None = None


@dataclass(frozen=True, slots=True)
class PriorRelease:
    """One document of the paper that was released before another one; ``number`` counts its kind."""

    kind: PrintKind
    number: int
    as_of: datetime
    sha256: str


@dataclass(frozen=True, slots=True)
class LateSignatures:
    """Everything since the first edition up to one line of the journal; ``first`` are those who stand in that."""

    first: tuple[Signatory, ...]
    joined: tuple[AddendumEntry, ...]
    withdrawals: tuple[LateWithdrawal, ...]
    waiting: tuple[
        InvitationStatus, ...
    ]  # with the late signature the office has not decided about

    @classmethod
    def of(cls, standing: RoundStatus, late: LateVersions, zone: ZoneInfo) -> "LateSignatures":
        stories = [
            ListHistory(standing, place, late.get(place.invitation.id, ()), zone)
            for place in standing.places
        ]
        return cls(
            standing.signatories(zone),
            sort_addendum_entries(joined for story in stories for joined in story.joined),
            tuple(each for story in stories for each in story.withdrawals),
            tuple(story.waiting for story in stories if story.waiting),
        )

    @property
    def standing(self) -> tuple[Signatory, ...]:
        """Who signs now: the first ones that have stayed, and after them the later ones."""
        gone = {each.key for each in self.withdrawals if each.late_on is None}
        stayed = tuple(each for each in self.first if each.key not in gone)
        return stayed + tuple(each.signatory for each in self.joined if each.withdrawn is None)

    @property
    def gone(self) -> tuple[LateWithdrawal, ...]:
        """Who does not sign any more."""
        still = {each.key for each in self.standing}
        return tuple(each for each in self.withdrawals if each.key not in still)

    def joined_since(self, entry: int) -> tuple[Signatory, ...]:
        """The later signatories accepted after line ``entry`` who have stayed."""
        return tuple(
            each.signatory for each in self.joined if each.entry > entry and each.withdrawn is None
        )

    def withdrawn_since(self, entry: int) -> tuple[LateWithdrawal, ...]:
        return tuple(each for each in self.withdrawals if each.entry > entry)


class ListHistory:
    """One member's way through the time after the release."""

    def __init__(
        self,
        standing: RoundStatus,
        place: InvitationStatus,
        late: Sequence[tuple[AnswerVersion, LateReview | None]],
        zone: ZoneInfo,
    ) -> None:
        self.terms, self.zone = standing.round.terms, zone
        self.joined: list[AddendumEntry] = []
        self.withdrawals: list[LateWithdrawal] = []
        counted = build_signatory(place, self.terms, zone)
        for version, verdict in late:
            if version.answer.kind is AnswerKind.WITHDRAWN and counted:
                self.take_back(counted, version)
                counted = None
            if verdict and verdict.accepted:
                counted = self.join(place, version, verdict)
        self.waiting = find_unreviewed(place, late)

    def join(
        self, place: InvitationStatus, version: AnswerVersion, verdict: LateReview
    ) -> Signatory:
        there = replace(
            place,
            version=version,
            note_accepted=verdict.note_accepted,
            name_accepted=verdict.name_accepted,
        )
        found = build_signatory(there, self.terms, self.zone)
        assert found
        made = replace(
            found, signed_on=None, late_on=version.received_at.astimezone(self.zone).date()
        )
        self.joined.append(AddendumEntry(made, verdict.entry))
        return made

    def take_back(self, signed: Signatory, version: AnswerVersion) -> None:
        on = version.received_at.astimezone(self.zone).date()
        gone = LateWithdrawal(
            signed.name, signed.sort_name, signed.key, on, version.entry, signed.late_on
        )
        self.withdrawals.append(gone)
        if signed.late_on:
            self.joined[-1] = replace(self.joined[-1], withdrawn=gone)


def find_unreviewed(
    place: InvitationStatus, late: Sequence[tuple[AnswerVersion, LateReview | None]]
) -> InvitationStatus | None:
    """The place with its late signature, where that is the last word and the office has said nothing to it."""
    if not late:
        return None
    version, verdict = late[-1]
    undecided = version.answer.kind is AnswerKind.SIGN and verdict is None
    return (
        replace(place, version=version, note_accepted=None, name_accepted=None)
        if undecided
        else None
    )


def sort_addendum_entries(joined: Iterable[AddendumEntry]) -> tuple[AddendumEntry, ...]:
    return tuple(
        sorted(
            joined,
            key=lambda each: (sort_key(each.signatory.sort_name), each.signatory.key, each.entry),
        )
    )


def iter_numbered_releases(releases: Iterable[Release]) -> Iterator[tuple[Release, int]]:
    """Each release, the first one first, with its number: editions of the list and addenda are counted apart."""
    editions = addenda = 0
    for each in sorted(releases, key=lambda release: release.number):
        if each.kind is PrintKind.ADDENDUM:
            addenda += 1
            yield each, addenda
        else:
            editions += 1
            yield each, editions


# The seal on a released PDF: who seals, how, and what failed.


class SealLevel(StrEnum):
    """ETSI EN 319 142-1: a seal alone, or one with timestamps and all that long-term validation needs."""

    BASIC = "B-B"
    LONG_TERM = "B-LTA"


@dataclass(frozen=True, slots=True)
class SealIdentity:
    """What is known about the seal before the print: it is told on the PDF's last page.

    ``fingerprint`` is the SHA-256 of the public key (DER, SubjectPublicKeyInfo), 64 hexadecimal digits.
    """

    holder: str
    issuer: str
    own: bool  # the instance's own key: nobody has certified who holds it
    timestamp: bool
    fingerprint: str


@dataclass(frozen=True, slots=True)
class SealedFile:
    """A sealed file."""

    content: bytes
    level: SealLevel


class SealError(PrintError):
    """No seal was set. ``str()`` is a clause without a full stop, meant for the office."""
