"""Released editions of a list."""

import json
from collections.abc import Collection, Sequence
from datetime import datetime

from sqlite_utils import Database

from signoff.domain.answers import AnswerVersion, LateReview
from signoff.domain.papers import Edition
from signoff.domain.releases import (
    LateSignatures,
    LateWithdrawal,
    Print,
    PrintKind,
    PriorRelease,
    Release,
    ReleaseRequest,
    iter_numbered_releases,
)
from signoff.domain.round_status import Signatory
from signoff.domain.rounds import Round
from signoff.store import association, round_status
from signoff.store.answers import SELECT_VERSION, version_from_row
from signoff.store.rows import (
    Row,
    execute,
    fetch_all,
    fetch_one,
    format_utc,
    parse_datetime,
    parse_optional_datetime,
)

# Answers that came after a release, and what the office decided about them.

MAX_ENTRY = 2**62  # a line of the journal no chain reaches
LIST_LATE_VERSIONS = f"""
{SELECT_VERSION} WHERE late = 1 AND answers.entry <= :entry
  AND invitation_id IN (SELECT id FROM invitations WHERE round_id = :round_id)
ORDER BY answers.id
"""
LIST_LATE_REVIEWS = """
SELECT late_reviews.* FROM late_reviews JOIN answers ON answers.id = late_reviews.answer_id
JOIN invitations ON invitations.id = answers.invitation_id
WHERE round_id = :round_id AND late_reviews.entry <= :entry ORDER BY late_reviews.id
"""
LIST_ROUND_IDS_TO_REVIEW = """
SELECT DISTINCT round_id FROM answers JOIN invitations ON invitations.id = answers.invitation_id
WHERE late = 1 AND kind = 'sign' AND answers.id NOT IN (SELECT answer_id FROM late_reviews)
  AND number = (SELECT MAX(number) FROM answers AS other WHERE other.invitation_id = answers.invitation_id)
"""
GET_LATEST_REVIEW = (
    "SELECT * FROM late_reviews WHERE answer_id = :answer_id ORDER BY id DESC LIMIT 1"
)
INSERT_LATE_REVIEW = """
INSERT INTO late_reviews ( answer_id,  accepted,  note_accepted,  name_accepted,  reason,  decided_at,  entry)
VALUES               (:answer_id, :accepted, :note_accepted, :name_accepted, :reason, :decided_at, :entry)
"""


def load_late_signatures(db: Database, round: Round, entry: int = MAX_ENTRY) -> LateSignatures:
    """What has happened to the list of ``round`` since its release, up to line ``entry`` of the journal."""
    asked = {"round_id": round.id, "entry": entry}
    verdicts = {
        each["answer_id"]: late_review_from_row(each)
        for each in fetch_all(db, LIST_LATE_REVIEWS, asked)
    }
    late: dict[int, list[tuple[AnswerVersion, LateReview | None]]] = {}
    for version in map(version_from_row, fetch_all(db, LIST_LATE_VERSIONS, asked)):
        late.setdefault(version.invitation_id, []).append((version, verdicts.get(version.id)))
    return LateSignatures.of(round_status.load(db, round), late, association.get(db).zone)


def list_round_ids_to_review(db: Database) -> set[int]:
    """The rounds in which a late signature waits for a decision: one query, however many were released."""
    return {each["round_id"] for each in fetch_all(db, LIST_ROUND_IDS_TO_REVIEW)}


def find_late_review(db: Database, version: AnswerVersion | None) -> LateReview | None:
    """What the office decided last about ``version``."""
    if version is None or not version.late:
        return None
    found = fetch_one(db, GET_LATEST_REVIEW, {"answer_id": version.id})
    return late_review_from_row(found) if found else None


def add_late_review(
    db: Database,
    answer_id: int,
    *,
    accepted: bool,
    note_accepted: bool,
    name_accepted: bool,
    reason: str,
    decided_at: datetime,
    entry: int,
) -> int:
    """Keep one more verdict; its id is given back. The database refuses one on what was accepted before."""
    given = {"answer_id": answer_id, "accepted": accepted, "note_accepted": note_accepted}
    given |= {"name_accepted": name_accepted}
    flags = {name: int(value) for name, value in given.items()}
    return execute(
        db,
        INSERT_LATE_REVIEW,
        {**flags, "reason": reason, "decided_at": format_utc(decided_at), "entry": entry},
    )


def late_review_from_row(found: Row) -> LateReview:
    return LateReview(
        found["answer_id"],
        bool(found["accepted"]),
        bool(found["note_accepted"]),
        bool(found["name_accepted"]),
        found["reason"],
        parse_datetime(found["decided_at"]),
        found["entry"],
    )


# PDFs that are owed and done. Like the outbox: claimed, printed outside the transaction, then recorded.

ENQUEUE_PRINT = """
INSERT INTO prints (round_id, kind, number, entry, enqueued_at, next_try_at, timestamp)
SELECT :round_id, :kind, 1 + COALESCE(MAX(number), 0), :entry, :now, :now, :timestamp
FROM prints WHERE round_id = :round_id AND kind = :kind
"""
ENQUEUE_TRIAL_PRINT = """
INSERT INTO prints (edition_id, digest, kind, number, entry, owed_at, next_try_at)
SELECT :edition_id, :digest, 'trial', 1 + COALESCE(MAX(number), 0), :entry, :now, :now
FROM prints WHERE edition_id = :edition_id
"""
SUPERSEDE_TRIAL_PRINTS = """
UPDATE prints SET failed_at = :now, error = 'superseded'
WHERE edition_id = :edition_id AND printed_at IS NULL AND failed_at IS NULL
"""
GET_LATEST_TRIAL_PRINT = (
    "SELECT * FROM prints WHERE edition_id = :edition_id ORDER BY number DESC LIMIT 1"
)
GET_LATEST_PRINT = (
    "SELECT * FROM prints WHERE round_id = :round_id AND kind = :kind ORDER BY number DESC LIMIT 1"
)
LIST_LATEST_PRINTS = """
SELECT * FROM prints
WHERE round_id IN (SELECT value FROM json_each(:round_ids))
  AND number = (SELECT MAX(number) FROM prints AS other
                WHERE other.round_id = prints.round_id AND other.kind = prints.kind)
"""
GET_LATEST_POST_RELEASE_PRINT = """
SELECT * FROM prints WHERE round_id = :round_id AND kind IN ('addendum', 'edition') ORDER BY id DESC LIMIT 1
"""
GET_DUE_PRINT = """
SELECT * FROM prints
WHERE printed_at IS NULL AND failed_at IS NULL AND next_try_at <= :now
  AND (claimed_by IS NULL OR claimed_by NOT IN (SELECT value FROM json_each(:living)))
  AND (:round_id IS NULL OR round_id = :round_id)
ORDER BY id LIMIT 1
"""
CLAIM_PRINT = "UPDATE prints SET claimed_by = :worker, progress = 0 WHERE id = :id"
COUNT_PRINTS_CLAIMED_BY_OTHERS = """
SELECT COUNT(*) AS rows FROM prints
WHERE claimed_by IN (SELECT value FROM json_each(:living)) AND claimed_by <> :worker
  AND printed_at IS NULL AND failed_at IS NULL
"""
SUPERSEDE_PRINTS = """
UPDATE prints SET failed_at = :now, error = 'superseded'
WHERE round_id = :round_id AND printed_at IS NULL AND failed_at IS NULL
  AND (kind = :kind OR (kind IN ('addendum', 'edition') AND :kind IN ('addendum', 'edition')))
"""
UPDATE_PRINT_PROGRESS = """
UPDATE prints SET progress = :progress WHERE id = :id AND printed_at IS NULL
AND failed_at IS NULL
"""
LIST_FINAL_DIGESTS = """
SELECT DISTINCT sha256 FROM prints WHERE round_id = :round_id AND kind <> 'draft'
AND sha256 <> ''
"""
MARK_TYPESET = "UPDATE prints SET unsealed_sha256 = :unsealed_sha256 WHERE id = :id"
MARK_PRINTED = """
UPDATE prints SET printed_at = :now, sha256 = :sha256, size = :size, pages = :pages, seal = :seal,
                  attempts = attempts + 1, claimed_by = NULL, error = ''
WHERE id = :id
"""
MARK_PRINT_FAILED = """
UPDATE prints SET failed_at = :now, error = :error, attempts = attempts + 1, claimed_by = NULL
WHERE id = :id
"""


def enqueue_print(
    db: Database,
    round_id: int,
    kind: PrintKind,
    entry: int,
    now: datetime,
    timestamp: bool | None = None,
) -> None:
    """Owe one more print because of audit entry ``entry``; an earlier one that is still owed is superseded by it.

    Without ``timestamp`` said, it is as with the print before: to do without one was decided for the round.
    """
    if timestamp is None:
        before = find_latest_print(db, round_id, kind)
        timestamp = before.timestamp if before else True
    execute(db, SUPERSEDE_PRINTS, {"round_id": round_id, "kind": str(kind), "now": format_utc(now)})
    told = {
        "round_id": round_id,
        "kind": str(kind),
        "entry": entry,
        "now": format_utc(now),
        "timestamp": int(timestamp),
    }
    execute(db, ENQUEUE_PRINT, told)


def enqueue_trial_print(db: Database, edition: Edition, entry: int, now: datetime) -> None:
    """Enqueue a print of the edition's text as it is now; one that is not printed yet is superseded."""
    execute(db, SUPERSEDE_TRIAL_PRINTS, {"edition_id": edition.id, "now": format_utc(now)})
    parameters = {"edition_id": edition.id, "digest": edition.digest, "entry": entry}
    execute(db, ENQUEUE_TRIAL_PRINT, {**parameters, "now": format_utc(now)})


def find_latest_trial_print(db: Database, edition_id: int) -> Print | None:
    found = fetch_one(db, GET_LATEST_TRIAL_PRINT, {"edition_id": edition_id})
    return print_from_row(found) if found else None


def find_latest_print(db: Database, round_id: int, kind: PrintKind) -> Print | None:
    found = fetch_one(db, GET_LATEST_PRINT, {"round_id": round_id, "kind": str(kind)})
    return print_from_row(found) if found else None


def list_latest_prints(
    db: Database, round_ids: Collection[int]
) -> dict[tuple[int, PrintKind], Print]:
    """The newest print of each kind in each of these rounds: one query."""
    found = map(
        print_from_row,
        fetch_all(db, LIST_LATEST_PRINTS, {"round_ids": json.dumps(list(round_ids))}),
    )
    return {(each.round_id, each.kind): each for each in found if each.round_id}


def find_latest_post_release_print(db: Database, round_id: int) -> Print | None:
    """The newest print after the release, addendum or edition."""
    found = fetch_one(db, GET_LATEST_POST_RELEASE_PRINT, {"round_id": round_id})
    return print_from_row(found) if found else None


def claim_print(
    db: Database, worker: str, living: Collection[str], now: datetime, round_id: int | None = None
) -> Print | None:
    """Take one due print for ``worker`` (of one round, if given), also one whose worker has died."""
    parameters = {"now": format_utc(now), "living": json.dumps(list(living)), "round_id": round_id}
    found = fetch_one(db, GET_DUE_PRINT, parameters)
    if found is None:
        return None
    execute(db, CLAIM_PRINT, {"worker": worker, "id": found["id"]})
    return print_from_row(found)


def count_prints_claimed_by_others(db: Database, worker: str, living: Collection[str]) -> int:
    found = fetch_one(
        db, COUNT_PRINTS_CLAIMED_BY_OTHERS, {"worker": worker, "living": json.dumps(list(living))}
    )
    return int(found["rows"]) if found else 0


def list_final_digests(db: Database, round_id: int) -> list[str]:
    """The digests of every final print of a round, superseded ones too."""
    return [each["sha256"] for each in fetch_all(db, LIST_FINAL_DIGESTS, {"round_id": round_id})]


def update_print_progress(db: Database, id: int, progress: int) -> None:
    execute(db, UPDATE_PRINT_PROGRESS, {"id": id, "progress": progress})


def mark_typeset(db: Database, id: int, unsealed_sha256: str) -> None:
    execute(db, MARK_TYPESET, {"id": id, "unsealed_sha256": unsealed_sha256})


def mark_printed(
    db: Database, id: int, *, sha256: str, size: int, pages: int, now: datetime, seal: str = ""
) -> None:
    execute(
        db,
        MARK_PRINTED,
        {
            "id": id,
            "sha256": sha256,
            "size": size,
            "pages": pages,
            "seal": seal,
            "now": format_utc(now),
        },
    )


def mark_print_failed(db: Database, id: int, error: str, now: datetime) -> None:
    execute(db, MARK_PRINT_FAILED, {"id": id, "error": error, "now": format_utc(now)})


def print_from_row(found: Row) -> Print:
    names = (
        "id",
        "round_id",
        "edition_id",
        "digest",
        "number",
        "entry",
        "attempts",
        "sha256",
        "size",
        "pages",
        "error",
        "unsealed_sha256",
    )
    return Print(
        **{name: found[name] for name in (*names, "seal", "progress")},
        kind=PrintKind(found["kind"]),
        timestamp=bool(found["timestamp"]),
        enqueued_at=parse_datetime(found["enqueued_at"]),
        printed_at=parse_optional_datetime(found["printed_at"]),
        failed_at=parse_optional_datetime(found["failed_at"]),
    )


INSERT_RELEASE = """
INSERT INTO releases ( round_id,  number,  sha256,  size,  pages,  as_of,  released_at,  planned_at,  kind,  entry)
VALUES               (:round_id, :number, :sha256, :size, :pages, :as_of, :released_at, :planned_at, :kind, :entry)
"""
GET_RELEASE_OF_ROUND = "SELECT * FROM releases WHERE round_id = :round_id AND number = 1"
LIST_RELEASES_OF_ROUND = "SELECT * FROM releases WHERE round_id = :round_id ORDER BY number"
GET_RELEASE_BY_DIGEST = "SELECT * FROM releases WHERE sha256 = :sha256"
LIST_UNPUBLISHED = """
SELECT * FROM releases WHERE published_at IS NULL AND released_at <= :now AND retracted_at IS NULL
"""
# Withdrawn while its file was being laid down: the removal is owed (again).
MARK_PUBLISHED = "UPDATE releases SET published_at = :now, removed_at = NULL WHERE id = :id"
CANCEL_PLANNED_RELEASE = "DELETE FROM releases WHERE id = :id"
RETRACT_RELEASE = """
UPDATE releases SET retracted_at = :now, retraction_reason = :reason, successor = :successor
WHERE id = :id AND retracted_at IS NULL
"""
LIST_RETRACTED_ROUND_IDS = "SELECT DISTINCT round_id FROM releases WHERE retracted_at IS NOT NULL"
LIST_TO_REMOVE = (
    "SELECT * FROM releases WHERE retracted_at IS NOT NULL AND removed_at IS NULL ORDER BY id"
)
MARK_REMOVED = "UPDATE releases SET removed_at = :now WHERE id = :id"


def add(db: Database, release: Release) -> int:
    names = ("round_id", "number", "sha256", "size", "pages", "entry")
    parameters = {name: getattr(release, name) for name in names} | {"kind": str(release.kind)}
    moments = {
        name: format_utc(getattr(release, name)) for name in ("as_of", "released_at", "planned_at")
    }
    return execute(db, INSERT_RELEASE, parameters | moments)


def find_for_round(db: Database, round_id: int) -> Release | None:
    """The release of a round's final PDF, a planned one too."""
    found = fetch_one(db, GET_RELEASE_OF_ROUND, {"round_id": round_id})
    return release_from_row(found) if found else None


def list_for_round(db: Database, round_id: int) -> list[Release]:
    """The final PDF and what followed it, the first one first; planned and withdrawn ones too."""
    return [
        release_from_row(each)
        for each in fetch_all(db, LIST_RELEASES_OF_ROUND, {"round_id": round_id})
    ]


def find_by_digest(db: Database, sha256: str) -> Release | None:
    found = fetch_one(db, GET_RELEASE_BY_DIGEST, {"sha256": sha256})
    return release_from_row(found) if found else None


def list_unpublished(db: Database, now: datetime) -> list[Release]:
    """Releases whose moment has come and whose record does not stand in the archive yet."""
    return [
        release_from_row(each) for each in fetch_all(db, LIST_UNPUBLISHED, {"now": format_utc(now)})
    ]


def mark_published(db: Database, id: int, now: datetime) -> None:
    execute(db, MARK_PUBLISHED, {"id": id, "now": format_utc(now)})


def cancel_planned(db: Database, id: int) -> None:
    """Forget a planned release. The database keeps every other one."""
    execute(db, CANCEL_PLANNED_RELEASE, {"id": id})


def retract(db: Database, id: int, reason: str, successor: str, now: datetime) -> None:
    execute(
        db,
        RETRACT_RELEASE,
        {"id": id, "reason": reason, "successor": successor, "now": format_utc(now)},
    )


def list_retracted_round_ids(db: Database) -> frozenset[int]:
    """The ids of the rounds whose release was withdrawn."""
    return frozenset(each["round_id"] for each in fetch_all(db, LIST_RETRACTED_ROUND_IDS))


def list_to_remove(db: Database) -> list[Release]:
    """Withdrawn releases whose bytes may still be there."""
    return [release_from_row(each) for each in fetch_all(db, LIST_TO_REMOVE)]


def mark_removed(db: Database, id: int, now: datetime) -> None:
    execute(db, MARK_REMOVED, {"id": id, "now": format_utc(now)})


def release_from_row(found: Row) -> Release:
    names = (
        "id",
        "round_id",
        "number",
        "sha256",
        "size",
        "pages",
        "retraction_reason",
        "successor",
        "entry",
    )
    return Release(
        **{name: found[name] for name in names},
        kind=PrintKind(found["kind"]),
        as_of=parse_datetime(found["as_of"]),
        released_at=parse_datetime(found["released_at"]),
        retracted_at=parse_optional_datetime(found["retracted_at"]),
        planned_at=parse_optional_datetime(found["planned_at"]),
    )


# What each document of a paper tells: the editions of its list, and its addenda.


def get_current_list_edition(released: Sequence[Release]) -> Release:
    """The newest edition of the list among ``released``, the first one first; an addendum is none."""
    return next(each for each in reversed(released) if each.kind is not PrintKind.ADDENDUM)


def load_document_content(
    db: Database, round: Round, kind: PrintKind, entry: int
) -> tuple[tuple[Signatory, ...], tuple[LateWithdrawal, ...]]:
    """Who is listed and whose withdrawal is named in the later document that line ``entry`` has ordered."""
    later = load_late_signatures(db, round, entry)
    if kind is PrintKind.EDITION:
        return later.standing, later.gone
    since = list_releases_before(db, round.id, entry)[-1].entry
    return later.joined_since(since), later.withdrawn_since(since)


def list_releases_before(db: Database, round_id: int, entry: int) -> list[Release]:
    """What had been released when line ``entry`` ordered a later document."""
    return [each for each in list_for_round(db, round_id) if each.entry < entry]


def get_number_and_prior_releases(
    db: Database, round_id: int, kind: PrintKind, entry: int
) -> tuple[int, tuple[PriorRelease, ...]]:
    """The number of the document that line ``entry`` has ordered, and those before it."""
    before = list(iter_numbered_releases(list_releases_before(db, round_id, entry)))
    same = [
        each
        for each, _ in before
        if (each.kind is PrintKind.ADDENDUM) is (kind is PrintKind.ADDENDUM)
    ]
    return len(same) + 1, tuple(
        PriorRelease(each.kind, number, each.as_of, each.sha256) for each, number in before
    )


# Releases somebody has asked for and a second person has to confirm. At most one waits in a round.

INSERT_REQUEST = """
INSERT INTO release_requests ( round_id,  sha256,  at,  requested_by,  requested_at)
VALUES                       (:round_id, :sha256, :at, :requested_by, :requested_at)
"""
GET_PENDING_REQUEST = (
    "SELECT * FROM release_requests WHERE round_id = :round_id AND ended_at IS NULL"
)
END_REQUEST = (
    "UPDATE release_requests SET ended_at = :now WHERE round_id = :round_id AND ended_at IS NULL"
)


def add_request(db: Database, request: ReleaseRequest) -> None:
    """Keep a request. The database refuses a second one that waits in the same round."""
    told = {name: getattr(request, name) for name in ("round_id", "sha256", "requested_by")}
    execute(
        db,
        INSERT_REQUEST,
        {**told, "at": format_utc(request.at), "requested_at": format_utc(request.requested_at)},
    )


def find_pending_request(db: Database, round_id: int) -> ReleaseRequest | None:
    """The request of a round that is neither confirmed nor called off."""
    found = fetch_one(db, GET_PENDING_REQUEST, {"round_id": round_id})
    if found is None:
        return None
    names = ("round_id", "sha256", "requested_by")
    told = {name: found[name] for name in names}
    return ReleaseRequest(
        **told,
        at=parse_optional_datetime(found["at"]),
        requested_at=parse_datetime(found["requested_at"]),
    )


def end_request(db: Database, round_id: int, now: datetime) -> None:
    """No request of the round waits any more."""
    execute(db, END_REQUEST, {"round_id": round_id, "now": format_utc(now)})
