"""Typed values to JSON and back, by the annotations of their dataclasses."""

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, fields, is_dataclass
from datetime import date, datetime
from enum import StrEnum
from functools import cache
from types import UnionType
from typing import Any, TypeVar, cast, get_args, get_origin, get_type_hints

T = TypeVar("T")
Parser = Callable[[Any], Any]


def to_json(value: Any) -> str:
    """A dataclass as JSON: fields by name, dates and moments in ISO 8601."""
    return json.dumps(asdict(value), ensure_ascii=False, default=lambda moment: moment.isoformat())


def from_json(kind: type[T], text: str | bytes) -> T:
    """The value that ``to_json`` has written; a moment comes back with its offset instead of its
    time zone.
    """
    value: T = apply(get_parser(kind), json.loads(text))  # type: ignore[arg-type]  # a type is hashable
    return value


def apply(parse: Parser | None, value: Any) -> Any:
    return value if parse is None else parse(value)


@cache
def get_parser(kind: Any) -> Parser | None:
    """The function that makes a ``kind`` of a JSON value, or ``None`` if the value is one
    already.
    """
    origin, arguments = get_origin(kind), get_args(kind)
    if origin is UnionType:  # only "… | None" occurs
        return make_optional(get_parser(arguments[0]))
    if origin is tuple:
        return make_tuple_parser(get_parser(arguments[0]))
    if is_dataclass(kind):
        return make_dataclass_parser(kind)
    if kind in (date, datetime):
        parser: Parser = kind.fromisoformat
        return parser
    if origin in (dict, Mapping) or kind in (str, int, bytes):
        return None
    if kind is bool or issubclass(kind, StrEnum):
        return cast(Parser, kind)
    raise TypeError(kind)


def make_optional(parse: Parser | None) -> Parser | None:
    return None if parse is None else lambda value: None if value is None else parse(value)


def make_tuple_parser(parse: Parser | None) -> Parser:
    return tuple if parse is None else lambda values: tuple(map(parse, values))


def make_dataclass_parser(kind: Any) -> Parser:
    """Missing fields get their defaults."""
    hints = get_type_hints(kind)
    parsers = [(field.name, get_parser(hints[field.name])) for field in fields(kind)]
    return lambda values: kind(
        **{name: apply(parse, values[name]) for name, parse in parsers if name in values}
    )
