"""One spelling for a text, whatever file it came in: what editions are frozen and digested as."""

import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser

import nh3

from signoff.importers.errors import FileReason, ImportNotice, ImportNoticeKind, refuse
from signoff.importers.text import CharacterFindings, clean_text, format_characters

# What of HTML may come in, and what may stand in a text.

URL_SCHEMES = {"http", "https", "mailto"}
INLINE_TAGS = {"strong", "em", "sup", "sub", "a", "br"}
TABLE_TAGS = {"table", "thead", "tbody", "tr", "th", "td"}
TEXT_BLOCK_TAGS = {"p", "h2", "h3", "h4", "ul", "ol", "li", "blockquote", "section"}
TEXT_TAGS = INLINE_TAGS | TABLE_TAGS | TEXT_BLOCK_TAGS
TEXT_ATTRIBUTES = {
    "a": {"href"},
    "h2": {"id"},
    "h3": {"id"},
    "h4": {"id"},
    "li": {"id"},
    "ol": {"start"},
    "sup": {"id"},
    "th": {"scope"},
}
TEXT_VALUES = {
    "a": {"role": {"doc-noteref", "doc-backlink"}},
    "section": {"class": {"footnotes"}, "role": {"doc-endnotes"}},
    "sup": {"class": {"noteref"}},
}

# What converters make; all of it is turned into the above or left out with a remark.
SOURCE_TAGS = TEXT_TAGS | {"h1", "h5", "h6", "b", "i", "s", "del", "code", "pre", "hr", "img"}
SOURCE_ATTRIBUTES = {
    **{f"h{level}": {"id"} for level in range(1, 7)},
    "a": {"href", "id"},
    "img": {"alt"},
    "li": {"id"},
    "ol": {"start"},
    "p": {"class"},
    "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan"},
}


def sanitize_text(html: str) -> str:
    """``html`` with nothing but what may stand in a text; a canonical text comes out as it went in."""
    return nh3.clean(
        html,
        tags=TEXT_TAGS,
        attributes=TEXT_ATTRIBUTES,
        tag_attribute_values=TEXT_VALUES,
        url_schemes=URL_SCHEMES,
        link_rel=None,
    )


def sanitize_source(html: str) -> str:
    """What a converter made of a file, without anything that acts, and well-formed."""
    return nh3.clean(
        html, tags=SOURCE_TAGS, attributes=SOURCE_ATTRIBUTES, url_schemes=URL_SCHEMES, link_rel=None
    )


# HTML as a small tree, and the one way it is written.

MAX_TREE_DEPTH = 60  # what follows may recurse; no honest text comes near
VOID_TAGS = {"br", "hr", "img"}
ATTRIBUTE_ORDER = ("class", "id", "role", "href", "start", "scope")


@dataclass(slots=True, eq=False)
class Node:
    """One element. ``children`` are elements and runs of text in order."""

    tag: str
    attributes: dict[str, str] = field(default_factory=dict)
    children: list["Node | str"] = field(default_factory=list)

    def walk(self) -> Iterator["Node"]:
        """This element and all below it, in the order of the text."""
        yield self
        for child in self.children:
            if isinstance(child, Node):
                yield from child.walk()

    def text(self) -> str:
        """The characters below this element, without references to footnotes."""
        parts = (
            child if isinstance(child, str) else " " if child.tag == "br" else child.text()
            for child in self.children
            if isinstance(child, str) or child.tag != "noteref"
        )
        return "".join(parts)


class _TreeBuilder(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.open = [Node("root")]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        node = Node(tag, {name: value or "" for name, value in attrs})
        self.open[-1].children.append(node)
        if tag not in VOID_TAGS:
            self.open.append(node)
        if len(self.open) > MAX_TREE_DEPTH:
            raise refuse(FileReason.TOO_DEEP)

    def handle_endtag(self, tag: str) -> None:
        if len(self.open) > 1 and self.open[-1].tag == tag:
            self.open.pop()

    def handle_data(self, data: str) -> None:
        self.open[-1].children.append(data)


def parse_html(html: str) -> Node:
    """The tree of ``html``, which must come out of the sanitiser: there every element is closed in order.

    FileRefused where it nests deeper than ``DEPTH``.
    """
    builder = _TreeBuilder()
    builder.feed(html)
    builder.close()
    return builder.open[0]


def escape_text(text: str) -> str:
    return (
        text.replace("&", "&amp;")
        .replace("\u00a0", "&nbsp;")
        .replace("<", "&lt;")
        .replace(">", "&gt;")
    )


def serialize_html(children: list[Node | str]) -> str:
    """``children`` as HTML, in the spelling of the HTML standard's serialiser and with attributes in one order."""
    return "".join(
        escape_text(child) if isinstance(child, str) else _serialize_element(child)
        for child in children
    )


def _serialize_element(node: Node) -> str:
    given = sorted(node.attributes.items(), key=lambda item: ATTRIBUTE_ORDER.index(item[0]))
    attributes = "".join(
        f' {name}="{escape_text(value).replace(chr(34), "&quot;")}"' for name, value in given
    )
    if node.tag in VOID_TAGS:
        return f"<{node.tag}{attributes}>"
    return f"<{node.tag}{attributes}>{serialize_html(node.children)}</{node.tag}>"


# One text being read: its blocks so far and what the office should know about it.

MAX_EXCERPT_LENGTH = 60
MAX_NOTICES = 200


@dataclass(slots=True)
class ImportContext:
    """What is gathered while a text is read."""

    remarks: list[ImportNotice] = field(default_factory=list)
    found: CharacterFindings = field(default_factory=CharacterFindings)
    anchors: dict[str, Node] = field(default_factory=dict)
    heading: str = ""  # the last one met, to say where something stood

    def remark(self, kind: ImportNoticeKind, **facts: object) -> None:
        """Notes a remark, each only once and no more than anyone reads."""
        if (
            len(self.remarks) < MAX_NOTICES
            and (new := ImportNotice(kind, facts)) not in self.remarks
        ):
            self.remarks.append(new)

    def clean(self, text: str) -> str:
        """``text`` without characters that cannot be seen."""
        return clean_text(text, self.found)


def make_excerpt(text: str) -> str:
    """The beginning of ``text`` for a sentence about it."""
    text = " ".join(text.split())
    return (
        text if len(text) <= MAX_EXCERPT_LENGTH else text[: MAX_EXCERPT_LENGTH - 1].rstrip() + "…"
    )


# Headings: the title is not repeated, no level is left out, each has an address.

TOP_HEADING_LEVEL, LOWEST_HEADING_LEVEL = 2, 4


def drop_title(content: list[Node], title: str) -> list[Node]:
    """``content`` without its first heading where that is the title, which the page prints itself.

    A title with a footnote stays, because the note would be lost with it.
    """
    first = next((block for block in content if get_heading_level(block)), None)
    noted = first is not None and any(node.tag == "noteref" for node in first.walk())
    if first is None or noted or not title or fold_text(first.text()) != fold_text(title):
        return content
    return [block for block in content if block is not first]


def fold_text(text: str) -> str:
    """``text`` for comparing: letters and digits without case."""
    return "".join(
        sign for sign in unicodedata.normalize("NFKC", text).casefold() if sign.isalnum()
    )


def get_heading_level(block: Node) -> int:
    """The level of a heading, 1 to 6; 0 for any other block."""
    return (
        int(block.tag[1])
        if len(block.tag) == 2 and block.tag[0] == "h" and block.tag[1].isdigit()
        else 0
    )


def normalize_headings(content: list[Node], reading: ImportContext) -> None:
    """Gives headings levels 2 to 4 without a gap, and ids ``a1``, ``a2`` … in order."""
    headings = [block for block in content if get_heading_level(block)]
    if not headings:
        reading.remark(ImportNoticeKind.NO_HEADINGS)
    elif not get_heading_level(content[0]):
        reading.remark(ImportNoticeKind.NO_FIRST_HEADING)
    above: list[
        int
    ] = []  # the levels, as the file has them, of the headings that the present one stands under
    top = min(map(get_heading_level, headings), default=TOP_HEADING_LEVEL)
    for number, heading in enumerate(headings, 1):
        given = get_heading_level(heading)
        while above and above[-1] >= given:
            above.pop()
        if given > (above[-1] if above else top - 1) + 1:
            reading.remark(ImportNoticeKind.LEVEL_SKIPPED, text=make_excerpt(heading.text()))
        if TOP_HEADING_LEVEL + len(above) > LOWEST_HEADING_LEVEL:
            reading.remark(ImportNoticeKind.LEVEL_TOO_DEEP, text=make_excerpt(heading.text()))
        heading.tag = f"h{min(TOP_HEADING_LEVEL + len(above), LOWEST_HEADING_LEVEL)}"
        heading.attributes = {"id": f"a{number}"}
        above.append(given)


# What stands inside a paragraph: emphasis, links, breaks; one spelling for what looks the same.

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
    children: Run, reading: ImportContext, within: frozenset[str] = frozenset()
) -> Run:
    """``children`` in canonical form. ``within`` names the elements around, which are not opened twice."""
    return trim_run(merge_adjacent(_filter_inline(children, reading, within)))


def _filter_inline(children: Run, reading: ImportContext, within: frozenset[str]) -> Run:
    run: Run = []
    for child in children:
        if isinstance(child, str):
            run.append(child)
            continue
        tag = TAG_ALIASES.get(child.tag, child.tag)
        if tag in {"br", "noteref"}:
            # In a heading a break would end up in bookmarks and the table of contents.
            run.append(" " if tag == "br" and "heading" in within else Node(tag, child.attributes))
        elif tag == "img":
            shown = make_excerpt(child.attributes.get("alt", "")) or "–"
            where = f", „{reading.heading}“" if reading.heading else ""
            reading.remark(ImportNoticeKind.IMAGE_DROPPED, text=f"{shown}{where}")
        elif (
            tag in FORMATTING_TAGS
            and tag not in within
            and not (tag == "a" and not child.attributes.get("href"))
        ):
            attributes = {"href": child.attributes["href"]} if tag == "a" else {}
            run.append(
                Node(tag, attributes, _filter_inline(child.children, reading, within | {tag}))
            )
        else:
            if tag in UNWRAPPED_TAGS:
                reading.remark(UNWRAPPED_TAGS[tag], text=make_excerpt(child.text()))
            run.extend(_filter_inline(child.children, reading, within))
    return [
        _clean_part(part, reading) if isinstance(part, str) else part
        for part in merge_adjacent(run)
    ]


def _clean_part(text: str, reading: ImportContext) -> str:
    return reading.clean(text)


def merge_adjacent(run: Run) -> Run:
    """``run`` with neighbours of the same kind made one, and without empty elements."""
    result: Run = []
    for part in run:
        before = result[-1] if result else None
        if isinstance(part, str):
            if isinstance(before, str):
                result[-1] = before + part
            elif part:
                result.append(part)
        elif part.tag in FORMATTING_TAGS and not part.children:
            continue
        elif (
            isinstance(before, Node)
            and part.tag in FORMATTING_TAGS
            and (before.tag, before.attributes) == (part.tag, part.attributes)
        ):
            before.children = merge_adjacent([*before.children, *part.children])
        else:
            result.append(part)
    return result


def trim_run(run: Run) -> Run:
    """``run`` with single spaces, none beside a break or at either end, and no break at either end."""
    _collapse_spaces(run, AFTER_BREAK)
    _strip_end(run)
    return _drop_empty(run)


def _collapse_spaces(run: Run, before: int) -> int:
    """Makes each run of spaces, and of breaks, one. ``before``: what stands before; returned: what ends the run."""
    for place, part in enumerate(run):
        if isinstance(part, str):
            text = re.sub(" +", " ", part)
            run[place] = text = text[1:] if before and text.startswith(" ") else text
            before = (AFTER_SPACE if text.endswith(" ") else AFTER_WORD) if text else before
        elif part.tag == "br":
            if before == AFTER_BREAK:
                run[place] = ""
            _strip_end(run, place)
            before = AFTER_BREAK
        else:
            before = (
                AFTER_WORD if part.tag == "noteref" else _collapse_spaces(part.children, before)
            )
    return before


def _strip_end(run: Run, end: int | None = None) -> bool:
    """Removes spaces and breaks at the end of ``run[:end]``; True where something that is seen stands there."""
    for place in reversed(range(len(run) if end is None else end)):
        part = run[place]
        if isinstance(part, str):
            run[place] = part.rstrip(" ")
            if run[place]:
                return True
        elif part.tag == "br":
            if end is not None:
                return True
            run[place] = ""
        elif part.tag == "noteref" or _strip_end(part.children):
            return True
    return False


def _drop_empty(run: Run) -> Run:
    for part in run:
        if isinstance(part, Node) and part.tag in FORMATTING_TAGS:
            part.children = _drop_empty(part.children)
    return merge_adjacent([part for part in run if part])


# Tables: a head, a body, every row as long as the others.

MAX_TABLE_ROWS = 2_000
MAX_TABLE_COLUMNS = 30
WIDE_TABLE_COLUMNS = 6  # columns from which a page in portrait has no room for words


@dataclass(slots=True)
class TableRow:
    """One row; ``head`` where the file says that it heads its columns."""

    cells: list[Run]
    head: bool


def read_table_rows(node: Node, cell: Callable[[Node], Run]) -> list[TableRow]:
    """The rows below ``node``, which is no table within a table; ``cell`` reads what a cell contains.

    FileRefused where cells span others or the table is larger than ``ROWS`` by ``COLUMNS``.
    """
    rows: list[TableRow] = []
    for part in node.children:
        if not isinstance(part, Node):
            continue
        for row in part.children if part.tag in {"thead", "tbody"} else [part]:
            if isinstance(row, Node) and row.tag == "tr":
                given = [each for each in row.children if isinstance(each, Node)]
                if any(
                    each.attributes.get(span, "1") != "1"
                    for each in given
                    for span in ("colspan", "rowspan")
                ):
                    raise refuse(FileReason.SPANNED_CELLS)
                if len(given) > MAX_TABLE_COLUMNS or len(rows) >= MAX_TABLE_ROWS:
                    raise refuse(FileReason.TOO_COMPLEX)
                rows.append(TableRow([cell(each) for each in given], part.tag == "thead"))
    return [row for row in rows if any(row.cells)]


def build_table(rows: list[TableRow], reading: ImportContext) -> list[Node]:
    """``rows`` as a table with a head. The first row becomes it where the file names none."""
    if not rows:
        return []
    width = max(len(row.cells) for row in rows)
    first = make_excerpt(" · ".join(Node("td", {}, cell).text() for cell in rows[0].cells))
    if width > WIDE_TABLE_COLUMNS:
        reading.remark(ImportNoticeKind.TABLE_WIDE, text=first, count=width)
    if any(len(row.cells) < width for row in rows):
        reading.remark(ImportNoticeKind.CELLS_ADDED, text=first)
    heads = next((place for place, row in enumerate(rows) if not row.head), len(rows))
    if not heads and len(rows) > 1:
        reading.remark(ImportNoticeKind.HEADER_MADE, text=first)
        heads = 1
    parts: list[Node | str] = []
    if heads:
        parts.append(Node("thead", {}, [_build_row(row, "th", width) for row in rows[:heads]]))
    if rows[heads:]:
        parts.append(Node("tbody", {}, [_build_row(row, "td", width) for row in rows[heads:]]))
    return [Node("table", {}, parts)]


def _build_row(row: TableRow, tag: str, width: int) -> Node:
    cells = row.cells + [[] for _ in range(width - len(row.cells))]
    return Node("tr", {}, [_build_cell(cell, tag) for cell in cells])


def _build_cell(content: Run, tag: str) -> Node:
    if (
        tag == "th"
        and len(content) == 1
        and isinstance(content[0], Node)
        and content[0].tag == "strong"
    ):
        content = content[0].children  # a head is bold by itself
    return Node(tag, {"scope": "col"} if tag == "th" else {}, content)


# What a text is built of: paragraphs, headings, lists, quotes, tables.

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
LIST_START = re.compile(r"[1-9][0-9]{0,3}")
Blocks = list[Node]


def is_block(child: Node | str) -> bool:
    return isinstance(child, Node) and (
        child.tag in BLOCK_TAGS or bool(HEADING_TAG.fullmatch(child.tag))
    )


def normalize_blocks(node: Node, reading: ImportContext, depth: int = 0) -> Blocks:
    """The blocks below ``node`` in canonical form. ``depth`` counts the lists and quotes around, or the cell.

    FileRefused where lists and quotes are nested deeper than six, or a table stands within another block.
    """
    if depth > MAX_NESTING:
        raise refuse(FileReason.TOO_DEEP)
    result: Blocks = []
    run: Run = []
    for child in node.children:
        if not isinstance(child, Node) or not is_block(child):
            run.append(child)
            continue
        result.extend(_normalize_paragraph(Node("p", {}, run), reading))
        run = []
        result.extend(_normalize_block(child, reading, depth))
    result.extend(_normalize_paragraph(Node("p", {}, run), reading))
    return result


def _normalize_block(node: Node, reading: ImportContext, depth: int) -> Blocks:
    if HEADING_TAG.fullmatch(node.tag):
        return _normalize_heading(node, reading, depth)
    if node.tag in {"p", "pre"}:
        return _normalize_paragraph(node, reading)
    if node.tag in {"ul", "ol"}:
        return _normalize_list(node, reading, depth)
    if node.tag == "blockquote":
        inner = normalize_blocks(node, reading, depth + 1)
        return [Node("blockquote", {}, [*inner])] if inner else []
    if node.tag == "table":
        return _normalize_table(node, reading, depth)
    if node.tag == "hr":
        reading.remark(ImportNoticeKind.RULE_DROPPED)
        return []
    return normalize_blocks(node, reading, depth)


def _normalize_paragraph(node: Node, reading: ImportContext) -> Blocks:
    if node.attributes.get("class") == "contents":
        reading.remark(ImportNoticeKind.CONTENTS_DROPPED)
        return []
    if node.tag == "pre":
        reading.remark(ImportNoticeKind.CODE, text=make_excerpt(node.text()))
    content = normalize_inline(node.children, reading)
    return [Node("p", {}, content)] if content else []


def _normalize_heading(node: Node, reading: ImportContext, depth: int) -> Blocks:
    # A heading is bold by itself.
    content = normalize_inline(node.children, reading, frozenset({"strong", "heading"}))
    reading.heading = make_excerpt(node.text()) or reading.heading
    if not content:
        return []
    if depth:
        reading.remark(ImportNoticeKind.HEADING_MOVED, text=make_excerpt(node.text()))
        return [Node("p", {}, [Node("strong", {}, content)])]
    heading = Node(node.tag, {}, content)
    for name in node.attributes.get("id", "").split():
        reading.anchors.setdefault(name, heading)
    return [heading]


def _normalize_list(node: Node, reading: ImportContext, depth: int) -> Blocks:
    items: list[Node | str] = []
    for child in node.children:
        if isinstance(child, Node) and (
            content := flatten_paragraphs(normalize_blocks(child, reading, depth + 1))
        ):
            items.append(Node("li", {}, content))
    start = node.attributes.get("start", "1")
    numbered = node.tag == "ol" and start != "1" and LIST_START.fullmatch(start)
    return [Node(node.tag, {"start": start} if numbered else {}, items)] if items else []


def flatten_paragraphs(content: Blocks) -> Run:
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


def _normalize_table(node: Node, reading: ImportContext, depth: int) -> Blocks:
    if depth:
        raise refuse(FileReason.NESTED_TABLE)

    def cell(content: Node) -> Run:
        return flatten_paragraphs(normalize_blocks(content, reading, 1))

    rows: list[TableRow] = read_table_rows(node, cell)
    if len(rows) == 1 and len(rows[0].cells) == 1:  # a frame around text, not a table
        return [Node("p", {}, trim_run(rows[0].cells[0]))] if rows[0].cells[0] else []
    return build_table(rows, reading)


# Links within a text lead to its headings, wherever the file's own marks stood; all others are absolute.

ABSOLUTE_URL = re.compile(r"(?:https?://[^/\s]|mailto:[^\s])[^\s]*", re.IGNORECASE)


def move_anchors(root: Node) -> None:
    """Takes the empty ``<a id>`` of Word's bookmarks out of the tree and hands their names to the heading below."""
    waiting: list[str] = []
    for node in list(root.walk()):
        if node.tag == "a" and "id" in node.attributes and not node.attributes.get("href"):
            waiting.append(node.attributes["id"])
        elif HEADING_TAG.fullmatch(node.tag):
            inner = [
                each.attributes["id"]
                for each in node.walk()
                if each.tag == "a" and "id" in each.attributes
            ]
            own = node.attributes.get("id")
            node.attributes["id"] = " ".join([*waiting, *inner, *([own] if own else [])])
            waiting = []
        elif is_block(node) and node.text().strip():
            waiting = []


def resolve_links(within: list[Node], content: list[Node], reading: ImportContext) -> None:
    """Points links in ``within`` at the headings of ``content``; a link that leads nowhere is opened, with a remark."""
    slugs = {
        slugify_heading(block.text()): block
        for block in reversed(content)
        if HEADING_TAG.fullmatch(block.tag)
    }
    standing = {id(block) for block in content}
    for block in within:
        for node in block.walk():
            node.children = merge_adjacent(
                [
                    part
                    for child in node.children
                    for part in _resolve_link(child, slugs, standing, reading)
                ]
            )


def _resolve_link(
    child: Node | str, slugs: dict[str, Node], standing: set[int], reading: ImportContext
) -> list[Node | str]:
    if isinstance(child, str) or child.tag != "a":
        return [child]
    href = child.attributes["href"].strip()
    if ABSOLUTE_URL.fullmatch(href):
        return [Node("a", {"href": href}, child.children)]
    target = (
        reading.anchors.get(href[1:]) or slugs.get(href[1:].casefold())
        if href.startswith("#")
        else None
    )
    if target is not None and id(target) in standing:
        return [Node("a", {"href": f"#{target.attributes['id']}"}, child.children)]
    reading.remark(ImportNoticeKind.LINK_DROPPED, text=make_excerpt(child.text()))
    return child.children


def slugify_heading(text: str) -> str:
    """The address that Markdown writers expect a heading to have: ``was-wir-uns-vornehmen``."""
    return re.sub(r"[^\w-]", "", text.casefold().strip().replace(" ", "-"))


# Footnotes: numbered in the order of the text, gathered at its end, linked both ways.

NOTE_ID = re.compile(
    r"fn-?\d+|(?:foot|end)note-\d+"
)  # as Markdown's plug-in, mammoth and this module name them
BACKLINK_HREF = re.compile(r"#(?:fnref|(?:foot|end)note-ref)-?\d+(?::\d+)?")


def extract_notes(root: Node) -> dict[str, Node]:
    """Takes the footnotes out of the tree and marks the references to them; the notes by their address."""
    notes = {node.attributes["id"]: node for node in root.walk() if _is_note(node)}
    taken = {id(note) for note in notes.values()}
    for node in list(root.walk()):
        marked = (_convert_reference(child) for child in node.children if id(child) not in taken)
        node.children = [child for child in marked if not _is_dangling_reference(child, notes)]
    for note in notes.values():
        _remove_backlinks(note)
    return notes


def _is_note(node: Node) -> bool:
    return node.tag == "li" and bool(NOTE_ID.fullmatch(node.attributes.get("id", "")))


def _convert_reference(child: Node | str) -> Node | str:
    """The reference that ``child`` is, or ``child``."""
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
    """Whether ``child`` refers to a note that is not there."""
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
    content: list[Node], notes: dict[str, Node], reading: ImportContext
) -> list[Node]:
    """Numbers the references in ``content`` and returns the section of notes to stand behind it, if there are any.

    Links in ``content`` are already resolved, because here links are made that lead to no heading.
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
            flatten_paragraphs(normalize_blocks(notes[[*numbers][len(items)]], reading, 1)),
        )
        resolve_links([note], content, reading)
        _number_references(note, numbers)
        back = Node("a", {"href": f"#fnref-{number}", "role": "doc-backlink"}, ["↑"])
        items.append(Node("li", {"id": f"fn-{number}"}, [*note.children, " ", back]))
    attributes = {"class": "footnotes", "role": "doc-endnotes"}
    return [Node("section", attributes, [Node("ol", {}, items)])] if items else []


def _number_references(block: Node, numbers: dict[str, int]) -> None:
    for node in list(block.walk()):
        if node.tag == "noteref":
            _number_reference(node, numbers)


def _number_reference(reference: Node, numbers: dict[str, int]) -> None:
    """Turns ``reference`` into a linked number; the first one to a note carries the address to come back to."""
    address = reference.attributes["note"]
    first = address not in numbers
    number = numbers.setdefault(address, len(numbers) + 1)
    reference.tag = "sup"
    reference.attributes = {"class": "noteref"} | ({"id": f"fnref-{number}"} if first else {})
    reference.children = [
        Node("a", {"href": f"#fn-{number}", "role": "doc-noteref"}, [str(number)])
    ]


MAX_TEXT_SIZE = 1 << 20


def canonicalize_html(html: str, title: str, reading: ImportContext) -> str:
    """``html`` as canonical, sanitised HTML of at most 1 MB; remarks go to ``reading``.

    Headings are h2 to h4 with ids ``a1``, ``a2`` …, the title is not among them, footnotes stand at the end. A
    canonical text comes out as it went in. FileRefused where it is empty, too long, too deeply nested, or has tables
    that cannot be read aloud.
    """
    if len(html) > 2 * MAX_TEXT_SIZE:
        raise refuse(FileReason.TEXT_TOO_LONG, limit=MAX_TEXT_SIZE >> 20)
    once = _arrange(html, title, reading)
    if len(once.encode()) > MAX_TEXT_SIZE:
        raise refuse(FileReason.TEXT_TOO_LONG, limit=MAX_TEXT_SIZE >> 20)
    _add_character_notices(reading)
    # Where a link that led nowhere was opened, spaces and breaks may have come to stand side by side.
    return _arrange(once, "", ImportContext())


def _arrange(html: str, title: str, reading: ImportContext) -> str:
    root = parse_html(sanitize_source(html))
    taken = extract_notes(root)
    move_anchors(root)
    content = drop_title(normalize_blocks(root, reading), title)
    if not any(block.text().strip() for block in content):
        raise refuse(FileReason.NO_TEXT)
    normalize_headings(content, reading)
    resolve_links(content, content, reading)
    section = build_notes_section(content, taken, reading)
    return sanitize_text(serialize_html([*content, *section]))


def _add_character_notices(reading: ImportContext) -> None:
    if reading.found.invisible:
        reading.remark(
            ImportNoticeKind.INVISIBLE_CHARACTERS, text=format_characters(reading.found.invisible)
        )
    if reading.found.unprintable:
        reading.remark(
            ImportNoticeKind.UNPRINTABLE_CHARACTERS,
            text=format_characters(reading.found.unprintable),
        )
