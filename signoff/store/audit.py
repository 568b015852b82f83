"""The audit log: one entry for each change, written in the transaction of the change."""

import json
import secrets
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

from sqlite_utils import Database

from signoff.domain import audit
from signoff.domain.answers import AnswerKind
from signoff.domain.audit import (
    CERTIFIED_DETAILS,
    AuditEntry,
    AuditFault,
    AuditQuery,
    CertificateStep,
    DetailedEntry,
    Event,
    FaultKind,
    get_actor_role,
    select_steps,
)
from signoff.domain.log import Certificate, LogKind, MerkleTree
from signoff.domain.members import Member
from signoff.domain.rounds import Round
from signoff.domain.text import canonical_json
from signoff.store import association as association_store
from signoff.store import bound_rows, log, papers, releases, round_status, rows
from signoff.store.bound_rows import SALT_SIZE, BoundRows, hash_leaf
from signoff.store.connection import snapshot
from signoff.store.rows import Row, execute, fetch_all, fetch_one, fetch_value

# The chain.

GET_LATEST_ENTRY = "SELECT * FROM audit ORDER BY seq DESC LIMIT 1"
LIST_ENTRIES = """
SELECT audit.*, details, audit_details.salt AS details_salt FROM audit LEFT JOIN audit_details USING (seq)
WHERE seq > :after ORDER BY seq LIMIT :most
"""
GET_LENGTH = "SELECT coalesce(max(seq), 0) FROM audit"
GET_ENTRY = "SELECT * FROM audit WHERE seq = :seq"
INSERT_ENTRY = """
INSERT INTO audit ( seq,  at,  event,  actor,  subject,  details_digest,  salt,  peaks)
VALUES            (:seq, :at, :event, :actor, :subject, :details_digest, :salt, :peaks)
"""
INSERT_DETAILS = "INSERT INTO audit_details (seq, salt, details) VALUES (:seq, :salt, :details)"


def record(
    db: Database, event: Event, actor: str, subject: str, now: datetime, **details: object
) -> AuditEntry:
    """Append an entry and return it. Its salt and its peaks are set when the transaction is
    committed (``bound_rows.seal``).

    ``details`` may contain personal data; they can be erased later.
    """
    salt, details_salt = (secrets.token_bytes(SALT_SIZE) for _ in range(2))
    text = canonical_json(details).decode()
    digest, seq = audit.hash_details(details_salt, text), get_length(db) + 1
    entry = AuditEntry(seq, now.astimezone(UTC), event, actor, subject, digest, salt, b"")
    execute(db, INSERT_ENTRY, **rows.to_row(entry))
    execute(db, INSERT_DETAILS, seq=seq, salt=details_salt, details=text)
    return entry


def find_latest(db: Database) -> AuditEntry | None:
    """The newest entry, which is the current checkpoint."""
    return rows.find(db, AuditEntry, GET_LATEST_ENTRY)


def get_latest(db: Database) -> AuditEntry:
    return rows.get(db, AuditEntry, GET_LATEST_ENTRY)


def get_length(db: Database) -> int:
    """The number of the newest entry; 0 without one."""
    length: int = fetch_value(db, GET_LENGTH)
    return length


def find(db: Database, seq: int) -> AuditEntry | None:
    return rows.find(db, AuditEntry, GET_ENTRY, seq=seq)


def get(db: Database, seq: int) -> AuditEntry:
    return rows.get(db, AuditEntry, GET_ENTRY, seq=seq)


def find_fault(db: Database, checkpoint: tuple[int, str] | None = None) -> AuditFault | None:
    """Verify the chain from its beginning and compare all bound rows with it; the first fault.

    ``checkpoint``: size and root, as hexadecimal digits, that this log or the public one had at
    some time.
    """
    with snapshot(db):
        invalid, _ = verify_entries(db)
        if invalid is not None:
            return AuditFault(FaultKind.ENTRY, invalid)
        if checkpoint and not has_had(db, *checkpoint):
            return AuditFault(FaultKind.CUT, checkpoint[0])
        return find_checkpoint_fault(db) or bound_rows.find_fault(db)


def find_checkpoint_fault(db: Database) -> AuditFault | None:
    """The first checkpoint or leaf of the public log that does not follow from the entries."""
    if invalid := log.find_invalid_checkpoint(db):
        return AuditFault(FaultKind.ALTERED, invalid.entry, f"checkpoints {invalid.size}")
    if (surplus := log.find_surplus_leaf(db)) is not None:
        return AuditFault(FaultKind.ADDED, row=f"log_leaves {surplus}")
    return None


def has_had(db: Database, size: int, root: str) -> bool:
    entry, leaves = find(db, size), log.list_leaves(db, size)
    return (entry is not None and entry.root == root) or (
        len(leaves) == size and MerkleTree(leaves).root.hex() == root
    )


def verify_entries(db: Database, after: int = 0, most: int = -1) -> tuple[int | None, int]:
    """Verify up to ``most`` entries (-1: all) that follow the entry ``after``, which has been
    verified before.

    Gives the number of the first invalid entry, if there is one, and the number of the last
    verified entry. The peaks stored with the entry ``after`` connect one piece to the next.
    """
    before = fetch_one(db, GET_ENTRY, seq=after)
    if after and before is None:
        return after, after
    peaks = audit.split_peaks(before["peaks"]) if before else []
    seq, bound = after, BoundRows(db, after)
    for row in db.conn.execute(LIST_ENTRIES, {"after": after, "most": most}):
        seq += 1
        if row["seq"] != seq or not bound.matches(row):
            return seq, seq
        peaks = audit.append_leaf(peaks, seq - 1, hash_leaf(row, row["salt"]))
        if b"".join(peaks) != row["peaks"]:
            return seq, seq
        if not are_details_kept(row):
            return seq, seq
    newest = fetch_one(db, GET_LATEST_ENTRY)
    is_last_entry = newest is None or newest["seq"] == seq
    return (seq + 1 if is_last_entry and is_truncated(db, seq) else None), seq


def are_details_kept(row: Row) -> bool:
    """Whether the stored text has its digest, unless it has been erased. Even a text that is not
    canonical is detected.
    """
    salt, details = row["details_salt"], row["details"]
    return bool(details is None or audit.hash_details(salt, details) == row["details_digest"])


GET_HIGHEST_REFERENCED_ENTRY = """
SELECT MAX(entry) FROM (
  SELECT MAX(entry) AS entry FROM answers UNION ALL SELECT MAX(entry) FROM office_decisions
  UNION ALL SELECT MAX(entry) FROM voidings
  UNION ALL SELECT MAX(entry) FROM prints UNION ALL SELECT MAX(seq) FROM audit_details
  UNION ALL SELECT MAX(seq) FROM bound_rows)
"""


def is_truncated(db: Database, length: int) -> bool:
    """Whether an answer, a decision, a print or details refer to an entry beyond the end of the
    chain.
    """
    highest = fetch_value(db, GET_HIGHEST_REFERENCED_ENTRY)
    return highest is not None and highest > length


# The certificate of process of a round.

# Every entry about the round, its paper and its invitations, with the answer it records and the
# member it is about.
LIST_CERTIFICATE_ENTRIES = """
SELECT audit.*, details, answers.kind, members.key, members.official_name
FROM audit
LEFT JOIN audit_details USING (seq)
LEFT JOIN answers     ON answers.entry = audit.seq
LEFT JOIN invitations ON audit.subject GLOB 'invitation/*'
  AND invitations.id = CAST(substr(audit.subject, 12) AS INTEGER)
LEFT JOIN invited_members AS members ON members.invitation_id = invitations.id
WHERE audit.subject IN (:round, :paper) OR invitations.round_id = :round_id
ORDER BY audit.seq
"""
LIST_OWN_ENTRIES = """
SELECT answers.entry FROM answers JOIN invitations ON invitations.id = answers.invitation_id
WHERE invitations.round_id = :round_id AND invitations.member_id = :member_id
UNION ALL
SELECT voidings.entry FROM voidings JOIN invitations ON invitations.id = voidings.invitation_id
WHERE invitations.round_id = :round_id AND invitations.member_id = :member_id
"""


def build_certificate(
    db: Database, round: Round, now: datetime, member: Member | None = None
) -> Certificate:
    """The history of a round so far: complete for the office, or what a ``member`` may see."""
    edition, association = papers.get_edition(db, round.edition_id), association_store.get(db)
    records = fetch_all(
        db,
        LIST_CERTIFICATE_ENTRIES,
        round=f"round/{round.id}",
        paper=f"paper/{edition.slug}",
        round_id=round.id,
    )
    steps = tuple(certificate_step_from_row(row) for row in records)
    root = get(db, steps[-1].entry).root if steps else ""
    release = releases.find_for_round(db, round.id)
    published = release is not None and release.is_public(now)
    statements = [
        checkpoint.parsed
        for checkpoint in log.list_checkpoints_of_round(db, round.id)
        if published or member is None or checkpoint.kind is LogKind.CLOSING
    ]
    if member is not None:
        own = fetch_all(db, LIST_OWN_ENTRIES, round_id=round.id, member_id=member.id)
        steps = select_steps(steps, {row["entry"] for row in own}, published)
        receipts = log.list_receipts(db, round.id, member.id)
        statements += [receipt.statement for receipt in receipts]
    prover = log.Prover(db)
    proved = [(statement, prover.find(statement)) for statement in statements]
    return Certificate(
        association,
        edition,
        round,
        steps,
        round_status.read(db, round).signatories(association.zone) if published else (),
        tuple((statement, proof) for statement, proof in proved if proof),
        root,
        member,
        published,
    )


def certificate_step_from_row(row: Row) -> CertificateStep:
    entry = rows.load(AuditEntry, row)
    details = json.loads(row["details"]) if row["details"] else {}
    return CertificateStep(
        entry.seq,
        entry.commitment,
        entry.event,
        entry.at,
        by=get_actor_role(entry.actor),
        member=row["key"] or "",
        name=row["official_name"] or "",
        answer=AnswerKind(row["kind"]) if row["kind"] else None,
        facts={name: details[name] for name in CERTIFIED_DETAILS if name in details},
    )


# The audit log as people read it: each entry with the names of its actor and subject.

# The texts of an entry are searched in the details; names are those of today.
MATCHES_QUERY = """
  (:event IS NULL OR event = :event) AND (:since IS NULL OR at >= :since) AND (:before IS NULL OR at < :before)
  AND (:actor = '' OR actor = :actor OR (:actor = 'link' AND actor GLOB 'link/*'))
  AND (:round_id IS NULL OR subject = 'round/' || :round_id
       OR subject IN (SELECT 'invitation/' || id FROM invitations WHERE round_id = :round_id)
       OR subject IN (SELECT 'application/' || id FROM applications WHERE round_id = :round_id)
       OR subject IN (SELECT 'link/' || links.id FROM links JOIN invitations ON invitations.id = links.invitation_id
                      WHERE round_id = :round_id)
       OR subject = (SELECT 'paper/' || slug FROM rounds JOIN editions ON editions.id = rounds.edition_id
                     JOIN papers ON papers.id = editions.paper_id WHERE rounds.id = :round_id))
  AND (:text = '' OR instr(casefold(details), :text) > 0 OR subject IN (
         SELECT 'member/' || id FROM members WHERE instr(casefold(key || ' ' || official_name), :text) > 0
         UNION ALL SELECT 'invitation/' || invitations.id FROM invitations
           JOIN members ON members.id = member_id
           WHERE instr(casefold(reference || ' ' || key || ' ' || official_name), :text) > 0
         UNION ALL SELECT 'round/' || rounds.id FROM rounds JOIN editions ON editions.id = edition_id
           WHERE instr(casefold(title), :text) > 0
         UNION ALL SELECT 'paper/' || slug FROM papers JOIN editions ON editions.paper_id = papers.id
           WHERE instr(casefold(slug || ' ' || title), :text) > 0)
       OR actor IN (SELECT 'staff/' || id FROM accounts WHERE instr(casefold(name || ' ' || email), :text) > 0
         UNION ALL SELECT 'link/' || id FROM links WHERE instr(casefold(name || ' ' || email), :text) > 0))
"""
# The numbers in actor and subject are looked up by primary key, entry by entry.
SELECT_DETAILED_ENTRIES = """
SELECT audit.seq, audit.at, audit.event, audit.actor, audit.subject, audit_details.details,
       COALESCE(CASE WHEN subject GLOB 'invitation/*' THEN
              (SELECT members.official_name FROM invitations JOIN members ON members.id = invitations.member_id
               WHERE invitations.id = CAST(substr(subject, 12) AS INTEGER))
            WHEN subject GLOB 'round/*' THEN COALESCE(
              (SELECT editions.title FROM rounds JOIN editions ON editions.id = rounds.edition_id
               WHERE rounds.id = CAST(substr(subject, 7) AS INTEGER)),
              -- a round whose opening was recalled
              (SELECT editions.title FROM papers JOIN editions ON editions.paper_id = papers.id
               WHERE papers.slug = details ->> '$.paper' ORDER BY editions.number LIMIT 1))
            WHEN subject GLOB 'paper/*' THEN COALESCE(
              (SELECT editions.title FROM papers JOIN editions ON editions.paper_id = papers.id
               WHERE papers.slug = substr(subject, 7) ORDER BY editions.number LIMIT 1), substr(subject, 7))
            WHEN subject GLOB 'staff/*' THEN
              (SELECT COALESCE(NULLIF(name, ''), email) FROM accounts WHERE id = CAST(substr(subject, 7) AS INTEGER))
            WHEN subject GLOB 'member/*' THEN
              (SELECT official_name FROM members WHERE id = CAST(substr(subject, 8) AS INTEGER))
            WHEN subject GLOB 'application/*' THEN
              (SELECT official_name FROM applications WHERE id = CAST(substr(subject, 13) AS INTEGER))
       END, '') AS subject_name,
       COALESCE(CASE WHEN actor GLOB 'staff/*' THEN
              (SELECT COALESCE(NULLIF(name, ''), email) FROM accounts WHERE id = CAST(substr(actor, 7) AS INTEGER))
            WHEN actor GLOB 'link/*' THEN
              (SELECT COALESCE(NULLIF(name, ''), email) FROM links WHERE id = CAST(substr(actor, 6) AS INTEGER))
       END, '') AS actor_name
FROM audit LEFT JOIN audit_details USING (seq)
"""
LIST_DETAILED_ENTRIES = f"""
{SELECT_DETAILED_ENTRIES} WHERE seq <= :until AND {MATCHES_QUERY}
ORDER BY seq DESC LIMIT :most
"""
COUNT_DETAILED_ENTRIES = (
    f"SELECT COUNT(*) FROM audit LEFT JOIN audit_details USING (seq) WHERE {MATCHES_QUERY}"
)
# Entries about the member itself, about its invitations, and about imported lists that changed it.
LIST_DETAILED_ENTRIES_OF_MEMBER = f"""
{SELECT_DETAILED_ENTRIES} WHERE seq IN (
  SELECT seq FROM audit WHERE subject = 'member/' || :id
  UNION SELECT audit.seq FROM invitations JOIN audit ON audit.subject = 'invitation/' || invitations.id
        WHERE invitations.member_id = :id
  UNION SELECT audit.seq FROM audit JOIN audit_details USING (seq), json_each(details, '$.changed') AS line
        WHERE audit.subject = 'members' AND event = 'members_imported' AND line.value ->> 1 = :key)
ORDER BY seq DESC LIMIT :most
"""
# The first one first.
LIST_ENTRIES_OF_EVENTS = f"""
{SELECT_DETAILED_ENTRIES} WHERE seq > :after AND (:since IS NULL OR at >= :since)
  AND event IN (SELECT value FROM json_each(:events))
ORDER BY seq
"""
LIST_ENTRIES_BY_NUMBER = f"""
{SELECT_DETAILED_ENTRIES} WHERE seq IN (SELECT value FROM json_each(:numbers)) ORDER BY seq
"""
MATCH_ALL = AuditQuery()
MAX_SEQ = 2**62  # larger than any number of an entry


def list_detailed_entries(
    db: Database, most: int, until: int | None = None, query: AuditQuery = MATCH_ALL
) -> list[DetailedEntry]:
    """Up to ``most`` entries that match, the newest first, from the entry ``until`` downwards."""
    return rows.list_all(
        db,
        DetailedEntry,
        LIST_DETAILED_ENTRIES,
        **rows.to_row(query),
        until=until or MAX_SEQ,
        most=most,
    )


def count_detailed_entries(db: Database, query: AuditQuery) -> int:
    """How many entries match."""
    return int(fetch_value(db, COUNT_DETAILED_ENTRIES, **rows.to_row(query)))


def list_entries_of_events(
    db: Database, after: int, events: Sequence[Event], since: datetime | None = None
) -> list[DetailedEntry]:
    """The entries after the entry ``after``, with ``since`` only those since then, the first one
    first.
    """
    return rows.list_all(
        db, DetailedEntry, LIST_ENTRIES_OF_EVENTS, after=after, since=since, events=events
    )


def list_detailed_entries_of_member(
    db: Database, id: int, key: str, most: int
) -> list[DetailedEntry]:
    """Up to ``most`` entries about a member, the newest first; of imports, only what they changed
    about it.
    """
    entries = rows.list_all(
        db, DetailedEntry, LIST_DETAILED_ENTRIES_OF_MEMBER, id=id, key=key, most=most
    )
    return [keep_changes_of_key(entry, key) for entry in entries]


def keep_changes_of_key(entry: DetailedEntry, key: str) -> DetailedEntry:
    """An entry about an imported list, without the changes of other members."""
    changed = (entry.details or {}).get("changed")
    if not isinstance(changed, list):
        return entry
    return replace(entry, details={"changed": [change for change in changed if change[1] == key]})


# What an answer was, as its receipt opens it.

GET_DETAILS = "SELECT salt, details FROM audit_details WHERE seq = :seq"


def find_details(db: Database, seq: int) -> tuple[dict[str, object] | None, str]:
    """The details of an entry and their salt in hexadecimal; ``None`` if they have been erased."""
    row = fetch_one(db, GET_DETAILS, seq=seq)
    if row is None or not row["details"] or not row["salt"]:
        return None, ""
    return json.loads(row["details"]), bytes(row["salt"]).hex()
