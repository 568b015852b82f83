"""The weekly digest to the office's people."""

from datetime import datetime

from sqlite_utils import Database

from signoff.domain.digest import is_due, week_of
from signoff.domain.notice import NoticeKind
from signoff.domain.reminding import Calendar
from signoff.store import associations, letters, outbox, staff
from signoff.store.connection import transaction


def owe_digests(db: Database, calendar: Calendar, now: datetime) -> int:
    """Owe this week's digest to every account, once, while a round is at work; gives how many were owed.

    It is due from the week's first working day on; a week in which nothing ran has none.
    """
    zone = associations.get(db).zone
    number = week_of(now.astimezone(zone).date())
    if not is_due(now, zone, calendar) or outbox.numbered(db, NoticeKind.DIGEST, number):
        return 0
    readers = [each.id for each in staff.every(db) if each.disabled_at is None and each.password_hash]
    if not readers or not letters.report(db, now).reports:
        return 0
    with transaction(db):
        outbox.owe_staff(db, NoticeKind.DIGEST, readers, number, now)
    return len(readers)
