"""The outbox. A mail is claimed before its delivery and marked once the mail server has replied."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlite_utils import Database

from signoff.domain.delivery import (
    DAY,
    MAX_RETRY_DELAY,
    DeliveryError,
    DeliveryProgress,
    Outage,
    RateLimit,
    RefusedMail,
    ServerLimit,
)
from signoff.domain.mail import (
    Bounce,
    BounceType,
    MailboxReading,
    MailKind,
    MessageReference,
    OutboxMessage,
    hash_link,
)
from signoff.domain.round_status import MailState
from signoff.domain.text import decode_domains
from signoff.store import rows
from signoff.store.rows import execute, execute_many, fetch_all, fetch_one, fetch_value

# The servers that are left alone at the moment, and the mails they have refused. Both outlive the
# worker that noticed it.

LIST_OUTAGES = "SELECT * FROM outages ORDER BY server"
GET_OUTAGE = "SELECT * FROM outages WHERE server = :server"
SAVE_OUTAGE = """
INSERT OR REPLACE INTO outages ( server,  failures,  since,  next_try_at,  fault,  stage,  diagnostic)
VALUES                         (:server, :failures, :since, :next_try_at, :fault, :stage, :diagnostic)
"""
END_OUTAGE = "DELETE FROM outages WHERE server = :server"
CLEAR_OUTAGES = "DELETE FROM outages WHERE server NOT IN (SELECT value FROM json_each(:servers))"
ADD_REFUSAL = """
INSERT OR REPLACE INTO refusals ( message_id,  server,  is_final,  diagnostic)
VALUES                          (:message_id, :server, :is_final, :diagnostic)
"""
CLEAR_REFUSALS = "DELETE FROM refusals WHERE server = :server"
# A mail, and what goes out in it.
OF_ONE_MAIL = "WHERE (id = :id OR primary_id = :id)"
TAKE_BACK = f"""
UPDATE outbox SET failed_at = NULL, attempts = attempts - 1, next_try_at = :next_try_at
{OF_ONE_MAIL} AND failed_at IS NOT NULL
"""


def list_outages(db: Database) -> list[Outage]:
    """The servers that are left alone, or that the next mail will show to be at fault."""
    return rows.list_all(db, Outage, LIST_OUTAGES)


def find_outage(db: Database, server: str) -> Outage | None:
    """The current outage; ``None`` if the last delivery reached the server."""
    return rows.find(db, Outage, GET_OUTAGE, server=server)


def save_outage(db: Database, outage: Outage) -> None:
    execute(db, SAVE_OUTAGE, **rows.to_row(outage))


def end_outage(db: Database, server: str) -> None:
    """The server has taken a mail: what it refused before is over."""
    execute(db, END_OUTAGE, server=server)
    execute(db, CLEAR_REFUSALS, server=server)


def clear_outages(db: Database, servers: Collection[str] = ()) -> None:
    """Forget the outages of all servers but these."""
    execute(db, CLEAR_OUTAGES, servers=servers)


def add_refusal(db: Database, server: str, id: int, problem: DeliveryError) -> None:
    """Remember a refused mail until the server takes another one."""
    execute(
        db,
        ADD_REFUSAL,
        message_id=id,
        server=server,
        is_final=problem.permanent,
        diagnostic=problem.diagnostic,
    )


def list_refusals(db: Database, server: str) -> list[RefusedMail]:
    """The last refusal of a server since it accepted a mail."""
    return rows.list_all(db, RefusedMail, LIST_REFUSALS, server=server)


def clear_refusals(db: Database, server: str) -> None:
    execute(db, CLEAR_REFUSALS, server=server)


def take_back(db: Database, ids: Collection[int], next_try_at: datetime) -> None:
    """Make these mails pending again: they were refused for a reason that is not theirs."""
    execute_many(db, TAKE_BACK, [{"id": id, "next_try_at": next_try_at} for id in ids])


# Limits: they count what was sent lately and what is being sent now.

# The recipient is the holder of a link, an account, or an applicant; a copy has but an address.
JOIN_RECIPIENTS = """
LEFT JOIN links ON links.id = outbox.link_id LEFT JOIN accounts ON accounts.id = outbox.account_id
LEFT JOIN applications ON applications.id = outbox.application_id
"""
RECIPIENT_ADDRESS = "COALESCE(links.email, accounts.email, applications.email, outbox.email)"
RECIPIENT_DOMAIN = f"lower(substr({RECIPIENT_ADDRESS}, instr({RECIPIENT_ADDRESS}, '@') + 1))"
# A mail that was sent "in the future", by a clock that ran ahead, is not counted.
COUNT_RECENT_BY_DOMAIN = f"""
SELECT {RECIPIENT_DOMAIN} AS domain, COUNT(*) AS mails FROM outbox {JOIN_RECIPIENTS}
WHERE primary_id IS NULL AND outbox.id IN (
  SELECT id FROM outbox WHERE sent_at > :minute_ago AND sent_at <= :now
  UNION SELECT id FROM outbox WHERE sent_at IS NULL AND failed_at IS NULL
    AND claimed_by IN (SELECT value FROM json_each(:living)))
GROUP BY domain
"""
LIST_REFUSALS = f"""
SELECT refusals.*, {RECIPIENT_ADDRESS} AS email
FROM refusals JOIN outbox ON outbox.id = refusals.message_id {JOIN_RECIPIENTS}
WHERE refusals.server = :server AND outbox.claimed_by IS NULL AND sent_at IS NULL
"""
# A mail that is being sent counts for every server: it is not known which one will take it.
COUNT_BY_SERVER = """
SELECT COUNT(*) FILTER (WHERE sent_at > :minute_ago) AS minute, COUNT(*) AS day, MIN(sent_at) AS oldest
FROM outbox WHERE server = :server AND primary_id IS NULL AND sent_at > :day_ago AND sent_at <= :now
"""
COUNT_CLAIMED = """
SELECT COUNT(*) FROM outbox
WHERE sent_at IS NULL AND failed_at IS NULL AND claimed_by IN (SELECT value FROM json_each(:living))
"""
# What tells of a planned release leaves once the worker has published it: not while a jumped clock
# waits for the office.
IS_NOT_AHEAD_OF_RELEASE = """
(outbox.kind <> 'released' OR outbox.link_id NOT IN (
  SELECT links.id FROM links JOIN invitations ON invitations.id = links.invitation_id
  JOIN releases ON releases.round_id = invitations.round_id
  WHERE number = 1 AND planned_at IS NOT NULL AND published_at IS NULL))
"""
HAS_DUE_MESSAGES = f"""
SELECT 1 FROM outbox
WHERE sent_at IS NULL AND failed_at IS NULL AND claimed_by IS NULL AND primary_id IS NULL AND next_try_at <= :now
  AND {IS_NOT_AHEAD_OF_RELEASE}
LIMIT 1
"""
RATE_WINDOW = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Allowance:
    """How many more mails one server may get, now and in these 24 hours; ``oldest``: the first mail
    of these, which is the first to leave the count.
    """

    minute: int
    day: int
    oldest: datetime | None


def get_allowance(
    db: Database, limit: ServerLimit, live_workers: Collection[str], most: int, now: datetime
) -> Allowance:
    """The allowance of a server, at most ``most``."""
    if not (limit.per_minute or limit.per_day):
        return Allowance(most, most, None)
    sent = rows.require(
        fetch_one(
            db,
            COUNT_BY_SERVER,
            server=limit.host,
            now=now,
            minute_ago=now - RATE_WINDOW,
            day_ago=now - DAY,
        )
    )
    claimed = int(fetch_value(db, COUNT_CLAIMED, living=live_workers))
    minute = limit.per_minute - sent["minute"] - claimed if limit.per_minute else most
    day = limit.per_day - sent["day"] - claimed if limit.per_day else most
    oldest = datetime.fromisoformat(sent["oldest"]) if sent["oldest"] else None
    return Allowance(min(most, minute), min(most, day), oldest)


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
ENQUEUE_FOR_APPLICATION = """
INSERT INTO outbox ( kind,  application_id,  number,  enqueued_at,  next_try_at)
VALUES             (:kind, :application_id, :number, :enqueued_at, :next_try_at)
ON CONFLICT DO NOTHING
"""
# Once for each mail and address: in the transaction that records the mail as sent.
ENQUEUE_COPIES = """
INSERT INTO outbox (kind, copy_of, number, email, enqueued_at, next_try_at)
SELECT 'copy', outbox.id, mail_copies.id, mail_copies.email, sent_at, sent_at
FROM outbox JOIN mail_copies ON mail_copies.kind = outbox.kind
WHERE outbox.id IN (SELECT value FROM json_each(:ids)) ON CONFLICT DO NOTHING
"""
# A refused mail whose next try is farther away than any retry delay was written by a clock that ran
# ahead.
LIST_DUE = f"""
SELECT * FROM outbox
WHERE sent_at IS NULL AND failed_at IS NULL AND primary_id IS NULL AND {IS_NOT_AHEAD_OF_RELEASE}
  AND (next_try_at <= :now OR (error <> '' AND next_try_at > :too_far))
  AND (claimed_by IS NULL OR claimed_by NOT IN (SELECT value FROM json_each(:living)))
ORDER BY next_try_at, id LIMIT :most
"""
LIST_DUE_BY_DOMAIN = f"""
WITH due AS (
  SELECT outbox.*, {RECIPIENT_DOMAIN} AS domain,
         ROW_NUMBER() OVER (PARTITION BY {RECIPIENT_DOMAIN} ORDER BY next_try_at, outbox.id) AS nth
  FROM outbox {JOIN_RECIPIENTS}
  WHERE sent_at IS NULL AND failed_at IS NULL AND primary_id IS NULL AND {IS_NOT_AHEAD_OF_RELEASE}
    AND (next_try_at <= :now OR (error <> '' AND next_try_at > :too_far))
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
MARK_IN_FOLDER = f"""
UPDATE outbox SET failed_at = :now, in_folder = 1, attempts = attempts + 1, claimed_by = NULL, error = ''
{OF_ONE_MAIL}
"""
# A pending mail goes to the address that its link has by then.
SAVE_ADDRESS = """
UPDATE outbox SET email = :email
WHERE (id = :id OR primary_id = :id) AND (sent_at IS NOT NULL OR failed_at IS NOT NULL)
"""
MARK_SENT = f"""
UPDATE outbox SET sent_at = :now, server = :server, attempts = attempts + 1, claimed_by = NULL, error = ''
{OF_ONE_MAIL}
"""
MARK_FOR_RETRY = f"""
UPDATE outbox SET attempts = attempts + 1, claimed_by = NULL, next_try_at = :next_try_at, error = :error {OF_ONE_MAIL}
"""
DEFER = (
    f"UPDATE outbox SET claimed_by = NULL, next_try_at = :next_try_at, error = :error {OF_ONE_MAIL}"
)
UNCLAIM = "UPDATE outbox SET claimed_by = NULL WHERE id = :id"
MARK_FAILED = f"""
UPDATE outbox SET attempts = attempts + 1, claimed_by = NULL, failed_at = :now, error = :error {OF_ONE_MAIL}
"""
CANCEL_FOR_LINKS = """
DELETE FROM outbox WHERE kind IN (SELECT value FROM json_each(:kinds))
  AND sent_at IS NULL AND failed_at IS NULL AND claimed_by IS NULL AND link_id IN (SELECT value FROM json_each(:links))
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
FROM outbox WHERE primary_id IS NULL
"""
COUNT_FOR_ROUND = """
SELECT COUNT(*) FROM outbox JOIN links ON links.id = outbox.link_id JOIN invitations ON invitations.id = invitation_id
WHERE outbox.kind = :kind AND round_id = :round_id AND primary_id IS NULL
"""
GET_HIGHEST_NUMBER = (
    "SELECT COALESCE(MAX(number), 0) FROM outbox WHERE kind = :kind AND link_id = :link_id"
)
CANCEL = "DELETE FROM outbox WHERE id = :id AND sent_at IS NULL"
MARK_BOUNCED = {
    BounceType.BOUNCE: f"UPDATE outbox SET bounced_at = :now, error = :diagnostic {OF_ONE_MAIL}",
    BounceType.DELAY: f"UPDATE outbox SET delayed_at = :now, error = :diagnostic {OF_ONE_MAIL}",
    BounceType.AUTOREPLY: f"UPDATE outbox SET autoreplied_at = :now {OF_ONE_MAIL}",
}
MARK_RETURNED = f"UPDATE outbox SET returned_at = :now, returned_text = :text {OF_ONE_MAIL}"
LIST_REFERENCED = """
SELECT outbox.*, links.public_id FROM outbox LEFT JOIN links ON links.id = outbox.link_id
WHERE outbox.kind = :kind AND outbox.number = :number AND sent_at IS NOT NULL AND account_id IS :account_id
  AND application_id IS NULL
"""
LIST_SENT_TO = f"""
SELECT outbox.* FROM outbox {JOIN_RECIPIENTS}
WHERE sent_at > :since AND primary_id IS NULL
  AND lower({RECIPIENT_ADDRESS}) IN (SELECT value FROM json_each(:addresses)) LIMIT 2
"""
SAVE_READING = """
INSERT OR REPLACE INTO mailbox_reading (id, read_at, problem, facts) VALUES (1, :read_at, :problem, :facts)
"""
GET_MESSAGE = "SELECT * FROM outbox WHERE id = :id"
LIST_SENT_TOGETHER = "SELECT * FROM outbox WHERE primary_id = :id ORDER BY id"
SEND_TOGETHER = """
UPDATE outbox SET primary_id =
  (SELECT id FROM outbox WHERE kind = :kind AND link_id = :primary_link_id AND number = :primary_number)
WHERE kind = :kind AND link_id = :link_id AND number = :number
"""
CANCEL_STALE_LINK_MAIL = """
DELETE FROM outbox WHERE link_id = :link_id AND sent_at IS NULL AND failed_at IS NULL AND claimed_by IS NULL
  AND kind IN ('invitation', 'new_link', 'reminder')
"""
HAS_DELIVERED_LINK = """
SELECT 1 FROM outbox WHERE link_id = :link_id AND kind IN ('invitation', 'new_link', 'delegation')
  AND sent_at IS NOT NULL AND bounced_at IS NULL LIMIT 1
"""
CANCEL_NUMBERED = """
DELETE FROM outbox WHERE kind = :kind AND number = :number
  AND sent_at IS NULL AND failed_at IS NULL AND claimed_by IS NULL
"""
CANCEL_FOR_ROUND = """
DELETE FROM outbox WHERE kind = :kind AND sent_at IS NULL AND failed_at IS NULL AND claimed_by IS NULL AND link_id IN (
  SELECT links.id FROM links JOIN invitations ON invitations.id = links.invitation_id WHERE round_id = :round_id)
"""
# To whom something about the round was sent, or is being sent now.
LIST_TOLD_LINK_IDS = """
SELECT DISTINCT link_id FROM outbox JOIN links ON links.id = link_id JOIN invitations ON invitations.id = invitation_id
WHERE round_id = :round_id AND (sent_at IS NOT NULL OR claimed_by IS NOT NULL)
"""
GET_LEAVING_AT = """
SELECT MIN(next_try_at) FROM outbox JOIN links ON links.id = link_id JOIN invitations ON invitations.id = invitation_id
WHERE round_id = :round_id AND outbox.kind IN ('invitation', 'extended') AND next_try_at > :now
  AND sent_at IS NULL AND failed_at IS NULL AND claimed_by IS NULL AND attempts = 0 AND error = ''
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


def enqueue_for_applications(
    db: Database, kind: MailKind, application_ids: Sequence[int], number: int, now: datetime
) -> None:
    """Enqueue a mail for each applicant. A second call has no effect."""
    ids = application_ids
    enqueue_all(db, ENQUEUE_FOR_APPLICATION, "application_id", ids, kind, number, now)


def enqueue_copies(db: Database, ids: Sequence[int]) -> None:
    """Enqueue the copies of these sent mails that the office wants. A second call has no effect."""
    execute(db, ENQUEUE_COPIES, ids=ids)


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


def send_together(db: Database, kind: MailKind, messages: Sequence[tuple[int, int]]) -> None:
    """Send these mails, each named by its link and number, as one: the first, which is about all of
    them.
    """
    (primary_link_id, primary_number), *others = messages
    primary = {"primary_link_id": primary_link_id, "primary_number": primary_number}
    execute_many(
        db,
        SEND_TOGETHER,
        [
            {"kind": kind, "link_id": link_id, "number": number, **primary}
            for link_id, number in others
        ],
    )


def list_sent_together(db: Database, id: int) -> list[OutboxMessage]:
    """The others that go out in this mail."""
    return rows.list_all(db, OutboxMessage, LIST_SENT_TOGETHER, id=id)


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


def mark_sent(db: Database, accepted: Sequence[tuple[int, datetime]], server: str = "") -> None:
    """Mark the mails that the server has accepted, each with its moment."""
    execute_many(
        db, MARK_SENT, [{"id": id, "now": moment, "server": server} for id, moment in accepted]
    )


def mark_in_folder(db: Database, written: Sequence[tuple[int, datetime]]) -> None:
    """Mark the mails that were written into a folder that nobody collects."""
    execute_many(db, MARK_IN_FOLDER, [{"id": id, "now": moment} for id, moment in written])


def save_addresses(db: Database, addresses: Mapping[int, str]) -> None:
    """Keep the addresses these mails were sent to."""
    execute_many(db, SAVE_ADDRESS, [{"id": id, "email": email} for id, email in addresses.items()])


def unclaim(db: Database, ids: Sequence[int]) -> None:
    """Release mails that were claimed but not tried."""
    execute_many(db, UNCLAIM, [{"id": id} for id in ids])


def defer(db: Database, id: int, next_try_at: datetime, error: str) -> None:
    """Try a mail later that is not at fault: this attempt does not count."""
    execute(db, DEFER, id=id, next_try_at=next_try_at, error=error)


def mark_for_retry(db: Database, id: int, next_try_at: datetime, error: str) -> None:
    execute(db, MARK_FOR_RETRY, id=id, next_try_at=next_try_at, error=error)


def mark_failed(db: Database, id: int, error: str, now: datetime) -> None:
    execute(db, MARK_FAILED, id=id, error=error, now=now)


def mark_bounced(db: Database, id: int, bounce: Bounce, now: datetime) -> None:
    """Record a bounce, a delay or an automatic reply."""
    execute(db, MARK_BOUNCED[bounce.bounce_type], id=id, now=now, diagnostic=bounce.diagnostic)


def mark_returned(db: Database, id: int, text: str, now: datetime) -> None:
    """Record that something came back, with an extract of it."""
    execute(db, MARK_RETURNED, id=id, text=text, now=now)


def find_referenced(db: Database, reference: MessageReference) -> OutboxMessage | None:
    """The sent mail that a Message-ID names."""
    records = fetch_all(
        db,
        LIST_REFERENCED,
        kind=reference.kind,
        number=reference.number,
        account_id=reference.account_id,
    )
    for row in records:
        if row["public_id"] is None or hash_link(row["public_id"]) == reference.link_hash:
            return rows.load(OutboxMessage, row)
    return None


def find_sent_to(db: Database, addresses: Collection[str], since: datetime) -> OutboxMessage | None:
    """The mail that was sent to one of the addresses, if exactly one was."""
    sent = rows.list_all(db, OutboxMessage, LIST_SENT_TO, addresses=addresses, since=since)
    return sent[0] if len(sent) == 1 else None


def find_mailbox_reading(db: Database) -> MailboxReading | None:
    """The last reading of the mailbox by the worker."""
    return rows.find(db, MailboxReading, "SELECT * FROM mailbox_reading")


def save_mailbox_reading(db: Database, reading: MailboxReading) -> None:
    execute(db, SAVE_READING, **rows.to_row(reading))


def cancel(db: Database, id: int) -> None:
    """Delete a mail that has become pointless, unless it was sent."""
    execute(db, CANCEL, id=id)


def has_delivered_link(db: Database, link_id: int) -> bool:
    """Whether a mail with this link, as it is or was, has been sent and has not come back."""
    return fetch_one(db, HAS_DELIVERED_LINK, link_id=link_id) is not None


def cancel_numbered(db: Database, kind: MailKind, number: int) -> None:
    """Drop the mails of one kind with this number, to whomever, that are not being sent yet."""
    execute(db, CANCEL_NUMBERED, kind=kind, number=number)


def cancel_for_round(db: Database, kind: MailKind, round_id: int) -> None:
    """Delete the unsent mail of this kind about a round."""
    execute(db, CANCEL_FOR_ROUND, kind=kind, round_id=round_id)


def list_mailed_link_ids(db: Database, round_id: int) -> set[int]:
    """The links whose holders have been sent a mail about the round."""
    return {row["link_id"] for row in fetch_all(db, LIST_TOLD_LINK_IDS, round_id=round_id)}


def find_leaving_at(db: Database, round_id: int, now: datetime) -> datetime | None:
    """When the waiting mail about an opening or a new deadline leaves; ``None`` if none waits."""
    moment = fetch_value(db, GET_LEAVING_AT, round_id=round_id, now=now)
    return datetime.fromisoformat(moment) if moment else None


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


def count_for_round(db: Database, kind: MailKind, round_id: int) -> int:
    """How many mails of this kind a round has enqueued, sent or not."""
    return int(fetch_value(db, COUNT_FOR_ROUND, kind=kind, round_id=round_id))


def get_next_number(db: Database, kind: MailKind, link_id: int) -> int:
    """The number for another mail of this kind to this link."""
    return int(fetch_value(db, GET_HIGHEST_NUMBER, kind=kind, link_id=link_id)) + 1


def list_other_recipients(db: Database, message: OutboxMessage) -> list[str]:
    """The other addresses of the invitation that get the same mail, each with a link of its own."""
    return [row["email"] for row in fetch_all(db, LIST_OTHER_RECIPIENTS, id=message.id)]


def list_for_invitation(db: Database, invitation_id: int) -> list[tuple[OutboxMessage, str]]:
    """All mail about an invitation, the newest first, each with its address."""
    records = fetch_all(db, LIST_FOR_INVITATION, invitation_id=invitation_id)
    return [(rows.load(OutboxMessage, row), row["address"]) for row in records]


def count_totals(db: Database) -> dict[str, int]:
    """How many mails are pending (``owed``), sent and failed."""
    return dict(rows.require(fetch_one(db, COUNT_TOTALS)))


# The list of all mail.

MESSAGE_STATE = """CASE WHEN bounced_at IS NOT NULL THEN 'bounced' WHEN in_folder THEN 'folder'
               WHEN failed_at IS NOT NULL THEN 'failed' WHEN sent_at IS NOT NULL THEN 'sent' ELSE 'owed' END"""
# Where the mail went, or would go now.
MESSAGE_ADDRESS = """decode_domains(COALESCE(NULLIF(outbox.email, ''),
  links.email, accounts.email, applications.email, ''))"""
SELECT_MESSAGES = f"""
SELECT outbox.*, {MESSAGE_STATE} AS state, {MESSAGE_ADDRESS} AS address,
       COALESCE(members.official_name, applications.official_name, '') AS member,
       COALESCE(invitations.reference, '') AS reference,
       links.invitation_id, invitations.round_id,
       (SELECT COUNT(*) FROM outbox AS other WHERE other.primary_id = outbox.id) AS further,
       COALESCE((SELECT group_concat(' ' || invited_members.official_name || ' ' || reference) FROM outbox AS other
        JOIN links ON links.id = other.link_id JOIN invitations ON invitations.id = links.invitation_id
        JOIN invited_members ON invited_members.invitation_id = invitations.id
        WHERE other.primary_id = outbox.id), '') AS further_names
FROM outbox {JOIN_RECIPIENTS} LEFT JOIN invitations ON invitations.id = links.invitation_id
LEFT JOIN members ON members.id = invitations.member_id
WHERE outbox.primary_id IS NULL
"""
MATCHES_FILTERS = """
WHERE (:kind = '' OR outbox.kind = :kind) AND (:state = '' OR state = :state)
  AND (:q = ''
       OR instr(casefold(address || ' ' || member || ' ' || reference || ' ' || error || further_names), :q) > 0)
"""
LIST_MESSAGES = f"""
SELECT * FROM ({SELECT_MESSAGES}) AS outbox {MATCHES_FILTERS}
ORDER BY id DESC LIMIT :most OFFSET :skip
"""
LIST_FOR_INVITATION = f"""
SELECT outbox.*, {MESSAGE_ADDRESS} AS address FROM outbox JOIN links ON links.id = outbox.link_id
LEFT JOIN accounts ON accounts.id = outbox.account_id
LEFT JOIN applications ON applications.id = outbox.application_id
WHERE links.invitation_id = :invitation_id ORDER BY outbox.id DESC
"""
# What went out in another mail is read there.
GET_MESSAGE_SUMMARY = f"""
SELECT * FROM ({SELECT_MESSAGES}) AS outbox WHERE id = (SELECT COALESCE(primary_id, id) FROM outbox WHERE id = :id)
"""
COUNT_MESSAGES = f"SELECT COUNT(*) FROM ({SELECT_MESSAGES}) AS outbox {MATCHES_FILTERS}"
GET_PROGRESS = """
SELECT COUNT(*) FILTER (WHERE sent_at IS NULL AND failed_at IS NULL AND next_try_at <= :now) AS pending,
       COUNT(*) FILTER (WHERE sent_at > :minute_ago AND sent_at <= :now) AS sent_last_minute
FROM outbox WHERE primary_id IS NULL
"""
COUNT_SENT_SINCE = "SELECT COUNT(*) FROM outbox WHERE primary_id IS NULL AND sent_at >= :since"
# The mails of the last run: those of the last hour in which any was sent, by the minute.
MEASURE_RATE = """
SELECT COUNT(*) * 60.0 / MAX(60, unixepoch(MAX(sent_at)) - unixepoch(MIN(sent_at))) FROM outbox
WHERE primary_id IS NULL
  AND sent_at > (SELECT strftime('%Y-%m-%dT%H:%M:%S', MAX(sent_at), '-1 hour') FROM outbox)
"""
FIND_LATEST_TEST = """
SELECT * FROM outbox WHERE kind = 'test' AND account_id = :account_id ORDER BY id DESC LIMIT 1
"""
COUNT_BY_STATE = f"SELECT {MESSAGE_STATE} AS state, COUNT(*) AS mails FROM outbox WHERE primary_id IS NULL GROUP BY 1"
COUNT_IN_FOLDER = """
SELECT COUNT(*) FROM outbox WHERE failed_at IS NOT NULL AND in_folder AND bounced_at IS NULL AND primary_id IS NULL
"""
LIST_KINDS = "SELECT DISTINCT kind FROM outbox ORDER BY kind"


@dataclass(frozen=True, slots=True)
class MessageSummary:
    """A line of the mail list. Mail to accounts has neither a member nor an invitation; that to
    an applicant has its name as ``member``.

    ``email`` is the address as people write it: where the mail went, or would go now.
    """

    message: OutboxMessage
    email: str
    member: str
    reference: str
    invitation_id: int | None
    further: int = 0  # members that the mail is about as well


def list_messages(
    db: Database, *, kind: str, state: str, q: str, most: int, skip: int = 0
) -> list[MessageSummary]:
    """The mail that matches, the newest first.

    An empty ``kind``, ``state`` or ``q`` matches everything.
    """
    records = fetch_all(
        db,
        LIST_MESSAGES,
        kind=kind,
        state=state,
        q=decode_domains(q.lower()).casefold(),
        most=most,
        skip=skip,
    )
    return [summary_from_row(row) for row in records]


def find_summary(db: Database, id: int) -> MessageSummary | None:
    row = fetch_one(db, GET_MESSAGE_SUMMARY, id=id)
    return summary_from_row(row) if row else None


def summary_from_row(row: rows.Row) -> MessageSummary:
    message = rows.load(OutboxMessage, row)
    return rows.load(MessageSummary, row, message=message, email=row["address"])


def count_messages(db: Database, *, kind: str, state: str, q: str) -> int:
    return int(
        fetch_value(
            db, COUNT_MESSAGES, kind=kind, state=state, q=decode_domains(q.lower()).casefold()
        )
    )


def count_by_state(db: Database) -> dict[MailState, int]:
    counts = {row["state"]: row["mails"] for row in fetch_all(db, COUNT_BY_STATE)}
    return {state: counts.get(state, 0) for state in MailState}


def count_in_folder(db: Database) -> int:
    """How many mails are in the state ``FOLDER``, from the index of those that failed."""
    return int(fetch_value(db, COUNT_IN_FOLDER))


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
