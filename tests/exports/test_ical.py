"""Calendar files: readable by every calendar and without links."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from icalendar import Calendar

from signoff.domain.dates import end_of_day
from signoff.exports.ical import build_deadline_file, build_meeting_file

BERLIN = ZoneInfo("Europe/Berlin")
OPENED = datetime(2027, 1, 18, 9, tzinfo=UTC)
WORDS = {
    "uid": "deadline-1@forum.example",
    "summary": "Frist",
    "description": "Zeile 1\nZeile 2; mit, Zeichen",
}


def is_working_day(day: date) -> bool:
    """No weekend, and not Labour Day."""
    return day.weekday() < 5 and day != date(2028, 5, 1)


def deadline(last: date) -> bytes:
    return build_deadline_file(end_of_day(last, BERLIN), OPENED, BERLIN, is_working_day, **WORDS)


@pytest.mark.parametrize(
    "last",
    [date(2027, 2, 26), date(2027, 3, 27), date(2027, 3, 28), date(2027, 10, 31), date(2028, 5, 2)],
)
def test_the_deadline_is_its_last_day_in_every_program(last: date) -> None:
    """A day has no time zone whose rules a program could overlook."""
    content = deadline(last)
    calendar = Calendar.from_ical(content)
    (event,) = calendar.events

    assert (event.start, event.end) == (last, last + timedelta(days=1))
    assert b"DTSTART;VALUE=DATE:" in content
    assert not calendar.timezones
    assert b"TZID" not in content
    assert event["DESCRIPTION"] == WORDS["description"]
    assert calendar["VERSION"] == "2.0"
    assert calendar["PRODID"]


@pytest.mark.parametrize(
    ("last", "reminded"),
    [
        (date(2027, 3, 31), date(2027, 3, 29)),
        (date(2027, 3, 29), date(2027, 3, 25)),
        (date(2027, 2, 27), date(2027, 2, 25)),  # a Saturday
        (date(2028, 5, 2), date(2028, 4, 27)),  # after a weekend with a holiday
    ],
)
def test_an_alarm_sounds_two_working_days_before_the_deadline(last: date, reminded: date) -> None:
    (event,) = Calendar.from_ical(deadline(last)).events
    (alarm,) = event.walk("VALARM")

    at = datetime.combine(last, time()) + alarm["TRIGGER"].dt
    assert at == datetime.combine(reminded, time(9))
    assert (alarm["ACTION"], alarm["DESCRIPTION"]) == ("DISPLAY", "Frist")


def test_extended_deadline_updates_the_same_event() -> None:
    before, after = (
        Calendar.from_ical(deadline(day)).events[0]
        for day in (date(2027, 3, 31), date(2027, 4, 14))
    )

    assert before["UID"] == after["UID"]
    assert before["SEQUENCE"] < after["SEQUENCE"]


def test_the_meeting_is_an_all_day_event() -> None:
    content = build_meeting_file(
        date(2027, 2, 11),
        OPENED,
        uid="sitting-1",
        number=2,
        summary="Rat\nder Stadt",
        description="",
    )
    (event,) = Calendar.from_ical(content).events

    assert (event.start, event.end, event["SEQUENCE"]) == (date(2027, 2, 11), date(2027, 2, 12), 2)
    assert event["SUMMARY"] == "Rat der Stadt"
    assert b"TZID" not in content


def test_lines_are_folded_and_ended_as_the_standard_requires() -> None:
    content = build_deadline_file(
        end_of_day(date(2027, 3, 31), BERLIN),
        OPENED,
        BERLIN,
        is_working_day,
        uid="u",
        summary="Öffentlicher Raum " * 30,
        description="x",
    )

    assert all(len(line) <= 75 for line in content.split(b"\r\n"))
    assert b"\n" not in content.replace(b"\r\n", b"")
    assert deadline(date(2027, 3, 31)) == deadline(date(2027, 3, 31))
