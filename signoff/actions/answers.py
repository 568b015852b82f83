"""The office has the current link sent once more."""

import secrets
from collections.abc import Collection
from dataclasses import asdict, replace
from datetime import date, datetime, timedelta

from sqlite_utils import Database

from signoff import store
from signoff.domain.answers import (
    Answer,
    AnswerKind,
    AnswerVersion,
    Channel,
    Objection,
    Signer,
    require_answerable,
    require_withdrawable,
)
from signoff.domain.audit import Event
from signoff.domain.errors import Reason, Refusal
from signoff.domain.mail import MailKind
from signoff.domain.rounds import Link
from signoff.store.access import InvitationAccess
from signoff.store.connection import transaction

# A municipality answers, changes its answer, or withdraws it.

RECEIPT_KINDS = {
    Event.ANSWERED: MailKind.RECEIPT,
    Event.WITHDRAWN: MailKind.WITHDRAWAL,
    Event.CORRECTED: MailKind.CORRECTION,
}


def submit(
    db: Database,
    door: InvitationAccess,
    given: Answer,
    *,
    edition_digest: str,
    form_key: str,
    now: datetime,
) -> AnswerVersion:
    """Keep ``given`` as the version that counts, owe its receipts and journal it: one transaction.

    The same form with the same content handed in again finds what it has already done. Refuses an answer to another
    text, after the deadline, and to a closed or cancelled round; after the release one is taken as late where the round
    allows it. The door is looked at again inside the transaction.
    """
    with transaction(db):
        door = reload_access(db, door)
        repeated = store.answers.find_by_form_key(db, door.invitation.id, form_key)
        if repeated and repeated.answer == given:
            return repeated

        late = require_answerable(door.round, door.version, door.verdict, now)
        if edition_digest != door.edition.digest:
            raise Refusal(Reason.STALE, what="edition")

        key = form_key if form_key and not repeated else secrets.token_urlsafe(16)
        return save_version(db, door, given, key, now, late=late)


def withdraw(
    db: Database, door: InvitationAccess, *, form_key: str, now: datetime
) -> AnswerVersion:
    """Take the municipality's answer back; possible until closing, and a signature again after the release."""
    with transaction(db):
        door = reload_access(db, door)
        if repeated := store.answers.find_by_form_key(db, door.invitation.id, form_key):
            return repeated

        late = require_withdrawable(door.round, door.version, now)

        return save_version(
            db,
            door,
            Answer(AnswerKind.WITHDRAWN),
            form_key or secrets.token_urlsafe(16),
            now,
            late=late,
        )


def move_meeting(
    db: Database,
    door: InvitationAccess,
    expected_on: date,
    body: str,
    *,
    form_key: str,
    now: datetime,
) -> AnswerVersion:
    """Name another day for the sitting: a new version that keeps who filled the answer in."""
    with transaction(db):
        door = reload_access(db, door)
        if repeated := store.answers.find_by_form_key(db, door.invitation.id, form_key):
            return repeated

        door.round.require_open(now)
        if door.version is None or door.version.answer.kind is not AnswerKind.PENDING:
            raise Refusal(Reason.NO_SITTING)
        moved = replace(door.version.answer, expected_on=expected_on, expected_body=body)
        if moved == door.version.answer:
            return door.version

        return save_version(db, door, moved, form_key or secrets.token_urlsafe(16), now)


def correct_names(
    db: Database,
    door: InvitationAccess,
    official_name: str,
    signer: Signer,
    *,
    form_key: str,
    now: datetime,
) -> AnswerVersion:
    """Put names, title or function right without answering again: a new version, journalled as a correction."""
    with transaction(db):
        door = reload_access(db, door)
        if repeated := store.answers.find_by_form_key(db, door.invitation.id, form_key):
            return repeated

        door.round.require_open(now)
        declared = door.version.answer.declaration if door.version else None
        if door.version is None or declared is None:
            raise Refusal(Reason.NOTHING_TO_CORRECT)
        corrected = replace(declared, official_name=official_name, signer=signer)
        if corrected == declared:
            return door.version

        given = replace(door.version.answer, declaration=corrected)
        return save_version(
            db, door, given, form_key or secrets.token_urlsafe(16), now, Event.CORRECTED
        )


def reload_access(db: Database, door: InvitationAccess) -> InvitationAccess:
    """The same door as it stands inside the transaction: every deed of a link's holder passes here.

    Refuses a link that has ended since the page was shown, and one whose holder was told for information only.
    """
    link = store.rounds.find_open_link(db, door.link.public_id, door.link.generation)
    round = store.rounds.find(db, door.round.id)
    if link is None or round is None:
        raise Refusal(Reason.LINK_ENDED)
    link.require_may_answer()
    # The rest of the door cannot change: member, invitation and the frozen text.
    version = store.answers.find_current(db, door.invitation.id)
    return replace(
        door,
        link=link,
        round=round,
        version=version,
        verdict=store.releases.find_late_review(db, version),
    )


def save_version(
    db: Database,
    door: InvitationAccess,
    given: Answer,
    form_key: str,
    now: datetime,
    event: Event = Event.ANSWERED,
    *,
    late: bool = False,
) -> AnswerVersion:
    number = (
        store.answers.get_highest_number(db, door.invitation.id) + 1
    )  # the last one may have been voided
    event = Event.WITHDRAWN if given.kind is AnswerKind.WITHDRAWN else event
    entry = store.audit.record(
        db,
        event,
        f"link/{door.link.id}",
        f"invitation/{door.invitation.id}",
        now,
        member=door.member.key,
        number=number,
        text=door.edition.digest,
        **build_audit_details(given),
        **({"late": True} if late else {}),
    )
    version = store.answers.add(
        db,
        given,
        invitation_id=door.invitation.id,
        number=number,
        channel=Channel.LINK,
        link_id=door.link.id,
        form_key=form_key,
        entry=entry.seq,
        received_at=now,
        late=late,
    )
    store.outbox.cancel_for_links(
        db,
        [MailKind.MEETING_RESULT_REQUEST],
        [door.link.id, *(link.id for link in door.colleagues)],
    )
    store.outbox.enqueue(db, RECEIPT_KINDS[event], list_recipients(db, door), version.id, now)
    return version


def list_recipients(db: Database, door: InvitationAccess) -> list[int]:
    """Receipts go to every registered address that may answer and to the holder of the answering link, never to a
    typed address."""
    links = store.rounds.list_open_links(db, door.invitation.id)
    registered = [
        link
        for link in links
        if link.may_answer and (link.representative_id or link.id == door.link.id)
    ]
    return [link.id for link in registered if link.email]


def build_audit_details(given: Answer) -> dict[str, object]:
    """The whole answer as the journal keeps it in its erasable part; its salted digest stays for ever."""
    return {"answer": serialize_value(asdict(given))}


def serialize_value(value: object) -> object:
    if isinstance(value, dict):
        return {name: serialize_value(each) for name, each in value.items()}
    return value.isoformat() if isinstance(value, date) else value


def is_already_submitted(db: Database, door: InvitationAccess, form_key: str) -> bool:
    """Whether this form has been handed in before."""
    return (
        bool(form_key)
        and store.answers.find_by_form_key(db, door.invitation.id, form_key) is not None
    )


# „Das war ich nicht“: a member objects to an answer; the office settles it. Nothing else is paused.


def object_to(
    db: Database, door: InvitationAccess, answer_id: int, words: str, now: datetime
) -> Objection:
    """Flag the version ``answer_id`` for the office and owe it the mail; a second time finds the first.

    Refuses where another version counts by now: who objects has to see what she objects to.
    """
    with transaction(db):
        door = reload_access(db, door)
        if known := store.answers.find_open_objection(db, answer_id):
            return known

        if door.version is None or door.version.id != answer_id:
            raise Refusal(Reason.STALE, what="answer")

        about = {
            "invitation_id": door.invitation.id,
            "answer_id": answer_id,
            "link_id": door.link.id,
        }
        actor, subject = f"link/{door.link.id}", f"invitation/{door.invitation.id}"
        entry = store.audit.record(
            db, Event.OBJECTED, actor, subject, now, number=door.version.number, words=words
        )
        objection = store.answers.add_objection(
            db, **about, text=words, objected_at=now, entry=entry.seq
        )
        store.outbox.enqueue(db, MailKind.OBJECTION, [door.link.id], objection.id, now)
    return objection


def settle_objection(db: Database, objection_id: int, actor: str, now: datetime) -> Objection:
    """The office has looked into it. A second time, it stays as it was settled."""
    with transaction(db):
        objection = store.answers.find_objection(db, objection_id)

        if objection is None:
            raise Refusal(Reason.NO_SUCH_OBJECTION)
        if objection.settled_at:
            return objection

        store.answers.settle_objection(db, objection_id, actor, now)
        subject = f"invitation/{objection.invitation_id}"
        store.audit.record(db, Event.OBJECTION_SETTLED, actor, subject, now, objection=objection_id)
    settled = store.answers.find_objection(db, objection_id)
    assert settled
    return settled


# A fresh link for a dead one, always to the registered address.

LINK_REQUEST_INTERVAL = timedelta(minutes=15)  # between two fresh links to the same person


def request_link(db: Database, public_id: str, typed_name: str, now: datetime) -> bool:
    """Owe a mail with the current link, if the token was ours, its round still runs and the name fits.

    The page never shows whether it did: its answer is always the same.
    """
    with transaction(db):
        link = store.rounds.find_link_by_public_id(db, public_id)
        if link is None:
            return False
        door = store.access.load(db, link)

        if door.round.cancelled_at or not door.member.is_called(typed_name):
            return False
        links = store.rounds.list_open_links(db, door.invitation.id)
        registered = [each for each in links if each.representative_id and each.may_answer]
        targets = [link] if link.ended_at is None else registered
        owed = [
            each.id for each in targets if each.email and not has_recent_request(db, each.id, now)
        ]
        if not owed:
            return False

        for id in owed:
            number = store.outbox.get_next_number(db, MailKind.NEW_LINK, id)
            store.outbox.enqueue(db, MailKind.NEW_LINK, [id], number, now)
        store.audit.record(
            db, Event.LINK_REQUESTED, f"link/{link.id}", f"invitation/{door.invitation.id}", now
        )
    return True


def has_recent_request(db: Database, link_id: int, now: datetime) -> bool:
    last = store.outbox.find_latest_enqueued_at(db, MailKind.NEW_LINK, link_id)
    return last is not None and now - last < LINK_REQUEST_INTERVAL


RESEND_INTERVAL = timedelta(minutes=15)  # between two mails with a link to the same person
LINK_MAIL_KINDS = (MailKind.INVITATION, MailKind.NEW_LINK, MailKind.DELEGATION)


def resend_links(
    db: Database, invitation_id: int, link_ids: Collection[int], actor: str, now: datetime
) -> list[Link]:
    """Owe each of these holders a mail of its own with the link as it is now; gives to whom.

    Those to whom one went minutes ago, or is still on its way, are left out; refuses where none is left, and once the
    round is cancelled.
    """
    with transaction(db):
        round = store.rounds.find(db, store.rounds.get_invitation(db, invitation_id).round_id)
        chosen = [
            link
            for link in store.rounds.list_open_links(db, invitation_id)
            if link.id in link_ids and link.email
        ]

        if round is None or round.cancelled_at:
            raise Refusal(Reason.CANCELLED)
        if not chosen:
            raise Refusal(Reason.NOBODY_TO_SEND_TO, "links")
        sent = [link for link in chosen if not has_recent_mail(db, link, now)]
        if not sent:
            raise Refusal(
                Reason.SENT_LATELY, "links", minutes=int(RESEND_INTERVAL.total_seconds() // 60)
            )

        for link in sent:
            number = store.outbox.get_next_number(db, MailKind.NEW_LINK, link.id)
            store.outbox.enqueue(db, MailKind.NEW_LINK, [link.id], number, now)
        told = [link.id for link in sent]
        store.audit.record(
            db, Event.LINK_RESENT, actor, f"invitation/{invitation_id}", now, links=told
        )
    return sent


def has_recent_mail(db: Database, link: Link, now: datetime) -> bool:
    """Whether a mail with the link went minutes ago, or waits to be sent."""
    newest = [store.outbox.find_latest(db, kind, link.id) for kind in LINK_MAIL_KINDS]
    waits = any(each and not (each.sent_at or each.failed_at) for each in newest)
    return waits or any(
        each and now - (each.sent_at or each.enqueued_at) < RESEND_INTERVAL for each in newest
    )
