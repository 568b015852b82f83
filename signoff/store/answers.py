"""Answers: every version is kept, the last one counts. The people in them lie apart and can be erased."""

from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlite_utils import Database

from signoff.domain.answer_forms import AnswerRecord, Evidence, Scan
from signoff.domain.answers import (
    Answer,
    AnswerKind,
    AnswerVersion,
    Basis,
    Channel,
    CouncilDecision,
    Declaration,
    Objection,
    OfficeNote,
    Signer,
    Submitter,
    Voiding,
)
from signoff.store.rows import (
    Row,
    execute,
    fetch_all,
    fetch_one,
    format_utc,
    parse_datetime,
    parse_optional_date,
    parse_optional_datetime,
)

SELECT_VERSION = """
SELECT answers.*, answer_people.* FROM answers LEFT JOIN answer_people ON answer_people.answer_id = answers.id
"""
# A voided answer counts no more, and none before it does instead.
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
    """Insert one more version; its id is set here.

    The database refuses a gap in the numbers, a form key used twice, a round that is frozen, and a late version where
    the round takes none.
    """
    parameters = {
        "invitation_id": version.invitation_id,
        "number": version.number,
        "channel": str(version.channel),
        "link_id": version.link_id,
        "form_key": form_key,
        "entry": version.entry,
        "received_at": format_utc(version.received_at),
        "late": int(version.late),
        "corrects": version.corrects,
    }
    id = execute(db, INSERT_ANSWER, answer_to_row(version.answer) | parameters)
    execute(db, INSERT_ANSWER_PEOPLE, people_to_row(version.answer) | {"answer_id": id})
    return replace(version, id=id)


def find_current(db: Database, invitation_id: int) -> AnswerVersion | None:
    """The version that counts; none where the last one was voided."""
    found = fetch_one(db, GET_CURRENT_VERSION, {"invitation_id": invitation_id})
    return version_from_row(found) if found else None


def get_highest_number(db: Database, invitation_id: int) -> int:
    """The number of the newest version, whether it counts or not; 0 where there is none."""
    found = fetch_one(db, GET_HIGHEST_NUMBER, {"invitation_id": invitation_id})
    return int(found["number"]) if found else 0


def list_versions(db: Database, invitation_id: int) -> list[AnswerVersion]:
    """All versions, the first one first."""
    return [
        version_from_row(each)
        for each in fetch_all(db, LIST_VERSIONS, {"invitation_id": invitation_id})
    ]


def find(db: Database, id: int) -> AnswerVersion | None:
    found = fetch_one(db, GET_VERSION, {"id": id})
    return version_from_row(found) if found else None


def find_by_form_key(db: Database, invitation_id: int, form_key: str) -> AnswerVersion | None:
    """What this very form has already handed in: the second click finds its receipt."""
    found = fetch_one(
        db, GET_VERSION_BY_FORM_KEY, {"invitation_id": invitation_id, "form_key": form_key}
    )
    return version_from_row(found) if found else None


def answer_to_row(answer: Answer) -> dict[str, object]:
    declared = answer.declaration
    decision = declared.decision if declared else None
    return {
        "kind": str(answer.kind),
        "official_name": declared.official_name if declared else "",
        "basis": str(declared.basis) if declared else "",
        "body": decision.body if decision else answer.expected_body,
        "decision_number": decision.number if decision else "",
        "decision_on": decision.on.isoformat() if decision else None,
        "decision_result": decision.result if decision else "",
        "publish_name": int(declared.publish_name) if declared else 0,
        "note": declared.note if declared else "",
        "expected_on": answer.expected_on and answer.expected_on.isoformat(),
    }


def people_to_row(answer: Answer) -> dict[str, object]:
    signer = answer.declaration.signer if answer.declaration else Signer("", "", "")
    contact = answer.filled_in or Submitter("", "", "")
    return {
        "title": signer.title,
        "first_name": signer.first_name,
        "last_name": signer.last_name,
        "function": signer.function,
        "filled_in_by": contact.name,
        "filled_in_unit": contact.unit,
        "filled_in_email": contact.email,
        "reason": answer.reason,
    }


def version_from_row(found: Row) -> AnswerVersion:
    return AnswerVersion(
        found["id"],
        found["invitation_id"],
        found["number"],
        answer_from_row(found),
        parse_datetime(found["received_at"]),
        Channel(found["channel"]),
        found["link_id"],
        found["entry"],
        late=bool(found["late"]),
        corrects=found["corrects"],
    )


def answer_from_row(found: Row) -> Answer:
    kind = AnswerKind(found["kind"])
    names = ("filled_in_by", "filled_in_unit", "filled_in_email")
    contact = Submitter(*(found[name] for name in names)) if found["filled_in_by"] else None
    if kind is AnswerKind.SIGN:
        return Answer(kind, contact, declaration_from_row(found))
    return Answer(
        kind,
        contact,
        None,
        parse_optional_date(found["expected_on"]),
        found["body"],
        found["reason"] or "",
    )


def declaration_from_row(found: Row) -> Declaration:
    signer = Signer(
        *(found[name] or "" for name in ("first_name", "last_name", "function", "title"))
    )
    on = parse_optional_date(found["decision_on"])
    decision = (
        CouncilDecision(found["body"], on, found["decision_number"], found["decision_result"])
        if on
        else None
    )
    named = bool(found["publish_name"])
    return Declaration(
        found["official_name"], signer, Basis(found["basis"]), decision, named, found["note"]
    )


# What the office decided about notes and corrected names. A decision holds for exactly one text.

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
    """One decision about a ``note`` or a ``name``; ``entry`` is its line in the audit chain."""

    field: str
    text: str
    accepted: bool
    decided_at: datetime
    entry: int
    reason: str = ""  # of a refusal; the member is told it


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
    """Keep a decision about a ``note`` or a ``name``; the last one about the same text holds. Gives its id."""
    parameters = {
        "invitation_id": invitation_id,
        "field": field,
        "text": text,
        "accepted": int(accepted),
    }
    return execute(
        db,
        INSERT_OFFICE_DECISION,
        {**parameters, "decided_at": format_utc(decided_at), "entry": entry, "reason": reason},
    )


def find_office_decision(db: Database, id: int) -> OfficeDecision | None:
    found = fetch_one(db, GET_OFFICE_DECISION, {"id": id})
    return office_decision_from_row(found) if found else None


def find_acceptance(db: Database, invitation_id: int, field: str, text: str) -> bool | None:
    found = fetch_one(
        db, GET_ACCEPTANCE, {"invitation_id": invitation_id, "field": field, "text": text}
    )
    return bool(found["accepted"]) if found else None


def list_office_decisions(db: Database, invitation_id: int) -> list[OfficeDecision]:
    """All decisions about one invitation, the first one first."""
    return [
        office_decision_from_row(each)
        for each in fetch_all(db, LIST_OFFICE_DECISIONS, {"invitation_id": invitation_id})
    ]


def office_decision_from_row(found: Row) -> OfficeDecision:
    moment, accepted = parse_datetime(found["decided_at"]), bool(found["accepted"])
    return OfficeDecision(
        found["field"], found["text"], accepted, moment, found["entry"], found["reason"]
    )


# Objections to answers, until the office settles them and after.

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
    """Keep an objection. The database refuses a second open one to the same version."""
    given = {
        "invitation_id": invitation_id,
        "answer_id": answer_id,
        "link_id": link_id,
        "text": text,
    }
    id = execute(
        db, INSERT_OBJECTION, {**given, "objected_at": format_utc(objected_at), "entry": entry}
    )
    return Objection(id, invitation_id, answer_id, link_id, text, objected_at)


def find_objection(db: Database, id: int) -> Objection | None:
    found = fetch_one(db, GET_OBJECTION, {"id": id})
    return objection_from_row(found) if found else None


def find_open_objection(db: Database, answer_id: int) -> Objection | None:
    """The objection to this version that waits for the office."""
    found = fetch_one(db, GET_OPEN_OBJECTION, {"answer_id": answer_id})
    return objection_from_row(found) if found else None


def list_objections(db: Database, invitation_id: int) -> list[Objection]:
    """All of them, settled ones too, the first one first."""
    return [
        objection_from_row(each)
        for each in fetch_all(db, LIST_OBJECTIONS, {"invitation_id": invitation_id})
    ]


def settle_objection(db: Database, id: int, actor: str, now: datetime) -> None:
    execute(db, SETTLE_OBJECTION, {"id": id, "actor": actor, "now": format_utc(now)})


def objection_from_row(found: Row) -> Objection:
    names = ("id", "invitation_id", "answer_id", "link_id", "text", "settled_by")
    return Objection(
        **{name: found[name] for name in names},
        objected_at=parse_datetime(found["objected_at"]),
        settled_at=parse_optional_datetime(found["settled_at"]),
    )


# What evidences the answers that the office recorded. Who could see a scan is decided at the door, not here.

INSERT_ANSWER_RECORD = """
INSERT INTO answer_records ( answer_id,  recorded_at,  recorded_by,  reason,  scan_sha256,  scan_type,  scan_size)
VALUES                 (:answer_id, :recorded_at, :recorded_by, :reason, :scan_sha256, :scan_type, :scan_size)
"""
LIST_ANSWER_RECORDS = """
SELECT answer_records.* FROM answer_records JOIN answers ON answers.id = answer_records.answer_id
WHERE answers.invitation_id = :invitation_id
"""
GET_ANSWER_RECORD = f"{LIST_ANSWER_RECORDS} AND answer_id = :answer_id"


def add_answer_record(
    db: Database, answer_id: int, evidence: Evidence, actor: str, now: datetime
) -> None:
    """Keep how the version ``answer_id`` is evidenced; it is never changed."""
    scan = evidence.scan or Scan("", "", 0)
    kept = {
        "scan_sha256": scan.sha256,
        "scan_type": scan.type,
        "scan_size": scan.size,
        "reason": evidence.reason,
    }
    execute(
        db,
        INSERT_ANSWER_RECORD,
        {**kept, "answer_id": answer_id, "recorded_at": format_utc(now), "recorded_by": actor},
    )


def list_answer_records(db: Database, invitation_id: int) -> dict[int, AnswerRecord]:
    """All of an invitation, by the version they evidence."""
    found = fetch_all(db, LIST_ANSWER_RECORDS, {"invitation_id": invitation_id})
    return {each["answer_id"]: answer_record_from_row(each) for each in found}


def find_answer_record(db: Database, invitation_id: int, answer_id: int) -> AnswerRecord | None:
    """That of one version, if it is one of this invitation."""
    found = fetch_one(
        db, GET_ANSWER_RECORD, {"invitation_id": invitation_id, "answer_id": answer_id}
    )
    return answer_record_from_row(found) if found else None


def answer_record_from_row(found: Row) -> AnswerRecord:
    scan = (
        Scan(found["scan_sha256"], found["scan_type"], found["scan_size"])
        if found["scan_sha256"]
        else None
    )
    evidence = Evidence(scan, found["reason"])
    return AnswerRecord(
        found["answer_id"], parse_datetime(found["recorded_at"]), found["recorded_by"], evidence
    )


# The office's own notes about invitations. Removed ones are gone: the journal never holds their words.

INSERT_OFFICE_NOTE = """
INSERT INTO office_notes ( invitation_id,  text,  author,  written_at,  form_key)
VALUES              (:invitation_id, :text, :author, :written_at, :form_key)
"""
LIST_OFFICE_NOTES = (
    "SELECT * FROM office_notes WHERE invitation_id = :invitation_id ORDER BY id DESC"
)
GET_OFFICE_NOTE_BY_FORM_KEY = (
    "SELECT * FROM office_notes WHERE invitation_id = :invitation_id AND form_key = :form_key"
)
GET_OFFICE_NOTE = "SELECT * FROM office_notes WHERE id = :id"
DELETE_OFFICE_NOTE = "DELETE FROM office_notes WHERE id = :id"


def add_office_note(
    db: Database, invitation_id: int, text: str, author: str, form_key: str, now: datetime
) -> int:
    """Keep one more; gives its id."""
    given = {"invitation_id": invitation_id, "text": text, "author": author, "form_key": form_key}
    return execute(db, INSERT_OFFICE_NOTE, {**given, "written_at": format_utc(now)})


def list_office_notes(db: Database, invitation_id: int) -> list[OfficeNote]:
    """All of an invitation, the newest first."""
    return [
        office_note_from_row(each)
        for each in fetch_all(db, LIST_OFFICE_NOTES, {"invitation_id": invitation_id})
    ]


def find_office_note_by_form_key(
    db: Database, invitation_id: int, form_key: str
) -> OfficeNote | None:
    """What this very form has already written."""
    found = fetch_one(
        db, GET_OFFICE_NOTE_BY_FORM_KEY, {"invitation_id": invitation_id, "form_key": form_key}
    )
    return office_note_from_row(found) if found else None


def find_office_note(db: Database, id: int) -> OfficeNote | None:
    found = fetch_one(db, GET_OFFICE_NOTE, {"id": id})
    return office_note_from_row(found) if found else None


def delete_office_note(db: Database, id: int) -> None:
    execute(db, DELETE_OFFICE_NOTE, {"id": id})


def office_note_from_row(found: Row) -> OfficeNote:
    names = ("id", "invitation_id", "text", "author")
    return OfficeNote(
        **{name: found[name] for name in names}, written_at=parse_datetime(found["written_at"])
    )


# Sittings whose result is not known yet.

# The last version counts: who has moved the sitting or answered since is not asked about this one.
LIST_WITH_PAST_MEETING = """
SELECT answers.id FROM answers
JOIN invitations ON invitations.id = answers.invitation_id JOIN rounds ON rounds.id = invitations.round_id
WHERE answers.kind = 'pending' AND expected_on < :today AND closed_at IS NULL AND cancelled_at IS NULL
  AND number = (SELECT MAX(number) FROM answers AS other WHERE other.invitation_id = answers.invitation_id)
  AND answers.id NOT IN (SELECT answer_id FROM voidings)
  AND NOT EXISTS (SELECT 1 FROM outbox WHERE outbox.kind = 'council_met' AND outbox.number = answers.id)
ORDER BY answers.id
"""


def list_with_past_meeting(db: Database, today: date) -> list[AnswerVersion]:
    """The answers that named a sitting before ``today`` whose result has not been asked for."""
    found = (
        find(db, each["id"])
        for each in fetch_all(db, LIST_WITH_PAST_MEETING, {"today": today.isoformat()})
    )
    return [version for version in found if version]


# Voided answers: appended, never taken back. Every query for what counts leaves out what stands here.

INSERT_VOIDING = """
INSERT INTO voidings ( answer_id,  invitation_id,  reason,  voided_at,  voided_by,  entry)
VALUES               (:answer_id, :invitation_id, :reason, :voided_at, :voided_by, :entry)
"""
GET_VOIDING = "SELECT * FROM voidings WHERE answer_id = :answer_id"
LIST_VOIDINGS = "SELECT * FROM voidings WHERE invitation_id = :invitation_id ORDER BY answer_id"


def add_voiding(db: Database, voiding: Voiding) -> None:
    """Keep it. The database refuses a second one, and one of an answer that is not the newest."""
    names = ("answer_id", "invitation_id", "reason", "voided_by", "entry")
    given = {name: getattr(voiding, name) for name in names}
    execute(db, INSERT_VOIDING, {**given, "voided_at": format_utc(voiding.voided_at)})


def find_voiding(db: Database, answer_id: int) -> Voiding | None:
    found = fetch_one(db, GET_VOIDING, {"answer_id": answer_id})
    return voiding_from_row(found) if found else None


def list_voidings(db: Database, invitation_id: int) -> dict[int, Voiding]:
    """All of an invitation, by the version they void."""
    found = fetch_all(db, LIST_VOIDINGS, {"invitation_id": invitation_id})
    return {each["answer_id"]: voiding_from_row(each) for each in found}


def find_latest_voiding(db: Database, invitation_id: int) -> Voiding | None:
    """The last one of an invitation; whether a later answer counts is not asked here."""
    return max(
        list_voidings(db, invitation_id).values(), key=lambda each: each.answer_id, default=None
    )


def voiding_from_row(found: Row) -> Voiding:
    names = ("answer_id", "invitation_id", "reason", "voided_by", "entry")
    return Voiding(
        **{name: found[name] for name in names}, voided_at=parse_datetime(found["voided_at"])
    )
