"""The association that runs the instance, and its legal texts."""

from dataclasses import asdict

from sqlite_utils import Database

from signoff.domain.association import Association, LegalText, Logo
from signoff.store.rows import execute, fetch_all, fetch_one, format_utc, parse_optional_datetime

GET_ASSOCIATION = """
SELECT association.*,
       NOT EXISTS (SELECT 1 FROM legal_texts WHERE kind IN ('imprint', 'privacy') AND language = association.language
                   AND edited_at IS NULL) AS texts_edited
FROM association
"""
SAVE_ASSOCIATION = """
INSERT INTO association (id, name, short_name, address, email, telephone, hours, contact, language, time_zone, sender,
                         logo)
VALUES (1, :name, :short_name, :address, :email, :telephone, :hours, :contact, :language, :time_zone, :sender, :logo)
ON CONFLICT (id) DO UPDATE SET
  name = :name, short_name = :short_name, address = :address, email = :email, telephone = :telephone,
  hours = :hours, contact = :contact, language = :language, time_zone = :time_zone, sender = :sender, logo = :logo
"""
UPDATE_FOUR_EYES = "UPDATE association SET four_eyes = :wanted"
GET_LEGAL_TEXT = "SELECT * FROM legal_texts WHERE kind = :kind AND language = :language"
SAVE_LEGAL_TEXT = """
INSERT INTO legal_texts (kind, language, markdown, edited_at) VALUES (:kind, :language, :markdown, :edited_at)
ON CONFLICT (kind, language) DO UPDATE SET markdown = :markdown, edited_at = :edited_at
"""


def get(db: Database) -> Association:
    """The association; every instance has exactly one."""
    found = fetch_one(db, GET_ASSOCIATION)
    assert found, "the instance has no association; run signoff init"
    facts = {
        name: value
        for name, value in dict(found).items()
        if name not in ("id", "texts_edited", "four_eyes")
    }
    return Association(
        **facts, texts_edited=bool(found["texts_edited"]), four_eyes=bool(found["four_eyes"])
    )


def exists(db: Database) -> bool:
    return fetch_one(db, "SELECT 1 FROM association") is not None


def save(db: Database, association: Association) -> None:
    execute(db, SAVE_ASSOCIATION, asdict(association))


def set_four_eyes(db: Database, wanted: bool) -> None:
    execute(db, UPDATE_FOUR_EYES, {"wanted": int(wanted)})


def find_legal_text(db: Database, kind: str, language: str) -> LegalText | None:
    found = fetch_one(db, GET_LEGAL_TEXT, {"kind": kind, "language": language})
    return (
        LegalText(kind, language, found["markdown"], parse_optional_datetime(found["edited_at"]))
        if found
        else None
    )


def list_legal_texts(db: Database) -> list[LegalText]:
    return [
        LegalText(
            each["kind"],
            each["language"],
            each["markdown"],
            parse_optional_datetime(each["edited_at"]),
        )
        for each in fetch_all(db, "SELECT * FROM legal_texts ORDER BY kind, language")
    ]


def save_legal_text(db: Database, text: LegalText) -> None:
    execute(db, SAVE_LEGAL_TEXT, {**asdict(text), "edited_at": format_utc(text.edited_at)})


# Logos by their digest. An old one stays: what was printed with it can be printed again.

SAVE_LOGO = """
INSERT INTO logos ( sha256,  png,  width,  height)
VALUES            (:sha256, :png, :width, :height)
ON CONFLICT (sha256) DO NOTHING
"""


def save_logo(db: Database, logo: Logo) -> None:
    execute(db, SAVE_LOGO, asdict(logo))


def find_logo(db: Database, sha256: str) -> Logo | None:
    found = fetch_one(db, "SELECT * FROM logos WHERE sha256 = :sha256", {"sha256": sha256})
    return Logo(found["sha256"], found["png"], found["width"], found["height"]) if found else None
