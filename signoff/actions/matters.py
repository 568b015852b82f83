"""What every deed of the office about an answer loads, and what it owes to those concerned."""

from dataclasses import dataclass
from datetime import datetime

from sqlite_utils import Database

from signoff.domain.answer import Version
from signoff.domain.association import Association
from signoff.domain.invitation import Invitation
from signoff.domain.member import Member
from signoff.domain.notice import NoticeKind
from signoff.domain.paper import Edition
from signoff.domain.recording import require_amendable
from signoff.domain.release import PrintKind
from signoff.domain.round import Round
from signoff.store import answers, associations, invitations, members, outbox, papers, prints, rounds


@dataclass(frozen=True, slots=True)
class Matter:
    """One invitation with everything a deed about its answer needs. ``version`` is the one that counts."""

    association: Association
    invitation: Invitation
    member: Member
    round: Round
    edition: Edition
    version: Version | None

    @property
    def subject(self) -> str:
        """How the journal names it."""
        return f"invitation/{self.invitation.id}"


def matter(db: Database, invitation_id: int, now: datetime) -> Matter:
    """Within the caller's transaction. Refuses where answers are no longer touched: cancelled, or released."""
    invitation = invitations.get(db, invitation_id)
    round, member = rounds.get(db, invitation.round_id), members.invited(db, invitation_id)
    assert round

    require_amendable(round, now)

    edition, version = papers.get(db, round.edition_id), answers.last(db, invitation_id)
    return Matter(associations.get(db), invitation, member, round, edition, version)


def tell(db: Database, about: Matter, kind: NoticeKind, number: int, now: datetime) -> None:
    """Owe the mail to every registered address, and to whoever gave the answer that counted so far."""
    answered = about.version.link_id if about.version else None
    links = invitations.links(db, about.invitation.id)
    concerned = [link.id for link in links if link.email and (link.representative_id or link.id == answered)]
    outbox.owe(db, kind, concerned, number, now)
    outbox.forget(db, [NoticeKind.COUNCIL_MET], [link.id for link in links])


def owe_proof(db: Database, about: Matter, entry: int, now: datetime) -> None:
    """After the closing every change owes a new print."""
    if about.round.closed_at:
        prints.owe(db, about.round.id, PrintKind.FINAL, entry, now)
