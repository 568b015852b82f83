"""Calendar files (RFC 5545) for deadlines and council meetings.

They contain no invitation link, as calendars are shared. All events are days, which every program
shows alike: not all of them read the rules of a time zone that a file brings along.
"""

from collections.abc import Callable, Iterable
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from signoff.domain.association import Association
from signoff.domain.dates import count_days_left, get_last_day, subtract_working_days
from signoff.domain.papers import Edition
from signoff.domain.rounds import Invitation
from signoff.domain.upcoming import Upcoming
from signoff.i18n.catalogue import get_catalogue
from signoff.i18n.formatting import NO_BREAK_SPACE

if TYPE_CHECKING:  # it imports slowly
    from icalendar import Alarm, Event

PRODUCT_ID = "-//Signoff//Signoff//DE"
ALARM_WORKING_DAYS, ALARM_TIME = 2, time(9)  # before the deadline


def build_deadline_file(
    deadline: datetime,
    opened: datetime,
    zone: ZoneInfo,
    is_working_day: Callable[[date], bool],
    *,
    uid: str,
    summary: str,
    description: str,
) -> bytes:
    """A transparent event over the last day, which ends with the deadline, and an alarm before it.

    ``uid`` stays the same when the deadline is extended, while the sequence number increases.
    """
    last_day = get_last_day(deadline, zone)
    event = build_event(
        uid,
        summary,
        description,
        changed=opened,
        sequence=max(0, count_days_left(deadline, opened, zone)),
    )
    event.start, event.end = last_day, last_day + timedelta(days=1)
    alarm_on = subtract_working_days(last_day, ALARM_WORKING_DAYS, is_working_day)
    event.add_component(
        build_alarm(
            event.summary,
            datetime.combine(alarm_on, ALARM_TIME) - datetime.combine(last_day, time()),
        )
    )
    return serialize_calendar(event)


def build_alarm(summary: str, trigger: timedelta) -> "Alarm":
    """A message at ``trigger`` from the start of the event, as few programs read a fixed moment."""
    from icalendar import Alarm

    alarm = Alarm()
    alarm.add("action", "DISPLAY")
    alarm.add("description", summary)
    alarm.add("trigger", trigger)
    return alarm


def build_meeting_file(
    on: date, changed: datetime, *, uid: str, number: int, summary: str, description: str
) -> bytes:
    """An all-day event for a meeting; ``number`` is the version of the answer that announced it."""
    event = build_event(uid, summary, description, changed=changed, sequence=number)
    event.start, event.end = on, on + timedelta(days=1)
    return serialize_calendar(event)


def build_event(
    uid: str, summary: str, description: str, *, changed: datetime, sequence: int
) -> "Event":
    from icalendar import Event

    event = Event()
    event.uid, event.stamp = uid, changed
    event.sequence = sequence
    event.add("summary", collapse_spaces(summary))
    event.add("description", description)
    event.add("transp", "TRANSPARENT")
    return event


def describe_calendar_entry(
    association: Association, reference: str, until: str, language: str
) -> str:
    """The description of a calendar entry.

    Calendars are shared, so it does not contain the link.
    """
    gettext = get_catalogue(language).gettext
    contact = f"{association.short_name}, {association.telephone}"
    lines = (
        gettext("Vorgangsnummer: %(reference)s") % {"reference": reference},
        gettext("Rückmeldung bis: %(until)s") % {"until": until},
        gettext("Rückfragen: %(association)s") % {"association": contact},
        gettext("Der Link steht in der E-Mail an die Ansprechperson."),
    )
    return "\n".join(lines).replace(NO_BREAK_SPACE, " ")


def build_calendar_uid(kind: str, edition: Edition, invitation: Invitation, host: str) -> str:
    """Always the same for an invitation, so that a new date moves the entry."""
    return f"{kind}-{edition.digest[:16]}-{invitation.reference}@{host}"


REFRESH_INTERVAL = timedelta(hours=6)


def build_feed(
    entries: Iterable[tuple[Upcoming, str, str]], name: str, host: str, now: datetime
) -> bytes:
    """A calendar to subscribe to: what comes next, each with its summary and an address."""
    events = []
    for upcoming, summary, address in entries:
        uid = f"{upcoming.kind}-{upcoming.round_id}-{upcoming.on}@{host}"
        event = build_event(uid, summary, address, changed=now, sequence=0)
        event.start = upcoming.at or upcoming.on
        event.end = upcoming.at or upcoming.on + timedelta(days=1)
        event.add("url", address)
        events.append(event)
    return serialize_calendar(*events, name=name)


def serialize_calendar(*events: "Event", name: str = "") -> bytes:
    """The calendar; ``name`` is that of a feed."""
    from icalendar import Calendar

    calendar = Calendar()
    calendar.add("prodid", PRODUCT_ID)
    calendar.add("version", "2.0")
    if name:
        calendar.add("x-wr-calname", name)
        calendar.add("refresh-interval", REFRESH_INTERVAL, parameters={"VALUE": "DURATION"})
        calendar.add("x-published-ttl", REFRESH_INTERVAL)
    for event in events:
        calendar.add_component(event)
    content: bytes = calendar.to_ical()
    return content


def collapse_spaces(text: str) -> str:
    return " ".join(text.replace("\u00a0", " ").split())
