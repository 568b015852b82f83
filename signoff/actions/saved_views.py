"""Somebody gives a filter of a list a name, or deletes it."""

from datetime import datetime

from sqlite_utils import Database

from signoff import store
from signoff.domain.audit import Event
from signoff.store.connection import transaction
from signoff.store.saved_views import SavedView


def save(db: Database, view: SavedView, actor: str, now: datetime) -> None:
    """Save the view in place of one of the same name; a second call changes nothing more."""
    with transaction(db):
        store.saved_views.save(db, view)
        store.audit.record(db, Event.VIEW_SAVED, actor, "views", now, name=view.name)


def delete(db: Database, view: SavedView, actor: str, now: datetime) -> None:
    with transaction(db):
        store.saved_views.delete(db, view.id)
        store.audit.record(db, Event.VIEW_DELETED, actor, "views", now, name=view.name)
