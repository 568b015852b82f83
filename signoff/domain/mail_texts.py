"""The office's own texts in place of the shipped ones of a mail, and their placeholders."""

import re
from collections.abc import Mapping

from signoff.domain.errors import Reason, Refusals
from signoff.domain.forms import FieldReader
from signoff.domain.mail import (
    ACCOUNT_MAIL_KINDS,
    APPLICATION_MAIL_KINDS,
    MailKind,
    MailText,
)
from signoff.domain.text import parse_email

# The mails to members, in the order in which they occur.
EDITABLE_KINDS = tuple(
    kind
    for kind in MailKind
    if kind not in (*ACCOUNT_MAIL_KINDS, *APPLICATION_MAIL_KINDS, MailKind.COPY)
)
# What a placeholder stands for, by its names in German and English.
PLACEHOLDERS = {
    "mitglied": "member",
    "member": "member",
    "mitglied_nominativ": "nominative",
    "mitglied_genitiv": "genitive",
    "mitglied_dativ": "dative",
    "mitglied_akkusativ": "accusative",
    "titel": "title",
    "title": "title",
    "frist": "deadline",
    "deadline": "deadline",
    "vorgang": "reference",
    "reference": "reference",
    "anrede": "salutation",
    "salutation": "salutation",
    "name": "name",
    "verband": "association",
    "association": "association",
    "telefon": "telephone",
    "telephone": "telephone",
}
BRACES = re.compile(r"\{([^{}\n]*)\}|[{}]")
REFERENCES = ("{vorgang}", "{reference}")


class MailTextReader(FieldReader):
    """Reads the form of a mail's words. Empty fields keep what is shipped."""

    multiline_fields = ("opening", "signature")
    max_lengths = {"subject": 160, "greeting": 160, "opening": 3000, "signature": 600}

    def parse(self, kind: MailKind, language: str) -> MailText:
        """The words. Raises ``Refusals`` with every fault and the line it is in."""
        words = {name: self.text(name, required=False) for name in self.max_lengths}
        for name, text in words.items():
            self.check_placeholders(name, text)
        if "=?" in words["subject"]:  # would be read as an encoded word
            self.refuse(Reason.UNPRINTABLE, "subject", characters="=?")
        if words["subject"] and not any(name in words["subject"] for name in REFERENCES):
            self.refuse(Reason.NO_REFERENCE, "subject")
        if self.refusals:
            raise Refusals(self.refusals)
        return MailText(kind, language, **words)

    def check_placeholders(self, field: str, text: str) -> None:
        for number, line in enumerate(text.splitlines(), start=1):
            for found in BRACES.finditer(line):
                if found[1] not in PLACEHOLDERS:
                    self.refuse(
                        Reason.UNKNOWN_PLACEHOLDER, field, placeholder=found[0], line=number
                    )


class MailCopyReader(FieldReader):
    """Reads to which addresses copies of which mails go."""

    def parse(self) -> list[tuple[MailKind, str]]:
        """The addresses by kind of mail. Raises ``Refusals`` with every wrong one."""
        copies: dict[tuple[MailKind, str], None] = {}
        for kind in EDITABLE_KINDS:
            field = f"copy_{kind}"
            for text in filter(None, re.split(r"[,;\s]+", self.text(field, required=False))):
                copies[kind, email := parse_email(text) or ""] = None
                if not email:
                    self.refuse(Reason.NOT_AN_ADDRESS, field, text=text)
        if self.refusals:
            raise Refusals(self.refusals)
        return list(copies)


def fill_placeholders(text: str, values: Mapping[str, str]) -> str:
    """``text`` with the value of each placeholder, by what it stands for."""
    return BRACES.sub(lambda found: values[PLACEHOLDERS[found[1]]], text)
