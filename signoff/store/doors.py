"""What stands behind a link: the one loader for every page a representative sees, GET and POST alike."""

from dataclasses import dataclass

from sqlite_utils import Database

from signoff.domain.answer import Version
from signoff.domain.invitation import Invitation, Link
from signoff.domain.late import Verdict
from signoff.domain.member import Member
from signoff.domain.paper import Edition
from signoff.domain.release import Print, PrintKind, Release
from signoff.domain.round import Round
from signoff.store import answers, invitations, lates, members, papers, prints, releases, rounds


@dataclass(frozen=True, slots=True)
class Door:
    """One link with everything it opens. ``version`` is the answer that counts, withdrawn ones included."""

    link: Link
    invitation: Invitation
    member: Member
    round: Round
    edition: Edition
    version: Version | None
    colleagues: tuple[Link, ...]  # the other open links of the invitation
    draft: Print | None
    release: Release | None  # of the final PDF
    verdict: Verdict | None = None  # on that answer, where it is a late signature


def find(db: Database, public_id: str, generation: int) -> Door | None:
    """The door of an open link in exactly this generation, or ``None``."""
    link = invitations.link(db, public_id, generation)
    return behind(db, link) if link else None


def behind(db: Database, link: Link) -> Door:
    """The door of a link that has been found already."""
    invitation = invitations.get(db, link.invitation_id)
    round, member = rounds.get(db, invitation.round_id), members.invited(db, invitation.id)
    assert round
    version = answers.last(db, invitation.id)
    return Door(
        link,
        invitation,
        member,
        round,
        papers.get(db, round.edition_id),
        version,
        tuple(each for each in invitations.links(db, invitation.id) if each.id != link.id),
        prints.latest(db, round.id, PrintKind.DRAFT),
        releases.of_round(db, round.id),
        lates.verdict(db, version),
    )
