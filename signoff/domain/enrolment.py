"""What a member file asks for, and what taking it in would change."""

from dataclasses import dataclass, field
from enum import StrEnum

MEMBER_COLUMNS = ("name", "official_name", "kind", "state", "country", "language", "tags")
REPRESENTATIVE_COLUMNS = ("name", "function", "language")


@dataclass(frozen=True, slots=True)
class RepresentativeRow:
    """A representative as the file names it; known by the member's key and the address."""

    name: str
    function: str = ""
    email: str = ""  # empty: reached by letter
    language: str = ""  # empty: the member's
    may_answer: bool | None = None  # None: as it is; of a new one, yes
    line: int = field(default=0, compare=False)  # where it stands in the file; 0: where its member does
    columns: tuple[str, ...] = field(default=REPRESENTATIVE_COLUMNS, compare=False)  # what the file speaks of at all


@dataclass(frozen=True, slots=True)
class MemberRow:
    """A member as the file names it, with all its representatives. ``line`` is its first line in the file."""

    line: int
    key: str
    name: str
    official_name: str
    kind: str = ""
    state: str = ""
    country: str = "DE"
    language: str = "de"
    tags: tuple[str, ...] = ()
    representatives: tuple[RepresentativeRow, ...] = ()
    columns: tuple[str, ...] = field(default=MEMBER_COLUMNS, compare=False)  # a column the file lacks says nothing


class Change(StrEnum):
    """What happens to one member or representative of the file."""

    NEW = "new"
    CHANGED = "changed"
    SAME = "same"


@dataclass(frozen=True, slots=True)
class Planned:
    """One line of the preview: a member, or (with ``email``) one of its representatives, and what changes."""

    change: Change
    line: int
    key: str
    name: str
    email: str | None = None
    fields: tuple[tuple[str, str, str], ...] = ()  # name of the field, before, after
    person: str = ""  # the representative's name
    odd: bool = False  # the address's domain does not fit those of the member's others
    archived: bool = False  # the member is archived, and stays so
