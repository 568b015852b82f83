"""HTML as a small tree, and the one way it is written."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser

from signoff.intake.problem import FileReason, refuse

DEPTH = 60  # what follows may recurse; no honest text comes near
VOID = {"br", "hr", "img"}
ORDER = ("class", "id", "role", "href", "start", "scope")


@dataclass(slots=True, eq=False)
class Node:
    """One element. ``children`` are elements and runs of text in order."""

    tag: str
    attributes: dict[str, str] = field(default_factory=dict)
    children: list["Node | str"] = field(default_factory=list)

    def walk(self) -> Iterator["Node"]:
        """This element and all below it, in the order of the text."""
        yield self
        for child in self.children:
            if isinstance(child, Node):
                yield from child.walk()

    def text(self) -> str:
        """The characters below this element, without references to footnotes."""
        parts = (
            child if isinstance(child, str) else " " if child.tag == "br" else child.text()
            for child in self.children
            if isinstance(child, str) or child.tag != "noteref"
        )
        return "".join(parts)


class _Builder(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.open = [Node("root")]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        node = Node(tag, {name: value or "" for name, value in attrs})
        self.open[-1].children.append(node)
        if tag not in VOID:
            self.open.append(node)
        if len(self.open) > DEPTH:
            raise refuse(FileReason.TOO_DEEP)

    def handle_endtag(self, tag: str) -> None:
        if len(self.open) > 1 and self.open[-1].tag == tag:
            self.open.pop()

    def handle_data(self, data: str) -> None:
        self.open[-1].children.append(data)


def parse(html: str) -> Node:
    """The tree of ``html``, which must come out of the sanitiser: there every element is closed in order.

    FileRefused where it nests deeper than ``DEPTH``.
    """
    builder = _Builder()
    builder.feed(html)
    builder.close()
    return builder.open[0]


def escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("\u00a0", "&nbsp;").replace("<", "&lt;").replace(">", "&gt;")


def written(children: list[Node | str]) -> str:
    """``children`` as HTML, in the spelling of the HTML standard's serialiser and with attributes in one order."""
    return "".join(escaped(child) if isinstance(child, str) else _element(child) for child in children)


def _element(node: Node) -> str:
    given = sorted(node.attributes.items(), key=lambda item: ORDER.index(item[0]))
    attributes = "".join(f' {name}="{escaped(value).replace(chr(34), "&quot;")}"' for name, value in given)
    if node.tag in VOID:
        return f"<{node.tag}{attributes}>"
    return f"<{node.tag}{attributes}>{written(node.children)}</{node.tag}>"
