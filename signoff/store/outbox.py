"""The outbox. A mail is claimed before its delivery and marked once the mail server has replied."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlite_utils import Database

from signoff.domain.mail import (
    MAX_RETRY_DELAY,
    Bounce,
    BounceType,
    DeliveryProgress,
    MailKind,
    Outage,
    OutboxMessage,
    RateLimit,
    extend_outage,
)
from signoff.domain.round_status import MailState
from signoff.domain.text import decode_domains
from signoff.store import rows
from signoff.store.rows import execute, execute_many, fetch_all, fetch_one, fetch_value

# The current outage of the mail server. It outlives the worker that noticed it.

GET_OUTAGE = "SELECT * FROM outage"
SAVE_OUTAGE = """
INSERT OR REPLACE INTO outage (id,  failures,  since,  next_try_at,  diagnostic)
VALUES                        (1,  :failures, :since, :next_try_at, :diagnostic)
"""
END_OUTAGE = "DELETE FROM outage"


def find_outage(db: Database) -> Outage | None:
    """The current outage; ``None`` if the last delivery reached the server."""
    return rows.find(db, Outage, GET_OUTAGE)


def record_outage_failure(db: Database, diagnostic: str, now: datetime) -> Outage:
    """Begin an outage, or count another failure of the current one."""
    outage = extend_outage(find_outage(db), diagnostic, now)
    execute(db, SAVE_OUTAGE, **rows.to_row(outage))
    return outage


def end_outage(db: Database) -> None:
    execute(db, END_OUTAGE)


# Rate limits: they count what was sent in the last minute and what is being sent now.

# The recipient is the holder of a link or an account.
JOIN_RECIPIENTS = "LEFT JOIN links ON links.id = outbox.link_id LEFT JOIN accounts ON accounts.id = outbox.account_id"
RECIPIENT_ADDRESS = "COALESCE(links.email, accounts.email)"
RECIPIENT_DOMAIN = f"lower(substr({RECIPIENT_ADDRESS}, instr({RECIPIENT_ADDRESS}, '@') + 1))"
# A mail that was sent "in the future", by a clock that ran ahead, is not counted.
COUNT_RECENT_BY_DOMAIN = f"""
SELECT {RECIPIENT_DOMAIN} AS domain, COUNT(*) AS mails FROM outbox {JOIN_RECIPIENTS}
WHERE outbox.id IN (
  SELECT id FROM outbox WHERE sent_at > :minute_ago AND sent_at <= :now
  UNION SELECT id FROM outbox WHERE sent_at IS NULL AND failed_at IS NULL
    AND claimed_by IN (SELECT value FROM json_each(:living)))
GROUP BY domain
"""
HAS_DUE_MESSAGES = """
SELECT 1 FROM outbox WHERE sent_at IS NULL AND failed_at IS NULL AND claimed_by IS NULL AND next_try_at <= :now LIMIT 1
"""
RATE_WINDOW = timedelta(minutes=1)


def get_rate_allowance(
    db: Database, limit: RateLimit, live_workers: Collection[str], most: int, now: datetime
) -> tuple[int, dict[str, int]]:
    """How many mails may be sent now, at most ``most``; and how many went to each domain in the
    last minute.
    """
    records = fetch_all(
        db, COUNT_RECENT_BY_DOMAIN, now=now, minute_ago=now - RATE_WINDOW, living=live_workers
    )
    recent = {row["domain"]: row["mails"] for row in records}
    free = limit.overall - sum(recent.values()) if limit.overall else most
    return max(0, min(most, free)), recent


def has_due_messages(db: Database, now: datetime) -> bool:
    """Whether any mail is due that no worker has claimed."""
    return fetch_one(db, HAS_DUE_MESSAGES, now=now) is not None


# The queue.

UNLIMITED = RateLimit()
ENQUEUE = """
INSERT INTO outbox ( kind,  link_id,  number,  enqueued_at,  next_try_at)
VALUES             (:kind, :link_id, :number, :enqueued_at, :next_try_at)
ON CONFLICT (kind, link_id, number) DO NOTHING
"""
ENQUEUE_FOR_ACCOUNT = """
INSERT INTO outbox ( kind,  account_id,  number,  enqueued_at,  next_try_at)
VALUES             (:kind, :account_id, :number, :enqueued_at, :next_try_at)
ON CONFLICT DO NOTHING
"""
# A tried mail whose next try is farther away than any retry delay was written by a clock that ran
# ahead.
LIST_DUE = """
SELECT * FROM outbox
WHERE sent_at IS NULL AND failed_at IS NULL
  AND (next_try_at <= :now OR (attempts > 0 AND next_try_at > :too_far))
  AND (claimed_by IS NULL OR claimed_by NOT IN (SELECT value FROM json_each(:living)))
ORDER BY next_try_at, id LIMIT :most
"""
LIST_DUE_BY_DOMAIN = f"""
WITH due AS (
  SELECT outbox.*, {RECIPIENT_DOMAIN} AS domain,
         ROW_NUMBER() OVER (PARTITION BY {RECIPIENT_DOMAIN} ORDER BY next_try_at, outbox.id) AS nth
  FROM outbox {JOIN_RECIPIENTS}
  WHERE sent_at IS NULL AND failed_at IS NULL
    AND (next_try_at <= :now OR (attempts > 0 AND next_try_at > :too_far))
    AND (claimed_by IS NULL OR claimed_by NOT IN (SELECT value FROM json_each(:living))))
SELECT due.* FROM due LEFT JOIN json_each(:recent) AS recent ON recent.key = due.domain
WHERE nth <= :per_domain - COALESCE(recent.value, 0)
ORDER BY next_try_at, id LIMIT :most
"""
CLAIM = "UPDATE outbox SET claimed_by = :worker WHERE id = :id"
COUNT_CLAIMED_BY_OTHERS = """
SELECT COUNT(*) FROM outbox
WHERE claimed_by IN (SELECT value FROM json_each(:living)) AND claimed_by <> :worker
  AND sent_at IS NULL AND failed_at IS NULL
"""
MARK_SENT = "UPDATE outbox SET sent_at = :now, attempts = attempts + 1, claimed_by = NULL, error = '' WHERE id = :id"
MARK_FOR_RETRY = """
UPDATE outbox SET attempts = attempts + 1, claimed_by = NULL, next_try_at = :next_try_at, error = :error WHERE id = :id
"""
UNCLAIM = "UPDATE outbox SET claimed_by = NULL WHERE id = :id"
MARK_FAILED = """
UPDATE outbox SET attempts = attempts + 1, claimed_by = NULL, failed_at = :now, error = :error
WHERE id = :id
"""
CANCEL_FOR_LINKS = """
DELETE FROM outbox WHERE kind IN (SELECT value FROM json_each(:kinds)) AND sent_at IS NULL AND claimed_by IS NULL
  AND link_id IN (SELECT value FROM json_each(:links))
"""
LIST_OTHER_RECIPIENTS = """
SELECT DISTINCT links.email FROM outbox AS own
JOIN links AS mine ON mine.id = own.link_id
JOIN outbox ON outbox.kind = own.kind AND outbox.number = own.number AND outbox.id <> own.id
JOIN links ON links.id = outbox.link_id AND links.invitation_id = mine.invitation_id
WHERE own.id = :id AND links.ended_at IS NULL AND links.email <> mine.email ORDER BY links.id
"""
COUNT_TOTALS = """
SELECT COUNT(*) FILTER (WHERE sent_at IS NULL AND failed_at IS NULL) AS owed,
       COUNT(sent_at) AS sent, COUNT(failed_at) AS failed
FROM outbox
"""
HAS_BEEN_ENQUEUED = "SELECT 1 FROM outbox WHERE kind = :kind AND number = :number LIMIT 1"
GET_HIGHEST_NUMBER = (
    "SELECT COALESCE(MAX(number), 0) FROM outbox WHERE kind = :kind AND link_id = :link_id"
)
LIST_FOR_INVITATION = """
SELECT outbox.*, links.email FROM outbox JOIN links ON links.id = outbox.link_id
WHERE links.invitation_id = :invitation_id ORDER BY outbox.id DESC
"""
CANCEL = "DELETE FROM outbox WHERE id = :id AND sent_at IS NULL"
MARK_BOUNCED = {
    BounceType.BOUNCE: "UPDATE outbox SET bounced_at = :now, error = :diagnostic WHERE id = :id",
    BounceType.DELAY: "UPDATE outbox SET delayed_at = :now, error = :diagnostic WHERE id = :id",
    BounceType.AUTOREPLY: "UPDATE outbox SET autoreplied_at = :now WHERE id = :id",
}
GET_MESSAGE = "SELECT * FROM outbox WHERE id = :id"
CANCEL_STALE_LINK_MAIL = """
DELETE FROM outbox WHERE link_id = :link_id AND sent_at IS NULL AND claimed_by IS NULL
  AND kind IN ('invitation', 'new_link')
"""
CANCEL_FOR_ROUND = """
DELETE FROM outbox WHERE kind = :kind AND sent_at IS NULL AND claimed_by IS NULL AND link_id IN (
  SELECT links.id FROM links JOIN invitations ON invitations.id = links.invitation_id WHERE round_id = :round_id)
"""
GET_LATEST_ENQUEUED_AT = (
    "SELECT MAX(enqueued_at) AS at FROM outbox WHERE kind = :kind AND link_id = :link_id"
)
GET_LATEST_MESSAGE = (
    "SELECT * FROM outbox WHERE kind = :kind AND link_id = :link_id ORDER BY id DESC LIMIT 1"
)


def enqueue(
    db: Database,
    kind: MailKind,
    link_ids: Sequence[int],
    number: int,
    now: datetime,
    send_at: datetime | None = None,
) -> None:
    """Enqueue a mail for each link, to be sent now or at ``send_at``.

    A second call has no effect.
    """
    enqueue_all(db, ENQUEUE, "link_id", link_ids, kind, number, now, send_at)


def enqueue_for_accounts(
    db: Database, kind: MailKind, account_ids: Sequence[int], number: int, now: datetime
) -> None:
    """Enqueue a mail for each account. A second call has no effect."""
    enqueue_all(db, ENQUEUE_FOR_ACCOUNT, "account_id", account_ids, kind, number, now)


def enqueue_all(
    db: Database,
    sql: str,
    recipient: str,
    ids: Iterable[int],
    kind: MailKind,
    number: int,
    now: datetime,
    send_at: datetime | None = None,
) -> None:
    common = {"kind": kind, "number": number, "enqueued_at": now, "next_try_at": send_at or now}
    execute_many(db, sql, [{**common, recipient: id} for id in ids])


def claim(
    db: Database,
    worker: str,
    live_workers: Collection[str],
    most: int,
    now: datetime,
    limit: RateLimit = UNLIMITED,
) -> list[OutboxMessage]:
    """Claim up to ``most`` due mails for ``worker``, within the rate ``limit``.

    Mails claimed by workers that are not among the ``live_workers`` are taken over.
    """
    parameters = {"now": now, "too_far": now + MAX_RETRY_DELAY, "living": live_workers}
    if limit == UNLIMITED:
        due = rows.list_all(db, OutboxMessage, LIST_DUE, **parameters, most=most)
    else:
        most, recent = get_rate_allowance(db, limit, live_workers, most, now)
        by_domain = limit.domain or sum(recent.values()) + most
        due = rows.list_all(
            db,
            OutboxMessage,
            LIST_DUE_BY_DOMAIN,
            **parameters,
            most=most,
            per_domain=by_domain,
            recent=recent,
        )
    execute_many(db, CLAIM, [{"worker": worker, "id": message.id} for message in due])
    return due


def count_claimed_by_others(db: Database, worker: str, live_workers: Collection[str]) -> int:
    """The number of mails that other living workers have claimed."""
    return int(fetch_value(db, COUNT_CLAIMED_BY_OTHERS, worker=worker, living=live_workers))


def mark_sent(db: Database, accepted: Sequence[tuple[int, datetime]]) -> None:
    """Mark the mails that the server has accepted, each with its moment."""
    execute_many(db, MARK_SENT, [{"id": id, "now": moment} for id, moment in accepted])


def unclaim(db: Database, ids: Sequence[int]) -> None:
    """Release mails that were claimed but not tried."""
    execute_many(db, UNCLAIM, [{"id": id} for id in ids])


def mark_for_retry(db: Database, id: int, next_try_at: datetime, error: str) -> None:
    execute(db, MARK_FOR_RETRY, id=id, next_try_at=next_try_at, error=error)


def mark_failed(db: Database, id: int, error: str, now: datetime) -> None:
    execute(db, MARK_FAILED, id=id, error=error, now=now)


def mark_bounced(db: Database, id: int, bounce: Bounce, now: datetime) -> None:
    """Record a bounce, a delay or an automatic reply."""
    execute(db, MARK_BOUNCED[bounce.bounce_type], id=id, now=now, diagnostic=bounce.diagnostic)


def cancel(db: Database, id: int) -> None:
    """Delete a mail that has become pointless, unless it was sent."""
    execute(db, CANCEL, id=id)


def cancel_for_round(db: Database, kind: MailKind, round_id: int) -> None:
    """Delete the unsent mail of this kind about a round."""
    execute(db, CANCEL_FOR_ROUND, kind=kind, round_id=round_id)


def cancel_for_links(db: Database, kinds: Sequence[MailKind], link_ids: Sequence[int]) -> None:
    """Delete the unsent mail of these kinds to these links."""
    execute(db, CANCEL_FOR_LINKS, kinds=kinds, links=link_ids)


def cancel_stale_link_mail(db: Database, link_id: int) -> None:
    """Delete unsent mail that would carry an old link."""
    execute(db, CANCEL_STALE_LINK_MAIL, link_id=link_id)


def find(db: Database, id: int) -> OutboxMessage | None:
    return rows.find(db, OutboxMessage, GET_MESSAGE, id=id)


def find_latest(db: Database, kind: MailKind, link_id: int) -> OutboxMessage | None:
    """The latest mail of this kind to this link, sent or not."""
    return rows.find(db, OutboxMessage, GET_LATEST_MESSAGE, kind=kind, link_id=link_id)


def find_latest_enqueued_at(db: Database, kind: MailKind, link_id: int) -> datetime | None:
    """When a mail of this kind was last enqueued for this link."""
    moment = fetch_value(db, GET_LATEST_ENQUEUED_AT, kind=kind, link_id=link_id)
    return datetime.fromisoformat(moment) if moment else None


def has_been_enqueued(db: Database, kind: MailKind, number: int) -> bool:
    """Whether a mail of this kind and number was ever enqueued for anybody."""
    return fetch_one(db, HAS_BEEN_ENQUEUED, kind=kind, number=number) is not None


def get_next_number(db: Database, kind: MailKind, link_id: int) -> int:
    """The number for another mail of this kind to this link."""
    return int(fetch_value(db, GET_HIGHEST_NUMBER, kind=kind, link_id=link_id)) + 1


def list_other_recipients(db: Database, message: OutboxMessage) -> list[str]:
    """The other addresses of the invitation that get the same mail, each with a link of its own."""
    return [row["email"] for row in fetch_all(db, LIST_OTHER_RECIPIENTS, id=message.id)]


def list_for_invitation(db: Database, invitation_id: int) -> list[tuple[OutboxMessage, str]]:
    """All mail about an invitation, the newest first, each with the current address of its link."""
    records = fetch_all(db, LIST_FOR_INVITATION, invitation_id=invitation_id)
    return [(rows.load(OutboxMessage, row), row["email"]) for row in records]


def count_totals(db: Database) -> dict[str, int]:
    """How many mails are pending (``owed``), sent and failed."""
    return dict(rows.require(fetch_one(db, COUNT_TOTALS)))


# The list of all mail.

MESSAGE_STATE = """CASE WHEN bounced_at IS NOT NULL THEN 'bounced' WHEN failed_at IS NOT NULL THEN 'failed'
               WHEN sent_at IS NOT NULL THEN 'sent' ELSE 'owed' END"""
SELECT_MESSAGES = f"""
SELECT outbox.*, {MESSAGE_STATE} AS state, decode_domains(COALESCE(links.email, accounts.email, '')) AS email,
       COALESCE(members.official_name, '') AS member, COALESCE(invitations.reference, '') AS reference,
       links.invitation_id, invitations.round_id
FROM outbox LEFT JOIN accounts ON accounts.id = outbox.account_id
LEFT JOIN links ON links.id = outbox.link_id LEFT JOIN invitations ON invitations.id = links.invitation_id
LEFT JOIN members ON members.id = invitations.member_id
"""
MATCHES_FILTERS = """
WHERE (:kind = '' OR outbox.kind = :kind) AND (:state = '' OR state = :state)
  AND (:q = '' OR instr(lower(email || ' ' || member || ' ' || reference || ' ' || error), :q) > 0)
"""
LIST_MESSAGES = f"""
SELECT * FROM ({SELECT_MESSAGES}) AS outbox {MATCHES_FILTERS}
ORDER BY id DESC LIMIT :most OFFSET :skip
"""
COUNT_MESSAGES = f"SELECT COUNT(*) FROM ({SELECT_MESSAGES}) AS outbox {MATCHES_FILTERS}"
GET_PROGRESS = """
SELECT COUNT(*) FILTER (WHERE sent_at IS NULL AND failed_at IS NULL AND next_try_at <= :now) AS pending,
       COUNT(*) FILTER (WHERE sent_at > :minute_ago AND sent_at <= :now) AS sent_last_minute
FROM outbox
"""
COUNT_SENT_SINCE = "SELECT COUNT(*) FROM outbox WHERE sent_at >= :since"
# The mails of the last run: those of the last hour in which any was sent, by the minute.
MEASURE_RATE = """
SELECT COUNT(*) * 60.0 / MAX(60, unixepoch(MAX(sent_at)) - unixepoch(MIN(sent_at))) FROM outbox
WHERE sent_at > (SELECT strftime('%Y-%m-%dT%H:%M:%S', MAX(sent_at), '-1 hour') FROM outbox)
"""
FIND_LATEST_TEST = """
SELECT * FROM outbox WHERE kind = 'test' AND account_id = :account_id ORDER BY id DESC LIMIT 1
"""
COUNT_BY_STATE = f"SELECT {MESSAGE_STATE} AS state, COUNT(*) AS mails FROM outbox GROUP BY 1"
LIST_KINDS = "SELECT DISTINCT kind FROM outbox ORDER BY kind"


@dataclass(frozen=True, slots=True)
class MessageSummary:
    """A line of the mail list. Mail to accounts has neither a member nor an invitation.

    ``email`` is the address as people write it.
    """

    message: OutboxMessage
    email: str
    member: str
    reference: str
    invitation_id: int | None


def list_messages(
    db: Database, *, kind: str, state: str, q: str, most: int, skip: int = 0
) -> list[MessageSummary]:
    """The mail that matches, the newest first.

    An empty ``kind``, ``state`` or ``q`` matches everything.
    """
    records = fetch_all(
        db, LIST_MESSAGES, kind=kind, state=state, q=decode_domains(q.lower()), most=most, skip=skip
    )
    return [
        rows.load(MessageSummary, row, message=rows.load(OutboxMessage, row)) for row in records
    ]


def count_messages(db: Database, *, kind: str, state: str, q: str) -> int:
    return int(fetch_value(db, COUNT_MESSAGES, kind=kind, state=state, q=decode_domains(q.lower())))


def count_by_state(db: Database) -> dict[MailState, int]:
    counts = {row["state"]: row["mails"] for row in fetch_all(db, COUNT_BY_STATE)}
    return {state: counts.get(state, 0) for state in MailState}


def get_progress(db: Database, now: datetime) -> DeliveryProgress:
    return rows.get(db, DeliveryProgress, GET_PROGRESS, now=now, minute_ago=now - RATE_WINDOW)


def list_kinds(db: Database) -> list[MailKind]:
    return [MailKind(row["kind"]) for row in fetch_all(db, LIST_KINDS)]


def count_sent_since(db: Database, since: datetime) -> int:
    return int(fetch_value(db, COUNT_SENT_SINCE, since=since))


def measure_rate(db: Database) -> int:
    """Mails a minute in the last hour of sending; 0 before the first."""
    return int(fetch_value(db, MEASURE_RATE) or 0)


def find_latest_test(db: Database, account_id: int) -> OutboxMessage | None:
    """The latest test mail to this account."""
    return rows.find(db, OutboxMessage, FIND_LATEST_TEST, account_id=account_id)
