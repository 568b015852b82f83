"""Convert Word documents to HTML, after checking all of their parts."""

import re
from collections import Counter
from collections.abc import Mapping

import mammoth
import mammoth.documents
import mammoth.images
from mammoth.docx.files import InvalidFileReferenceError

from signoff.importers.errors import FileReason, FileRefused, ImportNoticeKind, refuse
from signoff.importers.html import ImportContext, make_excerpt
from signoff.importers.numbering import label_paragraphs
from signoff.importers.ooxml import find_related, pack, scan_xml, unpack
from signoff.importers.uploads import read_picture
from signoff.importers.word_markup import rewrite_markup

MAX_PARTS = 200
MAX_UNPACKED_SIZE = 20 << 20
MAX_ELEMENTS = 100_000
MACRO_MARKERS = ("vbaproject", "vbadata", "macroenabled")
EMBEDDED_PARTS = ("word/embeddings/", "word/activex/", "word/afchunk")
# Links are checked later; images outside of the file are not opened.
HARMLESS_RELATIONSHIPS = ("/hyperlink", "/image")


def unpack_docx(content: bytes, context: ImportContext) -> dict[str, bytes]:
    """The parts of a DOCX, with notices about what its text will not show.

    Embedded files are left out. Raises ``FileRefused`` if it is no DOCX, is too large, or contains
    macros or entities.
    """
    parts = unpack(content, MAX_PARTS, MAX_UNPACKED_SIZE)
    if "[Content_Types].xml" not in parts:
        raise refuse(FileReason.NOT_A_DOCX)
    types = parts["[Content_Types].xml"].lower()
    names = [name.lower() for name in parts]
    if b"macroenabled" in types or any(mark in name for name in names for mark in MACRO_MARKERS):
        raise refuse(FileReason.MACROS)
    parts = {
        name: part for name, part in parts.items() if not name.lower().startswith(EMBEDDED_PARTS)
    }
    for name, part in parts.items():
        if name.lower().endswith((".xml", ".rels")):
            _check_part(name, part, context)
    return parts


def _check_part(name: str, part: bytes, context: ImportContext) -> None:
    count: Counter[str] = Counter()

    def handle_start(element: str, attributes: Mapping[str, str]) -> None:
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


def find_stories(parts: Mapping[str, bytes]) -> tuple[str, ...]:
    """The names of the parts with text, the body first. Raises ``FileRefused`` without a body."""
    body = find_related(parts, "", "officeDocument")
    if body not in parts:
        body = "word/document.xml"
    if body not in parts:
        raise refuse(FileReason.NOT_A_DOCX)
    return body, *(find_related(parts, body, kind) for kind in ("footnotes", "endnotes"))


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
# Lists are made from labels; see ``numbering``.
STYLE_MAP = "\n".join(
    [
        "p[style-name='Title'] => h1:fresh",
        *(f"p[style-name='Heading {level}'] => h{min(level, 6)}:fresh" for level in range(1, 10)),
        *(f"p[style-name='{name}'] => p.contents:fresh" for name in CONTENTS_STYLES),
        *(f"p[style-name='{name}'] => blockquote > p:fresh" for name in QUOTE_STYLES),
        *(f"p[style-name='{name}'] => p:fresh" for name in PLAIN_STYLES),
        "r[style-name='Strong'] => strong",
        "r[style-name='Emphasis'] => em",
    ]
)
UNKNOWN_STYLE_MESSAGE = re.compile(r"Unrecognised paragraph style: (.*?)(?: \(Style ID: .*\))?")


def take_picture(source: mammoth.documents.Image, context: ImportContext) -> dict[str, str]:
    """The attributes of a picture, which is kept in ``context`` if it is a PNG or JPEG.

    Pictures outside of the file are not opened.
    """
    try:
        with source.open() as file:
            picture = read_picture(file.read())
    except (FileRefused, InvalidFileReferenceError, KeyError):
        return {}
    context.keep_picture(picture)
    return {"src": picture.address}


def read_docx(content: bytes, context: ImportContext) -> str:
    """The HTML of a DOCX. Tracked changes are accepted.

    Raises ``FileRefused`` if it is no DOCX, locked, broken or too large, or has macros or embedded
    objects that no picture shows.
    """
    if len(content) > MAX_DOCX_SIZE:
        raise refuse(FileReason.TOO_LARGE, limit=MAX_DOCX_SIZE >> 20)
    parts = unpack_docx(content, context)
    stories = find_stories(parts)
    try:
        parts = rewrite_markup(parts, stories, context)
        parts = label_paragraphs(parts, stories, context)
        image = mammoth.images.img_element(lambda source: take_picture(source, context))
        converted = mammoth.convert_to_html(pack(parts), style_map=STYLE_MAP, convert_image=image)
    except FileRefused:
        raise
    except Exception:  # inconsistent parts; mammoth documents no exceptions for them
        raise refuse(FileReason.BROKEN) from None
    for message in converted.messages:
        if style := UNKNOWN_STYLE_MESSAGE.fullmatch(message.message):
            context.add_notice(ImportNoticeKind.UNKNOWN_STYLE, text=style.group(1))
    return str(converted.value)
