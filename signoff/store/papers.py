"""Papers and their editions."""

import json
from collections.abc import Collection
from dataclasses import asdict, replace
from datetime import datetime

from sqlite_utils import Database

from signoff.domain.papers import Annex, Edition, Text, Trial
from signoff.store.rows import Row, day, moment, required, row, rows, run, stored

EDITION = """
SELECT editions.*, papers.slug,
       (SELECT json_group_array(json_array(name, sha256, size)) FROM
          (SELECT name, sha256, size FROM annexes WHERE edition_id = editions.id ORDER BY id)) AS annexes
FROM editions JOIN papers ON papers.id = editions.paper_id
"""
GET_LATEST_EDITION = f"{EDITION} WHERE papers.slug = :slug ORDER BY editions.number DESC LIMIT 1"
GET = f"{EDITION} WHERE editions.id = :id"
OF_PAPER = f"{EDITION} WHERE papers.slug = :slug ORDER BY editions.number DESC"
FROZEN = "SELECT 1 FROM rounds WHERE edition_id = :id AND opened_at IS NOT NULL"
NEWEST = f"""
{EDITION} WHERE editions.number = (SELECT MAX(number) FROM editions AS other WHERE other.paper_id = papers.id)
ORDER BY papers.id DESC
"""
INSERT_PAPER = "INSERT INTO papers (slug, created_at) VALUES (:slug, :created_at)"
INSERT = """
INSERT INTO editions ( paper_id,  number,  title,  subtitle,  kind,  language,  adopted_by,  adopted_on,  adopted_at,
                       assembly,  vote,  contact,  html,  source,  digest,  created_at)
VALUES               (:paper_id, :number, :title, :subtitle, :kind, :language, :adopted_by, :adopted_on, :adopted_at,
                      :assembly, :vote, :contact, :html, :source, :digest, :created_at)
"""
REVISE = """
UPDATE editions SET title = :title, subtitle = :subtitle, kind = :kind, language = :language, adopted_by = :adopted_by,
                    adopted_on = :adopted_on, adopted_at = :adopted_at, assembly = :assembly, vote = :vote,
                    contact = :contact, html = :html, source = :source, digest = :digest, version = version + 1
WHERE id = :id
"""
ATTACH = """
INSERT INTO annexes ( edition_id,  name,  sha256,  size,  added_at)
VALUES              (:edition_id, :name, :sha256, :size, :added_at)
"""
ALONE = """
SELECT sha256 FROM annexes WHERE edition_id = :edition_id
  AND sha256 NOT IN (SELECT sha256 FROM annexes WHERE edition_id <> :edition_id)
"""
DETACH = "DELETE FROM annexes WHERE edition_id = :edition_id AND sha256 = :sha256"
DIGEST = "UPDATE editions SET digest = :digest WHERE id = :id"
TEXT = (
    *("title", "html", "subtitle", "kind", "language", "adopted_by", "adopted_at"),
    *("assembly", "vote", "contact"),
)


def add(db: Database, slug: str, text: Text, now: datetime, source: str = "") -> Edition:
    """A new paper with its first edition. The slug's uniqueness is the database's."""
    paper_id = run(db, INSERT_PAPER, {"slug": slug, "created_at": stored(now)})
    return add_edition(db, paper_id, slug, 1, text, now, source)


def add_edition(
    db: Database, paper_id: int, slug: str, number: int, text: Text, now: datetime, source: str = ""
) -> Edition:
    edition = Edition(0, paper_id, slug, number, text, text.digest, now, source=source)
    told = {
        **columns(text, source),
        "paper_id": paper_id,
        "number": number,
        "created_at": stored(now),
    }
    id = run(db, INSERT, told)
    for annex in text.annexes:
        insert_annex(db, id, annex, now)
    return replace(edition, id=id)


def columns(text: Text, source: str) -> dict[str, object]:
    return {
        **{name: getattr(text, name) for name in TEXT},
        "adopted_on": text.adopted_on and text.adopted_on.isoformat(),
        "source": source,
        "digest": text.digest,
    }


def revise(db: Database, id: int, text: Text, source: str) -> None:
    """Another text for an edition whose round has not been opened; one more version."""
    run(db, REVISE, {**columns(text, source), "id": id})


def attach(db: Database, edition: Edition, annex: Annex, now: datetime) -> Edition:
    """One more annex, and the digest that covers it."""
    insert_annex(db, edition.id, annex, now)
    return with_annexes(db, edition, (*edition.text.annexes, annex))


def detach(db: Database, edition: Edition, sha256: str) -> Edition:
    run(db, DETACH, {"edition_id": edition.id, "sha256": sha256})
    return with_annexes(
        db, edition, tuple(each for each in edition.text.annexes if each.sha256 != sha256)
    )


def annexes_alone(db: Database, edition_id: int) -> list[str]:
    """The digests of the annexes that no other edition has."""
    return [each["sha256"] for each in rows(db, ALONE, {"edition_id": edition_id})]


def with_annexes(db: Database, edition: Edition, annexes: tuple[Annex, ...]) -> Edition:
    text = replace(edition.text, annexes=annexes)
    run(db, DIGEST, {"id": edition.id, "digest": text.digest})
    return replace(edition, text=text, digest=text.digest)


def insert_annex(db: Database, edition_id: int, annex: Annex, now: datetime) -> None:
    run(db, ATTACH, {**asdict(annex), "edition_id": edition_id, "added_at": stored(now)})


def is_frozen(db: Database, id: int) -> bool:
    """Whether a round has ever been opened on this edition: its text never changes again."""
    return row(db, FROZEN, {"id": id}) is not None


def of_paper(db: Database, slug: str) -> list[Edition]:
    """All editions of a paper, the newest first; none where there is no such paper."""
    return [edition_of(each) for each in rows(db, OF_PAPER, {"slug": slug})]


def find_latest_edition(db: Database, slug: str) -> Edition | None:
    """The newest edition of the paper with this slug."""
    found = row(db, GET_LATEST_EDITION, {"slug": slug})
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
    annexes = tuple(Annex(*each) for each in json.loads(found["annexes"]))
    text = Text(
        **{name: found[name] for name in TEXT}, adopted_on=day(found["adopted_on"]), annexes=annexes
    )
    return Edition(
        found["id"],
        found["paper_id"],
        found["slug"],
        found["number"],
        text,
        found["digest"],
        required(found["created_at"]),
        found["version"],
        found["source"],
    )


# Trial prints that are owed and done: claimed, printed outside the transaction, then recorded.

OWE = "INSERT INTO trials (edition_id, digest, owed_at) VALUES (:edition_id, :digest, :now)"
OUTDATED = """
UPDATE trials SET failed_at = :now, error = 'superseded'
WHERE edition_id = :edition_id AND printed_at IS NULL AND failed_at IS NULL
"""
GET_LATEST_TRIAL_PRINT = (
    "SELECT * FROM trials WHERE edition_id = :edition_id ORDER BY id DESC LIMIT 1"
)
DUE = """
SELECT * FROM trials
WHERE printed_at IS NULL AND failed_at IS NULL
  AND (claimed_by IS NULL OR claimed_by NOT IN (SELECT value FROM json_each(:living)))
ORDER BY id LIMIT 1
"""
CLAIM = "UPDATE trials SET claimed_by = :worker WHERE id = :id"
HELD = """
SELECT COUNT(*) AS held FROM trials
WHERE claimed_by IN (SELECT value FROM json_each(:living)) AND claimed_by <> :worker
  AND printed_at IS NULL AND failed_at IS NULL
"""
PRINTED = """
UPDATE trials SET printed_at = :now, sha256 = :sha256, size = :size, pages = :pages
WHERE id = :id AND failed_at IS NULL
"""
FAILED = "UPDATE trials SET failed_at = :now, error = :error WHERE id = :id AND failed_at IS NULL"


def owe(db: Database, edition_id: int, digest: str, now: datetime) -> None:
    """Owe one of the text with this digest; an earlier one that is still owed is superseded by it."""
    run(db, OUTDATED, {"edition_id": edition_id, "now": stored(now)})
    run(db, OWE, {"edition_id": edition_id, "digest": digest, "now": stored(now)})


def find_latest_trial_print(db: Database, edition_id: int) -> Trial | None:
    found = row(db, GET_LATEST_TRIAL_PRINT, {"edition_id": edition_id})
    return trial_of(found) if found else None


def claim(db: Database, worker: str, living: Collection[str]) -> Trial | None:
    """Take one that is due for ``worker``, also one whose worker has died."""
    found = row(db, DUE, {"living": json.dumps(list(living))})
    if found is None:
        return None
    run(db, CLAIM, {"worker": worker, "id": found["id"]})
    return trial_of(found)


def held_by_others(db: Database, worker: str, living: Collection[str]) -> int:
    found = row(db, HELD, {"worker": worker, "living": json.dumps(list(living))})
    return int(found["held"]) if found else 0


def mark_printed(
    db: Database, id: int, *, sha256: str, size: int, pages: int, now: datetime
) -> None:
    run(db, PRINTED, {"id": id, "sha256": sha256, "size": size, "pages": pages, "now": stored(now)})


def mark_failed(db: Database, id: int, error: str, now: datetime) -> None:
    run(db, FAILED, {"id": id, "error": error, "now": stored(now)})


def trial_of(found: Row) -> Trial:
    names = ("id", "edition_id", "digest", "sha256", "size", "pages", "error")
    return Trial(
        **{name: found[name] for name in names},
        owed_at=required(found["owed_at"]),
        printed_at=moment(found["printed_at"]),
        failed_at=moment(found["failed_at"]),
    )
