"""The office answers a late signature: it accepts it, or refuses it with a reason that the member is told."""

from dataclasses import dataclass
from datetime import datetime

from sqlite_utils import Database

from signoff.domain.answer import Kind, Version
from signoff.domain.audit import Event
from signoff.domain.late import Verdict
from signoff.domain.notice import NoticeKind
from signoff.domain.refusal import Reason, Refusal
from signoff.domain.round import Phase, Round
from signoff.store import answers, audit, invitations, lates, outbox, rounds
from signoff.store.connection import transaction

LONGEST = 1000  # characters of a reason


@dataclass(frozen=True, slots=True)
class Decision:
    """What the office says to a late signature. Note and corrected name are taken up only where it says so."""

    accepted: bool
    note_accepted: bool = False
    name_accepted: bool = False
    reason: str = ""


def decide_late(
    db: Database, invitation_id: int, decision: Decision, actor: str, now: datetime, *, version: int
) -> Verdict:
    """Keep the decision about the late signature that is the ``version`` (its number) that was read; owe the word.

    The same decision twice is one. Refuses where another version counts by now, where the signature was accepted
    before, and a refusal without a reason.
    """
    with transaction(db):
        last = answers.last(db, invitation_id)
        if last is None or last.number != version:
            raise Refusal(Reason.ANSWER_CHANGED)
        require_late_signature(round_of(db, invitation_id), last, now)
        told = wanted(decision)
        before = lates.verdict(db, last)
        if before and same(before, told):
            return before
        if before and before.accepted:
            raise Refusal(Reason.NOTHING_TO_DECIDE)

        given = {"accepted": told.accepted, "note_accepted": told.note_accepted, "name_accepted": told.name_accepted}
        entry = audit.record(
            db, Event.LATE_DECIDED, actor, f"invitation/{invitation_id}", now, number=last.number, **given
        )
        id = lates.add(db, last.id, **given, reason=told.reason, decided_at=now, entry=entry.seq)
        owe_word(db, last, told.accepted, now)
    found = lates.verdict(db, last)
    assert found and id
    return found


def end_late(db: Database, round_id: int, until: datetime, actor: str, now: datetime) -> Round:
    """Decide when late signing of a released round ends."""
    with transaction(db):
        round = rounds.get(db, round_id)
        assert round

        ended = round.end_late(until, now)
        if ended == round:
            return round

        rounds.save(db, ended)
        audit.record(db, Event.LATE_ENDED, actor, f"round/{round_id}", now, until=until.isoformat())
    return ended


def wanted(decision: Decision) -> Decision:
    """The decision as it is kept: a refusal takes nothing up and says why, an acceptance needs no reason."""
    if decision.accepted:
        return Decision(True, decision.note_accepted, decision.name_accepted)
    reason = decision.reason.strip()
    if not reason:
        raise Refusal(Reason.MISSING, "late_reason")
    if len(reason) > LONGEST:
        raise Refusal(Reason.TOO_LONG, "late_reason", limit=LONGEST, length=len(reason))
    return Decision(False, reason=reason)


def same(before: Verdict, told: Decision) -> bool:
    return (before.accepted, before.note_accepted, before.name_accepted, before.reason) == (
        told.accepted,
        told.note_accepted,
        told.name_accepted,
        told.reason,
    )


def require_late_signature(round: Round, version: Version, now: datetime) -> None:
    """What came in time is decided about after late signing has ended, too."""
    if round.phase(now) is not Phase.RELEASED:
        raise Refusal(Reason.NOT_YET_RELEASED)
    if not version.late or version.answer.kind is not Kind.SIGN:
        raise Refusal(Reason.NOTHING_TO_DECIDE)


def round_of(db: Database, invitation_id: int) -> Round:
    round = rounds.get(db, invitations.get(db, invitation_id).round_id)
    assert round
    return round


def owe_word(db: Database, version: Version, accepted: bool, now: datetime) -> None:
    """To every registered address and to the holder of the link that signed. A changed mind is told, too."""
    kind = NoticeKind.LATE_ACCEPTED if accepted else NoticeKind.LATE_REFUSED
    links = invitations.links(db, version.invitation_id)
    told = [
        link.id
        for link in links
        if link.may_answer and link.email and (link.representative_id or link.id == version.link_id)
    ]
    outbox.owe(db, kind, told, version.id, now)
