"""The office notes something about an invitation for itself, and removes it again."""

import secrets
from datetime import datetime

from sqlite_utils import Database

from signoff.domain.audit import Event
from signoff.store import audit, remarks
from signoff.store.connection import transaction


def remark(db: Database, invitation_id: int, words: str, *, form_key: str, actor: str, now: datetime) -> None:
    """Keep ``words``; the same form a second time writes nothing more.

    The journal says that something was noted, never what: so a note about a person can be removed for good.
    """
    with transaction(db):
        if form_key and remarks.by_form(db, invitation_id, form_key):
            return

        id = remarks.add(db, invitation_id, words, actor, form_key or secrets.token_urlsafe(16), now)
        audit.record(db, Event.REMARKED, actor, f"invitation/{invitation_id}", now, remark=id)


def remove(db: Database, remark_id: int, actor: str, now: datetime) -> None:
    """Remove it for good; a second time, nothing happens."""
    with transaction(db):
        found = remarks.get(db, remark_id)
        if found is None:
            return

        remarks.remove(db, remark_id)
        audit.record(db, Event.REMARK_REMOVED, actor, f"invitation/{found.invitation_id}", now, remark=remark_id)
