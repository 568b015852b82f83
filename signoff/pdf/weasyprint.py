"""Adapt WeasyPrint: files, warnings, fonts, and speed for long lists (bench/README.md)."""

import gc
import logging
import unicodedata
import warnings
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element

import pikepdf
import pydyf
import pyphen  # type: ignore[import-untyped]
from fontTools.ttLib import TTFont
from weasyprint.urls import FatalURLFetchingError, URLFetcher, URLFetcherResponse

from signoff.domain.errors import PrintError

# Warnings.


class WarningCollector(logging.Handler):
    """Collects the warnings of WeasyPrint."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.warnings: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.warnings.append(record.getMessage())


@contextmanager
def raise_on_warnings() -> Iterator[None]:
    """Raise ``PrintError`` if WeasyPrint warns, or asks for a file that is not allowed.

    It would ignore broken links and unknown rules, which is not acceptable in an archived document.
    """
    logger, collector = logging.getLogger("weasyprint"), WarningCollector()
    logger.addHandler(collector)
    try:
        with warnings.catch_warnings():
            # WeasyPrint does not close its colour profile.
            warnings.simplefilter("ignore", ResourceWarning)
            yield
    except FatalURLFetchingError as error:
        raise error.__cause__ or error from None
    finally:
        logger.removeHandler(collector)
    if collector.warnings:
        raise PrintError(f"der Satz meldet: {collector.warnings[0].rstrip('.')}")


# Files: only those of the package may be read.

URL_SCHEME = "signoff:"


class PackagedFilesFetcher(URLFetcher):  # type: ignore[misc]
    """Serves ``signoff:<prefix><file>`` from the folder of the prefix, and nothing else."""

    def __init__(self, folders: dict[str, Path], generated: dict[str, bytes] | None = None) -> None:
        """``generated`` are the files generated for this print, by name."""
        super().__init__(fail_on_errors=True, allowed_protocols=[])
        self._folders, self._generated = folders, generated or {}

    def fetch(self, url: str, headers: dict[str, str] | None = None) -> URLFetcherResponse:
        if content := self._generated.get(url.removeprefix(URL_SCHEME)):
            return URLFetcherResponse(url, content, {"Content-Type": guess_content_type(url)})
        try:
            return URLFetcherResponse(
                url, self._find_path(url).read_bytes(), {"Content-Type": guess_content_type(url)}
            )
        except FileNotFoundError as error:
            raise PrintError(
                f"die mitgelieferte Datei „{url.removeprefix(URL_SCHEME)}“ fehlt"
            ) from error

    def _find_path(self, url: str) -> Path:
        name = url.removeprefix(URL_SCHEME)
        for prefix, folder in self._folders.items():
            # Only plain file names, no paths.
            if url.startswith(URL_SCHEME + prefix) and "/" not in name[len(prefix) :]:
                return folder / name[len(prefix) :]
        raise PrintError(
            f"der Text verweist auf „{url[:80]}“; gedruckt wird nur, was mitgeliefert ist"
        )


def guess_content_type(url: str) -> str:
    """The media type by the file extension."""
    types = {
        **{"css": "text/css", "svg": "image/svg+xml", "ttf": "font/ttf"},
        **{"png": "image/png", "jpg": "image/jpeg"},
    }
    return types.get(url.rpartition(".")[2], "text/plain")


# Fonts: embedded from the package, never from the system.

FONT_FOLDER = "vendor/fonts/print"
TEXT_FONTS = ("FiraSans-Regular.ttf", "FiraSans-Italic.ttf", "FiraSans-SemiBold.ttf")
ALLOWED_FONTS = frozenset(
    {"Signoff-Sans", "Signoff-Sans-Semi-Bold", "Signoff-Sans-Italic", "Signoff-Mono"}
)
# Characters without a glyph: white space, soft hyphens, zero-width spaces.
INVISIBLE_CHARS = frozenset("\n\t\r\u00ad\u200b")
# Characters that Word uses and the fonts lack, with equivalents of the same shape.
CHARACTER_SUBSTITUTES = str.maketrans(
    {
        "\u2010": "-",
        "\u2011": "-",
        "\u202f": "\u00a0",
        "\u2009": "\u00a0",
        "\u2060": "",
        "\ufeff": "",
    }
)


def substitute_in_tree(root: Element) -> None:
    """Compose characters (NFC), and replace hyphens and spaces that the fonts lack."""
    for element in root.iter():
        element.text = element.text and substitute_characters(element.text)
        element.tail = element.tail and substitute_characters(element.tail)
    body = get_body(root)
    for name, value in body.attrib.items():
        body.set(name, substitute_characters(value))


def get_body(root: Element) -> Element:
    body = root.find("body")
    if body is None:
        raise ValueError("the document has no body")
    return body


def substitute_characters(text: str) -> str:
    return (
        text
        if text.isascii()
        else unicodedata.normalize("NFC", text).translate(CHARACTER_SUBSTITUTES)
    )


def check_coverage(root: Element, folder: Path) -> None:
    """Raise ``PrintError`` if a text font lacks a character of the text."""
    if missing := list_missing_characters(root, folder):
        code = min(missing)
        name = unicodedata.name(chr(code), "ohne Namen")
        raise PrintError(
            f"das Zeichen „{chr(code)}“ (U+{code:04X}, {name}) fehlt in der Druckschrift"
        )


def replace_missing_characters(root: Element, folder: Path) -> None:
    """Replace characters that the fonts lack by ``[U+1F600]``, so that any input can be printed."""
    if table := {code: f"[U+{code:04X}]" for code in list_missing_characters(root, folder)}:
        for element in root.iter():
            element.text = element.text and element.text.translate(table)
            element.tail = element.tail and element.tail.translate(table)


def list_missing_characters(root: Element, folder: Path) -> set[int]:
    """The characters of the text that at least one text font lacks."""
    characters = set("".join(iter_printed_text(root))) - INVISIBLE_CHARS
    # The fonts contain Latin Extended-A.
    unusual = {char for char in characters if char > "\u017e" or not char.isprintable()}
    missing: set[int] = set()
    for name in TEXT_FONTS if unusual else ():
        with TTFont(folder / name, lazy=True) as font:
            missing |= {ord(char) for char in unusual} - font.getBestCmap().keys()
    return missing


def iter_printed_text(root: Element) -> Iterable[str]:
    """All printed text: the content of the body, and its attributes for running heads."""
    body = get_body(root)
    yield from body.itertext()
    yield from body.attrib.values()


def list_embedded_fonts(pdf: pikepdf.Pdf) -> set[str]:
    """The names of the fonts in ``pdf``, without their subset tags."""
    names = {
        str(font["/BaseFont"])
        for page in pdf.pages
        for font in page.resources.get("/Font", {}).values()
    }
    return {name.lstrip("/").rpartition("+")[2] for name in names}


# Hyphenation. Pyphen parses all 77,000 German patterns before the first word, which takes a third
# of the time of a short paper; here each pattern is parsed on first use.

WITHOUT_DIGITS = str.maketrans("", "", "0123456789")


class LazyPatterns(dict[str, Any]):
    """Patterns by their letters, parsed on first use."""

    def get(self, letters: str, default: Any = None) -> Any:
        pattern = super().get(letters, default)
        if isinstance(pattern, str):
            self[letters] = pattern = parse_pattern(pattern)
        return pattern


class LazyHyphenation(pyphen.HyphDict):  # type: ignore[misc]
    """Equivalent to ``pyphen.HyphDict`` for dictionaries of plain patterns."""

    def __init__(self, lines: list[str]) -> None:
        self.patterns = LazyPatterns(
            zip("\n".join(lines).translate(WITHOUT_DIGITS).split("\n"), lines, strict=True)
        )
        self.maxlen = max(map(len, self.patterns))
        self.cache: dict[str, Any] = {}


def parse_pattern(pattern: str) -> tuple[int, tuple[int, ...]] | None:
    """The offset of the non-zero values, and the values; ``.ab1l`` gives 3 and (1,)."""
    values = tuple(int(value or "0") for value, _letter in pyphen.parse(pattern))
    nonzero = [index for index, value in enumerate(values) if value]
    return (nonzero[0], values[nonzero[0] : nonzero[-1] + 1]) if nonzero else None


def prepare_hyphenation(language: str) -> None:
    """Let Pyphen use ``LazyHyphenation`` for ``language`` if its dictionary is plain."""
    dictionary = pyphen.language_fallback(language)
    path: Path | None = pyphen.LANGUAGES.get(dictionary)
    if path is None or path in pyphen.hdcache:
        return
    encoding = path.read_bytes().split(b"\n", 1)[0].decode().strip()
    if encoding.lower().startswith("microsoft"):
        return
    stripped = (line.strip() for line in path.read_text(encoding).split("\n")[1:])
    lines = [line for line in stripped if line and not line.startswith(pyphen.ignored)]
    if not any("^^" in line or "/" in line for line in lines):
        pyphen.hdcache[path] = LazyHyphenation(lines)


@contextmanager
def tune_weasyprint() -> Iterator[None]:
    """Disable the garbage collector, which scans the box tree in vain, and cache page references.

    Both affect the whole process, so print in a separate one (``signoff.pdf.process``).
    """
    original, gc_enabled = pydyf.PDF.page_references, gc.isenabled()
    gc.disable()
    pydyf.PDF.page_references = property(get_page_references)
    try:
        yield
    finally:
        pydyf.PDF.page_references = original
        if gc_enabled:
            gc.enable()


def get_page_references(pdf: Any) -> tuple[bytes, ...]:
    """Cached page references; pydyf builds them for each structure element, in quadratic time."""
    kids = pdf.pages["Kids"]
    if getattr(pdf, "_counted", None) != len(kids):
        pdf._counted, pdf._references = (
            len(kids),
            tuple(f"{number} 0 R".encode() for number in kids[::3]),
        )
    references: tuple[bytes, ...] = pdf._references
    return references
