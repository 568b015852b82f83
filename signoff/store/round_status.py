"""The picture of a round: every place with the answer that counts, in one query.

What comes after the release is not in it (``store.lates``): what is printed from it stays the same.
"""

import json

from sqlite_utils import Database

from signoff.domain.answers import AnswerVersion, Channel
from signoff.domain.members import Member
from signoff.domain.round_status import InvitationStatus, MailState, RoundStatus
from signoff.domain.rounds import Invitation, Round
from signoff.store.answers import answer_from_row, objection_from_row
from signoff.store.rows import Row, fetch_all, parse_datetime

LIST_INVITATION_STATUSES = """
WITH mail AS (
  SELECT links.invitation_id, COUNT(*) AS all_mail, COUNT(sent_at) - COUNT(bounced_at) AS sent,
         COUNT(failed_at) AS failed, COUNT(bounced_at) AS bounced, MAX(error) AS error
  FROM outbox JOIN links ON links.id = outbox.link_id JOIN invitations ON invitations.id = links.invitation_id
  WHERE round_id = :round_id AND links.may_answer AND outbox.kind IN ('invitation', 'fresh_link')
  GROUP BY links.invitation_id)
SELECT invitations.id AS invitation_id, invitations.round_id, invitations.member_id, invitations.reference,
       invitations.invited_at,
       members.key, members.name, members.official_name AS member_official_name, members.kind AS member_kind,
       members.state, members.country, members.language,
       answers.id AS answer_id, answers.number, answers.kind, answers.official_name, answers.basis, answers.body,
       answers.decision_number, answers.decision_on, answers.decision_result, answers.publish_name, answers.note,
       answers.expected_on, answers.received_at, answers.channel, answers.link_id, answers.entry,
       answers.corrects,
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
       mail.all_mail, mail.sent, mail.failed, mail.bounced, mail.error
FROM invitations
JOIN invited_members AS members ON members.invitation_id = invitations.id
LEFT JOIN answers ON answers.invitation_id = invitations.id
  AND answers.number = (SELECT MAX(number) FROM answers AS other WHERE other.invitation_id = invitations.id
                        AND other.late = 0)
  AND answers.id NOT IN (SELECT answer_id FROM voidings)  -- the last one counts, unless voided; none before it does
LEFT JOIN answer_people AS people ON people.answer_id = answers.id
LEFT JOIN mail ON mail.invitation_id = invitations.id
WHERE invitations.round_id = :round_id
"""


def load(db: Database, round: Round) -> RoundStatus:
    """Where ``round`` stands now: one query, whatever the number of members."""
    return RoundStatus.of(
        round,
        [
            invitation_status_from_row(each)
            for each in fetch_all(db, LIST_INVITATION_STATUSES, {"round_id": round.id})
        ],
    )


def invitation_status_from_row(found: Row) -> InvitationStatus:
    return InvitationStatus(
        Invitation(
            found["invitation_id"],
            found["round_id"],
            found["member_id"],
            found["reference"],
            parse_datetime(found["invited_at"]),
        ),
        Member(
            found["member_id"],
            found["key"],
            found["name"],
            found["member_official_name"],
            found["member_kind"],
            found["state"],
            found["country"],
            found["language"],
        ),
        version_from_row(found) if found["answer_id"] else None,
        parse_acceptance(found["note_accepted"]),
        parse_acceptance(found["name_accepted"]),
        derive_mail_state(found),
        found["error"] or "",
        tuple(map(objection_from_row, json.loads(found["objections"]))),
    )


def version_from_row(found: Row) -> AnswerVersion:
    return AnswerVersion(
        found["answer_id"],
        found["invitation_id"],
        found["number"],
        answer_from_row(found),
        parse_datetime(found["received_at"]),
        Channel(found["channel"]),
        found["link_id"],
        found["entry"],
        corrects=found["corrects"],
    )


def parse_acceptance(accepted: int | None) -> bool | None:
    return None if accepted is None else bool(accepted)


def derive_mail_state(found: Row) -> MailState | None:
    """Reached once one of a member's mails was; not reached only when every one failed or came back."""
    if not found["all_mail"]:
        return None
    if found["sent"]:
        return MailState.SENT
    if found["failed"] + found["bounced"] < found["all_mail"]:
        return MailState.PENDING
    return MailState.BOUNCED if found["bounced"] else MailState.FAILED
