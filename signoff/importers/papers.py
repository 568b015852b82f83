"""A file taken into the page's editor: its text as Markdown, with everything the office should check."""

from dataclasses import dataclass
from itertools import zip_longest

from signoff.importers.diff import passages
from signoff.importers.errors import FileReason, Remark, RemarkKind, refuse
from signoff.importers.html import REMARKS, Node, Reading, canonical, excerpt, level, parse
from signoff.importers.markdown import markdown_of, read_markdown
from signoff.importers.ooxml import OLE, ZIP
from signoff.importers.word import read_docx

# The outline of a canonical text, for a table of contents.


@dataclass(frozen=True, slots=True)
class Heading:
    """One heading: its level (2 to 4), its id in the page, its words."""

    level: int
    id: str
    text: str


def outline(html: str) -> tuple[Heading, ...]:
    """The headings of canonical ``html`` in order, without the numbers of footnotes."""
    found = (block for block in parse(html).children if isinstance(block, Node) and level(block))
    return tuple(Heading(level(block), block.attributes["id"], _words(block)) for block in found)


def _words(node: Node) -> str:
    return "".join(
        child
        if isinstance(child, str)
        else ""
        if child.attributes.get("class") == "noteref"
        else _words(child)
        for child in node.children
    )


# A text: a Word document or a Markdown file as canonical HTML.

WORD = (".docx", ".docm", ".doc", ".dotx", ".dotm")
MARKDOWN = (".md", ".markdown", ".txt")


@dataclass(frozen=True, slots=True)
class ReadText:
    """What a file says. ``html`` is canonical and sanitised; ``warnings`` are for the office to check."""

    html: str
    warnings: tuple[Remark, ...]


def read_text(filename: str, content: bytes, title: str) -> ReadText:
    """The text of a DOCX or Markdown file whose paper is called ``title``.

    FileRefused where the file is not what it is called, is too large, carries what may act (macros, embedded objects),
    or has no form that can be printed and read aloud; then nothing of it is used.
    """
    name = filename.lower()
    if not content.strip():
        raise refuse(FileReason.EMPTY)
    reading = Reading()
    if name.endswith(WORD):
        html = read_docx(content, reading)
    elif name.endswith(MARKDOWN) and not content.startswith((ZIP, OLE)):
        html = read_markdown(content, reading)
    else:
        raise refuse(FileReason.UNKNOWN_KIND, name=filename[-60:])
    html = canonical(html, title, reading)
    return ReadText(html, tuple(reading.remarks))


NAME = "text.md"
COUNTED = ("strong", "em", "sup", "sub", "a", "br", "table", "th", "td", "li")


@dataclass(frozen=True, slots=True)
class Editable:
    """What stands in the editor, and what is to be checked."""

    source: str
    warnings: tuple[Remark, ...]


def editable(filename: str, content: bytes, title: str) -> Editable:
    """The text of a DOCX or Markdown file for the editor. Raises ``FileRefused`` as ``read_text`` does."""
    taken = read_text(filename, content, title)
    source = markdown_of(taken.html)
    again = read_typed(source, "")
    return Editable(source, (*taken.warnings, *lost(taken.html, again.html)))


def read_typed(source: str, title: str) -> ReadText:
    """What is typed in the editor, read. Raises ``FileRefused`` where it cannot be printed and read aloud."""
    return read_text(NAME, source.encode(), title)


def lost(before: str, after: str) -> list[Remark]:
    """Where Markdown says less than the file did."""
    if before == after:
        return []
    places = (
        first.text or second.text
        for first, second in zip_longest(passages(before), passages(after))
        if first and second and first != second
    )
    told = [
        Remark(RemarkKind.LAYOUT_LOST, {"text": excerpt(place)}) for place in dict.fromkeys(places)
    ]
    if not told and counted(before) != counted(after):
        told = [Remark(RemarkKind.LAYOUT_LOST, {"text": excerpt(passages(before)[0].text)})]
    return told[:REMARKS]


def counted(html: str) -> dict[str, int]:
    tags = [node.tag for node in parse(html).walk()]
    return {tag: tags.count(tag) for tag in COUNTED}
