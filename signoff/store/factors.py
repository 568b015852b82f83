"""Second factors of the office's people, and logins that still wait for one."""

from datetime import datetime

from sqlite_utils import Database

from signoff.domain.factor import CHALLENGE, HALF_LOGIN, Authenticator, Factors, Passkey
from signoff.store.rows import Row, moment, required, row, rows, run, run_many, stored

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
CODES_LEFT = "SELECT COUNT(*) AS codes FROM recovery_codes WHERE staff_id = :staff_id AND used_at IS NULL"
CODE = "SELECT 1 FROM recovery_codes WHERE staff_id = :staff_id AND digest = :digest AND used_at IS NULL"
ADD_CODE = "INSERT INTO recovery_codes (staff_id, digest, made_at) VALUES (:staff_id, :digest, :now)"
USE_CODE = "UPDATE recovery_codes SET used_at = :now WHERE staff_id = :staff_id AND digest = :digest"
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
FORGET = "DELETE FROM challenges WHERE login_id = :login_id OR made_at <= :since"


def of(db: Database, staff_id: int) -> Factors:
    """What this account can show besides its password."""
    parameters = {"staff_id": staff_id}
    found = row(db, AUTHENTICATOR, parameters)
    left = row(db, CODES_LEFT, parameters)
    passkeys = tuple(passkey_of(each) for each in rows(db, PASSKEYS, parameters))
    return Factors(authenticator_of(found) if found else None, passkeys, left["codes"] if left else 0)


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
    run(db, ADD_PASSKEY, {**{name: getattr(made, name) for name in names}, "added_at": stored(made.added_at)})


def use_passkey(db: Database, id: int, sign_count: int, now: datetime) -> None:
    run(db, USE_PASSKEY, {"id": id, "sign_count": sign_count, "now": stored(now)})


def drop_passkey(db: Database, staff_id: int, id: int) -> None:
    run(db, DROP_PASSKEY, {"staff_id": staff_id, "id": id})


def keep_codes(db: Database, staff_id: int, digests: list[str], now: datetime) -> None:
    """These recovery codes, and none of those before them."""
    run(db, DROP_CODES, {"staff_id": staff_id})
    run_many(db, ADD_CODE, [{"staff_id": staff_id, "digest": each, "now": stored(now)} for each in digests])


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
    run(db, FORGET, {"login_id": login_id, "since": since})
    return found["challenge"] if found else None


def authenticator_of(found: Row) -> Authenticator:
    return Authenticator(found["staff_id"], found["nonce"], found["last_step"], required(found["added_at"]))


def passkey_of(found: Row) -> Passkey:
    names = ("id", "staff_id", "credential_id", "public_key", "sign_count", "name")
    return Passkey(
        **{name: found[name] for name in names},
        added_at=required(found["added_at"]),
        used_at=moment(found["used_at"]),
    )
