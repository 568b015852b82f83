"""Mail that is due: claimed, sent outside the transaction, then marked with what the server said."""

from collections.abc import Callable, Collection
from datetime import datetime
from email.message import EmailMessage

from sqlite_utils import Database

from signoff.actions.marking import Marks
from signoff.domain.delivery import Pace, PostFailed, Unmailable, next_try
from signoff.domain.letter import AnyLetter
from signoff.domain.notice import Notice
from signoff.store import letters, outages, outbox, paces
from signoff.store.connection import transaction

BATCH = 50  # rows one worker holds at a time

Compose = Callable[[AnyLetter, datetime], EmailMessage]
Post = Callable[[EmailMessage], None]
Answer = Callable[[], None]  # waits for the server's answer; raises PostFailed


def deliver_next(
    db: Database,
    worker: str,
    living: Collection[str],
    compose: Compose,
    post: Post,
    clock: Callable[[], datetime],
    told: Callable[[Notice], None] = lambda notice: None,
    pace: Pace = outbox.UNPACED,
) -> int:
    """Claim a batch of due mail and send it, one by one; gives how many were tried.

    Nothing is tried while the server is known to be down; when the pause is over, one mail shows whether it still is.
    """
    with transaction(db):
        now, outage = clock(), outages.current(db)
        if outage and outage.holds(now):
            return 0
        due = outbox.claim(db, worker, living, 1 if outage else BATCH, now, pace)
    run = Run(db, compose, post, clock, told, probing=outage is not None)
    run.send(due)
    return run.tried


def held_back(db: Database, pace: Pace, now: datetime) -> bool:
    """Whether mail is due that only the pace keeps from going."""
    outage = outages.current(db)
    return pace != outbox.UNPACED and not (outage and outage.holds(now)) and paces.waiting(db, now)


def forget_outage(db: Database) -> None:
    """What is known of the server holds no longer: another one is asked."""
    with transaction(db):
        outages.end(db)


class Run:
    """One batch on its way. While the server takes in one mail, the next is written."""

    def __init__(
        self,
        db: Database,
        compose: Compose,
        post: Post,
        clock: Callable[[], datetime],
        told: Callable[[Notice], None],
        *,
        probing: bool,
    ) -> None:
        self.db, self.compose, self.clock, self.told = db, compose, clock, told
        self.begin: Callable[[EmailMessage], Answer] | None = getattr(post, "begin", None)
        self.post = post
        self.marks = Marks(db, clock, outage=probing)
        self.tried = 0
        self.under_way: tuple[Notice, Answer] | None = None

    def send(self, due: list[Notice]) -> None:
        """Send ``due``; a server that is of no use is not asked again, and what was not tried is let go."""
        left = list(due)
        try:
            while left:
                message = self.written(left[0])
                if not self.answered():
                    break
                notice = left.pop(0)
                if message and not self.began(notice, message):
                    break
            self.answered()
        finally:
            self.marks.write()
        if left:
            with transaction(self.db):
                outbox.release(self.db, [each.id for each in left])

    def written(self, notice: Notice) -> EmailMessage | None:
        """The mail; ``None`` where it cannot be one, which is noted, or has become pointless since it was owed."""
        letter = letters.of(self.db, notice)
        if letter is None:
            self.given_up(notice)
            return None
        try:
            return self.compose(letter, self.clock())
        except Unmailable as problem:
            self.failed(notice, PostFailed(str(problem), permanent=True))
            return None

    def given_up(self, notice: Notice) -> None:
        with transaction(self.db):
            outbox.give_up(self.db, notice.id)
        self.tell(notice)

    def began(self, notice: Notice, message: EmailMessage) -> bool:
        """Hand the mail to the server; gives whether the server is of use."""
        try:
            if self.begin:
                self.under_way = notice, self.begin(message)
                return True
            self.post(message)
        except PostFailed as problem:
            return self.failed(notice, problem)
        self.accepted(notice)
        self.marks.write()
        return True

    def answered(self) -> bool:
        """Wait for what the server says to the mail under way; gives whether it is of use."""
        if self.under_way is None:
            return True
        (notice, answer), self.under_way = self.under_way, None
        try:
            answer()
        except PostFailed as problem:
            return self.failed(notice, problem)
        self.accepted(notice)
        self.marks.write_some()
        return True

    def accepted(self, notice: Notice) -> None:
        self.marks.add(notice)
        self.tell(notice)

    def failed(self, notice: Notice, problem: PostFailed) -> bool:
        self.marks.write()  # first, so that an outage is counted after the success that ended the one before
        put_off(self.db, notice, problem, self.clock())
        self.tell(notice)
        return not problem.server

    def tell(self, notice: Notice) -> None:
        self.tried += 1
        self.told(notice)


def put_off(db: Database, notice: Notice, problem: PostFailed, now: datetime) -> None:
    """Note what the server said, and when to try again, if that is of use."""
    again = None if problem.permanent else next_try(notice.attempts + 1, now)
    with transaction(db):
        if problem.server:
            outages.count(db, problem.words, now)
        if again:
            outbox.retry_at(db, notice.id, again, problem.words)
        else:
            outbox.mark_failed(db, notice.id, problem.words, now)
