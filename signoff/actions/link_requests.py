"""Mails the link again to representatives who have lost it and give their member and address."""

from datetime import datetime, timedelta

from sqlite_utils import Database

from signoff import store
from signoff.actions.mail import enqueue_new_link
from signoff.domain.audit import Event
from signoff.domain.mail import MailKind
from signoff.store.access import InvitationAccess
from signoff.store.connection import transaction

REQUEST_INTERVAL = timedelta(minutes=15)  # between two requested mails to the same recipient


def request_link(db: Database, name: str, email: str, now: datetime) -> None:
    """Store a request. The worker finds out whether it fits, so that the page cannot tell, not even
    by the time it takes.
    """
    with transaction(db):
        store.link_requests.add(db, name, email, now)


def answer_requests(db: Database, link_lifetime: timedelta, now: datetime) -> int:
    """Enqueue the requested mails and delete the requests; returns how many there were.

    A mail with the current link goes to each holder of an open link with this address whose member
    is called so, unless the round was cancelled or can still be recalled, or the link has expired.
    """
    requests = store.link_requests.list_all(db)
    for request in requests:
        with transaction(db):
            links = store.rounds.list_open_links_of_address(db, request.email)
            accesses = [store.access.load(db, link) for link in links]

            due = [
                access
                for access in accesses
                if access.member.is_called(request.name)
                and access.round.is_announced(now)
                and not access.round.cancelled_at
                and not access.round.has_expired_links(link_lifetime, now)
                and not has_recent_request(db, access, now)
            ]

            for access in due:
                enqueue_new_link(db, access.link.id, now)
                subject = f"invitation/{access.invitation.id}"
                store.audit.record(db, Event.LINK_REQUESTED, "nobody", subject, now)
            store.link_requests.delete(db, request.id)
    return len(requests)


def has_recent_request(db: Database, access: InvitationAccess, now: datetime) -> bool:
    requested_at = store.outbox.find_latest_enqueued_at(db, MailKind.NEW_LINK, access.link.id)
    return requested_at is not None and now - requested_at < REQUEST_INTERVAL
