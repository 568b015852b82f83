"""Whether a deadline is wisely chosen. Nothing here refuses: the office decides, and is told."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum

SHORT, LONG = 4, 12  # weeks: a declaration by the mayor, a decision of the council
DECLARED = 21  # days under which even a declaration is a hurry
DECIDED = 70  # days under which a council hardly decides: invitation, committee, sitting
SATURDAY, SUNDAY = 5, 6


class Concern(StrEnum):
    """Everything a deadline may be warned of."""

    SATURDAY = "saturday"
    SUNDAY = "sunday"
    HOLIDAY = "holiday"
    YEAR_END = "year_end"
    HURRIED = "hurried"
    NO_COUNCIL = "no_council"


@dataclass(frozen=True, slots=True)
class Caution:
    """One thing the office should know about a deadline."""

    concern: Concern
    facts: Mapping[str, object] = field(default_factory=dict)


def cautions(last: date, today: date, holidays: Mapping[str, Sequence[str]]) -> list[Caution]:
    """What speaks against ``last`` as the last day; ``holidays`` are those of it, with the states that keep them."""
    found = []
    if last.weekday() == SATURDAY:
        found.append(Caution(Concern.SATURDAY))
    if last.weekday() == SUNDAY:
        found.append(Caution(Concern.SUNDAY))
    found += [
        Caution(Concern.HOLIDAY, {"name": name, "states": ", ".join(states)}) for name, states in holidays.items()
    ]
    if (last.month, last.day) >= (12, 20) or (last.month, last.day) <= (1, 6):
        found.append(Caution(Concern.YEAR_END))
    days = (last - today).days
    if 0 <= days < DECLARED:
        found.append(Caution(Concern.HURRIED, {"days": days}))
    elif DECLARED <= days < DECIDED:
        found.append(Caution(Concern.NO_COUNCIL, {"weeks": days // 7}))
    return found


def suggested(weeks: int, today: date, works: Callable[[date], bool]) -> date:
    """The day in so many weeks, or the next one on which everybody works and the year does not end."""
    day = today + timedelta(weeks=weeks)
    while not works(day) or (day.month, day.day) >= (12, 20) or (day.month, day.day) <= (1, 6):
        day += timedelta(days=1)
    return day
