"""The list of signatories as it is printed: groups, columns, notes. All deciding is here, the template only sets."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby

from signoff.domain.answers import Basis
from signoff.domain.documents import Document
from signoff.domain.round_status import Signatory
from signoff.domain.text import sort_key
from signoff.i18n.catalogue import get_catalogue
from signoff.i18n.catalogue import gettext_noop as _
from signoff.i18n.format import format_day, format_number, format_short_day, get_country_name
from signoff.i18n.labels import BASIS_SHORT

MAX_TABLE_ROWS = 500  # more rows than this cost minutes in tables and seconds in plain lines
HOME_COUNTRY = "DE"


@dataclass(frozen=True, slots=True)
class ListEntry:
    """One line. The place stands out in the name: ``before`` it, ``place``, ``after`` it."""

    before: str
    place: str
    after: str
    signer: str
    function: str
    basis: str
    signed_on: str
    signed_on_short: str  # for a narrow column
    region: str
    note: int | None
    late: bool = False  # it signed after the release; then ``signed_on`` is that day


@dataclass(frozen=True, slots=True)
class ListNote:
    """One numbered note under the list."""

    number: int
    place: str
    text: str


@dataclass(frozen=True)
class SignatoryList:
    """The whole list, in the order in which it is printed."""

    groups: tuple[tuple[str, tuple[ListEntry, ...]], ...]
    later: tuple[ListEntry, ...]  # who signed after the release stands after the first ones
    notes: tuple[ListNote, ...]
    count: int
    lands: int  # German Länder represented
    countries: int  # states of the world represented, Germany included
    by_state: bool
    in_tables: bool

    @cached_property
    def entries(self) -> tuple[ListEntry, ...]:
        return (*(entry for _name, group in self.groups for entry in group), *self.later)

    @cached_property
    def columns(self) -> tuple[str, ...]:
        """What is published of anybody; a column that would be empty throughout is not printed."""
        return get_used_columns(tuple(entry for _name, group in self.groups for entry in group))

    @cached_property
    def later_columns(self) -> tuple[str, ...]:
        return get_used_columns(self.later)


def build_signatory_list(document: Document, language: str) -> SignatoryList:
    """The list of ``document`` with words of ``language``: by state and place, or by place alone."""
    by_state = document.layout == "state"
    first = [each for each in document.signatories if each.late_on is None]
    later = sorted((each for each in document.signatories if each.late_on), key=get_place_sort_key)
    first.sort(
        key=lambda each: (get_state_sort_key(each) if by_state else (), get_place_sort_key(each))
    )
    signed = [*first, *later]
    notes = [each for each in signed if each.note]
    number = {each.key: count for count, each in enumerate(notes, 1)}
    grouped = groupby(first, key=lambda each: get_region(each, language) if by_state else "")
    return SignatoryList(
        groups=tuple(
            (name, tuple(build_entry(each, number.get(each.key), language) for each in all))
            for name, all in grouped
        ),
        later=tuple(build_entry(each, number.get(each.key), language) for each in later),
        notes=tuple(ListNote(number[each.key], each.sort_name, each.note) for each in notes),
        count=len(signed),
        lands=len({each.state for each in signed if is_domestic(each) and each.state}),
        countries=len({each.country or HOME_COUNTRY for each in signed}),
        by_state=by_state,
        in_tables=by_state and len(signed) <= MAX_TABLE_ROWS,
    )


def get_used_columns(entries: tuple[ListEntry, ...]) -> tuple[str, ...]:
    return tuple(
        name
        for name in ("signer", "basis", "signed_on")
        if any(getattr(entry, name) for entry in entries)
    )


def is_domestic(signatory: Signatory) -> bool:
    return signatory.country in ("", HOME_COUNTRY)


def get_state_sort_key(signatory: Signatory) -> tuple[bool, str, tuple[str, str]]:
    """German Länder first, those without one after them, then the other states of the world."""
    abroad = "" if is_domestic(signatory) else signatory.country
    return bool(abroad), abroad, sort_key(signatory.state or "\uffff") if not abroad else ("", "")


def get_place_sort_key(signatory: Signatory) -> tuple[tuple[str, str], str]:
    return sort_key(signatory.sort_name), signatory.key


def get_region(signatory: Signatory, language: str) -> str:
    """The heading a signatory stands under in the list by state."""
    if not is_domestic(signatory):
        return get_country_name(signatory.country, language)
    return signatory.state or get_catalogue(language).gettext(_("Länderübergreifend"))


def build_entry(signatory: Signatory, note: int | None, language: str) -> ListEntry:
    before, place, after = split_name_at_place(signatory.name, signatory.sort_name)
    signed_on = signatory.late_on or signatory.signed_on
    home = (
        signatory.state if is_domestic(signatory) else get_country_name(signatory.country, language)
    )
    return ListEntry(
        before,
        place,
        after,
        signatory.signer,
        signatory.function,
        format_basis(signatory, language),
        format_day(signed_on, language) if signed_on else "",
        format_short_day(signed_on, language) if signed_on else "",
        home,
        note,
        signatory.late_on is not None,
    )


def split_name_at_place(name: str, place: str) -> tuple[str, str, str]:
    """``name`` cut around ``place``: "Hansestadt ", "Rostock", ""; all of it where it is not inside."""
    before, found, after = name.rpartition(place)
    return (before, found, after) if place and found else ("", name, "")


def format_basis(signatory: Signatory, language: str) -> str:
    """``Beschluss (Stadtrat) vom 14. Januar 2027``, as far as it is published."""
    if signatory.basis is None:
        return ""
    translate = get_catalogue(language).gettext
    words = [translate(BASIS_SHORT[signatory.basis])]
    if signatory.basis.rests_on_a_decision and signatory.decision_body:
        words.append(f"({signatory.decision_body})")
    if signatory.basis is not Basis.HEAD and signatory.decided_on:
        words.append(
            translate(_("vom %(day)s")) % {"day": format_day(signatory.decided_on, language)}
        )
    return " ".join(words)


def format_count(number: int, language: str) -> str:
    """``11.084`` in German, ``11,084`` in English."""
    return format_number(number, language)


def split_digest(digest: str) -> Iterable[str]:
    """A digest in groups of eight, as eyes compare it."""
    return (digest[start : start + 8] for start in range(0, len(digest), 8))
