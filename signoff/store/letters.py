"""What a mail is written from, loaded when it is sent."""

from dataclasses import replace
from datetime import datetime

from sqlite_utils import Database

from signoff.domain.answer import Kind, Version
from signoff.domain.digest import Digest, digest
from signoff.domain.invitation import Link
from signoff.domain.letter import AnyLetter, Letter, StaffLetter, TestLetter
from signoff.domain.notice import Notice, NoticeKind
from signoff.domain.objection import Objection
from signoff.store import (
    answers,
    associations,
    decisions,
    desks,
    doors,
    invitations,
    lates,
    objections,
    outbox,
    password_requests,
    reminders,
    staff,
    voidings,
)

PASSING = (NoticeKind.PASSED_ON, NoticeKind.PASSED_ON_NOTICE)


def of(db: Database, notice: Notice) -> AnyLetter | None:
    """Everything the mail for ``notice`` says, as it stands now; ``None`` where it has become pointless.

    A reminder is pointless once nothing it would speak of waits for an answer any more.
    """
    if notice.link_id is None:
        return to_staff(db, notice)
    if notice.kind is not NoticeKind.REMINDER:
        return about(db, notice, invitations.link_by_id(db, notice.link_id))
    links = [invitations.link_by_id(db, id) for id in reminders.about(db, notice.link_id, notice.number)]
    still = [about(db, notice, link) for link in links if still_waits(db, link)]
    return replace(still[0], also=tuple(still[1:])) if still else None


def about(db: Database, notice: Notice, link: Link) -> Letter:
    """The letter about one link."""
    door = doors.behind(db, link)
    objection = objections.get(db, notice.number) if notice.kind is NoticeKind.OBJECTION else None
    passed_on = invitations.link_by_id(db, notice.number) if notice.kind in PASSING else None
    by = passed_on.passed_on_by if passed_on else None
    voiding = voidings.get(db, notice.number) if notice.kind is NoticeKind.VOIDED else None
    refused = decisions.get(db, notice.number) if notice.kind is NoticeKind.NOTE_REFUSED else None
    alone = notice.kind in (NoticeKind.FRESH_LINK, NoticeKind.REMINDER)
    told = version(db, notice, door, objection)
    return Letter(
        notice=notice,
        association=associations.get(db),
        member=door.member,
        invitation=door.invitation,
        link=door.link,
        round=door.round,
        edition=door.edition,
        others=() if alone else tuple(outbox.also_to(db, notice)),
        version=told,
        release=door.release,
        passed_on=passed_on,
        passed_on_by=invitations.link_by_id(db, by) if by else None,
        objection=objection,
        verdict=lates.verdict(db, told),
        because=voiding.reason if voiding else refused.reason if refused else "",
        refused_note=refused.text if refused else "",
    )


def still_waits(db: Database, link: Link) -> bool:
    """Whether a reminder may still speak of this link: nobody who has answered is reminded, not even late."""
    door = doors.behind(db, link)
    over = door.round.closed_at or door.round.cancelled_at or link.ended_at
    said = door.version.answer.kind if door.version else None
    return not over and said in (None, Kind.PENDING)


def to_staff(db: Database, notice: Notice) -> StaffLetter | TestLetter | None:
    """The letter to one of the office's people; none to an account that is locked or has been set up meanwhile."""
    one = staff.get(db, notice.staff_id) if notice.staff_id else None
    if one is None or one.disabled_at:
        return None
    if notice.kind is NoticeKind.TEST:
        from signoff.store import samples  # it takes real letters from here

        return samples.test(db, notice, one)
    generation = staff.generation(db, one.id)
    if notice.kind is NoticeKind.STAFF_INVITATION:
        return StaffLetter(notice, associations.get(db), one, generation) if generation == notice.number else None
    if notice.kind is NoticeKind.PASSWORD_LINK:
        request = password_requests.get(db, notice.number)
        stands = request is not None and request.generation == generation
        return StaffLetter(notice, associations.get(db), one, generation) if stands else None
    told = report(db, notice.owed_at) if notice.kind is NoticeKind.DIGEST else Digest()
    return StaffLetter(notice, associations.get(db), one, generation, told)


def report(db: Database, now: datetime) -> Digest:
    """What the digest of that moment says."""
    cases = [case for case in desks.desk(db, now).cases if not case.round.released_at]
    return digest(((case.edition, case.standing) for case in cases), now)


def version(db: Database, notice: Notice, door: doors.Door, objection: Objection | None) -> Version | None:
    """The answer the mail is about, else the one that counts."""
    if objection:
        return answers.get(db, objection.answer_id)
    return answers.get(db, notice.number) if notice.kind.about_an_answer else counting(door)


def counting(door: doors.Door) -> Version | None:
    """The answer that counts, for mail that says where the member stands."""
    return door.version if door.version and door.version.stands else None
