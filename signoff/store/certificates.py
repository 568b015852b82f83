"""The certificate of a round's process, read from the journal."""

import json
from datetime import datetime

from sqlite_utils import Database

from signoff.domain.answer import Kind
from signoff.domain.audit import Event
from signoff.domain.certificate import FACTS, Certificate, Step, by, disclosed
from signoff.domain.member import Member
from signoff.domain.round import Round
from signoff.domain.standing import signatory
from signoff.store import associations, audit, papers, releases, standings
from signoff.store.rows import Row, rows

# Every line about the round, its paper and its invitations, with the answer it records and the member it is about.
LINES = """
SELECT audit.*, details, answers.kind, members.key, members.official_name
FROM audit
LEFT JOIN audit_details USING (seq)
LEFT JOIN answers     ON answers.entry = audit.seq
LEFT JOIN invitations ON audit.subject GLOB 'invitation/*'
  AND invitations.id = CAST(substr(audit.subject, 12) AS INTEGER)
LEFT JOIN invited_members AS members ON members.invitation_id = invitations.id
WHERE audit.subject IN (:round, :paper) OR invitations.round_id = :round_id
ORDER BY audit.seq
"""
OWN = """
SELECT answers.entry FROM answers JOIN invitations ON invitations.id = answers.invitation_id
WHERE invitations.round_id = :round_id AND invitations.member_id = :member_id
UNION ALL
SELECT voidings.entry FROM voidings JOIN invitations ON invitations.id = voidings.invitation_id
WHERE invitations.round_id = :round_id AND invitations.member_id = :member_id
"""


def of(db: Database, round: Round, now: datetime, member: Member | None = None) -> Certificate:
    """What became of ``round`` up to now: all of it for the office, or ``member``'s copy."""
    edition, association = papers.get(db, round.edition_id), associations.get(db)
    about = {"round": f"round/{round.id}", "paper": f"paper/{edition.slug}", "round_id": round.id}
    steps = tuple(step_of(each) for each in rows(db, LINES, about))
    release = releases.of_round(db, round.id)
    published = release is not None and release.is_public(now)
    if member is not None:
        own = {entry for (entry,) in rows(db, OWN, {"round_id": round.id, "member_id": member.id})}
        steps = disclosed(steps, own, counted(db, round, {step.entry: step for step in steps}), published)
    last = audit.get(db, steps[-1].entry) if steps else None
    return Certificate(association, edition, round, steps, last.root if last else "", member, published)


def step_of(found: Row) -> Step:
    entry = audit.entry_of(found)
    details = json.loads(found["details"]) if found["details"] else {}
    return Step(
        entry.seq,
        entry.commitment,
        entry.event,
        entry.at,
        by=by(entry.actor),
        member=found["key"] or "",
        name=found["official_name"] or "",
        answer=Kind(found["kind"]) if found["kind"] else None,
        facts={name: details[name] for name in FACTS if name in details},
    )


def counted(db: Database, round: Round, steps: dict[int, Step]) -> dict[int, Step]:
    """Of each counted signature what the published list shows, by its entry."""
    zone, found = associations.get(db).zone, {}
    for place in standings.of(db, round).places:
        signed = signatory(place, round.terms, zone)
        if signed and place.version:
            entry = place.version.entry
            found[entry] = Step(
                entry,
                steps[entry].commitment,
                Event.ANSWERED,
                day=signed.signed_on,
                member=signed.key,
                name=signed.name,
                answer=Kind.SIGN,
            )
    return found
