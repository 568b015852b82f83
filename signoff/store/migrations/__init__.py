"""Schema changes: the numbered SQL files beside this module, each applied once, in order and in one
transaction.
"""

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from sqlite_utils import Database, Migrations

from signoff.store.connection import complete_statement, sync_log

FOLDER = Path(__file__).parent


@cache
def load_migrations(folder: Path) -> Migrations:
    """The SQL files of a folder, in the order of their numbers."""
    migrations = Migrations("signoff")
    for path in sorted(folder.glob("[0-9][0-9][0-9][0-9]_*.sql")):

        @migrations(name=path.stem)
        def apply(db: Database, path: Path = path) -> None:
            for statement in split_statements(path.read_text("utf-8")):
                db.conn.execute(statement)

    return migrations


def split_statements(sql: str) -> Iterator[str]:
    """The statements. ``executescript`` looks for their ends at each character, which takes most of
    ``init``.
    """
    statement = ""
    for part in re.split("(?<=;)", sql):
        statement += part
        if complete_statement(statement):
            yield statement
            statement = ""
    yield statement  # comments, or what SQLite refuses


def migrate(db: Database) -> list[str]:
    """Apply what is pending and return the names of the applied changes."""
    names = list_pending(db)
    load_migrations(FOLDER).apply(db)
    sync_log(db)
    return names


def list_pending(db: Database) -> list[str]:
    """The names of the changes this code needs and the database does not have yet."""
    return [migration.name for migration in load_migrations(FOLDER).pending(db)]


def list_unknown(db: Database) -> list[str]:
    """The names of the changes that a newer program has made to the database."""
    known = {path.stem for path in FOLDER.glob("*.sql")}
    return [each.name for each in load_migrations(FOLDER).applied(db) if each.name not in known]
