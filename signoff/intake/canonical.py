"""One spelling for a text, whatever file it came in: what editions are frozen and digested as."""

from signoff.intake import headings, links, notes, sanitising, tree
from signoff.intake.blocks import blocks
from signoff.intake.characters import named
from signoff.intake.problem import FileReason, refuse
from signoff.intake.reading import Reading
from signoff.intake.remark import RemarkKind

LENGTH = 1 << 20


def canonical(html: str, title: str, reading: Reading) -> str:
    """``html`` as canonical, sanitised HTML of at most 1 MB; remarks go to ``reading``.

    Headings are h2 to h4 with ids ``a1``, ``a2`` …, the title is not among them, footnotes stand at the end. A
    canonical text comes out as it went in. FileRefused where it is empty, too long, too deeply nested, or has tables
    that cannot be read aloud.
    """
    if len(html) > 2 * LENGTH:
        raise refuse(FileReason.TEXT_TOO_LONG, limit=LENGTH >> 20)
    once = _arranged(html, title, reading)
    if len(once.encode()) > LENGTH:
        raise refuse(FileReason.TEXT_TOO_LONG, limit=LENGTH >> 20)
    _remark_characters(reading)
    # Where a link that led nowhere was opened, spaces and breaks may have come to stand side by side.
    return _arranged(once, "", Reading())


def _arranged(html: str, title: str, reading: Reading) -> str:
    root = tree.parse(sanitising.source(html))
    taken = notes.take_notes(root)
    links.take_anchors(root)
    content = headings.without_title(blocks(root, reading), title)
    if not any(block.text().strip() for block in content):
        raise refuse(FileReason.NO_TEXT)
    headings.arrange(content, reading)
    links.resolve(content, content, reading)
    section = notes.set_notes(content, taken, reading)
    return sanitising.sanitised(tree.written([*content, *section]))


def _remark_characters(reading: Reading) -> None:
    if reading.found.invisible:
        reading.remark(RemarkKind.INVISIBLE_CHARACTERS, text=named(reading.found.invisible))
    if reading.found.unprintable:
        reading.remark(RemarkKind.UNPRINTABLE_CHARACTERS, text=named(reading.found.unprintable))
