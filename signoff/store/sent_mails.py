"""Mails as they were sent, compressed. They open nothing: links and codes are masked.

They are personal data and go when that of the round goes (``delete_of_rounds``) or when a person's
does (``delete_of_address``).
"""

import zlib
from collections.abc import Mapping
from datetime import datetime

from sqlite_utils import Database

from signoff.domain.mail import SentMail
from signoff.domain.serialization import from_json, to_json
from signoff.store import outbox
from signoff.store.rows import execute, execute_many, fetch_one

INSERT_SENT_MAIL = """
INSERT OR REPLACE INTO sent_mails (message_id, content) VALUES (:message_id, :content)
"""
GET_SENT_MAIL = "SELECT content FROM sent_mails WHERE message_id = :message_id"
DELETE_OF_ROUNDS = """
DELETE FROM sent_mails WHERE message_id IN (
  SELECT outbox.id FROM outbox JOIN links ON links.id = outbox.link_id
  JOIN invitations ON invitations.id = links.invitation_id JOIN rounds ON rounds.id = invitations.round_id
  WHERE rounds.cancelled_at < :before
    OR EXISTS (SELECT 1 FROM releases WHERE releases.round_id = rounds.id AND number = 1 AND released_at < :before))
"""
DELETE_OF_ADDRESS = """
DELETE FROM sent_mails WHERE message_id IN (SELECT id FROM outbox WHERE lower(email) = lower(:email))
"""


def add(db: Database, mails: Mapping[int, SentMail]) -> None:
    """Keep these mails, by their ids in the outbox, and the addresses they were sent to."""
    outbox.save_addresses(db, {id: mail.email for id, mail in mails.items()})
    execute_many(
        db,
        INSERT_SENT_MAIL,
        [
            {"message_id": id, "content": zlib.compress(to_json(mail).encode())}
            for id, mail in mails.items()
        ],
    )


def find(db: Database, message_id: int) -> SentMail | None:
    """The mail as it was sent; ``None`` if it was not sent, or is deleted by now."""
    row = fetch_one(db, GET_SENT_MAIL, message_id=message_id)
    return from_json(SentMail, zlib.decompress(row["content"])) if row else None


def delete_of_rounds(db: Database, before: datetime) -> None:
    """Delete the mails about rounds that were released or cancelled before that moment."""
    execute(db, DELETE_OF_ROUNDS, before=before)


def delete_of_address(db: Database, email: str) -> None:
    """Delete the mails that went to this address."""
    execute(db, DELETE_OF_ADDRESS, email=email)
