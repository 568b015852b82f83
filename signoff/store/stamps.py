"""Whether anything has happened that a round's page would show: one query that counts no members."""

from sqlite_utils import Database

from signoff.store.rows import row

# Every change is a line of the journal, but for the fate of a mail; that is found in four indexes.
STAMP = """
SELECT (SELECT MAX(seq) FROM audit) AS entry,
       (SELECT MAX(sent_at) FROM outbox WHERE sent_at IS NOT NULL) AS sent_at,
       (SELECT COUNT(*) FROM outbox WHERE sent_at IS NULL AND failed_at IS NULL) AS owed,
       (SELECT COUNT(*) FROM outbox WHERE failed_at IS NOT NULL) AS failed,
       (SELECT COUNT(*) FROM outbox WHERE bounced_at IS NOT NULL) AS bounced
"""


def stamp(db: Database) -> str:
    """A short text that is another one whenever an answer, a decision, a deed or a mail has moved."""
    found = row(db, STAMP)
    assert found
    return "/".join(str(each) for each in found)
