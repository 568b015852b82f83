"""A deadline that is badly chosen is warned of; nothing refuses it."""

from datetime import date

import pytest

from signoff.domain.dates import (
    DeadlineConcern,
    DeadlineWarning,
    list_deadline_warnings,
    suggest_deadline,
)
from signoff.holidays import HolidayCalendar

TODAY = date(2027, 1, 21)  # a Thursday


def concerns(last: date) -> list[DeadlineConcern]:
    return [each.concern for each in list_deadline_warnings(last, TODAY, {})]


@pytest.mark.parametrize(
    ("last", "found"),
    [
        (date(2027, 4, 15), []),
        (date(2027, 4, 17), [DeadlineConcern.SATURDAY]),
        (date(2027, 4, 18), [DeadlineConcern.SUNDAY]),
        (date(2027, 12, 20), [DeadlineConcern.YEAR_END]),
        (date(2028, 1, 6), [DeadlineConcern.YEAR_END]),
        (date(2028, 1, 7), []),
        (date(2027, 2, 10), [DeadlineConcern.HURRIED]),
        (date(2027, 2, 11), [DeadlineConcern.NO_COUNCIL]),
        (date(2027, 3, 31), [DeadlineConcern.NO_COUNCIL]),
        (date(2027, 4, 1), []),
    ],
)
def test_each_day_is_warned_of_for_its_reason(last: date, found: list[DeadlineConcern]) -> None:
    assert concerns(last) == found


def test_a_public_holiday_is_named_with_the_states_that_keep_it() -> None:
    kept = HolidayCalendar().holidays(
        date(2027, 5, 27), [("DE", "Hessen"), ("DE", "Bayern"), ("DE", "Berlin")]
    )
    told = {"name": "Fronleichnam", "states": "Bayern, Hessen"}
    assert list_deadline_warnings(date(2027, 5, 27), TODAY, kept) == [
        DeadlineWarning(DeadlineConcern.HOLIDAY, told)
    ]


def test_a_holiday_speaks_the_readers_language_and_a_plain_day_has_none() -> None:
    calendar = HolidayCalendar()
    assert calendar.holidays(date(2027, 1, 6), [("DE", "Bayern")], "en") == {"Epiphany": ["Bayern"]}
    assert calendar.holidays(date(2027, 5, 26), [("DE", "Bayern"), ("XX", "Nirgendwo")]) == {}


def test_what_is_suggested_is_a_day_on_which_everybody_works() -> None:
    works = HolidayCalendar().works

    def everywhere(day: date) -> bool:
        return works(day, "DE", "")

    assert suggest_deadline(12, TODAY, everywhere) == date(2027, 4, 15)
    assert suggest_deadline(4, date(2027, 4, 29), everywhere) == date(2027, 5, 28), (
        "Fronleichnam is left out"
    )
    assert suggest_deadline(4, date(2027, 11, 25), everywhere) == date(2028, 1, 7), (
        "and the end of the year"
    )
