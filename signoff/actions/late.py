"""The office answers a late signature: it accepts it, or refuses it with a reason that the member is told."""

from dataclasses import dataclass
from datetime import datetime

from sqlite_utils import Database

from signoff import store
from signoff.domain.answers import AnswerKind, AnswerVersion, LateReview
from signoff.domain.audit import Event
from signoff.domain.errors import Reason, Refusal
from signoff.domain.mail import MailKind
from signoff.domain.releases import LateSignatures, Print, PrintKind, Release
from signoff.domain.rounds import Phase, Round
from signoff.store.connection import transaction

# After the release: an addendum, or a further edition of the list. The first edition stays as it is.


def order_print(
    db: Database,
    round_id: int,
    kind: PrintKind,
    actor: str,
    now: datetime,
    *,
    timestamp: bool | None = None,
) -> Print:
    """Owe the print of an addendum or of a further edition, as everything stands now.

    One that is owed still is superseded. Refuses before the release, and where nothing has happened since the last.
    """
    assert kind.is_later
    with transaction(db):
        round = get_released_round(db, round_id, now)
        before = store.releases.list_for_round(db, round_id)
        later = store.releases.load_late_signatures(db, round)
        if not has_changes(later, before, kind):
            raise Refusal(Reason.NOTHING_NEW)

        entry = store.audit.record(
            db, Event.LIST_EDITION_ORDERED, actor, f"round/{round_id}", now, kind=str(kind)
        )
        store.releases.enqueue_print(db, round_id, kind, entry.seq, now, timestamp)
    return store.releases.get_latest_post_release_print(db, round_id)


def release_print(db: Database, round_id: int, seen: str, actor: str, now: datetime) -> Release:
    """Release the newest print after the release, the one with the digest ``seen``. A second call finds the first."""
    with transaction(db):
        round = get_released_round(db, round_id, now)
        before = store.releases.list_for_round(db, round_id)
        if found := next(
            (each for each in before if each.sha256 == seen and each.kind.is_later), None
        ):
            return found

        done = get_finished_print(db, round)
        if done.sha256 != seen:
            raise Refusal(Reason.OTHER_PRINT)

        number = len(before) + 1
        made = Release(
            *(0, round_id, number, done.sha256, done.size, done.pages, done.enqueued_at, now),
            kind=done.kind,
            entry=done.entry,
        )
        store.releases.add(db, made)
        told = {
            "sha256": done.sha256,
            "kind": str(done.kind),
            "number": number,
            "released_at": now.isoformat(),
        }
        store.audit.record(db, Event.RELEASED, actor, f"round/{round_id}", now, **told)
    return store.releases.get_by_digest(db, seen)


def has_changes(later: LateSignatures, before: list[Release], kind: PrintKind) -> bool:
    """Whether there is anything to say. A further edition also gathers what addenda have said since the last one."""
    since = (
        store.releases.get_current_list_edition(before) if kind is PrintKind.EDITION else before[-1]
    )
    return bool(later.joined_since(since.entry) or later.withdrawn_since(since.entry))


def get_released_round(db: Database, round_id: int, now: datetime) -> Round:
    """The round, whose first edition is public; refuses one that is not."""
    round = store.rounds.get(db, round_id)
    if round.phase(now) is not Phase.RELEASED:
        raise Refusal(Reason.NOT_YET_RELEASED)
    return round


def get_finished_print(db: Database, round: Round) -> Print:
    done = store.releases.find_latest_post_release_print(db, round.id)
    if done is None or (done.printed_at is None and done.failed_at is None):
        raise Refusal(Reason.NOT_PRINTED)
    if done.failed_at:
        raise Refusal(Reason.PRINT_FAILED, error=done.error)
    return done


MAX_REASON_LENGTH = 1000  # characters of a reason


@dataclass(frozen=True, slots=True)
class ReviewDecision:
    """What the office says to a late signature. Note and corrected name are taken up only where it says so."""

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
    """Keep the decision about the late signature that is the ``version`` (its number) that was read; owe the word.

    The same decision twice is one. Refuses where another version counts by now, where the signature was accepted
    before, and a refusal without a reason.
    """
    with transaction(db):
        last = store.answers.find_current(db, invitation_id)
        if last is None or last.number != version:
            raise Refusal(Reason.ANSWER_CHANGED)
        require_late_signature(get_round_of_invitation(db, invitation_id), last, now)
        told = normalize_decision(decision)
        before = store.releases.find_late_review(db, last)
        if before and is_same_decision(before, told):
            return before
        if before and before.accepted:
            raise Refusal(Reason.NOTHING_TO_DECIDE)

        given = {
            "accepted": told.accepted,
            "note_accepted": told.note_accepted,
            "name_accepted": told.name_accepted,
        }
        entry = store.audit.record(
            db,
            Event.LATE_SIGNATURE_REVIEWED,
            actor,
            f"invitation/{invitation_id}",
            now,
            number=last.number,
            **given,
        )
        store.releases.add_late_review(
            db, last.id, **given, reason=told.reason, decided_at=now, entry=entry.seq
        )
        enqueue_review_mail(db, last, told.accepted, now)
    return store.releases.get_late_review(db, last)


def end_late_signing(
    db: Database, round_id: int, until: datetime, actor: str, now: datetime
) -> Round:
    """Decide when late signing of a released round ends."""
    with transaction(db):
        round = store.rounds.get(db, round_id)

        ended = round.end_late(until, now)
        if ended == round:
            return round

        store.rounds.save(db, ended)
        store.audit.record(
            db, Event.LATE_SIGNING_ENDED, actor, f"round/{round_id}", now, until=until.isoformat()
        )
    return ended


def normalize_decision(decision: ReviewDecision) -> ReviewDecision:
    """The decision as it is kept: a refusal takes nothing up and says why, an acceptance needs no reason."""
    if decision.accepted:
        return ReviewDecision(True, decision.note_accepted, decision.name_accepted)
    reason = decision.reason.strip()
    if not reason:
        raise Refusal(Reason.MISSING, "late_reason")
    if len(reason) > MAX_REASON_LENGTH:
        raise Refusal(Reason.TOO_LONG, "late_reason", limit=MAX_REASON_LENGTH, length=len(reason))
    return ReviewDecision(False, reason=reason)


def is_same_decision(before: LateReview, told: ReviewDecision) -> bool:
    return (before.accepted, before.note_accepted, before.name_accepted, before.reason) == (
        told.accepted,
        told.note_accepted,
        told.name_accepted,
        told.reason,
    )


def require_late_signature(round: Round, version: AnswerVersion, now: datetime) -> None:
    """What came in time is decided about after late signing has ended, too."""
    if round.phase(now) is not Phase.RELEASED:
        raise Refusal(Reason.NOT_YET_RELEASED)
    if not version.late or version.answer.kind is not AnswerKind.SIGN:
        raise Refusal(Reason.NOTHING_TO_DECIDE)


def get_round_of_invitation(db: Database, invitation_id: int) -> Round:
    return store.rounds.get(db, store.rounds.get_invitation(db, invitation_id).round_id)


def enqueue_review_mail(
    db: Database, version: AnswerVersion, accepted: bool, now: datetime
) -> None:
    """To every registered address and to the holder of the link that signed. A changed mind is told, too."""
    kind = MailKind.LATE_ACCEPTED if accepted else MailKind.LATE_REFUSED
    links = store.rounds.list_open_links(db, version.invitation_id)
    told = [
        link.id
        for link in links
        if link.may_answer and link.email and (link.representative_id or link.id == version.link_id)
    ]
    store.outbox.enqueue(db, kind, told, version.id, now)
