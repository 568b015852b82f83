"""The list of signatories in the order in which page, PDF and files show it, under its headings."""

import re
from collections import Counter
from collections.abc import Callable, Container, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from itertools import groupby
from typing import Protocol

from signoff.domain.members import OFFICIAL_KEY
from signoff.domain.releases import LateWithdrawal
from signoff.domain.round_status import Signatory
from signoff.domain.text import find_state_code, fold, sort_key

HOME_COUNTRY = "DE"
MIN_LETTERED = 30  # signatories; a shorter list by place needs no letters as headings


class ListHeading(StrEnum):
    """The kind of name that a group has. ``NONE``: the group has no heading."""

    NONE = "none"
    STATE = "state"
    COUNTRY = "country"  # its ISO 3166-1 code
    NO_STATE = "no_state"  # municipalities of which the member list names no state
    LETTER = "letter"
    FIRST = "first"  # first signatories
    OTHERS = "others"  # those who follow the first ones, where they have no other heading
    LATE = "late"  # signed after the release

    @property
    def is_region(self) -> bool:
        return self in (ListHeading.STATE, ListHeading.COUNTRY, ListHeading.NO_STATE)


@dataclass(frozen=True, slots=True)
class SignatureCounts:
    """How many members of a round were invited, how many of them signed until its end (``first``),
    how many did so after the release only (``later``), and how many of all these have withdrawn.

    Each member counts once, whatever it did after the release.
    """

    invited: int = 0
    first: int = 0
    later: int = 0
    withdrawn: int = 0

    @property
    def now(self) -> int:
        """How many sign now."""
        return self.first + self.later - self.withdrawn

    @property
    def have_changed(self) -> bool:
        """Whether anything has changed since the release."""
        return bool(self.later or self.withdrawn)


@dataclass(frozen=True, slots=True)
class SignatoryGroup:
    """Signatories under one heading, in their order."""

    heading: ListHeading
    name: str
    signatories: tuple[Signatory, ...]


class Located(Protocol):
    """Anything in a German state or in another country."""

    @property
    def state(self) -> str: ...

    @property
    def country(self) -> str: ...


@dataclass(frozen=True, slots=True)
class RegionCount:
    """How many members are from one state of one country."""

    country: str
    state: str
    members: int


def is_domestic(signatory: Located) -> bool:
    return signatory.country in ("", HOME_COUNTRY)


@dataclass(frozen=True, slots=True)
class Origin:
    """Where signatories come from: the number of German states, and of other countries."""

    states: int
    countries: int
    domestic: bool  # whether there are German ones

    @classmethod
    def of(cls, signatories: Sequence[Located]) -> "Origin":
        domestic = [item for item in signatories if is_domestic(item)]
        return cls(
            len({item.state for item in domestic if item.state}),
            len({item.country for item in signatories if not is_domestic(item)}),
            bool(domestic),
        )

    @property
    def has_several_regions(self) -> bool:
        return self.states + self.countries > 1


def group_signatories(
    signatories: Iterable[Signatory], layout: str, get_country_name: Callable[[str], str]
) -> tuple[SignatoryGroup, ...]:
    """The list by state ("state"), by place alone ("place") or by the moment of signing
    ("accession"); first signatories come before the others, late ones after them.

    By state: the German states, then bodies that give something else as their state, then
    countries by the name that ``get_country_name`` gives for their code, then those without any.
    """
    everybody = sorted(signatories, key=get_place_sort_key)
    if layout == "accession":
        everybody.sort(key=get_accession_sort_key)
    first = tuple(item for item in everybody if item.first and not item.late_on)
    others = [item for item in everybody if not item.first and not item.late_on]
    late = tuple(item for item in everybody if item.late_on)
    if layout == "state":
        others.sort(key=lambda item: get_region_sort_key(item, get_country_name))
        headings = get_region_heading
    elif layout == "place" and len(others) >= MIN_LETTERED:
        headings = get_letter_heading
    else:
        headings = get_other_heading if first else get_no_heading
    groups = [
        SignatoryGroup(ListHeading.FIRST, "", first),
        *(SignatoryGroup(*key, tuple(group)) for key, group in groupby(others, key=headings)),
        SignatoryGroup(ListHeading.LATE, "", late),
    ]
    return tuple(group for group in groups if group.signatories)


def sort_signatories(
    signatories: Iterable[Signatory], layout: str, get_country_name: Callable[[str], str]
) -> tuple[Signatory, ...]:
    """The signatories in the order in which they are printed."""
    groups = group_signatories(signatories, layout, get_country_name)
    return tuple(item for group in groups for item in group.signatories)


def get_place_sort_key(signatory: Signatory) -> tuple[str, str]:
    return sort_key(signatory.sort_name), signatory.key


def get_accession_sort_key(signatory: Signatory) -> tuple[bool, float, date]:
    """By the moment of the signature, else by its day, as far as either is known."""
    moment = signatory.received_at
    return moment is None, moment.timestamp() if moment else 0.0, signatory.signed_on or date.max


def get_region_heading(signatory: Signatory) -> tuple[ListHeading, str]:
    if not is_domestic(signatory):
        return ListHeading.COUNTRY, signatory.country
    if signatory.state:
        return ListHeading.STATE, signatory.state
    return ListHeading.NO_STATE, ""


def get_region_sort_key(
    signatory: Signatory, get_country_name: Callable[[str], str]
) -> tuple[int, str]:
    heading, name = get_region_heading(signatory)
    if heading is ListHeading.COUNTRY:
        return 2, sort_key(get_country_name(name))
    if heading is ListHeading.NO_STATE:
        return 3, ""
    return (0 if find_state_code(name) else 1), sort_key(name)


def get_letter_heading(signatory: Signatory) -> tuple[ListHeading, str]:
    """The first letter of the place as it is sorted: Ö is sorted as O."""
    letters = fold(signatory.sort_name)
    return ListHeading.LETTER, letters[0].upper() if letters[:1].isalpha() else "0–9"


def get_no_heading(signatory: Signatory) -> tuple[ListHeading, str]:
    return ListHeading.NONE, ""


def get_other_heading(signatory: Signatory) -> tuple[ListHeading, str]:
    return ListHeading.OTHERS, ""


# Neighbours.


class Vicinity(StrEnum):
    """The area that neighbours share."""

    DISTRICT = "district"
    STATE = "state"
    COUNTRY = "country"


def find_neighbours(
    signatory: Signatory, everybody: Iterable[Signatory]
) -> tuple[Vicinity, tuple[Signatory, ...]]:
    """The other signatories of the same district; without any, of the same state, or abroad of the
    same country.
    """
    others = [item for item in everybody if item.key != signatory.key]
    if not is_domestic(signatory):
        same = (item for item in others if item.country == signatory.country)
        return Vicinity.COUNTRY, tuple(same)
    nearby = [item for item in others if is_domestic(item) and item.state == signatory.state]
    if same_district := tuple(item for item in nearby if shares_district(item, signatory)):
        return Vicinity.DISTRICT, same_district
    return Vicinity.STATE, tuple(nearby) if signatory.state else ()


def shares_district(one: Signatory, other: Signatory) -> bool:
    """Whether they name the same district, or their official keys begin with that of one."""
    keys = [item.key[:5] for item in (one, other) if OFFICIAL_KEY.fullmatch(item.key)]
    return bool(one.district and one.district == other.district) or (
        len(keys) == 2 and keys[0] == keys[1]
    )


# Inhabitants. In the official key (AGS) a state has 2 digits, a district 5 and a municipality 8;
# the keys of what lies in it begin with its own. Zeros fill the key of what is one with the level
# above.

AGS_PATTERN = re.compile(r"(?:0[1-9]|1[0-6])(?:\d{3}){0,2}")
AGS_LENGTHS = (2, 5, 8)
OTHER_KEY = "?"


@dataclass(frozen=True, slots=True)
class Inhabitants:
    """The inhabitants of all signatories, each counted once.

    ``missing`` is the number of signatories without a figure of their own that lie in no other one.
    """

    total: int
    missing: int


def count_inhabitants(signatories: Sequence[Signatory]) -> Inhabitants:
    """A municipality is not added if it is part of another signatory with a figure."""
    figures: dict[str, int] = {}
    without = []
    for item in signatories:
        territory = get_territory(item)
        if item.inhabitants is None:
            without.append(territory)
        else:
            figures[territory] = max(item.inhabitants, figures.get(territory, 0))
    total = sum(
        number for territory, number in figures.items() if not lies_in_another(territory, figures)
    )
    missing = [
        territory
        for territory in without
        if territory not in figures and not lies_in_another(territory, figures)
    ]
    return Inhabitants(total, len(missing))


def get_territory(signatory: Signatory) -> str:
    """The key without the zeros that fill it; another key than an AGS keeps a mark."""
    key = signatory.key
    if not (is_domestic(signatory) and AGS_PATTERN.fullmatch(key)):
        return f"{OTHER_KEY}{signatory.country} {key}"
    while len(key) > AGS_LENGTHS[0] and key.endswith("000"):
        key = key[:-3]
    return key


def lies_in_another(territory: str, figures: Container[str]) -> bool:
    return not territory.startswith(OTHER_KEY) and any(
        territory[:length] in figures for length in AGS_LENGTHS if length < len(territory)
    )


def find_namesakes(signatories: Sequence[Signatory]) -> dict[str, str]:
    """The keys of those who share name, state and country with another signatory, and the district
    of each; it is empty where it does not tell them apart.
    """
    names = Counter((item.name, item.state, item.country) for item in signatories)
    places = Counter((item.name, item.state, item.country, item.district) for item in signatories)
    return {
        item.key: item.district
        if places[item.name, item.state, item.country, item.district] == 1
        else ""
        for item in signatories
        if names[item.name, item.state, item.country] > 1
    }


# The list as data, as it is published.

SIGNATORY_FIELDS = (
    "name",
    "sort_name",
    "kind",
    "state",
    "district",
    "country",
    "key",
    "signer",
    "function",
    "basis",
    "body",
    "decided_on",
    "signed_on",
    "note",
)


def serialize_signatory(signatory: Signatory) -> dict[str, str]:
    """The published fields; ``late_on`` only of a signature after the release, ``first`` only of a
    first signatory.
    """
    return {name: value for name, value in format_signatory_fields(signatory).items() if value}


def serialize_withdrawal(withdrawal: LateWithdrawal) -> dict[str, str]:
    fields = {
        "name": withdrawal.name,
        "key": withdrawal.public_key,
        "late_on": withdrawal.late_on.isoformat() if withdrawal.late_on else "",
        "withdrawn_on": withdrawal.on.isoformat(),
    }
    return {name: value for name, value in fields.items() if value}


def format_signatory_fields(signatory: Signatory) -> dict[str, str]:
    days = {
        name: day.isoformat()
        for name in ("decided_on", "signed_on", "late_on")
        if (day := getattr(signatory, name))
    }
    return {
        name: days.get(name) or str(get_published_value(signatory, name) or "")
        for name in (*SIGNATORY_FIELDS, "late_on")
    } | {"first": "yes" if signatory.first else ""}


def get_published_value(signatory: Signatory, name: str) -> object:
    """A field as it is published."""
    return signatory.public_key if name == "key" else getattr(signatory, name)
