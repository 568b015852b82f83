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
from signoff.store import associations, audit, issues, papers, prints, releases, rounds, standings
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

    ``seen`` is the digest of the print somebody has looked at; refuses where the newest is another.
    """
    with transaction(db):
        round = running(db, slug)
        if existing := releases.of_round(db, round.id):
            return existing

        released = round.release(at or now, now)
        require_decided(db, round)
        done = newest_print(db, round)
        if seen not in (None, done.sha256):
            raise Refusal(Reason.OTHER_PRINT)

        moment = released.released_at
        assert moment
        made = Release(0, round.id, 1, done.sha256, done.size, done.pages, round.as_of, moment)
        releases.add(db, made)
        audit.record(
            db, Event.RELEASED, actor, f"round/{round.id}", now, sha256=done.sha256, released_at=moment.isoformat()
        )
        tell(db, NoticeKind.RELEASED, round, now, moment)
    found = releases.of_round(db, round.id)
    assert found
    return found


def publish_due(db: Database, publish: Callable[[str, dict[str, object]], None], now: datetime) -> list[Release]:
    """Lay the record of every release whose moment has come into the archive; may be run again at any time."""
    due = releases.unpublished(db, now)
    for each in due:
        publish(each.sha256, record(db, each))
        with transaction(db):
            releases.mark_published(db, each.id, now)
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
    return {
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
