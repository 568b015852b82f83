"""The office puts right what a member is called and who signed: names alone, never what was declared."""

import secrets
from dataclasses import replace
from datetime import datetime

from sqlite_utils import Database

from signoff.actions.answering import told
from signoff.actions.matters import Matter, matter, owe_proof, tell
from signoff.domain.answer import Signer, Version
from signoff.domain.audit import Event
from signoff.domain.notice import NoticeKind
from signoff.domain.refusal import Reason, Refusal
from signoff.store import answers, audit, decisions
from signoff.store.connection import transaction


def correct(
    db: Database,
    invitation_id: int,
    official_name: str,
    signer: Signer,
    reason: str,
    *,
    seen: int,
    form_key: str,
    actor: str,
    now: datetime,
) -> Version:
    """Keep a version with other names that stands for the same declaration, journal it and owe the member the word.

    It keeps channel and receipt of the one it corrects; another name in the list is accepted with it. Possible until
    the release is recorded; after the closing it owes a new proof. Refuses where the newest version is no longer the
    one that was ``seen`` (its number), and where nothing would change.
    """
    with transaction(db):
        if repeated := answers.by_form(db, invitation_id, form_key):
            return repeated
        about = matter(db, invitation_id, now)

        before = about.version
        declared = before.answer.declaration if before else None
        if before is None or declared is None:
            raise Refusal(Reason.NOTHING_TO_CORRECT)
        if before.number != seen:
            raise Refusal(Reason.ANSWER_CHANGED)
        corrected = replace(declared, official_name=official_name, signer=signer)
        if corrected == declared:
            raise Refusal(Reason.NOTHING_CORRECTED)

        given = replace(before.answer, declaration=corrected)
        number = before.number + 1
        details = {"member": about.member.key, "number": number, "corrects": before.number, "reason": reason}
        entry = audit.record(db, Event.CORRECTED, actor, about.subject, now, **details, **told(given))
        version = answers.add(
            db,
            given,
            invitation_id=invitation_id,
            number=number,
            channel=before.channel,
            link_id=before.link_id,
            form_key=form_key or secrets.token_urlsafe(16),
            entry=entry.seq,
            received_at=before.received_at,
            corrects=before.id,
        )
        accept_name(db, about, official_name, entry.seq, now)
        tell(db, about, NoticeKind.CORRECTION, version.id, now)
        owe_proof(db, about, entry.seq, now)
    return version


def accept_name(db: Database, about: Matter, name: str, entry: int, now: datetime) -> None:
    """What the office wrote itself it has not to decide about."""
    id = about.invitation.id
    if name != about.member.official_name and decisions.last(db, id, "name", name) is not True:
        decisions.add(db, invitation_id=id, what="name", text=name, accepted=True, decided_at=now, entry=entry)
