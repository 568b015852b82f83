"""What the office decided about notes and corrected names. A decision holds for exactly one text."""

from dataclasses import dataclass
from datetime import datetime

from sqlite_utils import Database

from signoff.store.rows import Row, required, row, rows, run, stored

INSERT = """
INSERT INTO decisions ( invitation_id,  what,  text,  accepted,  decided_at,  entry,  reason)
VALUES                (:invitation_id, :what, :text, :accepted, :decided_at, :entry, :reason)
"""
LAST = """
SELECT accepted FROM decisions WHERE invitation_id = :invitation_id AND what = :what AND text = :text
ORDER BY id DESC LIMIT 1
"""

GET = "SELECT * FROM decisions WHERE id = :id"
EVERY = "SELECT * FROM decisions WHERE invitation_id = :invitation_id ORDER BY id"


@dataclass(frozen=True, slots=True)
class Decided:
    """One decision about a ``note`` or a ``name``; ``entry`` is its line in the audit chain."""

    what: str
    text: str
    accepted: bool
    decided_at: datetime
    entry: int
    reason: str = ""  # of a refusal; the member is told it


def add(
    db: Database,
    *,
    invitation_id: int,
    what: str,
    text: str,
    accepted: bool,
    decided_at: datetime,
    entry: int,
    reason: str = "",
) -> int:
    """Keep a decision about a ``note`` or a ``name``; the last one about the same text holds. Gives its id."""
    parameters = {"invitation_id": invitation_id, "what": what, "text": text, "accepted": int(accepted)}
    return run(db, INSERT, {**parameters, "decided_at": stored(decided_at), "entry": entry, "reason": reason})


def get(db: Database, id: int) -> Decided | None:
    found = row(db, GET, {"id": id})
    return decided_of(found) if found else None


def last(db: Database, invitation_id: int, what: str, text: str) -> bool | None:
    found = row(db, LAST, {"invitation_id": invitation_id, "what": what, "text": text})
    return bool(found["accepted"]) if found else None


def every(db: Database, invitation_id: int) -> list[Decided]:
    """All decisions about one invitation, the first one first."""
    return [decided_of(each) for each in rows(db, EVERY, {"invitation_id": invitation_id})]


def decided_of(found: Row) -> Decided:
    moment, accepted = required(found["decided_at"]), bool(found["accepted"])
    return Decided(found["what"], found["text"], accepted, moment, found["entry"], found["reason"])
