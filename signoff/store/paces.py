"""How many mails the pace still lets go, asked of what went out in the last minute and of what is being sent."""

import json
from collections.abc import Collection
from datetime import datetime, timedelta

from sqlite_utils import Database

from signoff.domain.delivery import Pace
from signoff.store.rows import row, rows, stored

# The domain a mail goes to: that of a link's holder, or of one of the office's people.
RECIPIENTS = "LEFT JOIN links ON links.id = outbox.link_id LEFT JOIN staff ON staff.id = outbox.staff_id"
ADDRESS = "COALESCE(links.email, staff.email)"
DOMAIN = f"lower(substr({ADDRESS}, instr({ADDRESS}, '@') + 1))"
# What was sent "later than now" was sent by a clock that ran ahead; it counts for nothing.
RECENT = f"""
SELECT {DOMAIN} AS domain, COUNT(*) AS mails FROM outbox {RECIPIENTS}
WHERE outbox.id IN (
  SELECT id FROM outbox WHERE sent_at > :minute_ago AND sent_at <= :now
  UNION SELECT id FROM outbox WHERE sent_at IS NULL AND failed_at IS NULL
    AND claimed_by IN (SELECT value FROM json_each(:living)))
GROUP BY domain
"""
WAITING = """
SELECT 1 FROM outbox WHERE sent_at IS NULL AND failed_at IS NULL AND claimed_by IS NULL AND next_try_at <= :now LIMIT 1
"""
MINUTE = timedelta(minutes=1)


def left(db: Database, pace: Pace, living: Collection[str], most: int, now: datetime) -> tuple[int, dict[str, int]]:
    """How many mails may go now, at most ``most``; and how many went to each domain in the last minute."""
    moments = {"now": stored(now), "minute_ago": stored(now - MINUTE)}
    recent = {each["domain"]: each["mails"] for each in rows(db, RECENT, {**moments, "living": json.dumps([*living])})}
    free = pace.overall - sum(recent.values()) if pace.overall else most
    return max(0, min(most, free)), recent


def waiting(db: Database, now: datetime) -> bool:
    """Whether any mail is due that nobody holds."""
    return row(db, WAITING, {"now": stored(now)}) is not None
