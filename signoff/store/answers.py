"""Answers, all versions of them, and what the office does about them.

The personal data of an answer is in a table of its own, because it can be erased.
"""

from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlite_utils import Database

from signoff.domain.answer_forms import AnswerRecord, Evidence, Scan
from signoff.domain.answers import (
    Answer,
    AnswerKind,
    AnswerVersion,
    Basis,
    CouncilDecision,
    Declaration,
    Objection,
    OfficeNote,
    Signer,
    Submitter,
    Voiding,
)
from signoff.store import rows
from signoff.store.rows import Row, execute, fetch_all, fetch_one, fetch_value

# Versions of answers.

SELECT_VERSION = """
SELECT answers.*, answer_people.* FROM answers LEFT JOIN answer_people ON answer_people.answer_id = answers.id
"""
# A voided answer does not count, and no earlier version replaces it.
GET_CURRENT_VERSION = f"""
SELECT * FROM ({SELECT_VERSION} WHERE invitation_id = :invitation_id ORDER BY number DESC LIMIT 1)
WHERE id NOT IN (SELECT answer_id FROM voidings)
"""
GET_HIGHEST_NUMBER = (
    "SELECT COALESCE(MAX(number), 0) AS number FROM answers WHERE invitation_id = :invitation_id"
)
LIST_VERSIONS = f"{SELECT_VERSION} WHERE invitation_id = :invitation_id ORDER BY number"
GET_VERSION = f"{SELECT_VERSION} WHERE answers.id = :id"
GET_VERSION_BY_FORM_KEY = (
    f"{SELECT_VERSION} WHERE invitation_id = :invitation_id AND form_key = :form_key"
)
GET_LAST_SIGNATURE = f"""
{SELECT_VERSION} JOIN invitations ON invitations.id = answers.invitation_id
WHERE invitation_id <> :invitation_id AND kind = 'sign' AND last_name <> ''
  AND member_id = (SELECT member_id FROM invitations WHERE id = :invitation_id)
  AND number = (SELECT MAX(number) FROM answers AS later WHERE later.invitation_id = answers.invitation_id)
  AND answers.id NOT IN (SELECT answer_id FROM voidings)
ORDER BY received_at DESC LIMIT 1
"""
INSERT_ANSWER = """
INSERT INTO answers ( invitation_id,  number,  kind,  official_name,  basis,  body,  decision_number,  decision_on,
                      decision_result,  publish_name,  note,  expected_on,  received_at,  channel,  link_id,  form_key,
                      entry,  corrects,  late)
VALUES              (:invitation_id, :number, :kind, :official_name, :basis, :body, :decision_number, :decision_on,
                     :decision_result, :publish_name, :note, :expected_on, :received_at, :channel, :link_id, :form_key,
                     :entry, :corrects, :late)
"""
INSERT_ANSWER_PEOPLE = """
INSERT INTO answer_people ( answer_id,  title,  first_name,  last_name,  function,  filled_in_by,  filled_in_unit,
                            filled_in_email,  reason)
VALUES                    (:answer_id, :title, :first_name, :last_name, :function, :filled_in_by, :filled_in_unit,
                           :filled_in_email, :reason)
"""


def add(db: Database, version: AnswerVersion, form_key: str) -> AnswerVersion:
    """Store another version; its id is set here.

    The database refuses a gap in the numbers, a second use of a form, and an answer that the round
    does not take any more.
    """
    columns = rows.to_row(version) | answer_to_row(version.answer)
    del columns["answer"], columns["id"]
    id = execute(db, INSERT_ANSWER, **columns, form_key=form_key)
    execute(db, INSERT_ANSWER_PEOPLE, **personal_data_to_row(version.answer), answer_id=id)
    return replace(version, id=id)


def find_current(db: Database, invitation_id: int) -> AnswerVersion | None:
    """The version that counts: the latest one, unless it was voided."""
    return find_version(db, GET_CURRENT_VERSION, invitation_id=invitation_id)


def get_highest_number(db: Database, invitation_id: int) -> int:
    """The number of the latest version, voided or not; 0 if there is none."""
    return int(fetch_value(db, GET_HIGHEST_NUMBER, invitation_id=invitation_id))


def list_versions(db: Database, invitation_id: int) -> list[AnswerVersion]:
    """All versions, the first one first."""
    records = fetch_all(db, LIST_VERSIONS, invitation_id=invitation_id)
    return [version_from_row(row) for row in records]


def find(db: Database, id: int) -> AnswerVersion | None:
    return find_version(db, GET_VERSION, id=id)


def get(db: Database, id: int) -> AnswerVersion:
    return rows.require(find(db, id), AnswerVersion, id)


def find_by_form_key(db: Database, invitation_id: int, form_key: str) -> AnswerVersion | None:
    """The answer that this very form has submitted, so that a second click finds its receipt."""
    return find_version(db, GET_VERSION_BY_FORM_KEY, invitation_id=invitation_id, form_key=form_key)


def find_replaced(db: Database, version: AnswerVersion | None) -> AnswerVersion | None:
    """The answer of somebody else, or of the office, that ``version`` has replaced."""
    if version is None or version.number == 1:
        return None
    previous = list_versions(db, version.invitation_id)[version.number - 2]
    counted = previous.is_answer and find_voiding(db, previous.id) is None
    return previous if counted and not previous.is_own(version.link_id) else None


def find_last_signer(db: Database, invitation_id: int) -> Signer | None:
    """The last signer of the invited member in another round."""
    version = find_version(db, GET_LAST_SIGNATURE, invitation_id=invitation_id)
    declaration = version.answer.declaration if version else None
    return declaration.signer if declaration else None


def find_version(db: Database, sql: str, /, **parameters: object) -> AnswerVersion | None:
    row = fetch_one(db, sql, **parameters)
    return version_from_row(row) if row else None


def answer_to_row(answer: Answer) -> dict[str, object]:
    declaration = answer.declaration
    decision = declaration.decision if declaration else None
    return {
        "kind": answer.kind,
        "official_name": declaration.official_name if declaration else "",
        "basis": declaration.basis if declaration else "",
        "body": decision.body if decision else answer.expected_body,
        "decision_number": decision.number if decision else "",
        "decision_on": decision.on if decision else None,
        "decision_result": decision.result if decision else "",
        "publish_name": declaration.publish_name if declaration else False,
        "note": declaration.note if declaration else "",
        "expected_on": answer.expected_on,
    }


def personal_data_to_row(answer: Answer) -> dict[str, object]:
    signer = answer.declaration.signer if answer.declaration else Signer("", "", "")
    submitter = answer.filled_in or Submitter("", "", "")
    return {
        "title": signer.title,
        "first_name": signer.first_name,
        "last_name": signer.last_name,
        "function": signer.function,
        "filled_in_by": submitter.name,
        "filled_in_unit": submitter.unit,
        "filled_in_email": submitter.email,
        "reason": answer.reason,
    }


def version_from_row(row: Row, **values: object) -> AnswerVersion:
    return rows.load(AnswerVersion, row, answer=answer_from_row(row), **values)


def answer_from_row(row: Row) -> Answer:
    """The answer in a row of ``answers`` with ``answer_people``, whose columns are NULL once they
    are erased.
    """
    kind = AnswerKind(row["kind"])
    submitter = None
    if row["filled_in_by"]:
        submitter = Submitter(row["filled_in_by"], row["filled_in_unit"], row["filled_in_email"])
    if kind is AnswerKind.COSIGN:
        return Answer(kind, submitter, declaration_from_row(row))
    expected_on = date.fromisoformat(row["expected_on"]) if row["expected_on"] else None
    return Answer(kind, submitter, None, expected_on, row["body"], row["reason"] or "")


def declaration_from_row(row: Row) -> Declaration:
    names = ("first_name", "last_name", "function", "title")
    decision = None
    if row["decision_on"]:
        decision = CouncilDecision(
            row["body"],
            date.fromisoformat(row["decision_on"]),
            row["decision_number"],
            row["decision_result"],
        )
    return Declaration(
        row["official_name"],
        Signer(**{name: row[name] or "" for name in names}),
        Basis(row["basis"]),
        decision,
        bool(row["publish_name"]),
        row["note"],
    )


# Decisions of the office about notes and corrected names; each holds for exactly one text.

INSERT_OFFICE_DECISION = """
INSERT INTO office_decisions ( invitation_id,  field,  text,  accepted,  decided_at,  entry,  reason)
VALUES                (:invitation_id, :field, :text, :accepted, :decided_at, :entry, :reason)
"""
GET_ACCEPTANCE = """
SELECT accepted FROM office_decisions WHERE invitation_id = :invitation_id AND field = :field AND text = :text
ORDER BY id DESC LIMIT 1
"""

GET_OFFICE_DECISION = "SELECT * FROM office_decisions WHERE id = :id"
LIST_OFFICE_DECISIONS = (
    "SELECT * FROM office_decisions WHERE invitation_id = :invitation_id ORDER BY id"
)


@dataclass(frozen=True, slots=True)
class OfficeDecision:
    """One decision about a ``note`` or a ``name``; ``entry`` is the number of its audit entry."""

    field: str
    text: str
    accepted: bool
    decided_at: datetime
    entry: int
    reason: str = ""  # of a refusal, as sent to the member


def add_office_decision(
    db: Database,
    *,
    invitation_id: int,
    field: str,
    text: str,
    accepted: bool,
    decided_at: datetime,
    entry: int,
    reason: str = "",
) -> int:
    """Store a decision about a ``note`` or a ``name``; the latest one about the same text counts.

    Gives its id.
    """
    return execute(
        db,
        INSERT_OFFICE_DECISION,
        invitation_id=invitation_id,
        field=field,
        text=text,
        accepted=accepted,
        decided_at=decided_at,
        entry=entry,
        reason=reason,
    )


def find_office_decision(db: Database, id: int) -> OfficeDecision | None:
    return rows.find(db, OfficeDecision, GET_OFFICE_DECISION, id=id)


def find_acceptance(db: Database, invitation_id: int, field: str, text: str) -> bool | None:
    row = fetch_one(db, GET_ACCEPTANCE, invitation_id=invitation_id, field=field, text=text)
    return bool(row["accepted"]) if row else None


def list_office_decisions(db: Database, invitation_id: int) -> list[OfficeDecision]:
    """All decisions about one invitation, the first one first."""
    return rows.list_all(db, OfficeDecision, LIST_OFFICE_DECISIONS, invitation_id=invitation_id)


# Objections to answers.

INSERT_OBJECTION = """
INSERT INTO objections ( invitation_id,  answer_id,  link_id,  text,  objected_at,  entry)
VALUES                 (:invitation_id, :answer_id, :link_id, :text, :objected_at, :entry)
"""
GET_OBJECTION = "SELECT * FROM objections WHERE id = :id"
GET_OPEN_OBJECTION = "SELECT * FROM objections WHERE answer_id = :answer_id AND settled_at IS NULL"
LIST_OBJECTIONS = "SELECT * FROM objections WHERE invitation_id = :invitation_id ORDER BY id"
SETTLE_OBJECTION = "UPDATE objections SET settled_at = :now, settled_by = :actor WHERE id = :id AND settled_at IS NULL"


def add_objection(
    db: Database,
    *,
    invitation_id: int,
    answer_id: int,
    link_id: int,
    text: str,
    objected_at: datetime,
    entry: int,
) -> Objection:
    """Store an objection. The database refuses a second open one to the same version."""
    objection = Objection(0, invitation_id, answer_id, link_id, text, objected_at)
    id = execute(db, INSERT_OBJECTION, **rows.to_row(objection), entry=entry)
    return replace(objection, id=id)


def find_objection(db: Database, id: int) -> Objection | None:
    return rows.find(db, Objection, GET_OBJECTION, id=id)


def find_open_objection(db: Database, answer_id: int) -> Objection | None:
    """The objection to this version that the office has not settled yet."""
    return rows.find(db, Objection, GET_OPEN_OBJECTION, answer_id=answer_id)


def list_objections(db: Database, invitation_id: int) -> list[Objection]:
    """All objections, including settled ones, the first one first."""
    return rows.list_all(db, Objection, LIST_OBJECTIONS, invitation_id=invitation_id)


def settle_objection(db: Database, id: int, actor: str, now: datetime) -> None:
    execute(db, SETTLE_OBJECTION, id=id, actor=actor, now=now)


# Evidence for answers that the office recorded; access to the scans is checked by the caller.

INSERT_ANSWER_RECORD = """
INSERT INTO answer_records ( answer_id,  recorded_at,  recorded_by,  reason,  scan_sha256,  scan_type,  scan_size)
VALUES                 (:answer_id, :recorded_at, :recorded_by, :reason, :scan_sha256, :scan_type, :scan_size)
"""
LIST_ANSWER_RECORDS = """
SELECT answer_records.*, scan_sha256 IN (SELECT sha256 FROM erased_files) AS is_erased
FROM answer_records JOIN answers ON answers.id = answer_records.answer_id
WHERE answers.invitation_id = :invitation_id
"""
GET_ANSWER_RECORD = f"{LIST_ANSWER_RECORDS} AND answer_id = :answer_id"


def add_answer_record(
    db: Database, answer_id: int, evidence: Evidence, actor: str, now: datetime
) -> None:
    """Store the evidence for a version; it is never changed."""
    scan = evidence.scan or Scan("", "", 0)
    execute(
        db,
        INSERT_ANSWER_RECORD,
        answer_id=answer_id,
        recorded_at=now,
        recorded_by=actor,
        reason=evidence.reason,
        scan_sha256=scan.sha256,
        scan_type=scan.type,
        scan_size=scan.size,
    )


def list_answer_records(db: Database, invitation_id: int) -> dict[int, AnswerRecord]:
    """All records of an invitation, by the id of the version."""
    records = fetch_all(db, LIST_ANSWER_RECORDS, invitation_id=invitation_id)
    return {row["answer_id"]: answer_record_from_row(row) for row in records}


def find_answer_record(db: Database, invitation_id: int, answer_id: int) -> AnswerRecord | None:
    """The record of a version, if the version belongs to this invitation."""
    row = fetch_one(db, GET_ANSWER_RECORD, invitation_id=invitation_id, answer_id=answer_id)
    return answer_record_from_row(row) if row else None


def answer_record_from_row(row: Row) -> AnswerRecord:
    scan = None
    if row["scan_sha256"] and not row["is_erased"]:
        scan = Scan(row["scan_sha256"], row["scan_type"], row["scan_size"])
    return rows.load(AnswerRecord, row, evidence=Evidence(scan, row["reason"]))


# Internal notes of the office. A removed note is deleted; the audit log never contains its text.

INSERT_OFFICE_NOTE = """
INSERT INTO office_notes ( invitation_id,  text,  author,  written_at,  form_key)
VALUES              (:invitation_id, :text, :author, :written_at, :form_key)
"""
LIST_OFFICE_NOTES = (
    "SELECT * FROM office_notes WHERE invitation_id = :invitation_id ORDER BY id DESC"
)
LIST_OFFICE_NOTES_OF_ROUND = """
SELECT invitation_id, group_concat(text, char(10)) AS texts
FROM (SELECT office_notes.* FROM office_notes JOIN invitations ON invitations.id = office_notes.invitation_id
      WHERE round_id = :round_id ORDER BY office_notes.id)
GROUP BY invitation_id
"""
GET_OFFICE_NOTE_BY_FORM_KEY = (
    "SELECT * FROM office_notes WHERE invitation_id = :invitation_id AND form_key = :form_key"
)
GET_OFFICE_NOTE = "SELECT * FROM office_notes WHERE id = :id"
DELETE_OFFICE_NOTE = "DELETE FROM office_notes WHERE id = :id"


def add_office_note(
    db: Database, invitation_id: int, text: str, author: str, form_key: str, now: datetime
) -> int:
    """Store a note and return its id."""
    return execute(
        db,
        INSERT_OFFICE_NOTE,
        invitation_id=invitation_id,
        text=text,
        author=author,
        form_key=form_key,
        written_at=now,
    )


def list_office_notes(db: Database, invitation_id: int) -> list[OfficeNote]:
    """All notes about an invitation, the newest first."""
    return rows.list_all(db, OfficeNote, LIST_OFFICE_NOTES, invitation_id=invitation_id)


def list_office_notes_of_round(db: Database, round_id: int) -> dict[int, str]:
    """The texts of all notes about each invitation of a round, a line each, the oldest first."""
    records = fetch_all(db, LIST_OFFICE_NOTES_OF_ROUND, round_id=round_id)
    return {row["invitation_id"]: row["texts"] for row in records}


def find_office_note_by_form_key(
    db: Database, invitation_id: int, form_key: str
) -> OfficeNote | None:
    """The note that this very form has written."""
    return rows.find(
        db,
        OfficeNote,
        GET_OFFICE_NOTE_BY_FORM_KEY,
        invitation_id=invitation_id,
        form_key=form_key,
    )


def find_office_note(db: Database, id: int) -> OfficeNote | None:
    return rows.find(db, OfficeNote, GET_OFFICE_NOTE, id=id)


def delete_office_note(db: Database, id: int) -> None:
    execute(db, DELETE_OFFICE_NOTE, id=id)


# Meetings whose result is not known yet.

# Only latest versions: a member that has postponed its meeting or answered gets no request for the
# result.
LIST_WITH_PAST_MEETING = """
SELECT answers.id FROM answers
JOIN invitations ON invitations.id = answers.invitation_id JOIN rounds ON rounds.id = invitations.round_id
WHERE answers.kind = 'pending' AND expected_on < :today AND closed_at IS NULL AND cancelled_at IS NULL
  AND number = (SELECT MAX(number) FROM answers AS other WHERE other.invitation_id = answers.invitation_id)
  AND answers.id NOT IN (SELECT answer_id FROM voidings)
  AND NOT EXISTS (SELECT 1 FROM outbox WHERE outbox.kind = 'meeting_result_request' AND outbox.number = answers.id)
ORDER BY answers.id
"""


def list_with_past_meeting(db: Database, today: date) -> list[AnswerVersion]:
    """Answers that announced a meeting before ``today`` and whose result has not been requested."""
    return [get(db, row["id"]) for row in fetch_all(db, LIST_WITH_PAST_MEETING, today=today)]


# Voided answers: append-only. Every query for the answers that count leaves out the voided ones.

INSERT_VOIDING = """
INSERT INTO voidings ( answer_id,  invitation_id,  reason,  voided_at,  voided_by,  entry)
VALUES               (:answer_id, :invitation_id, :reason, :voided_at, :voided_by, :entry)
"""
GET_VOIDING = "SELECT * FROM voidings WHERE answer_id = :answer_id"
LIST_VOIDINGS = "SELECT * FROM voidings WHERE invitation_id = :invitation_id ORDER BY answer_id"


def add_voiding(db: Database, voiding: Voiding) -> None:
    """Void an answer.

    The database refuses a second voiding, and one of an answer that is not the latest.
    """
    execute(db, INSERT_VOIDING, **rows.to_row(voiding))


def find_voiding(db: Database, answer_id: int) -> Voiding | None:
    return rows.find(db, Voiding, GET_VOIDING, answer_id=answer_id)


def list_voidings(db: Database, invitation_id: int) -> dict[int, Voiding]:
    """All voidings of an invitation, by the id of the version."""
    voidings = rows.list_all(db, Voiding, LIST_VOIDINGS, invitation_id=invitation_id)
    return {voiding.answer_id: voiding for voiding in voidings}


def find_latest_voiding(db: Database, invitation_id: int) -> Voiding | None:
    """The latest voiding of an invitation, even if a later answer counts."""
    voidings = list_voidings(db, invitation_id)
    return voidings[max(voidings)] if voidings else None
