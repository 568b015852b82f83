"""Accounts of the office, logging in and out."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from hashlib import sha256

from sqlite_utils import Database

from signoff.domain.audit import Event
from signoff.domain.notice import NoticeKind
from signoff.domain.refusal import Reason, Refusal
from signoff.domain.staff import Role, Staff, wait_after
from signoff.store import audit, outbox, staff
from signoff.store.connection import transaction

Verify = Callable[[str, str], bool]  # (hash, password); an empty hash takes as long as any other and never fits


def add_staff(
    db: Database,
    email: str,
    name: str,
    role: Role,
    password_hash: str,
    actor: str,
    now: datetime,
    *,
    mail: bool = False,
) -> Staff:
    """A new account. An empty ``password_hash`` means: the password is set through a set-up link.

    With ``mail`` that link is owed to the new account's address.
    """
    with transaction(db):
        if staff.by_email(db, normal(email)):
            raise Refusal(Reason.EMAIL_TAKEN, "email", text=email)

        made = staff.add(db, Staff(0, normal(email), name, role, password_hash, now))
        audit.record(db, Event.STAFF_ADDED, actor, f"staff/{made.id}", now, role=str(role))
        if mail:
            outbox.owe_staff(db, NoticeKind.STAFF_INVITATION, [made.id], staff.generation(db, made.id), now)
    return made


def disable(db: Database, email: str, actor: str, now: datetime) -> Staff:
    """Lock an account and end its sessions; the last admin stays."""
    with transaction(db):
        one = known(db, email)
        admins = [each for each in staff.every(db) if each.role is Role.ADMIN and each.disabled_at is None]

        if admins == [one]:
            raise Refusal(Reason.LAST_ADMIN)
        disabled = replace(one, disabled_at=one.disabled_at or now)

        staff.save(db, disabled)
        staff.end_sessions(db, one.id, now)
        audit.record(db, Event.STAFF_CHANGED, actor, f"staff/{one.id}", now, change="disabled")
    return disabled


def reset(db: Database, email: str, actor: str, now: datetime) -> tuple[Staff, int]:
    """Take the password away and end the sessions; gives the account and the generation of its new set-up link."""
    with transaction(db):
        one = replace(known(db, email), password_hash="", disabled_at=None)

        staff.save(db, one)
        staff.renew(db, one.id)
        staff.end_sessions(db, one.id, now)
        audit.record(db, Event.STAFF_CHANGED, actor, f"staff/{one.id}", now, change="reset")
        return one, staff.generation(db, one.id)


def set_password(db: Database, staff_id: int, generation: int, password_hash: str, now: datetime) -> bool:
    """Set the password through a set-up link; the link works once."""
    with transaction(db):
        one = staff.get(db, staff_id)
        if one is None or one.disabled_at or staff.generation(db, staff_id) != generation:
            return False

        staff.save(db, replace(one, password_hash=password_hash))
        staff.renew(db, staff_id)
        audit.record(db, Event.STAFF_CHANGED, f"staff/{staff_id}", f"staff/{staff_id}", now, change="password")
    return True


def log_in(db: Database, email: str, password: str, verify: Verify, session_id: str, now: datetime) -> Staff:
    """Start a session. Unknown, disabled and wrong look and take the same; each failure lengthens the wait."""
    digest = require_patience(db, email, now)
    one = staff.by_email(db, normal(email))
    fits = verify(one.password_hash if one else "", password)  # slow on purpose, so outside the transaction
    with transaction(db):
        if one is None or not fits or one.disabled_at:
            staff.count_failure(db, digest, now)
            subject = f"staff/{one.id}" if one else "staff"
            audit.record(db, Event.LOGIN_FAILED, "nobody", subject, now)
            one = None
        else:
            staff.forgive(db, digest)
            staff.start_session(db, session_id, one.id, now)
            audit.record(db, Event.LOGGED_IN, f"staff/{one.id}", f"staff/{one.id}", now)
    if one is None:
        raise Refusal(Reason.WRONG_LOGIN, "password")
    return one


def prove(db: Database, one: Staff, session_id: str, password: str, verify: Verify, now: datetime) -> None:
    """Show again, within a session, who one is. A wrong password counts as it does at the login."""
    digest = require_patience(db, one.email, now)
    fits = verify(one.password_hash, password)
    with transaction(db):
        if fits:
            staff.forgive(db, digest)
            staff.prove_session(db, session_id, now)
        else:
            staff.count_failure(db, digest, now)
            audit.record(db, Event.LOGIN_FAILED, "nobody", f"staff/{one.id}", now)
    if not fits:
        raise Refusal(Reason.WRONG_PROOF, "proof")


def require_patience(db: Database, email: str, now: datetime) -> str:
    """The digest under which this address's failures are counted; refuses while the wait after them runs."""
    digest = sha256(normal(email).encode()).hexdigest()
    failures, last_at = staff.failures(db, digest)
    ready_at = last_at and last_at + wait_after(failures)
    if ready_at and ready_at > now:
        seconds = max(1, round((ready_at - now).total_seconds()))
        raise Refusal(Reason.TOO_MANY_LOGINS, "password", seconds=seconds)
    return digest


def log_out(db: Database, session_id: str, staff_id: int, now: datetime) -> None:
    with transaction(db):
        staff.end_session(db, session_id, now)
        audit.record(db, Event.LOGGED_OUT, f"staff/{staff_id}", f"staff/{staff_id}", now)


def keep_alive(db: Database, session_id: str, now: datetime) -> None:
    """Note that a session was used."""
    with transaction(db):
        staff.see_session(db, session_id, now)


def known(db: Database, email: str) -> Staff:
    one = staff.by_email(db, normal(email))
    if one is None:
        raise Refusal(Reason.NO_SUCH_STAFF, "email", text=email)
    return one


def normal(email: str) -> str:
    return email.strip().casefold()
