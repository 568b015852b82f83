"""The places of personal data: what is due for removal, what belongs to one person, and how each
place is cleared.

A place is cleared row by row. What the audit log or the released list needs keeps its row and loses
what names somebody.
"""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from sqlite_utils import Database

from signoff.domain.privacy import (
    DEFAULT_RETENTION,
    PERSONAL_EVENTS,
    DataKind,
    PersonalData,
    Remainder,
    Remaining,
    Retention,
    subtract_months,
)
from signoff.store import accounts, sent_mails
from signoff.store.applications import IS_BEING_MAILED
from signoff.store.rounds import END_PASSED_ON_LINKS
from signoff.store.rows import Row, execute, fetch_all, fetch_one

# The rounds that ended before a moment, and their invitations. With late signatures, a round ends
# with them.
ENDED_ROUNDS = """
SELECT rounds.id FROM rounds
WHERE :before > CASE
  WHEN cancelled_at IS NOT NULL THEN cancelled_at
  WHEN json_extract(terms, '$.late') = 1
    AND NOT EXISTS (SELECT 1 FROM releases WHERE round_id = rounds.id AND retracted_at IS NOT NULL) THEN late_until
  ELSE closed_at END
"""
ENDED_INVITATIONS = f"SELECT invitations.id FROM invitations WHERE round_id IN ({ENDED_ROUNDS})"
# The invitations that a person had to do with.
INVITATIONS_OF_PERSON = """
SELECT invitation_id FROM links WHERE lower(email) = :email
UNION SELECT invitations.id FROM representatives JOIN invitations USING (member_id) WHERE lower(email) = :email
UNION SELECT invitation_id FROM replies WHERE lower(sender) = :email
UNION SELECT invitation_id FROM answers JOIN answer_people ON answer_id = answers.id
      WHERE lower(filled_in_email) = :email
"""
MAILS_OF_INVITATIONS = f"""
SELECT COALESCE(primary_id, outbox.id) FROM outbox JOIN links ON links.id = link_id
WHERE links.invitation_id IN ({INVITATIONS_OF_PERSON})
"""
NAMES_OF_PERSON = """
SELECT name FROM representatives WHERE lower(email) = :email AND name <> ''
UNION SELECT name FROM links WHERE lower(email) = :email AND name <> ''
UNION SELECT sender_name FROM replies WHERE lower(sender) = :email AND sender_name <> ''
UNION SELECT filled_in_by FROM answer_people WHERE lower(filled_in_email) = :email AND filled_in_by <> ''
UNION SELECT name FROM accounts WHERE lower(email) = :email AND name <> ''
UNION SELECT contact FROM applications WHERE lower(email) = :email AND contact <> ''
"""
IS_NAMED = "IN (SELECT value FROM json_each(:names))"
SIGNER = "trim(first_name || ' ' || last_name)"
ANSWERS_OF_PERSON = f"""
SELECT answers.id FROM answers JOIN answer_people ON answer_id = answers.id
WHERE lower(filled_in_email) = :email
   OR invitation_id IN ({INVITATIONS_OF_PERSON}) AND filled_in_by {IS_NAMED}
"""
SIGNED_BY_PERSON = f"""
SELECT answers.id FROM answers JOIN answer_people ON answer_id = answers.id
WHERE invitation_id IN ({INVITATIONS_OF_PERSON}) AND {SIGNER} {IS_NAMED}
"""
# The name of a signer is needed until the result is out, and stays where a published list shows it.
IS_RUNNING = """
EXISTS (SELECT 1 FROM invitations JOIN rounds ON rounds.id = invitations.round_id
        WHERE invitations.id = answers.invitation_id AND cancelled_at IS NULL
          AND NOT EXISTS (SELECT 1 FROM releases WHERE releases.round_id = rounds.id))
"""
IS_RELEASED = """
(publish_name = 1 AND EXISTS (
  SELECT 1 FROM invitations JOIN releases ON releases.round_id = invitations.round_id
  WHERE invitations.id = answers.invitation_id AND retracted_at IS NULL))
"""
CLEAR_SUBMITTER = """
UPDATE answer_people SET filled_in_by = '', filled_in_unit = '', filled_in_email = '' WHERE answer_id = :id
"""
CLEAR_ANSWER_DETAILS = (
    "DELETE FROM audit_details WHERE seq = (SELECT entry FROM answers WHERE id = :id)"
)


@dataclass(frozen=True, slots=True)
class Place:
    """A place of one kind of data. ``due`` and ``of_person`` select ids, ``remove`` clears one;
    an empty selection finds nothing. An export has the columns ``shown``.
    """

    kind: DataKind
    table: str
    shown: str
    remove: tuple[str, ...]
    due: str = ""
    of_person: str = ""
    key: str = "id"


PLACES = (
    Place(
        DataKind.REASONS,
        "answer_people",
        "answer_id, reason",
        ("UPDATE answer_people SET reason = '' WHERE answer_id = :id", CLEAR_ANSWER_DETAILS),
        due=f"""
        SELECT answer_id AS id FROM answer_people JOIN answers ON answers.id = answer_id
        WHERE answer_people.reason <> '' AND received_at < :before AND invitation_id IN ({ENDED_INVITATIONS})""",
        key="answer_id",
    ),
    Place(
        DataKind.SUBMITTERS,
        "answer_people",
        "answer_id, filled_in_by, filled_in_unit, filled_in_email",
        (CLEAR_SUBMITTER, CLEAR_ANSWER_DETAILS),
        due=f"""
        SELECT answer_id AS id FROM answer_people JOIN answers ON answers.id = answer_id
        WHERE filled_in_by || filled_in_unit || filled_in_email <> '' AND received_at < :before
          AND invitation_id IN ({ENDED_INVITATIONS})""",
        of_person=ANSWERS_OF_PERSON,
        key="answer_id",
    ),
    Place(
        DataKind.SUBMITTERS,
        "answer_people",
        "answer_id, title, first_name, last_name, function",
        (
            "UPDATE answer_people SET title = '', first_name = '', last_name = '', function = '' WHERE answer_id = :id",
            CLEAR_ANSWER_DETAILS,
        ),
        of_person=f"{SIGNED_BY_PERSON} AND NOT {IS_RUNNING} AND NOT {IS_RELEASED}",
        key="answer_id",
    ),
    Place(
        DataKind.SUBMITTERS,
        "objections",
        "objected_at, text",
        (
            "DELETE FROM audit_details WHERE seq = (SELECT entry FROM objections WHERE id = :id)",
            "UPDATE objections SET text = '' WHERE id = :id",
        ),
        due=f"""
        SELECT id FROM objections
        WHERE text <> '' AND objected_at < :before AND invitation_id IN ({ENDED_INVITATIONS})""",
        of_person="""
        SELECT objections.id FROM objections JOIN links ON links.id = link_id WHERE lower(email) = :email""",
    ),
    Place(
        DataKind.SUBMITTERS,
        "applications",
        "official_name, kind, state, email, mailbox, contact, language, applied_at, confirmed_at, decided_at, reason",
        (f"DELETE FROM applications WHERE id = :id AND NOT {IS_BEING_MAILED}",),
        due=f"SELECT id FROM applications WHERE round_id IN ({ENDED_ROUNDS})",
        of_person="SELECT id FROM applications WHERE lower(email) = :email OR lower(mailbox) = :email",
    ),
    Place(
        DataKind.MAIL,
        "outbox",
        "id, kind, enqueued_at, sent_at, failed_at, bounced_at, email, error, returned_text",
        (
            "DELETE FROM outbox WHERE id = :id AND sent_at IS NULL AND failed_at IS NULL AND claimed_by IS NULL",
            "DELETE FROM sent_mails WHERE message_id = :id",
            "UPDATE outbox SET email = '', error = '', returned_text = '' WHERE id = :id",
        ),
        due=f"""
        SELECT outbox.id FROM outbox LEFT JOIN links ON links.id = link_id
        WHERE COALESCE(sent_at, failed_at) < :before
          AND (outbox.email || error || returned_text <> '' OR outbox.id IN (SELECT message_id FROM sent_mails))
          AND (link_id IS NULL OR links.invitation_id IN ({ENDED_INVITATIONS}))""",
        of_person="""
        SELECT outbox.id FROM outbox LEFT JOIN links ON links.id = link_id
        LEFT JOIN applications ON applications.id = application_id
        WHERE lower(outbox.email) = :email
          OR outbox.email = '' AND :email IN (lower(links.email), lower(applications.email))""",
    ),
    # Mail to others, and what came back to it.
    Place(
        DataKind.MAIL,
        "sent_mails",
        "message_id",
        ("DELETE FROM sent_mails WHERE message_id = :id",),
        of_person=f"""
        SELECT message_id AS id FROM sent_mails WHERE message_id IN (SELECT value FROM json_each(:mentioning))
        UNION SELECT id FROM (
          SELECT outbox.id, outbox.email, read_compressed(content) AS words
          FROM sent_mails JOIN outbox ON outbox.id = message_id
          WHERE message_id NOT IN (SELECT value FROM json_each(:searched))
          LIMIT -1)  -- so that SQLite reads each once
        WHERE lower(email) <> :email AND (mentions(words, :email)
          OR decode_domains(:email) <> :email AND mentions(words, decode_domains(:email))
          OR id IN ({MAILS_OF_INVITATIONS})
             AND EXISTS (SELECT 1 FROM json_each(:names) WHERE instr(words, value) > 0))""",
        key="message_id",
    ),
    Place(
        DataKind.MAIL,
        "outbox",
        "id, error, returned_text",
        ("UPDATE outbox SET error = '', returned_text = '' WHERE id = :id",),
        of_person="""
        SELECT id FROM outbox WHERE lower(email) <> :email AND mentions(error || ' ' || returned_text, :email)""",
    ),
    # The row goes with its account; what names somebody else goes here.
    Place(
        DataKind.MAIL,
        "test_mails",
        "kind, language, requested_at, opening",
        ("UPDATE test_mails SET opening = NULL WHERE id = :id",),
        of_person="""
        SELECT test_mails.id FROM test_mails JOIN accounts ON accounts.id = account_id
        WHERE lower(email) = :email OR mentions(opening, :email)""",
    ),
    Place(
        DataKind.REPLIES,
        "replies",
        "received_at, sender, sender_name, subject, whole_text, sha256",
        (
            """
            INSERT INTO erased_files (sha256, type, erased_at) SELECT sha256, 'eml', :now FROM replies WHERE id = :id
              AND NOT EXISTS (SELECT 1 FROM replies AS other WHERE other.sha256 = replies.sha256 AND other.id <> :id)
              AND sha256 NOT IN (SELECT scan_sha256 FROM answer_records)
            ON CONFLICT (sha256) DO NOTHING
            """,
            "DELETE FROM replies WHERE id = :id",
        ),
        due=f"SELECT id FROM replies WHERE received_at < :before AND invitation_id IN ({ENDED_INVITATIONS})",
        of_person="SELECT id FROM replies WHERE lower(sender) = :email",
    ),
    Place(
        DataKind.NOTES,
        "office_notes",
        "written_at, text",
        ("DELETE FROM office_notes WHERE id = :id",),
        due=f"SELECT id FROM office_notes WHERE written_at < :before AND invitation_id IN ({ENDED_INVITATIONS})",
    ),
    # A list that somebody has searched for the person and saved.
    Place(
        DataKind.NOTES,
        "saved_views",
        "list, name, query",
        ("DELETE FROM saved_views WHERE id = :id",),
        of_person="""
        SELECT id FROM saved_views
        WHERE instr('&' || replace(replace(lower(query), '%40', '@'), '%2b', '+') || '&', '=' || :email || '&') > 0""",
    ),
    Place(
        DataKind.EVIDENCE,
        "answer_records",
        "answer_id, recorded_at, scan_sha256, scan_type",
        (
            """
            INSERT INTO erased_files (sha256, type, erased_at)
            SELECT scan_sha256, scan_type, :now FROM answer_records WHERE answer_id = :id
            ON CONFLICT (sha256) DO NOTHING
            """,
        ),
        # A file that also proves an answer of a later round stays; a reply goes with its own kind.
        due=f"""
        WITH due AS (
          SELECT answer_id, scan_sha256 FROM answer_records JOIN answers ON answers.id = answer_id
          WHERE scan_sha256 <> '' AND recorded_at < :before AND invitation_id IN ({ENDED_INVITATIONS}))
        SELECT answer_id AS id FROM due
        WHERE scan_sha256 NOT IN (SELECT sha256 FROM erased_files UNION ALL SELECT sha256 FROM replies)
          AND scan_sha256 NOT IN (
            SELECT scan_sha256 FROM answer_records WHERE answer_id NOT IN (SELECT answer_id FROM due))""",
        key="answer_id",
    ),
    Place(
        DataKind.CONTACTS,
        "representatives",
        "name, function, email, language, archived_at",
        (
            "UPDATE links SET representative_id = NULL WHERE representative_id = :id",
            "DELETE FROM representatives WHERE id = :id",
        ),
        due="""
        SELECT representatives.id FROM representatives JOIN members ON members.id = member_id
        WHERE COALESCE(representatives.archived_at, members.archived_at) < :before""",
        of_person="SELECT id FROM representatives WHERE lower(email) = :email",
    ),
    Place(
        DataKind.CONTACTS,
        "links",
        "id, name, unit, email, language, created_at, ended_at, message",
        (
            "DELETE FROM outbox WHERE link_id = :id AND sent_at IS NULL AND failed_at IS NULL AND claimed_by IS NULL",
            """
            UPDATE links SET name = '', unit = '', email = '', message = '', prepared = '',
              ended_at = COALESCE(ended_at, :now)
            WHERE id = :id
            """,
            END_PASSED_ON_LINKS,
        ),
        # Those of people who are no longer on the member list, or never were.
        due=f"""
        SELECT id FROM links WHERE representative_id IS NULL AND name || unit || email || message <> ''
          AND invitation_id IN ({ENDED_INVITATIONS})""",
        of_person="SELECT id FROM links WHERE lower(email) = :email",
    ),
    Place(
        DataKind.SUBMITTERS,
        "links",
        "id, prepared",
        ("UPDATE links SET prepared = '' WHERE id = :id",),
        due=f"SELECT id FROM links WHERE prepared <> '' AND invitation_id IN ({ENDED_INVITATIONS})",
        of_person="SELECT id FROM links WHERE instr(lower(prepared), '\"' || :email || '\"') > 0",
    ),
    Place(
        DataKind.CONTACTS,
        "member_files",
        "name, uploaded_at",
        ("DELETE FROM member_files WHERE digest = :id",),
        of_person="SELECT digest AS id FROM member_files WHERE instr(lower(content), '\"' || :email || '\"') > 0",
        key="digest",
    ),
    Place(
        DataKind.CONTACTS,
        "link_requests",
        "name, email, requested_at",
        ("DELETE FROM link_requests WHERE id = :id",),
        of_person="SELECT id FROM link_requests WHERE lower(email) = :email",
    ),
    Place(
        DataKind.ACCOUNTS,
        "address_changes",
        "before, email, requested_at, confirmed_at",
        ("DELETE FROM address_changes WHERE id = :id",),
        of_person="SELECT id FROM address_changes WHERE :email IN (lower(before), lower(email))",
    ),
    Place(
        DataKind.ACCOUNTS,
        "accounts",
        "email, name, role, created_at, disabled_at",
        accounts.DELETE_ACCOUNT,
        # Without its row a locked account would be made anew at the provider's next login.
        due="SELECT id FROM accounts WHERE disabled_at < :before AND oidc_subject = ''",
        of_person="SELECT id FROM accounts WHERE lower(email) = :email",
    ),
    Place(
        DataKind.LOGINS,
        "sessions",
        "started_at, seen_at, ended_at, device",
        ("DELETE FROM sessions WHERE id = :id",),
        due="SELECT id FROM sessions WHERE COALESCE(ended_at, seen_at) < :before",
        of_person="""
        SELECT sessions.id FROM sessions JOIN accounts ON accounts.id = account_id WHERE lower(email) = :email""",
    ),
    Place(
        DataKind.LOGINS,
        "login_failures",
        "cause, failures, last_at",
        ("DELETE FROM login_failures WHERE email_digest = :id",),
        due="SELECT email_digest AS id FROM login_failures GROUP BY email_digest HAVING MAX(last_at) < :before",
        of_person="""
        SELECT DISTINCT email_digest AS id FROM login_failures
        WHERE email_digest IN (SELECT value FROM json_each(:digests))""",
        key="email_digest",
    ),
    # The row stays, because its number is that of a mail.
    Place(
        DataKind.LOGINS,
        "password_reset_requests",
        "requested_at",
        ("UPDATE password_reset_requests SET email_digest = '' WHERE id = :id",),
        due="SELECT id FROM password_reset_requests WHERE email_digest <> '' AND requested_at < :before",
        of_person="""
        SELECT id FROM password_reset_requests WHERE email_digest IN (SELECT value FROM json_each(:digests))""",
    ),
    Place(
        DataKind.LOG,
        "audit_details",
        "seq",
        ("DELETE FROM audit_details WHERE seq = :id",),
        due="""
        SELECT seq AS id FROM audit JOIN audit_details USING (seq)
        WHERE at < :before AND event IN (SELECT value FROM json_each(:events))""",
        key="seq",
    ),
)

# Periods.

LIST_RETENTION = "SELECT kind, months FROM retention"
SAVE_RETENTION = """
INSERT INTO retention (kind, months) VALUES (:kind, :months) ON CONFLICT (kind) DO UPDATE SET months = :months
"""


def get_retention(db: Database) -> Retention:
    """The months of each kind: as the administrators have set them, else the default."""
    chosen = {DataKind(row["kind"]): row["months"] for row in fetch_all(db, LIST_RETENTION)}
    return {**DEFAULT_RETENTION, **chosen}


def save_retention(db: Database, retention: Retention) -> None:
    for kind, months in retention.items():
        execute(db, SAVE_RETENTION, kind=kind, months=months)


def count_due(db: Database, now: datetime) -> dict[DataKind, int]:
    """How many rows of each kind the next run removes."""
    retention = get_retention(db)
    counts = dict.fromkeys(DataKind, 0)
    for place in PLACES:
        counts[place.kind] += len(list_due(db, place, retention, now))
    return counts


def remove_due(db: Database, now: datetime) -> dict[DataKind, int]:
    """Remove what is due; how many rows of each kind there were."""
    retention = get_retention(db)
    counts = dict.fromkeys(DataKind, 0)
    for place in PLACES:
        ids = list_due(db, place, retention, now)
        remove(db, place, ids, now)
        counts[place.kind] += len(ids)
    return counts


def list_due(db: Database, place: Place, retention: Retention, now: datetime) -> list[object]:
    months = retention[place.kind]
    if not place.due or months is None:
        return []
    before = subtract_months(now, months)
    found = fetch_all(db, place.due, before=before, events=PERSONAL_EVENTS)
    return [row["id"] for row in found]


def remove(db: Database, place: Place, ids: Iterable[object], now: datetime) -> None:
    for id in ids:
        for statement in place.remove:
            execute(db, statement, id=id, now=now)


# One person.

IS_ENABLED_ACCOUNT = (
    "SELECT 1 FROM accounts WHERE lower(email) = lower(:email) AND disabled_at IS NULL"
)
LIST_SENT_MAILS = "SELECT message_id FROM sent_mails"
LIST_MENTIONS = """
SELECT seq, at, event, details FROM audit JOIN audit_details USING (seq)
WHERE mentions(details, :email) ORDER BY seq
"""
DESCRIBE_ANSWER = """
SELECT invitations.id AS invitation_id, invitations.reference || ', ' || editions.title AS "where"
FROM answers JOIN answer_people ON answer_people.answer_id = answers.id
JOIN invitations ON invitations.id = invitation_id
JOIN rounds ON rounds.id = round_id JOIN editions ON editions.id = edition_id
LEFT JOIN answer_records ON answer_records.answer_id = answers.id
"""
LIST_RELEASED = f"{DESCRIBE_ANSWER} WHERE answers.id IN ({SIGNED_BY_PERSON}) AND {IS_RELEASED}"
LIST_RUNNING = f"{DESCRIBE_ANSWER} WHERE answers.id IN ({SIGNED_BY_PERSON}) AND {IS_RUNNING}"
LIST_EVIDENCE = f"""
{DESCRIBE_ANSWER} WHERE scan_sha256 NOT IN (SELECT sha256 FROM erased_files UNION ALL SELECT '')
AND (answers.id IN ({ANSWERS_OF_PERSON}) OR answers.id IN ({SIGNED_BY_PERSON})
     OR scan_sha256 IN (SELECT sha256 FROM replies WHERE lower(sender) = :email))
"""
LIST_NOTES = """
SELECT invitations.id AS invitation_id, invitations.reference AS "where", text FROM invitations JOIN (
  SELECT invitation_id, text FROM office_notes UNION ALL SELECT invitation_id, reason FROM voidings
  UNION ALL SELECT invitation_id, text || ' ' || reason FROM office_decisions
  UNION ALL SELECT invitation_id, note FROM answers
  UNION ALL SELECT invitation_id, reason FROM answer_records JOIN answers ON answers.id = answer_id
  UNION ALL SELECT invitation_id, reason FROM late_reviews JOIN answers ON answers.id = answer_id
  UNION ALL SELECT invitation_id, reason FROM answer_people JOIN answers ON answers.id = answer_id
  UNION ALL SELECT invitation_id, message FROM links WHERE lower(email) <> :email
  UNION ALL SELECT objections.invitation_id, text FROM objections JOIN links ON links.id = link_id
            WHERE lower(email) <> :email
  UNION ALL SELECT invitation_id, subject || ' ' || whole_text FROM replies WHERE lower(sender) <> :email
) AS texts ON texts.invitation_id = invitations.id
WHERE mentions(text, :email)
UNION ALL SELECT NULL, title, closing_reason || ' ' || ending_reason || ' ' || terms || ' ' || COALESCE((
    SELECT group_concat(retraction_reason, ' ') FROM releases WHERE round_id = rounds.id), '') AS words
FROM rounds JOIN editions ON editions.id = edition_id WHERE mentions(words, :email)
UNION ALL SELECT NULL, 'round/' || round_id, text FROM follow_ups WHERE mentions(text, :email)
UNION ALL SELECT NULL, subject, payload FROM approvals WHERE mentions(payload, :email)
UNION ALL SELECT NULL, official_name, reason FROM applications WHERE mentions(reason, :email)
UNION ALL SELECT NULL, name, name FROM saved_views WHERE mentions(name, :email)
"""
LIST_PAPERS = """
SELECT NULL AS invitation_id, title || ' (' || number || ')' AS "where",
       title || ' ' || subtitle || ' ' || contact || ' ' || summary || ' ' || html AS text
FROM editions WHERE mentions(text, :email)
"""
LIST_SETTINGS = """
SELECT NULL AS invitation_id, "where", text FROM (
  SELECT name AS "where", email || ' ' || sender || ' ' || address || ' ' || contact || ' ' || responsible AS text
  FROM association
  UNION ALL SELECT kind, markdown FROM legal_texts
  UNION ALL SELECT kind, subject || ' ' || greeting || ' ' || opening || ' ' || signature FROM mail_texts
  UNION ALL SELECT kind, email FROM mail_copies)
WHERE mentions(text, :email)
"""
REMAINDERS = {
    Remainder.RELEASED: LIST_RELEASED,
    Remainder.RUNNING: LIST_RUNNING,
    Remainder.EVIDENCE: LIST_EVIDENCE,
    Remainder.NOTE: LIST_NOTES,
    Remainder.PAPER: LIST_PAPERS,
    Remainder.SETTINGS: LIST_SETTINGS,
}


@dataclass(frozen=True, slots=True)
class MailSearch:
    """The ids of the kept mails that were searched for a person, and of those that mention them."""

    searched: tuple[int, ...] = ()
    mentioning: tuple[int, ...] = ()


NOTHING_SEARCHED = MailSearch()


def has_enabled_account(db: Database, email: str) -> bool:
    return fetch_one(db, IS_ENABLED_ACCOUNT, email=email) is not None


def search_mails(db: Database, email: str) -> MailSearch:
    """Search all kept mails, before a transaction: 4,000 take a second. ``collect`` and ``erase``
    then read only those that are kept later.
    """
    searched = tuple(row["message_id"] for row in fetch_all(db, LIST_SENT_MAILS))
    (place,) = (place for place in PLACES if place.table == "sent_mails")
    found = list_of_person(db, place, find_person(db, email, NOTHING_SEARCHED))
    return MailSearch(searched, tuple(int(str(id)) for id in found))


def collect(db: Database, email: str, mails: MailSearch = NOTHING_SEARCHED) -> PersonalData:
    """Everything that is stored about the person with this address, whatever its case."""
    person = find_person(db, email, mails)
    rows: dict[str, tuple[Mapping[str, object], ...]] = {}
    counts = dict.fromkeys(DataKind, 0)
    for place in PLACES:
        ids = list_of_person(db, place, person)
        found = fetch_all(
            db,
            f"SELECT {place.shown} FROM {place.table} "
            f"WHERE {place.key} IN (SELECT value FROM json_each(:ids))",
            ids=ids,
        )
        rows[place.table] = (*rows.get(place.table, ()), *map(dict, found))
        counts[place.kind] += len(ids)
    for row in rows["outbox"]:
        if isinstance(row, dict) and "kind" in row:  # theirs
            mail = sent_mails.find(db, int(str(row["id"])))
            row["mail"] = mail and {"headers": mail.headers, "text": mail.text}
    entries = list_mentions(db, person)
    counts[DataKind.LOG] += len(entries)
    remaining = [
        Remaining(why, row["where"], row["invitation_id"])
        for why, sql in REMAINDERS.items()
        for row in fetch_all(db, sql, **person)
    ]
    return PersonalData(
        email=email,
        names=tuple(json.loads(str(person["names"]))),
        rows=rows,
        entries=tuple(
            {name: row[name] for name in ("seq", "at", "event")}
            | {"details": json.loads(row["details"])}
            for row in entries
        ),
        remaining=tuple(dict.fromkeys(remaining)),
        counts=counts,
    )


def erase(
    db: Database, email: str, now: datetime, mails: MailSearch = NOTHING_SEARCHED
) -> dict[DataKind, int]:
    """Remove what belongs to the person; how many rows of each kind there were.

    All is looked up first, because the places find a person through each other.
    """
    person = find_person(db, email, mails)
    found = [(place, list_of_person(db, place, person)) for place in PLACES]
    mentioned = [row["seq"] for row in list_mentions(db, person)]
    counts = dict.fromkeys(DataKind, 0)
    for place, ids in found:
        if place.kind is DataKind.LOG:
            ids = mentioned
        remove(db, place, ids, now)
        counts[place.kind] += len(ids)
    return counts


def find_person(db: Database, email: str, mails: MailSearch) -> dict[str, object]:
    """The parameters by which a person is found."""
    address = email.lower()
    names = [row["name"] for row in fetch_all(db, NAMES_OF_PERSON, email=address)]
    return {
        "email": address,
        "names": json.dumps(names),
        "searched": json.dumps(mails.searched),
        "mentioning": json.dumps(mails.mentioning),
        "digests": json.dumps(
            [
                sha256(f"{secret}{address}".encode()).hexdigest()
                for secret in ("", "password:", "factor:")
            ]
        ),
    }


def list_of_person(db: Database, place: Place, person: Mapping[str, object]) -> list[object]:
    if not place.of_person:
        return []
    return [row["id"] for row in fetch_all(db, place.of_person, **person)]


ADDRESS = re.compile(r"[^\s\"'<>(),;:=&\\]+@[^\s\"'<>(),;:=&\\]+\.\w+")
LIST_OTHER_TEXTS = (
    "SELECT details FROM audit_details",
    "SELECT read_compressed(content) FROM sent_mails",
)


def list_addresses(db: Database) -> set[str]:
    """Every address in the places of personal data, the audit log and kept mail."""
    sources = {f"SELECT {place.shown} FROM {place.table}" for place in PLACES}
    sources.update(LIST_OTHER_TEXTS)
    texts = (str(value) for sql in sources for row in db.conn.execute(sql) for value in tuple(row))
    return {address.lower() for text in texts if "@" in text for address in ADDRESS.findall(text)}


def list_mentions(db: Database, person: Mapping[str, object]) -> list[Row]:
    """The entries of the audit log whose details name the address."""
    return fetch_all(db, LIST_MENTIONS, **person)


# Files of the archive that are no longer needed.

LIST_FILES_TO_REMOVE = "SELECT sha256, type FROM erased_files WHERE removed_at IS NULL"
MARK_REMOVED = "UPDATE erased_files SET removed_at = :now WHERE sha256 = :sha256"


def list_files_to_remove(db: Database) -> list[tuple[str, str]]:
    """Digest and type of each file."""
    return [(row["sha256"], row["type"]) for row in fetch_all(db, LIST_FILES_TO_REMOVE)]


def mark_removed(db: Database, sha256: str, now: datetime) -> None:
    execute(db, MARK_REMOVED, sha256=sha256, now=now)
