"""The status of a round: every invitation with the answer that counts, in one query.

Late answers are not part of it (see ``store.releases.load_late_signatures``), so what is printed
from it never changes.
"""

from threading import Lock

from sqlite_utils import Database

from signoff.domain.members import Member
from signoff.domain.round_status import InvitationStatus, MailState, RoundStatus
from signoff.domain.rounds import Invitation, Round
from signoff.store import rounds, rows
from signoff.store.answers import version_from_row
from signoff.store.rows import Row, fetch_all

LIST_INVITATION_STATUSES = """
WITH mail AS (
  SELECT links.invitation_id, COUNT(*) AS all_mail, COUNT(sent_at) - COUNT(bounced_at) AS sent,
         COUNT(failed_at) AS failed, COUNT(bounced_at) AS bounced, MAX(in_folder) AS in_folder,
         MAX(error) AS error
  FROM outbox JOIN links ON links.id = outbox.link_id JOIN invitations ON invitations.id = links.invitation_id
  WHERE round_id = :round_id AND links.may_answer AND outbox.kind IN ('invitation', 'new_link')
  GROUP BY links.invitation_id)
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
       EXISTS (SELECT 1 FROM links WHERE links.invitation_id = invitations.id AND ended_at IS NULL
               AND prepared <> '') AS prepared,
       (SELECT json_group_array(json_object('invitation_id', invitation_id, 'kind', kind, 'sent_on', sent_on)
                                ORDER BY sent_on, id)
        FROM letters WHERE invitation_id = invitations.id) AS letters,
       mail.all_mail, mail.sent, mail.failed, mail.bounced, mail.in_folder, COALESCE(mail.error, '') AS mail_error
FROM invitations
JOIN invited_members AS members ON members.invitation_id = invitations.id
LEFT JOIN answers ON answers.invitation_id = invitations.id
  AND answers.number = (SELECT MAX(number) FROM answers AS other WHERE other.invitation_id = invitations.id
                        AND other.late = 0)
  AND answers.id NOT IN (SELECT answer_id FROM voidings)  -- no earlier answer replaces a voided one
LEFT JOIN answer_people AS people ON people.answer_id = answers.id
LEFT JOIN mail ON mail.invitation_id = invitations.id
WHERE invitations.round_id = :round_id
"""
MAX_KEPT = 25_000  # about 4 kB each

# No other signature has anything to decide; see ``InvitationStatus.undecided``.
HAS_NOTE_OR_NAME = """
  AND answers.kind = 'sign' AND (answers.note <> '' OR answers.official_name <> members.official_name)
"""


Values = tuple[object, ...]  # a row
Known = dict[Values, tuple[Values, InvitationStatus]]
# By the number of the round, with the version tag and the rows; the one used last is at the end.
kept: dict[int, tuple[str, RoundStatus, Known]] = {}
kept_lock = Lock()


def load(db: Database, round: Round) -> RoundStatus:
    """The current status: one query, whatever the number of members.

    Outside of a transaction it is kept until something changes, at most ``MAX_KEPT`` invitations;
    then only the invitations whose rows have changed are made anew.
    """
    if db.conn.in_transaction:  # what it sees may be rolled back
        return select(db, round, LIST_INVITATION_STATUSES)
    tag = rounds.get_version_tag(db)
    with kept_lock:
        known_tag, status, known = kept.get(round.id, ("", None, {}))
    if status is None or known_tag != tag or status.round != round:
        records = fetch_all(db, LIST_INVITATION_STATUSES, round_id=round.id)
        made = [
            known.get(tuple(row)) or (tuple(row), invitation_status_from_row(row))
            for row in records
        ]
        known = {each[0]: each for each in made}  # equal rows of before, with their texts
        status = RoundStatus.of(round, [each for _, each in made])
    with kept_lock:
        kept.pop(round.id, None)
        kept[round.id] = tag, status, known
        while len(kept) > 1 and sum(len(each) for *_, each in kept.values()) > MAX_KEPT:
            del kept[next(iter(kept))]
    return status


def list_undecided(db: Database, round: Round) -> tuple[InvitationStatus, ...]:
    """Members whose note or name is undecided, sorted by name, without loading all members."""
    return select(db, round, LIST_INVITATION_STATUSES + HAS_NOTE_OR_NAME).undecided


def select(db: Database, round: Round, query: str) -> RoundStatus:
    records = fetch_all(db, query, round_id=round.id)
    return RoundStatus.of(round, [invitation_status_from_row(row) for row in records])


def invitation_status_from_row(row: Row) -> InvitationStatus:
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
        mail=derive_mail_state(row),
    )


def derive_mail_state(row: Row) -> MailState | None:
    """A member is reached by one delivered mail; it is unreached only if all of its mails failed or
    bounced.
    """
    if not row["all_mail"]:
        return None
    if row["sent"]:
        return MailState.SENT
    if row["failed"] + row["bounced"] < row["all_mail"]:
        return MailState.PENDING
    if row["bounced"]:
        return MailState.BOUNCED
    return MailState.FOLDER if row["in_folder"] else MailState.FAILED
