"""A working copy as a Word document: real styles, lists, header rows, footnotes, and controls to fill blanks in."""

from collections.abc import Iterator
from io import BytesIO
from typing import Any

from docx import Document
from docx.oxml.ns import qn
from lxml import html

from signoff.domain.working import WorkingCopy
from signoff.export import word
from signoff.export.footnotes import Footnotes

LAYOUT = "1"  # raise it when something else is written from the same copy: older files are kept under it
HEADINGS = {"h1": "Title", "h2": "Heading1", "h3": "Heading2", "h4": "Heading3", "h5": "Heading4", "h6": "Heading5"}
CLASSES = {"hint": "Hint", "subtitle": "Subtitle", "lead": "Subtitle", "mono": "Hint"}
HELD_BY_PARAGRAPHS = ("p", "ul", "ol", "table", "blockquote", "div", "section", *HEADINGS)


def as_word(copy: WorkingCopy) -> bytes:
    """The bytes of the DOCX. ``copy.body`` is HTML as it is printed."""
    return Sheet(copy).bytes()


class Sheet:
    """One document while it is written."""

    def __init__(self, copy: WorkingCopy) -> None:
        self.document = Document()
        self.body = self.document.element.body
        self.end = self.body.sectPr  # everything stands before it
        word.prepare(self.document, copy)
        self.root = html.fragment_fromstring(copy.body, create_parent="div")
        self.footnotes = Footnotes(self.root)
        self.blocks(self.root)
        self.footnotes.attach(self.document)

    def bytes(self) -> bytes:
        written = BytesIO()
        self.document.save(written)
        return written.getvalue()

    def blocks(self, parent: Any, style: str = "Normal", depth: int = 0) -> None:
        """The children of ``parent`` one after the other."""
        for element in parent:
            if element.tag in HEADINGS:
                self.paragraph(element, HEADINGS[element.tag])
            elif element.tag in ("ul", "ol"):
                self.items(element, depth)
            elif element.tag == "table":
                self.table(element)
            elif element.tag == "blockquote":
                self.blocks(element, "Quote", depth)
            elif element.tag in ("div", "section"):
                self.blocks(element, style, depth)
            elif isinstance(element.tag, str):
                self.paragraph(element, CLASSES.get(element.get("class", ""), style))

    def paragraph(self, element: Any, style: str, into: Any = None) -> Any:
        made = word.paragraph(style)
        word.extend(made, self.inline(element))
        if into is None:
            self.end.addprevious(made)
        else:
            into.append(made)
        return made

    def items(self, parent: Any, depth: int) -> None:
        """A list; each numbered one begins at 1."""
        name = "ListNumber" if parent.tag == "ol" else "ListBullet"
        style = name + (str(depth + 1) if depth else "") if depth < 3 else f"{name}3"
        number = word.restarted(self.document, style) if parent.tag == "ol" else None
        for item in parent:
            made = word.paragraph(style)
            if number is not None:
                word.number(made, number)
            self.end.addprevious(made)
            first = True
            word.extend(made, self.inline(item))
            for inner in [each for each in item if each.tag in HELD_BY_PARAGRAPHS]:
                if inner.tag == "p" and first and not made.findall(qn("w:r")):
                    word.extend(made, self.inline(inner))
                elif inner.tag in ("ul", "ol"):
                    self.items(inner, depth + 1)
                else:
                    self.paragraph(inner, "ListContinue")
                first = False

    def table(self, element: Any) -> None:
        """A table with its header row repeated on every page; a row's header cell is bold."""
        rows = list(element.iter("tr"))
        columns = max(len(row) for row in rows)
        made = word.table(columns, headed=all(cell.tag == "th" for cell in rows[0]))
        for at, row in enumerate(rows):
            heads = at == 0 and all(cell.tag == "th" for cell in row)
            into = word.row(made, repeated=heads)
            for column, cell in enumerate([*row, *[None] * (columns - len(row))]):
                paragraph = word.paragraph("TableText")
                if cell is not None:
                    word.extend(paragraph, self.inline(cell, bold=cell.tag == "th"))
                word.cell(into, column, paragraph)
        self.end.addprevious(made)
        self.end.addprevious(word.paragraph("TableText"))  # two tables in a row would become one

    def inline(self, element: Any, bold: bool = False, italic: bool = False) -> Iterator[Any]:
        """The runs of ``element``; what needs a paragraph of its own is left to the caller."""
        yield from word.text(element.text, bold, italic)
        for child in element:
            if child.tag not in HELD_BY_PARAGRAPHS:
                yield from self.piece(child, bold, italic)
            yield from word.text(child.tail, bold, italic)

    def piece(self, child: Any, bold: bool, italic: bool) -> Iterator[Any]:
        kind = child.get("class", "")
        if child.tag == "br":
            yield word.line_break()
        elif kind == "blank":
            yield word.blank(child.text_content())
        elif kind == "box":
            yield from word.text("\u2610\u00a0", False, False)
        elif child.tag == "sup" and (note := self.footnotes.called(child)):
            yield word.reference(note)
        elif child.tag == "a" and child.get("href", "").startswith(("http:", "https:", "mailto:")):
            runs = list(self.inline(child, bold, italic))
            yield word.hyperlink(self.document.part, child.get("href"), runs)
        else:
            yield from self.inline(
                child, bold or child.tag in ("strong", "b"), italic or child.tag in ("em", "i", "cite")
            )
