"""All mail at a glance: who was written to about what, and how far it came."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlite_utils import Database

from signoff.domain.delivery import Progress
from signoff.domain.notice import Notice, NoticeKind
from signoff.domain.standing import MailState
from signoff.store.outbox import notice_of
from signoff.store.rows import Row, row, rows, stored

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
COUNTS = f"SELECT {STATE} AS state, COUNT(*) AS mails FROM outbox GROUP BY 1"


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


def count(db: Database, *, kind: str, state: str, q: str) -> int:
    found = row(db, COUNTED, {"kind": kind, "state": state, "q": q.lower()})
    return int(found["mails"]) if found else 0


def counts(db: Database) -> dict[MailState, int]:
    """How many mails are in each state."""
    found = {each["state"]: each["mails"] for each in rows(db, COUNTS)}
    return {state: found.get(str(state), 0) for state in MailState}


def progress(db: Database, now: datetime) -> Progress:
    """What is due now, and what went out in the last minute."""
    found = row(db, PROGRESS, {"now": stored(now), "minute_ago": stored(now - timedelta(minutes=1))})
    assert found
    return Progress(found["due"], found["lately"])


def kinds(db: Database) -> list[NoticeKind]:
    """The kinds of which there is mail."""
    return [NoticeKind(each["kind"]) for each in rows(db, "SELECT DISTINCT kind FROM outbox ORDER BY kind")]


def mail_of(found: Row) -> Mail:
    member, reference = found["member"] or "", found["reference"] or ""
    return Mail(notice_of(found), found["email"] or "", member, reference, found["invitation_id"])
