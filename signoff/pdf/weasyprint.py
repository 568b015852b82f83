"""Adapt WeasyPrint: files, warnings, fonts, and speed for long lists (bench/README.md)."""

import gc
import logging
import re
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache, lru_cache
from io import BytesIO
from pathlib import Path
from typing import Any, TypeVar
from xml.etree.ElementTree import Element

import pikepdf
import pydyf
import pyphen  # type: ignore[import-untyped]
from fontTools.ttLib import TTFont
from weasyprint import CSS, HTML, draw
from weasyprint.draw.text import draw_text
from weasyprint.html import UA
from weasyprint.layout import page
from weasyprint.layout.page import set_page_type_computed_styles
from weasyprint.pdf import fonts
from weasyprint.text.ffi import (
    ffi,
    fontconfig,
    gobject,
    harfbuzz,
    harfbuzz_subset,
    pango,
    pangoft2,
)
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import FatalURLFetchingError, URLFetcher, URLFetcherResponse

from signoff.domain.characters import COMPATIBILITY_FORMS, substitute_characters
from signoff.domain.errors import PrintError

Function = TypeVar("Function", bound=Callable[..., Any])

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


# Style sheets: parsed once, by the press before it forks.


class FontFaces(list[Any]):
    """Collects the ``@font-face`` rules of a style sheet, in place of the fonts themselves."""

    def add_font_face(self, descriptors: Any, _fetcher: URLFetcher) -> None:
        self.append(descriptors)


@cache
def parse_style_sheet(folder: Path, name: str) -> tuple[CSS, FontFaces]:
    """The style sheet ``name`` in ``folder``, and its fonts; raises ``PrintError``."""
    faces = FontFaces()
    fetcher = PackagedFilesFetcher({"pdf/": folder})
    with raise_on_warnings():
        return CSS(url=f"{URL_SCHEME}pdf/{name}", url_fetcher=fetcher, font_config=faces), faces


def load_style_sheet(folder: Path, name: str, fonts: FontConfiguration, fetcher: URLFetcher) -> CSS:
    """The style sheet, with its fonts added to ``fonts``; raises ``PrintError``."""
    sheet, faces = parse_style_sheet(folder, name)
    for face in faces:
        fonts.add_font_face(face, fetcher)
    return sheet


NOTE_TAG = "signoff-note"  # of a footnote, see render.py


class PrintedHTML(HTML):  # type: ignore[misc]
    """An HTML document without pseudo-elements that are never printed."""

    def _ua_stylesheets(self, forms: bool = False) -> list[CSS]:
        _default, *others = super()._ua_stylesheets(forms)
        return [parse_default_style_sheet(), *others]


@cache
def parse_default_style_sheet() -> CSS:
    """The default style sheet of WeasyPrint, with markers for list items and calls for notes only.

    The original computes six pseudo-elements for each element.
    """
    sheet = re.sub("^::marker", "li::marker", UA, flags=re.MULTILINE)
    return CSS(string=re.sub("^::(?=footnote|note)", f"{NOTE_TAG}::", sheet, flags=re.MULTILINE))


# Fonts: embedded from the package, never from the system.

FONT_FOLDER = "vendor/fonts/print"
FONT_PREFIX = "Signoff-"  # of the families in print.css


def substitute_in_tree(root: Element) -> None:
    """Replace in the printed text what the fonts lack (``substitute_characters``)."""
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


def find_foreign_font(pdf: pikepdf.Pdf) -> str | None:
    """A font in ``pdf`` that did not come with the package, if there is one."""
    names = {
        str(font["/BaseFont"]).lstrip("/").rpartition("+")[2]
        for page in pdf.pages
        for font in page.resources.get("/Font", {}).values()
    }
    return min((name for name in names if not name.startswith(FONT_PREFIX)), default=None)


# The text of lines that their glyphs do not tell. Right-to-left passages are drawn from left to
# right; viewers turn them, but the file does not say where such a passage began. A letter with a
# combining mark is drawn with two glyphs for one passage of text. Pango 1.56 does the same with a
# letter that the text font lacks but can put together (U+1E00 to U+1E9F).

UNTOLD_BY_GLYPHS = re.compile(
    "[\u0300-\u036f\u0483-\u0489\u0590-\u08ff\u0e31-\u0e4e\u0eb1-\u0ecd\u1ab0-\u1aff\u1dc0-\u1dff"
    "\u1e00-\u1e9f\u20d0-\u20ff\ua66f-\ua67d\ufb1d-\ufdff\ufe20-\ufe2f\ufe70-\ufefc\U0001e800-\U0001efff]"
)
LINE_TEXT_KEY = "SIGNOFF_Text"  # a private property (ISO 32000-1, 14.6.2), read by verify.py
WITHOUT_CHARACTER = "\u200b"  # what a glyph stands for whose text another one tells


def draw_text_with_characters(stream: Any, textbox: Any, *arguments: Any) -> None:
    """Draw a line, with its text as a property where needed.

    ``ActualText`` would be the standard way, but poppler turns it once more.
    """
    if not UNTOLD_BY_GLYPHS.search(textbox.text):
        draw_text(stream, textbox, *arguments)
        return
    known = {font.hash: set(font.to_unicode) for font in stream._fonts.values()}
    properties = pydyf.Dictionary({LINE_TEXT_KEY: pydyf.String(textbox.text)})
    stream.begin_marked_content("Span", properties)
    draw_text(stream, textbox, *arguments)
    stream.end_marked_content()
    for font in stream._fonts.values():
        name_glyphs(font, set(font.to_unicode) - known.get(font.hash, set()))


def name_glyphs(font: Any, glyphs: set[int]) -> None:
    """Name each of ``glyphs`` by its own character instead of by the passage it was drawn for, as
    other lines use it, too.
    """
    characters = read_glyph_characters(font.file_content) if glyphs else {}
    for glyph in glyphs:
        name = characters.get(glyph) or font.to_unicode[glyph]
        font.to_unicode[glyph] = name or WITHOUT_CHARACTER


@lru_cache(maxsize=8)  # each style of each family
def read_glyph_characters(content: bytes) -> dict[int, str]:
    """The characters of the glyphs in a font file; contextual forms of letters are left out."""
    with TTFont(BytesIO(content), lazy=True) as font:
        characters = {font.getGlyphID(name): chr(code) for code, name in font.getBestCmap().items()}
    return {
        glyph: char for glyph, char in characters.items() if not COMPATIBILITY_FORMS.match(char)
    }


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


def parse_c_types() -> None:
    """Let cffi parse the C types that WeasyPrint names, which takes 5 to 15 ms for each, and the
    functions of its libraries.
    """
    for path in Path(draw.__file__).parents[1].rglob("*.py"):
        for name in re.findall(r"\bffi\.(?:new|cast)\(\s*'([^']+)'", path.read_text("utf-8")):
            ffi.typeof(name)
    ffi.typeof("hb_codepoint_t[]")  # asked for by fonts with the length in an f-string (Arrays)
    for library in (fontconfig, gobject, harfbuzz, harfbuzz_subset, pango, pangoft2):
        for name in dir(library):
            getattr(library, name, None)  # an older library lacks some


class Arrays:
    """The ``ffi`` of WeasyPrint's fonts, which ask for a type of its own for each length of an
    array.
    """

    def __getattr__(self, name: str) -> Any:
        return getattr(ffi, name)

    def new(self, c_type: str, values: Any = None) -> Any:
        return ffi.new(
            LENGTH.sub("[]", c_type) if isinstance(values, list | tuple) else c_type, values
        )


LENGTH = re.compile(r"\[\d+\]$")


FRAME_SIZE = 64 * 1024  # words; as many remain for what is called


def reserve_stack(function: Function) -> Function:
    """Let all calls in ``function`` use memory that is there.

    Python gets memory for calls in pieces of 16 kB. A loop whose calls begin a new piece gets it
    again for each of them, which takes up to a fifth of the time of a print. A frame that is
    larger than a piece gets one with room for others.
    """
    function.__code__ = function.__code__.replace(co_stacksize=FRAME_SIZE)
    return function


def share_page_styles(page_type: Any, html: HTML, style_for: Any) -> None:
    """Give all pages of a name the styles of the first one, as the rules of our style sheets differ
    by name only. WeasyPrint computes them for each page, in quadratic time.
    """
    styles = style_for.get_computed_styles()
    shared = style_for.__dict__.setdefault("shared_page_styles", {})
    if page_type.name not in shared:
        set_page_type_computed_styles(page_type, html, style_for)
        shared[page_type.name] = {
            part: style for (owner, part), style in styles.items() if owner == page_type
        }
    styles |= {(page_type, part): style for part, style in shared[page_type.name].items()}


@contextmanager
def tune_weasyprint() -> Iterator[None]:
    """Disable the garbage collector, which scans the box tree in vain, cache page references,
    styles of pages and types of arrays, and write the characters of lines that their glyphs do
    not tell.

    All of it affects the whole process, so print in a separate one (``signoff.pdf.process``).
    """
    original, gc_enabled = pydyf.PDF.page_references, gc.isenabled()
    gc.disable()
    fonts.ffi = Arrays()
    pydyf.PDF.page_references = property(get_page_references)
    draw.draw_text = draw_text_with_characters
    page.set_page_type_computed_styles = share_page_styles
    try:
        yield
    finally:
        pydyf.PDF.page_references = original
        draw.draw_text = draw_text
        page.set_page_type_computed_styles = set_page_type_computed_styles
        fonts.ffi = ffi
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
