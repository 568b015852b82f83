"""Accounts of the office, their sessions, and wrong passwords."""

from dataclasses import replace
from datetime import datetime

from sqlite_utils import Database

from signoff.domain.staff import ABSOLUTE, IDLE, Role, Session, Staff
from signoff.store.rows import Row, moment, required, row, rows, run, stored

STAFF = "SELECT * FROM staff ORDER BY email"
BY_EMAIL = "SELECT * FROM staff WHERE email = :email"
GET = "SELECT * FROM staff WHERE id = :id"
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


def get(db: Database, id: int) -> Staff | None:
    found = row(db, GET, {"id": id})
    return staff_of(found) if found else None


def add(db: Database, staff: Staff) -> Staff:
    names = ("email", "name", "role", "password_hash")
    parameters = {name: str(getattr(staff, name)) for name in names}
    return replace(staff, id=run(db, INSERT, {**parameters, "created_at": stored(staff.created_at)}))


def save(db: Database, staff: Staff) -> None:
    names = ("id", "name", "password_hash")
    parameters = {name: getattr(staff, name) for name in names}
    run(db, UPDATE, {**parameters, "role": str(staff.role), "disabled_at": stored(staff.disabled_at)})


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
    return Session(found["id"], found["staff_id"], *times, moment(found["proved_at"]), found["device"])


def staff_of(found: Row) -> Staff:
    names = ("id", "email", "name", "password_hash")
    return Staff(
        **{name: found[name] for name in names},
        role=Role(found["role"]),
        created_at=required(found["created_at"]),
        disabled_at=moment(found["disabled_at"]),
    )
