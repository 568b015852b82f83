"""The hour of a release, as people type it, and the address of what follows a withdrawn one."""

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

import pytest

from signoff.domain.dates import local_to_utc, parse_time
from signoff.domain.errors import Reason, Refusal
from signoff.domain.releases import parse_successor

BERLIN = ZoneInfo("Europe/Berlin")


@pytest.mark.parametrize("typed", ["10:30", "10.30", " 10:30 Uhr", "10:30h"])
def test_the_ways_to_write_half_past_ten(typed: str) -> None:
    assert parse_time(typed) == time(10, 30)


def test_a_full_hour_needs_no_minutes() -> None:
    assert parse_time("9 Uhr") == time(9)


@pytest.mark.parametrize(
    "typed", ["", "24:00", "10:60", "zehn", "10:3", "1030", "-1:00", "10:30:00"]
)
def test_what_is_no_time_of_day_is_refused(typed: str) -> None:
    with pytest.raises(Refusal) as refused:
        parse_time(typed, "time")
    assert (refused.value.reason, refused.value.field) == (Reason.NOT_A_TIME, "time")


def test_an_hour_that_is_skipped_does_not_exist_and_of_one_that_comes_twice_the_first_is_meant() -> (
    None
):
    with pytest.raises(Refusal) as refused:
        local_to_utc(date(2027, 3, 28), time(2, 30), BERLIN, "time")
    assert refused.value.reason is Reason.NO_SUCH_TIME
    assert local_to_utc(date(2027, 10, 31), time(2, 30), BERLIN) == datetime(
        2027, 10, 31, 0, 30, tzinfo=UTC
    )
    assert local_to_utc(date(2027, 3, 28), time(3), BERLIN) == datetime(2027, 3, 28, 1, tzinfo=UTC)


def test_the_first_day_of_the_calendar_is_no_plan() -> None:
    with pytest.raises(Refusal) as refused:
        local_to_utc(date.min, time(0), BERLIN, "time")
    assert refused.value.field == "day"


def test_a_successor_is_an_address_people_can_open_or_nothing() -> None:
    assert parse_successor("  ") == ""
    assert parse_successor(" https://verband.example/neu?a=1 ") == "https://verband.example/neu?a=1"
    for typed in (
        "verband.example",
        "javascript:alert(1)",
        "https://",
        "http://[",
        "https://a.example/ b",
        "//a.example",
    ):
        with pytest.raises(Refusal) as refused:
            parse_successor(typed)
        assert (refused.value.reason, refused.value.field) == (
            Reason.NOT_A_WEB_ADDRESS,
            "successor",
        )
    with pytest.raises(Refusal):
        parse_successor("https://verband.example/" + "x" * 500)
