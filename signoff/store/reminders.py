"""Who waits for a reminder, and what has been sent or skipped. A plan is kept nowhere: it follows from these."""

import json
from collections.abc import Iterable, Sequence
from datetime import date, datetime

from sqlite_utils import Database

from signoff.domain.mail import MailKind
from signoff.domain.reminders import Regions, UnansweredLink
from signoff.store.rows import (
    Row,
    execute,
    execute_many,
    fetch_all,
    format_utc,
    parse_datetime,
    parse_optional_date,
    parse_optional_datetime,
)

LIST_SCHEDULES = """
SELECT deadline, json_extract(terms, '$.reminders') AS steps FROM rounds
WHERE opened_at <= :now AND deadline > :now AND closed_at IS NULL AND cancelled_at IS NULL
  AND json_array_length(terms, '$.reminders') > 0
"""
# Unanswered is who has given no answer at all, or named a sitting whose result has been asked for. A mail that went
# to a link counts from when it was accepted; one that came back has told nobody.
LIST_UNANSWERED_LINKS = """
WITH asked AS (
  SELECT invitations.id, invitations.round_id, invitations.member_id,
         rounds.deadline, json_extract(terms, '$.reminders') AS steps,
         answers.id AS answer_id, answers.kind AS answer
  FROM rounds JOIN invitations ON invitations.round_id = rounds.id
  LEFT JOIN answers ON answers.invitation_id = invitations.id
    AND number = (SELECT MAX(number) FROM answers AS other WHERE other.invitation_id = invitations.id)
    AND answers.id NOT IN (SELECT answer_id FROM voidings)
  WHERE opened_at <= :now AND deadline > :now AND closed_at IS NULL AND cancelled_at IS NULL
    AND (answers.kind IS NULL OR answers.kind = 'pending')),
done AS (
  SELECT link_id, MAX(covered_until) AS covered_until, COUNT(primary_link_id) AS sent,
         MAX(day) FILTER (WHERE primary_link_id IS NOT NULL) AS sent_on
  FROM reminders GROUP BY link_id)
SELECT links.id, asked.round_id, links.email, members.country, members.state, asked.deadline, asked.steps,
       CASE WHEN asked.answer IS NULL THEN
         (SELECT MAX(sent_at) FROM outbox WHERE outbox.link_id = links.id AND bounced_at IS NULL
          AND outbox.kind IN ('invitation', 'passed_on', 'fresh_link'))
       ELSE
         (SELECT MAX(sent_at) FROM outbox JOIN links AS other ON other.id = outbox.link_id
          WHERE other.invitation_id = asked.id AND outbox.kind = 'council_met' AND outbox.number = asked.answer_id)
       END AS informed_at,
       done.covered_until, COALESCE(done.sent, 0) AS sent, done.sent_on
FROM asked JOIN members ON members.id = asked.member_id
JOIN links ON links.invitation_id = asked.id AND links.ended_at IS NULL AND links.email <> '' AND links.may_answer
LEFT JOIN done ON done.link_id = links.id
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
# It counts as not tried yet: a tried mail whose next try is that far away is taken for a clock that ran ahead.
RESCHEDULE = "UPDATE outbox SET next_try_at = :at, attempts = 0 WHERE id = :id AND sent_at IS NULL"


def list_schedules(db: Database, now: datetime) -> list[tuple[datetime, tuple[int, ...]]]:
    """Deadline and steps of every open round that reminds at all: one query."""
    return [
        (parse_datetime(each["deadline"]), parse_steps(each))
        for each in fetch_all(db, LIST_SCHEDULES, {"now": format_utc(now)})
    ]


def list_unanswered_links(db: Database, now: datetime) -> list[UnansweredLink]:
    """Every open link to an invitation without a counted answer, in all rounds that are open."""
    return [
        unanswered_link_from_row(each)
        for each in fetch_all(db, LIST_UNANSWERED_LINKS, {"now": format_utc(now)})
    ]


def add(
    db: Database,
    about: Iterable[tuple[UnansweredLink, date]],
    on: date,
    now: datetime,
    primary_link_id: int | None,
    number: int,
) -> None:
    """Note a reminder ``on`` a day about these links, each with the day through which its steps are settled.

    Without a carrier (the link the mail hangs on) it is a reminder that was skipped; its ``number`` is 0 then.
    """
    common = {
        "primary_link_id": primary_link_id,
        "number": number,
        "day": on.isoformat(),
        "decided_at": format_utc(now),
    }
    execute_many(
        db,
        INSERT_REMINDER,
        [
            {**common, "link_id": each.link_id, "covered_until": day.isoformat()}
            for each, day in about
        ],
    )


def list_link_ids(db: Database, primary_link_id: int, number: int) -> list[int]:
    """The links one reminder speaks of."""
    return [
        each["link_id"]
        for each in fetch_all(
            db, LIST_LINK_IDS, {"primary_link_id": primary_link_id, "number": number}
        )
    ]


def list_unsent(db: Database, now: datetime) -> dict[int, Regions]:
    """The reminders that would be sent now, by their row in the outbox: the countries and states they speak to."""
    found: dict[int, Regions] = {}
    for each in fetch_all(
        db, LIST_UNSENT, {"kind": str(MailKind.REMINDER), "now": format_utc(now)}
    ):
        found[each["id"]] = found.get(each["id"], frozenset()) | {(each["country"], each["state"])}
    return found


def reschedule(db: Database, id: int, at: datetime) -> None:
    """Try a mail later."""
    execute(db, RESCHEDULE, {"id": id, "at": format_utc(at)})


def parse_steps(found: Row) -> tuple[int, ...]:
    given: Sequence[int] = json.loads(found["steps"] or "[]")
    return tuple(given)


def unanswered_link_from_row(found: Row) -> UnansweredLink:
    return UnansweredLink(
        found["id"],
        found["round_id"],
        found["email"],
        found["country"],
        found["state"],
        parse_datetime(found["deadline"]),
        parse_steps(found),
        parse_optional_datetime(found["informed_at"]),
        parse_optional_date(found["covered_until"]),
        found["sent"],
        parse_optional_date(found["sent_on"]),
    )
