"""A fresh link for a dead one, always to the registered address."""

from datetime import datetime, timedelta

from sqlite_utils import Database

from signoff.domain.audit import Event
from signoff.domain.notice import NoticeKind
from signoff.store import audit, doors, invitations, outbox
from signoff.store.connection import transaction

PAUSE = timedelta(minutes=15)  # between two fresh links to the same person


def request_link(db: Database, public_id: str, typed_name: str, now: datetime) -> bool:
    """Owe a mail with the current link, if the token was ours, its round still runs and the name fits.

    The page never shows whether it did: its answer is always the same.
    """
    with transaction(db):
        link = invitations.any_link(db, public_id)
        if link is None:
            return False
        door = doors.behind(db, link)

        if door.round.cancelled_at or not door.member.is_called(typed_name):
            return False
        links = invitations.links(db, door.invitation.id)
        registered = [each for each in links if each.representative_id and each.may_answer]
        targets = [link] if link.ended_at is None else registered
        owed = [each.id for each in targets if each.email and not recent(db, each.id, now)]
        if not owed:
            return False

        for id in owed:
            number = outbox.next_number(db, NoticeKind.FRESH_LINK, id)
            outbox.owe(db, NoticeKind.FRESH_LINK, [id], number, now)
        audit.record(db, Event.LINK_REQUESTED, f"link/{link.id}", f"invitation/{door.invitation.id}", now)
    return True


def recent(db: Database, link_id: int, now: datetime) -> bool:
    last = outbox.last_owed(db, NoticeKind.FRESH_LINK, link_id)
    return last is not None and now - last < PAUSE
