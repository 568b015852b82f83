"""Days and moments as people read them. Every printed time carries its zone."""

from datetime import date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from babel.dates import format_date, get_timezone_name

from signoff.domain.moments import last_day

HARD = "\u00a0"  # no line break inside a date or a time
DAY = {"de": "d. MMMM y", "en": "d MMMM y"}
WEEKDAY = {"de": "EEEE, d. MMMM y", "en": "EEEE, d MMMM y"}
SHORT = {"de": "dd.MM.y", "en": "dd/MM/y"}


@lru_cache(512)
def day(value: date, language: str) -> str:
    """``26. Februar 2027`` in one piece."""
    return format_date(value, DAY[language], language).replace(" ", HARD)


@lru_cache(512)
def weekday(value: date, language: str) -> str:
    """``Freitag, 26. Februar 2027``; only the weekday may stand on a line of its own."""
    name, _, rest = format_date(value, WEEKDAY[language], language).partition(" ")
    return f"{name} {rest.replace(' ', HARD)}"


@lru_cache(512)
def short_day(value: date, language: str) -> str:
    """``26.02.2027``, for tables."""
    return format_date(value, SHORT[language], language)


@lru_cache(512)
def day_and_month(value: date, language: str) -> str:
    """``26.2.``, where the year is plain."""
    return f"{value.day}.{value.month}." if language == "de" else f"{value.day}/{value.month}"


@lru_cache(512)
def clock(hour: int, minute: int, at: datetime, zone: ZoneInfo, language: str) -> str:
    """``10:42 Uhr (MEZ)`` with the name the zone has ``at`` that moment."""
    local = at.astimezone(zone)
    # The catalogue of zone names knows MEZ and MESZ in German only; in English the zone's own abbreviation is usual.
    name = get_timezone_name(local, "short", locale=language) if language == "de" else local.tzname()
    hours = f"{hour:02d}:{minute:02d}"
    return f"{hours}{HARD}Uhr ({name})" if language == "de" else f"{hours} ({name})"


def moment(value: datetime, zone: ZoneInfo, language: str) -> str:
    """``Donnerstag, 21. Januar 2027, 10:42 Uhr (MEZ)``."""
    local = value.astimezone(zone)
    return f"{weekday(local.date(), language)}, {clock(local.hour, local.minute, value, zone, language)}"


def deadline(value: datetime, zone: ZoneInfo, language: str) -> str:
    """``Freitag, 26. Februar 2027, 24:00 Uhr (MEZ)`` for the inclusive last day that ends at ``value``.

    A moment that is no midnight (a list closed early) is printed as the moment it is.
    """
    local = value.astimezone(zone)
    if (local.hour, local.minute, local.second) != (0, 0, 0):
        return moment(value, zone, language)
    last = last_day(value, zone)
    return f"{weekday(last, language)}, {clock(24, 0, value - timedelta(seconds=1), zone, language)}"


def cell(value: object, language: str) -> str:
    """A cell of a table as text: days and moments short, without a zone; nothing for ``None``."""
    if isinstance(value, datetime):
        return f"{short_day(value.date(), language)} {value:%H:%M}"
    if isinstance(value, date):
        return short_day(value, language)
    return "" if value is None else str(value)
