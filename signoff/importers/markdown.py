"""Markdown to HTML: CommonMark with tables and footnotes, without raw HTML."""

import re
from collections.abc import Iterable
from typing import TypeGuard

from markdown_it import MarkdownIt
from mdit_py_plugins.footnote import footnote_plugin

from signoff.importers.errors import FileReason, RemarkKind, refuse
from signoff.importers.html import Node, Reading, excerpt, level, parse, slug
from signoff.importers.text import decode

BYTES = 1 << 20
NESTING = (
    40  # beyond it markdown-it leaves text out without a word; six lists in each other are twelve
)
SEPARATOR = '<hr class="footnotes-sep" />'  # the plug-in's own, above the notes
STAR = re.compile(r"(?<=\w)\*(?=\w)")  # inside a word, where German writes it for all genders
RAW = re.compile(r"</?[A-Za-z][^<>]{0,200}>|<!--")


def read_markdown(content: bytes, reading: Reading) -> str:
    """The HTML of a Markdown file of at most 1 MB. Raw HTML in it is shown as text, with a remark."""
    if len(content) > BYTES:
        raise refuse(FileReason.TOO_LARGE, limit=BYTES >> 20)
    markdown = (
        MarkdownIt("commonmark", {"html": False, "maxNesting": NESTING})
        .enable("table")
        .use(footnote_plugin)
    )
    environment: dict[str, object] = {}
    tokens = markdown.parse(decode(content), environment)
    if any(token.level >= NESTING - 1 for token in tokens):
        raise refuse(FileReason.TOO_DEEP)
    for inline in tokens:
        for token in inline.children or ():
            if token.type == "text" and (raw := RAW.search(token.content)):
                reading.remark(RemarkKind.RAW_MARKUP, text=excerpt(raw.group()))
        if any(token.type == "em_open" and token.markup == "*" for token in inline.children or ()):
            starred = [found.start() for found in STAR.finditer(inline.content)]
            if len(starred) > 1:
                place = inline.content[max(0, starred[0] - 20) : starred[0] + 20]
                reading.remark(RemarkKind.STAR_IN_WORD, text=excerpt(place))
    html = markdown.renderer.render(tokens, markdown.options, environment)
    assert isinstance(html, str)
    return html.replace(SEPARATOR, "")


# From a canonical text back to Markdown, so that a text that came in as a file can be edited in the page.

SIGNS = re.compile(r"([\\`*\[\]<])")
EDGES = re.compile(r"(?<!\w)_|_(?!\w)|&(?=#?\w+;)")
STARTS = re.compile(r"^(?=[#>+=-]|~~~)|^(\d{1,9})(?=[.)](?:\s|$))")
HIGH = str.maketrans("0123456789+-=()n", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾ⁿ")
LOW = str.maketrans("0123456789+-=()", "₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎")
LISTS = {"ul": "-*", "ol": ".)"}  # two lists in a row need different signs, or they are one


def markdown_of(html: str) -> str:
    """``html`` as Markdown that reads as the same text again.

    Raised and lowered figures become signs of their own; what Markdown cannot say (other raised text, breaks in cells,
    a second row of heads) becomes plain text.
    """
    root = parse(html)
    headings = {
        f"#{each.attributes['id']}": slug(each.text()) for each in root.children if is_heading(each)
    }
    for link in root.walk():
        if link.attributes.get("href") in headings:
            link.attributes["href"] = f"#{headings[link.attributes['href']]}"
    return "\n\n".join(blocks(root.children)) + "\n"


def is_heading(child: Node | str) -> TypeGuard[Node]:
    return isinstance(child, Node) and "id" in child.attributes and bool(level(child))


def blocks(children: Iterable[Node | str]) -> list[str]:
    written: list[str] = []
    before, alternate = "", False
    for child in children:
        if isinstance(child, str):
            continue
        alternate = child.tag in LISTS and child.tag == before and not alternate
        before = child.tag
        written += block(child, alternate)
    return written


def block(node: Node, alternate: bool = False) -> list[str]:
    if node.tag in ("h2", "h3", "h4"):
        return [f"{'#' * int(node.tag[1])} {inline(node.children).strip()}"]
    if node.tag in LISTS:
        return [listed(node, LISTS[node.tag][alternate])]
    if node.tag == "blockquote":
        return [indented("\n\n".join(blocks(node.children)), "> ", "> ")]
    if node.tag == "table":
        return [table(node)]
    if node.tag == "section":
        return [
            note(each) for each in node.walk() if each.tag == "li" and each.attributes.get("id")
        ]
    return [started(inline(node.children))]


def listed(node: Node, sign: str) -> str:
    first = int(node.attributes.get("start", "1"))
    lines = []
    for at, item in enumerate(child for child in node.children if isinstance(child, Node)):
        mark = f"{sign} " if node.tag == "ul" else f"{first + at}{sign} "
        lines.append(indented(content(item), mark, " " * len(mark)))
    return "\n".join(lines)


def content(item: Node) -> str:
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
            parts.append(started(inline(run)))
        run = []
        if isinstance(child, Node):
            parts += block(child)
    return "\n".join(parts)


def table(node: Node) -> str:
    rows = [
        [cell(each) for each in row.children if isinstance(each, Node)]
        for row in node.walk()
        if row.tag == "tr"
    ]
    rows.insert(1, ["---"] * len(rows[0]))
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def cell(node: Node) -> str:
    return inline(node.children).replace("\\\n", " ").replace("\n", " ").replace("|", "\\|").strip()


def note(item: Node) -> str:
    number = item.attributes["id"].removeprefix("fn-")
    kept: list[Node | str] = [
        each
        for each in item.children
        if not (isinstance(each, Node) and each.attributes.get("role"))
    ]
    return indented(inline(kept).strip(), f"[^{number}]: ", "    ")


def inline(children: Iterable[Node | str]) -> str:
    written = ""
    for child in children:
        if isinstance(child, str):
            written += escaped(child)
            continue
        if child.tag == "a" and written.endswith("!"):
            written = (
                f"{written[:-1]}\\!"  # an exclamation mark before a link would make it a picture
            )
        written += element(child)
    return written


def element(node: Node) -> str:
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
        signs = text.translate(HIGH if node.tag == "sup" else LOW)
        return escaped(signs if not set(signs) & set(text) else text)
    inner = inline(node.children)
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


def escaped(text: str) -> str:
    """``text`` with a backslash before everything Markdown would take for a sign of its own."""
    return EDGES.sub(lambda found: f"\\{found[0]}", SIGNS.sub(r"\\\1", text))


def started(text: str) -> str:
    """``text`` with no line that begins like a heading, a list or a quotation."""
    return "\n".join(
        STARTS.sub(lambda found: f"{found[1]}\\" if found[1] else "\\", line.strip(" "))
        for line in text.split("\n")
    )


def indented(text: str, first: str, rest: str) -> str:
    lines = text.split("\n")
    return "\n".join([first + lines[0], *((rest + line).rstrip() for line in lines[1:])])
