"""Lists that skip the model: what the public and the office see at a glance."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlite_utils import Database

from signoff.domain.paper import Edition
from signoff.domain.release import Release
from signoff.domain.round import Phase, Round
from signoff.store import issues, papers, releases, rounds
from signoff.store.rows import row, rows, stored

RELEASED = """
SELECT rounds.id AS round_id FROM releases JOIN rounds ON rounds.id = releases.round_id
WHERE releases.number = 1 AND releases.released_at <= :now ORDER BY releases.released_at DESC, releases.id DESC
"""
SIGNED = """
SELECT COUNT(*) AS signed FROM answers JOIN invitations ON invitations.id = answers.invitation_id
WHERE round_id = :round_id AND kind = 'sign'
  AND number = (SELECT MAX(number) FROM answers AS other
                WHERE other.invitation_id = answers.invitation_id AND other.late = 0)
  AND answers.id NOT IN (SELECT answer_id FROM voidings)
"""
RESULTS = """
SELECT round_id, COUNT(*) AS asked, COUNT(answers.id) AS answered,
       COUNT(*) FILTER (WHERE answers.kind = 'sign') AS signed
FROM invitations
LEFT JOIN answers ON answers.invitation_id = invitations.id AND answers.kind <> 'withdrawn'
  AND answers.id NOT IN (SELECT answer_id FROM voidings)
  AND number = (SELECT MAX(number) FROM answers AS other
                WHERE other.invitation_id = invitations.id AND other.late = 0)
WHERE round_id IN (SELECT value FROM json_each(:round_ids)) GROUP BY round_id
"""


@dataclass(frozen=True, slots=True)
class Result:
    """What came out of a round: how many were asked, how many answered, how many of them signed."""

    asked: int
    answered: int
    signed: int


@dataclass(frozen=True, slots=True)
class Publication:
    """A paper as the public finds it: its text, its round, the release, and how many have signed."""

    edition: Edition
    round: Round
    release: Release | None  # of the first edition
    signed: int
    current: Release | None = None  # the newest edition
    updated_at: datetime | None = None  # when anything of it was released last


def released(db: Database, now: datetime) -> list[Publication]:
    """Released papers, the newest first; withdrawn ones are among them and say so."""
    found = (rounds.get(db, each["round_id"]) for each in rows(db, RELEASED, {"now": stored(now)}))
    return [publication(db, round, now) for round in found if round]


def published(db: Database, slug: str, now: datetime) -> Publication | None:
    """The paper at ``/papers/<slug>``: released, or the draft of an open round that is public; else ``None``.

    A later edition that is put to the members takes nothing away: what was released stands until it is released too.
    """
    every = rounds.of_paper(db, slug)
    if not every:
        return None
    round = next((each for each in every if each.phase(now) is Phase.RELEASED), every[0])
    phase = round.phase(now)
    shown = phase is Phase.RELEASED or (round.terms.public and phase in (Phase.OPEN, Phase.ENDED, Phase.CLOSED))
    return publication(db, round, now) if shown else None


def publication(db: Database, round: Round, now: datetime) -> Publication:
    """A release that is planned for later is none yet."""
    seen = [each for each in releases.every(db, round.id) if each.released_at <= now]
    made = Publication(papers.get(db, round.edition_id), round, None, signed(db, round))
    if not seen:
        return made
    return replace(made, release=seen[0], current=issues.current(seen), updated_at=seen[-1].released_at)


def results(db: Database, round_ids: Sequence[int]) -> dict[int, Result]:
    """What came out of these rounds: one query."""
    found = rows(db, RESULTS, {"round_ids": json.dumps(list(round_ids))})
    return {each["round_id"]: Result(each["asked"], each["answered"], each["signed"]) for each in found}


def signed(db: Database, round: Round) -> int:
    """How many members have signed so far."""
    found = row(db, SIGNED, {"round_id": round.id})
    return int(found["signed"]) if found else 0
