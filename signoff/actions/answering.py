"""A municipality answers, changes its answer, or withdraws it."""

import secrets
from dataclasses import asdict, replace
from datetime import date, datetime

from sqlite_utils import Database

from signoff.domain.answer import Answer, Channel, Kind, Signer, Version
from signoff.domain.audit import Event
from signoff.domain.late import require_answerable, require_withdrawable
from signoff.domain.notice import NoticeKind
from signoff.domain.refusal import Reason, Refusal
from signoff.store import answers, audit, invitations, lates, outbox, rounds
from signoff.store.connection import transaction
from signoff.store.doors import Door

RECEIPTS = {
    Event.ANSWERED: NoticeKind.RECEIPT,
    Event.WITHDRAWN: NoticeKind.WITHDRAWAL,
    Event.CORRECTED: NoticeKind.CORRECTION,
}


def answer(db: Database, door: Door, given: Answer, *, edition_digest: str, form_key: str, now: datetime) -> Version:
    """Keep ``given`` as the version that counts, owe its receipts and journal it: one transaction.

    The same form with the same content handed in again finds what it has already done. Refuses an answer to another
    text, after the deadline, and to a closed or cancelled round; after the release one is taken as late where the round
    allows it. The door is looked at again inside the transaction.
    """
    with transaction(db):
        door = again(db, door)
        repeated = answers.by_form(db, door.invitation.id, form_key)
        if repeated and repeated.answer == given:
            return repeated

        late = require_answerable(door.round, door.version, door.verdict, now)
        if edition_digest != door.edition.digest:
            raise Refusal(Reason.OTHER_EDITION)

        key = form_key if form_key and not repeated else secrets.token_urlsafe(16)
        return keep(db, door, given, key, now, late=late)


def withdraw(db: Database, door: Door, *, form_key: str, now: datetime) -> Version:
    """Take the municipality's answer back; possible until closing, and a signature again after the release."""
    with transaction(db):
        door = again(db, door)
        if repeated := answers.by_form(db, door.invitation.id, form_key):
            return repeated

        late = require_withdrawable(door.round, door.version, now)

        return keep(db, door, Answer(Kind.WITHDRAWN), form_key or secrets.token_urlsafe(16), now, late=late)


def move_sitting(db: Database, door: Door, expected_on: date, body: str, *, form_key: str, now: datetime) -> Version:
    """Name another day for the sitting: a new version that keeps who filled the answer in."""
    with transaction(db):
        door = again(db, door)
        if repeated := answers.by_form(db, door.invitation.id, form_key):
            return repeated

        door.round.require_open(now)
        if door.version is None or door.version.answer.kind is not Kind.PENDING:
            raise Refusal(Reason.NO_SITTING)
        moved = replace(door.version.answer, expected_on=expected_on, expected_body=body)
        if moved == door.version.answer:
            return door.version

        return keep(db, door, moved, form_key or secrets.token_urlsafe(16), now)


def correct(db: Database, door: Door, official_name: str, signer: Signer, *, form_key: str, now: datetime) -> Version:
    """Put names, title or function right without answering again: a new version, journalled as a correction."""
    with transaction(db):
        door = again(db, door)
        if repeated := answers.by_form(db, door.invitation.id, form_key):
            return repeated

        door.round.require_open(now)
        declared = door.version.answer.declaration if door.version else None
        if door.version is None or declared is None:
            raise Refusal(Reason.NOTHING_TO_CORRECT)
        corrected = replace(declared, official_name=official_name, signer=signer)
        if corrected == declared:
            return door.version

        given = replace(door.version.answer, declaration=corrected)
        return keep(db, door, given, form_key or secrets.token_urlsafe(16), now, Event.CORRECTED)


def again(db: Database, door: Door) -> Door:
    """The same door as it stands inside the transaction: every deed of a link's holder passes here.

    Refuses a link that has ended since the page was shown, and one whose holder was told for information only.
    """
    link = invitations.link(db, door.link.public_id, door.link.generation)
    round = rounds.get(db, door.round.id)
    if link is None or round is None:
        raise Refusal(Reason.LINK_ENDED)
    link.require_may_answer()
    # The rest of the door cannot change: member, invitation and the frozen text.
    version = answers.last(db, door.invitation.id)
    return replace(door, link=link, round=round, version=version, verdict=lates.verdict(db, version))


def keep(
    db: Database,
    door: Door,
    given: Answer,
    form_key: str,
    now: datetime,
    event: Event = Event.ANSWERED,
    *,
    late: bool = False,
) -> Version:
    number = answers.highest(db, door.invitation.id) + 1  # the last one may have been voided
    event = Event.WITHDRAWN if given.kind is Kind.WITHDRAWN else event
    entry = audit.record(
        db,
        event,
        f"link/{door.link.id}",
        f"invitation/{door.invitation.id}",
        now,
        member=door.member.key,
        number=number,
        text=door.edition.digest,
        **told(given),
        **({"late": True} if late else {}),
    )
    version = answers.add(
        db,
        given,
        invitation_id=door.invitation.id,
        number=number,
        channel=Channel.LINK,
        link_id=door.link.id,
        form_key=form_key,
        entry=entry.seq,
        received_at=now,
        late=late,
    )
    outbox.forget(db, [NoticeKind.COUNCIL_MET], [door.link.id, *(link.id for link in door.colleagues)])
    outbox.owe(db, RECEIPTS[event], receivers(db, door), version.id, now)
    return version


def receivers(db: Database, door: Door) -> list[int]:
    """Receipts go to every registered address that may answer and to the holder of the answering link, never to a
    typed address."""
    links = invitations.links(db, door.invitation.id)
    registered = [link for link in links if link.may_answer and (link.representative_id or link.id == door.link.id)]
    return [link.id for link in registered if link.email]


def told(given: Answer) -> dict[str, object]:
    """The whole answer as the journal keeps it in its erasable part; its salted digest stays for ever."""
    return {"answer": plain(asdict(given))}


def plain(value: object) -> object:
    if isinstance(value, dict):
        return {name: plain(each) for name, each in value.items()}
    return value.isoformat() if isinstance(value, date) else value


def is_known(db: Database, door: Door, form_key: str) -> bool:
    """Whether this form has been handed in before."""
    return bool(form_key) and answers.by_form(db, door.invitation.id, form_key) is not None
