"""How the answers came in, and which sittings are still to come: read off the standing, kept nowhere."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

from signoff.domain.answer import Kind
from signoff.domain.standing import Place


@dataclass(frozen=True, slots=True)
class Day:
    """A day on which answers came in that count today, and how many there were altogether by its end."""

    on: date
    came: int
    signed: int
    answered: int


@dataclass(frozen=True, slots=True)
class Sitting:
    """A day on which the bodies of these members meet."""

    on: date
    places: tuple[Place, ...]


def course(places: Iterable[Place], zone: ZoneInfo) -> tuple[Day, ...]:
    """The days in their order. An answer that was changed stands on the day of the version that counts."""
    came: dict[date, list[Kind]] = defaultdict(list)
    for place in places:
        if place.version and place.kind:
            came[place.version.received_at.astimezone(zone).date()].append(place.kind)
    days, signed, answered = [], 0, 0
    for on, kinds in sorted(came.items()):
        signed, answered = signed + kinds.count(Kind.SIGN), answered + len(kinds)
        days.append(Day(on, len(kinds), signed, answered))
    return tuple(days)


def sittings(places: Iterable[Place]) -> tuple[Sitting, ...]:
    """The sittings that members without a decision have named, the first one first."""
    named: dict[date, list[Place]] = defaultdict(list)
    for place in places:
        if place.kind is Kind.PENDING and place.version and place.version.answer.expected_on:
            named[place.version.answer.expected_on].append(place)
    return tuple(Sitting(on, tuple(each)) for on, each in sorted(named.items()))


def passed(places: Iterable[Place], today: date) -> tuple[Place, ...]:
    """Those whose sitting is over and whose result is not known."""
    return tuple(place for each in sittings(places) if each.on < today for place in each.places)
