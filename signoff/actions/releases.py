"""Four eyes: one person asks for the release, a second one confirms it."""

from collections.abc import Callable, Sequence
from datetime import datetime

from sqlite_utils import Database

from signoff import store
from signoff.actions.rounds import close_round, enqueue_round_mail, get_latest_round
from signoff.domain.audit import Event
from signoff.domain.errors import Reason, Refusal
from signoff.domain.mail import MailKind
from signoff.domain.releases import Print, PrintKind, Release, ReleaseRequest
from signoff.domain.rounds import Phase, Round
from signoff.store.connection import transaction

# From the closed round to the public.


def prepare_release(db: Database, slug: str, actor: str, now: datetime) -> Round:
    """The paper's round, closed if its deadline has passed; refuses one that is still open or undecided."""
    with transaction(db):
        round = get_latest_round(db, slug)
        if round.phase(now) is Phase.ENDED:
            round = close_round(db, round, actor, now)
        done = store.releases.find_latest_print(db, round.id, PrintKind.FINAL)
        if done and done.failed_at and not round.released_at:  # asked for anew, it is printed anew
            store.releases.enqueue_print(db, round.id, PrintKind.FINAL, done.entry, now)
    if round.cancelled_at:
        raise Refusal(Reason.CANCELLED)
    if not round.closed_at:
        raise Refusal(Reason.NOT_YET_CLOSED)
    if not round.released_at:
        require_decided(db, round)
    return round


def release_paper(
    db: Database,
    slug: str,
    at: datetime | None,
    actor: str,
    now: datetime,
    *,
    seen: str | None = None,
) -> Release:
    """Publish the newest print ``at`` a moment (now, if ``None``) and owe the mail. A second call finds the first.

    ``seen`` is the digest of the print somebody has looked at; refuses where the newest is another, and where the
    association wants a second person to confirm (``seconding``).
    """
    with transaction(db):
        round = get_latest_round(db, slug)
        if existing := store.releases.find_for_round(db, round.id):
            return existing

        if store.association.get(db).four_eyes:
            raise Refusal(Reason.SECOND_NEEDED)
        release_round(db, round, at or now, actor, now, seen)
    return get_release(db, round)


def release_round(
    db: Database, round: Round, at: datetime, actor: str, now: datetime, seen: str | None
) -> None:
    """Within the caller's transaction: the release or its plan, and its mail. A request that waits is done with."""
    round.release(at, now)
    done = get_releasable_print(db, round, seen)

    planned_at = now if at > now else None
    made = Release(
        0, round.id, 1, done.sha256, done.size, done.pages, round.as_of, at, planned_at=planned_at
    )
    store.releases.add(db, made)
    store.releases.end_request(db, round.id, now)
    event = Event.RELEASE_PLANNED if planned_at else Event.RELEASED
    store.audit.record(db, event, actor, f"round/{round.id}", now, **build_audit_details(made))
    enqueue_round_mail(db, MailKind.RELEASED, round, now, at)


def get_releasable_print(db: Database, round: Round, seen: str | None) -> Print:
    """The newest print; refuses while something is undecided, and where another one was looked at."""
    require_decided(db, round)
    done = get_finished_print(db, round)
    if seen not in (None, done.sha256):
        raise Refusal(Reason.OTHER_PRINT)
    return done


def is_unreleased(db: Database, slug: str) -> bool:
    """Whether the paper's round has neither been released nor planned to be."""
    return store.releases.find_for_round(db, get_latest_round(db, slug).id) is None


def get_release(db: Database, round: Round) -> Release:
    return store.releases.get_for_round(db, round.id)


def build_audit_details(release: Release) -> dict[str, object]:
    return {"sha256": release.sha256, "released_at": release.released_at.isoformat()}


def cancel_release(db: Database, slug: str, actor: str, now: datetime) -> None:
    """Take back what has not happened: a planned release, or the request for one. A second call changes nothing."""
    with transaction(db):
        round = get_latest_round(db, slug)
        planned, request = (
            store.releases.find_for_round(db, round.id),
            store.releases.find_pending_request(db, round.id),
        )
        if planned is None and request is None:
            return
        if planned:
            planned.call_off(now)

        store.releases.end_request(db, round.id, now)
        if planned:
            store.releases.cancel_planned(db, planned.id)
            store.outbox.cancel_for_round(db, MailKind.RELEASED, round.id)
        store.audit.record(
            db,
            Event.RELEASE_CALLED_OFF,
            actor,
            f"round/{round.id}",
            now,
            planned=planned is not None,
        )


def publish_due(
    db: Database, publish: Callable[[str, dict[str, object]], None], now: datetime
) -> list[Release]:
    """Lay the record of every release whose moment has come into the archive; may be run again at any time.

    The public finds it from that moment on, by the clock; the journal notes that a planned one has happened.
    """
    due = store.releases.list_unpublished(db, now)
    for each in due:
        publish(each.sha256, build_archive_record(db, each))
        with transaction(db):
            first = each.id in {other.id for other in store.releases.list_unpublished(db, now)}
            store.releases.mark_published(db, each.id, now)
            if each.planned_at and first:  # another worker may have been here meanwhile
                store.audit.record(
                    db,
                    Event.RELEASED,
                    "worker",
                    f"round/{each.round_id}",
                    now,
                    **build_audit_details(each),
                )
    return due


def build_archive_record(db: Database, release: Release) -> dict[str, object]:
    """What the archive knows about a released file, so that it can be verified without the database."""
    round = store.rounds.get(db, release.round_id)
    edition, association = store.papers.get_edition(db, round.edition_id), store.association.get(db)
    listed, withdrawn = len(store.round_status.load(db, round).signatories(association.zone)), 0
    if release.kind.is_later:
        listed, withdrawn = map(
            len, store.releases.load_document_content(db, round, release.kind, release.entry)
        )
    number, _earlier = store.releases.get_number_and_prior_releases(
        db, round.id, release.kind, release.entry
    )
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
    if release.retracted_at:
        told["withdrawn_at"] = release.retracted_at.isoformat()
        told["withdrawn_reason"], told["successor"] = release.retraction_reason, release.successor
    return told


def require_decided(db: Database, round: Round) -> None:
    undecided = store.round_status.load(db, round).undecided
    if undecided:
        raise Refusal(Reason.UNDECIDED, names=", ".join(place.member.name for place in undecided))


def get_finished_print(db: Database, round: Round) -> Print:
    done = store.releases.find_latest_print(db, round.id, PrintKind.FINAL)
    if done is None or (done.printed_at is None and done.failed_at is None):
        raise Refusal(Reason.NOT_PRINTED)
    if done.failed_at:
        raise Refusal(Reason.PRINT_FAILED, error=done.error)
    return done


# A released paper is withdrawn whole: by a court, or because somebody has to be forgotten.

FileRemover = Callable[[str, dict[str, object], Sequence[str], Sequence[str]], None]


def retract_release(
    db: Database, round_id: int, reason: str, successor: str, actor: str, now: datetime
) -> None:
    """Withdraw everything a round has released; its addresses say so from this moment on, and all members are told.

    What is planned on top of it is called off. Refuses what is not released yet or withdrawn already.
    """
    with transaction(db):
        round, made = store.rounds.get(db, round_id), store.releases.list_for_round(db, round_id)
        public = [each for each in made if each.is_public(now)]
        if not public:
            withdrawn = any(each.retracted_at for each in made)
            raise Refusal(Reason.ALREADY_WITHDRAWN if withdrawn else Reason.NOT_RELEASED)

        for each in made:
            if each.released_at > now:
                store.releases.cancel_planned(db, each.id)
        for each in public:
            store.releases.retract(db, each.id, reason, successor, now)
        told = {"files": [each.sha256 for each in public], "reason": reason, "successor": successor}
        store.audit.record(db, Event.RELEASE_RETRACTED, actor, f"round/{round_id}", now, **told)
        store.outbox.cancel_for_round(db, MailKind.RELEASED, round_id)
        enqueue_round_mail(db, MailKind.RETRACTED, round, now)


def remove_retracted_files(db: Database, remove: FileRemover, now: datetime) -> list[Release]:
    """Take the bytes of every withdrawn release out of the archive, with its proofs and annexes; may be run again."""
    due = store.releases.list_to_remove(db)
    for each in due:
        round = store.rounds.get(db, each.round_id)
        annexes = store.papers.list_unshared_annexes(db, round.edition_id)
        remove(
            each.sha256,
            build_archive_record(db, each),
            store.releases.list_final_digests(db, each.round_id),
            annexes,
        )
        with transaction(db):
            store.releases.mark_removed(db, each.id, now)
    return due


def set_four_eyes(db: Database, wanted: bool, actor: str, now: datetime) -> None:
    """Decide whether every release needs a second person. What is planned already stays planned."""
    with transaction(db):
        if store.association.get(db).four_eyes is wanted:
            return

        store.association.set_four_eyes(db, wanted)
        store.audit.record(
            db, Event.ASSOCIATION_CHANGED, actor, "association", now, second_person=wanted
        )


def request_release(
    db: Database, slug: str, at: datetime | None, actor: str, now: datetime, *, seen: str
) -> ReleaseRequest:
    """Ask for the release of the print with the digest ``seen``, ``at`` a moment (once confirmed, if ``None``).

    An earlier request of the round is superseded; the same one again is the same.
    """
    with transaction(db):
        round = get_latest_round(db, slug)
        round.release(at or now, now)
        done = get_releasable_print(db, round, seen)
        waiting = store.releases.find_pending_request(db, round.id)
        if waiting and (waiting.requested_by, waiting.sha256, waiting.at) == (
            actor,
            done.sha256,
            at,
        ):
            return waiting

        request = ReleaseRequest(round.id, done.sha256, actor, now, at)
        store.releases.end_request(db, round.id, now)
        store.releases.add_request(db, request)
        told = {"sha256": done.sha256, "released_at": at.isoformat() if at else None}
        store.audit.record(db, Event.RELEASE_REQUESTED, actor, f"round/{round.id}", now, **told)
    return request


def approve_release(db: Database, slug: str, actor: str, now: datetime, *, seen: str) -> Release:
    """Confirm what somebody else has asked for: from here on it is released, or planned. A second call finds it."""
    with transaction(db):
        round = get_latest_round(db, slug)
        if existing := store.releases.find_for_round(db, round.id):
            return existing
        request = store.releases.find_pending_request(db, round.id)
        if request is None:
            raise Refusal(Reason.NOTHING_TO_CONFIRM)
        at = request.confirm(actor, now)
        if seen != request.sha256:
            raise Refusal(Reason.OTHER_PRINT)

        store.audit.record(
            db, Event.RELEASE_CONFIRMED, actor, f"round/{round.id}", now, sha256=request.sha256
        )
        release_round(db, round, at, actor, now, request.sha256)
    return get_release(db, round)
