"""The data of a mail, loaded when it is sent, or made up for samples and test mails."""

import json
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import TypedDict

from sqlite_utils import Database

from signoff.domain import mail
from signoff.domain.accounts import Account
from signoff.domain.answers import AnswerVersion
from signoff.domain.mail import (
    AccountMailContext,
    AnyMailContext,
    ApplicationMailContext,
    ComposedContext,
    MailAttachment,
    MailContext,
    MailCopyContext,
    MailKind,
    MailTestContext,
    MailTestRequest,
    MailText,
    OutboxMessage,
)
from signoff.domain.rounds import Invitation, Link, Round, Terms
from signoff.domain.serialization import from_json
from signoff.domain.subscriptions import Digest
from signoff.domain.text import is_same_address
from signoff.store import (
    access,
    accounts,
    answers,
    applications,
    follow_ups,
    mail_texts,
    members,
    outbox,
    papers,
    releases,
    rounds,
    rows,
    sent_mails,
    subscriptions,
)
from signoff.store import association as association_store
from signoff.store.rows import execute, fetch_value

# Mail of the outbox.


def load(
    db: Database, message: OutboxMessage, facts: access.SharedFacts | None = None
) -> AnyMailContext | None:
    """The current facts for a mail, or ``None`` if it has become pointless. ``facts`` keeps those
    that it shares with other mails.

    A mail that is about several links goes to the first that is still open, and is about those with
    its address. A reminder is pointless once none of its links waits for an answer, what is about a
    removed entry at once, and a prepared answer once another one has been handed in.
    """
    if message.copy_of is not None:
        kept = sent_mails.find(db, message.copy_of)  # gone where somebody's data was erased since
        return MailCopyContext(message, association_store.get(db), kept) if kept else None
    if message.application_id is not None:
        return load_for_application(db, message, message.application_id)
    if message.link_id is None:
        return load_for_account(db, message)
    if message.kind is MailKind.FOLLOW_UP and follow_ups.find(db, message.number) is None:
        return None
    facts = facts or access.SharedFacts(db)
    facts.forget_outdated()
    together = [
        (each, link)
        for each in (message, *outbox.list_sent_together(db, message.id))
        if each.link_id is not None and (link := rounds.find_link(db, each.link_id))
    ]
    if message.kind is MailKind.REMINDER:
        together = [(each, link) for each, link in together if is_reminder_due(db, link, facts)]
    elif len(together) > 1:
        together = [(each, link) for each, link in together if not link.ended_at]
    elif message.kind is MailKind.DELEGATION:
        together = [(each, link) for each, link in together if link.delegated_by or link.prepared]
    contexts = [
        load_for_link(db, each, link, facts)
        for each, link in together
        if is_same_address(link.email, together[0][1].email)
    ]
    if not contexts:
        return None
    return replace(contexts[0], message=message, further_contexts=tuple(contexts[1:]))


def is_reminder_due(db: Database, link: Link, facts: access.SharedFacts) -> bool:
    invitation_access = access.load(db, link, facts, with_colleagues=False)
    return mail.may_remind(invitation_access.round, link, invitation_access.version)


def load_for_link(
    db: Database, message: OutboxMessage, link: Link, facts: access.SharedFacts | None = None
) -> MailContext:
    """The facts for a mail about one link.

    What ``message.number`` refers to depends on the kind of mail.
    """
    facts = facts or access.SharedFacts(db)
    invitation_access = access.load(db, link, facts, with_colleagues=False)
    delegated_link = explanation = refused_note = None
    if message.kind is MailKind.DELEGATION:
        delegated_link = link
    if message.kind is MailKind.DELEGATION_NOTICE:
        delegated_link = rounds.get_link(db, message.number)
    if message.kind is MailKind.VOIDED:
        voiding = answers.find_voiding(db, message.number)
        explanation = voiding.reason if voiding else None
    if message.kind is MailKind.NOTE_REFUSED:
        decision = answers.find_office_decision(db, message.number)
        explanation = decision.reason if decision else None
        refused_note = decision.text if decision else None
    delegated_by = delegated_link.delegated_by if delegated_link else None
    renewed = message.kind is MailKind.INVITATION and message.number > 0
    has_own_mail = renewed or message.kind in (MailKind.NEW_LINK, MailKind.REMINDER)
    version = find_subject_version(db, message, invitation_access)
    office_parts = facts.load(load_office_parts, message.kind)
    answered_by = None
    if version and version.link_id and MailAttachment.RECEIPT in office_parts["attachments"]:
        answered_by = rounds.get_link(db, version.link_id)
    return MailContext(
        message=message,
        association=facts.load(association_store.get),
        member=invitation_access.member,
        invitation=invitation_access.invitation,
        link=invitation_access.link,
        round=invitation_access.round,
        edition=invitation_access.edition,
        other_recipients=() if has_own_mail else tuple(outbox.list_other_recipients(db, message)),
        version=version,
        release=invitation_access.release,
        delegated_link=delegated_link,
        delegated_by=rounds.get_link(db, delegated_by) if delegated_by else None,
        replaced=answers.find_replaced(db, version) if message.kind is MailKind.RECEIPT else None,
        review=releases.find_late_review(db, version),
        follow_up=follow_ups.find(db, message.number)
        if message.kind is MailKind.FOLLOW_UP
        else None,
        explanation=explanation or "",
        refused_note=refused_note or "",
        answered_by=answered_by,
        **office_parts,
        draft_sha256=invitation_access.draft.sha256 if invitation_access.draft else "",
        replaces_link=renewed and outbox.has_delivered_link(db, link.id),
    )


class OfficeParts(TypedDict):
    """The office's settings of a kind of mail."""

    texts: tuple[MailText, ...]
    attachments: tuple[MailAttachment, ...]


def load_office_parts(db: Database, kind: MailKind) -> OfficeParts:
    chosen = mail_texts.list_attachments(db)
    return {
        "texts": tuple(mail_texts.list_for_kind(db, kind)),
        "attachments": tuple(attachment for of, attachment in chosen if of is kind),
    }


def load_for_account(
    db: Database, message: OutboxMessage
) -> AccountMailContext | MailTestContext | None:
    """The facts for a mail to an account, or ``None`` if it has become pointless."""
    account = accounts.find(db, message.account_id) if message.account_id else None
    if account is None:
        return None
    generation, request = accounts.get_generation(db, account.id), None
    if message.kind is MailKind.PASSWORD_LINK:
        request = accounts.find_password_reset_request(db, message.number)
    if not mail.may_mail_account(message, account, generation, request):
        return None
    if message.kind is MailKind.TEST:
        return load_test_mail(db, message, account)
    digest: Digest | None = Digest()
    if message.kind is MailKind.DIGEST:
        digest = subscriptions.load_digest(db, message.number)
    if message.kind in mail.ADDRESS_CHANGE_KINDS:
        change = accounts.find_address_change(db, message.number)
        if change is None:
            return None
        is_done = message.kind is MailKind.ADDRESS_CHANGED
        account = replace(account, email=change.before if is_done else change.email)
    if digest is None:
        return None
    return AccountMailContext(message, association_store.get(db), account, generation, digest)


def load_for_application(
    db: Database, message: OutboxMessage, id: int
) -> ApplicationMailContext | None:
    """The facts for a mail to an applicant; ``None`` if there is nothing to confirm any more."""
    application = applications.get(db, id)
    if message.kind is MailKind.APPLICATION_CONFIRMATION and application.confirmed_at:
        return None
    round = rounds.get(db, application.round_id)
    edition = papers.get_edition(db, round.edition_id)
    return ApplicationMailContext(message, association_store.get(db), application, edition)


def find_subject_version(
    db: Database,
    message: OutboxMessage,
    invitation_access: access.InvitationAccess,
) -> AnswerVersion | None:
    """The answer that the mail is about, otherwise the one that counts."""
    if message.kind.is_about_answer:
        return answers.find(db, message.number)
    return (
        invitation_access.version
        if invitation_access.version and invitation_access.version.is_answer
        else None
    )


# Samples and test mails: nothing is enqueued.

FIND_SAMPLE_LINK = """
SELECT links.* FROM links JOIN invitations ON invitations.id = links.invitation_id
JOIN members ON members.id = invitations.member_id
WHERE links.ended_at IS NULL AND links.email <> '' AND (:round_id IS NULL OR round_id = :round_id)
  AND (:member = '' OR members.key = :member OR instr(casefold(official_name), casefold(:member)) > 0)
ORDER BY round_id DESC, members.name, links.id LIMIT 1
"""
INSERT_TEST_MAIL = """
INSERT INTO test_mails ( account_id,  kind,  language,  round_id,  opening,  requested_at)
VALUES                 (:account_id, :kind, :language, :round_id, :opening, :requested_at)
"""
FIND_RECENT_TEST_MAIL = """
SELECT MAX(id) AS id FROM test_mails
WHERE account_id = :account_id AND kind = :kind AND language = :language AND round_id IS :round_id
  AND opening IS :opening AND requested_at >= :since
"""
GET_TEST_MAIL = "SELECT * FROM test_mails WHERE id = :id"


def load_sample(
    db: Database,
    kind: MailKind,
    language: str,
    reader: Account,
    now: datetime,
    *,
    round_id: int | None = None,
    member: str = "",
) -> ComposedContext | None:
    """A sample of a mail about that round and member, or any; ``None`` as long as nobody such has
    been invited. ``member`` is its key or a part of its name.

    Samples of mail to accounts are about the account of the ``reader``.
    """
    if kind.is_for_account:
        return AccountMailContext(
            mail.build_sample_message(kind, now, None, reader.id),
            replace(association_store.get(db), language=language),
            reader,
            0,
            Digest(rounds=subscriptions.list_round_digests(db, now)),
        )
    link = rows.find(db, Link, FIND_SAMPLE_LINK, round_id=round_id, member=member)
    if link is None:
        return None
    # loaded as a mail that refers to nothing but its link
    message = mail.build_sample_message(MailKind.NEW_LINK, now, link.id)
    real = load_for_link(db, message, link)
    if kind in mail.APPLICATION_MAIL_KINDS:
        association = replace(real.association, language=language)
        message = mail.build_sample_message(kind, now, None)
        return mail.build_application_sample(message, association, real.edition)
    sample = replace(
        real,
        message=mail.build_sample_message(kind, now, link.id),
        **load_office_parts(db, kind),
    )
    return mail.with_language(mail.build_sample(sample, now), language)


@dataclass(frozen=True, slots=True)
class PlannedInvitation:
    """An invitation to a round that has not been opened: to which member, about which edition, on
    which terms.
    """

    edition_id: int
    member_id: int
    deadline: str  # ISO 8601
    terms: Terms


def serialize_planned_invitation(plan: PlannedInvitation) -> str:
    """``plan`` as it is stored for a test mail; the same plan always gives the same text."""
    return json.dumps(asdict(plan), ensure_ascii=False, sort_keys=True)


def load_planned_invitation(
    db: Database, plan: PlannedInvitation, now: datetime
) -> MailContext | None:
    """The invitation that the member would get; ``None`` if no representative can be invited by
    mail.
    """
    member, association = members.find(db, plan.member_id), association_store.get(db)
    recipients = [
        representative
        for representative in members.list_representatives(db, plan.member_id)
        if representative.email and representative.may_answer
    ]
    if member is None or not recipients:
        return None
    first, *others = recipients
    year = now.astimezone(association.zone).year
    deadline = datetime.fromisoformat(plan.deadline)
    return MailContext(
        message=mail.build_sample_message(MailKind.INVITATION, now, 0),
        association=association,
        member=member,
        invitation=Invitation(0, 0, member.id, f"{year}-…", now),
        link=Link(0, 0, "", 1, first.id, first.name, first.email, first.language, now),
        round=Round(0, plan.edition_id, now, deadline, terms=plan.terms),
        edition=papers.get_edition(db, plan.edition_id),
        other_recipients=tuple(representative.email for representative in others),
        **load_office_parts(db, MailKind.INVITATION),
    )


def add_test_mail(db: Database, request: MailTestRequest, now: datetime) -> int:
    """Store a request for a test mail and return its id."""
    return execute(db, INSERT_TEST_MAIL, **rows.to_row(request), requested_at=now)


def find_recent_test_mail(db: Database, request: MailTestRequest, since: datetime) -> int | None:
    """The id of the latest request for the same test mail since a moment."""
    id: int | None = fetch_value(db, FIND_RECENT_TEST_MAIL, **rows.to_row(request), since=since)
    return id


def load_test_mail(db: Database, message: OutboxMessage, reader: Account) -> MailTestContext | None:
    request = rows.find(db, MailTestRequest, GET_TEST_MAIL, id=message.number)
    if request is None:
        return None
    context: ComposedContext | None
    if request.opening:
        plan = from_json(PlannedInvitation, request.opening)
        context = load_planned_invitation(db, plan, message.enqueued_at)
    else:
        context = load_sample(
            db,
            request.kind,
            request.language,
            reader,
            message.enqueued_at,
            round_id=request.round_id,
        )
    return MailTestContext(message, reader, context) if context else None
