"""The office declares an answer void."""

import secrets
from dataclasses import dataclass, replace
from datetime import datetime

from sqlite_utils import Database

from signoff import store
from signoff.actions.answers import build_audit_details
from signoff.domain.answer_forms import (
    Evidence,
    RecordedAnswer,
    Scan,
    compute_received_at,
    require_amendable,
)
from signoff.domain.answers import AnswerVersion, Signer, Voiding
from signoff.domain.association import Association
from signoff.domain.audit import Event
from signoff.domain.errors import Reason, Refusal
from signoff.domain.mail import MailKind
from signoff.domain.members import Member
from signoff.domain.papers import Edition
from signoff.domain.releases import PrintKind
from signoff.domain.rounds import Invitation, Round
from signoff.store.connection import transaction

# What every deed of the office about an answer loads, and what it owes to those concerned.


@dataclass(frozen=True, slots=True)
class InvitationContext:
    """One invitation with everything a deed about its answer needs. ``version`` is the one that counts."""

    association: Association
    invitation: Invitation
    member: Member
    round: Round
    edition: Edition
    version: AnswerVersion | None

    @property
    def subject(self) -> str:
        """How the journal names it."""
        return f"invitation/{self.invitation.id}"


def load_invitation_context(db: Database, invitation_id: int, now: datetime) -> InvitationContext:
    """Within the caller's transaction. Refuses where answers are no longer touched: cancelled, or released."""
    invitation = store.rounds.get_invitation(db, invitation_id)
    round, member = (
        store.rounds.find(db, invitation.round_id),
        store.members.get_invited(db, invitation_id),
    )
    assert round

    require_amendable(round, now)

    edition, version = (
        store.papers.get_edition(db, round.edition_id),
        store.answers.find_current(db, invitation_id),
    )
    return InvitationContext(store.association.get(db), invitation, member, round, edition, version)


def enqueue_answer_mail(
    db: Database, about: InvitationContext, kind: MailKind, number: int, now: datetime
) -> None:
    """Owe the mail to every registered address, and to whoever gave the answer that counted so far."""
    answered = about.version.link_id if about.version else None
    links = store.rounds.list_open_links(db, about.invitation.id)
    concerned = [
        link.id for link in links if link.email and (link.representative_id or link.id == answered)
    ]
    store.outbox.enqueue(db, kind, concerned, number, now)
    store.outbox.cancel_for_links(
        db, [MailKind.MEETING_RESULT_REQUEST], [link.id for link in links]
    )


def enqueue_proof(db: Database, about: InvitationContext, entry: int, now: datetime) -> None:
    """After the closing every change owes a new print."""
    if about.round.closed_at:
        store.releases.enqueue_print(db, about.round.id, PrintKind.FINAL, entry, now)


# The office puts right what a member is called and who signed: names alone, never what was declared.


def correct_names(
    db: Database,
    invitation_id: int,
    official_name: str,
    signer: Signer,
    reason: str,
    *,
    seen: int,
    form_key: str,
    actor: str,
    now: datetime,
) -> AnswerVersion:
    """Keep a version with other names that stands for the same declaration, journal it and owe the member the word.

    It keeps channel and receipt of the one it corrects; another name in the list is accepted with it. Possible until
    the release is recorded; after the closing it owes a new proof. Refuses where the newest version is no longer the
    one that was ``seen`` (its number), and where nothing would change.
    """
    with transaction(db):
        if repeated := store.answers.find_by_form_key(db, invitation_id, form_key):
            return repeated
        about = load_invitation_context(db, invitation_id, now)

        before = about.version
        declared = before.answer.declaration if before else None
        if before is None or declared is None:
            raise Refusal(Reason.NOTHING_TO_CORRECT)
        if before.number != seen:
            raise Refusal(Reason.STALE, what="answer")
        corrected = replace(declared, official_name=official_name, signer=signer)
        if corrected == declared:
            raise Refusal(Reason.NOTHING_CORRECTED)

        given = replace(before.answer, declaration=corrected)
        number = before.number + 1
        details = {
            "member": about.member.key,
            "number": number,
            "corrects": before.number,
            "reason": reason,
        }
        entry = store.audit.record(
            db, Event.CORRECTED, actor, about.subject, now, **details, **build_audit_details(given)
        )
        version = store.answers.add(
            db,
            given,
            invitation_id=invitation_id,
            number=number,
            channel=before.channel,
            link_id=before.link_id,
            form_key=form_key or secrets.token_urlsafe(16),
            entry=entry.seq,
            received_at=before.received_at,
            corrects=before.id,
        )
        accept_name(db, about, official_name, entry.seq, now)
        enqueue_answer_mail(db, about, MailKind.CORRECTION, version.id, now)
        enqueue_proof(db, about, entry.seq, now)
    return version


def accept_name(
    db: Database, about: InvitationContext, name: str, entry: int, now: datetime
) -> None:
    """What the office wrote itself it has not to decide about."""
    id = about.invitation.id
    if (
        name != about.member.official_name
        and store.answers.find_acceptance(db, id, "name", name) is not True
    ):
        store.answers.add_office_decision(
            db,
            invitation_id=id,
            field="name",
            text=name,
            accepted=True,
            decided_at=now,
            entry=entry,
        )


# The office decides about notes and corrected names, before closing and until release.

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
    """Accept or refuse the ``note`` or the corrected ``name`` of the signature that counts.

    After closing, each decision owes a new proof; the same decision twice is one. Refuses once the release is
    planned, and where the answer is no longer the ``version`` (its number) that was read. While the round is open a
    member whose note is refused is told so, with the ``reason``, and may hand in another.
    """
    with transaction(db):
        invitation = store.rounds.get_invitation(db, invitation_id)
        round, last = (
            store.rounds.find(db, invitation.round_id),
            store.answers.find_current(db, invitation_id),
        )
        assert round

        round.require_unreleased(now)
        declared = last.answer.declaration if last and version in (None, last.number) else None
        corrected = (
            declared.official_name
            if declared and declared.official_name != get_registered_name(db, invitation)
            else ""
        )
        text = {"note": declared.note, "name": corrected}.get(what, "") if declared else ""
        if not text:
            raise Refusal(Reason.NOTHING_TO_DECIDE)
        if store.answers.find_acceptance(db, invitation_id, what, text) is accepted:
            return

        entry = store.audit.record(
            db,
            DECISION_EVENTS[what],
            actor,
            f"invitation/{invitation_id}",
            now,
            accepted=accepted,
            text=text,
            reason=reason,
        )
        id = store.answers.add_office_decision(
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
            enqueue_answer_mail(
                db, load_invitation_context(db, invitation_id, now), MailKind.NOTE_REFUSED, id, now
            )
        if round.closed_at:
            store.releases.enqueue_print(db, round.id, PrintKind.FINAL, entry.seq, now)


def get_registered_name(db: Database, invitation: Invitation) -> str:
    """The official name the member list gives, or gave when the round closed."""
    return store.members.get_invited(db, invitation.id).official_name


# The office records an answer that came by letter, telephone or at the assembly.


def record_answer(
    db: Database,
    invitation_id: int,
    given: RecordedAnswer,
    scan: Scan | None,
    *,
    seen: int,
    form_key: str,
    actor: str,
    now: datetime,
) -> AnswerVersion:
    """Keep what came as the version that counts, journal it and owe the member the word: one transaction.

    Possible until the release is recorded, for what was received in time; after the closing it owes a new proof.
    ``seen`` is the number of the newest version somebody has looked at (0: none); refuses where another came since.
    The same form handed in again finds what it has already done.
    """
    with transaction(db):
        if repeated := store.answers.find_by_form_key(db, invitation_id, form_key):
            return repeated
        about, newest = (
            load_invitation_context(db, invitation_id, now),
            store.answers.get_highest_number(db, invitation_id),
        )

        if seen != newest:
            raise Refusal(Reason.STALE, what="answer")
        received = compute_received_at(given.received_on, about.round, now, about.association.zone)

        evidence = Evidence(scan, given.reason)
        entry = store.audit.record(
            db,
            Event.RECORDED,
            actor,
            about.subject,
            now,
            member=about.member.key,
            number=newest + 1,
            text=about.edition.digest,
            channel=str(given.channel),
            received_on=given.received_on.isoformat(),
            reason=evidence.reason,
            scan=scan.sha256 if scan else "",
            **build_audit_details(given.answer),
        )
        version = store.answers.add(
            db,
            given.answer,
            invitation_id=invitation_id,
            number=newest + 1,
            channel=given.channel,
            link_id=None,
            form_key=form_key or secrets.token_urlsafe(16),
            entry=entry.seq,
            received_at=received,
        )
        store.answers.add_answer_record(db, version.id, evidence, actor, now)
        enqueue_answer_mail(db, about, MailKind.RECORDED, version.id, now)
        enqueue_proof(db, about, entry.seq, now)
    return version


# The office notes something about an invitation for itself, and removes it again.


def add_office_note(
    db: Database, invitation_id: int, words: str, *, form_key: str, actor: str, now: datetime
) -> None:
    """Keep ``words``; the same form a second time writes nothing more.

    The journal says that something was noted, never what: so a note about a person can be removed for good.
    """
    with transaction(db):
        if form_key and store.answers.find_office_note_by_form_key(db, invitation_id, form_key):
            return

        id = store.answers.add_office_note(
            db, invitation_id, words, actor, form_key or secrets.token_urlsafe(16), now
        )
        store.audit.record(
            db, Event.OFFICE_NOTE_ADDED, actor, f"invitation/{invitation_id}", now, remark=id
        )


def delete_office_note(db: Database, remark_id: int, actor: str, now: datetime) -> None:
    """Remove it for good; a second time, nothing happens."""
    with transaction(db):
        found = store.answers.find_office_note(db, remark_id)
        if found is None:
            return

        store.answers.delete_office_note(db, remark_id)
        store.audit.record(
            db,
            Event.OFFICE_NOTE_REMOVED,
            actor,
            f"invitation/{found.invitation_id}",
            now,
            remark=remark_id,
        )


def void_answer(
    db: Database, invitation_id: int, answer_id: int, reason: str, actor: str, now: datetime
) -> Voiding:
    """The version ``answer_id`` counts no more; the member is told why and may answer anew while the round is open.

    No earlier version counts in its place, and an open objection to it is settled with it. Refuses where another
    version counts by now. A second time finds the first.
    """
    with transaction(db):
        if known := store.answers.find_voiding(db, answer_id):
            return known
        about = load_invitation_context(db, invitation_id, now)

        if about.version is None or not about.version.stands:
            raise Refusal(Reason.NOTHING_TO_VOID)
        if about.version.id != answer_id:
            raise Refusal(Reason.STALE, what="answer")

        number = about.version.number
        entry = store.audit.record(
            db, Event.VOIDED, actor, about.subject, now, number=number, reason=reason
        )
        voiding = Voiding(answer_id, invitation_id, reason, now, actor, entry.seq)
        store.answers.add_voiding(db, voiding)
        if objection := store.answers.find_open_objection(db, answer_id):
            store.answers.settle_objection(db, objection.id, actor, now)
            store.audit.record(
                db, Event.OBJECTION_SETTLED, actor, about.subject, now, objection=objection.id
            )
        enqueue_answer_mail(db, about, MailKind.VOIDED, answer_id, now)
        enqueue_proof(db, about, entry.seq, now)
    return voiding
