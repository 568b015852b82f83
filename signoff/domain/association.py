"""The association that runs the instance, its legal texts and its logo."""

import re
from collections.abc import Collection, Mapping
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
    four_eyes: bool = False  # a second person confirms what becomes public
    responsible: str = ""  # the person responsible for the content, named in the imprint
    licence: str = (
        ""  # under which papers and lists may be used, with its web address if it has one
    )

    @property
    def mail_from(self) -> str:
        """The sender of mail; replies go to ``email``."""
        return self.sender or self.email

    @property
    def zone(self) -> ZoneInfo:
        """The time zone in which days end and times are displayed."""
        return ZoneInfo(self.time_zone)

    def has(self, field: str) -> bool:
        """Whether somebody has entered this field."""
        value = getattr(self, field)
        return bool(value) and value != getattr(STARTER, field)


# What a new instance begins with.
STARTER = Association(
    name="Name des Verbandes",
    short_name="Verband",
    address="Straße Hausnummer\nPostleitzahl Ort",
    email="geschaeftsstelle@verband.example",
    telephone="0000 000000",
)


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
        "responsible": 200,
        "licence": 200,
    }

    def parse(self, languages: Collection[str]) -> dict[str, str]:
        """The values of ``Association``.

        Raises ``Refusals`` naming every wrong field, in the order of the form.
        """
        values = {
            "name": self.text("name"),
            "short_name": self.text("short_name"),
            "address": "\n".join(map(str.strip, self.text("address").split("\n"))),
            "responsible": self.text("responsible", required=False),
            "licence": self.text("licence", required=False),
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
# What a placeholder in braces stands for, by its names in German and English.
PLACEHOLDERS = {
    "name": "name",
    "anschrift": "address",
    "address": "address",
    "telefon": "telephone",
    "telephone": "telephone",
    "email": "email",
    "verantwortlich": "responsible",
    "responsible": "responsible",
    "auftritt": "site",
    "site": "site",
    "linkfrist": "link_period",
    "link_period": "link_period",
    "fristen": "periods",
    "periods": "periods",
}
INSTANCE_FACTS = ("site", "link_period", "periods")  # the others are the association's
BRACES = re.compile(r"\{([^{}\n]+)\}")
MARKDOWN_CHARACTERS = re.compile(r"[!-/:-@\[-`{-~]")
# Text in square brackets that is no Markdown link, image or reference.
BRACKETS = re.compile(r"(?<![!\\\]])\[([^\[\]\n]+)\](?![(\[:])")


@dataclass(frozen=True, slots=True)
class LegalText:
    """Imprint, privacy or accessibility statement in one language.

    ``edited_at`` is ``None`` while blanks are left.
    """

    kind: str
    language: str
    markdown: str
    edited_at: datetime | None

    def is_public(self, association: Association) -> bool:
        """Whether everybody may read it: the office has written it, and no gap is left."""
        return self.edited_at is not None and not list_gaps(self.markdown, association)


def list_blanks(markdown: str) -> tuple[str, ...]:
    """The gaps of a text: text in square brackets, and placeholders that do not exist."""
    unknown = [name for name in BRACES.findall(markdown) if name not in PLACEHOLDERS]
    return tuple(dict.fromkeys([*BRACKETS.findall(markdown), *(f"{{{name}}}" for name in unknown)]))


def list_gaps(markdown: str, association: Association) -> tuple[str, ...]:
    """The blanks, and the placeholders for which the association has no value yet, each once."""
    missing = [
        f"{{{name}}}"
        for name in BRACES.findall(markdown)
        if (field := PLACEHOLDERS.get(name)) not in (None, *INSTANCE_FACTS)
        and not association.has(field)
    ]
    return tuple(dict.fromkeys([*list_blanks(markdown), *missing]))


def fill_legal_text(markdown: str, association: Association, facts: Mapping[str, str]) -> str:
    """The text with what is entered once: name, address and so on; ``facts`` are Markdown for each
    of ``INSTANCE_FACTS``. Values read literally; what is not entered yet is left as it is.
    """

    def get_value(found: re.Match[str]) -> str:
        field = PLACEHOLDERS.get(found[1], "")
        if field in facts:
            return facts[field]
        if not field or not association.has(field):
            return found[0]
        lines = getattr(association, field).split("\n")
        return "\\\n".join(MARKDOWN_CHARACTERS.sub(r"\\\g<0>", line) for line in lines)

    return BRACES.sub(get_value, markdown)


# Pixels: 380 per inch at 80 mm, the largest size on the title page.
MAX_LOGO_WIDTH, MAX_LOGO_HEIGHT = 1200, 600


@dataclass(frozen=True, slots=True)
class Logo:
    """The logo as a PNG, with its size in pixels; ``sha256`` is the digest of ``png``."""

    sha256: str
    png: bytes
    width: int
    height: int
