"""Members in the rounds that run: what has to follow when the member list changes."""

from datetime import datetime

from sqlite_utils import Database

from signoff.domain.invitation import Invitation, Link
from signoff.domain.member import Representative
from signoff.store.invitations import invitation_of, link_of
from signoff.store.rows import rows, run, stored

NOT_CLOSED = """
SELECT editions.title FROM invitations JOIN rounds ON rounds.id = invitations.round_id
JOIN editions ON editions.id = rounds.edition_id
WHERE member_id = :member_id AND closed_at IS NULL AND cancelled_at IS NULL ORDER BY rounds.id
"""
OPEN = "deadline > :now AND closed_at IS NULL AND cancelled_at IS NULL"
INVITATIONS = f"""
SELECT invitations.* FROM invitations JOIN rounds ON rounds.id = invitations.round_id
WHERE member_id = :member_id AND {OPEN} ORDER BY invitations.id
"""
LINKS = f"""
SELECT links.* FROM links JOIN invitations ON invitations.id = links.invitation_id
JOIN rounds ON rounds.id = invitations.round_id
WHERE representative_id = :id AND ended_at IS NULL AND {OPEN} ORDER BY links.id
"""
FOLLOW = "UPDATE links SET name = :name, language = :language, may_answer = :may_answer WHERE id = :link_id"


def running(db: Database, member_id: int) -> list[str]:
    """The titles of the papers this member is being asked about: rounds that are neither closed nor cancelled."""
    return [each["title"] for each in rows(db, NOT_CLOSED, {"member_id": member_id})]


def running_invitations(db: Database, member_id: int, now: datetime) -> list[Invitation]:
    """The member's invitations to rounds that take answers now."""
    found = rows(db, INVITATIONS, {"member_id": member_id, "now": stored(now)})
    return [invitation_of(each) for each in found]


def running_links(db: Database, representative_id: int, now: datetime) -> list[Link]:
    """The representative's open links to rounds that take answers now."""
    return [link_of(each) for each in rows(db, LINKS, {"id": representative_id, "now": stored(now)})]


def follow(db: Database, link_id: int, person: Representative) -> None:
    """The link's holder is called, spoken to and allowed what the member list says; her address is left alone."""
    told = {"name": person.name, "language": person.language, "may_answer": person.may_answer}
    run(db, FOLLOW, {**told, "link_id": link_id})
