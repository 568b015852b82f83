"""Papers and their editions."""

from datetime import datetime

from sqlite_utils import Database

from signoff.domain.paper import Edition, Text
from signoff.store.rows import Row, day, required, row, rows, run, stored

EDITION = "SELECT editions.*, papers.slug FROM editions JOIN papers ON papers.id = editions.paper_id"
LATEST = f"{EDITION} WHERE papers.slug = :slug ORDER BY editions.number DESC LIMIT 1"
GET = f"{EDITION} WHERE editions.id = :id"
NEWEST = f"""
{EDITION} WHERE editions.number = (SELECT MAX(number) FROM editions AS other WHERE other.paper_id = papers.id)
ORDER BY papers.id DESC
"""
INSERT_PAPER = "INSERT INTO papers (slug, created_at) VALUES (:slug, :created_at)"
INSERT = """
INSERT INTO editions ( paper_id,  number,  title,  subtitle,  kind,  language,  adopted_by,  adopted_on,  adopted_at,
                       html,  digest,  created_at)
VALUES               (:paper_id, :number, :title, :subtitle, :kind, :language, :adopted_by, :adopted_on, :adopted_at,
                      :html, :digest, :created_at)
"""
TEXT = ("title", "html", "subtitle", "kind", "language", "adopted_by", "adopted_at")


def add(db: Database, slug: str, text: Text, now: datetime) -> Edition:
    """A new paper with its first edition. The slug's uniqueness is the database's."""
    paper_id = run(db, INSERT_PAPER, {"slug": slug, "created_at": stored(now)})
    return add_edition(db, paper_id, slug, 1, text, now)


def add_edition(db: Database, paper_id: int, slug: str, number: int, text: Text, now: datetime) -> Edition:
    edition = Edition(0, paper_id, slug, number, text, text.digest, now)
    parameters = {
        **{name: getattr(text, name) for name in TEXT},
        "adopted_on": text.adopted_on and text.adopted_on.isoformat(),
        "paper_id": paper_id,
        "number": number,
        "digest": edition.digest,
        "created_at": stored(now),
    }
    id = run(db, INSERT, parameters)
    return Edition(id, paper_id, slug, number, text, edition.digest, now)


def latest(db: Database, slug: str) -> Edition | None:
    """The newest edition of the paper with this slug."""
    found = row(db, LATEST, {"slug": slug})
    return edition_of(found) if found else None


def get(db: Database, id: int) -> Edition:
    found = row(db, GET, {"id": id})
    assert found, f"no edition {id}"
    return edition_of(found)


def newest(db: Database) -> list[Edition]:
    """The newest edition of every paper, the newest paper first."""
    return [edition_of(each) for each in rows(db, NEWEST)]


def every(db: Database) -> dict[int, Edition]:
    """All editions of all papers, by their ids."""
    return {each["id"]: edition_of(each) for each in rows(db, EDITION)}


def edition_of(found: Row) -> Edition:
    text = Text(**{name: found[name] for name in TEXT}, adopted_on=day(found["adopted_on"]))
    return Edition(
        found["id"],
        found["paper_id"],
        found["slug"],
        found["number"],
        text,
        found["digest"],
        required(found["created_at"]),
    )
