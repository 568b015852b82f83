"""Voided answers: appended, never taken back. Every query for what counts leaves out what stands here."""

from sqlite_utils import Database

from signoff.domain.voiding import Voiding
from signoff.store.rows import Row, required, row, rows, run, stored

INSERT = """
INSERT INTO voidings ( answer_id,  invitation_id,  reason,  voided_at,  voided_by,  entry)
VALUES               (:answer_id, :invitation_id, :reason, :voided_at, :voided_by, :entry)
"""
GET = "SELECT * FROM voidings WHERE answer_id = :answer_id"
OF_INVITATION = "SELECT * FROM voidings WHERE invitation_id = :invitation_id ORDER BY answer_id"


def add(db: Database, voiding: Voiding) -> None:
    """Keep it. The database refuses a second one, and one of an answer that is not the newest."""
    names = ("answer_id", "invitation_id", "reason", "voided_by", "entry")
    given = {name: getattr(voiding, name) for name in names}
    run(db, INSERT, {**given, "voided_at": stored(voiding.voided_at)})


def get(db: Database, answer_id: int) -> Voiding | None:
    found = row(db, GET, {"answer_id": answer_id})
    return voiding_of(found) if found else None


def of_invitation(db: Database, invitation_id: int) -> dict[int, Voiding]:
    """All of an invitation, by the version they void."""
    found = rows(db, OF_INVITATION, {"invitation_id": invitation_id})
    return {each["answer_id"]: voiding_of(each) for each in found}


def newest(db: Database, invitation_id: int) -> Voiding | None:
    """The last one of an invitation; whether a later answer counts is not asked here."""
    return max(of_invitation(db, invitation_id).values(), key=lambda each: each.answer_id, default=None)


def voiding_of(found: Row) -> Voiding:
    names = ("answer_id", "invitation_id", "reason", "voided_by", "entry")
    return Voiding(**{name: found[name] for name in names}, voided_at=required(found["voided_at"]))
