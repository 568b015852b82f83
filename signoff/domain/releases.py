"""Releases: prints, late signatures and addenda, and the seal."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from signoff.domain.answers import AnswerKind, AnswerVersion, LateReview
from signoff.domain.errors import PRINT_INTERRUPTED, PrintError, Reason, Refusal
from signoff.domain.round_status import InvitationStatus, RoundStatus, Signatory, build_signatory
from signoff.domain.rounds import Terms
from signoff.domain.text import sort_key

MAX_SUCCESSOR_LENGTH = 500


class PrintKind(StrEnum):
    """The kinds of PDFs of a paper."""

    TRIAL = "trial"  # before its round opens, for the office: the draft or the whole document
    DRAFT = "draft"  # the marked draft for co-signing
    FINAL = "final"
    ADDENDUM = "addendum"  # late signatories and withdrawals only
    EDITION = "edition"  # the whole paper with the current list

    @property
    def is_later(self) -> bool:
        """Whether it follows the release of the final PDF."""
        return self in (PrintKind.ADDENDUM, PrintKind.EDITION)


@dataclass(frozen=True, slots=True)
class TrialOpening:
    """The list that a trial print of the whole document shows: of which members, on which terms."""

    tags: tuple[str, ...] = ()
    members: tuple[str, ...] = ()  # keys
    terms: Terms = Terms()


@dataclass(frozen=True, slots=True)
class Print:
    """A PDF that is pending or done. ``number`` counts the prints of its kind in the round.

    A trial print has an edition and the ``digest`` of the text it shows, and no round. One of the
    whole document has also an ``opening`` (``TrialOpening`` as JSON).
    """

    id: int
    round_id: int | None
    kind: PrintKind
    number: int
    entry: int  # the audit entry that ordered it; its checkpoint is printed in the PDF
    enqueued_at: datetime
    attempts: int = 0
    printed_at: datetime | None = None
    sha256: str = ""
    size: int = 0
    pages: int = 0
    failed_at: datetime | None = None
    error: str = ""
    timestamp: bool = True  # requested, if an authority is configured
    plain: bool = False  # the list in plain lines, whatever its layout
    unsealed_sha256: str = ""
    seal: str = ""  # the level of the seal
    progress: int = 0  # the number of finished steps
    edition_id: int | None = None
    digest: str = ""
    opening: str = ""
    content_digest: str = ""  # of text, list and terms of an opening

    @property
    def is_draft(self) -> bool:
        """Whether it is the draft, which has no list, no attachments and no seal."""
        return self.kind is PrintKind.DRAFT or (self.kind is PrintKind.TRIAL and not self.opening)

    @property
    def interrupted(self) -> bool:
        """Whether it failed for want of time or memory, so that the same may succeed later."""
        return self.error == PRINT_INTERRUPTED

    @property
    def step(self) -> str:
        """``failed``, ``done``, ``sealing`` or ``printing``."""
        if self.failed_at:
            return "failed"
        if self.printed_at:
            return "done"
        return "sealing" if self.unsealed_sha256 else "printing"


@dataclass(frozen=True, slots=True)
class Release:
    """A released PDF. Its digest never changes; it can only be retracted as a whole.

    ``number`` counts the releases of a round: the final PDF, then addenda and later editions.
    ``entry`` is the last audit entry that a later release covers.
    """

    id: int
    round_id: int
    number: int
    sha256: str
    size: int
    pages: int
    as_of: datetime
    released_at: datetime
    retracted_at: datetime | None = None
    retraction_reason: str = ""
    planned_at: datetime | None = None  # when it was scheduled, if for a later moment
    successor: str = ""  # the address of the replacement of a retracted release
    kind: PrintKind = PrintKind.FINAL
    entry: int = 0
    # The newest file with a renewed timestamp, which begins with the released bytes.
    renewed_sha256: str = ""
    renewed_size: int = 0

    @property
    def latest_sha256(self) -> str:
        """The digest of the file to give away."""
        return self.renewed_sha256 or self.sha256

    @property
    def latest_size(self) -> int:
        return self.renewed_size or self.size

    def is_public(self, now: datetime) -> bool:
        """Whether its file may be read at ``now``."""
        return self.released_at <= now and self.retracted_at is None

    def require_still_planned(self, now: datetime) -> None:
        """Refuse unless the release is still to come; afterwards it can only be retracted."""
        if self.released_at <= now:
            raise Refusal(Reason.ALREADY_RELEASED)


@dataclass(frozen=True, slots=True)
class Renewal:
    """A later file of a release: its bytes, and a timestamp that outlasts the one before."""

    sha256: str
    release_id: int
    size: int
    renewed_at: datetime


@dataclass(frozen=True, slots=True)
class FailedRenewal:
    """Why the timestamp of a release, which counts until ``valid_until``, is not renewed yet."""

    release_id: int
    failed_at: datetime
    valid_until: datetime
    error: str


def parse_successor(text: str) -> str:
    """The web address of the replacement of a retracted release; may be empty."""
    address = text.strip()
    if not address:
        return ""
    try:
        parts = urlsplit(address)
        is_complete = parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:
        is_complete = False
    if (
        not is_complete
        or len(address) > MAX_SUCCESSOR_LENGTH
        or not address.isprintable()
        or " " in address
    ):
        raise Refusal(Reason.NOT_A_WEB_ADDRESS, "successor", text=address[:80])
    return address


# Changes of the list after the release: late signatures and withdrawals.

# By invitation, the first version first.
LateVersions = Mapping[int, Sequence[tuple[AnswerVersion, LateReview | None]]]


@dataclass(frozen=True, slots=True)
class LateWithdrawal:
    """The withdrawal of a published signature. ``late_on`` is the day of the signature, if late."""

    name: str
    sort_name: str
    key: str
    on: date
    entry: int  # its number in the audit log
    late_on: date | None = None
    public_key: str = ""


@dataclass(frozen=True, slots=True)
class AddendumEntry:
    """An accepted late signature; ``entry`` is the audit entry of its acceptance."""

    signatory: Signatory
    entry: int
    withdrawal: LateWithdrawal | None = None


@dataclass(frozen=True, slots=True)
class PriorRelease:
    """An earlier release of the paper; ``number`` counts its kind."""

    kind: PrintKind
    number: int
    as_of: datetime
    sha256: str


@dataclass(frozen=True, slots=True)
class LateSignatures:
    """All changes since the first edition of the list, which has ``original_signatories``."""

    original_signatories: tuple[Signatory, ...]
    entries: tuple[AddendumEntry, ...]
    withdrawals: tuple[LateWithdrawal, ...]
    unreviewed: tuple[InvitationStatus, ...]  # with a late signature that is not reviewed yet

    @classmethod
    def of(cls, status: RoundStatus, late: LateVersions, zone: ZoneInfo) -> "LateSignatures":
        histories = [
            ListHistory(status, invitation, late[invitation.invitation.id], zone)
            for invitation in status.invitations
            if invitation.invitation.id in late
        ]
        return cls(
            status.signatories(zone),
            sort_addendum_entries(entry for history in histories for entry in history.entries),
            tuple(withdrawal for history in histories for withdrawal in history.withdrawals),
            tuple(history.unreviewed for history in histories if history.unreviewed),
        )

    @property
    def current_signatories(self) -> tuple[Signatory, ...]:
        """The current signatories: the remaining original ones, followed by the late ones."""
        withdrawn_keys = {item.key for item in self.withdrawals if item.late_on is None}
        remaining = tuple(
            item for item in self.original_signatories if item.key not in withdrawn_keys
        )
        return remaining + tuple(item.signatory for item in self.entries if item.withdrawal is None)

    @property
    def withdrawn(self) -> tuple[LateWithdrawal, ...]:
        """The withdrawals of those who are no longer signatories."""
        current_keys = {item.key for item in self.current_signatories}
        return tuple(item for item in self.withdrawals if item.key not in current_keys)

    def signatories_since(self, entry: int) -> tuple[Signatory, ...]:
        """The late signatories accepted after audit entry ``entry`` who have not withdrawn."""
        return tuple(
            item.signatory
            for item in self.entries
            if item.entry > entry and item.withdrawal is None
        )

    def withdrawals_since(self, entry: int) -> tuple[LateWithdrawal, ...]:
        return tuple(item for item in self.withdrawals if item.entry > entry)


class ListHistory:
    """The late signatures and withdrawals of one member after the release."""

    def __init__(
        self,
        status: RoundStatus,
        invitation: InvitationStatus,
        late: Sequence[tuple[AnswerVersion, LateReview | None]],
        zone: ZoneInfo,
    ) -> None:
        self.terms, self.zone = status.round.terms, zone
        self.entries: list[AddendumEntry] = []
        self.withdrawals: list[LateWithdrawal] = []
        signatory = build_signatory(invitation, self.terms, zone)
        for version, review in late:
            if version.answer.kind is AnswerKind.WITHDRAWN and signatory:
                self.withdraw_signature(signatory, version)
                signatory = None
            if review and review.accepted:
                signatory = self.add_signature(invitation, version, review)
        self.unreviewed = find_unreviewed(invitation, late)

    def add_signature(
        self, invitation: InvitationStatus, version: AnswerVersion, review: LateReview
    ) -> Signatory:
        late = replace(
            invitation,
            version=version,
            note_accepted=review.note_accepted,
            name_accepted=review.name_accepted,
        )
        published = build_signatory(late, self.terms, self.zone)
        if published is None:
            raise ValueError("only a signature can be accepted")
        signatory = replace(
            published, signed_on=None, late_on=version.received_at.astimezone(self.zone).date()
        )
        self.entries.append(AddendumEntry(signatory, review.entry))
        return signatory

    def withdraw_signature(self, signatory: Signatory, version: AnswerVersion) -> None:
        on = version.received_at.astimezone(self.zone).date()
        withdrawal = LateWithdrawal(
            signatory.name,
            signatory.sort_name,
            signatory.key,
            on,
            version.entry,
            signatory.late_on,
            signatory.public_key,
        )
        self.withdrawals.append(withdrawal)
        if signatory.late_on:
            self.entries[-1] = replace(self.entries[-1], withdrawal=withdrawal)


def find_unreviewed(
    invitation: InvitationStatus, late: Sequence[tuple[AnswerVersion, LateReview | None]]
) -> InvitationStatus | None:
    """The invitation with its latest late signature, if the office has not reviewed that yet."""
    version, review = late[-1]
    unreviewed = version.answer.kind is AnswerKind.COSIGN and review is None
    return (
        replace(invitation, version=version, note_accepted=None, name_accepted=None)
        if unreviewed
        else None
    )


def sort_addendum_entries(entries: Iterable[AddendumEntry]) -> tuple[AddendumEntry, ...]:
    return tuple(
        sorted(
            entries,
            key=lambda entry: (
                sort_key(entry.signatory.sort_name),
                entry.signatory.key,
                entry.entry,
            ),
        )
    )


def iter_numbered_releases(releases: Iterable[Release]) -> Iterator[tuple[Release, int]]:
    """Each release with its number; editions of the list and addenda are counted separately."""
    editions = addenda = 0
    for release in sorted(releases, key=lambda release: release.number):
        if release.kind is PrintKind.ADDENDUM:
            addenda += 1
            yield release, addenda
        else:
            editions += 1
            yield release, editions


# The seal.


class SealLevel(StrEnum):
    """ETSI EN 319 142-1: a plain seal, or one with timestamps and data for long-term validation."""

    BASIC = "B-B"
    LONG_TERM = "B-LTA"


@dataclass(frozen=True, slots=True)
class SealIdentity:
    """The holder of the seal, as printed on the last page of the PDF.

    ``fingerprint`` is the SHA-256 of the public key (DER, SubjectPublicKeyInfo), 64 hexadecimal
    digits.
    """

    holder: str
    issuer: str
    own: bool  # self-signed key of the instance: nobody has certified its holder
    timestamp: bool
    fingerprint: str


@dataclass(frozen=True, slots=True)
class SealedFile:
    content: bytes
    level: SealLevel


class SealError(PrintError):
    """Sealing failed. ``str()`` is a clause without a full stop, for the office."""
