"""Who runs the instance."""

import re
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo, available_timezones

from signoff.domain.errors import Reason, Refusals
from signoff.domain.forms import FieldReader


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


class AssociationForm(FieldReader):
    """Reads the fields that describe the association."""

    multiline_fields = ("address",)
    max_lengths = {
        "name": 200,
        "short_name": 200,
        "address": 500,
        "contact": 200,
        "telephone": 200,
        "hours": 200,
        "email": 200,
        "sender": 200,
    }

    def parse(
        self, languages: Collection[str], parse_email: Callable[[str], str | None]
    ) -> dict[str, str]:
        """The values of ``Association``. Raises ``Refusals`` naming every wrong field, in the order of the form."""
        values = {
            "name": self.text("name"),
            "short_name": self.text("short_name"),
            "address": "\n".join(map(str.strip, self.text("address", required=False).split("\n"))),
            "contact": self.text("contact"),
            "telephone": self.text("telephone"),
            "hours": self.text("hours", required=False),
            "email": self.text("email"),
            "sender": self.text("sender", required=False),
            "time_zone": self.text("time_zone"),
            "language": self.choice("language", {code: code for code in languages}) or "",
        }
        for name in ("email", "sender"):
            if values[name] and parse_email(values[name]) is None:
                self.refuse(Reason.NOT_AN_ADDRESS, name, text=values[name])
        if values["time_zone"] and values["time_zone"] not in available_timezones():
            self.refuse(Reason.NOT_A_TIME_ZONE, "time_zone", text=values["time_zone"])
        if self.refused:
            raise Refusals(self.refused)
        return values


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
