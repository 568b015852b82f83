"""Working days and public holidays of a member's state, from the library ``holidays``."""

from collections.abc import Iterable
from datetime import date
from functools import cache

import holidays

from signoff.domain.text import GERMAN_STATES

SATURDAY = 5
# In Bavaria, Saxony and Thuringia some days are kept in Catholic places only; which these are is not known here.
LOCAL_CATEGORY = "catholic"


class HolidayCalendar:
    """Which days are working days, in every country the library knows."""

    def works(self, day: date, country: str, state: str) -> bool:
        """Whether ``day`` is no Saturday, no Sunday and no public holiday in that ``state`` (its name, or ISO 3166-2).

        In a state that is not known, a holiday of any state of the country counts; in a country that is not known,
        only the weekend does. A day that is kept in parts of a state is no working day either.
        """
        return day.weekday() < SATURDAY and day not in list_public_holidays(
            country.upper(), get_state_code(country, state), day.year
        )

    def holidays(
        self, day: date, states: Iterable[tuple[str, str]], language: str = "de"
    ) -> dict[str, list[str]]:
        """The public holidays on ``day``, each with those of ``states`` (country and name) that keep it."""
        found: dict[str, list[str]] = {}
        for country, state in sorted(set(states)):
            for name in list_holiday_names(
                country.upper(), get_state_code(country, state), day, language
            ):
                if state not in found.setdefault(name, []):
                    found[name].append(state or country)
        return found


@cache
def list_holiday_names(country: str, state: str, day: date, language: str) -> tuple[str, ...]:
    """What a day is called where it is a public holiday in that state; in the whole country where none is known."""
    if country not in holidays.list_supported_countries() or day not in list_public_holidays(
        country, state, day.year
    ):
        return ()
    named_in = choose_holiday_language(country, language)
    kept = holidays.country_holidays(
        country, subdiv=state or None, years=day.year, language=named_in
    )
    return tuple(kept.get_list(day))


def choose_holiday_language(country: str, language: str) -> str | None:
    """The library's code for ``language``; abroad, and where it has no such names, the country's own language."""
    if country != "DE":
        return None
    offered = holidays.country_holidays(country).supported_languages
    return next((each for each in offered if each.partition("_")[0] == language), None)


def get_state_code(country: str, state: str) -> str:
    """The code of a state as the library has it; empty where it knows none."""
    short = state.strip().upper().removeprefix(f"{country.upper()}-")
    if country.upper() == "DE":
        short = GERMAN_STATES.get(state.strip().casefold(), short)
    return short if short in holidays.list_supported_countries().get(country.upper(), ()) else ""


@cache
def list_public_holidays(country: str, state: str, year: int) -> frozenset[date]:
    """The public holidays of one year; of all states together where none is named."""
    known = holidays.list_supported_countries()
    if country not in known:
        return frozenset()
    states = [state] if state else ([None, *known[country]] if country == "DE" else [None])
    return frozenset(day for each in states for day in list_state_holidays(country, each, year))


def list_state_holidays(country: str, state: str | None, year: int) -> frozenset[date]:
    offered = holidays.country_holidays(country, years=year).supported_categories
    kept = tuple(each for each in ("public", LOCAL_CATEGORY) if each in offered)
    return frozenset(holidays.country_holidays(country, subdiv=state, years=year, categories=kept))
