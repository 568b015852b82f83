"""What stands inside a paragraph: emphasis, links, breaks; one spelling for what looks the same."""

import re

from signoff.intake.reading import Reading, excerpt
from signoff.intake.remark import RemarkKind
from signoff.intake.tree import Node

SAME = {"b": "strong", "i": "em"}
KEPT = {"strong", "em", "sup", "sub", "a"}
UNWRAPPED = {"s": RemarkKind.STRUCK_TEXT, "del": RemarkKind.STRUCK_TEXT, "code": RemarkKind.CODE}
Run = list[Node | str]
WORD, SPACE, BREAK = 0, 1, 2


def inline(children: Run, reading: Reading, within: frozenset[str] = frozenset()) -> Run:
    """``children`` in canonical form. ``within`` names the elements around, which are not opened twice."""
    return trimmed(joined(_kept(children, reading, within)))


def _kept(children: Run, reading: Reading, within: frozenset[str]) -> Run:
    run: Run = []
    for child in children:
        if isinstance(child, str):
            run.append(child)
            continue
        tag = SAME.get(child.tag, child.tag)
        if tag in {"br", "noteref"}:
            # In a heading a break would end up in bookmarks and the table of contents.
            run.append(" " if tag == "br" and "heading" in within else Node(tag, child.attributes))
        elif tag == "img":
            shown = excerpt(child.attributes.get("alt", "")) or "–"
            where = f", „{reading.heading}“" if reading.heading else ""
            reading.remark(RemarkKind.IMAGE_DROPPED, text=f"{shown}{where}")
        elif tag in KEPT and tag not in within and not (tag == "a" and not child.attributes.get("href")):
            attributes = {"href": child.attributes["href"]} if tag == "a" else {}
            run.append(Node(tag, attributes, _kept(child.children, reading, within | {tag})))
        else:
            if tag in UNWRAPPED:
                reading.remark(UNWRAPPED[tag], text=excerpt(child.text()))
            run.extend(_kept(child.children, reading, within))
    return [_cleaned(part, reading) if isinstance(part, str) else part for part in joined(run)]


def _cleaned(text: str, reading: Reading) -> str:
    return reading.clean(text)


def joined(run: Run) -> Run:
    """``run`` with neighbours of the same kind made one, and without empty elements."""
    result: Run = []
    for part in run:
        before = result[-1] if result else None
        if isinstance(part, str):
            if isinstance(before, str):
                result[-1] = before + part
            elif part:
                result.append(part)
        elif part.tag in KEPT and not part.children:
            continue
        elif (
            isinstance(before, Node)
            and part.tag in KEPT
            and (before.tag, before.attributes) == (part.tag, part.attributes)
        ):
            before.children = joined([*before.children, *part.children])
        else:
            result.append(part)
    return result


def trimmed(run: Run) -> Run:
    """``run`` with single spaces, none beside a break or at either end, and no break at either end."""
    _collapse(run, BREAK)
    _strip_end(run)
    return _without_empty(run)


def _collapse(run: Run, before: int) -> int:
    """Makes each run of spaces, and of breaks, one. ``before``: what stands before; returned: what ends the run."""
    for place, part in enumerate(run):
        if isinstance(part, str):
            text = re.sub(" +", " ", part)
            run[place] = text = text[1:] if before and text.startswith(" ") else text
            before = (SPACE if text.endswith(" ") else WORD) if text else before
        elif part.tag == "br":
            if before == BREAK:
                run[place] = ""
            _strip_end(run, place)
            before = BREAK
        else:
            before = WORD if part.tag == "noteref" else _collapse(part.children, before)
    return before


def _strip_end(run: Run, end: int | None = None) -> bool:
    """Removes spaces and breaks at the end of ``run[:end]``; True where something that is seen stands there."""
    for place in reversed(range(len(run) if end is None else end)):
        part = run[place]
        if isinstance(part, str):
            run[place] = part.rstrip(" ")
            if run[place]:
                return True
        elif part.tag == "br":
            if end is not None:
                return True
            run[place] = ""
        elif part.tag == "noteref" or _strip_end(part.children):
            return True
    return False


def _without_empty(run: Run) -> Run:
    for part in run:
        if isinstance(part, Node) and part.tag in KEPT:
            part.children = _without_empty(part.children)
    return joined([part for part in run if part])
