"""Who runs the instance."""

import re
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo


@dataclass(frozen=True, slots=True)
class Association:
    """The association as its members and the public know it; used on pages, in mail and in the PDF."""

    name: str
    short_name: str
    address: str
    email: str
    telephone: str
    hours: str = ""
    contact: str = "Geschäftsstelle"
    language: str = "de"
    time_zone: str = "Europe/Berlin"
    sender: str = ""  # where mail comes from; empty: ``email``
    logo: str = ""  # the digest of the logo, if there is one
    texts_edited: bool = False  # have imprint and privacy been edited since the starter texts
    four_eyes: bool = False  # does a second person confirm each release

    @property
    def mail_from(self) -> str:
        """The address mail is sent from; answers go to ``email``."""
        return self.sender or self.email

    @property
    def zone(self) -> ZoneInfo:
        """The time zone in which days begin and end and times are printed."""
        return ZoneInfo(self.time_zone)


# The legal texts of the pages: starters with blanks to fill in.

LEGAL_TEXT_KINDS = ("imprint", "privacy", "accessibility")
PLACEHOLDER = re.compile(
    r"(?<![!\\\]])\[([^\[\]\n]+)\](?![(\[:])"
)  # no link, no picture, no reference


@dataclass(frozen=True, slots=True)
class LegalText:
    """Imprint, privacy or accessibility statement in one language; ``edited_at`` is None while blanks are left."""

    kind: str
    language: str
    markdown: str
    edited_at: datetime | None


def list_placeholders(markdown: str) -> tuple[str, ...]:
    """What still stands in square brackets, each once: a text with blanks is nobody's imprint."""
    return tuple(dict.fromkeys(PLACEHOLDER.findall(markdown)))


# The association's logo, as pages and the PDF use it.

MAX_LOGO_WIDTH, MAX_LOGO_HEIGHT = (
    1200,
    600,
)  # pixels kept: at 80 mm, the most the title page gives it, 380 a inch


@dataclass(frozen=True, slots=True)
class Logo:
    """A PNG with its size in pixels; ``sha256`` is over its bytes and names it."""

    sha256: str
    png: bytes
    width: int
    height: int
