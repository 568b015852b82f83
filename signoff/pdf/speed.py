"""What makes WeasyPrint quick enough for a list of all municipalities. Measured in bench/README.md."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pydyf


@contextmanager
def tuned() -> Iterator[None]:
    """Printing without the collector, which walks the growing box tree in vain, and with the list of pages kept.

    Both hold for the whole process meanwhile: print in a process of its own (``press``).
    """
    original, collecting = pydyf.PDF.page_references, gc.isenabled()
    gc.disable()
    pydyf.PDF.page_references = property(page_references)
    try:
        yield
    finally:
        pydyf.PDF.page_references = original
        if collecting:
            gc.enable()


def page_references(pdf: Any) -> tuple[bytes, ...]:
    """References to all pages; pydyf builds them anew for every structure element, which is quadratic."""
    kids = pdf.pages["Kids"]
    if getattr(pdf, "_counted", None) != len(kids):
        pdf._counted, pdf._references = len(kids), tuple(f"{number} 0 R".encode() for number in kids[::3])
    references: tuple[bytes, ...] = pdf._references
    return references
