"""Rounds: the facts, never the phase."""

import json
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlite_utils import Database

from signoff.domain.round import Round, Terms
from signoff.store.rows import Row, moment, row, rows, run, stored

ROUND = """
SELECT rounds.*, editions.paper_id,
       (SELECT released_at FROM releases WHERE round_id = rounds.id AND number = 1) AS released_at
FROM rounds JOIN editions ON editions.id = rounds.edition_id
"""
GET = f"{ROUND} WHERE rounds.id = :id"
LATEST = f"""
{ROUND} JOIN papers ON papers.id = editions.paper_id WHERE papers.slug = :slug ORDER BY rounds.id DESC LIMIT 1
"""
OF_PAPER = f"""
{ROUND} JOIN papers ON papers.id = editions.paper_id WHERE papers.slug = :slug ORDER BY rounds.id DESC
"""
EVERY = f"{ROUND} ORDER BY rounds.id DESC"
PAST_DEADLINE = f"""
{ROUND} WHERE rounds.deadline <= :now AND rounds.closed_at IS NULL AND rounds.cancelled_at IS NULL ORDER BY rounds.id
"""
INSERT = """
INSERT INTO rounds ( edition_id,  opened_at,  deadline,  terms,  late_until)
VALUES             (:edition_id, :opened_at, :deadline, :terms, :late_until)
"""
UPDATE = """
UPDATE rounds SET opened_at = :opened_at, deadline = :deadline, closed_at = :closed_at, cancelled_at = :cancelled_at,
                  terms = :terms, late_until = :late_until
WHERE id = :id
"""
AIM = "UPDATE rounds SET aim = :aim WHERE id = :id"
EXTENDED = "UPDATE rounds SET extensions = extensions + 1 WHERE id = :id"
EXTENSIONS = "SELECT extensions FROM rounds WHERE id = :id"


def add(db: Database, round: Round) -> int:
    """Keep a new round; its id is given back."""
    return run(db, INSERT, columns(round))


def get(db: Database, id: int) -> Round | None:
    found = row(db, GET, {"id": id})
    return round_of(found) if found else None


def latest(db: Database, slug: str) -> Round | None:
    """Of several rounds of a paper, the latest."""
    found = row(db, LATEST, {"slug": slug})
    return round_of(found) if found else None


def of_paper(db: Database, slug: str) -> list[Round]:
    """All rounds of a paper, the newest first."""
    return [round_of(each) for each in rows(db, OF_PAPER, {"slug": slug})]


def every(db: Database) -> list[Round]:
    """All rounds, the newest first."""
    return [round_of(each) for each in rows(db, EVERY)]


def past_deadline(db: Database, now: datetime) -> list[Round]:
    """Rounds whose deadline has passed and whose closing is not recorded yet."""
    return [round_of(each) for each in rows(db, PAST_DEADLINE, {"now": stored(now)})]


def save(db: Database, round: Round) -> None:
    run(db, UPDATE, columns(round))


def set_aim(db: Database, id: int, aim: int | None) -> None:
    run(db, AIM, {"id": id, "aim": aim})


def count_extension(db: Database, id: int) -> int:
    """One more extension; gives its number."""
    run(db, EXTENDED, {"id": id})
    found = row(db, EXTENSIONS, {"id": id})
    assert found
    return int(found["extensions"])


def columns(round: Round) -> dict[str, object]:
    moments = ("opened_at", "deadline", "closed_at", "cancelled_at", "late_until")
    return {
        "id": round.id,
        "edition_id": round.edition_id,
        "terms": json.dumps(asdict(round.terms)),
        **{name: stored(getattr(round, name)) for name in moments},
    }


def round_of(found: Row) -> Round:
    moments = ("opened_at", "deadline", "closed_at", "released_at", "cancelled_at", "late_until")
    return Round(
        found["id"],
        found["edition_id"],
        **{name: moment(found[name]) for name in moments},
        terms=terms_of(json.loads(found["terms"])),
        aim=found["aim"],
    )


def terms_of(kept: dict[str, Any]) -> Terms:
    """A round that was opened before there were reminders goes on without them."""
    return Terms(**{**kept, "reminders": tuple(kept.get("reminders", ()))})
