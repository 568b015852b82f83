"""The cast as plain values: an association, its members, a paper, a round, links, answers and mails' recipients.

Musterhausen signs, Beispielstadt hesitates, Ähringen declines, Briefdorf has no e-mail, Nirgendwo was never invited.
``tests/world.py`` and ``tests/web/office/office.py`` store them in an instance.
"""

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
from signoff.domain.members import Member, MemberRow, RepresentativeRow
from signoff.domain.papers import Edition, Text
from signoff.domain.releases import Print, PrintKind, Release
from signoff.domain.rounds import Invitation, Link, Round
from signoff.store.access import InvitationAccess

ROOT = Path(__file__).parents[1]
BERLIN = ZoneInfo("Europe/Berlin")
OPENED = datetime(2027, 1, 11, 9, tzinfo=BERLIN)
NOW = datetime(2027, 1, 21, 10, 45, tzinfo=BERLIN)
LAST_DAY = date(2027, 2, 26)
DEADLINE = end_of_day(LAST_DAY, BERLIN)

FORUM = Association(
    name="Städteforum Öffentlicher Raum e. V.",
    short_name="Städteforum",
    address="Musterstraße 1\n50667 Köln",
    email="mitzeichnung@staedteforum.example",
    telephone="0221 4710-128",
    hours="Mo–Do 9–16 Uhr, Fr 9–13 Uhr",
)

# papers

SLUG = "leitgedanken"
ADOPTED = date(2026, 11, 12)
TEXT = Text(
    "Leitgedanken", "<h2>Raum für alle</h2>\n<p>Plätze gehören allen.</p>", adopted_on=ADOPTED
)
PAPER = Text(
    "Leitgedanken zu marginalisierten Gruppen im öffentlichen Raum",
    (ROOT / "tests/pdf/leitgedanken.html").read_text("utf-8"),
    adopted_by="27. Mitgliederversammlung",
    adopted_on=ADOPTED,
    adopted_at="Mannheim",
)
EDITION = Edition(5, 2, SLUG, 1, PAPER, PAPER.digest, OPENED)
ROUND = Round(3, EDITION.id, OPENED, DEADLINE)
CLOSED = replace(ROUND, closed_at=DEADLINE)
DRAFT = Print(
    id=1,
    round_id=ROUND.id,
    kind=PrintKind.DRAFT,
    number=0,
    entry=2,
    enqueued_at=OPENED,
    printed_at=OPENED,
    sha256="a" * 64,
    size=214_000,
    pages=9,
)
RELEASE = Release(1, ROUND.id, 1, "ab" * 32, 412_000, 24, DEADLINE, DEADLINE + timedelta(days=3))

# members and their representatives

MAYOR, OFFICE = "buergermeisterin@musterhausen.example", "buero@musterhausen.example"
HESITANT, UNWILLING = "rathaus@beispielstadt.example", "markt@aehringen.example"
STRANGER = "niemand@nirgendwo.example"


def member(
    key: str, name: str, official_name: str, *emails: str, state: str = "Hessen", tag: str = "voll"
) -> MemberRow:
    """A line of the member list."""
    representatives = tuple(RepresentativeRow(f"Büro {name}", "Leitung", email) for email in emails)
    return MemberRow(
        key,
        name,
        official_name,
        "Stadt",
        state,
        tags=(tag,) if tag else (),
        line=2,
        representatives=representatives,
    )


MUSTERHAUSEN = member("01", "Musterhausen", "Stadt Musterhausen", MAYOR, OFFICE)
BEISPIELSTADT = member(
    "02", "Beispielstadt", "Große Kreisstadt Beispielstadt", HESITANT, state="Sachsen"
)
AEHRINGEN = member("03", "Ähringen", "Markt Ähringen", UNWILLING, state="Bayern")
BRIEFDORF = member("04", "Briefdorf", "Gemeinde Briefdorf", "")
NIRGENDWO = member("99", "Nirgendwo", "Stadt Nirgendwo", STRANGER, tag="gast")
CAST = (MUSTERHAUSEN, BEISPIELSTADT, AEHRINGEN, BRIEFDORF, NIRGENDWO)

MEMBER = Member(
    "05999001", "Musterhausen", "Stadt Musterhausen", "Stadt", "Nordrhein-Westfalen", id=24
)
INVITATION = Invitation(24, ROUND.id, MEMBER.id, "MZ-2027-0024", OPENED)
LINK = Link(
    31,
    INVITATION.id,
    "3q2-7wAAQkGxk0FDR1dQcw",
    1,
    44,
    "Stabsstelle Prävention",
    "praevention@musterhausen.example",
    "de",
    OPENED,
)
OTHER_LINK = replace(
    LINK, id=32, name="Büro der Oberbürgermeisterin", email="ob-buero@musterhausen.example"
)
COLLEAGUE_LINK = replace(
    LINK,
    id=40,
    public_id="w" * 22,
    representative_id=None,
    name="Amtsleitung",
    email="ordnungsamt@musterhausen.example",
    delegated_by=LINK.id,
    unit="Ordnungsamt",
)

# answers

CONTACT = Submitter("Sachbearbeitung", "Hauptamt", "hauptamt@rathaus.example")
DECISION = CouncilDecision("Rat der Stadt", date(2027, 1, 14), "12/2027")


def sign(
    official_name: str = "Stadt Musterhausen",
    note: str = "",
    *,
    publish: bool = True,
    decision: CouncilDecision = DECISION,
    **signer: str,
) -> Answer:
    """A signature that rests on a council's decision."""
    person = {"first_name": "Vorname", "last_name": "Nachname", "function": "Bürgermeisterin"}
    declaration = Declaration(
        official_name, Signer(**(person | signer)), Basis.COUNCIL, decision, publish, note
    )
    return Answer(AnswerKind.COSIGN, CONTACT, declaration)


def decline(reason: str = "Der Rat wartet den Modellversuch ab.") -> Answer:
    return Answer(AnswerKind.DECLINE, CONTACT, reason=reason)


def not_competent() -> Answer:
    return Answer(AnswerKind.NOT_COMPETENT, CONTACT)


def pending(on: date = date(2027, 2, 11), body: str = "Rat der Stadt") -> Answer:
    return Answer(AnswerKind.PENDING, CONTACT, expected_on=on, expected_body=body)


SIGNED = sign(
    note="Die Stadt weist auf ihren Beschluss von 2019 hin.\nDort ist der Vorbehalt begründet.",
    decision=replace(DECISION, number="VO/2027/0012", result="einstimmig"),
    function="Oberbürgermeisterin",
    title="Dr.",
)
WITHDRAWN = Answer(AnswerKind.WITHDRAWN)


def version(
    answer: Answer, link_id: int | None = LINK.id, channel: Channel = Channel.LINK
) -> AnswerVersion:
    """What Musterhausen has answered."""
    received = NOW - timedelta(minutes=3)
    return AnswerVersion(7, INVITATION.id, 1, answer, received, channel, link_id, 118)


def access(
    answered: AnswerVersion | None = None, round: Round = ROUND, member: Member = MEMBER, **changed
) -> InvitationAccess:
    """What the link of Musterhausen gives access to."""
    invitation = replace(INVITATION, member_id=member.id)
    opened = InvitationAccess(
        LINK, invitation, member, round, EDITION, answered, (OTHER_LINK,), DRAFT, None
    )
    return replace(opened, **changed)
