"""Mails to Musterhausen, as the outbox would hand them over."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from email.message import EmailMessage

from signoff.domain.accounts import Account, Role
from signoff.domain.answers import AnswerKind, AnswerVersion, LateReview
from signoff.domain.audit import DetailedEntry, Event
from signoff.domain.follow_ups import FollowUp
from signoff.domain.mail import (
    AccountMailContext,
    MailContext,
    MailKind,
    OutboxMessage,
)
from signoff.domain.mail_texts import EDITABLE_KINDS
from signoff.domain.round_status import InvitationStatus, RoundStatus
from signoff.domain.rounds import Terms
from signoff.domain.subscriptions import Digest, Frequency, News, Topic, build_round_digests
from signoff.mail.compose import compose_message
from signoff.mail.message import ComposedMail
from signoff.tokens import TokenPurpose, TokenSigner
from tests import factories
from tests.factories import (
    CLOSED,
    COLLEAGUE_LINK,
    EDITION,
    FORUM,
    INVITATION,
    MEMBER,
    NOW,
    OPENED,
    OTHER_LINK,
    RELEASE,
    ROUND,
    SIGNED,
    WITHDRAWN,
    decline,
    not_competent,
    pending,
)

BASE = "https://mitzeichnung.staedteforum.example"
ID = factories.LINK.public_id
TOKEN = TokenSigner([b"k" * 32]).sign(TokenPurpose.INVITATION, ID, 1)
LINK = f"{BASE}/s/{TOKEN}"
CODE = "ABCD-EFGH"
ANSWERS = {
    answer.kind: answer
    for answer in (
        SIGNED,
        decline("Der Haushalt lässt es nicht zu."),
        not_competent(),
        pending(date(2027, 2, 18), "Hauptausschuss"),
        WITHDRAWN,
    )
}
COLLEAGUE = replace(
    COLLEAGUE_LINK,
    message="Können Sie das bitte übernehmen?\nhttps://anderswo.example/s/falsch\nDanke!",
)
ABOUT_AN_ANSWER = {
    MailKind.RECEIPT: AnswerKind.COSIGN,
    MailKind.CORRECTION: AnswerKind.COSIGN,
    MailKind.RECORDED: AnswerKind.COSIGN,
    MailKind.VOIDED: AnswerKind.COSIGN,
    MailKind.WITHDRAWAL: AnswerKind.WITHDRAWN,
    MailKind.MEETING_RESULT_REQUEST: AnswerKind.PENDING,
    MailKind.LATE_ACCEPTED: AnswerKind.COSIGN,
    MailKind.LATE_REFUSED: AnswerKind.COSIGN,
}


PARTS: dict[MailKind, dict[str, object]] = {
    MailKind.DELEGATION: {
        "delegated_link": COLLEAGUE,
        "delegated_by": factories.LINK,
        "link": replace(COLLEAGUE, public_id=ID),
    },
    MailKind.DELEGATION_NOTICE: {"delegated_link": COLLEAGUE, "delegated_by": factories.LINK},
    MailKind.VOIDED: {
        "explanation": "Das Schreiben kam nicht von dort.\nDas ist am Telefon geklärt."
    },
    MailKind.NOTE_REFUSED: {
        "explanation": "Sie ändert den Text.",
        "refused_note": "Absatz 2 gilt bei uns nicht.",
    },
    MailKind.CLOSED: {
        "round": replace(CLOSED, closed_at=NOW, closing_reason="Der Landtag berät\nschon im März.")
    },
    MailKind.RELEASED: {"round": CLOSED, "release": RELEASE},
    MailKind.RETRACTED: {
        "round": CLOSED,
        "release": replace(RELEASE, retracted_at=NOW, retraction_reason="Auf Anordnung."),
    },
    MailKind.FOLLOW_UP: {
        "follow_up": FollowUp(
            7, 3, date(2027, 5, 3), "Übergeben an das Ministerium.\nEs antwortet."
        )
    },
    MailKind.LATE_ACCEPTED: {"review": LateReview(7, True, True, True, "", NOW, 130)},
    MailKind.LATE_REFUSED: {
        "review": LateReview(
            7, False, True, True, "Bitte reichen Sie den Beschluss nach.\nDanke!", NOW, 130
        )
    },
    MailKind.ENDED: {
        "round": replace(CLOSED, cancelled_at=NOW, ending_reason="Zu wenige\nhaben mitgezeichnet.")
    },
    MailKind.CANCELLED: {"round": replace(ROUND, cancelled_at=NOW)},
}


def version(kind: AnswerKind) -> AnswerVersion:
    return factories.version(ANSWERS[kind])


def mail(kind: MailKind, answer: AnswerKind | None = None, **changed: object) -> MailContext:
    """The mail of ``kind``; ``answer`` is what Musterhausen answered, ``changed`` replaces whole parts of it."""
    context = MailContext(
        OutboxMessage(9, kind, factories.LINK.id, 7, NOW),
        FORUM,
        MEMBER,
        INVITATION,
        factories.LINK,
        ROUND,
        EDITION,
        (OTHER_LINK.email,),
        version(answer) if answer else None,
    )
    if kind in (MailKind.LATE_ACCEPTED, MailKind.LATE_REFUSED):
        context = late(context)
    return replace(context, **(PARTS.get(kind, {}) | changed))  # type: ignore[arg-type]


def late(context: MailContext) -> MailContext:
    """The mail after the release of a paper that may be signed late."""
    released = NOW - timedelta(days=1)
    return replace(
        context,
        round=replace(CLOSED, released_at=released, terms=Terms(late=True)),
        release=replace(RELEASE, released_at=released),
        version=context.version and replace(context.version, late=True),
    )


def all_mails() -> dict[str, MailContext]:
    """Every kind of mail, with every answer where it is about one."""
    kinds = EDITABLE_KINDS
    mails = {str(kind): mail(kind, ABOUT_AN_ANSWER.get(kind)) for kind in kinds}
    for answer in list(ANSWERS)[:-1]:  # all but the withdrawal
        for kind in (MailKind.RECEIPT, MailKind.EXTENDED, MailKind.CLOSED, MailKind.RELEASED):
            mails[f"{kind}-{answer}"] = mail(kind, answer)
    mails["receipt-late"] = late(mail(MailKind.RECEIPT, AnswerKind.COSIGN))
    mails["receipt-late-pending"] = late(mail(MailKind.RECEIPT, AnswerKind.PENDING))
    mails["withdrawal-late"] = late(mail(MailKind.WITHDRAWAL, AnswerKind.WITHDRAWN))
    mails["released-late"] = late(mail(MailKind.RELEASED))
    return mails


def composed(context: MailContext, now: datetime = NOW) -> ComposedMail:
    return compose_message(context, token=TOKEN, code=CODE, base_url=BASE, now=now)


def to_staff(kind: MailKind, **changed: object) -> AccountMailContext:
    """A mail to somebody at the office, about one round in which Musterhausen has signed and another is silent."""
    silent = replace(MEMBER, id=25, name="Ähringen", official_name="Markt Ähringen")
    statuses = [
        InvitationStatus(INVITATION, MEMBER, version(AnswerKind.COSIGN)),
        InvitationStatus(INVITATION, silent),
    ]
    rounds = build_round_digests([(EDITION, RoundStatus.of(ROUND, statuses))], NOW, NOW.date())
    entry = DetailedEntry(
        118,
        NOW,
        Event.OBJECTED,
        "link/31",
        "invitation/24",
        "Stabsstelle Prävention",
        "Stadt Musterhausen",
        {"words": "Das Schreiben kennt hier niemand."},
    )
    news = News(entry, (Topic.OBJECTION,), EDITION.text.title, "invitations/24")
    digest = Digest(Frequency.WEEKLY, (news,), rounds)
    reader = Account(4, "buero@staedteforum.example", "Müller, Büro", Role.EDITOR, "", OPENED)
    queued = OutboxMessage(9, kind, None, 202703, NOW, account_id=4)
    context = AccountMailContext(queued, FORUM, reader, 1, digest)
    return replace(context, **changed)  # type: ignore[arg-type]


def part(message: EmailMessage, kind: str) -> str:
    """The content of the ``plain`` or ``html`` part."""
    body = message.get_body((kind,))
    assert body is not None
    return str(body.get_content())
