"""Rows of a sheet to checked entries: one entry a line, columns by name."""

from dataclasses import dataclass

from signoff.intake import cells
from signoff.intake.problem import FileReason, FileRefused, Problem
from signoff.intake.sheet import Row

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
ROLES = {"answer": True, "information": False}  # who may answer, and who is told for information only
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
    names = tuple(cells.tidy(cell).casefold() for cell in row.cells)
    if not set(names) & set(COLUMNS):
        raise FileRefused([Problem(FileReason.NO_HEADER, row.line, facts={"columns": ", ".join(COLUMNS)})])
    problems = [Problem(FileReason.MISSING_COLUMN, row.line, name) for name in REQUIRED if name not in names]
    for place, name in enumerate(names):
        if name not in COLUMNS:
            problems.append(Problem(FileReason.UNKNOWN_COLUMN, row.line, name[:40], {"columns": ", ".join(COLUMNS)}))
        elif name in names[:place]:
            problems.append(Problem(FileReason.DOUBLE_COLUMN, row.line, name))
    if problems:
        raise FileRefused(problems)
    return names


def entry(row: Row, names: tuple[str, ...], problems: list[Problem]) -> Entry | None:
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
        if reason := cells.wrong(cell) or _wrong(name, cells.tidy(cell), place in row.numbers):
            facts: dict[str, object] = {"text": _shown(cell), "length": len(cell), "limit": cells.LENGTH}
            problems.append(Problem(reason, row.line, name, facts))
        values[name] = cells.tidy(cell)
    if len(problems) > before:
        return None
    if values.get("email"):
        values["email"] = cells.address(values["email"]) or ""
    return Entry(row.line, values)


def _wrong(name: str, cell: str, number: bool) -> FileReason | None:
    """Why ``cell`` cannot stand in the column ``name``, if so."""
    if not cell:
        return FileReason.MISSING if name in REQUIRED else None
    if name == "email" and cells.address(cell) is None:
        return FileReason.NOT_AN_ADDRESS
    if name == "country" and not cells.COUNTRY.fullmatch(cell):
        return FileReason.NOT_A_COUNTRY
    if name == "role" and cell.casefold() not in ROLES:
        return FileReason.NOT_A_ROLE
    if name == "language" and not cells.LANGUAGE.fullmatch(cell):
        return FileReason.NOT_A_LANGUAGE
    # A spreadsheet turns the AGS 05113000 into the number 5113000, which would be a second member beside the first.
    if name == "key" and number and len(cell) == 7:
        return FileReason.LOST_ZERO
    return None


def _shown(cell: str) -> str:
    """The beginning of ``cell`` in a form that is safe to print."""
    return "".join(sign if sign.isprintable() else "\ufffd" for sign in cell[:60]) + ("…" if len(cell) > 60 else "")
