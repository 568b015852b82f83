"""What stands behind a link: the one loader for every page a representative sees, GET and POST alike."""

from dataclasses import dataclass

from sqlite_utils import Database

from signoff.domain.answers import AnswerVersion, LateReview
from signoff.domain.members import Member
from signoff.domain.papers import Edition
from signoff.domain.releases import Print, PrintKind, Release
from signoff.domain.rounds import Invitation, Link, Round
from signoff.store import answers, members, papers, releases, rounds


@dataclass(frozen=True, slots=True)
class InvitationAccess:
    """One link with everything it opens. ``version`` is the answer that counts, withdrawn ones included."""

    link: Link
    invitation: Invitation
    member: Member
    round: Round
    edition: Edition
    version: AnswerVersion | None
    colleagues: tuple[Link, ...]  # the other open links of the invitation
    draft: Print | None
    release: Release | None  # of the final PDF
    verdict: LateReview | None = None  # on that answer, where it is a late signature


def find(db: Database, public_id: str, generation: int) -> InvitationAccess | None:
    """The door of an open link in exactly this generation, or ``None``."""
    link = rounds.find_open_link(db, public_id, generation)
    return load(db, link) if link else None


def load(db: Database, link: Link) -> InvitationAccess:
    """The door of a link that has been found already."""
    invitation = rounds.get_invitation(db, link.invitation_id)
    round, member = rounds.find(db, invitation.round_id), members.get_invited(db, invitation.id)
    assert round
    version = answers.find_current(db, invitation.id)
    return InvitationAccess(
        link,
        invitation,
        member,
        round,
        papers.get_edition(db, round.edition_id),
        version,
        tuple(each for each in rounds.list_open_links(db, invitation.id) if each.id != link.id),
        releases.find_latest_print(db, round.id, PrintKind.DRAFT),
        releases.find_for_round(db, round.id),
        releases.find_late_review(db, version),
    )
