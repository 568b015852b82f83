"""From rows to values and back. Moments are stored in UTC with microseconds, so they sort as text."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any

from sqlite_utils import Database

Row = Mapping[str, Any]
Parameters = Mapping[str, Any]


def fetch_all(db: Database, sql: str, parameters: Parameters | None = None) -> list[Any]:
    """Every row of a query, read by column name."""
    found: list[Any] = db.conn.execute(sql, parameters or {}).fetchall()
    return found


def fetch_one(db: Database, sql: str, parameters: Parameters | None = None) -> Any | None:
    """The first row of a query, or ``None``."""
    return db.conn.execute(sql, parameters or {}).fetchone()


def execute(db: Database, sql: str, parameters: Parameters | None = None) -> int:
    """Run one writing statement inside the caller's transaction; gives the new row's id."""
    assert db.conn.in_transaction, "writing needs a transaction"
    return int(db.conn.execute(sql, parameters or {}).lastrowid or 0)


def execute_many(db: Database, sql: str, many: Sequence[Parameters]) -> None:
    """Run one writing statement for each set of parameters, inside the caller's transaction."""
    assert db.conn.in_transaction, "writing needs a transaction"
    db.conn.executemany(sql, many)


def format_utc(value: datetime | None) -> str | None:
    """A moment as it is kept: ``2026-11-22T23:00:00.000000+00:00``."""
    return None if value is None else value.astimezone(UTC).isoformat(timespec="microseconds")


def parse_optional_datetime(value: str | None) -> datetime | None:
    return None if value is None else datetime.fromisoformat(value)


def parse_datetime(value: str) -> datetime:
    return datetime.fromisoformat(value)


def parse_optional_date(value: str | None) -> date | None:
    return date.fromisoformat(value) if value else None
