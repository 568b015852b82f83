"""Accounts of the office: add, change, lock and reset them."""

from dataclasses import replace
from datetime import datetime

from sqlite_utils import Database

from signoff import store
from signoff.domain.accounts import Account, AddressChange, Role
from signoff.domain.audit import AuditEntry, Event
from signoff.domain.errors import Reason, Refusal
from signoff.domain.forms import require_printable
from signoff.domain.mail import MailKind
from signoff.domain.text import parse_email
from signoff.store.connection import transaction


def add(
    db: Database,
    email: str,
    name: str,
    role: Role,
    password_hash: str,
    actor: str,
    now: datetime,
    *,
    mail: bool = False,
) -> Account:
    """Add an account. Without ``password_hash``, the password is set through a set-up link.

    With ``mail``, that link is enqueued to the account's address.
    """
    with transaction(db):
        require_free_address(db, normalize_email(email))

        account = store.accounts.add(
            db,
            Account(
                0,
                normalize_email(email),
                require_printable(name, "name"),
                role,
                password_hash,
                now,
                invited_at=None if password_hash else now,
            ),
        )
        store.audit.record(
            db, Event.ACCOUNT_ADDED, actor, f"staff/{account.id}", now, role=str(role)
        )
        if mail:
            enqueue_invitation(db, account.id, now)
    return account


def enqueue_invitation(db: Database, id: int, now: datetime) -> None:
    number = store.accounts.get_generation(db, id)
    store.outbox.enqueue_for_accounts(db, MailKind.ACCOUNT_INVITATION, [id], number, now)


def disable(db: Database, email: str, actor: str, now: datetime) -> Account:
    """Lock an account and end its sessions.

    Refuses the last administrator and one's own account.
    """
    with transaction(db):
        account = get_by_email(db, email)

        require_another_admin(db, account)
        require_not_own_account(account, actor)
        disabled = replace(account, disabled_at=account.disabled_at or now)

        store.accounts.save(db, disabled)
        store.accounts.end_all_sessions(db, account.id, now)
        store.accounts.end_pending_logins(db, account.id)
        if account.disabled_at is None:
            record_change(db, account.id, "disabled", now, actor)
    return disabled


def delete(db: Database, email: str, actor: str, now: datetime) -> None:
    """Delete an account with its name, address, sessions, second factors and mail.

    What it did stays in the audit log, under the number of the account. Refuses the last
    administrator and one's own account.
    """
    with transaction(db):
        account = get_by_email(db, email)

        require_another_admin(db, account)
        require_not_own_account(account, actor)

        store.accounts.delete(db, account.id)
        store.audit.record(
            db, Event.ACCOUNT_DELETED, actor, f"staff/{account.id}", now, role=str(account.role)
        )


def enable(db: Database, email: str, actor: str, now: datetime) -> Account:
    """Unlock an account; its password is unchanged."""
    with transaction(db):
        account = get_by_email(db, email)
        enabled = replace(account, disabled_at=None)

        if account.disabled_at:
            store.accounts.save(db, enabled)
            record_change(db, account.id, "enabled", now, actor)
    return enabled


def change_role(
    db: Database, email: str, expected_role: Role, role: Role, actor: str, now: datetime
) -> Account:
    """Give an account another role; refuses if its role is no longer the expected one."""
    with transaction(db):
        account = get_by_email(db, email)
        if account.role is role:
            return account

        require_not_own_account(account, actor)
        if account.role is not expected_role:
            raise Refusal(Reason.STALE, "role", what="role", text=account.email)
        if account.role is Role.ADMIN:
            require_another_admin(db, account)

        store.accounts.set_role(db, account.id, role)
        record_change(db, account.id, "role", now, actor, role=str(role))
    return replace(account, role=role)


def change_profile(db: Database, account: Account, name: str, language: str, now: datetime) -> None:
    """Change one's own name and language (empty: the association's)."""
    name = require_printable(name, "name")
    with transaction(db):
        current = store.accounts.find(db, account.id)  # may have been locked meanwhile
        if current is None or (current.name, current.language) == (name, language):
            return
        store.accounts.save(db, replace(current, name=name, language=language))
        record_change(db, account.id, "profile", now)


def request_address(db: Database, account: Account, email: str, now: datetime) -> None:
    """Mail a link to one's own new address; it counts once that link is used.

    Refuses the address of another account. Earlier links become invalid.
    """
    email = normalize_email(email)
    with transaction(db):
        require_free_address(db, email)
        number = store.accounts.add_address_change(
            db, AddressChange(0, account.id, account.email, email, now)
        )
        store.outbox.enqueue_for_accounts(
            db, MailKind.ADDRESS_CONFIRMATION, [account.id], number, now
        )
        record_change(db, account.id, "address_requested", now)


def find_address_change(
    db: Database, number: int, generation: int, now: datetime
) -> AddressChange | None:
    """The change that a mailed link confirms, as long as the link is valid."""
    change = store.accounts.find_address_change(db, number)
    account = store.accounts.find(db, change.account_id) if change else None
    if change is None or account is None or not account.is_active:
        return None
    is_valid = (
        change.is_waiting(now)
        and store.accounts.find_latest_address_change(db, account.id) == change
        and store.accounts.get_generation(db, account.id) == generation
    )
    return change if is_valid else None


def confirm_address(db: Database, number: int, generation: int, now: datetime) -> bool:
    """Use the new address, and tell the old one; returns whether the link was valid."""
    with transaction(db):
        change = find_address_change(db, number, generation, now)
        account = store.accounts.find(db, change.account_id) if change else None
        if change is None or account is None:
            return False
        require_free_address(db, change.email)

        store.accounts.save(db, replace(account, email=change.email))
        store.accounts.confirm_address_change(db, number, now)
        store.outbox.enqueue_for_accounts(db, MailKind.ADDRESS_CHANGED, [account.id], number, now)
        record_change(db, account.id, "address", now)
    return True


def renew_calendar(db: Database, account_id: int, now: datetime) -> None:
    """Give the account's calendar a new secret address; the one before becomes invalid."""
    with transaction(db):
        store.accounts.increment_calendar_generation(db, account_id)
        record_change(db, account_id, "calendar", now)


def record_change(
    db: Database, account_id: int, change: str, now: datetime, actor: str = "", **details: object
) -> AuditEntry:
    """Within the caller's transaction: the audit entry of a change to an account, by its holder
    unless an ``actor`` is named.
    """
    name = f"staff/{account_id}"
    return store.audit.record(
        db, Event.ACCOUNT_CHANGED, actor or name, name, now, change=change, **details
    )


def require_free_address(db: Database, email: str) -> None:
    if store.accounts.find_by_email(db, email):
        raise Refusal(Reason.EMAIL_TAKEN, "email", text=email)


def resend_invitation(db: Database, email: str, actor: str, now: datetime) -> Account:
    """Enqueue a new set-up link to an account that has no password yet; earlier links become
    invalid.
    """
    with transaction(db):
        account = get_by_email(db, email)
        if account.password_hash or account.disabled_at:
            raise Refusal(Reason.ALREADY_SET_UP, text=account.email)
        account = replace(account, invited_at=now)
        store.accounts.save(db, account)
        store.accounts.increment_generation(db, account.id)
        enqueue_invitation(db, account.id, now)
        record_change(db, account.id, "invited", now, actor)
    return account


def end_sessions(
    db: Database, account_id: int, actor: str, now: datetime, *, kept_session_id: str = ""
) -> None:
    """End the sessions of an account, all of them or all but one."""
    with transaction(db):
        store.accounts.end_other_sessions(db, account_id, kept_session_id, now)
        record_change(db, account_id, "sessions_ended", now, actor)


def end_session(db: Database, account: Account, session_id: str, now: datetime) -> None:
    """End one of the account's own sessions."""
    with transaction(db):
        session = store.accounts.find_session(db, session_id)
        if session and session.account_id == account.id and session.is_active(now):
            store.accounts.end_session(db, session_id, now)
            record_change(db, account.id, "session_ended", now)


def require_another_admin(db: Database, account: Account) -> None:
    admins = [
        other
        for other in store.accounts.list_all(db)
        if other.role is Role.ADMIN and other.disabled_at is None
    ]
    if admins == [account]:
        raise Refusal(Reason.LAST_ADMIN)


def require_not_own_account(account: Account, actor: str) -> None:
    """Nobody may lock themselves out or change their own rights."""
    if actor == f"staff/{account.id}":
        raise Refusal(Reason.OWN_ACCOUNT)


def reset(db: Database, email: str, actor: str, now: datetime) -> tuple[Account, int]:
    """Remove password, second factor and the link to an OpenID provider, and end the sessions.

    Returns the account and its set-up link's generation.

    If there was a second factor, the account's holder is mailed.
    """
    with transaction(db):
        account = replace(
            get_by_email(db, email),
            password_hash="",
            disabled_at=None,
            oidc_issuer="",
            oidc_subject="",
            invited_at=now,
        )

        store.accounts.save(db, account)
        clear_second_factors(db, account, actor, now)
        store.accounts.increment_generation(db, account.id)
        store.accounts.end_all_sessions(db, account.id, now)
        record_change(db, account.id, "reset", now, actor)
        return account, store.accounts.get_generation(db, account.id)


def set_password(
    db: Database, account_id: int, generation: int, password_hash: str, now: datetime
) -> bool:
    """Set the password through a set-up link, which works once; returns whether it was valid."""
    with transaction(db):
        account = store.accounts.find(db, account_id)
        if (
            account is None
            or not account.may_set_up(now)
            or store.accounts.get_generation(db, account_id) != generation
        ):
            return False

        store.accounts.set_password(db, account_id, password_hash)
        store.accounts.increment_generation(db, account_id)
        store.accounts.end_all_sessions(db, account_id, now)
        store.accounts.end_pending_logins(db, account_id)
        record_change(db, account_id, "password", now)
    return True


def clear_second_factors(db: Database, account: Account, actor: str, now: datetime) -> None:
    """Within the caller's transaction: remove every second factor, and mail the account's holder if
    there was one.
    """
    store.accounts.end_pending_logins(db, account.id)
    if not store.accounts.get_second_factors(db, account.id):
        return
    store.accounts.clear_second_factors(db, account.id)
    store.accounts.end_all_sessions(db, account.id, now)
    entry = record_change(db, account.id, "second_factor_reset", now, actor)
    store.outbox.enqueue_for_accounts(
        db, MailKind.SECOND_FACTOR_RESET, [account.id], entry.seq, now
    )


def get_by_email(db: Database, email: str) -> Account:
    account = store.accounts.find_by_email(db, normalize_email(email))
    if account is None:
        raise Refusal(Reason.NO_SUCH_ACCOUNT, "email", text=email)
    return account


def normalize_email(email: str) -> str:
    """The form in which accounts are stored and found, in lower case.

    Lower case and not case-folded, as folding makes another domain of one with ß.
    """
    return (parse_email(email.strip()) or email.strip()).lower()
