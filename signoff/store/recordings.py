"""What evidences the answers that the office recorded. Who could see a scan is decided at the door, not here."""

from datetime import datetime

from sqlite_utils import Database

from signoff.domain.recording import Evidence, Recording, Scan
from signoff.store.rows import Row, required, row, rows, run, stored

INSERT = """
INSERT INTO recordings ( answer_id,  recorded_at,  recorded_by,  reason,  scan_sha256,  scan_type,  scan_size)
VALUES                 (:answer_id, :recorded_at, :recorded_by, :reason, :scan_sha256, :scan_type, :scan_size)
"""
OF_INVITATION = """
SELECT recordings.* FROM recordings JOIN answers ON answers.id = recordings.answer_id
WHERE answers.invitation_id = :invitation_id
"""
GET = f"{OF_INVITATION} AND answer_id = :answer_id"


def add(db: Database, answer_id: int, evidence: Evidence, actor: str, now: datetime) -> None:
    """Keep how the version ``answer_id`` is evidenced; it is never changed."""
    scan = evidence.scan or Scan("", "", 0)
    kept = {"scan_sha256": scan.sha256, "scan_type": scan.type, "scan_size": scan.size, "reason": evidence.reason}
    run(db, INSERT, {**kept, "answer_id": answer_id, "recorded_at": stored(now), "recorded_by": actor})


def of_invitation(db: Database, invitation_id: int) -> dict[int, Recording]:
    """All of an invitation, by the version they evidence."""
    found = rows(db, OF_INVITATION, {"invitation_id": invitation_id})
    return {each["answer_id"]: recording_of(each) for each in found}


def get(db: Database, invitation_id: int, answer_id: int) -> Recording | None:
    """That of one version, if it is one of this invitation."""
    found = row(db, GET, {"invitation_id": invitation_id, "answer_id": answer_id})
    return recording_of(found) if found else None


def recording_of(found: Row) -> Recording:
    scan = Scan(found["scan_sha256"], found["scan_type"], found["scan_size"]) if found["scan_sha256"] else None
    evidence = Evidence(scan, found["reason"])
    return Recording(found["answer_id"], required(found["recorded_at"]), found["recorded_by"], evidence)
