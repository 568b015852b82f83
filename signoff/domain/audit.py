"""The audit log as an RFC 6962 Merkle tree, and the steps of a process certificate.

A leaf hashes only the number of an entry and a salted commitment, so that it reveals nothing. The
commitment covers moment, event, actor, subject and the digest of the details: details can be erased
without breaking the tree.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from hashlib import sha256

from signoff.domain.answers import AnswerKind
from signoff.domain.text import canonical_json


class Event(StrEnum):
    """The event that an entry records."""

    INSTANCE_CREATED = "instance_created"
    MIGRATED = "migrated"
    MEMBERS_IMPORTED = "members_imported"
    MEMBER_ADDED = "member_added"
    MEMBER_CHANGED = "member_changed"
    MEMBER_ARCHIVED = "member_archived"
    MEMBER_RESTORED = "member_restored"
    HISTORY_IMPORTED = "history_imported"
    HISTORY_REMOVED = "history_removed"
    MEMBER_NAME_KEPT = "member_name_kept"
    REPRESENTATIVE_ADDED = "representative_added"
    REPRESENTATIVE_CHANGED = "representative_changed"
    REPRESENTATIVE_ARCHIVED = "representative_archived"
    REPRESENTATIVE_RESTORED = "representative_restored"
    REPRESENTATIVE_DELETED = "representative_deleted"
    PAPER_ADDED = "paper_added"
    EDITION_ADDED = "edition_added"
    EDITION_REVISED = "edition_revised"
    EDITION_DELETED = "edition_deleted"
    PAPER_DELETED = "paper_deleted"
    TRIAL_PRINT_ORDERED = "trial_print_ordered"
    TRIAL_ROUND_STARTED = "trial_round_started"
    TRIAL_ROUND_ENDED = "trial_round_ended"
    ANNEX_ADDED = "annex_added"
    PICTURE_ADDED = "picture_added"
    ANNEX_REMOVED = "annex_removed"
    ROUND_OPENED = "round_opened"
    OPENING_RECALLED = "opening_recalled"
    ROUND_EXTENDED = "round_extended"
    ROUND_CANCELLED = "round_cancelled"
    ROUND_CLOSED = "round_closed"
    ROUND_ENDED = "round_ended"
    MEMBER_INVITED = "member_invited"
    ANSWERED = "answered"
    WITHDRAWN = "withdrawn"
    CORRECTED = "corrected"
    RECORDED = "recorded"
    VOIDED = "voided"
    OBJECTED = "objected"
    OBJECTION_SETTLED = "objection_settled"
    DELEGATED = "delegated"
    DELEGATION_ENDED = "delegation_ended"
    NOTE_DECIDED = "note_decided"
    NAME_DECIDED = "name_decided"
    LATE_SIGNATURE_REVIEWED = "late_signature_reviewed"
    LATE_SIGNING_ENDED = "late_signing_ended"
    LIST_EDITION_ORDERED = "list_edition_ordered"
    PRINT_ORDERED = "print_ordered"
    PRINTED = "printed"
    TYPESET = "typeset"
    CHECKPOINT_GIVEN = "checkpoint_given"
    RELEASED = "released"
    TIMESTAMP_RENEWED = "timestamp_renewed"
    RELEASE_PLANNED = "release_planned"
    RELEASE_CALLED_OFF = "release_called_off"
    RELEASE_RETRACTED = "release_retracted"
    FOLLOW_UP_ADDED = "follow_up_added"
    FOLLOW_UP_REMOVED = "follow_up_removed"
    APPROVAL_REQUESTED = "approval_requested"
    APPROVAL_CONFIRMED = "approval_confirmed"
    APPROVAL_CALLED_OFF = "approval_called_off"
    APPLIED = "applied"
    APPLICATION_CONFIRMED = "application_confirmed"
    APPLICATION_DECIDED = "application_decided"
    LINK_REQUESTED = "link_requested"
    REMINDED = "reminded"
    REMINDERS_SKIPPED = "reminders_skipped"
    MAIL_TESTED = "mail_tested"
    MAIL_SETTINGS_CHANGED = "mail_settings_changed"
    MAIL_TEXT_CHANGED = "mail_text_changed"
    KEY_ROTATED = "key_rotated"
    CLOCK_CONFIRMED = "clock_confirmed"
    MAIL_ATTACHMENTS_CHANGED = "mail_attachments_changed"
    VIEW_SAVED = "view_saved"
    VIEW_DELETED = "view_deleted"
    ACCOUNT_ADDED = "account_added"
    ACCOUNT_CHANGED = "account_changed"
    ACCOUNT_DELETED = "account_deleted"
    LOGGED_IN = "logged_in"
    LOGGED_OUT = "logged_out"
    LOGIN_FAILED = "login_failed"
    PASSWORD_REQUESTED = "password_requested"
    ASSOCIATION_CHANGED = "association_changed"
    LOGO_CHANGED = "logo_changed"
    MAIL_BOUNCED = "mail_bounced"
    MAIL_SERVER_BACK = "mail_server_back"
    REPLY_RECEIVED = "reply_received"
    REPLY_SETTLED = "reply_settled"
    ADDRESS_CORRECTED = "address_corrected"
    LINK_RESENT = "link_resent"
    OFFICE_NOTE_ADDED = "office_note_added"
    LETTERS_SENT = "letters_sent"
    OFFICE_NOTE_REMOVED = "office_note_removed"
    TARGET_SET = "target_set"
    RETENTION_CHANGED = "retention_changed"
    DATA_EXPIRED = "data_expired"
    PERSON_EXPORTED = "person_exported"
    PERSON_ERASED = "person_erased"
    WEBHOOK_SENT = "webhook_sent"
    WEBHOOK_GIVEN_UP = "webhook_given_up"


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """Who did what to which subject, and when. ``peaks`` is the state of the tree after it."""

    seq: int
    at: datetime
    event: Event
    actor: str
    subject: str
    details_digest: str
    salt: bytes
    peaks: bytes

    @property
    def root(self) -> str:
        """The Merkle root over all entries up to this one, 64 hexadecimal digits."""
        return compute_root(split_peaks(self.peaks)).hex()

    @property
    def commitment(self) -> str:
        """The salted digest of the entry; its moment is formatted in UTC with microseconds."""
        at = self.at.astimezone(UTC).isoformat(timespec="microseconds")
        return compute_commitment(
            self.salt, at, str(self.event), self.actor, self.subject, self.details_digest
        )

    @property
    def leaf(self) -> bytes:
        return hash_leaf(self.seq, self.commitment)


def hash_entry(
    seq: int, salt: bytes, at: str, event: str, actor: str, subject: str, details_digest: str
) -> bytes:
    """The RFC 6962 leaf hash of one entry."""
    return hash_leaf(seq, compute_commitment(salt, at, event, actor, subject, details_digest))


def compute_commitment(
    salt: bytes, at: str, event: str, actor: str, subject: str, details_digest: str
) -> str:
    return sha256(salt + canonical_json([at, event, actor, subject, details_digest])).hexdigest()


def hash_leaf(seq: int, commitment: str) -> bytes:
    """The leaf of entry ``seq`` (RFC 6962 2.1: prefixed with 0x00)."""
    return sha256(b"\x00" + canonical_json({"commitment": commitment, "seq": seq})).digest()


def hash_details(salt: bytes, details: str) -> str:
    """The salted digest of the details as they are stored, canonical JSON. It remains when they are
    erased.
    """
    return sha256(salt + details.encode()).hexdigest()


def hash_node(left: bytes, right: bytes) -> bytes:
    """An inner node (RFC 6962 2.1: prefixed with 0x01)."""
    return sha256(b"\x01" + left + right).digest()


def split_peaks(peaks: bytes) -> list[bytes]:
    return [peaks[start : start + 32] for start in range(0, len(peaks), 32)]


def append_leaf(peaks: Sequence[bytes], size: int, leaf: bytes) -> list[bytes]:
    """The peaks after one more leaf: the roots of the complete subtrees, the largest first."""
    stack = [*peaks, leaf]
    while size % 2:
        right, left = stack.pop(), stack.pop()
        stack.append(hash_node(left, right))
        size //= 2
    return stack


def compute_root(peaks: Sequence[bytes]) -> bytes:
    """The root of the tree with these peaks; of the empty tree, the hash of nothing."""
    if not peaks:
        return sha256(b"").digest()
    *rest, top = peaks
    for peak in reversed(rest):
        top = hash_node(peak, top)
    return top


def get_largest_power_below(number: int) -> int:
    """The largest power of two smaller than ``number`` (2 or more)."""
    return 1 << ((number - 1).bit_length() - 1)


# Process certificates. A member's copy shows the milestones of the round and the member's own
# answers; nothing of what others did, as even its number would say who answered when.

MILESTONE_EVENTS = frozenset(
    {
        Event.PAPER_ADDED,
        Event.ROUND_OPENED,
        Event.ROUND_EXTENDED,
        Event.ROUND_CLOSED,
        Event.ROUND_ENDED,
        Event.RELEASED,
    }
)
# The details that a certificate may show; names, notes, reasons, counts and addresses may not.
CERTIFIED_DETAILS = (
    *("accepted", "channel", "deadline", "digest", "early", "kind"),
    *("released_at", "sha256", "timestamp", "unsealed_sha256"),
)


@dataclass(frozen=True, slots=True)
class CertificateStep:
    """One audit entry about the round."""

    entry: int
    commitment: str
    event: Event
    at: datetime
    by: str  # office | member | program
    member: str = ""  # the key of the member concerned
    name: str = ""
    answer: AnswerKind | None = None
    facts: Mapping[str, object] = field(default_factory=dict)


def get_actor_role(actor: str) -> str:
    """The role of an actor of the audit log, without the number that identifies a person."""
    if actor.startswith("link/"):
        return "member"
    return "program" if actor == "worker" else "office"


def select_steps(
    steps: Iterable[CertificateStep], own: Collection[int], published: bool
) -> tuple[CertificateStep, ...]:
    """The steps that a member may see; ``own`` are the entries of the member's answers."""
    milestones = MILESTONE_EVENTS if published else MILESTONE_EVENTS - {Event.RELEASED}
    return tuple(step for step in steps if step.entry in own or step.event in milestones)


class FaultKind(StrEnum):
    """A fault of the log, or of a row that it binds."""

    ENTRY = "entry"  # does not follow from what is before it
    CUT = "cut"  # the log does not extend a checkpoint
    ALTERED = "altered"
    MISSING = "missing"
    ADDED = "added"


@dataclass(frozen=True, slots=True)
class AuditFault:
    """The first fault that a verification has found.

    ``entry`` is the invalid entry, the size of the checkpoint, or the last entry about ``row``
    (table and key).
    """

    kind: FaultKind
    entry: int = 0
    row: str = ""


# Reading the log.


@dataclass(frozen=True, slots=True)
class AuditQuery:
    """Filters; empty means all. The ``actor`` ``link`` means all representatives."""

    event: Event | None = None
    actor: str = ""
    round_id: int | None = None
    since: datetime | None = None
    before: datetime | None = None  # exclusive
    text: str = ""  # in the details, or in the name of the subject or the actor


@dataclass(frozen=True, slots=True)
class DetailedEntry:
    """One entry with the names of actor and subject, if known; ``details`` may have been erased."""

    seq: int
    at: datetime
    event: Event
    actor: str
    subject: str
    actor_name: str
    subject_name: str
    details: dict[str, object] | None
