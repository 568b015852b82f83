"""Measure finished pages: nothing leaves its page or its cell, and nothing is overprinted.

WeasyPrint gives no warning for these, so that words would be missing in print without notice.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from weasyprint.formatting_structure import boxes

from signoff.domain.errors import PrintError

TOLERANCE = 1.0  # CSS pixels, for rounding
SAFE_EDGE = (
    19.0  # CSS pixels (5 mm): printers leave it white; labels of lists reach beyond the text
)
# The part of a line that two texts never share, in em above the baseline; ascenders of one line
# may touch the line above.
CORE_HEIGHT = 0.4
EXCERPT_LENGTH = 40  # characters
HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
TITLE_PAGE = "title"  # the named page of print.css


@dataclass(frozen=True, slots=True)
class Area:
    """A rectangle in CSS pixels."""

    left: float
    top: float
    right: float
    bottom: float

    def contains(self, other: "Area") -> bool:
        return (
            other.left >= self.left - TOLERANCE
            and other.right <= self.right + TOLERANCE
            and other.top >= self.top - TOLERANCE
            and other.bottom <= self.bottom + TOLERANCE
        )

    def overlaps(self, other: "Area") -> bool:
        return (
            other.left < self.right - TOLERANCE
            and other.right > self.left + TOLERANCE
            and other.top < self.bottom - TOLERANCE
            and other.bottom > self.top + TOLERANCE
        )


@dataclass(frozen=True, slots=True)
class Ink:
    """A piece of text or an image on a page, with the area that it must not leave."""

    area: Area
    core: Area
    limit: Area
    text: str
    heading: str


@dataclass(frozen=True, slots=True)
class Fault:
    """``ink`` leaves its area, or ``over`` is printed over it, on a page counted from 1."""

    page: int
    ink: Ink
    over: Ink | None = None

    def describe(self) -> str:
        """A message for the office with heading and page."""
        excerpt = self.ink.text[:EXCERPT_LENGTH].strip()
        place = f"unter der Überschrift „{self.ink.heading}“ " if self.ink.heading else ""
        if self.over is None:
            return f"„{excerpt}“ ragt {place}auf Seite {self.page} aus der Seite oder der Spalte"
        other = self.over.text[:EXCERPT_LENGTH].strip()
        return f"„{excerpt}“ steht {place}auf Seite {self.page} auf „{other}“"


def require_no_overflow(pages: Iterable[Any]) -> None:
    """Raise ``PrintError`` for the first fault of the laid out ``pages``."""
    for fault in iter_faults(pages):
        raise PrintError(fault.describe())


def iter_faults(pages: Iterable[Any]) -> Iterator[Fault]:
    heading = ""
    for number, page in enumerate(pages, 1):
        inks = list(iter_ink(page._page_box, heading))
        heading = inks[-1].heading if inks else heading
        for ink in inks:
            if not ink.limit.contains(ink.area):
                yield Fault(number, ink)
        yield from (Fault(number, first, second) for first, second in iter_overprinted(inks))


def count_title_pages(pages: Iterable[Any]) -> int:
    return sum(page._page_box.page_type.name == TITLE_PAGE for page in pages)


def is_foot_clear(title_page: Any) -> bool:
    """Whether the last block of a title page, the facts, begins below all others: ``iter_faults``
    does not see the rule above them.
    """
    title = title_page._page_box.children[0].children[0].children[0]  # of html and body
    *blocks, facts = (getattr(box, "_box", box) for box in title.children)
    top = get_border_area(facts).top
    return all(get_border_area(block).bottom <= top for block in blocks)


# Walking the boxes.


def iter_ink(page: Any, heading: str) -> Iterator[Ink]:
    """The ink of a page in document order. ``heading`` is the last one of the pages before."""
    content = Area(
        page.content_box_x(),
        page.content_box_y(),
        page.content_box_x() + page.width,
        page.content_box_y() + page.height,
    )
    sheet = Area(
        SAFE_EDGE,
        SAFE_EDGE,
        page.margin_width() - SAFE_EDGE,
        page.margin_height() - SAFE_EDGE,
    )
    stack = [(child, content) for child in reversed(page.children)]
    while stack:
        box, limit = stack.pop()
        box = getattr(box, "_box", box)  # absolutely positioned boxes have a placeholder
        if isinstance(box, boxes.MarginBox):
            limit = get_border_area(box)  # a box with a negative margin reaches over its neighbour
        elif isinstance(box, boxes.TableCellBox):
            limit = get_area(box)
        elif str(box.element_tag).endswith("::marker"):
            limit = sheet
        elif box.element_tag in HEADINGS and isinstance(box, boxes.BlockBox):
            heading = " ".join("".join(box.element.itertext()).split())
        if isinstance(box, boxes.TextBox):
            if box.text.strip() and box.style["font_size"]:
                yield measure_text(box, limit, heading)
        elif isinstance(box, boxes.ReplacedBox):
            area = get_area(box)
            yield Ink(area, area, limit, box.element.get("alt", ""), heading)
        elif isinstance(box, boxes.ParentBox):
            stack.extend((child, limit) for child in reversed(box.children))


def get_area(box: Any) -> Area:
    """The margin area of ``box``."""
    left, top = box.position_x, box.position_y
    return Area(left, top, left + box.margin_width(), top + box.margin_height())


def get_border_area(box: Any) -> Area:
    """The area of ``box`` within its margins."""
    left, top = box.border_box_x(), box.border_box_y()
    return Area(left, top, left + box.border_width(), top + box.border_height())


def measure_text(box: Any, limit: Area, heading: str) -> Ink:
    left, right = box.position_x, box.position_x + box.width
    baseline, size = box.position_y + box.baseline, box.style["font_size"]
    core = Area(left, baseline - CORE_HEIGHT * size, right, baseline)
    return Ink(core, core, limit, box.text, heading)


def iter_overprinted(inks: list[Ink]) -> Iterator[tuple[Ink, Ink]]:
    """Pairs of inks that cover each other."""
    active: list[Ink] = []
    for ink in sorted(inks, key=lambda ink: ink.core.top):
        active = [other for other in active if other.core.bottom > ink.core.top]
        yield from ((other, ink) for other in active if other.core.overlaps(ink.core))
        active.append(ink)
