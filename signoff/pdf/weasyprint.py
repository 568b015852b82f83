"""What makes WeasyPrint quick enough for a list of all municipalities. Measured in bench/README.md."""

import gc
import unicodedata
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element

import pikepdf
import pydyf
import pyphen  # type: ignore[import-untyped]
from fontTools.ttLib import TTFont
from weasyprint.urls import URLFetcher, URLFetcherResponse

from signoff.pdf.errors import PrintFailed

# What a print may read: the files that came with the package, nothing else.

URL_SCHEME = "signoff:"


class PackagedFilesFetcher(URLFetcher):  # type: ignore[misc]
    """Answers ``signoff:<prefix><file>`` from the folder of the prefix and ends the print on any other address."""

    def __init__(self, folders: dict[str, Path], made: dict[str, bytes] | None = None) -> None:
        """``made`` are files that were made for this print, by name."""
        super().__init__(fail_on_errors=True, allowed_protocols=[])
        self._folders, self._made = folders, made or {}

    def fetch(self, url: str, headers: dict[str, str] | None = None) -> URLFetcherResponse:
        if found := self._made.get(url.removeprefix(URL_SCHEME)):
            return URLFetcherResponse(url, found, {"Content-Type": guess_content_type(url)})
        try:
            return URLFetcherResponse(
                url, self._file(url).read_bytes(), {"Content-Type": guess_content_type(url)}
            )
        except FileNotFoundError as error:
            raise PrintFailed(
                f"die mitgelieferte Datei „{url.removeprefix(URL_SCHEME)}“ fehlt"
            ) from error

    def _file(self, url: str) -> Path:
        name = url.removeprefix(URL_SCHEME)
        for prefix, folder in self._folders.items():
            # Only a bare name: no way up, no way down.
            if url.startswith(URL_SCHEME + prefix) and "/" not in name[len(prefix) :]:
                return folder / name[len(prefix) :]
        raise PrintFailed(
            f"der Text verweist auf „{url[:80]}“; gedruckt wird nur, was mitgeliefert ist"
        )


def guess_content_type(url: str) -> str:
    """The media type by the name's ending."""
    return {"css": "text/css", "svg": "image/svg+xml", "ttf": "font/ttf", "png": "image/png"}.get(
        url.rpartition(".")[2], "text/plain"
    )


# The fonts of the print: embedded from the package, never from the machine.

FONT_FOLDER = "vendor/fonts/print"
TEXT_FONTS = ("FiraSans-Regular.ttf", "FiraSans-Italic.ttf", "FiraSans-SemiBold.ttf")
ALLOWED_FONTS = frozenset(
    {"Signoff-Sans", "Signoff-Sans-Semi-Bold", "Signoff-Sans-Italic", "Signoff-Mono"}
)
# Set without a glyph: line breaks, soft hyphens, joiners. White space is made from the space.
INVISIBLE_CHARS = frozenset("\n\t\r\u00ad\u200b")
# Word writes these; the fonts lack them and have the same shape under another number.
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
    """Composes letters and marks, and writes hyphens and narrow spaces as the fonts have them."""
    for element in root.iter():
        element.text = element.text and substitute_characters(element.text)
        element.tail = element.tail and substitute_characters(element.tail)
    body = root.find("body")
    assert body is not None
    for name, value in body.attrib.items():
        body.set(name, substitute_characters(value))


def substitute_characters(text: str) -> str:
    return (
        text
        if text.isascii()
        else unicodedata.normalize("NFC", text).translate(CHARACTER_SUBSTITUTES)
    )


def check_coverage(root: Element, folder: Path) -> None:
    """Raises ``PrintFailed`` where the text has a character that one of the text fonts lacks: it would be a box."""
    if lacking := list_missing_characters(root, folder):
        code = min(lacking)
        called = unicodedata.name(chr(code), "ohne Namen")
        raise PrintFailed(
            f"das Zeichen „{chr(code)}“ (U+{code:04X}, {called}) fehlt in der Druckschrift"
        )


def replace_missing_characters(root: Element, folder: Path) -> None:
    """Writes ``[U+1F600]`` for a character the fonts lack: a receipt has to be had whatever somebody typed."""
    if table := {code: f"[U+{code:04X}]" for code in list_missing_characters(root, folder)}:
        for element in root.iter():
            element.text = element.text and element.text.translate(table)
            element.tail = element.tail and element.tail.translate(table)


def list_missing_characters(root: Element, folder: Path) -> set[int]:
    """The characters of the text that at least one of the text fonts lacks."""
    signs = set("".join(iter_printed_text(root))) - INVISIBLE_CHARS
    unusual = {
        sign for sign in signs if sign > "\u017e" or not sign.isprintable()
    }  # the fonts hold Latin Extended-A
    lacking: set[int] = set()
    for name in TEXT_FONTS if unusual else ():
        with TTFont(folder / name, lazy=True) as font:
            lacking |= {ord(sign) for sign in unusual} - font.getBestCmap().keys()
    return lacking


def iter_printed_text(root: Element) -> Iterable[str]:
    """Every text that is printed: what stands in the body, and what its attributes hand to the running heads."""
    body = root.find("body")
    assert body is not None
    yield from body.itertext()
    yield from body.attrib.values()


def list_embedded_fonts(pdf: pikepdf.Pdf) -> set[str]:
    """The names of the fonts in ``pdf``, without the tag of their subset."""
    named = {
        str(font["/BaseFont"])
        for page in pdf.pages
        for font in page.resources.get("/Font", {}).values()
    }
    return {name.lstrip("/").rpartition("+")[2] for name in named}


# Hyphenation patterns read when a word asks for them.
#
# Pyphen parses all 77,000 German patterns before the first word: a third of the time a short paper takes to print.

WITHOUT_DIGITS = str.maketrans("", "", "0123456789")


class LazyPatterns(dict[str, Any]):
    """Patterns by their letters; each is parsed on its first use."""

    def get(self, letters: str, default: Any = None) -> Any:
        found = super().get(letters, default)
        if isinstance(found, str):
            self[letters] = found = parse_pattern(found)
        return found


class LazyHyphenation(pyphen.HyphDict):  # type: ignore[misc]
    """The same answers as Pyphen's own, without its wait. For dictionaries of plain patterns alone."""

    def __init__(self, lines: list[str]) -> None:
        self.patterns = LazyPatterns(
            zip("\n".join(lines).translate(WITHOUT_DIGITS).split("\n"), lines, strict=True)
        )
        self.maxlen = max(map(len, self.patterns))
        self.cache: dict[str, Any] = {}


def parse_pattern(pattern: str) -> tuple[int, tuple[int, ...]] | None:
    """Where the values of ``pattern`` begin, and the values: ``.ab1l`` is at 3: 1. ``None`` where all are zero."""
    values = tuple(int(value or "0") for value, _letter in pyphen.parse(pattern))
    given = [at for at, value in enumerate(values) if value]
    return (given[0], values[given[0] : given[-1] + 1]) if given else None


def prepare_hyphenation(language: str) -> None:
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
        pyphen.hdcache[path] = LazyHyphenation(lines)


@contextmanager
def tune_weasyprint() -> Iterator[None]:
    """Printing without the collector, which walks the growing box tree in vain, and with the list of pages kept.

    Both hold for the whole process meanwhile: print in a process of its own (``press``).
    """
    original, collecting = pydyf.PDF.page_references, gc.isenabled()
    gc.disable()
    pydyf.PDF.page_references = property(get_page_references)
    try:
        yield
    finally:
        pydyf.PDF.page_references = original
        if collecting:
            gc.enable()


def get_page_references(pdf: Any) -> tuple[bytes, ...]:
    """References to all pages; pydyf builds them anew for every structure element, which is quadratic."""
    kids = pdf.pages["Kids"]
    if getattr(pdf, "_counted", None) != len(kids):
        pdf._counted, pdf._references = (
            len(kids),
            tuple(f"{number} 0 R".encode() for number in kids[::3]),
        )
    references: tuple[bytes, ...] = pdf._references
    return references
