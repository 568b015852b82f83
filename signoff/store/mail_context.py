"""What a mail would be written from, taken from a real place; nothing is owed and nothing is written."""

import json
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any

from sqlite_utils import Database

from signoff.domain import mail
from signoff.domain.accounts import Account
from signoff.domain.answers import AnswerKind, AnswerVersion, Objection
from signoff.domain.mail import (
    AccountMailContext,
    AnyMailContext,
    MailContext,
    MailKind,
    MailTestContext,
    MailTestRequest,
    OutboxMessage,
    WeeklyDigest,
    build_weekly_digest,
)
from signoff.domain.rounds import Invitation, Link, Round
from signoff.store import (
    access,
    accounts,
    answers,
    dashboard,
    members,
    outbox,
    papers,
    releases,
    reminders,
    rounds,
)
from signoff.store import association as association_store
from signoff.store.rounds import parse_terms
from signoff.store.rows import execute, fetch_one, format_utc, parse_datetime

# What a mail is written from, loaded when it is sent.

DELEGATION_KINDS = (MailKind.DELEGATION, MailKind.DELEGATION_NOTICE)


def load(db: Database, notice: OutboxMessage) -> AnyMailContext | None:
    """Everything the mail for ``notice`` says, as it stands now; ``None`` where it has become pointless.

    A reminder is pointless once nothing it would speak of waits for an answer any more.
    """
    if notice.link_id is None:
        return load_for_account(db, notice)
    if notice.kind is not MailKind.REMINDER:
        return load_for_link(db, notice, rounds.get_link(db, notice.link_id))
    links = [
        rounds.get_link(db, id) for id in reminders.list_link_ids(db, notice.link_id, notice.number)
    ]
    still = [load_for_link(db, notice, link) for link in links if is_awaiting_answer(db, link)]
    return replace(still[0], also=tuple(still[1:])) if still else None


def load_for_link(db: Database, notice: OutboxMessage, link: Link) -> MailContext:
    """The letter about one link."""
    door = access.load(db, link)
    objection = (
        answers.find_objection(db, notice.number) if notice.kind is MailKind.OBJECTION else None
    )
    passed_on = rounds.get_link(db, notice.number) if notice.kind in DELEGATION_KINDS else None
    by = passed_on.delegated_by if passed_on else None
    voiding = answers.find_voiding(db, notice.number) if notice.kind is MailKind.VOIDED else None
    refused = (
        answers.find_office_decision(db, notice.number)
        if notice.kind is MailKind.NOTE_REFUSED
        else None
    )
    alone = notice.kind in (MailKind.NEW_LINK, MailKind.REMINDER)
    told = find_subject_version(db, notice, door, objection)
    return MailContext(
        notice=notice,
        association=association_store.get(db),
        member=door.member,
        invitation=door.invitation,
        link=door.link,
        round=door.round,
        edition=door.edition,
        others=() if alone else tuple(outbox.list_other_recipients(db, notice)),
        version=told,
        release=door.release,
        passed_on=passed_on,
        delegated_by=rounds.get_link(db, by) if by else None,
        objection=objection,
        verdict=releases.find_late_review(db, told),
        because=voiding.reason if voiding else refused.reason if refused else "",
        refused_note=refused.text if refused else "",
    )


def is_awaiting_answer(db: Database, link: Link) -> bool:
    """Whether a reminder may still speak of this link: nobody who has answered is reminded, not even late."""
    door = access.load(db, link)
    over = door.round.closed_at or door.round.cancelled_at or link.ended_at
    said = door.version.answer.kind if door.version else None
    return not over and said in (None, AnswerKind.PENDING)


def load_for_account(
    db: Database, notice: OutboxMessage
) -> AccountMailContext | MailTestContext | None:
    """The letter to one of the office's people; none to an account that is locked or has been set up meanwhile."""
    one = accounts.find(db, notice.account_id) if notice.account_id else None
    if one is None or one.disabled_at:
        return None
    if notice.kind is MailKind.TEST:
        pass  # it takes real letters from here

        return load_test_mail(db, notice, one)
    generation = accounts.get_generation(db, one.id)
    if notice.kind is MailKind.ACCOUNT_INVITATION:
        return (
            AccountMailContext(notice, association_store.get(db), one, generation)
            if generation == notice.number
            else None
        )
    if notice.kind is MailKind.PASSWORD_LINK:
        request = accounts.find_password_reset_request(db, notice.number)
        stands = request is not None and request.generation == generation
        return (
            AccountMailContext(notice, association_store.get(db), one, generation)
            if stands
            else None
        )
    told = (
        load_weekly_digest(db, notice.enqueued_at)
        if notice.kind is MailKind.DIGEST
        else WeeklyDigest()
    )
    return AccountMailContext(notice, association_store.get(db), one, generation, told)


def load_weekly_digest(db: Database, now: datetime) -> WeeklyDigest:
    """What the digest of that moment says."""
    cases = [case for case in dashboard.load_dashboard(db, now).cases if not case.round.released_at]
    return build_weekly_digest(((case.edition, case.standing) for case in cases), now)


def find_subject_version(
    db: Database, notice: OutboxMessage, door: access.InvitationAccess, objection: Objection | None
) -> AnswerVersion | None:
    """The answer the mail is about, else the one that counts."""
    if objection:
        return answers.find(db, objection.answer_id)
    return (
        answers.find(db, notice.number)
        if notice.kind.is_about_answer
        else find_current_version(door)
    )


def find_current_version(door: access.InvitationAccess) -> AnswerVersion | None:
    """The answer that counts, for mail that says where the member stands."""
    return door.version if door.version and door.version.stands else None


FIND_SAMPLE_LINK = """
SELECT links.id FROM links JOIN invitations ON invitations.id = links.invitation_id
JOIN members ON members.id = invitations.member_id
WHERE links.ended_at IS NULL AND links.email <> '' AND (:round_id IS NULL OR round_id = :round_id)
  AND (:member_id IS NULL OR member_id = :member_id)
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


def load_sample(
    db: Database,
    kind: MailKind,
    language: str,
    reader: Account,
    now: datetime,
    *,
    round_id: int | None = None,
    member_id: int | None = None,
) -> MailContext | AccountMailContext | None:
    """A letter of ``kind`` about that round and member, or any; ``None`` while nobody has been invited.

    Mail to the office's people is about the account of ``reader``.
    """
    association = replace(association_store.get(db), language=language)
    if kind.is_for_account:
        row_less = mail.build_sample_message(kind, now, None, reader.id)
        digest = load_weekly_digest(db, now)
        return AccountMailContext(row_less, association, reader, 0, digest)
    found = fetch_one(db, FIND_SAMPLE_LINK, {"round_id": round_id, "member_id": member_id})
    if found is None:
        return None
    link = rounds.get_link(db, found["id"])
    real = load_for_link(db, mail.build_sample_message(MailKind.NEW_LINK, now, link.id), link)
    return mail.with_language(
        mail.build_sample(replace(real, notice=mail.build_sample_message(kind, now, link.id)), now),
        language,
    )


@dataclass(frozen=True, slots=True)
class PlannedInvitation:
    """An invitation to a round that has not been opened: to which member, about which text, on which terms."""

    edition_id: int
    member_id: int
    deadline: str  # ISO 8601
    terms: dict[str, Any]


def serialize_planned_invitation(plan: PlannedInvitation) -> str:
    """``plan`` as it is kept for a test mail."""
    return json.dumps(asdict(plan), ensure_ascii=False, sort_keys=True)


def load_planned_invitation(
    db: Database, plan: PlannedInvitation, now: datetime
) -> MailContext | None:
    """The invitation the member would get; ``None`` where it has no address. Nothing is owed."""
    member, association = members.find(db, plan.member_id), association_store.get(db)
    people = [
        each
        for each in members.list_representatives(db, plan.member_id)
        if each.email and each.may_answer
    ]
    if member is None or not people:
        return None
    first, *others = people
    link = Link(0, 0, "", 1, first.id, first.name, first.email, first.language, now)
    return MailContext(
        notice=mail.build_sample_message(MailKind.INVITATION, now, 0),
        association=association,
        member=member,
        invitation=Invitation(0, 0, member.id, f"{now.astimezone(association.zone).year}-…", now),
        link=link,
        round=Round(
            0, plan.edition_id, now, parse_datetime(plan.deadline), terms=parse_terms(plan.terms)
        ),
        edition=papers.get_edition(db, plan.edition_id),
        others=tuple(each.email for each in others),
    )


def add_test_mail(db: Database, wish: MailTestRequest, now: datetime) -> int:
    """Keep what a test mail was asked for; gives its number."""
    return execute(db, INSERT_TEST_MAIL, {**asdict(wish), "requested_at": format_utc(now)})


def find_recent_test_mail(db: Database, wish: MailTestRequest, since: datetime) -> int | None:
    """The number of the last such test since a moment."""
    found = fetch_one(db, FIND_RECENT_TEST_MAIL, {**asdict(wish), "since": format_utc(since)})
    return found["id"] if found else None


def load_test_mail(db: Database, notice: OutboxMessage, reader: Account) -> MailTestContext | None:
    """The test mail behind ``notice``."""
    found = fetch_one(db, "SELECT * FROM test_mails WHERE id = :id", {"id": notice.number})
    if found is None:
        return None
    kind, language, round_id = MailKind(found["kind"]), found["language"], found["round_id"]
    if found["opening"]:
        plan = load_planned_invitation(
            db, PlannedInvitation(**json.loads(found["opening"])), notice.enqueued_at
        )
        return MailTestContext(notice, reader, plan) if plan else None
    made = load_sample(db, kind, language, reader, notice.enqueued_at, round_id=round_id)
    return MailTestContext(notice, reader, made) if made else None
