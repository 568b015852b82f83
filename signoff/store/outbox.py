"""Mail that is owed. A row is claimed before the slow work, and marked when the server has answered."""

import json
from collections.abc import Collection, Sequence
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
from signoff.store.rows import (
    Row,
    execute,
    execute_many,
    fetch_all,
    fetch_one,
    format_utc,
    parse_datetime,
    parse_optional_datetime,
)

# The mail server's outage, if there is one. It outlives the worker that met it.

GET_OUTAGE = "SELECT * FROM outage"
SAVE_OUTAGE = """
INSERT OR REPLACE INTO outage (id,  failures,  since,  next_try_at,  diagnostic)
VALUES                        (1,  :failures, :since, :next_try_at, :diagnostic)
"""
END_OUTAGE = "DELETE FROM outage"


def find_outage(db: Database) -> Outage | None:
    """The outage that lasts; ``None`` where the server was of use the last time."""
    found = fetch_one(db, GET_OUTAGE)
    if found is None:
        return None
    return Outage(
        found["failures"],
        parse_datetime(found["since"]),
        parse_datetime(found["next_try_at"]),
        found["diagnostic"],
    )


def record_outage_failure(db: Database, diagnostic: str, now: datetime) -> Outage:
    """One more failure of the server."""
    outage = extend_outage(find_outage(db), diagnostic, now)
    moments = {"since": format_utc(outage.since), "next_try_at": format_utc(outage.next_try_at)}
    execute(db, SAVE_OUTAGE, {"failures": outage.failures, "diagnostic": diagnostic, **moments})
    return outage


def end_outage(db: Database) -> None:
    """The server has answered as it should."""
    execute(db, END_OUTAGE)


# How many mails the pace still lets go, asked of what went out in the last minute and of what is being sent.

# The domain a mail goes to: that of a link's holder, or of one of the office's people.
JOIN_RECIPIENTS = "LEFT JOIN links ON links.id = outbox.link_id LEFT JOIN accounts ON accounts.id = outbox.account_id"
RECIPIENT_ADDRESS = "COALESCE(links.email, accounts.email)"
RECIPIENT_DOMAIN = f"lower(substr({RECIPIENT_ADDRESS}, instr({RECIPIENT_ADDRESS}, '@') + 1))"
# What was sent "later than now" was sent by a clock that ran ahead; it counts for nothing.
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
    db: Database, pace: RateLimit, living: Collection[str], most: int, now: datetime
) -> tuple[int, dict[str, int]]:
    """How many mails may go now, at most ``most``; and how many went to each domain in the last minute."""
    moments = {"now": format_utc(now), "minute_ago": format_utc(now - RATE_WINDOW)}
    recent = {
        each["domain"]: each["mails"]
        for each in fetch_all(
            db, COUNT_RECENT_BY_DOMAIN, {**moments, "living": json.dumps([*living])}
        )
    }
    free = pace.overall - sum(recent.values()) if pace.overall else most
    return max(0, min(most, free)), recent


def has_due_messages(db: Database, now: datetime) -> bool:
    """Whether any mail is due that nobody holds."""
    return fetch_one(db, HAS_DUE_MESSAGES, {"now": format_utc(now)}) is not None


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
# A next try farther away than any pause was written by a clock that ran ahead; a mail owed for later has no try yet.
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
WHERE nth <= :each - COALESCE(recent.value, 0)
ORDER BY next_try_at, id LIMIT :most
"""
CLAIM = "UPDATE outbox SET claimed_by = :worker WHERE id = :id"
COUNT_CLAIMED_BY_OTHERS = """
SELECT COUNT(*) AS rows FROM outbox
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
GET_HIGHEST_NUMBER = "SELECT COALESCE(MAX(number), 0) AS number FROM outbox WHERE kind = :kind AND link_id = :link_id"
LIST_FOR_INVITATION = """
SELECT outbox.*, links.email FROM outbox JOIN links ON links.id = outbox.link_id
WHERE links.invitation_id = :invitation_id ORDER BY outbox.id DESC
"""
MARK_BOUNCED = {
    BounceType.BOUNCE: "UPDATE outbox SET bounced_at = :now, error = :words WHERE id = :id",
    BounceType.DELAY: "UPDATE outbox SET delayed_at = :now, error = :words WHERE id = :id",
    BounceType.AUTOREPLY: "UPDATE outbox SET autoreplied_at = :now WHERE id = :id",
}
GET_MESSAGE = "SELECT * FROM outbox WHERE id = :id"
CANCEL_STALE_LINK_MAIL = """
DELETE FROM outbox WHERE link_id = :link_id AND sent_at IS NULL AND claimed_by IS NULL
  AND kind IN ('invitation', 'fresh_link')
"""
CANCEL_FOR_ROUND = """
DELETE FROM outbox WHERE kind = :kind AND sent_at IS NULL AND claimed_by IS NULL AND link_id IN (
  SELECT links.id FROM links JOIN invitations ON invitations.id = links.invitation_id WHERE round_id = :round_id)
"""


def enqueue(
    db: Database,
    kind: MailKind,
    link_ids: Sequence[int],
    number: int,
    now: datetime,
    at: datetime | None = None,
) -> None:
    """Owe one mail to each link (``at`` a later moment, if given); owing the same one twice is owing it once."""
    common = {
        "kind": str(kind),
        "number": number,
        "enqueued_at": format_utc(now),
        "next_try_at": format_utc(at or now),
    }
    execute_many(db, ENQUEUE, [{**common, "link_id": link_id} for link_id in link_ids])


def enqueue_for_accounts(
    db: Database, kind: MailKind, account_ids: Sequence[int], number: int, now: datetime
) -> None:
    """Owe one mail to each of these accounts; owing the same one twice is owing it once."""
    common = {
        "kind": str(kind),
        "number": number,
        "enqueued_at": format_utc(now),
        "next_try_at": format_utc(now),
    }
    execute_many(
        db,
        ENQUEUE_FOR_ACCOUNT,
        [{**common, "account_id": account_id} for account_id in account_ids],
    )


def claim(
    db: Database,
    worker: str,
    living: Collection[str],
    most: int,
    now: datetime,
    pace: RateLimit = UNLIMITED,
) -> list[OutboxMessage]:
    """Take up to ``most`` due rows for ``worker``, as many as ``pace`` allows; rows held by workers that no longer
    live are taken over."""
    parameters = {
        "now": format_utc(now),
        "too_far": format_utc(now + MAX_RETRY_DELAY),
        "living": json.dumps(list(living)),
    }
    if pace == UNLIMITED:
        due = fetch_all(db, LIST_DUE, {**parameters, "most": most})
    else:
        most, recent = get_rate_allowance(db, pace, living, most, now)
        by_domain = {
            "each": pace.domain or sum(recent.values()) + most,
            "recent": json.dumps(recent),
        }
        due = fetch_all(db, LIST_DUE_BY_DOMAIN, {**parameters, "most": most, **by_domain})
    execute_many(db, CLAIM, [{"worker": worker, "id": each["id"]} for each in due])
    return [message_from_row(each) for each in due]


def count_claimed_by_others(db: Database, worker: str, living: Collection[str]) -> int:
    """How many rows other living workers hold."""
    found = fetch_one(
        db, COUNT_CLAIMED_BY_OTHERS, {"worker": worker, "living": json.dumps(list(living))}
    )
    return int(found["rows"]) if found else 0


def mark_sent(db: Database, accepted: Sequence[tuple[int, datetime]]) -> None:
    """The mail server has accepted these, each at its moment."""
    execute_many(db, MARK_SENT, [{"id": id, "now": format_utc(at)} for id, at in accepted])


def unclaim(db: Database, ids: Sequence[int]) -> None:
    """These were claimed and have not been tried."""
    execute_many(db, UNCLAIM, [{"id": id} for id in ids])


def mark_for_retry(db: Database, id: int, next_try_at: datetime, error: str) -> None:
    execute(db, MARK_FOR_RETRY, {"id": id, "next_try_at": format_utc(next_try_at), "error": error})


def mark_failed(db: Database, id: int, error: str, now: datetime) -> None:
    execute(db, MARK_FAILED, {"id": id, "error": error, "now": format_utc(now)})


def cancel_for_round(db: Database, kind: MailKind, round_id: int) -> None:
    """Mail of this kind that is not wanted any more and has not been sent."""
    execute(db, CANCEL_FOR_ROUND, {"kind": str(kind), "round_id": round_id})


def cancel_stale_link_mail(db: Database, link_id: int) -> None:
    """Mail that would carry an old link and has not been sent."""
    execute(db, CANCEL_STALE_LINK_MAIL, {"link_id": link_id})


def find(db: Database, id: int) -> OutboxMessage | None:
    found = fetch_one(db, GET_MESSAGE, {"id": id})
    return message_from_row(found) if found else None


def mark_bounced(db: Database, id: int, returned: Bounce, now: datetime) -> None:
    """Something came back."""
    execute(
        db, MARK_BOUNCED[returned.came], {"id": id, "now": format_utc(now), "words": returned.words}
    )


def cancel_for_links(db: Database, kinds: Sequence[MailKind], link_ids: Sequence[int]) -> None:
    """Mail to these links that is not wanted any more and has not been sent."""
    execute(
        db,
        CANCEL_FOR_LINKS,
        {"kinds": json.dumps([str(kind) for kind in kinds]), "links": json.dumps(list(link_ids))},
    )


def list_other_recipients(db: Database, notice: OutboxMessage) -> list[str]:
    """The other addresses of the same invitation that get the same mail, each with a link of its own."""
    return [each["email"] for each in fetch_all(db, LIST_OTHER_RECIPIENTS, {"id": notice.id})]


def cancel(db: Database, id: int) -> None:
    """A mail that has become pointless before it was sent."""
    execute(db, "DELETE FROM outbox WHERE id = :id AND sent_at IS NULL", {"id": id})


def has_been_enqueued(db: Database, kind: MailKind, number: int) -> bool:
    """Whether a mail of this kind with this number has been owed to anybody."""
    return fetch_one(db, HAS_BEEN_ENQUEUED, {"kind": str(kind), "number": number}) is not None


def get_next_number(db: Database, kind: MailKind, link_id: int) -> int:
    """The number that makes one more mail of this kind to this link."""
    found = fetch_one(db, GET_HIGHEST_NUMBER, {"kind": str(kind), "link_id": link_id})
    return int(found["number"]) + 1 if found else 1


def list_for_invitation(db: Database, invitation_id: int) -> list[tuple[OutboxMessage, str]]:
    """All mail about an invitation, the newest first, each with the address of its link as it is now."""
    found = fetch_all(db, LIST_FOR_INVITATION, {"invitation_id": invitation_id})
    return [(message_from_row(each), each["email"]) for each in found]


def count_totals(db: Database) -> dict[str, int]:
    """How many mails are owed, sent and failed."""
    found = fetch_one(db, COUNT_TOTALS)
    assert found
    return {name: found[name] for name in ("owed", "sent", "failed")}


def message_from_row(found: Row) -> OutboxMessage:
    return OutboxMessage(
        found["id"],
        MailKind(found["kind"]),
        found["link_id"],
        found["number"],
        parse_datetime(found["enqueued_at"]),
        found["attempts"],
        parse_optional_datetime(found["next_try_at"]),
        parse_optional_datetime(found["sent_at"]),
        parse_optional_datetime(found["failed_at"]),
        parse_optional_datetime(found["bounced_at"]),
        found["error"],
        found["account_id"],
        parse_optional_datetime(found["delayed_at"]),
        parse_optional_datetime(found["autoreplied_at"]),
    )


GET_LATEST_ENQUEUED_AT = (
    "SELECT MAX(enqueued_at) AS at FROM outbox WHERE kind = :kind AND link_id = :link_id"
)


def find_latest_enqueued_at(db: Database, kind: MailKind, link_id: int) -> datetime | None:
    """When a mail of this kind was last owed to this link."""
    found = fetch_one(db, GET_LATEST_ENQUEUED_AT, {"kind": str(kind), "link_id": link_id})
    return parse_optional_datetime(found["at"]) if found else None


GET_LATEST_MESSAGE = (
    "SELECT * FROM outbox WHERE kind = :kind AND link_id = :link_id ORDER BY id DESC LIMIT 1"
)


def find_latest(db: Database, kind: MailKind, link_id: int) -> OutboxMessage | None:
    """The last mail of this kind to this link, whatever has become of it."""
    found = fetch_one(db, GET_LATEST_MESSAGE, {"kind": str(kind), "link_id": link_id})
    return message_from_row(found) if found else None


# All mail at a glance: who was written to about what, and how far it came.

MESSAGE_STATE = """CASE WHEN bounced_at IS NOT NULL THEN 'bounced' WHEN failed_at IS NOT NULL THEN 'failed'
               WHEN sent_at IS NOT NULL THEN 'sent' ELSE 'owed' END"""
SELECT_MESSAGES = f"""
SELECT outbox.*, {MESSAGE_STATE} AS state, COALESCE(links.email, accounts.email) AS email,
       members.official_name AS member, links.invitation_id, invitations.round_id, invitations.reference
FROM outbox LEFT JOIN accounts ON accounts.id = outbox.account_id
LEFT JOIN links ON links.id = outbox.link_id LEFT JOIN invitations ON invitations.id = links.invitation_id
LEFT JOIN members ON members.id = invitations.member_id
"""
MATCHES_FILTERS = """
WHERE (:kind = '' OR outbox.kind = :kind) AND (:state = '' OR state = :state)
  AND (:q = '' OR instr(lower(COALESCE(email, '') || ' ' || COALESCE(member, '') || ' ' || COALESCE(reference, '')
                        || ' ' || error), :q) > 0)
"""
LIST_MESSAGES = f"""
SELECT * FROM ({SELECT_MESSAGES}) AS outbox {MATCHES_FILTERS}
ORDER BY id DESC LIMIT :most OFFSET :skip
"""
COUNT_MESSAGES = f"SELECT COUNT(*) AS mails FROM ({SELECT_MESSAGES}) AS outbox {MATCHES_FILTERS}"
GET_PROGRESS = """
SELECT COUNT(*) FILTER (WHERE sent_at IS NULL AND failed_at IS NULL AND next_try_at <= :now) AS due,
       COUNT(*) FILTER (WHERE sent_at > :minute_ago AND sent_at <= :now) AS lately
FROM outbox
"""
COUNT_BY_STATE = f"SELECT {MESSAGE_STATE} AS state, COUNT(*) AS mails FROM outbox GROUP BY 1"


@dataclass(frozen=True, slots=True)
class MessageSummary:
    """One mail of the list. To the office's people it has neither member nor invitation."""

    notice: OutboxMessage
    email: str
    member: str
    reference: str
    invitation_id: int | None


def list_messages(
    db: Database, *, kind: str, state: str, q: str, most: int, skip: int = 0
) -> list[MessageSummary]:
    """The mail that fits, the newest first. An empty ``kind``, ``state`` or ``q`` leaves everything in."""
    asked = {"kind": kind, "state": state, "q": q.lower(), "most": most, "skip": skip}
    return [message_summary_from_row(each) for each in fetch_all(db, LIST_MESSAGES, asked)]


def count_messages(db: Database, *, kind: str, state: str, q: str) -> int:
    found = fetch_one(db, COUNT_MESSAGES, {"kind": kind, "state": state, "q": q.lower()})
    return int(found["mails"]) if found else 0


def count_by_state(db: Database) -> dict[MailState, int]:
    """How many mails are in each state."""
    found = {each["state"]: each["mails"] for each in fetch_all(db, COUNT_BY_STATE)}
    return {state: found.get(str(state), 0) for state in MailState}


def get_progress(db: Database, now: datetime) -> DeliveryProgress:
    """What is due now, and what went out in the last minute."""
    found = fetch_one(
        db,
        GET_PROGRESS,
        {"now": format_utc(now), "minute_ago": format_utc(now - timedelta(minutes=1))},
    )
    assert found
    return DeliveryProgress(found["due"], found["lately"])


def list_kinds(db: Database) -> list[MailKind]:
    """The kinds of which there is mail."""
    return [
        MailKind(each["kind"])
        for each in fetch_all(db, "SELECT DISTINCT kind FROM outbox ORDER BY kind")
    ]


def message_summary_from_row(found: Row) -> MessageSummary:
    member, reference = found["member"] or "", found["reference"] or ""
    return MessageSummary(
        message_from_row(found), found["email"] or "", member, reference, found["invitation_id"]
    )
