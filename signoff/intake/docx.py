"""Word documents to HTML, by mammoth, after everything in them has been checked."""

import re

import mammoth
import mammoth.images

from signoff.intake.numbering import remark_numbers
from signoff.intake.package import pack
from signoff.intake.problem import FileReason, refuse
from signoff.intake.reading import Reading
from signoff.intake.remark import RemarkKind
from signoff.intake.word import checked_parts

BYTES = 10 << 20
# Word keeps built-in styles under their English names whatever language it speaks.
PLAIN = (
    *("First Paragraph", "Body Text", "Body Text 2", "Body Text 3", "Compact", "No Spacing", "List Paragraph"),
    *("Subtitle", "Caption", "Author", "Date", "Abstract", "footnote text", "Signature", "Plain Text"),
)
QUOTES = ("Quote", "Intense Quote", "Block Text")
CONTENTS = ("TOC Heading", *(f"toc {level}" for level in range(1, 10)))
# The first line that fits counts: a numbered heading is a heading, a plain style in a list is a list item.
STYLES = "\n".join(
    [
        "p[style-name='Title'] => h1:fresh",
        *(f"p[style-name='Heading {level}'] => h{min(level, 6)}:fresh" for level in range(1, 10)),
        *(f"p[style-name='{name}'] => p.contents:fresh" for name in CONTENTS),
        *(f"p[style-name='{name}'] => blockquote > p:fresh" for name in QUOTES),
        *(f"p:unordered-list({level}) => {'ul|ol > li > ' * (level - 1)}ul > li:fresh" for level in range(1, 10)),
        *(f"p:ordered-list({level}) => {'ul|ol > li > ' * (level - 1)}ol > li:fresh" for level in range(1, 10)),
        *(f"p[style-name='{name}'] => p:fresh" for name in PLAIN),
        "r[style-name='Strong'] => strong",
        "r[style-name='Emphasis'] => em",
    ]
)
STYLE = re.compile(r"Unrecognised paragraph style: (.*?)(?: \(Style ID: .*\))?")
ELEMENT = re.compile(r"An unrecognised element was ignored: (.*)")
# Elements without text of their own, which mammoth names all the same.
SILENT = {"w:permStart", "w:permEnd", "w:tblPrEx"}


def read_docx(content: bytes, reading: Reading) -> str:
    """The HTML of a DOCX of at most 10 MB, 20 MiB unpacked. Tracked changes are accepted, images left out.

    FileRefused where it is no DOCX, is locked, broken or too large, or carries macros or embedded objects.
    """
    if len(content) > BYTES:
        raise refuse(FileReason.TOO_LARGE, limit=BYTES >> 20)
    parts = checked_parts(content, reading)
    remark_numbers(parts, reading)
    try:
        # The image's bytes are never asked for, so nothing that an image refers to is opened.
        image = mammoth.images.img_element(lambda _: {})
        converted = mammoth.convert_to_html(pack(parts), style_map=STYLES, convert_image=image)
    except Exception:  # mammoth promises no set of errors for parts that contradict each other
        raise refuse(FileReason.BROKEN) from None
    for message in converted.messages:
        if style := STYLE.fullmatch(message.message):
            reading.remark(RemarkKind.UNKNOWN_STYLE, text=style.group(1))
        elif (element := ELEMENT.fullmatch(message.message)) and element.group(1) not in SILENT:
            reading.remark(RemarkKind.ELEMENT_DROPPED, text=element.group(1))
    html = converted.value
    assert isinstance(html, str)
    return html
