"""Checks data against the vocabulary of schema.org, as schema-dts (Google) writes it out as types."""

import re
from datetime import datetime
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit

VOCABULARY = Path(__file__).parent.parent / "node_modules/schema-dts/dist/schema.d.ts"
TYPE = re.compile(
    r"^(?:export )?interface (\w+) extends (?:Partial<)?(\w+)>? \{\n(.*?)^\}", re.M | re.S
)
PROPERTY = re.compile(r'^    "(\w+)"\?: SchemaValue<(.*), "\w+">;$', re.M)


@cache
def read_vocabulary() -> dict[str, tuple[str, dict[str, set[str]]]]:
    """Of each type the one it extends, and of its own properties the types of their values."""
    return {
        name.removesuffix("Base"): (
            parent.removesuffix("Base"),
            {key: set(values.split(" | ")) for key, values in PROPERTY.findall(body)},
        )
        for name, parent, body in TYPE.findall(VOCABULARY.read_text())
        if name.endswith("Base")
    }


def list_ancestors(name: str) -> list[str]:
    """The type and all those that it extends, the nearest first."""
    names = []
    while name in read_vocabulary():
        names.append(name)
        name = read_vocabulary()[name][0]
    return names


def find_errors(data: dict, place: str = "") -> list[str]:
    """What schema.org does not know or does not allow in ``data`` and in what stands inside."""
    ancestors = list_ancestors(data.get("@type", ""))
    if not ancestors:
        return [f"{place}: no such type: {data.get('@type')}"]
    allowed = {}
    for name in ancestors:
        allowed |= read_vocabulary()[name][1]
    errors = []
    for key, value in data.items():
        if key.startswith("@"):
            continue
        inner = f"{place}/{key}"
        if key not in allowed:
            errors.append(f"{inner}: no property of {ancestors[0]}")
        elif isinstance(value, dict):
            errors += find_errors(value, inner)
            if not allowed[key] & set(list_ancestors(value.get("@type", ""))):
                errors.append(f"{inner}: {value.get('@type')} is none of {sorted(allowed[key])}")
        elif not any(is_of(value, kind) for kind in allowed[key]):
            errors.append(f"{inner}: {value!r} is none of {sorted(allowed[key])}")
    return errors


def is_of(value: object, kind: str) -> bool:
    """Whether a plain value is one of this data type."""
    if not isinstance(value, str) or not value:
        return False
    if kind in ("Date", "DateTime"):
        try:
            return ("T" in value) == (kind == "DateTime") and bool(datetime.fromisoformat(value))
        except ValueError:
            return False
    return kind == "Text" or (
        kind == "URL" and " " not in value and urlsplit(value).scheme in ("http", "https")
    )
