"""Footnotes of a text as real footnotes of Word, which python-docx does not make itself."""

from typing import Any

from docx.opc.constants import CONTENT_TYPE, RELATIONSHIP_TYPE
from docx.opc.packuri import PackURI
from docx.opc.part import Part
from lxml import etree

from signoff.export.word import element, extend, paragraph, text, within

SEPARATORS = ("separator", "continuationSeparator")  # Word wants both, with the numbers -1 and 0


class Footnotes:
    """The notes of ``root``: taken out of its section ``footnotes``, to be called where the text calls them."""

    def __init__(self, root: Any) -> None:
        self.notes: dict[str, Any] = {}
        self.numbers: dict[str, int] = {}
        for section in root.xpath("//section[contains(@class, 'footnotes')]"):
            self.notes |= {item.get("id"): item for item in section.iter("li")}
            section.drop_tree()

    def called(self, sup: Any) -> int | None:
        """The number of the note that ``sup`` calls; ``None`` where it calls none."""
        for link in sup.iter("a"):
            name = link.get("href", "")[1:]
            if name in self.notes:
                return self.numbers.setdefault(name, len(self.numbers) + 1)
        return None

    def attach(self, document: Any) -> None:
        """Lay the notes that were called into the package."""
        if not self.numbers:
            return
        root = element("footnotes")
        for number, kind in enumerate(SEPARATORS, -1):
            root.append(within("footnote", within("p", within("r", element(kind))), type=kind, id=str(number)))
        for name, number in self.numbers.items():
            root.append(within("footnote", self.note(name), id=str(number)))
        content = etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True)
        uri, package = PackURI("/word/footnotes.xml"), document.part.package
        document.part.relate_to(Part(uri, CONTENT_TYPE.WML_FOOTNOTES, content, package), RELATIONSHIP_TYPE.FOOTNOTES)

    def note(self, name: str) -> Any:
        made = paragraph("FootnoteText")
        sign = within("rPr", element("rStyle", val="FootnoteReference"))
        words = " ".join(self.notes[name].text_content().replace("\u21a9", "").split())
        extend(made, [within("r", sign, element("footnoteRef")), *text(f" {words}")])
        return made
