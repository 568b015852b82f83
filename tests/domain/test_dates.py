"""Days and deadlines: "until 31 March" includes 31 March, also where the clock changes on that day."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from signoff.domain.dates import count_days_left, end_of_day, get_last_day, parse_date
from signoff.domain.errors import Reason, Refusal

BERLIN, LISBON = ZoneInfo("Europe/Berlin"), ZoneInfo("Europe/Lisbon")


@pytest.mark.parametrize(
    ("last", "first_moment_too_late"),
    [
        (date(2027, 3, 31), datetime(2027, 3, 31, 22, tzinfo=UTC)),  # summer time
        (date(2027, 1, 31), datetime(2027, 1, 31, 23, tzinfo=UTC)),  # winter time
        (date(2027, 3, 28), datetime(2027, 3, 28, 22, tzinfo=UTC)),  # the day of 23 hours
        (date(2027, 10, 31), datetime(2027, 10, 31, 23, tzinfo=UTC)),  # the day of 25 hours
        (date(2027, 10, 30), datetime(2027, 10, 30, 22, tzinfo=UTC)),  # the day before it
        (date(2026, 12, 31), datetime(2026, 12, 31, 23, tzinfo=UTC)),
        (date(2028, 2, 29), datetime(2028, 2, 29, 23, tzinfo=UTC)),
    ],
)
def test_until_a_day_includes_the_whole_of_it(last: date, first_moment_too_late: datetime) -> None:
    assert end_of_day(last, BERLIN) == first_moment_too_late
    assert get_last_day(first_moment_too_late, BERLIN) == last
    just_in_time = first_moment_too_late - timedelta(microseconds=1)
    assert just_in_time.astimezone(BERLIN).date() == last


def test_the_day_ends_where_the_association_is() -> None:
    assert end_of_day(date(2027, 3, 31), LISBON) == datetime(2027, 3, 31, 23, tzinfo=UTC)


def test_days_left_count_calendar_days_and_not_hours() -> None:
    deadline = end_of_day(date(2027, 3, 31), BERLIN)
    assert count_days_left(deadline, datetime(2027, 3, 31, 21, 59, tzinfo=UTC), BERLIN) == 0
    assert count_days_left(deadline, datetime(2027, 3, 31, 22, 0, tzinfo=UTC), BERLIN) == -1
    assert count_days_left(deadline, datetime(2027, 3, 30, 21, 59, tzinfo=UTC), BERLIN) == 1
    assert (
        count_days_left(deadline, datetime(2027, 3, 27, 23, 30, tzinfo=UTC), BERLIN) == 3
    )  # 28 March there already
    assert count_days_left(deadline, datetime(2027, 3, 1, 12, tzinfo=UTC), BERLIN) == 30


@pytest.mark.parametrize(
    "text", ["2027-03-31", "31.3.2027", "31.03.2027", " 31. 3. 2027 ", "2027-3-31"]
)
def test_a_day_is_written_in_either_form(text: str) -> None:
    assert parse_date(text) == date(2027, 3, 31)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "31.3.",
        "31.3.27",
        "29.2.2027",
        "2027-13-01",
        "0.0.0000",
        "3/31/2027",
        "morgen",
        "31.3.2027 bis",
        "1" * 99,
    ],
)
def test_what_is_no_day_is_refused_with_what_was_typed(text: str) -> None:
    with pytest.raises(Refusal) as refused:
        parse_date(text, "deadline")
    assert (refused.value.reason, refused.value.field) == (Reason.NOT_A_DATE, "deadline")
    assert refused.value.facts["text"] == text[:40]


def test_a_deadline_at_the_end_of_the_calendar_is_refused_as_a_date() -> None:
    with pytest.raises(Refusal) as refused:
        end_of_day(date.max, BERLIN)
    assert refused.value.reason is Reason.NOT_A_DATE
