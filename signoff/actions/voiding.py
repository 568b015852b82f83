"""The office declares an answer void."""

from datetime import datetime

from sqlite_utils import Database

from signoff.actions.matters import matter, owe_proof, tell
from signoff.domain.audit import Event
from signoff.domain.notice import NoticeKind
from signoff.domain.refusal import Reason, Refusal
from signoff.domain.voiding import Voiding
from signoff.store import audit, objections, voidings
from signoff.store.connection import transaction


def void(db: Database, invitation_id: int, answer_id: int, reason: str, actor: str, now: datetime) -> Voiding:
    """The version ``answer_id`` counts no more; the member is told why and may answer anew while the round is open.

    No earlier version counts in its place, and an open objection to it is settled with it. Refuses where another
    version counts by now. A second time finds the first.
    """
    with transaction(db):
        if known := voidings.get(db, answer_id):
            return known
        about = matter(db, invitation_id, now)

        if about.version is None or not about.version.stands:
            raise Refusal(Reason.NOTHING_TO_VOID)
        if about.version.id != answer_id:
            raise Refusal(Reason.ANSWER_CHANGED)

        number = about.version.number
        entry = audit.record(db, Event.VOIDED, actor, about.subject, now, number=number, reason=reason)
        voiding = Voiding(answer_id, invitation_id, reason, now, actor, entry.seq)
        voidings.add(db, voiding)
        if objection := objections.open_to(db, answer_id):
            objections.settle(db, objection.id, actor, now)
            audit.record(db, Event.OBJECTION_SETTLED, actor, about.subject, now, objection=objection.id)
        tell(db, about, NoticeKind.VOIDED, answer_id, now)
        owe_proof(db, about, entry.seq, now)
    return voiding
