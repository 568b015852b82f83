"""The end of a round: closed by the office or by time, or cancelled."""

from datetime import datetime

from sqlite_utils import Database

from signoff.actions.inviting import running
from signoff.domain.audit import Event
from signoff.domain.notice import NoticeKind
from signoff.domain.release import PrintKind
from signoff.domain.round import Phase, Round
from signoff.store import audit, invitations, outbox, prints, rounds, standings
from signoff.store.connection import transaction


def close(db: Database, slug: str, actor: str, now: datetime) -> Round:
    """Close the paper's round: freezes answers, owes the printing. Before the deadline, all are told."""
    with transaction(db):
        return close_round(db, running(db, slug), actor, now)


def close_due(db: Database, now: datetime) -> list[Round]:
    """Record the closing of every round whose deadline has passed."""
    closed = []
    for due in rounds.past_deadline(db, now):
        with transaction(db):
            round = rounds.get(db, due.id)
            if round and round.phase(now) is Phase.ENDED:
                closed.append(close_round(db, round, "worker", now))
    return closed


def close_round(db: Database, round: Round, actor: str, now: datetime) -> Round:
    """Within the caller's transaction: the closing, its print and its mail."""
    closed = round.close(now)

    rounds.save(db, closed)
    counts = {str(kind or "unanswered"): count for kind, count in standings.of(db, closed).counts.items()}
    early = round.phase(now) is Phase.OPEN
    entry = audit.record(db, Event.ROUND_CLOSED, actor, f"round/{round.id}", now, counts=counts, early=early)
    prints.owe(db, round.id, PrintKind.FINAL, entry.seq, now)
    if early:
        tell(db, NoticeKind.CLOSED, round, now)
    return closed


def cancel(db: Database, slug: str, actor: str, now: datetime) -> Round:
    """End the paper's round without a result, and owe everybody the word."""
    with transaction(db):
        round = running(db, slug)

        cancelled = round.cancel(now)

        rounds.save(db, cancelled)
        audit.record(db, Event.ROUND_CANCELLED, actor, f"round/{round.id}", now)
        outbox.drop(db, NoticeKind.INVITATION, round.id)
        tell(db, NoticeKind.CANCELLED, round, now)
    return cancelled


def tell(db: Database, kind: NoticeKind, round: Round, now: datetime, at: datetime | None = None) -> None:
    """Owe one mail to every open link of the round."""
    links = [link.id for link in invitations.links_of_round(db, round.id) if link.email]
    outbox.owe(db, kind, links, 0, now, at)
