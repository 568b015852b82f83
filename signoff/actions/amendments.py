"""Changes of the office to answers: correct names, decide about notes, record, comment on and void
answers.
"""

import secrets
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from sqlite_utils import Database

from signoff import store
from signoff.actions.answers import build_audit_details, list_recipients
from signoff.domain.answer_forms import (
    Evidence,
    RecordedAnswer,
    Scan,
    compute_received_at,
    require_amendable,
    require_recordable,
)
from signoff.domain.answers import AnswerVersion, Declaration, Signer, Voiding, is_settled
from signoff.domain.association import Association
from signoff.domain.audit import Event
from signoff.domain.errors import Reason, Refusal
from signoff.domain.mail import MailKind
from signoff.domain.members import Member
from signoff.domain.papers import Edition
from signoff.domain.releases import PrintKind
from signoff.domain.rounds import Invitation, Round
from signoff.store.connection import transaction

# What these actions load, and whom they mail.


@dataclass(frozen=True, slots=True)
class InvitationContext:
    """One invitation with everything an action about its answer needs.

    ``version`` is the one that counts.
    """

    association: Association
    invitation: Invitation
    member: Member
    round: Round
    edition: Edition
    version: AnswerVersion | None

    @property
    def audit_subject(self) -> str:
        """Its name in the audit log."""
        return f"invitation/{self.invitation.id}"


def load_invitation_context(
    db: Database,
    invitation_id: int,
    now: datetime,
    require: Callable[[Round, datetime], object] = require_amendable,
) -> InvitationContext:
    """Within the caller's transaction.

    By default it refuses once the round is cancelled, released or planned to be.
    """
    invitation = store.rounds.get_invitation(db, invitation_id)
    round = store.rounds.get(db, invitation.round_id)

    require(round, now)

    return InvitationContext(
        association=store.association.get(db),
        invitation=invitation,
        member=store.members.get_invited(db, invitation_id),
        round=round,
        edition=store.papers.get_edition(db, round.edition_id),
        version=store.answers.find_current(db, invitation_id),
    )


def enqueue_answer_mail(
    db: Database, context: InvitationContext, kind: MailKind, number: int, now: datetime
) -> None:
    """Mail those who get receipts; the answering link is that of the answer that counted so far."""
    answering_link_id = context.version.link_id if context.version else None
    links = store.rounds.list_open_links(db, context.invitation.id)
    recipients = list_recipients(links, answering_link_id)
    store.outbox.enqueue(db, kind, recipients, number, now)
    store.outbox.cancel_for_links(
        db, [MailKind.MEETING_RESULT_REQUEST], [link.id for link in links]
    )


def enqueue_print(db: Database, round: Round, entry: int, now: datetime) -> None:
    """After the closing, every change needs a new print of the list."""
    if round.closed_at:
        store.releases.enqueue_print(db, round.id, PrintKind.FINAL, entry, now)


# The office corrects what a member is called and who signed: names alone, never what was declared.


@dataclass(frozen=True, slots=True)
class NameCorrection:
    """The names as they should be, and why."""

    official_name: str
    signer: Signer
    reason: str


def correct_names(
    db: Database,
    invitation_id: int,
    correction: NameCorrection,
    *,
    expected_version: int,
    form_key: str,
    actor: str,
    now: datetime,
) -> AnswerVersion:
    """Save a version with other names for the same declaration, with its audit entry and the mail
    to the member.

    It keeps channel and receipt of the version it corrects; another official name is accepted with
    it. Possible until the release is recorded. Refuses if the number of the version that counts is
    not the expected one, and if nothing would change.
    """
    with transaction(db):
        if repeated := store.answers.find_by_form_key(db, invitation_id, form_key):
            return repeated
        context = load_invitation_context(db, invitation_id, now)

        current = context.version
        declaration = current.answer.declaration if current else None
        if current is None or declaration is None:
            raise Refusal(Reason.NOTHING_TO_CORRECT)
        if current.number != expected_version:
            raise Refusal(Reason.STALE, what="answer")
        corrected = replace(
            declaration, official_name=correction.official_name, signer=correction.signer
        )
        if corrected == declaration:
            raise Refusal(Reason.NOTHING_CORRECTED)

        answer = replace(current.answer, declaration=corrected)
        number = current.number + 1
        entry = store.audit.record(
            db,
            Event.CORRECTED,
            actor,
            context.audit_subject,
            now,
            member=context.member.key,
            number=number,
            corrects=current.number,
            reason=correction.reason,
            **build_audit_details(answer),
        )
        version = replace(
            current, number=number, answer=answer, entry=entry.seq, late=False, corrects=current.id
        )
        version = store.answers.add(db, version, form_key or secrets.token_urlsafe(16))
        accept_name(db, context, correction.official_name, entry.seq, now)
        enqueue_answer_mail(db, context, MailKind.CORRECTION, version.id, now)
        enqueue_print(db, context.round, entry.seq, now)
    return version


def accept_name(
    db: Database, context: InvitationContext, name: str, entry: int, now: datetime
) -> None:
    """The office need not decide about a name it has written itself."""
    invitation_id = context.invitation.id
    accepted = store.answers.find_acceptance(db, invitation_id, "name", name)
    if name != context.member.official_name and accepted is not True:
        store.answers.add_office_decision(
            db,
            invitation_id=invitation_id,
            field="name",
            text=name,
            accepted=True,
            decided_at=now,
            entry=entry,
        )


# The office decides about notes and corrected names, from the opening of the round until its
# release.

DECISION_EVENTS = {"note": Event.NOTE_DECIDED, "name": Event.NAME_DECIDED}


def decide(
    db: Database,
    invitation_id: int,
    what: str,
    accepted: bool,
    actor: str,
    now: datetime,
    *,
    version: int | None = None,
    reason: str = "",
) -> None:
    """Accept or reject the ``note`` or the corrected ``name`` of the signature that counts.

    Refuses once the release is planned, and if ``version`` is not the number of the version that
    counts. While the round is open, the member is mailed about a rejected note, with the reason,
    and may answer again.
    """
    with transaction(db):
        invitation = store.rounds.get_invitation(db, invitation_id)
        round = store.rounds.get(db, invitation.round_id)
        current = store.answers.find_current(db, invitation_id)

        round.require_unreleased(now)
        declaration = (
            current.answer.declaration if current and version in (None, current.number) else None
        )
        text = get_text_to_decide(db, invitation_id, declaration, what) if declaration else ""
        if not text:
            raise Refusal(Reason.NOTHING_TO_DECIDE)
        if store.answers.find_acceptance(db, invitation_id, what, text) is accepted:
            return

        details = {"accepted": accepted, "text": text, "reason": reason}
        entry = store.audit.record(
            db, DECISION_EVENTS[what], actor, f"invitation/{invitation_id}", now, **details
        )
        decision_id = store.answers.add_office_decision(
            db,
            invitation_id=invitation_id,
            field=what,
            text=text,
            accepted=accepted,
            decided_at=now,
            entry=entry.seq,
            reason=reason,
        )
        if what == "note" and not accepted and round.is_open(now):
            context = load_invitation_context(db, invitation_id, now)
            enqueue_answer_mail(db, context, MailKind.NOTE_REFUSED, decision_id, now)
        enqueue_print(db, round, entry.seq, now)


def get_text_to_decide(
    db: Database, invitation_id: int, declaration: Declaration, what: str
) -> str:
    """The note, or the official name if it is not the registered one; empty if there is nothing to
    decide about.
    """
    if what == "note":
        return declaration.note
    # The name in the member list, or what it was when the round closed.
    registered = store.members.get_invited(db, invitation_id).official_name
    return declaration.official_name if declaration.official_name != registered else ""


# The office records an answer that came by letter or telephone, or in a meeting.


def record_answer(
    db: Database,
    invitation_id: int,
    recorded: RecordedAnswer,
    scan: Scan | None,
    *,
    reply_id: int | None = None,
    expected_version: int,
    form_key: str,
    actor: str,
    now: datetime,
) -> AnswerVersion:
    """Save the recorded answer as the version that counts, with its audit entry and the mail to the
    member.

    Possible until the release is recorded, for what was received in time; after the release a round
    that takes late signatures takes it as a late answer, which the office reviews. Refuses if the
    number of the newest version (0: none) is not the expected one. A form that is sent twice saves
    one version. ``reply_id`` is the reply it was recorded from, which is settled by it.
    """
    with transaction(db):
        if repeated := store.answers.find_by_form_key(db, invitation_id, form_key):
            return repeated
        context = load_invitation_context(db, invitation_id, now, require_recordable)
        late = context.round.accepts_late_signatures(now)
        newest = store.answers.get_highest_number(db, invitation_id)

        if expected_version != newest:
            raise Refusal(Reason.STALE, what="answer")
        review = store.releases.find_late_review(db, context.version)
        if late and is_settled(context.version, review):
            raise Refusal(Reason.SETTLED)
        received_at = compute_received_at(
            recorded.received_on, context.round, now, context.association.zone
        )

        entry = store.audit.record(
            db,
            Event.RECORDED,
            actor,
            context.audit_subject,
            now,
            member=context.member.key,
            number=newest + 1,
            text=context.edition.digest,
            channel=str(recorded.channel),
            received_on=recorded.received_on.isoformat(),
            reason=recorded.reason,
            scan=scan.sha256 if scan else "",
            **({"late": True} if late else {}),
            **build_audit_details(recorded.answer),
        )
        version = store.answers.add(
            db,
            AnswerVersion(
                id=0,
                invitation_id=invitation_id,
                number=newest + 1,
                answer=recorded.answer,
                received_at=received_at,
                channel=recorded.channel,
                link_id=None,
                entry=entry.seq,
                late=late,
            ),
            form_key or secrets.token_urlsafe(16),
        )
        evidence = Evidence(scan, recorded.reason)
        store.answers.add_answer_record(db, version.id, evidence, actor, now)
        if reply_id:
            store.replies.settle(db, reply_id, actor, now, version.id)
        store.rounds.clear_prepared(db, invitation_id)
        enqueue_answer_mail(db, context, MailKind.RECORDED, version.id, now)
        if not late:
            enqueue_print(db, context.round, entry.seq, now)
    return version


# Internal notes of the office about an invitation: adding and deleting them.


def add_office_note(
    db: Database, invitation_id: int, text: str, *, form_key: str, actor: str, now: datetime
) -> None:
    """Save the note; a form that is sent twice saves one.

    The audit log records that something was noted, not what, so that a note about a person can be
    deleted for good.
    """
    with transaction(db):
        if form_key and store.answers.find_office_note_by_form_key(db, invitation_id, form_key):
            return

        note_id = store.answers.add_office_note(
            db, invitation_id, text, actor, form_key or secrets.token_urlsafe(16), now
        )
        subject = f"invitation/{invitation_id}"
        store.audit.record(db, Event.OFFICE_NOTE_ADDED, actor, subject, now, remark=note_id)


def delete_office_note(db: Database, note_id: int, actor: str, now: datetime) -> None:
    """Delete the note for good; a second call changes nothing."""
    with transaction(db):
        note = store.answers.find_office_note(db, note_id)
        if note is None:
            return

        store.answers.delete_office_note(db, note_id)
        subject = f"invitation/{note.invitation_id}"
        store.audit.record(db, Event.OFFICE_NOTE_REMOVED, actor, subject, now, remark=note_id)


# The office declares an answer void.


def void_answer(
    db: Database, invitation_id: int, answer_id: int, reason: str, actor: str, now: datetime
) -> Voiding:
    """Declare a version void; the member is mailed the reason and may answer again while the round
    is open.

    No earlier version counts in its place, and an open objection to it is settled with it. Refuses
    if another version counts. A second call finds the first.
    """
    with transaction(db):
        if existing := store.answers.find_voiding(db, answer_id):
            return existing
        context = load_invitation_context(db, invitation_id, now)

        current = context.version
        if current is None or not current.is_answer:
            raise Refusal(Reason.NOTHING_TO_VOID)
        if current.id != answer_id:
            raise Refusal(Reason.STALE, what="answer")

        entry = store.audit.record(
            db,
            Event.VOIDED,
            actor,
            context.audit_subject,
            now,
            number=current.number,
            reason=reason,
        )
        voiding = Voiding(answer_id, invitation_id, reason, now, actor, entry.seq)
        store.answers.add_voiding(db, voiding)
        if objection := store.answers.find_open_objection(db, answer_id):
            store.answers.settle_objection(db, objection.id, actor, now)
            store.audit.record(
                db,
                Event.OBJECTION_SETTLED,
                actor,
                context.audit_subject,
                now,
                objection=objection.id,
            )
        enqueue_answer_mail(db, context, MailKind.VOIDED, answer_id, now)
        enqueue_print(db, context.round, entry.seq, now)
    return voiding
