"""The association that runs the instance, its legal texts and its logo."""

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo, available_timezones

from signoff.domain.errors import Reason, Refusals
from signoff.domain.forms import FieldReader
from signoff.domain.text import parse_email


@dataclass(frozen=True, slots=True)
class Association:
    """Name, address and settings, as used on pages, in mail and in the PDF."""

    name: str
    short_name: str
    address: str
    email: str
    telephone: str
    hours: str = ""
    contact: str = "Geschäftsstelle"
    language: str = "de"
    time_zone: str = "Europe/Berlin"
    sender: str = ""  # of mail; empty: ``email``
    logo: str = ""  # the digest of the logo, if any
    texts_edited: bool = False  # imprint and privacy have been edited
    four_eyes: bool = False  # a second person confirms what becomes public

    @property
    def mail_from(self) -> str:
        """The sender of mail; replies go to ``email``."""
        return self.sender or self.email

    @property
    def zone(self) -> ZoneInfo:
        """The time zone in which days end and times are displayed."""
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

    def parse(self, languages: Collection[str]) -> dict[str, str]:
        """The values of ``Association``.

        Raises ``Refusals`` naming every wrong field, in the order of the form.
        """
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
        if self.refusals:
            raise Refusals(self.refusals)
        return values


# The legal texts of the pages: starters with blanks to fill in.

LEGAL_TEXT_KINDS = ("imprint", "privacy", "accessibility")
# Text in square brackets that is no Markdown link, image or reference.
PLACEHOLDER = re.compile(r"(?<![!\\\]])\[([^\[\]\n]+)\](?![(\[:])")


@dataclass(frozen=True, slots=True)
class LegalText:
    """Imprint, privacy or accessibility statement in one language.

    ``edited_at`` is ``None`` while placeholders are left.
    """

    kind: str
    language: str
    markdown: str
    edited_at: datetime | None


def list_placeholders(markdown: str) -> tuple[str, ...]:
    """The placeholders that still have to be replaced, each once."""
    return tuple(dict.fromkeys(PLACEHOLDER.findall(markdown)))


# Pixels: 380 per inch at 80 mm, the largest size on the title page.
MAX_LOGO_WIDTH, MAX_LOGO_HEIGHT = 1200, 600


@dataclass(frozen=True, slots=True)
class Logo:
    """The logo as a PNG, with its size in pixels; ``sha256`` is the digest of ``png``."""

    sha256: str
    png: bytes
    width: int
    height: int
