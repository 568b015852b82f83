"""What a mail is written from, loaded when it is sent."""

from sqlite_utils import Database

from signoff.domain.answer import Version
from signoff.domain.letter import Letter
from signoff.domain.notice import Notice, NoticeKind
from signoff.domain.objection import Objection
from signoff.store import answers, associations, doors, invitations, objections, outbox

PASSING = (NoticeKind.PASSED_ON, NoticeKind.PASSED_ON_NOTICE)


def of(db: Database, notice: Notice) -> Letter:
    """Everything the mail for ``notice`` says, as it stands now."""
    door = doors.behind(db, invitations.link_by_id(db, notice.link_id))
    objection = objections.get(db, notice.number) if notice.kind is NoticeKind.OBJECTION else None
    passed_on = invitations.link_by_id(db, notice.number) if notice.kind in PASSING else None
    by = passed_on.passed_on_by if passed_on else None
    return Letter(
        notice=notice,
        association=associations.get(db),
        member=door.member,
        invitation=door.invitation,
        link=door.link,
        round=door.round,
        edition=door.edition,
        others=() if notice.kind is NoticeKind.FRESH_LINK else tuple(outbox.also_to(db, notice)),
        version=version(db, notice, door, objection),
        release=door.release,
        passed_on=passed_on,
        passed_on_by=invitations.link_by_id(db, by) if by else None,
        objection=objection,
    )


def version(db: Database, notice: Notice, door: doors.Door, objection: Objection | None) -> Version | None:
    """The answer the mail is about, else the one that counts."""
    if objection:
        return answers.get(db, objection.answer_id)
    return answers.get(db, notice.number) if notice.kind.about_an_answer else counting(door)


def counting(door: doors.Door) -> Version | None:
    """The answer that counts, for mail that says where the member stands."""
    return door.version if door.version and door.version.stands else None
