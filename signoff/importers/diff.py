"""Compare two texts by paragraph, and by word within a paragraph."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import groupby

from signoff.importers.html import Node, parse_html

WORD_PATTERN = re.compile(r"\s+|\w+|[^\w\s]")
MIN_SIMILARITY = 0.5  # below it, a paragraph counts as replaced and not as changed
PASSAGE_TAGS = ("h2", "h3", "h4", "p", "tr")
MARK_TAGS = ("strong", "em", "sup", "sub", "a", "br")


@dataclass(frozen=True, slots=True)
class Passage:
    """A heading, paragraph, list item or table row. ``marks`` are its formatting and links."""

    tag: str
    text: str
    marks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DiffPart:
    """Some words; ``what`` is ``same``, ``added`` or ``removed``."""

    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class PassageChange:
    """A passage: ``same``, ``changed``, ``added``, ``removed``, or only its ``marks`` changed."""

    kind: str
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
            sublists = [
                part
                for part in child.children
                if isinstance(part, Node) and part.tag in ("ul", "ol")
            ]
            content = [part for part in child.children if part not in sublists]
            yield build_passage(Node("li", {}, content))
            for part in sublists:
                yield from iter_passages(part)
        else:
            yield from iter_passages(child)


def build_passage(node: Node) -> Passage:
    cells = (
        [part.text() for part in node.children if isinstance(part, Node)]
        if node.tag == "tr"
        else [node.text()]
    )
    marks = tuple(
        f"{part.tag} {part.attributes.get('href', '')} {part.text()}".strip()
        for part in node.walk()
        if part.tag in MARK_TAGS
    )
    return Passage(node.tag, " · ".join(" ".join(part.split()) for part in cells), marks)


def compare_texts(before: str, after: str) -> list[PassageChange]:
    """The changes between two texts in canonical HTML."""
    old, new = split_passages(before), split_passages(after)
    changes: list[PassageChange] = []
    matcher = SequenceMatcher(
        None, [passage.text for passage in old], [passage.text for passage in new], autojunk=False
    )
    for operation, a, b, c, d in matcher.get_opcodes():
        if operation == "equal":
            changes += [
                build_unchanged(old_passage, new_passage)
                for old_passage, new_passage in zip(old[a:b], new[c:d], strict=True)
            ]
        else:
            changes += match_passages(old[a:b], new[c:d])
    return changes


def group_changes(changes: list[PassageChange]) -> list[tuple[bool, list[PassageChange]]]:
    """Group consecutive passages by whether they are unchanged, so that those can be collapsed."""
    return [
        (same, list(group))
        for same, group in groupby(changes, key=lambda change: change.kind == "same")
    ]


def build_unchanged(old: Passage, new: Passage) -> PassageChange:
    kind = "same" if (old.tag, old.marks) == (new.tag, new.marks) else "marks"
    return PassageChange(kind, new.tag, (DiffPart("same", new.text),))


def match_passages(old: list[Passage], new: list[Passage]) -> Iterator[PassageChange]:
    """Match similar passages as changed, in order; the others are removed or added."""
    start = 0
    for passage in new:
        match = next(
            (
                index
                for index in range(start, len(old))
                if is_similar(old[index].text, passage.text)
            ),
            None,
        )
        if match is None:
            yield PassageChange("added", passage.tag, (DiffPart("added", passage.text),))
            continue
        yield from (build_removed(removed) for removed in old[start:match])
        yield PassageChange(
            "changed", passage.tag, tuple(diff_words(old[match].text, passage.text))
        )
        start = match + 1
    yield from (build_removed(removed) for removed in old[start:])


def build_removed(passage: Passage) -> PassageChange:
    return PassageChange("removed", passage.tag, (DiffPart("removed", passage.text),))


def is_similar(first: str, second: str) -> bool:
    matcher = SequenceMatcher(
        None, WORD_PATTERN.findall(first), WORD_PATTERN.findall(second), autojunk=False
    )
    return (
        matcher.real_quick_ratio() >= MIN_SIMILARITY
        and matcher.quick_ratio() >= MIN_SIMILARITY
        and matcher.ratio() >= MIN_SIMILARITY
    )


def diff_words(before: str, after: str) -> Iterator[DiffPart]:
    """The words of both texts; removed words precede those that replace them."""
    old, new = WORD_PATTERN.findall(before), WORD_PATTERN.findall(after)
    for operation, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if operation == "equal":
            yield DiffPart("same", "".join(new[c:d]))
            continue
        if a < b:
            yield DiffPart("removed", "".join(old[a:b]))
        if c < d:
            yield DiffPart("added", "".join(new[c:d]))
