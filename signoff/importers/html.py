"""Canonical HTML: the form in which the text of an edition is stored and digested."""

import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser

import nh3

from signoff.domain.characters import format_characters
from signoff.domain.papers import PICTURE_ADDRESS, Picture
from signoff.importers.errors import (
    FileReason,
    FileRefused,
    ImportNotice,
    ImportNoticeKind,
    Place,
    refuse,
    refuse_at,
)
from signoff.importers.text import CharacterFindings, clean_text

# The allowed HTML of a text and of converted files.

URL_SCHEMES = {"http", "https", "mailto"}
INLINE_TAGS = {"strong", "em", "sup", "sub", "a", "br", "img"}
TABLE_TAGS = {"table", "thead", "tbody", "tr", "th", "td"}
TEXT_BLOCK_TAGS = {"p", "h2", "h3", "h4", "ul", "ol", "li", "blockquote", "section"}
TEXT_TAGS = INLINE_TAGS | TABLE_TAGS | TEXT_BLOCK_TAGS | {"span"}
TEXT_ATTRIBUTES = {
    "a": {"href"},
    "h2": {"id"},
    "h3": {"id"},
    "h4": {"id"},
    "img": {"alt", "src"},
    "li": {"id"},
    "ol": {"start"},
    "sup": {"id"},
    "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan", "scope"},
}
CELL_ALIGNMENTS = {"align": {"center", "right"}}
TEXT_VALUES = {
    "a": {"role": {"doc-noteref", "doc-backlink"}},
    "section": {"class": {"footnotes"}, "role": {"doc-endnotes"}},
    "span": {"class": {"label"}},
    "sup": {"class": {"noteref"}},
    "td": CELL_ALIGNMENTS,
    "th": CELL_ALIGNMENTS,
    "ul": {"class": {"labelled"}},
}

# The output of converters; everything else is converted or dropped with a notice.
SOURCE_TAGS = TEXT_TAGS | {"h1", "h5", "h6", "b", "i", "s", "del", "code", "pre", "hr"}
SOURCE_ATTRIBUTES = {
    **{f"h{level}": {"id"} for level in range(1, 7)},
    "a": {"href", "id"},
    "img": {"alt", "src"},
    "li": {"id"},
    "ol": {"start"},
    "p": {"class"},
    "span": {"class"},
    "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan"},
}


def sanitize_text(html: str) -> str:
    """Remove everything not allowed in a text; canonical HTML is not changed."""
    return nh3.clean(
        html,
        tags=TEXT_TAGS,
        attributes=TEXT_ATTRIBUTES,
        tag_attribute_values=TEXT_VALUES,
        url_schemes=URL_SCHEMES,
        link_rel=None,
    )


def sanitize_source(html: str) -> str:
    """Well-formed HTML from the output of a converter, without active content."""
    return nh3.clean(
        html,
        tags=SOURCE_TAGS,
        attributes=SOURCE_ATTRIBUTES,
        tag_attribute_values={"td": CELL_ALIGNMENTS, "th": CELL_ALIGNMENTS},
        url_schemes=URL_SCHEMES,
        link_rel=None,
    )


# HTML as a tree, and its canonical serialisation.

MAX_TREE_DEPTH = 60  # bounds recursion
VOID_TAGS = {"br", "hr", "img"}
ATTRIBUTE_ORDER = (
    "class",
    "id",
    "role",
    "href",
    "src",
    "alt",
    "start",
    "scope",
    "colspan",
    "rowspan",
    "align",
)


@dataclass(slots=True, eq=False)
class Node:
    """An element. ``children`` are elements and strings in order."""

    tag: str
    attributes: dict[str, str] = field(default_factory=dict)
    children: list["Node | str"] = field(default_factory=list)

    def walk(self) -> Iterator["Node"]:
        """This element and its descendants, in document order."""
        yield self
        for child in self.children:
            if isinstance(child, Node):
                yield from child.walk()

    def text(self) -> str:
        """The text of this element, without footnote references."""
        parts = (
            child if isinstance(child, str) else " " if child.tag == "br" else child.text()
            for child in self.children
            if isinstance(child, str) or child.tag != "noteref"
        )
        return "".join(parts)


class _TreeBuilder(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.stack = [Node("root")]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        node = Node(tag, {name: value or "" for name, value in attrs})
        self.stack[-1].children.append(node)
        if tag not in VOID_TAGS:
            self.stack.append(node)
        if len(self.stack) > MAX_TREE_DEPTH:
            raise refuse(FileReason.TOO_DEEP)

    def handle_endtag(self, tag: str) -> None:
        if len(self.stack) > 1 and self.stack[-1].tag == tag:
            self.stack.pop()

    def handle_data(self, data: str) -> None:
        self.stack[-1].children.append(data)


def parse_html(html: str) -> Node:
    """The tree of ``html`` from the sanitiser, which closes every element in order.

    Raises ``FileRefused`` if it nests deeper than ``MAX_TREE_DEPTH``.
    """
    builder = _TreeBuilder()
    builder.feed(html)
    builder.close()
    return builder.stack[0]


def escape_text(text: str) -> str:
    return (
        text.replace("&", "&amp;")
        .replace("\u00a0", "&nbsp;")
        .replace("<", "&lt;")
        .replace(">", "&gt;")
    )


def serialize_html(children: list[Node | str]) -> str:
    """``children`` as HTML, serialised as in the HTML standard with attributes in a fixed order."""
    return "".join(
        escape_text(child) if isinstance(child, str) else _serialize_element(child)
        for child in children
    )


def _serialize_element(node: Node) -> str:
    ordered = sorted(node.attributes.items(), key=lambda item: ATTRIBUTE_ORDER.index(item[0]))
    attributes = "".join(
        f' {name}="{escape_text(value).replace(chr(34), "&quot;")}"' for name, value in ordered
    )
    if node.tag in VOID_TAGS:
        return f"<{node.tag}{attributes}>"
    return f"<{node.tag}{attributes}>{serialize_html(node.children)}</{node.tag}>"


# The context of an import.

MAX_EXCERPT_LENGTH = 60
MAX_NOTICES = 200
MAX_PICTURES = 40


@dataclass(slots=True)
class ImportContext:
    """Collects notices and problems while a text is imported."""

    notices: list[ImportNotice] = field(default_factory=list)
    characters: CharacterFindings = field(default_factory=CharacterFindings)
    anchors: dict[str, Node] = field(default_factory=dict)
    labels: list["ParagraphLabel"] = field(default_factory=list)  # of a Word document, in order
    heading: str = ""  # the last one, to locate notices
    pictures: dict[str, Picture] = field(default_factory=dict)  # of the file, by address
    find_file: Callable[[str], bytes | None] | None = None  # beside a Markdown file, by name

    def add_notice(self, kind: ImportNoticeKind, **facts: object) -> None:
        """Add a notice, each only once and at most ``MAX_NOTICES``."""
        self._add(ImportNotice(kind, facts))

    def add_located(self, kind: ImportNoticeKind, words: str = "", **facts: object) -> None:
        """Add a notice about the place under the current heading with ``words``."""
        self._add(ImportNotice(kind, facts, Place(self.heading, words)))

    def _add(self, notice: ImportNotice) -> None:
        if len(self.notices) < MAX_NOTICES and notice not in self.notices:
            self.notices.append(notice)

    def refuse_located(self, reason: FileReason, words: str = "", **facts: object) -> FileRefused:
        """The exception for a problem at the place under the current heading with ``words``."""
        return refuse_at(Place(self.heading, words), reason, **facts)

    def keep_picture(self, picture: Picture) -> None:
        """Keep a picture of the file. Raises ``FileRefused`` for more than ``MAX_PICTURES``."""
        self.pictures[picture.address] = picture
        if len(self.pictures) > MAX_PICTURES:
            raise refuse(FileReason.TOO_MANY_PICTURES, limit=MAX_PICTURES)

    def locate(self, text: str) -> str:
        """``text`` with its heading, for a notice."""
        return f"{text}, „{self.heading}“" if self.heading else text

    def clean_text(self, text: str) -> str:
        """``text`` without invisible characters."""
        return clean_text(text, self.characters)


def make_excerpt(text: str) -> str:
    """The beginning of ``text`` for a notice."""
    text = " ".join(text.split())
    return (
        text if len(text) <= MAX_EXCERPT_LENGTH else text[: MAX_EXCERPT_LENGTH - 1].rstrip() + "…"
    )


# Headings: without the title, without gaps in the levels, each with an id.

TOP_HEADING_LEVEL, LOWEST_HEADING_LEVEL = 2, 4


def drop_title(content: list[Node], title: str) -> list[Node]:
    """``content`` without its first heading if that is the title, which pages show themselves.

    A title with a footnote stays, as the note would be lost.
    """
    first = next((block for block in content if get_heading_level(block)), None)
    has_note = first is not None and any(node.tag == "noteref" for node in first.walk())
    if first is None or has_note or not title or fold_text(first.text()) != fold_text(title):
        return content
    return [block for block in content if block is not first]


def fold_text(text: str) -> str:
    """The letters and digits of ``text`` without case, for comparison."""
    return "".join(
        char for char in unicodedata.normalize("NFKC", text).casefold() if char.isalnum()
    )


def get_heading_level(block: Node) -> int:
    """The level of a heading, 1 to 6; 0 for any other block."""
    return (
        int(block.tag[1])
        if len(block.tag) == 2 and block.tag[0] == "h" and block.tag[1].isdigit()
        else 0
    )


def normalize_headings(content: list[Node], context: ImportContext) -> None:
    """Set the levels of headings to 2 to 4 without gaps, and their ids to ``a1``, ``a2``, …"""
    headings = [block for block in content if get_heading_level(block)]
    if not headings:
        context.add_notice(ImportNoticeKind.NO_HEADINGS)
    elif not get_heading_level(content[0]):
        context.add_notice(ImportNoticeKind.NO_FIRST_HEADING)
    above: list[int] = []  # the original levels of the headings above the current one
    top = min(map(get_heading_level, headings), default=TOP_HEADING_LEVEL)
    for number, heading in enumerate(headings, 1):
        level = get_heading_level(heading)
        while above and above[-1] >= level:
            above.pop()
        if level > (above[-1] if above else top - 1) + 1:
            context.add_notice(ImportNoticeKind.LEVEL_SKIPPED, text=make_excerpt(heading.text()))
        if TOP_HEADING_LEVEL + len(above) > LOWEST_HEADING_LEVEL:
            context.add_notice(ImportNoticeKind.LEVEL_TOO_DEEP, text=make_excerpt(heading.text()))
        heading.tag = f"h{min(TOP_HEADING_LEVEL + len(above), LOWEST_HEADING_LEVEL)}"
        heading.attributes = {"id": f"a{number}"}
        above.append(level)


# Inline content: formatting, links, breaks.

TAG_ALIASES = {"b": "strong", "i": "em"}
FORMATTING_TAGS = {"strong", "em", "sup", "sub", "a"}
UNWRAPPED_TAGS = {
    "s": ImportNoticeKind.STRUCK_TEXT,
    "del": ImportNoticeKind.STRUCK_TEXT,
    "code": ImportNoticeKind.CODE,
}
Run = list[Node | str]
AFTER_WORD, AFTER_SPACE, AFTER_BREAK = 0, 1, 2


def normalize_inline(
    children: Run, context: ImportContext, within: frozenset[str] = frozenset()
) -> Run:
    """``children`` in canonical form.

    The elements named in ``within`` are not nested in themselves.
    """
    return trim_run(merge_adjacent(_filter_inline(children, context, within)))


def _filter_inline(children: Run, context: ImportContext, within: frozenset[str]) -> Run:
    run: Run = []
    for child in children:
        if isinstance(child, str):
            run.append(child)
            continue
        tag = TAG_ALIASES.get(child.tag, child.tag)
        if tag in {"br", "noteref"}:
            # A break in a heading would appear in bookmarks and the table of contents.
            run.append(" " if tag == "br" and "heading" in within else Node(tag, child.attributes))
        elif tag == "img":
            run.extend(_normalize_picture(child, context, within))
        elif (
            tag in FORMATTING_TAGS
            and tag not in within
            and not (tag == "a" and not _is_text_link(child))
        ):
            attributes = {"href": child.attributes["href"]} if tag == "a" else {}
            run.append(
                Node(tag, attributes, _filter_inline(child.children, context, within | {tag}))
            )
        else:
            if tag in UNWRAPPED_TAGS:
                context.add_located(UNWRAPPED_TAGS[tag], text=make_excerpt(child.text()))
            run.extend(_filter_inline(child.children, context, within))
    return [
        context.clean_text(part) if isinstance(part, str) else part for part in merge_adjacent(run)
    ]


def _normalize_picture(node: Node, context: ImportContext, within: frozenset[str]) -> Run:
    """A picture of the text with its description; others and those in headings are left out."""
    description = " ".join(context.clean_text(node.attributes.get("alt", "")).split())
    address = node.attributes.get("src", "")
    if "heading" in within or not PICTURE_ADDRESS.fullmatch(address):
        context.add_located(ImportNoticeKind.IMAGE_DROPPED, text=make_excerpt(description) or "–")
        return []
    if not description:
        context.add_located(ImportNoticeKind.PICTURE_UNDESCRIBED)
    return [Node("img", {"src": address, "alt": description})]


def _is_text_link(node: Node) -> bool:
    """Whether ``node`` leads somewhere; a link around a picture would hide it from the printer."""
    has_picture = any(inner.tag == "img" for inner in node.walk())
    return bool(node.attributes.get("href")) and not has_picture


def merge_adjacent(run: Run) -> Run:
    """``run`` with adjacent equal elements merged and empty elements removed."""
    result: Run = []
    for part in run:
        previous = result[-1] if result else None
        if isinstance(part, str):
            if isinstance(previous, str):
                result[-1] = previous + part
            elif part:
                result.append(part)
        elif part.tag in FORMATTING_TAGS and not part.children:
            continue
        elif (
            isinstance(previous, Node)
            and part.tag in FORMATTING_TAGS
            and (previous.tag, previous.attributes) == (part.tag, part.attributes)
        ):
            previous.children = merge_adjacent([*previous.children, *part.children])
        else:
            result.append(part)
    return result


def trim_run(run: Run) -> Run:
    """``run`` with single spaces and breaks, without those at its ends and spaces beside breaks."""
    _collapse_spaces(run, AFTER_BREAK)
    _strip_end(run)
    return _drop_empty(run)


def _collapse_spaces(run: Run, before: int) -> int:
    """Collapse spaces and breaks. ``before`` is the state before the run; returns that after it."""
    for index, part in enumerate(run):
        if isinstance(part, str):
            text = re.sub(" +", " ", part)
            run[index] = text = text[1:] if before and text.startswith(" ") else text
            before = (AFTER_SPACE if text.endswith(" ") else AFTER_WORD) if text else before
        elif part.tag == "br":
            if before == AFTER_BREAK:
                run[index] = ""
            _strip_end(run, index)
            before = AFTER_BREAK
        else:
            before = (
                AFTER_WORD
                if part.tag in {"noteref", "img"}
                else _collapse_spaces(part.children, before)
            )
    return before


def _strip_end(run: Run, end: int | None = None) -> bool:
    """Remove spaces and breaks at the end of ``run[:end]``; returns whether content is left."""
    for index in reversed(range(len(run) if end is None else end)):
        part = run[index]
        if isinstance(part, str):
            run[index] = part.rstrip(" ")
            if run[index]:
                return True
        elif part.tag == "br":
            if end is not None:
                return True
            run[index] = ""
        elif part.tag in {"noteref", "img"} or _strip_end(part.children):
            return True
    return False


def _drop_empty(run: Run) -> Run:
    for part in run:
        if isinstance(part, Node) and part.tag in FORMATTING_TAGS:
            part.children = _drop_empty(part.children)
    return merge_adjacent([part for part in run if part])


# Tables: head and body, with rows of equal length. A merged cell stands in the grid once for each
# row and column that it covers.

MAX_TABLE_ROWS = 2_000
MAX_TABLE_COLUMNS = 16  # more are too narrow even on a landscape page
MAX_GRID_COLUMNS = 100  # before columns without a cell of their own are removed
WIDE_TABLE_COLUMNS = 6  # more are set in smaller type or on a landscape page
MAX_HEADER_ROWS = 3


@dataclass(slots=True, eq=False)
class TableCell:
    content: Run = field(default_factory=list)
    align: str = ""


@dataclass(slots=True)
class TableRow:
    """A row of the grid. ``is_header`` if the file marks it as a header row."""

    cells: list[TableCell]
    is_header: bool


ALIGNMENT_ANCHOR = "signoff-align-{}"
ALIGNMENT_ANCHOR_PATTERN = re.compile(ALIGNMENT_ANCHOR.format("(center|right)"))


def take_alignments(root: Node) -> None:
    """Give the cells of a Word document the alignment that a mark inside says."""
    for cell in reversed(list(root.walk())):  # inner tables first
        if cell.tag not in {"td", "th"}:
            continue
        for node in list(cell.walk()):
            for child in list(node.children):
                if isinstance(child, Node) and (
                    match := ALIGNMENT_ANCHOR_PATTERN.fullmatch(child.attributes.get("id", ""))
                ):
                    cell.attributes["align"] = match[1]
                    node.children.remove(child)


def read_table_rows(node: Node, read_cell: Callable[[Node], Run]) -> list[TableRow]:
    """The grid of the table ``node``; ``read_cell`` converts the content of a cell.

    Raises ``FileRefused`` for more than ``MAX_TABLE_ROWS`` or ``MAX_GRID_COLUMNS``.
    """
    sources = list(iter_table_rows(node))
    if len(sources) > MAX_TABLE_ROWS:
        raise refuse(FileReason.TOO_COMPLEX)
    grid: list[dict[int, TableCell]] = [{} for _ in sources]
    for index, (row, _) in enumerate(sources):
        line, column = grid[index], 0
        for source in row.children:
            if not isinstance(source, Node):
                continue
            while column in line:
                column += 1
            cell = TableCell(read_cell(source), source.attributes.get("align", ""))
            width = read_span(source, "colspan")
            if column + width > MAX_GRID_COLUMNS:
                raise refuse(FileReason.TOO_COMPLEX)
            for covered_line in grid[index : index + read_span(source, "rowspan")]:
                for covered_column in range(column, column + width):
                    covered_line.setdefault(covered_column, cell)
    return remove_covered(
        [
            TableRow(
                [line.get(column) or TableCell() for column in range(max(line, default=-1) + 1)],
                is_header,
            )
            for (_, is_header), line in zip(sources, grid, strict=True)
        ]
    )


def iter_table_rows(node: Node) -> Iterator[tuple[Node, bool]]:
    """The rows of the table ``node``, and whether they are header rows."""
    for part in node.children:
        if isinstance(part, Node):
            for row in part.children if part.tag in {"thead", "tbody"} else [part]:
                if isinstance(row, Node) and row.tag == "tr":
                    yield row, part.tag == "thead"


def read_span(cell: Node, name: str) -> int:
    span = cell.attributes.get(name, "1")
    return max(int(span), 1) if re.fullmatch("[0-9]{1,6}", span) else 1


def remove_covered(rows: list[TableRow]) -> list[TableRow]:
    """``rows`` without those that are empty or only continue the one above; columns likewise."""
    kept: list[TableRow] = []
    for row in rows:
        is_new = not kept or kept[-1].cells != row.cells
        if is_new and any(cell.content for cell in row.cells):
            kept.append(row)
    width = max((len(row.cells) for row in kept), default=0)
    columns = [
        column
        for column in range(width)
        if not column
        or any(
            len(row.cells) > column and row.cells[column] is not row.cells[column - 1]
            for row in kept
        )
    ]
    for row in kept:
        row.cells = [row.cells[column] for column in columns if column < len(row.cells)]
    return kept


def build_table(rows: list[TableRow], context: ImportContext) -> list[Node]:
    """``rows`` as a table. The first row becomes the head if the file marks none.

    Raises ``FileRefused`` for more than ``MAX_TABLE_COLUMNS``.
    """
    if not rows:
        return []
    width = max(len(row.cells) for row in rows)
    excerpt = make_excerpt(
        " · ".join(Node("td", {}, cell.content).text() for cell in dict.fromkeys(rows[0].cells))
    )
    if width > MAX_TABLE_COLUMNS:
        raise context.refuse_located(
            FileReason.TABLE_TOO_WIDE, excerpt, count=width, limit=MAX_TABLE_COLUMNS
        )
    if width > WIDE_TABLE_COLUMNS:
        context.add_notice(ImportNoticeKind.TABLE_WIDE, text=excerpt, count=width)
    if any(len(row.cells) < width for row in rows):
        context.add_located(ImportNoticeKind.CELLS_ADDED, text=excerpt)
    for row in rows:
        row.cells += [TableCell() for _ in range(width - len(row.cells))]
    head_count = next((index for index, row in enumerate(rows) if not row.is_header), len(rows))
    if not head_count and len(rows) > 1:
        context.add_located(ImportNoticeKind.HEADER_MADE, text=excerpt)
        head_count = 1
    if head_count:
        head_count = extend_head(rows, head_count)
    parts: list[Node | str] = []
    if head_count:
        parts.append(Node("thead", {}, build_rows(rows[:head_count], "th")))
    if rows[head_count:]:
        parts.append(Node("tbody", {}, build_rows(rows[head_count:], "td")))
    return [Node("table", {}, parts)]


def extend_head(rows: list[TableRow], count: int) -> int:
    """``count`` header rows and those that their cells cover, unless that is too much for a head.

    Otherwise a cell that covers head and body is in both.
    """
    extended = count
    while extended < len(rows) and set(rows[extended].cells) & set(rows[extended - 1].cells):
        extended += 1
    return extended if extended < len(rows) and extended <= MAX_HEADER_ROWS else count


def build_rows(rows: list[TableRow], tag: str) -> Run:
    """The rows of a head or body; merged cells are where they begin."""
    result: Run = []
    for index, row in enumerate(rows):
        above = rows[index - 1].cells if index else []
        starts = [
            cell for cell in dict.fromkeys(row.cells) if not any(cell is other for other in above)
        ]
        result.append(
            Node(
                "tr",
                {},
                [
                    _build_cell(
                        cell,
                        tag,
                        colspan=row.cells.count(cell),
                        rowspan=sum(cell in other.cells for other in rows[index:]),
                    )
                    for cell in starts
                ],
            )
        )
    return result


def _build_cell(cell: TableCell, tag: str, **spans: int) -> Node:
    content = cell.content
    if (
        tag == "th"
        and len(content) == 1
        and isinstance(content[0], Node)
        and content[0].tag == "strong"
    ):
        content = content[0].children  # header cells are bold anyway
    attributes = {name: str(span) for name, span in spans.items() if span > 1}
    if cell.align:
        attributes["align"] = cell.align
    return Node(tag, ({"scope": "col"} if tag == "th" else {}) | attributes, content)


# Blocks: paragraphs, headings, lists, quotations, tables.

MAX_NESTING = 6
HEADING_TAG = re.compile(r"h([1-6])")
BLOCK_TAGS = {
    "p",
    "ul",
    "ol",
    "li",
    "blockquote",
    "table",
    "thead",
    "tbody",
    "tr",
    "td",
    "th",
    "pre",
    "hr",
    "section",
}
Blocks = list[Node]


def is_block(child: Node | str) -> bool:
    return isinstance(child, Node) and (
        child.tag in BLOCK_TAGS or bool(HEADING_TAG.fullmatch(child.tag))
    )


def normalize_blocks(node: Node, context: ImportContext, depth: int = 0) -> Blocks:
    """The canonical blocks below ``node``. ``depth`` counts enclosing lists and quotations.

    Raises ``FileRefused`` for deeper nesting than ``MAX_NESTING``.
    """
    if depth > MAX_NESTING:
        raise context.refuse_located(FileReason.TOO_DEEP)
    result: Blocks = []
    run: Run = []
    for child in node.children:
        if not isinstance(child, Node) or not is_block(child):
            run.append(child)
            continue
        result.extend(_normalize_paragraph(Node("p", {}, run), context))
        run = []
        result.extend(_normalize_block(child, context, depth))
    result.extend(_normalize_paragraph(Node("p", {}, run), context))
    return result


def _normalize_block(node: Node, context: ImportContext, depth: int) -> Blocks:
    if HEADING_TAG.fullmatch(node.tag):
        return _normalize_heading(node, context, depth)
    if node.tag in {"p", "pre"}:
        return _normalize_paragraph(node, context)
    if node.tag in {"ul", "ol"}:
        return _normalize_list(node, context, depth)
    if node.tag == "blockquote":
        inner = normalize_blocks(node, context, depth + 1)
        return [Node("blockquote", {}, [*inner])] if inner else []
    if node.tag == "table":
        return _normalize_table(node, context, depth)
    if node.tag == "hr":
        context.add_located(ImportNoticeKind.RULE_DROPPED)
        return []
    return normalize_blocks(node, context, depth)


def _normalize_paragraph(node: Node, context: ImportContext) -> Blocks:
    if node.attributes.get("class") == "contents":
        context.add_notice(ImportNoticeKind.CONTENTS_DROPPED)
        return []
    if node.tag == "pre":
        context.add_notice(ImportNoticeKind.CODE, text=make_excerpt(node.text()))
    content = normalize_inline(node.children, context)
    return [Node("p", {}, content)] if content else []


def _normalize_heading(node: Node, context: ImportContext, depth: int) -> Blocks:
    # Headings are bold anyway.
    content = normalize_inline(node.children, context, frozenset({"strong", "heading"}))
    context.heading = make_excerpt(node.text()) or context.heading
    if not content:
        return []
    if depth:
        context.add_notice(ImportNoticeKind.HEADING_MOVED, text=make_excerpt(node.text()))
        return [Node("p", {}, [Node("strong", {}, content)])]
    heading = Node(node.tag, {}, content)
    for name in node.attributes.get("id", "").split():
        context.anchors.setdefault(name, heading)
    return [heading]


def flatten_paragraphs(content: Blocks) -> Run:
    """``content`` with breaks instead of paragraphs, which break the PDF tags of list items."""
    run: Run = []
    for index, block in enumerate(content):
        if block.tag != "p":
            run.append(block)
            continue
        if index and content[index - 1].tag == "p":
            run.append(Node("br"))
        run.extend(block.children)
    return run


def _normalize_table(node: Node, context: ImportContext, depth: int) -> Blocks:
    cells = [
        cell for row, _ in iter_table_rows(node) for cell in row.children if isinstance(cell, Node)
    ]
    if len(cells) == 1:  # a frame around text
        return normalize_blocks(cells[0], context, depth)

    def read_cell(content: Node) -> Run:
        return flatten_paragraphs(normalize_blocks(content, context, 1))

    rows = read_table_rows(node, read_cell)
    return flatten_table(rows, context) if depth else build_table(rows, context)


def flatten_table(rows: list[TableRow], context: ImportContext) -> Blocks:
    """A table inside a cell, list or quotation, as a paragraph for each row."""
    result: Blocks = []
    for row in rows:
        content: Run = []
        for cell in dict.fromkeys(row.cells):
            content += [" · "] * bool(content) + cell.content
        result.append(Node("p", {}, content))
    if result:
        context.add_located(ImportNoticeKind.TABLE_FLATTENED, make_excerpt(result[0].text()))
    return result


# Lists: an ``ol`` counts from its start in steps of one. Items with other labels (``b)``, ``§ 3``,
# ``1.2``) are in a list of the class ``labelled`` and begin with the label as text.

MAX_LIST_START = 9999
LABEL_ANCHOR = "signoff-label-{}"
LABEL_ANCHOR_PATTERN = re.compile(LABEL_ANCHOR.format(r"(\d+)"))


@dataclass(frozen=True, slots=True)
class ParagraphLabel:
    """The automatic label of a paragraph in Word: ``3.``, ``b)``, ``§ 4``; empty for a bullet.

    ``number`` is set if the label is that number and a dot. ``level`` counts from 0.
    """

    text: str
    number: int | None
    level: int
    list_id: str

    @property
    def tag(self) -> str:
        return "ul" if self.number is None else "ol"

    def continues(self, previous: "ParagraphLabel") -> bool:
        """Whether this is the next item of the list that ``previous`` is in."""
        if self.number is not None and previous.number is not None:
            return self.number == previous.number + 1
        if self.tag != previous.tag or bool(self.text) != bool(previous.text):
            return False
        return not self.text or self.list_id == previous.list_id


def clean_label(text: str) -> str:
    """``text`` with single spaces and without invisible characters."""
    text = clean_text(text, CharacterFindings())
    return re.sub(" +", " ", text).strip(" ")


def nest_lists(node: Node, context: ImportContext) -> None:
    """Make lists of the marked paragraphs below ``node``, as deep as the levels of their labels.

    In headings and quotations, and as the only content of a cell, a label becomes text.
    """
    children: list[Node | str] = []
    run: list[tuple[ParagraphLabel, Node]] = []
    for child in node.children:
        label = _take_label(child, context) if isinstance(child, Node) else None
        if isinstance(child, Node) and label and _is_list_item(child, node):
            run.append((label, child))
            continue
        children.extend(_build_lists(run))
        run = []
        if isinstance(child, Node):
            if label and label.text and (child.text().strip() or node.tag in {"td", "th"}):
                child.children.insert(0, f"{label.text} ")
            elif label and label.text:
                context.add_notice(ImportNoticeKind.EMPTY_ITEM, text=f"„{label.text}“")
            nest_lists(child, context)
        children.append(child)
    node.children = [*children, *_build_lists(run)]


def _take_label(node: Node, context: ImportContext) -> ParagraphLabel | None:
    """Remove the mark from a paragraph or heading and return its label."""
    for child in node.children[:1]:
        match = (
            LABEL_ANCHOR_PATTERN.fullmatch(child.attributes.get("id", ""))
            if isinstance(child, Node)
            else None
        )
        if match and int(match[1]) < len(context.labels):
            del node.children[0]
            return context.labels[int(match[1])]
    return None


def _is_list_item(paragraph: Node, parent: Node) -> bool:
    is_numbered_cell = parent.tag in {"td", "th"} and parent.children == [paragraph]
    return (
        paragraph.tag == "p"
        and "class" not in paragraph.attributes
        and parent.tag != "blockquote"
        and not (is_numbered_cell and not paragraph.children)
    )


def _build_lists(items: list[tuple[ParagraphLabel, Node]]) -> Blocks:
    result: Blocks = []
    nested: list[tuple[ParagraphLabel, Node]] = []  # open lists with their last label
    for label, paragraph in items:
        while nested and nested[-1][0].level > label.level:
            nested.pop()
        siblings = nested.pop() if nested and nested[-1][0].level == label.level else None
        if siblings and label.continues(siblings[0]):
            parent = siblings[1]
        else:
            parent = Node(label.tag, {} if label.number is None else {"start": str(label.number)})
            if nested:
                last_item = nested[-1][1].children[-1]
                if isinstance(last_item, Node):
                    last_item.children.append(parent)
            else:
                result.append(parent)
        has_text_label = label.text and label.number is None
        prefix = [Node("span", {"class": "label"}, [label.text])] if has_text_label else []
        parent.children.append(Node("li", {}, [*prefix, *paragraph.children]))
        nested.append((label, parent))
    return result


def split_label(item: Node) -> tuple[str, list[Node | str]]:
    """The label of a list item and its other children."""
    for index, child in enumerate(item.children):
        rest = item.children[index + 1 :]
        if isinstance(child, Node) and child.attributes.get("class") == "label":
            return clean_label(child.text()), rest
        if isinstance(child, Node) and child.tag == "p":  # in a loose list
            label, inner = split_label(child)
            return label, [Node("p", {}, inner), *rest]
        if isinstance(child, Node) or child.strip():
            break
    return "", item.children


def _normalize_list(node: Node, context: ImportContext, depth: int) -> Blocks:
    lists: Blocks = []
    number, next_number = _read_start(node), -1
    for child in node.children:
        if not isinstance(child, Node):
            continue
        label, rest = split_label(child)
        context.clean_text(label)  # names characters that cannot be printed
        content = flatten_paragraphs(normalize_blocks(Node("li", {}, rest), context, depth + 1))
        is_numbered = node.tag == "ol" and not label
        tag = "ol" if is_numbered else "ul"
        if content:
            attributes = {"class": "labelled"} if label else {}
            if is_numbered and number != 1:
                attributes = {"start": str(number)}
            previous = lists[-1] if lists else None
            if previous is None or not (
                number == next_number
                if is_numbered
                else (tag, attributes) == (previous.tag, previous.attributes)
            ):
                lists.append(Node(tag, attributes))
            prefix: list[Node | str] = [Node("span", {"class": "label"}, [label])] if label else []
            if label and not (isinstance(content[0], Node) and is_block(content[0])):
                prefix.append(" ")
            lists[-1].children.append(Node("li", {}, [*prefix, *content]))
            next_number = number + 1 if is_numbered else -1
        elif label or is_numbered:
            text = context.locate(f"„{label or f'{number}.'}“")
            context.add_notice(ImportNoticeKind.EMPTY_ITEM, text=text)
        number += is_numbered
    return lists


def _read_start(node: Node) -> int:
    start = node.attributes.get("start", "1")
    number = int(start) if re.fullmatch("[0-9]{1,9}", start) else 1
    return number if number <= MAX_LIST_START else 1


# Links: within the text they point to headings, all others are absolute.

ABSOLUTE_URL = re.compile(r"(?:https?://[^/\s]|mailto:[^\s])[^\s]*", re.IGNORECASE)


def move_anchors(root: Node) -> None:
    """Move the names of Word bookmarks (empty ``<a id>``) to the next heading."""
    pending: list[str] = []
    for node in list(root.walk()):
        if node.tag == "a" and "id" in node.attributes and not node.attributes.get("href"):
            pending.append(node.attributes["id"])
        elif HEADING_TAG.fullmatch(node.tag):
            inner_ids = [
                anchor.attributes["id"]
                for anchor in node.walk()
                if anchor.tag == "a" and "id" in anchor.attributes
            ]
            own_id = node.attributes.get("id")
            node.attributes["id"] = " ".join([*pending, *inner_ids, *([own_id] if own_id else [])])
            pending = []
        elif is_block(node) and node.text().strip():
            pending = []


def resolve_links(within: list[Node], content: list[Node], context: ImportContext) -> None:
    """Point links in ``within`` to headings of ``content``; dangling ones become text."""
    slugs = {
        slugify_heading(block.text()): block
        for block in reversed(content)
        if HEADING_TAG.fullmatch(block.tag)
    }
    present = {id(block) for block in content}
    for block in within:
        for node in block.walk():
            node.children = merge_adjacent(
                [
                    part
                    for child in node.children
                    for part in _resolve_link(child, slugs, present, context)
                ]
            )


def _resolve_link(
    child: Node | str, slugs: dict[str, Node], present: set[int], context: ImportContext
) -> list[Node | str]:
    if isinstance(child, str) or child.tag != "a":
        return [child]
    href = child.attributes["href"].strip()
    if ABSOLUTE_URL.fullmatch(href):
        return [Node("a", {"href": href}, child.children)]
    target = (
        context.anchors.get(href[1:]) or slugs.get(href[1:].casefold())
        if href.startswith("#")
        else None
    )
    if target is not None and id(target) in present:
        return [Node("a", {"href": f"#{target.attributes['id']}"}, child.children)]
    context.add_notice(ImportNoticeKind.LINK_DROPPED, text=make_excerpt(child.text()))
    return child.children


def slugify_heading(text: str) -> str:
    """The id that Markdown gives to a heading: ``was-wir-uns-vornehmen``."""
    return re.sub(r"[^\w-]", "", text.casefold().strip().replace(" ", "-"))


# Footnotes: numbered in order, collected at the end, linked in both directions.

# The ids of the Markdown plug-in, mammoth and this module.
NOTE_ID = re.compile(r"fn-?\d+|(?:foot|end)note-\d+")
BACKLINK_HREF = re.compile(r"#(?:fnref|(?:foot|end)note-ref)-?\d+(?::\d+)?")


def extract_notes(root: Node) -> dict[str, Node]:
    """Remove the footnotes from the tree and mark their references; returns the notes by id."""
    notes = {node.attributes["id"]: node for node in root.walk() if _is_note(node)}
    note_ids = {id(note) for note in notes.values()}
    for node in list(root.walk()):
        children = (
            _convert_reference(child) for child in node.children if id(child) not in note_ids
        )
        node.children = [child for child in children if not _is_dangling_reference(child, notes)]
    for note in notes.values():
        _remove_backlinks(note)
    return notes


def _is_note(node: Node) -> bool:
    return node.tag == "li" and bool(NOTE_ID.fullmatch(node.attributes.get("id", "")))


def _convert_reference(child: Node | str) -> Node | str:
    """``child`` as a ``noteref`` if it is a reference, else ``child``."""
    if isinstance(child, Node) and child.tag == "sup" and len(child.children) == 1:
        link = child.children[0]
        if (
            isinstance(link, Node)
            and link.tag == "a"
            and NOTE_ID.fullmatch(link.attributes.get("href", "")[1:])
        ):
            return Node("noteref", {"note": link.attributes["href"][1:]})
    return child


def _is_dangling_reference(child: Node | str, notes: dict[str, Node]) -> bool:
    """Whether ``child`` refers to a missing note."""
    return (
        isinstance(child, Node) and child.tag == "noteref" and child.attributes["note"] not in notes
    )


def _remove_backlinks(note: Node) -> None:
    for node in note.walk():
        node.children = [
            child
            for child in node.children
            if isinstance(child, str)
            or not BACKLINK_HREF.fullmatch(child.attributes.get("href", ""))
        ]


def build_notes_section(
    content: list[Node], notes: dict[str, Node], context: ImportContext
) -> list[Node]:
    """Number the references in ``content`` and return the section of its notes, if there are any.

    Links in ``content`` must be resolved before, as the links added here point to no heading.
    """
    numbers: dict[str, int] = {}
    for block in content:
        _number_references(block, numbers)
    items: list[Node | str] = []
    while len(items) < len(numbers):  # a note may refer to further notes
        number = len(items) + 1
        note = Node(
            "li",
            {},
            flatten_paragraphs(normalize_blocks(notes[[*numbers][len(items)]], context, 1)),
        )
        resolve_links([note], content, context)
        _number_references(note, numbers)
        backlink = Node("a", {"href": f"#fnref-{number}", "role": "doc-backlink"}, ["↑"])
        items.append(Node("li", {"id": f"fn-{number}"}, [*note.children, " ", backlink]))
    attributes = {"class": "footnotes", "role": "doc-endnotes"}
    return [Node("section", attributes, [Node("ol", {}, items)])] if items else []


def _number_references(block: Node, numbers: dict[str, int]) -> None:
    for node in list(block.walk()):
        if node.tag == "noteref":
            _number_reference(node, numbers)


def _number_reference(reference: Node, numbers: dict[str, int]) -> None:
    """Turn ``reference`` into a linked number; the first one of a note gets the backlink id."""
    note_id = reference.attributes["note"]
    is_first = note_id not in numbers
    number = numbers.setdefault(note_id, len(numbers) + 1)
    reference.tag = "sup"
    reference.attributes = {"class": "noteref"} | ({"id": f"fnref-{number}"} if is_first else {})
    reference.children = [
        Node("a", {"href": f"#fn-{number}", "role": "doc-noteref"}, [str(number)])
    ]


MAX_TEXT_SIZE = 1 << 20


def canonicalize_html(html: str, title: str, context: ImportContext) -> str:
    """``html`` as canonical, sanitised HTML of at most 1 MB; notices are added to ``context``.

    Headings are h2 to h4 with ids ``a1``, ``a2``, …, without the title; footnotes are at the end.
    Canonical HTML is not changed. Raises ``FileRefused`` if it is empty, too long, too deeply
    nested, has tables that are not accessible, or characters that cannot be printed.
    """
    if len(html) > 2 * MAX_TEXT_SIZE:
        raise refuse(FileReason.TEXT_TOO_LONG, limit=MAX_TEXT_SIZE >> 20)
    arranged = _arrange(html, title, context)
    if len(arranged.encode()) > MAX_TEXT_SIZE:
        raise refuse(FileReason.TEXT_TOO_LONG, limit=MAX_TEXT_SIZE >> 20)
    _examine_characters(context)
    # Dangling links that became text may have left adjacent spaces and breaks.
    return _arrange(arranged, "", ImportContext())


def _arrange(html: str, title: str, context: ImportContext) -> str:
    root = parse_html(sanitize_source(html))
    take_alignments(root)
    nest_lists(root, context)
    notes = extract_notes(root)
    move_anchors(root)
    content = drop_title(normalize_blocks(root, context), title)
    if not any(block.text().strip() for block in content):
        raise refuse(FileReason.NO_TEXT)
    normalize_headings(content, context)
    resolve_links(content, content, context)
    section = build_notes_section(content, notes, context)
    return sanitize_text(serialize_html([*content, *section]))


def _examine_characters(context: ImportContext) -> None:
    if context.characters.invisible:
        context.add_notice(
            ImportNoticeKind.INVISIBLE_CHARACTERS,
            text=format_characters(context.characters.invisible),
        )
    if context.characters.unprintable:
        raise refuse(
            FileReason.UNPRINTABLE, characters=format_characters(context.characters.unprintable)
        )
