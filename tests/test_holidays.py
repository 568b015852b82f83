"""Working days of the states, as in the holidays library."""

from datetime import date

import pytest

from signoff.domain.text import GERMAN_STATES
from signoff.holidays import HolidayCalendar

CALENDAR = HolidayCalendar()
CORPUS_CHRISTI = date(2027, 5, 27)


@pytest.mark.parametrize(
    ("day", "country", "state", "works"),
    [
        (CORPUS_CHRISTI, "DE", "Nordrhein-Westfalen", False),
        (CORPUS_CHRISTI, "DE", "Berlin", True),
        (CORPUS_CHRISTI, "de", "DE-BE", True),
        (CORPUS_CHRISTI, "DE", "Thüringen", False),  # kept in parts of it
        (CORPUS_CHRISTI, "DE", "", False),  # a state that is not known: somewhere it is one
        (CORPUS_CHRISTI, "AT", "Tirol", False),
        (date(2027, 10, 26), "AT", "", False),
        (date(2027, 10, 26), "DE", "Hessen", True),
        (date(2027, 5, 28), "DE", "Hessen", True),
        (date(2027, 5, 29), "DE", "Hessen", False),
        (date(2027, 5, 30), "XX", "", False),
        (date(2027, 7, 14), "FR", "", False),
        (date(2027, 7, 14), "XX", "", True),
    ],
)
def test_working_days_by_state(day: date, country: str, state: str, works: bool) -> None:
    assert CALENDAR.is_working_day(day, country, state) is works


@pytest.mark.parametrize("state", GERMAN_STATES)
def test_every_state_has_its_holidays(state: str) -> None:
    assert not CALENDAR.is_working_day(date(2027, 5, 17), "DE", state)  # Whit Monday
    assert CALENDAR.is_working_day(date(2027, 6, 16), "DE", state)
