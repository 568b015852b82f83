"""Plain text in lines that every mail program shows whole."""

import re
import textwrap
from collections.abc import Collection
from functools import lru_cache

WIDTH = 76  # columns
LONGEST = 160  # columns of a line that holds nothing but an address
MARKS = ("- ", "> ", "  ")  # an item, a quotation, the rest of a fact


def wrapped(text: str, addresses: Collection[str]) -> str:
    """Each line of ``text`` is a paragraph and is wrapped; a line that is one of ``addresses`` stays whole."""
    lines: list[str] = []
    for line in text.strip().splitlines():
        if line.strip() in addresses or line == "-- ":
            lines.append(line.strip() or line)
        elif line.strip() or (lines and lines[-1]):  # never two empty lines in a row
            lines.extend(filled(line) or [""])
    return "\n".join("-- " if line == "--" else line for line in lines).replace("\u00a0", " ") + "\n"


def paragraph(text: str) -> str:
    """Several lines as one; spaces that forbid a line break stay."""
    return re.sub(r"[ \n]+", " ", text).strip()


def quoted(text: str) -> str:
    """What somebody else wrote, each of its lines marked as a quotation; no line of it can pass for one of ours."""
    return "\n".join(f"> {line}" for line in text.splitlines())


@lru_cache(2048)  # most lines are those of the mail before
def filled(line: str) -> list[str]:
    """The lines of one paragraph; not to be changed by who asked."""
    mark = next((mark for mark in MARKS if line.startswith(mark)), "")
    more = "  " if mark == "- " else mark
    return textwrap.wrap(line, WIDTH, subsequent_indent=more, break_on_hyphens=False)
