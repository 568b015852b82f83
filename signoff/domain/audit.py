"""The audit chain: RFC 6962 leaves over canonical JSON, a Merkle root, and checkpoints that are given away.

A leaf commits to a line without showing it: it hashes only the line's number and a salted commitment. The commitment
covers moment, event, actor, subject and the digest of the details, so details can be erased and the chain still holds.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from hashlib import sha256

from signoff.domain.canonical import canonical_json


class Event(StrEnum):
    """What an entry records."""

    INSTANCE_MADE = "instance_made"
    MEMBERS_IMPORTED = "members_imported"
    MEMBER_ADDED = "member_added"
    MEMBER_CHANGED = "member_changed"
    MEMBER_ARCHIVED = "member_archived"
    MEMBER_RESTORED = "member_restored"
    REPRESENTATIVE_ADDED = "representative_added"
    REPRESENTATIVE_CHANGED = "representative_changed"
    REPRESENTATIVE_ARCHIVED = "representative_archived"
    REPRESENTATIVE_RESTORED = "representative_restored"
    PAPER_ADDED = "paper_added"
    EDITION_ADDED = "edition_added"
    EDITION_REVISED = "edition_revised"
    TRIAL_ORDERED = "trial_ordered"
    ANNEX_ADDED = "annex_added"
    ANNEX_REMOVED = "annex_removed"
    ROUND_OPENED = "round_opened"
    ROUND_EXTENDED = "round_extended"
    ROUND_CANCELLED = "round_cancelled"
    ROUND_CLOSED = "round_closed"
    MEMBER_INVITED = "member_invited"
    ANSWERED = "answered"
    WITHDRAWN = "withdrawn"
    CORRECTED = "corrected"
    RECORDED = "recorded"
    VOIDED = "voided"
    OBJECTED = "objected"
    OBJECTION_SETTLED = "objection_settled"
    PASSED_ON = "passed_on"
    PASSED_ON_ENDED = "passed_on_ended"
    NOTE_DECIDED = "note_decided"
    NAME_DECIDED = "name_decided"
    LATE_DECIDED = "late_decided"
    LATE_ENDED = "late_ended"
    LIST_ORDERED = "list_ordered"
    PRINT_ORDERED = "print_ordered"
    PRINTED = "printed"
    TYPESET = "typeset"
    RELEASED = "released"
    RELEASE_PLANNED = "release_planned"
    RELEASE_REQUESTED = "release_requested"
    RELEASE_CONFIRMED = "release_confirmed"
    RELEASE_CALLED_OFF = "release_called_off"
    RELEASE_WITHDRAWN = "release_withdrawn"
    LINK_REQUESTED = "link_requested"
    REMINDED = "reminded"
    REMINDERS_SKIPPED = "reminders_skipped"
    MAIL_TESTED = "mail_tested"
    STAFF_ADDED = "staff_added"
    STAFF_CHANGED = "staff_changed"
    LOGGED_IN = "logged_in"
    LOGGED_OUT = "logged_out"
    LOGIN_FAILED = "login_failed"
    PASSWORD_REQUESTED = "password_requested"
    ASSOCIATION_CHANGED = "association_changed"
    LOGO_CHANGED = "logo_changed"
    MAIL_RETURNED = "mail_returned"
    ADDRESS_CORRECTED = "address_corrected"
    LINK_SENT_AGAIN = "link_sent_again"
    REMARKED = "remarked"
    REMARK_REMOVED = "remark_removed"
    AIM_SET = "aim_set"


@dataclass(frozen=True, slots=True)
class Entry:
    """One line: who did what to which thing when. ``peaks`` is the Merkle tree's state after it."""

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
        """The Merkle root over all lines up to this one, 64 hexadecimal digits."""
        return root(split(self.peaks)).hex()

    @property
    def commitment(self) -> str:
        """What the leaf shows of the line; the moment is written as it is stored: in UTC, with microseconds."""
        at = self.at.astimezone(UTC).isoformat(timespec="microseconds")
        return commitment(self.salt, at, str(self.event), self.actor, self.subject, self.details_digest)

    @property
    def leaf(self) -> bytes:
        return committed(self.seq, self.commitment)


def leaf(seq: int, salt: bytes, at: str, event: str, actor: str, subject: str, details_digest: str) -> bytes:
    """The RFC 6962 leaf hash of one line (section 2.1: a leaf is prefixed with 0x00)."""
    return committed(seq, commitment(salt, at, event, actor, subject, details_digest))


def commitment(salt: bytes, at: str, event: str, actor: str, subject: str, details_digest: str) -> str:
    return sha256(salt + canonical_json([at, event, actor, subject, details_digest])).hexdigest()


def committed(seq: int, commitment: str) -> bytes:
    """The leaf of line ``seq``, by its commitment alone."""
    return sha256(b"\x00" + canonical_json({"commitment": commitment, "seq": seq})).digest()


def details_digest(salt: bytes, details: object) -> str:
    """The salted digest that stays when the details themselves are erased."""
    return sha256(salt + canonical_json(details)).hexdigest()


def node(left: bytes, right: bytes) -> bytes:
    """An inner node (RFC 6962 2.1: prefixed with 0x01)."""
    return sha256(b"\x01" + left + right).digest()


def split(peaks: bytes) -> list[bytes]:
    return [peaks[at : at + 32] for at in range(0, len(peaks), 32)]


def grown(peaks: Sequence[bytes], size: int, leaf: bytes) -> list[bytes]:
    """The peaks of a tree of ``size`` leaves after one more: complete subtrees, the largest first."""
    stack = [*peaks, leaf]
    while size % 2:
        right, left = stack.pop(), stack.pop()
        stack.append(node(left, right))
        size //= 2
    return stack


def root(peaks: Sequence[bytes]) -> bytes:
    """The root of the tree with these peaks; of the empty tree, the hash of nothing."""
    if not peaks:
        return sha256(b"").digest()
    *rest, top = peaks
    for peak in reversed(rest):
        top = node(peak, top)
    return top


def path(leaves: Sequence[bytes], index: int) -> list[bytes]:
    """The inclusion path of leaf ``index`` in the tree over ``leaves`` (RFC 6962 2.1.1)."""
    if len(leaves) == 1:
        return []
    half = 1 << ((len(leaves) - 1).bit_length() - 1)
    if index < half:
        return [*path(leaves[:half], index), subtree(leaves[half:])]
    return [*path(leaves[half:], index - half), subtree(leaves[:half])]


def subtree(leaves: Iterable[bytes]) -> bytes:
    peaks: list[bytes] = []
    for size, each in enumerate(leaves):
        peaks = grown(peaks, size, each)
    return root(peaks)
