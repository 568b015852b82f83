"""Four eyes: request what becomes public, confirm a request, call it off."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from sqlite_utils import Database

from signoff import store
from signoff.actions.applications import accept_application
from signoff.actions.follow_ups import add_entry
from signoff.actions.late import ReviewDecision, record_review, release_document
from signoff.actions.releases import release_round, require_one_person, retract_round
from signoff.domain.approvals import Approval, PublicAct, list_confirmers
from signoff.domain.audit import Event
from signoff.domain.errors import Reason, Refusal
from signoff.domain.mail import MailKind
from signoff.store.connection import rehearsal, transaction

Payload = dict[str, Any]


def request(
    db: Database, act: PublicAct, subject: str, payload: Payload, actor: str, now: datetime
) -> Approval:
    """Request an act. The audit entry leads to mails to those who subscribe to it.

    It is tried first, so that what the confirmation would refuse is refused now. A repetition
    changes nothing; the same request of somebody else is refused, another one superseded.
    """
    with transaction(db):
        pending = store.approvals.find_pending(db, act, subject)
        if pending and pending.payload == payload:
            if pending.requested_by == actor:
                return pending
            raise Refusal(Reason.APPROVAL_PENDING, who=pending.requester)
        requested = Approval(0, act, subject, actor, now, payload)
        with rehearsal(db):
            PERFORM[act](db, requested.subject_id, payload, actor, now)

        store.approvals.end(db, act, subject, now)
        requested = replace(requested, id=store.approvals.add(db, requested))
        store.audit.record(
            db,
            Event.APPROVAL_REQUESTED,
            actor,
            subject,
            now,
            act=str(act),
            approval=requested.id,
            **payload,
        )
    return requested


def confirm(db: Database, id: int, actor: str, now: datetime) -> Approval:
    """Confirm a request and do what was requested. A second call changes nothing."""
    with transaction(db):
        approval = get(db, id)
        if approval.confirmed_by == actor:
            return approval

        confirmed = approval.confirm(actor, now)
        act, subject = approval.act, approval.subject
        store.approvals.end(db, act, subject, now, confirmed_by=actor)
        store.audit.record(
            db, Event.APPROVAL_CONFIRMED, actor, subject, now, act=str(act), **approval.payload
        )
        PERFORM[act](db, approval.subject_id, approval.payload, actor, now)
    return confirmed


def call_off(db: Database, id: int, actor: str, now: datetime) -> Approval:
    """End a request without doing it. A second call changes nothing."""
    with transaction(db):
        approval = get(db, id)
        if approval.confirmed_by:
            raise Refusal(Reason.NOTHING_TO_CONFIRM)
        if approval.ended_at is None:
            store.approvals.end(db, approval.act, approval.subject, now)
            details = {"act": str(approval.act)}
            store.audit.record(
                db, Event.APPROVAL_CALLED_OFF, actor, approval.subject, now, **details
            )
    return approval


def get(db: Database, id: int) -> Approval:
    approval = store.approvals.find(db, id)
    if approval is None:
        raise Refusal(Reason.NOTHING_TO_CONFIRM)
    return approval


# The rule itself.


def set_four_eyes(db: Database, required: bool, actor: str, now: datetime) -> None:
    """Decide whether every public act needs a second person.

    A planned release stays planned. Accounts cannot switch it off alone. The operator at the
    command line can, as nobody may be left who could confirm. Everybody who may edit gets a mail.
    """
    with transaction(db):
        if store.association.get(db).four_eyes is required:
            return
        if not required:
            if actor.startswith("staff/"):
                require_one_person(db, PublicAct.FOUR_EYES_OFF, "association")
            switch_off(db, actor, now)
            return

        store.association.set_four_eyes(db, True)
        store.audit.record(
            db, Event.ASSOCIATION_CHANGED, actor, "association", now, second_person=True
        )


def switch_off(db: Database, actor: str, now: datetime) -> None:
    """Within the caller's transaction: one person suffices from now on. Everybody who may
    edit gets a mail.
    """
    store.association.set_four_eyes(db, False)
    store.approvals.end(db, PublicAct.FOUR_EYES_OFF, "association", now)
    entry = store.audit.record(
        db, Event.ASSOCIATION_CHANGED, actor, "association", now, second_person=False
    )
    editors = list_confirmers(store.accounts.list_all(db), actor)
    store.outbox.enqueue_for_accounts(
        db, MailKind.FOUR_EYES_OFF, [account.id for account in editors], entry.seq, now
    )


# What is done with a confirmation, in the caller's transaction.


def perform_release(
    db: Database, round_id: int, payload: Payload, actor: str, now: datetime
) -> None:
    """Release the print at the requested moment, or now if that has passed."""
    at = payload["released_at"]
    moment = max(datetime.fromisoformat(at), now) if at else now
    release_round(
        db, store.rounds.get(db, round_id), moment, actor, now, expected_sha256=payload["sha256"]
    )


def perform_review(
    db: Database, invitation_id: int, payload: Payload, actor: str, now: datetime
) -> None:
    decision = ReviewDecision(True, payload["note_accepted"], payload["name_accepted"])
    record_review(db, invitation_id, decision, actor, now, version=payload["version"])


def perform_document(
    db: Database, round_id: int, payload: Payload, actor: str, now: datetime
) -> None:
    release_document(db, round_id, payload["sha256"], actor, now)


def perform_retraction(
    db: Database, round_id: int, payload: Payload, actor: str, now: datetime
) -> None:
    retract_round(db, round_id, payload["reason"], payload["successor"], actor, now)


def perform_follow_up(
    db: Database, round_id: int, payload: Payload, actor: str, now: datetime
) -> None:
    day = date.fromisoformat(payload["day"])
    add_entry(db, round_id, day, payload["text"], payload["tell"], actor, now)


def perform_application(
    db: Database, application_id: int, payload: Payload, actor: str, now: datetime
) -> None:
    key, name, country = payload["key"], payload["name"], payload["country"]
    accept_application(db, application_id, key, name, country, actor, now)


def perform_switching_off(
    db: Database, association_id: int, payload: Payload, actor: str, now: datetime
) -> None:
    switch_off(db, actor, now)


PERFORM: dict[PublicAct, Callable[[Database, int, Payload, str, datetime], None]] = {
    PublicAct.RELEASE: perform_release,
    PublicAct.LATE_SIGNATURE: perform_review,
    PublicAct.LATE_DOCUMENT: perform_document,
    PublicAct.RETRACTION: perform_retraction,
    PublicAct.FOLLOW_UP: perform_follow_up,
    PublicAct.APPLICATION: perform_application,
    PublicAct.FOUR_EYES_OFF: perform_switching_off,
}
