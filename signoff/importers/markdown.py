"""Convert Markdown (CommonMark with tables and footnotes, without raw HTML) to HTML and back."""

import re
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import TYPE_CHECKING, TypeGuard
from urllib.parse import unquote

from signoff.domain.papers import PICTURE_ADDRESS
from signoff.importers.errors import (
    FileReason,
    FileRefused,
    ImportNoticeKind,
    ImportProblem,
    Place,
    refuse,
)
from signoff.importers.html import (
    ImportContext,
    Node,
    get_heading_level,
    make_excerpt,
    parse_html,
    read_table_rows,
    slugify_heading,
    split_label,
)
from signoff.importers.text import decode_text
from signoff.importers.uploads import read_picture

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.rules_core import StateCore
    from markdown_it.token import Token

MAX_MARKDOWN_SIZE = 1 << 20
# markdown-it silently drops deeper text; each nested list takes two levels.
MAX_MARKDOWN_NESTING = 40
ALIGNMENT = re.compile("text-align:(center|right)")
DELIMITERS = {"": "---", "center": ":-:", "right": "--:"}
FOOTNOTE_SEPARATOR = '<hr class="footnotes-sep" />'  # added by the plug-in
STAR_IN_WORD = re.compile(r"(?<=\w)\*(?=\w)")  # the German gender star
# An item with a label of its own: ``- {b)} Text``.
LABEL = re.compile(r"\{(?=[^{}\n]*[^{}\s])([^{}\n]{1,60})\}(?:[ \n]|$)")
# Pictures that are not fetched, or stored already.
ELSEWHERE = re.compile(rf"https?:|data:|//|{PICTURE_ADDRESS.pattern}$", re.IGNORECASE)
RAW_HTML = re.compile(r"</?[A-Za-z][^<>]{0,200}>|<!--")


def read_markdown(content: bytes, context: ImportContext) -> str:
    """The HTML of a Markdown file of at most 1 MB. Raw HTML becomes text, with a notice."""
    from markdown_it import MarkdownIt
    from mdit_py_plugins.footnote import footnote_plugin

    if len(content) > MAX_MARKDOWN_SIZE:
        raise refuse(FileReason.TOO_LARGE, limit=MAX_MARKDOWN_SIZE >> 20)
    markdown = (
        MarkdownIt("commonmark", {"html": False, "maxNesting": MAX_MARKDOWN_NESTING})
        .enable("table")
        .use(footnote_plugin)
        .use(add_labels)
        .use(merge_cells)
    )
    environment: dict[str, object] = {}
    tokens = markdown.parse(decode_text(content), environment)
    if any(token.level >= MAX_MARKDOWN_NESTING - 1 for token in tokens):
        raise refuse(FileReason.TOO_DEEP)
    for token in tokens:
        if align := ALIGNMENT.fullmatch(str(token.attrs.pop("style", ""))):
            token.attrSet("align", align[1])
    if context.find_file:
        take_pictures(tokens, context.find_file, context)
    for inline in tokens:
        for token in inline.children or ():
            if token.type == "text" and (raw := RAW_HTML.search(token.content)):
                context.add_notice(ImportNoticeKind.RAW_MARKUP, text=make_excerpt(raw.group()))
        if any(token.type == "em_open" and token.markup == "*" for token in inline.children or ()):
            stars = [match.start() for match in STAR_IN_WORD.finditer(inline.content)]
            if len(stars) > 1:
                excerpt = inline.content[max(0, stars[0] - 20) : stars[0] + 20]
                context.add_notice(ImportNoticeKind.STAR_IN_WORD, text=make_excerpt(excerpt))
    html = markdown.renderer.render(tokens, markdown.options, environment)
    return str(html).replace(FOOTNOTE_SEPARATOR, "")


def take_pictures(
    tokens: Iterable["Token"], find_file: Callable[[str], bytes | None], context: ImportContext
) -> None:
    """Keep the pictures in files beside the text; raises ``FileRefused`` with all that lack."""
    problems: list[ImportProblem] = []
    for inline in tokens:
        line = inline.map[0] + 1 if inline.map else 0
        for token in inline.children or ():
            line += token.type in {"softbreak", "hardbreak"}
            address = str(token.attrs.get("src", ""))
            if token.type != "image" or ELSEWHERE.match(address):
                continue
            name = unquote(address)
            try:
                content = find_file(name)
                if content is None:
                    raise refuse(FileReason.NO_PICTURE_FILE)
                picture = read_picture(content)
                context.keep_picture(picture)
            except FileRefused as refused:
                place = Place(words=make_excerpt(name))
                problems += [replace(each, line=line, place=place) for each in refused.problems]
            else:
                token.attrSet("src", picture.address)
    if problems:
        raise FileRefused(problems)


def add_labels(markdown: "MarkdownIt") -> None:
    """The plug-in that reads the labels of list items."""
    markdown.core.ruler.before("inline", "labels", take_labels)
    markdown.core.ruler.after("inline", "labels", insert_labels)


def take_labels(state: "StateCore") -> None:
    for index, token in enumerate(state.tokens[2:], 2):
        item = state.tokens[index - 2]
        if token.type == "inline" and item.type == "list_item_open":
            match = LABEL.match(token.content)
            if match:
                token.meta["label"] = match[1]
                token.content = token.content[match.end() :]


def insert_labels(state: "StateCore") -> None:
    from markdown_it.common.utils import escapeHtml
    from markdown_it.token import Token

    for token in state.tokens:
        if label := token.meta.get("label"):
            html = f'<span class="label">{escapeHtml(label)}</span> '
            token.children = [
                Token("html_inline", "", 0, content=html),
                *(token.children or ()),
            ]


# Merged cells: ``<<`` continues the cell to the left, ``^^`` the one above.

CONTINUES_LEFT, CONTINUES_ABOVE = "<<", "^^"


def merge_cells(markdown: "MarkdownIt") -> None:
    """The plug-in that merges cells of tables."""
    markdown.core.ruler.before("inline", "merged_cells", merge_table_cells)


def merge_table_cells(state: "StateCore") -> None:
    removed: set[int] = set()
    rows: list[list[int]] = []  # the indexes of the tokens that open cells
    for index, token in enumerate(state.tokens):
        if token.type == "table_open":
            rows = []
        elif token.type == "tr_open":
            rows.append([])
        elif token.type in {"th_open", "td_open"}:
            rows[-1].append(index)
        elif token.type == "table_close":
            removed |= merge_grid(state.tokens, rows)
    state.tokens = [token for index, token in enumerate(state.tokens) if index not in removed]


def merge_grid(tokens: list["Token"], rows: list[list[int]]) -> set[int]:
    """Set the spans of cells; returns the indexes of tokens of the cells that they cover."""
    origins: dict[tuple[int, int], int] = {}
    places: dict[int, list[tuple[int, int]]] = {}
    for y, row in enumerate(rows):
        for x, index in enumerate(row):
            mark = tokens[index + 1].content.strip()
            before = {CONTINUES_LEFT: (y, x - 1), CONTINUES_ABOVE: (y - 1, x)}.get(mark, (y, x))
            origins[y, x] = origins.get(before, index)
            places.setdefault(origins[y, x], []).append((y, x))
    removed: set[int] = set()
    for origin, covered in places.items():
        height, width = len({y for y, _ in covered}), len({x for _, x in covered})
        if len(covered) > 1 and len(covered) == height * width:
            tokens[origin].attrSet("colspan", str(width))
            tokens[origin].attrSet("rowspan", str(height))
            for y, x in covered[1:]:
                removed |= set(range(rows[y][x], rows[y][x] + 3))
    return removed


# From canonical HTML to Markdown, so that an imported file can be edited on the page.

ESCAPED_CHARS = re.compile(r"([\\`*\[\]<])")
ESCAPED_AT_WORD_EDGE = re.compile(r"(?<!\w)_|_(?!\w)|&(?=#?\w+;)")
ESCAPED_AT_LINE_START = re.compile(r"^(?=[#>+=-]|~~~)|^(\d{1,9})(?=[.)](?:\s|$))")
SUPERSCRIPTS = str.maketrans("0123456789+-=()n", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾ⁿ")
SUBSCRIPTS = str.maketrans("0123456789+-=()", "₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎")
LIST_MARKERS = {
    "ul": "-*",
    "ol": ".)",
}  # alternating, as equal markers would join consecutive lists


def write_markdown(html: str) -> str:
    """``html`` as Markdown that converts back to the same text.

    Superscript and subscript digits become Unicode characters; what Markdown cannot express (other
    superscripts, breaks in cells, a second header row) becomes plain text.
    """
    root = parse_html(html)
    headings = {
        f"#{heading.attributes['id']}": slugify_heading(heading.text())
        for heading in root.children
        if is_heading(heading)
    }
    for link in root.walk():
        if link.attributes.get("href") in headings:
            link.attributes["href"] = f"#{headings[link.attributes['href']]}"
    return "\n\n".join(write_blocks(root.children)) + "\n"


def is_heading(child: Node | str) -> TypeGuard[Node]:
    return isinstance(child, Node) and "id" in child.attributes and bool(get_heading_level(child))


def write_blocks(children: Iterable[Node | str]) -> list[str]:
    blocks: list[str] = []
    previous_tag, alternate = "", False
    for child in children:
        if isinstance(child, str):
            continue
        alternate = child.tag in LIST_MARKERS and child.tag == previous_tag and not alternate
        previous_tag = child.tag
        blocks += write_block(child, alternate)
    return blocks


def write_block(node: Node, alternate: bool = False) -> list[str]:
    if node.tag in ("h2", "h3", "h4"):
        return [f"{'#' * int(node.tag[1])} {write_inline(node.children).strip()}"]
    if node.tag in LIST_MARKERS:
        return [write_list(node, LIST_MARKERS[node.tag][alternate])]
    if node.tag == "blockquote":
        return [indent_lines("\n\n".join(write_blocks(node.children)), "> ", "> ")]
    if node.tag == "table":
        return [write_table(node)]
    if node.tag == "section":
        return [
            write_note(item)
            for item in node.walk()
            if item.tag == "li" and item.attributes.get("id")
        ]
    return [escape_line_starts(write_inline(node.children))]


def write_list(node: Node, marker: str) -> str:
    first = int(node.attributes.get("start", "1"))
    lines = []
    for index, item in enumerate(child for child in node.children if isinstance(child, Node)):
        prefix = f"{marker} " if node.tag == "ul" else f"{first + index}{marker} "
        lines.append(indent_lines(write_list_item(item), prefix, " " * len(prefix)).rstrip())
    return "\n".join(lines)


def write_list_item(item: Node) -> str:
    """The content of an item: label, text, nested lists and quotations."""
    text = ""
    run: list[Node | str] = []
    label, children = split_label(item)
    previous_tag, alternate = "", False
    for child in [*children, None]:
        if child is not None and (
            isinstance(child, str) or child.tag not in ("ul", "ol", "blockquote")
        ):
            run.append(child)
            continue
        if any(isinstance(part, Node) or part.strip() for part in run):
            inline = escape_line_starts(write_inline(run))
            inline = f"\\{inline}" if inline.startswith("{") else inline
            text += f"\n{inline}" if text else inline
            previous_tag = "p"
        run = []
        if isinstance(child, Node):
            alternate = child.tag == previous_tag and not alternate
            previous_tag = child.tag
            # A list that does not begin with 1 does not interrupt a paragraph.
            text += "\n\n" if "start" in child.attributes else "\n"
            text += "\n\n".join(write_block(child, alternate))
    if not label:
        return text.lstrip("\n")
    return f"{{{label}}}{text}" if text.startswith("\n") else f"{{{label}}} {text}"


def write_table(node: Node) -> str:
    grid = [row.cells for row in read_table_rows(node, lambda cell: cell.children)]
    lines = [
        [
            CONTINUES_ABOVE
            if y and cell is grid[y - 1][x]
            else CONTINUES_LEFT
            if x and cell is cells[x - 1]
            else write_cell(cell.content)
            for x, cell in enumerate(cells)
        ]
        for y, cells in enumerate(grid)
    ]
    # Markdown aligns columns, not cells: each as most of its cells below the head.
    columns = zip(*(grid[1:] or grid), strict=True)
    alignments = [Counter(cell.align for cell in column).most_common(1)[0][0] for column in columns]
    lines.insert(1, [DELIMITERS[align] for align in alignments])
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def write_cell(content: Iterable[Node | str]) -> str:
    text = write_inline(spell_out_lists(content))
    text = text.replace("\\\n", " ").replace("\n", " ").replace("|", "\\|").strip()
    return text.replace("^", "\\^") if text == CONTINUES_ABOVE else text


def spell_out_lists(children: Iterable[Node | str]) -> list[Node | str]:
    """``children`` with the text of lists in place of the lists, and with their numbers."""
    result: list[Node | str] = []
    for child in children:
        if isinstance(child, str) or child.tag not in LIST_MARKERS:
            result.append(child)
            continue
        first = int(child.attributes.get("start", "1"))
        for index, item in enumerate(part for part in child.children if isinstance(part, Node)):
            number = f" {first + index}. " if child.tag == "ol" else " "
            result += [number, *spell_out_lists(item.children)]
    return result


def write_note(item: Node) -> str:
    number = item.attributes["id"].removeprefix("fn-")
    content: list[Node | str] = [
        child
        for child in item.children
        if not (isinstance(child, Node) and child.attributes.get("role"))
    ]
    return indent_lines(write_inline(content).strip(), f"[^{number}]: ", "    ")


def write_inline(children: Iterable[Node | str]) -> str:
    markdown = ""
    for child in children:
        if isinstance(child, str):
            markdown += escape_markdown(child)
            continue
        if child.tag == "a" and markdown.endswith("!"):
            markdown = f"{markdown[:-1]}\\!"  # or the link would be an image
        markdown += write_element(child)
    return markdown


def write_element(node: Node) -> str:
    if node.tag == "br":
        return "\\\n"
    if node.tag == "img":
        return f"![{escape_markdown(node.attributes['alt'])}]({node.attributes['src']})"
    if node.attributes.get("class") == "noteref":
        return (
            f"[^{node.text()}]"
            if node.text()
            else f"[^{''.join(part.text() for part in node.walk())}]"
        )
    if node.tag in ("sup", "sub"):
        text = node.text()
        characters = text.translate(SUPERSCRIPTS if node.tag == "sup" else SUBSCRIPTS)
        return escape_markdown(characters if not set(characters) & set(text) else text)
    inner = write_inline(node.children)
    stripped = inner.strip(" ")
    if not stripped or node.tag not in ("strong", "em", "a"):
        return inner
    before, after = inner[: len(inner) - len(inner.lstrip(" "))], inner[len(inner.rstrip(" ")) :]
    if node.tag == "a":
        address = node.attributes["href"]
        return (
            f"{before}[{stripped}](<{address}>){after}"
            if address[:1] != "#"
            else f"{before}[{stripped}]({address}){after}"
        )
    mark = "**" if node.tag == "strong" else "*"
    return f"{before}{mark}{stripped}{mark}{after}"


def escape_markdown(text: str) -> str:
    return ESCAPED_AT_WORD_EDGE.sub(lambda match: f"\\{match[0]}", ESCAPED_CHARS.sub(r"\\\1", text))


def escape_line_starts(text: str) -> str:
    """``text`` with line starts escaped that would be a heading, list or quotation."""
    return "\n".join(
        ESCAPED_AT_LINE_START.sub(
            lambda match: f"{match[1]}\\" if match[1] else "\\", line.strip(" ")
        )
        for line in text.split("\n")
    )


def indent_lines(text: str, first: str, rest: str) -> str:
    lines = text.split("\n")
    return "\n".join([first + lines[0], *((rest + line).rstrip() for line in lines[1:])])
