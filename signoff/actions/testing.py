"""A test mail to oneself: any kind of mail, with a link that opens nothing."""

from datetime import datetime, timedelta

from sqlite_utils import Database

from signoff.domain.audit import Event
from signoff.domain.notice import NoticeKind
from signoff.domain.sample import Wish
from signoff.store import audit, outbox, samples
from signoff.store.connection import transaction

PAUSE = timedelta(minutes=1)


def owe_test(db: Database, wish: Wish, actor: str, now: datetime) -> int:
    """Owe the sample to the account that asks; the same one asked for again within a minute is one.

    Gives its number.
    """
    with transaction(db):
        if last := samples.recent_test(db, wish, now - PAUSE):
            return last

        number = samples.add_test(db, wish, now)
        outbox.owe_staff(db, NoticeKind.TEST, [wish.staff_id], number, now)
        audit.record(db, Event.MAIL_TESTED, actor, f"staff/{wish.staff_id}", now, kind=str(wish.kind))
    return number
