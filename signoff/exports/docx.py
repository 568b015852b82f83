"""Write a working copy as a Word document, with styles, lists, footnotes and content controls."""

from base64 import b64decode
from collections.abc import Iterable, Iterator
from functools import lru_cache
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
from signoff.i18n.catalogue import LANGUAGES, get_catalogue
from signoff.i18n.catalogue import gettext_noop as _

# Elements of a Word document (ECMA-376).

FONT = "Arial"
LANGUAGE_TAG = _("de-DE")  # RFC 5646, with the region whose spelling the texts follow
TEXT_WIDTH = Mm(165)  # of the text on the page
MAX_PICTURE_HEIGHT = Mm(180)
FONT_SIZES = {
    "Title": 20,
    "Subtitle": 12,
    "Heading 1": 14,
    "Heading 2": 12,
    "Heading 3": 11,
    "Heading 4": 11,
    "Heading 5": 11,
}
TABLE_STYLES = ("Normal Table", "Table Grid")
UNUSED_PARTS = ("stylesWithEffects", "thumbnail", "customXml")
BLACK, GREY = RGBColor(0x13, 0x15, 0x25), RGBColor(0x51, 0x57, 0x7A)


def prepare_document(document: Any, copy: WorkingCopy, language: str) -> None:
    """Set page size, language, metadata, header and footer."""
    section = document.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.left_margin, section.right_margin = Mm(25), Mm(20)
    section.top_margin, section.bottom_margin = Mm(25), Mm(20)
    properties = document.core_properties
    properties.title, properties.author, properties.subject = (
        copy.title,
        copy.association.name,
        copy.mark,
    )
    properties.comments, properties.keywords, properties.language = (
        "",
        "",
        language,
    )
    properties.created = properties.modified = copy.created
    properties.last_modified_by, properties.revision = copy.association.name, 1
    section.header.paragraphs[0].text = copy.mark
    footer_paragraph = section.footer.paragraphs[0]
    page_label = get_catalogue(copy.language).gettext("Seite")
    of_label = get_catalogue(copy.language).gettext("von")
    append_all(
        footer_paragraph._p,
        [
            *build_text_runs(f"{copy.foot} · {page_label} "),
            *build_field("PAGE"),
            *build_text_runs(f" {of_label} "),
            *build_field("NUMPAGES"),
        ],
    )


@lru_cache(maxsize=8)
def build_empty_document(language: str) -> bytes:
    """A document with the styles alone; defining them takes longer than writing a short text."""
    document, output = Document(), BytesIO()
    remove_unused_parts(document)
    define_styles(document, language)
    document.save(output)
    return output.getvalue()


def remove_unused_parts(document: Any) -> None:
    """Nine tenths of python-docx's template are two copies of table designs and a thumbnail."""
    for source in (document.part.package, document.part):
        for key, relationship in list(source.rels.items()):
            if relationship.reltype.rpartition("/")[2] in UNUSED_PARTS:
                del source.rels[key]
    for style in list(document.styles):
        if style.type is WD_STYLE_TYPE.TABLE and style.name not in TABLE_STYLES:
            style.delete()


def define_styles(document: Any, language: str) -> None:
    """Define styles in black, in a font that every office has."""
    for fonts in document.styles.element.iter(qn("w:rFonts")):
        for name in list(fonts.attrib):
            del fonts.attrib[name]
        for name in ("ascii", "hAnsi", "cs", "eastAsia"):
            fonts.set(qn(f"w:{name}"), FONT)
    for lang in document.styles.element.iter(qn("w:lang")):
        lang.set(qn("w:val"), language)
    for name, size in FONT_SIZES.items():
        style = document.styles[name]
        style.font.size, style.font.color.rgb, style.font.italic = Pt(size), BLACK, False
        style.font.bold = name != "Subtitle"
    letter_spacing = document.styles["Subtitle"].element.rPr.find(qn("w:spacing"))
    border = document.styles["Title"].element.pPr.find(qn("w:pBdr"))
    for element in (letter_spacing, border):
        element.getparent().remove(element)
    document.settings.element.find(qn("w:zoom")).set(qn("w:percent"), "100")  # it is required
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
    element = OxmlElement(f"w:{tag}")
    for name, value in attributes.items():
        element.set(qn(f"w:{name}"), value)
    return element


def wrap_in(tag: str, *children: Any, **attributes: str) -> Any:
    element = build_element(tag, **attributes)
    element.extend(children)
    return element


def append_all(parent: Any, children: Iterable[Any]) -> None:
    for child in children:
        parent.append(child)


def build_paragraph(style: str) -> Any:
    return wrap_in("p", wrap_in("pPr", build_element("pStyle", val=style)))


def build_text_runs(content: str | None, bold: bool = False, italic: bool = False) -> Iterator[Any]:
    """A run with collapsed white space, as in HTML; none for line breaks between elements."""
    if not content:
        return
    before, after = " " * content[0].isspace(), " " * content[-1].isspace()
    collapsed = before + " ".join(content.split(" ")).strip().replace("\n", " ") + after
    if "\n" in content and not content.strip():
        return
    run = build_element("r")
    if bold or italic:
        run.append(wrap_in("rPr", *[build_element("b")] * bold, *[build_element("i")] * italic))
    run.append(build_text(collapsed if content.strip() else " "))
    yield run


def set_language(runs: Iterable[Any], language: str) -> Iterator[Any]:
    """The runs marked for spelling and speech, unless they have a language of their own."""
    tag = get_catalogue(language).gettext(LANGUAGE_TAG) if language in LANGUAGES else language
    for run in runs:
        if run.tag == qn("w:r") and run.find(f".//{qn('w:lang')}") is None:
            if run.find(qn("w:rPr")) is None:
                run.insert(0, build_element("rPr"))
            run.find(qn("w:rPr")).append(build_element("lang", val=tag))
        yield run


def build_text(content: str) -> Any:
    element = build_element("t")
    element.text = content
    element.set("{http://www.w3.org/XML/1998/namespace}space", "preserve")
    return element


def build_line_break() -> Any:
    return wrap_in("r", build_element("br"))


def build_content_control(placeholder: str) -> Any:
    """A content control with a placeholder text.

    It is one for formatted text: LibreOffice shows a plain text one without its shading.
    """
    properties = wrap_in(
        "sdtPr",
        build_element("alias", val=placeholder[:64]),
        build_element("tag", val="blank"),
        build_element("showingPlcHdr"),
    )
    run_properties = wrap_in(
        "rPr",
        build_element("rStyle", val="PlaceholderText"),
        build_element("shd", val="clear", color="auto", fill="E4E7F2"),
    )
    return wrap_in(
        "sdt",
        properties,
        wrap_in("sdtContent", wrap_in("r", run_properties, build_text(f"[{placeholder}]"))),
    )


def build_footnote_reference(number: int) -> Any:
    run_properties = wrap_in("rPr", build_element("rStyle", val="FootnoteReference"))
    return wrap_in("r", run_properties, build_element("footnoteReference", id=str(number)))


def build_hyperlink(part: Any, address: str, runs: Iterable[Any]) -> Any:
    element = build_element("hyperlink")
    element.set(qn("r:id"), part.relate_to(address, RELATIONSHIP_TYPE.HYPERLINK, is_external=True))
    for run in runs:
        if run.find(qn("w:rPr")) is None:
            run.insert(0, wrap_in("rPr", build_element("rStyle", val="Hyperlink")))
        element.append(run)
    return element


def build_field(name: str) -> Iterator[Any]:
    """A field computed by Word, such as ``PAGE`` or ``NUMPAGES``."""
    instruction = build_element("instrText")
    instruction.text = name
    for inner in (
        build_element("fldChar", fldCharType="begin"),
        instruction,
        build_element("fldChar", fldCharType="end"),
    ):
        yield wrap_in("r", inner)


def restart_numbering(document: Any, style: str, start: int) -> int:
    """Add a numbering that begins at ``start``, for one list; returns its id."""
    numbering = document.part.numbering_part.element
    numbering_id = document.styles.element.find(
        f".//{qn('w:style')}[@{qn('w:styleId')}='{style}']//{qn('w:numId')}"
    )
    (abstract,) = (
        item.abstractNumId.val
        for item in numbering.num_lst
        if item.numId == int(numbering_id.get(qn("w:val")))
    )
    added = numbering.add_num(abstract)
    added.add_lvlOverride(ilvl=0).add_startOverride(start)
    return int(added.numId)


def set_numbering(paragraph: Any, number: int) -> None:
    paragraph.find(qn("w:pPr")).append(
        wrap_in("numPr", build_element("ilvl", val="0"), build_element("numId", val=str(number)))
    )


def set_hanging_indent(paragraph: Any, depth: int, characters: int) -> None:
    """Indent all lines but the first by the width of a label and a tab."""
    hanging = Mm(3 + 2 * characters).twips
    left = Mm(6 * depth).twips + hanging
    paragraph.find(qn("w:pPr")).append(build_element("ind", left=str(left), hanging=str(hanging)))


def build_tab() -> Any:
    return wrap_in("r", build_element("tab"))


def build_table(columns: int, *, headed: bool) -> Any:
    """An empty table across the page. ``headed`` marks the first row as header for screen readers.

    Otherwise the first column is the header; it is narrower than the others.
    """
    shares = [1] * columns if headed or columns == 1 else [1, *[2] * (columns - 1)]
    widths = [str(int(TEXT_WIDTH.twips * share / sum(shares))) for share in shares]
    table_look = build_element(
        "tblLook",
        val="0420" if headed else "0480",
        firstRow=str(int(headed)),
        firstColumn=str(int(not headed)),
    )
    properties = wrap_in(
        "tblPr",
        build_element("tblStyle", val="TableGrid"),
        build_element("tblW", w="5000", type="pct"),
        table_look,
    )
    properties.insert(2, build_element("tblLayout", type="fixed"))
    return wrap_in(
        "tbl",
        properties,
        wrap_in("tblGrid", *[build_element("gridCol", w=width) for width in widths]),
    )


def add_cell(row: Any, column: int, paragraph: Any, width: int = 1, merge: str = "") -> None:
    """Append a cell to ``row``, as wide as ``width`` columns of the table.

    ``merge`` is ``restart`` for the first of cells merged in a column, ``continue`` for the others.
    """
    grid = row.getparent().find(qn("w:tblGrid"))[column : column + width]
    size = sum(int(item.get(qn("w:w"))) for item in grid)
    properties = wrap_in("tcPr", build_element("tcW", w=str(size), type="dxa"))
    if width > 1:
        properties.append(build_element("gridSpan", val=str(width)))
    if merge:
        properties.append(build_element("vMerge", val=merge))
    row.append(wrap_in("tc", properties, paragraph))


def add_row(table: Any, *, repeated: bool) -> Any:
    properties = wrap_in(
        "trPr", build_element("cantSplit"), *[build_element("tblHeader")] * repeated
    )
    row = wrap_in("tr", properties)
    table.append(row)
    return row


# Footnotes, which python-docx does not support.

# Word requires both, with the numbers -1 and 0.
FOOTNOTE_SEPARATORS = ("separator", "continuationSeparator")


class Footnotes:
    """The notes of ``root``, removed from its section ``footnotes`` and numbered as referenced."""

    def __init__(self, root: Any) -> None:
        self.notes: dict[str, Any] = {}
        self.numbers: dict[str, int] = {}
        for section in root.xpath("//section[contains(@class, 'footnotes')]"):
            self.notes |= {item.get("id"): item for item in section.iter("li")}
            section.drop_tree()

    def find_number(self, sup: Any) -> int | None:
        """The number of the note that ``sup`` refers to, if any."""
        for link in sup.iter("a"):
            name = link.get("href", "")[1:]
            if name in self.notes:
                return self.numbers.setdefault(name, len(self.numbers) + 1)
        return None

    def attach(self, document: Any) -> None:
        """Add the referenced notes to the package."""
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
            root.append(wrap_in("footnote", self.build_note(name), id=str(number)))
        content = etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True)
        uri, package = PackURI("/word/footnotes.xml"), document.part.package
        document.part.relate_to(
            Part(uri, CONTENT_TYPE.WML_FOOTNOTES, content, package), RELATIONSHIP_TYPE.FOOTNOTES
        )

    def build_note(self, name: str) -> Any:
        paragraph = build_paragraph("FootnoteText")
        mark_properties = wrap_in("rPr", build_element("rStyle", val="FootnoteReference"))
        text = " ".join(self.notes[name].text_content().replace("\u21a9", "").split())
        append_all(
            paragraph,
            [
                wrap_in("r", mark_properties, build_element("footnoteRef")),
                *build_text_runs(f" {text}"),
            ],
        )
        return paragraph


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
    return DocxBuilder(copy).to_bytes()


class DocxBuilder:
    """Builds one document from the HTML of a working copy."""

    def __init__(self, copy: WorkingCopy) -> None:
        language = get_catalogue(copy.language).gettext(LANGUAGE_TAG)
        self.document = Document(BytesIO(build_empty_document(language)))
        self.body = self.document.element.body
        self.end = self.body.sectPr  # everything is inserted before it
        prepare_document(self.document, copy, language)
        self.pictures = dict(copy.pictures)
        self.root = html.fragment_fromstring(copy.body, create_parent="div")
        self.footnotes = Footnotes(self.root)
        self.add_blocks(self.root)
        self.footnotes.attach(self.document)

    def to_bytes(self) -> bytes:
        output = BytesIO()
        self.document.save(output)
        return output.getvalue()

    def add_blocks(self, parent: Any, style: str = "Normal", depth: int = 0) -> None:
        """Add the children of ``parent`` as blocks."""
        for element in parent:
            if element.tag in HEADING_STYLES:
                self.add_paragraph(element, HEADING_STYLES[element.tag])
            elif element.tag in ("ul", "ol"):
                self.add_list(element, depth)
            elif element.tag == "table":
                self.add_table(element)
            elif element.tag == "blockquote":
                self.add_blocks(element, "Quote", depth)
            elif element.tag in ("div", "section"):
                self.add_blocks(element, style, depth)
            elif isinstance(element.tag, str):
                self.add_paragraph(element, CLASS_STYLES.get(element.get("class", ""), style))

    def add_paragraph(self, element: Any, style: str) -> None:
        paragraph = build_paragraph(style)
        append_all(paragraph, self.build_runs(element))
        self.end.addprevious(paragraph)

    def add_list(self, parent: Any, depth: int) -> None:
        """Add a list with its numbers; labels such as ``b)`` are text before a tab."""
        is_labelled = parent.get("class") == "labelled"
        name = "List" if is_labelled else "ListNumber" if parent.tag == "ol" else "ListBullet"
        style = name + (str(min(depth, 2) + 1) if depth else "")
        start = int(parent.get("start", "1"))
        number = restart_numbering(self.document, style, start) if parent.tag == "ol" else None
        indent = max((len(item[0].text) for item in parent), default=0) if is_labelled else 0
        for item in parent:
            paragraph = build_paragraph(style)
            if number is not None:
                set_numbering(paragraph, number)
            if is_labelled:
                set_hanging_indent(paragraph, depth, indent)
                append_all(paragraph, [*build_text_runs(item[0].text), build_tab()])
                item[0].drop_tree()
                item.text = (item.text or "").lstrip()
            self.end.addprevious(paragraph)
            first = True
            append_all(paragraph, self.build_runs(item))
            for block in [child for child in item if child.tag in BLOCK_TAGS]:
                if block.tag == "p" and first and not paragraph.findall(qn("w:r")):
                    append_all(paragraph, self.build_runs(block))
                elif block.tag in ("ul", "ol"):
                    self.add_list(block, depth + 1)
                else:
                    self.add_paragraph(block, "ListContinue")
                first = False

    def add_table(self, element: Any) -> None:
        """Add a table. Its header row is repeated on every page; header cells are bold."""
        rows = list(element.iter("tr"))
        columns = max(sum(int(cell.get("colspan", "1")) for cell in row) for row in rows)
        table = build_table(columns, headed=all(cell.tag == "th" for cell in rows[0]))
        covering: dict[int, tuple[int, int]] = {}  # by column: width and height of what is above
        for number, row in enumerate(rows):
            is_header = number == 0 and all(cell.tag == "th" for cell in row)
            table_row = add_row(table, repeated=is_header)
            cells, column = list(row), 0
            while column < columns:
                paragraph = build_paragraph("TableText")
                width, height = covering.pop(column, (0, 0))
                merge = "continue" if height else ""
                if not height and cells:
                    cell = cells.pop(0)
                    width, height = (int(cell.get(f"{name}span", "1")) for name in ("col", "row"))
                    merge = "restart" if height > 1 else ""
                    if align := cell.get("align"):
                        paragraph[0].append(build_element("jc", val=align))
                    append_all(paragraph, self.build_runs(cell, bold=cell.tag == "th"))
                add_cell(table_row, column, paragraph, width=width or 1, merge=merge)
                if height > 1:
                    covering[column] = width, height - 1
                column += width or 1
        self.end.addprevious(table)
        self.end.addprevious(build_paragraph("TableText"))  # consecutive tables would merge

    def build_runs(self, element: Any, bold: bool = False, italic: bool = False) -> Iterator[Any]:
        """The runs of ``element``, without nested blocks, which are left to the caller."""
        runs = self.iter_runs(element, bold, italic)
        return set_language(runs, element.get("lang")) if element.get("lang") else runs

    def iter_runs(self, element: Any, bold: bool, italic: bool) -> Iterator[Any]:
        yield from build_text_runs(element.text, bold, italic)
        for child in element:
            if child.tag not in BLOCK_TAGS:
                yield from self.build_inline(child, bold, italic)
            yield from build_text_runs(child.tail, bold, italic)

    def build_picture(self, child: Any) -> Any:
        """A picture with its description, as large as printed and as wide as the text at most."""
        content = BytesIO(b64decode(self.pictures[child.get("src")]))
        _, image = self.document.part.get_or_add_image(content)
        scale = min(1, TEXT_WIDTH / image.width, MAX_PICTURE_HEIGHT / image.height)
        width, height = (int(size * scale) for size in (image.width, image.height))
        inline = self.document.part.new_pic_inline(content, width, height)
        inline.docPr.set("descr", child.get("alt", ""))
        return wrap_in("r", wrap_in("drawing", inline))

    def build_inline(self, child: Any, bold: bool, italic: bool) -> Iterator[Any]:
        kind = child.get("class", "")
        if child.tag == "br":
            yield build_line_break()
        elif child.tag == "img":
            yield self.build_picture(child)
        elif kind == "blank":
            yield build_content_control(child.text_content())
        elif kind == "box":
            yield from build_text_runs("\u2610\u00a0", False, False)
        elif child.tag == "sup" and (note := self.footnotes.find_number(child)):
            yield build_footnote_reference(note)
        elif child.tag == "a" and child.get("href", "").startswith(("http:", "https:", "mailto:")):
            runs = list(self.build_runs(child, bold, italic))
            yield build_hyperlink(self.document.part, child.get("href"), runs)
        else:
            yield from self.build_runs(
                child,
                bold or child.tag in ("strong", "b"),
                italic or child.tag in ("em", "i", "cite"),
            )
