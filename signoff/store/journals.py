"""The audit trail as people read it: each line with the names of who acted and what it is about."""

import json
from dataclasses import replace

from sqlite_utils import Database

from signoff.domain.audit import Event
from signoff.domain.journal import Line
from signoff.store.rows import Row, required, rows

# The numbers in actor and subject are looked up by primary key, line by line.
TOLD = """
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
              (SELECT COALESCE(NULLIF(name, ''), email) FROM staff WHERE id = CAST(substr(subject, 7) AS INTEGER))
            WHEN subject GLOB 'member/*' THEN
              (SELECT official_name FROM members WHERE id = CAST(substr(subject, 8) AS INTEGER))
       END AS about,
       CASE WHEN actor GLOB 'staff/*' THEN
              (SELECT COALESCE(NULLIF(name, ''), email) FROM staff WHERE id = CAST(substr(actor, 7) AS INTEGER))
            WHEN actor GLOB 'link/*' THEN
              (SELECT COALESCE(NULLIF(name, ''), email) FROM links WHERE id = CAST(substr(actor, 6) AS INTEGER))
       END AS who
FROM audit LEFT JOIN audit_details USING (seq)
"""
LINES = f"{TOLD} WHERE seq <= :until AND (:event IS NULL OR event = :event) ORDER BY seq DESC LIMIT :most"
# What was said about the member itself, in its rounds, and in lists that were taken in with its key.
OF_MEMBER = f"""
{TOLD} WHERE seq IN (
  SELECT seq FROM audit WHERE subject = 'member/' || :id
  UNION SELECT audit.seq FROM invitations JOIN audit ON audit.subject = 'invitation/' || invitations.id
        WHERE invitations.member_id = :id
  UNION SELECT audit.seq FROM audit JOIN audit_details USING (seq), json_each(details, '$.changed') AS line
        WHERE audit.subject = 'members' AND event = 'members_imported' AND line.value ->> 1 = :key)
ORDER BY seq DESC LIMIT :most
"""
LAST = 2**62  # no journal is as long


def lines(db: Database, most: int, until: int | None = None, event: Event | None = None) -> list[Line]:
    """Up to ``most`` lines, the newest first, from line ``until`` downwards; of one event only, if given."""
    told = {"until": until or LAST, "event": event and str(event), "most": most}
    return [line_of(each) for each in rows(db, LINES, told)]


def of_member(db: Database, id: int, key: str, most: int) -> list[Line]:
    """What the journal says about one member, the newest first; of a list that was taken in, only what it changed."""
    return [about_key(line_of(each), key) for each in rows(db, OF_MEMBER, {"id": id, "key": key, "most": most})]


def about_key(line: Line, key: str) -> Line:
    changed = (line.details or {}).get("changed")
    if not isinstance(changed, list):
        return line
    return replace(line, details={"changed": [each for each in changed if each[1] == key]})


def line_of(found: Row) -> Line:
    return Line(
        found["seq"],
        required(found["at"]),
        Event(found["event"]),
        found["actor"],
        found["subject"],
        found["who"] or "",
        found["about"] or "",
        json.loads(found["details"]) if found["details"] else None,
    )
