"""What the examination of a PDF found."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Check(StrEnum):
    """What is examined, in this order."""

    READABLE = "readable"
    SEAL = "seal"
    UNALTERED = "unaltered"
    HOLDER = "holder"
    TIMESTAMP = "timestamp"
    LIST = "list"
    TEXT = "text"
    CHECKPOINT = "checkpoint"
    EARLIER = "earlier"


@dataclass(frozen=True, slots=True)
class Report:
    """The outcome of each check that was made (``None``: there was nothing to check), and what the seal says.

    ``sealed_at`` is what the sealing machine's clock said, ``stamped_at`` what a timestamp proves.
    """

    checks: dict[Check, bool | None]
    holder: str = ""
    issuer: str = ""
    fingerprint: str = ""
    sealed_at: datetime | None = None
    level: str = ""
    stamped_at: datetime | None = None
    stamped_by: str = ""
    count: int | None = None  # signatories on the list
    edition_digest: str = ""
    entry: int | None = None
    root: str = ""
    kind: str = ""  # final, addendum or edition
    number: int | None = None

    @property
    def genuine(self) -> bool:
        """Whether every check holds and the seal is one that is trusted."""
        return all(holds is not False for holds in self.checks.values()) and bool(self.checks.get(Check.HOLDER))

    @property
    def failed(self) -> Check | None:
        """The first check that does not hold."""
        return next((check for check, holds in self.checks.items() if holds is False), None)
