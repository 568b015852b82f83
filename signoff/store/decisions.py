"""What the office decided about notes and corrected names. A decision holds for exactly one text."""

from dataclasses import dataclass
from datetime import datetime

from sqlite_utils import Database

from signoff.store.rows import required, row, rows, run, stored

INSERT = """
INSERT INTO decisions ( invitation_id,  what,  text,  accepted,  decided_at,  entry)
VALUES                (:invitation_id, :what, :text, :accepted, :decided_at, :entry)
"""
LAST = """
SELECT accepted FROM decisions WHERE invitation_id = :invitation_id AND what = :what AND text = :text
ORDER BY id DESC LIMIT 1
"""

EVERY = "SELECT * FROM decisions WHERE invitation_id = :invitation_id ORDER BY id"


@dataclass(frozen=True, slots=True)
class Decided:
    """One decision about a ``note`` or a ``name``; ``entry`` is its line in the audit chain."""

    what: str
    text: str
    accepted: bool
    decided_at: datetime
    entry: int


def add(
    db: Database, *, invitation_id: int, what: str, text: str, accepted: bool, decided_at: datetime, entry: int
) -> None:
    """Keep a decision about a ``note`` or a ``name``; the last one about the same text holds."""
    parameters = {"invitation_id": invitation_id, "what": what, "text": text, "accepted": int(accepted)}
    run(db, INSERT, {**parameters, "decided_at": stored(decided_at), "entry": entry})


def last(db: Database, invitation_id: int, what: str, text: str) -> bool | None:
    found = row(db, LAST, {"invitation_id": invitation_id, "what": what, "text": text})
    return bool(found["accepted"]) if found else None


def every(db: Database, invitation_id: int) -> list[Decided]:
    """All decisions about one invitation, the first one first."""
    return [
        Decided(each["what"], each["text"], bool(each["accepted"]), required(each["decided_at"]), each["entry"])
        for each in rows(db, EVERY, {"invitation_id": invitation_id})
    ]
