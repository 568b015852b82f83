"""Tables as CSV and XLSX that Excel opens rightly: CSV with a byte-order mark and semicolons, XLSX as text throughout.

No cell begins a formula.
"""

import csv
import io
from collections.abc import Iterable, Sequence

from openpyxl import Workbook
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

CSV = "text/csv; charset=utf-8"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
BEGINS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def as_csv(header: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    """The table in UTF-8 with a byte-order mark. A cell that would begin a formula gets an apostrophe before it."""
    written = io.StringIO(newline="")
    writer = csv.writer(written, delimiter=";")
    writer.writerow(header)
    writer.writerows([harmless(cell) for cell in row] for row in rows)
    return written.getvalue().encode("utf-8-sig")


def as_workbook(header: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    """The table as the one sheet of a workbook; every cell is text, so that a key keeps its zeros."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet()
    sheet.freeze_panes = "A2"
    sheet.append(header)
    for row in rows:
        sheet.append([ILLEGAL_CHARACTERS_RE.sub("", harmless(cell)) for cell in row])
    written = io.BytesIO()
    book.save(written)
    return written.getvalue()


def harmless(cell: str) -> str:
    """OWASP: CSV injection. The apostrophe makes a spreadsheet show the cell as text."""
    return f"'{cell}" if cell.startswith(BEGINS_A_FORMULA) else cell
