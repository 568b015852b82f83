"""Answers that came after a release, and what the office decided about them."""

from datetime import datetime

from sqlite_utils import Database

from signoff.domain.addendum import Later
from signoff.domain.answer import Version
from signoff.domain.late import Verdict
from signoff.domain.round import Round
from signoff.store import associations, standings
from signoff.store.answers import VERSION, version_of
from signoff.store.rows import Row, required, row, rows, run, stored

NEWEST = 2**62  # a line of the journal no chain reaches
VERSIONS = f"""
{VERSION} WHERE late = 1 AND answers.entry <= :entry
  AND invitation_id IN (SELECT id FROM invitations WHERE round_id = :round_id)
ORDER BY answers.id
"""
VERDICTS = """
SELECT verdicts.* FROM verdicts JOIN answers ON answers.id = verdicts.answer_id
JOIN invitations ON invitations.id = answers.invitation_id
WHERE round_id = :round_id AND verdicts.entry <= :entry ORDER BY verdicts.id
"""
UNDECIDED = """
SELECT DISTINCT round_id FROM answers JOIN invitations ON invitations.id = answers.invitation_id
WHERE late = 1 AND kind = 'sign' AND answers.id NOT IN (SELECT answer_id FROM verdicts)
  AND number = (SELECT MAX(number) FROM answers AS other WHERE other.invitation_id = answers.invitation_id)
"""
LAST_VERDICT = "SELECT * FROM verdicts WHERE answer_id = :answer_id ORDER BY id DESC LIMIT 1"
INSERT = """
INSERT INTO verdicts ( answer_id,  accepted,  note_accepted,  name_accepted,  reason,  decided_at,  entry)
VALUES               (:answer_id, :accepted, :note_accepted, :name_accepted, :reason, :decided_at, :entry)
"""


def of(db: Database, round: Round, entry: int = NEWEST) -> Later:
    """What has happened to the list of ``round`` since its release, up to line ``entry`` of the journal."""
    asked = {"round_id": round.id, "entry": entry}
    verdicts = {each["answer_id"]: verdict_of(each) for each in rows(db, VERDICTS, asked)}
    late: dict[int, list[tuple[Version, Verdict | None]]] = {}
    for version in map(version_of, rows(db, VERSIONS, asked)):
        late.setdefault(version.invitation_id, []).append((version, verdicts.get(version.id)))
    return Later.of(standings.of(db, round), late, associations.get(db).zone)


def undecided(db: Database) -> set[int]:
    """The rounds in which a late signature waits for a decision: one query, however many were released."""
    return {each["round_id"] for each in rows(db, UNDECIDED)}


def verdict(db: Database, version: Version | None) -> Verdict | None:
    """What the office decided last about ``version``."""
    if version is None or not version.late:
        return None
    found = row(db, LAST_VERDICT, {"answer_id": version.id})
    return verdict_of(found) if found else None


def add(
    db: Database,
    answer_id: int,
    *,
    accepted: bool,
    note_accepted: bool,
    name_accepted: bool,
    reason: str,
    decided_at: datetime,
    entry: int,
) -> int:
    """Keep one more verdict; its id is given back. The database refuses one on what was accepted before."""
    given = {"answer_id": answer_id, "accepted": accepted, "note_accepted": note_accepted}
    given |= {"name_accepted": name_accepted}
    flags = {name: int(value) for name, value in given.items()}
    return run(db, INSERT, {**flags, "reason": reason, "decided_at": stored(decided_at), "entry": entry})


def verdict_of(found: Row) -> Verdict:
    return Verdict(
        found["answer_id"],
        bool(found["accepted"]),
        bool(found["note_accepted"]),
        bool(found["name_accepted"]),
        found["reason"],
        required(found["decided_at"]),
        found["entry"],
    )
