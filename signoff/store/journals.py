"""The audit trail as people read it: each line with the names of who acted and what it is about."""

import json
from dataclasses import replace

from sqlite_utils import Database

from signoff.domain.audit import Event
from signoff.domain.journal import Choice, Line
from signoff.store.rows import Row, required, row, rows, stored

CHOSEN = """
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
LINES = f"{TOLD} WHERE seq <= :until AND {CHOSEN} ORDER BY seq DESC LIMIT :most"
COUNT = f"SELECT COUNT(*) AS lines FROM audit WHERE {CHOSEN}"
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
ALL = Choice()
LAST = 2**62  # no journal is as long


def lines(db: Database, most: int, until: int | None = None, choice: Choice = ALL) -> list[Line]:
    """Up to ``most`` of the lines that fit ``choice``, the newest first, from line ``until`` downwards."""
    told = {**parameters(choice), "until": until or LAST, "most": most}
    return [line_of(each) for each in rows(db, LINES, told)]


def count(db: Database, choice: Choice) -> int:
    """How many lines fit."""
    found = row(db, COUNT, parameters(choice))
    return int(found["lines"]) if found else 0


def of_member(db: Database, id: int, key: str, most: int) -> list[Line]:
    """What the journal says about one member, the newest first; of a list that was taken in, only what it changed."""
    return [about_key(line_of(each), key) for each in rows(db, OF_MEMBER, {"id": id, "key": key, "most": most})]


def about_key(line: Line, key: str) -> Line:
    changed = (line.details or {}).get("changed")
    if not isinstance(changed, list):
        return line
    return replace(line, details={"changed": [each for each in changed if each[1] == key]})


def parameters(choice: Choice) -> dict[str, object]:
    moments = {"since": stored(choice.since), "before": stored(choice.before)}
    event = str(choice.event) if choice.event else None
    return {"event": event, "actor": choice.actor, "round_id": choice.round_id, **moments}


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
