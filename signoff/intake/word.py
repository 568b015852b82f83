"""What a Word document contains beside its text, found in its parts before anything is made of them."""

from collections import Counter
from collections.abc import Mapping

from signoff.intake.package import unpack
from signoff.intake.problem import FileReason, refuse
from signoff.intake.reading import Reading, excerpt
from signoff.intake.remark import RemarkKind
from signoff.intake.wellformed import scan

PARTS = 200
UNPACKED = 20 << 20
ELEMENTS = 100_000
BODY = "word/document.xml"
MACROS = ("vbaproject", "vbadata", "macroenabled")
EMBEDDED_PARTS = ("word/embeddings/", "word/activex/", "word/afchunk")
EMBEDDED_ELEMENTS = {"o:OLEObject", "w:control", "w:altChunk", "w:subDoc"}
HARMLESS = ("/hyperlink", "/image")  # a link is checked as a link; an image is left out where it stands


def checked_parts(content: bytes, reading: Reading) -> dict[str, bytes]:
    """The parts of a DOCX, with remarks on what will not be seen in its text.

    FileRefused where it is no DOCX, is larger than its bounds, or carries macros, embedded objects or entities.
    """
    parts = unpack(content, PARTS, UNPACKED)
    if BODY not in parts or "[Content_Types].xml" not in parts:
        raise refuse(FileReason.NOT_A_DOCX)
    types = parts["[Content_Types].xml"].lower()
    names = [name.lower() for name in parts]
    if b"macroenabled" in types or any(mark in name for name in names for mark in MACROS):
        raise refuse(FileReason.MACROS)
    if any(name.startswith(EMBEDDED_PARTS) for name in names):
        raise refuse(FileReason.EMBEDDED)
    for name, part in parts.items():
        if name.lower().endswith((".xml", ".rels")):
            _look(name, part, reading)
    return parts


def _look(name: str, part: bytes, reading: Reading) -> None:
    count: Counter[str] = Counter()

    def seen(element: str, attributes: Mapping[str, str]) -> None:
        if element in EMBEDDED_ELEMENTS:
            raise refuse(FileReason.EMBEDDED)
        if element == "Relationship" and attributes.get("TargetMode") == "External":
            if not attributes.get("Type", "").endswith(HARMLESS):
                reading.remark(RemarkKind.REFERENCE_DROPPED, text=excerpt(attributes.get("Target", "")))
        elif attributes.get("w:val") not in {"0", "false"}:
            count[element] += 1

    scan(part, ELEMENTS, seen)
    if name == "word/comments.xml" and count["w:comment"]:
        reading.remark(RemarkKind.COMMENTS_DROPPED, count=count["w:comment"])
    if not name.startswith(("word/document", "word/footnotes", "word/endnotes")):
        return
    inserted, deleted = count["w:ins"] + count["w:moveTo"], count["w:del"] + count["w:moveFrom"]
    if inserted or deleted:
        reading.remark(RemarkKind.TRACKED_CHANGES, inserted=inserted, deleted=deleted)
    if count["w:vanish"]:
        reading.remark(RemarkKind.HIDDEN_TEXT)
