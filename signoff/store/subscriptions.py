"""The subscriptions of accounts, and the digests they get."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime

from sqlite_utils import Database

from signoff.domain.audit import DetailedEntry, Event
from signoff.domain.subscriptions import (
    TOLD_EVENTS,
    Digest,
    Frequency,
    News,
    RoundDigest,
    StoredDigest,
    Subscription,
    Topic,
    build_round_digests,
    list_topics,
)
from signoff.store import (
    applications,
    approvals,
    association,
    audit,
    dashboard,
    papers,
    rounds,
    rows,
)
from signoff.store.rows import execute, execute_many, fetch_one

LIST_SUBSCRIPTIONS = "SELECT * FROM subscriptions WHERE account_id = :account_id"
SAVE_SUBSCRIPTION = """
INSERT INTO subscriptions ( account_id,  topic,  frequency,  last_entry)
VALUES                    (:account_id, :topic, :frequency, :last_entry)
ON CONFLICT (account_id, topic) DO UPDATE SET frequency = :frequency, last_entry = :last_entry
"""


def list_for_account(db: Database, account_id: int) -> list[Subscription]:
    """One subscription for each topic."""
    known = {
        each.topic: each
        for each in rows.list_all(db, Subscription, LIST_SUBSCRIPTIONS, account_id=account_id)
    }
    return [known.get(topic, Subscription(account_id, topic)) for topic in Topic]


def save(db: Database, subscriptions: Collection[Subscription]) -> None:
    execute_many(db, SAVE_SUBSCRIPTION, [rows.to_row(each) for each in subscriptions])


# Digests.

INSERT_DIGEST = """
INSERT INTO digests ( account_id,  frequency,  entries,  with_rounds,  created_at)
VALUES              (:account_id, :frequency, :entries, :with_rounds, :created_at)
"""
GET_DIGEST = "SELECT * FROM digests WHERE id = :id"
FIND_LATEST_DIGEST = """
SELECT MAX(created_at) AS created_at,
       EXISTS (SELECT 1 FROM digests AS waiting JOIN outbox ON outbox.kind = 'digest' AND outbox.number = waiting.id
               WHERE waiting.account_id = :account_id AND waiting.frequency = :frequency
                 AND sent_at IS NULL AND failed_at IS NULL) AS is_waiting
FROM digests WHERE account_id = :account_id AND frequency = :frequency
"""


@dataclass(frozen=True, slots=True)
class LatestDigest:
    """When an account got its last digest of a frequency, and whether one is still to be sent."""

    created_at: datetime | None
    is_waiting: bool


def find_latest(db: Database, account_id: int, frequency: Frequency) -> LatestDigest:
    return rows.get(
        db, LatestDigest, FIND_LATEST_DIGEST, account_id=account_id, frequency=frequency
    )


def add_digest(db: Database, digest: StoredDigest) -> StoredDigest:
    """Store a digest and return it with its id."""
    return replace(digest, id=execute(db, INSERT_DIGEST, **rows.to_row(digest)))


def list_new_entries(db: Database, after: int, since: datetime) -> list[DetailedEntry]:
    """The entries after a number and since a moment that somebody may be told about, in order,
    without requests that have ended.
    """
    entries = audit.list_entries_of_events(db, after, TOLD_EVENTS, since)
    pending = {approval.id for approval in approvals.list_pending(db)}
    return [
        entry
        for entry in entries
        if entry.event is not Event.APPROVAL_REQUESTED
        or (entry.details or {}).get("approval") in pending
    ]


def load_digest(db: Database, id: int) -> Digest | None:
    """The content of a digest; ``None`` for an unknown number."""
    row = fetch_one(db, GET_DIGEST, id=id)
    if row is None:
        return None
    stored = rows.load(StoredDigest, row)
    entries = rows.list_all(db, DetailedEntry, audit.LIST_ENTRIES_BY_NUMBER, numbers=stored.entries)
    return Digest(
        stored.frequency,
        tuple(build_news(db, entry) for entry in entries),
        list_round_digests(db, stored.created_at) if stored.with_rounds else (),
    )


def list_round_digests(db: Database, now: datetime) -> tuple[RoundDigest, ...]:
    """Every round that is not released yet, at a moment."""
    summaries = dashboard.load_dashboard(db, now).summaries
    running = [summary for summary in summaries if not summary.round.released_at]
    return build_round_digests(
        ((summary.edition, summary.status) for summary in running),
        now,
        now.astimezone(association.get(db).zone).date(),
    )


def build_news(db: Database, entry: DetailedEntry) -> News:
    """An entry with its paper and the page of the office that is about it."""
    topics = list_topics(entry)
    kind, _, id = entry.subject.partition("/")
    request = (entry.details or {}).get("approval")
    application = applications.find(db, int(id)) if kind == "application" else None
    if not (kind in ("invitation", "round") and id.isdecimal()) and application is None:
        return News(entry, topics, path=f"approvals/{request}" if request else "")
    round_id, path = int(id), f"rounds/{id}"
    if kind == "invitation":
        round_id, path = rounds.get_invitation(db, int(id)).round_id, f"invitations/{id}"
    if application:
        round_id, path = application.round_id, f"applications/{id}"
    if request:
        path = f"approvals/{request}"
    edition = papers.get_edition(db, rounds.get(db, round_id).edition_id)
    return News(entry, topics, edition.text.title, path)
