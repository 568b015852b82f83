"""Import the text of a paper from Word or Markdown, also as source for the editor."""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import zip_longest

from signoff.domain.papers import Picture
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


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading with its level (2 to 4) and its id in the page."""

    level: int
    id: str
    text: str


def build_outline(html: str) -> tuple[Heading, ...]:
    """The headings of canonical ``html`` in order, without footnote references."""
    headings = (
        block
        for block in parse_html(html).children
        if isinstance(block, Node) and get_heading_level(block)
    )
    return tuple(
        Heading(get_heading_level(block), block.attributes["id"], _extract_text(block))
        for block in headings
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


WORD_EXTENSIONS = (".docx", ".docm", ".doc", ".dotx", ".dotm")
MARKDOWN_EXTENSIONS = (".md", ".markdown", ".txt")


@dataclass(frozen=True, slots=True)
class ImportedText:
    """The text of a file as canonical, sanitised HTML, with notices for the office.

    ``pictures`` are those that came with the file.
    """

    html: str
    notices: tuple[ImportNotice, ...]
    pictures: tuple[Picture, ...] = ()


def read_text(
    filename: str,
    content: bytes,
    title: str,
    find_file: Callable[[str], bytes | None] | None = None,
) -> ImportedText:
    """The text of a DOCX or Markdown file of the paper called ``title``.

    ``find_file`` gives the files that pictures in Markdown name. Without it, they are left out.
    Raises ``FileRefused`` if the file has another type than its name says, is too large, contains
    macros or embedded objects, or cannot be represented accessibly.
    """
    name = filename.lower()
    if not content.strip():
        raise refuse(FileReason.EMPTY)
    context = ImportContext(find_file=find_file)
    if name.endswith(WORD_EXTENSIONS):
        from signoff.importers.word import read_docx  # with the library for Word files

        html = read_docx(content, context)
    elif name.endswith(MARKDOWN_EXTENSIONS) and not content.startswith(
        (ZIP_SIGNATURE, OLE_SIGNATURE)
    ):
        html = read_markdown(content, context)
    else:
        raise refuse(FileReason.UNKNOWN_KIND, name=filename[-60:])
    html = canonicalize_html(html, title, context)
    return ImportedText(html, tuple(context.notices), tuple(context.pictures.values()))


EDITOR_FILENAME = "text.md"
COUNTED_TAGS = ("strong", "em", "sup", "sub", "a", "br", "table", "th", "td", "li", "img")


@dataclass(frozen=True, slots=True)
class EditableText:
    """Markdown source for the editor, with notices for the office."""

    source: str
    notices: tuple[ImportNotice, ...]
    pictures: tuple[Picture, ...] = ()


def read_for_editor(filename: str, content: bytes, title: str) -> EditableText:
    """The text of a DOCX or Markdown file as Markdown; see ``read_text``."""
    imported = read_text(filename, content, title)
    source = write_markdown(imported.html)
    reread = read_editor_source(source, "")
    return EditableText(
        source,
        (*imported.notices, *list_layout_losses(imported.html, reread.html)),
        imported.pictures,
    )


def read_editor_source(source: str, title: str) -> ImportedText:
    """The text in the editor. Raises ``FileRefused`` as ``read_text`` does."""
    return read_text(EDITOR_FILENAME, source.encode(), title)


def list_layout_losses(before: str, after: str) -> list[ImportNotice]:
    """Notices for passages that lose formatting in Markdown."""
    if before == after:
        return []
    changed = (
        old.text or new.text
        for old, new in zip_longest(split_passages(before), split_passages(after))
        if old and new and old != new
    )
    notices = [
        ImportNotice(ImportNoticeKind.LAYOUT_LOST, {"text": make_excerpt(text)})
        for text in dict.fromkeys(changed)
    ]
    if not notices and count_tags(before) != count_tags(after):
        notices = [
            ImportNotice(
                ImportNoticeKind.LAYOUT_LOST, {"text": make_excerpt(split_passages(before)[0].text)}
            )
        ]
    return notices[:MAX_NOTICES]


def count_tags(html: str) -> dict[str, int]:
    tags = [node.tag for node in parse_html(html).walk()]
    return {tag: tags.count(tag) for tag in COUNTED_TAGS}
