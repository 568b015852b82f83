"""Members and their representatives."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from sqlite_utils import Database

from signoff.domain.members import MEMBER_FIELDS, Member, MemberContacts, Representative
from signoff.domain.rounds import Invitation, Link
from signoff.domain.signatories import RegionCount
from signoff.domain.text import list_odd_addresses
from signoff.store import rows
from signoff.store.rows import execute, execute_many, fetch_all, fetch_one

# Members

LIST_MEMBERS = "SELECT * FROM members ORDER BY id"
COUNT_BY_REGION = """
SELECT country, state, COUNT(*) AS members FROM members WHERE archived_at IS NULL GROUP BY country, state
"""
GET_MEMBER_BY_KEY = "SELECT * FROM members WHERE key = :key"
GET_MEMBER = "SELECT * FROM members WHERE id = :id"
LIST_UNINVITED = """
SELECT * FROM members WHERE archived_at IS NULL
  AND id NOT IN (SELECT member_id FROM invitations WHERE round_id = :round_id) ORDER BY id
"""
INSERT_MEMBER = f"""
INSERT INTO members ({", ".join(MEMBER_FIELDS)}) VALUES ({", ".join(f":{name}" for name in MEMBER_FIELDS)})
"""
UPDATE_MEMBER = f"""
UPDATE members SET {", ".join(f"{name} = :{name}" for name in MEMBER_FIELDS)}, archived_at = :archived_at
WHERE id = :id
"""
GET_INVITED_MEMBER = "SELECT * FROM invited_members WHERE invitation_id = :invitation_id"
FREEZE_MEMBERS = """
INSERT INTO frozen_members (invitation_id, key, name, official_name, kind, state, district, country, tags, inhabitants)
SELECT invitation_id, key, name, official_name, kind, state, district, country, tags, inhabitants FROM invited_members
WHERE invitation_id IN (SELECT invitations.id FROM rounds JOIN invitations ON invitations.round_id = rounds.id
                        WHERE deadline <= :now AND cancelled_at IS NULL)
  AND invitation_id NOT IN (SELECT invitation_id FROM frozen_members)
"""


def list_all(db: Database) -> list[Member]:
    """All members, including archived ones."""
    return rows.list_all(db, Member, LIST_MEMBERS)


def count_by_region(db: Database) -> list[RegionCount]:
    """The members by region, without archived ones."""
    return rows.list_all(db, RegionCount, COUNT_BY_REGION)


def list_to_invite(db: Database, tags: Collection[str], keys: Collection[str] = ()) -> list[Member]:
    """Members that are not archived: all, those with one of the tags, or those with one of the
    keys.
    """
    wanted_tags, wanted_keys = set(tags), set(keys)
    return [
        member
        for member in list_all(db)
        if member.archived_at is None
        and (not wanted_tags or wanted_tags & set(member.tags))
        and (not wanted_keys or member.key in wanted_keys)
    ]


def list_uninvited(db: Database, round_id: int) -> list[Member]:
    """The members that are not invited to a round."""
    return rows.list_all(db, Member, LIST_UNINVITED, round_id=round_id)


def find_by_key(db: Database, key: str) -> Member | None:
    return rows.find(db, Member, GET_MEMBER_BY_KEY, key=key)


def find(db: Database, id: int) -> Member | None:
    return rows.find(db, Member, GET_MEMBER, id=id)


def get(db: Database, id: int) -> Member:
    return rows.get(db, Member, GET_MEMBER, id=id)


def get_invited(db: Database, invitation_id: int) -> Member:
    """The member of an invitation as it is now or, once the round is over, as it was then."""
    return rows.get(db, Member, GET_INVITED_MEMBER, invitation_id=invitation_id)


def freeze(db: Database, now: datetime) -> None:
    """Freeze the members of all rounds whose deadline has passed; call it before anything about a
    member changes.

    A trigger does the same when a round is closed; this covers the time between the deadline and
    the closing.
    """
    execute(db, FREEZE_MEMBERS, now=now)


def add(db: Database, member: Member) -> int:
    """Store a new member and return its id; the id in ``member`` is ignored."""
    return execute(db, INSERT_MEMBER, **rows.to_row(member))


def save(db: Database, member: Member) -> None:
    execute(db, UPDATE_MEMBER, **rows.to_row(member))


# Representatives

LIST_CURRENT_REPRESENTATIVES = (
    "SELECT * FROM representatives WHERE archived_at IS NULL ORDER BY member_id, id"
)
LIST_REPRESENTATIVES = "SELECT * FROM representatives ORDER BY member_id, id"
LIST_REPRESENTATIVES_OF_MEMBER = (
    "SELECT * FROM representatives WHERE member_id = :member_id ORDER BY id"
)
INSERT_REPRESENTATIVE = """
INSERT INTO representatives ( member_id,  name,  function,  email,  language,  may_answer)
VALUES                      (:member_id, :name, :function, :email, :language, :may_answer)
"""
UPDATE_REPRESENTATIVE = """
UPDATE representatives SET name = :name, function = :function, email = :email, language = :language,
                           may_answer = :may_answer, archived_at = :archived_at
WHERE id = :id
"""

WAS_INVITED = "SELECT 1 FROM links WHERE representative_id = :id"
DELETE_REPRESENTATIVE = "DELETE FROM representatives WHERE id = :id"


def was_invited(db: Database, representative_id: int) -> bool:
    """Whether the representative has or had a link to any round."""
    return fetch_one(db, WAS_INVITED, id=representative_id) is not None


def delete_representative(db: Database, id: int) -> None:
    """The database refuses one who was invited."""
    execute(db, DELETE_REPRESENTATIVE, id=id)


def list_representatives(db: Database, member_id: int | None = None) -> list[Representative]:
    """The current representatives of one member, or of all members."""
    if member_id is None:
        return rows.list_all(db, Representative, LIST_CURRENT_REPRESENTATIVES)
    representatives = list_all_representatives(db, member_id)
    return [
        representative for representative in representatives if representative.archived_at is None
    ]


def list_all_representatives(db: Database, member_id: int | None = None) -> list[Representative]:
    """The current and former representatives of one member, or of all members."""
    if member_id is None:
        return rows.list_all(db, Representative, LIST_REPRESENTATIVES)
    return rows.list_all(db, Representative, LIST_REPRESENTATIVES_OF_MEMBER, member_id=member_id)


def add_representative(db: Database, representative: Representative) -> int:
    """Store a new representative and return the id."""
    return execute(db, INSERT_REPRESENTATIVE, **rows.to_row(representative))


def save_representative(db: Database, representative: Representative) -> None:
    execute(db, UPDATE_REPRESENTATIVE, **rows.to_row(representative))


# Uploaded member lists in preview

SAVE_FILE = """
INSERT INTO member_files (digest, name, content, uploaded_at) VALUES (:digest, :name, :content, :now)
ON CONFLICT (digest) DO UPDATE SET name = :name, content = :content, uploaded_at = :now
"""
GET_FILE = "SELECT * FROM member_files WHERE digest = :digest"
DELETE_FILE = "DELETE FROM member_files WHERE digest = :digest"
HAS_OLDER_FILES = "SELECT 1 FROM member_files WHERE uploaded_at < :moment"
DELETE_OLDER_FILES = "DELETE FROM member_files WHERE uploaded_at < :moment"


@dataclass(frozen=True, slots=True)
class StoredMemberFile:
    """An uploaded list: ``digest`` is that of the file, ``content`` is what was read from it, as
    JSON.
    """

    digest: str
    name: str
    content: str


def save_file(db: Database, file: StoredMemberFile, now: datetime) -> None:
    execute(db, SAVE_FILE, **rows.to_row(file), now=now)


def find_file(db: Database, digest: str) -> StoredMemberFile | None:
    return rows.find(db, StoredMemberFile, GET_FILE, digest=digest)


def delete_file(db: Database, digest: str) -> None:
    execute(db, DELETE_FILE, digest=digest)


def has_older_files(db: Database, moment: datetime) -> bool:
    return fetch_one(db, HAS_OLDER_FILES, moment=moment) is not None


def delete_older_files(db: Database, moment: datetime) -> None:
    execute(db, DELETE_OLDER_FILES, moment=moment)


# Headings of member lists

LIST_HEADINGS = "SELECT heading, field FROM member_headings"
SAVE_HEADING = """
INSERT INTO member_headings (heading, field) VALUES (:heading, :field)
ON CONFLICT (heading) DO UPDATE SET field = :field
"""


def list_headings(db: Database) -> dict[str, str]:
    """The columns that the office has chosen for headings; empty for one that is left out."""
    return {row["heading"]: row["field"] for row in fetch_all(db, LIST_HEADINGS)}


def save_headings(db: Database, headings: Mapping[str, str]) -> None:
    choices = [{"heading": heading, "field": field} for heading, field in headings.items()]
    execute_many(db, SAVE_HEADING, choices)


# The member list of the office: every member with its representatives and whether mail reaches them

# A mail to the current address bounced or failed, and no later one was delivered.
LIST_UNREACHABLE_IDS = """
SELECT DISTINCT representatives.id FROM outbox JOIN links ON links.id = outbox.link_id
JOIN representatives ON representatives.id = links.representative_id
  AND representatives.email = COALESCE(NULLIF(outbox.email, ''), links.email)
WHERE (bounced_at IS NOT NULL OR failed_at IS NOT NULL) AND in_folder = 0 AND NOT EXISTS (
  SELECT 1 FROM links AS other JOIN outbox AS later ON later.link_id = other.id
  WHERE other.representative_id = representatives.id AND other.email = representatives.email AND later.id > outbox.id
    AND later.sent_at IS NOT NULL AND later.bounced_at IS NULL)
"""
LIST_KINDS = "SELECT DISTINCT kind FROM members WHERE kind <> '' ORDER BY kind"
LIST_STATES = "SELECT DISTINCT state FROM members WHERE state <> '' ORDER BY state"


@dataclass(frozen=True)
class MemberSummary:
    """A line of the member list: a member, its current representatives, and the ids of those mail
    does not reach.
    """

    member: Member
    representatives: tuple[Representative, ...] = ()
    unreachable: frozenset[int] = frozenset()

    @cached_property
    def reachability(self) -> str:
        """``mail``: as far as known, at least one of them is reached; ``lost``: none is;
        ``letter``: no address.
        """
        by_mail = [
            representative
            for representative in self.representatives
            if representative.email and representative.may_answer
        ]
        if not by_mail:
            return "letter"
        return (
            "lost"
            if all(representative.id in self.unreachable for representative in by_mail)
            else "mail"
        )

    @cached_property
    def odd_addresses(self) -> frozenset[str]:
        """The addresses whose domain does not match the others."""
        return list_odd_addresses(representative.email for representative in self.representatives)


def list_summaries(db: Database) -> list[MemberSummary]:
    """All members, including archived ones: three queries, whatever the number of members."""
    unreachable, by_member = list_unreachable_ids(db), dict[int, list[Representative]]()
    for representative in list_representatives(db):
        by_member.setdefault(representative.member_id, []).append(representative)
    return [
        build_summary(member, by_member.get(member.id, []), unreachable) for member in list_all(db)
    ]


def load_summary(db: Database, member: Member) -> MemberSummary:
    return build_summary(member, list_representatives(db, member.id), list_unreachable_ids(db))


def build_summary(
    member: Member, representatives: list[Representative], unreachable: frozenset[int]
) -> MemberSummary:
    ids = frozenset(representative.id for representative in representatives)
    return MemberSummary(member, tuple(representatives), ids & unreachable)


def list_suggestions(db: Database) -> dict[str, list[str]]:
    """The kinds and states in use, as suggestions for input fields."""
    return {
        "kinds": [row["kind"] for row in fetch_all(db, LIST_KINDS)],
        "states": [row["state"] for row in fetch_all(db, LIST_STATES)],
    }


def list_unreachable_ids(db: Database) -> frozenset[int]:
    """The ids of the representatives whom mail does not reach."""
    return frozenset(row["id"] for row in fetch_all(db, LIST_UNREACHABLE_IDS))


# Members in open rounds: what has to follow when the member list changes

LIST_RUNNING_TITLES = """
SELECT editions.title FROM invitations JOIN rounds ON rounds.id = invitations.round_id
JOIN editions ON editions.id = rounds.edition_id
WHERE member_id = :member_id AND closed_at IS NULL AND cancelled_at IS NULL ORDER BY rounds.id
"""
ROUND_IS_OPEN = "deadline > :now AND closed_at IS NULL AND cancelled_at IS NULL"
LIST_OPEN_INVITATIONS = f"""
SELECT invitations.* FROM invitations JOIN rounds ON rounds.id = invitations.round_id
WHERE member_id = :member_id AND {ROUND_IS_OPEN} ORDER BY invitations.id
"""
LIST_OPEN_LINKS = f"""
SELECT links.* FROM links JOIN invitations ON invitations.id = links.invitation_id
JOIN rounds ON rounds.id = invitations.round_id
WHERE representative_id = :id AND ended_at IS NULL AND {ROUND_IS_OPEN} ORDER BY links.id
"""
UPDATE_LINK = "UPDATE links SET name = :name, language = :language, may_answer = :may_answer WHERE id = :link_id"


def list_running_titles(db: Database, member_id: int) -> list[str]:
    """The titles of the papers of the member's rounds that are neither closed nor cancelled."""
    return [row["title"] for row in fetch_all(db, LIST_RUNNING_TITLES, member_id=member_id)]


def list_open_invitations(db: Database, member_id: int, now: datetime) -> list[Invitation]:
    """The member's invitations to open rounds."""
    return rows.list_all(db, Invitation, LIST_OPEN_INVITATIONS, member_id=member_id, now=now)


def list_open_links(db: Database, representative_id: int, now: datetime) -> list[Link]:
    """The representative's open links to open rounds."""
    return rows.list_all(db, Link, LIST_OPEN_LINKS, id=representative_id, now=now)


def update_link(db: Database, link_id: int, representative: Representative) -> None:
    """Copy name, language and permission of a representative to a link; the address stays."""
    execute(
        db,
        UPDATE_LINK,
        name=representative.name,
        language=representative.language,
        may_answer=representative.may_answer,
        link_id=link_id,
    )


# Contacts of members, and when they were last reminded

LIST_CONTACTS = """
WITH wanted AS (SELECT value AS id FROM json_each(:ids))
SELECT links.invitation_id,
       json_group_array(json_object('name', links.name, 'email', links.email,
                                     'delegated', links.delegated_by IS NOT NULL,
                                     'prepared', links.prepared <> '') ORDER BY links.id)
         FILTER (WHERE links.ended_at IS NULL) AS contacts,
       MAX((SELECT MAX(sent_at) FROM outbox WHERE outbox.link_id = links.id AND kind = 'reminder')) AS reminded_at
FROM wanted JOIN links ON links.invitation_id = wanted.id
GROUP BY links.invitation_id
"""


def list_contacts(db: Database, invitation_ids: Iterable[int]) -> dict[int, MemberContacts]:
    """By invitation, in one query; invitations without a link are missing."""
    result = fetch_all(db, LIST_CONTACTS, ids=list(invitation_ids))
    return {row["invitation_id"]: rows.load(MemberContacts, row) for row in result}


# Names that members gave in a signature and the office accepted, offered to the member list

# Of the latest round that the member signed in. A decision is about the text, so the latest one
# about the same text counts.
LIST_NAME_OFFERS = """
WITH accepted AS (
  SELECT invitation_id, text AS name FROM office_decisions AS decision
  WHERE field = 'name' AND accepted = 1 AND id = (
    SELECT MAX(id) FROM office_decisions AS other WHERE other.invitation_id = decision.invitation_id
      AND other.field = 'name' AND other.text = decision.text)
  UNION
  SELECT invitation_id, official_name FROM late_reviews JOIN answers ON answers.id = answer_id WHERE name_accepted = 1)
SELECT members.id AS member_id, members.official_name AS before, accepted.name, accepted.invitation_id, editions.title
FROM accepted
CROSS JOIN answers ON answers.invitation_id = accepted.invitation_id AND answers.official_name = accepted.name
  AND answers.kind = 'sign' AND answers.id NOT IN (SELECT answer_id FROM voidings)
  AND answers.number = (SELECT MAX(number) FROM answers AS other WHERE other.invitation_id = answers.invitation_id)
JOIN invitations ON invitations.id = accepted.invitation_id
JOIN members ON members.id = invitations.member_id AND archived_at IS NULL
JOIN rounds ON rounds.id = invitations.round_id AND cancelled_at IS NULL
JOIN editions ON editions.id = rounds.edition_id
WHERE accepted.name <> members.official_name
  AND NOT EXISTS (SELECT 1 FROM settled_names
                  WHERE invitation_id = accepted.invitation_id AND settled_names.name = accepted.name)
  AND NOT EXISTS (SELECT 1 FROM invitations AS later
                  JOIN answers ON answers.invitation_id = later.id AND answers.kind = 'sign'
                  WHERE later.member_id = members.id AND later.id > invitations.id)
ORDER BY members.id
"""
SETTLE_NAME = """
INSERT INTO settled_names (invitation_id, name, entry) VALUES (:invitation_id, :name, :entry)
"""


@dataclass(frozen=True, slots=True)
class NameOffer:
    """An accepted ``name`` that differs from that of the member list, with the paper it was given
    for.
    """

    member_id: int
    before: str
    name: str
    invitation_id: int
    title: str


def list_name_offers(db: Database) -> list[NameOffer]:
    """The names about which the office has not decided yet whether the member list takes them."""
    return rows.list_all(db, NameOffer, LIST_NAME_OFFERS)


def settle_name(db: Database, offer: NameOffer, entry: int) -> None:
    """Offer this name of this invitation no more."""
    execute(db, SETTLE_NAME, invitation_id=offer.invitation_id, name=offer.name, entry=entry)
