"""Deliver the outbox; record bounces; correct addresses; enqueue digests and test mails."""

import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from email.message import EmailMessage
from typing import Protocol, runtime_checkable

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

# The weekly digest to the office's accounts.


def enqueue_digests(db: Database, calendar: Calendar, now: datetime) -> int:
    """Enqueue this week's digest for every account, once, while a round is running.

    Returns how many were enqueued.

    It is due from the week's first working day on. A week in which nothing is running has none.
    """
    zone = store.association.get(db).zone
    week = get_week_number(now.astimezone(zone).date())
    if not is_digest_due(now, zone, calendar) or store.outbox.has_been_enqueued(
        db, MailKind.DIGEST, week
    ):
        return 0
    recipients = [
        account.id
        for account in store.accounts.list_all(db)
        if account.disabled_at is None and account.password_hash
    ]
    if not recipients or not store.mail.load_weekly_digest(db, now).rounds:
        return 0
    with transaction(db):
        store.outbox.enqueue_for_accounts(db, MailKind.DIGEST, recipients, week, now)
    return len(recipients)


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
    def clock(self) -> Callable[[], datetime]: ...

    @property
    def compose(self) -> Composer: ...

    @property
    def send_mail(self) -> Transport: ...


@runtime_checkable
class PipeliningTransport(Protocol):
    """A transport that can send a message before the server has replied to it."""

    def start(self, message: EmailMessage) -> AwaitReply: ...


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

    Nothing is claimed while the server is known to be down. After the pause, a single message
    probes it. The live workers are listed within the transaction: listed earlier, one that has
    claimed messages since would be missing.
    """
    with transaction(db):
        now, outage = services.clock(), store.outbox.find_outage(db)
        if outage and outage.is_active(now):
            return 0
        size = 1 if outage else CLAIM_BATCH_SIZE
        claimed = store.outbox.claim(db, worker, list_live_workers(), size, now, rate_limit)
    delivery = Delivery(db, services, on_attempt, probing=outage is not None)
    delivery.send(claimed)
    return delivery.attempts


def is_rate_limited(db: Database, rate_limit: RateLimit, now: datetime) -> bool:
    """Whether messages are due that only the rate limit holds back."""
    outage = store.outbox.find_outage(db)
    return (
        rate_limit != store.outbox.UNLIMITED
        and not (outage and outage.is_active(now))
        and store.outbox.has_due_messages(db, now)
    )


def clear_outage(db: Database) -> None:
    """Clear the recorded outage after the SMTP server was changed."""
    with transaction(db):
        store.outbox.end_outage(db)


class Acknowledgements:
    """The messages the server has accepted, to be recorded.

    Recording is a transaction on disk, several times as slow as a fast server. With a slow server
    every message is recorded at once; never are more than ``MAX_UNRECORDED`` unrecorded. The first
    one recorded ends an outage.
    """

    def __init__(self, db: Database, clock: Callable[[], datetime], *, outage: bool) -> None:
        self.db, self.clock, self.outage = db, clock, outage
        self.accepted: list[tuple[int, datetime]] = []
        self.recorded_at, self.duration = time.monotonic(), 0.0

    def add(self, message: OutboxMessage) -> None:
        """The server has just accepted the message."""
        self.accepted.append((message.id, self.clock()))

    def record_if_due(self) -> None:
        elapsed = time.monotonic() - self.recorded_at
        if len(self.accepted) >= MAX_UNRECORDED or elapsed >= RECORDING_SHARE * self.duration:
            self.record()

    def record(self) -> None:
        if not self.accepted:
            return
        started = time.monotonic()
        with transaction(self.db):
            store.outbox.mark_sent(self.db, self.accepted)
            if self.outage:
                store.outbox.end_outage(self.db)
        self.accepted, self.outage = [], False
        self.recorded_at = time.monotonic()
        self.duration = self.recorded_at - started


class Delivery:
    """One claimed batch. While the server takes in one message, the next is composed."""

    def __init__(
        self,
        db: Database,
        services: MailServices,
        on_attempt: Callable[[OutboxMessage], None],
        *,
        probing: bool,
    ) -> None:
        self.db, self.services, self.on_attempt = db, services, on_attempt
        self.acknowledgements = Acknowledgements(db, services.clock, outage=probing)
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
        context = store.mail.load(self.db, message)
        if context is None:
            self.cancel(message)
            return None
        try:
            return self.services.compose(context, self.services.clock())
        except UnmailableError as problem:
            self.fail(message, DeliveryError(str(problem), permanent=True))
            return None

    def cancel(self, message: OutboxMessage) -> None:
        with transaction(self.db):
            store.outbox.cancel(self.db, message.id)
        self.count_attempt(message)

    def transmit(self, message: OutboxMessage, email: EmailMessage) -> bool:
        """Hand the e-mail to the server; returns whether the server is up."""
        send = self.services.send_mail
        try:
            if isinstance(send, PipeliningTransport):
                self.in_flight = message, send.start(email)
                return True
            send(email)
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
        self.acknowledgements.add(message)
        self.count_attempt(message)

    def fail(self, message: OutboxMessage, problem: DeliveryError) -> bool:
        """Defer the message or give it up; returns whether the server is up."""
        # What was accepted is recorded first: an outage must be counted after the success that
        # ended the one before.
        self.acknowledgements.record()
        defer_or_fail(self.db, message, problem, self.services.clock())
        self.count_attempt(message)
        return not problem.server_unavailable

    def count_attempt(self, message: OutboxMessage) -> None:
        self.attempts += 1
        self.on_attempt(message)


def defer_or_fail(
    db: Database, message: OutboxMessage, problem: DeliveryError, now: datetime
) -> None:
    """Record the server's reply, and the next attempt unless the failure is permanent."""
    retry_at = None if problem.permanent else compute_next_attempt(message.attempts + 1, now)
    with transaction(db):
        if problem.server_unavailable:
            store.outbox.record_outage_failure(db, problem.diagnostic, now)
        if retry_at:
            store.outbox.mark_for_retry(db, message.id, retry_at, problem.diagnostic)
        else:
            store.outbox.mark_failed(db, message.id, problem.diagnostic, now)


# Bounces and corrected addresses.


def record_bounce(db: Database, bounce: Bounce, now: datetime) -> bool:
    """Record what came back to a return path; returns whether it was about one of our messages.

    A repetition changes nothing.
    """
    with transaction(db):
        message = store.outbox.find(db, bounce.message_id) if bounce.message_id else None
        if message is None or message.sent_at is None or bounce.bounce_type is BounceType.UNKNOWN:
            return False

        recorded_at = {
            BounceType.BOUNCE: message.bounced_at,
            BounceType.DELAY: message.delayed_at or message.bounced_at,
            BounceType.AUTOREPLY: message.autoreplied_at,
        }
        if recorded_at[bounce.bounce_type]:
            return True

        store.outbox.mark_bounced(db, message.id, bounce, now)
        subject = f"staff/{message.account_id}"
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
    """Within the caller's transaction: end the link, enqueue a new one to the new address, and
    record both.
    """
    store.rounds.renew_link(db, link.id, email)
    store.outbox.cancel_stale_link_mail(db, link.id)
    enqueue_new_link(db, link.id, now)
    details = {"before": link.email, "after": email}
    store.audit.record(
        db, Event.ADDRESS_CORRECTED, actor, f"invitation/{link.invitation_id}", now, **details
    )


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
