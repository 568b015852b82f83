"""Rounds: the facts, never the phase."""

import json
import secrets
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlite_utils import Database

from signoff.domain.rounds import Invitation, Link, Round, Terms
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

# Invitations and the links to them. A link is kept as its public id and generation; no token is.

GET_HIGHEST_ID = "SELECT MAX(id) AS id FROM invitations"
INSERT_INVITATION = """
INSERT INTO invitations ( id,  round_id,  member_id,  reference,  invited_at)
VALUES                  (:id, :round_id, :member_id, :reference, :invited_at)
"""
GET_INVITATION = "SELECT * FROM invitations WHERE id = :id"
GET_INVITATION_OF_MEMBER = (
    "SELECT * FROM invitations WHERE round_id = :round_id AND member_id = :member_id"
)
INSERT_LINK = """
INSERT INTO links ( invitation_id,  public_id,  generation,  representative_id,  name,  email,  language,  created_at,
                    delegated_by,  unit,  message,  may_answer)
VALUES            (:invitation_id, :public_id, :generation, :representative_id, :name, :email, :language, :created_at,
                   :delegated_by, :unit, :message, :may_answer)
"""
LIST_OPEN_LINKS = (
    "SELECT * FROM links WHERE invitation_id = :invitation_id AND ended_at IS NULL ORDER BY id"
)
LIST_ALL_LINKS = "SELECT * FROM links WHERE invitation_id = :invitation_id ORDER BY id"
LIST_LINKS_OF_ROUND = """
SELECT links.* FROM links JOIN invitations ON invitations.id = links.invitation_id
WHERE invitations.round_id = :round_id AND links.ended_at IS NULL ORDER BY links.id
"""
GET_OPEN_LINK = "SELECT * FROM links WHERE public_id = :public_id AND generation = :generation AND ended_at IS NULL"
GET_LINK_BY_PUBLIC_ID = "SELECT * FROM links WHERE public_id = :public_id"
GET_LINK = "SELECT * FROM links WHERE id = :id"
END_LINK = "UPDATE links SET ended_at = :now WHERE id = :id AND ended_at IS NULL"
RENEW_LINK = "UPDATE links SET generation = generation + 1, email = :email WHERE id = :id"


def add_invitations(
    db: Database, round_id: int, member_ids: Sequence[int], year: int, now: datetime
) -> dict[int, Invitation]:
    """An invitation for each member; the reference counts through the instance, its year is that of the opening."""
    found = fetch_one(db, GET_HIGHEST_ID)
    first = (found["id"] or 0) + 1 if found else 1
    made = {
        member_id: Invitation(id, round_id, member_id, f"MZ-{year}-{id:04d}", now)
        for id, member_id in enumerate(member_ids, first)
    }
    execute_many(
        db,
        INSERT_INVITATION,
        [{**asdict(each), "invited_at": format_utc(now)} for each in made.values()],
    )
    return made


def add_links(db: Database, links: Sequence[Link]) -> None:
    execute_many(
        db,
        INSERT_LINK,
        [{**asdict(each), "created_at": format_utc(each.created_at)} for each in links],
    )


def generate_public_id() -> str:
    """128 random bits, as 22 characters that can stand in an address."""
    return secrets.token_urlsafe(16)


def get_invitation(db: Database, id: int) -> Invitation:
    found = fetch_one(db, GET_INVITATION, {"id": id})
    assert found, f"no invitation {id}"
    return invitation_from_row(found)


def find_invitation(db: Database, id: int) -> Invitation | None:
    """The invitation with this id, where a stranger may have made the id up."""
    found = fetch_one(db, GET_INVITATION, {"id": id})
    return invitation_from_row(found) if found else None


def find_invitation_of_member(db: Database, round_id: int, member_id: int) -> Invitation | None:
    found = fetch_one(db, GET_INVITATION_OF_MEMBER, {"round_id": round_id, "member_id": member_id})
    return invitation_from_row(found) if found else None


def list_open_links(db: Database, invitation_id: int) -> list[Link]:
    """The open links of an invitation, the registered ones first."""
    return [
        link_from_row(each)
        for each in fetch_all(db, LIST_OPEN_LINKS, {"invitation_id": invitation_id})
    ]


def list_all_links(db: Database, invitation_id: int) -> list[Link]:
    """Every link there ever was to an invitation, ended ones too."""
    return [
        link_from_row(each)
        for each in fetch_all(db, LIST_ALL_LINKS, {"invitation_id": invitation_id})
    ]


def list_links_of_round(db: Database, round_id: int) -> list[Link]:
    return [
        link_from_row(each) for each in fetch_all(db, LIST_LINKS_OF_ROUND, {"round_id": round_id})
    ]


def get_member_ids_by_invitation(db: Database, round_id: int) -> dict[int, int]:
    """The member behind each invitation of a round, by their ids."""
    found = fetch_all(
        db,
        "SELECT id, member_id FROM invitations WHERE round_id = :round_id",
        {"round_id": round_id},
    )
    return {each["id"]: each["member_id"] for each in found}


def find_open_link(db: Database, public_id: str, generation: int) -> Link | None:
    """The open link with this public id in exactly this generation."""
    found = fetch_one(db, GET_OPEN_LINK, {"public_id": public_id, "generation": generation})
    return link_from_row(found) if found else None


def find_link_by_public_id(db: Database, public_id: str) -> Link | None:
    """The link with this public id in whatever generation, ended or not: only for sending a fresh one."""
    found = fetch_one(db, GET_LINK_BY_PUBLIC_ID, {"public_id": public_id})
    return link_from_row(found) if found else None


def get_link(db: Database, id: int) -> Link:
    found = fetch_one(db, GET_LINK, {"id": id})
    assert found, f"no link {id}"
    return link_from_row(found)


def add_link(db: Database, link: Link) -> int:
    """Keep one more link; its id is given back."""
    return execute(db, INSERT_LINK, {**asdict(link), "created_at": format_utc(link.created_at)})


def end_link(db: Database, id: int, now: datetime) -> None:
    """From now on the link opens nothing."""
    execute(db, END_LINK, {"id": id, "now": format_utc(now)})


def find_link(db: Database, id: int) -> Link | None:
    """The link with this id, where a stranger may have made the id up."""
    found = fetch_one(db, GET_LINK, {"id": id})
    return link_from_row(found) if found else None


def renew_link(db: Database, id: int, email: str) -> None:
    """A corrected address: the next generation, which ends the old link at once."""
    execute(db, RENEW_LINK, {"id": id, "email": email})


def invitation_from_row(found: Row) -> Invitation:
    names = ("id", "round_id", "member_id", "reference")
    return Invitation(
        **{name: found[name] for name in names}, invited_at=parse_datetime(found["invited_at"])
    )


RECIPIENT_FIELDS = ("name", "email", "language", "unit", "message")
LINK_FIELDS = (
    "id",
    "invitation_id",
    "public_id",
    "generation",
    "representative_id",
    "delegated_by",
    *RECIPIENT_FIELDS,
)


def link_from_row(found: Row) -> Link:
    return Link(
        **{name: found[name] for name in LINK_FIELDS},
        created_at=parse_datetime(found["created_at"]),
        ended_at=parse_optional_datetime(found["ended_at"]),
        may_answer=bool(found["may_answer"]),
    )


# Short codes, kept as keyed digests: which link a typed code belongs to.

# Links that can be mailed and have no code yet under the key that signs now: new ones, renewed ones, after a new key.
LIST_LINKS_WITHOUT_CODE = """
SELECT links.* FROM links
WHERE ended_at IS NULL AND email <> '' AND NOT EXISTS (
  SELECT 1 FROM short_codes
  WHERE link_id = links.id AND short_codes.generation = links.generation AND short_codes.key = :key)
ORDER BY id LIMIT :most
"""
INSERT_SHORT_CODE = """
INSERT INTO short_codes ( link_id,  generation,  key,  digest)
VALUES                  (:link_id, :generation, :key, :digest)
ON CONFLICT DO NOTHING
"""
LIST_LINKS_BY_CODE = """
SELECT DISTINCT links.* FROM short_codes JOIN links ON links.id = link_id AND links.generation = short_codes.generation
WHERE digest IN (SELECT value FROM json_each(:digests)) AND ended_at IS NULL
"""


def list_links_without_code(db: Database, key: str, most: int) -> list[Link]:
    """Up to ``most`` open links whose code under the key called ``key`` is not kept yet."""
    return [
        link_from_row(each)
        for each in fetch_all(db, LIST_LINKS_WITHOUT_CODE, {"key": key, "most": most})
    ]


def save_short_codes(db: Database, key: str, digests: Sequence[tuple[Link, str]]) -> None:
    """Keep the digest of each link's code under the key called ``key``."""
    given = [
        {"link_id": link.id, "generation": link.generation, "key": key, "digest": digest}
        for link, digest in digests
    ]
    execute_many(db, INSERT_SHORT_CODE, given)


def list_links_by_code(db: Database, digests: Sequence[str]) -> list[Link]:
    """The open links, in their present generation, whose code has one of these digests."""
    return [
        link_from_row(each)
        for each in fetch_all(db, LIST_LINKS_BY_CODE, {"digests": json.dumps(list(digests))})
    ]


SELECT_ROUND = """
SELECT rounds.*, editions.paper_id,
       (SELECT released_at FROM releases WHERE round_id = rounds.id AND number = 1) AS released_at
FROM rounds JOIN editions ON editions.id = rounds.edition_id
"""
GET_ROUND = f"{SELECT_ROUND} WHERE rounds.id = :id"
GET_LATEST_ROUND = f"""
{SELECT_ROUND} JOIN papers ON papers.id = editions.paper_id WHERE papers.slug = :slug ORDER BY rounds.id DESC LIMIT 1
"""
LIST_ROUNDS_OF_PAPER = f"""
{SELECT_ROUND} JOIN papers ON papers.id = editions.paper_id WHERE papers.slug = :slug ORDER BY rounds.id DESC
"""
LIST_ROUNDS = f"{SELECT_ROUND} ORDER BY rounds.id DESC"
LIST_PAST_DEADLINE = f"""
{SELECT_ROUND} WHERE rounds.deadline <= :now AND rounds.closed_at IS NULL AND rounds.cancelled_at IS NULL
ORDER BY rounds.id
"""
INSERT_ROUND = """
INSERT INTO rounds ( edition_id,  opened_at,  deadline,  terms,  late_until)
VALUES             (:edition_id, :opened_at, :deadline, :terms, :late_until)
"""
UPDATE_ROUND = """
UPDATE rounds SET opened_at = :opened_at, deadline = :deadline, closed_at = :closed_at, cancelled_at = :cancelled_at,
                  terms = :terms, late_until = :late_until
WHERE id = :id
"""
UPDATE_TARGET = "UPDATE rounds SET target = :target WHERE id = :id"
INCREMENT_EXTENSIONS = "UPDATE rounds SET extensions = extensions + 1 WHERE id = :id"
GET_EXTENSIONS = "SELECT extensions FROM rounds WHERE id = :id"


def add(db: Database, round: Round) -> int:
    """Keep a new round; its id is given back."""
    return execute(db, INSERT_ROUND, round_to_row(round))


def find(db: Database, id: int) -> Round | None:
    found = fetch_one(db, GET_ROUND, {"id": id})
    return round_from_row(found) if found else None


def get(db: Database, id: int) -> Round:
    """The round; raises ``LookupError`` where there is none."""
    round = find(db, id)
    if round is None:
        raise LookupError(f"no round {id}")
    return round


def find_by_slug(db: Database, slug: str) -> Round | None:
    """Of several rounds of a paper, the latest."""
    found = fetch_one(db, GET_LATEST_ROUND, {"slug": slug})
    return round_from_row(found) if found else None


def list_for_paper(db: Database, slug: str) -> list[Round]:
    """All rounds of a paper, the newest first."""
    return [round_from_row(each) for each in fetch_all(db, LIST_ROUNDS_OF_PAPER, {"slug": slug})]


def list_all(db: Database) -> list[Round]:
    """All rounds, the newest first."""
    return [round_from_row(each) for each in fetch_all(db, LIST_ROUNDS)]


def list_past_deadline(db: Database, now: datetime) -> list[Round]:
    """Rounds whose deadline has passed and whose closing is not recorded yet."""
    return [
        round_from_row(each) for each in fetch_all(db, LIST_PAST_DEADLINE, {"now": format_utc(now)})
    ]


def save(db: Database, round: Round) -> None:
    execute(db, UPDATE_ROUND, round_to_row(round))


def set_target(db: Database, id: int, target: int | None) -> None:
    execute(db, UPDATE_TARGET, {"id": id, "target": target})


def record_extension(db: Database, id: int) -> int:
    """One more extension; gives its number."""
    execute(db, INCREMENT_EXTENSIONS, {"id": id})
    found = fetch_one(db, GET_EXTENSIONS, {"id": id})
    assert found
    return int(found["extensions"])


def round_to_row(round: Round) -> dict[str, object]:
    moments = ("opened_at", "deadline", "closed_at", "cancelled_at", "late_until")
    return {
        "id": round.id,
        "edition_id": round.edition_id,
        "terms": json.dumps(asdict(round.terms)),
        **{name: format_utc(getattr(round, name)) for name in moments},
    }


def round_from_row(found: Row) -> Round:
    moments = ("opened_at", "deadline", "closed_at", "released_at", "cancelled_at", "late_until")
    return Round(
        found["id"],
        found["edition_id"],
        **{name: parse_optional_datetime(found[name]) for name in moments},
        terms=parse_terms(json.loads(found["terms"])),
        target=found["target"],
    )


def parse_terms(kept: dict[str, Any]) -> Terms:
    """A round that was opened before there were reminders goes on without them."""
    return Terms(**{**kept, "reminders": tuple(kept.get("reminders", ()))})


# Whether anything has happened that a round's page would show: one query that counts no members.

# Every change is a line of the journal, but for the fate of a mail; that is found in four indexes.
GET_VERSION_TAG = """
SELECT (SELECT MAX(seq) FROM audit) AS entry,
       (SELECT MAX(sent_at) FROM outbox WHERE sent_at IS NOT NULL) AS sent_at,
       (SELECT COUNT(*) FROM outbox WHERE sent_at IS NULL AND failed_at IS NULL) AS owed,
       (SELECT COUNT(*) FROM outbox WHERE failed_at IS NOT NULL) AS failed,
       (SELECT COUNT(*) FROM outbox WHERE bounced_at IS NOT NULL) AS bounced
"""


def get_version_tag(db: Database) -> str:
    """A short text that is another one whenever an answer, a decision, a deed or a mail has moved."""
    found = fetch_one(db, GET_VERSION_TAG)
    assert found
    return "/".join(str(each) for each in found)
