"""„Das war ich nicht“: a member objects to an answer; the office settles it. Nothing else is paused."""

from datetime import datetime

from sqlite_utils import Database

from signoff.actions.answering import again
from signoff.domain.audit import Event
from signoff.domain.notice import NoticeKind
from signoff.domain.objection import Objection
from signoff.domain.refusal import Reason, Refusal
from signoff.store import audit, objections, outbox
from signoff.store.connection import transaction
from signoff.store.doors import Door


def object_to(db: Database, door: Door, answer_id: int, words: str, now: datetime) -> Objection:
    """Flag the version ``answer_id`` for the office and owe it the mail; a second time finds the first.

    Refuses where another version counts by now: who objects has to see what she objects to.
    """
    with transaction(db):
        door = again(db, door)
        if known := objections.open_to(db, answer_id):
            return known

        if door.version is None or door.version.id != answer_id:
            raise Refusal(Reason.ANSWER_CHANGED)

        about = {"invitation_id": door.invitation.id, "answer_id": answer_id, "link_id": door.link.id}
        actor, subject = f"link/{door.link.id}", f"invitation/{door.invitation.id}"
        entry = audit.record(db, Event.OBJECTED, actor, subject, now, number=door.version.number, words=words)
        objection = objections.add(db, **about, words=words, objected_at=now, entry=entry.seq)
        outbox.owe(db, NoticeKind.OBJECTION, [door.link.id], objection.id, now)
    return objection


def settle_objection(db: Database, objection_id: int, actor: str, now: datetime) -> Objection:
    """The office has looked into it. A second time, it stays as it was settled."""
    with transaction(db):
        objection = objections.get(db, objection_id)

        if objection is None:
            raise Refusal(Reason.NO_SUCH_OBJECTION)
        if objection.settled_at:
            return objection

        objections.settle(db, objection_id, actor, now)
        subject = f"invitation/{objection.invitation_id}"
        audit.record(db, Event.OBJECTION_SETTLED, actor, subject, now, objection=objection_id)
    settled = objections.get(db, objection_id)
    assert settled
    return settled
