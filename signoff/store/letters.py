"""Letters that were sent, and the links that letters carry."""

from collections.abc import Iterable
from datetime import datetime

from sqlite_utils import Database

from signoff.domain.letters import Letter
from signoff.domain.rounds import Link
from signoff.store import rounds, rows
from signoff.store.rows import execute_many, fetch_all

INSERT_LETTER = """
INSERT INTO letters ( invitation_id,  kind,  sent_on,  entry)
VALUES              (:invitation_id, :kind, :sent_on, :entry)
"""
LIST_LETTERS = (
    "SELECT * FROM letters WHERE invitation_id = :invitation_id ORDER BY sent_on DESC, id DESC"
)
# Open invitations that nobody could answer: the member has no representative who may.
LIST_INVITATIONS_WITHOUT_LINK = """
SELECT invitations.id FROM invitations JOIN rounds ON rounds.id = invitations.round_id
WHERE closed_at IS NULL AND cancelled_at IS NULL AND NOT EXISTS (
  SELECT 1 FROM links WHERE invitation_id = invitations.id AND ended_at IS NULL AND may_answer)
ORDER BY invitations.id
"""


def add(db: Database, letters: Iterable[Letter], entry: int) -> None:
    execute_many(db, INSERT_LETTER, [rows.to_row(letter) | {"entry": entry} for letter in letters])


def list_for_invitation(db: Database, invitation_id: int) -> list[Letter]:
    """The letters about an invitation, the latest first."""
    return rows.list_all(db, Letter, LIST_LETTERS, invitation_id=invitation_id)


def add_missing_links(db: Database, now: datetime) -> None:
    """A link for a letter to each open invitation without a link that may answer."""
    found = fetch_all(db, LIST_INVITATIONS_WITHOUT_LINK)
    rounds.add_links(
        db,
        [
            Link(0, row["id"], rounds.generate_public_id(), 1, None, "", "", "", now)
            for row in found
        ],
    )
