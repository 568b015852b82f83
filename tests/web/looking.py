"""The content of the database, for tests that nothing changes."""

from sqlite_utils import Database


def rows(db: Database) -> dict[str, list[tuple]]:
    """Every row of every table; equal before and after if nothing has changed."""
    return {
        name: [tuple(row) for row in db.execute(f"SELECT * FROM {name}")]
        for name in sorted(db.table_names())
    }
