"""What the members have answered in each round, over the years."""

from collections.abc import Collection
from datetime import datetime

from sqlite_utils import Database

from signoff.domain.answers import AnswerKind
from signoff.domain.participations import Participation
from signoff.store.rows import fetch_all

# The latest answer before the release counts, unless it was voided.
LIST_PARTICIPATIONS = """
SELECT round_id, member_id, invitations.id AS invitation_id, reference, answers.kind, answers.received_at
FROM invitations LEFT JOIN answers ON answers.invitation_id = invitations.id
  AND number = (SELECT MAX(number) FROM answers AS other WHERE other.invitation_id = invitations.id AND other.late = 0)
  AND answers.id NOT IN (SELECT answer_id FROM voidings)
WHERE :ids IS NULL OR member_id IN (SELECT value FROM json_each(:ids)) ORDER BY round_id DESC
"""
LIST_LATE_VERSIONS = """
SELECT invitation_id, kind, received_at,
       EXISTS (SELECT 1 FROM late_reviews WHERE answer_id = answers.id AND accepted = 1) AS accepted
FROM answers WHERE late = 1 AND id NOT IN (SELECT answer_id FROM voidings) ORDER BY number
"""
KINDS = {None: None} | {str(kind): kind for kind in AnswerKind}


def list_all(db: Database, member_ids: Collection[int] | None = None) -> list[Participation]:
    """The participations of these members, or of all, the newest round first: two queries."""
    found = {}
    ids = None if member_ids is None else list(member_ids)
    for round_id, member_id, id, reference, kind, at in fetch_all(db, LIST_PARTICIPATIONS, ids=ids):
        found[id] = Participation(round_id, member_id, id, reference, KINDS[kind], parse(at))
    for id, kind, at, accepted in fetch_all(db, LIST_LATE_VERSIONS):
        if before := found.get(id):
            found[id] = before.follow(AnswerKind(kind), bool(accepted), parse(at))
    return list(found.values())


def parse(moment: str | None) -> datetime | None:
    return datetime.fromisoformat(moment) if moment else None
