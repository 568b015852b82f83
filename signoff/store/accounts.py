"""Accounts of the office with their second factors, sessions, password requests and failed
logins.
"""

from dataclasses import replace
from datetime import datetime

from sqlite_utils import Database

from signoff.domain.accounts import (
    PASSKEY_CHALLENGE_LIFETIME,
    PASSWORD_LINK_LIFETIME,
    PENDING_LOGIN_LIFETIME,
    SESSION_ABSOLUTE_TIMEOUT,
    SESSION_IDLE_TIMEOUT,
    Account,
    AddressChange,
    Authenticator,
    Passkey,
    PasswordResetRequest,
    Role,
    SecondFactors,
    Session,
)
from signoff.store import rows
from signoff.store.rows import execute, execute_many, fetch_all, fetch_one, fetch_value

# Accounts.

LIST_ACCOUNTS = "SELECT * FROM accounts ORDER BY email"
FIND_ACCOUNT_BY_EMAIL = "SELECT * FROM accounts WHERE email = :email"
FIND_ACCOUNT_BY_SUBJECT = (
    "SELECT * FROM accounts WHERE oidc_issuer = :issuer AND oidc_subject = :subject"
)
GET_ACCOUNT = "SELECT * FROM accounts WHERE id = :id"
INSERT_ACCOUNT = """
INSERT INTO accounts ( email,  name,  role,  password_hash,  created_at,  invited_at,  language,  oidc_issuer,
                       oidc_subject)
VALUES               (:email, :name, :role, :password_hash, :created_at, :invited_at, :language, :oidc_issuer,
                      :oidc_subject)
"""
UPDATE_ACCOUNT = """
UPDATE accounts SET email = :email, name = :name, role = :role, password_hash = :password_hash,
                    disabled_at = :disabled_at, invited_at = :invited_at, language = :language,
                    oidc_issuer = :oidc_issuer, oidc_subject = :oidc_subject
WHERE id = :id
"""
SET_PASSWORD = (
    "UPDATE accounts SET password_hash = :password_hash, invited_at = NULL WHERE id = :id"
)
SET_ROLE = "UPDATE accounts SET role = :role WHERE id = :id"
GET_GENERATION = "SELECT generation FROM accounts WHERE id = :id"
INCREMENT_GENERATION = "UPDATE accounts SET generation = generation + 1 WHERE id = :id"


# Mail to an account goes with it; of what it did, the audit log keeps its number.
TABLES_OF_ACCOUNTS = (
    "sessions",
    "pending_logins",
    "passkeys",
    "authenticators",
    "recovery_codes",
    "subscriptions",
    "digests",
    "saved_views",
    "address_changes",
    "password_reset_requests",
    "outbox",
    "test_mails",
)
# That a mail server has taken a mail stays true when the mail goes.
KEEP_ACCEPTED_MAIL = """
INSERT INTO accepted_mail SELECT MIN(sent_at) FROM outbox
WHERE account_id = :id AND sent_at IS NOT NULL AND bounced_at IS NULL AND server <> '' GROUP BY account_id
"""
DELETE_ACCOUNT = (
    KEEP_ACCEPTED_MAIL,
    *(f"DELETE FROM {table} WHERE account_id = :id" for table in TABLES_OF_ACCOUNTS),
    "DELETE FROM accounts WHERE id = :id",
)


def list_all(db: Database) -> list[Account]:
    return rows.list_all(db, Account, LIST_ACCOUNTS)


def find_by_email(db: Database, email: str) -> Account | None:
    return rows.find(db, Account, FIND_ACCOUNT_BY_EMAIL, email=email)


def find_by_subject(db: Database, issuer: str, subject: str) -> Account | None:
    """The account of this person at an OpenID provider."""
    return rows.find(db, Account, FIND_ACCOUNT_BY_SUBJECT, issuer=issuer, subject=subject)


def find(db: Database, id: int) -> Account | None:
    return rows.find(db, Account, GET_ACCOUNT, id=id)


def add(db: Database, account: Account) -> Account:
    """Store a new account and return it with its id."""
    return replace(account, id=execute(db, INSERT_ACCOUNT, **rows.to_row(account)))


def save(db: Database, account: Account) -> None:
    execute(db, UPDATE_ACCOUNT, **rows.to_row(account))


def set_password(db: Database, id: int, password_hash: str) -> None:
    execute(db, SET_PASSWORD, id=id, password_hash=password_hash)


def set_role(db: Database, id: int, role: Role) -> None:
    execute(db, SET_ROLE, id=id, role=role)


def delete(db: Database, id: int) -> None:
    for statement in DELETE_ACCOUNT:
        execute(db, statement, id=id)


def get_generation(db: Database, id: int) -> int:
    """The generation of the account's password links; setting a password invalidates earlier
    links.
    """
    return int(fetch_value(db, GET_GENERATION, id=id))


def increment_generation(db: Database, id: int) -> None:
    execute(db, INCREMENT_GENERATION, id=id)


# Changes of addresses.

INSERT_ADDRESS_CHANGE = """
INSERT INTO address_changes (account_id,  before,  email,  requested_at)
VALUES                     (:account_id, :before, :email, :requested_at)
"""
GET_ADDRESS_CHANGE = "SELECT * FROM address_changes WHERE id = :id"
GET_LATEST_ADDRESS_CHANGE = """
SELECT * FROM address_changes WHERE account_id = :account_id ORDER BY id DESC LIMIT 1
"""
CONFIRM_ADDRESS_CHANGE = "UPDATE address_changes SET confirmed_at = :now WHERE id = :id"


def add_address_change(db: Database, change: AddressChange) -> int:
    """Store a request and return its id."""
    return execute(db, INSERT_ADDRESS_CHANGE, **rows.to_row(change))


def find_address_change(db: Database, id: int) -> AddressChange | None:
    return rows.find(db, AddressChange, GET_ADDRESS_CHANGE, id=id)


def find_latest_address_change(db: Database, account_id: int) -> AddressChange | None:
    """The last request of an account; earlier ones count no more."""
    return rows.find(db, AddressChange, GET_LATEST_ADDRESS_CHANGE, account_id=account_id)


def confirm_address_change(db: Database, id: int, now: datetime) -> None:
    execute(db, CONFIRM_ADDRESS_CHANGE, id=id, now=now)


# The secret address of a calendar.

GET_CALENDAR_GENERATION = "SELECT calendar FROM accounts WHERE id = :id"
INCREMENT_CALENDAR_GENERATION = "UPDATE accounts SET calendar = calendar + 1 WHERE id = :id"


def get_calendar_generation(db: Database, id: int) -> int:
    """The generation of the calendar's address; 0 as long as there is none."""
    return int(fetch_value(db, GET_CALENDAR_GENERATION, id=id))


def increment_calendar_generation(db: Database, id: int) -> None:
    execute(db, INCREMENT_CALENDAR_GENERATION, id=id)


# Sessions.

GET_SESSION = "SELECT * FROM sessions WHERE id = :id"
INSERT_SESSION = """
INSERT INTO sessions (id, account_id, started_at, seen_at, device) VALUES (:id, :account_id, :now, :now, :device)
"""
LIST_ACTIVE_SESSIONS = """
SELECT * FROM sessions WHERE account_id = :account_id AND ended_at IS NULL AND seen_at > :seen AND started_at > :started
ORDER BY seen_at DESC
"""
LIST_LAST_SEEN = "SELECT account_id, MAX(seen_at) AS seen_at FROM sessions GROUP BY account_id"
END_OTHER_SESSIONS = """
UPDATE sessions SET ended_at = :now WHERE account_id = :account_id AND id <> :id AND ended_at IS NULL
"""
TOUCH_SESSION = "UPDATE sessions SET seen_at = :now WHERE id = :id"
MARK_REAUTHENTICATED = """
UPDATE sessions SET reauthenticated_at = :now, seen_at = :now WHERE id = :id AND ended_at IS NULL
"""
END_SESSION = "UPDATE sessions SET ended_at = :now WHERE id = :id AND ended_at IS NULL"
END_ALL_SESSIONS = (
    "UPDATE sessions SET ended_at = :now WHERE account_id = :account_id AND ended_at IS NULL"
)


def find_session(db: Database, id: str) -> Session | None:
    return rows.find(db, Session, GET_SESSION, id=id)


def list_active_sessions(db: Database, account_id: int, now: datetime) -> list[Session]:
    """The sessions of an account that have not ended, the most recently used one first."""
    return rows.list_all(
        db,
        Session,
        LIST_ACTIVE_SESSIONS,
        account_id=account_id,
        seen=now - SESSION_IDLE_TIMEOUT,
        started=now - SESSION_ABSOLUTE_TIMEOUT,
    )


def get_last_seen_by_account(db: Database) -> dict[int, datetime]:
    """When each account was last used."""
    return {
        row["account_id"]: datetime.fromisoformat(row["seen_at"])
        for row in fetch_all(db, LIST_LAST_SEEN)
    }


def start_session(db: Database, id: str, account_id: int, now: datetime, device: str = "") -> None:
    execute(db, INSERT_SESSION, id=id, account_id=account_id, now=now, device=device)


def touch_session(db: Database, id: str, now: datetime) -> None:
    execute(db, TOUCH_SESSION, id=id, now=now)


def mark_reauthenticated(db: Database, id: str, now: datetime) -> None:
    execute(db, MARK_REAUTHENTICATED, id=id, now=now)


def end_session(db: Database, id: str, now: datetime) -> None:
    execute(db, END_SESSION, id=id, now=now)


def end_all_sessions(db: Database, account_id: int, now: datetime) -> None:
    execute(db, END_ALL_SESSIONS, account_id=account_id, now=now)


def end_other_sessions(db: Database, account_id: int, id: str, now: datetime) -> None:
    """End all sessions of an account but this one."""
    execute(db, END_OTHER_SESSIONS, account_id=account_id, id=id, now=now)


# Failed logins.

GET_LOGIN_FAILURES = """
SELECT failures, last_at FROM login_failures WHERE email_digest = :email_digest AND cause = :cause
"""
INCREMENT_LOGIN_FAILURES = """
INSERT INTO login_failures (email_digest, cause, failures, last_at) VALUES (:email_digest, :cause, 1, :now)
ON CONFLICT (email_digest, cause) DO UPDATE SET failures = failures + 1, last_at = :now
"""
CLEAR_LOGIN_FAILURES = (
    "DELETE FROM login_failures WHERE email_digest = :email_digest AND cause = :cause"
)


def get_login_failures(db: Database, email_digest: str, cause: str) -> tuple[int, datetime | None]:
    """The number of consecutive failures of one cause for an address, known or not, and the time of
    the last one.
    """
    row = fetch_one(db, GET_LOGIN_FAILURES, email_digest=email_digest, cause=cause)
    return (row["failures"], datetime.fromisoformat(row["last_at"])) if row else (0, None)


def record_login_failure(db: Database, email_digest: str, cause: str, now: datetime) -> None:
    execute(db, INCREMENT_LOGIN_FAILURES, email_digest=email_digest, cause=cause, now=now)


def clear_login_failures(db: Database, email_digest: str, cause: str) -> None:
    execute(db, CLEAR_LOGIN_FAILURES, email_digest=email_digest, cause=cause)


# Second factors, and logins that still need one.

GET_AUTHENTICATOR = "SELECT * FROM authenticators WHERE account_id = :account_id"
SAVE_AUTHENTICATOR = """
INSERT INTO authenticators (account_id,  nonce,  last_step,  added_at)
VALUES                     (:account_id, :nonce, :last_step, :added_at)
ON CONFLICT (account_id) DO UPDATE SET nonce = :nonce, last_step = :last_step, added_at = :added_at
"""
UPDATE_TOTP_STEP = "UPDATE authenticators SET last_step = :step WHERE account_id = :account_id"
DELETE_AUTHENTICATOR = "DELETE FROM authenticators WHERE account_id = :account_id"
LIST_PASSKEYS = "SELECT * FROM passkeys WHERE account_id = :account_id ORDER BY id"
IS_PASSKEY_REGISTERED = "SELECT 1 FROM passkeys WHERE credential_id = :credential_id"
INSERT_PASSKEY = """
INSERT INTO passkeys ( account_id,  credential_id,  public_key,  sign_count,  name,  added_at)
VALUES               (:account_id, :credential_id, :public_key, :sign_count, :name, :added_at)
"""
RECORD_PASSKEY_USE = "UPDATE passkeys SET sign_count = :sign_count, used_at = :now WHERE id = :id"
DELETE_PASSKEY = "DELETE FROM passkeys WHERE account_id = :account_id AND id = :id"
DELETE_PASSKEYS = "DELETE FROM passkeys WHERE account_id = :account_id"
COUNT_RECOVERY_CODES = (
    "SELECT COUNT(*) FROM recovery_codes WHERE account_id = :account_id AND used_at IS NULL"
)
FIND_RECOVERY_CODE = """
SELECT 1 FROM recovery_codes WHERE account_id = :account_id AND digest = :digest AND used_at IS NULL
"""
INSERT_RECOVERY_CODE = "INSERT INTO recovery_codes (account_id, digest, created_at) VALUES (:account_id, :digest, :now)"
USE_RECOVERY_CODE = (
    "UPDATE recovery_codes SET used_at = :now WHERE account_id = :account_id AND digest = :digest"
)
DELETE_RECOVERY_CODES = "DELETE FROM recovery_codes WHERE account_id = :account_id"
LIST_IDS_WITH_SECOND_FACTOR = (
    "SELECT account_id FROM authenticators UNION SELECT account_id FROM passkeys"
)
INSERT_PENDING_LOGIN = (
    "INSERT INTO pending_logins (id, account_id, started_at) VALUES (:id, :account_id, :now)"
)
FIND_PENDING_LOGIN = "SELECT account_id FROM pending_logins WHERE id = :id AND started_at > :since"
DELETE_PENDING_LOGIN = "DELETE FROM pending_logins WHERE id = :id OR started_at <= :since"
DELETE_PENDING_LOGINS = "DELETE FROM pending_logins WHERE account_id = :account_id"
SAVE_CHALLENGE = """
INSERT INTO passkey_challenges (login_id, challenge, created_at) VALUES (:login_id, :challenge, :now)
ON CONFLICT (login_id) DO UPDATE SET challenge = :challenge, created_at = :now
"""
FIND_CHALLENGE = (
    "SELECT challenge FROM passkey_challenges WHERE login_id = :login_id AND created_at > :since"
)
DELETE_CHALLENGE = (
    "DELETE FROM passkey_challenges WHERE login_id = :login_id OR created_at <= :since"
)


def get_second_factors(db: Database, account_id: int) -> SecondFactors:
    return SecondFactors(
        rows.find(db, Authenticator, GET_AUTHENTICATOR, account_id=account_id),
        tuple(rows.list_all(db, Passkey, LIST_PASSKEYS, account_id=account_id)),
        fetch_value(db, COUNT_RECOVERY_CODES, account_id=account_id),
    )


def list_ids_with_second_factor(db: Database) -> set[int]:
    return {row["account_id"] for row in fetch_all(db, LIST_IDS_WITH_SECOND_FACTOR)}


def save_authenticator(db: Database, authenticator: Authenticator) -> None:
    execute(db, SAVE_AUTHENTICATOR, **rows.to_row(authenticator))


def update_totp_step(db: Database, account_id: int, step: int) -> None:
    execute(db, UPDATE_TOTP_STEP, account_id=account_id, step=step)


def delete_authenticator(db: Database, account_id: int) -> None:
    execute(db, DELETE_AUTHENTICATOR, account_id=account_id)


def is_passkey_registered(db: Database, credential_id: str) -> bool:
    return fetch_one(db, IS_PASSKEY_REGISTERED, credential_id=credential_id) is not None


def add_passkey(db: Database, passkey: Passkey) -> None:
    execute(db, INSERT_PASSKEY, **rows.to_row(passkey))


def record_passkey_use(db: Database, id: int, sign_count: int, now: datetime) -> None:
    execute(db, RECORD_PASSKEY_USE, id=id, sign_count=sign_count, now=now)


def delete_passkey(db: Database, account_id: int, id: int) -> None:
    execute(db, DELETE_PASSKEY, account_id=account_id, id=id)


def replace_recovery_codes(
    db: Database, account_id: int, digests: list[str], now: datetime
) -> None:
    """Store these recovery codes; all earlier ones become invalid."""
    execute(db, DELETE_RECOVERY_CODES, account_id=account_id)
    codes = [{"account_id": account_id, "digest": digest, "now": now} for digest in digests]
    execute_many(db, INSERT_RECOVERY_CODE, codes)


def use_recovery_code(db: Database, account_id: int, digest: str, now: datetime) -> bool:
    """Use up a recovery code; false if the account has no such unused code."""
    if fetch_one(db, FIND_RECOVERY_CODE, account_id=account_id, digest=digest) is None:
        return False
    execute(db, USE_RECOVERY_CODE, account_id=account_id, digest=digest, now=now)
    return True


def clear_second_factors(db: Database, account_id: int) -> None:
    """Delete all second factors, with the recovery codes and the logins that wait for one."""
    for sql in (
        DELETE_AUTHENTICATOR,
        DELETE_PASSKEYS,
        DELETE_RECOVERY_CODES,
        DELETE_PENDING_LOGINS,
    ):
        execute(db, sql, account_id=account_id)


def start_pending_login(db: Database, id: str, account_id: int, now: datetime) -> None:
    execute(db, INSERT_PENDING_LOGIN, id=id, account_id=account_id, now=now)


def find_pending_login(db: Database, id: str, now: datetime) -> int | None:
    """The account of a login that waits for its second factor, unless it has expired."""
    row = fetch_one(db, FIND_PENDING_LOGIN, id=id, since=now - PENDING_LOGIN_LIFETIME)
    return row["account_id"] if row else None


def end_pending_login(db: Database, id: str, now: datetime) -> None:
    """Delete this pending login, and all that have expired."""
    execute(db, DELETE_PENDING_LOGIN, id=id, since=now - PENDING_LOGIN_LIFETIME)


def end_pending_logins(db: Database, account_id: int) -> None:
    execute(db, DELETE_PENDING_LOGINS, account_id=account_id)


def save_challenge(db: Database, login_id: str, challenge: str, now: datetime) -> None:
    """Store the challenge sent to a passkey; it replaces an earlier one of the same login."""
    execute(db, SAVE_CHALLENGE, login_id=login_id, challenge=challenge, now=now)


def take_challenge(db: Database, login_id: str, now: datetime) -> str | None:
    """The challenge of this login, unless it has expired. It can be taken only once."""
    since = now - PASSKEY_CHALLENGE_LIFETIME
    row = fetch_one(db, FIND_CHALLENGE, login_id=login_id, since=since)
    execute(db, DELETE_CHALLENGE, login_id=login_id, since=since)
    return row["challenge"] if row else None


# Requests to reset a forgotten password.

INSERT_PASSWORD_RESET_REQUEST = """
INSERT INTO password_reset_requests ( email_digest,  account_id,  generation,  requested_at)
VALUES                        (:email_digest, :account_id, :generation, :requested_at)
"""
GET_PASSWORD_RESET_REQUEST = """
SELECT account_id, generation, requested_at FROM password_reset_requests WHERE id = :id AND account_id IS NOT NULL
"""
COUNT_PASSWORD_RESET_REQUESTS = """
SELECT COUNT(*) FROM password_reset_requests WHERE email_digest = :email_digest
AND requested_at > :since
"""
DELETE_OLD_PASSWORD_RESET_REQUESTS = (
    "DELETE FROM password_reset_requests WHERE requested_at <= :since"
)


def add_password_reset_request(
    db: Database, email_digest: str, account_id: int | None, generation: int, now: datetime
) -> int:
    """Store a request, delete those that have long expired, and return the id."""
    execute(db, DELETE_OLD_PASSWORD_RESET_REQUESTS, since=now - 30 * PASSWORD_LINK_LIFETIME)
    return execute(
        db,
        INSERT_PASSWORD_RESET_REQUEST,
        email_digest=email_digest,
        account_id=account_id,
        generation=generation,
        requested_at=now,
    )


def count_password_reset_requests(db: Database, email_digest: str, since: datetime) -> int:
    """The number of requests for an address, known or not, since a moment."""
    count = fetch_value(db, COUNT_PASSWORD_RESET_REQUESTS, email_digest=email_digest, since=since)
    return int(count)


def find_password_reset_request(db: Database, id: int) -> PasswordResetRequest | None:
    """The request that a mailed link belongs to."""
    return rows.find(db, PasswordResetRequest, GET_PASSWORD_RESET_REQUEST, id=id)
