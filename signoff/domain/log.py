"""The public log: what members were promised and what was published, as an RFC 6962 Merkle tree.

Its formats are those of ``docs/verify.md``. The audit log cannot be published, because its numbers
show who answered when. This log grows by whole batches only, whose order and length reveal nothing.
"""

import json
import secrets
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from hashlib import sha256

from signoff.domain.answers import AnswerKind
from signoff.domain.association import Association
from signoff.domain.audit import CertificateStep, get_largest_power_below, hash_node
from signoff.domain.members import Member
from signoff.domain.papers import Edition
from signoff.domain.releases import LateWithdrawal
from signoff.domain.round_status import Signatory
from signoff.domain.rounds import Round
from signoff.domain.signatories import serialize_signatory, serialize_withdrawal
from signoff.domain.text import canonical_json

LOG_FORMAT = "signoff-log-1"
RECEIPT_FORMAT = "signoff-receipt-1"
MIN_BATCH = 32  # leaves
LEAVES_PER_INVITATION = 2
SALT_LENGTH = 16  # bytes
# What the round publishes, as the office chose at its opening; ``deadline`` is added.
PUBLISHED_TERMS = (
    *("layout", "signers", "functions", "basis", "dates", "signing_dates", "keys"),
    *("inhabitants", "inhabitants_as_of", "notes", "late"),
)


class LogKind(StrEnum):
    """The occasion of a checkpoint."""

    CLOSING = "closing"
    AMENDMENT = "amendment"  # decisions of the office have changed the list before the release
    ADDENDUM = "addendum"
    EDITION = "edition"
    RELEASE = "release"


# Statements, and their leaves.


@dataclass(frozen=True, slots=True)
class Receipt:
    """The association's statement about one version of an answer; ``details`` is a salted digest.

    ``at`` is when the answer was taken down, and never before the last statement of its round that
    does not contain it.
    """

    paper: str
    edition: int
    edition_digest: str
    opened_at: datetime
    reference: str
    version: int
    answer: AnswerKind
    at: datetime
    details: str

    @property
    def statement(self) -> dict[str, object]:
        return {
            "format": RECEIPT_FORMAT,
            "paper": self.paper,
            "edition": self.edition,
            "edition_digest": self.edition_digest,
            "opened_at": format_moment(self.opened_at),
            "reference": self.reference,
            "version": self.version,
            "answer": str(self.answer),
            "at": format_moment(self.at),
            "details": self.details,
        }


def build_statement(
    kind: LogKind, round: Round, edition: Edition, audit: str, at: datetime, **facts: object
) -> dict[str, object]:
    """What the log states about a round; ``audit`` is the root of the audit log at that moment."""
    return {
        "format": LOG_FORMAT,
        "kind": str(kind),
        "at": format_moment(at),
        "paper": edition.slug,
        "edition": edition.number,
        "edition_digest": edition.digest,
        "opened_at": format_moment(round.opened_at),
        "audit": audit,
        **facts,
    }


def describe_terms(round: Round) -> dict[str, object]:
    """The terms that a statement commits to."""
    terms = {name: getattr(round.terms, name) for name in PUBLISHED_TERMS}
    return {**terms, "deadline": format_moment(round.deadline)}


def commit_list(
    salt: bytes, signatories: Iterable[Signatory], withdrawals: Iterable[LateWithdrawal] = ()
) -> str:
    """The salted digest of a list, whatever its order."""
    items = {
        "signatories": sorted(map(serialize_signatory, signatories), key=canonical_json),
        "withdrawals": sorted(map(serialize_withdrawal, withdrawals), key=canonical_json),
    }
    return sha256(salt + canonical_json(items)).hexdigest()


def format_moment(moment: datetime | None) -> str:
    return moment.astimezone(UTC).isoformat(timespec="microseconds") if moment else ""


def hash_statement(statement: Mapping[str, object]) -> bytes:
    return sha256(b"\x00" + canonical_json(statement)).digest()


def build_batch(statements: Collection[bytes], invitations: int) -> list[bytes]:
    """The leaves of statements among random ones, so that neither position nor number reveals
    anything.

    Their number depends on how many were invited, not on what they did, unless everybody answers
    more than twice.
    """
    least = max(MIN_BATCH, LEAVES_PER_INVITATION * invitations, len(statements))
    length = 1 << (least - 1).bit_length()
    fill = (secrets.token_bytes(32) for _ in range(length - len(statements)))
    return sorted([*statements, *fill])


# The tree.


@dataclass(frozen=True, slots=True)
class MerkleTree:
    """The tree over ``leaves``; nodes that were computed are kept."""

    leaves: Sequence[bytes]
    nodes: dict[tuple[int, int], bytes] = field(default_factory=dict)

    def hash_range(self, start: int, end: int) -> bytes:
        """The root over the leaves from ``start`` to ``end`` (exclusive)."""
        if end - start == 1:
            return self.leaves[start]
        if (start, end) not in self.nodes:
            middle = start + get_largest_power_below(end - start)
            left, right = self.hash_range(start, middle), self.hash_range(middle, end)
            self.nodes[start, end] = hash_node(left, right)
        return self.nodes[start, end]

    @property
    def root(self) -> bytes:
        return self.hash_range(0, len(self.leaves))

    def build_path(self, index: int) -> list[bytes]:
        """The inclusion path of leaf ``index`` (RFC 6962 2.1.1)."""
        path, start, end = [], 0, len(self.leaves)
        while end - start > 1:
            middle = start + get_largest_power_below(end - start)
            if index < middle:
                path.append(self.hash_range(middle, end))
                end = middle
            else:
                path.append(self.hash_range(start, middle))
                start = middle
        return path[::-1]


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The state of the log after a batch, and the statement that it was given for.

    ``entry`` is the last audit entry at that moment, ``salt`` that of the list.
    """

    size: int
    root: bytes
    kind: LogKind
    round_id: int
    entry: int
    at: datetime
    statement: str  # canonical JSON
    salt: bytes

    @property
    def parsed(self) -> dict[str, object]:
        """The statement."""
        parsed: dict[str, object] = json.loads(self.statement)
        return parsed


@dataclass(frozen=True, slots=True)
class Proof:
    """The proof that a leaf is in the tree of a checkpoint; ``index`` counts from 0."""

    index: int
    path: tuple[str, ...]
    checkpoint: Checkpoint


@dataclass(frozen=True, slots=True)
class LogEvidence:
    """The statement that commits to a document, opened: what its ``evidence.json`` says of it.

    ``checkpoint`` is the signed note, ``root`` its root; ``terms`` and ``statement`` are canonical
    JSON.
    """

    key: str  # the verifier key
    key_digest: str  # SHA-256 of the public key
    statement: str
    list_salt: str
    terms: str
    index: int
    path: tuple[str, ...]
    root: str
    checkpoint: str

    def serialize(self) -> dict[str, object]:
        return {
            "key": self.key,
            "statement": json.loads(self.statement),
            "list_salt": self.list_salt,
            "terms": json.loads(self.terms),
            "proof": {"index": self.index, "path": list(self.path), "checkpoint": self.checkpoint},
        }


@dataclass(frozen=True, slots=True)
class Certificate:
    """The history of a round, for a ``member`` or the office (``None``).

    ``signatories`` is the published list, ``log`` the statements that the recipient may see, each
    with its proof; ``audit`` is the root of the audit log after the last step.
    """

    association: Association
    edition: Edition
    round: Round
    steps: tuple[CertificateStep, ...]
    signatories: tuple[Signatory, ...]
    log: tuple[tuple[dict[str, object], Proof], ...]
    audit: str
    member: Member | None = None
    published: bool = False  # whether the list is public
