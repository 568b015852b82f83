"""What lies on the office's desk: every round with its text and what has become of it."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlite_utils import Database

from signoff.domain.papers import Edition
from signoff.domain.releases import Print, PrintKind, Release, Request
from signoff.domain.round_status import Standing
from signoff.domain.rounds import Phase, Round
from signoff.store import papers, releases, round_status, rounds
from signoff.store.rows import row, rows, stored

# Lists that skip the model: what the public and the office see at a glance.

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
    found = (rounds.find(db, each["round_id"]) for each in rows(db, RELEASED, {"now": stored(now)}))
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
    shown = phase is Phase.RELEASED or (
        round.terms.public and phase in (Phase.OPEN, Phase.ENDED, Phase.CLOSED)
    )
    return publication(db, round, now) if shown else None


def publication(db: Database, round: Round, now: datetime) -> Publication:
    """A release that is planned for later is none yet."""
    seen = [each for each in releases.every(db, round.id) if each.released_at <= now]
    made = Publication(papers.get(db, round.edition_id), round, None, signed(db, round))
    if not seen:
        return made
    return replace(
        made, release=seen[0], current=releases.current(seen), updated_at=seen[-1].released_at
    )


def load_results(db: Database, round_ids: Sequence[int]) -> dict[int, Result]:
    """What came out of these rounds: one query."""
    found = rows(db, RESULTS, {"round_ids": json.dumps(list(round_ids))})
    return {
        each["round_id"]: Result(each["asked"], each["answered"], each["signed"]) for each in found
    }


def signed(db: Database, round: Round) -> int:
    """How many members have signed so far."""
    found = row(db, SIGNED, {"round_id": round.id})
    return int(found["signed"]) if found else 0


DONE = (Phase.RELEASED, Phase.CANCELLED)
COUNTED = 10  # as many past rounds are counted out; older ones are listed


@dataclass(frozen=True, slots=True)
class Case:
    """One round with its text, where it stands, its prints and its release."""

    edition: Edition
    round: Round
    standing: Standing
    draft: Print | None
    final: Print | None
    release: Release | None
    request: Request | None = None  # a release that waits for a second person


@dataclass(frozen=True, slots=True)
class Past:
    """A round that is done with. The oldest ones come without their result."""

    edition: Edition
    round: Round
    result: Result | None


@dataclass(frozen=True, slots=True)
class Desk:
    """Every round once: those at work and those that are done with; and the texts that no round is running for."""

    cases: tuple[Case, ...]
    past: tuple[Past, ...]
    idle: tuple[
        tuple[Edition, Round | None], ...
    ]  # with the latest round of the paper, if there was one
    withdrawn: frozenset[int] = frozenset()  # ids of released rounds whose paper was withdrawn


def desk(db: Database, now: datetime) -> Desk:
    """All rounds, the newest first: four queries, and one for each round at work, whatever the number of members."""
    editions, every = papers.every(db), rounds.every(db)
    running = [round for round in every if round.phase(now) not in DONE]
    done = [round for round in every if round.phase(now) in DONE]
    printed = releases.newest(db, [round.id for round in running])
    cases = tuple(
        Case(
            editions[round.edition_id],
            round,
            round_status.of(db, round),
            printed.get((round.id, PrintKind.DRAFT)),
            printed.get((round.id, PrintKind.FINAL)),
            releases.of_round(db, round.id) if round.released_at else None,
            releases.waiting(db, round.id) if round.closed_at else None,
        )
        for round in running
    )
    results = load_results(db, [round.id for round in done[:COUNTED]])
    past = tuple(Past(editions[round.edition_id], round, results.get(round.id)) for round in done)
    return Desk(cases, past, tuple(idle(editions.values(), every)), releases.withdrawn(db))


def idle(
    editions: Iterable[Edition], every: Iterable[Round]
) -> Iterable[tuple[Edition, Round | None]]:
    """The newest text of each paper, newest paper first, that no round was opened for, or one that was cancelled."""
    newest = {
        edition.paper_id: edition for edition in sorted(editions, key=lambda each: each.number)
    }
    latest = {round.edition_id: round for round in sorted(every, key=lambda each: each.id)}
    for edition in sorted(newest.values(), key=lambda each: -each.paper_id):
        round = latest.get(edition.id)
        if round is None or round.cancelled_at:
            yield edition, round


def case(db: Database, round: Round) -> Case:
    """Everything about one round: six queries, whatever the number of members."""
    return Case(
        papers.get(db, round.edition_id),
        round,
        round_status.of(db, round),
        releases.latest(db, round.id, PrintKind.DRAFT),
        releases.latest(db, round.id, PrintKind.FINAL),
        releases.of_round(db, round.id),
        releases.waiting(db, round.id),
    )
