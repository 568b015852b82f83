"""The members of a round by state: the rows of a table, and the map that is drawn from them."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from signoff.domain.answer import Kind
from signoff.domain.collation import sort_key
from signoff.domain.member import Member
from signoff.domain.standing import Place
from signoff.domain.states import code
from signoff.words.regions import country

GERMANY = "DE"
SHADES = (0.25, 0.5, 0.75, 1.0)  # from which share on a state is a shade darker
SEVERAL_DIGITS = 100  # from here on "3/12" does not fit into a state, and the share stands there
# Where the figure of a state stands on the map of the package; small ones have it outside, at the end of a line.
INSIDE = {
    "bw": (203, 679),
    "by": (354, 639),
    "bb": (518, 343),
    "he": (202, 477),
    "ni": (224, 265),
    "mv": (421, 154),
    "nw": (105, 388),
    "rp": (95, 546),
    "sn": (477, 432),
    "st": (372, 333),
    "sh": (253, 111),
    "th": (329, 447),
}
OUTSIDE = {
    "be": (560, 250, "M481 275L556 256"),
    "hh": (20, 96, "M265 165L122 102"),
    "hb": (-60, 190, "M188 214L36 196"),
    "sl": (-66, 690, "M70 590L30 668"),
}


@dataclass(frozen=True, slots=True)
class Region:
    """A German state, or another country. ``key`` is what the table filters by, ``id`` its place on the map."""

    key: str
    name: str
    id: str
    asked: int
    signed: int
    answered: int

    @property
    def shade(self) -> int:
        """From 0 (nobody) to 4 (everybody)."""
        return sum(self.signed >= share * self.asked for share in SHADES) if self.signed else 0


@dataclass(frozen=True, slots=True)
class Map:
    """The German states that have members, and whether their figures are shares."""

    regions: tuple[Region, ...]
    in_percent: bool


def land(member: Member) -> str:
    """What a member is filed under: its German state, else its country's code; empty where neither is known."""
    return member.state if member.country.upper() in (GERMANY, "") else member.country.upper()


def regions(places: Iterable[Place], language: str) -> tuple[Region, ...]:
    """German states first, then other countries, each sorted by name; members without a state last."""
    filed: dict[str, list[Place]] = defaultdict(list)
    for place in places:
        filed[land(place.member)].append(place)
    found = [region(key, each, language) for key, each in filed.items()]
    return tuple(sorted(found, key=lambda each: (not each.key, is_country(each.key), sort_key(each.name))))


def region(key: str, places: list[Place], language: str) -> Region:
    kinds = Counter(place.kind for place in places)
    name = country(key, language) if is_country(key) else key
    id = "" if is_country(key) else code(key).lower()
    return Region(key, name, id, len(places), kinds[Kind.SIGN], len(places) - kinds[None])


def is_country(key: str) -> bool:
    return len(key) == len(GERMANY) and key.isupper()


def germany(regions: Iterable[Region]) -> Map:
    """The map; two spellings of one state are one place on it."""
    joined: dict[str, Region] = {}
    for each in regions:
        if each.id:
            before = joined.get(each.id)
            joined[each.id] = each if before is None else both(before, each)
    return Map(tuple(joined.values()), any(each.asked >= SEVERAL_DIGITS for each in joined.values()))


def both(one: Region, other: Region) -> Region:
    figures = {name: getattr(one, name) + getattr(other, name) for name in ("asked", "signed", "answered")}
    return Region(one.key, one.name, one.id, **figures)
