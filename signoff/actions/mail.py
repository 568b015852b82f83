"""A test mail to oneself: any kind of mail, with a link that opens nothing."""

import time
from collections.abc import Callable, Collection
from dataclasses import replace
from datetime import datetime, timedelta
from email.message import EmailMessage

from sqlite_utils import Database

from signoff import store
from signoff.domain.audit import Event
from signoff.domain.errors import Reason, Refusal
from signoff.domain.mail import (
    AnyLetter,
    Came,
    Notice,
    NoticeKind,
    Pace,
    PostFailed,
    Returned,
    Unmailable,
    Wish,
    is_due,
    next_try,
    week_of,
)
from signoff.domain.members import Representative
from signoff.domain.reminders import Calendar
from signoff.domain.rounds import Link
from signoff.store.connection import transaction

# The weekly digest to the office's people.


def owe_digests(db: Database, calendar: Calendar, now: datetime) -> int:
    """Owe this week's digest to every account, once, while a round is at work; gives how many were owed.

    It is due from the week's first working day on; a week in which nothing ran has none.
    """
    zone = store.association.get(db).zone
    number = week_of(now.astimezone(zone).date())
    if not is_due(now, zone, calendar) or store.outbox.numbered(db, NoticeKind.DIGEST, number):
        return 0
    readers = [
        each.id
        for each in store.accounts.every(db)
        if each.disabled_at is None and each.password_hash
    ]
    if not readers or not store.mail_context.report(db, now).reports:
        return 0
    with transaction(db):
        store.outbox.owe_staff(db, NoticeKind.DIGEST, readers, number, now)
    return len(readers)


# Marking mail as sent, some at a time where that is quicker than the server.

MOST = (
    25  # accepted mails without a mark: so many a kill may repeat, each under its first Message-ID
)
SHARE = 10  # marking takes at most one part in so many of the time


class Marks:
    """What the server has accepted and is not marked yet.

    A mark is a transaction on disk, several times as slow as a quick server. With a slow one every mail is marked at
    once; never are more than ``MOST`` without a mark. ``outage``: the first success ends it.
    """

    def __init__(self, db: Database, clock: Callable[[], datetime], *, outage: bool) -> None:
        self.db, self.clock, self.outage = db, clock, outage
        self.accepted: list[tuple[int, datetime]] = []
        self.written_at, self.took = time.monotonic(), 0.0

    def add(self, notice: Notice) -> None:
        """The server has just accepted it."""
        self.accepted.append((notice.id, self.clock()))

    def write_some(self) -> None:
        """Write the marks if it is time."""
        if len(self.accepted) >= MOST or time.monotonic() - self.written_at >= SHARE * self.took:
            self.write()

    def write(self) -> None:
        """Write all marks."""
        if not self.accepted:
            return
        began = time.monotonic()
        with transaction(self.db):
            store.outbox.mark_sent(self.db, self.accepted)
            if self.outage:
                store.outbox.end(self.db)
        self.accepted, self.outage = [], False
        self.written_at = time.monotonic()
        self.took = self.written_at - began


# Mail that is due: claimed, sent outside the transaction, then marked with what the server said.

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
    pace: Pace = store.outbox.UNPACED,
) -> int:
    """Claim a batch of due mail and send it, one by one; gives how many were tried.

    Nothing is tried while the server is known to be down; when the pause is over, one mail shows whether it still is.
    """
    with transaction(db):
        now, outage = clock(), store.outbox.current(db)
        if outage and outage.holds(now):
            return 0
        due = store.outbox.claim(db, worker, living, 1 if outage else BATCH, now, pace)
    run = Run(db, compose, post, clock, told, probing=outage is not None)
    run.send(due)
    return run.tried


def held_back(db: Database, pace: Pace, now: datetime) -> bool:
    """Whether mail is due that only the pace keeps from going."""
    outage = store.outbox.current(db)
    return (
        pace != store.outbox.UNPACED
        and not (outage and outage.holds(now))
        and store.outbox.waiting(db, now)
    )


def forget_outage(db: Database) -> None:
    """What is known of the server holds no longer: another one is asked."""
    with transaction(db):
        store.outbox.end(db)


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
                store.outbox.release(self.db, [each.id for each in left])

    def written(self, notice: Notice) -> EmailMessage | None:
        """The mail; ``None`` where it cannot be one, which is noted, or has become pointless since it was owed."""
        letter = store.mail_context.load(self.db, notice)
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
            store.outbox.give_up(self.db, notice.id)
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
            store.outbox.record_outage_failure(db, problem.words, now)
        if again:
            store.outbox.retry_at(db, notice.id, again, problem.words)
        else:
            store.outbox.mark_failed(db, notice.id, problem.words, now)


# What came back to a mail's return path, and a corrected address.


def record(db: Database, returned: Returned, now: datetime) -> bool:
    """Note what came back; gives whether it was about a mail of ours. The second time changes nothing."""
    with transaction(db):
        notice = store.outbox.get(db, returned.notice_id) if returned.notice_id else None
        if notice is None or notice.sent_at is None or returned.came is Came.UNKNOWN:
            return False

        known = {
            Came.BOUNCE: notice.bounced_at,
            Came.DELAY: notice.delayed_at or notice.bounced_at,
            Came.AUTOREPLY: notice.autoreplied_at,
        }
        if known[returned.came]:
            return True

        store.outbox.mark_returned(db, notice.id, returned, now)
        about = f"staff/{notice.staff_id}"
        if notice.link_id is not None:
            about = f"invitation/{store.rounds.link_by_id(db, notice.link_id).invitation_id}"
        details = {"came": str(returned.came), "kind": str(notice.kind), "words": returned.words}
        store.audit.record(db, Event.MAIL_RETURNED, "worker", about, now, **details)
    return True


def readdress(db: Database, link_id: int, email: str, actor: str, now: datetime) -> Link:
    """Correct the address of a link: the old link ends at once, a new one is owed to the new address.

    ``email`` has been checked for its form. The registered representative gets the address too.
    """
    with transaction(db):
        link = store.rounds.link_by_id(db, link_id)
        invitation = store.rounds.get_invitation(db, link.invitation_id)
        round = store.rounds.find(db, invitation.round_id)
        assert round

        round.require_open(now)
        if link.ended_at:
            raise Refusal(Reason.LINK_ENDED)
        if link.email == email:
            return link
        if any(email == each.email for each in store.rounds.links(db, invitation.id)):
            raise Refusal(Reason.ADDRESS_IN_USE, "email", text=email)

        renew(db, link, email, actor, now)
        if link.representative_id:
            correct(db, invitation.member_id, link.representative_id, email)
        return store.rounds.link_by_id(db, link.id)


def renew(db: Database, link: Link, email: str, actor: str, now: datetime) -> None:
    """Within the caller's transaction: end the link, owe a fresh one to the new address, and journal it."""
    store.rounds.renew_link(db, link.id, email)
    store.outbox.drop_of_link(db, link.id)
    store.outbox.owe(
        db,
        NoticeKind.FRESH_LINK,
        [link.id],
        store.outbox.next_number(db, NoticeKind.FRESH_LINK, link.id),
        now,
    )
    details = {"before": link.email, "after": email}
    store.audit.record(
        db, Event.ADDRESS_CORRECTED, actor, f"invitation/{link.invitation_id}", now, **details
    )


def correct(db: Database, member_id: int, id: int, email: str) -> None:
    """The registered address, unless somebody else at the member has it already."""
    registered: dict[int, Representative] = {
        each.id: each for each in store.members.people(db, member_id)
    }
    if id in registered and not any(each.email == email for each in registered.values()):
        store.members.save_representative(db, replace(registered[id], email=email))


PAUSE = timedelta(minutes=1)


def owe_test(db: Database, wish: Wish, actor: str, now: datetime) -> int:
    """Owe the sample to the account that asks; the same one asked for again within a minute is one.

    Gives its number.
    """
    with transaction(db):
        if last := store.mail_context.recent_test(db, wish, now - PAUSE):
            return last

        number = store.mail_context.add_test(db, wish, now)
        store.outbox.owe_staff(db, NoticeKind.TEST, [wish.staff_id], number, now)
        store.audit.record(
            db, Event.MAIL_TESTED, actor, f"staff/{wish.staff_id}", now, kind=str(wish.kind)
        )
    return number
