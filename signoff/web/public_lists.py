"""Lists of papers and signatories on the public pages: search, filter, order, pages, map."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from operator import itemgetter
from typing import NamedTuple

from signoff.domain.releases import AddendumEntry, LateSignatures
from signoff.domain.round_status import Signatory
from signoff.domain.signatories import Located, Origin, RegionCount, is_domestic
from signoff.domain.text import find_state_code, sort_key
from signoff.i18n.formatting import get_country_name
from signoff.store.dashboard import Publication
from signoff.web.filters import ListedGroup, ListedSignatory, group_signatories
from signoff.web.listing import ListQuery, Page, paginate
from signoff.web.office.charts import Map, Region, build_map

# The archive.


@dataclass(frozen=True, slots=True)
class Found:
    """A paper of the archive, and the members by whose names it was found."""

    publication: Publication
    names: Sequence[str] = ()


def list_found(
    publications: Iterable[Publication], words: str, names: dict[int, list[str]]
) -> list[Found]:
    """The papers with these words in title, subtitle or summary, or with such signatories."""
    found = []
    for each in publications:
        text, is_retracted = each.edition.text, each.release and each.release.retracted_at
        signed = [] if is_retracted else names.get(each.round.id, [])
        texts = (text.title, text.subtitle, "" if is_retracted else text.summary)
        if signed or words.casefold() in "\n".join(texts).casefold():
            found.append(Found(each, signed))
    return found


# The list of signatories of one paper.

MAX_ENTRIES = 500  # of the list on one page


class SignatoryQuery(ListQuery):
    """``state`` is a German state or the code of another country; ``sort`` the layout of the list,
    empty for that of the document.
    """

    FILTERS = {"q": None, "state": None, "district": None, "kind": None, "note": ("yes",)}
    SORTS = ("", "state", "place", "accession")

    def matches(self, signatory: Signatory) -> bool:
        names = f"{signatory.name}\n{signatory.sort_name}\n{signatory.signer}"
        return (
            self["q"].casefold() in names.casefold()
            and self["state"] in ("", get_region(signatory))
            and self["district"] in ("", signatory.district)
            and self["kind"] in ("", signatory.kind)
            and not (self["note"] and not signatory.note)
        )


def get_region(located: Located) -> str:
    """The key of a region: a German state, or the code of another country."""
    return located.state if is_domestic(located) else located.country


class LateEntry(NamedTuple):
    """A signature after the release, with the number of its note, 0 without one."""

    entry: AddendumEntry
    note_number: int


@dataclass(frozen=True, slots=True)
class SignatoryList:
    """One page of the list of a paper.

    ``sizes`` are the matching entries under each heading, on all pages. ``joined`` signed after
    the release, ``notes`` are those of this page, each with its number and its signatory.
    """

    layout: str
    groups: list[ListedGroup]
    sizes: Counter[str]
    page: Page[tuple[str, ListedSignatory]]
    joined: list[LateEntry]
    notes: list[tuple[int, Signatory]]
    states: list[tuple[str, str]]
    districts: list[tuple[str, str]]  # of the chosen state
    kinds: list[tuple[str, str]]
    has_notes: bool
    has_dates: bool  # so that the order of accession is public


def build_list(
    late: LateSignatures, layout: str, query: SignatoryQuery, language: str
) -> SignatoryList:
    """The first list as it is printed, and what came later. Notes keep the numbers that they have
    in the whole list.
    """
    everybody = [*late.original_signatories, *(entry.signatory for entry in late.entries)]
    has_dates = layout == "accession" or any(item.signed_on for item in everybody)
    if query.sort and (query.sort != "accession" or has_dates):
        layout = query.sort
    lines = [
        (group.heading, line)
        for group in group_signatories(late.original_signatories, layout)
        for line in group.entries
    ]
    noted = sum(bool(line.note_number) for _heading, line in lines)
    joined = []
    for entry in late.entries:
        noted += bool(entry.signatory.note)
        joined.append(LateEntry(entry, noted if entry.signatory.note else 0))

    matching = [line for line in lines if query.matches(line[1].signatory)]
    page = paginate(matching, query.page, len(lines), size=MAX_ENTRIES)
    is_last = page.number == page.pages
    joined = [each for each in joined if is_last and query.matches(each.entry.signatory)]
    numbered = [(line.note_number, line.signatory) for _heading, line in page.items]
    numbered += [(each.note_number, each.entry.signatory) for each in joined]
    regions = {
        get_region(item): item.state
        if is_domestic(item)
        else get_country_name(item.country, language)
        for item in everybody
    }
    return SignatoryList(
        layout,
        [
            ListedGroup(heading, [line for _heading, line in group])
            for heading, group in groupby(page.items, key=itemgetter(0))
        ],
        Counter(heading for heading, _line in matching),
        page,
        joined,
        sorted((each for each in numbered if each[0]), key=itemgetter(0)),
        sorted((each for each in regions.items() if all(each)), key=lambda each: sort_key(each[1])),
        [
            (district, district)
            for district in sorted(
                {
                    item.district
                    for item in everybody
                    if item.district and query["state"] in ("", get_region(item))
                },
                key=sort_key,
            )
        ],
        [(kind, kind) for kind in sorted({item.kind for item in everybody if item.kind})],
        any(item.note for item in everybody),
        has_dates,
    )


# Where signatories are from.


@dataclass(frozen=True, slots=True)
class RegionPicture:
    """The current signatories by state and country: for a map, a table and a sentence."""

    map: Map
    regions: tuple[Region, ...]
    origin: Origin


def build_region_picture(counts: Sequence[RegionCount], language: str) -> RegionPicture:
    """Shades compare the states with the one that has most; how many were asked is not public."""
    totals: Counter[tuple[bool, str]] = Counter()
    for each in counts:
        totals[not is_domestic(each), get_region(each)] += each.members
    regions = [
        Region(
            key,
            get_country_name(key, language) if is_foreign else key,
            "" if is_foreign else find_state_code(key).lower(),
            max(totals.values()),
            members,
            0,
        )
        for (is_foreign, key), members in totals.items()
    ]
    regions.sort(key=lambda each: (not each.key, not each.map_id, sort_key(each.name)))
    picture = replace(build_map(regions), in_percent=False, signed_only=True)
    return RegionPicture(picture, tuple(regions), Origin.of(counts))
