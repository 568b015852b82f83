"""Releases somebody has asked for and a second person has to confirm. At most one waits in a round."""

from datetime import datetime

from sqlite_utils import Database

from signoff.domain.release import Request
from signoff.store.rows import moment, required, row, run, stored

INSERT = """
INSERT INTO release_requests ( round_id,  sha256,  at,  asked_by,  asked_at)
VALUES                       (:round_id, :sha256, :at, :asked_by, :asked_at)
"""
WAITING = "SELECT * FROM release_requests WHERE round_id = :round_id AND ended_at IS NULL"
END = "UPDATE release_requests SET ended_at = :now WHERE round_id = :round_id AND ended_at IS NULL"


def add(db: Database, request: Request) -> None:
    """Keep a request. The database refuses a second one that waits in the same round."""
    told = {name: getattr(request, name) for name in ("round_id", "sha256", "asked_by")}
    run(db, INSERT, {**told, "at": stored(request.at), "asked_at": stored(request.asked_at)})


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
