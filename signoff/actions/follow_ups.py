"""Publish what became of a released paper, and mail it to those who sign it."""

from datetime import date, datetime

from sqlite_utils import Database

from signoff import store
from signoff.actions.releases import require_one_person
from signoff.actions.rounds import enqueue_round_mail
from signoff.domain.approvals import PublicAct
from signoff.domain.audit import Event
from signoff.domain.errors import Reason, Refusal
from signoff.domain.mail import MailKind
from signoff.store.connection import transaction


def add(
    db: Database, round_id: int, day: date, text: str, tell: bool, actor: str, now: datetime
) -> None:
    """Publish an entry, and with ``tell`` mail it to everybody who signs now.

    A second call with the same words changes nothing. Refuses if the association requires a second
    person.
    """
    with transaction(db):
        require_one_person(db, PublicAct.FOLLOW_UP, f"round/{round_id}")
        add_entry(db, round_id, day, text, tell, actor, now)


def add_entry(
    db: Database, round_id: int, day: date, text: str, tell: bool, actor: str, now: datetime
) -> None:
    """Within the caller's transaction: the entry and its mail. Refuses what is not public."""
    release = store.releases.find_for_round(db, round_id)
    if release is None or not release.is_public(now):
        raise Refusal(Reason.NOT_RELEASED)
    if store.follow_ups.find_same(db, round_id, day, text):
        return

    details = {"day": day.isoformat(), "text": text, "told": tell}
    entry = store.audit.record(
        db, Event.FOLLOW_UP_ADDED, actor, f"round/{round_id}", now, **details
    )
    id = store.follow_ups.add(db, round_id, day, text, entry.seq)
    if tell:
        links = store.signatories.list_link_ids(db, round_id)
        enqueue_round_mail(db, MailKind.FOLLOW_UP, round_id, now, number=id, only=links)


def remove(db: Database, id: int, actor: str, now: datetime) -> None:
    """Take an entry from the public page, and drop what is not mailed yet. A second call changes
    nothing.
    """
    with transaction(db):
        follow_up = store.follow_ups.find(db, id)
        if follow_up is None:
            return

        store.follow_ups.delete(db, id)
        store.outbox.cancel_numbered(db, MailKind.FOLLOW_UP, id)
        subject, day = f"round/{follow_up.round_id}", follow_up.day.isoformat()
        details = {"day": day, "text": follow_up.text}
        store.audit.record(db, Event.FOLLOW_UP_REMOVED, actor, subject, now, **details)
