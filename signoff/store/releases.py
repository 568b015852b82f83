"""Prints, releases and late signatures."""

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
    TrialOpening,
    iter_numbered_releases,
)
from signoff.domain.round_status import Signatory
from signoff.domain.rounds import Round
from signoff.domain.serialization import to_json
from signoff.store import association, round_status, rows
from signoff.store.answers import SELECT_VERSION, version_from_row
from signoff.store.rows import execute, fetch_all, fetch_value

# Prints: like mail, they are claimed by a worker, printed outside the transaction, then recorded.

ENQUEUE_PRINT = """
INSERT INTO prints (round_id, kind, number, entry, enqueued_at, next_try_at, timestamp, plain)
SELECT :round_id, :kind, 1 + COALESCE(MAX(number), 0), :entry, :now, :now, :timestamp, :plain
FROM prints WHERE round_id = :round_id AND kind = :kind
"""
ENQUEUE_TRIAL_PRINT = """
INSERT INTO prints (edition_id, digest, opening, content_digest, kind, number, entry, enqueued_at, next_try_at,
                    timestamp)
SELECT :edition_id, :digest, :opening, :content_digest, 'trial', 1 + COALESCE(MAX(number), 0), :entry, :now, :now,
       0
FROM prints WHERE edition_id = :edition_id
"""
SUPERSEDE_TRIAL_PRINTS = """
UPDATE prints SET failed_at = :now, error = 'superseded'
WHERE edition_id = :edition_id AND printed_at IS NULL AND failed_at IS NULL
  AND (opening = '') = (:opening = '')
"""
GET_LATEST_TRIAL_PRINT = """
SELECT * FROM prints WHERE edition_id = :edition_id AND content_digest = :content_digest
ORDER BY number DESC LIMIT 1
"""
GET_PRINT = "SELECT * FROM prints WHERE id = :id"
GET_PRINT_OF_RELEASE = """
SELECT prints.* FROM prints JOIN releases ON releases.round_id = prints.round_id
WHERE releases.id = :id AND prints.sha256 = releases.sha256 ORDER BY prints.id LIMIT 1
"""
LIST_PRINTED = (
    "SELECT * FROM prints WHERE round_id = :round_id AND printed_at IS NOT NULL ORDER BY id"
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
  AND (:edition_id IS NULL OR edition_id = :edition_id)
  AND NOT EXISTS (SELECT 1 FROM rounds WHERE rounds.id = prints.round_id AND cancelled_at IS NOT NULL)
ORDER BY id LIMIT 1
"""
CLAIM_PRINT = "UPDATE prints SET claimed_by = :worker, progress = 0 WHERE id = :id"
COUNT_PRINTS_CLAIMED_BY_OTHERS = """
SELECT COUNT(*) FROM prints
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
    plain: bool | None = None,
) -> None:
    """Enqueue a print because of the audit entry ``entry``.

    It supersedes earlier ones that are still pending. Without ``timestamp`` or ``plain``, the
    choice for the previous print of the round is kept.
    """
    before = find_latest_print(db, round_id, kind)
    if timestamp is None:
        timestamp = before.timestamp if before else True
    if plain is None:
        plain = before.plain if before else False
    execute(db, SUPERSEDE_PRINTS, round_id=round_id, kind=kind, now=now)
    execute(
        db,
        ENQUEUE_PRINT,
        round_id=round_id,
        kind=kind,
        entry=entry,
        now=now,
        timestamp=timestamp,
        plain=plain,
    )


def enqueue_trial_print(
    db: Database,
    edition: Edition,
    entry: int,
    now: datetime,
    opening: TrialOpening | None = None,
    content_digest: str = "",
) -> None:
    """Enqueue a print of the edition's text as it is now, alone or as the whole document of an
    opening; one of the same sort that is not printed yet is superseded.
    """
    serialized = to_json(opening) if opening else ""
    execute(db, SUPERSEDE_TRIAL_PRINTS, edition_id=edition.id, opening=serialized, now=now)
    execute(
        db,
        ENQUEUE_TRIAL_PRINT,
        edition_id=edition.id,
        digest=edition.digest,
        opening=serialized,
        content_digest=content_digest,
        entry=entry,
        now=now,
    )


def find_latest_trial_print(
    db: Database, edition_id: int, content_digest: str = ""
) -> Print | None:
    """The newest trial print of the text alone, or of the whole document with this digest."""
    return rows.find(
        db,
        Print,
        GET_LATEST_TRIAL_PRINT,
        edition_id=edition_id,
        content_digest=content_digest,
    )


def get_print(db: Database, id: int) -> Print:
    return rows.get(db, Print, GET_PRINT, id=id)


def find_print(db: Database, id: int) -> Print | None:
    return rows.find(db, Print, GET_PRINT, id=id)


def get_print_of_release(db: Database, id: int) -> Print:
    """The print that was released."""
    return rows.get(db, Print, GET_PRINT_OF_RELEASE, id=id)


def find_latest_print(db: Database, round_id: int, kind: PrintKind) -> Print | None:
    return rows.find(db, Print, GET_LATEST_PRINT, round_id=round_id, kind=kind)


def list_latest_prints(
    db: Database, round_ids: Collection[int]
) -> dict[tuple[int, PrintKind], Print]:
    """The newest print of each kind in each of these rounds: one query."""
    prints = rows.list_all(db, Print, LIST_LATEST_PRINTS, round_ids=round_ids)
    return {(latest.round_id, latest.kind): latest for latest in prints if latest.round_id}


def find_latest_post_release_print(db: Database, round_id: int) -> Print | None:
    """The newest print after the release, an addendum or a list edition."""
    return rows.find(db, Print, GET_LATEST_POST_RELEASE_PRINT, round_id=round_id)


def get_latest_post_release_print(db: Database, round_id: int) -> Print:
    return rows.get(db, Print, GET_LATEST_POST_RELEASE_PRINT, round_id=round_id)


def claim_print(
    db: Database,
    worker: str,
    live_workers: Collection[str],
    now: datetime,
    round_id: int | None = None,
    edition_id: int | None = None,
) -> Print | None:
    """Claim the next due print (of one round, or trial print of one edition, if given) for
    ``worker``, including those of workers that have died.
    """
    due = rows.find(
        db,
        Print,
        GET_DUE_PRINT,
        now=now,
        living=live_workers,
        round_id=round_id,
        edition_id=edition_id,
    )
    if due is not None:
        execute(db, CLAIM_PRINT, worker=worker, id=due.id)
    return due


def count_prints_claimed_by_others(db: Database, worker: str, live_workers: Collection[str]) -> int:
    """The number of prints that other living workers have claimed."""
    return int(fetch_value(db, COUNT_PRINTS_CLAIMED_BY_OTHERS, worker=worker, living=live_workers))


def list_printed(db: Database, round_id: int) -> list[Print]:
    """Every print of the round that has succeeded, the first one first."""
    return rows.list_all(db, Print, LIST_PRINTED, round_id=round_id)


def list_final_digests(db: Database, round_id: int) -> list[str]:
    """The digests of all final prints of a round, including superseded ones."""
    return [row["sha256"] for row in fetch_all(db, LIST_FINAL_DIGESTS, round_id=round_id)]


def update_print_progress(db: Database, id: int, progress: int) -> None:
    execute(db, UPDATE_PRINT_PROGRESS, id=id, progress=progress)


def mark_typeset(db: Database, id: int, unsealed_sha256: str) -> None:
    execute(db, MARK_TYPESET, id=id, unsealed_sha256=unsealed_sha256)


def mark_printed(
    db: Database, id: int, *, sha256: str, size: int, pages: int, now: datetime, seal: str = ""
) -> None:
    execute(db, MARK_PRINTED, id=id, sha256=sha256, size=size, pages=pages, seal=seal, now=now)


def mark_print_failed(db: Database, id: int, error: str, now: datetime) -> None:
    execute(db, MARK_PRINT_FAILED, id=id, error=error, now=now)


# Releases.

INSERT_RELEASE = """
INSERT INTO releases ( round_id,  number,  sha256,  size,  pages,  as_of,  released_at,  planned_at,  kind,  entry)
VALUES               (:round_id, :number, :sha256, :size, :pages, :as_of, :released_at, :planned_at, :kind, :entry)
"""
GET_RELEASE_OF_ROUND = "SELECT * FROM renewed_releases WHERE round_id = :round_id AND number = 1"
LIST_RELEASES_OF_ROUND = "SELECT * FROM renewed_releases WHERE round_id = :round_id ORDER BY number"
LIST_PUBLIC_FOR_PAPER = """
SELECT releases.* FROM renewed_releases AS releases JOIN rounds ON rounds.id = releases.round_id
JOIN editions ON editions.id = rounds.edition_id JOIN papers ON papers.id = editions.paper_id
WHERE slug = :slug AND released_at <= :now ORDER BY released_at, releases.id
"""
GET_RELEASE = "SELECT * FROM renewed_releases WHERE id = :id"
GET_RELEASE_BY_DIGEST = """
SELECT * FROM renewed_releases
WHERE sha256 = :sha256 OR id = (SELECT release_id FROM renewals WHERE sha256 = :sha256)
"""
LIST_UNPUBLISHED = """
SELECT * FROM renewed_releases WHERE published_at IS NULL AND released_at <= :now AND retracted_at IS NULL
"""
# If it is retracted while its file is being written, the file has to be removed (again).
LIST_PUBLIC_DIGESTS = """
WITH public AS (SELECT id, sha256 FROM releases WHERE published_at IS NOT NULL AND retracted_at IS NULL)
SELECT sha256 FROM public UNION ALL SELECT sha256 FROM renewals WHERE release_id IN (SELECT id FROM public)
"""
MARK_PUBLISHED = "UPDATE releases SET published_at = :now, removed_at = NULL WHERE id = :id"
CANCEL_PLANNED_RELEASE = "DELETE FROM releases WHERE id = :id"
RETRACT_RELEASE = """
UPDATE releases SET retracted_at = :now, retraction_reason = :reason, successor = :successor
WHERE id = :id AND retracted_at IS NULL
"""
# A picture goes with the last edition that shows it.
FIND_RETRACTED_OF_PICTURE = """
SELECT releases.* FROM renewed_releases AS releases
JOIN rounds ON rounds.id = releases.round_id
JOIN editions ON editions.id = rounds.edition_id
WHERE retracted_at IS NOT NULL AND instr(editions.html, :sha256)
  AND NOT EXISTS (SELECT 1 FROM editions AS others WHERE instr(others.html, :sha256)
                  AND others.id NOT IN (SELECT edition_id FROM retracted_editions))
ORDER BY releases.id DESC LIMIT 1
"""
LIST_TO_REMOVE = "SELECT * FROM renewed_releases WHERE retracted_at IS NOT NULL AND removed_at IS NULL ORDER BY id"
MARK_REMOVED = "UPDATE releases SET removed_at = :now WHERE id = :id"


def add(db: Database, release: Release) -> int:
    """Store a release and return its id."""
    return execute(db, INSERT_RELEASE, **rows.to_row(release))


def find_for_round(db: Database, round_id: int) -> Release | None:
    """The release of a round's final PDF, including a planned one."""
    return rows.find(db, Release, GET_RELEASE_OF_ROUND, round_id=round_id)


def list_for_round(db: Database, round_id: int) -> list[Release]:
    """The final PDF and what followed it, the first one first, including planned and retracted
    ones.
    """
    return rows.list_all(db, Release, LIST_RELEASES_OF_ROUND, round_id=round_id)


def list_public_for_paper(db: Database, slug: str, now: datetime) -> list[Release]:
    """The releases of a paper in all editions of its text, in order of time."""
    return rows.list_all(db, Release, LIST_PUBLIC_FOR_PAPER, slug=slug, now=now)


def get(db: Database, id: int) -> Release:
    return rows.get(db, Release, GET_RELEASE, id=id)


def find_by_digest(db: Database, sha256: str) -> Release | None:
    """The release that a file with this digest belongs to, also a renewed one."""
    return rows.find(db, Release, GET_RELEASE_BY_DIGEST, sha256=sha256)


def list_unpublished(db: Database, now: datetime) -> list[Release]:
    """Releases that are due and not in the archive yet."""
    return rows.list_all(db, Release, LIST_UNPUBLISHED, now=now)


def list_public_digests(db: Database) -> list[str]:
    """The digests of the released files that are in the archive, also of renewed ones."""
    return [row["sha256"] for row in fetch_all(db, LIST_PUBLIC_DIGESTS)]


def mark_published(db: Database, id: int, now: datetime) -> None:
    execute(db, MARK_PUBLISHED, id=id, now=now)


def cancel_planned(db: Database, id: int) -> None:
    """Delete a planned release. The database refuses to delete any other."""
    execute(db, CANCEL_PLANNED_RELEASE, id=id)


def retract(db: Database, id: int, reason: str, successor: str, now: datetime) -> None:
    execute(db, RETRACT_RELEASE, id=id, reason=reason, successor=successor, now=now)


def find_retracted_of_picture(db: Database, sha256: str) -> Release | None:
    """The retracted release whose text showed the picture, if no edition that is still published
    shows it.
    """
    return rows.find(db, Release, FIND_RETRACTED_OF_PICTURE, sha256=sha256)


def list_to_remove(db: Database) -> list[Release]:
    """Retracted releases whose files may still be there."""
    return rows.list_all(db, Release, LIST_TO_REMOVE)


def mark_removed(db: Database, id: int, now: datetime) -> None:
    execute(db, MARK_REMOVED, id=id, now=now)


# Late signatures, and the reviews of the office.

MAX_ENTRY = 2**62  # larger than any number of an audit entry
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
LIST_ROUND_IDS_WITH_WITHDRAWALS = """
SELECT DISTINCT round_id FROM answers JOIN invitations ON invitations.id = answers.invitation_id
WHERE late = 1 AND kind = 'withdrawn'
"""
GET_LATEST_REVIEW = (
    "SELECT * FROM late_reviews WHERE answer_id = :answer_id ORDER BY id DESC LIMIT 1"
)
INSERT_LATE_REVIEW = """
INSERT INTO late_reviews ( answer_id,  accepted,  note_accepted,  name_accepted,  reason,  decided_at,  entry)
VALUES               (:answer_id, :accepted, :note_accepted, :name_accepted, :reason, :decided_at, :entry)
"""


def load_late_signatures(db: Database, round: Round, entry: int = MAX_ENTRY) -> LateSignatures:
    """The changes of a round's list since its release, up to the audit entry ``entry``."""
    reviews = {
        review.answer_id: review
        for review in rows.list_all(
            db, LateReview, LIST_LATE_REVIEWS, round_id=round.id, entry=entry
        )
    }
    late: dict[int, list[tuple[AnswerVersion, LateReview | None]]] = {}
    for row in fetch_all(db, LIST_LATE_VERSIONS, round_id=round.id, entry=entry):
        version = version_from_row(row)
        late.setdefault(version.invitation_id, []).append((version, reviews.get(version.id)))
    return LateSignatures.of(round_status.load(db, round), late, association.get(db).zone)


def list_round_ids_to_review(db: Database) -> set[int]:
    """The rounds in which a late signature waits for a review: one query."""
    return {row["round_id"] for row in fetch_all(db, LIST_ROUND_IDS_TO_REVIEW)}


def list_round_ids_with_withdrawals(db: Database) -> set[int]:
    """The released rounds in which somebody has withdrawn after the release."""
    return {row["round_id"] for row in fetch_all(db, LIST_ROUND_IDS_WITH_WITHDRAWALS)}


def find_late_review(db: Database, version: AnswerVersion | None) -> LateReview | None:
    """The latest review of a version, if it is a late one."""
    if version is None or not version.late:
        return None
    return rows.find(db, LateReview, GET_LATEST_REVIEW, answer_id=version.id)


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
    """Store a review and return its id.

    The database refuses one of a signature that was accepted before.
    """
    review = LateReview(
        answer_id, accepted, note_accepted, name_accepted, reason, decided_at, entry
    )
    return execute(db, INSERT_LATE_REVIEW, **rows.to_row(review))


# Documents after the release: list editions and addenda.


def get_current_list_edition(releases: Sequence[Release]) -> Release:
    """The newest list edition among ``releases``, which start with the final PDF; addenda are
    skipped.
    """
    return next(release for release in reversed(releases) if release.kind is not PrintKind.ADDENDUM)


def load_document_content(
    db: Database, round: Round, kind: PrintKind, entry: int
) -> tuple[tuple[Signatory, ...], tuple[LateWithdrawal, ...]]:
    """The signatories and withdrawals in the document that the audit entry ``entry`` ordered."""
    late = load_late_signatures(db, round, entry)
    if kind is PrintKind.EDITION:
        return late.current_signatories, late.withdrawn
    since = list_releases_before(db, round.id, entry)[-1].entry
    return late.signatories_since(since), late.withdrawals_since(since)


def list_releases_before(db: Database, round_id: int, entry: int) -> list[Release]:
    """The releases at the time of the audit entry ``entry``, which ordered a later document."""
    return [release for release in list_for_round(db, round_id) if release.entry < entry]


def get_number_and_prior_releases(
    db: Database, round_id: int, kind: PrintKind, entry: int
) -> tuple[int, tuple[PriorRelease, ...]]:
    """The number of the document that the audit entry ``entry`` ordered, and the documents before
    it.
    """
    before = list(iter_numbered_releases(list_releases_before(db, round_id, entry)))
    is_addendum = kind is PrintKind.ADDENDUM
    of_same_kind = [
        release for release, _ in before if (release.kind is PrintKind.ADDENDUM) is is_addendum
    ]
    prior = tuple(
        PriorRelease(release.kind, number, release.as_of, release.sha256)
        for release, number in before
    )
    return len(of_same_kind) + 1, prior
