"""A password that was forgotten, and one that is to be changed."""

from dataclasses import replace
from datetime import datetime, timedelta
from hashlib import sha256

from sqlite_utils import Database

from signoff.actions.entering import Verify, count_failure, require_patience
from signoff.actions.staffing import normal
from signoff.domain.audit import Event
from signoff.domain.notice import NoticeKind
from signoff.domain.refusal import Reason, Refusal
from signoff.domain.staff import Staff
from signoff.store import audit, factors, outbox, password_requests, staff
from signoff.store.connection import transaction

PAUSE, DAY, A_DAY = timedelta(minutes=5), timedelta(hours=24), 5  # one link in five minutes, five in a day


def request_password(db: Database, email: str, now: datetime) -> None:
    """Owe a link to a new password, if there is such an account. What is done takes as long where there is none."""
    digest = sha256(normal(email).encode()).hexdigest()
    with transaction(db):
        if password_requests.since(db, digest, now - PAUSE) or password_requests.since(db, digest, now - DAY) >= A_DAY:
            return
        one = staff.by_email(db, normal(email))
        asking = one if one and not one.disabled_at else None

        generation = staff.generation(db, asking.id) if asking else 0
        number = password_requests.add(db, digest, asking.id if asking else None, generation, now)
        subject = f"staff/{asking.id}" if asking else "staff"
        audit.record(db, Event.PASSWORD_REQUESTED, "nobody", subject, now)
        if asking:
            outbox.owe_staff(db, NoticeKind.PASSWORD_LINK, [asking.id], number, now)


def asking(db: Database, number: int, now: datetime) -> Staff | None:
    """The account a mailed link leads to, while it holds."""
    request = password_requests.get(db, number)
    one = staff.get(db, request.staff_id) if request else None
    if request is None or one is None or one.disabled_at or not request.lives(staff.generation(db, one.id), now):
        return None
    return one


def set_password(db: Database, number: int, password_hash: str, now: datetime) -> bool:
    """Set the password through a mailed link: it works once, and ends every session and link before it."""
    with transaction(db):
        one = asking(db, number, now)
        if one is None:
            return False
        staff.end_sessions(db, one.id, now)
        changed(db, one, password_hash, now)
    return True


def change_password(
    db: Database, one: Staff, session_id: str, current: str, new_hash: str, verify: Verify, now: datetime
) -> None:
    """Change one's own password. It ends the other sessions; the second factor stays."""
    digest = require_patience(db, one.email, now, "current")
    fits = verify(one.password_hash, current)
    with transaction(db):
        if fits:
            staff.forgive(db, digest)
            staff.end_others(db, one.id, session_id, now)
            staff.prove_session(db, session_id, now)
            changed(db, one, new_hash, now)
        else:
            count_failure(db, digest, one, now)
    if not fits:
        raise Refusal(Reason.WRONG_PROOF, "current")


def changed(db: Database, one: Staff, password_hash: str, now: datetime) -> None:
    """Inside the caller's transaction: the new password, its line in the journal, and word to its owner."""
    staff.save(db, replace(one, password_hash=password_hash))
    staff.renew(db, one.id)
    factors.end_halves(db, one.id)
    entry = audit.record(db, Event.STAFF_CHANGED, f"staff/{one.id}", f"staff/{one.id}", now, change="password")
    outbox.owe_staff(db, NoticeKind.PASSWORD_CHANGED, [one.id], entry.seq, now)
