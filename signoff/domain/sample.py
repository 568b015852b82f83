"""Letters that nobody is owed: what a mail of each kind would look like, with the data of a real place.

What the place does not have yet (an answer, a release, a colleague) is made up, in role names.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from signoff.domain.answer import Answer, Basis, Channel, Contact, Declaration, Kind, Signer, Version
from signoff.domain.invitation import Link
from signoff.domain.late import Verdict
from signoff.domain.letter import Letter
from signoff.domain.notice import Notice, NoticeKind
from signoff.domain.objection import Objection
from signoff.domain.release import Release

KINDS = tuple(kind for kind in NoticeKind if kind is not NoticeKind.TEST)
WEEK = timedelta(days=7)
CONTACT = Contact("Vorname Nachname", "Hauptamt", "hauptamt@rathaus.example")
COLLEAGUE = "Vorname Nachname", "ordnungsamt@rathaus.example", "Ordnungsamt"
BECAUSE = "…"  # the office's own words, whatever they will be
REASON = "Ein Gericht hat die Verbreitung untersagt."
ANSWERED = {
    NoticeKind.RECEIPT: Kind.SIGN,
    NoticeKind.CORRECTION: Kind.SIGN,
    NoticeKind.RECORDED: Kind.SIGN,
    NoticeKind.VOIDED: Kind.SIGN,
    NoticeKind.WITHDRAWAL: Kind.WITHDRAWN,
    NoticeKind.COUNCIL_MET: Kind.PENDING,
    NoticeKind.OBJECTION: Kind.SIGN,
    NoticeKind.LATE_ACCEPTED: Kind.SIGN,
    NoticeKind.LATE_REFUSED: Kind.SIGN,
}
LATE = (NoticeKind.LATE_ACCEPTED, NoticeKind.LATE_REFUSED)


@dataclass(frozen=True, slots=True)
class Wish:
    """The test mail somebody at the office asks for: a kind, in a language, about a round or any."""

    staff_id: int
    kind: NoticeKind
    language: str
    round_id: int | None = None
    opening: str | None = None  # JSON of what an invitation before the opening is written from (store.samples)


def notice(kind: NoticeKind, now: datetime, link_id: int | None = 0, staff_id: int | None = None) -> Notice:
    """A row the outbox does not have."""
    return Notice(0, kind, link_id, 0, now, staff_id=staff_id)


def sample(real: Letter, now: datetime) -> Letter:
    """``real`` with everything a mail of its kind speaks of."""
    kind = real.notice.kind
    if kind in ANSWERED:
        fitting = real.version is not None and real.version.answer.kind is ANSWERED[kind]
        real = real if fitting else replace(real, version=version(real, ANSWERED[kind], now))
    if kind in LATE:
        real = late(real, now)
    if kind is NoticeKind.OBJECTION:
        real = replace(real, objection=Objection(0, real.invitation.id, 0, real.link.id, "", now))
    if kind is NoticeKind.VOIDED:
        real = replace(real, because=real.because or BECAUSE)
    if kind is NoticeKind.NOTE_REFUSED:
        real = replace(real, because=real.because or BECAUSE, refused_note=real.refused_note or "…")
    if kind in (NoticeKind.PASSED_ON, NoticeKind.PASSED_ON_NOTICE):
        real = passed_on(real)
    if kind is NoticeKind.CANCELLED:
        real = replace(real, round=replace(real.round, cancelled_at=now))
    if kind in (NoticeKind.CLOSED, NoticeKind.RELEASED, NoticeKind.RETRACTED, *LATE):
        real = replace(real, round=replace(real.round, closed_at=real.round.closed_at or real.round.deadline))
    if kind in (NoticeKind.RELEASED, NoticeKind.RETRACTED, *LATE) and real.release is None:
        as_of = real.round.deadline or now
        real = replace(real, release=Release(0, real.round.id, 1, "0" * 64, 400_000, 12, as_of, as_of))
    if kind is NoticeKind.RETRACTED and real.release and real.release.withdrawn_at is None:
        real = replace(real, release=replace(real.release, withdrawn_at=now, withdrawn_reason=REASON))
    return real


def late(real: Letter, now: datetime) -> Letter:
    """A late signature, and what the office says to it."""
    assert real.version
    accepted = real.notice.kind is NoticeKind.LATE_ACCEPTED
    reason = "" if accepted else "Bitte reichen Sie den Beschluss nach."
    return replace(
        real, version=replace(real.version, late=True), verdict=Verdict(0, accepted, True, False, reason, now, 0)
    )


def passed_on(real: Letter) -> Letter:
    name, email, unit = COLLEAGUE
    link = replace(real.link, representative_id=None, name=name, email=email, unit=unit, passed_on_by=real.link.id)
    given = replace(real, passed_on=link, passed_on_by=real.link)
    return replace(given, link=link) if real.notice.kind is NoticeKind.PASSED_ON else given


def version(real: Letter, kind: Kind, now: datetime) -> Version:
    signer = Signer("Vorname", "Nachname", "Oberbürgermeisterin")
    declared = Declaration(real.member.official_name, signer, Basis.HEAD, None, True)
    sitting = now.date() - WEEK if real.notice.kind is NoticeKind.COUNCIL_MET else None
    answer = Answer(kind, CONTACT, declared if kind is Kind.SIGN else None, sitting)
    channel = Channel.LETTER if real.notice.kind is NoticeKind.RECORDED else Channel.LINK
    return Version(0, real.invitation.id, 1, answer, now, channel, real.link.id, 0)


def spoken(real: Letter, language: str) -> Letter:
    """``real`` to somebody who reads ``language``."""
    link: Link = replace(real.link, language=language)
    return replace(real, link=link, association=replace(real.association, language=language))
