"""Rounds and papers as the office and the public see them at a glance."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlite_utils import Database

from signoff.domain.approvals import Approval, PublicAct
from signoff.domain.papers import Edition, list_editions_without_round
from signoff.domain.releases import Print, PrintKind, Release
from signoff.domain.round_status import RoundStatus
from signoff.domain.rounds import Phase, Round
from signoff.store import approvals, papers, releases, round_status, rounds, rows
from signoff.store.rows import fetch_all, fetch_value

# What the public sees, and results of rounds.

LIST_RELEASED_ROUNDS = """
SELECT rounds.id AS round_id FROM releases JOIN rounds ON rounds.id = releases.round_id
WHERE releases.number = 1 AND releases.released_at <= :now ORDER BY releases.released_at DESC, releases.id DESC
"""
COUNT_SIGNATURES = """
SELECT COUNT(*) FROM answers JOIN invitations ON invitations.id = answers.invitation_id
WHERE round_id = :round_id AND kind = 'sign'
  AND number = (SELECT MAX(number) FROM answers AS other
                WHERE other.invitation_id = answers.invitation_id AND other.late = 0)
  AND answers.id NOT IN (SELECT answer_id FROM voidings)
"""
COUNT_RESULTS = """
SELECT round_id, COUNT(*) AS invited, COUNT(answers.id) AS answered,
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
    """How many members were invited, how many of them answered, and how many of these signed."""

    invited: int
    answered: int
    signed: int


@dataclass(frozen=True, slots=True)
class Publication:
    """A paper as the public sees it: its text, its round, its release, and the number of
    signatures.
    """

    edition: Edition
    round: Round
    release: Release | None  # of the final PDF
    signed: int
    current: Release | None = None  # the newest list edition
    updated_at: datetime | None = None  # of the latest release


def list_publications(db: Database, now: datetime) -> list[Publication]:
    """Released papers, the newest first, including retracted ones."""
    return [
        load_publication(db, rounds.get(db, row["round_id"]), now)
        for row in fetch_all(db, LIST_RELEASED_ROUNDS, now=now)
    ]


def find_publication(db: Database, slug: str, now: datetime) -> Publication | None:
    """The paper at ``/papers/<slug>``: released, or the public draft of an open round.

    The round of a new edition hides nothing: the former release stays until the new one is
    released.
    """
    paper_rounds = rounds.list_for_paper(db, slug)
    released = [round for round in paper_rounds if round.phase(now) is Phase.RELEASED]
    if released:
        return load_publication(db, released[0], now)
    if paper_rounds and paper_rounds[0].is_public_draft(now):
        return load_publication(db, paper_rounds[0], now)
    return None


def load_publication(db: Database, round: Round, now: datetime) -> Publication:
    """The publication of a round, without releases that are planned for later."""
    publication = Publication(
        papers.get_edition(db, round.edition_id), round, None, count_signatures(db, round)
    )
    released = [
        release for release in releases.list_for_round(db, round.id) if release.released_at <= now
    ]
    if not released:
        return publication
    return replace(
        publication,
        release=released[0],
        current=releases.get_current_list_edition(released),
        updated_at=released[-1].released_at,
    )


def load_results(db: Database, round_ids: Sequence[int]) -> dict[int, RoundResult]:
    """The results of these rounds: one query."""
    records = fetch_all(db, COUNT_RESULTS, round_ids=round_ids)
    return {row["round_id"]: rows.load(RoundResult, row) for row in records}


def count_signatures(db: Database, round: Round) -> int:
    """How many members have signed so far, without late signatures."""
    return int(fetch_value(db, COUNT_SIGNATURES, round_id=round.id))


# The dashboard of the office.

MAX_PAST_RESULTS = 10  # results are counted for as many past rounds


@dataclass(frozen=True, slots=True)
class RoundSummary:
    """A round with its text, status, prints and release."""

    edition: Edition
    round: Round
    status: RoundStatus
    draft: Print | None
    final: Print | None
    release: Release | None
    release_request: Approval | None = None  # a release that waits for approval


@dataclass(frozen=True, slots=True)
class PastRound:
    """A released or cancelled round. The oldest ones have no result."""

    edition: Edition
    round: Round
    result: RoundResult | None


@dataclass(frozen=True, slots=True)
class Dashboard:
    """Every round once, running or past, and the editions without a round."""

    summaries: tuple[RoundSummary, ...]
    past: tuple[PastRound, ...]
    # with the cancelled round of the edition, if there was one
    without_round: tuple[tuple[Edition, Round | None], ...]
    retracted: frozenset[int] = frozenset()  # ids of the rounds whose release was retracted


def load_dashboard(db: Database, now: datetime) -> Dashboard:
    """All rounds, the newest first: four queries, and three for each running round, whatever its
    number of members.
    """
    editions, all_rounds = papers.get_editions_by_id(db), rounds.list_all(db)
    running = [round for round in all_rounds if not round.is_finished(now)]
    past = [round for round in all_rounds if round.is_finished(now)]
    prints = releases.list_latest_prints(db, [round.id for round in running])
    results = load_results(db, [round.id for round in past[:MAX_PAST_RESULTS]])
    return Dashboard(
        tuple(
            RoundSummary(
                editions[round.edition_id],
                round,
                round_status.load(db, round),
                prints.get((round.id, PrintKind.DRAFT)),
                prints.get((round.id, PrintKind.FINAL)),
                releases.find_for_round(db, round.id) if round.released_at else None,
                find_release_request(db, round) if round.closed_at else None,
            )
            for round in running
        ),
        tuple(
            PastRound(editions[round.edition_id], round, results.get(round.id)) for round in past
        ),
        tuple(list_editions_without_round(editions.values(), all_rounds)),
        releases.list_retracted_round_ids(db),
    )


def load_round_summary(db: Database, round: Round) -> RoundSummary:
    """Everything about one round: five queries, whatever the number of members."""
    prints = releases.list_latest_prints(db, [round.id])
    return RoundSummary(
        papers.get_edition(db, round.edition_id),
        round,
        round_status.load(db, round),
        prints.get((round.id, PrintKind.DRAFT)),
        prints.get((round.id, PrintKind.FINAL)),
        releases.find_for_round(db, round.id),
        find_release_request(db, round),
    )


def find_release_request(db: Database, round: Round) -> Approval | None:
    return approvals.find_pending(db, PublicAct.RELEASE, f"round/{round.id}")
