"""The status of a round: every invitation with the answer that counts.

Late answers are not part of it (see ``store.releases.load_late_signatures``), so what is printed
from it never changes.
"""

from collections.abc import Iterable
from dataclasses import replace
from functools import lru_cache
from operator import attrgetter
from threading import Lock
from typing import NamedTuple

from sqlite_utils import Database

from signoff.domain.members import Member
from signoff.domain.round_status import InvitationStatus, MailState, RoundStatus
from signoff.domain.rounds import Invitation, Round
from signoff.store import rounds, rows
from signoff.store.answers import version_from_row
from signoff.store.connection import snapshot
from signoff.store.rows import Row, fetch_all

LIST_INVITATION_STATUSES = """
SELECT invitations.id AS invitation_id, invitations.round_id, invitations.member_id, invitations.reference,
       invitations.invited_at,
       members.key, members.name, members.official_name AS member_official_name, members.kind AS member_kind,
       members.state, members.district, members.country, members.language, members.tags, members.inhabitants,
       members.street, members.postal_code, members.city, members.mail_without_link,
       answers.id AS answer_id, answers.number, answers.kind, answers.official_name, answers.basis, answers.body,
       answers.decision_number, answers.decision_on, answers.decision_result, answers.publish_name, answers.note,
       answers.expected_on, answers.received_at, answers.channel, answers.link_id, answers.entry,
       answers.late, answers.corrects,
       people.title, people.first_name, people.last_name, people.function, people.filled_in_by, people.filled_in_unit,
       people.filled_in_email, people.reason,
       (SELECT accepted FROM office_decisions WHERE invitation_id = invitations.id AND field = 'note'
        AND text = answers.note ORDER BY office_decisions.id DESC LIMIT 1) AS note_accepted,
       (SELECT accepted FROM office_decisions WHERE invitation_id = invitations.id AND field = 'name'
        AND text = answers.official_name ORDER BY office_decisions.id DESC LIMIT 1) AS name_accepted,
       (SELECT json_group_array(json_object(
          'id', id, 'invitation_id', invitation_id, 'answer_id', answer_id, 'link_id', link_id, 'text', text,
          'settled_by', settled_by, 'objected_at', objected_at, 'settled_at', settled_at) ORDER BY id)
        FROM objections WHERE invitation_id = invitations.id AND settled_at IS NULL) AS objections,
       NOT EXISTS (SELECT 1 FROM links WHERE links.invitation_id = invitations.id AND ended_at IS NULL
                   AND links.email <> '' AND may_answer) AS by_letter,
       EXISTS (SELECT 1 FROM links WHERE links.invitation_id = invitations.id AND ended_with_giver AND NOT EXISTS (
                 SELECT 1 FROM links AS other WHERE other.invitation_id = links.invitation_id
                 AND other.ended_at IS NULL AND lower(other.email) = lower(links.email))) AS cut_off,
       (SELECT json_group_array(json_object('invitation_id', invitation_id, 'kind', kind, 'sent_on', sent_on)
                                ORDER BY sent_on, id)
        FROM letters WHERE invitation_id = invitations.id) AS letters
FROM invitations
JOIN invited_members AS members ON members.invitation_id = invitations.id
LEFT JOIN answers ON answers.invitation_id = invitations.id
  AND answers.number = (SELECT MAX(number) FROM answers AS other WHERE other.invitation_id = invitations.id
                        AND other.late = 0)
  AND answers.id NOT IN (SELECT answer_id FROM voidings)  -- no earlier answer replaces a voided one
LEFT JOIN answer_people AS people ON people.answer_id = answers.id
WHERE invitations.round_id = :round_id
"""
# What the audit log binds no rows of: the delivery of mail, and whether an answer is prepared.
LIST_UNBOUND = """
SELECT invitations.id, COUNT(outbox.id), COUNT(sent_at) - COUNT(bounced_at), COUNT(failed_at), COUNT(bounced_at),
       COALESCE(MAX(in_folder), 0), COALESCE(MAX(error), ''), COALESCE(MAX(ended_at IS NULL AND prepared <> ''), 0)
FROM invitations LEFT JOIN links ON links.invitation_id = invitations.id
LEFT JOIN outbox ON outbox.link_id = links.id AND links.may_answer AND outbox.kind IN ('invitation', 'new_link')
WHERE round_id = :round_id GROUP BY invitations.id
"""
# The invitation whose status a bound row is part of, by the table of the row; 0 if there is none.
INVITATION_OF_ROW = {
    "invitations": "id",
    "frozen_members": "id",
    "members": "COALESCE((SELECT id FROM invitations WHERE member_id = changed.id AND round_id = :round_id), 0)",
    "answer_people": "(SELECT invitation_id FROM answers WHERE id = changed.id)",
    "voidings": "(SELECT invitation_id FROM answers WHERE id = changed.id)",
    **{
        name: f"(SELECT invitation_id FROM {name} WHERE id = changed.id)"
        for name in ("answers", "letters", "links", "objections", "office_decisions")
    },
}
# ``NULL`` where that is not known, as of a row that is gone, or if the log has no such entry.
LIST_CHANGED_INVITATIONS = """
WITH changed AS MATERIALIZED (
  SELECT name, key ->> '$[0]' AS id FROM bound_rows WHERE seq > CAST(:entry AS INTEGER))
SELECT NULL AS invitation_id
WHERE NOT EXISTS (SELECT 1 FROM audit WHERE seq = CAST(:entry AS INTEGER) AND seq || '-' || hex(salt) = :entry)
""" + "".join(
    f"UNION SELECT {invitation} FROM changed WHERE name = '{name}'\n"
    for name, invitation in INVITATION_OF_ROW.items()
)
MAX_KEPT = 25_000  # about 4 kB each

AMONG_IDS = " AND invitations.id IN (SELECT value FROM json_each(:ids))"


class Unbound(NamedTuple):
    """The fields of an ``InvitationStatus`` that are read each time."""

    mail: MailState | None
    mail_error: str
    prepared: bool


get_unbound = attrgetter(*Unbound._fields)

# By the number of the round, with the version tag; the one used last is at the end.
kept: dict[int, tuple[str, RoundStatus]] = {}
kept_lock = Lock()


def load(db: Database, round: Round) -> RoundStatus:
    """The current status: a few queries, whatever the number of members.

    Outside of a transaction it is kept until something changes, at most ``MAX_KEPT`` invitations;
    then only the invitations are read that the rows bound to later entries of the log belong to.
    """
    if db.conn.in_transaction:  # what it sees may be rolled back
        return read(db, round)
    with snapshot(db):
        tag = rounds.get_version_tag(db)
        with kept_lock:
            known_tag, status = kept.get(round.id, ("", None))
        if status is None or status.round != round:
            status = read(db, round)
        elif known_tag != tag:
            status = refresh(db, status, known_tag.partition("/")[0])
    with kept_lock:
        kept.pop(round.id, None)
        kept[round.id] = tag, status
        while len(kept) > 1 and sum(len(each.invitations) for _, each in kept.values()) > MAX_KEPT:
            del kept[next(iter(kept))]
    return status


def read(db: Database, round: Round) -> RoundStatus:
    """The current status, from the tables alone: for what cannot be corrected afterwards."""
    return select(db, round, LIST_INVITATION_STATUSES)


def refresh(db: Database, status: RoundStatus, entry: str) -> RoundStatus:
    """``status``, which was read at this entry of the log, as it is now."""
    rows = fetch_all(db, LIST_CHANGED_INVITATIONS, entry=entry, round_id=status.round.id)
    ids = {row["invitation_id"] for row in rows}
    if None in ids:
        return read(db, status.round)
    unchanged = [each for each in status.invitations if each.invitation.id not in ids]
    return select(db, status.round, LIST_INVITATION_STATUSES + AMONG_IDS, unchanged, ids=ids)


def select(
    db: Database,
    round: Round,
    query: str,
    unchanged: Iterable[InvitationStatus] = (),
    **parameters: object,
) -> RoundStatus:
    """The invitations that ``query`` finds, and those that are unchanged but for their mail."""
    records = fetch_all(db, query, round_id=round.id, **parameters)
    unbound = {
        id: parse_unbound(*row) for id, *row in fetch_all(db, LIST_UNBOUND, round_id=round.id)
    }
    return RoundStatus.of(
        round,
        [
            *(update(each, unbound[each.invitation.id]) for each in unchanged),
            *(invitation_status_from_row(row, unbound[row["invitation_id"]]) for row in records),
        ],
    )


def update(status: InvitationStatus, unbound: Unbound) -> InvitationStatus:
    if get_unbound(status) == unbound:
        return status
    return replace(status, **unbound._asdict())


def invitation_status_from_row(row: Row, unbound: Unbound) -> InvitationStatus:
    version = None
    if row["answer_id"]:
        version = version_from_row(row, id=row["answer_id"])
    return rows.load(
        InvitationStatus,
        row,
        invitation=rows.load(Invitation, row, id=row["invitation_id"]),
        member=rows.load(
            Member,
            row,
            id=row["member_id"],
            official_name=row["member_official_name"],
            kind=row["member_kind"],
        ),
        version=version,
        **unbound._asdict(),
    )


@lru_cache(maxsize=256)  # nearly all members have the same
def parse_unbound(
    mails: int, sent: int, failed: int, bounced: int, in_folder: int, error: str, prepared: int
) -> Unbound:
    """A member is reached by one delivered mail; it is unreached only if all of its mails failed or
    bounced.
    """
    mail: MailState | None
    if not mails:
        mail = None
    elif sent:
        mail = MailState.SENT
    elif failed + bounced < mails:
        mail = MailState.PENDING
    elif bounced:
        mail = MailState.BOUNCED
    else:
        mail = MailState.FOLDER if in_folder else MailState.FAILED
    return Unbound(mail, error, bool(prepared))
