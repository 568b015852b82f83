"""The access that a link gives: the one loader for every page of a representative, GET and POST."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from sqlite_utils import Database

from signoff.domain.answers import AnswerVersion, LateReview
from signoff.domain.members import Member
from signoff.domain.papers import Edition
from signoff.domain.releases import Print, PrintKind, Release
from signoff.domain.rounds import Invitation, Link, Round
from signoff.store import answers, papers, releases, rounds, rows
from signoff.store.rows import fetch_one, fetch_value

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class InvitationAccess:
    """A link with everything its pages show.

    ``version`` is the answer that counts, even if it is a withdrawal.
    """

    link: Link
    invitation: Invitation
    member: Member
    round: Round
    edition: Edition
    version: AnswerVersion | None
    colleagues: tuple[Link, ...]  # the other open links of the invitation
    draft: Print | None
    release: Release | None  # of the final PDF
    review: LateReview | None = None  # of that answer, if it is a late signature

    @property
    def for_information(self) -> "InvitationAccess":
        """The access of a link for information."""
        version = self.version and replace(self.version, answer=self.version.answer.for_information)
        return replace(self, version=version, review=None)


GET_INVITATION_WITH_MEMBER = """
SELECT invited_members.*, round_id, member_id, reference, invited_at
FROM invitations JOIN invited_members ON invitation_id = invitations.id WHERE invitations.id = :id
"""
LIST_LINKS_OF_ADDRESS = """
SELECT links.* FROM links JOIN invitations ON invitations.id = links.invitation_id
JOIN invited_members ON invited_members.invitation_id = invitations.id
WHERE links.email = :email AND round_id = :round_id AND representative_id IS NOT NULL AND may_answer
  AND ended_at IS NULL
ORDER BY invited_members.name, links.id
"""


def find(db: Database, public_id: str, generation: int) -> InvitationAccess | None:
    """The access by an open link in exactly this generation."""
    link = rounds.find_open_link(db, public_id, generation)
    return load(db, link) if link else None


class SharedFacts:
    """Facts that several links share: each is loaded once, until another connection changes the
    database.
    """

    def __init__(self, db: Database) -> None:
        self._db = db
        self._data_version = 0
        self._loaded: dict[tuple[object, ...], Any] = {}

    def load(self, load: Callable[..., T], *parameters: object) -> T:
        """``load(db, *parameters)``."""
        key = (load, *parameters)
        if key not in self._loaded:
            self._loaded[key] = load(self._db, *parameters)
        fact: T = self._loaded[key]
        return fact

    def forget_outdated(self) -> None:
        version = fetch_value(self._db, "PRAGMA data_version")
        if version != self._data_version:
            self._data_version = version
            self._loaded.clear()


def load(
    db: Database,
    link: Link,
    facts: SharedFacts | None = None,
    *,
    with_colleagues: bool = True,
) -> InvitationAccess:
    """The access by a link, open or not. A mail names no colleagues."""
    facts = facts or SharedFacts(db)
    row = rows.require(fetch_one(db, GET_INVITATION_WITH_MEMBER, id=link.invitation_id))
    invitation = rows.load(Invitation, row, id=link.invitation_id)
    round = facts.load(rounds.get, invitation.round_id)
    version = answers.find_current(db, invitation.id)
    return InvitationAccess(
        link=link,
        invitation=invitation,
        member=rows.load(Member, row),
        round=round,
        edition=facts.load(papers.get_edition, round.edition_id),
        version=version,
        colleagues=tuple(
            other for other in rounds.list_open_links(db, invitation.id) if other.id != link.id
        )
        if with_colleagues
        else (),
        draft=facts.load(releases.find_latest_print, round.id, PrintKind.DRAFT),
        release=facts.load(releases.find_for_round, round.id) if round.released_at else None,
        review=releases.find_late_review(db, version),
    )


def list_together(db: Database, access: InvitationAccess) -> list[InvitationAccess]:
    """Every member of the round for which the holder of this link answers, if there are several.

    One address is one person: the representatives of several members with exactly this address.
    A delegated link, and one for information, belong to their own member alone.
    """
    if not access.link.shared_address:
        return []
    links = rows.list_all(
        db, Link, LIST_LINKS_OF_ADDRESS, email=access.link.email, round_id=access.round.id
    )
    return [load(db, link) for link in links] if len(links) > 1 else []
