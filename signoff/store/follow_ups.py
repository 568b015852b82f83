"""Follow-ups of released papers."""

from datetime import date

from sqlite_utils import Database

from signoff.domain.follow_ups import FollowUp
from signoff.store import rows
from signoff.store.rows import execute

LIST_FOLLOW_UPS = "SELECT * FROM follow_ups WHERE round_id = :round_id ORDER BY day DESC, id DESC"
FIND_FOLLOW_UP = "SELECT * FROM follow_ups WHERE id = :id"
FIND_SAME = "SELECT * FROM follow_ups WHERE round_id = :round_id AND day = :day AND text = :text"
INSERT_FOLLOW_UP = """
INSERT INTO follow_ups ( round_id,  day,  text,  entry)
VALUES                 (:round_id, :day, :text, :entry)
"""
DELETE_FOLLOW_UP = "DELETE FROM follow_ups WHERE id = :id"


def list_for_round(db: Database, round_id: int) -> list[FollowUp]:
    """The entries about one round, the latest day first."""
    return rows.list_all(db, FollowUp, LIST_FOLLOW_UPS, round_id=round_id)


def find(db: Database, id: int) -> FollowUp | None:
    return rows.find(db, FollowUp, FIND_FOLLOW_UP, id=id)


def find_same(db: Database, round_id: int, day: date, text: str) -> FollowUp | None:
    return rows.find(db, FollowUp, FIND_SAME, round_id=round_id, day=day, text=text)


def add(db: Database, round_id: int, day: date, text: str, entry: int) -> int:
    """Store an entry, which the audit entry ``entry`` records, and return its id."""
    return execute(db, INSERT_FOLLOW_UP, round_id=round_id, day=day, text=text, entry=entry)


def delete(db: Database, id: int) -> None:
    execute(db, DELETE_FOLLOW_UP, id=id)
