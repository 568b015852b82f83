"""Spreadsheets as Excel and LibreOffice save them."""

import zipfile
from collections.abc import Collection, Iterable, Mapping, Sequence
from io import BytesIO
from xml.sax.saxutils import escape

from openpyxl import Workbook

ODS_NAMESPACES = " ".join(
    f'xmlns:{prefix}="urn:oasis:names:tc:opendocument:xmlns:{prefix}:1.0"'
    for prefix in ("office", "style", "table", "text")
)


def workbook(*rows: Iterable[object]) -> bytes:
    """An XLSX file of one sheet."""
    return workbook_of({"Tabelle1": rows})


def workbook_of(
    sheets: Mapping[str, Iterable[Iterable[object]]],
    hidden: Collection[str] = (),
    hidden_lines: Collection[int] = (),
) -> bytes:
    book = Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        sheet.sheet_state = "hidden" if name in hidden else "visible"
        for row in rows:
            sheet.append(list(row))
        for line in hidden_lines:
            sheet.row_dimensions[line].hidden = True
        if name not in hidden:
            book.active = sheet
    file = BytesIO()
    book.save(file)
    return file.getvalue()


def ods(*rows: Sequence[object]) -> bytes:
    """An ODS file of one sheet."""
    return ods_of({"Tabelle1": rows})


def ods_of(
    sheets: Mapping[str, Iterable[Sequence[object]]],
    hidden: Collection[str] = (),
    hidden_lines: Collection[int] = (),
) -> bytes:
    """Each sheet ends as in LibreOffice with an empty row that is repeated to the last line."""
    tables = "".join(
        f'<table:table table:name="{escape(name)}" table:style-name="{"ta2" if name in hidden else "ta1"}">'
        + "".join(
            f"<table:table-row{visibility(line in hidden_lines)}>{''.join(map(ods_cell, row))}"
            '<table:table-cell table:number-columns-repeated="1000"/></table:table-row>'
            for line, row in enumerate(rows, 1)
        )
        + '<table:table-row table:number-rows-repeated="1048000"><table:table-cell/></table:table-row>'
        "</table:table>"
        for name, rows in sheets.items()
    )
    return ods_file(tables)


def ods_file(tables: str, **parts: str) -> bytes:
    """An ODS file with these tables; the style ``ta2`` hides one. ``parts`` are further files."""
    content = (
        f"<office:document-content {ODS_NAMESPACES}><office:automatic-styles>"
        '<style:style style:name="ta1"><style:table-properties table:display="true"/></style:style>'
        '<style:style style:name="ta2"><style:table-properties table:display="false"/></style:style>'
        "</office:automatic-styles><office:body><office:spreadsheet>"
        f"{tables}</office:spreadsheet></office:body></office:document-content>"
    )
    file = BytesIO()
    with zipfile.ZipFile(file, "w") as package:
        package.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        package.writestr("content.xml", content)
        for name, part in parts.items():
            package.writestr(name, part)
    return file.getvalue()


def visibility(hidden: bool) -> str:
    return ' table:visibility="collapse"' if hidden else ""


class Xml(str):
    """A cell as it stands in the file."""


def ods_cell(value: object) -> str:
    if isinstance(value, Xml):
        return value
    if isinstance(value, int):
        return (
            f'<table:table-cell office:value-type="float" office:value="{value}">'
            f"<text:p>{value:,}</text:p></table:table-cell>"
        )
    return (
        '<table:table-cell office:value-type="string"><office:annotation><text:p>Vermerk</text:p></office:annotation>'
        f"<text:p>{escape(str(value))}</text:p></table:table-cell>"
    )
