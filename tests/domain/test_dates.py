"""Days, times and deadlines as people type them, and warnings about deadlines."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from signoff.domain.dates import (
    DeadlineConcern,
    DeadlineWarning,
    count_days_left,
    end_of_day,
    get_last_day,
    get_latest_day,
    list_deadline_warnings,
    local_to_utc,
    parse_date,
    parse_time,
    suggest_deadline,
)
from signoff.domain.errors import Reason, Refusal
from signoff.domain.releases import parse_successor
from signoff.holidays import HolidayCalendar
from signoff.i18n.errors import describe_refusal
from signoff.i18n.formatting import format_day, format_short_day, format_weekday

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
def test_deadline_includes_the_whole_last_day(last: date, first_moment_too_late: datetime) -> None:
    assert end_of_day(last, BERLIN) == first_moment_too_late
    assert get_last_day(first_moment_too_late, BERLIN) == last
    last_moment = first_moment_too_late - timedelta(microseconds=1)
    assert last_moment.astimezone(BERLIN).date() == last


def test_day_ends_in_the_time_zone_of_the_association() -> None:
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
    "text",
    [
        "2027-03-31",
        "2027/03/31",
        "31.3.2027",
        "31.03.27",
        "31-03-2027",
        "31/3/27",
        "31.3.2027.",
        " 31. 3. 2027 ",
        "2027-3-31",
        "31032027",
        "310327",
        "31.\u00a0März\u00a02027",
        "31. Maerz 2027",
        "31 Mrz. 27",
        "31st of March 2027",
        "March 31, 2027",
        "Mi, 31.3.2027",
        "Mittwoch, dem 31. März 2027",
        "Wednesday, 31 March 2027",
        "31.03/2027",
    ],
)
def test_a_date_is_read_as_people_write_it(text: str) -> None:
    assert parse_date(text) == date(2027, 3, 31)


def test_every_form_in_which_days_are_printed_is_read() -> None:
    for month in range(1, 13):
        day = date(2027, month, 17)
        for language in ("de", "en"):
            for write in (format_day, format_weekday, format_short_day):
                assert parse_date(write(day, language)) == day


@pytest.mark.parametrize(
    ("text", "reason", "sentence"),
    [
        ("31.6.2027", Reason.NO_SUCH_DAY, "Der Juni hat 30 Tage."),
        ("29.2.2027", Reason.NO_SUCH_DAY, "Der Februar 2027 hat 28 Tage."),
        ("32. Dezember 2027", Reason.NO_SUCH_DAY, "Der Dezember hat 31 Tage."),
        ("2027-13-01", Reason.NO_SUCH_MONTH, "Einen 13. Monat gibt es nicht."),
        ("3/31/2027", Reason.NO_SUCH_MONTH, "zuerst den Tag und dann den Monat"),
        ("31.3.", Reason.NO_YEAR, "In „31.3.“ fehlt das Jahr."),
        ("14 January", Reason.NO_YEAR, "fehlt das Jahr"),
        ("1.1.9999", Reason.DATE_TOO_FAR, "Der 1.1.9999 liegt zu weit in der Zukunft."),
        ("24.2.0227", Reason.DATE_TOO_EARLY, "Der 24.2.0227 liegt zu früh."),
        ("Mo, 31.3.2027", Reason.OTHER_WEEKDAY, "fällt auf einen anderen Wochentag"),
    ],
)
def test_the_refusal_says_what_is_wrong_with_the_day(
    text: str, reason: Reason, sentence: str
) -> None:
    with pytest.raises(Refusal) as refused:
        parse_date(text)
    assert refused.value.reason is reason
    assert sentence in describe_refusal(refused.value)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "morgen",
        "März 2027",
        "2027",
        "31.3.027",
        "31:3:2027",
        "1.1.1.2027",
        "9" * 5000,
        "31.3.2027 bis",
        "1" * 99,
    ],
)
def test_an_invalid_date_is_refused_and_quoted(text: str) -> None:
    with pytest.raises(Refusal) as refused:
        parse_date(text, "deadline")
    assert (refused.value.reason, refused.value.field) == (Reason.NOT_A_DATE, "deadline")
    assert refused.value.facts["text"] == text[:40]


def test_a_deadline_at_the_end_of_the_calendar_is_refused_as_a_date() -> None:
    with pytest.raises(Refusal) as refused:
        end_of_day(date.max, BERLIN)
    assert refused.value.reason is Reason.NOT_A_DATE


# Days as people type them.


@pytest.mark.parametrize(
    "text", ["14.01.2027", "14. 1. 2027", "14/01/2027", "14/1/2027", "2027-01-14", " 14.1.2027 "]
)
def test_date_is_parsed_in_german_english_and_iso_form(text: str) -> None:
    assert parse_date(text) == date(2027, 1, 14)


@pytest.mark.parametrize(
    "text", ["14.01,5/2027", "14 Januarius 2027", "14 01 2027 10:00", "einst", ""]
)
def test_invalid_day_is_refused(text: str) -> None:
    with pytest.raises(Refusal) as refused:
        parse_date(text)

    assert refused.value.reason is Reason.NOT_A_DATE


# The hour of a release, as people type it, and the address of what follows a withdrawn one.

BERLIN = ZoneInfo("Europe/Berlin")


@pytest.mark.parametrize("text", ["10:30", "10.30", " 10:30 Uhr", "10:30h"])
def test_time_is_parsed_in_several_forms(text: str) -> None:
    assert parse_time(text) == time(10, 30)


def test_a_full_hour_needs_no_minutes() -> None:
    assert parse_time("9 Uhr") == time(9)


@pytest.mark.parametrize(
    "text", ["", "24:00", "10:60", "zehn", "10:3", "1030", "-1:00", "10:30:00"]
)
def test_invalid_time_is_refused(text: str) -> None:
    with pytest.raises(Refusal) as refused:
        parse_time(text, "time")
    assert (refused.value.reason, refused.value.field) == (Reason.NOT_A_TIME, "time")


def test_skipped_hour_is_refused_and_repeated_hour_means_the_first_one() -> None:
    with pytest.raises(Refusal) as refused:
        local_to_utc(date(2027, 3, 28), time(2, 30), BERLIN, "time")
    assert refused.value.reason is Reason.NO_SUCH_TIME
    assert local_to_utc(date(2027, 10, 31), time(2, 30), BERLIN) == datetime(
        2027, 10, 31, 0, 30, tzinfo=UTC
    )
    assert local_to_utc(date(2027, 3, 28), time(3), BERLIN) == datetime(2027, 3, 28, 1, tzinfo=UTC)


def test_first_day_of_the_calendar_is_refused_as_a_plan() -> None:
    with pytest.raises(Refusal) as refused:
        local_to_utc(date.min, time(0), BERLIN, "time")
    assert refused.value.field == "day"


def test_successor_is_a_web_address_or_empty() -> None:
    assert parse_successor("  ") == ""
    assert parse_successor(" https://verband.example/neu?a=1 ") == "https://verband.example/neu?a=1"
    for address in (
        "verband.example",
        "javascript:alert(1)",
        "https://",
        "http://[",
        "https://a.example/ b",
        "//a.example",
    ):
        with pytest.raises(Refusal) as refused:
            parse_successor(address)
        assert (refused.value.reason, refused.value.field) == (
            Reason.NOT_A_WEB_ADDRESS,
            "successor",
        )
    with pytest.raises(Refusal):
        parse_successor("https://verband.example/" + "x" * 500)


# A deadline that is badly chosen is warned of; nothing refuses it.

TODAY = date(2027, 1, 21)  # a Thursday


def concerns(last: date) -> list[DeadlineConcern]:
    return [warning.concern for warning in list_deadline_warnings(last, TODAY, {})]


@pytest.mark.parametrize(
    ("last", "expected"),
    [
        (date(2027, 4, 15), []),
        (date(2027, 4, 17), [DeadlineConcern.SATURDAY]),
        (date(2027, 4, 18), [DeadlineConcern.SUNDAY]),
        (date(2027, 12, 20), [DeadlineConcern.YEAR_END]),
        (date(2028, 1, 6), [DeadlineConcern.YEAR_END]),
        (date(2028, 1, 7), []),
        (TODAY, [DeadlineConcern.TODAY]),
        (date(2027, 2, 10), [DeadlineConcern.HURRIED]),
        (date(2027, 2, 11), [DeadlineConcern.NO_COUNCIL]),
        (date(2027, 3, 31), [DeadlineConcern.NO_COUNCIL]),
        (date(2027, 4, 1), []),
    ],
)
def test_deadline_warning_has_its_reason(last: date, expected: list[DeadlineConcern]) -> None:
    assert concerns(last) == expected


def test_holiday_warning_names_the_states() -> None:
    holidays = HolidayCalendar().list_holidays(
        date(2027, 5, 27), [("DE", "Hessen"), ("DE", "Bayern"), ("DE", "Berlin")]
    )
    facts = {"name": "Fronleichnam", "states": "Bayern, Hessen"}
    assert list_deadline_warnings(date(2027, 5, 27), TODAY, holidays) == [
        DeadlineWarning(DeadlineConcern.HOLIDAY, facts)
    ]


def test_holiday_name_is_in_the_language_of_the_reader() -> None:
    calendar = HolidayCalendar()
    assert calendar.list_holidays(date(2027, 1, 6), [("DE", "Bayern")], "en") == {
        "Epiphany": ["Bayern"]
    }
    assert calendar.list_holidays(date(2027, 5, 26), [("DE", "Bayern"), ("XX", "Nirgendwo")]) == {}


def test_suggested_deadline_is_a_working_day_in_all_states() -> None:
    works = HolidayCalendar().is_working_day

    def everywhere(day: date) -> bool:
        return works(day, "DE", "")

    assert suggest_deadline(12, TODAY, everywhere) == date(2027, 4, 15)
    assert suggest_deadline(4, date(2027, 4, 29), everywhere) == date(2027, 5, 28), (
        "Fronleichnam is left out"
    )
    assert suggest_deadline(4, date(2027, 11, 25), everywhere) == date(2028, 1, 7), (
        "and the end of the year"
    )


def test_a_deadline_of_today_is_said_to_end_today() -> None:
    day = date(2027, 2, 24)
    (warning,) = list_deadline_warnings(day, day, {})
    assert warning.concern is DeadlineConcern.TODAY


def test_the_ceiling_of_24_months_holds_on_29_february() -> None:
    assert get_latest_day(date(2028, 2, 29)) == date(2030, 2, 28)
    assert get_latest_day(date(2027, 2, 28)) == date(2029, 2, 28)
