"""Unanswered links, and the reminders that were sent or skipped.

Plans are not stored but computed from these.
"""

import json
from collections.abc import Iterable
from datetime import date, datetime

from sqlite_utils import Database

from signoff.domain.mail import MailKind
from signoff.domain.reminders import Regions, UnansweredLink
from signoff.store import rows
from signoff.store.rows import execute, execute_many, fetch_all

LIST_SCHEDULES = """
SELECT deadline, COALESCE(json_extract(terms, '$.reminders'), '[]') AS steps FROM rounds
WHERE opened_at <= :now AND deadline > :now AND closed_at IS NULL AND cancelled_at IS NULL
  AND json_array_length(terms, '$.reminders') > 0
"""
# Unanswered: no answer at all, or an announced meeting whose result was requested. A mail counts
# from the moment the mail server accepted it; a bounced mail has informed nobody. The notice
# of a new deadline counts at once, so that no reminder goes with it.
LIST_UNANSWERED_LINKS = """
WITH unanswered AS (
  SELECT invitations.id, invitations.round_id, invitations.member_id,
         rounds.deadline, COALESCE(json_extract(terms, '$.reminders'), '[]') AS reminder_steps,
         answers.id AS answer_id, answers.kind AS answer
  FROM rounds JOIN invitations ON invitations.round_id = rounds.id
  LEFT JOIN answers ON answers.invitation_id = invitations.id
    AND number = (SELECT MAX(number) FROM answers AS other WHERE other.invitation_id = invitations.id)
    AND answers.id NOT IN (SELECT answer_id FROM voidings)
  WHERE opened_at <= :now AND deadline > :now AND closed_at IS NULL AND cancelled_at IS NULL
    AND (answers.kind IS NULL OR answers.kind = 'pending')),
past AS (
  SELECT link_id, MAX(covered_until) AS covered_until, COUNT(*) FILTER (WHERE number > 0) AS sent,
         MAX(day) FILTER (WHERE number > 0) AS sent_on
  FROM reminders GROUP BY link_id)
SELECT links.id AS link_id, unanswered.round_id, links.email, members.country, members.state, unanswered.deadline,
       unanswered.reminder_steps,
       CASE WHEN unanswered.answer IS NULL THEN
         (SELECT MAX(CASE outbox.kind WHEN 'extended' THEN COALESCE(sent_at, enqueued_at) ELSE sent_at END)
          FROM outbox WHERE outbox.link_id = links.id AND bounced_at IS NULL AND failed_at IS NULL
          AND outbox.kind IN ('invitation', 'delegation', 'new_link', 'extended'))
       ELSE
         (SELECT MAX(sent_at) FROM outbox JOIN links AS other ON other.id = outbox.link_id
          WHERE other.invitation_id = unanswered.id AND outbox.kind = 'meeting_result_request'
            AND outbox.number = unanswered.answer_id)
       END AS informed_at,
       (SELECT MAX(COALESCE(sent_at, enqueued_at)) FROM outbox
        WHERE outbox.link_id = links.id AND outbox.kind = 'extended') AS extended_at,
       past.covered_until, COALESCE(past.sent, 0) AS sent, past.sent_on
FROM unanswered JOIN members ON members.id = unanswered.member_id
JOIN links ON links.invitation_id = unanswered.id AND links.ended_at IS NULL AND links.email <> '' AND links.may_answer
LEFT JOIN past ON past.link_id = links.id
ORDER BY links.id
"""
INSERT_REMINDER = """
INSERT INTO reminders ( link_id,  number,  day,  covered_until,  decided_at)
VALUES                (:link_id, :number, :day, :covered_until, :decided_at)
"""
LIST_UNSENT = """
SELECT COALESCE(primary_id, outbox.id) AS id, members.country, members.state FROM outbox
JOIN links ON links.id = outbox.link_id JOIN invitations ON invitations.id = links.invitation_id
JOIN members ON members.id = invitations.member_id
WHERE outbox.kind = :kind AND sent_at IS NULL AND failed_at IS NULL AND next_try_at <= :now
"""
# The attempts and the error are reset: a refused mail whose next try is far away is taken for the
# work of a clock that ran ahead.
RESCHEDULE = """
UPDATE outbox SET next_try_at = :at, attempts = 0, error = '' WHERE (id = :id OR primary_id = :id) AND sent_at IS NULL
"""


def list_schedules(db: Database, now: datetime) -> list[tuple[datetime, tuple[int, ...]]]:
    """Deadline and reminder steps of every open round that sends reminders: one query."""
    return [
        (datetime.fromisoformat(row["deadline"]), tuple(json.loads(row["steps"])))
        for row in fetch_all(db, LIST_SCHEDULES, now=now)
    ]


def list_unanswered_links(db: Database, now: datetime) -> list[UnansweredLink]:
    """All open links to invitations without a counted answer, in all open rounds."""
    return rows.list_all(db, UnansweredLink, LIST_UNANSWERED_LINKS, now=now)


def add(
    db: Database,
    links: Iterable[tuple[UnansweredLink, date, int]],
    day: date,
    now: datetime,
) -> None:
    """Record a reminder on a ``day`` about these links, each with the day up to which its steps are
    then past, and the number of its mail; with the number 0 the reminder was skipped.
    """
    execute_many(
        db,
        INSERT_REMINDER,
        [
            {
                "link_id": link.link_id,
                "covered_until": covered_until,
                "number": number,
                "day": day,
                "decided_at": now,
            }
            for link, covered_until, number in links
        ],
    )


def list_unsent(db: Database, now: datetime) -> dict[int, Regions]:
    """The reminders that are due now, by their id in the outbox, with the countries and states of
    their recipients.
    """
    regions: dict[int, Regions] = {}
    for row in fetch_all(db, LIST_UNSENT, kind=MailKind.REMINDER, now=now):
        regions[row["id"]] = regions.get(row["id"], frozenset()) | {(row["country"], row["state"])}
    return regions


def reschedule(db: Database, id: int, send_at: datetime) -> None:
    """Move a mail to a later moment."""
    execute(db, RESCHEDULE, id=id, at=send_at)
