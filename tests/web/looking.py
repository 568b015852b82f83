"""What a test of the pages looks at behind them."""

from sqlite_utils import Database


def rows(db: Database) -> dict[str, list[tuple]]:
    """Every row of every table: the same twice where nothing was changed."""
    return {
        name: [tuple(each) for each in db.execute(f"SELECT * FROM {name}")]
        for name in sorted(db.table_names())
    }
