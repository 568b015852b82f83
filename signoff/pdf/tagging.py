"""The text arranged so that WeasyPrint tags it rightly; what cannot be arranged is refused."""

from itertools import pairwise
from xml.etree.ElementTree import Element

from signoff.pdf.failure import PrintFailed

HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")


def make_taggable(root: Element) -> None:
    """Splits links around other elements, evens out tables, and raises ``PrintFailed`` where headings skip a level."""
    check_headings(root)
    for parent in list(root.iter()):
        for link in [child for child in parent if child.tag == "a" and len(child)]:
            split_link(parent, link)
    for table in root.iter("table"):
        even_out(table)


def check_headings(root: Element) -> None:
    """A reader who hears the document walks by headings; ISO 14289-1, 7.4.2 wants no level left out."""
    headings = [each for each in root.iter() if each.tag in HEADINGS]
    for upper, lower in pairwise(headings):
        if HEADINGS.index(lower.tag) > HEADINGS.index(upper.tag) + 1:
            raise PrintFailed(f"vor der Überschrift „{words(lower)}“ fehlt eine Gliederungsebene")


def split_link(parent: Element, link: Element) -> None:
    """``<a>see <em>this</em></a>`` becomes ``<a>see </a><em><a>this</a></em>``: each link holds text alone."""
    pieces = [run(link, link.text)] if link.text else []
    for child in list(link):
        after = child.tail
        child.tail = None
        inner = run(link, words(child))
        child.text, child[:] = None, [inner]
        pieces.append(child)
        if after:
            pieces.append(run(link, after))
    pieces[-1].tail = link.tail
    at = list(parent).index(link)
    parent[at : at + 1] = pieces


def run(link: Element, text: str | None) -> Element:
    made = Element("a", link.attrib)
    made.text = text
    return made


def even_out(table: Element) -> None:
    """Fills short rows with empty cells, so that each has the columns of the longest. Tables with row spans stay."""
    rows = list(table.iter("tr"))
    if any(cell.get("rowspan", "1") != "1" for row in rows for cell in row):
        return
    widths = [sum(int(cell.get("colspan", "1")) for cell in row) for row in rows]
    for row, width in zip(rows, widths, strict=True):
        row.extend(Element("td") for _missing in range(max(widths) - width))


def words(element: Element) -> str:
    return "".join(element.itertext())
