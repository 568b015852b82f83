"""Objections to answers, until the office settles them and after."""

from datetime import datetime

from sqlite_utils import Database

from signoff.domain.objection import Objection
from signoff.store.rows import Row, moment, required, row, rows, run, stored

INSERT = """
INSERT INTO objections ( invitation_id,  answer_id,  link_id,  words,  objected_at,  entry)
VALUES                 (:invitation_id, :answer_id, :link_id, :words, :objected_at, :entry)
"""
GET = "SELECT * FROM objections WHERE id = :id"
OPEN_TO = "SELECT * FROM objections WHERE answer_id = :answer_id AND settled_at IS NULL"
OF_INVITATION = "SELECT * FROM objections WHERE invitation_id = :invitation_id ORDER BY id"
SETTLE = "UPDATE objections SET settled_at = :now, settled_by = :actor WHERE id = :id AND settled_at IS NULL"


def add(
    db: Database, *, invitation_id: int, answer_id: int, link_id: int, words: str, objected_at: datetime, entry: int
) -> Objection:
    """Keep an objection. The database refuses a second open one to the same version."""
    given = {"invitation_id": invitation_id, "answer_id": answer_id, "link_id": link_id, "words": words}
    id = run(db, INSERT, {**given, "objected_at": stored(objected_at), "entry": entry})
    return Objection(id, invitation_id, answer_id, link_id, words, objected_at)


def get(db: Database, id: int) -> Objection | None:
    found = row(db, GET, {"id": id})
    return objection_of(found) if found else None


def open_to(db: Database, answer_id: int) -> Objection | None:
    """The objection to this version that waits for the office."""
    found = row(db, OPEN_TO, {"answer_id": answer_id})
    return objection_of(found) if found else None


def of_invitation(db: Database, invitation_id: int) -> list[Objection]:
    """All of them, settled ones too, the first one first."""
    return [objection_of(each) for each in rows(db, OF_INVITATION, {"invitation_id": invitation_id})]


def settle(db: Database, id: int, actor: str, now: datetime) -> None:
    run(db, SETTLE, {"id": id, "actor": actor, "now": stored(now)})


def objection_of(found: Row) -> Objection:
    names = ("id", "invitation_id", "answer_id", "link_id", "words", "settled_by")
    return Objection(
        **{name: found[name] for name in names},
        objected_at=required(found["objected_at"]),
        settled_at=moment(found["settled_at"]),
    )
