"""What lies on the office's desk: every round with its text and what has become of it."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlite_utils import Database

from signoff.domain.papers import Edition
from signoff.domain.releases import Print, PrintKind, Release, ReleaseRequest
from signoff.domain.round_status import RoundStatus
from signoff.domain.rounds import Phase, Round
from signoff.store import papers, releases, round_status, rounds
from signoff.store.rows import fetch_all, fetch_one, format_utc

# Lists that skip the model: what the public and the office see at a glance.

LIST_RELEASED_ROUNDS = """
SELECT rounds.id AS round_id FROM releases JOIN rounds ON rounds.id = releases.round_id
WHERE releases.number = 1 AND releases.released_at <= :now ORDER BY releases.released_at DESC, releases.id DESC
"""
COUNT_SIGNATURES = """
SELECT COUNT(*) AS signed FROM answers JOIN invitations ON invitations.id = answers.invitation_id
WHERE round_id = :round_id AND kind = 'sign'
  AND number = (SELECT MAX(number) FROM answers AS other
                WHERE other.invitation_id = answers.invitation_id AND other.late = 0)
  AND answers.id NOT IN (SELECT answer_id FROM voidings)
"""
COUNT_RESULTS = """
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
class RoundResult:
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


def list_publications(db: Database, now: datetime) -> list[Publication]:
    """Released papers, the newest first; withdrawn ones are among them and say so."""
    found = (
        rounds.find(db, each["round_id"])
        for each in fetch_all(db, LIST_RELEASED_ROUNDS, {"now": format_utc(now)})
    )
    return [load_publication(db, round, now) for round in found if round]


def find_publication(db: Database, slug: str, now: datetime) -> Publication | None:
    """The paper at ``/papers/<slug>``: released, or the draft of an open round that is public; else ``None``.

    A later edition that is put to the members takes nothing away: what was released stands until it is released too.
    """
    every = rounds.list_for_paper(db, slug)
    if not every:
        return None
    round = next((each for each in every if each.phase(now) is Phase.RELEASED), every[0])
    phase = round.phase(now)
    shown = phase is Phase.RELEASED or (
        round.terms.public and phase in (Phase.OPEN, Phase.ENDED, Phase.CLOSED)
    )
    return load_publication(db, round, now) if shown else None


def load_publication(db: Database, round: Round, now: datetime) -> Publication:
    """A release that is planned for later is none yet."""
    seen = [each for each in releases.list_for_round(db, round.id) if each.released_at <= now]
    made = Publication(
        papers.get_edition(db, round.edition_id), round, None, count_signatures(db, round)
    )
    if not seen:
        return made
    return replace(
        made,
        release=seen[0],
        current=releases.get_current_list_edition(seen),
        updated_at=seen[-1].released_at,
    )


def load_results(db: Database, round_ids: Sequence[int]) -> dict[int, RoundResult]:
    """What came out of these rounds: one query."""
    found = fetch_all(db, COUNT_RESULTS, {"round_ids": json.dumps(list(round_ids))})
    return {
        each["round_id"]: RoundResult(each["asked"], each["answered"], each["signed"])
        for each in found
    }


def count_signatures(db: Database, round: Round) -> int:
    """How many members have signed so far."""
    found = fetch_one(db, COUNT_SIGNATURES, {"round_id": round.id})
    return int(found["signed"]) if found else 0


FINISHED_PHASES = (Phase.RELEASED, Phase.CANCELLED)
MAX_PAST_RESULTS = 10  # as many past rounds are counted out; older ones are listed


@dataclass(frozen=True, slots=True)
class RoundSummary:
    """One round with its text, where it stands, its prints and its release."""

    edition: Edition
    round: Round
    standing: RoundStatus
    draft: Print | None
    final: Print | None
    release: Release | None
    request: ReleaseRequest | None = None  # a release that waits for a second person


@dataclass(frozen=True, slots=True)
class PastRound:
    """A round that is done with. The oldest ones come without their result."""

    edition: Edition
    round: Round
    result: RoundResult | None


@dataclass(frozen=True, slots=True)
class Dashboard:
    """Every round once: those at work and those that are done with; and the texts that no round is running for."""

    cases: tuple[RoundSummary, ...]
    past: tuple[PastRound, ...]
    idle: tuple[
        tuple[Edition, Round | None], ...
    ]  # with the latest round of the paper, if there was one
    withdrawn: frozenset[int] = frozenset()  # ids of released rounds whose paper was withdrawn


def load_dashboard(db: Database, now: datetime) -> Dashboard:
    """All rounds, the newest first: four queries, and one for each round at work, whatever the number of members."""
    editions, every = papers.get_editions_by_id(db), rounds.list_all(db)
    running = [round for round in every if round.phase(now) not in FINISHED_PHASES]
    done = [round for round in every if round.phase(now) in FINISHED_PHASES]
    printed = releases.list_latest_prints(db, [round.id for round in running])
    cases = tuple(
        RoundSummary(
            editions[round.edition_id],
            round,
            round_status.load(db, round),
            printed.get((round.id, PrintKind.DRAFT)),
            printed.get((round.id, PrintKind.FINAL)),
            releases.find_for_round(db, round.id) if round.released_at else None,
            releases.find_pending_request(db, round.id) if round.closed_at else None,
        )
        for round in running
    )
    results = load_results(db, [round.id for round in done[:MAX_PAST_RESULTS]])
    past = tuple(
        PastRound(editions[round.edition_id], round, results.get(round.id)) for round in done
    )
    return Dashboard(
        cases,
        past,
        tuple(iter_editions_without_round(editions.values(), every)),
        releases.list_retracted_round_ids(db),
    )


def iter_editions_without_round(
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


def load_round_summary(db: Database, round: Round) -> RoundSummary:
    """Everything about one round: six queries, whatever the number of members."""
    return RoundSummary(
        papers.get_edition(db, round.edition_id),
        round,
        round_status.load(db, round),
        releases.find_latest_print(db, round.id, PrintKind.DRAFT),
        releases.find_latest_print(db, round.id, PrintKind.FINAL),
        releases.find_for_round(db, round.id),
        releases.find_pending_request(db, round.id),
    )
