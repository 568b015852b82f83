"""Read the sheets of a CSV, XLSX or ODS file: what is visible, row by row."""

import csv
import re
import warnings
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from io import StringIO
from itertools import groupby
from operator import itemgetter
from typing import Any

from signoff.importers.errors import FileReason, FileRefused, ImportProblem, refuse
from signoff.importers.ods import is_encrypted_ods, iter_ods_rows
from signoff.importers.ooxml import OLE_SIGNATURE, ZIP_SIGNATURE, pack, scan_xml, unpack
from signoff.importers.text import decode_text

MAX_SHEET_SIZE = 5 << 20
MAX_ROWS = 50_000  # of all visible sheets together
MAX_COLUMNS = 40  # more than needed; a sheet may declare 16,384
MAX_PARTS = 200
MAX_UNPACKED_SIZE = 64 << 20
MAX_ELEMENTS = 4_000_000
ZERO_FORMAT = re.compile(r"0+")
WORKBOOK_SUFFIXES = (".xlsx", ".xlsm", ".xls", ".ods")


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the file. ``line`` counts from 1; ``numbers`` are the indexes of numeric cells."""

    line: int
    cells: tuple[str, ...]
    numbers: tuple[int, ...] = ()

    @property
    def is_blank(self) -> bool:
        return not any(cell.strip() for cell in self.cells)


@dataclass(frozen=True, slots=True)
class Sheet:
    """A visible sheet: its visible rows that are not blank. ``name`` is empty in a text file."""

    name: str
    rows: tuple[Row, ...]
    hidden_lines: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class SheetFile:
    """The visible sheets of a file that are not empty, and the names of the hidden ones."""

    sheets: tuple[Sheet, ...]
    hidden_sheets: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RawRow:
    """A row as the file has it; a ``ragged`` one omits empty cells at the end."""

    row: Row
    ragged: bool
    hidden: bool = False


@dataclass(frozen=True, slots=True)
class RawSheet:
    name: str
    rows: Iterable[RawRow]
    hidden: bool = False


def read_sheets(filename: str, content: bytes) -> SheetFile:
    """Read what is visible in a file. Everything that is neither XLSX nor ODS is read as CSV.

    Raises ``FileRefused`` if it is empty, larger than 5 MB, longer than 50,000 rows, or unreadable.
    """
    if not content.strip():
        raise refuse(FileReason.EMPTY)
    if len(content) > MAX_SHEET_SIZE:
        raise refuse(FileReason.TOO_LARGE, limit=MAX_SHEET_SIZE >> 20)
    is_workbook = content.startswith((ZIP_SIGNATURE, OLE_SIGNATURE)) or filename.lower().endswith(
        WORKBOOK_SUFFIXES
    )
    file = (
        _read_workbook(content)
        if is_workbook
        else _collect([RawSheet("", _read_csv(decode_text(content)))])
    )
    if not file.sheets:
        raise refuse(FileReason.EMPTY)
    return file


def _collect(raw_sheets: Iterable[RawSheet]) -> SheetFile:
    sheets: list[Sheet] = []
    hidden_sheets: list[str] = []
    left = MAX_ROWS
    for raw_sheet in raw_sheets:
        if raw_sheet.hidden:
            hidden_sheets.append(raw_sheet.name)
            continue
        raw_rows: list[RawRow] = []
        hidden_lines: list[int] = []
        for raw in raw_sheet.rows:
            # A cell may claim any row number; openpyxl then yields blank rows before it.
            if raw.row.line > 2 * MAX_ROWS:
                raise refuse(FileReason.TOO_MANY_ROWS, limit=MAX_ROWS)
            if raw.row.is_blank:
                continue
            if raw.hidden:
                hidden_lines.append(raw.row.line)
                continue
            raw_rows.append(raw)
            if len(raw_rows) > left + 1:  # the header does not count
                raise refuse(FileReason.TOO_MANY_ROWS, limit=MAX_ROWS)
        left -= len(raw_rows)
        if raw_rows:
            sheets.append(Sheet(raw_sheet.name, _pad_rows(raw_rows), tuple(hidden_lines)))
    return SheetFile(tuple(sheets), tuple(hidden_sheets))


def _pad_rows(raw_rows: Iterable[RawRow]) -> tuple[Row, ...]:
    """The rows with the cells that ragged ones omit."""
    raw_rows = list(raw_rows)
    width = max(len(raw.row.cells) for raw in raw_rows)
    return tuple(
        replace(raw.row, cells=raw.row.cells + ("",) * (width - len(raw.row.cells)))
        if raw.ragged
        else raw.row
        for raw in raw_rows
    )


# Text files

DELIMITERS = (";", ",", "\t")
DELIMITER_HINTS = {f"sep={delimiter}" for delimiter in DELIMITERS}  # the first line, for Excel
SAMPLE_LINES = 20
# Excel writes all cells of its first 16 lines; after them it omits empty ones at the end of a line.
FIRST_RAGGED_LINE = 17


def _read_csv(text: str) -> Iterator[RawRow]:
    lines = StringIO(text, newline="")
    first = lines.readline()
    skipped = 1 if first.strip("\r\n ").lower() in DELIMITER_HINTS else 0
    lines.seek(len(first) if skipped else 0)
    start = lines.tell()
    delimiter = find_delimiter(lines.readline() for _ in range(SAMPLE_LINES))
    lines.seek(start)
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    line = skipped
    try:
        for cells in reader:
            yield RawRow(Row(line + 1, tuple(cells)), ragged=line + 1 >= FIRST_RAGGED_LINE)
            line = skipped + reader.line_num
    except csv.Error:
        raise FileRefused([ImportProblem(FileReason.NOT_A_ROW, line + 1)]) from None


def find_delimiter(lines: Iterable[str]) -> str:
    """The delimiter that most lines contain; of two, the one with the more regular number."""
    sample = list(lines)

    def rate(delimiter: str) -> tuple[int, int]:
        counts = Counter(line.count(delimiter) for line in sample if delimiter in line)
        return counts.total(), max(counts.values(), default=0)

    return max(DELIMITERS, key=rate)


# Workbooks


def _read_workbook(content: bytes) -> SheetFile:
    try:
        return _collect(_iter_workbook(content))
    except FileRefused:
        raise
    # The readers document no exceptions for a workbook whose parts contradict each other. They read
    # a row when it is asked for, so they raise here.
    except Exception:
        raise refuse(FileReason.BROKEN) from None


def _iter_workbook(content: bytes) -> Iterator[RawSheet]:
    parts = unpack(content, MAX_PARTS, MAX_UNPACKED_SIZE)
    if is_encrypted_ods(parts):
        raise refuse(FileReason.LEGACY_OR_LOCKED)
    hidden_lines = {
        name: _scan_part(part) for name, part in parts.items() if name.endswith((".xml", ".rels"))
    }
    if "content.xml" in parts:
        yield from _iter_ods_sheets(parts["content.xml"])
    elif "xl/workbook.xml" in parts:
        yield from _iter_xlsx_sheets(parts, hidden_lines)
    else:
        raise refuse(FileReason.NOT_A_PACKAGE)


def _iter_ods_sheets(content: bytes) -> Iterator[RawSheet]:
    rows = iter_ods_rows(content, MAX_COLUMNS)
    for sheet, pairs in groupby(rows, key=itemgetter(0)):
        yield RawSheet(
            sheet.name,
            (
                RawRow(Row(row.line, row.cells, row.numbers), ragged=True, hidden=row.hidden)
                for _, row in pairs
            ),
            sheet.hidden,
        )


def _scan_part(part: bytes) -> set[int]:
    """Check ``part``; the lines of its hidden rows, if it is a sheet of an XLSX file."""
    hidden_lines = set[int]()
    line = 0

    def note_row(name: str, attributes: Mapping[str, str]) -> None:
        nonlocal line
        if name.rpartition(":")[2] == "row":
            line = int(attributes.get("r", line + 1))
            if attributes.get("hidden") in {"1", "true"}:
                hidden_lines.add(line)

    scan_xml(part, MAX_ELEMENTS, note_row)
    return hidden_lines


def _iter_xlsx_sheets(
    parts: Mapping[str, bytes], hidden_lines: Mapping[str, set[int]]
) -> Iterator[RawSheet]:
    from openpyxl import load_workbook  # it takes 13 MB of each process, and only this needs it

    # openpyxl warns about styles and extensions it does not keep; only values are read.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        book: Any = load_workbook(pack(parts), read_only=True)
        for sheet in book.worksheets:
            hidden = hidden_lines.get(sheet._worksheet_path.removeprefix("/"), set())
            rows = _iter_xlsx_rows(sheet)
            raw_rows = (RawRow(row, ragged=True, hidden=row.line in hidden) for row in rows)
            yield RawSheet(sheet.title, raw_rows, sheet.sheet_state != "visible")


def _iter_xlsx_rows(sheet: Any) -> Iterator[Row]:
    sheet.reset_dimensions()  # the declared size cannot be trusted
    for line, row in enumerate(sheet.iter_rows(max_col=MAX_COLUMNS), 1):
        cells = [_format_cell(cell) for cell in row]
        while cells and not cells[-1]:
            cells.pop()
        numbers = tuple(
            index for index, cell in enumerate(row) if isinstance(cell.value, int | float)
        )
        yield Row(line, tuple(cells), numbers)


def _format_cell(cell: Any) -> str:
    value = cell.value
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, int) and ZERO_FORMAT.fullmatch(zeros := str(cell.number_format)):
        return str(value).zfill(len(zeros))  # the number format 00000000 for 05113000
    return str(value)
