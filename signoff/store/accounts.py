"""Accounts of the office, their sessions, and wrong passwords."""

from dataclasses import replace
from datetime import datetime

from sqlite_utils import Database

from signoff.domain.accounts import (
    ABSOLUTE,
    CHALLENGE,
    HALF_LOGIN,
    IDLE,
    PASSWORD_LINK,
    Authenticator,
    Factors,
    Passkey,
    Request,
    Role,
    Session,
    Staff,
)
from signoff.store.rows import Row, moment, required, row, rows, run, run_many, stored

# Second factors of the office's people, and logins that still wait for one.

AUTHENTICATOR = "SELECT * FROM authenticators WHERE staff_id = :staff_id"
KEEP_AUTHENTICATOR = """
INSERT INTO authenticators (staff_id,  nonce,  last_step,  added_at)
VALUES                     (:staff_id, :nonce, :last_step, :added_at)
ON CONFLICT (staff_id) DO UPDATE SET nonce = :nonce, last_step = :last_step, added_at = :added_at
"""
USE_STEP = "UPDATE authenticators SET last_step = :step WHERE staff_id = :staff_id"
DROP_AUTHENTICATOR = "DELETE FROM authenticators WHERE staff_id = :staff_id"
PASSKEYS = "SELECT * FROM passkeys WHERE staff_id = :staff_id ORDER BY id"
PASSKEY_KNOWN = "SELECT 1 FROM passkeys WHERE credential_id = :credential_id"
ADD_PASSKEY = """
INSERT INTO passkeys ( staff_id,  credential_id,  public_key,  sign_count,  name,  added_at)
VALUES               (:staff_id, :credential_id, :public_key, :sign_count, :name, :added_at)
"""
USE_PASSKEY = "UPDATE passkeys SET sign_count = :sign_count, used_at = :now WHERE id = :id"
DROP_PASSKEY = "DELETE FROM passkeys WHERE staff_id = :staff_id AND id = :id"
DROP_PASSKEYS = "DELETE FROM passkeys WHERE staff_id = :staff_id"
CODES_LEFT = (
    "SELECT COUNT(*) AS codes FROM recovery_codes WHERE staff_id = :staff_id AND used_at IS NULL"
)
CODE = "SELECT 1 FROM recovery_codes WHERE staff_id = :staff_id AND digest = :digest AND used_at IS NULL"
ADD_CODE = (
    "INSERT INTO recovery_codes (staff_id, digest, made_at) VALUES (:staff_id, :digest, :now)"
)
USE_CODE = (
    "UPDATE recovery_codes SET used_at = :now WHERE staff_id = :staff_id AND digest = :digest"
)
DROP_CODES = "DELETE FROM recovery_codes WHERE staff_id = :staff_id"
HAVING_ONE = "SELECT staff_id FROM authenticators UNION SELECT staff_id FROM passkeys"
START_HALF = "INSERT INTO half_logins (id, staff_id, started_at) VALUES (:id, :staff_id, :now)"
HALF = "SELECT staff_id FROM half_logins WHERE id = :id AND started_at > :since"
END_HALF = "DELETE FROM half_logins WHERE id = :id OR started_at <= :since"
END_HALVES = "DELETE FROM half_logins WHERE staff_id = :staff_id"
ASK = """
INSERT INTO challenges (login_id, challenge, made_at) VALUES (:login_id, :challenge, :now)
ON CONFLICT (login_id) DO UPDATE SET challenge = :challenge, made_at = :now
"""
ASKED = "SELECT challenge FROM challenges WHERE login_id = :login_id AND made_at > :since"
DELETE_CHALLENGE = "DELETE FROM challenges WHERE login_id = :login_id OR made_at <= :since"


def of(db: Database, staff_id: int) -> Factors:
    """What this account can show besides its password."""
    parameters = {"staff_id": staff_id}
    found = row(db, AUTHENTICATOR, parameters)
    left = row(db, CODES_LEFT, parameters)
    passkeys = tuple(passkey_of(each) for each in rows(db, PASSKEYS, parameters))
    return Factors(
        authenticator_of(found) if found else None, passkeys, left["codes"] if left else 0
    )


def having_one(db: Database) -> set[int]:
    """The accounts that have a second factor."""
    return {each["staff_id"] for each in rows(db, HAVING_ONE)}


def keep_authenticator(db: Database, made: Authenticator) -> None:
    parameters = {"staff_id": made.staff_id, "nonce": made.nonce, "last_step": made.last_step}
    run(db, KEEP_AUTHENTICATOR, {**parameters, "added_at": stored(made.added_at)})


def use_step(db: Database, staff_id: int, step: int) -> None:
    run(db, USE_STEP, {"staff_id": staff_id, "step": step})


def drop_authenticator(db: Database, staff_id: int) -> None:
    run(db, DROP_AUTHENTICATOR, {"staff_id": staff_id})


def is_known(db: Database, credential_id: str) -> bool:
    return row(db, PASSKEY_KNOWN, {"credential_id": credential_id}) is not None


def add_passkey(db: Database, made: Passkey) -> None:
    names = ("staff_id", "credential_id", "public_key", "sign_count", "name")
    run(
        db,
        ADD_PASSKEY,
        {**{name: getattr(made, name) for name in names}, "added_at": stored(made.added_at)},
    )


def use_passkey(db: Database, id: int, sign_count: int, now: datetime) -> None:
    run(db, USE_PASSKEY, {"id": id, "sign_count": sign_count, "now": stored(now)})


def drop_passkey(db: Database, staff_id: int, id: int) -> None:
    run(db, DROP_PASSKEY, {"staff_id": staff_id, "id": id})


def keep_codes(db: Database, staff_id: int, digests: list[str], now: datetime) -> None:
    """These recovery codes, and none of those before them."""
    run(db, DROP_CODES, {"staff_id": staff_id})
    run_many(
        db,
        ADD_CODE,
        [{"staff_id": staff_id, "digest": each, "now": stored(now)} for each in digests],
    )


def use_code(db: Database, staff_id: int, digest: str, now: datetime) -> bool:
    """Use up a recovery code; whether there was such a one."""
    parameters = {"staff_id": staff_id, "digest": digest}
    if row(db, CODE, parameters) is None:
        return False
    run(db, USE_CODE, {**parameters, "now": stored(now)})
    return True


def clear(db: Database, staff_id: int) -> None:
    """Take every second factor away, with the recovery codes and the logins that wait for one."""
    for each in (DROP_AUTHENTICATOR, DROP_PASSKEYS, DROP_CODES, END_HALVES):
        run(db, each, {"staff_id": staff_id})


def start_half(db: Database, id: str, staff_id: int, now: datetime) -> None:
    run(db, START_HALF, {"id": id, "staff_id": staff_id, "now": stored(now)})


def half(db: Database, id: str, now: datetime) -> int | None:
    """The account whose right password began this login, while it waits for the second factor."""
    found = row(db, HALF, {"id": id, "since": stored(now - HALF_LOGIN)})
    return found["staff_id"] if found else None


def end_half(db: Database, id: str, now: datetime) -> None:
    """End this one, and clear away those that were given up."""
    run(db, END_HALF, {"id": id, "since": stored(now - HALF_LOGIN)})


def end_halves(db: Database, staff_id: int) -> None:
    run(db, END_HALVES, {"staff_id": staff_id})


def ask(db: Database, login_id: str, challenge: str, now: datetime) -> None:
    """Note what a passkey was asked; an earlier question of the same login is void."""
    run(db, ASK, {"login_id": login_id, "challenge": challenge, "now": stored(now)})


def take_challenge(db: Database, login_id: str, now: datetime) -> str | None:
    """What this login's passkey was asked, once."""
    since = stored(now - CHALLENGE)
    found = row(db, ASKED, {"login_id": login_id, "since": since})
    run(db, DELETE_CHALLENGE, {"login_id": login_id, "since": since})
    return found["challenge"] if found else None


def authenticator_of(found: Row) -> Authenticator:
    return Authenticator(
        found["staff_id"], found["nonce"], found["last_step"], required(found["added_at"])
    )


def passkey_of(found: Row) -> Passkey:
    names = ("id", "staff_id", "credential_id", "public_key", "sign_count", "name")
    return Passkey(
        **{name: found[name] for name in names},
        added_at=required(found["added_at"]),
        used_at=moment(found["used_at"]),
    )


# Forgotten passwords: who asked for a new one, known or not, and the link that was owed.

ADD = """
INSERT INTO password_requests ( email_digest,  staff_id,  generation,  asked_at)
VALUES                        (:email_digest, :staff_id, :generation, :asked_at)
"""
GET_PASSWORD_RESET_REQUEST = """
SELECT staff_id, generation, asked_at FROM password_requests WHERE id = :id AND staff_id IS NOT NULL
"""
SINCE = "SELECT COUNT(*) AS rows FROM password_requests WHERE email_digest = :email_digest AND asked_at > :since"
DELETE_OLD_PASSWORD_RESET_REQUESTS = "DELETE FROM password_requests WHERE asked_at <= :since"


def add_password_reset_request(
    db: Database, email_digest: str, staff_id: int | None, generation: int, now: datetime
) -> int:
    """Keep a request, and forget those that are long past; gives its number."""
    run(db, DELETE_OLD_PASSWORD_RESET_REQUESTS, {"since": stored(now - 30 * PASSWORD_LINK)})
    parameters = {"email_digest": email_digest, "staff_id": staff_id, "generation": generation}
    return run(db, ADD, {**parameters, "asked_at": stored(now)})


def since(db: Database, email_digest: str, moment: datetime) -> int:
    """How many requests came for this address, known or not, after a moment."""
    found = row(db, SINCE, {"email_digest": email_digest, "since": stored(moment)})
    return int(found["rows"]) if found else 0


def find_password_reset_request(db: Database, id: int) -> Request | None:
    """The request behind a link that was mailed."""
    found = row(db, GET_PASSWORD_RESET_REQUEST, {"id": id})
    return (
        Request(found["staff_id"], found["generation"], required(found["asked_at"]))
        if found
        else None
    )


STAFF = "SELECT * FROM staff ORDER BY email"
BY_EMAIL = "SELECT * FROM staff WHERE email = :email"
GET_ACCOUNT = "SELECT * FROM staff WHERE id = :id"
INSERT = """
INSERT INTO staff ( email,  name,  role,  password_hash,  created_at)
VALUES            (:email, :name, :role, :password_hash, :created_at)
"""
UPDATE = """
UPDATE staff SET name = :name, role = :role, password_hash = :password_hash, disabled_at = :disabled_at WHERE id = :id
"""
GENERATION = "SELECT generation FROM staff WHERE id = :id"
RENEW = "UPDATE staff SET generation = generation + 1 WHERE id = :id"
SESSION = "SELECT * FROM sessions WHERE id = :id"
START = """
INSERT INTO sessions (id, staff_id, started_at, seen_at, device) VALUES (:id, :staff_id, :now, :now, :device)
"""
LIVING = """
SELECT * FROM sessions WHERE staff_id = :staff_id AND ended_at IS NULL AND seen_at > :seen AND started_at > :started
ORDER BY seen_at DESC
"""
LAST_SEEN = "SELECT staff_id, MAX(seen_at) AS seen_at FROM sessions GROUP BY staff_id"
END_OTHERS = "UPDATE sessions SET ended_at = :now WHERE staff_id = :staff_id AND id <> :id AND ended_at IS NULL"
SEEN = "UPDATE sessions SET seen_at = :now WHERE id = :id"
PROVE = "UPDATE sessions SET proved_at = :now, seen_at = :now WHERE id = :id AND ended_at IS NULL"
END = "UPDATE sessions SET ended_at = :now WHERE id = :id AND ended_at IS NULL"
END_ALL = "UPDATE sessions SET ended_at = :now WHERE staff_id = :staff_id AND ended_at IS NULL"
FAILURES = "SELECT failures, last_at FROM login_failures WHERE email_digest = :email_digest"
FAIL = """
INSERT INTO login_failures (email_digest, failures, last_at) VALUES (:email_digest, 1, :now)
ON CONFLICT (email_digest) DO UPDATE SET failures = failures + 1, last_at = :now
"""
FORGIVE = "DELETE FROM login_failures WHERE email_digest = :email_digest"


def every(db: Database) -> list[Staff]:
    return [staff_of(each) for each in rows(db, STAFF)]


def by_email(db: Database, email: str) -> Staff | None:
    found = row(db, BY_EMAIL, {"email": email})
    return staff_of(found) if found else None


def find(db: Database, id: int) -> Staff | None:
    found = row(db, GET_ACCOUNT, {"id": id})
    return staff_of(found) if found else None


def add(db: Database, staff: Staff) -> Staff:
    names = ("email", "name", "role", "password_hash")
    parameters = {name: str(getattr(staff, name)) for name in names}
    return replace(
        staff, id=run(db, INSERT, {**parameters, "created_at": stored(staff.created_at)})
    )


def save(db: Database, staff: Staff) -> None:
    names = ("id", "name", "password_hash")
    parameters = {name: getattr(staff, name) for name in names}
    run(
        db,
        UPDATE,
        {**parameters, "role": str(staff.role), "disabled_at": stored(staff.disabled_at)},
    )


def generation(db: Database, id: int) -> int:
    """The generation of the account's set-up links; setting a password ends the links before it."""
    found = row(db, GENERATION, {"id": id})
    assert found
    return int(found["generation"])


def renew(db: Database, id: int) -> None:
    run(db, RENEW, {"id": id})


def session(db: Database, id: str) -> Session | None:
    found = row(db, SESSION, {"id": id})
    if found is None:
        return None
    return session_of(found)


def living(db: Database, staff_id: int, now: datetime) -> list[Session]:
    """The sessions of an account that have not ended, the one used last first."""
    since = {"seen": stored(now - IDLE), "started": stored(now - ABSOLUTE)}
    return [session_of(each) for each in rows(db, LIVING, {"staff_id": staff_id, **since})]


def last_seen(db: Database) -> dict[int, datetime]:
    """When each account was last used."""
    return {each["staff_id"]: required(each["seen_at"]) for each in rows(db, LAST_SEEN)}


def start_session(db: Database, id: str, staff_id: int, now: datetime, device: str = "") -> None:
    run(db, START, {"id": id, "staff_id": staff_id, "now": stored(now), "device": device})


def see_session(db: Database, id: str, now: datetime) -> None:
    run(db, SEEN, {"id": id, "now": stored(now)})


def prove_session(db: Database, id: str, now: datetime) -> None:
    run(db, PROVE, {"id": id, "now": stored(now)})


def end_session(db: Database, id: str, now: datetime) -> None:
    run(db, END, {"id": id, "now": stored(now)})


def end_sessions(db: Database, staff_id: int, now: datetime) -> None:
    run(db, END_ALL, {"staff_id": staff_id, "now": stored(now)})


def end_others(db: Database, staff_id: int, id: str, now: datetime) -> None:
    """End every session of an account but this one."""
    run(db, END_OTHERS, {"staff_id": staff_id, "id": id, "now": stored(now)})


def failures(db: Database, email_digest: str) -> tuple[int, datetime | None]:
    """How many wrong passwords in a row for this address, known or not, and when the last one came."""
    found = row(db, FAILURES, {"email_digest": email_digest})
    return (found["failures"], moment(found["last_at"])) if found else (0, None)


def count_failure(db: Database, email_digest: str, now: datetime) -> None:
    run(db, FAIL, {"email_digest": email_digest, "now": stored(now)})


def forgive(db: Database, email_digest: str) -> None:
    run(db, FORGIVE, {"email_digest": email_digest})


def session_of(found: Row) -> Session:
    times = (required(found["started_at"]), required(found["seen_at"]), moment(found["ended_at"]))
    return Session(
        found["id"], found["staff_id"], *times, moment(found["proved_at"]), found["device"]
    )


def staff_of(found: Row) -> Staff:
    names = ("id", "email", "name", "password_hash")
    return Staff(
        **{name: found[name] for name in names},
        role=Role(found["role"]),
        created_at=required(found["created_at"]),
        disabled_at=moment(found["disabled_at"]),
    )
