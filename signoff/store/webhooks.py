"""The progress of each webhook: the last audit entry that its address has received."""

from sqlite_utils import Database

from signoff.domain.audit import DetailedEntry
from signoff.domain.webhooks import TYPES, Webhook
from signoff.store import audit, rows
from signoff.store.rows import execute

GET_WEBHOOK = "SELECT * FROM webhooks WHERE url = :url"
SAVE_WEBHOOK = """
INSERT INTO webhooks ( url,  last_entry,  attempts,  next_try_at)
VALUES               (:url, :last_entry, :attempts, :next_try_at)
ON CONFLICT (url) DO UPDATE SET last_entry = :last_entry, attempts = :attempts, next_try_at = :next_try_at
"""
FIND_NEXT_ENTRY = f"""
{audit.SELECT_DETAILED_ENTRIES} WHERE seq > :after AND event IN (SELECT value FROM json_each(:events))
ORDER BY seq LIMIT 1
"""


def find(db: Database, url: str) -> Webhook | None:
    return rows.find(db, Webhook, GET_WEBHOOK, url=url)


def save(db: Database, webhook: Webhook) -> None:
    execute(db, SAVE_WEBHOOK, **rows.to_row(webhook))


def find_next_entry(db: Database, after: int) -> DetailedEntry | None:
    """The first entry after this number that webhooks may report."""
    return rows.find(db, DetailedEntry, FIND_NEXT_ENTRY, after=after, events=list(TYPES))
