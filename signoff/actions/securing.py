"""Second factors: setting one up, using it, taking it away."""

from collections.abc import Callable, Sequence
from datetime import datetime

from sqlite_utils import Database

from signoff.actions import entering
from signoff.actions.entering import Shown
from signoff.actions.staffing import clear_factors, known, require_not_oneself
from signoff.domain.audit import Event
from signoff.domain.factor import Authenticator, Factors, Passkey, digest
from signoff.domain.refusal import Reason, Refusal
from signoff.domain.staff import Staff
from signoff.store import audit, factors
from signoff.store.connection import transaction

Step = Callable[[Authenticator, str], int | None]  # the time step whose code was typed, if it is one
Answered = Callable[[str, tuple[Passkey, ...]], tuple[Passkey, int] | None]  # which passkey, and its new count
NAME = 80  # characters


def code_shown(code: str, step_of: Step, now: datetime) -> Shown:
    """What was typed is the app's code, not used before, or a recovery code."""

    def shown(db: Database, one: Staff, known: Factors) -> bool:
        step = step_of(known.authenticator, code) if known.authenticator else None
        if known.authenticator and step is not None and step > known.authenticator.last_step:
            factors.use_step(db, one.id, step)
            return True
        if not factors.use_code(db, one.id, digest(one.id, code), now):
            return False
        audit.record(db, Event.STAFF_CHANGED, f"staff/{one.id}", f"staff/{one.id}", now, change="code_used")
        return True

    return shown


def passkey_shown(login_id: str, answered: Answered, now: datetime) -> Shown:
    """The answer of one of the account's passkeys to the one question this login was asked."""

    def shown(db: Database, one: Staff, known: Factors) -> bool:
        challenge = factors.take_challenge(db, login_id, now)
        found = answered(challenge, known.passkeys) if challenge else None
        if found is None:
            return False
        factors.use_passkey(db, found[0].id, found[1], now)
        return True

    return shown


def ask(db: Database, login_id: str, challenge: str, now: datetime) -> None:
    """Note what a login's passkey is asked."""
    with transaction(db):
        factors.ask(db, login_id, challenge, now)


def take_challenge(db: Database, login_id: str, now: datetime) -> str:
    """What a new passkey was asked, once; refuses where nothing was asked lately."""
    with transaction(db):
        found = factors.take_challenge(db, login_id, now)
    if found is None:
        raise Refusal(Reason.WRONG_FACTOR, "credential")
    return found


def set_up(
    db: Database,
    one: Staff,
    made: Authenticator | Passkey,
    codes: Sequence[str],
    now: datetime,
    *,
    half_id: str = "",
    session_id: str = "",
    device: str = "",
) -> bool:
    """Add a factor; whether ``codes`` have become the account's recovery codes, for it had none left.

    With ``half_id`` the login that waits is completed. That is for an account without any factor: who only knows the
    password must not be able to add one to those that are asked for.
    """
    with transaction(db):
        had = factors.of(db, one.id)
        if half_id:
            entering.waiting(db, half_id, now)
            if had:
                raise Refusal(Reason.LOGIN_OVER)
        keep(db, made)
        if fresh := not had.codes:
            factors.keep_codes(db, one.id, [digest(one.id, each) for each in codes], now)
        change = "passkey_added" if isinstance(made, Passkey) else "app_added"
        audit.record(db, Event.STAFF_CHANGED, f"staff/{one.id}", f"staff/{one.id}", now, change=change)
        if half_id:
            factors.end_half(db, half_id, now)
            entering.begin(db, session_id, one, device, now)
    return fresh


def keep(db: Database, made: Authenticator | Passkey) -> None:
    if isinstance(made, Authenticator):
        factors.keep_authenticator(db, made)
    elif factors.is_known(db, made.credential_id):
        raise Refusal(Reason.WRONG_FACTOR, "credential")
    else:
        factors.add_passkey(db, made)


def renew_codes(db: Database, one: Staff, codes: Sequence[str], now: datetime) -> None:
    """New recovery codes; those before them hold no longer."""
    with transaction(db):
        if not factors.of(db, one.id):
            raise Refusal(Reason.NO_FACTOR)
        factors.keep_codes(db, one.id, [digest(one.id, each) for each in codes], now)
        audit.record(db, Event.STAFF_CHANGED, f"staff/{one.id}", f"staff/{one.id}", now, change="codes")


def remove(db: Database, one: Staff, passkey_id: int | None, now: datetime, *, required: bool) -> None:
    """Take one passkey away, or the app (``None``). The last factor stays where one is ``required``."""
    with transaction(db):
        had = factors.of(db, one.id)
        there = had.authenticator if passkey_id is None else [key for key in had.passkeys if key.id == passkey_id]
        if not there:
            return
        if required and had.count == 1:
            raise Refusal(Reason.LAST_FACTOR)
        if passkey_id is None:
            factors.drop_authenticator(db, one.id)
        else:
            factors.drop_passkey(db, one.id, passkey_id)
        change = "app_removed" if passkey_id is None else "passkey_removed"
        audit.record(db, Event.STAFF_CHANGED, f"staff/{one.id}", f"staff/{one.id}", now, change=change)


def clear(db: Database, email: str, actor: str, now: datetime) -> None:
    """The second factor was lost: take it away, end the sessions, and tell the person by mail."""
    with transaction(db):
        one = known(db, email)
        require_not_oneself(one, actor)
        clear_factors(db, one, actor, now)
