"""Replies by mail to what was sent about an invitation."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlite_utils import Database

from signoff.domain.replies import Reply
from signoff.store import rows
from signoff.store.rows import execute, fetch_value

INSERT_REPLY = """
INSERT INTO replies ( invitation_id,  link_id,  sender,  sender_name,  subject,  text,  whole_text,  attachments,
                      sha256,  size,  received_at,  is_known_sender)
VALUES              (:invitation_id, :link_id, :sender, :sender_name, :subject, :text, :whole_text, :attachments,
                     :sha256, :size, :received_at, :is_known_sender)
ON CONFLICT (invitation_id, sha256) DO NOTHING
"""
LIST_FOR_INVITATION = "SELECT * FROM replies WHERE invitation_id = :invitation_id ORDER BY id DESC"
GET_REPLY = "SELECT * FROM replies WHERE id = :id"
HAS_REPLY = "SELECT COUNT(*) FROM replies WHERE invitation_id = :invitation_id AND sha256 = :sha256"
SETTLE = """
UPDATE replies SET settled_at = :now, settled_by = :actor, answer_id = :answer_id
WHERE id = :id AND answer_id IS NULL
"""
LIST_UNSETTLED = """
SELECT replies.id AS reply_id, replies.invitation_id, invitations.round_id, invitations.reference, editions.title,
       members.name, replies.sender, replies.subject, replies.received_at
FROM replies JOIN invitations ON invitations.id = replies.invitation_id
JOIN invited_members AS members ON members.invitation_id = invitations.id
JOIN rounds ON rounds.id = invitations.round_id JOIN editions ON editions.id = rounds.edition_id
WHERE settled_at IS NULL ORDER BY replies.id
"""
LIST_ADDRESSES = """
SELECT lower(links.email) AS address FROM links WHERE invitation_id = :invitation_id
UNION SELECT lower(representatives.email) FROM representatives
JOIN invitations ON invitations.member_id = representatives.member_id WHERE invitations.id = :invitation_id
"""


@dataclass(frozen=True, slots=True)
class UnsettledReply:
    """A reply that nobody has dealt with, with its member and paper."""

    reply_id: int
    invitation_id: int
    round_id: int
    reference: str
    title: str
    name: str
    sender: str
    subject: str
    received_at: datetime


def add(db: Database, reply: Reply) -> None:
    """Store a reply; one that is there already is not stored again."""
    execute(db, INSERT_REPLY, **rows.to_row(reply))


def exists(db: Database, invitation_id: int, sha256: str) -> bool:
    return bool(fetch_value(db, HAS_REPLY, invitation_id=invitation_id, sha256=sha256))


def find(db: Database, id: int) -> Reply | None:
    return rows.find(db, Reply, GET_REPLY, id=id)


def list_for_invitation(db: Database, invitation_id: int) -> list[Reply]:
    """All replies of an invitation, the newest first."""
    return rows.list_all(db, Reply, LIST_FOR_INVITATION, invitation_id=invitation_id)


def list_unsettled(db: Database) -> list[UnsettledReply]:
    """The unsettled replies, the oldest first."""
    return rows.list_all(db, UnsettledReply, LIST_UNSETTLED)


def list_addresses(db: Database, invitation_id: int) -> Collection[str]:
    """The addresses of the member and of the links of this invitation, in small letters."""
    found = rows.fetch_all(db, LIST_ADDRESSES, invitation_id=invitation_id)
    return {row["address"] for row in found}


def settle(db: Database, id: int, actor: str, now: datetime, answer_id: int | None = None) -> None:
    """Mark a reply as dealt with, by an answer that was recorded from it or otherwise."""
    execute(db, SETTLE, id=id, actor=actor, now=now, answer_id=answer_id)
