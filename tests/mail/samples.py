"""Letters to Musterhausen, as the outbox would hand them over."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from email.message import EmailMessage

from signoff.domain.accounts import Account, Role
from signoff.domain.answers import (
    Answer,
    AnswerKind,
    AnswerVersion,
    Basis,
    Channel,
    CouncilDecision,
    Declaration,
    LateReview,
    Objection,
    Signer,
    Submitter,
)
from signoff.domain.association import Association
from signoff.domain.mail import (
    AccountMailContext,
    MailContext,
    MailKind,
    OutboxMessage,
    build_weekly_digest,
)
from signoff.domain.members import Member
from signoff.domain.papers import Edition, Text
from signoff.domain.releases import Release
from signoff.domain.round_status import InvitationStatus, RoundStatus
from signoff.domain.rounds import Invitation, Link, Round, Terms
from signoff.mail.compose import compose_message
from signoff.tokens import TokenPurpose, TokenSigner

BASE = "https://mitzeichnung.staedteforum.example"
ID = "3q2-7wAAQkGxk0FDR1dQcw"
TOKEN = TokenSigner([b"k" * 32]).sign(TokenPurpose.INVITATION, ID, 1)
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
CONTACT = Submitter(
    "Sachbearbeitung Ordnungsamt", "Stabsstelle Prävention", "sachbearbeitung@musterhausen.example"
)
DECLARATION = Declaration(
    "Stadt Musterhausen",
    Signer("Vorname", "Nachname", "Oberbürgermeisterin", "Dr."),
    Basis.COUNCIL,
    CouncilDecision("Rat der Stadt", date(2027, 1, 14), "VO/2027/0012", "einstimmig"),
    True,
    "Die Stadt weist auf ihren Beschluss von 2019 hin.\nDort ist der Vorbehalt begründet.",
)
ANSWERS = {
    AnswerKind.COSIGN: Answer(AnswerKind.COSIGN, CONTACT, DECLARATION),
    AnswerKind.DECLINE: Answer(
        AnswerKind.DECLINE, CONTACT, reason="Der Haushalt lässt es nicht zu."
    ),
    AnswerKind.NOT_COMPETENT: Answer(AnswerKind.NOT_COMPETENT, CONTACT),
    AnswerKind.PENDING: Answer(
        AnswerKind.PENDING, CONTACT, expected_on=date(2027, 2, 18), expected_body="Hauptausschuss"
    ),
    AnswerKind.WITHDRAWN: Answer(AnswerKind.WITHDRAWN),
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
    delegated_by=31,
    unit="Ordnungsamt",
    message="Können Sie das bitte übernehmen?\nhttps://anderswo.example/s/falsch\nDanke!",
)
ABOUT_AN_ANSWER = {
    MailKind.RECEIPT: AnswerKind.COSIGN,
    MailKind.CORRECTION: AnswerKind.COSIGN,
    MailKind.RECORDED: AnswerKind.COSIGN,
    MailKind.VOIDED: AnswerKind.COSIGN,
    MailKind.WITHDRAWAL: AnswerKind.WITHDRAWN,
    MailKind.MEETING_RESULT_REQUEST: AnswerKind.PENDING,
    MailKind.OBJECTION: AnswerKind.DECLINE,
    MailKind.LATE_ACCEPTED: AnswerKind.COSIGN,
    MailKind.LATE_REFUSED: AnswerKind.COSIGN,
}
LATE = (MailKind.LATE_ACCEPTED, MailKind.LATE_REFUSED)


def version(kind: AnswerKind, channel: Channel = Channel.LINK) -> AnswerVersion:
    return AnswerVersion(
        7, 24, 1, ANSWERS[kind], datetime(2027, 1, 21, 9, 42, tzinfo=UTC), channel, 31, 118
    )


def letter(kind: MailKind, answer: AnswerKind | None = None, **changed: object) -> MailContext:
    """The letter of ``kind``; ``answer`` is what Musterhausen answered, ``changed`` replaces whole parts of it."""
    round = Round(3, 5, OPENED, DEADLINE)
    context = MailContext(
        OutboxMessage(9, kind, 31, 7, NOW),
        ASSOCIATION,
        Member("05999001", "Musterhausen", "Stadt Musterhausen", id=24),
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
    if kind in (MailKind.DELEGATION, MailKind.DELEGATION_NOTICE):
        context = replace(context, delegated_link=COLLEAGUE, delegated_by=context.link)
        if kind is MailKind.DELEGATION:
            context = replace(context, link=replace(COLLEAGUE, public_id=ID))
    if kind is MailKind.OBJECTION:
        context = replace(
            context, objection=Objection(2, 24, 7, 31, "Das Schreiben kennt hier niemand.", NOW)
        )
    if kind is MailKind.VOIDED:
        context = replace(
            context, explanation="Das Schreiben kam nicht von dort.\nDas ist am Telefon geklärt."
        )
    if kind is MailKind.NOTE_REFUSED:
        context = replace(
            context, explanation="Sie ändert den Text.", refused_note="Absatz 2 gilt bei uns nicht."
        )
    if kind in (MailKind.CLOSED, MailKind.RELEASED, MailKind.RETRACTED):
        context = replace(context, round=replace(round, closed_at=DEADLINE))
    if kind in (MailKind.RELEASED, MailKind.RETRACTED):
        context = replace(context, release=Release(1, 3, 1, "ab" * 32, 412_000, 24, DEADLINE, NOW))
    if kind is MailKind.RETRACTED:
        context = replace(
            context,
            release=replace(context.release, retracted_at=NOW, retraction_reason="Auf Anordnung."),
        )
    if kind in LATE:
        accepted = kind is MailKind.LATE_ACCEPTED
        reason = "" if accepted else "Bitte reichen Sie den Beschluss nach.\nDanke!"
        context = replace(
            late(context), review=LateReview(7, accepted, True, True, reason, NOW, 130)
        )
    if kind is MailKind.CANCELLED:
        context = replace(context, round=replace(round, cancelled_at=NOW))
    return replace(context, **changed)  # type: ignore[arg-type]


def late(context: MailContext) -> MailContext:
    """``made`` after the release of a paper that may be signed late."""
    released = NOW - timedelta(days=1)
    round = replace(context.round, closed_at=DEADLINE, released_at=released, terms=Terms(late=True))
    version = context.version and replace(context.version, late=True)
    release = Release(1, 3, 1, "ab" * 32, 412_000, 24, DEADLINE, released)
    return replace(context, round=round, release=release, version=version)


def each_letter() -> Mapping[str, MailContext]:
    """Every kind of mail, with every answer where it is about one."""
    kinds = [kind for kind in MailKind if not kind.is_for_account]
    letters = {str(kind): letter(kind, ABOUT_AN_ANSWER.get(kind)) for kind in kinds}
    for answer in (
        AnswerKind.COSIGN,
        AnswerKind.DECLINE,
        AnswerKind.NOT_COMPETENT,
        AnswerKind.PENDING,
    ):
        for kind in (
            MailKind.RECEIPT,
            MailKind.EXTENDED,
            MailKind.CLOSED,
            MailKind.RELEASED,
        ):
            letters[f"{kind}-{answer}"] = letter(kind, answer)
    letters["receipt-late"] = late(letter(MailKind.RECEIPT, AnswerKind.COSIGN))
    letters["receipt-late-pending"] = late(letter(MailKind.RECEIPT, AnswerKind.PENDING))
    letters["withdrawal-late"] = late(letter(MailKind.WITHDRAWAL, AnswerKind.WITHDRAWN))
    letters["released-late"] = late(letter(MailKind.RELEASED))
    return letters


def composed(letter: MailContext, now: datetime = NOW) -> EmailMessage:
    return compose_message(letter, token=TOKEN, code=CODE, base_url=BASE, now=now)


def to_staff(kind: MailKind, **changed: object) -> AccountMailContext:
    """A letter to somebody at the office, about one round in which Musterhausen has signed and another is silent."""
    about = letter(MailKind.INVITATION)
    silent = replace(about.member, id=25, name="Ähringen", official_name="Markt Ähringen")
    places = [
        InvitationStatus(about.invitation, about.member, version(AnswerKind.COSIGN)),
        InvitationStatus(about.invitation, silent),
    ]
    standing = RoundStatus.of(about.round, places)
    reader = Account(4, "buero@staedteforum.example", "Müller, Büro", Role.EDITOR, "", OPENED)
    queued = OutboxMessage(9, kind, None, 202703, NOW, account_id=4)
    context = AccountMailContext(
        queued, ASSOCIATION, reader, 1, build_weekly_digest([(about.edition, standing)], NOW)
    )
    return replace(context, **changed)  # type: ignore[arg-type]


def part(message: EmailMessage, kind: str) -> str:
    """The content of the ``plain`` or ``html`` part."""
    found = message.get_body((kind,))
    assert found is not None
    return str(found.get_content())
