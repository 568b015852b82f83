"""Tables: a head, a body, every row as long as the others."""

from collections.abc import Callable
from dataclasses import dataclass

from signoff.intake.inline import Run
from signoff.intake.problem import FileReason, refuse
from signoff.intake.reading import Reading, excerpt
from signoff.intake.remark import RemarkKind
from signoff.intake.tree import Node

ROWS = 2_000
COLUMNS = 30
WIDE = 6  # columns from which a page in portrait has no room for words


@dataclass(slots=True)
class Cells:
    """One row; ``head`` where the file says that it heads its columns."""

    cells: list[Run]
    head: bool


def read_table(node: Node, cell: Callable[[Node], Run]) -> list[Cells]:
    """The rows below ``node``, which is no table within a table; ``cell`` reads what a cell contains.

    FileRefused where cells span others or the table is larger than ``ROWS`` by ``COLUMNS``.
    """
    rows: list[Cells] = []
    for part in node.children:
        if not isinstance(part, Node):
            continue
        for row in part.children if part.tag in {"thead", "tbody"} else [part]:
            if isinstance(row, Node) and row.tag == "tr":
                given = [each for each in row.children if isinstance(each, Node)]
                if any(each.attributes.get(span, "1") != "1" for each in given for span in ("colspan", "rowspan")):
                    raise refuse(FileReason.SPANNED_CELLS)
                if len(given) > COLUMNS or len(rows) >= ROWS:
                    raise refuse(FileReason.TOO_COMPLEX)
                rows.append(Cells([cell(each) for each in given], part.tag == "thead"))
    return [row for row in rows if any(row.cells)]


def table(rows: list[Cells], reading: Reading) -> list[Node]:
    """``rows`` as a table with a head. The first row becomes it where the file names none."""
    if not rows:
        return []
    width = max(len(row.cells) for row in rows)
    first = excerpt(" · ".join(Node("td", {}, cell).text() for cell in rows[0].cells))
    if width > WIDE:
        reading.remark(RemarkKind.TABLE_WIDE, text=first, count=width)
    if any(len(row.cells) < width for row in rows):
        reading.remark(RemarkKind.CELLS_ADDED, text=first)
    heads = next((place for place, row in enumerate(rows) if not row.head), len(rows))
    if not heads and len(rows) > 1:
        reading.remark(RemarkKind.HEADER_MADE, text=first)
        heads = 1
    parts: list[Node | str] = []
    if heads:
        parts.append(Node("thead", {}, [_row(row, "th", width) for row in rows[:heads]]))
    if rows[heads:]:
        parts.append(Node("tbody", {}, [_row(row, "td", width) for row in rows[heads:]]))
    return [Node("table", {}, parts)]


def _row(row: Cells, tag: str, width: int) -> Node:
    cells = row.cells + [[] for _ in range(width - len(row.cells))]
    return Node("tr", {}, [_cell(cell, tag) for cell in cells])


def _cell(content: Run, tag: str) -> Node:
    if tag == "th" and len(content) == 1 and isinstance(content[0], Node) and content[0].tag == "strong":
        content = content[0].children  # a head is bold by itself
    return Node(tag, {"scope": "col"} if tag == "th" else {}, content)
