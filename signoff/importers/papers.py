"""A file taken into the page's editor: its text as Markdown, with everything the office should check."""

from dataclasses import dataclass
from itertools import zip_longest

from signoff.importers.diff import split_passages
from signoff.importers.errors import FileReason, ImportNotice, ImportNoticeKind, refuse
from signoff.importers.html import (
    MAX_NOTICES,
    ImportContext,
    Node,
    canonicalize_html,
    get_heading_level,
    make_excerpt,
    parse_html,
)
from signoff.importers.markdown import read_markdown, write_markdown
from signoff.importers.ooxml import OLE_SIGNATURE, ZIP_SIGNATURE
from signoff.importers.word import read_docx

# The outline of a canonical text, for a table of contents.


@dataclass(frozen=True, slots=True)
class Heading:
    """One heading: its level (2 to 4), its id in the page, its words."""

    level: int
    id: str
    text: str


def build_outline(html: str) -> tuple[Heading, ...]:
    """The headings of canonical ``html`` in order, without the numbers of footnotes."""
    found = (
        block
        for block in parse_html(html).children
        if isinstance(block, Node) and get_heading_level(block)
    )
    return tuple(
        Heading(get_heading_level(block), block.attributes["id"], _extract_text(block))
        for block in found
    )


def _extract_text(node: Node) -> str:
    return "".join(
        child
        if isinstance(child, str)
        else ""
        if child.attributes.get("class") == "noteref"
        else _extract_text(child)
        for child in node.children
    )


# A text: a Word document or a Markdown file as canonical HTML.

WORD_EXTENSIONS = (".docx", ".docm", ".doc", ".dotx", ".dotm")
MARKDOWN_EXTENSIONS = (".md", ".markdown", ".txt")


@dataclass(frozen=True, slots=True)
class ImportedText:
    """What a file says. ``html`` is canonical and sanitised; ``warnings`` are for the office to check."""

    html: str
    warnings: tuple[ImportNotice, ...]


def read_text(filename: str, content: bytes, title: str) -> ImportedText:
    """The text of a DOCX or Markdown file whose paper is called ``title``.

    FileRefused where the file is not what it is called, is too large, carries what may act (macros, embedded objects),
    or has no form that can be printed and read aloud; then nothing of it is used.
    """
    name = filename.lower()
    if not content.strip():
        raise refuse(FileReason.EMPTY)
    reading = ImportContext()
    if name.endswith(WORD_EXTENSIONS):
        html = read_docx(content, reading)
    elif name.endswith(MARKDOWN_EXTENSIONS) and not content.startswith(
        (ZIP_SIGNATURE, OLE_SIGNATURE)
    ):
        html = read_markdown(content, reading)
    else:
        raise refuse(FileReason.UNKNOWN_KIND, name=filename[-60:])
    html = canonicalize_html(html, title, reading)
    return ImportedText(html, tuple(reading.remarks))


EDITOR_FILENAME = "text.md"
COUNTED_TAGS = ("strong", "em", "sup", "sub", "a", "br", "table", "th", "td", "li")


@dataclass(frozen=True, slots=True)
class EditableText:
    """What stands in the editor, and what is to be checked."""

    source: str
    warnings: tuple[ImportNotice, ...]


def read_for_editor(filename: str, content: bytes, title: str) -> EditableText:
    """The text of a DOCX or Markdown file for the editor. Raises ``FileRefused`` as ``read_text`` does."""
    taken = read_text(filename, content, title)
    source = write_markdown(taken.html)
    again = read_editor_source(source, "")
    return EditableText(source, (*taken.warnings, *list_layout_losses(taken.html, again.html)))


def read_editor_source(source: str, title: str) -> ImportedText:
    """What is typed in the editor, read. Raises ``FileRefused`` where it cannot be printed and read aloud."""
    return read_text(EDITOR_FILENAME, source.encode(), title)


def list_layout_losses(before: str, after: str) -> list[ImportNotice]:
    """Where Markdown says less than the file did."""
    if before == after:
        return []
    places = (
        first.text or second.text
        for first, second in zip_longest(split_passages(before), split_passages(after))
        if first and second and first != second
    )
    told = [
        ImportNotice(ImportNoticeKind.LAYOUT_LOST, {"text": make_excerpt(place)})
        for place in dict.fromkeys(places)
    ]
    if not told and count_tags(before) != count_tags(after):
        told = [
            ImportNotice(
                ImportNoticeKind.LAYOUT_LOST, {"text": make_excerpt(split_passages(before)[0].text)}
            )
        ]
    return told[:MAX_NOTICES]


def count_tags(html: str) -> dict[str, int]:
    tags = [node.tag for node in parse_html(html).walk()]
    return {tag: tags.count(tag) for tag in COUNTED_TAGS}
