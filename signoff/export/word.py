"""The pieces of a Word document (ECMA-376): paragraphs, runs, content controls, lists, tables, styles."""

from collections.abc import Iterable, Iterator
from typing import Any

from docx.enum.style import WD_STYLE_TYPE
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt, RGBColor

from signoff.domain.working import WorkingCopy
from signoff.words.catalogue import catalogue

FONT = "Arial"
LANGUAGES = {"de": "de-DE", "en": "en-GB"}
WIDTH = Mm(165)  # of the text on the page
SIZES = {
    "Title": 20,
    "Subtitle": 12,
    "Heading 1": 14,
    "Heading 2": 12,
    "Heading 3": 11,
    "Heading 4": 11,
    "Heading 5": 11,
}
BLACK, GREY = RGBColor(0x13, 0x15, 0x25), RGBColor(0x51, 0x57, 0x7A)


def prepare(document: Any, copy: WorkingCopy) -> None:
    """Page, styles, language, metadata, and what stands at head and foot of every page."""
    section = document.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.left_margin, section.right_margin = Mm(25), Mm(20)
    section.top_margin, section.bottom_margin = Mm(25), Mm(20)
    facts = document.core_properties
    facts.title, facts.author, facts.subject = copy.title, copy.association.name, copy.mark
    facts.comments, facts.keywords, facts.language = "", "", LANGUAGES.get(copy.language, copy.language)
    facts.created = facts.modified = copy.created
    facts.last_modified_by, facts.revision = copy.association.name, 1
    styles(document, facts.language)
    section.header.paragraphs[0].text = copy.mark
    foot = section.footer.paragraphs[0]
    page, of = catalogue(copy.language).gettext("Seite"), catalogue(copy.language).gettext("von")
    extend(foot._p, [*text(f"{copy.foot} · {page} "), *field("PAGE"), *text(f" {of} "), *field("NUMPAGES")])


def styles(document: Any, language: str) -> None:
    """Black on white in one font that every office has; headings stay headings."""
    for fonts in document.styles.element.iter(qn("w:rFonts")):
        for name in list(fonts.attrib):
            del fonts.attrib[name]
        for name in ("ascii", "hAnsi", "cs", "eastAsia"):
            fonts.set(qn(f"w:{name}"), FONT)
    for each in document.styles.element.iter(qn("w:lang")):
        each.set(qn("w:val"), language)
    for name, size in SIZES.items():
        style = document.styles[name]
        style.font.size, style.font.color.rgb, style.font.italic = Pt(size), BLACK, False
        style.font.bold = name != "Subtitle"
    for spacing in document.styles["Subtitle"].element.iter(qn("w:spacing")):
        spacing.attrib.pop(qn("w:val"), None)  # letters drawn apart
    border = document.styles["Title"].element.find(f".//{qn('w:pBdr')}")
    if border is not None:
        border.getparent().remove(border)
    document.styles["Normal"].paragraph_format.space_after = Pt(6)
    add(document, "Hint", 9, GREY)
    add(document, "Table Text", 10, BLACK).paragraph_format.space_after = Pt(2)
    add(document, "Footnote Text", 9, BLACK)
    for name in ("Footnote Reference", "Placeholder Text", "Hyperlink"):
        document.styles.add_style(name, WD_STYLE_TYPE.CHARACTER, builtin=True)
    document.styles["Footnote Reference"].font.superscript = True
    document.styles["Placeholder Text"].font.color.rgb = GREY
    document.styles["Hyperlink"].font.underline = True


def add(document: Any, name: str, size: int, color: RGBColor) -> Any:
    style = document.styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH, builtin=name.startswith("Footnote"))
    style.base_style = document.styles["Normal"]
    style.font.size, style.font.color.rgb = Pt(size), color
    return style


def element(tag: str, **attributes: str) -> Any:
    made = OxmlElement(f"w:{tag}")
    for name, value in attributes.items():
        made.set(qn(f"w:{name}"), value)
    return made


def within(tag: str, *children: Any, **attributes: str) -> Any:
    made = element(tag, **attributes)
    made.extend(children)
    return made


def extend(parent: Any, children: Iterable[Any]) -> None:
    for child in children:
        parent.append(child)


def paragraph(style: str) -> Any:
    return within("p", within("pPr", element("pStyle", val=style)))


def text(content: str | None, bold: bool = False, italic: bool = False) -> Iterator[Any]:
    """One run; white space is one space, as in HTML."""
    if not content:
        return
    before, after = " " * content[0].isspace(), " " * content[-1].isspace()
    joined = before + " ".join(content.split(" ")).strip().replace("\n", " ") + after
    if "\n" in content and not content.strip():
        return
    run = element("r")
    if bold or italic:
        run.append(within("rPr", *[element("b")] * bold, *[element("i")] * italic))
    run.append(letters(joined if content.strip() else " "))
    yield run


def letters(content: str) -> Any:
    made = element("t")
    made.text = content
    made.set("{http://www.w3.org/XML/1998/namespace}space", "preserve")
    return made


def line_break() -> Any:
    return within("r", element("br"))


def blank(words: str) -> Any:
    """A content control that shows what belongs into it until somebody types."""
    properties = within(
        "sdtPr",
        element("alias", val=words[:64]),
        element("tag", val="blank"),
        element("showingPlcHdr"),
        element("text"),
    )
    look = within(
        "rPr", element("rStyle", val="PlaceholderText"), element("shd", val="clear", color="auto", fill="E4E7F2")
    )
    return within("sdt", properties, within("sdtContent", within("r", look, letters(f"[{words}]"))))


def reference(number: int) -> Any:
    look = within("rPr", element("rStyle", val="FootnoteReference"))
    return within("r", look, element("footnoteReference", id=str(number)))


def hyperlink(part: Any, address: str, runs: Iterable[Any]) -> Any:
    made = element("hyperlink")
    made.set(qn("r:id"), part.relate_to(address, RELATIONSHIP_TYPE.HYPERLINK, is_external=True))
    for run in runs:
        if run.find(qn("w:rPr")) is None:
            run.insert(0, within("rPr", element("rStyle", val="Hyperlink")))
        made.append(run)
    return made


def field(name: str) -> Iterator[Any]:
    """A field that Word computes: the number of this page, of all pages."""
    instruction = element("instrText")
    instruction.text = name
    for inner in (element("fldChar", fldCharType="begin"), instruction, element("fldChar", fldCharType="end")):
        yield within("r", inner)


def restarted(document: Any, style: str) -> int:
    """A numbering of its own for one list, so that it begins at 1."""
    numbering = document.part.numbering_part.element
    own = document.styles.element.find(f".//{qn('w:style')}[@{qn('w:styleId')}='{style}']//{qn('w:numId')}")
    (abstract,) = (each.abstractNumId.val for each in numbering.num_lst if each.numId == int(own.get(qn("w:val"))))
    made = numbering.add_num(abstract)
    made.add_lvlOverride(ilvl=0).add_startOverride(1)
    return int(made.numId)


def number(made: Any, id: int) -> None:
    made.find(qn("w:pPr")).append(within("numPr", element("ilvl", val="0"), element("numId", val=str(id))))


def table(columns: int, *, headed: bool) -> Any:
    """An empty table across the page; ``headed`` tells readers aloud that its first row names the columns.

    Without such a row the first column names the rows; it is narrower than the others.
    """
    shares = [1] * columns if headed or columns == 1 else [1, *[2] * (columns - 1)]
    widths = [str(int(WIDTH.twips * share / sum(shares))) for share in shares]
    look = element(
        "tblLook", val="0420" if headed else "0480", firstRow=str(int(headed)), firstColumn=str(int(not headed))
    )
    properties = within("tblPr", element("tblStyle", val="TableGrid"), element("tblW", w="5000", type="pct"), look)
    properties.insert(2, element("tblLayout", type="fixed"))
    return within("tbl", properties, within("tblGrid", *[element("gridCol", w=width) for width in widths]))


def cell(into: Any, at: int, paragraph: Any) -> None:
    """One more cell, as wide as the ``at``-th column of ``into``'s table."""
    width = into.getparent().find(qn("w:tblGrid"))[at].get(qn("w:w"))
    into.append(within("tc", within("tcPr", element("tcW", w=width, type="dxa")), paragraph))


def row(into: Any, *, repeated: bool) -> Any:
    properties = within("trPr", element("cantSplit"), *[element("tblHeader")] * repeated)
    made = within("tr", properties)
    into.append(made)
    return made
