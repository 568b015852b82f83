"""What a member list would do, line by line, as the preview shows it."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from flask_babel import lazy_gettext as _l

from signoff.domain.collation import sort_key
from signoff.domain.enrolment import Change, Planned
from signoff.intake.problem import Problem
from signoff.words import intake

A_PAGE = 100
REFUSED, ODD = "refused", "odd"
WHAT = {
    Change.NEW: _l("neu"),
    Change.CHANGED: _l("geändert"),
    Change.SAME: _l("unverändert"),
    REFUSED: _l("abgelehnt"),
    ODD: _l("Adresse zu prüfen"),
}


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the preview: what would happen to a member or representative, or why the line is refused."""

    line: int
    what: str
    planned: Planned | None = None
    words: str = ""

    def fits(self, what: str, needle: str) -> bool:
        each = self.planned
        if what and not (self.what == what or (what == ODD and each and each.odd)):
            return False
        told = f"{each.key} {each.name} {each.person} {each.email or ''}" if each else self.words
        return not needle or needle in sort_key(told)[0]


@dataclass(frozen=True, slots=True)
class Preview:
    """One page of a preview."""

    lines: tuple[Line, ...]
    counts: Mapping[str, int]
    found: int
    page: int
    pages: int
    what: str
    q: str

    @property
    def query(self) -> dict[str, str]:
        return {name: value for name, value in (("what", self.what), ("q", self.q)) if value}


def preview(
    planned: Iterable[Planned], problems: Iterable[Problem], asked: Mapping[str, str], gettext: Callable[[str], str]
) -> Preview:
    lines = [Line(each.line, str(each.change), each) for each in planned]
    counts = Counter(line.what for line in lines)
    counts[ODD] = sum(each.planned.odd for each in lines if each.planned)
    lines += [Line(each.line, REFUSED, words=intake.words(each, gettext)) for each in problems]
    counts[REFUSED] = sum(line.what == REFUSED for line in lines)

    what, q = asked.get("what", "") if asked.get("what") in WHAT else "", asked.get("q", "").strip()[:100]
    needle = sort_key(q)[0]
    fitting = sorted((each for each in lines if each.fits(what, needle)), key=lambda each: each.line)
    pages, page = max(1, -(-len(fitting) // A_PAGE)), asked.get("page", "")
    at = min(pages, int(page[:6]) if page.isascii() and page.isdecimal() and int(page[:6]) else 1)
    shown = tuple(fitting[(at - 1) * A_PAGE : at * A_PAGE])
    return Preview(shown, counts, len(fitting), at, pages, what, q)
