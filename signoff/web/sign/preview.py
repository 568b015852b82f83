"""How a municipality will stand in the list, shown before it hands its answer in."""

from datetime import datetime
from zoneinfo import ZoneInfo

from signoff.domain.answer import Answer, Channel, Version
from signoff.domain.standing import Place, Signatory, signatory
from signoff.store.doors import Door


def preview(door: Door, answer: Answer, now: datetime, zone: ZoneInfo) -> Signatory | None:
    """The line of the list as it is asked for: with the corrected name and the note, both accepted."""
    version = Version(0, door.invitation.id, 1, answer, now, Channel.LINK, door.link.id, 0)
    place = Place(door.invitation, door.member, version, note_accepted=True, name_accepted=True)
    return signatory(place, door.round.terms, zone)
