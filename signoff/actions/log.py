"""The public log grows: at closing, at changes of the list, and at each release."""

import secrets
from collections.abc import Sequence
from datetime import datetime

from sqlite_utils import Database

from signoff import store
from signoff.domain.log import (
    SALT_LENGTH,
    Checkpoint,
    LogKind,
    MerkleTree,
    build_batch,
    build_statement,
    commit_list,
    describe_terms,
    hash_statement,
)
from signoff.domain.releases import LateWithdrawal
from signoff.domain.round_status import Signatory
from signoff.domain.rounds import Round
from signoff.domain.text import canonical_digest, canonical_json


def give_checkpoint(
    db: Database, round: Round, kind: LogKind, now: datetime, salt: bytes = b"", **facts: object
) -> Checkpoint:
    """Within the caller's transaction: a batch with the statement and with every receipt of the
    round that is not in the log yet.
    """
    edition, audit = store.papers.get_edition(db, round.edition_id), store.log.get_audit_root(db)
    statement = build_statement(kind, round, edition, audit, now, **facts)
    receipts = store.log.list_unlogged_receipts(db, round.id)
    before = store.log.list_leaves(db)

    batch = build_batch(
        [hash_statement(statement), *(hash_statement(receipt.statement) for receipt in receipts)],
        store.log.count_invitations(db, round.id),
    )
    checkpoint = Checkpoint(
        size=len(before) + len(batch),
        root=MerkleTree([*before, *batch]).root,
        kind=kind,
        round_id=round.id,
        entry=store.audit.get_latest(db).seq,
        at=now,
        statement=canonical_json(statement).decode(),
        salt=salt,
    )

    store.log.add_leaves(db, len(before), batch)
    store.log.add_checkpoint(db, checkpoint)
    return checkpoint


def commit_to_list(
    db: Database,
    round: Round,
    kind: LogKind,
    signatories: Sequence[Signatory],
    withdrawals: Sequence[LateWithdrawal],
    now: datetime,
    **facts: object,
) -> Checkpoint:
    """Within the caller's transaction: the checkpoint that commits to text, list and terms.

    If there is one already that commits to the same, it is that one. Before the release a list that
    differs from that of the closing is an amendment.
    """
    facts["terms"] = canonical_digest(describe_terms(round))
    before = store.log.list_checkpoints_of_round(db, round.id)
    for checkpoint in reversed(before):
        committed = facts | {"list": commit_list(checkpoint.salt, signatories, withdrawals)}
        if (
            checkpoint.kind in SAME_DOCUMENT[kind]
            and committed.items() <= checkpoint.parsed.items()
        ):
            return checkpoint
    if before and kind is LogKind.CLOSING:
        kind = LogKind.AMENDMENT
    salt = secrets.token_bytes(SALT_LENGTH)
    facts["list"] = commit_list(salt, signatories, withdrawals)
    return give_checkpoint(db, round, kind, now, salt, **facts)


# The statements that may commit to a document.
SAME_DOCUMENT = {
    LogKind.CLOSING: (LogKind.CLOSING, LogKind.AMENDMENT),
    LogKind.ADDENDUM: (LogKind.ADDENDUM,),
    LogKind.EDITION: (LogKind.EDITION,),
}
