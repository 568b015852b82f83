"""Passing the task on to a colleague, and ending the link she got."""

from datetime import datetime

from sqlite_utils import Database

from signoff import store
from signoff.actions.answers import reload_access
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


def delegate(db: Database, door: InvitationAccess, colleague: Colleague, now: datetime) -> Link:
    """Give the colleague a link of her own, owe her the mail and tell the registered addresses: one transaction.

    To an address that has been given one already it is the same link again, and no second mail. Refuses an address
    that is registered anyway, one link too many, and a round that is not open.
    """
    with transaction(db):
        door = reload_access(db, door)
        links = store.rounds.list_all_links(db, door.invitation.id)

        door.round.require_open(now)
        if known := find_open_link(links, colleague.email):
            if known.delegated_by is None:
                raise Refusal(Reason.HAS_A_LINK, "email", text=colleague.email)
            return known
        require_delegation_capacity(links)

        made = build_link(door.link, colleague, now)
        id = store.rounds.add_link(db, made)
        told_too = (
            link
            for link in links
            if link.representative_id and link.may_answer and not link.ended_at
        )
        registered = [link.id for link in told_too if link.email]
        store.outbox.enqueue(db, MailKind.DELEGATION, [id], id, now)
        store.outbox.enqueue(db, MailKind.DELEGATION_NOTICE, registered, id, now)
        told = {"name": made.name, "unit": made.unit, "email": made.email, "message": made.message}
        store.audit.record(
            db,
            Event.DELEGATED,
            f"link/{door.link.id}",
            f"invitation/{door.invitation.id}",
            now,
            link=id,
            **told,
        )
    return store.rounds.get_link(db, id)


def build_link(by: Link, colleague: Colleague, now: datetime) -> Link:
    return Link(
        0,
        by.invitation_id,
        store.rounds.generate_public_id(),
        1,
        None,
        colleague.name,
        colleague.email,
        by.language,
        now,
        delegated_by=by.id,
        unit=colleague.unit,
        message=colleague.message,
    )


def end(db: Database, door: InvitationAccess, link_id: int, now: datetime) -> Link:
    """End a link that was passed on, with all that came from it; a second time, nothing happens."""
    with transaction(db):
        door = reload_access(db, door)
        links = store.rounds.list_all_links(db, door.invitation.id)
        link = next((each for each in links if each.id == link_id), None)

        if link is None:
            raise Refusal(Reason.NO_SUCH_LINK)
        if not may_end_link(door.link, link, links):
            raise Refusal(Reason.NOT_YOURS_TO_END)

        end_with_descendants(db, link, links, f"link/{door.link.id}", now)
    return link


def end_by_office(db: Database, link_id: int, actor: str, now: datetime) -> Link:
    """The office ends a link that was passed on, with all that came from it."""
    with transaction(db):
        link = store.rounds.find_link(db, link_id)

        if link is None or link.delegated_by is None:
            raise Refusal(Reason.NO_SUCH_LINK)

        end_with_descendants(
            db, link, store.rounds.list_all_links(db, link.invitation_id), actor, now
        )
    return link


def end_with_descendants(
    db: Database, link: Link, links: list[Link], actor: str, now: datetime
) -> None:
    """Within the caller's transaction: the link and those below it; mail owed to them is not sent any more."""
    ended = [each for each in (link, *list_descendants(link, links)) if each.ended_at is None]
    for each in ended:
        store.rounds.end_link(db, each.id, now)
    store.outbox.cancel_for_links(db, list(MailKind), [each.id for each in ended])
    if ended:
        ids = [each.id for each in ended]
        store.audit.record(
            db, Event.DELEGATION_ENDED, actor, f"invitation/{link.invitation_id}", now, links=ids
        )
