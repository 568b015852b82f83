"""Accounts of the office: adding, changing and locking them, and their passwords."""

from dataclasses import replace
from datetime import datetime

from sqlite_utils import Database

from signoff import store
from signoff.domain.accounts import Account, Role
from signoff.domain.audit import Event
from signoff.domain.errors import Reason, Refusal
from signoff.domain.mail import MailKind
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
    """A new account. An empty ``password_hash`` means: the password is set through a set-up link.

    With ``mail`` that link is owed to the new account's address.
    """
    with transaction(db):
        if store.accounts.find_by_email(db, normalize_email(email)):
            raise Refusal(Reason.EMAIL_TAKEN, "email", text=email)

        made = store.accounts.add(
            db, Account(0, normalize_email(email), name, role, password_hash, now)
        )
        store.audit.record(db, Event.ACCOUNT_ADDED, actor, f"staff/{made.id}", now, role=str(role))
        if mail:
            store.outbox.enqueue_for_accounts(
                db,
                MailKind.ACCOUNT_INVITATION,
                [made.id],
                store.accounts.get_generation(db, made.id),
                now,
            )
    return made


def disable(db: Database, email: str, actor: str, now: datetime) -> Account:
    """Lock an account and end its sessions; the last admin stays."""
    with transaction(db):
        one = get_by_email(db, email)

        require_another_admin(db, one)
        require_not_own_account(one, actor)
        disabled = replace(one, disabled_at=one.disabled_at or now)

        store.accounts.save(db, disabled)
        store.accounts.end_all_sessions(db, one.id, now)
        store.accounts.end_pending_logins(db, one.id)
        if one.disabled_at is None:
            store.audit.record(
                db, Event.ACCOUNT_CHANGED, actor, f"staff/{one.id}", now, change="disabled"
            )
    return disabled


def enable(db: Database, email: str, actor: str, now: datetime) -> Account:
    """Unlock an account; its password is as it was."""
    with transaction(db):
        one = get_by_email(db, email)
        enabled = replace(one, disabled_at=None)

        if one.disabled_at:
            store.accounts.save(db, enabled)
            store.audit.record(
                db, Event.ACCOUNT_CHANGED, actor, f"staff/{one.id}", now, change="enabled"
            )
    return enabled


def change_role(
    db: Database, email: str, seen: Role, role: Role, actor: str, now: datetime
) -> Account:
    """Give an account another role. ``seen`` is the role it had on the page: a colleague may have been faster."""
    with transaction(db):
        one = get_by_email(db, email)
        if one.role is role:
            return one

        require_not_own_account(one, actor)
        if one.role is not seen:
            raise Refusal(Reason.STALE, "role", what="role", text=one.email)
        if one.role is Role.ADMIN:
            require_another_admin(db, one)
        changed = replace(one, role=role)

        store.accounts.save(db, changed)
        store.audit.record(
            db, Event.ACCOUNT_CHANGED, actor, f"staff/{one.id}", now, change="role", role=str(role)
        )
    return changed


def resend_invitation(db: Database, email: str, actor: str, now: datetime) -> Account:
    """Owe a new set-up link to an account that has no password yet; the links before it are dead."""
    with transaction(db):
        one = get_by_email(db, email)
        if one.password_hash or one.disabled_at:
            raise Refusal(Reason.ALREADY_SET_UP, text=one.email)
        store.accounts.increment_generation(db, one.id)
        store.outbox.enqueue_for_accounts(
            db,
            MailKind.ACCOUNT_INVITATION,
            [one.id],
            store.accounts.get_generation(db, one.id),
            now,
        )
        store.audit.record(
            db, Event.ACCOUNT_CHANGED, actor, f"staff/{one.id}", now, change="invited"
        )
    return one


def end_sessions(
    db: Database, account_id: int, actor: str, now: datetime, *, but: str = ""
) -> None:
    """End the sessions of an account, all of them or all but one."""
    with transaction(db):
        store.accounts.end_other_sessions(db, account_id, but, now)
        store.audit.record(
            db, Event.ACCOUNT_CHANGED, actor, f"staff/{account_id}", now, change="sessions_ended"
        )


def end_session(db: Database, one: Account, session_id: str, now: datetime) -> None:
    """End one session of one's own."""
    with transaction(db):
        found = store.accounts.find_session(db, session_id)
        if found and found.account_id == one.id and found.lives(now):
            store.accounts.end_session(db, session_id, now)
            store.audit.record(
                db,
                Event.ACCOUNT_CHANGED,
                f"staff/{one.id}",
                f"staff/{one.id}",
                now,
                change="session_ended",
            )


def require_another_admin(db: Database, one: Account) -> None:
    admins = [
        each
        for each in store.accounts.list_all(db)
        if each.role is Role.ADMIN and each.disabled_at is None
    ]
    if admins == [one]:
        raise Refusal(Reason.LAST_ADMIN)


def require_not_own_account(one: Account, actor: str) -> None:
    """Nobody locks herself out, and nobody gives herself rights."""
    if actor == f"staff/{one.id}":
        raise Refusal(Reason.OWN_ACCOUNT)


def reset(db: Database, email: str, actor: str, now: datetime) -> tuple[Account, int]:
    """Take password and second factor away and end the sessions; gives the account and its set-up link's generation.

    A second factor that is taken away is told by mail.
    """
    with transaction(db):
        one = replace(get_by_email(db, email), password_hash="", disabled_at=None)

        store.accounts.save(db, one)
        clear_second_factors(db, one, actor, now)
        store.accounts.increment_generation(db, one.id)
        store.accounts.end_all_sessions(db, one.id, now)
        store.audit.record(db, Event.ACCOUNT_CHANGED, actor, f"staff/{one.id}", now, change="reset")
        return one, store.accounts.get_generation(db, one.id)


def set_password(
    db: Database, account_id: int, generation: int, password_hash: str, now: datetime
) -> bool:
    """Set the password through a set-up link; the link works once."""
    with transaction(db):
        one = store.accounts.find(db, account_id)
        if (
            one is None
            or one.disabled_at
            or store.accounts.get_generation(db, account_id) != generation
        ):
            return False

        store.accounts.save(db, replace(one, password_hash=password_hash))
        store.accounts.increment_generation(db, account_id)
        store.accounts.end_all_sessions(db, account_id, now)
        store.accounts.end_pending_logins(db, account_id)
        store.audit.record(
            db,
            Event.ACCOUNT_CHANGED,
            f"staff/{account_id}",
            f"staff/{account_id}",
            now,
            change="password",
        )
    return True


def clear_second_factors(db: Database, one: Account, actor: str, now: datetime) -> None:
    """Take every second factor away, inside the caller's transaction. The person is told, where there was one."""
    store.accounts.end_pending_logins(db, one.id)
    if not store.accounts.get_second_factors(db, one.id):
        return
    store.accounts.clear_second_factors(db, one.id)
    store.accounts.end_all_sessions(db, one.id, now)
    entry = store.audit.record(
        db, Event.ACCOUNT_CHANGED, actor, f"staff/{one.id}", now, change="factor_cleared"
    )
    store.outbox.enqueue_for_accounts(db, MailKind.SECOND_FACTOR_RESET, [one.id], entry.seq, now)


def get_by_email(db: Database, email: str) -> Account:
    one = store.accounts.find_by_email(db, normalize_email(email))
    if one is None:
        raise Refusal(Reason.NO_SUCH_STAFF, "email", text=email)
    return one


def normalize_email(email: str) -> str:
    return email.strip().casefold()
