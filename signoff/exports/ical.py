"""Calendar files (RFC 5545) for deadlines and council meetings.

They contain no invitation link, as calendars are shared.
"""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from icalendar import Calendar, Event

from signoff.domain.dates import count_days_left, get_last_day

PRODUCT_ID = "-//Signoff//Signoff//DE"


def build_deadline_file(
    deadline: datetime,
    opened: datetime,
    zone: ZoneInfo,
    *,
    uid: str,
    summary: str,
    description: str,
) -> bytes:
    """A transparent event over the last day, which ends with the deadline.

    ``uid`` stays the same when the deadline is extended, while the sequence number increases.
    """
    event = build_event(
        uid,
        summary,
        description,
        changed=opened,
        sequence=max(0, count_days_left(deadline, opened, zone)),
    )
    event.start = datetime.combine(get_last_day(deadline, zone), datetime.min.time(), tzinfo=zone)
    event.end = deadline.astimezone(zone)
    return serialize_calendar(event)


def build_meeting_file(
    on: date, changed: datetime, *, uid: str, number: int, summary: str, description: str
) -> bytes:
    """An all-day event for a meeting; ``number`` is the version of the answer that announced it."""
    event = build_event(uid, summary, description, changed=changed, sequence=number)
    event.start, event.end = on, on + timedelta(days=1)
    return serialize_calendar(event)


def build_event(
    uid: str, summary: str, description: str, *, changed: datetime, sequence: int
) -> Event:
    event = Event()
    event.uid, event.stamp = uid, changed
    event.sequence = sequence
    event.add("summary", collapse_spaces(summary))
    event.add("description", description)
    event.add("transp", "TRANSPARENT")
    return event


def serialize_calendar(event: Event) -> bytes:
    """The file, with the rules of its time zones."""
    calendar = Calendar()
    calendar.add("prodid", PRODUCT_ID)
    calendar.add("version", "2.0")
    calendar.add_component(event)
    # Only the rules around the event, as those since 1970 take three kilobytes.
    year = event.start.year
    calendar.add_missing_timezones(first_date=date(year - 1, 1, 1), last_date=date(year + 2, 1, 1))
    content: bytes = calendar.to_ical()
    return content


def collapse_spaces(text: str) -> str:
    return " ".join(text.replace("\u00a0", " ").split())
