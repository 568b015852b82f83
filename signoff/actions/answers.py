"""A municipality's answer: submit, change, withdraw and object to it; send its links once more."""

import secrets
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta

from sqlite_utils import Database

from signoff import store
from signoff.actions.mail import enqueue_new_link
from signoff.domain.answers import (
    Answer,
    AnswerKind,
    AnswerVersion,
    Channel,
    Objection,
    Signer,
    require_answerable,
    require_not_overtaken,
    require_withdrawable,
)
from signoff.domain.audit import Event
from signoff.domain.errors import Reason, Refusal
from signoff.domain.mail import MailKind
from signoff.domain.rounds import Link
from signoff.store.access import InvitationAccess
from signoff.store.connection import transaction

# Every answer is a new version; the last one counts. Receipts go out with it.

RECEIPT_KINDS = {
    Event.ANSWERED: MailKind.RECEIPT,
    Event.WITHDRAWN: MailKind.WITHDRAWAL,
    Event.CORRECTED: MailKind.CORRECTION,
}


def submit(
    db: Database,
    access: InvitationAccess,
    answer: Answer,
    *,
    edition_digest: str,
    seen: int | None,
    form_key: str,
    now: datetime,
) -> AnswerVersion:
    """Save the answer as the version that counts, with its audit entry and its receipts.

    A form that is sent twice saves one version; with other content it saves another. Refuses an
    answer to another text, after the deadline, and to a closed or cancelled round, and one that
    would replace somebody else's answer other than ``seen``. After the release an answer is taken
    as late if the round allows it.
    """

    def decide(access: InvitationAccess, form_key: str) -> AnswerVersion:
        late = require_answerable(access.round, access.version, access.review, now)
        if edition_digest != access.edition.digest:
            raise Refusal(Reason.STALE, what="edition")
        require_not_overtaken(access.version, access.link.id, seen)
        return save_version(db, access, answer, form_key, now, late=late)

    return answer_once(db, access, form_key, decide, answer)


def submit_for_others(
    db: Database,
    access: InvitationAccess,
    answers: Mapping[int, Answer],
    *,
    form_key: str,
    now: datetime,
) -> None:
    """Save answers of further members of the same holder, by the ids of their invitations: all or
    none, each with its version, audit entry and receipt.

    Refuses if one of the members belongs to somebody else by now or has answered. The receipts to
    the holder's own address go out as one mail.
    """
    with transaction(db):
        access = reload_access(db, access)
        together = {other.invitation.id: other for other in store.access.list_together(db, access)}
        receipts = []
        for invitation_id, answer in answers.items():
            other = together.get(invitation_id)
            if other and is_already_submitted(db, other, form_key):
                continue
            if other is None or (other.version and other.version.is_answer):
                raise Refusal(Reason.STALE, what="further")
            late = require_answerable(other.round, other.version, other.review, now)
            version = save_version(db, other, answer, form_key, now, late=late)
            receipts.append((other.link.id, version.id))
        if receipts:
            store.outbox.send_together(db, MailKind.RECEIPT, receipts)


def withdraw(
    db: Database, access: InvitationAccess, *, form_key: str, now: datetime
) -> AnswerVersion:
    """Withdraw the municipality's answer: until the round closes, and a signature again after the
    release.
    """

    def decide(access: InvitationAccess, form_key: str) -> AnswerVersion:
        late = require_withdrawable(access.round, access.version, now)
        return save_version(db, access, Answer(AnswerKind.WITHDRAWN), form_key, now, late=late)

    return answer_once(db, access, form_key, decide)


def move_meeting(
    db: Database,
    access: InvitationAccess,
    expected_on: date,
    body: str,
    *,
    form_key: str,
    now: datetime,
) -> AnswerVersion:
    """Move the committee meeting to another day: a new version that keeps who filled in the
    answer.
    """

    def decide(access: InvitationAccess, form_key: str) -> AnswerVersion:
        access.round.require_open(now)
        if access.version is None or access.version.answer.kind is not AnswerKind.PENDING:
            raise Refusal(Reason.NO_MEETING)
        moved = replace(access.version.answer, expected_on=expected_on, expected_body=body)
        if moved == access.version.answer:
            return access.version
        return save_version(db, access, moved, form_key, now)

    return answer_once(db, access, form_key, decide)


def correct_names(
    db: Database,
    access: InvitationAccess,
    official_name: str,
    signer: Signer,
    *,
    form_key: str,
    now: datetime,
) -> AnswerVersion:
    """Correct names, title or function without answering again: a new version, recorded as a
    correction.
    """

    def decide(access: InvitationAccess, form_key: str) -> AnswerVersion:
        access.round.require_open(now)
        declaration = access.version.answer.declaration if access.version else None
        if access.version is None or declaration is None:
            raise Refusal(Reason.NOTHING_TO_CORRECT)
        corrected = replace(declaration, official_name=official_name, signer=signer)
        if corrected == declaration:
            return access.version
        answer = replace(access.version.answer, declaration=corrected)
        return save_version(db, access, answer, form_key, now, event=Event.CORRECTED)

    return answer_once(db, access, form_key, decide)


def answer_once(
    db: Database,
    access: InvitationAccess,
    form_key: str,
    decide: Callable[[InvitationAccess, str], AnswerVersion],
    answer: Answer | None = None,
) -> AnswerVersion:
    """Run ``decide`` in one transaction with the reloaded access.

    A form that is sent twice finds its first version. With ``answer``, a form counts as the same
    only if its saved version has this answer; otherwise it gets a new key.
    """
    with transaction(db):
        access = reload_access(db, access)
        repeated = store.answers.find_by_form_key(db, access.invitation.id, form_key)
        if repeated and (answer is None or answer == repeated.answer):
            return repeated
        return decide(access, "" if repeated else form_key)


def reload_access(db: Database, access: InvitationAccess) -> InvitationAccess:
    """The access as loaded inside the transaction. Every action of a link's holder starts with it.

    Refuses a link that has ended since the page was loaded, and one whose holder is informed only.
    """
    links = store.rounds.list_open_links(db, access.invitation.id)
    link = next((link for link in links if link.token_payload == access.link.token_payload), None)
    if link is None:
        raise Refusal(Reason.LINK_ENDED)
    link.require_may_answer()
    # Member, invitation and the frozen text cannot change.
    version = store.answers.find_current(db, access.invitation.id)
    return replace(
        access,
        link=link,
        round=store.rounds.get(db, access.round.id),
        version=version,
        colleagues=tuple(other for other in links if other is not link),
        review=store.releases.find_late_review(db, version),
    )


def save_version(
    db: Database,
    access: InvitationAccess,
    answer: Answer,
    form_key: str,
    now: datetime,
    *,
    event: Event = Event.ANSWERED,
    late: bool = False,
) -> AnswerVersion:
    """Within the caller's transaction: the version, its audit entry and its receipts."""
    # The newest version may have been voided, so the one that counts does not tell the number.
    number = store.answers.get_highest_number(db, access.invitation.id) + 1
    event = Event.WITHDRAWN if answer.kind is AnswerKind.WITHDRAWN else event
    entry = store.audit.record(
        db,
        event,
        f"link/{access.link.id}",
        f"invitation/{access.invitation.id}",
        now,
        member=access.member.key,
        number=number,
        text=access.edition.digest,
        **build_audit_details(answer),
        **({"late": True} if late else {}),
    )
    version = store.answers.add(
        db,
        AnswerVersion(
            id=0,
            invitation_id=access.invitation.id,
            number=number,
            answer=answer,
            received_at=now,
            channel=Channel.LINK,
            link_id=access.link.id,
            entry=entry.seq,
            late=late,
        ),
        form_key or secrets.token_urlsafe(16),
    )
    links = sorted((access.link, *access.colleagues), key=lambda link: link.id)
    if any(link.prepared for link in links):
        store.rounds.clear_prepared(db, access.invitation.id)
    if number > 1:
        ids = [link.id for link in links]
        store.outbox.cancel_for_links(db, [MailKind.MEETING_RESULT_REQUEST], ids)
    recipients = list_recipients(links, access.link.id)
    store.outbox.enqueue(db, RECEIPT_KINDS[event], recipients, version.id, now)
    return version


def list_recipients(links: Iterable[Link], answering_id: int | None) -> list[int]:
    """The links that get a receipt: all registered ones that may answer, and the one that answered.

    A receipt never goes to an address entered in the form.
    """
    return [
        link.id
        for link in links
        if link.email and link.may_answer and (link.representative_id or link.id == answering_id)
    ]


def build_audit_details(answer: Answer) -> dict[str, object]:
    """The whole answer, for the erasable part of the audit log; its salted digest is kept for
    good.
    """
    return {"answer": answer}


def is_already_submitted(db: Database, access: InvitationAccess, form_key: str) -> bool:
    """Whether this form has been sent before."""
    return (
        bool(form_key)
        and store.answers.find_by_form_key(db, access.invitation.id, form_key) is not None
    )


# A member objects to an answer ("Das war ich nicht"); the office settles the objection. Nothing
# else is paused.


def object_to(
    db: Database, access: InvitationAccess, answer_id: int, text: str, now: datetime
) -> Objection:
    """Flag an answer for the office; a second objection finds the first.

    Refuses if the answer is no longer the version that counts.
    """
    with transaction(db):
        access = reload_access(db, access)
        if existing := store.answers.find_open_objection(db, answer_id):
            return existing

        if access.version is None or access.version.id != answer_id:
            raise Refusal(Reason.STALE, what="answer")

        actor, subject = f"link/{access.link.id}", f"invitation/{access.invitation.id}"
        entry = store.audit.record(
            db, Event.OBJECTED, actor, subject, now, number=access.version.number, words=text
        )
        return store.answers.add_objection(
            db,
            invitation_id=access.invitation.id,
            answer_id=answer_id,
            link_id=access.link.id,
            text=text,
            objected_at=now,
            entry=entry.seq,
        )


def settle_objection(db: Database, objection_id: int, actor: str, now: datetime) -> Objection:
    """The office settles an objection. A second time, it stays as it was settled."""
    with transaction(db):
        objection = store.answers.find_objection(db, objection_id)

        if objection is None:
            raise Refusal(Reason.NO_SUCH_OBJECTION)
        if objection.settled_at:
            return objection

        store.answers.settle_objection(db, objection_id, actor, now)
        subject = f"invitation/{objection.invitation_id}"
        store.audit.record(db, Event.OBJECTION_SETTLED, actor, subject, now, objection=objection_id)
    return replace(objection, settled_at=now, settled_by=actor)


# New mails with links, sent by the office.

RESEND_INTERVAL = timedelta(minutes=15)  # between two mails with a link to the same recipient
LINK_MAIL_KINDS = (MailKind.INVITATION, MailKind.NEW_LINK, MailKind.DELEGATION)


def resend_links(
    db: Database, invitation_id: int, link_ids: Collection[int], actor: str, now: datetime
) -> list[Link]:
    """Enqueue a mail to each of these holders with their link as it is now.

    Returns the links it goes to.

    Skips holders to whom a link was sent minutes ago or is waiting to be sent; refuses if none is
    left.
    """
    with transaction(db):
        return enqueue_links(db, invitation_id, link_ids, actor, now)


def resend_all_links(
    db: Database, invitation_ids: Iterable[int], actor: str, now: datetime
) -> dict[int, Refusal]:
    """Enqueue such a mail to every holder of each invitation; returns why one got none, by its
    id.
    """
    refused = {}
    with transaction(db):
        for id in invitation_ids:
            try:
                enqueue_links(db, id, None, actor, now)
            except Refusal as refusal:
                refused[id] = refusal
    return refused


def enqueue_links(
    db: Database, invitation_id: int, link_ids: Collection[int] | None, actor: str, now: datetime
) -> list[Link]:
    """Within the caller's transaction; without ``link_ids`` to every holder."""
    invitation = store.rounds.get_invitation(db, invitation_id)
    chosen = [
        link
        for link in store.rounds.list_open_links(db, invitation_id)
        if link.email and (link_ids is None or link.id in link_ids)
    ]

    if store.rounds.get(db, invitation.round_id).cancelled_at:
        raise Refusal(Reason.CANCELLED)
    if not chosen:
        raise Refusal(Reason.NOBODY_TO_SEND_TO, "links")
    due = [link for link in chosen if not has_recent_mail(db, link, now)]
    if not due:
        minutes = int(RESEND_INTERVAL.total_seconds() // 60)
        raise Refusal(Reason.SENT_RECENTLY, "links", minutes=minutes)

    for link in due:
        enqueue_new_link(db, link.id, now)
    details = {"links": [link.id for link in due]}
    store.audit.record(db, Event.LINK_RESENT, actor, f"invitation/{invitation_id}", now, **details)
    return due


def has_recent_mail(
    db: Database, link: Link, now: datetime, kinds: Iterable[MailKind] = LINK_MAIL_KINDS
) -> bool:
    """Whether a mail with the link went out minutes ago, or waits to be sent."""
    messages = [
        message for kind in kinds if (message := store.outbox.find_latest(db, kind, link.id))
    ]
    return any(
        not (message.sent_at or message.failed_at)
        or now - (message.sent_at or message.enqueued_at) < RESEND_INTERVAL
        for message in messages
    )
