"""What lies on the office's desk: every round with its text and what has become of it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlite_utils import Database

from signoff.domain.paper import Edition
from signoff.domain.release import Print, PrintKind, Release
from signoff.domain.round import Phase, Round
from signoff.domain.standing import Standing
from signoff.store import overviews, papers, prints, releases, rounds, standings
from signoff.store.overviews import Result

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
    idle: tuple[tuple[Edition, Round | None], ...]  # with the latest round of the paper, if there was one


def desk(db: Database, now: datetime) -> Desk:
    """All rounds, the newest first: four queries, and one for each round at work, whatever the number of members."""
    editions, every = papers.every(db), rounds.every(db)
    running = [round for round in every if round.phase(now) not in DONE]
    done = [round for round in every if round.phase(now) in DONE]
    printed = prints.newest(db, [round.id for round in running])
    cases = tuple(
        Case(
            editions[round.edition_id],
            round,
            standings.of(db, round),
            printed.get((round.id, PrintKind.DRAFT)),
            printed.get((round.id, PrintKind.FINAL)),
            releases.of_round(db, round.id) if round.released_at else None,
        )
        for round in running
    )
    results = overviews.results(db, [round.id for round in done[:COUNTED]])
    past = tuple(Past(editions[round.edition_id], round, results.get(round.id)) for round in done)
    return Desk(cases, past, tuple(idle(editions.values(), every)))


def idle(editions: Iterable[Edition], every: Iterable[Round]) -> Iterable[tuple[Edition, Round | None]]:
    """The newest text of each paper, newest paper first, that no round was opened for, or one that was cancelled."""
    newest = {edition.paper_id: edition for edition in sorted(editions, key=lambda each: each.number)}
    latest = {round.edition_id: round for round in sorted(every, key=lambda each: each.id)}
    for edition in sorted(newest.values(), key=lambda each: -each.paper_id):
        round = latest.get(edition.id)
        if round is None or round.cancelled_at:
            yield edition, round


def case(db: Database, round: Round) -> Case:
    """Everything about one round: five queries, whatever the number of members."""
    return Case(
        papers.get(db, round.edition_id),
        round,
        standings.of(db, round),
        prints.latest(db, round.id, PrintKind.DRAFT),
        prints.latest(db, round.id, PrintKind.FINAL),
        releases.of_round(db, round.id),
    )
