"""The legal texts of the pages: starters with blanks to fill in."""

import re
from dataclasses import dataclass
from datetime import datetime

KINDS = ("imprint", "privacy", "accessibility")
BLANK = re.compile(r"(?<![!\\\]])\[([^\[\]\n]+)\](?![(\[:])")  # no link, no picture, no reference


@dataclass(frozen=True, slots=True)
class LegalText:
    """Imprint, privacy or accessibility statement in one language; ``edited_at`` is None while blanks are left."""

    kind: str
    language: str
    markdown: str
    edited_at: datetime | None


def blanks(markdown: str) -> tuple[str, ...]:
    """What still stands in square brackets, each once: a text with blanks is nobody's imprint."""
    return tuple(dict.fromkeys(BLANK.findall(markdown)))
