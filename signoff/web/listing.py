"""The published list in its order on the page: by state or by place, its notes numbered."""

from collections.abc import Iterable
from itertools import groupby
from typing import NamedTuple

from signoff.domain.collation import sort_key
from signoff.domain.standing import Signatory


class Listed(NamedTuple):
    """One signatory as it stands in the list; ``note`` is the number of its note, 0 without one."""

    signatory: Signatory
    note: int


def listed(signatories: Iterable[Signatory], layout: str) -> list[tuple[str, list[Listed]]]:
    """The list in its printed order, by state (``layout`` "state") or under one empty heading; notes are numbered."""
    ordered = list(signatories)
    if layout == "state":
        ordered.sort(key=lambda each: (sort_key(each.state), sort_key(each.sort_name), each.key))
    number = 0
    lines = []
    for each in ordered:
        number += bool(each.note)
        lines.append(Listed(each, number if each.note else 0))
    if layout != "state":
        return [("", lines)] if lines else []
    return [(state, list(group)) for state, group in groupby(lines, key=lambda line: line.signatory.state)]
