"""How many members sign, where, and which papers: the one place that counts them, for every page
and file.
"""

from collections import defaultdict
from collections.abc import Collection
from datetime import datetime

from sqlite_utils import Database

from signoff.domain.signatories import RegionCount, SignatureCounts
from signoff.store import rows
from signoff.store.rows import fetch_all, fetch_value

# Whose signature counted at the end of the round, whose was accepted after the release, and whose
# stands: the latest version is a signature that was not voided and, if it is a late one, accepted.
SIGNERS = """
versions AS (
  SELECT invitation_id, number, late,
         kind = 'sign' AND id NOT IN (SELECT answer_id FROM voidings)
           AND (late = 0 OR id IN (SELECT answer_id FROM late_reviews WHERE accepted = 1)) AS counts
  FROM answers WHERE invitation_id IN (SELECT id FROM invitations
                                       WHERE round_id IN (SELECT value FROM json_each(:round_ids)))),
latest AS (
  SELECT invitation_id, MAX(number) AS number, MAX(CASE WHEN late = 0 THEN number END) AS in_time,
         MAX(late AND counts) AS joined
  FROM versions GROUP BY invitation_id),
members AS (
  SELECT latest.invitation_id, joined, COALESCE(first.counts, 0) AS first, current.counts AS now
  FROM latest
  JOIN versions AS current ON current.invitation_id = latest.invitation_id AND current.number = latest.number
  LEFT JOIN versions AS first ON first.invitation_id = latest.invitation_id AND first.number = in_time)
"""
COUNT_SIGNATURES = f"""WITH {SIGNERS}
SELECT round_id, COUNT(*) AS invited, COUNT(*) FILTER (WHERE first) AS first,
       COUNT(*) FILTER (WHERE joined AND NOT first) AS later,
       COUNT(*) FILTER (WHERE (joined OR first) AND NOT now) AS withdrawn
FROM invitations LEFT JOIN members ON members.invitation_id = invitations.id
WHERE round_id IN (SELECT value FROM json_each(:round_ids)) GROUP BY round_id
"""
# Of those who sign now.
COUNT_BY_REGION = f"""WITH {SIGNERS}
SELECT country, state, COUNT(*) AS members
FROM members JOIN invited_members ON invited_members.invitation_id = members.invitation_id
WHERE now GROUP BY country, state
"""
LIST_LINK_IDS = f"""WITH {SIGNERS}
SELECT links.id FROM members JOIN links ON links.invitation_id = members.invitation_id
WHERE now AND ended_at IS NULL AND email <> ''
"""
FIND_BY_NAME = f"""WITH {SIGNERS}
SELECT round_id, official_name
FROM members JOIN invited_members ON invited_members.invitation_id = members.invitation_id
JOIN invitations ON invitations.id = members.invitation_id
WHERE now AND instr(casefold(invited_members.official_name || char(10) || invited_members.name), casefold(:words))
ORDER BY invited_members.name, round_id LIMIT :most
"""
MAX_FOUND_NAMES = 500

# When what they count changed last after the release.
FIND_CHANGED_AT = """
SELECT MAX(at) FROM (
  SELECT invitation_id, received_at AS at FROM answers WHERE late = 1 AND kind = 'withdrawn'
  UNION ALL SELECT invitation_id, decided_at FROM late_reviews JOIN answers ON answers.id = answer_id
  WHERE accepted = 1)
WHERE invitation_id IN (SELECT id FROM invitations WHERE round_id = :round_id)
"""


def count(db: Database, round_id: int) -> SignatureCounts:
    """The numbers of one round."""
    return count_by_round(db, [round_id]).get(round_id, SignatureCounts())


def find_changed_at(db: Database, round_id: int) -> datetime | None:
    """When a signature was last accepted or withdrawn after the release."""
    changed_at = fetch_value(db, FIND_CHANGED_AT, round_id=round_id)
    return datetime.fromisoformat(changed_at) if changed_at else None


def count_by_round(db: Database, round_ids: Collection[int]) -> dict[int, SignatureCounts]:
    """The numbers of these rounds, without those that invited nobody: one query."""
    records = fetch_all(db, COUNT_SIGNATURES, round_ids=round_ids)
    return {row["round_id"]: rows.load(SignatureCounts, row) for row in records}


def count_by_region(db: Database, round_id: int) -> list[RegionCount]:
    """The current signatories by region, in no particular order."""
    return rows.list_all(db, RegionCount, COUNT_BY_REGION, round_ids=[round_id])


def list_link_ids(db: Database, round_id: int) -> set[int]:
    """The links of those who sign now that mail can be sent to."""
    return {row["id"] for row in fetch_all(db, LIST_LINK_IDS, round_ids=[round_id])}


def find_by_name(db: Database, round_ids: Collection[int], words: str) -> dict[int, list[str]]:
    """The members with these words in their names that sign now, by round."""
    found = defaultdict(list)
    records = fetch_all(db, FIND_BY_NAME, round_ids=round_ids, words=words, most=MAX_FOUND_NAMES)
    for row in records:
        found[row["round_id"]].append(row["official_name"])
    return found
