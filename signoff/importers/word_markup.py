"""Rewrite what mammoth does not read in a Word document as plain runs, and name what is left out.

Kept: results of fields, equations, ruby, check boxes, symbols, drop caps, text boxes.
Named: drawings, embedded objects, headers and footers, error texts of Word.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain, islice
from typing import ClassVar

from lxml import etree
from mammoth.docx.dingbats import dingbats

from signoff.domain.characters import PLAIN_SIGNS, excerpt_around
from signoff.importers.equations import linearize_equation
from signoff.importers.errors import FileReason, ImportNoticeKind, refuse
from signoff.importers.html import ALIGNMENT_ANCHOR, MAX_NOTICES, ImportContext, make_excerpt
from signoff.importers.numbering import Definitions
from signoff.importers.ooxml import (
    Element,
    extract_text,
    find_related,
    find_target,
    get_attribute,
    get_name,
    parse_part,
)

# What mammoth reads, or leaves out on purpose. The text in other elements is put in their place.
READ_ELEMENTS = {
    *("w:t", "w:r", "w:p", "w:fldChar", "w:instrText", "w:tab", "w:noBreakHyphen", "w:softHyphen"),
    *("w:sym", "w:tbl", "w:tr", "w:tc", "w:customXml", "w:ins", "w:moveTo", "w:object", "w:body"),
    *("w:smartTag", "w:drawing", "w:pict", "w:hyperlink", "w:bookmarkStart", "w:br", "w:sdt"),
    *("w:sdtContent", "w:txbxContent", "w:footnotes", "w:footnote", "w:endnotes", "w:endnote"),
    *("w:footnoteReference", "w:endnoteReference", "w:commentReference", "w:document"),
    *("v:group", "v:rect", "v:roundrect", "v:shape", "v:textbox", "v:imagedata"),
}
LEFT_OUT = {
    *("w:del", "w:moveFrom", "w:pPr", "w:rPr", "w:tblPr", "w:tblGrid", "w:trPr", "w:tcPr"),
    *("w:sdtPr", "w:sectPr", "w:rubyPr", "w:fldData"),
}
CONTENT = {"w:t", "w:tab", "w:br", "w:sym", "w:drawing", "w:pict", "w:object", "m:oMath"}
# Fields that show nothing.
SILENT_FIELDS = {
    "XE",
    "TC",
    "TA",
    "RD",
    "SET",
    "ASK",
    "PRIVATE",
    "ADVANCE",
    "HYPERLINK",
    "COMMENTS",
}
FIELDS_WITH_TEXT = re.compile(r"\s*(?:MACROBUTTON|GOTOBUTTON)\s+\S+\s+(.*)", re.DOTALL)
ERROR_TEXT = re.compile(r"\b(?:Fehler|Error|Erreur|Errore|Fout)\s?! ?[A-Z][^.!?]*[.!?]")
PAGE_NUMBER_WORDS = re.compile(r"\b(?:seite|page|von|of)\b|[\W\d_]", re.IGNORECASE)
EXCERPT_REACH = 45
MAX_DISTANCE = 10  # of the paragraph whose text stands for the place of an empty one
MAX_FIELD_DEPTH = 50
EMBEDDED_NAMES = {"w:control": "ActiveX", "w:altChunk": "AltChunk", "w:subDoc": "SubDoc"}
CHECKED, UNCHECKED = "☒", "☐"
SYMBOL_FONTS = {font for font, _ in dingbats}


def rewrite_markup(
    parts: Mapping[str, bytes], stories: Sequence[str], context: ImportContext
) -> dict[str, bytes]:
    """``parts`` with ``stories`` rewritten, the parts with text, of which the first is the body.

    Raises ``FileRefused`` for embedded objects without a picture.
    """
    body, *_ = stories
    result = dict(parts)
    definitions = Definitions(None, parts.get(find_related(parts, body, "styles")))
    for name in stories:
        if name in parts:
            story = _Story(name, parse_part(parts[name]), parts, definitions, context)
            story.rewrite()
            result[name] = etree.tostring(
                story.root, xml_declaration=True, encoding="UTF-8", standalone=True
            )
            context.heading = ""
    _name_headers(parts, body, context)
    return result


def _name_headers(parts: Mapping[str, bytes], body: str, context: ImportContext) -> None:
    """Name the text of page headers and footers, except for page numbers."""
    folder = body.rpartition("/")[0]
    for name, part in parts.items():
        match = re.fullmatch(rf"{re.escape(folder)}/(header|footer)\d*\.xml", name)
        if not match:
            continue
        root = parse_part(part)
        _resolve_alternates(root)
        paragraphs = [item for item in root.iter("*") if get_name(item) == "w:p"]
        inner = {item for outer in paragraphs for item in outer.iter("*") if item is not outer}
        words = [extract_text(item) for item in paragraphs if item not in inner]
        text = " ".join(" ".join(words).split())
        if PAGE_NUMBER_WORDS.sub("", text):
            kind = (
                ImportNoticeKind.HEADER_DROPPED
                if match[1] == "header"
                else ImportNoticeKind.FOOTER_DROPPED
            )
            context.add_notice(kind, text=make_excerpt(text))


@dataclass(slots=True)
class _Field:
    """A complex field: an instruction, and after a separator its result."""

    begin: Element
    marks: list[Element] = field(default_factory=list)
    hidden: list[Element] = field(default_factory=list)  # content of the instruction
    instruction: str = ""
    has_result: bool = False

    @property
    def keyword(self) -> str:
        return (self.instruction.split() or [""])[0].upper()


class _Story:
    """A part with text. Elements are rewritten in document order, so that they can be located."""

    def __init__(
        self,
        name: str,
        root: Element,
        parts: Mapping[str, bytes],
        definitions: Definitions,
        context: ImportContext,
    ) -> None:
        self.name, self.root, self.parts = name, root, parts
        self.definitions, self.context = definitions, context
        self.named = 0

    def rewrite(self) -> None:
        _resolve_alternates(self.root)
        fields = self._read_fields()
        for element in list(self.root.iter("*")):
            if element is not self.root and element.getparent() is None:
                continue
            name = get_name(element)
            if name == "w:p":
                self._read_paragraph(element)
            elif name == "w:fldChar" and id(element) in fields:
                self._replace_field(fields[id(element)])
            elif rewrite := self._REWRITERS.get(name):
                rewrite(self, element)
            elif name not in READ_ELEMENTS | LEFT_OUT and _has_text(element):
                _unwrap(element)

    # Paragraphs and places.

    def _read_paragraph(self, paragraph: Element) -> None:
        if self.definitions.is_heading(paragraph):
            self.context.heading = make_excerpt(extract_text(paragraph)) or self.context.heading
        for match in ERROR_TEXT.finditer(text := extract_text(paragraph)):
            self.context.add_located(
                ImportNoticeKind.ERROR_TEXT,
                excerpt_around(text, match.start(), EXCERPT_REACH),
                text=match[0],
            )
        following = paragraph.getnext()
        frame = next(iter(paragraph.iterfind("{*}pPr/{*}framePr")), None)
        if (
            frame is not None
            and get_attribute(frame, "w:dropCap") in {"drop", "margin"}
            and following is not None
            and get_name(following) == "w:p"
        ):
            position = int(bool(following.findall("{*}pPr")))
            for child in [child for child in paragraph if get_name(child) != "w:pPr"][::-1]:
                following.insert(position, child)
            _remove(paragraph)

    def _excerpt(self, element: Element) -> str:
        """The sentence around ``element``; without one, the text of a paragraph beside it."""
        paragraph = next(
            (item for item in element.iterancestors() if get_name(item) == "w:p"), None
        )
        if paragraph is None:
            return ""
        before, after, found = "", "", False
        for item in paragraph.iter("*"):
            found = found or item is element
            if get_name(item) == "w:t":
                before, after = (
                    (before, after + (item.text or ""))
                    if found
                    else (before + (item.text or ""), after)
                )
        if text := (before + after).strip():
            excerpt = excerpt_around(text, min(len(before), len(text)), EXCERPT_REACH)
            return " ".join(excerpt.split())
        neighbours = chain(
            islice(paragraph.itersiblings(preceding=True), MAX_DISTANCE),
            islice(paragraph.itersiblings(), MAX_DISTANCE),
        )
        for neighbour in neighbours:
            if not self.definitions.is_heading(neighbour) and extract_text(neighbour).strip():
                return make_excerpt(extract_text(neighbour))
        return ""

    def _name(self, kind: ImportNoticeKind, element: Element, **facts: object) -> None:
        """Add a notice, unless ``element`` is deleted or was taken out."""
        self.named += 1  # each takes time in proportion to the paragraph
        if self.named > MAX_NOTICES:
            return
        ancestors = list(element.iterancestors())
        is_deleted = any(get_name(item) in {"w:del", "w:moveFrom"} for item in ancestors)
        if not is_deleted and self.root in ancestors:
            self.context.add_located(kind, self._excerpt(element), **facts)

    def _build(self, tag: str, text: str = "", **attributes: str) -> Element:
        space = etree.QName(self.root).namespace
        element = etree.Element(f"{{{space}}}{tag}")
        element.text = text or None
        for name, value in attributes.items():
            element.set(f"{{{space}}}{name}", value)
        return element

    # Fields.

    def _read_fields(self) -> dict[int, _Field]:
        """The complete complex fields except links, which mammoth reads, by their begin."""
        fields: dict[int, _Field] = {}
        stack: list[_Field] = []
        for element in self.root.iter("*"):
            name = get_name(element)
            kind = get_attribute(element, "w:fldCharType") if name == "w:fldChar" else ""
            if kind == "begin":
                stack.append(_Field(element))
                if len(stack) > MAX_FIELD_DEPTH:
                    raise refuse(FileReason.TOO_DEEP)
            elif kind == "separate" and stack:
                stack[-1].has_result = True
            elif name in {"w:instrText", "w:delInstrText"} and stack:
                stack[-1].instruction += element.text or ""
            elif name in CONTENT:
                for outer in stack:
                    if not outer.has_result:
                        outer.hidden.append(element)
            if (kind or name == "w:instrText") and stack:
                stack[-1].marks.append(element)
            if kind == "end" and stack:
                complete = stack.pop()
                if complete.keyword != "HYPERLINK":
                    fields[id(complete.begin)] = complete
        return fields

    def _replace_field(self, complete: _Field) -> None:
        text = _read_form_field(complete.begin)
        if not text and not complete.has_result:
            match = FIELDS_WITH_TEXT.fullmatch(complete.instruction)
            text = match[1].strip() if match else ""
            if not text and complete.keyword not in SILENT_FIELDS:
                self._name(
                    ImportNoticeKind.FIELD_DROPPED,
                    complete.begin,
                    text=make_excerpt(complete.instruction),
                )
        run = complete.begin.getparent()
        if text and run is not None:
            run.insert(run.index(complete.begin), self._build("t", text))
        for element in [*complete.marks, *complete.hidden]:
            if element.getparent() is not None:
                _remove(element)

    # What stands in a sentence.

    def _rewrite_symbol(self, symbol: Element) -> None:
        text = _read_symbol(get_attribute(symbol, "w:font"), get_attribute(symbol, "w:char"))
        if not text:
            self._name(
                ImportNoticeKind.SYMBOL_DROPPED, symbol, text=get_attribute(symbol, "w:font") or "–"
            )
        _replace(symbol, [self._build("t", text)] if text else [])

    def _rewrite_text(self, element: Element) -> None:
        """Text in a symbol font, and of private characters of such a font, is what it shows."""
        run = element.getparent()
        fonts = [] if run is None else run.findall("{*}rPr/{*}rFonts")
        font = get_attribute(fonts[0], "w:ascii") if fonts else ""
        if font in SYMBOL_FONTS and element.text:
            element.text = "".join(
                _read_symbol(font, f"{ord(char):X}") or char for char in element.text
            )
        if run is not None and any(_is_on(item) for item in run.findall("{*}rPr/{*}vanish")):
            self._name(ImportNoticeKind.HIDDEN_TEXT, element, text=make_excerpt(element.text or ""))

    def _rewrite_ruby(self, ruby: Element) -> None:
        base, reading = (
            "".join(extract_text(item) for item in ruby.iterfind(f"{{*}}{name}"))
            for name in ("rubyBase", "rt")
        )
        _replace(ruby, [self._build("t", f"{base} ({reading})" if reading else base)])

    def _rewrite_equation(self, equation: Element) -> None:
        pieces = linearize_equation(equation)
        text = "".join(piece.text for piece in pieces)
        if not text.strip():
            _remove(equation)
            return
        runs = []
        for piece in pieces:
            run = self._build("r")
            if piece.position:
                properties = self._build("rPr")
                properties.append(self._build("vertAlign", val=piece.position))
                run.append(properties)
            run.append(self._build("t", piece.text))
            runs.append(run)
        self._name(ImportNoticeKind.EQUATION, equation, text=make_excerpt(text))
        following = equation.getnext()
        if following is not None and get_name(following) == "m:oMath":
            runs.append(self._build("r"))
            runs[-1].append(self._build("br"))
        _replace(equation, runs)

    def _rewrite_checkbox(self, sdt: Element) -> None:
        """Keep the sign of a check box: without the mark of the box, mammoth reads it as text."""
        for box in sdt.findall("{*}sdtPr/{*}checkbox"):
            _remove(box)

    def _rewrite_break(self, element: Element) -> None:
        """Page and column breaks part words; mammoth keeps line breaks only."""
        replacement = self._build("tab" if get_name(element) == "w:ptab" else "br")
        _replace(element, [replacement])

    def _rewrite_row(self, row: Element) -> None:
        """Cells that the grid skips become empty cells, and old merged cells span columns."""
        for name in ("gridBefore", "gridAfter"):
            for skipped in row.findall(f"{{*}}trPr/{{*}}{name}"):
                cell, properties = self._build("tc"), self._build("tcPr")
                properties.append(self._build("gridSpan", val=get_attribute(skipped, "w:val")))
                cell.extend([properties, self._build("p")])
                row.insert(len(row) if name == "gridAfter" else _find_first_cell(row), cell)
        for cell in row.findall("{*}tc"):
            previous = cell.getprevious()
            merged = cell.find("{*}tcPr/{*}hMerge")
            if merged is None or previous is None or get_name(previous) != "w:tc":
                continue
            if get_attribute(merged, "w:val") != "restart":
                span = previous.find("{*}tcPr/{*}gridSpan")
                if span is None:
                    span = self._build("gridSpan", val="1")
                    previous[0].append(span)
                width = int(get_attribute(span, "w:val"))
                span.attrib.update(self._build("x", val=str(width + 1)).attrib)
                _remove(cell)

    def _mark_alignment(self, cell: Element) -> None:
        """Put a bookmark in a cell whose paragraphs are aligned alike, for ``html``."""
        paragraphs = [item for item in cell.findall("{*}p") if _has_text(item)]
        alignments = {self.definitions.find_alignment(item) for item in paragraphs}
        if len(alignments) == 1 and (alignment := alignments.pop()):
            name = ALIGNMENT_ANCHOR.format(alignment)
            position = int(bool(paragraphs[0].findall("{*}pPr")))
            paragraphs[0].insert(position, self._build("bookmarkStart", id="0", name=name))

    # Drawings and objects.

    def _rewrite_drawing(self, drawing: Element) -> None:
        if boxes := list(drawing.iter("{*}txbxContent")):
            picture = self._build("pict")
            picture.extend(boxes)
            _replace(drawing, [picture])
            return
        for data in drawing.iter("{*}graphicData"):
            uri = data.get("uri", "")
            if uri.endswith("/diagram"):
                text = self._read_diagram(data)
                self._name(
                    ImportNoticeKind.DRAWING_DROPPED, drawing, text=make_excerpt(text) or "–"
                )
            elif "chart" in uri:
                self._name(ImportNoticeKind.CHART_DROPPED, drawing)
            elif "picture" not in uri and not list(data.iter("{*}pic")):
                description = _describe(drawing)
                self._name(ImportNoticeKind.DRAWING_DROPPED, drawing, text=description)

    def _read_diagram(self, data: Element) -> str:
        """The words of a SmartArt graphic."""
        for reference in data.iter("{*}relIds"):
            target = find_target(self.parts, self.name, get_attribute(reference, "r:dm"))
            if target in self.parts:
                words = [
                    item.text.strip()
                    for item in parse_part(self.parts[target]).iter("{*}t")
                    if item.text and item.text.strip()
                ]
                return " · ".join(words)
        return ""

    def _rewrite_object(self, container: Element) -> None:
        """Leave an embedded object out; refuse it if no picture shows it."""
        embedded = list(container.iter("{*}OLEObject"))
        if not embedded:
            return
        program = embedded[0].get("ProgID", "").split(".")[0] or "–"
        if not list(container.iter("{*}imagedata")):
            raise self.context.refuse_located(
                FileReason.EMBEDDED, self._excerpt(container), text=program
            )
        for item in embedded:
            _remove(item)
        self._name(ImportNoticeKind.OBJECT_DROPPED, container, text=program)

    def _refuse_embedded(self, element: Element) -> None:
        raise self.context.refuse_located(
            FileReason.EMBEDDED, self._excerpt(element), text=EMBEDDED_NAMES[get_name(element)]
        )

    def _name_word_art(self, path: Element) -> None:
        text = make_excerpt(path.get("string", "")) or "–"
        self._name(ImportNoticeKind.DRAWING_DROPPED, path, text=text)

    _REWRITERS: ClassVar[dict[str, Callable[["_Story", Element], None]]] = {
        "w:sym": _rewrite_symbol,
        "w:t": _rewrite_text,
        "w:ruby": _rewrite_ruby,
        "m:oMath": _rewrite_equation,
        "w:sdt": _rewrite_checkbox,
        "w:br": _rewrite_break,
        "w:cr": _rewrite_break,
        "w:ptab": _rewrite_break,
        "w:tr": _rewrite_row,
        "w:tc": _mark_alignment,
        "w:drawing": _rewrite_drawing,
        "w:object": _rewrite_object,
        "w:control": _refuse_embedded,
        "w:altChunk": _refuse_embedded,
        "w:subDoc": _refuse_embedded,
        "v:textpath": _name_word_art,
    }


# Single elements.


def _resolve_alternates(root: Element) -> None:
    """Put the older form of an element in its place, or the newer one if there is no older."""
    for alternate in list(root.iter("{*}AlternateContent")):
        forms = [*alternate.findall("{*}Fallback"), *alternate.findall("{*}Choice")]
        chosen = next((form for form in forms if len(form)), None)
        _replace(alternate, [] if chosen is None else list(chosen))


def _find_first_cell(row: Element) -> int:
    return next((index for index, child in enumerate(row) if get_name(child) == "w:tc"), len(row))


def _replace(element: Element, replacement: Iterable[Element]) -> None:
    parent = element.getparent()
    if parent is not None:
        index = parent.index(element)
        parent[index : index + 1] = list(replacement)


def _unwrap(element: Element) -> None:
    _replace(element, list(element))


def _remove(element: Element) -> None:
    _replace(element, [])


def _has_text(element: Element) -> bool:
    return any(get_name(item) in CONTENT for item in element.iter("*"))


def _describe(drawing: Element) -> str:
    """The alternative text of a drawing."""
    properties = next(drawing.iter("{*}docPr"), None)
    return make_excerpt("" if properties is None else properties.get("descr", "")) or "–"


def _read_form_field(begin: Element) -> str:
    """What an old check box or choice shows; empty for other fields."""
    for box in begin.iterfind("{*}ffData/{*}checkBox"):
        states = [*box.iterfind("{*}checked"), *box.iterfind("{*}default")]
        return CHECKED if states and _is_on(states[0]) else UNCHECKED
    for choice in begin.iterfind("{*}ffData/{*}ddList"):
        entries = [get_attribute(item, "w:val") for item in choice.iterfind("{*}listEntry")]
        results = [get_attribute(item, "w:val") for item in choice.iterfind("{*}result")]
        index = int(results[0]) if results and results[0].isdecimal() else 0
        return entries[index] if index < len(entries) else ""
    return ""


def _is_on(element: Element) -> bool:
    return get_attribute(element, "w:val") not in {"0", "false", "off"}


def _read_symbol(font: str, code: str) -> str:
    """What a character of a symbol font shows; empty if it is unknown."""
    if not re.fullmatch("[0-9A-Fa-f]{1,4}", code):
        return ""
    number = int(code, 16)
    if 0xF000 <= number <= 0xF0FF:
        number -= 0xF000
    shown = dingbats.get((font, number))
    if font not in SYMBOL_FONTS:  # a sign of an ordinary font
        return chr(int(code, 16)) if number == int(code, 16) else ""
    return "" if shown is None else PLAIN_SIGNS.get(chr(shown), chr(shown))
