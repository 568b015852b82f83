"""What mail servers do in the middle of a run: nothing is lost, and doubled only after an ambiguous drop.

Each mood is a script for a real SMTP conversation. The clock is moved forward by minutes. The long form, as
many invitations as Germany has municipalities, runs with ``make soak``.
"""

import re
import ssl
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from aiosmtpd.smtp import SMTP, Envelope, Session

from signoff import store
from signoff.domain.delivery import Fault
from signoff.mail.transport import SmtpTransport, SmtpTransports
from tests.actions.test_mail_soak import large_round
from tests.mail.test_transport_smtp import Server, issue_certificate, running
from tests.world import World

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
MESSAGE_ID = re.compile(rb"^Message-ID: (<[^>]+>)", re.MULTILINE | re.IGNORECASE)
NUMBERS = [12, pytest.param(11_084, marks=pytest.mark.soak)]


class Mood(Server):
    """A server in a good mood. ``took``: moment, recipient and Message-ID of each mail it has got.

    A troubled server begins to refuse when it has taken half of the mail, and stops three hours later. An odd one
    stumbles over every third of twelve mails, or over fifty of thousands.
    """

    faults: frozenset[Fault] = frozenset()  # why delivery is to pause
    failed = 0  # mails that it refuses for good
    attempts = 1  # at most, for each mail
    patience = 20.0

    def __init__(self, number: int, clock: Callable[[], datetime]) -> None:
        super().__init__()
        self.number, self.clock = number, clock
        self.took: list[tuple[datetime, str, bytes]] = []
        self.unsure: set[bytes] = set()  # Message-IDs whose acceptance the client did not learn
        self.trouble: tuple[datetime, datetime] | None = None
        self.stumbled: set[object] = set()
        self.one_member = f"rathaus@ort{number // 2}.example"

    def is_troubled(self) -> bool:
        if len(self.took) >= self.number // 2 and self.trouble is None:
            self.trouble = self.clock(), self.clock() + 3 * HOUR
        return self.trouble is not None and self.clock() < self.trouble[1]

    def stumbles(self, key: object) -> bool:
        """Whether it is the turn of this mail to meet a trouble; once for each."""
        step = max(3, self.number // 50)
        if (len(self.took) + 1) % step or len(self.took) in self.stumbled or key in self.stumbled:
            return False
        self.stumbled |= {len(self.took), key}
        return True

    def count_since(self, moment: datetime) -> int:
        return sum(taken_at > moment for taken_at, *_ in self.took)

    def reply_to_sender(self) -> str:
        return ""

    def reply_to_recipient(self, address: str) -> str:
        return ""

    def reply_to_text(self, address: str, id: bytes) -> str:
        return ""

    async def handle_MAIL(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, _: object
    ) -> str:
        envelope.mail_from = address
        return self.reply_to_sender() or "250 OK"

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, _: object
    ) -> str:
        reply = self.reply_to_recipient(address)
        if not reply:
            envelope.rcpt_tos.append(address)
        return reply or "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        found = MESSAGE_ID.search(bytes(envelope.content or b""))
        assert found
        (address,) = envelope.rcpt_tos
        reply = self.reply_to_text(address, found[1])
        if reply in ("", "drop", "silence"):
            self.took.append((self.clock(), address, found[1]))
            self.unsure |= {found[1]} if reply else set()
        return await self.special(server, reply) or "250 OK, queued"


class SendAsDenied(Mood):
    faults = frozenset({Fault.SENDER})

    def reply_to_text(self, address: str, id: bytes) -> str:
        denied = "554 5.2.252 SendAsDenied; buero@forum.example not allowed to send as bounces"
        return denied if self.is_troubled() else ""


class DailyLimit(Mood):
    faults = frozenset({Fault.QUOTA})

    def reply_to_text(self, address: str, id: bytes) -> str:
        full = self.count_since(self.clock() - DAY) >= self.number * 2 // 3
        return "550 5.1.90 You have reached your daily limit for message recipients" if full else ""


class MinuteLimit(Mood):
    faults = frozenset({Fault.QUOTA})

    def reply_to_text(self, address: str, id: bytes) -> str:
        full = self.count_since(self.clock() - MINUTE) >= self.number // 4
        return "432 4.3.2 STOREDRV.ClientSubmit; sender thread limit exceeded" if full else ""


class ContentFilter(Mood):
    failed = 1

    def reply_to_text(self, address: str, id: bytes) -> str:
        return "554 5.7.1 Message rejected as spam" if address == self.one_member else ""


class Greylisting(Mood):
    attempts = 3  # after one and after five minutes

    def __init__(self, number: int, clock: Callable[[], datetime]) -> None:
        super().__init__(number, clock)
        self.first: dict[str, datetime] = {}

    def reply_to_recipient(self, address: str) -> str:
        waited = self.clock() - self.first.setdefault(address, self.clock())
        return "" if waited >= 5 * MINUTE else f"450 4.2.0 <{address}>: Greylisted"


class ConnectionClosedAfterData(Mood):
    attempts = 2

    def reply_to_text(self, address: str, id: bytes) -> str:
        return "drop" if self.stumbles(id) else ""


class ServiceShutsDown(Mood):
    faults = frozenset({Fault.TEMPORARY})

    def reply_to_sender(self) -> str:
        return "421 4.3.2 Service shutting down" if self.is_troubled() else ""


class WrongTlsName(Mood):
    """The certificate is replaced after three hours."""

    faults = frozenset({Fault.TEMPORARY})


class FullDisk(Mood):
    faults = frozenset({Fault.TEMPORARY})

    def reply_to_text(self, address: str, id: bytes) -> str:
        return "452 4.3.1 Insufficient system storage" if self.is_troubled() else ""


class MailboxFull(Mood):
    failed = 1

    def reply_to_text(self, address: str, id: bytes) -> str:
        return "552 5.2.2 Over quota" if address == self.one_member else ""


class UnknownUser(Mood):
    failed = 1

    def reply_to_recipient(self, address: str) -> str:
        return f"550 5.1.1 <{address}>: User unknown" if address == self.one_member else ""


class Silence(Mood):
    attempts = 2
    patience = 1.0

    def reply_to_text(self, address: str, id: bytes) -> str:
        return "silence" if self.stumbles(id) else ""


class UnnamedPolicy(Mood):
    """Nothing but the repetition shows that the recipients are not at fault."""

    faults = frozenset({Fault.POLICY})

    def reply_to_text(self, address: str, id: bytes) -> str:
        return f"554 5.7.1 <{address}>: refused, ref {len(address)}a7" if self.is_troubled() else ""


MOODS = [
    SendAsDenied,
    DailyLimit,
    MinuteLimit,
    ContentFilter,
    Greylisting,
    ConnectionClosedAfterData,
    ServiceShutsDown,
    FullDisk,
    MailboxFull,
    UnknownUser,
    Silence,
    UnnamedPolicy,
]


def deliver_all(world: World, transport: SmtpTransport | SmtpTransports) -> Counter[Fault]:
    """Send everything that is owed and return why delivery paused, and how often."""
    paused: Counter[Fault] = Counter()
    began, until = time.monotonic(), world.now + 3 * DAY
    with world.worker(send_mail=transport) as worker:
        worker.on_pause = lambda outage: paused.update([outage.fault])
        while store.outbox.count_totals(world.db)["owed"]:
            while worker.deliver_mail():
                pass
            world.now += MINUTE
            assert world.now < until
    transport.close()
    print(f"{time.monotonic() - began:.1f} s, {sum(paused.values())} pauses")
    return paused


def check(world: World, number: int, *servers: Mood) -> None:
    """Each mail was taken once, and again only under the same Message-ID and where the client could not know."""
    took = [mail for server in servers for mail in server.took]
    failed = sum(server.failed for server in servers)
    totals = {"owed": 0, "sent": number - failed, "failed": failed}
    assert store.outbox.count_totals(world.db) == totals
    assert len({address for _, address, _ in took}) == number - failed
    assert len({id for *_, id in took}) == number - failed
    repeated = {id for id, count in Counter(id for *_, id in took).items() if count > 1}
    print(f"{len(took)} taken of {number}, {len(repeated)} taken again, {failed} refused for good")
    assert repeated == set().union(*(server.unsure for server in servers))


def count_attempts(world: World) -> int:
    """The most attempts that one mail needed."""
    return int(world.db.conn.execute("SELECT MAX(attempts) FROM outbox").fetchone()[0])


@pytest.mark.parametrize("number", NUMBERS)
@pytest.mark.parametrize("offers_pipelining", [False, True])
@pytest.mark.parametrize("mood", MOODS)
def test_no_mood_of_a_server_loses_or_doubles_a_mail(
    world: World,
    monkeypatch: pytest.MonkeyPatch,
    mood: type[Mood],
    offers_pipelining: bool,
    number: int,
) -> None:
    monkeypatch.setattr(mood, "offers_pipelining", offers_pipelining)
    world.opened(rows=large_round(number))
    with running(server := mood(number, lambda: world.now)) as address:
        paused = deliver_all(world, SmtpTransport(f"smtp://{address}", timeout=server.patience))
    check(world, number, server)
    assert count_attempts(world) <= mood.attempts
    assert set(paused) == mood.faults


@pytest.mark.parametrize("number", NUMBERS)
def test_a_certificate_for_another_name_stops_the_run_until_it_is_replaced(
    world: World, tmp_path: Path, number: int
) -> None:
    wrong, right = (issue_certificate(tmp_path, n) for n in ("DNS:other.example", "IP:127.0.0.1"))
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(wrong[1], wrong[0])
    trusted = ssl.create_default_context(cafile=str(right[1]))
    trusted.load_verify_locations(wrong[1])
    world.opened(rows=large_round(number))
    began, replaced = world.now, False

    def clock() -> datetime:
        nonlocal replaced
        if world.now >= began + 3 * HOUR and not replaced:
            context.load_cert_chain(right[1], right[0])
            replaced = True
        return world.now

    with running(server := WrongTlsName(number, clock), tls_context=context) as address:
        transport = SmtpTransport(f"smtp+starttls://{address}", timeout=20.0, context=trusted)
        world.services = replace(world.services, clock=clock)
        paused = deliver_all(world, transport)
    check(world, number, server)
    assert count_attempts(world) == 1
    assert set(paused) == WrongTlsName.faults


# more than one way out


@contextmanager
def two_servers(first: Mood, second: Mood, options: str = "") -> Iterator[SmtpTransports]:
    """Transports to two servers that differ by name."""
    with running(first) as one, running(second) as other:
        port = other.partition(":")[2]
        transports = [
            SmtpTransport(f"smtp://{one}{options}", timeout=20.0),
            SmtpTransport(f"smtp://localhost:{port}", timeout=20.0),
        ]
        yield SmtpTransports(transports)


def list_servers(world: World) -> Counter[str]:
    """How many mails went by each server."""
    return Counter(dict(world.db.conn.execute("SELECT server, COUNT(*) FROM outbox GROUP BY 1")))


@pytest.mark.parametrize("number", NUMBERS)
@pytest.mark.parametrize("mood", [SendAsDenied, DailyLimit, UnnamedPolicy])
def test_the_second_server_takes_over_while_the_first_is_paused(
    world: World, mood: type[Mood], number: int
) -> None:
    began = world.now
    world.opened(rows=large_round(number))
    first, second = mood(number, lambda: world.now), Mood(number, lambda: world.now)
    with two_servers(first, second) as transports:
        deliver_all(world, transports)
    check(world, number, first, second)
    assert world.now < began + HOUR
    assert list_servers(world) == {"127.0.0.1": len(first.took), "localhost": len(second.took)}
    assert first.took
    assert second.took


def test_mail_goes_by_the_next_server_once_the_first_has_its_limit_of_a_minute(
    world: World,
) -> None:
    world.opened(rows=large_round(12))
    first, second = Mood(12, lambda: world.now), Mood(12, lambda: world.now)
    with two_servers(first, second, "?per_minute=5") as transports:
        assert deliver_all(world, transports) == Counter()
    check(world, 12, first, second)
    assert (len(first.took), len(second.took)) == (5, 7)


def test_a_single_server_gets_no_more_than_its_limits(world: World) -> None:
    world.opened(rows=large_round(12))
    with running(server := Mood(12, lambda: world.now)) as address:
        post = SmtpTransport(f"smtp://{address}?per_minute=3&per_day=8", timeout=20.0)
        paused = deliver_all(world, post)
    check(world, 12, server)
    moments = [taken_at for taken_at, *_ in server.took]
    for moment in moments:
        assert sum(moment <= other < moment + MINUTE for other in moments) <= 3
        assert sum(moment <= other < moment + DAY for other in moments) <= 8
    assert set(paused) == {Fault.QUOTA}
    assert count_attempts(world) == 1


def test_a_mail_that_alone_is_refused_uses_its_own_attempts_and_delays_no_other(
    world: World,
) -> None:
    """The words speak of the sender, but the next mail shows that it is this mail."""

    class OddMail(Mood):
        def reply_to_text(self, address: str, id: bytes) -> str:
            return "554 5.2.252 SendAsDenied" if address == self.one_member else ""

    world.opened(rows=large_round(12))
    with running(server := OddMail(12, lambda: world.now)) as address:
        post = SmtpTransport(f"smtp://{address}", timeout=20.0)
        with world.worker(send_mail=post) as worker:
            while worker.deliver_mail():
                pass
        post.close()
    assert len(server.took) == 11
    tried = world.db.conn.execute("SELECT attempts FROM outbox WHERE sent_at IS NULL").fetchall()
    assert [attempts for (attempts,) in tried] == [1]
    assert store.outbox.list_outages(world.db) == []


def test_three_unknown_users_in_a_row_are_no_policy_if_the_next_mail_is_taken(
    world: World,
) -> None:
    class ThreeUnknown(Mood):
        failed = 3

        def reply_to_recipient(self, address: str) -> str:
            unknown = address in [f"rathaus@ort{i}.example" for i in (4, 5, 6)]
            return f"550 5.1.1 <{address}>: User unknown" if unknown else ""

    world.opened(rows=large_round(12))
    with running(server := ThreeUnknown(12, lambda: world.now)) as address:
        paused = deliver_all(world, SmtpTransport(f"smtp://{address}", timeout=20.0))
    check(world, 12, server)
    assert paused == Counter()
