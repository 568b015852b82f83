"""Working copies: what a town hall needs around the paper itself. None of them is the paper, none is ever released."""

from dataclasses import asdict, dataclass
from datetime import datetime

from signoff.domain.association import Association
from signoff.domain.canonical import digest


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
        return digest({**asdict(self), "created": self.created.isoformat()})
