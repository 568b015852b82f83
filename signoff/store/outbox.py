"""Mail that is owed. A row is claimed before the slow work, and marked when the server has answered."""

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlite_utils import Database

from signoff.domain.mail import (
    LONGEST_PAUSE,
    Came,
    Notice,
    NoticeKind,
    Outage,
    Pace,
    Progress,
    Returned,
    failed_again,
)
from signoff.domain.round_status import MailState
from signoff.store.rows import Row, moment, required, row, rows, run, run_many, stored

# The mail server's outage, if there is one. It outlives the worker that met it.

GET_OUTAGE = "SELECT * FROM outage"
SAVE = """
INSERT OR REPLACE INTO outage (id,  failures,  since,  next_try_at,  words)
VALUES                        (1,  :failures, :since, :next_try_at, :words)
"""
END = "DELETE FROM outage"


def current(db: Database) -> Outage | None:
    """The outage that lasts; ``None`` where the server was of use the last time."""
    found = row(db, GET_OUTAGE)
    if found is None:
        return None
    return Outage(
        found["failures"], required(found["since"]), required(found["next_try_at"]), found["words"]
    )


def record_outage_failure(db: Database, words: str, now: datetime) -> Outage:
    """One more failure of the server."""
    outage = failed_again(current(db), words, now)
    moments = {"since": stored(outage.since), "next_try_at": stored(outage.next_try_at)}
    run(db, SAVE, {"failures": outage.failures, "words": words, **moments})
    return outage


def end(db: Database) -> None:
    """The server has answered as it should."""
    run(db, END)


# How many mails the pace still lets go, asked of what went out in the last minute and of what is being sent.

# The domain a mail goes to: that of a link's holder, or of one of the office's people.
RECIPIENTS = (
    "LEFT JOIN links ON links.id = outbox.link_id LEFT JOIN staff ON staff.id = outbox.staff_id"
)
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


def left(
    db: Database, pace: Pace, living: Collection[str], most: int, now: datetime
) -> tuple[int, dict[str, int]]:
    """How many mails may go now, at most ``most``; and how many went to each domain in the last minute."""
    moments = {"now": stored(now), "minute_ago": stored(now - MINUTE)}
    recent = {
        each["domain"]: each["mails"]
        for each in rows(db, RECENT, {**moments, "living": json.dumps([*living])})
    }
    free = pace.overall - sum(recent.values()) if pace.overall else most
    return max(0, min(most, free)), recent


def waiting(db: Database, now: datetime) -> bool:
    """Whether any mail is due that nobody holds."""
    return row(db, WAITING, {"now": stored(now)}) is not None


UNPACED = Pace()
OWE = """
INSERT INTO outbox ( kind,  link_id,  number,  owed_at,  next_try_at)
VALUES             (:kind, :link_id, :number, :owed_at, :next_try_at)
ON CONFLICT (kind, link_id, number) DO NOTHING
"""
OWE_STAFF = """
INSERT INTO outbox ( kind,  staff_id,  number,  owed_at,  next_try_at)
VALUES             (:kind, :staff_id, :number, :owed_at, :next_try_at)
ON CONFLICT DO NOTHING
"""
# A next try farther away than any pause was written by a clock that ran ahead; a mail owed for later has no try yet.
DUE = """
SELECT * FROM outbox
WHERE sent_at IS NULL AND failed_at IS NULL
  AND (next_try_at <= :now OR (attempts > 0 AND next_try_at > :too_far))
  AND (claimed_by IS NULL OR claimed_by NOT IN (SELECT value FROM json_each(:living)))
ORDER BY next_try_at, id LIMIT :most
"""
DUE_BY_DOMAIN = f"""
WITH due AS (
  SELECT outbox.*, {DOMAIN} AS domain,
         ROW_NUMBER() OVER (PARTITION BY {DOMAIN} ORDER BY next_try_at, outbox.id) AS nth
  FROM outbox {RECIPIENTS}
  WHERE sent_at IS NULL AND failed_at IS NULL
    AND (next_try_at <= :now OR (attempts > 0 AND next_try_at > :too_far))
    AND (claimed_by IS NULL OR claimed_by NOT IN (SELECT value FROM json_each(:living))))
SELECT due.* FROM due LEFT JOIN json_each(:recent) AS recent ON recent.key = due.domain
WHERE nth <= :each - COALESCE(recent.value, 0)
ORDER BY next_try_at, id LIMIT :most
"""
CLAIM = "UPDATE outbox SET claimed_by = :worker WHERE id = :id"
CLAIMED_BY_OTHERS = """
SELECT COUNT(*) AS rows FROM outbox
WHERE claimed_by IN (SELECT value FROM json_each(:living)) AND claimed_by <> :worker
  AND sent_at IS NULL AND failed_at IS NULL
"""
SENT = "UPDATE outbox SET sent_at = :now, attempts = attempts + 1, claimed_by = NULL, error = '' WHERE id = :id"
RETRY = """
UPDATE outbox SET attempts = attempts + 1, claimed_by = NULL, next_try_at = :next_try_at, error = :error WHERE id = :id
"""
RELEASE = "UPDATE outbox SET claimed_by = NULL WHERE id = :id"
FAILED = "UPDATE outbox SET attempts = attempts + 1, claimed_by = NULL, failed_at = :now, error = :error WHERE id = :id"
FORGET = """
DELETE FROM outbox WHERE kind IN (SELECT value FROM json_each(:kinds)) AND sent_at IS NULL AND claimed_by IS NULL
  AND link_id IN (SELECT value FROM json_each(:links))
"""
ALSO_TO = """
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
NUMBERED = "SELECT 1 FROM outbox WHERE kind = :kind AND number = :number LIMIT 1"
HIGHEST = "SELECT COALESCE(MAX(number), 0) AS number FROM outbox WHERE kind = :kind AND link_id = :link_id"
OF_INVITATION = """
SELECT outbox.*, links.email FROM outbox JOIN links ON links.id = outbox.link_id
WHERE links.invitation_id = :invitation_id ORDER BY outbox.id DESC
"""
RETURNED = {
    Came.BOUNCE: "UPDATE outbox SET bounced_at = :now, error = :words WHERE id = :id",
    Came.DELAY: "UPDATE outbox SET delayed_at = :now, error = :words WHERE id = :id",
    Came.AUTOREPLY: "UPDATE outbox SET autoreplied_at = :now WHERE id = :id",
}
GET_MESSAGE = "SELECT * FROM outbox WHERE id = :id"
DROP_OF_LINK = """
DELETE FROM outbox WHERE link_id = :link_id AND sent_at IS NULL AND claimed_by IS NULL
  AND kind IN ('invitation', 'fresh_link')
"""
DROP = """
DELETE FROM outbox WHERE kind = :kind AND sent_at IS NULL AND claimed_by IS NULL AND link_id IN (
  SELECT links.id FROM links JOIN invitations ON invitations.id = links.invitation_id WHERE round_id = :round_id)
"""


def owe(
    db: Database,
    kind: NoticeKind,
    link_ids: Sequence[int],
    number: int,
    now: datetime,
    at: datetime | None = None,
) -> None:
    """Owe one mail to each link (``at`` a later moment, if given); owing the same one twice is owing it once."""
    common = {
        "kind": str(kind),
        "number": number,
        "owed_at": stored(now),
        "next_try_at": stored(at or now),
    }
    run_many(db, OWE, [{**common, "link_id": link_id} for link_id in link_ids])


def owe_staff(
    db: Database, kind: NoticeKind, staff_ids: Sequence[int], number: int, now: datetime
) -> None:
    """Owe one mail to each of these accounts; owing the same one twice is owing it once."""
    common = {
        "kind": str(kind),
        "number": number,
        "owed_at": stored(now),
        "next_try_at": stored(now),
    }
    run_many(db, OWE_STAFF, [{**common, "staff_id": staff_id} for staff_id in staff_ids])


def claim(
    db: Database,
    worker: str,
    living: Collection[str],
    most: int,
    now: datetime,
    pace: Pace = UNPACED,
) -> list[Notice]:
    """Take up to ``most`` due rows for ``worker``, as many as ``pace`` allows; rows held by workers that no longer
    live are taken over."""
    parameters = {
        "now": stored(now),
        "too_far": stored(now + LONGEST_PAUSE),
        "living": json.dumps(list(living)),
    }
    if pace == UNPACED:
        due = rows(db, DUE, {**parameters, "most": most})
    else:
        most, recent = left(db, pace, living, most, now)
        by_domain = {
            "each": pace.domain or sum(recent.values()) + most,
            "recent": json.dumps(recent),
        }
        due = rows(db, DUE_BY_DOMAIN, {**parameters, "most": most, **by_domain})
    run_many(db, CLAIM, [{"worker": worker, "id": each["id"]} for each in due])
    return [notice_of(each) for each in due]


def held_by_others(db: Database, worker: str, living: Collection[str]) -> int:
    """How many rows other living workers hold."""
    found = row(db, CLAIMED_BY_OTHERS, {"worker": worker, "living": json.dumps(list(living))})
    return int(found["rows"]) if found else 0


def mark_sent(db: Database, accepted: Sequence[tuple[int, datetime]]) -> None:
    """The mail server has accepted these, each at its moment."""
    run_many(db, SENT, [{"id": id, "now": stored(at)} for id, at in accepted])


def release(db: Database, ids: Sequence[int]) -> None:
    """These were claimed and have not been tried."""
    run_many(db, RELEASE, [{"id": id} for id in ids])


def retry_at(db: Database, id: int, next_try_at: datetime, error: str) -> None:
    run(db, RETRY, {"id": id, "next_try_at": stored(next_try_at), "error": error})


def mark_failed(db: Database, id: int, error: str, now: datetime) -> None:
    run(db, FAILED, {"id": id, "error": error, "now": stored(now)})


def drop(db: Database, kind: NoticeKind, round_id: int) -> None:
    """Mail of this kind that is not wanted any more and has not been sent."""
    run(db, DROP, {"kind": str(kind), "round_id": round_id})


def drop_of_link(db: Database, link_id: int) -> None:
    """Mail that would carry an old link and has not been sent."""
    run(db, DROP_OF_LINK, {"link_id": link_id})


def get(db: Database, id: int) -> Notice | None:
    found = row(db, GET_MESSAGE, {"id": id})
    return notice_of(found) if found else None


def mark_returned(db: Database, id: int, returned: Returned, now: datetime) -> None:
    """Something came back."""
    run(db, RETURNED[returned.came], {"id": id, "now": stored(now), "words": returned.words})


def forget(db: Database, kinds: Sequence[NoticeKind], link_ids: Sequence[int]) -> None:
    """Mail to these links that is not wanted any more and has not been sent."""
    run(
        db,
        FORGET,
        {"kinds": json.dumps([str(kind) for kind in kinds]), "links": json.dumps(list(link_ids))},
    )


def also_to(db: Database, notice: Notice) -> list[str]:
    """The other addresses of the same invitation that get the same mail, each with a link of its own."""
    return [each["email"] for each in rows(db, ALSO_TO, {"id": notice.id})]


def give_up(db: Database, id: int) -> None:
    """A mail that has become pointless before it was sent."""
    run(db, "DELETE FROM outbox WHERE id = :id AND sent_at IS NULL", {"id": id})


def numbered(db: Database, kind: NoticeKind, number: int) -> bool:
    """Whether a mail of this kind with this number has been owed to anybody."""
    return row(db, NUMBERED, {"kind": str(kind), "number": number}) is not None


def next_number(db: Database, kind: NoticeKind, link_id: int) -> int:
    """The number that makes one more mail of this kind to this link."""
    found = row(db, HIGHEST, {"kind": str(kind), "link_id": link_id})
    return int(found["number"]) + 1 if found else 1


def of_invitation(db: Database, invitation_id: int) -> list[tuple[Notice, str]]:
    """All mail about an invitation, the newest first, each with the address of its link as it is now."""
    found = rows(db, OF_INVITATION, {"invitation_id": invitation_id})
    return [(notice_of(each), each["email"]) for each in found]


def count_totals(db: Database) -> dict[str, int]:
    """How many mails are owed, sent and failed."""
    found = row(db, COUNT_TOTALS)
    assert found
    return {name: found[name] for name in ("owed", "sent", "failed")}


def notice_of(found: Row) -> Notice:
    return Notice(
        found["id"],
        NoticeKind(found["kind"]),
        found["link_id"],
        found["number"],
        required(found["owed_at"]),
        found["attempts"],
        moment(found["next_try_at"]),
        moment(found["sent_at"]),
        moment(found["failed_at"]),
        moment(found["bounced_at"]),
        found["error"],
        found["staff_id"],
        moment(found["delayed_at"]),
        moment(found["autoreplied_at"]),
    )


LAST_OWED = "SELECT MAX(owed_at) AS at FROM outbox WHERE kind = :kind AND link_id = :link_id"


def last_owed(db: Database, kind: NoticeKind, link_id: int) -> datetime | None:
    """When a mail of this kind was last owed to this link."""
    found = row(db, LAST_OWED, {"kind": str(kind), "link_id": link_id})
    return moment(found["at"]) if found else None


NEWEST = "SELECT * FROM outbox WHERE kind = :kind AND link_id = :link_id ORDER BY id DESC LIMIT 1"


def newest(db: Database, kind: NoticeKind, link_id: int) -> Notice | None:
    """The last mail of this kind to this link, whatever has become of it."""
    found = row(db, NEWEST, {"kind": str(kind), "link_id": link_id})
    return notice_of(found) if found else None


# All mail at a glance: who was written to about what, and how far it came.

STATE = """CASE WHEN bounced_at IS NOT NULL THEN 'bounced' WHEN failed_at IS NOT NULL THEN 'failed'
               WHEN sent_at IS NOT NULL THEN 'sent' ELSE 'owed' END"""
MAILS = f"""
SELECT outbox.*, {STATE} AS state, COALESCE(links.email, staff.email) AS email,
       members.official_name AS member, links.invitation_id, invitations.round_id, invitations.reference
FROM outbox LEFT JOIN staff ON staff.id = outbox.staff_id
LEFT JOIN links ON links.id = outbox.link_id LEFT JOIN invitations ON invitations.id = links.invitation_id
LEFT JOIN members ON members.id = invitations.member_id
"""
FITTING = """
WHERE (:kind = '' OR outbox.kind = :kind) AND (:state = '' OR state = :state)
  AND (:q = '' OR instr(lower(COALESCE(email, '') || ' ' || COALESCE(member, '') || ' ' || COALESCE(reference, '')
                        || ' ' || error), :q) > 0)
"""
LISTED = f"SELECT * FROM ({MAILS}) AS outbox {FITTING} ORDER BY id DESC LIMIT :most OFFSET :skip"
COUNTED = f"SELECT COUNT(*) AS mails FROM ({MAILS}) AS outbox {FITTING}"
PROGRESS = """
SELECT COUNT(*) FILTER (WHERE sent_at IS NULL AND failed_at IS NULL AND next_try_at <= :now) AS due,
       COUNT(*) FILTER (WHERE sent_at > :minute_ago AND sent_at <= :now) AS lately
FROM outbox
"""
COUNT_BY_STATE = f"SELECT {STATE} AS state, COUNT(*) AS mails FROM outbox GROUP BY 1"


@dataclass(frozen=True, slots=True)
class Mail:
    """One mail of the list. To the office's people it has neither member nor invitation."""

    notice: Notice
    email: str
    member: str
    reference: str
    invitation_id: int | None


def listed(db: Database, *, kind: str, state: str, q: str, most: int, skip: int = 0) -> list[Mail]:
    """The mail that fits, the newest first. An empty ``kind``, ``state`` or ``q`` leaves everything in."""
    asked = {"kind": kind, "state": state, "q": q.lower(), "most": most, "skip": skip}
    return [mail_of(each) for each in rows(db, LISTED, asked)]


def count_messages(db: Database, *, kind: str, state: str, q: str) -> int:
    found = row(db, COUNTED, {"kind": kind, "state": state, "q": q.lower()})
    return int(found["mails"]) if found else 0


def count_by_state(db: Database) -> dict[MailState, int]:
    """How many mails are in each state."""
    found = {each["state"]: each["mails"] for each in rows(db, COUNT_BY_STATE)}
    return {state: found.get(str(state), 0) for state in MailState}


def progress(db: Database, now: datetime) -> Progress:
    """What is due now, and what went out in the last minute."""
    found = row(
        db, PROGRESS, {"now": stored(now), "minute_ago": stored(now - timedelta(minutes=1))}
    )
    assert found
    return Progress(found["due"], found["lately"])


def kinds(db: Database) -> list[NoticeKind]:
    """The kinds of which there is mail."""
    return [
        NoticeKind(each["kind"])
        for each in rows(db, "SELECT DISTINCT kind FROM outbox ORDER BY kind")
    ]


def mail_of(found: Row) -> Mail:
    member, reference = found["member"] or "", found["reference"] or ""
    return Mail(notice_of(found), found["email"] or "", member, reference, found["invitation_id"])
