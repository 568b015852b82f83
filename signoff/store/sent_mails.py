"""Mails as they were sent, compressed. They open nothing: links and codes are masked.

They are personal data and go with the round or with the person (``store.privacy``).
"""

import json
import zlib
from collections.abc import Mapping

from sqlite_utils import Database

from signoff.domain.mail import SentMail
from signoff.domain.serialization import from_json
from signoff.store import outbox
from signoff.store.rows import execute_many, fetch_one, to_row

COMPRESSION_LEVEL = 1  # less than half of the time of the default, and 5 % more on disk
INSERT_SENT_MAIL = """
INSERT OR REPLACE INTO sent_mails (message_id, content) VALUES (:message_id, :content)
"""
GET_SENT_MAIL = "SELECT content FROM sent_mails WHERE message_id = :message_id"


def add(db: Database, mails: Mapping[int, SentMail]) -> None:
    """Keep these mails, by their ids in the outbox, and the addresses they were sent to."""
    outbox.save_addresses(db, {id: mail.email for id, mail in mails.items()})
    execute_many(
        db,
        INSERT_SENT_MAIL,
        [{"message_id": id, "content": compress(mail)} for id, mail in mails.items()],
    )


def compress(mail: SentMail) -> bytes:
    return zlib.compress(json.dumps(to_row(mail), ensure_ascii=False).encode(), COMPRESSION_LEVEL)


def find(db: Database, message_id: int) -> SentMail | None:
    """The mail as it was sent; ``None`` if it was not sent, or is deleted by now."""
    row = fetch_one(db, GET_SENT_MAIL, message_id=message_id)
    return from_json(SentMail, zlib.decompress(row["content"])) if row else None
