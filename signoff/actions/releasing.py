"""From the closed round to the public."""

from collections.abc import Callable
from datetime import datetime

from sqlite_utils import Database

from signoff.actions.closing import close_round, tell
from signoff.actions.inviting import running
from signoff.domain.audit import Event
from signoff.domain.notice import NoticeKind
from signoff.domain.refusal import Reason, Refusal
from signoff.domain.release import Print, PrintKind, Release
from signoff.domain.round import Phase, Round
from signoff.store import associations, audit, issues, outbox, papers, prints, releases, requests, rounds, standings
from signoff.store.connection import transaction


def prepare(db: Database, slug: str, actor: str, now: datetime) -> Round:
    """The paper's round, closed if its deadline has passed; refuses one that is still open or undecided."""
    with transaction(db):
        round = running(db, slug)
        if round.phase(now) is Phase.ENDED:
            round = close_round(db, round, actor, now)
        done = prints.latest(db, round.id, PrintKind.FINAL)
        if done and done.failed_at and not round.released_at:  # asked for anew, it is printed anew
            prints.owe(db, round.id, PrintKind.FINAL, done.entry, now)
    if round.cancelled_at:
        raise Refusal(Reason.CANCELLED)
    if not round.closed_at:
        raise Refusal(Reason.NOT_YET_CLOSED)
    if not round.released_at:
        require_decided(db, round)
    return round


def release(
    db: Database, slug: str, at: datetime | None, actor: str, now: datetime, *, seen: str | None = None
) -> Release:
    """Publish the newest print ``at`` a moment (now, if ``None``) and owe the mail. A second call finds the first.

    ``seen`` is the digest of the print somebody has looked at; refuses where the newest is another, and where the
    association wants a second person to confirm (``seconding``).
    """
    with transaction(db):
        round = running(db, slug)
        if existing := releases.of_round(db, round.id):
            return existing

        if associations.get(db).four_eyes:
            raise Refusal(Reason.SECOND_NEEDED)
        release_round(db, round, at or now, actor, now, seen)
    return found(db, round)


def release_round(db: Database, round: Round, at: datetime, actor: str, now: datetime, seen: str | None) -> None:
    """Within the caller's transaction: the release or its plan, and its mail. A request that waits is done with."""
    round.release(at, now)
    done = releasable(db, round, seen)

    planned_at = now if at > now else None
    made = Release(0, round.id, 1, done.sha256, done.size, done.pages, round.as_of, at, planned_at=planned_at)
    releases.add(db, made)
    requests.end(db, round.id, now)
    event = Event.RELEASE_PLANNED if planned_at else Event.RELEASED
    audit.record(db, event, actor, f"round/{round.id}", now, **facts(made))
    tell(db, NoticeKind.RELEASED, round, now, at)


def releasable(db: Database, round: Round, seen: str | None) -> Print:
    """The newest print; refuses while something is undecided, and where another one was looked at."""
    require_decided(db, round)
    done = newest_print(db, round)
    if seen not in (None, done.sha256):
        raise Refusal(Reason.OTHER_PRINT)
    return done


def unreleased(db: Database, slug: str) -> bool:
    """Whether the paper's round has neither been released nor planned to be."""
    return releases.of_round(db, running(db, slug).id) is None


def found(db: Database, round: Round) -> Release:
    made = releases.of_round(db, round.id)
    assert made
    return made


def facts(release: Release) -> dict[str, object]:
    return {"sha256": release.sha256, "released_at": release.released_at.isoformat()}


def call_off(db: Database, slug: str, actor: str, now: datetime) -> None:
    """Take back what has not happened: a planned release, or the request for one. A second call changes nothing."""
    with transaction(db):
        round = running(db, slug)
        planned, request = releases.of_round(db, round.id), requests.waiting(db, round.id)
        if planned is None and request is None:
            return
        if planned:
            planned.call_off(now)

        requests.end(db, round.id, now)
        if planned:
            releases.call_off(db, planned.id)
            outbox.drop(db, NoticeKind.RELEASED, round.id)
        audit.record(db, Event.RELEASE_CALLED_OFF, actor, f"round/{round.id}", now, planned=planned is not None)


def publish_due(db: Database, publish: Callable[[str, dict[str, object]], None], now: datetime) -> list[Release]:
    """Lay the record of every release whose moment has come into the archive; may be run again at any time.

    The public finds it from that moment on, by the clock; the journal notes that a planned one has happened.
    """
    due = releases.unpublished(db, now)
    for each in due:
        publish(each.sha256, record(db, each))
        with transaction(db):
            first = each.id in {other.id for other in releases.unpublished(db, now)}
            releases.mark_published(db, each.id, now)
            if each.planned_at and first:  # another worker may have been here meanwhile
                audit.record(db, Event.RELEASED, "worker", f"round/{each.round_id}", now, **facts(each))
    return due


def record(db: Database, release: Release) -> dict[str, object]:
    """What the archive knows about a released file, so that it can be verified without the database."""
    round = rounds.get(db, release.round_id)
    assert round
    edition, association = papers.get(db, round.edition_id), associations.get(db)
    listed, withdrawn = len(standings.of(db, round).signatories(association.zone)), 0
    if release.kind.is_later:
        listed, withdrawn = map(len, issues.told(db, round, release.kind, release.entry))
    number, _earlier = issues.named(db, round.id, release.kind, release.entry)
    told: dict[str, object] = {
        "association": association.name,
        "paper": edition.slug,
        "title": edition.text.title,
        "edition": edition.number,
        "edition_digest": edition.digest,
        "kind": str(release.kind),
        "list_edition": number,
        "as_of": release.as_of.isoformat(),
        "released_at": release.released_at.isoformat(),
        "signatories": listed,
        "withdrawals": withdrawn,
        "time_zone": association.time_zone,
        "sha256": release.sha256,
    }
    if release.withdrawn_at:
        told["withdrawn_at"] = release.withdrawn_at.isoformat()
        told["withdrawn_reason"], told["successor"] = release.withdrawn_reason, release.successor
    return told


def require_decided(db: Database, round: Round) -> None:
    undecided = standings.of(db, round).undecided
    if undecided:
        raise Refusal(Reason.UNDECIDED, names=", ".join(place.member.name for place in undecided))


def newest_print(db: Database, round: Round) -> Print:
    done = prints.latest(db, round.id, PrintKind.FINAL)
    if done is None or (done.printed_at is None and done.failed_at is None):
        raise Refusal(Reason.NOT_PRINTED)
    if done.failed_at:
        raise Refusal(Reason.PRINT_FAILED, error=done.error)
    return done
