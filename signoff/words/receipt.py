"""When an answer came: to the minute through a link, to the day where the office noted it."""

from zoneinfo import ZoneInfo

from signoff.domain.answer import Channel, Version
from signoff.words import dates


def received(version: Version, zone: ZoneInfo, language: str) -> str:
    """``Donnerstag, 21. Januar 2027, 10:42 Uhr (MEZ)``; of an answer that the office recorded, the day alone."""
    if version.channel is Channel.LINK:
        return dates.moment(version.received_at, zone, language)
    return dates.weekday(version.received_at.astimezone(zone).date(), language)
