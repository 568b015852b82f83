"""The office says how many signatures it aims at."""

from datetime import datetime

from sqlite_utils import Database

from signoff.domain.aim import require_open_to_aims
from signoff.domain.audit import Event
from signoff.domain.refusal import Reason, Refusal
from signoff.store import audit, rounds
from signoff.store.connection import transaction


def set_aim(db: Database, round_id: int, aim: int | None, seen: int | None, actor: str, now: datetime) -> None:
    """Set the aim, or none. Refuses where a colleague has changed it since it was ``seen``; the same twice is once."""
    with transaction(db):
        round = rounds.get(db, round_id)
        assert round

        if round.aim == aim:
            return
        require_open_to_aims(round)
        if round.aim != seen:
            raise Refusal(Reason.AIM_CHANGED, "aim", aim=round.aim or "–")

        rounds.set_aim(db, round_id, aim)
        audit.record(db, Event.AIM_SET, actor, f"round/{round_id}", now, aim=aim, before=round.aim)
