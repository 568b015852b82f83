"""Links within a text lead to its headings, wherever the file's own marks stood; all others are absolute."""

import re

from signoff.intake.blocks import HEADING, is_block
from signoff.intake.inline import joined
from signoff.intake.reading import Reading, excerpt
from signoff.intake.remark import RemarkKind
from signoff.intake.tree import Node

ABSOLUTE = re.compile(r"(?:https?://[^/\s]|mailto:[^\s])[^\s]*", re.IGNORECASE)


def take_anchors(root: Node) -> None:
    """Takes the empty ``<a id>`` of Word's bookmarks out of the tree and hands their names to the heading below."""
    waiting: list[str] = []
    for node in list(root.walk()):
        if node.tag == "a" and "id" in node.attributes and not node.attributes.get("href"):
            waiting.append(node.attributes["id"])
        elif HEADING.fullmatch(node.tag):
            inner = [each.attributes["id"] for each in node.walk() if each.tag == "a" and "id" in each.attributes]
            own = node.attributes.get("id")
            node.attributes["id"] = " ".join([*waiting, *inner, *([own] if own else [])])
            waiting = []
        elif is_block(node) and node.text().strip():
            waiting = []


def resolve(within: list[Node], content: list[Node], reading: Reading) -> None:
    """Points links in ``within`` at the headings of ``content``; a link that leads nowhere is opened, with a remark."""
    slugs = {slug(block.text()): block for block in reversed(content) if HEADING.fullmatch(block.tag)}
    standing = {id(block) for block in content}
    for block in within:
        for node in block.walk():
            node.children = joined(
                [part for child in node.children for part in _resolved(child, slugs, standing, reading)]
            )


def _resolved(child: Node | str, slugs: dict[str, Node], standing: set[int], reading: Reading) -> list[Node | str]:
    if isinstance(child, str) or child.tag != "a":
        return [child]
    href = child.attributes["href"].strip()
    if ABSOLUTE.fullmatch(href):
        return [Node("a", {"href": href}, child.children)]
    target = reading.anchors.get(href[1:]) or slugs.get(href[1:].casefold()) if href.startswith("#") else None
    if target is not None and id(target) in standing:
        return [Node("a", {"href": f"#{target.attributes['id']}"}, child.children)]
    reading.remark(RemarkKind.LINK_DROPPED, text=excerpt(child.text()))
    return child.children


def slug(text: str) -> str:
    """The address that Markdown writers expect a heading to have: ``was-wir-uns-vornehmen``."""
    return re.sub(r"[^\w-]", "", text.casefold().strip().replace(" ", "-"))
