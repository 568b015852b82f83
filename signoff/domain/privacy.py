"""Data protection: how long each kind of personal data is kept, and what is known about a person.

``PERIODS`` is the one place that names the kinds, what each period counts from, and its default;
pages, papers for the data-protection officer and the privacy notice quote it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType

from signoff.domain.audit import Event
from signoff.domain.errors import Reason, Refusals
from signoff.domain.forms import FieldReader

MAX_MONTHS = 120
MONTHS_PER_YEAR = 12
LAST_DAY_OF_EVERY_MONTH = 28


class DataKind(StrEnum):
    """Personal data that have a period of their own."""

    REASONS = "reasons"
    SUBMITTERS = "submitters"
    CONTACTS = "contacts"
    MAIL = "mail"
    REPLIES = "replies"
    NOTES = "notes"
    EVIDENCE = "evidence"
    ACCOUNTS = "accounts"
    LOGINS = "logins"
    LOG = "log"


class Start(StrEnum):
    """The moment that a period counts from."""

    ROUND_ENDED = "round_ended"  # closed or cancelled; with late signatures, when these ended
    ARCHIVED = "archived"
    DISABLED = "disabled"
    LAST_USED = "last_used"
    WRITTEN = "written"


@dataclass(frozen=True, slots=True)
class Period:
    """When a retention period starts, and its default number of months."""

    start: Start
    months: int


PERIODS: Mapping[DataKind, Period] = MappingProxyType(
    {
        DataKind.REASONS: Period(Start.ROUND_ENDED, 12),
        DataKind.SUBMITTERS: Period(Start.ROUND_ENDED, 12),
        DataKind.CONTACTS: Period(Start.ARCHIVED, 12),
        DataKind.MAIL: Period(Start.ROUND_ENDED, 12),
        DataKind.REPLIES: Period(Start.ROUND_ENDED, 12),
        DataKind.NOTES: Period(Start.ROUND_ENDED, 12),
        DataKind.EVIDENCE: Period(Start.ROUND_ENDED, 36),
        DataKind.ACCOUNTS: Period(Start.DISABLED, 12),
        DataKind.LOGINS: Period(Start.LAST_USED, 3),
        DataKind.LOG: Period(Start.WRITTEN, 36),
    }
)
# Entries whose details name people. Those of answers go with whoever filled them in.
PERSONAL_EVENTS = (
    Event.MEMBERS_IMPORTED,
    Event.REPRESENTATIVE_ADDED,
    Event.REPRESENTATIVE_CHANGED,
    Event.REPRESENTATIVE_ARCHIVED,
    Event.REPRESENTATIVE_RESTORED,
    Event.ADDRESS_CORRECTED,
    Event.DELEGATED,
    Event.OBJECTED,
    Event.MAIL_BOUNCED,
)

# The months of each kind; ``None`` keeps it until somebody erases it.
Retention = Mapping[DataKind, int | None]
DEFAULT_RETENTION: Retention = MappingProxyType(
    {kind: period.months for kind, period in PERIODS.items()}
)


def subtract_months(now: datetime, months: int) -> datetime:
    """The moment so many months earlier, on the 28th at the latest."""
    count = now.year * MONTHS_PER_YEAR + now.month - 1 - months
    return now.replace(
        year=count // MONTHS_PER_YEAR,
        month=count % MONTHS_PER_YEAR + 1,
        day=min(now.day, LAST_DAY_OF_EVERY_MONTH),
    )


class RetentionForm(FieldReader):
    """Reads the months of each kind; an empty field keeps the kind."""

    def parse(self) -> dict[DataKind, int | None]:
        """Raises ``Refusals`` with every field that is not a number of months."""
        months: dict[DataKind, int | None] = {}
        for kind in DataKind:
            text = self.text(kind, required=False)
            is_number = text.isascii() and text.isdecimal() and len(text) <= len(str(MAX_MONTHS))
            if text and not (is_number and 1 <= int(text) <= MAX_MONTHS):
                self.refuse(Reason.NOT_A_PERIOD, kind, text=text, limit=MAX_MONTHS)
            else:
                months[kind] = int(text) if text else None
        if self.refusals:
            raise Refusals(self.refusals)
        return months


class Remainder(StrEnum):
    """Why something about a person stays after an erasure, the first ones with their place."""

    RELEASED = "released"  # named in a published list
    RUNNING = "running"  # the signer of a round that has not ended
    EVIDENCE = "evidence"  # the scan or mail that proves an answer
    NOTE = "note"  # a free text of the office names the address
    PAPER = "paper"  # the contact or text of a paper
    SETTINGS = "settings"  # the association's data, its legal texts or texts of mail
    LOG = "log"  # the entries without details
    BACKUPS = "backups"


ALWAYS_REMAINING = (Remainder.LOG, Remainder.BACKUPS)


@dataclass(frozen=True, slots=True)
class Remaining:
    """Something that stays, and where: a reference number or a title."""

    why: Remainder
    where: str
    invitation_id: int | None = None


@dataclass(frozen=True, slots=True)
class PersonalData:
    """All data about the person with this address: rows by place, log entries, remainders."""

    email: str
    names: tuple[str, ...]
    rows: Mapping[str, tuple[Mapping[str, object], ...]]
    entries: tuple[Mapping[str, object], ...]
    remaining: tuple[Remaining, ...]
    counts: dict[DataKind, int]  # what an erasure removes

    @property
    def is_known(self) -> bool:
        return bool(self.entries or self.remaining or any(self.rows.values()))

    def to_dict(self) -> dict[str, object]:
        """The export for the person: every row by its table, and what the audit log says."""
        return {
            "email": self.email,
            "names": self.names,
            "data": {table: rows for table, rows in self.rows.items() if rows},
            "log": self.entries,
        }
