"""Forgotten passwords: who asked for a new one, known or not, and the link that was owed."""

from datetime import datetime

from sqlite_utils import Database

from signoff.domain.staff import PASSWORD_LINK, Request
from signoff.store.rows import required, row, run, stored

ADD = """
INSERT INTO password_requests ( email_digest,  staff_id,  generation,  asked_at)
VALUES                        (:email_digest, :staff_id, :generation, :asked_at)
"""
GET = "SELECT staff_id, generation, asked_at FROM password_requests WHERE id = :id AND staff_id IS NOT NULL"
SINCE = "SELECT COUNT(*) AS rows FROM password_requests WHERE email_digest = :email_digest AND asked_at > :since"
FORGET = "DELETE FROM password_requests WHERE asked_at <= :since"


def add(db: Database, email_digest: str, staff_id: int | None, generation: int, now: datetime) -> int:
    """Keep a request, and forget those that are long past; gives its number."""
    run(db, FORGET, {"since": stored(now - 30 * PASSWORD_LINK)})
    parameters = {"email_digest": email_digest, "staff_id": staff_id, "generation": generation}
    return run(db, ADD, {**parameters, "asked_at": stored(now)})


def since(db: Database, email_digest: str, moment: datetime) -> int:
    """How many requests came for this address, known or not, after a moment."""
    found = row(db, SINCE, {"email_digest": email_digest, "since": stored(moment)})
    return int(found["rows"]) if found else 0


def get(db: Database, id: int) -> Request | None:
    """The request behind a link that was mailed."""
    found = row(db, GET, {"id": id})
    return Request(found["staff_id"], found["generation"], required(found["asked_at"])) if found else None
