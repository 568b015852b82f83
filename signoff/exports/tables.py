"""The published list as docs/interface.md promises it, in JSON and CSV."""

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import datetime

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter

from signoff.domain.papers import Edition
from signoff.domain.releases import LateWithdrawal
from signoff.domain.round_status import Signatory

# Tables as CSV and XLSX that Excel opens rightly: no cell begins a formula.
#
# CSV has a byte-order mark and semicolons. In a workbook days are days and moments are moments.

CSV_MEDIA_TYPE = "text/csv; charset=utf-8"
XLSX_MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
INVALID_XML_CHARS = dict.fromkeys([*range(9), 11, 12, *range(14, 32)])  # what XML cannot hold
COLUMN_WIDTH = 22  # of a column, in characters
FORMULA_PREFIXES = ("=", "+", "-", "@", "\t", "\r")


def build_csv(header: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    """The table in UTF-8 with a byte-order mark. A cell that would begin a formula gets an apostrophe before it."""
    written = io.StringIO(newline="")
    writer = csv.writer(written, delimiter=";")
    writer.writerow(header)
    writer.writerows([escape_formula(cell) for cell in row] for row in rows)
    return written.getvalue().encode("utf-8-sig")


def escape_formula(cell: str) -> str:
    """OWASP: CSV injection. The apostrophe makes a spreadsheet show the cell as text."""
    return f"'{cell}" if cell.startswith(FORMULA_PREFIXES) else cell


def build_xlsx(header: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    """The table as a workbook of one sheet, its head in bold and always in sight.

    Cells are text, whole numbers, days, and moments (without a zone, which a workbook does not know).
    """
    book = Workbook(write_only=True)
    sheet = book.create_sheet()
    sheet.freeze_panes = "A2"
    for at in range(1, len(header) + 1):
        sheet.column_dimensions[get_column_letter(at)].width = COLUMN_WIDTH
    heads = [WriteOnlyCell(sheet, each) for each in header]
    for each in heads:
        each.font = Font(bold=True)
    sheet.append(heads)
    for row in rows:
        sheet.append([convert_cell(cell) for cell in row])
    written = io.BytesIO()
    book.save(written)
    return written.getvalue()


def convert_cell(cell: object) -> object:
    if isinstance(cell, str):
        return escape_formula(cell.translate(INVALID_XML_CHARS)) or None
    return cell.replace(tzinfo=None, microsecond=0) if isinstance(cell, datetime) else cell


SIGNATORY_FIELDS = (
    "name",
    "sort_name",
    "kind",
    "state",
    "country",
    "key",
    "signer",
    "function",
    "basis",
    "decided_on",
    "signed_on",
    "note",
)


def build_list_data(
    edition: Edition,
    as_of: datetime,
    signatories: Sequence[Signatory],
    withdrawals: Sequence[LateWithdrawal] = (),
    **more: object,
) -> dict[str, object]:
    """The promised document; a field that is not published is absent, and so is what there is nothing of."""
    return {
        "paper": edition.slug,
        "title": edition.text.title,
        "edition": edition.number,
        "edition_digest": edition.digest,
        "as_of": as_of.isoformat(),
        "count": len(signatories),
        "signatories": [serialize_signatory(each) for each in signatories],
        **(
            {"withdrawals": [serialize_withdrawal(each) for each in withdrawals]}
            if withdrawals
            else {}
        ),
        **{name: value for name, value in more.items() if value},
    }


def serialize_signatory(each: Signatory) -> dict[str, str]:
    """One signatory; ``late_on`` only where it signed after the release."""
    return {name: value for name, value in format_signatory_fields(each).items() if value}


def serialize_withdrawal(each: LateWithdrawal) -> dict[str, str]:
    late_on = {"late_on": each.late_on.isoformat()} if each.late_on else {}
    return {"name": each.name, "key": each.key, **late_on, "withdrawn_on": each.on.isoformat()}


def build_list_csv(signatories: Sequence[Signatory]) -> bytes:
    """The same list as a table, one line a signatory; with a column ``late_on`` where somebody signed late."""
    columns = (
        (*SIGNATORY_FIELDS, "late_on")
        if any(each.late_on for each in signatories)
        else SIGNATORY_FIELDS
    )
    return build_csv(
        columns, ([format_signatory_fields(each)[name] for name in columns] for each in signatories)
    )


def format_signatory_fields(each: Signatory) -> dict[str, str]:
    days = {
        name: day.isoformat()
        for name in ("decided_on", "signed_on", "late_on")
        if (day := getattr(each, name))
    }
    return {
        name: days.get(name) or str(getattr(each, name) or "")
        for name in (*SIGNATORY_FIELDS, "late_on")
    }
