"""Prepare the printed list of signatories: groups, columns and notes."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property, partial
from itertools import groupby

from signoff.domain.answers import Basis
from signoff.domain.documents import Document
from signoff.domain.round_status import Signatory
from signoff.domain.signatories import HOME_COUNTRY, is_domestic, sort_signatories
from signoff.i18n.catalogue import get_catalogue
from signoff.i18n.catalogue import gettext_noop as _
from signoff.i18n.formatting import format_day, format_number, format_short_day, get_country_name
from signoff.i18n.labels import BASIS_SHORT

MAX_TABLE_ROWS = 500  # beyond it, tables take minutes and plain lines take seconds


@dataclass(frozen=True, slots=True)
class ListEntry:
    """An entry. Its name is split, so that the ``place`` can be emphasised."""

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
    late: bool = False  # signed after the release, on ``signed_on``


@dataclass(frozen=True, slots=True)
class ListNote:
    """A numbered note below the list."""

    number: int
    place: str
    text: str


@dataclass(frozen=True)
class SignatoryList:
    """The list in printed order."""

    groups: tuple[tuple[str, tuple[ListEntry, ...]], ...]
    late_entries: tuple[ListEntry, ...]  # signed after the release
    notes: tuple[ListNote, ...]
    count: int
    states: int  # number of German states
    countries: int  # number of countries, including Germany
    by_state: bool
    as_tables: bool

    @cached_property
    def entries(self) -> tuple[ListEntry, ...]:
        return (*(entry for _name, group in self.groups for entry in group), *self.late_entries)

    @cached_property
    def columns(self) -> tuple[str, ...]:
        """The optional columns that are not empty."""
        return get_used_columns(tuple(entry for _name, group in self.groups for entry in group))

    @cached_property
    def late_columns(self) -> tuple[str, ...]:
        return get_used_columns(self.late_entries)


def build_signatory_list(document: Document, language: str) -> SignatoryList:
    """The list of ``document`` in ``language``, sorted by state and place or by place alone."""
    by_state = document.layout == "state"
    everybody = sort_signatories(
        document.signatories, document.layout, partial(get_country_name, language=language)
    )
    first = [item for item in everybody if not item.late_on]
    late = [item for item in everybody if item.late_on]
    with_note = [item for item in everybody if item.note]
    note_numbers = {item.key: number for number, item in enumerate(with_note, 1)}

    def build_entries(signatories: Iterable[Signatory]) -> tuple[ListEntry, ...]:
        return tuple(
            build_entry(item, note_numbers.get(item.key), language) for item in signatories
        )

    by_region = groupby(first, lambda item: get_region(item, language) if by_state else "")
    return SignatoryList(
        groups=tuple((region, build_entries(group)) for region, group in by_region),
        late_entries=build_entries(late),
        notes=tuple(
            ListNote(note_numbers[item.key], item.sort_name, item.note) for item in with_note
        ),
        count=len(everybody),
        states=len({item.state for item in everybody if is_domestic(item) and item.state}),
        countries=len({item.country or HOME_COUNTRY for item in everybody}),
        by_state=by_state,
        as_tables=by_state and not document.plain and len(everybody) <= MAX_TABLE_ROWS,
    )


def get_used_columns(entries: tuple[ListEntry, ...]) -> tuple[str, ...]:
    return tuple(
        name
        for name in ("signer", "basis", "signed_on")
        if any(getattr(entry, name) for entry in entries)
    )


def get_region(signatory: Signatory, language: str) -> str:
    """The heading of a signatory in the list by state."""
    if not is_domestic(signatory):
        return get_country_name(signatory.country, language)
    return signatory.state or get_catalogue(language).gettext(_("Länderübergreifend"))


def build_entry(signatory: Signatory, note: int | None, language: str) -> ListEntry:
    before, place, after = split_name_at_place(signatory.name, signatory.sort_name)
    signed_on = signatory.late_on or signatory.signed_on
    region = (
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
        region,
        note,
        signatory.late_on is not None,
    )


def split_name_at_place(name: str, place: str) -> tuple[str, str, str]:
    """Split ``name`` around ``place``: "Hansestadt ", "Rostock", ""; or "", ``name``, ""."""
    before, match, after = name.rpartition(place)
    return (before, match, after) if place and match else ("", name, "")


def format_basis(signatory: Signatory, language: str) -> str:
    """The published part of ``Beschluss (Stadtrat) vom 14. Januar 2027``."""
    if signatory.basis is None:
        return ""
    gettext = get_catalogue(language).gettext
    parts = [gettext(BASIS_SHORT[signatory.basis])]
    if signatory.basis.requires_decision and signatory.decision_body:
        parts.append(f"({signatory.decision_body})")
    if signatory.basis is not Basis.HEAD and signatory.decided_on:
        parts.append(
            gettext(_("vom %(day)s")) % {"day": format_day(signatory.decided_on, language)}
        )
    return " ".join(parts)


def format_count(number: int, language: str) -> str:
    """``11.084`` in German, ``11,084`` in English."""
    return format_number(number, language)


def split_digest(digest: str) -> Iterable[str]:
    """A digest in groups of eight, for comparison by eye."""
    return (digest[start : start + 8] for start in range(0, len(digest), 8))
