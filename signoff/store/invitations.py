"""Invitations and the links to them. A link is kept as its public id and generation; no token is."""

import secrets
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime

from sqlite_utils import Database

from signoff.domain.invitation import Invitation, Link
from signoff.store.rows import Row, moment, required, row, rows, run, run_many, stored

HIGHEST = "SELECT MAX(id) AS id FROM invitations"
INSERT = """
INSERT INTO invitations ( id,  round_id,  member_id,  reference,  invited_at)
VALUES                  (:id, :round_id, :member_id, :reference, :invited_at)
"""
GET = "SELECT * FROM invitations WHERE id = :id"
OF_MEMBER = "SELECT * FROM invitations WHERE round_id = :round_id AND member_id = :member_id"
INSERT_LINK = """
INSERT INTO links ( invitation_id,  public_id,  generation,  representative_id,  name,  email,  language,  created_at,
                    passed_on_by,  unit,  message,  may_answer)
VALUES            (:invitation_id, :public_id, :generation, :representative_id, :name, :email, :language, :created_at,
                   :passed_on_by, :unit, :message, :may_answer)
"""
LINKS = "SELECT * FROM links WHERE invitation_id = :invitation_id AND ended_at IS NULL ORDER BY id"
ALL_LINKS = "SELECT * FROM links WHERE invitation_id = :invitation_id ORDER BY id"
LINKS_OF_ROUND = """
SELECT links.* FROM links JOIN invitations ON invitations.id = links.invitation_id
WHERE invitations.round_id = :round_id AND links.ended_at IS NULL ORDER BY links.id
"""
LINK = "SELECT * FROM links WHERE public_id = :public_id AND generation = :generation AND ended_at IS NULL"
ANY_LINK = "SELECT * FROM links WHERE public_id = :public_id"
LINK_BY_ID = "SELECT * FROM links WHERE id = :id"
END = "UPDATE links SET ended_at = :now WHERE id = :id AND ended_at IS NULL"
RENEW = "UPDATE links SET generation = generation + 1, email = :email WHERE id = :id"


def add_many(db: Database, round_id: int, member_ids: Sequence[int], year: int, now: datetime) -> dict[int, Invitation]:
    """An invitation for each member; the reference counts through the instance, its year is that of the opening."""
    found = row(db, HIGHEST)
    first = (found["id"] or 0) + 1 if found else 1
    made = {
        member_id: Invitation(id, round_id, member_id, f"MZ-{year}-{id:04d}", now)
        for id, member_id in enumerate(member_ids, first)
    }
    run_many(db, INSERT, [{**asdict(each), "invited_at": stored(now)} for each in made.values()])
    return made


def add_links(db: Database, links: Sequence[Link]) -> None:
    run_many(db, INSERT_LINK, [{**asdict(each), "created_at": stored(each.created_at)} for each in links])


def new_public_id() -> str:
    """128 random bits, as 22 characters that can stand in an address."""
    return secrets.token_urlsafe(16)


def get(db: Database, id: int) -> Invitation:
    found = row(db, GET, {"id": id})
    assert found, f"no invitation {id}"
    return invitation_of(found)


def find(db: Database, id: int) -> Invitation | None:
    """The invitation with this id, where a stranger may have made the id up."""
    found = row(db, GET, {"id": id})
    return invitation_of(found) if found else None


def of_member(db: Database, round_id: int, member_id: int) -> Invitation | None:
    found = row(db, OF_MEMBER, {"round_id": round_id, "member_id": member_id})
    return invitation_of(found) if found else None


def links(db: Database, invitation_id: int) -> list[Link]:
    """The open links of an invitation, the registered ones first."""
    return [link_of(each) for each in rows(db, LINKS, {"invitation_id": invitation_id})]


def all_links(db: Database, invitation_id: int) -> list[Link]:
    """Every link there ever was to an invitation, ended ones too."""
    return [link_of(each) for each in rows(db, ALL_LINKS, {"invitation_id": invitation_id})]


def links_of_round(db: Database, round_id: int) -> list[Link]:
    return [link_of(each) for each in rows(db, LINKS_OF_ROUND, {"round_id": round_id})]


def members_of_round(db: Database, round_id: int) -> dict[int, int]:
    """The member behind each invitation of a round, by their ids."""
    found = rows(db, "SELECT id, member_id FROM invitations WHERE round_id = :round_id", {"round_id": round_id})
    return {each["id"]: each["member_id"] for each in found}


def link(db: Database, public_id: str, generation: int) -> Link | None:
    """The open link with this public id in exactly this generation."""
    found = row(db, LINK, {"public_id": public_id, "generation": generation})
    return link_of(found) if found else None


def any_link(db: Database, public_id: str) -> Link | None:
    """The link with this public id in whatever generation, ended or not: only for sending a fresh one."""
    found = row(db, ANY_LINK, {"public_id": public_id})
    return link_of(found) if found else None


def link_by_id(db: Database, id: int) -> Link:
    found = row(db, LINK_BY_ID, {"id": id})
    assert found, f"no link {id}"
    return link_of(found)


def add_link(db: Database, link: Link) -> int:
    """Keep one more link; its id is given back."""
    return run(db, INSERT_LINK, {**asdict(link), "created_at": stored(link.created_at)})


def end_link(db: Database, id: int, now: datetime) -> None:
    """From now on the link opens nothing."""
    run(db, END, {"id": id, "now": stored(now)})


def find_link(db: Database, id: int) -> Link | None:
    """The link with this id, where a stranger may have made the id up."""
    found = row(db, LINK_BY_ID, {"id": id})
    return link_of(found) if found else None


def renew_link(db: Database, id: int, email: str) -> None:
    """A corrected address: the next generation, which ends the old link at once."""
    run(db, RENEW, {"id": id, "email": email})


def invitation_of(found: Row) -> Invitation:
    names = ("id", "round_id", "member_id", "reference")
    return Invitation(**{name: found[name] for name in names}, invited_at=required(found["invited_at"]))


PERSON = ("name", "email", "language", "unit", "message")
LINK_FIELDS = ("id", "invitation_id", "public_id", "generation", "representative_id", "passed_on_by", *PERSON)


def link_of(found: Row) -> Link:
    return Link(
        **{name: found[name] for name in LINK_FIELDS},
        created_at=required(found["created_at"]),
        ended_at=moment(found["ended_at"]),
        may_answer=bool(found["may_answer"]),
    )
