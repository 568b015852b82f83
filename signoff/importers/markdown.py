"""Markdown to HTML: CommonMark with tables and footnotes, without raw HTML."""

import re
from collections.abc import Iterable
from typing import TypeGuard

from markdown_it import MarkdownIt
from mdit_py_plugins.footnote import footnote_plugin

from signoff.importers.errors import FileReason, ImportNoticeKind, refuse
from signoff.importers.html import (
    ImportContext,
    Node,
    get_heading_level,
    make_excerpt,
    parse_html,
    slugify_heading,
)
from signoff.importers.text import decode_text

MAX_MARKDOWN_SIZE = 1 << 20
MAX_MARKDOWN_NESTING = (
    40  # beyond it markdown-it leaves text out without a word; six lists in each other are twelve
)
FOOTNOTE_SEPARATOR = '<hr class="footnotes-sep" />'  # the plug-in's own, above the notes
STAR_IN_WORD = re.compile(
    r"(?<=\w)\*(?=\w)"
)  # inside a word, where German writes it for all genders
RAW_HTML = re.compile(r"</?[A-Za-z][^<>]{0,200}>|<!--")


def read_markdown(content: bytes, reading: ImportContext) -> str:
    """The HTML of a Markdown file of at most 1 MB. Raw HTML in it is shown as text, with a remark."""
    if len(content) > MAX_MARKDOWN_SIZE:
        raise refuse(FileReason.TOO_LARGE, limit=MAX_MARKDOWN_SIZE >> 20)
    markdown = (
        MarkdownIt("commonmark", {"html": False, "maxNesting": MAX_MARKDOWN_NESTING})
        .enable("table")
        .use(footnote_plugin)
    )
    environment: dict[str, object] = {}
    tokens = markdown.parse(decode_text(content), environment)
    if any(token.level >= MAX_MARKDOWN_NESTING - 1 for token in tokens):
        raise refuse(FileReason.TOO_DEEP)
    for inline in tokens:
        for token in inline.children or ():
            if token.type == "text" and (raw := RAW_HTML.search(token.content)):
                reading.remark(ImportNoticeKind.RAW_MARKUP, text=make_excerpt(raw.group()))
        if any(token.type == "em_open" and token.markup == "*" for token in inline.children or ()):
            starred = [found.start() for found in STAR_IN_WORD.finditer(inline.content)]
            if len(starred) > 1:
                place = inline.content[max(0, starred[0] - 20) : starred[0] + 20]
                reading.remark(ImportNoticeKind.STAR_IN_WORD, text=make_excerpt(place))
    html = markdown.renderer.render(tokens, markdown.options, environment)
    assert isinstance(html, str)
    return html.replace(FOOTNOTE_SEPARATOR, "")


# From a canonical text back to Markdown, so that a text that came in as a file can be edited in the page.

ESCAPED_CHARS = re.compile(r"([\\`*\[\]<])")
ESCAPED_AT_WORD_EDGE = re.compile(r"(?<!\w)_|_(?!\w)|&(?=#?\w+;)")
ESCAPED_AT_LINE_START = re.compile(r"^(?=[#>+=-]|~~~)|^(\d{1,9})(?=[.)](?:\s|$))")
SUPERSCRIPTS = str.maketrans("0123456789+-=()n", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾ⁿ")
SUBSCRIPTS = str.maketrans("0123456789+-=()", "₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎")
LIST_MARKERS = {"ul": "-*", "ol": ".)"}  # two lists in a row need different signs, or they are one


def write_markdown(html: str) -> str:
    """``html`` as Markdown that reads as the same text again.

    Raised and lowered figures become signs of their own; what Markdown cannot say (other raised text, breaks in cells,
    a second row of heads) becomes plain text.
    """
    root = parse_html(html)
    headings = {
        f"#{each.attributes['id']}": slugify_heading(each.text())
        for each in root.children
        if is_heading(each)
    }
    for link in root.walk():
        if link.attributes.get("href") in headings:
            link.attributes["href"] = f"#{headings[link.attributes['href']]}"
    return "\n\n".join(write_blocks(root.children)) + "\n"


def is_heading(child: Node | str) -> TypeGuard[Node]:
    return isinstance(child, Node) and "id" in child.attributes and bool(get_heading_level(child))


def write_blocks(children: Iterable[Node | str]) -> list[str]:
    written: list[str] = []
    before, alternate = "", False
    for child in children:
        if isinstance(child, str):
            continue
        alternate = child.tag in LIST_MARKERS and child.tag == before and not alternate
        before = child.tag
        written += write_block(child, alternate)
    return written


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
            write_note(each)
            for each in node.walk()
            if each.tag == "li" and each.attributes.get("id")
        ]
    return [escape_line_starts(write_inline(node.children))]


def write_list(node: Node, sign: str) -> str:
    first = int(node.attributes.get("start", "1"))
    lines = []
    for at, item in enumerate(child for child in node.children if isinstance(child, Node)):
        mark = f"{sign} " if node.tag == "ul" else f"{first + at}{sign} "
        lines.append(indent_lines(write_list_item(item), mark, " " * len(mark)))
    return "\n".join(lines)


def write_list_item(item: Node) -> str:
    """What stands in an item: a run of text and the lists and quotations among it."""
    parts: list[str] = []
    run: list[Node | str] = []
    for child in [*item.children, None]:
        if child is not None and (
            isinstance(child, str) or child.tag not in ("ul", "ol", "blockquote")
        ):
            run.append(child)
            continue
        if any(isinstance(each, Node) or each.strip() for each in run):
            parts.append(escape_line_starts(write_inline(run)))
        run = []
        if isinstance(child, Node):
            parts += write_block(child)
    return "\n".join(parts)


def write_table(node: Node) -> str:
    rows = [
        [write_cell(each) for each in row.children if isinstance(each, Node)]
        for row in node.walk()
        if row.tag == "tr"
    ]
    rows.insert(1, ["---"] * len(rows[0]))
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def write_cell(node: Node) -> str:
    return (
        write_inline(node.children)
        .replace("\\\n", " ")
        .replace("\n", " ")
        .replace("|", "\\|")
        .strip()
    )


def write_note(item: Node) -> str:
    number = item.attributes["id"].removeprefix("fn-")
    kept: list[Node | str] = [
        each
        for each in item.children
        if not (isinstance(each, Node) and each.attributes.get("role"))
    ]
    return indent_lines(write_inline(kept).strip(), f"[^{number}]: ", "    ")


def write_inline(children: Iterable[Node | str]) -> str:
    written = ""
    for child in children:
        if isinstance(child, str):
            written += escape_markdown(child)
            continue
        if child.tag == "a" and written.endswith("!"):
            written = (
                f"{written[:-1]}\\!"  # an exclamation mark before a link would make it a picture
            )
        written += write_element(child)
    return written


def write_element(node: Node) -> str:
    if node.tag == "br":
        return "\\\n"
    if node.attributes.get("class") == "noteref":
        return (
            f"[^{node.text()}]"
            if node.text()
            else f"[^{''.join(each.text() for each in node.walk())}]"
        )
    if node.tag in ("sup", "sub"):
        text = node.text()
        signs = text.translate(SUPERSCRIPTS if node.tag == "sup" else SUBSCRIPTS)
        return escape_markdown(signs if not set(signs) & set(text) else text)
    inner = write_inline(node.children)
    bare = inner.strip(" ")
    if not bare or node.tag not in ("strong", "em", "a"):
        return inner
    before, after = inner[: len(inner) - len(inner.lstrip(" "))], inner[len(inner.rstrip(" ")) :]
    if node.tag == "a":
        address = node.attributes["href"]
        return (
            f"{before}[{bare}](<{address}>){after}"
            if address[:1] != "#"
            else f"{before}[{bare}]({address}){after}"
        )
    mark = "**" if node.tag == "strong" else "*"
    return f"{before}{mark}{bare}{mark}{after}"


def escape_markdown(text: str) -> str:
    """``text`` with a backslash before everything Markdown would take for a sign of its own."""
    return ESCAPED_AT_WORD_EDGE.sub(lambda found: f"\\{found[0]}", ESCAPED_CHARS.sub(r"\\\1", text))


def escape_line_starts(text: str) -> str:
    """``text`` with no line that begins like a heading, a list or a quotation."""
    return "\n".join(
        ESCAPED_AT_LINE_START.sub(
            lambda found: f"{found[1]}\\" if found[1] else "\\", line.strip(" ")
        )
        for line in text.split("\n")
    )


def indent_lines(text: str, first: str, rest: str) -> str:
    lines = text.split("\n")
    return "\n".join([first + lines[0], *((rest + line).rstrip() for line in lines[1:])])
