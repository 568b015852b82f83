"""Counts and ages from the tables, without names, for monitoring programs."""

from datetime import datetime

from sqlite_utils import Database

from signoff.store.rows import fetch_one, require

# A mail that waits for its first moment is not late. Of one that was tried before, only the time of
# enqueueing is known.
GET_OWED_MAIL = """
SELECT COUNT(*) AS owed, MIN(CASE WHEN attempts = 0 AND error = '' THEN next_try_at ELSE enqueued_at END) AS oldest
FROM outbox WHERE sent_at IS NULL AND failed_at IS NULL AND primary_id IS NULL
  AND (next_try_at <= :now OR attempts > 0 OR error <> '')
"""
GET_LATEST_MOMENT = """
SELECT at FROM audit WHERE EXISTS (SELECT 1 FROM rounds WHERE opened_at IS NOT NULL) ORDER BY seq DESC LIMIT 1
"""
GET_COUNTS = """
SELECT (SELECT COUNT(*) FROM rounds
        WHERE opened_at IS NOT NULL AND closed_at IS NULL AND cancelled_at IS NULL) AS rounds_open,
       (SELECT COUNT(*) FROM answers) AS answers,
       (SELECT COUNT(*) FROM releases WHERE published_at IS NOT NULL) AS releases,
       (SELECT COUNT(*) FROM outbox WHERE sent_at IS NOT NULL AND primary_id IS NULL) AS mails_sent,
       (SELECT COUNT(*) FROM outbox WHERE failed_at IS NOT NULL AND primary_id IS NULL) AS mails_failed,
       (SELECT MAX(seq) FROM audit) AS audit_entries
"""


def find_latest_moment(db: Database) -> datetime | None:
    """The moment of the newest entry, which the clock is compared with where there are rounds."""
    row = fetch_one(db, GET_LATEST_MOMENT)
    return datetime.fromisoformat(row["at"]) if row else None


def count_owed_mail(db: Database, now: datetime) -> tuple[int, datetime | None]:
    """How many mails are due, and since when the oldest one is."""
    row = require(fetch_one(db, GET_OWED_MAIL, now=now))
    return row["owed"], datetime.fromisoformat(row["oldest"]) if row["oldest"] else None


def load_counts(db: Database) -> dict[str, int]:
    """The counts by their names."""
    row = require(fetch_one(db, GET_COUNTS))
    return {name: row[name] or 0 for name in row.keys()}  # noqa: SIM118 (a row iterates over values)
