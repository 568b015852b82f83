"""The public log: its leaves, its checkpoints, and what is not in it yet."""

from dataclasses import dataclass, field
from datetime import datetime

from sqlite_utils import Database

from signoff.domain.answers import AnswerVersion
from signoff.domain.audit import append_leaf, compute_root, split_peaks
from signoff.domain.log import Checkpoint, MerkleTree, Proof, Receipt, hash_statement
from signoff.store import rows
from signoff.store.rows import execute, execute_many, fetch_all, fetch_one, fetch_value

# Receipts are computed, not stored: all that they state is frozen. An answer that was taken down
# while a checkpoint was given may bear an earlier time; its receipt must not, or it would seem to
# be missing there.
SELECT_RECEIPTS = """
SELECT papers.slug AS paper, editions.number AS edition, editions.digest AS edition_digest, rounds.opened_at,
       invitations.reference, answers.number AS version, answers.kind AS answer, audit.details_digest AS details,
       MAX(audit.at, COALESCE((SELECT MAX(checkpoints.at) FROM checkpoints
                               WHERE checkpoints.round_id = rounds.id AND checkpoints.entry < answers.entry), '')) AS at
FROM answers
JOIN audit ON audit.seq = answers.entry
JOIN invitations ON invitations.id = answers.invitation_id
JOIN rounds ON rounds.id = invitations.round_id
JOIN editions ON editions.id = rounds.edition_id
JOIN papers ON papers.id = editions.paper_id
"""
GET_RECEIPT = f"{SELECT_RECEIPTS} WHERE answers.id = :id"
FIND_RECEIPT = (
    f"{SELECT_RECEIPTS} WHERE invitations.reference = :reference AND answers.number = :version"
)
LIST_RECEIPTS = f"{SELECT_RECEIPTS} WHERE rounds.id = :round_id"
LIST_RECEIPTS_OF_MEMBER = (
    f"{LIST_RECEIPTS} AND invitations.member_id = :member_id ORDER BY answers.id"
)
GET_POSITION = "SELECT position FROM log_leaves WHERE leaf = :leaf"
COUNT_INVITATIONS = "SELECT COUNT(*) FROM invitations WHERE round_id = :round_id"


def get_receipt(db: Database, version: AnswerVersion) -> Receipt:
    """The receipt of one version of an answer."""
    return rows.get(db, Receipt, GET_RECEIPT, id=version.id)


def find_receipt(db: Database, reference: str, version: int) -> Receipt | None:
    return rows.find(db, Receipt, FIND_RECEIPT, reference=reference, version=version)


def list_receipts(db: Database, round_id: int, member_id: int) -> list[Receipt]:
    """The receipts of all versions of a member's answer."""
    return rows.list_all(
        db, Receipt, LIST_RECEIPTS_OF_MEMBER, round_id=round_id, member_id=member_id
    )


def list_unlogged_receipts(db: Database, round_id: int) -> list[Receipt]:
    receipts = rows.list_all(db, Receipt, LIST_RECEIPTS, round_id=round_id)
    return [
        receipt
        for receipt in receipts
        if fetch_one(db, GET_POSITION, leaf=hash_statement(receipt.statement)) is None
    ]


def count_invitations(db: Database, round_id: int) -> int:
    return int(fetch_value(db, COUNT_INVITATIONS, round_id=round_id))


# Leaves and checkpoints.

GET_AUDIT_PEAKS = "SELECT peaks FROM audit WHERE peaks <> x'' ORDER BY seq DESC LIMIT 1"
LIST_AUDIT_PEAKS = "SELECT peaks FROM audit WHERE seq <= (SELECT MAX(entry) FROM checkpoints)"
LIST_LEAVES = "SELECT leaf FROM log_leaves WHERE position < :size ORDER BY position"
FIND_SURPLUS_LEAF = """
SELECT MIN(position) FROM log_leaves WHERE position >= (SELECT COALESCE(MAX(size), 0) FROM checkpoints)
"""
INSERT_LEAF = "INSERT INTO log_leaves (position, leaf) VALUES (:position, :leaf)"
INSERT_CHECKPOINT = """
INSERT INTO checkpoints ( size,  root,  kind,  round_id,  entry,  at,  statement,  salt)
VALUES                  (:size, :root, :kind, :round_id, :entry, :at, :statement, :salt)
"""
LIST_CHECKPOINTS = "SELECT * FROM checkpoints ORDER BY size"
LIST_CHECKPOINTS_OF_ROUND = "SELECT * FROM checkpoints WHERE round_id = :round_id ORDER BY size"
LIST_STATEMENTS = """
SELECT * FROM checkpoints WHERE :now IS NULL
  OR round_id IN (SELECT round_id FROM releases WHERE released_at <= :now)
ORDER BY size
"""
FIND_FIRST_CHECKPOINT = "SELECT * FROM checkpoints WHERE size > :position ORDER BY size LIMIT 1"
EVERYTHING = 2**62


def get_audit_root(db: Database) -> str:
    """The root of the audit log, up to the last entry whose place in the tree is settled."""
    row = fetch_one(db, GET_AUDIT_PEAKS)
    return compute_root(split_peaks(row["peaks"]) if row else []).hex()


def find_invalid_checkpoint(db: Database) -> Checkpoint | None:
    """The first checkpoint that the leaves do not lead to, or whose statement they lack, or that
    names a root that the audit log never had.
    """
    leaves = list_leaves(db)
    positions = {leaf: position for position, leaf in enumerate(leaves)}
    checkpoints = list_checkpoints(db)
    named_roots = {str(checkpoint.parsed["audit"]) for checkpoint in checkpoints}
    audit_roots = (  # one by one: the audit log may have a million entries
        compute_root(split_peaks(row["peaks"])).hex() for row in db.conn.execute(LIST_AUDIT_PEAKS)
    )
    known_roots = named_roots.intersection(audit_roots)
    peaks: list[bytes] = []
    size = 0
    for checkpoint in checkpoints:
        for position in range(size, min(checkpoint.size, len(leaves))):
            peaks = append_leaf(peaks, position, leaves[position])
        size = checkpoint.size
        holds = (
            len(leaves) >= size
            and compute_root(peaks) == checkpoint.root
            and positions.get(hash_statement(checkpoint.parsed), size) < size
            and checkpoint.parsed["audit"] in known_roots
        )
        if not holds:
            return checkpoint
    return None


def find_surplus_leaf(db: Database) -> int | None:
    """The first position beyond the newest checkpoint, if there is a leaf: each batch has one."""
    position: int | None = fetch_value(db, FIND_SURPLUS_LEAF)
    return position


def list_leaves(db: Database, size: int = EVERYTHING) -> list[bytes]:
    """The first ``size`` leaves."""
    return [row["leaf"] for row in fetch_all(db, LIST_LEAVES, size=size)]


def add_leaves(db: Database, first: int, leaves: list[bytes]) -> None:
    execute_many(
        db,
        INSERT_LEAF,
        [{"position": position, "leaf": leaf} for position, leaf in enumerate(leaves, first)],
    )


def add_checkpoint(db: Database, checkpoint: Checkpoint) -> None:
    execute(db, INSERT_CHECKPOINT, **rows.to_row(checkpoint))


def list_checkpoints(db: Database) -> list[Checkpoint]:
    """All checkpoints, the first one first."""
    return rows.list_all(db, Checkpoint, LIST_CHECKPOINTS)


def list_statements(db: Database, now: datetime | None = None) -> list[tuple[int, Checkpoint]]:
    """The statements of all checkpoints with their positions; with ``now``, only those about rounds
    that were released by then.
    """
    found = rows.list_all(db, Checkpoint, LIST_STATEMENTS, now=now)
    return [
        (fetch_value(db, GET_POSITION, leaf=hash_statement(each.parsed)), each) for each in found
    ]


def list_checkpoints_of_round(db: Database, round_id: int) -> list[Checkpoint]:
    return rows.list_all(db, Checkpoint, LIST_CHECKPOINTS_OF_ROUND, round_id=round_id)


@dataclass(frozen=True, slots=True)
class Prover:
    """Proves statements; the trees are kept, so that many proofs cost little more than one."""

    db: Database
    trees: dict[int, MerkleTree] = field(default_factory=dict)

    def find(self, statement: dict[str, object]) -> Proof | None:
        """The proof that a statement is in the log, from the first checkpoint that contains it."""
        row = fetch_one(self.db, GET_POSITION, leaf=hash_statement(statement))
        if row is None:
            return None
        position = row["position"]
        checkpoint = rows.get(self.db, Checkpoint, FIND_FIRST_CHECKPOINT, position=position)
        size = checkpoint.size
        if size not in self.trees:
            self.trees[size] = MerkleTree(list_leaves(self.db, size))
        path = tuple(step.hex() for step in self.trees[size].build_path(position))
        return Proof(position, path, checkpoint)

    def get(self, statement: dict[str, object]) -> Proof:
        """Raises ``RowNotFound``."""
        return rows.require(self.find(statement), statement)
