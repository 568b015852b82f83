"""The published result, and the prints it is chosen from."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from urllib.parse import urlsplit

from signoff.domain.refusal import Reason, Refusal

ADDRESS_LENGTH = 500


class PrintKind(StrEnum):
    """What is printed: the marked draft for co-signing, the final PDF, and what may follow its release."""

    DRAFT = "draft"
    FINAL = "final"
    ADDENDUM = "addendum"  # later signatories and withdrawals alone
    EDITION = "edition"  # the whole paper once more, with the list as it stands now

    @property
    def is_later(self) -> bool:
        """Whether it follows the release of the final PDF."""
        return self in (PrintKind.ADDENDUM, PrintKind.EDITION)


@dataclass(frozen=True, slots=True)
class Print:
    """One PDF that is owed or done. ``number`` counts the prints of a kind in a round; a decision owes a new one."""

    id: int
    round_id: int
    kind: PrintKind
    number: int
    entry: int  # the line in the audit chain that owed it; its checkpoint stands in the print
    owed_at: datetime
    attempts: int = 0
    printed_at: datetime | None = None
    sha256: str = ""
    size: int = 0
    pages: int = 0
    failed_at: datetime | None = None
    error: str = ""
    timestamp: bool = True  # wanted, where an authority is configured
    unsealed_sha256: str = ""
    seal: str = ""  # the level of the seal that was set
    progress: int = 0  # how many of the steps of making it are done

    @property
    def step(self) -> str:
        """Where it stands: ``failed``, ``done``, ``sealing`` or ``printing``."""
        if self.failed_at:
            return "failed"
        if self.printed_at:
            return "done"
        return "sealing" if self.unsealed_sha256 else "printing"


@dataclass(frozen=True, slots=True)
class Release:
    """One released edition of the list: its file's digest never changes; it can only be withdrawn whole.

    ``number`` counts all of a round; the first one is the final PDF, the others are addenda and further editions.
    ``entry`` is the line of the journal up to which a later one tells.
    """

    id: int
    round_id: int
    number: int
    sha256: str
    size: int
    pages: int
    as_of: datetime
    released_at: datetime
    withdrawn_at: datetime | None = None
    withdrawn_reason: str = ""
    planned_at: datetime | None = None  # when it was planned, where its moment was still to come
    successor: str = ""  # where to find what stands in place of a withdrawn one
    kind: PrintKind = PrintKind.FINAL
    entry: int = 0

    def is_public(self, now: datetime) -> bool:
        """Whether its bytes may be read at ``now``."""
        return self.released_at <= now and self.withdrawn_at is None

    def call_off(self, now: datetime) -> None:
        """Refuse unless it is still to come: what has happened can only be withdrawn."""
        if self.released_at <= now:
            raise Refusal(Reason.ALREADY_RELEASED)


@dataclass(frozen=True, slots=True)
class Request:
    """A release that was asked for and waits for a second person. ``at`` is ``None`` for "as soon as confirmed"."""

    round_id: int
    sha256: str  # the print the first person has looked at
    asked_by: str
    asked_at: datetime
    at: datetime | None = None

    def confirm(self, by: str, now: datetime) -> datetime:
        """The moment of the release. Refuses the person who asked; a moment that has gone by means now."""
        if by == self.asked_by:
            raise Refusal(Reason.SAME_PERSON)
        return self.at if self.at and self.at > now else now


def successor(typed: str) -> str:
    """The address that stands in place of what is withdrawn; nothing, or one people can open."""
    address = typed.strip()
    if not address:
        return ""
    try:
        parts = urlsplit(address)
        whole = parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:
        whole = False
    if not whole or len(address) > ADDRESS_LENGTH or not address.isprintable() or " " in address:
        raise Refusal(Reason.NOT_A_WEB_ADDRESS, "successor", text=address[:80])
    return address
