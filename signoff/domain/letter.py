"""Everything one mail is written from. The link's token is not in it: it is made when the mail is sent."""

from dataclasses import dataclass

from signoff.domain.answer import Version
from signoff.domain.association import Association
from signoff.domain.digest import Digest
from signoff.domain.invitation import Invitation, Link
from signoff.domain.late import Verdict
from signoff.domain.member import Member
from signoff.domain.notice import Notice
from signoff.domain.objection import Objection
from signoff.domain.paper import Edition
from signoff.domain.release import Release
from signoff.domain.round import Round
from signoff.domain.staff import Staff


@dataclass(frozen=True, slots=True)
class Letter:
    """One notice with what it is about; ``link`` is the recipient's door (name, email, language)."""

    notice: Notice
    association: Association
    member: Member
    invitation: Invitation
    link: Link
    round: Round
    edition: Edition
    others: tuple[str, ...] = ()  # the further addresses of the member that get the same mail
    version: Version | None = None  # the answer a receipt is about
    release: Release | None = None
    passed_on: Link | None = None  # the colleague's link, where the mail is about passing on
    passed_on_by: Link | None = None
    objection: Objection | None = None
    because: str = ""  # why the office voided the answer, or does not print the note
    refused_note: str = ""
    verdict: Verdict | None = None  # on the late signature the mail is about
    also: tuple["Letter", ...] = ()  # the further papers a reminder speaks of, each with the link of the same person


@dataclass(frozen=True, slots=True)
class StaffLetter:
    """One notice to one of the office's people. ``generation`` is that of the account's set-up links."""

    notice: Notice
    association: Association
    staff: Staff
    generation: int
    digest: Digest = Digest()


@dataclass(frozen=True, slots=True)
class TestLetter:
    """A letter that nobody is owed, sent to one of the office's people to look at."""

    __test__ = False  # not one of pytest's

    notice: Notice
    staff: Staff
    letter: Letter | StaffLetter


AnyLetter = Letter | StaffLetter | TestLetter
