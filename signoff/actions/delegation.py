"""Delegate answering to a colleague, and end the link they got."""

from datetime import datetime

from sqlite_utils import Database

from signoff import store
from signoff.actions.answers import RESEND_INTERVAL, has_recent_mail, reload_access
from signoff.domain.answer_forms import (
    Colleague,
    find_open_link,
    list_descendants,
    may_end_link,
    require_delegation_capacity,
)
from signoff.domain.audit import Event
from signoff.domain.errors import Reason, Refusal
from signoff.domain.mail import MailKind
from signoff.domain.rounds import Link
from signoff.store.access import InvitationAccess
from signoff.store.connection import transaction


def delegate(
    db: Database,
    access: InvitationAccess,
    colleague: Colleague,
    now: datetime,
    prepared: str = "",
) -> Link:
    """Give the colleague a link of their own, mail it, and notify the registered addresses.

    An address that already has a link keeps it and gets no second mail. Refuses an address that is
    registered, more links than allowed, and a round that is not open.

    With ``prepared``, an answer that is filled in waits behind the colleague's link, new or not,
    and is mailed in any case; nothing is handed in. What is prepared once more within minutes
    replaces it without a further mail. Nobody prepares for themselves.
    """
    with transaction(db):
        access = reload_access(db, access)
        links = store.rounds.list_all_links(db, access.invitation.id)

        access.round.require_open(now)
        existing = find_open_link(links, colleague.email)
        is_own = existing is not None and existing.id == access.link.id
        if existing and (is_own if prepared else existing.delegated_by is None):
            raise Refusal(Reason.HAS_A_LINK, "email", text=colleague.email)
        if existing and not prepared:
            return existing
        if existing is None:
            require_delegation_capacity(links)
        is_mailed = existing is not None and has_recent_mail(
            db, existing, now, [MailKind.DELEGATION]
        )
        if existing and is_mailed and not existing.prepared:
            minutes = int(RESEND_INTERVAL.total_seconds() // 60)
            raise Refusal(Reason.SENT_RECENTLY, "email", minutes=minutes)

        link_id = (
            existing.id
            if existing
            else store.rounds.add_link(db, build_link(access.link, colleague, now))
        )
        store.rounds.prepare_answer(db, link_id, prepared, colleague.message)
        entry = store.audit.record(
            db,
            Event.DELEGATED,
            f"link/{access.link.id}",
            f"invitation/{access.invitation.id}",
            now,
            link=link_id,
            name=colleague.name,
            unit=colleague.unit,
            email=colleague.email,
            message=colleague.message,
            **({"prepared": True} if prepared else {}),
        )
        if not is_mailed:
            store.outbox.enqueue(db, MailKind.DELEGATION, [link_id], entry.seq, now)
        if existing is None:
            registered = [
                link.id
                for link in links
                if link.email and link.representative_id and link.may_answer and not link.ended_at
            ]
            store.outbox.enqueue(db, MailKind.DELEGATION_NOTICE, registered, link_id, now)
    return store.rounds.get_link(db, link_id)


def build_link(delegator: Link, colleague: Colleague, now: datetime) -> Link:
    return Link(
        id=0,
        invitation_id=delegator.invitation_id,
        public_id=store.rounds.generate_public_id(),
        generation=1,
        representative_id=None,
        name=colleague.name,
        email=colleague.email,
        language=delegator.language,
        created_at=now,
        delegated_by=delegator.id,
        unit=colleague.unit,
        message=colleague.message,
    )


def end(db: Database, access: InvitationAccess, link_id: int, now: datetime) -> Link:
    """End a delegated link and all links delegated from it; a second call changes nothing."""
    with transaction(db):
        access = reload_access(db, access)
        links = store.rounds.list_all_links(db, access.invitation.id)
        link = next((link for link in links if link.id == link_id), None)

        if link is None:
            raise Refusal(Reason.NO_SUCH_LINK)
        if not may_end_link(access.link, link, links):
            raise Refusal(Reason.NOT_YOURS_TO_END)

        end_with_descendants(db, link, links, f"link/{access.link.id}", now)
    return link


def end_by_office(db: Database, link_id: int, actor: str, now: datetime) -> Link:
    """The office ends a delegated link and all links delegated from it."""
    with transaction(db):
        link = store.rounds.find_link(db, link_id)

        if link is None or link.delegated_by is None:
            raise Refusal(Reason.NO_SUCH_LINK)

        links = store.rounds.list_all_links(db, link.invitation_id)
        end_with_descendants(db, link, links, actor, now)
    return link


def end_with_descendants(
    db: Database, link: Link, links: list[Link], actor: str, now: datetime
) -> None:
    """Within the caller's transaction: end the link and those below it, and cancel mail to them."""
    ids = [other.id for other in (link, *list_descendants(link, links)) if other.ended_at is None]
    for link_id in ids:
        store.rounds.end_link(db, link_id, now)
    store.outbox.cancel_for_links(db, list(MailKind), ids)
    if ids:
        subject = f"invitation/{link.invitation_id}"
        store.audit.record(db, Event.DELEGATION_ENDED, actor, subject, now, links=ids)
