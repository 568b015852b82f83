"""Released editions of a list."""

import json
from collections.abc import Collection, Sequence
from datetime import datetime

from sqlite_utils import Database

from signoff.domain.answers import Verdict, Version
from signoff.domain.releases import (
    Earlier,
    Later,
    Print,
    PrintKind,
    Release,
    Request,
    Withdrawal,
    numbered,
)
from signoff.domain.round_status import Signatory
from signoff.domain.rounds import Round
from signoff.store import association, round_status
from signoff.store.answers import VERSION, version_of
from signoff.store.rows import Row, moment, required, row, rows, run, stored

# Answers that came after a release, and what the office decided about them.

MAX_ENTRY = 2**62  # a line of the journal no chain reaches
VERSIONS = f"""
{VERSION} WHERE late = 1 AND answers.entry <= :entry
  AND invitation_id IN (SELECT id FROM invitations WHERE round_id = :round_id)
ORDER BY answers.id
"""
VERDICTS = """
SELECT verdicts.* FROM verdicts JOIN answers ON answers.id = verdicts.answer_id
JOIN invitations ON invitations.id = answers.invitation_id
WHERE round_id = :round_id AND verdicts.entry <= :entry ORDER BY verdicts.id
"""
UNDECIDED = """
SELECT DISTINCT round_id FROM answers JOIN invitations ON invitations.id = answers.invitation_id
WHERE late = 1 AND kind = 'sign' AND answers.id NOT IN (SELECT answer_id FROM verdicts)
  AND number = (SELECT MAX(number) FROM answers AS other WHERE other.invitation_id = answers.invitation_id)
"""
LAST_VERDICT = "SELECT * FROM verdicts WHERE answer_id = :answer_id ORDER BY id DESC LIMIT 1"
INSERT_LATE_REVIEW = """
INSERT INTO verdicts ( answer_id,  accepted,  note_accepted,  name_accepted,  reason,  decided_at,  entry)
VALUES               (:answer_id, :accepted, :note_accepted, :name_accepted, :reason, :decided_at, :entry)
"""


def of(db: Database, round: Round, entry: int = MAX_ENTRY) -> Later:
    """What has happened to the list of ``round`` since its release, up to line ``entry`` of the journal."""
    asked = {"round_id": round.id, "entry": entry}
    verdicts = {each["answer_id"]: verdict_of(each) for each in rows(db, VERDICTS, asked)}
    late: dict[int, list[tuple[Version, Verdict | None]]] = {}
    for version in map(version_of, rows(db, VERSIONS, asked)):
        late.setdefault(version.invitation_id, []).append((version, verdicts.get(version.id)))
    return Later.of(round_status.of(db, round), late, association.get(db).zone)


def undecided(db: Database) -> set[int]:
    """The rounds in which a late signature waits for a decision: one query, however many were released."""
    return {each["round_id"] for each in rows(db, UNDECIDED)}


def verdict(db: Database, version: Version | None) -> Verdict | None:
    """What the office decided last about ``version``."""
    if version is None or not version.late:
        return None
    found = row(db, LAST_VERDICT, {"answer_id": version.id})
    return verdict_of(found) if found else None


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
    return run(
        db,
        INSERT_LATE_REVIEW,
        {**flags, "reason": reason, "decided_at": stored(decided_at), "entry": entry},
    )


def verdict_of(found: Row) -> Verdict:
    return Verdict(
        found["answer_id"],
        bool(found["accepted"]),
        bool(found["note_accepted"]),
        bool(found["name_accepted"]),
        found["reason"],
        required(found["decided_at"]),
        found["entry"],
    )


# PDFs that are owed and done. Like the outbox: claimed, printed outside the transaction, then recorded.

OWE = """
INSERT INTO prints (round_id, kind, number, entry, owed_at, next_try_at, timestamp)
SELECT :round_id, :kind, 1 + COALESCE(MAX(number), 0), :entry, :now, :now, :timestamp
FROM prints WHERE round_id = :round_id AND kind = :kind
"""
LATEST = (
    "SELECT * FROM prints WHERE round_id = :round_id AND kind = :kind ORDER BY number DESC LIMIT 1"
)
LIST_LATEST_PRINTS = """
SELECT * FROM prints
WHERE round_id IN (SELECT value FROM json_each(:round_ids))
  AND number = (SELECT MAX(number) FROM prints AS other
                WHERE other.round_id = prints.round_id AND other.kind = prints.kind)
"""
LATEST_LATER = """
SELECT * FROM prints WHERE round_id = :round_id AND kind IN ('addendum', 'edition') ORDER BY id DESC LIMIT 1
"""
DUE = """
SELECT * FROM prints
WHERE printed_at IS NULL AND failed_at IS NULL AND next_try_at <= :now
  AND (claimed_by IS NULL OR claimed_by NOT IN (SELECT value FROM json_each(:living)))
  AND (:round_id IS NULL OR round_id = :round_id)
ORDER BY id LIMIT 1
"""
CLAIM = "UPDATE prints SET claimed_by = :worker, progress = 0 WHERE id = :id"
CLAIMED_BY_OTHERS = """
SELECT COUNT(*) AS rows FROM prints
WHERE claimed_by IN (SELECT value FROM json_each(:living)) AND claimed_by <> :worker
  AND printed_at IS NULL AND failed_at IS NULL
"""
OUTDATED = """
UPDATE prints SET failed_at = :now, error = 'superseded'
WHERE round_id = :round_id AND printed_at IS NULL AND failed_at IS NULL
  AND (kind = :kind OR (kind IN ('addendum', 'edition') AND :kind IN ('addendum', 'edition')))
"""
PROGRESS = "UPDATE prints SET progress = :progress WHERE id = :id AND printed_at IS NULL AND failed_at IS NULL"
FINALS = "SELECT DISTINCT sha256 FROM prints WHERE round_id = :round_id AND kind <> 'draft' AND sha256 <> ''"
TYPESET = "UPDATE prints SET unsealed_sha256 = :unsealed_sha256 WHERE id = :id"
PRINTED = """
UPDATE prints SET printed_at = :now, sha256 = :sha256, size = :size, pages = :pages, seal = :seal,
                  attempts = attempts + 1, claimed_by = NULL, error = ''
WHERE id = :id
"""
FAILED = "UPDATE prints SET failed_at = :now, error = :error, attempts = attempts + 1, claimed_by = NULL WHERE id = :id"


def owe(
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
        before = latest(db, round_id, kind)
        timestamp = before.timestamp if before else True
    run(db, OUTDATED, {"round_id": round_id, "kind": str(kind), "now": stored(now)})
    told = {
        "round_id": round_id,
        "kind": str(kind),
        "entry": entry,
        "now": stored(now),
        "timestamp": int(timestamp),
    }
    run(db, OWE, told)


def latest(db: Database, round_id: int, kind: PrintKind) -> Print | None:
    found = row(db, LATEST, {"round_id": round_id, "kind": str(kind)})
    return print_of(found) if found else None


def newest(db: Database, round_ids: Collection[int]) -> dict[tuple[int, PrintKind], Print]:
    """The newest print of each kind in each of these rounds: one query."""
    found = map(print_of, rows(db, LIST_LATEST_PRINTS, {"round_ids": json.dumps(list(round_ids))}))
    return {(each.round_id, each.kind): each for each in found}


def latest_later(db: Database, round_id: int) -> Print | None:
    """The newest print after the release, addendum or edition."""
    found = row(db, LATEST_LATER, {"round_id": round_id})
    return print_of(found) if found else None


def claim(
    db: Database, worker: str, living: Collection[str], now: datetime, round_id: int | None = None
) -> Print | None:
    """Take one due print for ``worker`` (of one round, if given), also one whose worker has died."""
    parameters = {"now": stored(now), "living": json.dumps(list(living)), "round_id": round_id}
    found = row(db, DUE, parameters)
    if found is None:
        return None
    run(db, CLAIM, {"worker": worker, "id": found["id"]})
    return print_of(found)


def held_by_others(db: Database, worker: str, living: Collection[str]) -> int:
    found = row(db, CLAIMED_BY_OTHERS, {"worker": worker, "living": json.dumps(list(living))})
    return int(found["rows"]) if found else 0


def finals(db: Database, round_id: int) -> list[str]:
    """The digests of every final print of a round, superseded ones too."""
    return [each["sha256"] for each in rows(db, FINALS, {"round_id": round_id})]


def mark_progress(db: Database, id: int, progress: int) -> None:
    run(db, PROGRESS, {"id": id, "progress": progress})


def mark_typeset(db: Database, id: int, unsealed_sha256: str) -> None:
    run(db, TYPESET, {"id": id, "unsealed_sha256": unsealed_sha256})


def mark_printed(
    db: Database, id: int, *, sha256: str, size: int, pages: int, now: datetime, seal: str = ""
) -> None:
    run(
        db,
        PRINTED,
        {
            "id": id,
            "sha256": sha256,
            "size": size,
            "pages": pages,
            "seal": seal,
            "now": stored(now),
        },
    )


def mark_failed(db: Database, id: int, error: str, now: datetime) -> None:
    run(db, FAILED, {"id": id, "error": error, "now": stored(now)})


def print_of(found: Row) -> Print:
    names = (
        "id",
        "round_id",
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
        owed_at=required(found["owed_at"]),
        printed_at=moment(found["printed_at"]),
        failed_at=moment(found["failed_at"]),
    )


INSERT_RELEASE = """
INSERT INTO releases ( round_id,  number,  sha256,  size,  pages,  as_of,  released_at,  planned_at,  kind,  entry)
VALUES               (:round_id, :number, :sha256, :size, :pages, :as_of, :released_at, :planned_at, :kind, :entry)
"""
OF_ROUND = "SELECT * FROM releases WHERE round_id = :round_id AND number = 1"
EVERY = "SELECT * FROM releases WHERE round_id = :round_id ORDER BY number"
BY_DIGEST = "SELECT * FROM releases WHERE sha256 = :sha256"
UNPUBLISHED = """
SELECT * FROM releases WHERE published_at IS NULL AND released_at <= :now AND withdrawn_at IS NULL
"""
# Withdrawn while its file was being laid down: the removal is owed (again).
PUBLISHED = "UPDATE releases SET published_at = :now, removed_at = NULL WHERE id = :id"
CALL_OFF = "DELETE FROM releases WHERE id = :id"
WITHDRAW = """
UPDATE releases SET withdrawn_at = :now, withdrawn_reason = :reason, successor = :successor
WHERE id = :id AND withdrawn_at IS NULL
"""
WITHDRAWN = "SELECT DISTINCT round_id FROM releases WHERE withdrawn_at IS NOT NULL"
TO_REMOVE = (
    "SELECT * FROM releases WHERE withdrawn_at IS NOT NULL AND removed_at IS NULL ORDER BY id"
)
REMOVED = "UPDATE releases SET removed_at = :now WHERE id = :id"


def add(db: Database, release: Release) -> int:
    names = ("round_id", "number", "sha256", "size", "pages", "entry")
    parameters = {name: getattr(release, name) for name in names} | {"kind": str(release.kind)}
    moments = {
        name: stored(getattr(release, name)) for name in ("as_of", "released_at", "planned_at")
    }
    return run(db, INSERT_RELEASE, parameters | moments)


def of_round(db: Database, round_id: int) -> Release | None:
    """The release of a round's final PDF, a planned one too."""
    found = row(db, OF_ROUND, {"round_id": round_id})
    return release_of(found) if found else None


def every(db: Database, round_id: int) -> list[Release]:
    """The final PDF and what followed it, the first one first; planned and withdrawn ones too."""
    return [release_of(each) for each in rows(db, EVERY, {"round_id": round_id})]


def by_digest(db: Database, sha256: str) -> Release | None:
    found = row(db, BY_DIGEST, {"sha256": sha256})
    return release_of(found) if found else None


def unpublished(db: Database, now: datetime) -> list[Release]:
    """Releases whose moment has come and whose record does not stand in the archive yet."""
    return [release_of(each) for each in rows(db, UNPUBLISHED, {"now": stored(now)})]


def mark_published(db: Database, id: int, now: datetime) -> None:
    run(db, PUBLISHED, {"id": id, "now": stored(now)})


def call_off(db: Database, id: int) -> None:
    """Forget a planned release. The database keeps every other one."""
    run(db, CALL_OFF, {"id": id})


def withdraw(db: Database, id: int, reason: str, successor: str, now: datetime) -> None:
    run(db, WITHDRAW, {"id": id, "reason": reason, "successor": successor, "now": stored(now)})


def withdrawn(db: Database) -> frozenset[int]:
    """The ids of the rounds whose release was withdrawn."""
    return frozenset(each["round_id"] for each in rows(db, WITHDRAWN))


def to_remove(db: Database) -> list[Release]:
    """Withdrawn releases whose bytes may still be there."""
    return [release_of(each) for each in rows(db, TO_REMOVE)]


def mark_removed(db: Database, id: int, now: datetime) -> None:
    run(db, REMOVED, {"id": id, "now": stored(now)})


def release_of(found: Row) -> Release:
    names = (
        "id",
        "round_id",
        "number",
        "sha256",
        "size",
        "pages",
        "withdrawn_reason",
        "successor",
        "entry",
    )
    return Release(
        **{name: found[name] for name in names},
        kind=PrintKind(found["kind"]),
        as_of=required(found["as_of"]),
        released_at=required(found["released_at"]),
        withdrawn_at=moment(found["withdrawn_at"]),
        planned_at=moment(found["planned_at"]),
    )


# What each document of a paper tells: the editions of its list, and its addenda.


def current(released: Sequence[Release]) -> Release:
    """The newest edition of the list among ``released``, the first one first; an addendum is none."""
    return next(each for each in reversed(released) if each.kind is not PrintKind.ADDENDUM)


def told(
    db: Database, round: Round, kind: PrintKind, entry: int
) -> tuple[tuple[Signatory, ...], tuple[Withdrawal, ...]]:
    """Who is listed and whose withdrawal is named in the later document that line ``entry`` has ordered."""
    later = of(db, round, entry)
    if kind is PrintKind.EDITION:
        return later.standing, later.gone
    since = earlier_than(db, round.id, entry)[-1].entry
    return later.joined_since(since), later.withdrawn_since(since)


def earlier_than(db: Database, round_id: int, entry: int) -> list[Release]:
    """What had been released when line ``entry`` ordered a later document."""
    return [each for each in every(db, round_id) if each.entry < entry]


def named(
    db: Database, round_id: int, kind: PrintKind, entry: int
) -> tuple[int, tuple[Earlier, ...]]:
    """The number of the document that line ``entry`` has ordered, and those before it."""
    before = list(numbered(earlier_than(db, round_id, entry)))
    same = [
        each
        for each, _ in before
        if (each.kind is PrintKind.ADDENDUM) is (kind is PrintKind.ADDENDUM)
    ]
    return len(same) + 1, tuple(
        Earlier(each.kind, number, each.as_of, each.sha256) for each, number in before
    )


# Releases somebody has asked for and a second person has to confirm. At most one waits in a round.

INSERT_REQUEST = """
INSERT INTO release_requests ( round_id,  sha256,  at,  asked_by,  asked_at)
VALUES                       (:round_id, :sha256, :at, :asked_by, :asked_at)
"""
WAITING = "SELECT * FROM release_requests WHERE round_id = :round_id AND ended_at IS NULL"
END = "UPDATE release_requests SET ended_at = :now WHERE round_id = :round_id AND ended_at IS NULL"


def add_request(db: Database, request: Request) -> None:
    """Keep a request. The database refuses a second one that waits in the same round."""
    told = {name: getattr(request, name) for name in ("round_id", "sha256", "asked_by")}
    run(
        db, INSERT_REQUEST, {**told, "at": stored(request.at), "asked_at": stored(request.asked_at)}
    )


def waiting(db: Database, round_id: int) -> Request | None:
    """The request of a round that is neither confirmed nor called off."""
    found = row(db, WAITING, {"round_id": round_id})
    if found is None:
        return None
    names = ("round_id", "sha256", "asked_by")
    told = {name: found[name] for name in names}
    return Request(**told, at=moment(found["at"]), asked_at=required(found["asked_at"]))


def end(db: Database, round_id: int, now: datetime) -> None:
    """No request of the round waits any more."""
    run(db, END, {"round_id": round_id, "now": stored(now)})
