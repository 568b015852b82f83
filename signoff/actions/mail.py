"""Deliver the outbox; record bounces; correct addresses; enqueue test mails."""

import time
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from email.message import EmailMessage
from typing import Protocol, runtime_checkable

from sqlite_utils import Database

from signoff import store
from signoff.actions.replies import record_reply
from signoff.domain.audit import Event
from signoff.domain.delivery import (
    DAY,
    MAX_RETRY_DELAY,
    STAGES_BEFORE_MAIL,
    DeliveryError,
    RateLimit,
    ServerLimit,
    Stage,
    build_limit_outage,
    compute_next_attempt,
    extend_outage,
    get_retry_delay,
    have_same_words,
    is_policy,
)
from signoff.domain.errors import Reason, Refusal
from signoff.domain.mail import (
    MATCHING_PERIOD,
    AnyMailContext,
    Bounce,
    BounceType,
    MailboxError,
    MailboxReading,
    MailKind,
    MailTestRequest,
    OutboxMessage,
    SentMail,
    UnmailableError,
    join_returned_text,
)
from signoff.domain.members import Representative
from signoff.domain.rounds import Link
from signoff.store.connection import IntegrityError, transaction

# Delivery: due messages are claimed, sent outside the transaction, and then recorded with the
# server's reply.

CLAIM_BATCH_SIZE = 50  # messages one worker claims at a time
# accepted messages not recorded yet: a kill repeats at most these, under the same Message-ID
MAX_UNRECORDED = 25
RECORDING_SHARE = 10  # recording takes at most one part in so many of the time

Composer = Callable[[AnyMailContext, datetime], EmailMessage]
Transport = Callable[[EmailMessage], None]
AwaitReply = Callable[[], None]  # waits for the server's reply; raises DeliveryError


class MailServices(Protocol):
    """What delivery needs of an instance's services."""

    @property
    def wait_for_copy(self) -> Callable[[int], None]: ...

    @property
    def clock(self) -> Callable[[], datetime]: ...

    @property
    def compose(self) -> Composer: ...

    @property
    def keep(self) -> Callable[[AnyMailContext, EmailMessage], SentMail]: ...

    @property
    def send_mail(self) -> Transport: ...

    @property
    def delivers_mail(self) -> bool: ...


@runtime_checkable
class PipeliningTransport(Protocol):
    """A transport that can send a message before the server has replied to it."""

    def start(self, message: EmailMessage) -> AwaitReply: ...


@runtime_checkable
class ServerTransport(Protocol):
    """A transport to one mail server."""

    @property
    def limit(self) -> ServerLimit: ...

    def __call__(self, message: EmailMessage) -> None: ...


@runtime_checkable
class SeveralTransports(Protocol):
    """Transports to several servers, in the order in which they are used."""

    @property
    def transports(self) -> Sequence[ServerTransport]: ...


WayOut = tuple[ServerLimit, Transport]


def list_ways_out(send_mail: Transport) -> list[WayOut]:
    """The mail servers in their order; a folder or function is one without a name and limits."""
    transports = send_mail.transports if isinstance(send_mail, SeveralTransports) else (send_mail,)
    return [
        (transport.limit if isinstance(transport, ServerTransport) else ServerLimit(), transport)
        for transport in transports
    ]


def deliver_batch(
    db: Database,
    services: MailServices,
    worker: str,
    list_live_workers: Callable[[], Collection[str]] = lambda: (),
    *,
    on_attempt: Callable[[OutboxMessage], None] = lambda message: None,
    rate_limit: RateLimit = store.outbox.UNLIMITED,
) -> int:
    """Claim a batch of due messages and send them one by one; returns how many were attempted.

    They go to the first server that is not left alone and not at its limit. After a pause, a single
    message probes the server. The live workers are listed within the transaction: listed earlier,
    one that has claimed messages since would be missing.
    """
    with transaction(db):
        now, live_workers = services.clock(), list_live_workers()
        ways_out = list_ways_out(services.send_mail)
        store.outbox.clear_outages(db, [limit.host for limit, _ in ways_out])
        sizes = (get_batch_size(db, limit, live_workers, now) for limit, _ in ways_out)
        way_out, size = next(
            (chosen for chosen in zip(ways_out, sizes, strict=True) if chosen[1]), (ways_out[0], 0)
        )
        if not size:
            return 0
        claimed = store.outbox.claim(db, worker, live_workers, size, now, rate_limit)
    services.wait_for_copy(store.audit.get_length(db))
    delivery = Delivery(db, services, way_out, on_attempt)
    delivery.send(claimed)
    return delivery.attempts


def get_batch_size(
    db: Database, limit: ServerLimit, live_workers: Collection[str], now: datetime
) -> int:
    """Within the caller's transaction: how many messages the server may get now.

    A server that has had all of these 24 hours is left alone until the first of them is a day old.
    """
    outage = store.outbox.find_outage(db, limit.host)
    if outage and outage.is_active(now):
        return 0
    allowance = store.outbox.get_allowance(db, limit, live_workers, CLAIM_BATCH_SIZE, now)
    if allowance.day <= 0 and allowance.oldest and store.outbox.has_due_messages(db, now):
        store.outbox.save_outage(db, build_limit_outage(limit, allowance.oldest + DAY, now))
    return max(0, min(allowance.minute, allowance.day, 1 if outage else CLAIM_BATCH_SIZE))


def is_rate_limited(
    db: Database, send_mail: Transport, rate_limit: RateLimit, now: datetime
) -> bool:
    """Whether messages are due that only a limit per minute holds back."""
    if not store.outbox.has_due_messages(db, now):
        return False
    for limit, _ in list_ways_out(send_mail):
        outage = store.outbox.find_outage(db, limit.host)
        if not (outage and outage.is_active(now)):
            return bool(limit.per_minute) or rate_limit != store.outbox.UNLIMITED
    return False


def clear_outages(db: Database) -> None:
    """Clear the recorded outages after the SMTP server was changed."""
    with transaction(db):
        store.outbox.clear_outages(db)


class Acknowledgements:
    """The messages the server has accepted, to be recorded.

    Recording is a transaction on disk, several times as slow as a fast server. With a slow server
    every message is recorded at once; never are more than ``MAX_UNRECORDED`` unrecorded. Each
    recording ends an outage of the server.
    """

    def __init__(
        self, db: Database, clock: Callable[[], datetime], server: str, *, delivers: bool
    ) -> None:
        self.db, self.clock, self.server, self.delivers = db, clock, server, delivers
        self.accepted: list[tuple[int, datetime]] = []
        self.mails: dict[int, SentMail] = {}
        self.recorded_at, self.duration = time.monotonic(), 0.0

    def add(self, message: OutboxMessage, mail: SentMail | None) -> None:
        """The server has just accepted the message."""
        self.accepted.append((message.id, self.clock()))
        if mail:
            self.mails[message.id] = mail

    def record_if_due(self) -> None:
        elapsed = time.monotonic() - self.recorded_at
        if len(self.accepted) >= MAX_UNRECORDED or elapsed >= RECORDING_SHARE * self.duration:
            self.record()

    def record(self) -> None:
        if not self.accepted:
            return
        started = time.monotonic()
        with transaction(self.db):
            if self.delivers:
                store.outbox.mark_sent(self.db, self.accepted, self.server)
            else:
                store.outbox.mark_in_folder(self.db, self.accepted)
            store.sent_mails.add(self.db, self.mails)
            if self.delivers:
                store.outbox.enqueue_copies(self.db, list(self.mails))
            end_outage(self.db, self.server, self.clock())
        self.accepted, self.mails = [], {}
        self.recorded_at = time.monotonic()
        self.duration = self.recorded_at - started


class Delivery:
    """One claimed batch. While the server takes in one message, the next is composed."""

    def __init__(
        self,
        db: Database,
        services: MailServices,
        way_out: WayOut,
        on_attempt: Callable[[OutboxMessage], None],
    ) -> None:
        self.db, self.services, self.on_attempt = db, services, on_attempt
        limit, self.transport = way_out
        self.start = None
        if isinstance(
            self.transport, PipeliningTransport
        ):  # asked once a batch, because it is slow
            self.start = self.transport.start
        self.server = limit.host
        self.acknowledgements = Acknowledgements(
            db, services.clock, self.server, delivers=services.delivers_mail
        )
        self.mails: dict[int, SentMail] = {}  # composed, the outcome not recorded yet
        self.facts = store.access.SharedFacts(db)  # of the mails of this batch
        self.attempts = 0
        self.in_flight: tuple[OutboxMessage, AwaitReply] | None = None

    def send(self, claimed: list[OutboxMessage]) -> None:
        """Send the messages; stops at a server that is down and releases the claim on what was not
        attempted.
        """
        remaining = list(claimed)
        try:
            while remaining:
                email = self.compose(remaining[0])
                if not self.await_reply():
                    break
                message = remaining.pop(0)
                if email and not self.transmit(message, email):
                    break
            self.await_reply()
        finally:
            self.acknowledgements.record()
        if remaining:
            with transaction(self.db):
                store.outbox.unclaim(self.db, [message.id for message in remaining])

    def compose(self, message: OutboxMessage) -> EmailMessage | None:
        """The e-mail; ``None`` if it cannot be composed, or has become pointless since it was
        enqueued.
        """
        context = store.mail.load(self.db, message, self.facts)
        if context is None:
            self.cancel(message)
            return None
        try:
            email = self.services.compose(context, self.services.clock())
        except UnmailableError as problem:
            self.give_up(message, str(problem))
            return None
        if message.copy_of is None:  # the mail itself is kept
            self.mails[message.id] = self.services.keep(context, email)
        return email

    def give_up(self, message: OutboxMessage, error: str) -> None:
        with transaction(self.db):
            store.outbox.mark_failed(self.db, message.id, error, self.services.clock())
        self.count_attempt(message)

    def cancel(self, message: OutboxMessage) -> None:
        with transaction(self.db):
            store.outbox.cancel(self.db, message.id)
        self.count_attempt(message)

    def transmit(self, message: OutboxMessage, email: EmailMessage) -> bool:
        """Hand the e-mail to the server; returns whether the server is up."""
        try:
            if self.start:
                self.in_flight = message, self.start(email)
                return True
            self.transport(email)
        except DeliveryError as problem:
            return self.fail(message, problem)
        self.acknowledge(message)
        self.acknowledgements.record()
        return True

    def await_reply(self) -> bool:
        """Wait for the server's reply to the message in flight.

        Returns whether the server is up.
        """
        if self.in_flight is None:
            return True
        (message, reply), self.in_flight = self.in_flight, None
        try:
            reply()
        except DeliveryError as problem:
            return self.fail(message, problem)
        self.acknowledge(message)
        self.acknowledgements.record_if_due()
        return True

    def acknowledge(self, message: OutboxMessage) -> None:
        self.acknowledgements.add(message, self.mails.pop(message.id, None))
        self.count_attempt(message)

    def fail(self, message: OutboxMessage, problem: DeliveryError) -> bool:
        """Defer the message or give it up; returns whether the server is up."""
        # What was accepted is recorded first: an outage must be counted after the success that
        # ended the one before.
        self.acknowledgements.record()
        is_up = record_refusal(self.db, self.server, message, problem, self.services.clock())
        if mail := self.mails.pop(message.id, None):
            with transaction(self.db):
                store.outbox.save_addresses(self.db, {message.id: mail.email})
        self.count_attempt(message)
        return is_up

    def count_attempt(self, message: OutboxMessage) -> None:
        self.attempts += 1
        self.on_attempt(message)


def record_refusal(
    db: Database, server: str, message: OutboxMessage, problem: DeliveryError, now: datetime
) -> bool:
    """Record the server's reply; returns whether the server takes other mail.

    Identical refusals to several recipients are the server's policy, whatever its code says: the
    mails are pending again.
    """
    with transaction(db):
        outage = store.outbox.find_outage(db, server)
        if problem.permanent and outage and outage.repeats(problem):
            problem = problem.as_policy()
        if problem.server_unavailable:
            pause(db, server, message, problem, now)
            return False
        if not problem.permanent:
            retry_or_fail(db, message, problem, now)
            return True
        if any(
            not have_same_words(earlier.diagnostic, problem.diagnostic)
            for earlier in store.outbox.list_refusals(db, server)
        ):
            store.outbox.clear_refusals(db, server)
        store.outbox.mark_failed(db, message.id, problem.diagnostic, now)
        store.outbox.add_refusal(db, server, message.id, problem)
        refused = store.outbox.list_refusals(db, server)
        if not is_policy(refused):
            return True
        store.outbox.take_back(db, [mail.message_id for mail in refused], now + get_retry_delay(1))
        store.outbox.save_outage(db, extend_outage(outage, server, problem.as_policy(), now))
        return False


def pause(
    db: Database, server: str, message: OutboxMessage, problem: DeliveryError, now: datetime
) -> None:
    """Within the caller's transaction: leave the server alone; the message keeps its attempts.

    The message goes behind the others, so that another one probes the server.
    """
    outage = extend_outage(store.outbox.find_outage(db, server), server, problem, now)
    store.outbox.save_outage(db, outage)
    delay = get_retry_delay(message.attempts + 1)
    store.outbox.defer(db, message.id, now + delay, problem.diagnostic)
    if not outage.is_suspected:
        store.outbox.clear_refusals(db, server)
    elif problem.stage not in STAGES_BEFORE_MAIL:
        store.outbox.add_refusal(db, server, message.id, problem)


def retry_or_fail(
    db: Database, message: OutboxMessage, problem: DeliveryError, now: datetime
) -> None:
    """Within the caller's transaction: the refusal is about this message alone."""
    retry_at = None if problem.permanent else compute_next_attempt(message.attempts + 1, now)
    if retry_at is None:
        store.outbox.mark_failed(db, message.id, problem.diagnostic, now)
    else:
        retry_at = max(retry_at, now + min(problem.pause or timedelta(), MAX_RETRY_DELAY))
        store.outbox.mark_for_retry(db, message.id, retry_at, problem.diagnostic)


LONG_OUTAGE = timedelta(minutes=15)  # what is shorter needs no word


def end_outage(db: Database, server: str, now: datetime) -> None:
    """Within the caller's transaction: the server has taken a message. A long outage is recorded.

    If this is the one after the refusal that made the server suspect, the refused ones were at
    fault themselves.
    """
    outage = store.outbox.find_outage(db, server)
    if outage and outage.stage != Stage.LIMIT and now >= outage.since + LONG_OUTAGE:
        store.audit.record(
            db,
            Event.MAIL_SERVER_BACK,
            "worker",
            "association",
            now,
            server=server or "outbox/",
            since=outage.since.isoformat(),
            words=outage.diagnostic,
        )
    if outage and outage.is_suspected:
        for refused in store.outbox.list_refusals(db, server):
            message = store.outbox.find(db, refused.message_id)
            if message and not message.failed_at:
                problem = DeliveryError(refused.diagnostic, permanent=refused.is_final)
                retry_or_fail(db, message, problem, now)
    store.outbox.end_outage(db, server)


# What comes back, and corrected addresses.

UnreadMessage = tuple[bytes, Callable[[], None]]  # its content, and what marks it as read


class MailboxServices(Protocol):
    """What reading the mailbox needs of an instance's services."""

    @property
    def wait_for_copy(self) -> Callable[[int], None]: ...

    @property
    def clock(self) -> Callable[[], datetime]: ...

    @property
    def classify(self) -> Callable[[bytes], Bounce]: ...

    @property
    def keep_reply(self) -> Callable[[bytes], str]: ...

    @property
    def open_mailbox(self) -> Callable[[], Iterator[UnreadMessage]]: ...


def read_mailbox(db: Database, services: MailboxServices) -> Counter[BounceType]:
    """Read the mailbox of the settings and record whether it could be read."""
    counts: Counter[BounceType] = Counter()
    reading = MailboxReading(services.clock())
    try:
        counts = process_messages(db, services, services.open_mailbox())
    except MailboxError as problem:
        reading = MailboxReading(services.clock(), problem.message, problem.facts)
    with transaction(db):
        store.outbox.save_mailbox_reading(db, reading)
    return counts


def process_messages(
    db: Database, services: MailboxServices, messages: Iterable[UnreadMessage]
) -> Counter[BounceType]:
    """Record each message, then mark it as read; what is about none of our mails stays unread.

    A message that is read twice is recorded once. One that cannot be read is counted and stepped
    over.
    """
    counts: Counter[BounceType] = Counter()
    for content, mark_read in messages:
        bounce = services.classify(content)
        try:
            is_recorded = record_message(db, services, bounce, content)
        except (ValueError, LookupError, IntegrityError):  # of what a stranger wrote
            bounce, is_recorded = Bounce(BounceType.UNREADABLE), True
        counts[bounce.bounce_type if is_recorded else BounceType.UNRELATED] += 1
        if is_recorded:
            services.wait_for_copy(store.audit.get_length(db))
            mark_read()
    return counts


def record_message(db: Database, services: MailboxServices, bounce: Bounce, content: bytes) -> bool:
    """Record one message; returns whether it is dealt with."""
    if bounce.bounce_type is BounceType.UNREADABLE:
        return True
    if bounce.bounce_type is not BounceType.REPLY:
        return record_bounce(db, bounce, services.clock())
    message = find_subject(db, bounce, services.clock())
    if message is None or message.link_id is None or bounce.reply is None:
        return False
    link = store.rounds.get_link(db, message.link_id)
    return record_reply(db, link, bounce.reply, content, services.keep_reply, services.clock())


def find_subject(db: Database, bounce: Bounce, now: datetime) -> OutboxMessage | None:
    """The sent mail that a returned message is about: by its return path, else by its Message-ID,
    else by the only mail that went to the failed address lately.
    """
    message = store.outbox.find(db, bounce.message_id) if bounce.message_id else None
    for reference in bounce.references:
        message = message or store.outbox.find_referenced(db, reference)
    if message is None and bounce.addresses:
        message = store.outbox.find_sent_to(db, bounce.addresses, now - MATCHING_PERIOD)
    return message if message and message.sent_at else None


def record_bounce(db: Database, bounce: Bounce, now: datetime) -> bool:
    """Record what came back to a mail; returns whether it was about one of ours.

    A repetition changes nothing. What no rule understands is recorded to be read.
    """
    with transaction(db):
        message = find_subject(db, bounce, now)
        if message is None:
            return False

        recorded_at = {
            BounceType.BOUNCE: message.bounced_at,
            BounceType.DELAY: message.delayed_at or message.bounced_at,
            BounceType.AUTOREPLY: message.autoreplied_at,
            BounceType.UNKNOWN: message.returned_at and bounce.text in message.returned_text,
        }
        if recorded_at[bounce.bounce_type]:
            return True

        if bounce.bounce_type is not BounceType.UNKNOWN:
            store.outbox.mark_bounced(db, message.id, bounce, now)
        text = join_returned_text(message.returned_text, bounce.text)
        store.outbox.mark_returned(db, message.id, text, now)
        subject = f"staff/{message.account_id}"
        if message.copy_of is not None:
            subject = "association"
        if message.application_id is not None:
            subject = f"application/{message.application_id}"
        if message.link_id is not None:
            subject = f"invitation/{store.rounds.get_link(db, message.link_id).invitation_id}"
        details = {
            "came": str(bounce.bounce_type),
            "kind": str(message.kind),
            "words": bounce.diagnostic,
        }
        store.audit.record(db, Event.MAIL_BOUNCED, "worker", subject, now, **details)
    return True


def correct_address(db: Database, link_id: int, email: str, actor: str, now: datetime) -> Link:
    """Correct the address of a link: the old link ends at once, a new one goes to the new address.

    The form of ``email`` has been checked. The registered representative gets the address too.
    """
    with transaction(db):
        link = store.rounds.get_link(db, link_id)
        invitation = store.rounds.get_invitation(db, link.invitation_id)

        store.rounds.get(db, invitation.round_id).require_open(now)
        if link.ended_at:
            raise Refusal(Reason.LINK_ENDED)
        if link.email == email:
            return link
        if any(email == other.email for other in store.rounds.list_open_links(db, invitation.id)):
            raise Refusal(Reason.ADDRESS_IN_USE, "email", text=email)

        renew_link(db, link, email, actor, now)
        if link.representative_id:
            correct_registered_address(db, invitation.member_id, link.representative_id, email)
        return store.rounds.get_link(db, link.id)


def renew_link(db: Database, link: Link, email: str, actor: str, now: datetime) -> None:
    """Within the caller's transaction: end the link, enqueue the invitation with a new one to the
    new address, and record both. A member that has answered or cannot any more gets the link alone.
    """
    access = store.access.load(db, link)
    store.rounds.renew_link(db, link.id, email)
    store.outbox.cancel_stale_link_mail(db, link.id)
    end_passed_on_links(db, link, actor, now)
    if access.version or not access.round.is_open(now):
        enqueue_new_link(db, link.id, now)
    else:  # numbered like the generations before, so that later mail finds its Message-ID
        store.outbox.enqueue(db, MailKind.INVITATION, [link.id], link.generation, now)
    details = {"before": link.email, "after": email}
    store.audit.record(
        db, Event.ADDRESS_CORRECTED, actor, f"invitation/{link.invitation_id}", now, **details
    )


def end_passed_on_links(db: Database, link: Link, actor: str, now: datetime) -> None:
    """Within the caller's transaction: what the holder of a link has passed on ends with it. The
    office finds it among its tasks.
    """
    ids = store.rounds.end_passed_on_links(db, link.id, now)
    store.outbox.cancel_for_links(db, list(MailKind), ids)
    if ids:
        subject = f"invitation/{link.invitation_id}"
        details = {"links": ids, "with_giver": True}
        store.audit.record(db, Event.DELEGATION_ENDED, actor, subject, now, **details)


def enqueue_new_link(db: Database, link_id: int, now: datetime) -> None:
    """Within the caller's transaction: one more mail with the link as it is now."""
    number = store.outbox.get_next_number(db, MailKind.NEW_LINK, link_id)
    store.outbox.enqueue(db, MailKind.NEW_LINK, [link_id], number, now)


def correct_registered_address(
    db: Database, member_id: int, representative_id: int, email: str
) -> None:
    """Change the registered address, unless another representative of the member has it already."""
    registered: dict[int, Representative] = {
        representative.id: representative
        for representative in store.members.list_all_representatives(db, member_id)
    }
    if representative_id in registered and not any(
        representative.email == email for representative in registered.values()
    ):
        store.members.save_representative(db, replace(registered[representative_id], email=email))


# Test mails: a sample of any kind, whose links open nothing, to the account that asks for it.

TEST_MAIL_INTERVAL = timedelta(minutes=1)


def save_settings(
    db: Database,
    names: Sequence[str],
    save: Callable[[], None],
    actor: str,
    now: datetime,
) -> None:
    """Record that these settings change, and ``save`` them. The log names them, not their values,
    which may be secret.
    """
    with transaction(db):
        store.audit.record(
            db, Event.MAIL_SETTINGS_CHANGED, actor, "association", now, names=", ".join(names)
        )
        save()


def enqueue_test_mail(db: Database, request: MailTestRequest, actor: str, now: datetime) -> int:
    """Enqueue the sample and return its number; a repeated request within a minute adds none."""
    with transaction(db):
        recent = store.mail.find_recent_test_mail(db, request, now - TEST_MAIL_INTERVAL)
        if recent:
            return recent

        number = store.mail.add_test_mail(db, request, now)
        store.outbox.enqueue_for_accounts(db, MailKind.TEST, [request.account_id], number, now)
        subject, kind = f"staff/{request.account_id}", str(request.kind)
        store.audit.record(db, Event.MAIL_TESTED, actor, subject, now, kind=kind)
    return number
