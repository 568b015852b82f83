"""Two texts side by side: paragraph by paragraph, and word by word within a paragraph."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import groupby

from signoff.importers.html import Node, parse

WORDS = re.compile(r"\s+|\w+|[^\w\s]")
ALIKE = 0.5  # two paragraphs that share less are another one, not a changed one
WHOLE = ("h2", "h3", "h4", "p", "tr")
MARKED = ("strong", "em", "sup", "sub", "a", "br")


@dataclass(frozen=True, slots=True)
class Passage:
    """One heading, paragraph, item or row. ``marks`` are its emphases and links, which a comparison sees too."""

    tag: str
    text: str
    marks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Part:
    """Some words: ``same``, ``added`` or ``removed``."""

    what: str
    text: str


@dataclass(frozen=True, slots=True)
class Change:
    """One passage of the comparison: ``same``, ``changed``, ``added``, ``removed``, or ``marks`` (only those)."""

    what: str
    tag: str
    parts: tuple[Part, ...]


def passages(html: str) -> list[Passage]:
    """The passages of canonical ``html`` in order."""
    return list(found(parse(html)))


def found(node: Node) -> Iterator[Passage]:
    for child in node.children:
        if not isinstance(child, Node):
            continue
        if child.tag in WHOLE:
            yield passage(child)
        elif child.tag == "li":
            lists = [
                each
                for each in child.children
                if isinstance(each, Node) and each.tag in ("ul", "ol")
            ]
            own = [each for each in child.children if each not in lists]
            yield passage(Node("li", {}, own))
            for each in lists:
                yield from found(each)
        else:
            yield from found(child)


def passage(node: Node) -> Passage:
    cells = (
        [each.text() for each in node.children if isinstance(each, Node)]
        if node.tag == "tr"
        else [node.text()]
    )
    marks = tuple(
        f"{each.tag} {each.attributes.get('href', '')} {each.text()}".strip()
        for each in node.walk()
        if each.tag in MARKED
    )
    return Passage(node.tag, " · ".join(" ".join(each.split()) for each in cells), marks)


def compared(before: str, after: str) -> list[Change]:
    """What became of the text ``before``: both are canonical HTML."""
    old, new = passages(before), passages(after)
    changes: list[Change] = []
    matcher = SequenceMatcher(
        None, [each.text for each in old], [each.text for each in new], autojunk=False
    )
    for what, a, b, c, d in matcher.get_opcodes():
        if what == "equal":
            changes += [
                unchanged(first, second) for first, second in zip(old[a:b], new[c:d], strict=True)
            ]
        else:
            changes += replaced(old[a:b], new[c:d])
    return changes


def runs(changes: list[Change]) -> list[tuple[bool, list[Change]]]:
    """Neighbours that are the same, or not, together: what has not changed can be folded away."""
    return [
        (same, list(group))
        for same, group in groupby(changes, key=lambda change: change.what == "same")
    ]


def unchanged(first: Passage, second: Passage) -> Change:
    what = "same" if (first.tag, first.marks) == (second.tag, second.marks) else "marks"
    return Change(what, second.tag, (Part("same", second.text),))


def replaced(old: list[Passage], new: list[Passage]) -> Iterator[Change]:
    """Passages that are alike as changed ones, in order; the others as removed or added."""
    at = 0
    for each in new:
        like = next(
            (place for place in range(at, len(old)) if alike(old[place].text, each.text)), None
        )
        if like is None:
            yield Change("added", each.tag, (Part("added", each.text),))
            continue
        yield from (gone(other) for other in old[at:like])
        yield Change("changed", each.tag, tuple(words(old[like].text, each.text)))
        at = like + 1
    yield from (gone(other) for other in old[at:])


def gone(passage: Passage) -> Change:
    return Change("removed", passage.tag, (Part("removed", passage.text),))


def alike(one: str, other: str) -> bool:
    matcher = SequenceMatcher(None, WORDS.findall(one), WORDS.findall(other), autojunk=False)
    return (
        matcher.real_quick_ratio() >= ALIKE
        and matcher.quick_ratio() >= ALIKE
        and matcher.ratio() >= ALIKE
    )


def words(before: str, after: str) -> Iterator[Part]:
    """The words of ``after`` with those that are gone; what is removed stands before what came for it."""
    old, new = WORDS.findall(before), WORDS.findall(after)
    for what, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if what == "equal":
            yield Part("same", "".join(new[c:d]))
            continue
        if a < b:
            yield Part("removed", "".join(old[a:b]))
        if c < d:
            yield Part("added", "".join(new[c:d]))
