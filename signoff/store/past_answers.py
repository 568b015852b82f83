"""Answers of former rounds, from the time before this instance. They count in no round."""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlite_utils import Database

from signoff.domain.answers import AnswerKind
from signoff.store import rows
from signoff.store.rows import execute, execute_many

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


def list_all(db: Database) -> list[PastAnswer]:
    """All of them, the newest round first."""
    return rows.list_all(db, PastAnswer, LIST_PAST_ANSWERS)


def save(db: Database, answers: Iterable[PastAnswer]) -> None:
    """Add answers; one about the same member, paper and year is replaced."""
    execute_many(db, SAVE_PAST_ANSWER, map(rows.to_row, answers))


def delete_round(db: Database, title: str, year: int) -> None:
    execute(db, DELETE_PAST_ROUND, title=title, year=year)
