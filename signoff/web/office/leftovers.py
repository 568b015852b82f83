"""What is still open in a round before it is closed, each with the members it is about."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from zoneinfo import ZoneInfo

from signoff.domain.answer import Kind
from signoff.domain.moments import last_day
from signoff.domain.round import Round
from signoff.domain.standing import Place, Standing

NAMED = 8  # members named in a line; the rest is behind its link


class Left(StrEnum):
    """The kinds of open thing, most pressing first."""

    OBJECTIONS = "objections"
    NOTES = "notes"
    NAMES = "names"
    SITTINGS = "sittings"
    LATER = "later"
    SILENT = "silent"


@dataclass(frozen=True, slots=True)
class Leftover:
    """One kind of open thing and where it is open."""

    left: Left
    places: tuple[Place, ...]

    @property
    def named(self) -> tuple[Place, ...]:
        return self.places[:NAMED]


def leftovers(standing: Standing, zone: ZoneInfo) -> list[Leftover]:
    """Everything that is open, the most pressing first; what nobody waits for is left out."""
    rules: dict[Left, Callable[[Place], bool]] = {
        Left.OBJECTIONS: lambda place: bool(place.objections),
        Left.NOTES: lambda place: "note" in place.undecided,
        Left.NAMES: lambda place: "name" in place.undecided,
        Left.SITTINGS: lambda place: place.kind is Kind.PENDING and in_time(place, standing.round, zone),
        Left.LATER: lambda place: place.kind is Kind.PENDING and not in_time(place, standing.round, zone),
        Left.SILENT: lambda place: place.kind is None,
    }
    found = (Leftover(left, tuple(filter(rule, standing.places))) for left, rule in rules.items())
    return [each for each in found if each.places]


def in_time(place: Place, round: Round, zone: ZoneInfo) -> bool:
    """Whether the sitting a member has named lies before the deadline that was announced."""
    on = place.version.answer.expected_on if place.version else None
    return bool(on and round.deadline and on <= last_day(round.deadline, zone))
