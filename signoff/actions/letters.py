"""Recording the letters that the office has sent."""

from collections.abc import Collection
from datetime import date, datetime

from sqlite_utils import Database

from signoff import store
from signoff.domain.audit import Event
from signoff.domain.errors import Reason, Refusal
from signoff.domain.letters import Letter, LetterKind, find_due_kind, require_posting_day
from signoff.store.connection import transaction


def record_sent(
    db: Database,
    round_id: int,
    invitation_ids: Collection[int],
    sent_on: date,
    actor: str,
    now: datetime,
) -> list[Letter]:
    """Record that the letter to each of these members was sent on a day; returns the new ones.

    It was the one that is due; if none is, a reminder where an earlier letter was sent. A second
    call records nothing more.
    """
    with transaction(db):
        round, zone = store.rounds.get(db, round_id), store.association.get(db).zone
        statuses = [
            status
            for status in store.round_status.load(db, round).invitations
            if status.invitation.id in invitation_ids
        ]

        if round.cancelled_at:
            raise Refusal(Reason.CANCELLED)
        if not statuses:
            raise Refusal(Reason.NOBODY_TICKED, "invitations")
        require_posting_day(round, sent_on, now, zone)
        new = {
            status.member.key: Letter(
                status.invitation.id,
                find_due_kind(round, status.letters, now, zone)
                or (LetterKind.REMINDER if status.letters else LetterKind.INVITATION),
                sent_on,
            )
            for status in statuses
            if all(letter.sent_on != sent_on for letter in status.letters)
        }
        if not new:
            return []

        details = {"members": list(new), "sent_on": sent_on.isoformat()}
        entry = store.audit.record(
            db, Event.LETTERS_SENT, actor, f"round/{round_id}", now, **details
        )
        store.letters.add(db, new.values(), entry.seq)
    return list(new.values())
