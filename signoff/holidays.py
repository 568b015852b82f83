"""Working days and public holidays of a member's state, from the library ``holidays``."""

from collections.abc import Iterable
from datetime import date
from functools import cache

from signoff.domain.text import find_state_code

SATURDAY = 5
# In Bavaria, Saxony and Thuringia some days are holidays in Catholic places only, which this
# program does not know.
LOCAL_CATEGORY = "catholic"


class HolidayCalendar:
    """Working days and holidays, in every country the library supports."""

    def is_working_day(self, day: date, country: str, state: str) -> bool:
        """Whether ``day`` is no Saturday, Sunday or public holiday in the state (its name, or ISO
        3166-2).

        In an unknown state, a holiday of any state of the country counts; in an unknown country,
        only the weekend does. A holiday in parts of a state is no working day either.
        """
        return day.weekday() < SATURDAY and day not in list_public_holidays(
            country.upper(), get_state_code(country, state), day.year
        )

    def list_holidays(
        self, day: date, states: Iterable[tuple[str, str]], language: str = "de"
    ) -> dict[str, list[str]]:
        """The public holidays on ``day``, each with those of ``states`` (country and name) that
        have it.
        """
        states_by_name: dict[str, list[str]] = {}
        for country, state in sorted(set(states)):
            for name in list_holiday_names(
                country.upper(), get_state_code(country, state), day, language
            ):
                if state not in states_by_name.setdefault(name, []):
                    states_by_name[name].append(state or country)
        return states_by_name


@cache
def list_holiday_names(country: str, state: str, day: date, language: str) -> tuple[str, ...]:
    """The names of the public holidays on a day in a state, or in the whole country if the state is
    unknown.
    """
    import holidays

    if country not in holidays.list_supported_countries() or day not in list_public_holidays(
        country, state, day.year
    ):
        return ()
    locale = choose_holiday_language(country, language)
    calendar = holidays.country_holidays(
        country, subdiv=state or None, years=day.year, language=locale
    )
    return tuple(calendar.get_list(day))


def choose_holiday_language(country: str, language: str) -> str | None:
    """The library's code for a language; ``None``, meaning the country's own language, if it has no
    names in it.
    """
    import holidays

    if country != "DE":
        return None
    supported = holidays.country_holidays(country).supported_languages
    return next((code for code in supported if code.partition("_")[0] == language), None)


def get_state_code(country: str, state: str) -> str:
    """The library's code of a state; empty if it has none."""
    import holidays

    short = state.strip().upper().removeprefix(f"{country.upper()}-")
    if country.upper() == "DE":
        short = find_state_code(state)
    return short if short in holidays.list_supported_countries().get(country.upper(), ()) else ""


@cache
def list_public_holidays(country: str, state: str, year: int) -> frozenset[date]:
    """The public holidays of one year; without a state, those of all states together."""
    import holidays

    supported = holidays.list_supported_countries()
    if country not in supported:
        return frozenset()
    codes = [state] if state else ([None, *supported[country]] if country == "DE" else [None])
    return frozenset(day for code in codes for day in list_state_holidays(country, code, year))


def list_state_holidays(country: str, state: str | None, year: int) -> frozenset[date]:
    import holidays

    supported = holidays.country_holidays(country, years=year).supported_categories
    categories = tuple(name for name in ("public", LOCAL_CATEGORY) if name in supported)
    return frozenset(
        holidays.country_holidays(country, subdiv=state, years=year, categories=categories)
    )
