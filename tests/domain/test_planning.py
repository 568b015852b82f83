"""A deadline that is badly chosen is warned of; nothing refuses it."""

from datetime import date

import pytest

from signoff.domain.dates import Caution, Concern, cautions, suggested
from signoff.holidays import Calendars

TODAY = date(2027, 1, 21)  # a Thursday


def concerns(last: date) -> list[Concern]:
    return [each.concern for each in cautions(last, TODAY, {})]


@pytest.mark.parametrize(
    ("last", "found"),
    [
        (date(2027, 4, 15), []),
        (date(2027, 4, 17), [Concern.SATURDAY]),
        (date(2027, 4, 18), [Concern.SUNDAY]),
        (date(2027, 12, 20), [Concern.YEAR_END]),
        (date(2028, 1, 6), [Concern.YEAR_END]),
        (date(2028, 1, 7), []),
        (date(2027, 2, 10), [Concern.HURRIED]),
        (date(2027, 2, 11), [Concern.NO_COUNCIL]),
        (date(2027, 3, 31), [Concern.NO_COUNCIL]),
        (date(2027, 4, 1), []),
    ],
)
def test_each_day_is_warned_of_for_its_reason(last: date, found: list[Concern]) -> None:
    assert concerns(last) == found


def test_a_public_holiday_is_named_with_the_states_that_keep_it() -> None:
    kept = Calendars().holidays(
        date(2027, 5, 27), [("DE", "Hessen"), ("DE", "Bayern"), ("DE", "Berlin")]
    )
    told = {"name": "Fronleichnam", "states": "Bayern, Hessen"}
    assert cautions(date(2027, 5, 27), TODAY, kept) == [Caution(Concern.HOLIDAY, told)]


def test_a_holiday_speaks_the_readers_language_and_a_plain_day_has_none() -> None:
    calendar = Calendars()
    assert calendar.holidays(date(2027, 1, 6), [("DE", "Bayern")], "en") == {"Epiphany": ["Bayern"]}
    assert calendar.holidays(date(2027, 5, 26), [("DE", "Bayern"), ("XX", "Nirgendwo")]) == {}


def test_what_is_suggested_is_a_day_on_which_everybody_works() -> None:
    works = Calendars().works

    def everywhere(day: date) -> bool:
        return works(day, "DE", "")

    assert suggested(12, TODAY, everywhere) == date(2027, 4, 15)
    assert suggested(4, date(2027, 4, 29), everywhere) == date(2027, 5, 28), (
        "Fronleichnam is left out"
    )
    assert suggested(4, date(2027, 11, 25), everywhere) == date(2028, 1, 7), (
        "and the end of the year"
    )
