"""The members' answers in each round, over the years."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlite_utils import Database

from signoff.domain.answers import AnswerKind
from signoff.domain.participations import Participation
from signoff.store import rows
from signoff.store.rows import execute, execute_many, fetch_all

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


# Answers of former rounds, from the time before this instance. They count in no round.

LIST_PAST_ANSWERS = """
SELECT member_id, title, year, kind FROM past_answers ORDER BY year DESC, title
"""
SAVE_PAST_ANSWER = """
INSERT INTO past_answers (member_id, title, year, kind) VALUES (:member_id, :title, :year, :kind)
ON CONFLICT (member_id, title, year) DO UPDATE SET kind = :kind
"""
DELETE_PAST_ROUND = "DELETE FROM past_answers WHERE title = :title AND year = :year"


@dataclass(frozen=True, slots=True)
class PastAnswer:
    """``kind`` is ``None`` for a member that was asked and did not answer."""

    member_id: int
    title: str
    year: int
    kind: AnswerKind | None


def list_past_answers(db: Database) -> list[PastAnswer]:
    """All of them, the newest round first."""
    return rows.list_all(db, PastAnswer, LIST_PAST_ANSWERS)


def save_past_answers(db: Database, answers: Iterable[PastAnswer]) -> None:
    """Add answers; one about the same member, paper and year is replaced."""
    execute_many(db, SAVE_PAST_ANSWER, map(rows.to_row, answers))


def delete_past_round(db: Database, title: str, year: int) -> None:
    execute(db, DELETE_PAST_ROUND, title=title, year=year)
