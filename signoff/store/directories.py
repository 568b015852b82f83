"""The member list as the office sees it: every member with its representatives and whether mail reaches them."""

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from sqlite_utils import Database

from signoff.domain.address import odd_ones
from signoff.domain.answer import Kind
from signoff.domain.member import Member, Representative
from signoff.domain.round import Round
from signoff.store import members
from signoff.store.rounds import round_of
from signoff.store.rows import Row, moment, rows

# A mail to the address somebody has today came back or was not taken, and none has got through to it since.
LOST = """
SELECT DISTINCT representatives.id FROM outbox JOIN links ON links.id = outbox.link_id
JOIN representatives ON representatives.id = links.representative_id AND representatives.email = links.email
WHERE (bounced_at IS NOT NULL OR failed_at IS NOT NULL) AND NOT EXISTS (
  SELECT 1 FROM links AS other JOIN outbox AS later ON later.link_id = other.id
  WHERE other.representative_id = representatives.id AND other.email = links.email AND later.id > outbox.id
    AND later.sent_at IS NOT NULL AND later.bounced_at IS NULL)
"""
ROUNDS = """
SELECT rounds.*, (SELECT released_at FROM releases WHERE round_id = rounds.id AND number = 1) AS released_at,
       editions.title, invitations.id AS invitation_id, invitations.reference, answers.kind, answers.received_at
FROM invitations JOIN rounds ON rounds.id = invitations.round_id JOIN editions ON editions.id = rounds.edition_id
LEFT JOIN answers ON answers.invitation_id = invitations.id
  AND answers.number = (SELECT MAX(number) FROM answers AS other WHERE other.invitation_id = invitations.id)
WHERE member_id = :member_id ORDER BY rounds.id DESC
"""
KINDS = "SELECT DISTINCT kind FROM members WHERE kind <> '' ORDER BY kind"
STATES = "SELECT DISTINCT state FROM members WHERE state <> '' ORDER BY state"


@dataclass(frozen=True, slots=True)
class Part:
    """One round as a member took part in it: ``kind`` is the answer that counts, ``None`` without one."""

    round: Round
    title: str
    invitation_id: int
    reference: str
    kind: Kind | None
    received_at: datetime | None


@dataclass(frozen=True)
class Listed:
    """One line of the member list; ``people`` are the current representatives, ``lost`` those mail does not reach."""

    member: Member
    people: tuple[Representative, ...] = ()
    lost: frozenset[int] = frozenset()

    @cached_property
    def reach(self) -> str:
        """``mail``: an invitation arrives as far as anybody knows; ``lost``: none does; ``letter``: no address."""
        written = [each for each in self.people if each.email and each.may_answer]
        if not written:
            return "letter"
        return "lost" if all(each.id in self.lost for each in written) else "mail"

    @cached_property
    def odd(self) -> frozenset[str]:
        """The addresses whose domain does not fit the others."""
        return odd_ones(each.email for each in self.people)


def every(db: Database) -> list[Listed]:
    """All members, archived ones too: three queries, however many there are."""
    lost, people = lost_ones(db), dict[int, list[Representative]]()
    for each in members.representatives(db):
        people.setdefault(each.member_id, []).append(each)
    return [listed(each, people.get(each.id, []), lost) for each in members.every(db)]


def one(db: Database, member: Member) -> Listed:
    return listed(member, members.representatives(db, member.id), lost_ones(db))


def listed(member: Member, people: list[Representative], lost: frozenset[int]) -> Listed:
    mine = frozenset(each.id for each in people) & lost if lost else lost
    return Listed(member, tuple(people), mine)


def suggestions(db: Database) -> dict[str, list[str]]:
    """Kinds and states that are in use, to be offered while one types."""
    return {"kinds": [kind for (kind,) in rows(db, KINDS)], "states": [state for (state,) in rows(db, STATES)]}


def lost_ones(db: Database) -> frozenset[int]:
    return frozenset(each["id"] for each in rows(db, LOST))


def parts(db: Database, member_id: int) -> list[Part]:
    """The rounds the member was asked in, the newest first: one query."""
    return [part_of(each) for each in rows(db, ROUNDS, {"member_id": member_id})]


def part_of(found: Row) -> Part:
    kind = Kind(found["kind"]) if found["kind"] else None
    counts = kind if kind is not Kind.WITHDRAWN else None
    received = moment(found["received_at"]) if counts else None
    return Part(round_of(found), found["title"], found["invitation_id"], found["reference"], counts, received)
