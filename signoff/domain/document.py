"""What a printed PDF is made from: frozen values, so the same input gives the same bytes."""

import json
from dataclasses import asdict, dataclass, replace
from datetime import datetime

from signoff.domain.addendum import Earlier, Withdrawal
from signoff.domain.association import Association
from signoff.domain.canonical import digest
from signoff.domain.paper import Edition
from signoff.domain.release import PrintKind
from signoff.domain.seal import Sealer
from signoff.domain.standing import Signatory


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
    as_of: datetime  # the "Stand" of the list; of a draft, the opening. Also the PDF's creation date
    address: str  # where the paper stands for good
    verify_address: str
    signatories: tuple[Signatory, ...] = ()
    layout: str = "state"  # state | place
    checkpoint: Checkpoint | None = None
    attachments: tuple[Attachment, ...] = ()
    sealer: Sealer | None = None
    number: int = 1  # of the addendum, or of the list's edition
    withdrawals: tuple[Withdrawal, ...] = ()
    earlier: tuple[Earlier, ...] = ()  # what was released before, the first edition first
    proof: bool = False  # a copy to be passed round before the release: marked, neither sealed nor to be checked
    logo: str = ""  # the association's, a PNG in base64

    @property
    def advance(self) -> "Document":
        """The same as a proof ("Vorabzug"): nothing in it says that it could be the released file."""
        return replace(self, proof=True, sealer=None, checkpoint=None, attachments=())

    @property
    def digest(self) -> str:
        """SHA-256 over all of it, 64 hexadecimal digits."""
        return digest(json.loads(json.dumps(asdict(self), default=lambda moment: moment.isoformat())))

    @property
    def language(self) -> str:
        """The language the document is set in."""
        return self.edition.text.language
