"""Answers: every version is kept, the last one counts. The people in them lie apart and can be erased."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlite_utils import Database

from signoff.domain.answer_forms import Evidence, Recording, Scan
from signoff.domain.answers import (
    Answer,
    Basis,
    Channel,
    Contact,
    Decision,
    Declaration,
    Kind,
    Objection,
    Remark,
    Signer,
    Version,
    Voiding,
)
from signoff.store.rows import Row, day, moment, required, row, rows, run, stored

VERSION = """
SELECT answers.*, answer_people.* FROM answers LEFT JOIN answer_people ON answer_people.answer_id = answers.id
"""
# A voided answer counts no more, and none before it does instead.
GET_CURRENT_VERSION = f"""
SELECT * FROM ({VERSION} WHERE invitation_id = :invitation_id ORDER BY number DESC LIMIT 1)
WHERE id NOT IN (SELECT answer_id FROM voidings)
"""
HIGHEST = (
    "SELECT COALESCE(MAX(number), 0) AS number FROM answers WHERE invitation_id = :invitation_id"
)
LIST_VERSIONS = f"{VERSION} WHERE invitation_id = :invitation_id ORDER BY number"
GET_VERSION = f"{VERSION} WHERE answers.id = :id"
GET_VERSION_BY_FORM_KEY = f"{VERSION} WHERE invitation_id = :invitation_id AND form_key = :form_key"
INSERT_ANSWER = """
INSERT INTO answers ( invitation_id,  number,  kind,  official_name,  basis,  body,  decision_number,  decision_on,
                      decision_result,  publish_name,  note,  expected_on,  received_at,  channel,  link_id,  form_key,
                      entry,  corrects,  late)
VALUES              (:invitation_id, :number, :kind, :official_name, :basis, :body, :decision_number, :decision_on,
                     :decision_result, :publish_name, :note, :expected_on, :received_at, :channel, :link_id, :form_key,
                     :entry, :corrects, :late)
"""
INSERT_PEOPLE = """
INSERT INTO answer_people ( answer_id,  title,  first_name,  last_name,  function,  filled_in_by,  filled_in_unit,
                            filled_in_email,  reason)
VALUES                    (:answer_id, :title, :first_name, :last_name, :function, :filled_in_by, :filled_in_unit,
                           :filled_in_email, :reason)
"""


def add(
    db: Database,
    answer: Answer,
    *,
    invitation_id: int,
    number: int,
    channel: Channel,
    link_id: int | None,
    form_key: str,
    entry: int,
    received_at: datetime,
    corrects: int | None = None,
    late: bool = False,
) -> Version:
    """Keep one more version. The database refuses a gap, a second use of a form, and a round that is frozen.

    ``corrects`` is the version before, where the office puts nothing right but names. A ``late``
    one comes after the release; where the round takes none, the database refuses it too.
    """
    given = {
        "invitation_id": invitation_id,
        "number": number,
        "channel": str(channel),
        "link_id": link_id,
        "form_key": form_key,
        "entry": entry,
        "received_at": stored(received_at),
        "late": int(late),
        "corrects": corrects,
    }
    id = run(db, INSERT_ANSWER, columns(answer) | given)
    run(db, INSERT_PEOPLE, people(answer) | {"answer_id": id})
    return Version(
        id, invitation_id, number, answer, received_at, channel, link_id, entry, late, corrects
    )


def find_current(db: Database, invitation_id: int) -> Version | None:
    """The version that counts; none where the last one was voided."""
    found = row(db, GET_CURRENT_VERSION, {"invitation_id": invitation_id})
    return version_of(found) if found else None


def highest(db: Database, invitation_id: int) -> int:
    """The number of the newest version, whether it counts or not; 0 where there is none."""
    found = row(db, HIGHEST, {"invitation_id": invitation_id})
    return int(found["number"]) if found else 0


def list_versions(db: Database, invitation_id: int) -> list[Version]:
    """All versions, the first one first."""
    return [version_of(each) for each in rows(db, LIST_VERSIONS, {"invitation_id": invitation_id})]


def find(db: Database, id: int) -> Version | None:
    found = row(db, GET_VERSION, {"id": id})
    return version_of(found) if found else None


def find_by_form_key(db: Database, invitation_id: int, form_key: str) -> Version | None:
    """What this very form has already handed in: the second click finds its receipt."""
    found = row(db, GET_VERSION_BY_FORM_KEY, {"invitation_id": invitation_id, "form_key": form_key})
    return version_of(found) if found else None


def columns(answer: Answer) -> dict[str, object]:
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


def people(answer: Answer) -> dict[str, object]:
    signer = answer.declaration.signer if answer.declaration else Signer("", "", "")
    contact = answer.filled_in or Contact("", "", "")
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


def version_of(found: Row) -> Version:
    return Version(
        found["id"],
        found["invitation_id"],
        found["number"],
        answer_of(found),
        required(found["received_at"]),
        Channel(found["channel"]),
        found["link_id"],
        found["entry"],
        late=bool(found["late"]),
        corrects=found["corrects"],
    )


def answer_of(found: Row) -> Answer:
    kind = Kind(found["kind"])
    names = ("filled_in_by", "filled_in_unit", "filled_in_email")
    contact = Contact(*(found[name] for name in names)) if found["filled_in_by"] else None
    if kind is Kind.SIGN:
        return Answer(kind, contact, declaration_of(found))
    return Answer(
        kind, contact, None, day(found["expected_on"]), found["body"], found["reason"] or ""
    )


def declaration_of(found: Row) -> Declaration:
    signer = Signer(
        *(found[name] or "" for name in ("first_name", "last_name", "function", "title"))
    )
    on = day(found["decision_on"])
    decision = (
        Decision(found["body"], on, found["decision_number"], found["decision_result"])
        if on
        else None
    )
    named = bool(found["publish_name"])
    return Declaration(
        found["official_name"], signer, Basis(found["basis"]), decision, named, found["note"]
    )


# What the office decided about notes and corrected names. A decision holds for exactly one text.

INSERT_OFFICE_DECISION = """
INSERT INTO decisions ( invitation_id,  what,  text,  accepted,  decided_at,  entry,  reason)
VALUES                (:invitation_id, :what, :text, :accepted, :decided_at, :entry, :reason)
"""
GET_ACCEPTANCE = """
SELECT accepted FROM decisions WHERE invitation_id = :invitation_id AND what = :what AND text = :text
ORDER BY id DESC LIMIT 1
"""

GET_OFFICE_DECISION = "SELECT * FROM decisions WHERE id = :id"
LIST_OFFICE_DECISIONS = "SELECT * FROM decisions WHERE invitation_id = :invitation_id ORDER BY id"


@dataclass(frozen=True, slots=True)
class Decided:
    """One decision about a ``note`` or a ``name``; ``entry`` is its line in the audit chain."""

    what: str
    text: str
    accepted: bool
    decided_at: datetime
    entry: int
    reason: str = ""  # of a refusal; the member is told it


def add_office_decision(
    db: Database,
    *,
    invitation_id: int,
    what: str,
    text: str,
    accepted: bool,
    decided_at: datetime,
    entry: int,
    reason: str = "",
) -> int:
    """Keep a decision about a ``note`` or a ``name``; the last one about the same text holds. Gives its id."""
    parameters = {
        "invitation_id": invitation_id,
        "what": what,
        "text": text,
        "accepted": int(accepted),
    }
    return run(
        db,
        INSERT_OFFICE_DECISION,
        {**parameters, "decided_at": stored(decided_at), "entry": entry, "reason": reason},
    )


def find_office_decision(db: Database, id: int) -> Decided | None:
    found = row(db, GET_OFFICE_DECISION, {"id": id})
    return decided_of(found) if found else None


def find_acceptance(db: Database, invitation_id: int, what: str, text: str) -> bool | None:
    found = row(db, GET_ACCEPTANCE, {"invitation_id": invitation_id, "what": what, "text": text})
    return bool(found["accepted"]) if found else None


def list_office_decisions(db: Database, invitation_id: int) -> list[Decided]:
    """All decisions about one invitation, the first one first."""
    return [
        decided_of(each)
        for each in rows(db, LIST_OFFICE_DECISIONS, {"invitation_id": invitation_id})
    ]


def decided_of(found: Row) -> Decided:
    moment, accepted = required(found["decided_at"]), bool(found["accepted"])
    return Decided(found["what"], found["text"], accepted, moment, found["entry"], found["reason"])


# Objections to answers, until the office settles them and after.

INSERT_OBJECTION = """
INSERT INTO objections ( invitation_id,  answer_id,  link_id,  words,  objected_at,  entry)
VALUES                 (:invitation_id, :answer_id, :link_id, :words, :objected_at, :entry)
"""
GET_OBJECTION = "SELECT * FROM objections WHERE id = :id"
OPEN_TO = "SELECT * FROM objections WHERE answer_id = :answer_id AND settled_at IS NULL"
LIST_OBJECTIONS = "SELECT * FROM objections WHERE invitation_id = :invitation_id ORDER BY id"
SETTLE = "UPDATE objections SET settled_at = :now, settled_by = :actor WHERE id = :id AND settled_at IS NULL"


def add_objection(
    db: Database,
    *,
    invitation_id: int,
    answer_id: int,
    link_id: int,
    words: str,
    objected_at: datetime,
    entry: int,
) -> Objection:
    """Keep an objection. The database refuses a second open one to the same version."""
    given = {
        "invitation_id": invitation_id,
        "answer_id": answer_id,
        "link_id": link_id,
        "words": words,
    }
    id = run(db, INSERT_OBJECTION, {**given, "objected_at": stored(objected_at), "entry": entry})
    return Objection(id, invitation_id, answer_id, link_id, words, objected_at)


def find_objection(db: Database, id: int) -> Objection | None:
    found = row(db, GET_OBJECTION, {"id": id})
    return objection_of(found) if found else None


def open_to(db: Database, answer_id: int) -> Objection | None:
    """The objection to this version that waits for the office."""
    found = row(db, OPEN_TO, {"answer_id": answer_id})
    return objection_of(found) if found else None


def list_objections(db: Database, invitation_id: int) -> list[Objection]:
    """All of them, settled ones too, the first one first."""
    return [
        objection_of(each) for each in rows(db, LIST_OBJECTIONS, {"invitation_id": invitation_id})
    ]


def settle(db: Database, id: int, actor: str, now: datetime) -> None:
    run(db, SETTLE, {"id": id, "actor": actor, "now": stored(now)})


def objection_of(found: Row) -> Objection:
    names = ("id", "invitation_id", "answer_id", "link_id", "words", "settled_by")
    return Objection(
        **{name: found[name] for name in names},
        objected_at=required(found["objected_at"]),
        settled_at=moment(found["settled_at"]),
    )


# What evidences the answers that the office recorded. Who could see a scan is decided at the door, not here.

INSERT_ANSWER_RECORD = """
INSERT INTO recordings ( answer_id,  recorded_at,  recorded_by,  reason,  scan_sha256,  scan_type,  scan_size)
VALUES                 (:answer_id, :recorded_at, :recorded_by, :reason, :scan_sha256, :scan_type, :scan_size)
"""
LIST_ANSWER_RECORDS = """
SELECT recordings.* FROM recordings JOIN answers ON answers.id = recordings.answer_id
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
    run(
        db,
        INSERT_ANSWER_RECORD,
        {**kept, "answer_id": answer_id, "recorded_at": stored(now), "recorded_by": actor},
    )


def list_answer_records(db: Database, invitation_id: int) -> dict[int, Recording]:
    """All of an invitation, by the version they evidence."""
    found = rows(db, LIST_ANSWER_RECORDS, {"invitation_id": invitation_id})
    return {each["answer_id"]: recording_of(each) for each in found}


def find_answer_record(db: Database, invitation_id: int, answer_id: int) -> Recording | None:
    """That of one version, if it is one of this invitation."""
    found = row(db, GET_ANSWER_RECORD, {"invitation_id": invitation_id, "answer_id": answer_id})
    return recording_of(found) if found else None


def recording_of(found: Row) -> Recording:
    scan = (
        Scan(found["scan_sha256"], found["scan_type"], found["scan_size"])
        if found["scan_sha256"]
        else None
    )
    evidence = Evidence(scan, found["reason"])
    return Recording(
        found["answer_id"], required(found["recorded_at"]), found["recorded_by"], evidence
    )


# The office's own notes about invitations. Removed ones are gone: the journal never holds their words.

INSERT_OFFICE_NOTE = """
INSERT INTO remarks ( invitation_id,  words,  author,  written_at,  form_key)
VALUES              (:invitation_id, :words, :author, :written_at, :form_key)
"""
LIST_OFFICE_NOTES = "SELECT * FROM remarks WHERE invitation_id = :invitation_id ORDER BY id DESC"
GET_OFFICE_NOTE_BY_FORM_KEY = (
    "SELECT * FROM remarks WHERE invitation_id = :invitation_id AND form_key = :form_key"
)
GET_OFFICE_NOTE = "SELECT * FROM remarks WHERE id = :id"
REMOVE = "DELETE FROM remarks WHERE id = :id"


def add_office_note(
    db: Database, invitation_id: int, words: str, author: str, form_key: str, now: datetime
) -> int:
    """Keep one more; gives its id."""
    given = {"invitation_id": invitation_id, "words": words, "author": author, "form_key": form_key}
    return run(db, INSERT_OFFICE_NOTE, {**given, "written_at": stored(now)})


def list_office_notes(db: Database, invitation_id: int) -> list[Remark]:
    """All of an invitation, the newest first."""
    return [
        remark_of(each) for each in rows(db, LIST_OFFICE_NOTES, {"invitation_id": invitation_id})
    ]


def find_office_note_by_form_key(db: Database, invitation_id: int, form_key: str) -> Remark | None:
    """What this very form has already written."""
    found = row(
        db, GET_OFFICE_NOTE_BY_FORM_KEY, {"invitation_id": invitation_id, "form_key": form_key}
    )
    return remark_of(found) if found else None


def find_office_note(db: Database, id: int) -> Remark | None:
    found = row(db, GET_OFFICE_NOTE, {"id": id})
    return remark_of(found) if found else None


def remove(db: Database, id: int) -> None:
    run(db, REMOVE, {"id": id})


def remark_of(found: Row) -> Remark:
    names = ("id", "invitation_id", "words", "author")
    return Remark(**{name: found[name] for name in names}, written_at=required(found["written_at"]))


# Sittings whose result is not known yet.

# The last version counts: who has moved the sitting or answered since is not asked about this one.
UNASKED = """
SELECT answers.id FROM answers
JOIN invitations ON invitations.id = answers.invitation_id JOIN rounds ON rounds.id = invitations.round_id
WHERE answers.kind = 'pending' AND expected_on < :today AND closed_at IS NULL AND cancelled_at IS NULL
  AND number = (SELECT MAX(number) FROM answers AS other WHERE other.invitation_id = answers.invitation_id)
  AND answers.id NOT IN (SELECT answer_id FROM voidings)
  AND NOT EXISTS (SELECT 1 FROM outbox WHERE outbox.kind = 'council_met' AND outbox.number = answers.id)
ORDER BY answers.id
"""


def unasked(db: Database, today: date) -> list[Version]:
    """The answers that named a sitting before ``today`` whose result has not been asked for."""
    found = (find(db, each["id"]) for each in rows(db, UNASKED, {"today": today.isoformat()}))
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
    run(db, INSERT_VOIDING, {**given, "voided_at": stored(voiding.voided_at)})


def find_voiding(db: Database, answer_id: int) -> Voiding | None:
    found = row(db, GET_VOIDING, {"answer_id": answer_id})
    return voiding_of(found) if found else None


def list_voidings(db: Database, invitation_id: int) -> dict[int, Voiding]:
    """All of an invitation, by the version they void."""
    found = rows(db, LIST_VOIDINGS, {"invitation_id": invitation_id})
    return {each["answer_id"]: voiding_of(each) for each in found}


def newest(db: Database, invitation_id: int) -> Voiding | None:
    """The last one of an invitation; whether a later answer counts is not asked here."""
    return max(
        list_voidings(db, invitation_id).values(), key=lambda each: each.answer_id, default=None
    )


def voiding_of(found: Row) -> Voiding:
    names = ("answer_id", "invitation_id", "reason", "voided_by", "entry")
    return Voiding(**{name: found[name] for name in names}, voided_at=required(found["voided_at"]))
