"""Log in, re-authenticate, change passwords, and manage second factors."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from hashlib import sha256

from sqlite_utils import Database

from signoff import store
from signoff.actions.accounts import (
    clear_second_factors,
    get_by_email,
    normalize_email,
    record_change,
    require_another_admin,
    require_not_own_account,
)
from signoff.domain import accounts
from signoff.domain.accounts import (
    MAX_LOGIN_DELAY,
    Account,
    Authenticator,
    Identity,
    Passkey,
    Role,
    SecondFactors,
    compute_login_delay,
    hash_recovery_code,
)
from signoff.domain.audit import Event
from signoff.domain.errors import Reason, Refusal
from signoff.domain.forms import require_printable
from signoff.domain.mail import MailKind
from signoff.store.connection import transaction

# Logging in with password and second factor, re-authenticating, logging out.

MAX_NAME_LENGTH = 200  # characters
PROVIDER = "provider"  # the actor of what the OpenID provider decides
# Arguments: hash, password. An empty hash takes as long as any other and never matches.
PasswordVerifier = Callable[[str, str], bool]
# Whether a factor of this account is valid; uses it up. Runs inside the transaction.
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
    needs_second_factor: bool = False,
    cause: str = "",
) -> Account:
    """Start a session, or a pending login with ``needs_second_factor``.

    Unknown account, disabled account and wrong password give the same response in the same time.
    Each failure of one ``cause`` (a device or a network) increases the delay for it.
    """
    attempt = Attempt(f"password:{normalize_email(email)}", cause, "password")
    with transaction(db):
        count_attempt(db, attempt, now)

    account = store.accounts.find_by_email(db, normalize_email(email))
    password_hash = account.password_hash if account else ""
    # Slow on purpose, therefore outside the transaction.
    matches = verify(password_hash, password)
    with transaction(db):
        # In the meantime the account may have been disabled or given another password.
        current = store.accounts.find(db, account.id) if account and matches else None
        same = current and current.password_hash == password_hash and not current.disabled_at
        active = current if same else None
        record_attempt(db, attempt, account, succeeded=active is not None, now=now)
        if active and needs_second_factor:
            store.accounts.start_pending_login(db, login_id, active.id, now)
        elif active:
            start_session(db, login_id, active, device, now)
    if active is None:
        raise Refusal(Reason.WRONG_LOGIN, "password")
    return active


def log_in_by_provider(
    db: Database,
    identity: Identity,
    role: Role,
    login_id: str,
    now: datetime,
    *,
    device: str = "",
    needs_second_factor: bool = False,
) -> Account:
    """Start a session, or a pending login, for a person whom the OpenID provider has named.

    The account is known by issuer and subject. The first time, it is the account of the same
    verified address or a new one. Its role follows ``role``. Refuses a disabled account.
    """
    with transaction(db):
        account = store.accounts.find_by_subject(db, identity.issuer, identity.subject)
        account = account or link_account(db, identity, role, now)
        if account.disabled_at:
            raise Refusal(Reason.ACCOUNT_DISABLED)
        if account.role is not role:
            if account.role is Role.ADMIN:
                require_another_admin(db, account)
            account = replace(account, role=role)
            store.accounts.set_role(db, account.id, role)
            record_change(db, account.id, "role", now, PROVIDER, role=str(role))
        if needs_second_factor:
            store.accounts.start_pending_login(db, login_id, account.id, now)
        else:
            start_session(db, login_id, account, device, now)
    return account


def link_account(db: Database, identity: Identity, role: Role, now: datetime) -> Account:
    """Within the caller's transaction: the account that this person has from now on.

    Refuses an address that is not verified, or that belongs to another person at the provider.
    """
    if not identity.email:
        raise Refusal(Reason.EMAIL_NOT_VERIFIED)
    email = normalize_email(identity.email)
    account = store.accounts.find_by_email(db, email)
    if account is None:
        account = store.accounts.add(
            db,
            Account(
                0,
                email,
                choose_name(identity, email),
                role,
                "",
                now,
                oidc_issuer=identity.issuer,
                oidc_subject=identity.subject,
            ),
        )
        store.audit.record(
            db, Event.ACCOUNT_ADDED, PROVIDER, f"staff/{account.id}", now, role=str(role)
        )
        return account
    if account.disabled_at:
        raise Refusal(Reason.ACCOUNT_DISABLED)
    if account.oidc_issuer == identity.issuer:
        raise Refusal(Reason.LINKED_OTHERWISE)
    account = replace(account, oidc_issuer=identity.issuer, oidc_subject=identity.subject)
    store.accounts.save(db, account)
    record_change(db, account.id, "linked", now, PROVIDER)
    return account


def choose_name(identity: Identity, email: str) -> str:
    """The name that the provider gives, unless it has none that can be printed."""
    try:
        return require_printable(identity.name, "name")[:MAX_NAME_LENGTH] or email
    except Refusal:
        return email


def complete_login(
    db: Database,
    pending_login_id: str,
    session_id: str,
    verify: FactorVerifier,
    now: datetime,
    *,
    device: str = "",
    field: str = "code",
    cause: str = "",
) -> Account:
    """Turn a pending login into a session.

    Wrong factors are counted apart from passwords, with a longer delay.
    """
    with transaction(db):
        account = get_pending_account(db, pending_login_id, now)
        verified = verify_factor(db, account, verify, now, field, cause)
        if verified:
            store.accounts.end_pending_login(db, pending_login_id, now)
            start_session(db, session_id, account, device, now)
    if not verified:
        raise Refusal(Reason.WRONG_SECOND_FACTOR, field)
    return account


def reauthenticate(
    db: Database,
    account: Account,
    session_id: str,
    password: str,
    verify: PasswordVerifier,
    now: datetime,
) -> None:
    """Verify the password again within a session. A wrong one counts for this session."""
    attempt = Attempt(f"password:{account.email}", hash_session(session_id), "proof")
    with transaction(db):
        count_attempt(db, attempt, now)
    matches = verify(account.password_hash, password)
    with transaction(db):
        record_attempt(db, attempt, account, succeeded=matches, now=now)
        if matches:
            store.accounts.mark_reauthenticated(db, session_id, now)
    if not matches:
        raise Refusal(Reason.REAUTH_FAILED, "proof")


def reauthenticate_with_factor(
    db: Database, account: Account, session_id: str, verify: FactorVerifier, now: datetime
) -> None:
    """Verify the second factor again within a session."""
    with transaction(db):
        verified = verify_factor(db, account, verify, now, "proof", hash_session(session_id))
        if verified:
            store.accounts.mark_reauthenticated(db, session_id, now)
    if not verified:
        raise Refusal(Reason.WRONG_SECOND_FACTOR, "proof")


def reauthenticate_by_provider(
    db: Database, account: Account, session_id: str, identity: Identity, now: datetime
) -> None:
    """Accept a new login of the same person at the OpenID provider within a session."""
    if (account.oidc_issuer, account.oidc_subject) != (identity.issuer, identity.subject):
        raise Refusal(Reason.OTHER_PERSON)
    with transaction(db):
        store.accounts.mark_reauthenticated(db, session_id, now)


def verify_factor(
    db: Database, account: Account, verify: FactorVerifier, now: datetime, field: str, cause: str
) -> bool:
    """Within the caller's transaction: whether the factor is right. The attempt is recorded."""
    attempt = Attempt(f"factor:{account.email}", cause, field, accounts.MAX_SECOND_FACTOR_DELAY)
    count_attempt(db, attempt, now)
    verified = verify(db, account, store.accounts.get_second_factors(db, account.id))
    record_attempt(db, attempt, account, succeeded=verified, now=now)
    return verified


@dataclass(frozen=True, slots=True)
class Attempt:
    """A secret that is typed in ``field``. Failures are counted under ``name`` (which secret of
    whom) and ``cause`` (who guesses), so that nobody delays anybody else.
    """

    name: str
    cause: str
    field: str
    max_delay: timedelta = MAX_LOGIN_DELAY

    @property
    def digest(self) -> str:
        return sha256(self.name.encode()).hexdigest()


def hash_session(session_id: str) -> str:
    """The cause of what is typed within a session."""
    return f"session:{sha256(session_id.encode()).hexdigest()[:32]}"


def count_attempt(db: Database, attempt: Attempt, now: datetime) -> None:
    """Within the caller's transaction: count an attempt before its secret is looked at, so that
    parallel ones count each other. Refuses until the delay after the last one is over.
    """
    failures, last_at = store.accounts.get_login_failures(db, attempt.digest, attempt.cause)
    ready_at = last_at and last_at + compute_login_delay(failures, attempt.max_delay)
    if ready_at and ready_at > now:
        seconds = max(1, round((ready_at - now).total_seconds()))
        raise Refusal(Reason.TOO_MANY_LOGINS, attempt.field, seconds=seconds)
    store.accounts.record_login_failure(db, attempt.digest, attempt.cause, now)


def record_attempt(
    db: Database, attempt: Attempt, account: Account | None, *, succeeded: bool, now: datetime
) -> None:
    """Within the caller's transaction, after ``count_attempt``: forget the failures of this cause,
    or record one in the audit log.
    """
    if succeeded:
        store.accounts.clear_login_failures(db, attempt.digest, attempt.cause)
        return
    subject = f"staff/{account.id}" if account else "staff"
    store.audit.record(db, Event.LOGIN_FAILED, "nobody", subject, now)


def get_pending_account(db: Database, pending_login_id: str, now: datetime) -> Account:
    """The account whose login waits for the second factor; refuses a login that is over."""
    account_id = store.accounts.find_pending_login(db, pending_login_id, now)
    account = store.accounts.find(db, account_id) if account_id else None
    if account is None or account.disabled_at:
        raise Refusal(Reason.LOGIN_OVER)
    return account


def start_session(
    db: Database, session_id: str, account: Account, device: str, now: datetime
) -> None:
    """Within the caller's transaction: a whole session."""
    store.accounts.start_session(db, session_id, account.id, now, device)
    record_session_event(db, Event.LOGGED_IN, account.id, now)


def record_session_event(db: Database, event: Event, account_id: int, now: datetime) -> None:
    """Within the caller's transaction: the audit entry of a session's begin or end."""
    store.audit.record(db, event, f"staff/{account_id}", f"staff/{account_id}", now)


def log_out(db: Database, session_id: str, account_id: int, now: datetime) -> None:
    with transaction(db):
        store.accounts.end_session(db, session_id, now)
        record_session_event(db, Event.LOGGED_OUT, account_id, now)


def end_expired_session(db: Database, session_id: str, now: datetime) -> int | None:
    """The account of a session that expired by itself; ``None`` from the second time on."""
    with transaction(db):
        session = store.accounts.find_session(db, session_id)
        if session is None or session.ended_at:
            return None
        store.accounts.end_session(db, session_id, now)
        return session.account_id


def keep_alive(db: Database, session_id: str, now: datetime) -> None:
    """Record that a session was used."""
    with transaction(db):
        store.accounts.touch_session(db, session_id, now)


# Forgotten and changed passwords.

# One link in five minutes, five in a day.
PASSWORD_REQUEST_INTERVAL = timedelta(minutes=5)
PASSWORD_REQUEST_PERIOD = timedelta(hours=24)
MAX_PASSWORD_REQUESTS = 5


def request_password_reset(db: Database, email: str, now: datetime) -> None:
    """Enqueue a link to a new password if there is such an account.

    It takes as long if there is none.
    """
    digest = sha256(normalize_email(email).encode()).hexdigest()
    count_since = partial(store.accounts.count_password_reset_requests, db, digest)
    with transaction(db):
        if (
            count_since(now - PASSWORD_REQUEST_INTERVAL)
            or count_since(now - PASSWORD_REQUEST_PERIOD) >= MAX_PASSWORD_REQUESTS
        ):
            return
        account = store.accounts.find_by_email(db, normalize_email(email))
        active = account if account and not account.disabled_at else None

        generation = store.accounts.get_generation(db, active.id) if active else 0
        number = store.accounts.add_password_reset_request(
            db, digest, active.id if active else None, generation, now
        )
        subject = f"staff/{active.id}" if active else "staff"
        store.audit.record(db, Event.PASSWORD_REQUESTED, "nobody", subject, now)
        if active:
            store.outbox.enqueue_for_accounts(db, MailKind.PASSWORD_LINK, [active.id], number, now)


def find_requesting_account(db: Database, number: int, now: datetime) -> Account | None:
    """The account a mailed link to a new password belongs to, while the link is valid."""
    request = store.accounts.find_password_reset_request(db, number)
    account = store.accounts.find(db, request.account_id) if request else None
    if request is None or account is None or account.disabled_at:
        return None
    generation = store.accounts.get_generation(db, account.id)
    return account if request.is_valid(generation, now) else None


def reset_password(db: Database, number: int, password_hash: str, now: datetime) -> bool:
    """Set the password through a mailed link.

    It works once, and ends every session and every link before it.
    """
    with transaction(db):
        account = find_requesting_account(db, number, now)
        if account is None:
            return False
        store.accounts.end_all_sessions(db, account.id, now)
        save_password(db, account, password_hash, now)
    return True


def change_password(
    db: Database,
    account: Account,
    session_id: str,
    now: datetime,
    *,
    current: str,
    new_hash: str,
    verify: PasswordVerifier,
) -> None:
    """Change one's own password. This ends the other sessions; the second factor stays."""
    attempt = Attempt(f"password:{account.email}", hash_session(session_id), "current")
    with transaction(db):
        count_attempt(db, attempt, now)
    matches = verify(account.password_hash, current)
    with transaction(db):
        record_attempt(db, attempt, account, succeeded=matches, now=now)
        if matches:
            store.accounts.end_other_sessions(db, account.id, session_id, now)
            store.accounts.mark_reauthenticated(db, session_id, now)
            save_password(db, account, new_hash, now)
    if not matches:
        raise Refusal(Reason.REAUTH_FAILED, "current")


def save_password(db: Database, account: Account, password_hash: str, now: datetime) -> None:
    """Within the caller's transaction: the new password, its audit entry, and a mail to the
    account.
    """
    store.accounts.set_password(db, account.id, password_hash)
    store.accounts.increment_generation(db, account.id)
    store.accounts.end_pending_logins(db, account.id)
    entry = record_change(db, account.id, "password", now)
    store.outbox.enqueue_for_accounts(db, MailKind.PASSWORD_CHANGED, [account.id], entry.seq, now)


# Second factors: verified, added, removed.

# The time step of an entered code, if the code is right.
StepFinder = Callable[[Authenticator, str], int | None]
# The passkey that answered a challenge, and its new counter.
PasskeyVerifier = Callable[[str, tuple[Passkey, ...]], tuple[Passkey, int] | None]
MAX_PASSKEY_NAME_LENGTH = 80  # characters


def build_code_verifier(code: str, find_step: StepFinder, now: datetime) -> FactorVerifier:
    """Accepts a code of the account's app that was not used before, or a recovery code."""

    def verify(db: Database, account: Account, factors: SecondFactors) -> bool:
        step = find_step(factors.authenticator, code) if factors.authenticator else None
        if factors.authenticator and step is not None and step > factors.authenticator.last_step:
            store.accounts.update_totp_step(db, account.id, step)
            return True
        digest = hash_recovery_code(account.id, code)
        if not store.accounts.use_recovery_code(db, account.id, digest, now):
            return False
        record_change(db, account.id, "code_used", now)
        return True

    return verify


def build_passkey_verifier(
    login_id: str, verify_response: PasskeyVerifier, now: datetime
) -> FactorVerifier:
    """Accepts the response of one of the account's passkeys to the challenge of this login,
    once.
    """

    def verify(db: Database, account: Account, factors: SecondFactors) -> bool:
        challenge = store.accounts.take_challenge(db, login_id, now)
        verified = verify_response(challenge, factors.passkeys) if challenge else None
        if verified is None:
            return False
        passkey, sign_count = verified
        store.accounts.record_passkey_use(db, passkey.id, sign_count, now)
        return True

    return verify


def save_challenge(db: Database, login_id: str, challenge: str, now: datetime) -> None:
    """Save the challenge that was sent to a passkey."""
    with transaction(db):
        store.accounts.save_challenge(db, login_id, challenge, now)


def take_challenge(db: Database, login_id: str, now: datetime) -> str:
    """The challenge that was sent to a new passkey, once; refuses if there is no recent one."""
    with transaction(db):
        challenge = store.accounts.take_challenge(db, login_id, now)
    if challenge is None:
        raise Refusal(Reason.WRONG_SECOND_FACTOR, "credential")
    return challenge


def add_second_factor(
    db: Database,
    account: Account,
    factor: Authenticator | Passkey,
    codes: Sequence[str],
    now: datetime,
    *,
    pending_login_id: str = "",
    session_id: str = "",
    device: str = "",
) -> bool:
    """Add a factor.

    Returns whether ``codes`` are the account's new recovery codes, because it had none left.

    With ``pending_login_id``, the pending login is completed. That is for an account without any
    factor: knowing the password must not be enough to add a factor to those that are required.
    """
    with transaction(db):
        factors = store.accounts.get_second_factors(db, account.id)
        if pending_login_id:
            get_pending_account(db, pending_login_id, now)
            if factors:
                raise Refusal(Reason.LOGIN_OVER)
        save_second_factor(db, factor)
        if needs_codes := not factors.recovery_codes_left:
            replace_recovery_codes(db, account, codes, now)
        change = "passkey_added" if isinstance(factor, Passkey) else "app_added"
        record_change(db, account.id, change, now)
        if pending_login_id:
            store.accounts.end_pending_login(db, pending_login_id, now)
            start_session(db, session_id, account, device, now)
    return needs_codes


def save_second_factor(db: Database, factor: Authenticator | Passkey) -> None:
    if isinstance(factor, Authenticator):
        store.accounts.save_authenticator(db, factor)
    elif store.accounts.is_passkey_registered(db, factor.credential_id):
        raise Refusal(Reason.WRONG_SECOND_FACTOR, "credential")
    else:
        store.accounts.add_passkey(db, factor)


def replace_recovery_codes(
    db: Database, account: Account, codes: Sequence[str], now: datetime
) -> None:
    digests = [hash_recovery_code(account.id, code) for code in codes]
    store.accounts.replace_recovery_codes(db, account.id, digests, now)


def renew_recovery_codes(
    db: Database, account: Account, codes: Sequence[str], now: datetime
) -> None:
    """New recovery codes; the earlier ones are no longer valid."""
    with transaction(db):
        if not store.accounts.get_second_factors(db, account.id):
            raise Refusal(Reason.NO_SECOND_FACTOR)
        replace_recovery_codes(db, account, codes, now)
        record_change(db, account.id, "codes", now)


def remove_second_factor(
    db: Database, account: Account, passkey_id: int | None, now: datetime, *, required: bool
) -> None:
    """Remove one passkey, or the app (``None``). The last factor stays if one is ``required``."""
    with transaction(db):
        factors = store.accounts.get_second_factors(db, account.id)
        has_factor = (
            factors.authenticator is not None
            if passkey_id is None
            else any(passkey.id == passkey_id for passkey in factors.passkeys)
        )
        if not has_factor:
            return
        if required and factors.count == 1:
            raise Refusal(Reason.LAST_SECOND_FACTOR)
        if passkey_id is None:
            store.accounts.delete_authenticator(db, account.id)
        else:
            store.accounts.delete_passkey(db, account.id, passkey_id)
        change = "app_removed" if passkey_id is None else "passkey_removed"
        record_change(db, account.id, change, now)


def reset_second_factor(db: Database, email: str, actor: str, now: datetime) -> None:
    """Remove a lost second factor, end the sessions, and mail the account's holder."""
    with transaction(db):
        account = get_by_email(db, email)
        require_not_own_account(account, actor)
        clear_second_factors(db, account, actor, now)
