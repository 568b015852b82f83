"""Equations of Word (Office Math, ECMA-376 part 1, 22.1) as a line of text."""

import unicodedata
from collections.abc import Callable
from dataclasses import dataclass

from signoff.importers.ooxml import Element, get_attribute, get_name

RAISED, LOWERED = "superscript", "subscript"


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of the line; ``position`` is empty, superscript or subscript."""

    text: str
    position: str = ""


Line = list[Piece]


def linearize_equation(element: Element) -> Line:
    """``element`` as a line: fractions as (a)/(b), roots as √(a), matrices as (a, b; c, d)."""
    name = get_name(element).removeprefix("m:")
    if build := BUILDERS.get(name):
        return build(element)
    if name in {"t", "w:t"}:
        return [Piece(unicodedata.normalize("NFKC", element.text or ""))]
    if name.endswith("Pr"):
        return []
    return [piece for child in element for piece in linearize_equation(child)]


def read_child(element: Element, name: str) -> Line:
    child = element.find(f"{{*}}{name}")
    return [] if child is None else linearize_equation(child)


def read_property(element: Element, name: str, default: str) -> str:
    found = element.find(f"{{*}}{get_name(element).removeprefix('m:')}Pr/{{*}}{name}")
    return default if found is None else get_attribute(found, "m:val")


def flatten(line: Line) -> str:
    """``line`` without positions: ``x^2``, ``a_(i+1)``."""
    marks = {RAISED: "^", LOWERED: "_"}
    return "".join(
        f"{marks[piece.position]}{group(piece.text)}" if piece.position else piece.text
        for piece in line
    )


def group(text: str) -> str:
    """``text`` in brackets, unless it is one number, word or sign."""
    text = text.strip()
    return text if len(text) == 1 or text.replace(",", "").isalnum() else f"({text})"


def place(line: Line, position: str) -> Line:
    text = flatten(line).strip()
    return [Piece(text, position)] if text else []


def build_fraction(element: Element) -> Line:
    parts = (group(flatten(read_child(element, name))) for name in ("num", "den"))
    sign = "¦" if read_property(element, "type", "") == "noBar" else "/"
    return [Piece(sign.join(parts))]


def build_scripts(element: Element) -> Line:
    before = get_name(element) == "m:sPre"
    scripts = [
        *place(read_child(element, "sub"), LOWERED),
        *place(read_child(element, "sup"), RAISED),
    ]
    base = read_child(element, "e")
    return [*scripts, *base] if before else [*base, *scripts]


def build_limit(element: Element) -> Line:
    position = LOWERED if get_name(element) == "m:limLow" else RAISED
    return [*read_child(element, "e"), *place(read_child(element, "lim"), position)]


def build_root(element: Element) -> Line:
    degree = place(read_child(element, "deg"), RAISED)
    return [*degree, Piece(f"√{group(flatten(read_child(element, 'e')))}")]


def build_sum(element: Element) -> Line:
    """A sum, product or integral with its limits."""
    limits = [
        *place(read_child(element, "sub"), LOWERED),
        *place(read_child(element, "sup"), RAISED),
    ]
    return [
        Piece(read_property(element, "chr", "∫")),
        *limits,
        Piece(" "),
        *read_child(element, "e"),
    ]


def build_brackets(element: Element) -> Line:
    line = [Piece(read_property(element, "begChr", "("))]
    for index, part in enumerate(element.findall("{*}e")):
        line += [Piece(read_property(element, "sepChr", "|"))] * bool(index)
        line += linearize_equation(part)
    return [*line, Piece(read_property(element, "endChr", ")"))]


def build_function(element: Element) -> Line:
    return [*read_child(element, "fName"), Piece(" "), *read_child(element, "e")]


def build_accent(element: Element) -> Line:
    sign = read_property(element, "chr", "\u0302")
    return [*read_child(element, "e"), Piece(sign)]


def build_matrix(element: Element) -> Line:
    rows = (
        ", ".join(flatten(linearize_equation(cell)) for cell in row.findall("{*}e"))
        for row in element.findall("{*}mr")
    )
    return [Piece(f"({'; '.join(rows)})")]


def build_array(element: Element) -> Line:
    return [Piece("; ".join(flatten(linearize_equation(row)) for row in element.findall("{*}e")))]


BUILDERS: dict[str, Callable[[Element], Line]] = {
    "f": build_fraction,
    "sSup": build_scripts,
    "sSub": build_scripts,
    "sSubSup": build_scripts,
    "sPre": build_scripts,
    "limLow": build_limit,
    "limUpp": build_limit,
    "rad": build_root,
    "nary": build_sum,
    "d": build_brackets,
    "func": build_function,
    "acc": build_accent,
    "m": build_matrix,
    "eqArr": build_array,
}
