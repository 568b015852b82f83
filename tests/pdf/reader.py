"""Reads a printed PDF as other programs do."""

import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from typing import Any
from xml.etree import ElementTree

import pikepdf


def pages(content: bytes) -> list[str]:
    """The text of each page, by pdftotext, in the order in which it was set."""
    output = subprocess.run(
        ["pdftotext", "-raw", "-", "-"], input=content, capture_output=True, check=True
    ).stdout
    return output.decode().split("\f")[:-1]


def words(content: bytes) -> str:
    """All text in one line, with single spaces and whole words."""
    return " ".join(" ".join(pages(content)).replace("\u00ad\n", "").split())


@dataclass(frozen=True)
class Word:
    """A word where pdftotext finds it, in points from the upper left corner of its page."""

    text: str
    page: int
    left: float
    top: float
    right: float
    bottom: float
    page_width: float
    page_height: float


def placed_words(content: bytes) -> list[Word]:
    """Every word with its place. Words outside of the page are found, too."""
    output = subprocess.run(
        ["pdftotext", "-bbox", "-", "-"], input=content, capture_output=True, check=True
    ).stdout
    found: list[Word] = []
    page, size = 0, (0.0, 0.0)
    for element in ElementTree.fromstring(output).iter():
        if element.tag.endswith("}page"):
            page, size = page + 1, (float(element.attrib["width"]), float(element.attrib["height"]))
        elif element.tag.endswith("}word"):
            place = [float(element.attrib[name]) for name in ("xMin", "yMin", "xMax", "yMax")]
            found.append(Word(element.text or "", page, *place, *size))
    return found


def strip_spaces(text: str) -> str:
    """``text`` without spaces and hyphens, to compare it independently of line breaks."""
    return re.sub(r"[\s\u00ad-]", "", text)


def opened(content: bytes) -> pikepdf.Pdf:
    return pikepdf.open(BytesIO(content))


def bookmarks(pdf: pikepdf.Pdf) -> list[str]:
    """The titles of all bookmarks, each indented by two spaces a level."""

    def walk(items: Any, depth: int) -> Iterator[str]:
        for item in items:
            yield "  " * depth + item.title
            yield from walk(item.children, depth + 1)

    with pdf.open_outline() as outline:
        return list(walk(outline.root, 0))


def tags(pdf: pikepdf.Pdf) -> list[str]:
    """The kinds of all structure elements, in reading order."""
    return [str(element.S) for element in elements(pdf)]


def list_labels(content: bytes) -> list[str]:
    """The labels of all list items, from the structure of the PDF as poppler reads it."""
    structure = subprocess.run(
        ["pdfinfo", "-struct-text", "-"], input=content, capture_output=True, check=True
    ).stdout.decode()
    return [label.strip() for label in re.findall(r'Lbl \(block\)\s+Span.*\s+"(.*)"', structure)]


def elements(pdf: pikepdf.Pdf) -> Iterator[pikepdf.Dictionary]:
    """All structure elements, in reading order."""

    def walk(element: Any) -> Iterator[pikepdf.Dictionary]:
        if isinstance(element, pikepdf.Array):
            for child in element:
                yield from walk(child)
        elif isinstance(element, pikepdf.Dictionary) and "/S" in element:
            yield element
            yield from walk(element.get("/K", pikepdf.Array()))

    yield from walk(pdf.Root.StructTreeRoot.K)


def count_soft_hyphens(pdf: pikepdf.Pdf) -> int:
    """How many pieces of text have the soft hyphen as their actual text."""
    return sum(
        str(operator) == "BDC"
        and "/ActualText" in operands[1]
        and str(operands[1].ActualText) == "\u00ad"
        for page in pdf.pages
        for operands, operator in pikepdf.parse_content_stream(page)
    )


def has_boxes(pdf: pikepdf.Pdf) -> bool:
    """Whether a glyph number 0 (.notdef, the box for what a font lacks) is drawn anywhere."""
    for page in pdf.pages:
        for operands, operator in pikepdf.parse_content_stream(page):
            if str(operator) in ("TJ", "Tj"):
                runs = operands[0] if str(operator) == "TJ" else operands
                for run in runs:
                    if isinstance(run, pikepdf.String):
                        glyphs = bytes(run)
                        if any(glyphs[at : at + 2] == b"\0\0" for at in range(0, len(glyphs), 2)):
                            return True
    return False
