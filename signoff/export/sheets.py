"""Tables as CSV and XLSX that Excel opens rightly: no cell begins a formula.

CSV has a byte-order mark and semicolons. In a workbook days are days and moments are moments.
"""

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import datetime

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter

CSV = "text/csv; charset=utf-8"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
UNPRINTABLE = dict.fromkeys([*range(9), 11, 12, *range(14, 32)])  # what XML cannot hold
WIDTH = 22  # of a column, in characters
BEGINS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def as_csv(header: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    """The table in UTF-8 with a byte-order mark. A cell that would begin a formula gets an apostrophe before it."""
    written = io.StringIO(newline="")
    writer = csv.writer(written, delimiter=";")
    writer.writerow(header)
    writer.writerows([harmless(cell) for cell in row] for row in rows)
    return written.getvalue().encode("utf-8-sig")


def harmless(cell: str) -> str:
    """OWASP: CSV injection. The apostrophe makes a spreadsheet show the cell as text."""
    return f"'{cell}" if cell.startswith(BEGINS_A_FORMULA) else cell


def as_xlsx(header: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    """The table as a workbook of one sheet, its head in bold and always in sight.

    Cells are text, whole numbers, days, and moments (without a zone, which a workbook does not know).
    """
    book = Workbook(write_only=True)
    sheet = book.create_sheet()
    sheet.freeze_panes = "A2"
    for at in range(1, len(header) + 1):
        sheet.column_dimensions[get_column_letter(at)].width = WIDTH
    heads = [WriteOnlyCell(sheet, each) for each in header]
    for each in heads:
        each.font = Font(bold=True)
    sheet.append(heads)
    for row in rows:
        sheet.append([told(cell) for cell in row])
    written = io.BytesIO()
    book.save(written)
    return written.getvalue()


def told(cell: object) -> object:
    if isinstance(cell, str):
        return harmless(cell.translate(UNPRINTABLE)) or None
    return cell.replace(tzinfo=None, microsecond=0) if isinstance(cell, datetime) else cell
