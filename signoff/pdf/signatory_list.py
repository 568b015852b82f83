"""Prepare the printed list of signatories: groups, columns and notes."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property, partial

from signoff.domain.answers import Basis
from signoff.domain.characters import substitute_characters
from signoff.domain.documents import Document
from signoff.domain.round_status import Signatory
from signoff.domain.signatories import (
    Inhabitants,
    ListHeading,
    Origin,
    SignatoryGroup,
    count_inhabitants,
    find_namesakes,
    group_signatories,
    is_domestic,
)
from signoff.i18n.catalogue import get_catalogue
from signoff.i18n.catalogue import gettext_noop as _
from signoff.i18n.formatting import (
    find_country_language,
    format_day,
    format_list_heading,
    format_number,
    format_origin,
    format_region,
    format_short_day,
    format_whereabouts,
    get_country_name,
    split_at_place,
)
from signoff.i18n.labels import BASIS_SHORT

MAX_TABLE_ROWS = 500  # beyond it, tables take minutes and plain lines take seconds
MAX_NAMES = 1_000  # beyond it, balancing columns of names takes minutes, too
SHORT_GROUP = 3  # entries; a group with no more stays on one page


@dataclass(frozen=True, slots=True)
class ListEntry:
    """An entry. Its name is split, so that the ``place`` can be emphasised."""

    before: str
    place: str
    after: str
    language: str  # of a foreign name, if its country tells it
    signer: str
    function: str
    basis: str
    signed_on: str
    signed_on_short: str  # for a narrow column
    region: str
    whereabouts: str  # district or key, where another signatory of the region has the same name
    note: int | None
    late: bool = False  # signed after the release, on ``signed_on``


@dataclass(frozen=True, slots=True)
class ListGroup:
    """Entries under one heading, which may be empty; ``continued`` is that on further pages."""

    heading: str
    continued: str
    with_regions: bool  # whether each entry names its region, because the heading does not
    entries: tuple[ListEntry, ...]

    @property
    def is_short(self) -> bool:
        return len(self.entries) <= SHORT_GROUP


@dataclass(frozen=True, slots=True)
class ListNote:
    """A numbered note below the list."""

    number: int
    place: str
    text: str


@dataclass(frozen=True)
class SignatoryList:
    """The list in printed order."""

    groups: tuple[ListGroup, ...]
    late_entries: tuple[ListEntry, ...]  # signed after the release
    notes: tuple[ListNote, ...]
    count: int
    origin: str  # in words, for the title page
    layout: str
    inhabitants: Inhabitants | None  # if their total is published
    plain: bool  # in plain lines instead of tables

    @cached_property
    def first_entries(self) -> tuple[ListEntry, ...]:
        return tuple(entry for group in self.groups for entry in group.entries)

    @cached_property
    def entries(self) -> tuple[ListEntry, ...]:
        return (*self.first_entries, *self.late_entries)

    @cached_property
    def columns(self) -> tuple[str, ...]:
        """The optional columns that are not empty."""
        return get_used_columns(self.first_entries)

    @cached_property
    def late_columns(self) -> tuple[str, ...]:
        return get_used_columns(self.late_entries)

    @property
    def by_state(self) -> bool:
        return self.layout == "state"

    @property
    def as_tables(self) -> bool:
        return self.by_state and bool(self.columns) and self.fits_tables

    @property
    def as_names(self) -> bool:
        """Whether nothing but names is printed, in several columns."""
        return not self.columns and not self.plain and len(self.entries) <= MAX_NAMES

    @property
    def fits_tables(self) -> bool:
        return not self.plain and len(self.entries) <= MAX_TABLE_ROWS

    @property
    def late_as_table(self) -> bool:
        return self.by_state and self.fits_tables


def build_signatory_list(document: Document, language: str) -> SignatoryList:
    """The list of ``document`` in ``language``, sorted by state and place or by place alone."""
    groups = group_signatories(
        document.signatories, document.layout, partial(get_country_name, language=language)
    )
    everybody = [item for group in groups for item in group.signatories]
    with_note = [item for item in everybody if item.note]
    note_numbers = {item.key: number for number, item in enumerate(with_note, 1)}
    namesakes = find_namesakes(everybody)
    origin = Origin.of(everybody)

    def build_entries(signatories: Iterable[Signatory]) -> tuple[ListEntry, ...]:
        return tuple(
            build_entry(item, note_numbers.get(item.key), namesakes, language)
            for item in signatories
        )

    late = [group for group in groups if group.heading is ListHeading.LATE]
    return SignatoryList(
        groups=tuple(
            build_group(
                group, build_entries(group.signatories), origin.has_several_regions, language
            )
            for group in groups
            if group.heading is not ListHeading.LATE
        ),
        late_entries=build_entries(item for group in late for item in group.signatories),
        notes=tuple(
            ListNote(note_numbers[item.key], item.sort_name, item.note) for item in with_note
        ),
        count=len(everybody),
        origin=format_origin(origin, language),
        layout=document.layout,
        inhabitants=count_inhabitants(everybody) if document.inhabitants_as_of else None,
        plain=document.plain,
    )


def build_group(
    group: SignatoryGroup, entries: tuple[ListEntry, ...], several_regions: bool, language: str
) -> ListGroup:
    heading = format_list_heading(group, language)
    continued = get_catalogue(language).gettext(_("noch: %(heading)s")) % {"heading": heading}
    return ListGroup(
        heading,
        substitute_characters(continued) if heading else "",
        several_regions and not group.heading.is_region,
        entries,
    )


def get_used_columns(entries: tuple[ListEntry, ...]) -> tuple[str, ...]:
    return tuple(
        name
        for name in ("signer", "basis", "signed_on")
        if any(getattr(entry, name) for entry in entries)
    )


def build_entry(
    signatory: Signatory, note: int | None, namesakes: Mapping[str, str], language: str
) -> ListEntry:
    before, place, after = split_at_place(signatory.name, signatory.sort_name)
    signed_on = signatory.late_on or signatory.signed_on
    domestic = is_domestic(signatory)
    return ListEntry(
        before,
        place,
        after,
        "" if domestic else find_country_language(signatory.country),
        signatory.signer,
        signatory.function,
        format_basis(signatory, language),
        format_day(signed_on, language) if signed_on else "",
        format_short_day(signed_on, language) if signed_on else "",
        format_region(signatory, language),
        format_whereabouts(signatory, namesakes, language),
        note,
        signatory.late_on is not None,
    )


def format_basis(signatory: Signatory, language: str) -> str:
    """The published part of ``Beschluss (Stadtrat) vom 14. Januar 2027``."""
    if signatory.basis is None:
        return ""
    gettext = get_catalogue(language).gettext
    parts = [gettext(BASIS_SHORT[signatory.basis])]
    if signatory.body:
        parts.append(f"({signatory.body})")
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
