"""The mail server's outage, if there is one. It outlives the worker that met it."""

from datetime import datetime

from sqlite_utils import Database

from signoff.domain.delivery import Outage, failed_again
from signoff.store.rows import required, row, run, stored

GET = "SELECT * FROM outage"
SAVE = """
INSERT OR REPLACE INTO outage (id,  failures,  since,  next_try_at,  words)
VALUES                        (1,  :failures, :since, :next_try_at, :words)
"""
END = "DELETE FROM outage"


def current(db: Database) -> Outage | None:
    """The outage that lasts; ``None`` where the server was of use the last time."""
    found = row(db, GET)
    if found is None:
        return None
    return Outage(found["failures"], required(found["since"]), required(found["next_try_at"]), found["words"])


def count(db: Database, words: str, now: datetime) -> Outage:
    """One more failure of the server."""
    outage = failed_again(current(db), words, now)
    moments = {"since": stored(outage.since), "next_try_at": stored(outage.next_try_at)}
    run(db, SAVE, {"failures": outage.failures, "words": words, **moments})
    return outage


def end(db: Database) -> None:
    """The server has answered as it should."""
    run(db, END)
