"""PDFs that are owed and done. Like the outbox: claimed, printed outside the transaction, then recorded."""

import json
from collections.abc import Collection
from datetime import datetime

from sqlite_utils import Database

from signoff.domain.release import Print, PrintKind
from signoff.store.rows import Row, moment, required, row, rows, run, stored

OWE = """
INSERT INTO prints (round_id, kind, number, entry, owed_at, next_try_at, timestamp)
SELECT :round_id, :kind, 1 + COALESCE(MAX(number), 0), :entry, :now, :now, :timestamp
FROM prints WHERE round_id = :round_id AND kind = :kind
"""
LATEST = "SELECT * FROM prints WHERE round_id = :round_id AND kind = :kind ORDER BY number DESC LIMIT 1"
NEWEST = """
SELECT * FROM prints
WHERE round_id IN (SELECT value FROM json_each(:round_ids))
  AND number = (SELECT MAX(number) FROM prints AS other
                WHERE other.round_id = prints.round_id AND other.kind = prints.kind)
"""
LATEST_LATER = """
SELECT * FROM prints WHERE round_id = :round_id AND kind IN ('addendum', 'edition') ORDER BY id DESC LIMIT 1
"""
DUE = """
SELECT * FROM prints
WHERE printed_at IS NULL AND failed_at IS NULL AND next_try_at <= :now
  AND (claimed_by IS NULL OR claimed_by NOT IN (SELECT value FROM json_each(:living)))
  AND (:round_id IS NULL OR round_id = :round_id)
ORDER BY id LIMIT 1
"""
CLAIM = "UPDATE prints SET claimed_by = :worker, progress = 0 WHERE id = :id"
CLAIMED_BY_OTHERS = """
SELECT COUNT(*) AS rows FROM prints
WHERE claimed_by IN (SELECT value FROM json_each(:living)) AND claimed_by <> :worker
  AND printed_at IS NULL AND failed_at IS NULL
"""
OUTDATED = """
UPDATE prints SET failed_at = :now, error = 'superseded'
WHERE round_id = :round_id AND printed_at IS NULL AND failed_at IS NULL
  AND (kind = :kind OR (kind IN ('addendum', 'edition') AND :kind IN ('addendum', 'edition')))
"""
PROGRESS = "UPDATE prints SET progress = :progress WHERE id = :id AND printed_at IS NULL AND failed_at IS NULL"
FINALS = "SELECT DISTINCT sha256 FROM prints WHERE round_id = :round_id AND kind <> 'draft' AND sha256 <> ''"
TYPESET = "UPDATE prints SET unsealed_sha256 = :unsealed_sha256 WHERE id = :id"
PRINTED = """
UPDATE prints SET printed_at = :now, sha256 = :sha256, size = :size, pages = :pages, seal = :seal,
                  attempts = attempts + 1, claimed_by = NULL, error = ''
WHERE id = :id
"""
FAILED = "UPDATE prints SET failed_at = :now, error = :error, attempts = attempts + 1, claimed_by = NULL WHERE id = :id"


def owe(db: Database, round_id: int, kind: PrintKind, entry: int, now: datetime, timestamp: bool | None = None) -> None:
    """Owe one more print because of audit entry ``entry``; an earlier one that is still owed is superseded by it.

    Without ``timestamp`` said, it is as with the print before: to do without one was decided for the round.
    """
    if timestamp is None:
        before = latest(db, round_id, kind)
        timestamp = before.timestamp if before else True
    run(db, OUTDATED, {"round_id": round_id, "kind": str(kind), "now": stored(now)})
    told = {"round_id": round_id, "kind": str(kind), "entry": entry, "now": stored(now), "timestamp": int(timestamp)}
    run(db, OWE, told)


def latest(db: Database, round_id: int, kind: PrintKind) -> Print | None:
    found = row(db, LATEST, {"round_id": round_id, "kind": str(kind)})
    return print_of(found) if found else None


def newest(db: Database, round_ids: Collection[int]) -> dict[tuple[int, PrintKind], Print]:
    """The newest print of each kind in each of these rounds: one query."""
    found = map(print_of, rows(db, NEWEST, {"round_ids": json.dumps(list(round_ids))}))
    return {(each.round_id, each.kind): each for each in found}


def latest_later(db: Database, round_id: int) -> Print | None:
    """The newest print after the release, addendum or edition."""
    found = row(db, LATEST_LATER, {"round_id": round_id})
    return print_of(found) if found else None


def claim(
    db: Database, worker: str, living: Collection[str], now: datetime, round_id: int | None = None
) -> Print | None:
    """Take one due print for ``worker`` (of one round, if given), also one whose worker has died."""
    parameters = {"now": stored(now), "living": json.dumps(list(living)), "round_id": round_id}
    found = row(db, DUE, parameters)
    if found is None:
        return None
    run(db, CLAIM, {"worker": worker, "id": found["id"]})
    return print_of(found)


def held_by_others(db: Database, worker: str, living: Collection[str]) -> int:
    found = row(db, CLAIMED_BY_OTHERS, {"worker": worker, "living": json.dumps(list(living))})
    return int(found["rows"]) if found else 0


def finals(db: Database, round_id: int) -> list[str]:
    """The digests of every final print of a round, superseded ones too."""
    return [each["sha256"] for each in rows(db, FINALS, {"round_id": round_id})]


def mark_progress(db: Database, id: int, progress: int) -> None:
    run(db, PROGRESS, {"id": id, "progress": progress})


def mark_typeset(db: Database, id: int, unsealed_sha256: str) -> None:
    run(db, TYPESET, {"id": id, "unsealed_sha256": unsealed_sha256})


def mark_printed(db: Database, id: int, *, sha256: str, size: int, pages: int, now: datetime, seal: str = "") -> None:
    run(db, PRINTED, {"id": id, "sha256": sha256, "size": size, "pages": pages, "seal": seal, "now": stored(now)})


def mark_failed(db: Database, id: int, error: str, now: datetime) -> None:
    run(db, FAILED, {"id": id, "error": error, "now": stored(now)})


def print_of(found: Row) -> Print:
    names = ("id", "round_id", "number", "entry", "attempts", "sha256", "size", "pages", "error", "unsealed_sha256")
    return Print(
        **{name: found[name] for name in (*names, "seal", "progress")},
        kind=PrintKind(found["kind"]),
        timestamp=bool(found["timestamp"]),
        owed_at=required(found["owed_at"]),
        printed_at=moment(found["printed_at"]),
        failed_at=moment(found["failed_at"]),
    )
