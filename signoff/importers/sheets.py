"""Read the rows of a CSV or XLSX file."""

import csv
import re
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from io import StringIO

from openpyxl import load_workbook

from signoff.importers.errors import FileReason, FileRefused, ImportProblem, refuse
from signoff.importers.ooxml import OLE_SIGNATURE, ZIP_SIGNATURE, pack, scan_xml, unpack
from signoff.importers.text import decode_text

MAX_SHEET_SIZE = 5 << 20
MAX_ROWS = 50_000
MAX_COLUMNS = 40  # more than needed; a sheet may declare 16,384
MAX_PARTS = 200
MAX_UNPACKED_SIZE = 64 << 20
MAX_ELEMENTS = 4_000_000
ZERO_FORMAT = re.compile(r"0+")


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the file.

    ``line`` counts from 1; ``numbers`` are the indexes of numeric cells; ``ragged`` rows, as in a
    workbook, omit empty cells at the end.
    """

    line: int
    cells: tuple[str, ...]
    numbers: frozenset[int] = frozenset()
    ragged: bool = False


def read_sheet(filename: str, content: bytes) -> list[Row]:
    """The rows that are not blank, header first. Everything that is not XLSX is read as CSV.

    Raises ``FileRefused`` if it is empty, larger than 5 MB, longer than 50,000 rows, or unreadable.
    """
    if not content.strip():
        raise refuse(FileReason.EMPTY)
    if len(content) > MAX_SHEET_SIZE:
        raise refuse(FileReason.TOO_LARGE, limit=MAX_SHEET_SIZE >> 20)
    workbook = content.startswith((ZIP_SIGNATURE, OLE_SIGNATURE)) or filename.lower().endswith(
        (".xlsx", ".xlsm", ".xls")
    )
    rows: list[Row] = []
    for row in _read_workbook(content) if workbook else _read_csv(decode_text(content)):
        if any(cell.strip() for cell in row.cells):
            rows.append(row)
        if len(rows) > MAX_ROWS + 1:
            raise refuse(FileReason.TOO_MANY_ROWS, limit=MAX_ROWS)
    if not rows:
        raise refuse(FileReason.EMPTY)
    return rows


def _read_csv(text: str) -> Iterator[Row]:
    lines = StringIO(text, newline="")
    first = lines.readline()
    skipped = 1 if first.strip().lower() in {"sep=;", "sep=,"} else 0  # a hint for Excel
    header = lines.readline() if skipped else first
    lines.seek(len(first) if skipped else 0)
    reader = csv.reader(
        lines, delimiter=";" if header.count(";") >= header.count(",") else ",", strict=True
    )
    line = skipped
    try:
        for cells in reader:
            yield Row(line + 1, tuple(cells))
            line = skipped + reader.line_num
    except csv.Error:
        raise FileRefused([ImportProblem(FileReason.NOT_A_ROW, line + 1)]) from None


def _read_workbook(content: bytes) -> Iterator[Row]:
    parts = unpack(content, MAX_PARTS, MAX_UNPACKED_SIZE)
    if "xl/workbook.xml" not in parts:
        raise refuse(FileReason.NOT_A_PACKAGE)
    for name, part in parts.items():
        if name.endswith((".xml", ".rels")):
            scan_xml(part, MAX_ELEMENTS)
    try:
        # openpyxl warns about styles and extensions it does not keep; only values are read.
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield from _iter_rows(load_workbook(pack(parts), read_only=True))
    except FileRefused:
        raise
    # openpyxl documents no exceptions for a workbook whose parts contradict each other.
    except Exception:
        raise refuse(FileReason.BROKEN) from None


def _iter_rows(book: object) -> Iterator[Row]:
    sheet = book.worksheets[0]  # type: ignore[attr-defined]
    sheet.reset_dimensions()  # the declared size cannot be trusted
    for line, row in enumerate(sheet.iter_rows(max_col=MAX_COLUMNS), 1):
        # A cell may claim any row number; openpyxl then yields blank rows before it.
        if line > 2 * MAX_ROWS:
            raise refuse(FileReason.TOO_MANY_ROWS, limit=MAX_ROWS)
        cells = [_format_cell(cell) for cell in row]
        while cells and not cells[-1]:
            cells.pop()
        numbers = frozenset(
            index for index, cell in enumerate(row) if isinstance(cell.value, int | float)
        )
        yield Row(line, tuple(cells), numbers, ragged=True)


def _format_cell(cell: object) -> str:
    value = cell.value  # type: ignore[attr-defined]
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, int) and ZERO_FORMAT.fullmatch(zeros := str(cell.number_format)):  # type: ignore[attr-defined]
        return str(value).zfill(len(zeros))  # the number format 00000000 for 05113000
    return str(value)
