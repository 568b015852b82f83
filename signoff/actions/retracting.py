"""A released paper is withdrawn whole: by a court, or because somebody has to be forgotten."""

from collections.abc import Callable, Sequence
from datetime import datetime

from sqlite_utils import Database

from signoff.actions.closing import tell
from signoff.actions.releasing import record
from signoff.domain.audit import Event
from signoff.domain.notice import NoticeKind
from signoff.domain.refusal import Reason, Refusal
from signoff.domain.release import Release
from signoff.store import audit, outbox, papers, prints, releases, rounds
from signoff.store.connection import transaction

Remove = Callable[[str, dict[str, object], Sequence[str], Sequence[str]], None]


def retract(db: Database, round_id: int, reason: str, successor: str, actor: str, now: datetime) -> None:
    """Withdraw everything a round has released; its addresses say so from this moment on, and all members are told.

    What is planned on top of it is called off. Refuses what is not released yet or withdrawn already.
    """
    with transaction(db):
        round, made = rounds.get(db, round_id), releases.every(db, round_id)
        assert round
        public = [each for each in made if each.is_public(now)]
        if not public:
            withdrawn = any(each.withdrawn_at for each in made)
            raise Refusal(Reason.ALREADY_WITHDRAWN if withdrawn else Reason.NOT_RELEASED)

        for each in made:
            if each.released_at > now:
                releases.call_off(db, each.id)
        for each in public:
            releases.withdraw(db, each.id, reason, successor, now)
        told = {"files": [each.sha256 for each in public], "reason": reason, "successor": successor}
        audit.record(db, Event.RELEASE_WITHDRAWN, actor, f"round/{round_id}", now, **told)
        outbox.drop(db, NoticeKind.RELEASED, round_id)
        tell(db, NoticeKind.RETRACTED, round, now)


def remove_due(db: Database, remove: Remove, now: datetime) -> list[Release]:
    """Take the bytes of every withdrawn release out of the archive, with its proofs and annexes; may be run again."""
    due = releases.to_remove(db)
    for each in due:
        round = rounds.get(db, each.round_id)
        assert round
        annexes = papers.annexes_alone(db, round.edition_id)
        remove(each.sha256, record(db, each), prints.finals(db, each.round_id), annexes)
        with transaction(db):
            releases.mark_removed(db, each.id, now)
    return due
