"""Compare two texts by paragraph, and by word within a paragraph."""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import groupby

from signoff.importers.html import Node, parse_html, split_label

WORD_PATTERN = re.compile(r"\s+|\w+|[^\w\s]")
MIN_SIMILARITY = 0.5  # below it, a paragraph counts as replaced and not as changed
MAX_WORDS = 1_000  # of two paragraphs, whose comparison takes the square of it
WINDOW = 50  # passages in which the one that was changed is sought
PASSAGE_TAGS = ("h2", "h3", "h4", "p", "tr")
MARK_TAGS = ("strong", "em", "sup", "sub", "a", "br", "img")


@dataclass(frozen=True, slots=True)
class Passage:
    """A heading, paragraph, list item or table row.

    ``marks`` are its formatting and links, ``label`` is the number of a list item.
    """

    tag: str
    text: str
    marks: tuple[str, ...] = ()
    label: str = ""

    @property
    def labelled_text(self) -> str:
        return f"{self.label} {self.text}" if self.label else self.text


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
    number = int(node.attributes.get("start", "1")) - 1
    for child in node.children:
        if not isinstance(child, Node):
            continue
        number += 1
        if child.tag in PASSAGE_TAGS:
            yield build_passage(child)
        elif child.tag == "li":
            sublists = [
                part
                for part in child.children
                if isinstance(part, Node) and part.tag in ("ul", "ol")
            ]
            label, content = split_label(child)
            content = [part for part in content if part not in sublists]
            label = f"{number}." if node.tag == "ol" else label
            yield build_passage(Node("li", {}, content), label)
            for part in sublists:
                yield from iter_passages(part)
        else:
            yield from iter_passages(child)


def build_passage(node: Node, label: str = "") -> Passage:
    cells = (
        [part.text() for part in node.children if isinstance(part, Node)]
        if node.tag == "tr"
        else [node.text()]
    )
    marks = tuple(
        " ".join([part.tag, *part.attributes.values(), part.text()]).strip()
        for part in node.walk()
        if part.tag in MARK_TAGS
    )
    return Passage(node.tag, " · ".join(" ".join(part.split()) for part in cells), marks, label)


def compare_texts(before: str, after: str) -> list[PassageChange]:
    """The changes between two texts in canonical HTML."""
    old, new = split_passages(before), split_passages(after)
    changes: list[PassageChange] = []
    matcher = SequenceMatcher(
        None, [passage.text for passage in old], [passage.text for passage in new]
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
    if old.label != new.label:
        return build_changed(old, new)
    kind = "same" if (old.tag, old.marks) == (new.tag, new.marks) else "marks"
    return PassageChange(kind, new.tag, (DiffPart("same", new.labelled_text),))


def build_changed(old: Passage, new: Passage) -> PassageChange:
    is_same = old.text == new.text
    parts = [DiffPart("same", new.text)] if is_same else diff_words(old.text, new.text)
    if old.label == new.label:
        labels = [DiffPart("same", f"{new.label} ")] if new.label else []
    else:
        labels = [
            DiffPart(kind, f"{label} ")
            for kind, label in (("removed", old.label), ("added", new.label))
            if label
        ]
    return PassageChange("changed", new.tag, (*labels, *parts))


def match_passages(old: list[Passage], new: list[Passage]) -> Iterator[PassageChange]:
    """Match similar passages as changed, in order; the others are removed or added.

    Each is compared with the next ``WINDOW`` alone, so that the time grows with the length of the
    texts and not with its square.
    """
    words = [count_words(passage) for passage in old]
    start = 0
    for passage in new:
        sought = count_words(passage)
        match = next(
            (
                index
                for index in range(start, min(start + WINDOW, len(old)))
                if are_similar(words[index], sought)
            ),
            None,
        )
        if match is None:
            yield PassageChange("added", passage.tag, (DiffPart("added", passage.labelled_text),))
            continue
        yield from (build_removed(removed) for removed in old[start:match])
        yield build_changed(old[match], passage)
        start = match + 1
    yield from (build_removed(removed) for removed in old[start:])


def build_removed(passage: Passage) -> PassageChange:
    return PassageChange("removed", passage.tag, (DiffPart("removed", passage.labelled_text),))


def count_words(passage: Passage) -> Counter[str]:
    return Counter(re.findall(r"\w+", passage.text))


def are_similar(old: Counter[str], new: Counter[str]) -> bool:
    """Whether enough words are the same, and there are few enough of them to be compared one by
    one.
    """
    total = old.total() + new.total()
    return total <= MAX_WORDS and 2 * (old & new).total() >= MIN_SIMILARITY * total


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
