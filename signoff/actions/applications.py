"""Take applications of bodies that were not asked, confirm them, and decide about them."""

from datetime import datetime

from sqlite_utils import Database

from signoff import store
from signoff.actions.members import record_member, record_representative, require_free_key
from signoff.actions.releases import require_one_person
from signoff.actions.rounds import add_invitations
from signoff.domain.applications import (
    LIMIT_PERIOD,
    ApplicationFields,
    is_flooded,
    require_applications,
    require_few,
)
from signoff.domain.approvals import PublicAct
from signoff.domain.audit import Event
from signoff.domain.errors import Reason, Refusal
from signoff.domain.mail import MailKind
from signoff.domain.members import Member, Representative
from signoff.domain.rounds import parse_reason
from signoff.store.connection import transaction

ANYBODY = "nobody"  # the holder of an address has no name in the audit log


def apply(
    db: Database, round_id: int, fields: ApplicationFields, language: str, now: datetime
) -> None:
    """Store an application and enqueue the mail with its link.

    An address that has been mailed within a day, has confirmed or was refused gets no further mail,
    and no variant of it once its mailbox has got a few; the page cannot tell. Refuses when too many
    strangers were mailed about the round.
    """
    with transaction(db):
        require_applications(store.rounds.get(db, round_id), now)
        require_few(store.applications.count_mails(db, round_id, now - LIMIT_PERIOD))
        email = fields.email
        known = store.applications.find_of_address(db, round_id, email)
        mails = store.applications.count_mails_to_mailbox(db, round_id, email, now - LIMIT_PERIOD)

        if is_flooded(email, mails):
            silent = known or store.applications.find_of_mailbox(db, round_id, email)
        else:
            silent = None if known is None or known.may_be_mailed(now) else known
        if silent:
            store.applications.save_asked_at(db, silent.id, now)
            return
        if known:
            id = known.id
            store.applications.repeat(db, id, fields, language, now)
        else:
            id = store.applications.add(db, round_id, fields, language, now)
        entry = store.audit.record(db, Event.APPLIED, ANYBODY, f"application/{id}", now)
        kind = MailKind.APPLICATION_CONFIRMATION
        store.outbox.enqueue_for_applications(db, kind, [id], entry.seq, now)


def confirm(db: Database, id: int, fields: ApplicationFields, now: datetime) -> None:
    """Hand an application in to the office. A second call changes nothing, whatever it says."""
    with transaction(db):
        application = store.applications.find(db, id)
        if application is None or application.is_expired(now):
            raise Refusal(Reason.LINK_ENDED)
        if application.confirmed_at:
            return
        require_applications(store.rounds.get(db, application.round_id), now)

        store.applications.save_confirmation(db, application.confirm(fields, now))
        subject = f"application/{id}"
        store.audit.record(db, Event.APPLICATION_CONFIRMED, ANYBODY, subject, now)


def accept(
    db: Database, id: int, key: str, name: str, country: str, actor: str, now: datetime
) -> None:
    """Make a member of the applicant and invite it. Refuses where a second person is required."""
    with transaction(db):
        require_one_person(db, PublicAct.APPLICATION, f"application/{id}")
        accept_application(db, id, key, name, country, actor, now)


def accept_application(
    db: Database, id: int, key: str, name: str, country: str, actor: str, now: datetime
) -> None:
    """Within the caller's transaction: member, representative, invitation, and the decision."""
    application = store.applications.get(db, id)
    application.require_undecided()
    round = store.rounds.get(db, application.round_id)
    round.require_open(now)
    member = Member(
        key,
        name,
        application.official_name,
        application.kind,
        application.state,
        country=country,
        language=application.language,
        id=0,
    )
    require_free_key(store.members.find_by_key(db, key), member)

    member_id = record_member(db, member, actor, now)
    person = Representative(0, member_id, application.contact, email=application.email)
    record_representative(db, person, actor, now)
    add_invitations(db, round, [store.members.get(db, member_id)], actor, now)
    store.applications.save_decision(db, application.accept(member_id, now))
    subject = f"application/{id}"
    details = {"accepted": True, "member": key}
    store.audit.record(db, Event.APPLICATION_DECIDED, actor, subject, now, **details)


def refuse(db: Database, id: int, reason: str, actor: str, now: datetime) -> None:
    """Refuse an application and mail the applicant why; a request to accept it ends."""
    reason = parse_reason(reason)
    with transaction(db):
        refused = store.applications.get(db, id).refuse(reason, now)

        store.applications.save_decision(db, refused)
        store.approvals.end(db, PublicAct.APPLICATION, f"application/{id}", now)
        subject = f"application/{id}"
        entry = store.audit.record(
            db, Event.APPLICATION_DECIDED, actor, subject, now, accepted=False
        )
        kind = MailKind.APPLICATION_REFUSED
        store.outbox.enqueue_for_applications(db, kind, [id], entry.seq, now)


def delete_expired(db: Database, now: datetime) -> None:
    """Delete what nobody has confirmed in time."""
    if store.applications.has_expired(db, now):
        with transaction(db):
            store.applications.delete_expired(db, now)
