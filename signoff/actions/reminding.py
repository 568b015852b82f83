"""Mail that asks: after a sitting, for its result."""

from datetime import datetime

from sqlite_utils import Database

from signoff.domain.answer import Version
from signoff.domain.notice import NoticeKind
from signoff.domain.sitting import result_due
from signoff.store import associations, invitations, outbox, rounds, sittings
from signoff.store.connection import transaction


def ask_results(db: Database, now: datetime) -> int:
    """Owe the question for the result of every sitting that is over; gives how many were asked.

    From the day after the sitting, in office hours, once for each answer that names a sitting, and never after the
    deadline: then nothing could be answered.
    """
    if not due(db, now):
        return 0
    with transaction(db):
        asked = due(db, now)
        for version, holders in asked:
            outbox.owe(db, NoticeKind.COUNCIL_MET, holders, version.id, now)
    return len(asked)


def due(db: Database, now: datetime) -> list[tuple[Version, list[int]]]:
    """Whose sitting is over, and to which links the question goes."""
    zone = associations.get(db).zone
    found = []
    for version in sittings.unasked(db, now.astimezone(zone).date()):
        on, invitation = version.answer.expected_on, invitations.get(db, version.invitation_id)
        round = rounds.get(db, invitation.round_id)
        holders = asked_for(db, version)
        if on and round and round.is_open(now) and result_due(on, now, zone) and holders:
            found.append((version, holders))
    return found


def asked_for(db: Database, version: Version) -> list[int]:
    """The registered addresses, and the holder of the link that named the sitting."""
    links = invitations.links(db, version.invitation_id)
    return [link.id for link in links if link.email and (link.representative_id or link.id == version.link_id)]
