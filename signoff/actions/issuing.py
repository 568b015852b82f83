"""After the release: an addendum, or a further edition of the list. The first edition stays as it is."""

from datetime import datetime

from sqlite_utils import Database

from signoff.domain.addendum import Later
from signoff.domain.audit import Event
from signoff.domain.refusal import Reason, Refusal
from signoff.domain.release import Print, PrintKind, Release
from signoff.domain.round import Phase, Round
from signoff.store import audit, issues, lates, prints, releases, rounds
from signoff.store.connection import transaction


def order(
    db: Database, round_id: int, kind: PrintKind, actor: str, now: datetime, *, timestamp: bool | None = None
) -> Print:
    """Owe the print of an addendum or of a further edition, as everything stands now.

    One that is owed still is superseded. Refuses before the release, and where nothing has happened since the last.
    """
    assert kind.is_later
    with transaction(db):
        round = released(db, round_id, now)
        before = releases.every(db, round_id)
        later = lates.of(db, round)
        if not news(later, before, kind):
            raise Refusal(Reason.NOTHING_NEW)

        entry = audit.record(db, Event.LIST_ORDERED, actor, f"round/{round_id}", now, kind=str(kind))
        prints.owe(db, round_id, kind, entry.seq, now, timestamp)
    found = prints.latest_later(db, round_id)
    assert found
    return found


def issue(db: Database, round_id: int, seen: str, actor: str, now: datetime) -> Release:
    """Release the newest print after the release, the one with the digest ``seen``. A second call finds the first."""
    with transaction(db):
        round = released(db, round_id, now)
        before = releases.every(db, round_id)
        if found := next((each for each in before if each.sha256 == seen and each.kind.is_later), None):
            return found

        done = printed(db, round)
        if done.sha256 != seen:
            raise Refusal(Reason.OTHER_PRINT)

        number = len(before) + 1
        facts = {"kind": done.kind, "entry": done.entry}
        made = Release(0, round_id, number, done.sha256, done.size, done.pages, done.owed_at, now, **facts)  # type: ignore[arg-type]
        releases.add(db, made)
        told = {"sha256": done.sha256, "kind": str(done.kind), "number": number, "released_at": now.isoformat()}
        audit.record(db, Event.RELEASED, actor, f"round/{round_id}", now, **told)
    issued = releases.by_digest(db, seen)
    assert issued
    return issued


def news(later: Later, before: list[Release], kind: PrintKind) -> bool:
    """Whether there is anything to say. A further edition also gathers what addenda have said since the last one."""
    since = issues.current(before) if kind is PrintKind.EDITION else before[-1]
    return bool(later.joined_since(since.entry) or later.withdrawn_since(since.entry))


def released(db: Database, round_id: int, now: datetime) -> Round:
    """The round, whose first edition is public; refuses one that is not."""
    round = rounds.get(db, round_id)
    assert round
    if round.phase(now) is not Phase.RELEASED:
        raise Refusal(Reason.NOT_YET_RELEASED)
    return round


def printed(db: Database, round: Round) -> Print:
    done = prints.latest_later(db, round.id)
    if done is None or (done.printed_at is None and done.failed_at is None):
        raise Refusal(Reason.NOT_PRINTED)
    if done.failed_at:
        raise Refusal(Reason.PRINT_FAILED, error=done.error)
    return done
