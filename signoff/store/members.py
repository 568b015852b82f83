"""Member municipalities and their representatives."""

import json
from dataclasses import asdict
from datetime import datetime

from sqlite_utils import Database

from signoff.domain.member import Member, Representative
from signoff.store.rows import Row, moment, row, rows, run, stored

ALL = "SELECT * FROM members ORDER BY id"
BY_KEY = "SELECT * FROM members WHERE key = :key"
GET = "SELECT * FROM members WHERE id = :id"
INSERT = """
INSERT INTO members ( key,  name,  official_name,  kind,  state,  country,  language,  tags)
VALUES              (:key, :name, :official_name, :kind, :state, :country, :language, :tags)
"""
UPDATE = """
UPDATE members SET key = :key, name = :name, official_name = :official_name, kind = :kind, state = :state,
                   country = :country, language = :language, tags = :tags, archived_at = :archived_at
WHERE id = :id
"""
INVITED = "SELECT * FROM invited_members WHERE invitation_id = :invitation_id"
FREEZE = """
INSERT INTO frozen_members (invitation_id, key, name, official_name, kind, state, country)
SELECT invitation_id, key, name, official_name, kind, state, country FROM invited_members
WHERE invitation_id IN (SELECT invitations.id FROM rounds JOIN invitations ON invitations.round_id = rounds.id
                        WHERE deadline <= :now AND cancelled_at IS NULL)
  AND invitation_id NOT IN (SELECT invitation_id FROM frozen_members)
"""
REPRESENTATIVES = "SELECT * FROM representatives WHERE archived_at IS NULL ORDER BY member_id, id"
PEOPLE = "SELECT * FROM representatives ORDER BY member_id, id"
OF_MEMBER = "SELECT * FROM representatives WHERE member_id = :member_id ORDER BY id"
INSERT_REPRESENTATIVE = """
INSERT INTO representatives ( member_id,  name,  function,  email,  language,  may_answer)
VALUES                      (:member_id, :name, :function, :email, :language, :may_answer)
"""
UPDATE_REPRESENTATIVE = """
UPDATE representatives SET name = :name, function = :function, email = :email, language = :language,
                           may_answer = :may_answer, archived_at = :archived_at
WHERE id = :id
"""


def every(db: Database) -> list[Member]:
    """All members, archived ones too."""
    return [member_of(each) for each in rows(db, ALL)]


def by_key(db: Database, key: str) -> Member | None:
    found = row(db, BY_KEY, {"key": key})
    return member_of(found) if found else None


def get(db: Database, id: int) -> Member | None:
    found = row(db, GET, {"id": id})
    return member_of(found) if found else None


def invited(db: Database, invitation_id: int) -> Member:
    """The member behind an invitation: as it is, or once the round is over, as it was then."""
    found = row(db, INVITED, {"invitation_id": invitation_id})
    assert found, f"no invitation {invitation_id}"
    return member_of(found)


def freeze(db: Database, now: datetime) -> None:
    """Keep the members of every round whose deadline has passed as they are, before anything about them changes.

    Closing does the same by a trigger; this is for the time between a deadline and the closing that records it.
    """
    run(db, FREEZE, {"now": stored(now)})


def add(db: Database, member: Member) -> int:
    """Keep a new member; its id is given back (the one of ``member`` is ignored)."""
    return run(db, INSERT, columns(member))


def save(db: Database, member: Member) -> None:
    run(db, UPDATE, columns(member))


def representatives(db: Database, member_id: int | None = None) -> list[Representative]:
    """The current representatives of one member, or of all."""
    if member_id is not None:
        return [each for each in people(db, member_id) if each.archived_at is None]
    return [representative_of(each) for each in rows(db, REPRESENTATIVES)]


def people(db: Database, member_id: int | None = None) -> list[Representative]:
    """Everybody who is or was a representative, of one member or of all."""
    found = rows(db, PEOPLE) if member_id is None else rows(db, OF_MEMBER, {"member_id": member_id})
    return [representative_of(each) for each in found]


def add_representative(db: Database, representative: Representative) -> int:
    """Keep a new representative; the id is given back."""
    return run(db, INSERT_REPRESENTATIVE, {**asdict(representative), "archived_at": None})


def save_representative(db: Database, representative: Representative) -> None:
    columns = {**asdict(representative), "archived_at": stored(representative.archived_at)}
    run(db, UPDATE_REPRESENTATIVE, columns)


def columns(member: Member) -> dict[str, object]:
    return {
        **asdict(member),
        "tags": json.dumps(list(member.tags), ensure_ascii=False),
        "archived_at": stored(member.archived_at),
    }


def member_of(found: Row) -> Member:
    names = ("id", "key", "name", "official_name", "kind", "state", "country", "language")
    return Member(
        **{name: found[name] for name in names},
        tags=tuple(json.loads(found["tags"])),
        archived_at=moment(found["archived_at"]),
    )


def representative_of(found: Row) -> Representative:
    names = ("id", "member_id", "name", "function", "email", "language")
    facts = {name: found[name] for name in names}
    return Representative(**facts, archived_at=moment(found["archived_at"]), may_answer=bool(found["may_answer"]))
