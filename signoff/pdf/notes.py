"""Footnotes: in the text they stand at its end, in print at the foot of their page."""

from xml.etree.ElementTree import Element

NOTE = "signoff-note"  # tagged as a note by standards.py


def footnotes_at_the_foot(root: Element) -> None:
    """Moves each ``<li id="fn-…">`` of the section ``footnotes`` to where ``<sup><a href="#fn-…">`` first calls it.

    A further call of the same note stays a raised number. Notes nobody calls stay at the end.
    """
    parents = {child: parent for parent in root.iter() for child in parent}
    for section in [each for each in root.iter("section") if "footnotes" in each.get("class", "").split()]:
        notes = {item.get("id"): item for item in section.iter("li")}
        calls = [link for link in root.iter("a") if link.get("href", "#")[1:] in notes]
        for call in calls:
            sup = parents[call]
            item = notes.pop(call.get("href", "#")[1:], None)
            if item is None:
                del call.attrib["href"]
                continue
            parents[item].remove(item)
            become_note(sup, item, "".join(call.itertext()).strip())
        if not notes:
            parents[section].remove(section)


def become_note(call: Element, item: Element, number: str) -> None:
    """Turns the raised number ``call`` into the note itself; the style sheet takes it to the foot."""
    tail = call.tail
    call.clear()
    call.tag, call.tail = NOTE, tail
    call.set("data-number", number)
    for piece in without_paragraphs(item):
        call.append(piece)
    call.text = (item.text or "").lstrip()


def without_paragraphs(item: Element) -> list[Element]:
    """The children of ``item`` with paragraphs made spans and links back to the call left out."""
    kept = []
    for child in list(item):
        if child.get("href", "").startswith("#fnref"):
            continue
        if child.tag == "p":
            child.tag, child.tail = "span", " "
            for link in [each for each in child if each.get("href", "").startswith("#fnref")]:
                child.remove(link)
        kept.append(child)
    return kept
