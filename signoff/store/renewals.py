"""Later files of releases, with renewed timestamps, and what failed at renewing."""

from datetime import datetime

from sqlite_utils import Database

from signoff.domain.releases import FailedRenewal, Release, Renewal
from signoff.store import rows
from signoff.store.rows import execute, fetch_all

LIST_WITH_TIMESTAMP = """
SELECT releases.* FROM renewed_releases AS releases
WHERE published_at IS NOT NULL AND retracted_at IS NULL
  AND EXISTS (SELECT 1 FROM prints WHERE prints.round_id = releases.round_id
              AND prints.sha256 = releases.sha256 AND seal = 'B-LTA')
  AND NOT EXISTS (SELECT 1 FROM failed_renewals WHERE release_id = releases.id AND failed_at > :since)
ORDER BY releases.id
"""
LIST_FOR_RELEASE = "SELECT * FROM renewals WHERE release_id = :release_id ORDER BY size"
INSERT_RENEWAL = """
INSERT INTO renewals ( sha256,  release_id,  size,  renewed_at)
VALUES               (:sha256, :release_id, :size, :renewed_at)
"""
SAVE_FAILURE = """
INSERT INTO failed_renewals ( release_id,  failed_at,  valid_until,  error)
VALUES                      (:release_id, :failed_at, :valid_until, :error)
ON CONFLICT DO UPDATE SET failed_at = :failed_at, valid_until = :valid_until, error = :error
"""
DELETE_FAILURE = "DELETE FROM failed_renewals WHERE release_id = :release_id"
LIST_FAILED = """
SELECT failed_renewals.*, title FROM failed_renewals JOIN releases ON releases.id = release_id
JOIN rounds ON rounds.id = round_id JOIN editions ON editions.id = edition_id
WHERE retracted_at IS NULL ORDER BY valid_until, release_id
"""


def list_with_timestamp(db: Database, since: datetime) -> list[Release]:
    """The public releases with a timestamp, but for those whose renewal has failed after
    ``since``.
    """
    return rows.list_all(db, Release, LIST_WITH_TIMESTAMP, since=since)


def list_for_release(db: Database, release_id: int) -> list[Renewal]:
    """The first one first."""
    return rows.list_all(db, Renewal, LIST_FOR_RELEASE, release_id=release_id)


def add(db: Database, renewal: Renewal) -> None:
    """Store a renewal; what failed before is over."""
    execute(db, INSERT_RENEWAL, **rows.to_row(renewal))
    execute(db, DELETE_FAILURE, release_id=renewal.release_id)


def save_failure(db: Database, failed: FailedRenewal) -> None:
    execute(db, SAVE_FAILURE, **rows.to_row(failed))


def list_failed(db: Database) -> list[tuple[FailedRenewal, str]]:
    """The renewals that failed, each with the title of the paper; the first to expire is first."""
    return [(rows.load(FailedRenewal, row), row["title"]) for row in fetch_all(db, LIST_FAILED)]
