"""SQL statements with typed parameters, and rows as typed values.

Moments are stored in UTC with microseconds, so that they sort as text; lists and dataclasses are
stored as JSON.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, fields, is_dataclass
from datetime import UTC, date, datetime
from functools import cache
from types import UnionType
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

from sqlite_utils import Database

from signoff.domain.serialization import Parser, apply, get_parser, make_optional, to_json

Row = Mapping[str, Any]
T = TypeVar("T")


class RowNotFound(LookupError):
    """There is no such row, though the caller relies on it."""


def fetch_all(db: Database, sql: str, /, **parameters: object) -> list[Any]:
    """Every row of a query, with its columns by name."""
    rows: list[Any] = db.conn.execute(sql, to_columns(parameters)).fetchall()
    return rows


def fetch_one(db: Database, sql: str, /, **parameters: object) -> Any | None:
    """The first row of a query, or ``None``."""
    return db.conn.execute(sql, to_columns(parameters)).fetchone()


def fetch_value(db: Database, sql: str, /, **parameters: object) -> Any:
    """The first column of the first row, for counts and the like; raises ``RowNotFound``."""
    row = fetch_one(db, sql, **parameters)
    if row is None:
        raise RowNotFound(sql, parameters)
    return row[0]


def list_all(db: Database, kind: type[T], sql: str, /, **parameters: object) -> list[T]:
    """Every row of a query as a ``kind``."""
    return [load(kind, row) for row in fetch_all(db, sql, **parameters)]


def find(db: Database, kind: type[T], sql: str, /, **parameters: object) -> T | None:
    """The first row of a query as a ``kind``, or ``None``."""
    row = fetch_one(db, sql, **parameters)
    return None if row is None else load(kind, row)


def get(db: Database, kind: type[T], sql: str, /, **parameters: object) -> T:
    """The first row of a query as a ``kind``; raises ``RowNotFound``."""
    return require(find(db, kind, sql, **parameters), kind, parameters)


def require(value: T | None, *searched: object) -> T:
    """``value``, if there is one; otherwise raises ``RowNotFound`` with what was searched."""
    if value is None:
        raise RowNotFound(*searched)
    return value


def execute(db: Database, sql: str, /, **parameters: object) -> int:
    """Run a writing statement in the caller's transaction; gives the id of the inserted row."""
    require_transaction(db)
    return int(db.conn.execute(sql, to_columns(parameters)).lastrowid or 0)


def execute_many(db: Database, sql: str, many: Iterable[Mapping[str, object]]) -> None:
    """Run a writing statement once for each set of parameters, in the caller's transaction."""
    require_transaction(db)
    db.conn.executemany(sql, [to_columns(parameters) for parameters in many])


def require_transaction(db: Database) -> None:
    if not db.conn.in_transaction:
        raise RuntimeError("writing needs a transaction")


# Values to columns.


def to_row(value: Any) -> dict[str, object]:
    """The fields of a dataclass as parameters, by their names."""
    return {field.name: getattr(value, field.name) for field in fields(value)}


def to_columns(parameters: Mapping[str, object]) -> dict[str, object]:
    return {name: to_column(value) for name, value in parameters.items()}


def to_column(value: Any) -> object:
    if value is None or isinstance(value, str | int | bytes):  # enums and flags included
        return value
    if isinstance(value, datetime):
        return format_utc(value)
    if isinstance(value, date):
        return value.isoformat()
    if is_dataclass(value):
        return to_json(value)
    values = value if isinstance(value, dict) else list(value)
    return json.dumps(values, ensure_ascii=False, default=asdict)


def format_utc(moment: datetime) -> str:
    """A moment as it is stored: ``2026-11-22T23:00:00.000000+00:00``."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")


# Rows to values.


def load(kind: type[T], row: Row, /, **values: object) -> T:
    """A dataclass from the columns named like its fields, except for the fields in ``values``.

    A column is converted by the type of its field: moments, dates, flags, enums; tuples,
    dictionaries and nested dataclasses from JSON. A field that is neither in ``values`` nor a
    column must have a default.
    """
    columns, names = tuple(row.keys()), tuple(values)
    for name, place, parse in get_column_parsers(kind, columns, names):  # type: ignore[arg-type]  # a type is hashable
        value = row[place]  # type: ignore[index]  # a row knows its columns by their places, too
        values[name] = value if parse is None else parse(value)
    return kind(**values)


@cache
def get_column_parsers(
    kind: Any, columns: tuple[str, ...], provided_names: tuple[str, ...]
) -> list[tuple[str, int, Parser | None]]:
    """The fields of ``kind`` to fill from columns, each with the place and the parser of its
    column: a row compares a name with all names.
    """
    hints = get_type_hints(kind)
    names = [each.name for each in fields(kind) if each.init and each.name in columns]
    return [
        (name, columns.index(name), get_column_parser(hints[name]))
        for name in names
        if name not in provided_names
    ]


def get_column_parser(kind: Any) -> Parser | None:
    """Like ``get_parser``, but for a column: tuples, dictionaries and dataclasses are stored as
    JSON.
    """
    if get_origin(kind) is UnionType:
        return make_optional(get_column_parser(get_args(kind)[0]))
    parse = get_parser(kind)
    if get_origin(kind) is None and not is_dataclass(kind):
        return parse
    return lambda text: apply(parse, json.loads(text))
