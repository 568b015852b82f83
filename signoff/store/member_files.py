"""Member lists that were uploaded and are being looked at."""

from dataclasses import dataclass
from datetime import datetime

from sqlite_utils import Database

from signoff.store.rows import row, run, stored

KEEP = """
INSERT INTO member_files (digest, name, content, uploaded_at) VALUES (:digest, :name, :content, :now)
ON CONFLICT (digest) DO UPDATE SET name = :name, content = :content, uploaded_at = :now
"""
GET = "SELECT * FROM member_files WHERE digest = :digest"


@dataclass(frozen=True, slots=True)
class Kept:
    """One list: ``content`` is what was read of it, as text; ``digest`` is that of the file."""

    digest: str
    name: str
    content: str


def keep(db: Database, file: Kept, now: datetime) -> None:
    run(db, KEEP, {"digest": file.digest, "name": file.name, "content": file.content, "now": stored(now)})


def get(db: Database, digest: str) -> Kept | None:
    found = row(db, GET, {"digest": digest})
    return Kept(found["digest"], found["name"], found["content"]) if found else None


def forget(db: Database, digest: str) -> None:
    run(db, "DELETE FROM member_files WHERE digest = :digest", {"digest": digest})


def any_older(db: Database, than: datetime) -> bool:
    return row(db, "SELECT 1 FROM member_files WHERE uploaded_at < :than", {"than": stored(than)}) is not None


def forget_older(db: Database, than: datetime) -> None:
    run(db, "DELETE FROM member_files WHERE uploaded_at < :than", {"than": stored(than)})
