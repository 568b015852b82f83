"""What ``doctor`` finds: one line a matter, each with what to do."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum


class Grade(StrEnum):
    """How a matter stands."""

    OK = "ok"
    WARNING = "warning"
    ERROR = "error"
    UNKNOWN = "unknown"  # could not be asked


@dataclass(frozen=True, slots=True)
class Finding:
    """One matter: how it stands, what was found, and what to do about it."""

    matter: str
    grade: Grade
    found: str
    to_do: str = ""


Findings = Iterator[Finding]


def ok(matter: str, found: str) -> Finding:
    return Finding(matter, Grade.OK, found)


def warning(matter: str, found: str, to_do: str) -> Finding:
    return Finding(matter, Grade.WARNING, found, to_do)


def error(matter: str, found: str, to_do: str) -> Finding:
    return Finding(matter, Grade.ERROR, found, to_do)


def unknown(matter: str, found: str) -> Finding:
    return Finding(matter, Grade.UNKNOWN, found)
