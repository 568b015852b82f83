"""Hyphenation patterns read when a word asks for them.

Pyphen parses all 77,000 German patterns before the first word: a third of the time a short paper takes to print.
"""

from pathlib import Path
from typing import Any

import pyphen  # type: ignore[import-untyped]

DIGITS = str.maketrans("", "", "0123456789")


class Patterns(dict[str, Any]):
    """Patterns by their letters; each is parsed on its first use."""

    def get(self, letters: str, default: Any = None) -> Any:
        found = super().get(letters, default)
        if isinstance(found, str):
            self[letters] = found = parsed(found)
        return found


class Hyphenation(pyphen.HyphDict):  # type: ignore[misc]
    """The same answers as Pyphen's own, without its wait. For dictionaries of plain patterns alone."""

    def __init__(self, lines: list[str]) -> None:
        self.patterns = Patterns(zip("\n".join(lines).translate(DIGITS).split("\n"), lines, strict=True))
        self.maxlen = max(map(len, self.patterns))
        self.cache: dict[str, Any] = {}


def parsed(pattern: str) -> tuple[int, tuple[int, ...]] | None:
    """Where the values of ``pattern`` begin, and the values: ``.ab1l`` is at 3: 1. ``None`` where all are zero."""
    values = tuple(int(value or "0") for value, _letter in pyphen.parse(pattern))
    given = [at for at, value in enumerate(values) if value]
    return (given[0], values[given[0] : given[-1] + 1]) if given else None


def prepare(language: str) -> None:
    """Has Pyphen use ``Hyphenation`` for ``language`` where its dictionary is plain; else leaves it to Pyphen."""
    known = pyphen.language_fallback(language)
    path: Path | None = pyphen.LANGUAGES.get(known)
    if path is None or path in pyphen.hdcache:
        return
    encoding = path.read_bytes().split(b"\n", 1)[0].decode().strip()
    if encoding.lower().startswith("microsoft"):
        return
    stripped = (line.strip() for line in path.read_text(encoding).split("\n")[1:])
    lines = [line for line in stripped if line and not line.startswith(pyphen.ignored)]
    if not any("^^" in line or "/" in line for line in lines):
        pyphen.hdcache[path] = Hyphenation(lines)
