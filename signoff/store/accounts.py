"""Accounts of the office, their sessions, and wrong passwords."""

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
    Authenticator,
    Passkey,
    PasswordResetRequest,
    Role,
    SecondFactors,
    Session,
)
from signoff.store.rows import (
    Row,
    execute,
    execute_many,
    fetch_all,
    fetch_one,
    format_utc,
    parse_datetime,
    parse_optional_datetime,
)

# Second factors of the office's people, and logins that still wait for one.

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
COUNT_RECOVERY_CODES = "SELECT COUNT(*) AS codes FROM recovery_codes WHERE account_id = :account_id AND used_at IS NULL"
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
    """What this account can show besides its password."""
    parameters = {"account_id": account_id}
    found = fetch_one(db, GET_AUTHENTICATOR, parameters)
    left = fetch_one(db, COUNT_RECOVERY_CODES, parameters)
    passkeys = tuple(passkey_from_row(each) for each in fetch_all(db, LIST_PASSKEYS, parameters))
    return SecondFactors(
        authenticator_from_row(found) if found else None, passkeys, left["codes"] if left else 0
    )


def list_ids_with_second_factor(db: Database) -> set[int]:
    """The accounts that have a second factor."""
    return {each["account_id"] for each in fetch_all(db, LIST_IDS_WITH_SECOND_FACTOR)}


def save_authenticator(db: Database, made: Authenticator) -> None:
    parameters = {"account_id": made.account_id, "nonce": made.nonce, "last_step": made.last_step}
    execute(db, SAVE_AUTHENTICATOR, {**parameters, "added_at": format_utc(made.added_at)})


def update_totp_step(db: Database, account_id: int, step: int) -> None:
    execute(db, UPDATE_TOTP_STEP, {"account_id": account_id, "step": step})


def delete_authenticator(db: Database, account_id: int) -> None:
    execute(db, DELETE_AUTHENTICATOR, {"account_id": account_id})


def is_passkey_registered(db: Database, credential_id: str) -> bool:
    return fetch_one(db, IS_PASSKEY_REGISTERED, {"credential_id": credential_id}) is not None


def add_passkey(db: Database, made: Passkey) -> None:
    names = ("account_id", "credential_id", "public_key", "sign_count", "name")
    execute(
        db,
        INSERT_PASSKEY,
        {**{name: getattr(made, name) for name in names}, "added_at": format_utc(made.added_at)},
    )


def record_passkey_use(db: Database, id: int, sign_count: int, now: datetime) -> None:
    execute(db, RECORD_PASSKEY_USE, {"id": id, "sign_count": sign_count, "now": format_utc(now)})


def delete_passkey(db: Database, account_id: int, id: int) -> None:
    execute(db, DELETE_PASSKEY, {"account_id": account_id, "id": id})


def replace_recovery_codes(
    db: Database, account_id: int, digests: list[str], now: datetime
) -> None:
    """These recovery codes, and none of those before them."""
    execute(db, DELETE_RECOVERY_CODES, {"account_id": account_id})
    execute_many(
        db,
        INSERT_RECOVERY_CODE,
        [{"account_id": account_id, "digest": each, "now": format_utc(now)} for each in digests],
    )


def use_recovery_code(db: Database, account_id: int, digest: str, now: datetime) -> bool:
    """Use up a recovery code; whether there was such a one."""
    parameters = {"account_id": account_id, "digest": digest}
    if fetch_one(db, FIND_RECOVERY_CODE, parameters) is None:
        return False
    execute(db, USE_RECOVERY_CODE, {**parameters, "now": format_utc(now)})
    return True


def clear_second_factors(db: Database, account_id: int) -> None:
    """Take every second factor away, with the recovery codes and the logins that wait for one."""
    for each in (
        DELETE_AUTHENTICATOR,
        DELETE_PASSKEYS,
        DELETE_RECOVERY_CODES,
        DELETE_PENDING_LOGINS,
    ):
        execute(db, each, {"account_id": account_id})


def start_pending_login(db: Database, id: str, account_id: int, now: datetime) -> None:
    execute(db, INSERT_PENDING_LOGIN, {"id": id, "account_id": account_id, "now": format_utc(now)})


def find_pending_login(db: Database, id: str, now: datetime) -> int | None:
    """The account whose right password began this login, while it waits for the second factor."""
    found = fetch_one(
        db, FIND_PENDING_LOGIN, {"id": id, "since": format_utc(now - PENDING_LOGIN_LIFETIME)}
    )
    return found["account_id"] if found else None


def end_pending_login(db: Database, id: str, now: datetime) -> None:
    """End this one, and clear away those that were given up."""
    execute(db, DELETE_PENDING_LOGIN, {"id": id, "since": format_utc(now - PENDING_LOGIN_LIFETIME)})


def end_pending_logins(db: Database, account_id: int) -> None:
    execute(db, DELETE_PENDING_LOGINS, {"account_id": account_id})


def save_challenge(db: Database, login_id: str, challenge: str, now: datetime) -> None:
    """Note what a passkey was asked; an earlier question of the same login is void."""
    execute(
        db, SAVE_CHALLENGE, {"login_id": login_id, "challenge": challenge, "now": format_utc(now)}
    )


def take_challenge(db: Database, login_id: str, now: datetime) -> str | None:
    """What this login's passkey was asked, once."""
    since = format_utc(now - PASSKEY_CHALLENGE_LIFETIME)
    found = fetch_one(db, FIND_CHALLENGE, {"login_id": login_id, "since": since})
    execute(db, DELETE_CHALLENGE, {"login_id": login_id, "since": since})
    return found["challenge"] if found else None


def authenticator_from_row(found: Row) -> Authenticator:
    return Authenticator(
        found["account_id"], found["nonce"], found["last_step"], parse_datetime(found["added_at"])
    )


def passkey_from_row(found: Row) -> Passkey:
    names = ("id", "account_id", "credential_id", "public_key", "sign_count", "name")
    return Passkey(
        **{name: found[name] for name in names},
        added_at=parse_datetime(found["added_at"]),
        used_at=parse_optional_datetime(found["used_at"]),
    )


# Forgotten passwords: who asked for a new one, known or not, and the link that was owed.

INSERT_PASSWORD_RESET_REQUEST = """
INSERT INTO password_reset_requests ( email_digest,  account_id,  generation,  requested_at)
VALUES                        (:email_digest, :account_id, :generation, :requested_at)
"""
GET_PASSWORD_RESET_REQUEST = """
SELECT account_id, generation, requested_at FROM password_reset_requests WHERE id = :id AND account_id IS NOT NULL
"""
COUNT_PASSWORD_RESET_REQUESTS = """
SELECT COUNT(*) AS rows FROM password_reset_requests WHERE email_digest = :email_digest
AND requested_at > :since
"""
DELETE_OLD_PASSWORD_RESET_REQUESTS = (
    "DELETE FROM password_reset_requests WHERE requested_at <= :since"
)


def add_password_reset_request(
    db: Database, email_digest: str, account_id: int | None, generation: int, now: datetime
) -> int:
    """Keep a request, and forget those that are long past; gives its number."""
    execute(
        db,
        DELETE_OLD_PASSWORD_RESET_REQUESTS,
        {"since": format_utc(now - 30 * PASSWORD_LINK_LIFETIME)},
    )
    parameters = {"email_digest": email_digest, "account_id": account_id, "generation": generation}
    return execute(
        db, INSERT_PASSWORD_RESET_REQUEST, {**parameters, "requested_at": format_utc(now)}
    )


def count_password_reset_requests(db: Database, email_digest: str, moment: datetime) -> int:
    """How many requests came for this address, known or not, after a moment."""
    found = fetch_one(
        db,
        COUNT_PASSWORD_RESET_REQUESTS,
        {"email_digest": email_digest, "since": format_utc(moment)},
    )
    return int(found["rows"]) if found else 0


def find_password_reset_request(db: Database, id: int) -> PasswordResetRequest | None:
    """The request behind a link that was mailed."""
    found = fetch_one(db, GET_PASSWORD_RESET_REQUEST, {"id": id})
    return (
        PasswordResetRequest(
            found["account_id"], found["generation"], parse_datetime(found["requested_at"])
        )
        if found
        else None
    )


LIST_ACCOUNTS = "SELECT * FROM accounts ORDER BY email"
FIND_ACCOUNT_BY_EMAIL = "SELECT * FROM accounts WHERE email = :email"
GET_ACCOUNT = "SELECT * FROM accounts WHERE id = :id"
INSERT_ACCOUNT = """
INSERT INTO accounts ( email,  name,  role,  password_hash,  created_at)
VALUES            (:email, :name, :role, :password_hash, :created_at)
"""
UPDATE_ACCOUNT = """
UPDATE accounts SET name = :name, role = :role, password_hash = :password_hash, disabled_at = :disabled_at
WHERE id = :id
"""
GET_GENERATION = "SELECT generation FROM accounts WHERE id = :id"
INCREMENT_GENERATION = "UPDATE accounts SET generation = generation + 1 WHERE id = :id"
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
GET_LOGIN_FAILURES = (
    "SELECT failures, last_at FROM login_failures WHERE email_digest = :email_digest"
)
INCREMENT_LOGIN_FAILURES = """
INSERT INTO login_failures (email_digest, failures, last_at) VALUES (:email_digest, 1, :now)
ON CONFLICT (email_digest) DO UPDATE SET failures = failures + 1, last_at = :now
"""
CLEAR_LOGIN_FAILURES = "DELETE FROM login_failures WHERE email_digest = :email_digest"


def list_all(db: Database) -> list[Account]:
    return [account_from_row(each) for each in fetch_all(db, LIST_ACCOUNTS)]


def find_by_email(db: Database, email: str) -> Account | None:
    found = fetch_one(db, FIND_ACCOUNT_BY_EMAIL, {"email": email})
    return account_from_row(found) if found else None


def find(db: Database, id: int) -> Account | None:
    found = fetch_one(db, GET_ACCOUNT, {"id": id})
    return account_from_row(found) if found else None


def add(db: Database, staff: Account) -> Account:
    names = ("email", "name", "role", "password_hash")
    parameters = {name: str(getattr(staff, name)) for name in names}
    return replace(
        staff,
        id=execute(db, INSERT_ACCOUNT, {**parameters, "created_at": format_utc(staff.created_at)}),
    )


def save(db: Database, staff: Account) -> None:
    names = ("id", "name", "password_hash")
    parameters = {name: getattr(staff, name) for name in names}
    execute(
        db,
        UPDATE_ACCOUNT,
        {**parameters, "role": str(staff.role), "disabled_at": format_utc(staff.disabled_at)},
    )


def get_generation(db: Database, id: int) -> int:
    """The generation of the account's set-up links; setting a password ends the links before it."""
    found = fetch_one(db, GET_GENERATION, {"id": id})
    assert found
    return int(found["generation"])


def increment_generation(db: Database, id: int) -> None:
    execute(db, INCREMENT_GENERATION, {"id": id})


def find_session(db: Database, id: str) -> Session | None:
    found = fetch_one(db, GET_SESSION, {"id": id})
    if found is None:
        return None
    return session_from_row(found)


def list_active_sessions(db: Database, account_id: int, now: datetime) -> list[Session]:
    """The sessions of an account that have not ended, the one used last first."""
    since = {
        "seen": format_utc(now - SESSION_IDLE_TIMEOUT),
        "started": format_utc(now - SESSION_ABSOLUTE_TIMEOUT),
    }
    return [
        session_from_row(each)
        for each in fetch_all(db, LIST_ACTIVE_SESSIONS, {"account_id": account_id, **since})
    ]


def get_last_seen_by_account(db: Database) -> dict[int, datetime]:
    """When each account was last used."""
    return {
        each["account_id"]: parse_datetime(each["seen_at"])
        for each in fetch_all(db, LIST_LAST_SEEN)
    }


def start_session(db: Database, id: str, account_id: int, now: datetime, device: str = "") -> None:
    execute(
        db,
        INSERT_SESSION,
        {"id": id, "account_id": account_id, "now": format_utc(now), "device": device},
    )


def touch_session(db: Database, id: str, now: datetime) -> None:
    execute(db, TOUCH_SESSION, {"id": id, "now": format_utc(now)})


def mark_reauthenticated(db: Database, id: str, now: datetime) -> None:
    execute(db, MARK_REAUTHENTICATED, {"id": id, "now": format_utc(now)})


def end_session(db: Database, id: str, now: datetime) -> None:
    execute(db, END_SESSION, {"id": id, "now": format_utc(now)})


def end_all_sessions(db: Database, account_id: int, now: datetime) -> None:
    execute(db, END_ALL_SESSIONS, {"account_id": account_id, "now": format_utc(now)})


def end_other_sessions(db: Database, account_id: int, id: str, now: datetime) -> None:
    """End every session of an account but this one."""
    execute(db, END_OTHER_SESSIONS, {"account_id": account_id, "id": id, "now": format_utc(now)})


def get_login_failures(db: Database, email_digest: str) -> tuple[int, datetime | None]:
    """How many wrong passwords in a row for this address, known or not, and when the last one came."""
    found = fetch_one(db, GET_LOGIN_FAILURES, {"email_digest": email_digest})
    return (found["failures"], parse_optional_datetime(found["last_at"])) if found else (0, None)


def record_login_failure(db: Database, email_digest: str, now: datetime) -> None:
    execute(db, INCREMENT_LOGIN_FAILURES, {"email_digest": email_digest, "now": format_utc(now)})


def clear_login_failures(db: Database, email_digest: str) -> None:
    execute(db, CLEAR_LOGIN_FAILURES, {"email_digest": email_digest})


def session_from_row(found: Row) -> Session:
    times = (
        parse_datetime(found["started_at"]),
        parse_datetime(found["seen_at"]),
        parse_optional_datetime(found["ended_at"]),
    )
    return Session(
        found["id"],
        found["account_id"],
        *times,
        parse_optional_datetime(found["reauthenticated_at"]),
        found["device"],
    )


def account_from_row(found: Row) -> Account:
    names = ("id", "email", "name", "password_hash")
    return Account(
        **{name: found[name] for name in names},
        role=Role(found["role"]),
        created_at=parse_datetime(found["created_at"]),
        disabled_at=parse_optional_datetime(found["disabled_at"]),
    )
