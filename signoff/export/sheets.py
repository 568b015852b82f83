"""Tables as CSV that Excel opens rightly: a byte-order mark, semicolons, and no cell that begins a formula."""

import csv
import io
from collections.abc import Iterable, Sequence

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
