"""The content of printed PDFs, as frozen values so that equal input gives equal bytes."""

import json
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, fields, replace
from datetime import date, datetime
from enum import StrEnum
from hashlib import sha256

from signoff.domain.answers import Basis
from signoff.domain.association import Association
from signoff.domain.forms import DEFAULT_MAX_LENGTH, MAX_NOTE_LENGTH
from signoff.domain.log import LogEvidence
from signoff.domain.members import Member
from signoff.domain.papers import Edition
from signoff.domain.releases import LateWithdrawal, PrintKind, PriorRelease, SealIdentity
from signoff.domain.round_status import Signatory
from signoff.domain.rounds import Terms
from signoff.domain.text import canonical_digest

LIST_NAME = "signatories.json"  # the embedded file with the list


@dataclass(frozen=True, slots=True)
class Attachment:
    """An embedded file. ``relationship`` is ``Data``, ``Supplement``, … (ISO 32000-2, 7.11.3)."""

    name: str
    relationship: str
    description: str
    text: str


@dataclass(frozen=True, slots=True)
class PrintSettings:
    """The settings that a printed document shows. They may change later, so they are kept beside
    the print, which can be made again with them.
    """

    association: Association
    logo: str
    address: str
    verify_address: str
    sealer: SealIdentity | None


@dataclass(frozen=True, slots=True)
class Document:
    """One PDF: the marked draft (no signatories), the final paper, an addendum or a later edition.
    Of the kind TRIAL it is the final paper as it would be if everybody signed, for the office.

    An addendum lists only the late signatories; a later edition lists all current ones.
    """

    kind: PrintKind
    association: Association
    edition: Edition
    deadline: datetime | None  # of the round, once it is open
    # The date of the list ("Stand"), of a draft that of the opening. Also the creation date of the
    # PDF.
    as_of: datetime
    address: str  # permanent address of the paper
    verify_address: str
    signatories: tuple[Signatory, ...] = ()
    layout: str = "state"  # state | place | accession
    # The day of the numbers of inhabitants, if their total is published.
    inhabitants_as_of: str = ""
    plain: bool = False  # the list in plain lines instead of tables
    log: LogEvidence | None = None  # the statement of the log about it
    attachments: tuple[Attachment, ...] = ()
    sealer: SealIdentity | None = None
    number: int = 1  # of the addendum or of the list edition
    withdrawals: tuple[LateWithdrawal, ...] = ()
    earlier: tuple[PriorRelease, ...] = ()  # the first edition first
    proof: bool = False  # an advance copy ("Vorabzug"): marked, unsealed, not verifiable
    trial_round: bool = False  # of a trial round: marked on every page
    logo: str = ""  # of the association, a PNG in base64
    pictures: tuple[tuple[str, str], ...] = ()  # of the text: address, content in base64

    @property
    def as_proof(self) -> "Document":
        """The same document as a proof, which cannot be mistaken for the released file."""
        return replace(self, proof=True, sealer=None, log=None, attachments=())

    @property
    def digest(self) -> str:
        """SHA-256 over all fields, 64 hexadecimal digits."""
        return canonical_digest(
            json.loads(json.dumps(asdict(self), default=lambda moment: moment.isoformat()))
        )

    @property
    def settings(self) -> PrintSettings:
        return PrintSettings(
            **{item.name: getattr(self, item.name) for item in fields(PrintSettings)}
        )

    @property
    def site(self) -> str:
        """The address of the pages, without a slash at its end."""
        return self.address.removesuffix(f"/papers/{self.edition.slug}")

    @property
    def identifier(self) -> str:
        """A URI that no other document of the association has; it leads to the paper."""
        kind = self.kind if self.kind.is_later else PrintKind.EDITION
        return f"{self.address}#text-{self.edition.number}-{kind}-{self.number}"

    @property
    def is_publication(self) -> bool:
        """Whether it is made to be released, or to show what will be."""
        return self.kind is not PrintKind.DRAFT and not (self.proof or self.trial_round)

    @property
    def list_data(self) -> str:
        """The list as it is embedded; empty where nothing is to be released."""
        if self.kind is PrintKind.TRIAL:
            return ""
        return next((file.text for file in self.attachments if file.name == LIST_NAME), "")

    @property
    def language(self) -> str:
        """The language of the edition."""
        return self.edition.text.language


# The trial print of the whole document: everybody who is to be asked, with placeholders as long as
# their answers may plausibly become.

UNPRINTED_TERMS = ("public", "progress", "late", "reminders", "introductions")
PRINTED_TERMS = tuple(item.name for item in fields(Terms) if item.name not in UNPRINTED_TERMS)
MAX_SAMPLE_NOTES = 25  # members with a note of full length
MAX_SAMPLE_FIELDS = 3  # members whose answers fill their fields to the limit
SAMPLE_SIGNER = "Prof. Dr. Vorname Zweitname Musterfrau-Mustermann"
SAMPLE_FUNCTION = "Oberbürgermeisterin und Vorsitzende der Verbandsversammlung"
SAMPLE_BODY = "Stadtverordnetenversammlung mit Haupt- und Finanzausschuss"
SAMPLE_NOTE = "Hier steht eine Protokollnotiz des Mitglieds in voller Länge. "
SAMPLE_DAY = date(2028, 9, 28)  # a day with a long name


def build_trial_signatories(members: Iterable[Member], terms: Terms) -> tuple[Signatory, ...]:
    """Everybody of ``members`` as a signatory, on the terms of the round."""
    return tuple(
        build_trial_signatory(member, number, terms) for number, member in enumerate(members)
    )


def build_trial_signatory(member: Member, number: int, terms: Terms) -> Signatory:
    fill = fill_field if number < MAX_SAMPLE_FIELDS else str
    return Signatory(
        name=member.official_name,
        sort_name=member.name,
        key=member.key,
        kind=member.kind,
        state=member.state,
        district=member.district,
        country=member.country,
        signer=fill(SAMPLE_SIGNER) if terms.signers else "",
        function=fill(SAMPLE_FUNCTION) if terms.signers and terms.functions else "",
        basis=Basis.BOTH if terms.basis else None,
        decision_body=fill(SAMPLE_BODY) if terms.basis else "",
        decided_on=SAMPLE_DAY if terms.basis and terms.dates else None,
        signed_on=SAMPLE_DAY if terms.signing_dates else None,
        inhabitants=int(member.inhabitants) if terms.inhabitants and member.inhabitants else None,
        first=bool(terms.first_tag) and terms.first_tag in member.tags,
        shows_key=terms.keys,
        note=fill_text(SAMPLE_NOTE, MAX_NOTE_LENGTH)
        if terms.notes and number < MAX_SAMPLE_NOTES
        else "",
    )


def fill_field(text: str) -> str:
    return fill_text(f"{text} ", DEFAULT_MAX_LENGTH)


def fill_text(text: str, length: int) -> str:
    """``text`` again and again, up to ``length`` characters."""
    return (text * (length // len(text) + 1))[:length].strip()


ProgressCallback = Callable[[int, int], None]  # gets the number of finished steps, and of all


@dataclass(frozen=True, slots=True)
class PrintedDocument:
    """A finished PDF and its number of pages."""

    content: bytes
    pages: int

    @property
    def sha256(self) -> str:
        return sha256(self.content).hexdigest()

    @property
    def size(self) -> int:
        """The length of the file in bytes."""
        return len(self.content)


class CopyKind(StrEnum):
    """The copies that are sealed, as their catalog names them (``/SignoffKind``)."""

    RECEIPT = "receipt"
    CERTIFICATE = "certificate"  # of the process


# Verification.


class VerificationCheck(StrEnum):
    """The checks of a PDF, in their order."""

    READABLE = "readable"
    SEAL = "seal"
    UNALTERED = "unaltered"
    HOLDER = "holder"
    TIMESTAMP = "timestamp"
    AUTHORITY = "authority"
    LIST = "list"
    TEXT = "text"
    CHECKPOINT = "checkpoint"
    EARLIER = "earlier"


class ListFact(StrEnum):
    """What a printed row of the list can show otherwise than the data beside it."""

    ROW = "row"  # a row is missing or too many
    NAME = "name"
    CALL = "call"  # the number of the note
    SIGNER = "signer"
    FUNCTION = "function"
    BASIS = "basis"
    BODY = "body"  # that decided
    DECIDED_ON = "decided_on"
    SIGNED_ON = "signed_on"
    WITHDRAWN_ON = "withdrawn_on"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class ListDifference:
    """Where the printed list differs from its data: ``number`` counts rows, or notes, from 1."""

    number: int
    name: str  # of the member
    fact: ListFact
    expected: str
    printed: str


@dataclass(frozen=True, slots=True)
class VerificationReport:
    """The result of each check (``None``: not applicable), and the data of the seal.

    ``sealed_at`` is claimed by the clock of the sealing machine, ``stamped_at`` proved by a
    timestamp.
    """

    checks: dict[VerificationCheck, bool | None]
    holder: str = ""
    issuer: str = ""
    fingerprint: str = ""
    sealed_at: datetime | None = None
    level: str = ""
    stamped_at: datetime | None = None
    stamped_by: str = ""
    count: int | None = None  # of signatories
    edition_digest: str = ""
    size: int | None = None  # of the log at its checkpoint
    root: str = ""
    kind: str = ""  # final, addendum or edition; or of a sealed copy
    number: int | None = None
    difference: ListDifference | None = None  # of the printed list, if there is one
    copy_title: str = ""  # of an unsealed copy that this instance made

    @property
    def genuine(self) -> bool:
        """Whether no check failed and the seal is trusted."""
        return self.ground is Ground.SEALED

    @property
    def failed(self) -> VerificationCheck | None:
        """The first failed check."""
        return next((check for check, passed in self.checks.items() if passed is False), None)

    @property
    def ground(self) -> "Ground":
        """The verdict from the file alone."""
        checks = self.checks
        if self.copy_title:
            return Ground.OWN_COPY
        if checks.get(VerificationCheck.READABLE) is None:
            return Ground.OUT_OF_TIME
        if not (checks.get(VerificationCheck.SEAL) and checks.get(VerificationCheck.UNALTERED)):
            return Ground.CHECK_FAILED
        if not checks.get(VerificationCheck.HOLDER):
            return Ground.OTHER_KEY
        failed = {check for check, passed in checks.items() if passed is False}
        if failed == {VerificationCheck.AUTHORITY}:
            return Ground.OTHER_AUTHORITY
        if failed:
            return Ground.CHECK_FAILED
        return Ground.SEALED_COPY if self.kind in set(CopyKind) else Ground.SEALED


class Verdict(StrEnum):
    """The verdict on a file."""

    GENUINE = "genuine"
    SUPERSEDED = "superseded"  # genuine, and replaced by a later edition of its list
    WITHDRAWN = "withdrawn"
    NOT_GENUINE = "not_genuine"
    CANNOT_TELL = "cannot_tell"  # from here


class Ground(StrEnum):
    """Why a verdict is given."""

    RELEASED = "released"  # byte for byte a released file
    SEALED = "sealed"  # by a trusted key, and nothing contradicts it
    OWN_COPY = "own_copy"  # a draft or working copy as we made it
    SEALED_COPY = "sealed_copy"  # a receipt or certificate, sealed by a trusted key
    SUPERSEDED = "superseded"
    WITHDRAWN = "withdrawn"
    UNRELEASED = "unreleased"  # sealed by our key, and never released
    CHECK_FAILED = "check_failed"
    OUT_OF_TIME = "out_of_time"  # the machine had too much else to do
    OTHER_KEY = "other_key"  # a whole seal by a key that is not known here
    OTHER_AUTHORITY = "other_authority"  # a timestamp of an authority that is not known here

    @property
    def verdict(self) -> Verdict:
        return VERDICTS[self]


VERDICTS = {
    Ground.RELEASED: Verdict.GENUINE,
    Ground.SEALED: Verdict.GENUINE,
    Ground.OWN_COPY: Verdict.GENUINE,
    Ground.SEALED_COPY: Verdict.GENUINE,
    Ground.SUPERSEDED: Verdict.SUPERSEDED,
    Ground.WITHDRAWN: Verdict.WITHDRAWN,
    Ground.UNRELEASED: Verdict.NOT_GENUINE,
    Ground.CHECK_FAILED: Verdict.NOT_GENUINE,
    Ground.OUT_OF_TIME: Verdict.CANNOT_TELL,
    Ground.OTHER_KEY: Verdict.CANNOT_TELL,
    Ground.OTHER_AUTHORITY: Verdict.CANNOT_TELL,
}


@dataclass(frozen=True, slots=True)
class LetterText:
    """The words of a letter. ``body`` is HTML; ``address`` opens ``site`` with the code."""

    subject: str
    body: str
    language: str
    site: str
    code: str
    address: str


# Working copies: documents for the use of the town hall, which are never released.


@dataclass(frozen=True, slots=True)
class WorkingCopy:
    """A motion, summary, form, receipt, text, letters or report, to be rendered as PDF or DOCX.

    ``body`` is sanitised HTML with one ``h1`` and no external resources; ``mark`` and ``foot``
    appear on every page.
    """

    title: str
    body: str
    language: str
    mark: str
    foot: str
    association: Association
    created: datetime
    pictures: tuple[tuple[str, str], ...] = ()  # of the text: address, content in base64
    drawings: tuple[tuple[str, str], ...] = ()  # of a report: name, SVG
    logo: str = ""  # of the association, a PNG in base64; empty: its name alone
    codes: tuple[str, ...] = ()  # of letters: addresses, printed as QR codes qr-1.svg, qr-2.svg …
    sheets: tuple[str, ...] = ("print.css", "working.css")  # the style of its print
    kind: CopyKind | None = None  # of one that is sealed

    @property
    def digest(self) -> str:
        """SHA-256 over all fields, 64 hexadecimal digits."""
        return canonical_digest({**asdict(self), "created": self.created.isoformat()})
