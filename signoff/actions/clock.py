"""The office says that the clock is right, after it has jumped."""

from collections.abc import Callable
from datetime import datetime

from sqlite_utils import Database

from signoff import store
from signoff.domain.audit import Event
from signoff.store.connection import transaction


def confirm(
    db: Database, known: datetime, save: Callable[[], None], actor: str, now: datetime
) -> None:
    """Record that ``now`` is right, though ``known`` was the last known moment, and ``save`` it."""
    with transaction(db):
        details = {"since": known.isoformat(), "until": now.isoformat()}
        store.audit.record(db, Event.CLOCK_CONFIRMED, actor, "association", now, **details)
        save()
