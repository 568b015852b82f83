"""Trial prints that are owed and done: claimed, printed outside the transaction, then recorded."""

import json
from collections.abc import Collection
from datetime import datetime

from sqlite_utils import Database

from signoff.domain.trial import Trial
from signoff.store.rows import Row, moment, required, row, run, stored

OWE = "INSERT INTO trials (edition_id, digest, owed_at) VALUES (:edition_id, :digest, :now)"
OUTDATED = """
UPDATE trials SET failed_at = :now, error = 'superseded'
WHERE edition_id = :edition_id AND printed_at IS NULL AND failed_at IS NULL
"""
LATEST = "SELECT * FROM trials WHERE edition_id = :edition_id ORDER BY id DESC LIMIT 1"
DUE = """
SELECT * FROM trials
WHERE printed_at IS NULL AND failed_at IS NULL
  AND (claimed_by IS NULL OR claimed_by NOT IN (SELECT value FROM json_each(:living)))
ORDER BY id LIMIT 1
"""
CLAIM = "UPDATE trials SET claimed_by = :worker WHERE id = :id"
HELD = """
SELECT COUNT(*) AS held FROM trials
WHERE claimed_by IN (SELECT value FROM json_each(:living)) AND claimed_by <> :worker
  AND printed_at IS NULL AND failed_at IS NULL
"""
PRINTED = """
UPDATE trials SET printed_at = :now, sha256 = :sha256, size = :size, pages = :pages
WHERE id = :id AND failed_at IS NULL
"""
FAILED = "UPDATE trials SET failed_at = :now, error = :error WHERE id = :id AND failed_at IS NULL"


def owe(db: Database, edition_id: int, digest: str, now: datetime) -> None:
    """Owe one of the text with this digest; an earlier one that is still owed is superseded by it."""
    run(db, OUTDATED, {"edition_id": edition_id, "now": stored(now)})
    run(db, OWE, {"edition_id": edition_id, "digest": digest, "now": stored(now)})


def latest(db: Database, edition_id: int) -> Trial | None:
    found = row(db, LATEST, {"edition_id": edition_id})
    return trial_of(found) if found else None


def claim(db: Database, worker: str, living: Collection[str]) -> Trial | None:
    """Take one that is due for ``worker``, also one whose worker has died."""
    found = row(db, DUE, {"living": json.dumps(list(living))})
    if found is None:
        return None
    run(db, CLAIM, {"worker": worker, "id": found["id"]})
    return trial_of(found)


def held_by_others(db: Database, worker: str, living: Collection[str]) -> int:
    found = row(db, HELD, {"worker": worker, "living": json.dumps(list(living))})
    return int(found["held"]) if found else 0


def mark_printed(db: Database, id: int, *, sha256: str, size: int, pages: int, now: datetime) -> None:
    run(db, PRINTED, {"id": id, "sha256": sha256, "size": size, "pages": pages, "now": stored(now)})


def mark_failed(db: Database, id: int, error: str, now: datetime) -> None:
    run(db, FAILED, {"id": id, "error": error, "now": stored(now)})


def trial_of(found: Row) -> Trial:
    names = ("id", "edition_id", "digest", "sha256", "size", "pages", "error")
    return Trial(
        **{name: found[name] for name in names},
        owed_at=required(found["owed_at"]),
        printed_at=moment(found["printed_at"]),
        failed_at=moment(found["failed_at"]),
    )
