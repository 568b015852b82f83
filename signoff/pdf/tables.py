"""Fit the tables of a text to the page: column widths by content, smaller type, a landscape page.

WeasyPrint's automatic layout lets a table grow beyond the page. Here each column gets its width
from its longest word and the amount of its text before the layout. Every table fits: in the last
step words break where they must.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path
from xml.etree.ElementTree import Element, SubElement

import pyphen  # type: ignore[import-untyped]
from fontTools.ttLib import TTFont

PORTRAIT, LANDSCAPE = 163.0, 253.0  # the widths of the text in print.css, in mm
MM_PER_POINT = 25.4 / 72
COMFORTABLE_WIDTH = 6.5  # em, some twelve characters: narrower only if no word is longer
WIDEST_PART = 9.0  # em; longer parts of words, such as addresses, break anywhere
LONGEST_TEXT = 40.0  # em; beyond it, a column gets no wider for more text
HYPHENATED_LETTERS = 7, 3, 3  # hyphenate-limit-chars of print.css
SLACK = 1.06  # for kerning, rounding and semi-bold cells
MAX_CAPTION_LENGTH = 160  # characters of a paragraph that moves with the table below it
# The ancestors of a table that make it narrower, with their indentation in mm.
INDENTATIONS = {"blockquote": 7.0, "li": 6.0}
WIDE, TALL = "wide", "tall"  # classes in print.css
TALLEST_ROW = 30  # lines; taller rows may break across pages
HEADINGS = ("h2", "h3", "h4", "h5", "h6")


@dataclass(frozen=True, slots=True)
class Step:
    """A way to set a table: its class in print.css, type size in points, padding in mm, page."""

    name: str
    size: float
    padding: float
    landscape: bool = False

    @property
    def em(self) -> float:
        """The type size in mm."""
        return self.size * MM_PER_POINT


STEPS = (
    Step("", 9.5, 3),
    Step("small", 8.5, 2.5),
    Step("smaller", 7.5, 2),
    Step("", 9.5, 3, landscape=True),
    Step("small", 8.5, 2.5, landscape=True),
    Step("smaller", 7.5, 2, landscape=True),
)


@dataclass(frozen=True, slots=True)
class Column:
    """What a column needs, in em: its narrowest acceptable width, its longest word, its text."""

    minimum: float
    word: float
    text: float

    def widen(self, width: float) -> "Column":
        return Column(self.minimum + width, self.word + width, self.text + width)


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell in the grid of its table: its row, its first column, how many it spans."""

    row: Element
    start: int
    span: int
    text: str


def fit_tables(root: Element, language: str, font: Path) -> None:
    """Set the column widths of the tables in the text, and move wide tables to landscape pages."""
    parents = {child: parent for parent in root.iter() for child in parent}
    for article in root.iter("article"):
        if article.get("class") != "text":
            continue
        for table in list(article.iter("table")):
            measure, split = read_advances(font), build_splitter(language)
            ancestors = list(iter_ancestors(table, parents, article))
            indentation = sum(INDENTATIONS.get(ancestor.tag, 0.0) for ancestor in ancestors)
            columns = measure_columns(table, measure, split)
            if not columns:
                continue
            step = choose_step(columns, indentation, movable=not ancestors)
            widths = distribute(columns, step, get_width(step, indentation))
            set_widths(table, widths, step)
            mark_tall_rows(table, [width / step.em for width in widths], measure)
            if step.landscape:
                move_to_own_page(article, table)


def iter_ancestors(
    element: Element, parents: dict[Element, Element], end: Element
) -> Iterator[Element]:
    """The elements between ``element`` and its ancestor ``end``."""
    while (element := parents[element]) is not end:
        yield element


# Measuring.


@cache
def read_advances(path: Path) -> Callable[[str], float]:
    """A function that measures a text in em."""
    with TTFont(path, lazy=True) as font:
        metrics, unit = font["hmtx"].metrics, font["head"].unitsPerEm
        advances = {code: metrics[name][0] / unit for code, name in font.getBestCmap().items()}
    return lambda text: sum(advances.get(ord(char), 1.0) for char in text) * SLACK


def build_splitter(language: str) -> Callable[[str], list[str]]:
    """A function that splits a word at its hyphenation points, each part with its hyphen."""
    code = pyphen.language_fallback(language)
    total, left, right = HYPHENATED_LETTERS
    dictionary = pyphen.Pyphen(lang=code, left=left, right=right) if code else None

    def split(word: str) -> list[str]:
        if dictionary is None or len(word) < total:
            return [word]
        places = [0, *dictionary.positions(word), len(word)]
        parts = [word[start:end] for start, end in pairwise(places)]
        return [f"{part}-" for part in parts[:-1]] + parts[-1:]

    return split


# A line breaks after spaces, and after hyphens and slashes within a word.
UNBREAKABLE = re.compile(r"[^\s/-]+[/-]*|[/-]+")


def measure_columns(
    table: Element, measure: Callable[[str], float], split: Callable[[str], list[str]]
) -> list[Column]:
    """The columns of ``table``. Those under a merged cell share what it needs in addition."""
    cells = list(iter_cells(table))
    texts: list[list[str]] = [
        [] for _ in range(max((cell.start + cell.span for cell in cells), default=0))
    ]
    for cell in cells:
        if cell.span == 1:
            texts[cell.start].append(cell.text)
    columns = [measure_column(column, measure, split) for column in texts]
    for cell in cells:
        merged = measure_column([cell.text], measure, split)
        covered = range(cell.start, cell.start + cell.span)
        missing = merged.minimum - sum(columns[index].minimum for index in covered)
        if cell.span > 1 and missing > 0:
            for index in covered:
                columns[index] = columns[index].widen(missing / cell.span)
    return columns


def iter_cells(table: Element) -> Iterator[Cell]:
    """The cells of ``table`` with their places in the grid."""
    covered: dict[int, int] = {}  # columns with the number of rows that a cell above still covers
    for row in table.iter("tr"):
        column = 0
        below = {index: rows - 1 for index, rows in covered.items() if rows > 1}
        for cell in row:
            while column in covered:
                column += 1
            span, rows = int(cell.get("colspan", "1")), int(cell.get("rowspan", "1"))
            if rows > 1:
                below |= dict.fromkeys(range(column, column + span), rows - 1)
            yield Cell(row, column, span, " ".join("".join(cell.itertext()).split()))
            column += span
        covered = below


def measure_column(
    cells: list[str], measure: Callable[[str], float], split: Callable[[str], list[str]]
) -> Column:
    words = set(UNBREAKABLE.findall(" ".join(cells)))
    widest = max(map(measure, words), default=0.0)
    part = max((measure(part) for word in words for part in split(word)), default=0.0)
    minimum = min(widest, max(COMFORTABLE_WIDTH, min(part, WIDEST_PART)))
    text = min(LONGEST_TEXT, max(map(measure, cells), default=0.0))
    return Column(max(minimum, 0.5), max(widest, 0.5), max(text, widest, 0.5))


# Setting.


def choose_step(columns: list[Column], indentation: float, *, movable: bool) -> Step:
    """The first step in which every column has its minimum; the last one if there is none."""
    steps = [step for step in STEPS if movable or not step.landscape]
    for step in steps:
        needed = sum(column.minimum * step.em + step.padding for column in columns)
        if needed <= get_width(step, indentation):
            return step
    return steps[-1]


def get_width(step: Step, indentation: float) -> float:
    return (LANDSCAPE if step.landscape else PORTRAIT) - indentation


def set_widths(table: Element, widths: list[float], step: Step) -> None:
    """Add the widths as ``<col>``, in percent, and the class of the type size."""
    group = Element("colgroup")
    for width in widths:
        SubElement(group, "col", style=f"width: {100 * width / sum(widths):.3f}%")
    table.insert(0, group)
    if step.name:
        table.set("class", step.name)


def mark_tall_rows(table: Element, widths: list[float], measure: Callable[[str], float]) -> None:
    """Let rows break that would leave half a page empty. ``widths`` are those of columns, in em."""
    for cell in iter_cells(table):
        width = sum(widths[cell.start : cell.start + cell.span])
        if measure(cell.text) / width > TALLEST_ROW:
            cell.row.set("class", TALL)


def distribute(columns: list[Column], step: Step, width: float) -> list[float]:
    """The widths in mm: first the minima, then whole words, then in proportion to the text."""
    widths = [column.minimum * step.em + step.padding for column in columns]
    for wanted in ([column.word for column in columns], [column.text for column in columns]):
        missing = [
            max(0.0, want * step.em + step.padding - has)
            for want, has in zip(wanted, widths, strict=True)
        ]
        share = min(1.0, max(0.0, width - sum(widths)) / (sum(missing) or 1.0))
        widths = [has + share * more for has, more in zip(widths, missing, strict=True)]
    return widths  # what is left over, or missing, is shared in proportion


def move_to_own_page(article: Element, table: Element) -> None:
    """Wrap ``table`` for a landscape page, with the headings and the caption right above it."""
    children = list(article)
    start = end = children.index(table)
    if start and children[start - 1].tag == "p" and is_caption(children[start - 1]):
        start -= 1
    while start and children[start - 1].tag in HEADINGS:
        start -= 1
    before = children[start - 1] if start else None
    if before is not None and before.get("class") == WIDE:
        before.extend(children[start : end + 1])
        del article[start : end + 1]
    else:
        wrapper = Element("div", {"class": WIDE})
        wrapper.extend(children[start : end + 1])
        article[start : end + 1] = [wrapper]


def is_caption(paragraph: Element) -> bool:
    return len("".join(paragraph.itertext())) <= MAX_CAPTION_LENGTH
