"""Headings: the title is not repeated, no level is left out, each has an address."""

import unicodedata

from signoff.intake.reading import Reading, excerpt
from signoff.intake.remark import RemarkKind
from signoff.intake.tree import Node

TOP, LOWEST = 2, 4


def without_title(content: list[Node], title: str) -> list[Node]:
    """``content`` without its first heading where that is the title, which the page prints itself.

    A title with a footnote stays, because the note would be lost with it.
    """
    first = next((block for block in content if level(block)), None)
    noted = first is not None and any(node.tag == "noteref" for node in first.walk())
    if first is None or noted or not title or bare(first.text()) != bare(title):
        return content
    return [block for block in content if block is not first]


def bare(text: str) -> str:
    """``text`` for comparing: letters and digits without case."""
    return "".join(sign for sign in unicodedata.normalize("NFKC", text).casefold() if sign.isalnum())


def level(block: Node) -> int:
    """The level of a heading, 1 to 6; 0 for any other block."""
    return int(block.tag[1]) if len(block.tag) == 2 and block.tag[0] == "h" and block.tag[1].isdigit() else 0


def arrange(content: list[Node], reading: Reading) -> None:
    """Gives headings levels 2 to 4 without a gap, and ids ``a1``, ``a2`` … in order."""
    headings = [block for block in content if level(block)]
    if not headings:
        reading.remark(RemarkKind.NO_HEADINGS)
    elif not level(content[0]):
        reading.remark(RemarkKind.NO_FIRST_HEADING)
    above: list[int] = []  # the levels, as the file has them, of the headings that the present one stands under
    top = min(map(level, headings), default=TOP)
    for number, heading in enumerate(headings, 1):
        given = level(heading)
        while above and above[-1] >= given:
            above.pop()
        if given > (above[-1] if above else top - 1) + 1:
            reading.remark(RemarkKind.LEVEL_SKIPPED, text=excerpt(heading.text()))
        if TOP + len(above) > LOWEST:
            reading.remark(RemarkKind.LEVEL_TOO_DEEP, text=excerpt(heading.text()))
        heading.tag = f"h{min(TOP + len(above), LOWEST)}"
        heading.attributes = {"id": f"a{number}"}
        above.append(given)
