"""Requests for acts that a second person confirms. At most one is pending for an act and a
subject.
"""

from datetime import datetime

from sqlite_utils import Database

from signoff.domain.approvals import Approval, PublicAct
from signoff.store import rows
from signoff.store.rows import execute

INSERT_APPROVAL = """
INSERT INTO approvals ( act,  subject,  payload,  requested_by,  requested_at)
VALUES                (:act, :subject, :payload, :requested_by, :requested_at)
"""
END_APPROVAL = """
UPDATE approvals SET ended_at = :now, confirmed_by = :confirmed_by
WHERE act = :act AND subject = :subject AND ended_at IS NULL
"""
SELECT_APPROVAL = """
SELECT approvals.*, COALESCE(NULLIF(accounts.name, ''), accounts.email, requested_by) AS requester,
       rounds.id AS round_id, COALESCE(editions.title, '') AS title,
       COALESCE(members.official_name, applications.official_name, '') AS member
FROM approvals
LEFT JOIN accounts ON requested_by = 'staff/' || accounts.id
LEFT JOIN invitations ON subject = 'invitation/' || invitations.id
LEFT JOIN members ON members.id = invitations.member_id
LEFT JOIN applications ON subject = 'application/' || applications.id
LEFT JOIN rounds ON rounds.id = COALESCE(invitations.round_id, applications.round_id,
  CASE WHEN subject GLOB 'round/*' THEN CAST(substr(subject, 7) AS INTEGER) END)
LEFT JOIN editions ON editions.id = rounds.edition_id
"""
FIND_APPROVAL = f"{SELECT_APPROVAL} WHERE approvals.id = :id"
FIND_PENDING = (
    f"{SELECT_APPROVAL} WHERE act = :act AND subject = :subject AND approvals.ended_at IS NULL"
)
LIST_PENDING = f"{SELECT_APPROVAL} WHERE approvals.ended_at IS NULL ORDER BY approvals.id"


def add(db: Database, approval: Approval) -> int:
    """Store a request and return its id. The database refuses a second pending one."""
    return execute(db, INSERT_APPROVAL, **rows.to_row(approval))


def find(db: Database, id: int) -> Approval | None:
    return rows.find(db, Approval, FIND_APPROVAL, id=id)


def find_pending(db: Database, act: PublicAct, subject: str) -> Approval | None:
    """The request that is neither confirmed nor called off."""
    return rows.find(db, Approval, FIND_PENDING, act=act, subject=subject)


def list_pending(db: Database) -> list[Approval]:
    return rows.list_all(db, Approval, LIST_PENDING)


def end(
    db: Database, act: PublicAct, subject: str, now: datetime, confirmed_by: str | None = None
) -> None:
    """End the pending request, if there is one. The database refuses its requester as
    ``confirmed_by``.
    """
    execute(db, END_APPROVAL, act=act, subject=subject, now=now, confirmed_by=confirmed_by)
