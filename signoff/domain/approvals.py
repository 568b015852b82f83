"""Four eyes: what becomes public is requested by one person and confirmed by another one."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from signoff.domain.accounts import Account, Role
from signoff.domain.errors import Reason, Refusal


class PublicAct(StrEnum):
    """The acts that need a second person. Each is about one subject: a round, an invitation, an
    application, or the association.
    """

    RELEASE = "release"
    LATE_SIGNATURE = "late_signature"
    LATE_DOCUMENT = "late_document"  # an addendum or a further edition of the list
    RETRACTION = "retraction"
    FOLLOW_UP = "follow_up"  # an entry about what became of a paper
    APPLICATION = "application"  # a body that was not asked is let in
    FOUR_EYES_OFF = "four_eyes_off"


@dataclass(frozen=True, slots=True)
class Approval:
    """A requested act; it is pending, confirmed, or ended without confirmation.

    ``subject`` names it as the audit log does (``round/7``), ``payload`` is exactly what is done
    with the confirmation. The last four fields are read from other tables.
    """

    id: int
    act: PublicAct
    subject: str
    requested_by: str
    requested_at: datetime
    payload: dict[str, Any] = field(default_factory=dict)
    ended_at: datetime | None = None
    confirmed_by: str | None = None
    requester: str = ""  # the name of the account
    round_id: int | None = None
    title: str = ""  # of the paper
    member: str = ""  # whose late signature it is, or who applies

    @property
    def subject_id(self) -> int:
        """The id of the round, invitation or application; 0 for the association."""
        return int(self.subject.partition("/")[2] or 0)

    def confirm(self, actor: str, now: datetime) -> "Approval":
        """Refuses the requester, and a request that has ended."""
        if self.ended_at:
            raise Refusal(Reason.NOTHING_TO_CONFIRM)
        if actor == self.requested_by:
            raise Refusal(Reason.SAME_PERSON, who=self.requester)
        return replace(self, ended_at=now, confirmed_by=actor)


def list_confirmers(accounts: Iterable[Account], requested_by: str) -> list[Account]:
    """The accounts that may confirm a request of ``requested_by``: all others that may edit and
    can log in.
    """
    return [
        account
        for account in accounts
        if account.is_active
        and account.role.includes(Role.EDITOR)
        and f"staff/{account.id}" != requested_by
    ]
