"""The audit trail: one line for each change, in the transaction of the change."""

import json
import secrets
from collections.abc import Iterator
from datetime import datetime
from hashlib import sha256

from sqlite_utils import Database

from signoff.domain import audit
from signoff.domain.audit import Entry, Event
from signoff.domain.canonical import canonical_json
from signoff.store.rows import Row, required, row, rows, run, stored

LAST = "SELECT * FROM audit ORDER BY seq DESC LIMIT 1"
ALL = """
SELECT audit.*, details, audit_details.salt AS details_salt FROM audit LEFT JOIN audit_details USING (seq) ORDER BY seq
"""
GET = "SELECT * FROM audit WHERE seq = :seq"
INSERT = """
INSERT INTO audit ( seq,  at,  event,  actor,  subject,  details_digest,  salt,  peaks)
VALUES            (:seq, :at, :event, :actor, :subject, :details_digest, :salt, :peaks)
"""
INSERT_DETAILS = "INSERT INTO audit_details (seq, salt, details) VALUES (:seq, :salt, :details)"


def record(db: Database, event: Event, actor: str, subject: str, now: datetime, **details: object) -> Entry:
    """Append one line and give it back; ``details`` may hold personal data and can be erased later."""
    before = row(db, LAST)
    seq, peaks = (before["seq"] + 1, audit.split(before["peaks"])) if before else (1, [])
    salt, details_salt = secrets.token_bytes(16), secrets.token_bytes(16)
    digest = audit.details_digest(details_salt, details)
    line = (stored(now) or "", str(event), actor, subject, digest)
    grown = audit.grown(peaks, seq - 1, audit.leaf(seq, salt, *line))
    entry = Entry(seq, required(line[0]), event, actor, subject, digest, salt, b"".join(grown))
    run(db, INSERT, columns(entry))
    run(db, INSERT_DETAILS, {"seq": seq, "salt": details_salt, "details": canonical_json(details).decode()})
    return entry


def columns(entry: Entry) -> dict[str, object]:
    names = ("seq", "actor", "subject", "details_digest", "salt", "peaks")
    return {**{name: getattr(entry, name) for name in names}, "at": stored(entry.at), "event": str(entry.event)}


def last(db: Database) -> Entry | None:
    """The newest line: the current checkpoint."""
    found = row(db, LAST)
    return entry_of(found) if found else None


def get(db: Database, seq: int) -> Entry | None:
    found = row(db, GET, {"seq": seq})
    return entry_of(found) if found else None


def lines(db: Database) -> Iterator[tuple[Entry, dict[str, object] | None]]:
    """Every line with its details; ``None`` where they were erased."""
    for each in rows(db, ALL):
        yield entry_of(each), json.loads(each["details"]) if each["details"] else None


def first_bad(db: Database) -> int | None:
    """Walk the chain from its beginning; the number of the first line that does not hold, or ``None``."""
    peaks: list[bytes] = []
    expected = 0
    for each in rows(db, ALL):
        expected += 1
        if each["seq"] != expected:
            return expected
        line = (each["at"], each["event"], each["actor"], each["subject"], each["details_digest"])
        peaks = audit.grown(peaks, expected - 1, audit.leaf(expected, each["salt"], *line))
        if b"".join(peaks) != each["peaks"]:
            return expected
        if each["details"] is not None and digest_of(each) != each["details_digest"]:
            return expected
    return expected + 1 if cut_off(db, expected) else None


def digest_of(found: Row) -> str:
    """The digest of details as they are stored: their text is the canonical one, so another spelling is found too."""
    return sha256(found["details_salt"] + found["details"].encode()).hexdigest()


CUT_OFF = """
SELECT MAX(entry) FROM (
  SELECT MAX(entry) AS entry FROM answers UNION ALL SELECT MAX(entry) FROM decisions
  UNION ALL SELECT MAX(entry) FROM voidings
  UNION ALL SELECT MAX(entry) FROM prints UNION ALL SELECT MAX(seq) FROM audit_details)
"""


def cut_off(db: Database, length: int) -> bool:
    """Whether an answer, a decision, a print or details name a line beyond the end of the chain."""
    (named,) = row(db, CUT_OFF) or (None,)
    return named is not None and named > length


def entry_of(found: Row) -> Entry:
    names = ("seq", "actor", "subject", "details_digest", "salt", "peaks")
    return Entry(**{name: found[name] for name in names}, at=required(found["at"]), event=Event(found["event"]))
