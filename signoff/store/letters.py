"""What a mail is written from, loaded when it is sent."""

from sqlite_utils import Database

from signoff.domain.answer import Version
from signoff.domain.letter import Letter
from signoff.domain.notice import Notice, NoticeKind
from signoff.store import answers, associations, doors, invitations

ABOUT_AN_ANSWER = (NoticeKind.RECEIPT, NoticeKind.WITHDRAWAL)


def of(db: Database, notice: Notice) -> Letter:
    """Everything the mail for ``notice`` says, as it stands now."""
    door = doors.behind(db, invitations.link_by_id(db, notice.link_id))
    others = [
        link.email for link in invitations.links(db, door.invitation.id) if link.id != door.link.id and link.email
    ]
    return Letter(
        notice=notice,
        association=associations.get(db),
        member=door.member,
        invitation=door.invitation,
        link=door.link,
        round=door.round,
        edition=door.edition,
        others=tuple(dict.fromkeys(others)),
        version=answers.get(db, notice.number) if notice.kind in ABOUT_AN_ANSWER else counting(door),
        release=door.release,
    )


def counting(door: doors.Door) -> Version | None:
    """The answer that counts, for mail that says where the member stands."""
    return door.version if door.version and door.version.stands else None
