"""Letters to Musterhausen, as the outbox would hand them over."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from email.message import EmailMessage

from signoff.domain.accounts import Role, Staff
from signoff.domain.answers import (
    Answer,
    Basis,
    Channel,
    Contact,
    Decision,
    Declaration,
    Kind,
    Objection,
    Signer,
    Verdict,
    Version,
)
from signoff.domain.association import Association
from signoff.domain.mail import MailContext, Notice, NoticeKind, StaffLetter, digest
from signoff.domain.members import Member
from signoff.domain.papers import Edition, Text
from signoff.domain.releases import Release
from signoff.domain.round_status import Place, Standing
from signoff.domain.rounds import Invitation, Link, Round, Terms
from signoff.mail.compose import compose
from signoff.tokens import Door, Links

BASE = "https://mitzeichnung.staedteforum.example"
ID = "3q2-7wAAQkGxk0FDR1dQcw"
TOKEN = Links([b"k" * 32]).token(Door.INVITATION, ID, 1)
LINK = f"{BASE}/s/{TOKEN}"
CODE = "ABCD-EFGH"
NOW = datetime(2027, 1, 21, 9, 42, tzinfo=UTC)
OPENED = datetime(2027, 1, 11, 8, 0, tzinfo=UTC)
DEADLINE = datetime(2027, 2, 26, 23, 0, tzinfo=UTC)  # the end of 26 February in Berlin

ASSOCIATION = Association(
    "Städteforum Öffentlicher Raum e. V.",
    "Städteforum",
    "Musterstraße 1\n50667 Köln",
    "mitzeichnung@staedteforum.example",
    "0221 4710-128",
    "Mo–Do 9–16 Uhr, Fr 9–13 Uhr",
)
TEXT = Text(
    "Leitgedanken zu marginalisierten Gruppen im öffentlichen Raum",
    "<p>…</p>",
    adopted_by="27. Mitgliederversammlung",
    adopted_on=date(2026, 11, 12),
    adopted_at="Mannheim",
)
CONTACT = Contact(
    "Sachbearbeitung Ordnungsamt", "Stabsstelle Prävention", "sachbearbeitung@musterhausen.example"
)
DECLARATION = Declaration(
    "Stadt Musterhausen",
    Signer("Vorname", "Nachname", "Oberbürgermeisterin", "Dr."),
    Basis.COUNCIL,
    Decision("Rat der Stadt", date(2027, 1, 14), "VO/2027/0012", "einstimmig"),
    True,
    "Die Stadt weist auf ihren Beschluss von 2019 hin.\nDort ist der Vorbehalt begründet.",
)
ANSWERS = {
    Kind.SIGN: Answer(Kind.SIGN, CONTACT, DECLARATION),
    Kind.DECLINE: Answer(Kind.DECLINE, CONTACT, reason="Der Haushalt lässt es nicht zu."),
    Kind.NOT_COMPETENT: Answer(Kind.NOT_COMPETENT, CONTACT),
    Kind.PENDING: Answer(
        Kind.PENDING, CONTACT, expected_on=date(2027, 2, 18), expected_body="Hauptausschuss"
    ),
    Kind.WITHDRAWN: Answer(Kind.WITHDRAWN),
}


COLLEAGUE = Link(
    40,
    24,
    "w" * 22,
    1,
    None,
    "Amtsleitung",
    "ordnungsamt@musterhausen.example",
    "de",
    NOW,
    passed_on_by=31,
    unit="Ordnungsamt",
    message="Können Sie das bitte übernehmen?\nhttps://anderswo.example/s/falsch\nDanke!",
)
ABOUT_AN_ANSWER = {
    NoticeKind.RECEIPT: Kind.SIGN,
    NoticeKind.CORRECTION: Kind.SIGN,
    NoticeKind.RECORDED: Kind.SIGN,
    NoticeKind.VOIDED: Kind.SIGN,
    NoticeKind.WITHDRAWAL: Kind.WITHDRAWN,
    NoticeKind.COUNCIL_MET: Kind.PENDING,
    NoticeKind.OBJECTION: Kind.DECLINE,
    NoticeKind.LATE_ACCEPTED: Kind.SIGN,
    NoticeKind.LATE_REFUSED: Kind.SIGN,
}
LATE = (NoticeKind.LATE_ACCEPTED, NoticeKind.LATE_REFUSED)


def version(kind: Kind, channel: Channel = Channel.LINK) -> Version:
    return Version(
        7, 24, 1, ANSWERS[kind], datetime(2027, 1, 21, 9, 42, tzinfo=UTC), channel, 31, 118
    )


def letter(kind: NoticeKind, answer: Kind | None = None, **changed: object) -> MailContext:
    """The letter of ``kind``; ``answer`` is what Musterhausen answered, ``changed`` replaces whole parts of it."""
    round = Round(3, 5, OPENED, DEADLINE)
    made = MailContext(
        Notice(9, kind, 31, 7, NOW),
        ASSOCIATION,
        Member(24, "05999001", "Musterhausen", "Stadt Musterhausen"),
        Invitation(24, 3, 24, "MZ-2027-0024", OPENED),
        Link(
            31,
            24,
            ID,
            1,
            44,
            "Stabsstelle Prävention",
            "praevention@musterhausen.example",
            "de",
            OPENED,
        ),
        round,
        Edition(5, 2, "leitgedanken", 1, TEXT, TEXT.digest, OPENED),
        ("ob-buero@musterhausen.example",),
        version(answer) if answer else None,
    )
    if kind in (NoticeKind.PASSED_ON, NoticeKind.PASSED_ON_NOTICE):
        made = replace(made, passed_on=COLLEAGUE, passed_on_by=made.link)
        if kind is NoticeKind.PASSED_ON:
            made = replace(made, link=replace(COLLEAGUE, public_id=ID))
    if kind is NoticeKind.OBJECTION:
        made = replace(
            made, objection=Objection(2, 24, 7, 31, "Das Schreiben kennt hier niemand.", NOW)
        )
    if kind is NoticeKind.VOIDED:
        made = replace(
            made, because="Das Schreiben kam nicht von dort.\nDas ist am Telefon geklärt."
        )
    if kind is NoticeKind.NOTE_REFUSED:
        made = replace(
            made, because="Sie ändert den Text.", refused_note="Absatz 2 gilt bei uns nicht."
        )
    if kind in (NoticeKind.CLOSED, NoticeKind.RELEASED, NoticeKind.RETRACTED):
        made = replace(made, round=replace(round, closed_at=DEADLINE))
    if kind in (NoticeKind.RELEASED, NoticeKind.RETRACTED):
        made = replace(made, release=Release(1, 3, 1, "ab" * 32, 412_000, 24, DEADLINE, NOW))
    if kind is NoticeKind.RETRACTED:
        made = replace(
            made, release=replace(made.release, withdrawn_at=NOW, withdrawn_reason="Auf Anordnung.")
        )
    if kind in LATE:
        accepted = kind is NoticeKind.LATE_ACCEPTED
        reason = "" if accepted else "Bitte reichen Sie den Beschluss nach.\nDanke!"
        made = replace(late(made), verdict=Verdict(7, accepted, True, True, reason, NOW, 130))
    if kind is NoticeKind.CANCELLED:
        made = replace(made, round=replace(round, cancelled_at=NOW))
    return replace(made, **changed)  # type: ignore[arg-type]


def late(made: MailContext) -> MailContext:
    """``made`` after the release of a paper that may be signed late."""
    released = NOW - timedelta(days=1)
    round = replace(made.round, closed_at=DEADLINE, released_at=released, terms=Terms(late=True))
    version = made.version and replace(made.version, late=True)
    release = Release(1, 3, 1, "ab" * 32, 412_000, 24, DEADLINE, released)
    return replace(made, round=round, release=release, version=version)


def each_letter() -> Mapping[str, MailContext]:
    """Every kind of mail, with every answer where it is about one."""
    kinds = [kind for kind in NoticeKind if not kind.for_staff]
    letters = {str(kind): letter(kind, ABOUT_AN_ANSWER.get(kind)) for kind in kinds}
    for answer in (Kind.SIGN, Kind.DECLINE, Kind.NOT_COMPETENT, Kind.PENDING):
        for kind in (
            NoticeKind.RECEIPT,
            NoticeKind.EXTENDED,
            NoticeKind.CLOSED,
            NoticeKind.RELEASED,
        ):
            letters[f"{kind}-{answer}"] = letter(kind, answer)
    letters["receipt-late"] = late(letter(NoticeKind.RECEIPT, Kind.SIGN))
    letters["receipt-late-pending"] = late(letter(NoticeKind.RECEIPT, Kind.PENDING))
    letters["withdrawal-late"] = late(letter(NoticeKind.WITHDRAWAL, Kind.WITHDRAWN))
    letters["released-late"] = late(letter(NoticeKind.RELEASED))
    return letters


def composed(letter: MailContext, now: datetime = NOW) -> EmailMessage:
    return compose(letter, token=TOKEN, code=CODE, base_url=BASE, now=now)


def to_staff(kind: NoticeKind, **changed: object) -> StaffLetter:
    """A letter to somebody at the office, about one round in which Musterhausen has signed and another is silent."""
    about = letter(NoticeKind.INVITATION)
    silent = replace(about.member, id=25, name="Ähringen", official_name="Markt Ähringen")
    places = [
        Place(about.invitation, about.member, version(Kind.SIGN)),
        Place(about.invitation, silent),
    ]
    standing = Standing.of(about.round, places)
    reader = Staff(4, "buero@staedteforum.example", "Müller, Büro", Role.EDITOR, "", OPENED)
    notice = Notice(9, kind, None, 202703, NOW, staff_id=4)
    made = StaffLetter(notice, ASSOCIATION, reader, 1, digest([(about.edition, standing)], NOW))
    return replace(made, **changed)  # type: ignore[arg-type]


def part(message: EmailMessage, kind: str) -> str:
    """The content of the ``plain`` or ``html`` part."""
    found = message.get_body((kind,))
    assert found is not None
    return str(found.get_content())
