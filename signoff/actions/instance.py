"""The instance itself: new keys, a clock that has jumped, and what a restored one loses again."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlite_utils import Database

from signoff import store
from signoff.actions.privacy import AddressDigests, erase
from signoff.actions.releases import retract_round
from signoff.domain.audit import DetailedEntry, Event
from signoff.domain.errors import Refusal
from signoff.store.connection import transaction


def rotate_keys(
    db: Database, names: Sequence[str], save: Callable[[], None], actor: str, now: datetime
) -> None:
    """Record that these keys are new, and ``save`` them."""
    with transaction(db):
        store.audit.record(db, Event.KEY_ROTATED, actor, "association", now, names=", ".join(names))
        save()


def confirm_clock(
    db: Database, known: datetime, save: Callable[[], None], actor: str, now: datetime
) -> None:
    """Record that ``now`` is right, though ``known`` was the last known moment, and ``save`` it."""
    with transaction(db):
        details = {"since": known.isoformat(), "until": now.isoformat()}
        store.audit.record(db, Event.CLOCK_CONFIRMED, actor, "association", now, **details)
        save()


# What was retracted or erased after the backup that the instance was restored from

REPEATED_EVENTS = (Event.RELEASE_RETRACTED, Event.PERSON_ERASED)


@dataclass(frozen=True, slots=True)
class Repeated:
    """How many retractions and erasures were repeated, and how many found nothing to do."""

    retracted: int = 0
    erased: int = 0
    without_effect: int = 0


def list_lost_acts(db: Database, lost: Database) -> list[DetailedEntry] | None:
    """The retractions and erasures that the log of ``lost`` has beyond that of ``db``; ``None`` if
    it does not continue it.
    """
    last = store.audit.find_latest(db)
    same = last and store.audit.find(lost, last.seq)
    if last is None or same is None or same.root != last.root:
        return None
    return store.audit.list_entries_of_events(lost, last.seq, REPEATED_EVENTS)


def repeat_acts(db: Database, acts: Iterable[DetailedEntry], digests: AddressDigests) -> Repeated:
    """Repeat each act with the actor and the time of its original entry."""
    retracted = erased = without_effect = 0
    for act in acts:
        if act.event is Event.RELEASE_RETRACTED:
            count = repeat_retraction(db, act)
            retracted += count
        else:
            count = repeat_erasure(db, act, digests)
            erased += count
        without_effect += not count
    return Repeated(retracted, erased, without_effect)


def repeat_retraction(db: Database, act: DetailedEntry) -> int:
    details = act.details or {}
    reason, successor = str(details.get("reason", "")), str(details.get("successor", ""))
    round_id = int(act.subject.partition("/")[2])
    try:
        with transaction(db):
            retract_round(db, round_id, reason, successor, act.actor, act.at)
    except Refusal:  # it was released after the backup
        return 0
    return 1


def repeat_erasure(db: Database, act: DetailedEntry, digests: AddressDigests) -> int:
    digest = str((act.details or {}).get("person", ""))
    found = [address for address in store.privacy.list_addresses(db) if digest in digests(address)]
    mails = {address: store.privacy.search_mails(db, address) for address in found}
    with transaction(db):
        for address in found:
            erase(db, address, digest, mails[address], act.actor, act.at)
    return len(found)
