"""New keys of the instance."""

from collections.abc import Callable, Sequence
from datetime import datetime

from sqlite_utils import Database

from signoff import store
from signoff.domain.audit import Event
from signoff.store.connection import transaction


def rotate(
    db: Database, names: Sequence[str], save: Callable[[], None], actor: str, now: datetime
) -> None:
    """Record that these keys are new, and ``save`` them."""
    with transaction(db):
        store.audit.record(db, Event.KEY_ROTATED, actor, "association", now, names=", ".join(names))
        save()
