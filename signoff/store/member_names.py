"""Names that members gave in a signature and the office accepted, offered to the member list."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlite_utils import Database

from signoff.store import rows
from signoff.store.rows import execute

# Of the latest round that the member signed in. A decision is about the text, so the latest one
# about the same text counts.
LIST_OFFERS = """
WITH accepted AS (
  SELECT invitation_id, text AS name FROM office_decisions AS decision
  WHERE field = 'name' AND accepted = 1 AND id = (
    SELECT MAX(id) FROM office_decisions AS other WHERE other.invitation_id = decision.invitation_id
      AND other.field = 'name' AND other.text = decision.text)
  UNION
  SELECT invitation_id, official_name FROM late_reviews JOIN answers ON answers.id = answer_id WHERE name_accepted = 1)
SELECT members.id AS member_id, members.official_name AS before, accepted.name, accepted.invitation_id, editions.title
FROM accepted
JOIN answers ON answers.invitation_id = accepted.invitation_id AND answers.official_name = accepted.name
  AND answers.kind = 'sign' AND answers.id NOT IN (SELECT answer_id FROM voidings)
  AND answers.number = (SELECT MAX(number) FROM answers AS other WHERE other.invitation_id = answers.invitation_id)
JOIN invitations ON invitations.id = accepted.invitation_id
JOIN members ON members.id = invitations.member_id AND archived_at IS NULL
JOIN rounds ON rounds.id = invitations.round_id AND cancelled_at IS NULL
JOIN editions ON editions.id = rounds.edition_id
WHERE accepted.name <> members.official_name
  AND NOT EXISTS (SELECT 1 FROM settled_names
                  WHERE invitation_id = accepted.invitation_id AND settled_names.name = accepted.name)
  AND NOT EXISTS (SELECT 1 FROM invitations AS later
                  JOIN answers ON answers.invitation_id = later.id AND answers.kind = 'sign'
                  WHERE later.member_id = members.id AND later.id > invitations.id)
ORDER BY members.id
"""
SETTLE = """
INSERT INTO settled_names (invitation_id, name, entry) VALUES (:invitation_id, :name, :entry)
"""


@dataclass(frozen=True, slots=True)
class NameOffer:
    """An accepted ``name`` that differs from that of the member list, with the paper it was given
    for.
    """

    member_id: int
    before: str
    name: str
    invitation_id: int
    title: str


def list_offers(db: Database) -> Sequence[NameOffer]:
    """The names about which the office has not decided yet whether the member list takes them."""
    return rows.list_all(db, NameOffer, LIST_OFFERS)


def settle(db: Database, offer: NameOffer, entry: int) -> None:
    """Offer this name of this invitation no more."""
    execute(db, SETTLE, invitation_id=offer.invitation_id, name=offer.name, entry=entry)
