"""Calendar files (RFC 5545): the deadline and the sitting. No link stands in them: calendars are shared."""

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
    """One event over the whole last day that ends with the deadline itself; it blocks nobody's time.

    ``uid`` stays when the deadline is moved; the sequence number grows then, since it only ever moves later.
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
    """One event for the whole day of the sitting; ``number`` is the version of the answer that names it."""
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
    """The whole file, with the rules of each zone it names."""
    whole = Calendar()
    whole.add("prodid", PRODUCT_ID)
    whole.add("version", "2.0")
    whole.add_component(event)
    # The rules around the event are enough; all of them since 1970 are three kilobytes.
    year = event.start.year
    whole.add_missing_timezones(first_date=date(year - 1, 1, 1), last_date=date(year + 2, 1, 1))
    content: bytes = whole.to_ical()
    return content


def collapse_spaces(text: str) -> str:
    return " ".join(text.replace("\u00a0", " ").split())
