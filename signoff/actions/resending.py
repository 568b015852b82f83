"""The office has the current link sent once more."""

from collections.abc import Collection
from datetime import datetime, timedelta

from sqlite_utils import Database

from signoff.domain.audit import Event
from signoff.domain.invitation import Link
from signoff.domain.notice import NoticeKind
from signoff.domain.refusal import Reason, Refusal
from signoff.store import audit, invitations, outbox, rounds
from signoff.store.connection import transaction

PAUSE = timedelta(minutes=15)  # between two mails with a link to the same person
WITH_A_LINK = (NoticeKind.INVITATION, NoticeKind.FRESH_LINK, NoticeKind.PASSED_ON)


def send_again(db: Database, invitation_id: int, link_ids: Collection[int], actor: str, now: datetime) -> list[Link]:
    """Owe each of these holders a mail of its own with the link as it is now; gives to whom.

    Those to whom one went minutes ago, or is still on its way, are left out; refuses where none is left, and once the
    round is cancelled.
    """
    with transaction(db):
        round = rounds.get(db, invitations.get(db, invitation_id).round_id)
        chosen = [link for link in invitations.links(db, invitation_id) if link.id in link_ids and link.email]

        if round is None or round.cancelled_at:
            raise Refusal(Reason.CANCELLED)
        if not chosen:
            raise Refusal(Reason.NOBODY_TO_SEND_TO, "links")
        sent = [link for link in chosen if not lately(db, link, now)]
        if not sent:
            raise Refusal(Reason.SENT_LATELY, "links", minutes=int(PAUSE.total_seconds() // 60))

        for link in sent:
            number = outbox.next_number(db, NoticeKind.FRESH_LINK, link.id)
            outbox.owe(db, NoticeKind.FRESH_LINK, [link.id], number, now)
        told = [link.id for link in sent]
        audit.record(db, Event.LINK_SENT_AGAIN, actor, f"invitation/{invitation_id}", now, links=told)
    return sent


def lately(db: Database, link: Link, now: datetime) -> bool:
    """Whether a mail with the link went minutes ago, or waits to be sent."""
    newest = [outbox.newest(db, kind, link.id) for kind in WITH_A_LINK]
    waits = any(each and not (each.sent_at or each.failed_at) for each in newest)
    return waits or any(each and now - (each.sent_at or each.owed_at) < PAUSE for each in newest)
