"""What came back to a mail's return path, and a corrected address."""

from dataclasses import replace
from datetime import datetime

from sqlite_utils import Database

from signoff.domain.audit import Event
from signoff.domain.invitation import Link
from signoff.domain.member import Representative
from signoff.domain.notice import NoticeKind
from signoff.domain.refusal import Reason, Refusal
from signoff.domain.returned import Came, Returned
from signoff.store import audit, invitations, members, outbox, rounds
from signoff.store.connection import transaction


def record(db: Database, returned: Returned, now: datetime) -> bool:
    """Note what came back; gives whether it was about a mail of ours. The second time changes nothing."""
    with transaction(db):
        notice = outbox.get(db, returned.notice_id) if returned.notice_id else None
        if notice is None or notice.sent_at is None or returned.came is Came.UNKNOWN:
            return False

        known = {
            Came.BOUNCE: notice.bounced_at,
            Came.DELAY: notice.delayed_at or notice.bounced_at,
            Came.AUTOREPLY: notice.autoreplied_at,
        }
        if known[returned.came]:
            return True

        outbox.mark_returned(db, notice.id, returned, now)
        about = f"staff/{notice.staff_id}"
        if notice.link_id is not None:
            about = f"invitation/{invitations.link_by_id(db, notice.link_id).invitation_id}"
        details = {"came": str(returned.came), "kind": str(notice.kind), "words": returned.words}
        audit.record(db, Event.MAIL_RETURNED, "worker", about, now, **details)
    return True


def readdress(db: Database, link_id: int, email: str, actor: str, now: datetime) -> Link:
    """Correct the address of a link: the old link ends at once, a new one is owed to the new address.

    ``email`` has been checked for its form. The registered representative gets the address too.
    """
    with transaction(db):
        link = invitations.link_by_id(db, link_id)
        invitation = invitations.get(db, link.invitation_id)
        round = rounds.get(db, invitation.round_id)
        assert round

        round.require_open(now)
        if link.ended_at:
            raise Refusal(Reason.LINK_ENDED)
        if link.email == email:
            return link
        if any(email == each.email for each in invitations.links(db, invitation.id)):
            raise Refusal(Reason.ADDRESS_IN_USE, "email", text=email)

        renew(db, link, email, actor, now)
        if link.representative_id:
            correct(db, invitation.member_id, link.representative_id, email)
        return invitations.link_by_id(db, link.id)


def renew(db: Database, link: Link, email: str, actor: str, now: datetime) -> None:
    """Within the caller's transaction: end the link, owe a fresh one to the new address, and journal it."""
    invitations.renew_link(db, link.id, email)
    outbox.drop_of_link(db, link.id)
    outbox.owe(db, NoticeKind.FRESH_LINK, [link.id], outbox.next_number(db, NoticeKind.FRESH_LINK, link.id), now)
    details = {"before": link.email, "after": email}
    audit.record(db, Event.ADDRESS_CORRECTED, actor, f"invitation/{link.invitation_id}", now, **details)


def correct(db: Database, member_id: int, id: int, email: str) -> None:
    """The registered address, unless somebody else at the member has it already."""
    registered: dict[int, Representative] = {each.id: each for each in members.people(db, member_id)}
    if id in registered and not any(each.email == email for each in registered.values()):
        members.save_representative(db, replace(registered[id], email=email))
