"""Reads a print of ours back: its structure with the text that is drawn for each element.

It understands what our printer writes and nothing else; a text shown in another way is missing from what is read,
and so differs from what is expected.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pikepdf

TOKENS = re.compile(
    rb"/MCID (\d+)\s*>>\s*BDC|/(\w+) [-\d.]+ Tf|\[([^\]]*)\] ?TJ|<([0-9A-Fa-f]*)> ?Tj|\b(BMC|BDC|EMC)\b"
)
RUNS = re.compile(rb"<([0-9A-Fa-f]*)>")
MAPPED = re.compile(rb"<([0-9A-Fa-f]{4})> <([0-9A-Fa-f]+)>")
DEEPEST = 100  # levels of structure


@dataclass(slots=True)
class Element:
    """One structure element: its kind without the slash, its scope if it is a header cell, and what is inside."""

    kind: str
    scope: str = ""
    inside: "list[Element | str]" = field(default_factory=list)

    def text(self, without: str = "") -> str:
        """All text inside, in reading order; elements of the kind ``without`` left out."""
        pieces = (each if isinstance(each, str) else each.text(without) for each in self.inside if self.kind != without)
        return "".join(pieces)

    def walk(self) -> "Iterator[Element]":
        yield self
        for each in self.inside:
            if isinstance(each, Element):
                yield from each.walk()


def structure(pdf: pikepdf.Pdf) -> Element:
    """The structure of ``pdf`` with its text. Raises ``ValueError`` or ``pikepdf.PdfError`` where there is none."""
    if "/StructTreeRoot" not in pdf.Root:
        raise ValueError("no structure")
    drawn = {page.obj.objgen: marked(page) for page in pdf.pages}
    root = Element("Root")
    fill(root, pdf.Root.StructTreeRoot.get("/K"), None, drawn, 0)
    return root


def fill(into: Element, kids: Any, page: Any, drawn: dict[Any, dict[int, str]], depth: int) -> None:
    if depth > DEEPEST:
        raise ValueError("too deep")
    for kid in kids if isinstance(kids, pikepdf.Array) else [kids]:
        if isinstance(kid, pikepdf.Dictionary):
            page_here = kid.get("/Pg", page)
            if "/S" in kid:
                scope = str(kid.A.get("/Scope", "")) if isinstance(kid.get("/A"), pikepdf.Dictionary) else ""
                made = Element(str(kid.S)[1:], scope[1:])
                into.inside.append(made)
                fill(made, kid.get("/K", pikepdf.Array()), page_here, drawn, depth + 1)
            elif "/MCID" in kid:
                into.inside.append(text_of(drawn, page_here, int(kid.MCID)))
        elif kid is not None and not isinstance(kid, pikepdf.Object):
            into.inside.append(text_of(drawn, page, int(kid)))


def text_of(drawn: dict[Any, dict[int, str]], page: Any, number: int) -> str:
    # Taken once: a piece of the page that two elements lay claim to belongs to the first.
    return drawn.get(page.objgen, {}).pop(number, "") if page is not None else ""


def marked(page: pikepdf.Page) -> dict[int, str]:
    """What the page shows, by number of its marked content."""
    fonts = {name[1:].encode(): letters_of(font) for name, font in page.resources.get("/Font", {}).items()}
    page.contents_coalesce()
    found: dict[int, str] = {}
    nested: list[int | None] = []
    letters: dict[bytes, str] = {}
    for number, font, runs, run, mark in TOKENS.findall(page.Contents.read_bytes()):
        if font:
            letters = fonts.get(font, {})
        elif number:
            nested.append(int(number))
        elif mark == b"EMC":
            if nested:
                nested.pop()
        elif mark:
            nested.append(nested[-1] if nested and nested[-1] is None else None)
        elif nested and nested[-1] is not None:
            glyphs = b"".join(RUNS.findall(runs)) if runs else run
            shown = "".join(letters.get(glyphs[at : at + 4].lower(), "\ufffd") for at in range(0, len(glyphs), 4))
            found[nested[-1]] = found.get(nested[-1], "") + shown
    return found


def letters_of(font: Any) -> dict[bytes, str]:
    """Which letters each glyph stands for, by the font's own table."""
    table = font.get("/ToUnicode")
    if table is None:
        return {}
    return {
        glyph.lower(): bytes.fromhex(letters.decode()).decode("utf-16-be", "replace")
        for glyph, letters in MAPPED.findall(table.read_bytes())
    }
