"""Replies by mail: assigned to an invitation, and settled by the office."""

from collections.abc import Callable
from datetime import datetime

from sqlite_utils import Database

from signoff import store
from signoff.domain.audit import Event
from signoff.domain.replies import IncomingReply, Reply
from signoff.domain.rounds import Link
from signoff.store.connection import transaction


def record_reply(
    db: Database,
    link: Link,
    incoming: IncomingReply,
    content: bytes,
    keep: Callable[[bytes], str],
    now: datetime,
) -> bool:
    """Assign a reply to the invitation of the link it answers; a repetition changes nothing.

    ``keep`` stores the whole mail and returns its digest. The reply counts for nothing by itself.
    """
    digest = keep(content)
    with transaction(db):
        if store.replies.exists(db, link.invitation_id, digest):
            return True

        received_at = min(incoming.received_at or now, now)
        reply = Reply(
            id=0,
            invitation_id=link.invitation_id,
            link_id=link.id,
            sender=incoming.sender,
            sender_name=incoming.sender_name,
            subject=incoming.subject,
            text=incoming.text,
            whole_text=incoming.whole_text,
            attachments=incoming.attachments,
            sha256=digest,
            size=len(content),
            received_at=received_at,
            is_known_sender=incoming.sender in store.replies.list_addresses(db, link.invitation_id),
        )

        store.replies.add(db, reply)
        subject = f"invitation/{link.invitation_id}"
        store.audit.record(db, Event.REPLY_RECEIVED, "worker", subject, now, reply=digest)
    return True


def settle(db: Database, reply: Reply, actor: str, now: datetime) -> None:
    """Note that the office has dealt with a reply; a second call changes nothing."""
    with transaction(db):
        current = store.replies.find(db, reply.id)
        if current is None or current.settled_at:
            return

        store.replies.settle(db, reply.id, actor, now)
        subject = f"invitation/{reply.invitation_id}"
        store.audit.record(db, Event.REPLY_SETTLED, actor, subject, now, reply=reply.sha256)
