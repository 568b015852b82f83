"""The list of signatories in the order in which page, PDF and files show it, under its headings."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import groupby

from signoff.domain.round_status import Signatory
from signoff.domain.text import find_state_code, sort_key

HOME_COUNTRY = "DE"
MIN_LETTERED = 30  # signatories; a shorter list by place needs no letters as headings


class ListHeading(StrEnum):
    """What the name of a group is. ``NONE``: the group has no heading."""

    NONE = "none"
    STATE = "state"
    COUNTRY = "country"  # its ISO 3166-1 code
    NO_STATE = "no_state"  # municipalities of which the member list names no state
    LETTER = "letter"
    LATE = "late"  # signed after the release


@dataclass(frozen=True, slots=True)
class SignatoryGroup:
    """Signatories under one heading, in their order."""

    heading: ListHeading
    name: str
    signatories: tuple[Signatory, ...]


def is_domestic(signatory: Signatory) -> bool:
    return signatory.country in ("", HOME_COUNTRY)


def group_signatories(
    signatories: Iterable[Signatory], layout: str, get_country_name: Callable[[str], str]
) -> tuple[SignatoryGroup, ...]:
    """The list by state ("state") or by place alone ("place"); late signatories come last.

    By state: the German states, then bodies that give something else as their state, then
    countries by the name that ``get_country_name`` gives for their code, then those without any.
    """
    everybody = sorted(signatories, key=get_place_sort_key)
    first = [item for item in everybody if not item.late_on]
    late = tuple(item for item in everybody if item.late_on)
    if layout == "state":
        first.sort(key=lambda item: get_region_sort_key(item, get_country_name))
        headings = get_region_heading
    elif len(first) >= MIN_LETTERED:
        headings = get_letter_heading
    else:
        headings = get_no_heading
    groups = [
        SignatoryGroup(*heading, tuple(group)) for heading, group in groupby(first, key=headings)
    ]
    return (*groups, *([SignatoryGroup(ListHeading.LATE, "", late)] if late else []))


def sort_signatories(
    signatories: Iterable[Signatory], layout: str, get_country_name: Callable[[str], str]
) -> tuple[Signatory, ...]:
    """The signatories in the order in which they are printed."""
    groups = group_signatories(signatories, layout, get_country_name)
    return tuple(item for group in groups for item in group.signatories)


def get_place_sort_key(signatory: Signatory) -> tuple[tuple[str, str], str]:
    return sort_key(signatory.sort_name), signatory.key


def get_region_heading(signatory: Signatory) -> tuple[ListHeading, str]:
    if not is_domestic(signatory):
        return ListHeading.COUNTRY, signatory.country
    if signatory.state:
        return ListHeading.STATE, signatory.state
    return ListHeading.NO_STATE, ""


def get_region_sort_key(
    signatory: Signatory, get_country_name: Callable[[str], str]
) -> tuple[int, tuple[str, str]]:
    heading, name = get_region_heading(signatory)
    if heading is ListHeading.COUNTRY:
        return 2, sort_key(get_country_name(name))
    if heading is ListHeading.NO_STATE:
        return 3, ("", "")
    return (0 if find_state_code(name) else 1), sort_key(name)


def get_letter_heading(signatory: Signatory) -> tuple[ListHeading, str]:
    """The first letter of the place as it is sorted: Ö stands under O."""
    letters = sort_key(signatory.sort_name)[0]
    return ListHeading.LETTER, letters[0].upper() if letters[:1].isalpha() else "0–9"


def get_no_heading(signatory: Signatory) -> tuple[ListHeading, str]:
    return ListHeading.NONE, ""


def list_ambiguous_keys(signatories: Sequence[Signatory]) -> frozenset[str]:
    """The keys of those who share name, state and country with another signatory."""
    names = Counter((item.name, item.state, item.country) for item in signatories)
    return frozenset(
        item.key for item in signatories if names[item.name, item.state, item.country] > 1
    )
