"""Give the parts of a document that are in another language a language of their own.

WeasyPrint tags the language of the whole document only, so that a screen reader would read the
German list of an English paper with English sounds.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pydyf
from weasyprint.pdf import tags

ROOTS = ("html", "body")  # no structure elements: WeasyPrint gives their children instead


@contextmanager
def tag_languages() -> Iterator[None]:
    """Let WeasyPrint write ``lang`` attributes as ``/Lang``. Affects the whole process."""
    original = tags._build_box_tree

    def build_box_tree(box: Any, *arguments: Any) -> Iterator[Any]:
        box = getattr(box, "_box", box)  # absolutely positioned boxes have a placeholder
        language = None if box.element is None else box.element.get("lang")
        is_part = language and box.element_tag not in ROOTS
        for element in original(box, *arguments):
            if is_part:
                element["Lang"] = pydyf.String(language)
            yield element

    tags._build_box_tree = build_box_tree
    try:
        yield
    finally:
        tags._build_box_tree = original
