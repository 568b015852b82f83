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
    AnyMailContext,
    Bounce,
    BounceType,
    DeliveryError,
    MailKind,
    MailTestRequest,
    OutboxMessage,
    RateLimit,
    UnmailableError,
    compute_next_attempt,
    get_week_number,
    is_digest_due,
)
from signoff.domain.members import Representative
from signoff.domain.reminders import Calendar
from signoff.domain.rounds import Link
from signoff.store.connection import transaction

# The weekly digest to the office's people.


def enqueue_digests(db: Database, calendar: Calendar, now: datetime) -> int:
    """Owe this week's digest to every account, once, while a round is at work; gives how many were owed.

    It is due from the week's first working day on; a week in which nothing ran has none.
    """
    zone = store.association.get(db).zone
    number = get_week_number(now.astimezone(zone).date())
    if not is_digest_due(now, zone, calendar) or store.outbox.has_been_enqueued(
        db, MailKind.DIGEST, number
    ):
        return 0
    readers = [
        each.id
        for each in store.accounts.list_all(db)
        if each.disabled_at is None and each.password_hash
    ]
    if not readers or not store.mail_context.load_weekly_digest(db, now).reports:
        return 0
    with transaction(db):
        store.outbox.enqueue_for_accounts(db, MailKind.DIGEST, readers, number, now)
    return len(readers)


# Marking mail as sent, some at a time where that is quicker than the server.

MAX_UNRECORDED = (
    25  # accepted mails without a mark: so many a kill may repeat, each under its first Message-ID
)
RECORDING_SHARE = 10  # marking takes at most one part in so many of the time


class DeliveryBatch:
    """What the server has accepted and is not marked yet.

    A mark is a transaction on disk, several times as slow as a quick server. With a slow one every mail is marked at
    once; never are more than ``MOST`` without a mark. ``outage``: the first success ends it.
    """

    def __init__(self, db: Database, clock: Callable[[], datetime], *, outage: bool) -> None:
        self.db, self.clock, self.outage = db, clock, outage
        self.accepted: list[tuple[int, datetime]] = []
        self.written_at, self.took = time.monotonic(), 0.0

    def add(self, notice: OutboxMessage) -> None:
        """The server has just accepted it."""
        self.accepted.append((notice.id, self.clock()))

    def write_some(self) -> None:
        """Write the marks if it is time."""
        if (
            len(self.accepted) >= MAX_UNRECORDED
            or time.monotonic() - self.written_at >= RECORDING_SHARE * self.took
        ):
            self.write()

    def write(self) -> None:
        """Write all marks."""
        if not self.accepted:
            return
        began = time.monotonic()
        with transaction(self.db):
            store.outbox.mark_sent(self.db, self.accepted)
            if self.outage:
                store.outbox.end_outage(self.db)
        self.accepted, self.outage = [], False
        self.written_at = time.monotonic()
        self.took = self.written_at - began


# Mail that is due: claimed, sent outside the transaction, then marked with what the server said.

CLAIM_BATCH_SIZE = 50  # rows one worker holds at a time

Composer = Callable[[AnyMailContext, datetime], EmailMessage]
Transport = Callable[[EmailMessage], None]
AwaitReply = Callable[[], None]  # waits for the server's answer; raises PostFailed


def deliver_batch(
    db: Database,
    worker: str,
    living: Collection[str],
    compose: Composer,
    post: Transport,
    clock: Callable[[], datetime],
    told: Callable[[OutboxMessage], None] = lambda notice: None,
    pace: RateLimit = store.outbox.UNLIMITED,
) -> int:
    """Claim a batch of due mail and send it, one by one; gives how many were tried.

    Nothing is tried while the server is known to be down; when the pause is over, one mail shows whether it still is.
    """
    with transaction(db):
        now, outage = clock(), store.outbox.find_outage(db)
        if outage and outage.holds(now):
            return 0
        due = store.outbox.claim(db, worker, living, 1 if outage else CLAIM_BATCH_SIZE, now, pace)
    run = DeliveryRun(db, compose, post, clock, told, probing=outage is not None)
    run.send(due)
    return run.tried


def is_rate_limited(db: Database, pace: RateLimit, now: datetime) -> bool:
    """Whether mail is due that only the pace keeps from going."""
    outage = store.outbox.find_outage(db)
    return (
        pace != store.outbox.UNLIMITED
        and not (outage and outage.holds(now))
        and store.outbox.has_due_messages(db, now)
    )


def clear_outage(db: Database) -> None:
    """What is known of the server holds no longer: another one is asked."""
    with transaction(db):
        store.outbox.end_outage(db)


class DeliveryRun:
    """One batch on its way. While the server takes in one mail, the next is written."""

    def __init__(
        self,
        db: Database,
        compose: Composer,
        post: Transport,
        clock: Callable[[], datetime],
        told: Callable[[OutboxMessage], None],
        *,
        probing: bool,
    ) -> None:
        self.db, self.compose, self.clock, self.told = db, compose, clock, told
        self.begin: Callable[[EmailMessage], AwaitReply] | None = getattr(post, "begin", None)
        self.post = post
        self.marks = DeliveryBatch(db, clock, outage=probing)
        self.tried = 0
        self.under_way: tuple[OutboxMessage, AwaitReply] | None = None

    def send(self, due: list[OutboxMessage]) -> None:
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
                store.outbox.unclaim(self.db, [each.id for each in left])

    def written(self, notice: OutboxMessage) -> EmailMessage | None:
        """The mail; ``None`` where it cannot be one, which is noted, or has become pointless since it was owed."""
        letter = store.mail_context.load(self.db, notice)
        if letter is None:
            self.given_up(notice)
            return None
        try:
            return self.compose(letter, self.clock())
        except UnmailableError as problem:
            self.failed(notice, DeliveryError(str(problem), permanent=True))
            return None

    def given_up(self, notice: OutboxMessage) -> None:
        with transaction(self.db):
            store.outbox.cancel(self.db, notice.id)
        self.tell(notice)

    def began(self, notice: OutboxMessage, message: EmailMessage) -> bool:
        """Hand the mail to the server; gives whether the server is of use."""
        try:
            if self.begin:
                self.under_way = notice, self.begin(message)
                return True
            self.post(message)
        except DeliveryError as problem:
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
        except DeliveryError as problem:
            return self.failed(notice, problem)
        self.accepted(notice)
        self.marks.write_some()
        return True

    def accepted(self, notice: OutboxMessage) -> None:
        self.marks.add(notice)
        self.tell(notice)

    def failed(self, notice: OutboxMessage, problem: DeliveryError) -> bool:
        self.marks.write()  # first, so that an outage is counted after the success that ended the one before
        reschedule_or_fail(self.db, notice, problem, self.clock())
        self.tell(notice)
        return not problem.server

    def tell(self, notice: OutboxMessage) -> None:
        self.tried += 1
        self.told(notice)


def reschedule_or_fail(
    db: Database, notice: OutboxMessage, problem: DeliveryError, now: datetime
) -> None:
    """Note what the server said, and when to try again, if that is of use."""
    again = None if problem.permanent else compute_next_attempt(notice.attempts + 1, now)
    with transaction(db):
        if problem.server:
            store.outbox.record_outage_failure(db, problem.words, now)
        if again:
            store.outbox.mark_for_retry(db, notice.id, again, problem.words)
        else:
            store.outbox.mark_failed(db, notice.id, problem.words, now)


# What came back to a mail's return path, and a corrected address.


def record_bounce(db: Database, returned: Bounce, now: datetime) -> bool:
    """Note what came back; gives whether it was about a mail of ours. The second time changes nothing."""
    with transaction(db):
        notice = store.outbox.find(db, returned.notice_id) if returned.notice_id else None
        if notice is None or notice.sent_at is None or returned.came is BounceType.UNKNOWN:
            return False

        known = {
            BounceType.BOUNCE: notice.bounced_at,
            BounceType.DELAY: notice.delayed_at or notice.bounced_at,
            BounceType.AUTOREPLY: notice.autoreplied_at,
        }
        if known[returned.came]:
            return True

        store.outbox.mark_bounced(db, notice.id, returned, now)
        about = f"staff/{notice.account_id}"
        if notice.link_id is not None:
            about = f"invitation/{store.rounds.get_link(db, notice.link_id).invitation_id}"
        details = {"came": str(returned.came), "kind": str(notice.kind), "words": returned.words}
        store.audit.record(db, Event.MAIL_BOUNCED, "worker", about, now, **details)
    return True


def correct_address(db: Database, link_id: int, email: str, actor: str, now: datetime) -> Link:
    """Correct the address of a link: the old link ends at once, a new one is owed to the new address.

    ``email`` has been checked for its form. The registered representative gets the address too.
    """
    with transaction(db):
        link = store.rounds.get_link(db, link_id)
        invitation = store.rounds.get_invitation(db, link.invitation_id)
        round = store.rounds.find(db, invitation.round_id)
        assert round

        round.require_open(now)
        if link.ended_at:
            raise Refusal(Reason.LINK_ENDED)
        if link.email == email:
            return link
        if any(email == each.email for each in store.rounds.list_open_links(db, invitation.id)):
            raise Refusal(Reason.ADDRESS_IN_USE, "email", text=email)

        renew_link(db, link, email, actor, now)
        if link.representative_id:
            correct_registered_address(db, invitation.member_id, link.representative_id, email)
        return store.rounds.get_link(db, link.id)


def renew_link(db: Database, link: Link, email: str, actor: str, now: datetime) -> None:
    """Within the caller's transaction: end the link, owe a fresh one to the new address, and journal it."""
    store.rounds.renew_link(db, link.id, email)
    store.outbox.cancel_stale_link_mail(db, link.id)
    store.outbox.enqueue(
        db,
        MailKind.NEW_LINK,
        [link.id],
        store.outbox.get_next_number(db, MailKind.NEW_LINK, link.id),
        now,
    )
    details = {"before": link.email, "after": email}
    store.audit.record(
        db, Event.ADDRESS_CORRECTED, actor, f"invitation/{link.invitation_id}", now, **details
    )


def correct_registered_address(db: Database, member_id: int, id: int, email: str) -> None:
    """The registered address, unless somebody else at the member has it already."""
    registered: dict[int, Representative] = {
        each.id: each for each in store.members.list_all_representatives(db, member_id)
    }
    if id in registered and not any(each.email == email for each in registered.values()):
        store.members.save_representative(db, replace(registered[id], email=email))


TEST_MAIL_INTERVAL = timedelta(minutes=1)


def enqueue_test_mail(db: Database, wish: MailTestRequest, actor: str, now: datetime) -> int:
    """Owe the sample to the account that asks; the same one asked for again within a minute is one.

    Gives its number.
    """
    with transaction(db):
        if last := store.mail_context.find_recent_test_mail(db, wish, now - TEST_MAIL_INTERVAL):
            return last

        number = store.mail_context.add_test_mail(db, wish, now)
        store.outbox.enqueue_for_accounts(db, MailKind.TEST, [wish.account_id], number, now)
        store.audit.record(
            db, Event.MAIL_TESTED, actor, f"staff/{wish.account_id}", now, kind=str(wish.kind)
        )
    return number
