"""Compare a printed list of signatories with the data that is embedded beside it.

The data has the order of the print, so that row after row belongs to entry after entry, whatever
names are equal or contain one another.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from signoff.domain.answers import Basis
from signoff.domain.characters import substitute_characters
from signoff.domain.documents import ListDifference, ListFact
from signoff.exports import verify_signoff
from signoff.i18n.catalogue import get_catalogue
from signoff.i18n.formatting import format_day, format_short_day
from signoff.i18n.labels import BASIS_SHORT

SEPARATORS = (",", "·")  # follow the name in plain lines
EXCERPT = 160  # characters of a printed row in a message
Item = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class PrintedRow:
    """A row of a table, or an item of a list, whose text is all in ``facts``."""

    name: str | None  # the cell of the name; ``None``: no cells
    facts: str
    call: str = ""  # the number of the note it refers to

    @property
    def text(self) -> str:
        return f"{self.name or ''} {self.facts}".strip()


@dataclass(frozen=True, slots=True)
class PrintedList:
    rows: tuple[PrintedRow, ...]
    notes: str = ""  # the text of all notes with their numbers


def find_difference(
    printed: PrintedList, items: Sequence[Item], language: str
) -> ListDifference | None:
    """The first difference between the print and ``items``, entries of ``signatories.json``."""
    note_number = 0
    for number, (row, item) in enumerate(zip(printed.rows, items, strict=False), 1):
        note_number += bool(item.get("note"))
        call = str(note_number) if item.get("note") else ""
        if difference := find_row_difference(row, item, call, language):
            fact, expected, found = difference
            return ListDifference(number, item["name"], fact, expected, found[:EXCERPT])
    if len(printed.rows) != len(items):
        number = min(len(printed.rows), len(items)) + 1
        expected = items[number - 1]["name"] if number <= len(items) else ""
        found = printed.rows[number - 1].text if number <= len(printed.rows) else ""
        return ListDifference(number, expected, ListFact.ROW, expected, found[:EXCERPT])
    return find_note_difference(printed.notes, items)


def find_row_difference(
    row: PrintedRow, item: Item, call: str, language: str
) -> tuple[ListFact, str, str] | None:
    """The first fact that ``row`` prints otherwise: with what is expected and what is there."""
    name = normalize_text(item["name"])
    start = normalize_text(row.facts if row.name is None else row.name)
    rest = start.removeprefix(name)
    if not start.startswith(name) or not may_follow_name(rest, row, item, language):
        return ListFact.NAME, item["name"], row.text
    if normalize_text(row.call) != call:
        return ListFact.CALL, call, f"{row.text} {row.call}"
    facts = rest if row.name is None else normalize_text(row.facts)
    end = 0
    for fact, spellings in iter_expected_facts(item, language):
        found = find_first(facts, spellings, end)
        if found is None or (fact is ListFact.BASIS and not is_whole_basis(facts, found, language)):
            return fact, spellings[0], row.text
        end = found[1]
    is_blank = not any(item.get(name) for name in ("signer", "function", "basis", "signed_on"))
    if row.name is not None and is_blank and not item.get("late_on") and facts:
        return ListFact.ROW, "", row.text
    return None


def may_follow_name(rest: str, row: PrintedRow, item: Item, language: str) -> bool:
    """Whether ``rest`` is not a part of the name: nothing, or where the signatory is."""
    if not rest or row.name is None:
        return not rest or rest.startswith(SEPARATORS)
    country = verify_signoff.name_country(item.get("country", ""), language == "en")
    places = (item.get("state"), country, item.get("district"))
    regions = tuple(normalize_text(place) for place in places if place)
    return rest.startswith(regions) or rest.endswith(item.get("key") or "\0")


def iter_expected_facts(item: Item, language: str) -> Iterator[tuple[ListFact, list[str]]]:
    """The published facts in printed order, each with its possible spellings."""
    if signer := item.get("signer"):
        yield ListFact.SIGNER, [signer]
    if function := item.get("function"):
        yield ListFact.FUNCTION, [function]
    if basis := item.get("basis"):
        words = get_catalogue(language).gettext(BASIS_SHORT[Basis(basis)])
        former = verify_signoff.BASES[basis][2 + (language == "en") :: 2]
        yield ListFact.BASIS, [words, *former]
        if body := item.get("body"):
            yield ListFact.BODY, [f"({body})"]
        if item.get("decided_on") and Basis(basis) is not Basis.HEAD:
            yield ListFact.DECIDED_ON, format_spellings(item["decided_on"], language)
    if signed_on := item.get("late_on") or item.get("signed_on"):
        yield ListFact.SIGNED_ON, format_spellings(signed_on, language)
    if withdrawn_on := item.get("withdrawn_on"):
        yield ListFact.WITHDRAWN_ON, format_spellings(withdrawn_on, language)


def format_spellings(day: str, language: str) -> list[str]:
    """A day as tables and lines print it."""
    on = date.fromisoformat(day)
    return [format_day(on, language), format_short_day(on, language)]


def find_first(text: str, spellings: Sequence[str], start: int) -> tuple[int, int] | None:
    """Start and end of the first of ``spellings`` in ``text``."""
    for spelling in map(normalize_text, spellings):
        if (at := text.find(spelling, start)) >= 0:
            return at, at + len(spelling)
    return None


def is_whole_basis(text: str, found: tuple[int, int], language: str) -> bool:
    """Whether no other basis contains what was found, as "Verwaltungsspitze und Beschluss" does
    "Beschluss".
    """
    start, end = found
    gettext = get_catalogue(language).gettext
    return not any(
        len(label) > end - start and text.startswith(label, end - len(label))
        for label in (normalize_text(gettext(label)) for label in BASIS_SHORT.values())
        if end >= len(label)
    )


def find_note_difference(notes: str, items: Sequence[Item]) -> ListDifference | None:
    """The first note that is printed otherwise, or under another number or name."""
    printed, end = normalize_text(notes), 0
    with_note = [item for item in items if item.get("note")]
    for number, item in enumerate(with_note, 1):
        place = item.get("sort_name", "")
        expected = normalize_text(f"{number}.{place}:{item['note']}")
        if not printed.startswith(expected, end):
            found = printed[end : end + EXCERPT]
            return ListDifference(number, item["name"], ListFact.NOTE, item["note"], found)
        end += len(expected)
    if printed[end:]:
        found = printed[end : end + EXCERPT]
        return ListDifference(len(with_note) + 1, "", ListFact.NOTE, "", found)
    return None


@lru_cache(maxsize=1024)  # functions, bodies and days occur again and again
def normalize_text(text: str) -> str:
    """``text`` with the substitutions for print, without white space and soft hyphens."""
    return "".join(substitute_characters(str(text)).replace("\u00ad", "").split())
