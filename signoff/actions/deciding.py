"""The office decides about notes and corrected names, before closing and until release."""

from datetime import datetime

from sqlite_utils import Database

from signoff.actions.matters import matter, tell
from signoff.domain.audit import Event
from signoff.domain.invitation import Invitation
from signoff.domain.notice import NoticeKind
from signoff.domain.refusal import Reason, Refusal
from signoff.domain.release import PrintKind
from signoff.store import answers, audit, decisions, invitations, members, prints, rounds
from signoff.store.connection import transaction

EVENTS = {"note": Event.NOTE_DECIDED, "name": Event.NAME_DECIDED}


def decide(
    db: Database,
    invitation_id: int,
    what: str,
    accepted: bool,
    actor: str,
    now: datetime,
    *,
    version: int | None = None,
    reason: str = "",
) -> None:
    """Accept or refuse the ``note`` or the corrected ``name`` of the signature that counts.

    After closing, each decision owes a new proof; the same decision twice is one. Refuses once the release is
    recorded, and where the answer is no longer the ``version`` (its number) that was read. While the round is open a
    member whose note is refused is told so, with the ``reason``, and may hand in another.
    """
    with transaction(db):
        invitation = invitations.get(db, invitation_id)
        round, last = rounds.get(db, invitation.round_id), answers.last(db, invitation_id)
        assert round

        if round.released_at:
            raise Refusal(Reason.ALREADY_RELEASED)
        declared = last.answer.declaration if last and version in (None, last.number) else None
        corrected = declared.official_name if declared and declared.official_name != registered(db, invitation) else ""
        text = {"note": declared.note, "name": corrected}.get(what, "") if declared else ""
        if not text:
            raise Refusal(Reason.NOTHING_TO_DECIDE)
        if decisions.last(db, invitation_id, what, text) is accepted:
            return

        entry = audit.record(
            db, EVENTS[what], actor, f"invitation/{invitation_id}", now, accepted=accepted, text=text, reason=reason
        )
        id = decisions.add(
            db,
            invitation_id=invitation_id,
            what=what,
            text=text,
            accepted=accepted,
            decided_at=now,
            entry=entry.seq,
            reason=reason,
        )
        if what == "note" and not accepted and round.is_open(now):
            tell(db, matter(db, invitation_id, now), NoticeKind.NOTE_REFUSED, id, now)
        if round.closed_at:
            prints.owe(db, round.id, PrintKind.FINAL, entry.seq, now)


def registered(db: Database, invitation: Invitation) -> str:
    """The official name the member list gives, or gave when the round closed."""
    return members.invited(db, invitation.id).official_name
