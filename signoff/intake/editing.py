"""A file taken into the page's editor: its text as Markdown, with everything the office should check."""

from dataclasses import dataclass
from itertools import zip_longest

from signoff.intake.comparison import passages
from signoff.intake.reading import REMARKS, excerpt
from signoff.intake.remark import Remark, RemarkKind
from signoff.intake.text import ReadText, read_text
from signoff.intake.tree import parse
from signoff.intake.writing import markdown_of

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
    told = [Remark(RemarkKind.LAYOUT_LOST, {"text": excerpt(place)}) for place in dict.fromkeys(places)]
    if not told and counted(before) != counted(after):
        told = [Remark(RemarkKind.LAYOUT_LOST, {"text": excerpt(passages(before)[0].text)})]
    return told[:REMARKS]


def counted(html: str) -> dict[str, int]:
    tags = [node.tag for node in parse(html).walk()]
    return {tag: tags.count(tag) for tag in COUNTED}
