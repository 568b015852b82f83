"""What lies on the office's desk: every paper with its latest round and what has become of it."""

from dataclasses import dataclass
from datetime import datetime

from sqlite_utils import Database

from signoff.domain.paper import Edition
from signoff.domain.release import Print, PrintKind, Release, Request
from signoff.domain.round import Phase, Round
from signoff.domain.standing import Standing
from signoff.store import papers, prints, releases, requests, rounds, standings


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
class Desk:
    """Every paper once: those at work, those that are done with, and those that no round is running for."""

    cases: tuple[Case, ...]
    released: tuple[tuple[Edition, Round], ...]
    idle: tuple[tuple[Edition, Round | None], ...]  # with the round that was cancelled, if there was one
    withdrawn: frozenset[int] = frozenset()  # ids of released rounds whose paper was withdrawn


def desk(db: Database, now: datetime) -> Desk:
    """All papers, the newest first. Only rounds that are not released yet are counted out."""
    cases, released, idle = [], [], []
    for edition in papers.newest(db):
        round = rounds.latest(db, edition.slug)
        if round is None or round.cancelled_at:
            idle.append((edition, round))
        elif round.phase(now) is Phase.RELEASED:
            released.append((papers.get(db, round.edition_id), round))
        else:
            cases.append(case(db, round))
    return Desk(tuple(cases), tuple(released), tuple(idle), releases.withdrawn(db))


def case(db: Database, round: Round) -> Case:
    """Everything about one round: six queries, whatever the number of members."""
    return Case(
        papers.get(db, round.edition_id),
        round,
        standings.of(db, round),
        prints.latest(db, round.id, PrintKind.DRAFT),
        prints.latest(db, round.id, PrintKind.FINAL),
        releases.of_round(db, round.id),
        requests.waiting(db, round.id),
    )
