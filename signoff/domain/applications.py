"""Applications of bodies that were not asked: the form, the limits of mail, and the decision.

Anybody can type any address. Until its holder has confirmed the application, the address gets few
mails, and nothing of what was typed but the name.
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import ClassVar

from signoff.domain.errors import Reason, Refusal, Refusals
from signoff.domain.forms import MAX_LENGTHS
from signoff.domain.members import (
    GERMANY,
    Member,
    Representative,
    RepresentativeForm,
    check_field,
    check_state,
    parse_state,
)
from signoff.domain.rounds import Round
from signoff.domain.text import is_same_address

LINK_LIFETIME = timedelta(days=7)  # of an application that nobody has confirmed
MAIL_INTERVAL = timedelta(days=1)  # between two mails to one address about one round
MAX_PER_MAILBOX = 3  # mails a day about one round, after which no variant of its address gets one
LIMIT_PERIOD = timedelta(days=1)
MAX_PER_DAY = 50  # mails to strangers about one round within this period

# What a mail program makes a link of, or somebody dials.
CONTACT_DATA = re.compile(r"://|www\.|@|\w{2,}\.\w{2,}|\d(?:[\s/().-]*\d){4,}", re.IGNORECASE)
FREE_MAIL = re.compile(
    r"(aol|arcor|freenet|gmail|gmx|googlemail|hotmail|icloud|live|mail|mailbox|me|msn|outlook|posteo"
    r"|proton|protonmail|t-online|web|yahoo)\.(com|de|net|org|at|ch|me)"
)


@dataclass(frozen=True, slots=True)
class Application:
    """An application to sign in one round; ``contact`` is a person, or an office of the body."""

    id: int
    round_id: int
    official_name: str
    kind: str
    state: str
    email: str
    contact: str
    language: str
    applied_at: datetime  # when the mail with the link was last enqueued
    confirmed_at: datetime | None = None
    decided_at: datetime | None = None
    member_id: int | None = None  # whom the office has made of it
    reason: str = ""  # why the office has refused it

    def may_be_mailed(self, now: datetime) -> bool:
        """Whether the address gets one more mail, because somebody has typed it again."""
        return self.confirmed_at is None and now >= self.applied_at + MAIL_INTERVAL

    def is_expired(self, now: datetime) -> bool:
        return self.confirmed_at is None and now >= self.applied_at + LINK_LIFETIME

    def confirm(self, fields: "ApplicationFields", now: datetime) -> "Application":
        """Confirmed with what the holder of the address has left or corrected in the form."""
        return replace(
            self,
            official_name=fields.official_name,
            kind=fields.kind,
            state=fields.state,
            contact=fields.contact,
            confirmed_at=now,
        )

    def accept(self, member_id: int, now: datetime) -> "Application":
        self.require_undecided()
        return replace(self, decided_at=now, member_id=member_id)

    def refuse(self, reason: str, now: datetime) -> "Application":
        self.require_undecided()
        return replace(self, decided_at=now, reason=reason)

    def require_undecided(self) -> None:
        if self.confirmed_at is None or self.decided_at:
            raise Refusal(Reason.NOTHING_TO_DECIDE)


def get_mailbox(email: str) -> str:
    """The mailbox of an address, whose mails are counted: of ``rathaus+1@ulm.example``, that of
    ``rathaus@ulm.example``.
    """
    local, _, domain = email.casefold().rpartition("@")
    return f"{local.partition('+')[0]}@{domain}"


def is_flooded(email: str, mails: int) -> bool:
    """Whether an address gets no mail because of the others of its mailbox. Without a tag it
    always gets its own: nobody can use that up with variants of it.
    """
    return mails >= MAX_PER_MAILBOX and email.casefold() != get_mailbox(email)


def require_applications(round: Round, now: datetime) -> None:
    """Refuse an application to a round that takes none, or none any more."""
    if not round.terms.applications or not round.is_announced(now):
        raise Refusal(Reason.NO_APPLICATIONS)
    round.require_open(now)


def require_few(mails: int) -> None:
    """Refuse one more mail to a stranger, after so many of the last 24 hours."""
    if mails >= MAX_PER_DAY:
        raise Refusal(Reason.TOO_MANY_APPLICATIONS)


# The forms: of the applicant, and of the office that accepts.


@dataclass(frozen=True, slots=True)
class ApplicationFields:
    """The fields of an application. ``email`` is empty where the link has settled it."""

    official_name: str
    kind: str
    state: str
    contact: str
    email: str = ""


class ApplicationForm(RepresentativeForm):
    """Reads the form of an application."""

    max_lengths: ClassVar = MAX_LENGTHS | {"official_name": 120, "kind": 60}

    def parse(self, *, with_address: bool = True) -> ApplicationFields:
        """Raises ``Refusals`` naming every field that is wrong, in the order of the form."""
        fields = ApplicationFields(
            self.plain("official_name"),
            self.plain("kind"),
            parse_state(self.plain("state", required=False), GERMANY),
            self.plain("contact_person"),
            self.address(self.text("email")) if with_address else "",
        )
        if reason := check_state(fields.state, GERMANY):
            self.refuse(reason, "state", text=fields.state)
        if self.refusals:
            raise Refusals(self.refusals)
        return fields

    def plain(self, field: str, *, required: bool = True) -> str:
        """One line that is no advertisement in a mail: without addresses and telephone numbers."""
        text = self.line(field, required=required)
        if text and not any(char.isalpha() for char in text):
            self.refuse(Reason.MISSING, field)
        if CONTACT_DATA.search(unicodedata.normalize("NFKC", text)):
            self.refuse(Reason.CONTACT_DATA, field)
        return text


def require_confirmation(application: Application, typed: str) -> None:
    """Refuse a confirmation without the name as the page shows it: robots press buttons, too."""
    name = application.official_name
    if not Member("", name, id=0).is_called(typed):
        reason = Reason.NOT_THE_NAME if typed.strip() else Reason.MISSING
        raise Refusal(reason, "confirm", name=name)


class AcceptanceForm(RepresentativeForm):
    """Reads what the office adds to an application that it accepts."""

    def parse(self) -> tuple[str, str, str]:
        """Key, name and country of the member; raises ``Refusals``."""
        key, name = self.text("key"), self.text("name")
        country = self.text("country", required=False).upper() or GERMANY
        if reason := check_field("country", country):
            self.refuse(reason, "country", text=country)
        if self.refusals:
            raise Refusals(self.refusals)
        return key, name, country


# What the office should know before it decides.


class Doubt(StrEnum):
    """A doubt about an application. It is shown to the office, which decides."""

    FREE_MAIL = "free_mail"
    KNOWN_ADDRESS = "known_address"  # of somebody on the member list
    KNOWN_NAME = "known_name"  # of a member
    SAME_NAME = "same_name"  # of another application to the round


def list_doubts(
    application: Application,
    members: Iterable[Member],
    representatives: Iterable[Representative],
    others: Sequence[Application],
) -> list[tuple[Doubt, list[str]]]:
    """Each doubt with the names of the members, or addresses of the applications, it is about."""
    names = {member.id: member.official_name for member in members}
    known = [
        names[each.member_id]
        for each in representatives
        if each.email and is_same_address(each.email, application.email)
    ]
    called = [member for member in members if member.is_called(application.official_name)]
    same = [
        other.email
        for other in others
        if other.id != application.id
        and other.official_name.casefold() == application.official_name.casefold()
    ]
    domain = application.email.rpartition("@")[2]
    found = {
        Doubt.FREE_MAIL: [domain] if FREE_MAIL.fullmatch(domain) else [],
        Doubt.KNOWN_ADDRESS: known,
        Doubt.KNOWN_NAME: [member.official_name for member in called],
        Doubt.SAME_NAME: same,
    }
    return [(doubt, concerned) for doubt, concerned in found.items() if concerned]
