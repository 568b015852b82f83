"""Compute the automatic numbers of a Word document (ECMA-376 part 1, 17.9) and mark paragraphs."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from babel import Locale
from lxml import etree

from signoff.importers.errors import ImportNoticeKind
from signoff.importers.html import (
    LABEL_ANCHOR,
    ImportContext,
    ParagraphLabel,
    clean_label,
    make_excerpt,
)
from signoff.importers.ooxml import (
    Element,
    extract_text,
    find,
    find_all,
    find_related,
    get,
    get_value,
    parse_part,
    qualify,
)

MAX_LEVEL = 8
MAX_LINKS = 20  # of styles based on another, and of numberings linked to a style
COMPATIBILITY = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
ALIGNMENTS = {"center": "center", "right": "right", "end": "right"}  # 17.18.44

# Number formats (ECMA-376 part 1, 17.18.59).

LETTERS = "abcdefghijklmnopqrstuvwxyz"
ROMAN_DIGITS = {
    **{1000: "m", 900: "cm", 500: "d", 400: "cd", 100: "c", 90: "xc", 50: "l", 40: "xl"},
    **{10: "x", 9: "ix", 5: "v", 4: "iv", 1: "i"},
}
ENGLISH_ENDINGS = {"one": "st", "two": "nd", "few": "rd", "other": "th"}
ZERO_PADDED = re.compile("(0+)1, .*")  # ``001, 002, 003, ...``
MAX_LETTER_NUMBER, MAX_ROMAN_NUMBER = 780, 32_767  # as in Word


def format_number(number: int, number_format: str, language: str = "") -> str | None:
    """``number`` as Word writes it; ``None`` for a format that is not supported.

    ``language`` is that of the document, for ordinals.
    """
    lower = number_format.replace("upper", "lower")
    if lower == "lowerLetter" and 0 < number <= MAX_LETTER_NUMBER:
        repeats, index = divmod(number - 1, len(LETTERS))
        text = LETTERS[index] * (repeats + 1)
    elif lower == "lowerRoman" and 0 < number <= MAX_ROMAN_NUMBER:
        text = ""
        for value, digits in ROMAN_DIGITS.items():
            text += digits * (number // value)
            number %= value
    elif number_format == "ordinal":
        return _format_ordinal(number, language)
    elif padded := ZERO_PADDED.fullmatch(number_format):
        return str(number).zfill(len(padded[1]) + 1)
    else:
        formats = {
            "decimal": str(number),
            "decimalZero": f"{number:02}",
            "numberInDash": f"- {number} -",
            "none": "",
        }
        return formats.get(number_format)
    return text.upper() if number_format.startswith("upper") else text


def _format_ordinal(number: int, language: str) -> str | None:
    """``number`` as an ordinal: German ``2.``, English ``2nd``."""
    if language == "de":
        return f"{number}."
    if language == "en":
        return f"{number}{ENGLISH_ENDINGS[Locale('en').ordinal_form(number)]}"
    return None


# The definitions in the parts numbering and styles.


@dataclass(slots=True)
class Level:
    """A level of a numbering. ``restart``: levels below it restart this one; 0: none does."""

    start: int = 1
    number_format: str = "decimal"
    text: str = ""
    restart: int = MAX_LEVEL + 1
    legal: bool = False
    style: str = ""


@dataclass(slots=True)
class Numbering:
    """An instance of an abstract numbering, with the starts that it overrides."""

    abstract: str
    levels: dict[int, Level]
    starts: dict[int, int] = field(default_factory=dict)


@dataclass(slots=True)
class Style:
    """What a style says about numbers and alignment; nothing where it says nothing."""

    name: str
    base: str
    numbering: str | None
    level: int | None
    alignment: str


class Definitions:
    """The numberings and styles of a document."""

    def __init__(self, numbering: bytes | None, styles: bytes | None) -> None:
        self.styles: dict[str, Style] = {}
        self.default_style = ""
        self.language = ""  # of the document: ``de``
        self.numberings: dict[str, Numbering] = {}
        if styles:
            self._read_styles(parse_part(styles))
        if numbering:
            self._read_numberings(parse_part(numbering))

    def _read_styles(self, root: Element) -> None:
        defaults = find(find(find(root, "docDefaults"), "rPrDefault"), "rPr")
        self.language = get_value(defaults, "lang").partition("-")[0].lower()
        for style in find_all(root, "style"):
            identifier = get(style, "styleId")
            paragraph = find(style, "pPr")
            properties = find(paragraph, "numPr")
            self.styles.setdefault(
                identifier,
                Style(
                    get_value(style, "name").lower(),
                    get_value(style, "basedOn"),
                    get_value(properties, "numId") or None,
                    read_int(get_value(properties, "ilvl")),
                    get_value(paragraph, "jc"),
                ),
            )
            if get(style, "type") == "paragraph" and get(style, "default") in {"1", "true", "on"}:
                self.default_style = identifier

    def _read_numberings(self, root: Element) -> None:
        abstracts = {get(item, "abstractNumId"): item for item in find_all(root, "abstractNum")}
        instances = {get(item, "numId"): item for item in find_all(root, "num")}
        for identifier, instance in instances.items():
            abstract = get_value(instance, "abstractNumId")
            for _ in range(MAX_LINKS):
                link = get_value(abstracts.get(abstract), "numStyleLink")
                style = self.styles.get(link)
                if not style or style.numbering not in instances:
                    break
                abstract = get_value(instances[style.numbering], "abstractNumId")
            if abstract in abstracts:
                self.numberings[identifier] = _read_numbering(
                    abstract, abstracts[abstract], instance
                )

    def list_bases(self, style: str) -> list[Style]:
        """The style and those it is based on, the nearest first."""
        chain: list[Style] = []
        while style in self.styles and len(chain) < MAX_LINKS:
            chain.append(self.styles[style])
            style = self.styles[style].base
        return chain

    def find_level(self, paragraph: Element) -> tuple[str, int] | None:
        """The id of the numbering of ``paragraph`` and its level; ``None`` without numbering."""
        properties = find(paragraph, "pPr")
        own = find(properties, "numPr")
        identifier = get_value(properties, "pStyle") or self.default_style
        chain = self.list_bases(identifier)
        inherited = next((style for style in chain if style.numbering), None)
        number = get_value(own, "numId") or (inherited.numbering if inherited else None)
        if number is None or number not in self.numberings:
            return None
        level = read_int(get_value(own, "ilvl"))
        if level is None and not get_value(own, "numId"):
            level = self._find_style_level(identifier, number)
        if level is None:
            level = next((style.level for style in chain if style.level is not None), 0)
        return number, min(max(level, 0), MAX_LEVEL)

    def find_alignment(self, paragraph: Element) -> str:
        """``center`` or ``right``, from the paragraph or its style; empty for any other."""
        properties = find(paragraph, "pPr")
        identifier = get_value(properties, "pStyle") or self.default_style
        inherited = (style.alignment for style in self.list_bases(identifier))
        alignments = (get_value(properties, "jc"), *inherited)
        return ALIGNMENTS.get(next(filter(None, alignments), ""), "")

    def is_heading(self, paragraph: Element) -> bool:
        style = self.styles.get(get_value(find(paragraph, "pPr"), "pStyle"))
        return style is not None and style.name.startswith("heading ")

    def _find_style_level(self, style: str, number: str) -> int | None:
        """The level that is linked to ``style`` or to one that it is based on."""
        linked = {
            level.style: index
            for index, level in self.numberings[number].levels.items()
            if level.style
        }
        for _ in range(MAX_LINKS):
            if style in linked:
                return linked[style]
            if style not in self.styles:
                return None
            style = self.styles[style].base
        return None


def _read_numbering(abstract: str, definition: Element, instance: Element) -> Numbering:
    numbering = Numbering(abstract, dict(_read_levels(definition)))
    for override in find_all(instance, "lvlOverride"):
        index = read_int(get(override, "ilvl")) or 0
        numbering.levels.update(_read_levels(override))
        start = read_int(get_value(override, "startOverride"))
        if start is not None:
            numbering.starts[index] = start
    return numbering


def _read_levels(parent: Element) -> Iterator[tuple[int, Level]]:
    for item in find_all(parent, "lvl"):
        restart = read_int(get_value(item, "lvlRestart"))
        start = read_int(get_value(item, "start"))
        legal = find(item, "isLgl")
        yield (
            read_int(get(item, "ilvl")) or 0,
            Level(
                # Without a start the schema says 0, as Word does.
                0 if start is None else start,
                _read_format(item),
                get_value(item, "lvlText"),
                MAX_LEVEL + 1 if restart is None else restart,
                legal is not None and get(legal, "val") not in {"0", "false", "off"},
                get_value(item, "pStyle"),
            ),
        )


def _read_format(level: Element) -> str:
    """The number format; of a custom one its first numbers."""
    found = find(level, "numFmt")
    if found is None:
        choice = f"{COMPATIBILITY}AlternateContent/{COMPATIBILITY}Choice/"
        found = level.find(choice + qualify(level, "numFmt"))
    if found is None:
        return "decimal"
    return get(found, "format") or get(found, "val")


def read_int(text: str) -> int | None:
    return int(text) if re.fullmatch("[0-9]{1,9}", text) else None


# Counting.


class Counter:
    """Counts the paragraphs of one story: the body, the notes or a text box."""

    def __init__(self) -> None:
        self.numbers: dict[str, dict[int, int]] = {}  # by abstract numbering and level
        self.restarted: set[str] = set()  # numberings restart once

    def count(self, number: str, numbering: Numbering, index: int) -> dict[int, int]:
        """The numbers up to level ``index`` for the next paragraph at that level."""
        numbers = self.numbers.setdefault(numbering.abstract, {})
        for level in range(index):
            if level not in numbers:
                numbers[level] = _get_start(numbering, level)
        restarts = index in numbering.starts and number not in self.restarted
        if restarts or index not in numbers:
            numbers[index] = _get_start(numbering, index)
        else:
            numbers[index] += 1
        if restarts:
            self.restarted.add(number)
        for level in [level for level in numbers if level > index]:
            if index < numbering.levels.get(level, Level()).restart:
                del numbers[level]
        return numbers


def _get_start(numbering: Numbering, level: int) -> int:
    return numbering.starts.get(level, numbering.levels.get(level, Level()).start)


def build_label(
    numbering: Numbering, index: int, numbers: Mapping[int, int], language: str
) -> tuple[ParagraphLabel | None, str]:
    """The label of a paragraph and a format in it that is not supported.

    Without label: a level that shows nothing.
    """
    level = numbering.levels.get(index)
    if level is None:
        return None, ""
    unsupported = ""

    def format_level(match: re.Match[str]) -> str:
        nonlocal unsupported
        shown = int(match[1]) - 1
        shown_level = numbering.levels.get(shown, Level())
        number_format = shown_level.number_format
        if level.legal and number_format not in {"none", "decimalZero"}:
            number_format = "decimal"
        number = numbers.get(shown, shown_level.start)
        text = format_number(number, number_format, language)
        if text is None:
            unsupported = number_format
        return str(number) if text is None else text

    if level.number_format == "bullet":
        # A word as bullet is a label; single characters are signs of a symbol font.
        is_word = len(level.text) > 1 and any(char.isalnum() for char in level.text)
        return ParagraphLabel(
            clean_label(level.text) if is_word else "", None, index, numbering.abstract
        ), ""
    text = clean_label(re.sub("%([1-9])", format_level, level.text))
    if not text:
        return None, unsupported
    number = numbers[index] if text == f"{numbers[index]}." else None
    return ParagraphLabel(text, number, index, numbering.abstract), unsupported


# The paragraphs of the parts.

# In these styles a number belongs to the text; other numbered paragraphs are items of a list.
TEXT_STYLES = re.compile(r"heading [1-9]|title|(?:intense )?quote|block text|toc .*")


def label_paragraphs(
    parts: Mapping[str, bytes], stories: Sequence[str], context: ImportContext
) -> dict[str, bytes]:
    """``parts`` without numbering, with a bookmark in each numbered paragraph of ``stories``.

    ``stories`` are the parts with text, the body first.
    The bookmark names the label in ``context.labels``, from which ``html.nest_lists`` makes lists.
    """
    body, *_ = stories
    result = dict(parts)
    numbering = result.pop(find_related(parts, body, "numbering"), None)
    definitions = Definitions(numbering, parts.get(find_related(parts, body, "styles")))
    if definitions.numberings:
        for name in stories:
            if name in parts:
                result[name] = _label_story(parts[name], definitions, context)
                context.heading = ""
    return result


def _label_story(part: bytes, definitions: Definitions, context: ImportContext) -> bytes:
    root = parse_part(part)
    counters: dict[Element, Counter] = {}
    for paragraph in list(root.iter(qualify(root, "p"))):
        if definitions.is_heading(paragraph):
            context.heading = make_excerpt(extract_text(paragraph)) or context.heading
        found = definitions.find_level(paragraph)
        if found is None or _is_uncounted(paragraph):
            continue
        number, index = found
        box = next(paragraph.iterancestors(qualify(root, "txbxContent")), root)
        numbering = definitions.numberings[number]
        numbers = counters.setdefault(box, Counter()).count(number, numbering, index)
        label, unsupported = build_label(numbering, index, numbers, definitions.language)
        if unsupported:
            text = f"„{make_excerpt(extract_text(paragraph))}“"
            context.add_notice(
                ImportNoticeKind.NUMBER_FORMAT, format=unsupported, text=context.locate(text)
            )
        if label:
            _mark(paragraph, len(context.labels), definitions)
            context.labels.append(label)
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True)


def _is_uncounted(paragraph: Element) -> bool:
    """Whether the paragraph is deleted, moved away, hidden, or the newer form of a fallback."""
    mark = find(find(paragraph, "pPr"), "rPr")
    return (
        any(find(mark, name) is not None for name in ("del", "moveFrom"))
        or (
            (vanish := find(mark, "vanish")) is not None
            and get(vanish, "val") not in {"0", "false"}
        )
        or next(paragraph.iterancestors(f"{COMPATIBILITY}Choice"), None) is not None
    )


def _mark(paragraph: Element, index: int, definitions: Definitions) -> None:
    """Put the bookmark in front of the paragraph, which keeps its style only as text."""
    properties = find(paragraph, "pPr")
    bookmark = etree.Element(qualify(paragraph, "bookmarkStart"))
    bookmark.set(qualify(paragraph, "id"), f"{index}")
    bookmark.set(qualify(paragraph, "name"), LABEL_ANCHOR.format(index))
    paragraph.insert(0 if properties is None else 1, bookmark)
    style = find(properties, "pStyle")
    if style is None or properties is None:
        return
    names = [item.name for item in definitions.list_bases(get(style, "val"))[:1]]
    if not any(TEXT_STYLES.fullmatch(name) for name in names):
        properties.remove(style)
