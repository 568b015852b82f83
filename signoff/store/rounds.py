"""Rounds, their invitations, the links to them and the short codes of the links."""

import secrets
from collections.abc import Sequence
from datetime import datetime

from sqlite_utils import Database

from signoff.domain.rounds import Invitation, Link, Round
from signoff.store import rows
from signoff.store.rows import (
    execute,
    execute_many,
    fetch_all,
    fetch_one,
    fetch_value,
    require_transaction,
)

# Rounds.

SELECT_ROUND = """
SELECT rounds.*, editions.paper_id,
       releases.released_at, releases.retracted_at
FROM rounds LEFT JOIN releases ON releases.round_id = rounds.id AND releases.number = 1
JOIN editions ON editions.id = rounds.edition_id
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
INSERT INTO rounds ( edition_id,  opened_at,  announced_from,  deadline,  deadline_set_at,  terms,  late_until)
VALUES             (:edition_id, :opened_at, :announced_from, :deadline, :deadline_set_at, :terms, :late_until)
"""
UPDATE_ROUND = """
UPDATE rounds SET opened_at = :opened_at, announced_from = :announced_from, deadline = :deadline,
                  deadline_set_at = :deadline_set_at, deadline_before = :deadline_before,
                  closed_at = :closed_at, cancelled_at = :cancelled_at, closing_reason = :closing_reason,
                  ending_reason = :ending_reason, terms = :terms, late_until = :late_until
WHERE id = :id
"""
UPDATE_TARGET = "UPDATE rounds SET target = :target WHERE id = :id"
INCREMENT_EXTENSIONS = "UPDATE rounds SET extensions = extensions + 1 WHERE id = :id"
GET_EXTENSIONS = "SELECT extensions FROM rounds WHERE id = :id"


def add(db: Database, round: Round) -> int:
    """Store a new round and return its id."""
    return execute(db, INSERT_ROUND, **rows.to_row(round))


def find(db: Database, id: int) -> Round | None:
    return rows.find(db, Round, GET_ROUND, id=id)


def get(db: Database, id: int) -> Round:
    return rows.get(db, Round, GET_ROUND, id=id)


def find_by_slug(db: Database, slug: str) -> Round | None:
    """The latest round of a paper."""
    return rows.find(db, Round, GET_LATEST_ROUND, slug=slug)


def list_for_paper(db: Database, slug: str) -> list[Round]:
    """All rounds of a paper, the newest first."""
    return rows.list_all(db, Round, LIST_ROUNDS_OF_PAPER, slug=slug)


def list_all(db: Database) -> list[Round]:
    """All rounds, the newest first."""
    return rows.list_all(db, Round, LIST_ROUNDS)


def list_past_deadline(db: Database, now: datetime) -> list[Round]:
    """Rounds whose deadline has passed and that have not been closed yet."""
    return rows.list_all(db, Round, LIST_PAST_DEADLINE, now=now)


def save(db: Database, round: Round) -> None:
    execute(db, UPDATE_ROUND, **rows.to_row(round))


def set_target(db: Database, id: int, target: int | None) -> None:
    execute(db, UPDATE_TARGET, id=id, target=target)


def record_extension(db: Database, id: int) -> int:
    """Count an extension and return how many there have been."""
    execute(db, INCREMENT_EXTENSIONS, id=id)
    return int(fetch_value(db, GET_EXTENSIONS, id=id))


# What was sent since a moment: mail that a server took or is being given, letters, and
# what came back. It cannot be undone any more.
HAS_LEFT = """
SELECT EXISTS (SELECT 1 FROM outbox JOIN links ON links.id = link_id
                 JOIN invitations ON invitations.id = invitation_id
               WHERE round_id = :round_id
                 AND (sent_at >= :since OR (claimed_by IS NOT NULL AND sent_at IS NULL AND failed_at IS NULL)))
    OR EXISTS (SELECT 1 FROM letters JOIN invitations ON invitations.id = invitation_id
                 JOIN audit ON audit.seq = letters.entry WHERE round_id = :round_id AND audit.at >= :since)
    OR EXISTS (SELECT 1 FROM replies JOIN invitations ON invitations.id = invitation_id
               WHERE round_id = :round_id AND received_at >= :since)
"""
HAS_ANSWERS = """
SELECT EXISTS (SELECT 1 FROM answers JOIN invitations ON invitations.id = invitation_id WHERE round_id = :round_id)
"""
OF_ROUND = "invitation_id IN (SELECT id FROM invitations WHERE round_id = :id)"
LINKS_OF_ROUND = f"link_id IN (SELECT id FROM links WHERE {OF_ROUND})"
DELETE_ROUND = (
    f"DELETE FROM outbox WHERE {LINKS_OF_ROUND}",
    f"DELETE FROM reminders WHERE {LINKS_OF_ROUND}",
    f"DELETE FROM short_codes WHERE {LINKS_OF_ROUND}",
    f"DELETE FROM office_notes WHERE {OF_ROUND}",
    f"DELETE FROM links WHERE {OF_ROUND}",
    "DELETE FROM invitations WHERE round_id = :id",
    "DELETE FROM prints WHERE round_id = :id",
    "UPDATE test_mails SET round_id = NULL WHERE round_id = :id",
    "DELETE FROM rounds WHERE id = :id",
)


def has_left(db: Database, id: int, since: datetime | None) -> bool:
    """Whether anything about the round was sent since a moment."""
    return bool(fetch_value(db, HAS_LEFT, round_id=id, since=since))


def has_answers(db: Database, id: int) -> bool:
    """Whether any member has answered, whatever became of it."""
    return bool(fetch_value(db, HAS_ANSWERS, round_id=id))


def delete(db: Database, id: int) -> None:
    """Delete a round with its invitations, links, mail and prints, as if it had not been opened.

    The database refuses one with answers or letters.
    """
    for statement in DELETE_ROUND:
        execute(db, statement, id=id)


# Invitations and the links to them. Of a link, its public id and generation are stored, never the
# token.

# Of all there ever were: the audit log names invitations by their numbers.
GET_HIGHEST_ID = "SELECT COALESCE(MAX(seq), 0) FROM sqlite_sequence WHERE name = 'invitations'"
INSERT_INVITATION = """
INSERT INTO invitations ( id,  round_id,  member_id,  reference,  invited_at)
VALUES                  (:id, :round_id, :member_id, :reference, :invited_at)
"""
FIND_REFERENCES = """
SELECT invitations.id, reference, official_name, title FROM invitations
JOIN members ON members.id = invitations.member_id
JOIN rounds ON rounds.id = invitations.round_id JOIN editions ON editions.id = rounds.edition_id
WHERE instr(reference, :text) > 0 ORDER BY invitations.id DESC LIMIT :most
"""
GET_INVITATION = "SELECT * FROM invitations WHERE id = :id"
GET_INVITATION_OF_MEMBER = (
    "SELECT * FROM invitations WHERE round_id = :round_id AND member_id = :member_id"
)
INSERT_LINK = """
INSERT INTO links ( invitation_id,  public_id,  generation,  representative_id,  name,  email,  language,  created_at,
                    delegated_by,  unit,  message,  may_answer,  prepared)
VALUES            (:invitation_id, :public_id, :generation, :representative_id, :name, :email, :language, :created_at,
                   :delegated_by, :unit, :message, :may_answer, :prepared)
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
LIST_OPEN_LINKS_OF_ADDRESS = (
    "SELECT * FROM links WHERE lower(email) = lower(:email) AND ended_at IS NULL ORDER BY id"
)
GET_LINK = "SELECT * FROM links WHERE id = :id"
END_LINK = "UPDATE links SET ended_at = :now WHERE id = :id AND ended_at IS NULL"
# The links that were passed on by the holder of a link, by those who got them, and so on.
END_PASSED_ON_LINKS = """
WITH RECURSIVE passed_on (id) AS (
  SELECT id FROM links WHERE delegated_by = :id
  UNION SELECT links.id FROM links JOIN passed_on ON links.delegated_by = passed_on.id)
UPDATE links SET ended_at = :now, ended_with_giver = 1
WHERE id IN (SELECT id FROM passed_on) AND ended_at IS NULL
"""
PREPARE_ANSWER = "UPDATE links SET prepared = :prepared, message = :message WHERE id = :id"
CLEAR_PREPARED = (
    "UPDATE links SET prepared = '' WHERE invitation_id = :invitation_id AND prepared <> ''"
)
RENEW_LINK = "UPDATE links SET generation = generation + 1, email = :email WHERE id = :id"
LIST_MEMBER_IDS = "SELECT id, member_id FROM invitations WHERE round_id = :round_id"


def find_references(db: Database, text: str, most: int) -> list[rows.Row]:
    """Up to ``most`` invitations whose reference number contains ``text``, the newest first, with
    the name of the member and the title of the paper.
    """
    return fetch_all(db, FIND_REFERENCES, text=text.upper(), most=most)


def add_invitations(
    db: Database, round_id: int, member_ids: Sequence[int], year: int, now: datetime
) -> dict[int, Invitation]:
    """An invitation for each member, by the member's id.

    The reference is numbered across all rounds; ``year`` is the year in which the round is opened.
    """
    invitations = {
        member_id: Invitation(id, round_id, member_id, f"MZ-{year}-{id:04d}", now)
        for id, member_id in enumerate(member_ids, fetch_value(db, GET_HIGHEST_ID) + 1)
    }
    execute_many(db, INSERT_INVITATION, map(rows.to_row, invitations.values()))
    return invitations


def get_invitation(db: Database, id: int) -> Invitation:
    return rows.get(db, Invitation, GET_INVITATION, id=id)


def find_invitation(db: Database, id: int) -> Invitation | None:
    return rows.find(db, Invitation, GET_INVITATION, id=id)


def find_invitation_of_member(db: Database, round_id: int, member_id: int) -> Invitation | None:
    return rows.find(
        db, Invitation, GET_INVITATION_OF_MEMBER, round_id=round_id, member_id=member_id
    )


def get_member_ids_by_invitation(db: Database, round_id: int) -> dict[int, int]:
    """The id of the member for the id of each invitation of a round."""
    return {
        row["id"]: row["member_id"] for row in fetch_all(db, LIST_MEMBER_IDS, round_id=round_id)
    }


def generate_public_id() -> str:
    """128 random bits in 22 characters that can be used in addresses."""
    return secrets.token_urlsafe(16)


def add_link(db: Database, link: Link) -> int:
    """Store a link and return its id."""
    return execute(db, INSERT_LINK, **rows.to_row(link))


def add_links(db: Database, links: Sequence[Link]) -> None:
    execute_many(db, INSERT_LINK, map(rows.to_row, links))


def get_link(db: Database, id: int) -> Link:
    return rows.get(db, Link, GET_LINK, id=id)


def find_link(db: Database, id: int) -> Link | None:
    return rows.find(db, Link, GET_LINK, id=id)


def find_open_link(db: Database, public_id: str, generation: int) -> Link | None:
    """The open link with this public id in exactly this generation."""
    return rows.find(db, Link, GET_OPEN_LINK, public_id=public_id, generation=generation)


def list_open_links_of_address(db: Database, email: str) -> list[Link]:
    """The open links of all rounds that were mailed to this address, whatever its case."""
    return rows.list_all(db, Link, LIST_OPEN_LINKS_OF_ADDRESS, email=email)


def list_open_links(db: Database, invitation_id: int) -> list[Link]:
    """The open links of an invitation, in the order of their creation."""
    return rows.list_all(db, Link, LIST_OPEN_LINKS, invitation_id=invitation_id)


def list_all_links(db: Database, invitation_id: int) -> list[Link]:
    """All links of an invitation, including ended ones."""
    return rows.list_all(db, Link, LIST_ALL_LINKS, invitation_id=invitation_id)


def list_links_of_round(db: Database, round_id: int) -> list[Link]:
    """The open links of a round."""
    return rows.list_all(db, Link, LIST_LINKS_OF_ROUND, round_id=round_id)


def end_link(db: Database, id: int, now: datetime) -> None:
    """Revoke a link."""
    execute(db, END_LINK, id=id, now=now)


def end_passed_on_links(db: Database, id: int, now: datetime) -> list[int]:
    """End what the holder of a link has passed on; the ids of these links."""
    require_transaction(db)
    return [
        row["id"] for row in fetch_all(db, f"{END_PASSED_ON_LINKS} RETURNING id", id=id, now=now)
    ]


def prepare_answer(db: Database, id: int, prepared: str, message: str) -> None:
    """Store a filled-in answer for the holder of a link to check, with a message to them."""
    execute(db, PREPARE_ANSWER, id=id, prepared=prepared, message=message)


def clear_prepared(db: Database, invitation_id: int) -> None:
    """Delete the prepared answer once an answer has been submitted."""
    execute(db, CLEAR_PREPARED, invitation_id=invitation_id)


def renew_link(db: Database, id: int, email: str) -> None:
    """Change the address of a link. Its next generation begins, which ends the old link at once."""
    execute(db, RENEW_LINK, id=id, email=email)


# Short codes, stored as keyed digests: the link that an entered code belongs to.

# Links that have no code under the current key: new and renewed ones, or all
# after a key rotation.
LIST_LINKS_WITHOUT_CODE = """
SELECT links.* FROM links
WHERE ended_at IS NULL AND NOT EXISTS (
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
    """Up to ``most`` open links without a stored code under the key with this id."""
    return rows.list_all(db, Link, LIST_LINKS_WITHOUT_CODE, key=key, most=most)


def save_short_codes(db: Database, key: str, digests: Sequence[tuple[Link, str]]) -> None:
    """Store the digest of each link's code under the key with this id."""
    execute_many(
        db,
        INSERT_SHORT_CODE,
        [
            {"link_id": link.id, "generation": link.generation, "key": key, "digest": digest}
            for link, digest in digests
        ],
    )


def list_links_by_code(db: Database, digests: Sequence[str]) -> list[Link]:
    """The open links, in their current generation, whose code has one of these digests."""
    return rows.list_all(db, Link, LIST_LINKS_BY_CODE, digests=digests)


# Changes that a round's page would show.

# Every change is an entry of the audit log, except for the delivery of mail, which four indexes
# cover.
GET_VERSION_TAG = """
SELECT (SELECT seq || '-' || hex(salt) FROM audit ORDER BY seq DESC LIMIT 1) AS entry,
       (SELECT MAX(sent_at) FROM outbox WHERE sent_at IS NOT NULL) AS sent_at,
       (SELECT COUNT(*) FROM outbox WHERE sent_at IS NULL AND failed_at IS NULL) AS pending,
       (SELECT COUNT(*) FROM outbox WHERE failed_at IS NOT NULL) AS failed,
       (SELECT COUNT(*) FROM outbox WHERE bounced_at IS NOT NULL) AS bounced
"""


def get_version_tag(db: Database) -> str:
    """The version of a round's status and pages, from one query that does not depend on the number
    of members.

    It changes whenever an answer, a decision or the delivery of a mail changes, and no other
    database has the same one: the newest audit entry has a random salt.
    """
    return "/".join(str(value) for value in rows.require(fetch_one(db, GET_VERSION_TAG)))
