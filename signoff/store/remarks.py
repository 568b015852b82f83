"""The office's own notes about invitations. Removed ones are gone: the journal never holds their words."""

from datetime import datetime

from sqlite_utils import Database

from signoff.domain.remark import Remark
from signoff.store.rows import Row, required, row, rows, run, stored

INSERT = """
INSERT INTO remarks ( invitation_id,  words,  author,  written_at,  form_key)
VALUES              (:invitation_id, :words, :author, :written_at, :form_key)
"""
OF_INVITATION = "SELECT * FROM remarks WHERE invitation_id = :invitation_id ORDER BY id DESC"
BY_FORM = "SELECT * FROM remarks WHERE invitation_id = :invitation_id AND form_key = :form_key"
GET = "SELECT * FROM remarks WHERE id = :id"
REMOVE = "DELETE FROM remarks WHERE id = :id"


def add(db: Database, invitation_id: int, words: str, author: str, form_key: str, now: datetime) -> int:
    """Keep one more; gives its id."""
    given = {"invitation_id": invitation_id, "words": words, "author": author, "form_key": form_key}
    return run(db, INSERT, {**given, "written_at": stored(now)})


def of_invitation(db: Database, invitation_id: int) -> list[Remark]:
    """All of an invitation, the newest first."""
    return [remark_of(each) for each in rows(db, OF_INVITATION, {"invitation_id": invitation_id})]


def by_form(db: Database, invitation_id: int, form_key: str) -> Remark | None:
    """What this very form has already written."""
    found = row(db, BY_FORM, {"invitation_id": invitation_id, "form_key": form_key})
    return remark_of(found) if found else None


def get(db: Database, id: int) -> Remark | None:
    found = row(db, GET, {"id": id})
    return remark_of(found) if found else None


def remove(db: Database, id: int) -> None:
    run(db, REMOVE, {"id": id})


def remark_of(found: Row) -> Remark:
    names = ("id", "invitation_id", "words", "author")
    return Remark(**{name: found[name] for name in names}, written_at=required(found["written_at"]))
