"""Logging in with password and second factor, showing again who one is, logging out."""

from collections.abc import Callable
from datetime import datetime, timedelta
from hashlib import sha256

from sqlite_utils import Database

from signoff.actions.staffing import normal
from signoff.domain import factor
from signoff.domain.audit import Event
from signoff.domain.factor import Factors
from signoff.domain.refusal import Reason, Refusal
from signoff.domain.staff import LONGEST_WAIT, Staff, wait_after
from signoff.store import audit, factors, staff
from signoff.store.connection import transaction

Verify = Callable[[str, str], bool]  # (hash, password); an empty hash takes as long as any other and never fits
# Whether what was shown is a factor of this account; uses it up. Runs inside the transaction.
Shown = Callable[[Database, Staff, Factors], bool]


def log_in(
    db: Database,
    email: str,
    password: str,
    verify: Verify,
    login_id: str,
    now: datetime,
    *,
    device: str = "",
    half: bool = False,
) -> Staff:
    """Start a session, or half a login where a second factor is still to come (``half``).

    Unknown, disabled and wrong look and take the same; each failure lengthens the wait.
    """
    digest = require_patience(db, normal(email), now, "password")

    one = staff.by_email(db, normal(email))
    fits = verify(one.password_hash if one else "", password)  # slow on purpose, so outside the transaction
    with transaction(db):
        if one is None or not fits or one.disabled_at:
            count_failure(db, digest, one, now)
            one = None
        else:
            staff.forgive(db, digest)
            if half:
                factors.start_half(db, login_id, one.id, now)
            else:
                begin(db, login_id, one, device, now)
    if one is None:
        raise Refusal(Reason.WRONG_LOGIN, "password")
    return one


def complete(
    db: Database, half_id: str, session_id: str, shown: Shown, now: datetime, *, device: str = "", field: str = "code"
) -> Staff:
    """Turn half a login into a session with the second factor. Wrong ones are counted on their own, and wait longer."""
    with transaction(db):
        one = waiting(db, half_id, now)
        digest = require_patience(db, f"factor:{one.email}", now, field, factor.LONGEST_WAIT)
        if fits := shown(db, one, factors.of(db, one.id)):
            staff.forgive(db, digest)
            factors.end_half(db, half_id, now)
            begin(db, session_id, one, device, now)
        else:
            count_failure(db, digest, one, now)
    if not fits:
        raise Refusal(Reason.WRONG_FACTOR, field)
    return one


def prove(db: Database, one: Staff, session_id: str, password: str, verify: Verify, now: datetime) -> None:
    """Show again, within a session, who one is. A wrong password counts as it does at the login."""
    digest = require_patience(db, one.email, now, "proof")
    fits = verify(one.password_hash, password)
    with transaction(db):
        if fits:
            staff.forgive(db, digest)
            staff.prove_session(db, session_id, now)
        else:
            count_failure(db, digest, one, now)
    if not fits:
        raise Refusal(Reason.WRONG_PROOF, "proof")


def prove_by_factor(db: Database, one: Staff, session_id: str, shown: Shown, now: datetime) -> None:
    """Show again who one is, with the second factor."""
    with transaction(db):
        digest = require_patience(db, f"factor:{one.email}", now, "proof", factor.LONGEST_WAIT)
        if fits := shown(db, one, factors.of(db, one.id)):
            staff.forgive(db, digest)
            staff.prove_session(db, session_id, now)
        else:
            count_failure(db, digest, one, now)
    if not fits:
        raise Refusal(Reason.WRONG_FACTOR, "proof")


def waiting(db: Database, half_id: str, now: datetime) -> Staff:
    """Whose login waits for the second factor; refuses what is no such login any more."""
    staff_id = factors.half(db, half_id, now)
    one = staff.get(db, staff_id) if staff_id else None
    if one is None or one.disabled_at:
        raise Refusal(Reason.LOGIN_OVER)
    return one


def begin(db: Database, session_id: str, one: Staff, device: str, now: datetime) -> None:
    """A whole session, inside the caller's transaction."""
    staff.start_session(db, session_id, one.id, now, device)
    audit.record(db, Event.LOGGED_IN, f"staff/{one.id}", f"staff/{one.id}", now)


def count_failure(db: Database, digest: str, one: Staff | None, now: datetime) -> None:
    staff.count_failure(db, digest, now)
    audit.record(db, Event.LOGIN_FAILED, "nobody", f"staff/{one.id}" if one else "staff", now)


def require_patience(db: Database, whose: str, now: datetime, field: str, longest: timedelta = LONGEST_WAIT) -> str:
    """The digest under which these failures are counted; refuses while the wait after them runs."""
    digest = sha256(whose.encode()).hexdigest()
    failures, last_at = staff.failures(db, digest)
    ready_at = last_at and last_at + wait_after(failures, longest)
    if ready_at and ready_at > now:
        seconds = max(1, round((ready_at - now).total_seconds()))
        raise Refusal(Reason.TOO_MANY_LOGINS, field, seconds=seconds)
    return digest


def log_out(db: Database, session_id: str, staff_id: int, now: datetime) -> None:
    with transaction(db):
        staff.end_session(db, session_id, now)
        audit.record(db, Event.LOGGED_OUT, f"staff/{staff_id}", f"staff/{staff_id}", now)


def keep_alive(db: Database, session_id: str, now: datetime) -> None:
    """Note that a session was used."""
    with transaction(db):
        staff.see_session(db, session_id, now)
