"""The association that runs the instance, its legal texts and its logos."""

from sqlite_utils import Database

from signoff.domain.association import Association, LegalText, Logo
from signoff.store import rows
from signoff.store.rows import execute, fetch_one

GET_ASSOCIATION = "SELECT * FROM association"
SAVE_ASSOCIATION = """
INSERT INTO association (id, name, short_name, address, email, telephone, hours, contact, language, time_zone, sender,
                         logo, responsible, licence)
VALUES (1, :name, :short_name, :address, :email, :telephone, :hours, :contact, :language, :time_zone, :sender, :logo,
        :responsible, :licence)
ON CONFLICT (id) DO UPDATE SET
  name = :name, short_name = :short_name, address = :address, email = :email, telephone = :telephone,
  hours = :hours, contact = :contact, language = :language, time_zone = :time_zone, sender = :sender, logo = :logo,
  responsible = :responsible, licence = :licence
"""
UPDATE_FOUR_EYES = "UPDATE association SET four_eyes = :wanted"
GET_LEGAL_TEXT = "SELECT * FROM legal_texts WHERE kind = :kind AND language = :language"
SAVE_LEGAL_TEXT = """
INSERT INTO legal_texts (kind, language, markdown, edited_at) VALUES (:kind, :language, :markdown, :edited_at)
ON CONFLICT (kind, language) DO UPDATE SET markdown = :markdown, edited_at = :edited_at
"""
LIST_LEGAL_TEXTS = "SELECT * FROM legal_texts ORDER BY kind, language"


def get(db: Database) -> Association:
    """The association; every instance has exactly one once ``signoff init`` has run."""
    return rows.get(db, Association, GET_ASSOCIATION)


def exists(db: Database) -> bool:
    return fetch_one(db, GET_ASSOCIATION) is not None


def save(db: Database, association: Association) -> None:
    execute(db, SAVE_ASSOCIATION, **rows.to_row(association))


def set_four_eyes(db: Database, required: bool) -> None:
    execute(db, UPDATE_FOUR_EYES, wanted=required)


def find_legal_text(db: Database, kind: str, language: str) -> LegalText | None:
    return rows.find(db, LegalText, GET_LEGAL_TEXT, kind=kind, language=language)


def list_legal_texts(db: Database) -> list[LegalText]:
    return rows.list_all(db, LegalText, LIST_LEGAL_TEXTS)


def save_legal_text(db: Database, text: LegalText) -> None:
    execute(db, SAVE_LEGAL_TEXT, **rows.to_row(text))


# Logos, by their digest. A replaced logo stays, so that what was printed with it can be printed
# again.

SAVE_LOGO = """
INSERT INTO logos ( sha256,  png,  width,  height)
VALUES            (:sha256, :png, :width, :height)
ON CONFLICT (sha256) DO NOTHING
"""
GET_LOGO = "SELECT * FROM logos WHERE sha256 = :sha256"


def save_logo(db: Database, logo: Logo) -> None:
    execute(db, SAVE_LOGO, **rows.to_row(logo))


def find_logo(db: Database, sha256: str) -> Logo | None:
    return rows.find(db, Logo, GET_LOGO, sha256=sha256)
