"""After the release: addenda and further editions of the list, and the office's reviews of late
signatures.
"""

from dataclasses import asdict, dataclass, replace
from datetime import datetime

from sqlite_utils import Database

from signoff import store
from signoff.actions.releases import log_release, require_finished_print, require_one_person
from signoff.domain.answers import AnswerKind, AnswerVersion, LateReview
from signoff.domain.approvals import PublicAct
from signoff.domain.audit import Event
from signoff.domain.errors import Reason, Refusal
from signoff.domain.forms import require_printable
from signoff.domain.mail import MailKind
from signoff.domain.releases import LateSignatures, Print, PrintKind, Release
from signoff.domain.rounds import Phase, Round
from signoff.store.connection import transaction

# Addenda and further editions of the list. The first edition stays as it is.


def order_print(
    db: Database,
    round_id: int,
    kind: PrintKind,
    actor: str,
    now: datetime,
    *,
    timestamp: bool | None = None,
) -> Print:
    """Enqueue the print of an addendum or of a further edition, with the current list.

    Supersedes one that is not printed yet. Refuses before the release, and if nothing has changed
    since the last one.
    """
    if not kind.is_later:
        raise ValueError(f"{kind} does not follow a release")
    with transaction(db):
        round = get_released_round(db, round_id, now)
        releases = store.releases.list_for_round(db, round_id)
        if not has_changes(store.releases.load_late_signatures(db, round), releases, kind):
            raise Refusal(Reason.NOTHING_NEW)

        entry = store.audit.record(
            db, Event.LIST_EDITION_ORDERED, actor, f"round/{round_id}", now, kind=str(kind)
        )
        store.releases.enqueue_print(db, round_id, kind, entry.seq, now, timestamp)
        return store.releases.get_latest_post_release_print(db, round_id)


def release_print(
    db: Database, round_id: int, expected_sha256: str, actor: str, now: datetime
) -> Release:
    """Release the newest addendum or edition; refuses if it is not the expected one, and if the
    association requires a second person.

    A second call finds the first.
    """
    with transaction(db):
        if existing := find_released_document(db, round_id, expected_sha256):
            return existing
        require_one_person(db, PublicAct.LATE_DOCUMENT, f"round/{round_id}")
        return release_document(db, round_id, expected_sha256, actor, now)


def find_released_document(db: Database, round_id: int, sha256: str) -> Release | None:
    releases = store.releases.list_for_round(db, round_id)
    return next(
        (release for release in releases if release.sha256 == sha256 and release.kind.is_later),
        None,
    )


def release_document(
    db: Database, round_id: int, expected_sha256: str, actor: str, now: datetime
) -> Release:
    """Within the caller's transaction: the release. A pending request ends with it."""
    round = get_released_round(db, round_id, now)
    latest = store.releases.find_latest_post_release_print(db, round.id)
    finished = require_finished_print(latest)
    if finished.sha256 != expected_sha256:
        raise Refusal(Reason.STALE, what="print")

    release = Release(
        id=0,
        round_id=round_id,
        number=len(store.releases.list_for_round(db, round_id)) + 1,
        sha256=finished.sha256,
        size=finished.size,
        pages=finished.pages,
        as_of=finished.enqueued_at,
        released_at=now,
        kind=finished.kind,
        entry=finished.entry,
    )
    release = replace(release, id=store.releases.add(db, release))
    store.approvals.end(db, PublicAct.LATE_DOCUMENT, f"round/{round_id}", now)
    details = {
        "sha256": release.sha256,
        "kind": str(release.kind),
        "number": release.number,
        "released_at": now.isoformat(),
    }
    store.audit.record(db, Event.RELEASED, actor, f"round/{round_id}", now, **details)
    log_release(db, round, release, now)
    return release


def has_changes(late: LateSignatures, releases: list[Release], kind: PrintKind) -> bool:
    """Whether anything is new.

    A further edition also gathers what addenda have listed since the last edition.
    """
    since = (
        store.releases.get_current_list_edition(releases)
        if kind is PrintKind.EDITION
        else releases[-1]
    )
    return bool(late.signatories_since(since.entry) or late.withdrawals_since(since.entry))


def get_released_round(db: Database, round_id: int, now: datetime) -> Round:
    """The round; refuses one whose first edition is not public."""
    round = store.rounds.get(db, round_id)
    if round.phase(now) is not Phase.RELEASED:
        raise Refusal(Reason.NOT_YET_RELEASED)
    return round


def end_late_signing(
    db: Database, round_id: int, until: datetime, actor: str, now: datetime
) -> Round:
    """Decide when late signing of a released round ends."""
    with transaction(db):
        round = store.rounds.get(db, round_id)

        ended = round.end_late_signing(until, now)
        if ended == round:
            return round

        store.rounds.save(db, ended)
        store.audit.record(
            db, Event.LATE_SIGNING_ENDED, actor, f"round/{round_id}", now, until=until.isoformat()
        )
    return ended


# The office accepts or rejects a late signature. A rejection needs a reason, which is sent to the
# member.

MAX_REASON_LENGTH = 1000  # characters


@dataclass(frozen=True, slots=True)
class ReviewDecision:
    """The office's decision about a late signature.

    Note and corrected name count only if they are accepted too.
    """

    accepted: bool
    note_accepted: bool = False
    name_accepted: bool = False
    reason: str = ""


def review_signature(
    db: Database,
    invitation_id: int,
    decision: ReviewDecision,
    actor: str,
    now: datetime,
    *,
    version: int,
) -> LateReview:
    """Record the decision about a late signature and mail it to the member; the same decision twice
    is one.

    ``version`` is the number of the answer that was reviewed. Refuses if it is no longer current,
    if the signature was accepted before, a rejection without a reason, and an acceptance if the
    association requires a second person.
    """
    with transaction(db):
        if decision.accepted:
            require_one_person(db, PublicAct.LATE_SIGNATURE, f"invitation/{invitation_id}")
        return record_review(db, invitation_id, decision, actor, now, version=version)


def record_review(
    db: Database,
    invitation_id: int,
    decision: ReviewDecision,
    actor: str,
    now: datetime,
    *,
    version: int,
) -> LateReview:
    """Within the caller's transaction: the review and its mail. A pending request ends with it."""
    current = store.answers.find_current(db, invitation_id)
    if current is None or current.number != version:
        raise Refusal(Reason.STALE, what="answer")
    invitation = store.rounds.get_invitation(db, invitation_id)
    require_late_signature(store.rounds.get(db, invitation.round_id), current, now)
    decision = normalize_decision(decision)
    previous = store.releases.find_late_review(db, current)
    if previous and is_same_decision(previous, decision):
        return previous
    if previous and previous.accepted:
        raise Refusal(Reason.NOTHING_TO_DECIDE)

    flags = {
        "accepted": decision.accepted,
        "note_accepted": decision.note_accepted,
        "name_accepted": decision.name_accepted,
    }
    entry = store.audit.record(
        db,
        Event.LATE_SIGNATURE_REVIEWED,
        actor,
        f"invitation/{invitation_id}",
        now,
        number=current.number,
        **flags,
    )
    store.releases.add_late_review(
        db, current.id, **flags, reason=decision.reason, decided_at=now, entry=entry.seq
    )
    store.approvals.end(db, PublicAct.LATE_SIGNATURE, f"invitation/{invitation_id}", now)
    enqueue_review_mail(db, current, decision.accepted, now)
    return LateReview(current.id, **asdict(decision), decided_at=now, entry=entry.seq)


def normalize_decision(decision: ReviewDecision) -> ReviewDecision:
    """The decision as it is stored: a rejection accepts nothing and has a reason, an acceptance
    needs none.
    """
    if decision.accepted:
        return replace(decision, reason="")
    reason = require_printable(decision.reason.replace("\r\n", "\n"), "late_reason").strip()
    if not reason:
        raise Refusal(Reason.MISSING, "late_reason")
    if len(reason) > MAX_REASON_LENGTH:
        raise Refusal(Reason.TOO_LONG, "late_reason", limit=MAX_REASON_LENGTH, length=len(reason))
    return ReviewDecision(False, reason=reason)


def is_same_decision(previous: LateReview, decision: ReviewDecision) -> bool:
    return all(getattr(previous, name) == value for name, value in asdict(decision).items())


def require_late_signature(round: Round, version: AnswerVersion, now: datetime) -> None:
    """Refuse what is no late signature.

    One that came in time may be reviewed after late signing has ended, too.
    """
    if round.phase(now) is not Phase.RELEASED:
        raise Refusal(Reason.NOT_YET_RELEASED)
    if not version.late or version.answer.kind is not AnswerKind.COSIGN:
        raise Refusal(Reason.NOTHING_TO_DECIDE)


def enqueue_review_mail(
    db: Database, version: AnswerVersion, accepted: bool, now: datetime
) -> None:
    """Mail every registered address and the holder of the link that signed, also after a second
    decision.
    """
    kind = MailKind.LATE_ACCEPTED if accepted else MailKind.LATE_REFUSED
    recipients = [
        link.id
        for link in store.rounds.list_open_links(db, version.invitation_id)
        if link.may_answer and link.email and (link.representative_id or link.id == version.link_id)
    ]
    store.outbox.enqueue(db, kind, recipients, version.id, now)
