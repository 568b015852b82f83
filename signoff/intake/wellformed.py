"""One pass over an XML part before a parser builds a tree of it: no entities, bounded depth and number of elements."""

from collections.abc import Callable, Mapping
from xml.parsers import expat

from signoff.intake.problem import FileReason, refuse

DEPTH = 100
Seen = Callable[[str, Mapping[str, str]], None]


def scan(part: bytes, elements: int, seen: Seen | None = None, ended: Callable[[str], None] | None = None) -> None:
    """Walks through ``part`` and calls ``seen(name, attributes)`` and ``ended(name)`` with names as written (``w:p``).

    FileRefused where it is not well-formed, has a document type (entities expand to any size), nests deeper than
    ``DEPTH`` (readers recurse) or has more than ``elements`` elements (a tree costs about a kilobyte for each).
    """
    depth = count = 0
    parser = expat.ParserCreate()

    def begin(name: str, attributes: dict[str, str]) -> None:
        nonlocal depth, count
        depth += 1
        count += 1
        if depth > DEPTH:
            raise refuse(FileReason.TOO_DEEP)
        if count > elements:
            raise refuse(FileReason.TOO_COMPLEX)
        if seen:
            seen(name, attributes)

    def end(name: str) -> None:
        nonlocal depth
        depth -= 1
        if ended:
            ended(name)

    def doctype(*_: object) -> None:
        raise refuse(FileReason.DOCTYPE)

    parser.StartElementHandler = begin
    parser.EndElementHandler = end
    parser.StartDoctypeDeclHandler = doctype
    try:
        parser.Parse(part, True)
    except (expat.ExpatError, ValueError, LookupError):
        raise refuse(FileReason.BROKEN) from None
