"""Answers: every version is kept, the last one counts. The people in them lie apart and can be erased."""

from datetime import datetime

from sqlite_utils import Database

from signoff.domain.answer import Answer, Basis, Channel, Contact, Decision, Declaration, Kind, Signer, Version
from signoff.store.rows import Row, day, required, row, rows, run, stored

VERSION = (
    "SELECT answers.*, answer_people.* FROM answers LEFT JOIN answer_people ON answer_people.answer_id = answers.id"
)
# A voided answer counts no more, and none before it does instead.
LAST = f"""
SELECT * FROM ({VERSION} WHERE invitation_id = :invitation_id ORDER BY number DESC LIMIT 1)
WHERE id NOT IN (SELECT answer_id FROM voidings)
"""
HIGHEST = "SELECT COALESCE(MAX(number), 0) AS number FROM answers WHERE invitation_id = :invitation_id"
EVERY = f"{VERSION} WHERE invitation_id = :invitation_id ORDER BY number"
GET = f"{VERSION} WHERE answers.id = :id"
BY_FORM = f"{VERSION} WHERE invitation_id = :invitation_id AND form_key = :form_key"
INSERT = """
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
    id = run(db, INSERT, columns(answer) | given)
    run(db, INSERT_PEOPLE, people(answer) | {"answer_id": id})
    return Version(id, invitation_id, number, answer, received_at, channel, link_id, entry, late, corrects)


def last(db: Database, invitation_id: int) -> Version | None:
    """The version that counts; none where the last one was voided."""
    found = row(db, LAST, {"invitation_id": invitation_id})
    return version_of(found) if found else None


def highest(db: Database, invitation_id: int) -> int:
    """The number of the newest version, whether it counts or not; 0 where there is none."""
    found = row(db, HIGHEST, {"invitation_id": invitation_id})
    return int(found["number"]) if found else 0


def every(db: Database, invitation_id: int) -> list[Version]:
    """All versions, the first one first."""
    return [version_of(each) for each in rows(db, EVERY, {"invitation_id": invitation_id})]


def get(db: Database, id: int) -> Version | None:
    found = row(db, GET, {"id": id})
    return version_of(found) if found else None


def by_form(db: Database, invitation_id: int, form_key: str) -> Version | None:
    """What this very form has already handed in: the second click finds its receipt."""
    found = row(db, BY_FORM, {"invitation_id": invitation_id, "form_key": form_key})
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
    return Answer(kind, contact, None, day(found["expected_on"]), found["body"], found["reason"] or "")


def declaration_of(found: Row) -> Declaration:
    signer = Signer(*(found[name] or "" for name in ("first_name", "last_name", "function", "title")))
    on = day(found["decision_on"])
    decision = Decision(found["body"], on, found["decision_number"], found["decision_result"]) if on else None
    named = bool(found["publish_name"])
    return Declaration(found["official_name"], signer, Basis(found["basis"]), decision, named, found["note"])
