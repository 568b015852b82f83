"""The fonts of the print: embedded from the package, never from the machine."""

import unicodedata
from collections.abc import Iterable
from pathlib import Path
from xml.etree.ElementTree import Element

import pikepdf
from fontTools.ttLib import TTFont

from signoff.pdf.failure import PrintFailed

FOLDER = "vendor/fonts/print"
TEXT = ("FiraSans-Regular.ttf", "FiraSans-Italic.ttf", "FiraSans-SemiBold.ttf")
OURS = frozenset({"Signoff-Sans", "Signoff-Sans-Semi-Bold", "Signoff-Sans-Italic", "Signoff-Mono"})
# Set without a glyph: line breaks, soft hyphens, joiners. White space is made from the space.
INVISIBLE = frozenset("\n\t\r\u00ad\u200b")
# Word writes these; the fonts lack them and have the same shape under another number.
SAME_SHAPE = str.maketrans(
    {"\u2010": "-", "\u2011": "-", "\u202f": "\u00a0", "\u2009": "\u00a0", "\u2060": "", "\ufeff": ""}
)


def respell(root: Element) -> None:
    """Composes letters and marks, and writes hyphens and narrow spaces as the fonts have them."""
    for element in root.iter():
        element.text = element.text and respelled(element.text)
        element.tail = element.tail and respelled(element.tail)
    body = root.find("body")
    assert body is not None
    for name, value in body.attrib.items():
        body.set(name, respelled(value))


def respelled(text: str) -> str:
    return text if text.isascii() else unicodedata.normalize("NFC", text).translate(SAME_SHAPE)


def check_coverage(root: Element, folder: Path) -> None:
    """Raises ``PrintFailed`` where the text has a character that one of the text fonts lacks: it would be a box."""
    if lacking := missing(root, folder):
        code = min(lacking)
        called = unicodedata.name(chr(code), "ohne Namen")
        raise PrintFailed(f"das Zeichen „{chr(code)}“ (U+{code:04X}, {called}) fehlt in der Druckschrift")


def spell_out(root: Element, folder: Path) -> None:
    """Writes ``[U+1F600]`` for a character the fonts lack: a receipt has to be had whatever somebody typed."""
    if table := {code: f"[U+{code:04X}]" for code in missing(root, folder)}:
        for element in root.iter():
            element.text = element.text and element.text.translate(table)
            element.tail = element.tail and element.tail.translate(table)


def missing(root: Element, folder: Path) -> set[int]:
    """The characters of the text that at least one of the text fonts lacks."""
    signs = set("".join(shown(root))) - INVISIBLE
    unusual = {sign for sign in signs if sign > "\u017e" or not sign.isprintable()}  # the fonts hold Latin Extended-A
    lacking: set[int] = set()
    for name in TEXT if unusual else ():
        with TTFont(folder / name, lazy=True) as font:
            lacking |= {ord(sign) for sign in unusual} - font.getBestCmap().keys()
    return lacking


def shown(root: Element) -> Iterable[str]:
    """Every text that is printed: what stands in the body, and what its attributes hand to the running heads."""
    body = root.find("body")
    assert body is not None
    yield from body.itertext()
    yield from body.attrib.values()


def embedded(pdf: pikepdf.Pdf) -> set[str]:
    """The names of the fonts in ``pdf``, without the tag of their subset."""
    named = {str(font["/BaseFont"]) for page in pdf.pages for font in page.resources.get("/Font", {}).values()}
    return {name.lstrip("/").rpartition("+")[2] for name in named}
