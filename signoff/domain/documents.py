"""What a printed PDF is made from: frozen values, so the same input gives the same bytes."""

import json
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from signoff.domain.association import Association
from signoff.domain.papers import Edition
from signoff.domain.releases import LateWithdrawal, PrintKind, PriorRelease, SealIdentity
from signoff.domain.round_status import Signatory
from signoff.domain.text import canonical_digest


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The state of the audit chain at one entry: what is given away so that its end cannot be cut off."""

    entry: int
    root: str


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file inside the PDF. ``relationship`` is that of ISO 32000-2, 7.11.3: ``Data``, ``Supplement``, …"""

    name: str
    relationship: str
    description: str
    text: str


@dataclass(frozen=True, slots=True)
class Document:
    """One PDF to be printed: the marked draft (no signatories), the final paper with its list, or what follows that.

    An addendum's ``signatories`` are the later ones alone; a further edition's are all who sign now.
    """

    kind: PrintKind
    association: Association
    edition: Edition
    deadline: datetime | None  # of the round; none while it is not opened
    as_of: (
        datetime  # the "Stand" of the list; of a draft, the opening. Also the PDF's creation date
    )
    address: str  # where the paper stands for good
    verify_address: str
    signatories: tuple[Signatory, ...] = ()
    layout: str = "state"  # state | place
    checkpoint: Checkpoint | None = None
    attachments: tuple[Attachment, ...] = ()
    sealer: SealIdentity | None = None
    number: int = 1  # of the addendum, or of the list's edition
    withdrawals: tuple[LateWithdrawal, ...] = ()
    earlier: tuple[PriorRelease, ...] = ()  # what was released before, the first edition first
    proof: bool = False  # a copy to be passed round before the release: marked, neither sealed nor to be checked
    logo: str = ""  # the association's, a PNG in base64

    @property
    def advance(self) -> "Document":
        """The same as a proof ("Vorabzug"): nothing in it says that it could be the released file."""
        return replace(self, proof=True, sealer=None, checkpoint=None, attachments=())

    @property
    def digest(self) -> str:
        """SHA-256 over all of it, 64 hexadecimal digits."""
        return canonical_digest(
            json.loads(json.dumps(asdict(self), default=lambda moment: moment.isoformat()))
        )

    @property
    def language(self) -> str:
        """The language the document is set in."""
        return self.edition.text.language


class PrintedPdf(Protocol):
    """A printed PDF."""

    @property
    def content(self) -> bytes: ...

    @property
    def pages(self) -> int: ...


# What the examination of a PDF found.


class VerificationCheck(StrEnum):
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
class VerificationReport:
    """The outcome of each check that was made (``None``: there was nothing to check), and what the seal says.

    ``sealed_at`` is what the sealing machine's clock said, ``stamped_at`` what a timestamp proves.
    """

    checks: dict[VerificationCheck, bool | None]
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
        return all(holds is not False for holds in self.checks.values()) and bool(
            self.checks.get(VerificationCheck.HOLDER)
        )

    @property
    def failed(self) -> VerificationCheck | None:
        """The first check that does not hold."""
        return next((check for check, holds in self.checks.items() if holds is False), None)


# Working copies: what a town hall needs around the paper itself. None of them is the paper, none is ever released.


@dataclass(frozen=True, slots=True)
class WorkingCopy:
    """One motion, summary, answer form, receipt or text, ready to be set as PDF or written as DOCX.

    ``body`` is HTML, escaped and sanitised, with one ``h1`` and nothing from elsewhere; ``mark`` and ``foot`` stand on
    every page. The same copy gives the same PDF.
    """

    title: str
    body: str
    language: str
    mark: str
    foot: str
    association: Association
    created: datetime

    @property
    def digest(self) -> str:
        """SHA-256 over all of it, 64 hexadecimal digits."""
        return canonical_digest({**asdict(self), "created": self.created.isoformat()})
