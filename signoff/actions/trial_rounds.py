"""Trial rounds: filling their database, and recording in the instance that they began and ended."""

from collections.abc import Callable, Iterable
from datetime import datetime
from pathlib import Path

from sqlite_utils import Database

from signoff import store
from signoff.actions.member_import import import_members
from signoff.actions.rounds import Opening, open_round
from signoff.domain.audit import Event
from signoff.domain.members import MemberRow
from signoff.domain.papers import Edition
from signoff.store.connection import transaction


def fill(
    trial_db: Database,
    instance: Path,
    edition: Edition,
    account_id: int,
    members: Iterable[MemberRow],
    opening: Opening,
    actor: str,
    now: datetime,
) -> None:
    """Take the set-up over from the database ``instance`` and open the round for ``members``."""
    store.trial_rounds.attach_instance(trial_db, instance)
    with transaction(trial_db):
        store.trial_rounds.copy_set_up(trial_db, edition.id, account_id)
    store.trial_rounds.detach_instance(trial_db)
    import_members(trial_db, members, actor, now)
    open_round(
        trial_db, edition.slug, opening, actor, now, setup_required=False, trial_required=False
    )


def start(
    db: Database,
    slug: str,
    is_running: Callable[[], bool],
    put_in_place: Callable[[], object],
    actor: str,
    now: datetime,
) -> None:
    """Record the start of a trial round and create it, unless one is running."""
    with transaction(db):
        if is_running():
            return
        store.audit.record(db, Event.TRIAL_ROUND_STARTED, actor, f"paper/{slug}", now)
        put_in_place()


def end(
    db: Database,
    slug: str,
    take_away: Callable[[], object],
    answers: int,
    closed: bool,
    actor: str,
    now: datetime,
) -> None:
    """Record how far a trial round came, and take it away."""
    with transaction(db):
        details = {"answers": answers, "closed": closed}
        store.audit.record(db, Event.TRIAL_ROUND_ENDED, actor, f"paper/{slug}", now, **details)
        take_away()
