"""Release a closed round's PDF, at once or later, and retract it."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime

from sqlite_utils import Database

from signoff import store
from signoff.actions.log import give_checkpoint
from signoff.actions.prints import order_print
from signoff.actions.rounds import close_round, enqueue_round_mail
from signoff.domain.approvals import PublicAct
from signoff.domain.audit import Event
from signoff.domain.errors import Reason, Refusal
from signoff.domain.log import LogKind
from signoff.domain.mail import MailKind
from signoff.domain.releases import Print, PrintKind, Release, iter_numbered_releases
from signoff.domain.rounds import Phase, Round
from signoff.store.connection import transaction, wait_for_disk

# From the closed round to the public.


def prepare_release(db: Database, round_id: int, actor: str, now: datetime) -> Round:
    """Close the round if its deadline has passed, and enqueue the final print again if it failed.

    Refuses a round that is open, cancelled or undecided.
    """
    with transaction(db):
        round = store.rounds.get(db, round_id)
        if round.cancelled_at:
            raise Refusal(Reason.CANCELLED)
        if round.phase(now) is Phase.ENDED:
            round = close_round(db, round, actor, now)
        latest = store.releases.find_latest_print(db, round_id, PrintKind.FINAL)
        if latest and latest.failed_at and not round.released_at:
            order_print(db, round_id, True, actor, now, error=latest.error)
    if not round.closed_at:
        raise Refusal(Reason.NOT_YET_CLOSED)
    if not round.released_at:
        require_decided(db, round)
    return round


def release_paper(
    db: Database,
    round_id: int,
    release_at: datetime | None,
    actor: str,
    now: datetime,
    *,
    expected_sha256: str | None = None,
) -> Release:
    """Release the newest print at a moment (now, if ``None``) and mail every recipient.

    A second call finds the first.

    Refuses if the newest print is not the expected one, and if the association requires a second
    person.
    """
    with transaction(db):
        if existing := store.releases.find_for_round(db, round_id):
            return existing

        require_one_person(db, PublicAct.RELEASE, f"round/{round_id}")
        round = store.rounds.get(db, round_id)
        return release_round(db, round, release_at or now, actor, now, expected_sha256)


def require_one_person(db: Database, act: PublicAct, subject: str) -> None:
    """Refuse what a second person has to confirm; the refusal names who has requested it."""
    if not store.association.get(db).four_eyes:
        return
    pending = store.approvals.find_pending(db, act, subject)
    if pending:
        raise Refusal(Reason.APPROVAL_PENDING, who=pending.requester)
    raise Refusal(Reason.APPROVAL_REQUIRED)


def release_round(
    db: Database,
    round: Round,
    release_at: datetime,
    actor: str,
    now: datetime,
    expected_sha256: str | None,
) -> Release:
    """Within the caller's transaction: the release or its plan, and its mail.

    A pending request ends with it.
    """
    round.release(release_at, now)
    final = get_releasable_print(db, round, expected_sha256)

    release = Release(
        id=0,
        round_id=round.id,
        number=1,
        sha256=final.sha256,
        size=final.size,
        pages=final.pages,
        as_of=round.as_of,
        released_at=release_at,
        planned_at=now if release_at > now else None,
    )
    release = replace(release, id=store.releases.add(db, release))
    store.approvals.end(db, PublicAct.RELEASE, f"round/{round.id}", now)
    event = Event.RELEASE_PLANNED if release.planned_at else Event.RELEASED
    store.audit.record(db, event, actor, f"round/{round.id}", now, **build_audit_details(release))
    if not release.planned_at:
        log_release(db, round, release, now)
    enqueue_round_mail(db, MailKind.RELEASED, round.id, now, send_at=release_at)
    return release


def get_releasable_print(db: Database, round: Round, expected_sha256: str | None) -> Print:
    """The newest final print.

    Refuses while something is undecided, and if it is not the expected one.
    """
    require_decided(db, round)
    latest = store.releases.find_latest_print(db, round.id, PrintKind.FINAL)
    final = require_finished_print(latest)
    if expected_sha256 not in (None, final.sha256):
        raise Refusal(Reason.STALE, what="print")
    return final


def require_decided(db: Database, round: Round) -> None:
    undecided = store.round_status.load(db, round).undecided
    if undecided:
        names = ", ".join(status.member.name for status in undecided)
        raise Refusal(Reason.UNDECIDED, names=names)


def require_finished_print(latest: Print | None) -> Print:
    if latest is None or (latest.printed_at is None and latest.failed_at is None):
        raise Refusal(Reason.NOT_PRINTED)
    if latest.failed_at:
        raise Refusal(Reason.PRINT_FAILED, error=latest.error)
    return latest


def log_release(db: Database, round: Round, release: Release, now: datetime) -> None:
    """Within the caller's transaction: the log commits to the released file."""
    releases = store.releases.list_for_round(db, round.id)
    numbers = {each.id: number for each, number in iter_numbered_releases(releases)}
    give_checkpoint(
        db,
        round,
        LogKind.RELEASE,
        now,
        document=str(release.kind),
        number=numbers[release.id],
        sha256=release.sha256,
    )


def build_audit_details(release: Release) -> dict[str, object]:
    return {"sha256": release.sha256, "released_at": release.released_at.isoformat()}


def cancel_release(db: Database, round_id: int, actor: str, now: datetime) -> None:
    """Cancel a planned release. A second call changes nothing."""
    with transaction(db):
        planned = store.releases.find_for_round(db, round_id)
        if planned is None:
            return
        planned.require_still_planned(now)

        store.releases.cancel_planned(db, planned.id)
        store.outbox.cancel_for_round(db, MailKind.RELEASED, round_id)
        store.audit.record(db, Event.RELEASE_CALLED_OFF, actor, f"round/{round_id}", now)


def publish_due(
    db: Database, publish: Callable[[str, dict[str, object]], None], now: datetime
) -> list[Release]:
    """Put file and record of every release that is due into the archive; may be repeated.

    The public finds a release from its moment on, by the clock; the audit log records that a
    planned one has happened.
    """
    due = store.releases.list_unpublished(db, now)
    wait_for_disk(db)  # a power cut undoes nothing that is public
    for release in due:
        publish(release.sha256, build_archive_record(db, release))
        with transaction(db):
            unpublished = {other.id for other in store.releases.list_unpublished(db, now)}
            store.releases.mark_published(db, release.id, now)
            # Another worker may have published it meanwhile.
            if release.planned_at and release.id in unpublished:
                subject, details = f"round/{release.round_id}", build_audit_details(release)
                store.audit.record(db, Event.RELEASED, "worker", subject, now, **details)
                log_release(db, store.rounds.get(db, release.round_id), release, now)
    return due


def build_archive_record(db: Database, release: Release) -> dict[str, object]:
    """The archive's record of a released file, with which it can be verified without the
    database.
    """
    round, association = store.rounds.get(db, release.round_id), store.association.get(db)
    edition = store.papers.get_edition(db, round.edition_id)
    if release.kind.is_later:
        signatories, withdrawals = map(
            len, store.releases.load_document_content(db, round, release.kind, release.entry)
        )
    else:
        status = store.round_status.load(db, round)
        signatories, withdrawals = len(status.signatories(association.zone)), 0
    number, _prior = store.releases.get_number_and_prior_releases(
        db, round.id, release.kind, release.entry
    )
    record: dict[str, object] = {
        "association": association.name,
        "paper": edition.slug,
        "title": edition.text.title,
        "edition": edition.number,
        "edition_digest": edition.digest,
        "kind": str(release.kind),
        "list_edition": number,
        "as_of": release.as_of.isoformat(),
        "released_at": release.released_at.isoformat(),
        "signatories": signatories,
        "withdrawals": withdrawals,
        "time_zone": association.time_zone,
        "sha256": release.sha256,
        "typeset_sha256": store.releases.get_print_of_release(db, release.id).unsealed_sha256,
    }
    if release.retracted_at:
        record["withdrawn_at"] = release.retracted_at.isoformat()
        record["withdrawn_reason"] = release.retraction_reason
        record["successor"] = release.successor
    return record


# Retracting everything a round has released, after a court's decision or because a person has to be
# erased.

# Arguments: digest of the release, its record, digests of the prints that hold the same, digests of
# the annexes.
FileRemover = Callable[[str, dict[str, object], Sequence[str], Sequence[str]], None]


def retract_release(
    db: Database, round_id: int, reason: str, successor: str, actor: str, now: datetime
) -> None:
    """Retract everything a round has released, cancel what is planned, and mail every recipient.

    ``successor`` is the address of what replaces it, or empty. Refuses if nothing is public, and if
    the association requires a second person.
    """
    with transaction(db):
        require_one_person(db, PublicAct.RETRACTION, f"round/{round_id}")
        retract_round(db, round_id, reason, successor, actor, now)


def retract_round(
    db: Database, round_id: int, reason: str, successor: str, actor: str, now: datetime
) -> None:
    """Within the caller's transaction: the retraction and its mail. Pending requests end."""
    releases = store.releases.list_for_round(db, round_id)
    public = [release for release in releases if release.is_public(now)]
    if not public:
        retracted = any(release.retracted_at for release in releases)
        raise Refusal(Reason.ALREADY_RETRACTED if retracted else Reason.NOT_RELEASED)

    for release in releases:
        if release.released_at > now:
            store.releases.cancel_planned(db, release.id)
    for release in public:
        store.releases.retract(db, release.id, reason, successor, now)
    for pending in store.approvals.list_pending(db):
        if pending.round_id == round_id:
            store.approvals.end(db, pending.act, pending.subject, now)
    details = {
        "files": [release.sha256 for release in public],
        "reason": reason,
        "successor": successor,
    }
    store.audit.record(db, Event.RELEASE_RETRACTED, actor, f"round/{round_id}", now, **details)
    for kind in (MailKind.RELEASED, MailKind.FOLLOW_UP):
        store.outbox.cancel_for_round(db, kind, round_id)
    enqueue_round_mail(db, MailKind.RETRACTED, round_id, now)


def remove_retracted_files(db: Database, remove: FileRemover, now: datetime) -> list[Release]:
    """Remove the files of every retracted release from the archive, with its prints and annexes;
    may be repeated.
    """
    due = store.releases.list_to_remove(db)
    for release in due:
        round = store.rounds.get(db, release.round_id)
        remove(
            release.sha256,
            build_archive_record(db, release),
            store.releases.list_final_digests(db, round.id),
            store.papers.list_unshared_annexes(db, round.edition_id),
        )
        for renewal in store.renewals.list_for_release(db, release.id):
            record = build_archive_record(db, release) | {"sha256": renewal.sha256}
            remove(renewal.sha256, record, (), ())
        with transaction(db):
            store.papers.delete_unshared_pictures(
                db, store.papers.get_edition(db, round.edition_id)
            )
            store.releases.mark_removed(db, release.id, now)
    return due
