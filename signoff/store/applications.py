"""Applications of bodies that were not asked, one for each round and address."""

from datetime import datetime

from sqlite_utils import Database

from signoff.domain.applications import (
    LINK_LIFETIME,
    Application,
    ApplicationFields,
    get_mailbox,
)
from signoff.store import rows
from signoff.store.rows import execute, fetch_value

INSERT_APPLICATION = """
INSERT INTO applications ( round_id,  official_name,  kind,  state,  email,  mailbox,  contact,  language,
                           applied_at, asked_at)
VALUES                   (:round_id, :official_name, :kind, :state, :email, :mailbox, :contact, :language, :now, :now)
"""
REPEAT_APPLICATION = """
UPDATE applications SET official_name = :official_name, kind = :kind, state = :state, email = :email,
  contact = :contact, language = :language, applied_at = :now, asked_at = :now
WHERE id = :id
"""
SAVE_ASKED_AT = "UPDATE applications SET asked_at = :now WHERE id = :id"
SAVE_CONFIRMATION = """
UPDATE applications SET official_name = :official_name, kind = :kind, state = :state, contact = :contact,
  confirmed_at = :confirmed_at
WHERE id = :id
"""
SAVE_DECISION = """
UPDATE applications SET decided_at = :decided_at, member_id = :member_id, reason = :reason WHERE id = :id
"""
FIND_APPLICATION = "SELECT * FROM applications WHERE id = :id"
FIND_OF_ADDRESS = (
    "SELECT * FROM applications WHERE round_id = :round_id AND lower(email) = lower(:email)"
)
FIND_OF_MAILBOX = (
    "SELECT * FROM applications WHERE round_id = :round_id AND mailbox = :mailbox LIMIT 1"
)
# Those that wait for the office come first, then the latest decision.
LIST_CONFIRMED = """
SELECT * FROM applications WHERE round_id = :round_id AND confirmed_at IS NOT NULL
ORDER BY decided_at IS NOT NULL, decided_at DESC, confirmed_at
"""
LIST_UNDECIDED = """
SELECT * FROM applications WHERE confirmed_at IS NOT NULL AND decided_at IS NULL ORDER BY round_id, confirmed_at
"""
COUNT_MAILS = """
SELECT COUNT(*) FROM outbox JOIN applications ON applications.id = application_id
WHERE outbox.kind = 'application_confirmation' AND round_id = :round_id AND enqueued_at > :since
"""
COUNT_MAILS_TO_MAILBOX = f"{COUNT_MAILS} AND mailbox = :mailbox"
# A mail that is being sent is recorded afterwards.
IS_BEING_MAILED = "EXISTS (SELECT 1 FROM outbox WHERE application_id = applications.id AND claimed_by IS NOT NULL)"
IS_EXPIRED = f"confirmed_at IS NULL AND applied_at <= :before AND NOT {IS_BEING_MAILED}"
HAS_EXPIRED = f"SELECT EXISTS (SELECT 1 FROM applications WHERE {IS_EXPIRED})"
DELETE_EXPIRED = f"DELETE FROM applications WHERE {IS_EXPIRED}"


def add(
    db: Database, round_id: int, fields: ApplicationFields, language: str, now: datetime
) -> int:
    """Store an application that nobody has confirmed yet, and return its id."""
    mailbox = get_mailbox(fields.email)
    return execute(
        db,
        INSERT_APPLICATION,
        **rows.to_row(fields),
        round_id=round_id,
        mailbox=mailbox,
        language=language,
        now=now,
    )


def repeat(db: Database, id: int, fields: ApplicationFields, language: str, now: datetime) -> None:
    """Replace what was typed before; the limit of mail begins again."""
    execute(db, REPEAT_APPLICATION, **rows.to_row(fields), id=id, language=language, now=now)


def save_asked_at(db: Database, id: int, now: datetime) -> None:
    """Note that the address was typed again, which writes as much as a new application does."""
    execute(db, SAVE_ASKED_AT, id=id, now=now)


def save_confirmation(db: Database, application: Application) -> None:
    execute(db, SAVE_CONFIRMATION, **rows.to_row(application))


def save_decision(db: Database, application: Application) -> None:
    execute(db, SAVE_DECISION, **rows.to_row(application))


def find(db: Database, id: int) -> Application | None:
    return rows.find(db, Application, FIND_APPLICATION, id=id)


def get(db: Database, id: int) -> Application:
    return rows.get(db, Application, FIND_APPLICATION, id=id)


def find_of_address(db: Database, round_id: int, email: str) -> Application | None:
    return rows.find(db, Application, FIND_OF_ADDRESS, round_id=round_id, email=email)


def find_of_mailbox(db: Database, round_id: int, email: str) -> Application | None:
    mailbox = get_mailbox(email)
    return rows.find(db, Application, FIND_OF_MAILBOX, round_id=round_id, mailbox=mailbox)


def list_confirmed(db: Database, round_id: int) -> list[Application]:
    """The confirmed applications of a round: the undecided ones first."""
    return rows.list_all(db, Application, LIST_CONFIRMED, round_id=round_id)


def list_undecided(db: Database) -> list[Application]:
    """The undecided applications of all rounds."""
    return rows.list_all(db, Application, LIST_UNDECIDED)


def count_mails(db: Database, round_id: int, since: datetime) -> int:
    """How many mails with a link were enqueued to applicants of a round since a moment."""
    return int(fetch_value(db, COUNT_MAILS, round_id=round_id, since=since))


def count_mails_to_mailbox(db: Database, round_id: int, email: str, since: datetime) -> int:
    """How many of them went to the mailbox of an address."""
    mailbox = get_mailbox(email)
    return int(
        fetch_value(db, COUNT_MAILS_TO_MAILBOX, round_id=round_id, mailbox=mailbox, since=since)
    )


def has_expired(db: Database, now: datetime) -> bool:
    return bool(fetch_value(db, HAS_EXPIRED, before=now - LINK_LIFETIME))


def delete_expired(db: Database, now: datetime) -> None:
    """Delete what nobody has confirmed in time, and its mail."""
    execute(db, DELETE_EXPIRED, before=now - LINK_LIFETIME)
