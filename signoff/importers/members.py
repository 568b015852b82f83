"""A member list: rows with the same key are one member, and each may add a representative."""

import json
import re
import unicodedata
from dataclasses import asdict, dataclass, replace
from functools import lru_cache
from typing import Any

from email_validator import EmailNotValidError, validate_email

from signoff.domain.members import (
    MEMBER_COLUMNS,
    REPRESENTATIVE_COLUMNS,
    MemberRow,
    RepresentativeRow,
)
from signoff.importers.errors import FileReason, FileRefused, Problem
from signoff.importers.sheets import Row, read_sheet

# What a cell of a member list may contain.

LENGTH = 200
FORMULA = ("=", "+", "-", "@", "\t", "\r")
INVISIBLE = {"Cc", "Cs", "Co", "Zl", "Zp"}
BIDI = frozenset("\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
COUNTRY = re.compile(r"[A-Za-z]{2}")
LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8})*")


def wrong(cell: str) -> FileReason | None:
    """Why ``cell`` cannot be taken whatever its column, if so."""
    if cell.startswith(FORMULA) or cell.lstrip().startswith(FORMULA):
        return FileReason.FORMULA
    if any(unicodedata.category(sign) in INVISIBLE or sign in BIDI for sign in cell):
        return FileReason.CONTROL_CHARACTERS
    if len(cell) > LENGTH:
        return FileReason.TOO_LONG
    return None


def tidy(cell: str) -> str:
    """``cell`` in NFC with single spaces."""
    return " ".join(unicodedata.normalize("NFC", cell).split())


@lru_cache(maxsize=64)  # asked twice for each cell, once to check and once to take
def address(cell: str) -> str | None:
    """The mail address with its domain in lower case (and ASCII, as mail servers speak it), or None where it is none.

    Only the form is checked: whether mail arrives is seen when it is sent.
    """
    try:
        return validate_email(cell, check_deliverability=False, allow_smtputf8=False).ascii_email
    except EmailNotValidError:
        return None


def tags(cell: str) -> tuple[str, ...]:
    """The tags of a cell, separated by commas, bars or semicolons, each once."""
    return tuple(dict.fromkeys(tag for part in re.split(r"[,|;]", cell) if (tag := part.strip())))


# Rows of a sheet to checked entries: one entry a line, columns by name.

COLUMNS = (
    "key",
    "name",
    "official_name",
    "kind",
    "state",
    "country",
    "language",
    "tags",
    "representative",
    "function",
    "email",
    "role",
)
ROLES = {
    "answer": True,
    "information": False,
}  # who may answer, and who is told for information only
REQUIRED = ("key", "name")


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a member list; a column that the file does not have is empty."""

    line: int
    values: dict[str, str]

    def __getitem__(self, column: str) -> str:
        return self.values.get(column, "")


def header(row: Row) -> tuple[str, ...]:
    """The columns' names in the order of the file; FileRefused with all that is wrong with them."""
    names = tuple(tidy(cell).casefold() for cell in row.cells)
    if not set(names) & set(COLUMNS):
        raise FileRefused(
            [Problem(FileReason.NO_HEADER, row.line, facts={"columns": ", ".join(COLUMNS)})]
        )
    problems = [
        Problem(FileReason.MISSING_COLUMN, row.line, name) for name in REQUIRED if name not in names
    ]
    for place, name in enumerate(names):
        if name not in COLUMNS:
            problems.append(
                Problem(
                    FileReason.UNKNOWN_COLUMN, row.line, name[:40], {"columns": ", ".join(COLUMNS)}
                )
            )
        elif name in names[:place]:
            problems.append(Problem(FileReason.DOUBLE_COLUMN, row.line, name))
    if problems:
        raise FileRefused(problems)
    return names


def read_entry(row: Row, names: tuple[str, ...], problems: list[Problem]) -> Entry | None:
    """The checked entry in ``row``; None, and what is wrong added to ``problems``, where it cannot be taken."""
    given = row.cells
    if row.ragged and len(given) < len(names):
        given += ("",) * (len(names) - len(given))
    if len(given) != len(names):
        count: dict[str, object] = {"count": len(given), "expected": len(names)}
        problems.append(Problem(FileReason.CELL_COUNT, row.line, facts=count))
        return None
    before = len(problems)
    values: dict[str, str] = {}
    for place, (name, cell) in enumerate(zip(names, given, strict=True)):
        if reason := wrong(cell) or _wrong(name, tidy(cell), place in row.numbers):
            facts: dict[str, object] = {"text": _shown(cell), "length": len(cell), "limit": LENGTH}
            problems.append(Problem(reason, row.line, name, facts))
        values[name] = tidy(cell)
    if len(problems) > before:
        return None
    if values.get("email"):
        values["email"] = address(values["email"]) or ""
    return Entry(row.line, values)


def _wrong(name: str, cell: str, number: bool) -> FileReason | None:
    """Why ``cell`` cannot stand in the column ``name``, if so."""
    if not cell:
        return FileReason.MISSING if name in REQUIRED else None
    if name == "email" and address(cell) is None:
        return FileReason.NOT_AN_ADDRESS
    if name == "country" and not COUNTRY.fullmatch(cell):
        return FileReason.NOT_A_COUNTRY
    if name == "role" and cell.casefold() not in ROLES:
        return FileReason.NOT_A_ROLE
    if name == "language" and not LANGUAGE.fullmatch(cell):
        return FileReason.NOT_A_LANGUAGE
    # A spreadsheet turns the AGS 05113000 into the number 5113000, which would be a second member beside the first.
    if name == "key" and number and len(cell) == 7:
        return FileReason.LOST_ZERO
    return None


def _shown(cell: str) -> str:
    """The beginning of ``cell`` in a form that is safe to print."""
    return "".join(sign if sign.isprintable() else "\ufffd" for sign in cell[:60]) + (
        "…" if len(cell) > 60 else ""
    )


SHARED = ("name", "official_name", "kind", "state", "country", "tags")


@dataclass(frozen=True, slots=True)
class MemberFile:
    """A member list. While it has problems, none of it may be taken in; ``members`` are those without any."""

    members: tuple[MemberRow, ...]
    problems: tuple[Problem, ...] = ()


def read_members(filename: str, content: bytes) -> MemberFile:
    """The members in a CSV or XLSX file (see ``docs/interface.md`` for its columns), in the order of the file.

    FileRefused with every problem in it; then nothing of the file may be used.
    """
    file = survey(filename, content)
    if file.problems:
        raise FileRefused(file.problems)
    return file


def survey(filename: str, content: bytes) -> MemberFile:
    """The same file looked through: what is good in it beside what is not, in the order of lines.

    FileRefused where its lines cannot be told apart, or it has no usable header.
    """
    sheet = read_sheet(filename, content)
    names = header(sheet[0])
    if len(sheet) == 1:
        raise FileRefused([Problem(FileReason.NO_ROWS)])
    problems: list[Problem] = []
    entries: dict[str, list[Entry]] = {}
    for row in sheet[1:]:
        if entry := read_entry(row, names, problems):
            entries.setdefault(entry["key"], []).append(entry)
    members: list[MemberRow] = []
    for same in entries.values():
        before = len(problems)
        member = _member(same, names, problems)
        if len(problems) == before:
            members.append(member)
    return MemberFile(tuple(members), tuple(sorted(problems, key=lambda problem: problem.line)))


def _member(entries: list[Entry], names: tuple[str, ...], problems: list[Problem]) -> MemberRow:
    """One member from its rows. A cell left empty in one of them says nothing; two that differ are a contradiction."""
    shared = dict.fromkeys(SHARED, "")
    for entry in entries:
        for column in SHARED:
            if not shared[column]:
                shared[column] = entry[column]
            elif entry[column] not in {"", shared[column]}:
                facts = {
                    "key": entry["key"],
                    "text": entry[column],
                    "first": shared[column],
                    "first_line": entries[0].line,
                }
                problems.append(Problem(FileReason.CONTRADICTION, entry.line, column, facts))
    first = entries[0]
    language = (first["language"] or "de").lower()
    return MemberRow(
        line=first.line,
        key=first["key"],
        name=shared["name"],
        official_name=shared["official_name"] or shared["name"],
        kind=shared["kind"],
        state=shared["state"],
        country=shared["country"].upper() or "DE",
        language=language,
        tags=tags(shared["tags"]),
        representatives=_representatives(entries, language, names, problems),
        columns=tuple(column for column in MEMBER_COLUMNS if column in names),
    )


def _representatives(
    entries: list[Entry], language: str, names: tuple[str, ...], problems: list[Problem]
) -> tuple[RepresentativeRow, ...]:
    """Each person once, known by the address without regard to case, or by name where there is no address."""
    told = tuple(
        "name" if name == "representative" else name for name in names if name not in SHARED
    )
    columns = tuple(column for column in REPRESENTATIVE_COLUMNS if column in told)
    found: dict[tuple[str, str], RepresentativeRow] = {}
    for entry in entries:
        person = RepresentativeRow(
            entry["representative"],
            entry["function"],
            entry["email"],
            entry["language"].lower(),
            ROLES.get(entry["role"].casefold()),
            entry.line,
            columns,
        )
        if person.language == language:
            person = replace(person, language="")
        if person.name or person.email:
            key = (person.email.casefold(), "" if person.email else person.name.casefold())
            found.setdefault(key, person)
    people = tuple(found.values())
    for each in [each for each in people if not each.email][1:]:
        facts: dict[str, object] = {"text": each.name, "key": entries[0]["key"]}
        problems.append(Problem(FileReason.SECOND_BY_LETTER, each.line, "email", facts))
    return people


# A member list that was read, as text to be kept while somebody looks at it.


def as_text(file: MemberFile) -> str:
    members = [asdict(each) for each in file.members]
    problems = [
        [str(each.reason), each.line, each.column, dict(each.facts)] for each in file.problems
    ]
    return json.dumps({"members": members, "problems": problems}, ensure_ascii=False)


def from_text(text: str) -> MemberFile:
    """The list that ``as_text`` wrote."""
    kept = json.loads(text)
    problems = (Problem(FileReason(reason), *rest) for reason, *rest in kept["problems"])
    return MemberFile(tuple(map(member_of, kept["members"])), tuple(problems))


def member_of(kept: dict[str, Any]) -> MemberRow:
    people = (
        RepresentativeRow(**(each | {"columns": tuple(each["columns"])}))
        for each in kept["representatives"]
    )
    lists = {name: tuple(kept[name]) for name in ("tags", "columns")}
    return MemberRow(**(kept | lists | {"representatives": tuple(people)}))
