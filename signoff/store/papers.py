"""Papers and their editions."""

from dataclasses import replace
from datetime import datetime

from sqlite_utils import Database

from signoff.domain.papers import Annex, Edition, Picture, Text
from signoff.store import rows
from signoff.store.rows import Row, execute, fetch_all, fetch_one

# Papers and editions.

SELECT_EDITION = """
SELECT editions.*, papers.slug,
       (SELECT json_group_array(json_object('name', name, 'sha256', sha256, 'size', size)) FROM
          (SELECT name, sha256, size FROM annexes WHERE edition_id = editions.id ORDER BY id)) AS annexes
FROM editions JOIN papers ON papers.id = editions.paper_id
"""
GET_LATEST_EDITION = (
    f"{SELECT_EDITION} WHERE papers.slug = :slug ORDER BY editions.number DESC LIMIT 1"
)
GET_EDITION = f"{SELECT_EDITION} WHERE editions.id = :id"
LIST_EDITIONS_OF_PAPER = f"{SELECT_EDITION} WHERE papers.slug = :slug ORDER BY editions.number DESC"
HAS_OPENED_ROUND = "SELECT 1 FROM rounds WHERE edition_id = :id AND opened_at IS NOT NULL"
LIST_LATEST_EDITIONS = f"""
{SELECT_EDITION} WHERE editions.number = (SELECT MAX(number) FROM editions AS other WHERE other.paper_id = papers.id)
ORDER BY papers.id DESC
"""
INSERT_PAPER = "INSERT INTO papers (slug, created_at) VALUES (:slug, :created_at)"
INSERT_EDITION = """
INSERT INTO editions ( paper_id,  number,  title,  subtitle,  kind,  language,  adopted_by,  adopted_on,  adopted_at,
                       assembly,  vote,  summary,  contact,  html,  source,  digest,  created_at)
VALUES               (:paper_id, :number, :title, :subtitle, :kind, :language, :adopted_by, :adopted_on, :adopted_at,
                      :assembly, :vote, :summary, :contact, :html, :source, :digest, :created_at)
"""
UPDATE_TEXT = """
UPDATE editions SET title = :title, subtitle = :subtitle, kind = :kind, language = :language, adopted_by = :adopted_by,
                    adopted_on = :adopted_on, adopted_at = :adopted_at, assembly = :assembly, vote = :vote,
                    summary = :summary, contact = :contact, html = :html, source = :source, digest = :digest,
                    version = version + 1
WHERE id = :id
"""
INSERT_ANNEX = """
INSERT INTO annexes ( edition_id,  name,  sha256,  size,  added_at)
VALUES              (:edition_id, :name, :sha256, :size, :added_at)
"""
LIST_UNSHARED_ANNEXES = """
SELECT sha256 FROM annexes WHERE edition_id = :edition_id
  AND sha256 NOT IN (SELECT sha256 FROM annexes WHERE edition_id <> :edition_id
                     AND edition_id NOT IN (SELECT edition_id FROM retracted_editions))
"""
DELETE_ANNEX = "DELETE FROM annexes WHERE edition_id = :edition_id AND sha256 = :sha256"
IS_USED = "SELECT 1 FROM rounds WHERE edition_id = :id"
LIST_PRINT_DIGESTS = "SELECT DISTINCT sha256 FROM prints WHERE edition_id = :id AND sha256 <> ''"
LIST_KEPT_PRINTS = (
    "SELECT sha256 FROM prints WHERE sha256 IN (SELECT value FROM json_each(:digests))"
)
DELETE_EDITION = (
    "DELETE FROM prints WHERE edition_id = :id",
    "DELETE FROM annexes WHERE edition_id = :id",
    "DELETE FROM editions WHERE id = :id",
)
DELETE_EMPTY_PAPER = """
DELETE FROM papers WHERE id = :id AND NOT EXISTS (SELECT 1 FROM editions WHERE paper_id = :id)
"""
UPDATE_DIGEST = "UPDATE editions SET digest = :digest WHERE id = :id"


def add(db: Database, slug: str, text: Text, now: datetime, source: str = "") -> Edition:
    """Store a new paper with its first edition. The database refuses a slug that is in use."""
    paper_id = execute(db, INSERT_PAPER, slug=slug, created_at=now)
    return add_edition(db, paper_id, slug, 1, text, now, source)


def add_edition(
    db: Database, paper_id: int, slug: str, number: int, text: Text, now: datetime, source: str = ""
) -> Edition:
    edition = Edition(0, paper_id, slug, number, text, text.digest, now, source=source)
    id = execute(db, INSERT_EDITION, **rows.to_row(edition) | rows.to_row(text))
    for annex in text.annexes:
        insert_annex(db, id, annex, now)
    return replace(edition, id=id)


def update_text(db: Database, id: int, text: Text, source: str) -> None:
    """Change the text of an edition and increment its version.

    The database refuses frozen editions.
    """
    execute(db, UPDATE_TEXT, **rows.to_row(text), id=id, source=source, digest=text.digest)


def add_annex(db: Database, edition: Edition, annex: Annex, now: datetime) -> Edition:
    """Add an annex and update the digest, which covers the annexes."""
    insert_annex(db, edition.id, annex, now)
    return update_digest(db, edition, (*edition.text.annexes, annex))


def delete_annex(db: Database, edition: Edition, sha256: str) -> Edition:
    """Delete an annex and update the digest, which covers the annexes."""
    execute(db, DELETE_ANNEX, edition_id=edition.id, sha256=sha256)
    annexes = tuple(annex for annex in edition.text.annexes if annex.sha256 != sha256)
    return update_digest(db, edition, annexes)


def list_unshared_annexes(db: Database, edition_id: int) -> list[str]:
    """The digests of the annexes that no other edition has."""
    return [row["sha256"] for row in fetch_all(db, LIST_UNSHARED_ANNEXES, edition_id=edition_id)]


def update_digest(db: Database, edition: Edition, annexes: tuple[Annex, ...]) -> Edition:
    text = replace(edition.text, annexes=annexes)
    execute(db, UPDATE_DIGEST, id=edition.id, digest=text.digest)
    return replace(edition, text=text, digest=text.digest)


def insert_annex(db: Database, edition_id: int, annex: Annex, now: datetime) -> None:
    execute(db, INSERT_ANNEX, **rows.to_row(annex), edition_id=edition_id, added_at=now)


def is_used(db: Database, id: int) -> bool:
    """Whether any round is or was about this edition."""
    return fetch_one(db, IS_USED, id=id) is not None


def delete_edition(db: Database, edition: Edition) -> tuple[list[str], list[str]]:
    """Delete an edition, and its paper with the last one; returns the digests of the prints and
    annexes whose files nothing needs any more. The database refuses an edition of a round.
    """
    prints = [row["sha256"] for row in fetch_all(db, LIST_PRINT_DIGESTS, id=edition.id)]
    annexes = list_unshared_annexes(db, edition.id)
    for statement in DELETE_EDITION:
        execute(db, statement, id=edition.id)
    execute(db, DELETE_EMPTY_PAPER, id=edition.paper_id)
    delete_unshared_pictures(db, edition)
    kept = {row["sha256"] for row in fetch_all(db, LIST_KEPT_PRINTS, digests=prints)}
    return [digest for digest in prints if digest not in kept], annexes


# Pictures, by their digest: the HTML of an edition names them.

SAVE_PICTURE = """
INSERT INTO pictures ( sha256,  kind,  content)
VALUES               (:sha256, :kind, :content)
ON CONFLICT (sha256) DO NOTHING
"""
GET_PICTURE = "SELECT * FROM pictures WHERE sha256 = :sha256"
DELETE_UNSHARED_PICTURE = """
DELETE FROM pictures WHERE sha256 = :sha256
  AND NOT EXISTS (SELECT 1 FROM editions WHERE id <> :edition_id AND instr(html, :sha256)
                  AND id NOT IN (SELECT edition_id FROM retracted_editions))
"""


def save_picture(db: Database, picture: Picture) -> None:
    execute(db, SAVE_PICTURE, **rows.to_row(picture))


def find_picture(db: Database, sha256: str) -> Picture | None:
    return rows.find(db, Picture, GET_PICTURE, sha256=sha256)


def list_pictures(db: Database, text: Text) -> list[Picture]:
    """The pictures of ``text`` that are stored."""
    found = (find_picture(db, digest) for digest in text.pictures)
    return [picture for picture in found if picture]


def delete_unshared_pictures(db: Database, edition: Edition) -> None:
    """Delete the pictures that no other edition shows, unless it was retracted, too."""
    for digest in edition.text.pictures:
        execute(db, DELETE_UNSHARED_PICTURE, sha256=digest, edition_id=edition.id)


def is_frozen(db: Database, id: int) -> bool:
    """Whether a round has ever been opened for this edition; its text can then no longer change."""
    return fetch_one(db, HAS_OPENED_ROUND, id=id) is not None


def list_editions(db: Database, slug: str) -> list[Edition]:
    """All editions of a paper, the newest first; empty if there is no such paper."""
    return [edition_from_row(row) for row in fetch_all(db, LIST_EDITIONS_OF_PAPER, slug=slug)]


def find_latest_edition(db: Database, slug: str) -> Edition | None:
    """The newest edition of the paper with this slug."""
    row = fetch_one(db, GET_LATEST_EDITION, slug=slug)
    return edition_from_row(row) if row else None


def get_edition(db: Database, id: int) -> Edition:
    return edition_from_row(rows.require(fetch_one(db, GET_EDITION, id=id), Edition, id))


def list_latest_editions(db: Database) -> list[Edition]:
    """The newest edition of every paper, the newest paper first."""
    return [edition_from_row(row) for row in fetch_all(db, LIST_LATEST_EDITIONS)]


def get_editions_by_id(db: Database) -> dict[int, Edition]:
    """All editions of all papers, by their ids."""
    return {row["id"]: edition_from_row(row) for row in fetch_all(db, SELECT_EDITION)}


def edition_from_row(row: Row) -> Edition:
    return rows.load(Edition, row, text=rows.load(Text, row))
