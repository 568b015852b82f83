"""Tell the hyphens of divided words from those of the text.

WeasyPrint writes both alike, so that "Verdrän-gung" is copied and read aloud. Here a hyphen at the
end of a divided word gets the soft hyphen as its actual text (ISO 32000-1, 14.8.2.2.3 and 14.9.4).
Its glyph stays that of a hyphen: programs that ignore actual texts still rejoin such words.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import weasyprint.draw

# hyphenate-character of print.css: with an invisible word joiner, which no text contains
# (``characters.CHARACTER_SUBSTITUTES``), so that it is no hyphen of the text.
DIVISION = "\u2060-"
SOFT_HYPHEN = b"/Span <</ActualText <feff00ad>>> BDC"
LAST_GLYPH = re.compile(rb"([0-9a-f]{4})(>[^<>]*\] TJ)$")


@contextmanager
def mark_soft_hyphens() -> Iterator[None]:
    """Let WeasyPrint mark the hyphens that it adds. Affects the whole process."""
    original = weasyprint.draw.draw_text

    def draw_text(stream: Any, box: Any, *arguments: Any) -> None:
        original(stream, box, *arguments)
        if box.text.endswith(DIVISION):
            mark_last_glyph(stream.stream)

    weasyprint.draw.draw_text = draw_text
    try:
        yield
    finally:
        weasyprint.draw.draw_text = original


def mark_last_glyph(operations: list[bytes]) -> None:
    """Draw the last glyph of the last line on its own, as a soft hyphen."""
    line = next(at for at in reversed(range(len(operations))) if operations[at].endswith(b"] TJ"))
    if glyph := LAST_GLYPH.search(operations[line]):
        before = operations[line][: glyph.start()] + b">] TJ"
        operations[line : line + 1] = [before, SOFT_HYPHEN, b"[<" + glyph[0], b"EMC"]
