"""A document or a working copy as JSON and back: how it reaches the process that prints it."""

import json
from dataclasses import asdict, fields, is_dataclass
from datetime import date, datetime
from enum import StrEnum
from types import UnionType
from typing import Any, get_args, get_origin, get_type_hints

from signoff.domain.document import Document
from signoff.domain.working import WorkingCopy


def written(document: Document | WorkingCopy) -> bytes:
    """``document`` as JSON: fields by name, days and moments as ISO 8601."""
    return json.dumps(asdict(document), ensure_ascii=False, default=lambda moment: moment.isoformat()).encode()


def read(content: bytes) -> Document | WorkingCopy:
    """What ``written`` wrote. A moment comes back with its offset in place of its zone."""
    given = json.loads(content)
    document = value(WorkingCopy if "body" in given else Document, given)
    assert isinstance(document, Document | WorkingCopy)
    return document


def value(kind: Any, given: Any) -> Any:
    """``given`` as the annotated type ``kind``; raises ``TypeError`` for one this file does not know."""
    if get_origin(kind) is UnionType:  # only ``… | None`` occurs
        return None if given is None else value(get_args(kind)[0], given)
    if get_origin(kind) is tuple:
        return tuple(value(get_args(kind)[0], each) for each in given)
    if is_dataclass(kind):
        hints = get_type_hints(kind)
        return kind(**{field.name: value(hints[field.name], given[field.name]) for field in fields(kind)})  # type: ignore[operator]
    if kind in (datetime, date):
        return kind.fromisoformat(given)
    if kind in (str, int, bool) or issubclass(kind, StrEnum):
        return kind(given)
    raise TypeError(kind)
