"""Read the rows of an OpenDocument spreadsheet (ODF 1.3, part 3), as LibreOffice saves it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from io import BytesIO

from lxml import etree

OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
STYLE = "{urn:oasis:names:tc:opendocument:xmlns:style:1.0}"
TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
CELLS = {f"{TABLE}table-cell", f"{TABLE}covered-table-cell"}
NUMBERS = {"float", "percentage", "currency"}


@dataclass(frozen=True, slots=True)
class OdsSheet:
    """A sheet; ``number`` counts from 1."""

    number: int
    name: str
    hidden: bool


@dataclass(frozen=True, slots=True)
class OdsRow:
    """A row that is not blank; ``numbers`` are the indexes of numeric cells."""

    line: int
    cells: tuple[str, ...]
    numbers: tuple[int, ...]
    hidden: bool


def is_encrypted_ods(parts: Mapping[str, bytes]) -> bool:
    """Whether the package needs a password: its manifest says so, or it has another one inside."""
    manifest = parts.get("META-INF/manifest.xml", b"")
    return b"encryption-data" in manifest or "encrypted-package" in parts


def iter_ods_rows(content: bytes, max_columns: int) -> Iterator[tuple[OdsSheet, OdsRow]]:
    """Each row with its sheet.

    ``content`` is the part ``content.xml``, which ``scan_xml`` has checked.
    """
    hidden_styles: set[str | None] = set()
    sheet, line = OdsSheet(0, "", False), 0
    events = etree.iterparse(
        BytesIO(content),
        events=("start", "end"),
        tag=(f"{STYLE}style", f"{TABLE}table", f"{TABLE}table-row"),
        resolve_entities=False,
        no_network=True,
    )
    for event, element in events:
        if element.tag == f"{TABLE}table" and event == "start":
            hidden = element.get(f"{TABLE}style-name") in hidden_styles
            sheet = OdsSheet(sheet.number + 1, element.get(f"{TABLE}name", ""), hidden)
            line = 0
        elif element.tag == f"{STYLE}style" and event == "end":
            properties = element.find(f"{STYLE}table-properties")
            if properties is not None and properties.get(f"{TABLE}display") == "false":
                hidden_styles.add(element.get(f"{STYLE}name"))
        elif element.tag == f"{TABLE}table-row" and event == "end":
            repeated = int(element.get(f"{TABLE}number-rows-repeated", "1"))
            cells, numbers = read_cells(element, max_columns)
            hidden = element.get(f"{TABLE}visibility", "visible") != "visible"
            if cells:
                for number in range(line + 1, line + repeated + 1):
                    yield sheet, OdsRow(number, cells, numbers, hidden)
            line += repeated
            element.clear()


def read_cells(row: etree._Element, limit: int) -> tuple[tuple[str, ...], tuple[int, ...]]:
    """The texts of at most ``limit`` cells without empty ones at the end; which are numeric."""
    cells: list[str] = []
    numbers: list[int] = []
    for cell in row:
        if cell.tag not in CELLS:
            continue
        text = read_cell(cell)
        repeated = int(cell.get(f"{TABLE}number-columns-repeated", "1"))
        for _ in range(min(repeated, limit - len(cells))):
            if cell.get(f"{OFFICE}value-type") in NUMBERS:
                numbers.append(len(cells))
            cells.append(text)
    while cells and not cells[-1]:
        cells.pop()
    return tuple(cells), tuple(numbers)


def read_cell(cell: etree._Element) -> str:
    """What the cell shows; a formula as one, a number without separators."""
    if formula := cell.get(f"{TABLE}formula"):
        return "=" + formula.rpartition("=")[2]
    text = "\n".join(read_text(paragraph) for paragraph in cell.iterchildren(f"{TEXT}p"))
    if cell.get(f"{OFFICE}value-type") not in NUMBERS:
        return text
    value = cell.get(f"{OFFICE}value", text).removesuffix(".0")
    return text if text.lstrip("0") == value else value  # the number format 00000000 for 05113000


def read_text(element: etree._Element) -> str:
    """The text in ``element`` without notes; spaces, tabs and line breaks are elements."""
    parts = [element.text or ""]
    for child in element:
        if child.tag == f"{TEXT}s":
            parts.append(" " * min(int(child.get(f"{TEXT}c", "1")), 1000))
        elif child.tag == f"{TEXT}tab":
            parts.append("\t")
        elif child.tag == f"{TEXT}line-break":
            parts.append("\n")
        elif isinstance(child.tag, str) and not child.tag.startswith(OFFICE):
            parts.append(read_text(child))
        parts.append(child.tail or "")
    return "".join(parts)
