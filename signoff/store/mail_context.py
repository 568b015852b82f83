"""What a mail would be written from, taken from a real place; nothing is owed and nothing is written."""

import json
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any

from sqlite_utils import Database

from signoff.domain import mail
from signoff.domain.accounts import Staff
from signoff.domain.answers import Kind, Objection, Version
from signoff.domain.mail import (
    AnyLetter,
    Digest,
    MailContext,
    Notice,
    NoticeKind,
    StaffLetter,
    TestLetter,
    Wish,
    digest,
)
from signoff.domain.rounds import Invitation, Link, Round
from signoff.store import (
    access,
    accounts,
    answers,
    association,
    dashboard,
    members,
    outbox,
    papers,
    releases,
    reminders,
    rounds,
)
from signoff.store import association as association_store
from signoff.store.rounds import terms_of
from signoff.store.rows import required, row, run, stored

# What a mail is written from, loaded when it is sent.

PASSING = (NoticeKind.PASSED_ON, NoticeKind.PASSED_ON_NOTICE)


def load(db: Database, notice: Notice) -> AnyLetter | None:
    """Everything the mail for ``notice`` says, as it stands now; ``None`` where it has become pointless.

    A reminder is pointless once nothing it would speak of waits for an answer any more.
    """
    if notice.link_id is None:
        return to_staff(db, notice)
    if notice.kind is not NoticeKind.REMINDER:
        return about(db, notice, rounds.link_by_id(db, notice.link_id))
    links = [rounds.link_by_id(db, id) for id in reminders.about(db, notice.link_id, notice.number)]
    still = [about(db, notice, link) for link in links if still_waits(db, link)]
    return replace(still[0], also=tuple(still[1:])) if still else None


def about(db: Database, notice: Notice, link: Link) -> MailContext:
    """The letter about one link."""
    door = access.behind(db, link)
    objection = (
        answers.find_objection(db, notice.number) if notice.kind is NoticeKind.OBJECTION else None
    )
    passed_on = rounds.link_by_id(db, notice.number) if notice.kind in PASSING else None
    by = passed_on.passed_on_by if passed_on else None
    voiding = answers.find_voiding(db, notice.number) if notice.kind is NoticeKind.VOIDED else None
    refused = (
        answers.find_office_decision(db, notice.number)
        if notice.kind is NoticeKind.NOTE_REFUSED
        else None
    )
    alone = notice.kind in (NoticeKind.FRESH_LINK, NoticeKind.REMINDER)
    told = version(db, notice, door, objection)
    return MailContext(
        notice=notice,
        association=association.get(db),
        member=door.member,
        invitation=door.invitation,
        link=door.link,
        round=door.round,
        edition=door.edition,
        others=() if alone else tuple(outbox.also_to(db, notice)),
        version=told,
        release=door.release,
        passed_on=passed_on,
        passed_on_by=rounds.link_by_id(db, by) if by else None,
        objection=objection,
        verdict=releases.verdict(db, told),
        because=voiding.reason if voiding else refused.reason if refused else "",
        refused_note=refused.text if refused else "",
    )


def still_waits(db: Database, link: Link) -> bool:
    """Whether a reminder may still speak of this link: nobody who has answered is reminded, not even late."""
    door = access.behind(db, link)
    over = door.round.closed_at or door.round.cancelled_at or link.ended_at
    said = door.version.answer.kind if door.version else None
    return not over and said in (None, Kind.PENDING)


def to_staff(db: Database, notice: Notice) -> StaffLetter | TestLetter | None:
    """The letter to one of the office's people; none to an account that is locked or has been set up meanwhile."""
    one = accounts.find(db, notice.staff_id) if notice.staff_id else None
    if one is None or one.disabled_at:
        return None
    if notice.kind is NoticeKind.TEST:
        pass  # it takes real letters from here

        return test(db, notice, one)
    generation = accounts.generation(db, one.id)
    if notice.kind is NoticeKind.STAFF_INVITATION:
        return (
            StaffLetter(notice, association.get(db), one, generation)
            if generation == notice.number
            else None
        )
    if notice.kind is NoticeKind.PASSWORD_LINK:
        request = accounts.find_password_reset_request(db, notice.number)
        stands = request is not None and request.generation == generation
        return StaffLetter(notice, association.get(db), one, generation) if stands else None
    told = report(db, notice.owed_at) if notice.kind is NoticeKind.DIGEST else Digest()
    return StaffLetter(notice, association.get(db), one, generation, told)


def report(db: Database, now: datetime) -> Digest:
    """What the digest of that moment says."""
    cases = [case for case in dashboard.desk(db, now).cases if not case.round.released_at]
    return digest(((case.edition, case.standing) for case in cases), now)


def version(
    db: Database, notice: Notice, door: access.Door, objection: Objection | None
) -> Version | None:
    """The answer the mail is about, else the one that counts."""
    if objection:
        return answers.find(db, objection.answer_id)
    return answers.find(db, notice.number) if notice.kind.about_an_answer else counting(door)


def counting(door: access.Door) -> Version | None:
    """The answer that counts, for mail that says where the member stands."""
    return door.version if door.version and door.version.stands else None


PLACE = """
SELECT links.id FROM links JOIN invitations ON invitations.id = links.invitation_id
JOIN members ON members.id = invitations.member_id
WHERE links.ended_at IS NULL AND links.email <> '' AND (:round_id IS NULL OR round_id = :round_id)
  AND (:member_id IS NULL OR member_id = :member_id)
ORDER BY round_id DESC, members.name, links.id LIMIT 1
"""
ADD_TEST = """
INSERT INTO test_mails ( staff_id,  kind,  language,  round_id,  opening,  asked_at)
VALUES                 (:staff_id, :kind, :language, :round_id, :opening, :asked_at)
"""
RECENT_TEST = """
SELECT MAX(id) AS id FROM test_mails
WHERE staff_id = :staff_id AND kind = :kind AND language = :language AND round_id IS :round_id
  AND opening IS :opening AND asked_at >= :since
"""


def load_sample(
    db: Database,
    kind: NoticeKind,
    language: str,
    reader: Staff,
    now: datetime,
    *,
    round_id: int | None = None,
    member_id: int | None = None,
) -> MailContext | StaffLetter | None:
    """A letter of ``kind`` about that round and member, or any; ``None`` while nobody has been invited.

    Mail to the office's people is about the account of ``reader``.
    """
    association = replace(association_store.get(db), language=language)
    if kind.for_staff:
        row_less = mail.notice(kind, now, None, reader.id)
        digest = report(db, now)
        return StaffLetter(row_less, association, reader, 0, digest)
    found = row(db, PLACE, {"round_id": round_id, "member_id": member_id})
    if found is None:
        return None
    link = rounds.link_by_id(db, found["id"])
    real = about(db, mail.notice(NoticeKind.FRESH_LINK, now, link.id), link)
    return mail.spoken(
        mail.sample(replace(real, notice=mail.notice(kind, now, link.id)), now), language
    )


@dataclass(frozen=True, slots=True)
class Planned:
    """An invitation to a round that has not been opened: to which member, about which text, on which terms."""

    edition_id: int
    member_id: int
    deadline: str  # ISO 8601
    terms: dict[str, Any]


def spelt(plan: Planned) -> str:
    """``plan`` as it is kept for a test mail."""
    return json.dumps(asdict(plan), ensure_ascii=False, sort_keys=True)


def planned(db: Database, plan: Planned, now: datetime) -> MailContext | None:
    """The invitation the member would get; ``None`` where it has no address. Nothing is owed."""
    member, association = members.find(db, plan.member_id), association_store.get(db)
    people = [
        each
        for each in members.representatives(db, plan.member_id)
        if each.email and each.may_answer
    ]
    if member is None or not people:
        return None
    first, *others = people
    link = Link(0, 0, "", 1, first.id, first.name, first.email, first.language, now)
    return MailContext(
        notice=mail.notice(NoticeKind.INVITATION, now, 0),
        association=association,
        member=member,
        invitation=Invitation(0, 0, member.id, f"{now.astimezone(association.zone).year}-…", now),
        link=link,
        round=Round(0, plan.edition_id, now, required(plan.deadline), terms=terms_of(plan.terms)),
        edition=papers.get(db, plan.edition_id),
        others=tuple(each.email for each in others),
    )


def add_test(db: Database, wish: Wish, now: datetime) -> int:
    """Keep what a test mail was asked for; gives its number."""
    return run(db, ADD_TEST, {**asdict(wish), "asked_at": stored(now)})


def recent_test(db: Database, wish: Wish, since: datetime) -> int | None:
    """The number of the last such test since a moment."""
    found = row(db, RECENT_TEST, {**asdict(wish), "since": stored(since)})
    return found["id"] if found else None


def test(db: Database, notice: Notice, reader: Staff) -> TestLetter | None:
    """The test mail behind ``notice``."""
    found = row(db, "SELECT * FROM test_mails WHERE id = :id", {"id": notice.number})
    if found is None:
        return None
    kind, language, round_id = NoticeKind(found["kind"]), found["language"], found["round_id"]
    if found["opening"]:
        plan = planned(db, Planned(**json.loads(found["opening"])), notice.owed_at)
        return TestLetter(notice, reader, plan) if plan else None
    made = load_sample(db, kind, language, reader, notice.owed_at, round_id=round_id)
    return TestLetter(notice, reader, made) if made else None
