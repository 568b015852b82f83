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
# from the moment the mail server accepted it; a bounced mail has informed nobody.
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
  SELECT link_id, MAX(covered_until) AS covered_until, COUNT(primary_link_id) AS sent,
         MAX(day) FILTER (WHERE primary_link_id IS NOT NULL) AS sent_on
  FROM reminders GROUP BY link_id)
SELECT links.id AS link_id, unanswered.round_id, links.email, members.country, members.state, unanswered.deadline,
       unanswered.reminder_steps,
       CASE WHEN unanswered.answer IS NULL THEN
         (SELECT MAX(sent_at) FROM outbox WHERE outbox.link_id = links.id AND bounced_at IS NULL
          AND outbox.kind IN ('invitation', 'delegation', 'new_link'))
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
INSERT INTO reminders ( link_id,  primary_link_id,  number,  day,  covered_until,  decided_at)
VALUES                (:link_id, :primary_link_id, :number, :day, :covered_until, :decided_at)
"""
LIST_LINK_IDS = """
SELECT link_id FROM reminders WHERE primary_link_id = :primary_link_id AND number = :number ORDER BY id
"""
LIST_UNSENT = """
SELECT outbox.id, members.country, members.state FROM outbox
JOIN reminders ON reminders.primary_link_id = outbox.link_id AND reminders.number = outbox.number
JOIN links ON links.id = reminders.link_id JOIN invitations ON invitations.id = links.invitation_id
JOIN members ON members.id = invitations.member_id
WHERE outbox.kind = :kind AND sent_at IS NULL AND failed_at IS NULL AND next_try_at <= :now
"""
# The attempts are reset: a tried mail whose next try is far away is taken for the work of a clock
# that ran ahead.
RESCHEDULE = "UPDATE outbox SET next_try_at = :at, attempts = 0 WHERE id = :id AND sent_at IS NULL"


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
    links: Iterable[tuple[UnansweredLink, date]],
    day: date,
    now: datetime,
    primary_link_id: int | None,
    number: int,
) -> None:
    """Record a reminder on a ``day`` about these links, each with the day up to which its steps are
    then past.

    The mail is enqueued for the primary link. Without a primary link, and with the number 0, the
    reminder was skipped.
    """
    execute_many(
        db,
        INSERT_REMINDER,
        [
            {
                "link_id": link.link_id,
                "covered_until": covered_until,
                "primary_link_id": primary_link_id,
                "number": number,
                "day": day,
                "decided_at": now,
            }
            for link, covered_until in links
        ],
    )


def list_link_ids(db: Database, primary_link_id: int, number: int) -> list[int]:
    """The links that one reminder is about."""
    records = fetch_all(db, LIST_LINK_IDS, primary_link_id=primary_link_id, number=number)
    return [row["link_id"] for row in records]


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
