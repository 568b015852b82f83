"""Numbers that Word makes and the text would lose: numbered headings, and lists that go on after a paragraph."""

from collections.abc import Mapping

from signoff.intake.reading import Reading
from signoff.intake.remark import RemarkKind
from signoff.intake.wellformed import scan
from signoff.intake.word import BODY, ELEMENTS


def remark_numbers(parts: Mapping[str, bytes], reading: Reading) -> None:
    """Notes a remark where numbers of headings or of continued lists are not carried over."""
    headings, numbered = _heading_styles(parts.get("word/styles.xml", b"<none/>"))
    counted = _counted_lists(parts.get("word/numbering.xml", b"<none/>"))
    body = _Body(headings, numbered, counted, reading)
    scan(parts[BODY], ELEMENTS, body.seen, body.ended)


def _heading_styles(styles: bytes) -> tuple[set[str], set[str]]:
    """The identifiers of heading styles, and of those among them that number."""
    headings: set[str] = set()
    numbered: set[str] = set()
    style = ""

    def seen(element: str, attributes: Mapping[str, str]) -> None:
        nonlocal style
        if element == "w:style":
            style = attributes.get("w:styleId", "")
        elif element == "w:name" and attributes.get("w:val", "").lower().startswith("heading "):
            headings.add(style)
        elif element == "w:numId" and attributes.get("w:val") != "0":
            numbered.add(style)

    scan(styles, ELEMENTS, seen)
    return headings, numbered & headings


def _counted_lists(numbering: bytes) -> set[str]:
    """The identifiers of lists whose first level counts instead of showing a bullet."""
    bullets: set[str] = set()
    lists: dict[str, str] = {}
    abstract = number = level = ""

    def seen(element: str, attributes: Mapping[str, str]) -> None:
        nonlocal abstract, number, level
        if element == "w:abstractNum":
            abstract = attributes.get("w:abstractNumId", "")
        elif element == "w:lvl":
            level = attributes.get("w:ilvl", "")
        elif element == "w:numFmt" and level == "0" and attributes.get("w:val") in {"bullet", "none"}:
            bullets.add(abstract)
        elif element == "w:num":
            number = attributes.get("w:numId", "")
        elif element == "w:abstractNumId":
            lists[number] = attributes.get("w:val", "")

    scan(numbering, ELEMENTS, seen)
    return {number for number, abstract in lists.items() if abstract not in bullets}


class _Body:
    """Walks the paragraphs of the body and notices which list each belongs to."""

    def __init__(self, headings: set[str], numbered: set[str], counted: set[str], reading: Reading) -> None:
        self.headings, self.numbered, self.counted, self.reading = headings, numbered, counted, reading
        self.begun: set[str] = set()
        self.current = self.style = self.list = ""
        self.level = "0"

    def seen(self, element: str, attributes: Mapping[str, str]) -> None:
        value = attributes.get("w:val", "")
        if element == "w:p":
            self.style, self.list, self.level = "", "", "0"
        elif element == "w:pStyle":
            self.style = value
        elif element == "w:ilvl":
            self.level = value
        elif element == "w:numId" and value != "0":
            self.list = value

    def ended(self, element: str) -> None:
        if element != "w:p":
            return
        if self.style in self.numbered or (self.style in self.headings and self.list):
            self.reading.remark(RemarkKind.HEADING_NUMBERS)
        elif self.list and self.level == "0":
            if self.list in self.begun and self.list != self.current and self.list in self.counted:
                self.reading.remark(RemarkKind.LIST_RESTARTED)
            self.begun.add(self.list)
        if not (self.list and self.level != "0"):
            self.current = self.list
