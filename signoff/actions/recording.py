"""The office records an answer that came by letter, telephone or at the assembly."""

import secrets
from datetime import datetime

from sqlite_utils import Database

from signoff.actions.answering import told
from signoff.actions.matters import matter, owe_proof, tell
from signoff.domain.answer import Version
from signoff.domain.audit import Event
from signoff.domain.notice import NoticeKind
from signoff.domain.recording import Evidence, Recorded, Scan, received_at
from signoff.domain.refusal import Reason, Refusal
from signoff.store import answers, audit, recordings
from signoff.store.connection import transaction


def record(
    db: Database,
    invitation_id: int,
    given: Recorded,
    scan: Scan | None,
    *,
    seen: int,
    form_key: str,
    actor: str,
    now: datetime,
) -> Version:
    """Keep what came as the version that counts, journal it and owe the member the word: one transaction.

    Possible until the release is recorded, for what was received in time; after the closing it owes a new proof.
    ``seen`` is the number of the newest version somebody has looked at (0: none); refuses where another came since.
    The same form handed in again finds what it has already done.
    """
    with transaction(db):
        if repeated := answers.by_form(db, invitation_id, form_key):
            return repeated
        about, newest = matter(db, invitation_id, now), answers.highest(db, invitation_id)

        if seen != newest:
            raise Refusal(Reason.ANSWER_CHANGED)
        received = received_at(given.received_on, about.round, now, about.association.zone)

        evidence = Evidence(scan, given.reason)
        entry = audit.record(
            db,
            Event.RECORDED,
            actor,
            about.subject,
            now,
            member=about.member.key,
            number=newest + 1,
            text=about.edition.digest,
            channel=str(given.channel),
            received_on=given.received_on.isoformat(),
            reason=evidence.reason,
            scan=scan.sha256 if scan else "",
            **told(given.answer),
        )
        version = answers.add(
            db,
            given.answer,
            invitation_id=invitation_id,
            number=newest + 1,
            channel=given.channel,
            link_id=None,
            form_key=form_key or secrets.token_urlsafe(16),
            entry=entry.seq,
            received_at=received,
        )
        recordings.add(db, version.id, evidence, actor, now)
        tell(db, about, NoticeKind.RECORDED, version.id, now)
        owe_proof(db, about, entry.seq, now)
    return version
