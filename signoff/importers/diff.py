"""Two texts side by side: paragraph by paragraph, and word by word within a paragraph."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import groupby

from signoff.importers.html import Node, parse_html

WORD_PATTERN = re.compile(r"\s+|\w+|[^\w\s]")
MIN_SIMILARITY = 0.5  # two paragraphs that share less are another one, not a changed one
PASSAGE_TAGS = ("h2", "h3", "h4", "p", "tr")
MARK_TAGS = ("strong", "em", "sup", "sub", "a", "br")


@dataclass(frozen=True, slots=True)
class Passage:
    """One heading, paragraph, item or row. ``marks`` are its emphases and links, which a comparison sees too."""

    tag: str
    text: str
    marks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DiffPart:
    """Some words: ``same``, ``added`` or ``removed``."""

    what: str
    text: str


@dataclass(frozen=True, slots=True)
class PassageChange:
    """One passage of the comparison: ``same``, ``changed``, ``added``, ``removed``, or ``marks`` (only those)."""

    what: str
    tag: str
    parts: tuple[DiffPart, ...]


def split_passages(html: str) -> list[Passage]:
    """The passages of canonical ``html`` in order."""
    return list(iter_passages(parse_html(html)))


def iter_passages(node: Node) -> Iterator[Passage]:
    for child in node.children:
        if not isinstance(child, Node):
            continue
        if child.tag in PASSAGE_TAGS:
            yield build_passage(child)
        elif child.tag == "li":
            lists = [
                each
                for each in child.children
                if isinstance(each, Node) and each.tag in ("ul", "ol")
            ]
            own = [each for each in child.children if each not in lists]
            yield build_passage(Node("li", {}, own))
            for each in lists:
                yield from iter_passages(each)
        else:
            yield from iter_passages(child)


def build_passage(node: Node) -> Passage:
    cells = (
        [each.text() for each in node.children if isinstance(each, Node)]
        if node.tag == "tr"
        else [node.text()]
    )
    marks = tuple(
        f"{each.tag} {each.attributes.get('href', '')} {each.text()}".strip()
        for each in node.walk()
        if each.tag in MARK_TAGS
    )
    return Passage(node.tag, " · ".join(" ".join(each.split()) for each in cells), marks)


def compare_texts(before: str, after: str) -> list[PassageChange]:
    """What became of the text ``before``: both are canonical HTML."""
    old, new = split_passages(before), split_passages(after)
    changes: list[PassageChange] = []
    matcher = SequenceMatcher(
        None, [each.text for each in old], [each.text for each in new], autojunk=False
    )
    for what, a, b, c, d in matcher.get_opcodes():
        if what == "equal":
            changes += [
                build_unchanged(first, second)
                for first, second in zip(old[a:b], new[c:d], strict=True)
            ]
        else:
            changes += match_passages(old[a:b], new[c:d])
    return changes


def group_changes(changes: list[PassageChange]) -> list[tuple[bool, list[PassageChange]]]:
    """Neighbours that are the same, or not, together: what has not changed can be folded away."""
    return [
        (same, list(group))
        for same, group in groupby(changes, key=lambda change: change.what == "same")
    ]


def build_unchanged(first: Passage, second: Passage) -> PassageChange:
    what = "same" if (first.tag, first.marks) == (second.tag, second.marks) else "marks"
    return PassageChange(what, second.tag, (DiffPart("same", second.text),))


def match_passages(old: list[Passage], new: list[Passage]) -> Iterator[PassageChange]:
    """Passages that are alike as changed ones, in order; the others as removed or added."""
    at = 0
    for each in new:
        like = next(
            (place for place in range(at, len(old)) if is_similar(old[place].text, each.text)), None
        )
        if like is None:
            yield PassageChange("added", each.tag, (DiffPart("added", each.text),))
            continue
        yield from (build_removed(other) for other in old[at:like])
        yield PassageChange("changed", each.tag, tuple(diff_words(old[like].text, each.text)))
        at = like + 1
    yield from (build_removed(other) for other in old[at:])


def build_removed(passage: Passage) -> PassageChange:
    return PassageChange("removed", passage.tag, (DiffPart("removed", passage.text),))


def is_similar(one: str, other: str) -> bool:
    matcher = SequenceMatcher(
        None, WORD_PATTERN.findall(one), WORD_PATTERN.findall(other), autojunk=False
    )
    return (
        matcher.real_quick_ratio() >= MIN_SIMILARITY
        and matcher.quick_ratio() >= MIN_SIMILARITY
        and matcher.ratio() >= MIN_SIMILARITY
    )


def diff_words(before: str, after: str) -> Iterator[DiffPart]:
    """The words of ``after`` with those that are gone; what is removed stands before what came for it."""
    old, new = WORD_PATTERN.findall(before), WORD_PATTERN.findall(after)
    for what, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if what == "equal":
            yield DiffPart("same", "".join(new[c:d]))
            continue
        if a < b:
            yield DiffPart("removed", "".join(old[a:b]))
        if c < d:
            yield DiffPart("added", "".join(new[c:d]))
