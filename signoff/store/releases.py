"""Released editions of a list."""

from datetime import datetime

from sqlite_utils import Database

from signoff.domain.release import PrintKind, Release
from signoff.store.rows import Row, moment, required, row, rows, run, stored

INSERT = """
INSERT INTO releases ( round_id,  number,  sha256,  size,  pages,  as_of,  released_at,  planned_at,  kind,  entry)
VALUES               (:round_id, :number, :sha256, :size, :pages, :as_of, :released_at, :planned_at, :kind, :entry)
"""
OF_ROUND = "SELECT * FROM releases WHERE round_id = :round_id AND number = 1"
EVERY = "SELECT * FROM releases WHERE round_id = :round_id ORDER BY number"
BY_DIGEST = "SELECT * FROM releases WHERE sha256 = :sha256"
UNPUBLISHED = """
SELECT * FROM releases WHERE published_at IS NULL AND released_at <= :now AND withdrawn_at IS NULL
"""
# Withdrawn while its file was being laid down: the removal is owed (again).
PUBLISHED = "UPDATE releases SET published_at = :now, removed_at = NULL WHERE id = :id"
CALL_OFF = "DELETE FROM releases WHERE id = :id"
WITHDRAW = """
UPDATE releases SET withdrawn_at = :now, withdrawn_reason = :reason, successor = :successor
WHERE id = :id AND withdrawn_at IS NULL
"""
WITHDRAWN = "SELECT DISTINCT round_id FROM releases WHERE withdrawn_at IS NOT NULL"
TO_REMOVE = "SELECT * FROM releases WHERE withdrawn_at IS NOT NULL AND removed_at IS NULL ORDER BY id"
REMOVED = "UPDATE releases SET removed_at = :now WHERE id = :id"


def add(db: Database, release: Release) -> int:
    names = ("round_id", "number", "sha256", "size", "pages", "entry")
    parameters = {name: getattr(release, name) for name in names} | {"kind": str(release.kind)}
    moments = {name: stored(getattr(release, name)) for name in ("as_of", "released_at", "planned_at")}
    return run(db, INSERT, parameters | moments)


def of_round(db: Database, round_id: int) -> Release | None:
    """The release of a round's final PDF, a planned one too."""
    found = row(db, OF_ROUND, {"round_id": round_id})
    return release_of(found) if found else None


def every(db: Database, round_id: int) -> list[Release]:
    """The final PDF and what followed it, the first one first; planned and withdrawn ones too."""
    return [release_of(each) for each in rows(db, EVERY, {"round_id": round_id})]


def by_digest(db: Database, sha256: str) -> Release | None:
    found = row(db, BY_DIGEST, {"sha256": sha256})
    return release_of(found) if found else None


def unpublished(db: Database, now: datetime) -> list[Release]:
    """Releases whose moment has come and whose record does not stand in the archive yet."""
    return [release_of(each) for each in rows(db, UNPUBLISHED, {"now": stored(now)})]


def mark_published(db: Database, id: int, now: datetime) -> None:
    run(db, PUBLISHED, {"id": id, "now": stored(now)})


def call_off(db: Database, id: int) -> None:
    """Forget a planned release. The database keeps every other one."""
    run(db, CALL_OFF, {"id": id})


def withdraw(db: Database, id: int, reason: str, successor: str, now: datetime) -> None:
    run(db, WITHDRAW, {"id": id, "reason": reason, "successor": successor, "now": stored(now)})


def withdrawn(db: Database) -> frozenset[int]:
    """The ids of the rounds whose release was withdrawn."""
    return frozenset(each["round_id"] for each in rows(db, WITHDRAWN))


def to_remove(db: Database) -> list[Release]:
    """Withdrawn releases whose bytes may still be there."""
    return [release_of(each) for each in rows(db, TO_REMOVE)]


def mark_removed(db: Database, id: int, now: datetime) -> None:
    run(db, REMOVED, {"id": id, "now": stored(now)})


def release_of(found: Row) -> Release:
    names = ("id", "round_id", "number", "sha256", "size", "pages", "withdrawn_reason", "successor", "entry")
    return Release(
        **{name: found[name] for name in names},
        kind=PrintKind(found["kind"]),
        as_of=required(found["as_of"]),
        released_at=required(found["released_at"]),
        withdrawn_at=moment(found["withdrawn_at"]),
        planned_at=moment(found["planned_at"]),
    )
