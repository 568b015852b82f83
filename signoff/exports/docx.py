"""A working copy as a Word document: real styles, lists, header rows, footnotes, and controls to fill blanks in."""

from collections.abc import Iterable, Iterator
from io import BytesIO
from typing import Any

from docx import Document
from docx.enum.style import WD_STYLE_TYPE
from docx.opc.constants import CONTENT_TYPE, RELATIONSHIP_TYPE
from docx.opc.packuri import PackURI
from docx.opc.part import Part
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt, RGBColor
from lxml import etree, html

from signoff.domain.documents import WorkingCopy
from signoff.i18n.catalogue import get_catalogue
from signoff.i18n.catalogue import gettext_noop as _

# The pieces of a Word document (ECMA-376): paragraphs, runs, content controls, lists, tables, styles.

FONT = "Arial"
LANGUAGE_TAG = _("de-DE")  # RFC 5646, with the region whose spelling the texts follow
TEXT_WIDTH = Mm(165)  # of the text on the page
FONT_SIZES = {
    "Title": 20,
    "Subtitle": 12,
    "Heading 1": 14,
    "Heading 2": 12,
    "Heading 3": 11,
    "Heading 4": 11,
    "Heading 5": 11,
}
BLACK, GREY = RGBColor(0x13, 0x15, 0x25), RGBColor(0x51, 0x57, 0x7A)


def prepare_document(document: Any, copy: WorkingCopy) -> None:
    """Page, styles, language, metadata, and what stands at head and foot of every page."""
    section = document.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.left_margin, section.right_margin = Mm(25), Mm(20)
    section.top_margin, section.bottom_margin = Mm(25), Mm(20)
    facts = document.core_properties
    facts.title, facts.author, facts.subject = copy.title, copy.association.name, copy.mark
    facts.comments, facts.keywords, facts.language = (
        "",
        "",
        get_catalogue(copy.language).gettext(LANGUAGE_TAG),
    )
    facts.created = facts.modified = copy.created
    facts.last_modified_by, facts.revision = copy.association.name, 1
    define_styles(document, facts.language)
    section.header.paragraphs[0].text = copy.mark
    foot = section.footer.paragraphs[0]
    page, of = (
        get_catalogue(copy.language).gettext("Seite"),
        get_catalogue(copy.language).gettext("von"),
    )
    append_all(
        foot._p,
        [
            *build_text_runs(f"{copy.foot} · {page} "),
            *build_field("PAGE"),
            *build_text_runs(f" {of} "),
            *build_field("NUMPAGES"),
        ],
    )


def define_styles(document: Any, language: str) -> None:
    """Black on white in one font that every office has; headings stay headings."""
    for fonts in document.styles.element.iter(qn("w:rFonts")):
        for name in list(fonts.attrib):
            del fonts.attrib[name]
        for name in ("ascii", "hAnsi", "cs", "eastAsia"):
            fonts.set(qn(f"w:{name}"), FONT)
    for each in document.styles.element.iter(qn("w:lang")):
        each.set(qn("w:val"), language)
    for name, size in FONT_SIZES.items():
        style = document.styles[name]
        style.font.size, style.font.color.rgb, style.font.italic = Pt(size), BLACK, False
        style.font.bold = name != "Subtitle"
    for spacing in document.styles["Subtitle"].element.iter(qn("w:spacing")):
        spacing.attrib.pop(qn("w:val"), None)  # letters drawn apart
    border = document.styles["Title"].element.find(f".//{qn('w:pBdr')}")
    if border is not None:
        border.getparent().remove(border)
    document.styles["Normal"].paragraph_format.space_after = Pt(6)
    add_paragraph_style(document, "Hint", 9, GREY)
    add_paragraph_style(document, "Table Text", 10, BLACK).paragraph_format.space_after = Pt(2)
    add_paragraph_style(document, "Footnote Text", 9, BLACK)
    for name in ("Footnote Reference", "Placeholder Text", "Hyperlink"):
        document.styles.add_style(name, WD_STYLE_TYPE.CHARACTER, builtin=True)
    document.styles["Footnote Reference"].font.superscript = True
    document.styles["Placeholder Text"].font.color.rgb = GREY
    document.styles["Hyperlink"].font.underline = True


def add_paragraph_style(document: Any, name: str, size: int, color: RGBColor) -> Any:
    style = document.styles.add_style(
        name, WD_STYLE_TYPE.PARAGRAPH, builtin=name.startswith("Footnote")
    )
    style.base_style = document.styles["Normal"]
    style.font.size, style.font.color.rgb = Pt(size), color
    return style


def build_element(tag: str, **attributes: str) -> Any:
    made = OxmlElement(f"w:{tag}")
    for name, value in attributes.items():
        made.set(qn(f"w:{name}"), value)
    return made


def wrap_in(tag: str, *children: Any, **attributes: str) -> Any:
    made = build_element(tag, **attributes)
    made.extend(children)
    return made


def append_all(parent: Any, children: Iterable[Any]) -> None:
    for child in children:
        parent.append(child)


def build_paragraph(style: str) -> Any:
    return wrap_in("p", wrap_in("pPr", build_element("pStyle", val=style)))


def build_text_runs(content: str | None, bold: bool = False, italic: bool = False) -> Iterator[Any]:
    """One run; white space is one space, as in HTML."""
    if not content:
        return
    before, after = " " * content[0].isspace(), " " * content[-1].isspace()
    joined = before + " ".join(content.split(" ")).strip().replace("\n", " ") + after
    if "\n" in content and not content.strip():
        return
    run = build_element("r")
    if bold or italic:
        run.append(wrap_in("rPr", *[build_element("b")] * bold, *[build_element("i")] * italic))
    run.append(build_text(joined if content.strip() else " "))
    yield run


def build_text(content: str) -> Any:
    made = build_element("t")
    made.text = content
    made.set("{http://www.w3.org/XML/1998/namespace}space", "preserve")
    return made


def build_line_break() -> Any:
    return wrap_in("r", build_element("br"))


def build_content_control(words: str) -> Any:
    """A content control that shows what belongs into it until somebody types."""
    properties = wrap_in(
        "sdtPr",
        build_element("alias", val=words[:64]),
        build_element("tag", val="blank"),
        build_element("showingPlcHdr"),
        build_element("text"),
    )
    look = wrap_in(
        "rPr",
        build_element("rStyle", val="PlaceholderText"),
        build_element("shd", val="clear", color="auto", fill="E4E7F2"),
    )
    return wrap_in(
        "sdt", properties, wrap_in("sdtContent", wrap_in("r", look, build_text(f"[{words}]")))
    )


def build_footnote_reference(number: int) -> Any:
    look = wrap_in("rPr", build_element("rStyle", val="FootnoteReference"))
    return wrap_in("r", look, build_element("footnoteReference", id=str(number)))


def build_hyperlink(part: Any, address: str, runs: Iterable[Any]) -> Any:
    made = build_element("hyperlink")
    made.set(qn("r:id"), part.relate_to(address, RELATIONSHIP_TYPE.HYPERLINK, is_external=True))
    for run in runs:
        if run.find(qn("w:rPr")) is None:
            run.insert(0, wrap_in("rPr", build_element("rStyle", val="Hyperlink")))
        made.append(run)
    return made


def build_field(name: str) -> Iterator[Any]:
    """A field that Word computes: the number of this page, of all pages."""
    instruction = build_element("instrText")
    instruction.text = name
    for inner in (
        build_element("fldChar", fldCharType="begin"),
        instruction,
        build_element("fldChar", fldCharType="end"),
    ):
        yield wrap_in("r", inner)


def restart_numbering(document: Any, style: str) -> int:
    """A numbering of its own for one list, so that it begins at 1."""
    numbering = document.part.numbering_part.element
    own = document.styles.element.find(
        f".//{qn('w:style')}[@{qn('w:styleId')}='{style}']//{qn('w:numId')}"
    )
    (abstract,) = (
        each.abstractNumId.val
        for each in numbering.num_lst
        if each.numId == int(own.get(qn("w:val")))
    )
    made = numbering.add_num(abstract)
    made.add_lvlOverride(ilvl=0).add_startOverride(1)
    return int(made.numId)


def set_numbering(made: Any, id: int) -> None:
    made.find(qn("w:pPr")).append(
        wrap_in("numPr", build_element("ilvl", val="0"), build_element("numId", val=str(id)))
    )


def build_table(columns: int, *, headed: bool) -> Any:
    """An empty table across the page; ``headed`` tells readers aloud that its first row names the columns.

    Without such a row the first column names the rows; it is narrower than the others.
    """
    shares = [1] * columns if headed or columns == 1 else [1, *[2] * (columns - 1)]
    widths = [str(int(TEXT_WIDTH.twips * share / sum(shares))) for share in shares]
    look = build_element(
        "tblLook",
        val="0420" if headed else "0480",
        firstRow=str(int(headed)),
        firstColumn=str(int(not headed)),
    )
    properties = wrap_in(
        "tblPr",
        build_element("tblStyle", val="TableGrid"),
        build_element("tblW", w="5000", type="pct"),
        look,
    )
    properties.insert(2, build_element("tblLayout", type="fixed"))
    return wrap_in(
        "tbl",
        properties,
        wrap_in("tblGrid", *[build_element("gridCol", w=width) for width in widths]),
    )


def add_cell(into: Any, at: int, paragraph: Any) -> None:
    """One more cell, as wide as the ``at``-th column of ``into``'s table."""
    width = into.getparent().find(qn("w:tblGrid"))[at].get(qn("w:w"))
    into.append(
        wrap_in("tc", wrap_in("tcPr", build_element("tcW", w=width, type="dxa")), paragraph)
    )


def add_row(into: Any, *, repeated: bool) -> Any:
    properties = wrap_in(
        "trPr", build_element("cantSplit"), *[build_element("tblHeader")] * repeated
    )
    made = wrap_in("tr", properties)
    into.append(made)
    return made


# Footnotes of a text as real footnotes of Word, which python-docx does not make itself.

FOOTNOTE_SEPARATORS = (
    "separator",
    "continuationSeparator",
)  # Word wants both, with the numbers -1 and 0


class Footnotes:
    """The notes of ``root``: taken out of its section ``footnotes``, to be called where the text calls them."""

    def __init__(self, root: Any) -> None:
        self.notes: dict[str, Any] = {}
        self.numbers: dict[str, int] = {}
        for section in root.xpath("//section[contains(@class, 'footnotes')]"):
            self.notes |= {item.get("id"): item for item in section.iter("li")}
            section.drop_tree()

    def called(self, sup: Any) -> int | None:
        """The number of the note that ``sup`` calls; ``None`` where it calls none."""
        for link in sup.iter("a"):
            name = link.get("href", "")[1:]
            if name in self.notes:
                return self.numbers.setdefault(name, len(self.numbers) + 1)
        return None

    def attach(self, document: Any) -> None:
        """Lay the notes that were called into the package."""
        if not self.numbers:
            return
        root = build_element("footnotes")
        for number, kind in enumerate(FOOTNOTE_SEPARATORS, -1):
            root.append(
                wrap_in(
                    "footnote",
                    wrap_in("p", wrap_in("r", build_element(kind))),
                    type=kind,
                    id=str(number),
                )
            )
        for name, number in self.numbers.items():
            root.append(wrap_in("footnote", self.note(name), id=str(number)))
        content = etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True)
        uri, package = PackURI("/word/footnotes.xml"), document.part.package
        document.part.relate_to(
            Part(uri, CONTENT_TYPE.WML_FOOTNOTES, content, package), RELATIONSHIP_TYPE.FOOTNOTES
        )

    def note(self, name: str) -> Any:
        made = build_paragraph("FootnoteText")
        sign = wrap_in("rPr", build_element("rStyle", val="FootnoteReference"))
        words = " ".join(self.notes[name].text_content().replace("\u21a9", "").split())
        append_all(
            made, [wrap_in("r", sign, build_element("footnoteRef")), *build_text_runs(f" {words}")]
        )
        return made


LAYOUT_VERSION = (
    "1"  # raise it when something else is written from the same copy: older files are kept under it
)
HEADING_STYLES = {
    "h1": "Title",
    "h2": "Heading1",
    "h3": "Heading2",
    "h4": "Heading3",
    "h5": "Heading4",
    "h6": "Heading5",
}
CLASS_STYLES = {"hint": "Hint", "subtitle": "Subtitle", "lead": "Subtitle", "mono": "Hint"}
BLOCK_TAGS = ("p", "ul", "ol", "table", "blockquote", "div", "section", *HEADING_STYLES)


def build_docx(copy: WorkingCopy) -> bytes:
    """The bytes of the DOCX. ``copy.body`` is HTML as it is printed."""
    return DocxBuilder(copy).bytes()


class DocxBuilder:
    """One document while it is written."""

    def __init__(self, copy: WorkingCopy) -> None:
        self.document = Document()
        self.body = self.document.element.body
        self.end = self.body.sectPr  # everything stands before it
        prepare_document(self.document, copy)
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
            if element.tag in HEADING_STYLES:
                self.paragraph(element, HEADING_STYLES[element.tag])
            elif element.tag in ("ul", "ol"):
                self.items(element, depth)
            elif element.tag == "table":
                self.table(element)
            elif element.tag == "blockquote":
                self.blocks(element, "Quote", depth)
            elif element.tag in ("div", "section"):
                self.blocks(element, style, depth)
            elif isinstance(element.tag, str):
                self.paragraph(element, CLASS_STYLES.get(element.get("class", ""), style))

    def paragraph(self, element: Any, style: str, into: Any = None) -> Any:
        made = build_paragraph(style)
        append_all(made, self.inline(element))
        if into is None:
            self.end.addprevious(made)
        else:
            into.append(made)
        return made

    def items(self, parent: Any, depth: int) -> None:
        """A list; each numbered one begins at 1."""
        name = "ListNumber" if parent.tag == "ol" else "ListBullet"
        style = name + (str(depth + 1) if depth else "") if depth < 3 else f"{name}3"
        number = restart_numbering(self.document, style) if parent.tag == "ol" else None
        for item in parent:
            made = build_paragraph(style)
            if number is not None:
                set_numbering(made, number)
            self.end.addprevious(made)
            first = True
            append_all(made, self.inline(item))
            for inner in [each for each in item if each.tag in BLOCK_TAGS]:
                if inner.tag == "p" and first and not made.findall(qn("w:r")):
                    append_all(made, self.inline(inner))
                elif inner.tag in ("ul", "ol"):
                    self.items(inner, depth + 1)
                else:
                    self.paragraph(inner, "ListContinue")
                first = False

    def table(self, element: Any) -> None:
        """A table with its header row repeated on every page; a row's header cell is bold."""
        rows = list(element.iter("tr"))
        columns = max(len(row) for row in rows)
        made = build_table(columns, headed=all(cell.tag == "th" for cell in rows[0]))
        for at, row in enumerate(rows):
            heads = at == 0 and all(cell.tag == "th" for cell in row)
            into = add_row(made, repeated=heads)
            for column, cell in enumerate([*row, *[None] * (columns - len(row))]):
                paragraph = build_paragraph("TableText")
                if cell is not None:
                    append_all(paragraph, self.inline(cell, bold=cell.tag == "th"))
                add_cell(into, column, paragraph)
        self.end.addprevious(made)
        self.end.addprevious(build_paragraph("TableText"))  # two tables in a row would become one

    def inline(self, element: Any, bold: bool = False, italic: bool = False) -> Iterator[Any]:
        """The runs of ``element``; what needs a paragraph of its own is left to the caller."""
        yield from build_text_runs(element.text, bold, italic)
        for child in element:
            if child.tag not in BLOCK_TAGS:
                yield from self.piece(child, bold, italic)
            yield from build_text_runs(child.tail, bold, italic)

    def piece(self, child: Any, bold: bool, italic: bool) -> Iterator[Any]:
        kind = child.get("class", "")
        if child.tag == "br":
            yield build_line_break()
        elif kind == "blank":
            yield build_content_control(child.text_content())
        elif kind == "box":
            yield from build_text_runs("\u2610\u00a0", False, False)
        elif child.tag == "sup" and (note := self.footnotes.called(child)):
            yield build_footnote_reference(note)
        elif child.tag == "a" and child.get("href", "").startswith(("http:", "https:", "mailto:")):
            runs = list(self.inline(child, bold, italic))
            yield build_hyperlink(self.document.part, child.get("href"), runs)
        else:
            yield from self.inline(
                child,
                bold or child.tag in ("strong", "b"),
                italic or child.tag in ("em", "i", "cite"),
            )
