"""Sittings whose result is not known yet."""

from datetime import date

from sqlite_utils import Database

from signoff.domain.answer import Version
from signoff.store import answers
from signoff.store.rows import rows

# The last version counts: who has moved the sitting or answered since is not asked about this one.
UNASKED = """
SELECT answers.id FROM answers
JOIN invitations ON invitations.id = answers.invitation_id JOIN rounds ON rounds.id = invitations.round_id
WHERE answers.kind = 'pending' AND expected_on < :today AND closed_at IS NULL AND cancelled_at IS NULL
  AND number = (SELECT MAX(number) FROM answers AS other WHERE other.invitation_id = answers.invitation_id)
  AND answers.id NOT IN (SELECT answer_id FROM voidings)
  AND NOT EXISTS (SELECT 1 FROM outbox WHERE outbox.kind = 'council_met' AND outbox.number = answers.id)
ORDER BY answers.id
"""


def unasked(db: Database, today: date) -> list[Version]:
    """The answers that named a sitting before ``today`` whose result has not been asked for."""
    found = (answers.get(db, each["id"]) for each in rows(db, UNASKED, {"today": today.isoformat()}))
    return [version for version in found if version]
