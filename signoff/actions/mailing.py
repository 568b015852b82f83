"""Mail that is due: claimed, sent outside the transaction, then marked with what the server said."""

from collections.abc import Callable, Collection
from datetime import datetime
from email.message import EmailMessage

from sqlite_utils import Database

from signoff.domain.delivery import PostFailed, Unmailable, next_try
from signoff.domain.letter import AnyLetter
from signoff.domain.notice import Notice
from signoff.store import letters, outbox
from signoff.store.connection import transaction

BATCH = 50  # rows one worker holds at a time


def deliver_next(
    db: Database,
    worker: str,
    living: Collection[str],
    compose: Callable[[AnyLetter, datetime], EmailMessage],
    post: Callable[[EmailMessage], None],
    clock: Callable[[], datetime],
    told: Callable[[Notice], None] = lambda notice: None,
) -> int:
    """Claim a batch of due mail and send it, one by one; gives how many were tried."""
    with transaction(db):
        due = outbox.claim(db, worker, living, BATCH, clock())
    down: PostFailed | None = None
    for notice in due:
        if down:  # the server refused to work at all: the others of the batch wait for their next try without asking it
            put_off(db, notice, down, clock())
        else:
            down = deliver(db, notice, compose, post, clock)
        told(notice)
    return len(due)


def deliver(
    db: Database,
    notice: Notice,
    compose: Callable[[AnyLetter, datetime], EmailMessage],
    post: Callable[[EmailMessage], None],
    clock: Callable[[], datetime],
) -> PostFailed | None:
    """Send one mail; it is marked sent only after the server has accepted it. Gives why the server is of no use now.

    What has become pointless since it was owed is given up instead.
    """
    letter = letters.of(db, notice)
    if letter is None:
        with transaction(db):
            outbox.give_up(db, notice.id)
        return None
    try:
        post(compose(letter, clock()))
    except PostFailed as problem:
        put_off(db, notice, problem, clock())
        return problem if problem.server else None
    except Unmailable as problem:
        put_off(db, notice, PostFailed(str(problem), permanent=True), clock())
    else:
        with transaction(db):
            outbox.mark_sent(db, notice.id, clock())
    return None


def put_off(db: Database, notice: Notice, problem: PostFailed, now: datetime) -> None:
    """Note what the server said, and when to try again, if that is of use."""
    again = None if problem.permanent else next_try(notice.attempts + 1, now)
    with transaction(db):
        if again:
            outbox.retry_at(db, notice.id, again, problem.words)
        else:
            outbox.mark_failed(db, notice.id, problem.words, now)
