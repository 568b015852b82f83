"""What a text is built of: paragraphs, headings, lists, quotes, tables."""

import re

from signoff.intake.inline import Run, inline, trimmed
from signoff.intake.problem import FileReason, refuse
from signoff.intake.reading import Reading, excerpt
from signoff.intake.remark import RemarkKind
from signoff.intake.tables import Cells, read_table, table
from signoff.intake.tree import Node

NESTING = 6
HEADING = re.compile(r"h([1-6])")
BLOCKS = {"p", "ul", "ol", "li", "blockquote", "table", "thead", "tbody", "tr", "td", "th", "pre", "hr", "section"}
START = re.compile(r"[1-9][0-9]{0,3}")
Blocks = list[Node]


def is_block(child: Node | str) -> bool:
    return isinstance(child, Node) and (child.tag in BLOCKS or bool(HEADING.fullmatch(child.tag)))


def blocks(node: Node, reading: Reading, depth: int = 0) -> Blocks:
    """The blocks below ``node`` in canonical form. ``depth`` counts the lists and quotes around, or the cell.

    FileRefused where lists and quotes are nested deeper than six, or a table stands within another block.
    """
    if depth > NESTING:
        raise refuse(FileReason.TOO_DEEP)
    result: Blocks = []
    run: Run = []
    for child in node.children:
        if not isinstance(child, Node) or not is_block(child):
            run.append(child)
            continue
        result.extend(_paragraph(Node("p", {}, run), reading))
        run = []
        result.extend(_block(child, reading, depth))
    result.extend(_paragraph(Node("p", {}, run), reading))
    return result


def _block(node: Node, reading: Reading, depth: int) -> Blocks:
    if HEADING.fullmatch(node.tag):
        return _heading(node, reading, depth)
    if node.tag in {"p", "pre"}:
        return _paragraph(node, reading)
    if node.tag in {"ul", "ol"}:
        return _list(node, reading, depth)
    if node.tag == "blockquote":
        inner = blocks(node, reading, depth + 1)
        return [Node("blockquote", {}, [*inner])] if inner else []
    if node.tag == "table":
        return _table(node, reading, depth)
    if node.tag == "hr":
        reading.remark(RemarkKind.RULE_DROPPED)
        return []
    return blocks(node, reading, depth)


def _paragraph(node: Node, reading: Reading) -> Blocks:
    if node.attributes.get("class") == "contents":
        reading.remark(RemarkKind.CONTENTS_DROPPED)
        return []
    if node.tag == "pre":
        reading.remark(RemarkKind.CODE, text=excerpt(node.text()))
    content = inline(node.children, reading)
    return [Node("p", {}, content)] if content else []


def _heading(node: Node, reading: Reading, depth: int) -> Blocks:
    # A heading is bold by itself.
    content = inline(node.children, reading, frozenset({"strong", "heading"}))
    reading.heading = excerpt(node.text()) or reading.heading
    if not content:
        return []
    if depth:
        reading.remark(RemarkKind.HEADING_MOVED, text=excerpt(node.text()))
        return [Node("p", {}, [Node("strong", {}, content)])]
    heading = Node(node.tag, {}, content)
    for name in node.attributes.get("id", "").split():
        reading.anchors.setdefault(name, heading)
    return [heading]


def _list(node: Node, reading: Reading, depth: int) -> Blocks:
    items: list[Node | str] = []
    for child in node.children:
        if isinstance(child, Node) and (content := tight(blocks(child, reading, depth + 1))):
            items.append(Node("li", {}, content))
    start = node.attributes.get("start", "1")
    numbered = node.tag == "ol" and start != "1" and START.fullmatch(start)
    return [Node(node.tag, {"start": start} if numbered else {}, items)] if items else []


def tight(content: Blocks) -> Run:
    """``content`` with its paragraphs opened and parted by breaks: a paragraph in a list item breaks the PDF's tags."""
    run: Run = []
    for place, block in enumerate(content):
        if block.tag != "p":
            run.append(block)
            continue
        if place and content[place - 1].tag == "p":
            run.append(Node("br"))
        run.extend(block.children)
    return run


def _table(node: Node, reading: Reading, depth: int) -> Blocks:
    if depth:
        raise refuse(FileReason.NESTED_TABLE)

    def cell(content: Node) -> Run:
        return tight(blocks(content, reading, 1))

    rows: list[Cells] = read_table(node, cell)
    if len(rows) == 1 and len(rows[0].cells) == 1:  # a frame around text, not a table
        return [Node("p", {}, trimmed(rows[0].cells[0]))] if rows[0].cells[0] else []
    return table(rows, reading)
