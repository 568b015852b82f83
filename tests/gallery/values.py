"""The values the scenes are made of, all by hand, and the list of scenes."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from signoff.domain.answers import (
    Answer,
    AnswerKind,
    AnswerVersion,
    Basis,
    Channel,
    CouncilDecision,
    Declaration,
    Signer,
    Submitter,
)
from signoff.domain.association import Association
from signoff.domain.dates import end_of_day
from signoff.domain.members import Member
from signoff.domain.papers import Edition, Text
from signoff.domain.releases import Print, PrintKind, Release
from signoff.domain.rounds import Invitation, Link, Round, Terms
from signoff.store.access import InvitationAccess

ROOT = Path(__file__).parent.parent.parent
ZONE = ZoneInfo("Europe/Berlin")
NOW = datetime(2027, 1, 21, 10, 45, tzinfo=ZONE)
TOKEN = "token"
FORUM = Association(
    "Städteforum Öffentlicher Raum e. V.",
    "Städteforum Öffentlicher Raum",
    "Musterplatz 1\n50667 Köln",
    "mitzeichnung@staedteforum.example",
    "0221 4710-128",
    "Mo–Do 9–16 Uhr, Fr 9–13 Uhr",
    "Geschäftsstelle, Mitgliederbetreuung",
)
HTML = (ROOT / "tests" / "pdf" / "leitgedanken.html").read_text()
TEXT = Text(
    "Leitgedanken zu marginalisierten Gruppen im öffentlichen Raum",
    HTML,
    "",
    "Positionspapier",
    "de",
    "27. Mitgliederversammlung",
    date(2026, 11, 12),
    "Mannheim",
)
EDITION = Edition(1, 1, "leitgedanken", 1, TEXT, TEXT.digest, NOW)
ROUND = Round(
    1, 1, NOW - timedelta(days=59), end_of_day(date(2027, 2, 26), ZONE), terms=Terms(late=True)
)
CLOSED = replace(ROUND, closed_at=ROUND.deadline)
MEMBER = Member(
    "05513000", "Musterhausen", "Stadt Musterhausen", "Stadt", "Nordrhein-Westfalen", id=1
)
LONG_NAME = "Sankt Margarethen an der Nordrandschnellstraße"
LONG_TITLE = f"Hanse- und Universitätsverbandsgemeinde {LONG_NAME} und Umgebung"
LONG = Member("x", LONG_NAME, LONG_TITLE, "Stadt", "Mecklenburg-Vorpommern", id=2)
LINK = Link(
    1, 1, "a", 1, 1, "Stabsstelle Prävention", "praevention@musterhausen.example", "de", NOW
)
OTHER = replace(
    LINK, id=2, name="Büro der Oberbürgermeisterin", email="ob-buero@musterhausen.example"
)
DECLARED = Declaration(
    "Stadt Musterhausen",
    Signer("Vorname", "Nachname", "Oberbürgermeisterin", "Dr."),
    Basis.COUNCIL,
    CouncilDecision("Rat der Stadt", date(2027, 1, 14), "24-29/1234"),
    True,
    "Die Stadt versteht Leitgedanke 4 im Rahmen der verfügbaren Haushaltsmittel.",
)
CONTACT = Submitter(
    "Vorname Nachname", "Stabsstelle Kommunale Prävention", "praevention@musterhausen.example"
)
SIGNED = Answer(AnswerKind.COSIGN, CONTACT, DECLARED)
DECLINED = Answer(
    AnswerKind.DECLINE, CONTACT, reason="Der Rat hat sich\nmehrheitlich dagegen ausgesprochen."
)
PENDING = Answer(
    AnswerKind.PENDING, CONTACT, expected_on=date(2027, 3, 18), expected_body="Hauptausschuss"
)
RECIPIENTS = [LINK.email, OTHER.email]
DRAFT = Print(
    id=1,
    round_id=1,
    kind=PrintKind.DRAFT,
    number=0,
    entry=2,
    enqueued_at=NOW,
    printed_at=NOW,
    sha256="a" * 64,
    size=214_000,
    pages=9,
)
RELEASE = Release(1, 1, 1, "b7d04e19" * 8, 612_300, 11, ROUND.deadline, NOW + timedelta(days=41))
LATER = NOW + timedelta(days=60)

Scene = Callable[[], str]
SCENES: dict[str, Scene] = {}


def scene(function: Scene) -> Scene:
    """Hang a page into the gallery under the name of the function."""
    SCENES[function.__name__.replace("_", "-")] = function
    return function


def version(
    answer: Answer, link_id: int | None = 1, channel: Channel = Channel.LINK
) -> AnswerVersion:
    return AnswerVersion(1, 1, 1, answer, NOW - timedelta(minutes=3), channel, link_id, 214)


def door(
    answered: AnswerVersion | None = None, round: Round = ROUND, member: Member = MEMBER, **other
) -> InvitationAccess:
    invitation = Invitation(1, 1, member.id, "MZ-2027-0024", NOW)
    return replace(
        InvitationAccess(LINK, invitation, member, round, EDITION, answered, (OTHER,), DRAFT, None),
        **other,
    )
