"""The instance's association and its legal texts."""

from collections.abc import Iterable
from dataclasses import asdict, replace
from datetime import datetime

from sqlite_utils import Database

from signoff.domain.association import Association
from signoff.domain.audit import Event
from signoff.store import associations, audit
from signoff.store.associations import LegalText
from signoff.store.connection import transaction


def found(db: Database, association: Association, starters: Iterable[LegalText], actor: str, now: datetime) -> bool:
    """Make the association with its starter texts; gives whether there was none before."""
    with transaction(db):
        if associations.exists(db):
            return False

        associations.save(db, association)
        for text in starters:
            associations.save_text(db, text)
        audit.record(db, Event.INSTANCE_MADE, actor, "association", now, name=association.name)
    return True


def describe(db: Database, association: Association, actor: str, now: datetime) -> None:
    """Change what the association is called and how it is reached."""
    with transaction(db):
        before = associations.get(db)
        if replace(association, texts_edited=before.texts_edited, four_eyes=before.four_eyes) == before:
            return

        associations.save(db, association)
        audit.record(db, Event.ASSOCIATION_CHANGED, actor, "association", now, **asdict(association))


def edit_text(db: Database, kind: str, language: str, markdown: str, actor: str, now: datetime) -> None:
    """Replace one of the legal texts; from then on it is no starter text any more."""
    with transaction(db):
        associations.save_text(db, LegalText(kind, language, markdown, now))
        audit.record(db, Event.ASSOCIATION_CHANGED, actor, f"text/{kind}/{language}", now)
