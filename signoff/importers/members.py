"""Read a member list: rows with the same key are one member, each with a representative."""

import re
import unicodedata
from dataclasses import dataclass, replace
from functools import lru_cache

from email_validator import EmailNotValidError, validate_email

from signoff.domain.characters import clean_characters, find_unprintable, format_characters
from signoff.domain.members import (
    MEMBER_COLUMNS,
    REPRESENTATIVE_COLUMNS,
    MemberRow,
    RepresentativeRow,
    check_field,
    parse_fields,
)
from signoff.domain.serialization import from_json, to_json
from signoff.importers.errors import FileReason, FileRefused, ImportProblem
from signoff.importers.sheets import Row, read_sheet

MAX_CELL_LENGTH = 200
FORMULA_PREFIXES = ("=", "+", "-", "@", "\t", "\r")
INVISIBLE_CATEGORIES = {"Cc", "Cs", "Co", "Zl", "Zp"}
BIDI_CONTROLS = frozenset("\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
LANGUAGE_CODE = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8})*")


def find_cell_problem(cell: str) -> FileReason | None:
    """Why ``cell`` is invalid in any column, if it is."""
    if cell.startswith(FORMULA_PREFIXES) or cell.lstrip().startswith(FORMULA_PREFIXES):
        return FileReason.FORMULA
    if any(
        unicodedata.category(char) in INVISIBLE_CATEGORIES or char in BIDI_CONTROLS for char in cell
    ):
        return FileReason.CONTROL_CHARACTERS
    if len(cell) > MAX_CELL_LENGTH:
        return FileReason.TOO_LONG
    if find_unprintable(normalize_cell(cell)):
        return FileReason.UNPRINTABLE
    return None


def normalize_cell(cell: str) -> str:
    """``cell`` with clean characters and single spaces."""
    return " ".join(clean_characters(cell).split())


@lru_cache(maxsize=64)  # each cell is parsed twice, to check and to use it
def parse_email(cell: str) -> str | None:
    """The mail address with its domain in lower-case ASCII; ``None`` if it is invalid.

    Only the syntax is checked, not whether mail can be delivered.
    """
    try:
        return validate_email(cell, check_deliverability=False, allow_smtputf8=False).ascii_email
    except EmailNotValidError:
        return None


# Rows of the sheet.

COLUMNS = (*MEMBER_COLUMNS, "representative", "function", "email", "role")
ROLES = {"answer": True, "information": False}  # whether they may answer
REQUIRED_COLUMNS = [name for name, column in MEMBER_COLUMNS.items() if column.required]
# The rows of one member must agree in these.
SHARED_COLUMNS = [name for name in MEMBER_COLUMNS if name not in ("key", "language")]


@dataclass(frozen=True, slots=True)
class MemberEntry:
    """A checked row by column; columns that the file does not have are empty."""

    line: int
    values: dict[str, str]

    def __getitem__(self, column: str) -> str:
        return self.values.get(column, "")


def read_header(row: Row) -> tuple[str, ...]:
    """The names of the columns in order. Raises ``FileRefused`` with all problems of the header."""
    names = tuple(normalize_cell(cell).casefold() for cell in row.cells)
    if not set(names) & set(COLUMNS):
        raise FileRefused(
            [ImportProblem(FileReason.NO_HEADER, row.line, facts={"columns": ", ".join(COLUMNS)})]
        )
    problems = [
        ImportProblem(FileReason.MISSING_COLUMN, row.line, name)
        for name in REQUIRED_COLUMNS
        if name not in names
    ]
    for index, name in enumerate(names):
        if name not in COLUMNS:
            problems.append(
                ImportProblem(
                    FileReason.UNKNOWN_COLUMN, row.line, name[:40], {"columns": ", ".join(COLUMNS)}
                )
            )
        elif name in names[:index]:
            problems.append(ImportProblem(FileReason.DOUBLE_COLUMN, row.line, name))
    if problems:
        raise FileRefused(problems)
    return names


def read_entry(
    row: Row, names: tuple[str, ...], problems: list[ImportProblem]
) -> MemberEntry | None:
    """The checked entry of ``row``; ``None`` if invalid, with reasons added to ``problems``."""
    cells = row.cells
    if row.ragged and len(cells) < len(names):
        cells += ("",) * (len(names) - len(cells))
    if len(cells) != len(names):
        count: dict[str, object] = {"count": len(cells), "expected": len(names)}
        problems.append(ImportProblem(FileReason.CELL_COUNT, row.line, facts=count))
        return None
    before = len(problems)
    values: dict[str, str] = {}
    for index, (name, cell) in enumerate(zip(names, cells, strict=True)):
        if reason := find_cell_problem(cell) or _find_value_problem(
            name, normalize_cell(cell), index in row.numbers
        ):
            facts: dict[str, object] = {
                "text": _make_printable(cell),
                "length": len(cell),
                "limit": MAX_CELL_LENGTH,
                "characters": format_characters(find_unprintable(normalize_cell(cell))),
            }
            problems.append(ImportProblem(reason, row.line, name, facts))
        values[name] = normalize_cell(cell)
    if len(problems) > before:
        return None
    if values.get("email"):
        values["email"] = parse_email(values["email"]) or ""
    return MemberEntry(row.line, values)


def _find_value_problem(name: str, cell: str, number: bool) -> FileReason | None:
    """Why ``cell`` is invalid in the column ``name``, if it is."""
    if not cell:
        return FileReason.MISSING if name in REQUIRED_COLUMNS else None
    if name == "email" and parse_email(cell) is None:
        return FileReason.NOT_AN_ADDRESS
    if name in MEMBER_COLUMNS and (reason := check_field(name, cell)):
        return FileReason(reason)
    if name == "role" and cell.casefold() not in ROLES:
        return FileReason.NOT_A_ROLE
    if name == "language" and not LANGUAGE_CODE.fullmatch(cell):
        return FileReason.NOT_A_LANGUAGE
    # A spreadsheet turns the AGS 05113000 into the number 5113000, which would add a second member.
    if name == "key" and number and len(cell) == 7:
        return FileReason.LOST_ZERO
    return None


def _make_printable(cell: str) -> str:
    """The beginning of ``cell`` without unprintable characters."""
    return "".join(char if char.isprintable() else "\ufffd" for char in cell[:60]) + (
        "…" if len(cell) > 60 else ""
    )


@dataclass(frozen=True, slots=True)
class MemberFile:
    """A member list. It may only be imported without problems; ``members`` are the valid ones."""

    members: tuple[MemberRow, ...]
    problems: tuple[ImportProblem, ...] = ()


def read_members(filename: str, content: bytes) -> MemberFile:
    """The members in a CSV or XLSX file, in order (columns: ``docs/interface.md``).

    Raises ``FileRefused`` with every problem of the file.
    """
    file = inspect_members(filename, content)
    if file.problems:
        raise FileRefused(file.problems)
    return file


def inspect_members(filename: str, content: bytes) -> MemberFile:
    """The valid members of a file and its problems, for the preview.

    Raises ``FileRefused`` if it cannot be split into rows or has no valid header.
    """
    sheet = read_sheet(filename, content)
    names = read_header(sheet[0])
    if len(sheet) == 1:
        raise FileRefused([ImportProblem(FileReason.NO_ROWS)])
    problems: list[ImportProblem] = []
    entries: dict[str, list[MemberEntry]] = {}
    for row in sheet[1:]:
        if entry := read_entry(row, names, problems):
            entries.setdefault(entry["key"], []).append(entry)
    members: list[MemberRow] = []
    for group in entries.values():
        before = len(problems)
        member = _build_member(group, names, problems)
        if len(problems) == before:
            members.append(member)
    return MemberFile(tuple(members), tuple(sorted(problems, key=lambda problem: problem.line)))


def _build_member(
    entries: list[MemberEntry], names: tuple[str, ...], problems: list[ImportProblem]
) -> MemberRow:
    """Merge the rows of a member. Empty cells are ignored; different values are a contradiction."""
    shared = dict.fromkeys(SHARED_COLUMNS, "")
    for entry in entries:
        for column in SHARED_COLUMNS:
            if not shared[column]:
                shared[column] = entry[column]
            elif entry[column] not in {"", shared[column]}:
                facts = {
                    "key": entry["key"],
                    "text": entry[column],
                    "first": shared[column],
                    "first_line": entries[0].line,
                }
                problems.append(ImportProblem(FileReason.CONTRADICTION, entry.line, column, facts))
    first = entries[0]
    language = first["language"].lower() or "de"
    return MemberRow(
        **parse_fields(shared | {"key": first["key"], "language": language}),
        line=first.line,
        representatives=_build_representatives(entries, language, names, problems),
        columns=tuple(column for column in MEMBER_COLUMNS if column in names),
    )


def _build_representatives(
    entries: list[MemberEntry], language: str, names: tuple[str, ...], problems: list[ImportProblem]
) -> tuple[RepresentativeRow, ...]:
    """Each person once, identified by address (ignoring case), or by name without an address."""
    present = tuple(
        "name" if name == "representative" else name for name in names if name not in SHARED_COLUMNS
    )
    columns = tuple(column for column in REPRESENTATIVE_COLUMNS if column in present)
    by_identity: dict[tuple[str, str], RepresentativeRow] = {}
    for entry in entries:
        representative = RepresentativeRow(
            entry["representative"],
            entry["function"],
            entry["email"],
            entry["language"].lower(),
            ROLES.get(entry["role"].casefold()),
            entry.line,
            columns,
        )
        if representative.language == language:
            representative = replace(representative, language="")
        if representative.name or representative.email:
            key = (
                representative.email.casefold(),
                "" if representative.email else representative.name.casefold(),
            )
            by_identity.setdefault(key, representative)
    representatives = tuple(by_identity.values())
    for duplicate in [row for row in representatives if not row.email][1:]:
        facts: dict[str, object] = {"text": duplicate.name, "key": entries[0]["key"]}
        problems.append(
            ImportProblem(FileReason.SECOND_WITHOUT_EMAIL, duplicate.line, "email", facts)
        )
    return representatives


# A member list as JSON, stored while somebody looks at its preview


def dump_member_file(file: MemberFile) -> str:
    return to_json(file)


def load_member_file(text: str) -> MemberFile:
    """The list that ``dump_member_file`` has written."""
    return from_json(MemberFile, text)
