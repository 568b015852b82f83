"""Convert Word documents to HTML, after checking all of their parts."""

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
# Links are checked later; images are dropped.
HARMLESS_RELATIONSHIPS = ("/hyperlink", "/image")


def unpack_docx(content: bytes, context: ImportContext) -> dict[str, bytes]:
    """The parts of a DOCX, with notices about what its text will not show.

    Raises ``FileRefused`` if it is no DOCX, is too large, or contains macros, embedded objects or
    entities.
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
            _check_part(name, part, context)
    return parts


def _check_part(name: str, part: bytes, context: ImportContext) -> None:
    count: Counter[str] = Counter()

    def handle_start(element: str, attributes: Mapping[str, str]) -> None:
        if element in EMBEDDED_ELEMENTS:
            raise refuse(FileReason.EMBEDDED)
        if element == "Relationship" and attributes.get("TargetMode") == "External":
            if not attributes.get("Type", "").endswith(HARMLESS_RELATIONSHIPS):
                context.add_notice(
                    ImportNoticeKind.REFERENCE_DROPPED,
                    text=make_excerpt(attributes.get("Target", "")),
                )
        elif attributes.get("w:val") not in {"0", "false"}:
            count[element] += 1

    scan_xml(part, MAX_ELEMENTS, handle_start)
    if name == "word/comments.xml" and count["w:comment"]:
        context.add_notice(ImportNoticeKind.COMMENTS_DROPPED, count=count["w:comment"])
    if not name.startswith(("word/document", "word/footnotes", "word/endnotes")):
        return
    inserted, deleted = count["w:ins"] + count["w:moveTo"], count["w:del"] + count["w:moveFrom"]
    if inserted or deleted:
        context.add_notice(ImportNoticeKind.TRACKED_CHANGES, inserted=inserted, deleted=deleted)
    if count["w:vanish"]:
        context.add_notice(ImportNoticeKind.HIDDEN_TEXT)


# Automatic numbers that are not imported: of headings, and of lists continued after a paragraph.


def add_numbering_notices(parts: Mapping[str, bytes], context: ImportContext) -> None:
    """Add notices about numbered headings and continued lists, whose numbers are lost."""
    headings, numbered_headings = _read_heading_styles(parts.get("word/styles.xml", b"<none/>"))
    numbered_lists = _read_numbered_lists(parts.get("word/numbering.xml", b"<none/>"))
    body = _BodyWalker(headings, numbered_headings, numbered_lists, context)
    scan_xml(parts[BODY_PART], MAX_ELEMENTS, body.handle_start, body.handle_end)


def _read_heading_styles(styles: bytes) -> tuple[set[str], set[str]]:
    """The ids of heading styles, and of the numbered ones among them."""
    headings: set[str] = set()
    numbered: set[str] = set()
    style = ""

    def handle_start(element: str, attributes: Mapping[str, str]) -> None:
        nonlocal style
        if element == "w:style":
            style = attributes.get("w:styleId", "")
        elif element == "w:name" and attributes.get("w:val", "").lower().startswith("heading "):
            headings.add(style)
        elif element == "w:numId" and attributes.get("w:val") != "0":
            numbered.add(style)

    scan_xml(styles, MAX_ELEMENTS, handle_start)
    return headings, numbered & headings


def _read_numbered_lists(numbering: bytes) -> set[str]:
    """The ids of lists whose first level has numbers and no bullets."""
    bullets: set[str] = set()
    lists: dict[str, str] = {}
    abstract = number = level = ""

    def handle_start(element: str, attributes: Mapping[str, str]) -> None:
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

    scan_xml(numbering, MAX_ELEMENTS, handle_start)
    return {number for number, abstract in lists.items() if abstract not in bullets}


class _BodyWalker:
    """Tracks the list that each paragraph of the body belongs to."""

    def __init__(
        self,
        headings: set[str],
        numbered_headings: set[str],
        numbered_lists: set[str],
        context: ImportContext,
    ) -> None:
        self.headings, self.numbered_headings, self.numbered_lists, self.context = (
            headings,
            numbered_headings,
            numbered_lists,
            context,
        )
        self.started_lists: set[str] = set()
        self.current = self.style = self.list_id = ""
        self.level = "0"

    def handle_start(self, element: str, attributes: Mapping[str, str]) -> None:
        value = attributes.get("w:val", "")
        if element == "w:p":
            self.style, self.list_id, self.level = "", "", "0"
        elif element == "w:pStyle":
            self.style = value
        elif element == "w:ilvl":
            self.level = value
        elif element == "w:numId" and value != "0":
            self.list_id = value

    def handle_end(self, element: str) -> None:
        if element != "w:p":
            return
        if self.style in self.numbered_headings or (self.style in self.headings and self.list_id):
            self.context.add_notice(ImportNoticeKind.HEADING_NUMBERS)
        elif self.list_id and self.level == "0":
            if (
                self.list_id in self.started_lists
                and self.list_id != self.current
                and self.list_id in self.numbered_lists
            ):
                self.context.add_notice(ImportNoticeKind.LIST_RESTARTED)
            self.started_lists.add(self.list_id)
        if not (self.list_id and self.level != "0"):
            self.current = self.list_id


# Conversion by mammoth.

MAX_DOCX_SIZE = 10 << 20
# Word stores built-in styles under their English names in every language.
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
# The first match counts: a numbered heading is a heading, a plain style in a list is a list item.
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
# Elements without text that mammoth reports anyway.
IGNORED_ELEMENTS = {"w:permStart", "w:permEnd", "w:tblPrEx"}


def read_docx(content: bytes, context: ImportContext) -> str:
    """The HTML of a DOCX. Tracked changes are accepted, images are dropped.

    Raises ``FileRefused`` if it is no DOCX, locked, broken or too large, or has macros or embedded
    objects.
    """
    if len(content) > MAX_DOCX_SIZE:
        raise refuse(FileReason.TOO_LARGE, limit=MAX_DOCX_SIZE >> 20)
    parts = unpack_docx(content, context)
    add_numbering_notices(parts, context)
    try:
        # The bytes of images are never read, so no external image is opened.
        image = mammoth.images.img_element(lambda _: {})
        converted = mammoth.convert_to_html(pack(parts), style_map=STYLE_MAP, convert_image=image)
    except Exception:  # mammoth documents no exceptions for inconsistent parts
        raise refuse(FileReason.BROKEN) from None
    for message in converted.messages:
        if style := UNKNOWN_STYLE_MESSAGE.fullmatch(message.message):
            context.add_notice(ImportNoticeKind.UNKNOWN_STYLE, text=style.group(1))
        elif (element := UNKNOWN_ELEMENT_MESSAGE.fullmatch(message.message)) and element.group(
            1
        ) not in IGNORED_ELEMENTS:
            context.add_notice(ImportNoticeKind.ELEMENT_DROPPED, text=element.group(1))
    return str(converted.value)
