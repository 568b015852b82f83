"""The audit trail: one line for each change, in the transaction of the change."""

import json
import secrets
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from functools import cache
from hashlib import sha256

from sqlite_utils import Database

from signoff.domain import audit
from signoff.domain.answers import AnswerKind
from signoff.domain.audit import (
    CERTIFIED_DETAILS,
    AnswerProof,
    AuditEntry,
    AuditQuery,
    Certificate,
    CertificateStep,
    DetailedEntry,
    Event,
    InclusionPath,
    MerkleTree,
    get_actor_role,
    redact_steps,
)
from signoff.domain.members import Member
from signoff.domain.round_status import build_signatory
from signoff.domain.rounds import Round
from signoff.domain.text import canonical_json
from signoff.store import association as association_store
from signoff.store import papers, releases, round_status
from signoff.store.rows import Row, execute, fetch_all, fetch_one, format_utc, parse_datetime

GET_LATEST_ENTRY = "SELECT * FROM audit ORDER BY seq DESC LIMIT 1"
LIST_ENTRIES = """
SELECT audit.*, details, audit_details.salt AS details_salt FROM audit LEFT JOIN audit_details USING (seq)
WHERE seq > :after ORDER BY seq LIMIT :most
"""
WHOLE_CHAIN = {"after": 0, "most": -1}
GET_ENTRY = "SELECT * FROM audit WHERE seq = :seq"
INSERT_ENTRY = """
INSERT INTO audit ( seq,  at,  event,  actor,  subject,  details_digest,  salt,  peaks)
VALUES            (:seq, :at, :event, :actor, :subject, :details_digest, :salt, :peaks)
"""
INSERT_DETAILS = "INSERT INTO audit_details (seq, salt, details) VALUES (:seq, :salt, :details)"


def record(
    db: Database, event: Event, actor: str, subject: str, now: datetime, **details: object
) -> AuditEntry:
    """Append one line and give it back; ``details`` may hold personal data and can be erased later."""
    before = fetch_one(db, GET_LATEST_ENTRY)
    seq, peaks = (before["seq"] + 1, audit.split_peaks(before["peaks"])) if before else (1, [])
    salt, details_salt = secrets.token_bytes(16), secrets.token_bytes(16)
    digest = audit.hash_details(details_salt, details)
    line = (format_utc(now) or "", str(event), actor, subject, digest)
    grown = audit.append_leaf(peaks, seq - 1, audit.hash_entry(seq, salt, *line))
    entry = AuditEntry(
        seq, parse_datetime(line[0]), event, actor, subject, digest, salt, b"".join(grown)
    )
    execute(db, INSERT_ENTRY, entry_to_row(entry))
    execute(
        db,
        INSERT_DETAILS,
        {"seq": seq, "salt": details_salt, "details": canonical_json(details).decode()},
    )
    return entry


def entry_to_row(entry: AuditEntry) -> dict[str, object]:
    names = ("seq", "actor", "subject", "details_digest", "salt", "peaks")
    return {
        **{name: getattr(entry, name) for name in names},
        "at": format_utc(entry.at),
        "event": str(entry.event),
    }


def find_latest(db: Database) -> AuditEntry | None:
    """The newest line: the current checkpoint."""
    found = fetch_one(db, GET_LATEST_ENTRY)
    return entry_from_row(found) if found else None


def find(db: Database, seq: int) -> AuditEntry | None:
    found = fetch_one(db, GET_ENTRY, {"seq": seq})
    return entry_from_row(found) if found else None


def iter_entries(db: Database) -> Iterator[tuple[AuditEntry, dict[str, object] | None]]:
    """Every line with its details; ``None`` where they were erased."""
    for each in fetch_all(db, LIST_ENTRIES, WHOLE_CHAIN):
        yield entry_from_row(each), json.loads(each["details"]) if each["details"] else None


def find_first_invalid_entry(db: Database) -> int | None:
    """Walk the chain from its beginning; the number of the first line that does not hold, or ``None``."""
    bad, _ = verify_entries(db)
    return bad


def verify_entries(db: Database, after: int = 0, most: int = -1) -> tuple[int | None, int]:
    """Walk on from line ``after``, which has been examined, over at most so many lines (-1: all that are left).

    Gives the first line that does not hold, or ``None``, and how far it came. The peaks that line ``after`` keeps are
    what the pieces hang together by.
    """
    before = fetch_one(db, GET_ENTRY, {"seq": after})
    if after and before is None:
        return after, after
    peaks = audit.split_peaks(before["peaks"]) if before else []
    reached = after
    for each in fetch_all(db, LIST_ENTRIES, {"after": after, "most": most}):
        reached += 1
        if each["seq"] != reached:
            return reached, reached
        line = (each["at"], each["event"], each["actor"], each["subject"], each["details_digest"])
        peaks = audit.append_leaf(
            peaks, reached - 1, audit.hash_entry(reached, each["salt"], *line)
        )
        if b"".join(peaks) != each["peaks"]:
            return reached, reached
        if each["details"] is not None and compute_details_digest(each) != each["details_digest"]:
            return reached, reached
    newest = fetch_one(db, GET_LATEST_ENTRY)
    at_the_end = newest is None or newest["seq"] == reached
    return (reached + 1 if at_the_end and is_truncated(db, reached) else None), reached


def compute_details_digest(found: Row) -> str:
    """The digest of details as they are stored: their text is the canonical one, so another spelling is found too."""
    return sha256(found["details_salt"] + found["details"].encode()).hexdigest()


GET_HIGHEST_REFERENCED_ENTRY = """
SELECT MAX(entry) FROM (
  SELECT MAX(entry) AS entry FROM answers UNION ALL SELECT MAX(entry) FROM office_decisions
  UNION ALL SELECT MAX(entry) FROM voidings
  UNION ALL SELECT MAX(entry) FROM prints UNION ALL SELECT MAX(seq) FROM audit_details)
"""


def is_truncated(db: Database, length: int) -> bool:
    """Whether an answer, a decision, a print or details name a line beyond the end of the chain."""
    (named,) = fetch_one(db, GET_HIGHEST_REFERENCED_ENTRY) or (None,)
    return named is not None and named > length


def entry_from_row(found: Row) -> AuditEntry:
    names = ("seq", "actor", "subject", "details_digest", "salt", "peaks")
    return AuditEntry(
        **{name: found[name] for name in names},
        at=parse_datetime(found["at"]),
        event=Event(found["event"]),
    )


# The certificate of a round's process, read from the journal.

# Every line about the round, its paper and its invitations, with the answer it records and the member it is about.
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
    """What became of ``round`` up to now: all of it for the office, or ``member``'s copy."""
    edition, association = papers.get_edition(db, round.edition_id), association_store.get(db)
    about = {"round": f"round/{round.id}", "paper": f"paper/{edition.slug}", "round_id": round.id}
    steps = tuple(
        certificate_step_from_row(each) for each in fetch_all(db, LIST_CERTIFICATE_ENTRIES, about)
    )
    release = releases.find_for_round(db, round.id)
    published = release is not None and release.is_public(now)
    if member is not None:
        own = {
            entry
            for (entry,) in fetch_all(
                db, LIST_OWN_ENTRIES, {"round_id": round.id, "member_id": member.id}
            )
        }
        steps = redact_steps(
            steps,
            own,
            build_signature_steps(db, round, {step.entry: step for step in steps}),
            published,
        )
    last = find(db, steps[-1].entry) if steps else None
    return Certificate(
        association, edition, round, steps, last.root if last else "", member, published
    )


def certificate_step_from_row(found: Row) -> CertificateStep:
    entry = entry_from_row(found)
    details = json.loads(found["details"]) if found["details"] else {}
    return CertificateStep(
        entry.seq,
        entry.commitment,
        entry.event,
        entry.at,
        by=get_actor_role(entry.actor),
        member=found["key"] or "",
        name=found["official_name"] or "",
        answer=AnswerKind(found["kind"]) if found["kind"] else None,
        facts={name: details[name] for name in CERTIFIED_DETAILS if name in details},
    )


def build_signature_steps(
    db: Database, round: Round, steps: dict[int, CertificateStep]
) -> dict[int, CertificateStep]:
    """Of each counted signature what the published list shows, by its entry."""
    zone, found = association_store.get(db).zone, {}
    for place in round_status.load(db, round).places:
        signed = build_signatory(place, round.terms, zone)
        if signed and place.version:
            entry = place.version.entry
            found[entry] = CertificateStep(
                entry,
                steps[entry].commitment,
                Event.ANSWERED,
                day=signed.signed_on,
                member=signed.key,
                name=signed.name,
                answer=AnswerKind.SIGN,
            )
    return found


# The audit trail as people read it: each line with the names of who acted and what it is about.

MATCHES_QUERY = """
  (:event IS NULL OR event = :event) AND (:since IS NULL OR at >= :since) AND (:before IS NULL OR at < :before)
  AND (:actor = '' OR actor = :actor OR (:actor = 'link' AND actor GLOB 'link/*'))
  AND (:round_id IS NULL OR subject = 'round/' || :round_id
       OR subject IN (SELECT 'invitation/' || id FROM invitations WHERE round_id = :round_id)
       OR subject IN (SELECT 'link/' || links.id FROM links JOIN invitations ON invitations.id = links.invitation_id
                      WHERE round_id = :round_id)
       OR subject = (SELECT 'paper/' || slug FROM rounds JOIN editions ON editions.id = rounds.edition_id
                     JOIN papers ON papers.id = editions.paper_id WHERE rounds.id = :round_id))
"""
# The numbers in actor and subject are looked up by primary key, line by line.
SELECT_DETAILED_ENTRIES = """
SELECT audit.seq, audit.at, audit.event, audit.actor, audit.subject, audit_details.details,
       CASE WHEN subject GLOB 'invitation/*' THEN
              (SELECT members.official_name FROM invitations JOIN members ON members.id = invitations.member_id
               WHERE invitations.id = CAST(substr(subject, 12) AS INTEGER))
            WHEN subject GLOB 'round/*' THEN
              (SELECT editions.title FROM rounds JOIN editions ON editions.id = rounds.edition_id
               WHERE rounds.id = CAST(substr(subject, 7) AS INTEGER))
            WHEN subject GLOB 'paper/*' THEN
              (SELECT editions.title FROM papers JOIN editions ON editions.paper_id = papers.id
               WHERE papers.slug = substr(subject, 7) ORDER BY editions.number LIMIT 1)
            WHEN subject GLOB 'staff/*' THEN
              (SELECT COALESCE(NULLIF(name, ''), email) FROM accounts WHERE id = CAST(substr(subject, 7) AS INTEGER))
            WHEN subject GLOB 'member/*' THEN
              (SELECT official_name FROM members WHERE id = CAST(substr(subject, 8) AS INTEGER))
       END AS about,
       CASE WHEN actor GLOB 'staff/*' THEN
              (SELECT COALESCE(NULLIF(name, ''), email) FROM accounts WHERE id = CAST(substr(actor, 7) AS INTEGER))
            WHEN actor GLOB 'link/*' THEN
              (SELECT COALESCE(NULLIF(name, ''), email) FROM links WHERE id = CAST(substr(actor, 6) AS INTEGER))
       END AS who
FROM audit LEFT JOIN audit_details USING (seq)
"""
LIST_DETAILED_ENTRIES = f"""
{SELECT_DETAILED_ENTRIES} WHERE seq <= :until AND {MATCHES_QUERY}
ORDER BY seq DESC LIMIT :most
"""
COUNT_DETAILED_ENTRIES = f"SELECT COUNT(*) AS lines FROM audit WHERE {MATCHES_QUERY}"
# What was said about the member itself, in its rounds, and in lists that were taken in with its key.
LIST_DETAILED_ENTRIES_OF_MEMBER = f"""
{SELECT_DETAILED_ENTRIES} WHERE seq IN (
  SELECT seq FROM audit WHERE subject = 'member/' || :id
  UNION SELECT audit.seq FROM invitations JOIN audit ON audit.subject = 'invitation/' || invitations.id
        WHERE invitations.member_id = :id
  UNION SELECT audit.seq FROM audit JOIN audit_details USING (seq), json_each(details, '$.changed') AS line
        WHERE audit.subject = 'members' AND event = 'members_imported' AND line.value ->> 1 = :key)
ORDER BY seq DESC LIMIT :most
"""
MATCH_ALL = AuditQuery()
MAX_SEQ = 2**62  # no journal is as long


def list_detailed_entries(
    db: Database, most: int, until: int | None = None, choice: AuditQuery = MATCH_ALL
) -> list[DetailedEntry]:
    """Up to ``most`` of the lines that fit ``choice``, the newest first, from line ``until`` downwards."""
    told = {**build_query_parameters(choice), "until": until or MAX_SEQ, "most": most}
    return [detailed_entry_from_row(each) for each in fetch_all(db, LIST_DETAILED_ENTRIES, told)]


def count_detailed_entries(db: Database, choice: AuditQuery) -> int:
    """How many lines fit."""
    found = fetch_one(db, COUNT_DETAILED_ENTRIES, build_query_parameters(choice))
    return int(found["lines"]) if found else 0


def list_detailed_entries_of_member(
    db: Database, id: int, key: str, most: int
) -> list[DetailedEntry]:
    """What the journal says about one member, the newest first; of a list that was taken in, only what it changed."""
    return [
        keep_changes_of_key(detailed_entry_from_row(each), key)
        for each in fetch_all(
            db, LIST_DETAILED_ENTRIES_OF_MEMBER, {"id": id, "key": key, "most": most}
        )
    ]


def keep_changes_of_key(line: DetailedEntry, key: str) -> DetailedEntry:
    changed = (line.details or {}).get("changed")
    if not isinstance(changed, list):
        return line
    return replace(line, details={"changed": [each for each in changed if each[1] == key]})


def build_query_parameters(choice: AuditQuery) -> dict[str, object]:
    moments = {"since": format_utc(choice.since), "before": format_utc(choice.before)}
    event = str(choice.event) if choice.event else None
    return {"event": event, "actor": choice.actor, "round_id": choice.round_id, **moments}


def detailed_entry_from_row(found: Row) -> DetailedEntry:
    return DetailedEntry(
        found["seq"],
        parse_datetime(found["at"]),
        Event(found["event"]),
        found["actor"],
        found["subject"],
        found["who"] or "",
        found["about"] or "",
        json.loads(found["details"]) if found["details"] else None,
    )


# Proofs read from the journal: a few rows for each level of the tree, however long the chain.

GET_DETAILS = "SELECT salt, details FROM audit_details WHERE seq = :seq"


def build_answer_proof(db: Database, seq: int) -> AnswerProof:
    """The proof of line ``seq``, which is in the journal, against the journal as it stands now."""

    @cache
    def entry(number: int) -> AuditEntry:
        found = find(db, number)
        assert found, f"line {number} is missing"
        return found

    last = find_latest(db)
    assert last
    told = fetch_one(db, GET_DETAILS, {"seq": seq})
    now = MerkleTree(entry, last.seq)
    return AnswerProof(
        entry=entry(seq),
        details=json.loads(told["details"]) if told and told["details"] else None,
        details_salt=bytes(told["salt"]).hex() if told and told["salt"] else "",
        then=build_inclusion_path(MerkleTree(entry, seq), seq),
        now=build_inclusion_path(now, seq),
        consistency=tuple(each.hex() for each in now.consistency(seq)),
    )


def build_inclusion_path(tree: MerkleTree, seq: int) -> InclusionPath:
    return InclusionPath(
        tree.size, tree.entry(tree.size).root, tuple(each.hex() for each in tree.inclusion(seq - 1))
    )
