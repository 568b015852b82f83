"""Keeping the results of the checks before mail is sent. They change nothing, so the audit log has
no entry.
"""

from collections.abc import Mapping
from datetime import datetime

from sqlite_utils import Database

from signoff import store
from signoff.store.connection import transaction


def save(db: Database, results: Mapping[str, object], now: datetime) -> None:
    with transaction(db):
        store.delivery_checks.save(db, results, now)
