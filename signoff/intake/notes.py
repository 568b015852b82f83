"""Footnotes: numbered in the order of the text, gathered at its end, linked both ways."""

import re

from signoff.intake.blocks import blocks, tight
from signoff.intake.links import resolve
from signoff.intake.reading import Reading
from signoff.intake.tree import Node

NOTE = re.compile(r"fn-?\d+|(?:foot|end)note-\d+")  # as Markdown's plug-in, mammoth and this module name them
BACK = re.compile(r"#(?:fnref|(?:foot|end)note-ref)-?\d+(?::\d+)?")


def take_notes(root: Node) -> dict[str, Node]:
    """Takes the footnotes out of the tree and marks the references to them; the notes by their address."""
    notes = {node.attributes["id"]: node for node in root.walk() if _is_note(node)}
    taken = {id(note) for note in notes.values()}
    for node in list(root.walk()):
        marked = (_marked(child) for child in node.children if id(child) not in taken)
        node.children = [child for child in marked if not _is_lost(child, notes)]
    for note in notes.values():
        _take_back_links(note)
    return notes


def _is_note(node: Node) -> bool:
    return node.tag == "li" and bool(NOTE.fullmatch(node.attributes.get("id", "")))


def _marked(child: Node | str) -> Node | str:
    """The reference that ``child`` is, or ``child``."""
    if isinstance(child, Node) and child.tag == "sup" and len(child.children) == 1:
        link = child.children[0]
        if isinstance(link, Node) and link.tag == "a" and NOTE.fullmatch(link.attributes.get("href", "")[1:]):
            return Node("noteref", {"note": link.attributes["href"][1:]})
    return child


def _is_lost(child: Node | str, notes: dict[str, Node]) -> bool:
    """Whether ``child`` refers to a note that is not there."""
    return isinstance(child, Node) and child.tag == "noteref" and child.attributes["note"] not in notes


def _take_back_links(note: Node) -> None:
    for node in note.walk():
        node.children = [
            child
            for child in node.children
            if isinstance(child, str) or not BACK.fullmatch(child.attributes.get("href", ""))
        ]


def set_notes(content: list[Node], notes: dict[str, Node], reading: Reading) -> list[Node]:
    """Numbers the references in ``content`` and returns the section of notes to stand behind it, if there are any.

    Links in ``content`` are already resolved, because here links are made that lead to no heading.
    """
    numbers: dict[str, int] = {}
    for block in content:
        _number_all(block, numbers)
    items: list[Node | str] = []
    while len(items) < len(numbers):  # a note may refer to further notes
        number = len(items) + 1
        note = Node("li", {}, tight(blocks(notes[[*numbers][len(items)]], reading, 1)))
        resolve([note], content, reading)
        _number_all(note, numbers)
        back = Node("a", {"href": f"#fnref-{number}", "role": "doc-backlink"}, ["↑"])
        items.append(Node("li", {"id": f"fn-{number}"}, [*note.children, " ", back]))
    attributes = {"class": "footnotes", "role": "doc-endnotes"}
    return [Node("section", attributes, [Node("ol", {}, items)])] if items else []


def _number_all(block: Node, numbers: dict[str, int]) -> None:
    for node in list(block.walk()):
        if node.tag == "noteref":
            _number(node, numbers)


def _number(reference: Node, numbers: dict[str, int]) -> None:
    """Turns ``reference`` into a linked number; the first one to a note carries the address to come back to."""
    address = reference.attributes["note"]
    first = address not in numbers
    number = numbers.setdefault(address, len(numbers) + 1)
    reference.tag = "sup"
    reference.attributes = {"class": "noteref"} | ({"id": f"fnref-{number}"} if first else {})
    reference.children = [Node("a", {"href": f"#fn-{number}", "role": "doc-noteref"}, [str(number)])]
