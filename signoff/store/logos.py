"""Logos by their digest. An old one stays: what was printed with it can be printed again."""

from dataclasses import asdict

from sqlite_utils import Database

from signoff.domain.logo import Logo
from signoff.store.rows import row, run

SAVE = """
INSERT INTO logos ( sha256,  png,  width,  height)
VALUES            (:sha256, :png, :width, :height)
ON CONFLICT (sha256) DO NOTHING
"""


def save(db: Database, logo: Logo) -> None:
    run(db, SAVE, asdict(logo))


def get(db: Database, sha256: str) -> Logo | None:
    found = row(db, "SELECT * FROM logos WHERE sha256 = :sha256", {"sha256": sha256})
    return Logo(found["sha256"], found["png"], found["width"], found["height"]) if found else None
