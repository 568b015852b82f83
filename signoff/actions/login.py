"""Second factors: setting one up, using it, taking it away."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from hashlib import sha256

from sqlite_utils import Database

from signoff import store
from signoff.actions.accounts import (
    clear_second_factors,
    get_by_email,
    normalize_email,
    require_not_own_account,
)
from signoff.domain import accounts
from signoff.domain.accounts import (
    MAX_LOGIN_DELAY,
    Account,
    Authenticator,
    Passkey,
    SecondFactors,
    compute_login_delay,
    hash_recovery_code,
)
from signoff.domain.audit import Event
from signoff.domain.errors import Reason, Refusal
from signoff.domain.mail import MailKind
from signoff.store.connection import transaction

# Logging in with password and second factor, showing again who one is, logging out.

PasswordVerifier = Callable[
    [str, str], bool
]  # (hash, password); an empty hash takes as long as any other and never fits
# Whether what was shown is a factor of this account; uses it up. Runs inside the transaction.
FactorVerifier = Callable[[Database, Account, SecondFactors], bool]


def log_in(
    db: Database,
    email: str,
    password: str,
    verify: PasswordVerifier,
    login_id: str,
    now: datetime,
    *,
    device: str = "",
    half: bool = False,
) -> Account:
    """Start a session, or half a login where a second factor is still to come (``half``).

    Unknown, disabled and wrong look and take the same; each failure lengthens the wait.
    """
    digest = require_not_throttled(db, normalize_email(email), now, "password")

    one = store.accounts.find_by_email(db, normalize_email(email))
    fits = verify(
        one.password_hash if one else "", password
    )  # slow on purpose, so outside the transaction
    with transaction(db):
        if one is None or not fits or one.disabled_at:
            count_failure(db, digest, one, now)
            one = None
        else:
            store.accounts.clear_login_failures(db, digest)
            if half:
                store.accounts.start_pending_login(db, login_id, one.id, now)
            else:
                start_session(db, login_id, one, device, now)
    if one is None:
        raise Refusal(Reason.WRONG_LOGIN, "password")
    return one


def complete_login(
    db: Database,
    half_id: str,
    session_id: str,
    shown: FactorVerifier,
    now: datetime,
    *,
    device: str = "",
    field: str = "code",
) -> Account:
    """Turn half a login into a session with the second factor. Wrong ones are counted on their own, and wait longer."""
    with transaction(db):
        one = get_pending_account(db, half_id, now)
        digest = require_not_throttled(
            db, f"factor:{one.email}", now, field, accounts.MAX_SECOND_FACTOR_DELAY
        )
        if fits := shown(db, one, store.accounts.get_second_factors(db, one.id)):
            store.accounts.clear_login_failures(db, digest)
            store.accounts.end_pending_login(db, half_id, now)
            start_session(db, session_id, one, device, now)
        else:
            count_failure(db, digest, one, now)
    if not fits:
        raise Refusal(Reason.WRONG_FACTOR, field)
    return one


def reauthenticate(
    db: Database,
    one: Account,
    session_id: str,
    password: str,
    verify: PasswordVerifier,
    now: datetime,
) -> None:
    """Show again, within a session, who one is. A wrong password counts as it does at the login."""
    digest = require_not_throttled(db, one.email, now, "proof")
    fits = verify(one.password_hash, password)
    with transaction(db):
        if fits:
            store.accounts.clear_login_failures(db, digest)
            store.accounts.mark_reauthenticated(db, session_id, now)
        else:
            count_failure(db, digest, one, now)
    if not fits:
        raise Refusal(Reason.WRONG_PROOF, "proof")


def reauthenticate_with_factor(
    db: Database, one: Account, session_id: str, shown: FactorVerifier, now: datetime
) -> None:
    """Show again who one is, with the second factor."""
    with transaction(db):
        digest = require_not_throttled(
            db, f"factor:{one.email}", now, "proof", accounts.MAX_SECOND_FACTOR_DELAY
        )
        if fits := shown(db, one, store.accounts.get_second_factors(db, one.id)):
            store.accounts.clear_login_failures(db, digest)
            store.accounts.mark_reauthenticated(db, session_id, now)
        else:
            count_failure(db, digest, one, now)
    if not fits:
        raise Refusal(Reason.WRONG_FACTOR, "proof")


def get_pending_account(db: Database, half_id: str, now: datetime) -> Account:
    """Whose login waits for the second factor; refuses what is no such login any more."""
    account_id = store.accounts.find_pending_login(db, half_id, now)
    one = store.accounts.find(db, account_id) if account_id else None
    if one is None or one.disabled_at:
        raise Refusal(Reason.LOGIN_OVER)
    return one


def start_session(db: Database, session_id: str, one: Account, device: str, now: datetime) -> None:
    """A whole session, inside the caller's transaction."""
    store.accounts.start_session(db, session_id, one.id, now, device)
    store.audit.record(db, Event.LOGGED_IN, f"staff/{one.id}", f"staff/{one.id}", now)


def count_failure(db: Database, digest: str, one: Account | None, now: datetime) -> None:
    store.accounts.record_login_failure(db, digest, now)
    store.audit.record(db, Event.LOGIN_FAILED, "nobody", f"staff/{one.id}" if one else "staff", now)


def require_not_throttled(
    db: Database, whose: str, now: datetime, field: str, longest: timedelta = MAX_LOGIN_DELAY
) -> str:
    """The digest under which these failures are counted; refuses while the wait after them runs."""
    digest = sha256(whose.encode()).hexdigest()
    failures, last_at = store.accounts.get_login_failures(db, digest)
    ready_at = last_at and last_at + compute_login_delay(failures, longest)
    if ready_at and ready_at > now:
        seconds = max(1, round((ready_at - now).total_seconds()))
        raise Refusal(Reason.TOO_MANY_LOGINS, field, seconds=seconds)
    return digest


def log_out(db: Database, session_id: str, account_id: int, now: datetime) -> None:
    with transaction(db):
        store.accounts.end_session(db, session_id, now)
        store.audit.record(db, Event.LOGGED_OUT, f"staff/{account_id}", f"staff/{account_id}", now)


def keep_alive(db: Database, session_id: str, now: datetime) -> None:
    """Note that a session was used."""
    with transaction(db):
        store.accounts.touch_session(db, session_id, now)


# A password that was forgotten, and one that is to be changed.

PASSWORD_REQUEST_INTERVAL, PASSWORD_REQUEST_PERIOD, MAX_PASSWORD_REQUESTS = (
    timedelta(minutes=5),
    timedelta(hours=24),
    5,
)  # one link in five minutes, five in a day


def request_password_reset(db: Database, email: str, now: datetime) -> None:
    """Owe a link to a new password, if there is such an account. What is done takes as long where there is none."""
    digest = sha256(normalize_email(email).encode()).hexdigest()
    with transaction(db):
        if (
            store.accounts.count_password_reset_requests(
                db, digest, now - PASSWORD_REQUEST_INTERVAL
            )
            or store.accounts.count_password_reset_requests(
                db, digest, now - PASSWORD_REQUEST_PERIOD
            )
            >= MAX_PASSWORD_REQUESTS
        ):
            return
        one = store.accounts.find_by_email(db, normalize_email(email))
        asking = one if one and not one.disabled_at else None

        generation = store.accounts.get_generation(db, asking.id) if asking else 0
        number = store.accounts.add_password_reset_request(
            db, digest, asking.id if asking else None, generation, now
        )
        subject = f"staff/{asking.id}" if asking else "staff"
        store.audit.record(db, Event.PASSWORD_REQUESTED, "nobody", subject, now)
        if asking:
            store.outbox.enqueue_for_accounts(db, MailKind.PASSWORD_LINK, [asking.id], number, now)


def find_requesting_account(db: Database, number: int, now: datetime) -> Account | None:
    """The account a mailed link leads to, while it holds."""
    request = store.accounts.find_password_reset_request(db, number)
    one = store.accounts.find(db, request.account_id) if request else None
    if (
        request is None
        or one is None
        or one.disabled_at
        or not request.lives(store.accounts.get_generation(db, one.id), now)
    ):
        return None
    return one


def reset_password(db: Database, number: int, password_hash: str, now: datetime) -> bool:
    """Set the password through a mailed link: it works once, and ends every session and link before it."""
    with transaction(db):
        one = find_requesting_account(db, number, now)
        if one is None:
            return False
        store.accounts.end_all_sessions(db, one.id, now)
        save_password(db, one, password_hash, now)
    return True


def change_password(
    db: Database,
    one: Account,
    session_id: str,
    current: str,
    new_hash: str,
    verify: PasswordVerifier,
    now: datetime,
) -> None:
    """Change one's own password. It ends the other sessions; the second factor stays."""
    digest = require_not_throttled(db, one.email, now, "current")
    fits = verify(one.password_hash, current)
    with transaction(db):
        if fits:
            store.accounts.clear_login_failures(db, digest)
            store.accounts.end_other_sessions(db, one.id, session_id, now)
            store.accounts.mark_reauthenticated(db, session_id, now)
            save_password(db, one, new_hash, now)
        else:
            count_failure(db, digest, one, now)
    if not fits:
        raise Refusal(Reason.WRONG_PROOF, "current")


def save_password(db: Database, one: Account, password_hash: str, now: datetime) -> None:
    """Inside the caller's transaction: the new password, its line in the journal, and word to its owner."""
    store.accounts.save(db, replace(one, password_hash=password_hash))
    store.accounts.increment_generation(db, one.id)
    store.accounts.end_pending_logins(db, one.id)
    entry = store.audit.record(
        db, Event.ACCOUNT_CHANGED, f"staff/{one.id}", f"staff/{one.id}", now, change="password"
    )
    store.outbox.enqueue_for_accounts(db, MailKind.PASSWORD_CHANGED, [one.id], entry.seq, now)


StepFinder = Callable[
    [Authenticator, str], int | None
]  # the time step whose code was typed, if it is one
PasskeyVerifier = Callable[
    [str, tuple[Passkey, ...]], tuple[Passkey, int] | None
]  # which passkey, and its new count
MAX_PASSKEY_NAME_LENGTH = 80  # characters


def build_code_verifier(code: str, step_of: StepFinder, now: datetime) -> FactorVerifier:
    """What was typed is the app's code, not used before, or a recovery code."""

    def shown(db: Database, one: Account, known: SecondFactors) -> bool:
        step = step_of(known.authenticator, code) if known.authenticator else None
        if known.authenticator and step is not None and step > known.authenticator.last_step:
            store.accounts.update_totp_step(db, one.id, step)
            return True
        if not store.accounts.use_recovery_code(db, one.id, hash_recovery_code(one.id, code), now):
            return False
        store.audit.record(
            db, Event.ACCOUNT_CHANGED, f"staff/{one.id}", f"staff/{one.id}", now, change="code_used"
        )
        return True

    return shown


def build_passkey_verifier(
    login_id: str, answered: PasskeyVerifier, now: datetime
) -> FactorVerifier:
    """The answer of one of the account's passkeys to the one question this login was asked."""

    def shown(db: Database, one: Account, known: SecondFactors) -> bool:
        challenge = store.accounts.take_challenge(db, login_id, now)
        found = answered(challenge, known.passkeys) if challenge else None
        if found is None:
            return False
        store.accounts.record_passkey_use(db, found[0].id, found[1], now)
        return True

    return shown


def save_challenge(db: Database, login_id: str, challenge: str, now: datetime) -> None:
    """Note what a login's passkey is asked."""
    with transaction(db):
        store.accounts.save_challenge(db, login_id, challenge, now)


def take_challenge(db: Database, login_id: str, now: datetime) -> str:
    """What a new passkey was asked, once; refuses where nothing was asked lately."""
    with transaction(db):
        found = store.accounts.take_challenge(db, login_id, now)
    if found is None:
        raise Refusal(Reason.WRONG_FACTOR, "credential")
    return found


def add_second_factor(
    db: Database,
    one: Account,
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
        had = store.accounts.get_second_factors(db, one.id)
        if half_id:
            get_pending_account(db, half_id, now)
            if had:
                raise Refusal(Reason.LOGIN_OVER)
        save_second_factor(db, made)
        if fresh := not had.codes:
            store.accounts.replace_recovery_codes(
                db, one.id, [hash_recovery_code(one.id, each) for each in codes], now
            )
        change = "passkey_added" if isinstance(made, Passkey) else "app_added"
        store.audit.record(
            db, Event.ACCOUNT_CHANGED, f"staff/{one.id}", f"staff/{one.id}", now, change=change
        )
        if half_id:
            store.accounts.end_pending_login(db, half_id, now)
            start_session(db, session_id, one, device, now)
    return fresh


def save_second_factor(db: Database, made: Authenticator | Passkey) -> None:
    if isinstance(made, Authenticator):
        store.accounts.save_authenticator(db, made)
    elif store.accounts.is_passkey_registered(db, made.credential_id):
        raise Refusal(Reason.WRONG_FACTOR, "credential")
    else:
        store.accounts.add_passkey(db, made)


def renew_recovery_codes(db: Database, one: Account, codes: Sequence[str], now: datetime) -> None:
    """New recovery codes; those before them hold no longer."""
    with transaction(db):
        if not store.accounts.get_second_factors(db, one.id):
            raise Refusal(Reason.NO_FACTOR)
        store.accounts.replace_recovery_codes(
            db, one.id, [hash_recovery_code(one.id, each) for each in codes], now
        )
        store.audit.record(
            db, Event.ACCOUNT_CHANGED, f"staff/{one.id}", f"staff/{one.id}", now, change="codes"
        )


def remove_second_factor(
    db: Database, one: Account, passkey_id: int | None, now: datetime, *, required: bool
) -> None:
    """Take one passkey away, or the app (``None``). The last factor stays where one is ``required``."""
    with transaction(db):
        had = store.accounts.get_second_factors(db, one.id)
        there = (
            had.authenticator
            if passkey_id is None
            else [key for key in had.passkeys if key.id == passkey_id]
        )
        if not there:
            return
        if required and had.count == 1:
            raise Refusal(Reason.LAST_FACTOR)
        if passkey_id is None:
            store.accounts.delete_authenticator(db, one.id)
        else:
            store.accounts.delete_passkey(db, one.id, passkey_id)
        change = "app_removed" if passkey_id is None else "passkey_removed"
        store.audit.record(
            db, Event.ACCOUNT_CHANGED, f"staff/{one.id}", f"staff/{one.id}", now, change=change
        )


def reset_second_factor(db: Database, email: str, actor: str, now: datetime) -> None:
    """The second factor was lost: take it away, end the sessions, and tell the person by mail."""
    with transaction(db):
        one = get_by_email(db, email)
        require_not_own_account(one, actor)
        clear_second_factors(db, one, actor, now)
