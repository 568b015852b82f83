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
from signoff.domain.signatories import SignatureCounts
from signoff.store import approvals, papers, releases, round_status, rounds, signatories
from signoff.store.rows import fetch_all

# What the public sees, and results of rounds.

LIST_RELEASED_ROUNDS = """
SELECT MAX(rounds.id) AS round_id FROM releases JOIN rounds ON rounds.id = releases.round_id
JOIN editions ON editions.id = rounds.edition_id
WHERE releases.number = 1 AND releases.released_at <= :now GROUP BY editions.paper_id
ORDER BY MAX(releases.released_at) DESC, MAX(releases.id) DESC
"""


@dataclass(frozen=True, slots=True)
class Publication:
    """A paper as the public sees it: its text, its round, its release, and who signs it in
    numbers.
    """

    edition: Edition
    round: Round
    release: Release | None  # of the final PDF
    counts: SignatureCounts
    current: Release | None = None  # the newest list edition
    updated_at: datetime | None = None  # of the latest release, retraction or late change


def list_publications(db: Database, now: datetime) -> list[Publication]:
    """Released papers in their latest edition, the newest first, including retracted ones."""
    released = [
        rounds.get(db, row["round_id"]) for row in fetch_all(db, LIST_RELEASED_ROUNDS, now=now)
    ]
    counts = signatories.count_by_round(db, [round.id for round in released])
    return [load_publication(db, round, now, counts.get(round.id)) for round in released]


def list_public_drafts(db: Database, now: datetime) -> list[Publication]:
    """Public drafts, the newest first."""
    return [
        load_publication(db, round, now)
        for round in rounds.list_all(db)
        if round.is_public_draft(now)
        and round == find_public_round(db, papers.get_edition(db, round.edition_id).slug, now)
    ]


def find_public_round(db: Database, slug: str, now: datetime) -> Round | None:
    """The round whose paper is at ``/papers/<slug>``: released, or the public draft of an open
    round.

    The round of a new edition hides nothing: the former release stays until the new one is
    released, unless it was retracted.
    """
    paper_rounds = rounds.list_for_paper(db, slug)
    released = choose_released_round(paper_rounds, now)
    if released and not released.retracted_at:
        return released
    draft = paper_rounds[0] if paper_rounds and paper_rounds[0].is_public_draft(now) else None
    return draft or released


def find_released_round(db: Database, slug: str, now: datetime) -> Round | None:
    """The round of the latest released edition of a paper, which may be retracted."""
    return choose_released_round(rounds.list_for_paper(db, slug), now)


def choose_released_round(paper_rounds: Sequence[Round], now: datetime) -> Round | None:
    return next((round for round in paper_rounds if round.phase(now) is Phase.RELEASED), None)


def load_publication(
    db: Database, round: Round, now: datetime, counts: SignatureCounts | None = None
) -> Publication:
    """The publication of a round, without releases that are planned for later.

    Reads every answer of the round unless ``counts`` are given.
    """
    counts = counts or signatories.count(db, round.id)
    publication = Publication(papers.get_edition(db, round.edition_id), round, None, counts)
    released = [
        release for release in releases.list_for_round(db, round.id) if release.released_at <= now
    ]
    if not released:
        return publication
    moments = (
        released[-1].released_at,
        released[0].retracted_at,
        signatories.find_changed_at(db, round.id),
    )
    return replace(
        publication,
        release=released[0],
        current=releases.get_current_list_edition(released),
        updated_at=max(filter(None, moments)),
    )


# The dashboard of the office.

MAX_PAST_RESULTS = 10  # results are counted for as many past rounds


@dataclass(frozen=True, slots=True)
class RoundWithText:
    """A round with its text."""

    edition: Edition
    round: Round


@dataclass(frozen=True, slots=True)
class RoundSummary(RoundWithText):
    """A round with its text, status, prints and release."""

    status: RoundStatus
    draft: Print | None
    final: Print | None
    release: Release | None
    release_request: Approval | None = None  # a release that waits for approval


@dataclass(frozen=True, slots=True)
class PastRound(RoundWithText):
    """A released or cancelled round. The oldest ones are not counted."""

    counts: SignatureCounts | None


@dataclass(frozen=True, slots=True)
class Dashboard:
    """Every round once, running or past, and the editions without a round."""

    summaries: tuple[RoundSummary, ...]
    past: tuple[PastRound, ...]
    # with the cancelled round of the edition, if there was one
    without_round: tuple[tuple[Edition, Round | None], ...]


def load_dashboard(db: Database, now: datetime) -> Dashboard:
    """All rounds, the newest first: four queries, and a few for each running round, whatever its
    number of members.
    """
    editions, all_rounds = papers.get_editions_by_id(db), rounds.list_all(db)
    running = [round for round in all_rounds if not round.is_finished(now)]
    past = [round for round in all_rounds if round.is_finished(now)]
    prints = releases.list_latest_prints(db, [round.id for round in running])
    counts = signatories.count_by_round(db, [round.id for round in past[:MAX_PAST_RESULTS]])
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
        tuple(PastRound(editions[round.edition_id], round, counts.get(round.id)) for round in past),
        tuple(list_editions_without_round(editions.values(), all_rounds)),
    )


def load_round_with_text(db: Database, round: Round) -> RoundWithText:
    return RoundWithText(papers.get_edition(db, round.edition_id), round)


def load_round_summary(db: Database, round: Round) -> RoundSummary:
    """Everything about one round: a few queries, whatever the number of members."""
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
