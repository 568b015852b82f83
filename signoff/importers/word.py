"""What a Word document contains beside its text, found in its parts before anything is made of them."""

import re
from collections import Counter
from collections.abc import Mapping

import mammoth
import mammoth.images

from signoff.importers.errors import FileReason, ImportNoticeKind, refuse
from signoff.importers.html import ImportContext, make_excerpt
from signoff.importers.ooxml import pack, scan_xml, unpack

MAX_PARTS = 200
MAX_UNPACKED_SIZE = 20 << 20
MAX_ELEMENTS = 100_000
BODY_PART = "word/document.xml"
MACRO_MARKERS = ("vbaproject", "vbadata", "macroenabled")
EMBEDDED_PARTS = ("word/embeddings/", "word/activex/", "word/afchunk")
EMBEDDED_ELEMENTS = {"o:OLEObject", "w:control", "w:altChunk", "w:subDoc"}
HARMLESS_RELATIONSHIPS = (
    "/hyperlink",
    "/image",
)  # a link is checked as a link; an image is left out where it stands


def unpack_docx(content: bytes, reading: ImportContext) -> dict[str, bytes]:
    """The parts of a DOCX, with remarks on what will not be seen in its text.

    FileRefused where it is no DOCX, is larger than its bounds, or carries macros, embedded objects or entities.
    """
    parts = unpack(content, MAX_PARTS, MAX_UNPACKED_SIZE)
    if BODY_PART not in parts or "[Content_Types].xml" not in parts:
        raise refuse(FileReason.NOT_A_DOCX)
    types = parts["[Content_Types].xml"].lower()
    names = [name.lower() for name in parts]
    if b"macroenabled" in types or any(mark in name for name in names for mark in MACRO_MARKERS):
        raise refuse(FileReason.MACROS)
    if any(name.startswith(EMBEDDED_PARTS) for name in names):
        raise refuse(FileReason.EMBEDDED)
    for name, part in parts.items():
        if name.lower().endswith((".xml", ".rels")):
            _check_part(name, part, reading)
    return parts


def _check_part(name: str, part: bytes, reading: ImportContext) -> None:
    count: Counter[str] = Counter()

    def seen(element: str, attributes: Mapping[str, str]) -> None:
        if element in EMBEDDED_ELEMENTS:
            raise refuse(FileReason.EMBEDDED)
        if element == "Relationship" and attributes.get("TargetMode") == "External":
            if not attributes.get("Type", "").endswith(HARMLESS_RELATIONSHIPS):
                reading.remark(
                    ImportNoticeKind.REFERENCE_DROPPED,
                    text=make_excerpt(attributes.get("Target", "")),
                )
        elif attributes.get("w:val") not in {"0", "false"}:
            count[element] += 1

    scan_xml(part, MAX_ELEMENTS, seen)
    if name == "word/comments.xml" and count["w:comment"]:
        reading.remark(ImportNoticeKind.COMMENTS_DROPPED, count=count["w:comment"])
    if not name.startswith(("word/document", "word/footnotes", "word/endnotes")):
        return
    inserted, deleted = count["w:ins"] + count["w:moveTo"], count["w:del"] + count["w:moveFrom"]
    if inserted or deleted:
        reading.remark(ImportNoticeKind.TRACKED_CHANGES, inserted=inserted, deleted=deleted)
    if count["w:vanish"]:
        reading.remark(ImportNoticeKind.HIDDEN_TEXT)


# Numbers that Word makes and the text would lose: numbered headings, and lists that go on after a paragraph.


def add_numbering_notices(parts: Mapping[str, bytes], reading: ImportContext) -> None:
    """Notes a remark where numbers of headings or of continued lists are not carried over."""
    headings, numbered = _read_heading_styles(parts.get("word/styles.xml", b"<none/>"))
    counted = _read_numbered_lists(parts.get("word/numbering.xml", b"<none/>"))
    body = _BodyWalker(headings, numbered, counted, reading)
    scan_xml(parts[BODY_PART], MAX_ELEMENTS, body.seen, body.ended)


def _read_heading_styles(styles: bytes) -> tuple[set[str], set[str]]:
    """The identifiers of heading styles, and of those among them that number."""
    headings: set[str] = set()
    numbered: set[str] = set()
    style = ""

    def seen(element: str, attributes: Mapping[str, str]) -> None:
        nonlocal style
        if element == "w:style":
            style = attributes.get("w:styleId", "")
        elif element == "w:name" and attributes.get("w:val", "").lower().startswith("heading "):
            headings.add(style)
        elif element == "w:numId" and attributes.get("w:val") != "0":
            numbered.add(style)

    scan_xml(styles, MAX_ELEMENTS, seen)
    return headings, numbered & headings


def _read_numbered_lists(numbering: bytes) -> set[str]:
    """The identifiers of lists whose first level counts instead of showing a bullet."""
    bullets: set[str] = set()
    lists: dict[str, str] = {}
    abstract = number = level = ""

    def seen(element: str, attributes: Mapping[str, str]) -> None:
        nonlocal abstract, number, level
        if element == "w:abstractNum":
            abstract = attributes.get("w:abstractNumId", "")
        elif element == "w:lvl":
            level = attributes.get("w:ilvl", "")
        elif (
            element == "w:numFmt" and level == "0" and attributes.get("w:val") in {"bullet", "none"}
        ):
            bullets.add(abstract)
        elif element == "w:num":
            number = attributes.get("w:numId", "")
        elif element == "w:abstractNumId":
            lists[number] = attributes.get("w:val", "")

    scan_xml(numbering, MAX_ELEMENTS, seen)
    return {number for number, abstract in lists.items() if abstract not in bullets}


class _BodyWalker:
    """Walks the paragraphs of the body and notices which list each belongs to."""

    def __init__(
        self, headings: set[str], numbered: set[str], counted: set[str], reading: ImportContext
    ) -> None:
        self.headings, self.numbered, self.counted, self.reading = (
            headings,
            numbered,
            counted,
            reading,
        )
        self.begun: set[str] = set()
        self.current = self.style = self.list = ""
        self.level = "0"

    def seen(self, element: str, attributes: Mapping[str, str]) -> None:
        value = attributes.get("w:val", "")
        if element == "w:p":
            self.style, self.list, self.level = "", "", "0"
        elif element == "w:pStyle":
            self.style = value
        elif element == "w:ilvl":
            self.level = value
        elif element == "w:numId" and value != "0":
            self.list = value

    def ended(self, element: str) -> None:
        if element != "w:p":
            return
        if self.style in self.numbered or (self.style in self.headings and self.list):
            self.reading.remark(ImportNoticeKind.HEADING_NUMBERS)
        elif self.list and self.level == "0":
            if self.list in self.begun and self.list != self.current and self.list in self.counted:
                self.reading.remark(ImportNoticeKind.LIST_RESTARTED)
            self.begun.add(self.list)
        if not (self.list and self.level != "0"):
            self.current = self.list


# Word documents to HTML, by mammoth, after everything in them has been checked.

MAX_DOCX_SIZE = 10 << 20
# Word keeps built-in styles under their English names whatever language it speaks.
PLAIN_STYLES = (
    *(
        "First Paragraph",
        "Body Text",
        "Body Text 2",
        "Body Text 3",
        "Compact",
        "No Spacing",
        "List Paragraph",
    ),
    *(
        "Subtitle",
        "Caption",
        "Author",
        "Date",
        "Abstract",
        "footnote text",
        "Signature",
        "Plain Text",
    ),
)
QUOTE_STYLES = ("Quote", "Intense Quote", "Block Text")
CONTENTS_STYLES = ("TOC Heading", *(f"toc {level}" for level in range(1, 10)))
# The first line that fits counts: a numbered heading is a heading, a plain style in a list is a list item.
STYLE_MAP = "\n".join(
    [
        "p[style-name='Title'] => h1:fresh",
        *(f"p[style-name='Heading {level}'] => h{min(level, 6)}:fresh" for level in range(1, 10)),
        *(f"p[style-name='{name}'] => p.contents:fresh" for name in CONTENTS_STYLES),
        *(f"p[style-name='{name}'] => blockquote > p:fresh" for name in QUOTE_STYLES),
        *(
            f"p:unordered-list({level}) => {'ul|ol > li > ' * (level - 1)}ul > li:fresh"
            for level in range(1, 10)
        ),
        *(
            f"p:ordered-list({level}) => {'ul|ol > li > ' * (level - 1)}ol > li:fresh"
            for level in range(1, 10)
        ),
        *(f"p[style-name='{name}'] => p:fresh" for name in PLAIN_STYLES),
        "r[style-name='Strong'] => strong",
        "r[style-name='Emphasis'] => em",
    ]
)
UNKNOWN_STYLE_MESSAGE = re.compile(r"Unrecognised paragraph style: (.*?)(?: \(Style ID: .*\))?")
UNKNOWN_ELEMENT_MESSAGE = re.compile(r"An unrecognised element was ignored: (.*)")
# Elements without text of their own, which mammoth names all the same.
IGNORED_ELEMENTS = {"w:permStart", "w:permEnd", "w:tblPrEx"}


def read_docx(content: bytes, reading: ImportContext) -> str:
    """The HTML of a DOCX of at most 10 MB, 20 MiB unpacked. Tracked changes are accepted, images left out.

    FileRefused where it is no DOCX, is locked, broken or too large, or carries macros or embedded objects.
    """
    if len(content) > MAX_DOCX_SIZE:
        raise refuse(FileReason.TOO_LARGE, limit=MAX_DOCX_SIZE >> 20)
    parts = unpack_docx(content, reading)
    add_numbering_notices(parts, reading)
    try:
        # The image's bytes are never asked for, so nothing that an image refers to is opened.
        image = mammoth.images.img_element(lambda _: {})
        converted = mammoth.convert_to_html(pack(parts), style_map=STYLE_MAP, convert_image=image)
    except Exception:  # mammoth promises no set of errors for parts that contradict each other
        raise refuse(FileReason.BROKEN) from None
    for message in converted.messages:
        if style := UNKNOWN_STYLE_MESSAGE.fullmatch(message.message):
            reading.remark(ImportNoticeKind.UNKNOWN_STYLE, text=style.group(1))
        elif (element := UNKNOWN_ELEMENT_MESSAGE.fullmatch(message.message)) and element.group(
            1
        ) not in IGNORED_ELEMENTS:
            reading.remark(ImportNoticeKind.ELEMENT_DROPPED, text=element.group(1))
    html = converted.value
    assert isinstance(html, str)
    return html
