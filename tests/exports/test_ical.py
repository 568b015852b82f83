"""Calendar files: readable by every calendar and without links."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

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


def deadline(last: date) -> bytes:
    return build_deadline_file(end_of_day(last, BERLIN), OPENED, BERLIN, **WORDS)


def test_deadline_event_ends_with_the_last_day() -> None:
    calendar = Calendar.from_ical(deadline(date(2027, 3, 31)))
    (event,) = calendar.events

    assert event.start == datetime(2027, 3, 31, tzinfo=BERLIN)
    assert event.end == datetime(2027, 3, 31, 22, tzinfo=UTC), "summer time has begun"
    assert event["DTSTART"].params["TZID"] == "Europe/Berlin"
    assert [str(zone["TZID"]) for zone in calendar.timezones] == ["Europe/Berlin"]
    assert event["DESCRIPTION"] == WORDS["description"]
    assert calendar["VERSION"] == "2.0"
    assert calendar["PRODID"]


def test_file_contains_its_time_zone_rules() -> None:
    """With its own VTIMEZONE alone, the hour is right before and after the clock change."""
    for last, offset in (
        (date(2027, 2, 26), 1),
        (date(2027, 3, 27), 1),
        (date(2027, 3, 28), 2),
        (date(2027, 8, 1), 2),
    ):
        calendar = Calendar.from_ical(deadline(last))
        zone = calendar.timezones[0].to_tz(lookup_tzid=False)
        end = calendar.events[0].end.replace(tzinfo=zone)
        assert end.utcoffset() == timedelta(hours=offset), last


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
        uid="u",
        summary="Öffentlicher Raum " * 30,
        description="x",
    )

    assert all(len(line) <= 75 for line in content.split(b"\r\n"))
    assert b"\n" not in content.replace(b"\r\n", b"")
    assert deadline(date(2027, 3, 31)) == deadline(date(2027, 3, 31))
