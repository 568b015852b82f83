"""The outline of a canonical text, for a table of contents."""

from dataclasses import dataclass

from signoff.intake.headings import level
from signoff.intake.tree import Node, parse


@dataclass(frozen=True, slots=True)
class Heading:
    """One heading: its level (2 to 4), its id in the page, its words."""

    level: int
    id: str
    text: str


def outline(html: str) -> tuple[Heading, ...]:
    """The headings of canonical ``html`` in order, without the numbers of footnotes."""
    found = (block for block in parse(html).children if isinstance(block, Node) and level(block))
    return tuple(Heading(level(block), block.attributes["id"], _words(block)) for block in found)


def _words(node: Node) -> str:
    return "".join(
        child if isinstance(child, str) else "" if child.attributes.get("class") == "noteref" else _words(child)
        for child in node.children
    )
