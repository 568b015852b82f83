"""Member municipalities and their representatives."""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime
from functools import cached_property

from sqlite_utils import Database

from signoff.domain.answers import AnswerKind
from signoff.domain.members import Contact, Member, MemberContacts, Representative
from signoff.domain.rounds import Invitation, Link, Round
from signoff.domain.text import list_odd_addresses
from signoff.store.rounds import invitation_from_row, link_from_row, round_from_row
from signoff.store.rows import (
    Row,
    execute,
    fetch_all,
    fetch_one,
    format_utc,
    parse_optional_datetime,
)

# Member lists that were uploaded and are being looked at.

SAVE_FILE = """
INSERT INTO member_files (digest, name, content, uploaded_at) VALUES (:digest, :name, :content, :now)
ON CONFLICT (digest) DO UPDATE SET name = :name, content = :content, uploaded_at = :now
"""
GET_FILE = "SELECT * FROM member_files WHERE digest = :digest"


@dataclass(frozen=True, slots=True)
class StoredMemberFile:
    """One list: ``content`` is what was read of it, as text; ``digest`` is that of the file."""

    digest: str
    name: str
    content: str


def save_file(db: Database, file: StoredMemberFile, now: datetime) -> None:
    execute(
        db,
        SAVE_FILE,
        {"digest": file.digest, "name": file.name, "content": file.content, "now": format_utc(now)},
    )


def find_file(db: Database, digest: str) -> StoredMemberFile | None:
    found = fetch_one(db, GET_FILE, {"digest": digest})
    return StoredMemberFile(found["digest"], found["name"], found["content"]) if found else None


def delete_file(db: Database, digest: str) -> None:
    execute(db, "DELETE FROM member_files WHERE digest = :digest", {"digest": digest})


def has_older_files(db: Database, than: datetime) -> bool:
    return (
        fetch_one(
            db, "SELECT 1 FROM member_files WHERE uploaded_at < :than", {"than": format_utc(than)}
        )
        is not None
    )


def delete_older_files(db: Database, than: datetime) -> None:
    execute(db, "DELETE FROM member_files WHERE uploaded_at < :than", {"than": format_utc(than)})


LIST_MEMBERS = "SELECT * FROM members ORDER BY id"
GET_MEMBER_BY_KEY = "SELECT * FROM members WHERE key = :key"
GET_MEMBER = "SELECT * FROM members WHERE id = :id"
LIST_UNINVITED = """
SELECT * FROM members WHERE archived_at IS NULL
  AND id NOT IN (SELECT member_id FROM invitations WHERE round_id = :round_id) ORDER BY id
"""
INSERT_MEMBER = """
INSERT INTO members ( key,  name,  official_name,  kind,  state,  country,  language,  tags)
VALUES              (:key, :name, :official_name, :kind, :state, :country, :language, :tags)
"""
UPDATE_MEMBER = """
UPDATE members SET key = :key, name = :name, official_name = :official_name, kind = :kind, state = :state,
                   country = :country, language = :language, tags = :tags, archived_at = :archived_at
WHERE id = :id
"""
GET_INVITED_MEMBER = "SELECT * FROM invited_members WHERE invitation_id = :invitation_id"
FREEZE_MEMBERS = """
INSERT INTO frozen_members (invitation_id, key, name, official_name, kind, state, country)
SELECT invitation_id, key, name, official_name, kind, state, country FROM invited_members
WHERE invitation_id IN (SELECT invitations.id FROM rounds JOIN invitations ON invitations.round_id = rounds.id
                        WHERE deadline <= :now AND cancelled_at IS NULL)
  AND invitation_id NOT IN (SELECT invitation_id FROM frozen_members)
"""
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


def list_all(db: Database) -> list[Member]:
    """All members, archived ones too."""
    return [member_from_row(each) for each in fetch_all(db, LIST_MEMBERS)]


def list_uninvited(db: Database, round_id: int) -> list[Member]:
    """The members a round has not invited."""
    return [member_from_row(each) for each in fetch_all(db, LIST_UNINVITED, {"round_id": round_id})]


def find_by_key(db: Database, key: str) -> Member | None:
    found = fetch_one(db, GET_MEMBER_BY_KEY, {"key": key})
    return member_from_row(found) if found else None


def find(db: Database, id: int) -> Member | None:
    found = fetch_one(db, GET_MEMBER, {"id": id})
    return member_from_row(found) if found else None


def get_invited(db: Database, invitation_id: int) -> Member:
    """The member behind an invitation: as it is, or once the round is over, as it was then."""
    found = fetch_one(db, GET_INVITED_MEMBER, {"invitation_id": invitation_id})
    assert found, f"no invitation {invitation_id}"
    return member_from_row(found)


def freeze(db: Database, now: datetime) -> None:
    """Keep the members of every round whose deadline has passed as they are, before anything about them changes.

    Closing does the same by a trigger; this is for the time between a deadline and the closing that records it.
    """
    execute(db, FREEZE_MEMBERS, {"now": format_utc(now)})


def add(db: Database, member: Member) -> int:
    """Keep a new member; its id is given back (the one of ``member`` is ignored)."""
    return execute(db, INSERT_MEMBER, member_to_row(member))


def save(db: Database, member: Member) -> None:
    execute(db, UPDATE_MEMBER, member_to_row(member))


def list_representatives(db: Database, member_id: int | None = None) -> list[Representative]:
    """The current representatives of one member, or of all."""
    if member_id is not None:
        return [
            each for each in list_all_representatives(db, member_id) if each.archived_at is None
        ]
    return [representative_from_row(each) for each in fetch_all(db, LIST_CURRENT_REPRESENTATIVES)]


def list_all_representatives(db: Database, member_id: int | None = None) -> list[Representative]:
    """Everybody who is or was a representative, of one member or of all."""
    found = (
        fetch_all(db, LIST_REPRESENTATIVES)
        if member_id is None
        else fetch_all(db, LIST_REPRESENTATIVES_OF_MEMBER, {"member_id": member_id})
    )
    return [representative_from_row(each) for each in found]


def add_representative(db: Database, representative: Representative) -> int:
    """Keep a new representative; the id is given back."""
    return execute(db, INSERT_REPRESENTATIVE, {**asdict(representative), "archived_at": None})


def save_representative(db: Database, representative: Representative) -> None:
    columns = {**asdict(representative), "archived_at": format_utc(representative.archived_at)}
    execute(db, UPDATE_REPRESENTATIVE, columns)


def member_to_row(member: Member) -> dict[str, object]:
    return {
        **asdict(member),
        "tags": json.dumps(list(member.tags), ensure_ascii=False),
        "archived_at": format_utc(member.archived_at),
    }


def member_from_row(found: Row) -> Member:
    names = ("id", "key", "name", "official_name", "kind", "state", "country", "language")
    return Member(
        **{name: found[name] for name in names},
        tags=tuple(json.loads(found["tags"])),
        archived_at=parse_optional_datetime(found["archived_at"]),
    )


def representative_from_row(found: Row) -> Representative:
    names = ("id", "member_id", "name", "function", "email", "language")
    facts = {name: found[name] for name in names}
    return Representative(
        **facts,
        archived_at=parse_optional_datetime(found["archived_at"]),
        may_answer=bool(found["may_answer"]),
    )


# The member list as the office sees it: every member with its representatives and whether mail reaches them.

# A mail to the address somebody has today came back or was not taken, and none has got through to it since.
LIST_UNREACHABLE_IDS = """
SELECT DISTINCT representatives.id FROM outbox JOIN links ON links.id = outbox.link_id
JOIN representatives ON representatives.id = links.representative_id AND representatives.email = links.email
WHERE (bounced_at IS NOT NULL OR failed_at IS NOT NULL) AND NOT EXISTS (
  SELECT 1 FROM links AS other JOIN outbox AS later ON later.link_id = other.id
  WHERE other.representative_id = representatives.id AND other.email = links.email AND later.id > outbox.id
    AND later.sent_at IS NOT NULL AND later.bounced_at IS NULL)
"""
LIST_PARTICIPATIONS = """
SELECT rounds.*, (SELECT released_at FROM releases WHERE round_id = rounds.id AND number = 1) AS released_at,
       editions.title, invitations.id AS invitation_id, invitations.reference, answers.kind, answers.received_at
FROM invitations JOIN rounds ON rounds.id = invitations.round_id JOIN editions ON editions.id = rounds.edition_id
LEFT JOIN answers ON answers.invitation_id = invitations.id
  AND answers.number = (SELECT MAX(number) FROM answers AS other WHERE other.invitation_id = invitations.id)
WHERE member_id = :member_id ORDER BY rounds.id DESC
"""
LIST_KINDS = "SELECT DISTINCT kind FROM members WHERE kind <> '' ORDER BY kind"
LIST_STATES = "SELECT DISTINCT state FROM members WHERE state <> '' ORDER BY state"


@dataclass(frozen=True, slots=True)
class Participation:
    """One round as a member took part in it: ``kind`` is the answer that counts, ``None`` without one."""

    round: Round
    title: str
    invitation_id: int
    reference: str
    kind: AnswerKind | None
    received_at: datetime | None


@dataclass(frozen=True)
class MemberSummary:
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
        return list_odd_addresses(each.email for each in self.people)


def list_summaries(db: Database) -> list[MemberSummary]:
    """All members, archived ones too: three queries, however many there are."""
    lost, people = list_unreachable_ids(db), dict[int, list[Representative]]()
    for each in list_representatives(db):
        people.setdefault(each.member_id, []).append(each)
    return [build_summary(each, people.get(each.id, []), lost) for each in list_all(db)]


def load_summary(db: Database, member: Member) -> MemberSummary:
    return build_summary(member, list_representatives(db, member.id), list_unreachable_ids(db))


def build_summary(
    member: Member, people: list[Representative], lost: frozenset[int]
) -> MemberSummary:
    mine = frozenset(each.id for each in people) & lost if lost else lost
    return MemberSummary(member, tuple(people), mine)


def list_suggestions(db: Database) -> dict[str, list[str]]:
    """Kinds and states that are in use, to be offered while one types."""
    return {
        "kinds": [kind for (kind,) in fetch_all(db, LIST_KINDS)],
        "states": [state for (state,) in fetch_all(db, LIST_STATES)],
    }


def list_unreachable_ids(db: Database) -> frozenset[int]:
    return frozenset(each["id"] for each in fetch_all(db, LIST_UNREACHABLE_IDS))


def list_participations(db: Database, member_id: int) -> list[Participation]:
    """The rounds the member was asked in, the newest first: one query."""
    return [
        participation_from_row(each)
        for each in fetch_all(db, LIST_PARTICIPATIONS, {"member_id": member_id})
    ]


def participation_from_row(found: Row) -> Participation:
    kind = AnswerKind(found["kind"]) if found["kind"] else None
    counts = kind if kind is not AnswerKind.WITHDRAWN else None
    received = parse_optional_datetime(found["received_at"]) if counts else None
    return Participation(
        round_from_row(found),
        found["title"],
        found["invitation_id"],
        found["reference"],
        counts,
        received,
    )


# Members in the rounds that run: what has to follow when the member list changes.

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
    """The titles of the papers this member is being asked about: rounds that are neither closed nor cancelled."""
    return [each["title"] for each in fetch_all(db, LIST_RUNNING_TITLES, {"member_id": member_id})]


def list_open_invitations(db: Database, member_id: int, now: datetime) -> list[Invitation]:
    """The member's invitations to rounds that take answers now."""
    found = fetch_all(db, LIST_OPEN_INVITATIONS, {"member_id": member_id, "now": format_utc(now)})
    return [invitation_from_row(each) for each in found]


def list_open_links(db: Database, representative_id: int, now: datetime) -> list[Link]:
    """The representative's open links to rounds that take answers now."""
    return [
        link_from_row(each)
        for each in fetch_all(
            db, LIST_OPEN_LINKS, {"id": representative_id, "now": format_utc(now)}
        )
    ]


def update_link(db: Database, link_id: int, person: Representative) -> None:
    """The link's holder is called, spoken to and allowed what the member list says; her address is left alone."""
    told = {"name": person.name, "language": person.language, "may_answer": person.may_answer}
    execute(db, UPDATE_LINK, {**told, "link_id": link_id})


# Who holds the links of a member, and when it was last reminded: for the rows a table shows.

LIST_CONTACTS = """
WITH wanted AS (SELECT value AS id FROM json_each(:ids))
SELECT links.invitation_id,
       json_group_array(json_array(links.name, links.email, links.delegated_by IS NOT NULL) ORDER BY links.id)
         FILTER (WHERE links.ended_at IS NULL) AS holders,
       MAX((SELECT MAX(sent_at) FROM reminders
            JOIN outbox ON outbox.link_id = reminders.primary_link_id AND outbox.number = reminders.number
              AND outbox.kind = 'reminder'
            WHERE reminders.link_id = links.id)) AS reminded_at
FROM wanted JOIN links ON links.invitation_id = wanted.id
GROUP BY links.invitation_id
"""


def list_contacts(db: Database, invitation_ids: Iterable[int]) -> dict[int, MemberContacts]:
    """By invitation, in one query; an invitation without any link is missing."""
    found = fetch_all(db, LIST_CONTACTS, {"ids": json.dumps(list(invitation_ids))})
    return {each["invitation_id"]: contacts_from_row(each) for each in found}


def contacts_from_row(found: Row) -> MemberContacts:
    holders = json.loads(found["holders"] or "[]")
    return MemberContacts(
        tuple(Contact(name, email, bool(passed_on)) for name, email, passed_on in holders),
        parse_optional_datetime(found["reminded_at"]),
    )
