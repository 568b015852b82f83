"""Four eyes: one person asks for the release, a second one confirms it."""

from datetime import datetime

from sqlite_utils import Database

from signoff.actions.inviting import running
from signoff.actions.releasing import found, releasable, release_round
from signoff.domain.audit import Event
from signoff.domain.refusal import Reason, Refusal
from signoff.domain.release import Release, Request
from signoff.store import associations, audit, releases, requests
from signoff.store.connection import transaction


def require_second(db: Database, wanted: bool, actor: str, now: datetime) -> None:
    """Decide whether every release needs a second person. What is planned already stays planned."""
    with transaction(db):
        if associations.get(db).four_eyes is wanted:
            return

        associations.set_four_eyes(db, wanted)
        audit.record(db, Event.ASSOCIATION_CHANGED, actor, "association", now, second_person=wanted)


def ask(db: Database, slug: str, at: datetime | None, actor: str, now: datetime, *, seen: str) -> Request:
    """Ask for the release of the print with the digest ``seen``, ``at`` a moment (once confirmed, if ``None``).

    An earlier request of the round is superseded; the same one again is the same.
    """
    with transaction(db):
        round = running(db, slug)
        round.release(at or now, now)
        done = releasable(db, round, seen)
        waiting = requests.waiting(db, round.id)
        if waiting and (waiting.asked_by, waiting.sha256, waiting.at) == (actor, done.sha256, at):
            return waiting

        request = Request(round.id, done.sha256, actor, now, at)
        requests.end(db, round.id, now)
        requests.add(db, request)
        told = {"sha256": done.sha256, "released_at": at.isoformat() if at else None}
        audit.record(db, Event.RELEASE_REQUESTED, actor, f"round/{round.id}", now, **told)
    return request


def confirm(db: Database, slug: str, actor: str, now: datetime, *, seen: str) -> Release:
    """Confirm what somebody else has asked for: from here on it is released, or planned. A second call finds it."""
    with transaction(db):
        round = running(db, slug)
        if existing := releases.of_round(db, round.id):
            return existing
        request = requests.waiting(db, round.id)
        if request is None:
            raise Refusal(Reason.NOTHING_TO_CONFIRM)
        at = request.confirm(actor, now)
        if seen != request.sha256:
            raise Refusal(Reason.OTHER_PRINT)

        audit.record(db, Event.RELEASE_CONFIRMED, actor, f"round/{round.id}", now, sha256=request.sha256)
        release_round(db, round, at, actor, now, request.sha256)
    return found(db, round)
