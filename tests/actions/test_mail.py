"""Delivery of mail: each exactly once, whatever the server answers and whichever worker dies."""

import os
from datetime import timedelta
from email.message import EmailMessage

import pytest

from signoff import actions, store
from signoff.domain.delivery import DeliveryError
from signoff.domain.round_status import MailState
from signoff.store.connection import transaction
from tests.actions.test_rounds import refused  # noqa: F401
from tests.factories import HESITANT, MAYOR, OFFICE, SLUG, STRANGER, UNWILLING, member, sign
from tests.world import DEADLINE, NOW, World

MANY = [  # more than a worker claims twice
    member(f"{n:03d}", f"Ort {n}", f"Stadt Ort {n}", f"rathaus@{n}.example") for n in range(110)
]
BAD = "rathaus@77.example"


def to(message: EmailMessage) -> str:
    return message["To"].addresses[0].addr_spec


class Server:
    """A mail server that fails for the recipients a test names."""

    def __init__(self, world: World, **errors: DeliveryError) -> None:
        self.world, self.errors, self.attempts = world, errors, 0

    def __call__(self, message: EmailMessage) -> None:
        self.attempts += 1
        problem = self.errors.get(to(message)) or self.errors.get("everybody")
        if problem:
            raise problem
        self.world.postbox.append(message)


def test_one_permanent_failure_among_110_mails_does_not_stop_the_other_109(world: World) -> None:
    world.opened(rows=MANY)
    world.work(send_mail=Server(world, **{BAD: DeliveryError("550 no such user", permanent=True)}))
    world.work()
    assert sorted(map(to, world.postbox)) == sorted(
        f"rathaus@{n}.example" for n in range(110) if n != 77
    )
    assert world.invitation_status("077").mail is MailState.FAILED
    assert world.invitation_status("077").mail_error == "550 no such user"
    assert store.outbox.count_totals(world.db) == {"owed": 0, "sent": 109, "failed": 1}


def test_crashes_during_a_run_duplicate_no_mail(world: World) -> None:
    class Killed(BaseException):
        pass

    def crash_sometimes(message: EmailMessage) -> None:
        if len(world.postbox) in deadly:
            deadly.remove(len(world.postbox))
            raise Killed
        world.postbox.append(message)

    world.opened(rows=MANY)
    deadly = {0, 1, 23, 24, 49, 50, 51, 109}
    for _ in sorted(deadly):
        with pytest.raises(Killed):
            world.work(send_mail=crash_sometimes)
    world.work(send_mail=crash_sometimes)
    assert len(world.postbox) == len(set(map(to, world.postbox))) == 110


def test_no_mail_counts_as_sent_while_the_server_is_down_and_the_run_resumes(world: World) -> None:
    world.opened(rows=MANY)
    server = Server(world, everybody=DeliveryError("connection refused", server=True))
    world.work(send_mail=server)
    assert store.outbox.count_totals(world.db) == {"owed": 110, "sent": 0, "failed": 0}
    assert {status.mail for status in world.round_status().invitations} == {MailState.PENDING}
    # One failure may be that mail's own fault; the second is the server's.
    assert server.attempts == 2

    world.work()
    assert world.postbox == []  # not yet: a minute's pause
    world.now += timedelta(minutes=1)
    world.work()
    assert len(world.postbox) == 110
    assert world.invitation_status("077").mail_error == ""


def test_temporary_failure_is_retried_on_schedule_for_three_days(
    world: World,
) -> None:
    world.opened(rows=MANY[:1])
    server = Server(world, everybody=DeliveryError("451 try later"))
    delays = []
    while world.invitation_status("000").mail is MailState.PENDING:
        world.work(send_mail=server)
        delays.append(world.now - NOW)
        (next_try,) = world.db.conn.execute("SELECT next_try_at FROM outbox").fetchone()
        world.now = NOW.fromisoformat(next_try)
    assert [int(delay.total_seconds() // 60) for delay in delays[:6]] == [0, 1, 6, 21, 81, 141]
    assert timedelta(days=2, hours=22) < delays[-1] <= timedelta(days=3)
    assert world.invitation_status("000").mail is MailState.FAILED
    assert server.attempts == len(delays)


def test_several_workers_never_send_the_same_mail(world: World) -> None:
    world.opened(rows=MANY)
    with world.worker() as first, world.worker() as second:

        def post_while_another_works(message: EmailMessage) -> None:
            world.postbox.append(message)
            if len(world.postbox) in (1, 10, 60):
                assert second.deliver_mail() > 0

        slow = world.worker(send_mail=post_while_another_works)
        slow.name = first.name
        while slow.deliver_mail():
            pass
    assert len(world.postbox) == len(set(map(to, world.postbox))) == 110


def test_mail_of_a_dead_worker_is_taken_over_but_not_that_of_a_running_one(world: World) -> None:
    world.opened(rows=MANY[:10])
    with world.worker() as living:
        with transaction(world.db):
            assert len(store.outbox.claim(world.db, living.name, set(), 10, world.now)) == 10
        with world.worker() as other:
            assert other.deliver_mail() == 0
            assert other.are_others_busy()
            os.close(living.lock)  # what the system does when a process dies
            assert other.deliver_mail() == 10
            assert not other.are_others_busy()
        living.lock = os.open(world.settings.instance, os.O_RDONLY)
    assert len(world.postbox) == 10


def test_worker_resumes_its_mail_after_a_full_disk(world: World) -> None:
    world.opened(rows=MANY[:3])
    with world.worker() as worker:
        with transaction(world.db):
            store.outbox.claim(world.db, worker.name, set(), 3, world.now)
        assert worker.deliver_mail() == 3


def request_link(world: World, name: str, email: str = MAYOR) -> None:
    actions.link_requests.request_link(world.db, name, email, world.now)


def test_new_links_cannot_be_requested_repeatedly(world: World) -> None:
    world.opened()
    world.work()
    request_link(world, "Musterhausen")
    world.work()
    world.now += actions.link_requests.REQUEST_INTERVAL - timedelta(seconds=1)
    before = world.contents()
    request_link(world, "Musterhausen")
    world.work()
    assert world.contents() == before
    world.now += timedelta(seconds=1)
    request_link(world, "Musterhausen")
    world.work()
    assert len(world.messages_to(MAYOR)) == 3  # the invitation and two fresh links


def test_corrected_address_ends_the_old_link_and_gets_a_new_one(
    world: World,
) -> None:
    world.opened()
    old = world.access(MAYOR).link
    dead = world.links()[MAYOR]
    with transaction(world.db):
        store.rounds.renew_link(world.db, old.id, "neu@musterhausen.example")
    assert store.rounds.find_open_link(world.db, old.public_id, old.generation) is None
    assert world.links()["neu@musterhausen.example"] != dead
    request_link(world, "Musterhausen")
    request_link(world, "Musterhausen", "neu@musterhausen.example")
    world.work()
    assert world.messages_to(MAYOR) == []
    assert len(world.messages_to("neu@musterhausen.example")) == 2


def test_mail_is_marked_sent_only_after_the_server_accepted_it(world: World) -> None:
    world.opened()

    def check_and_post(message: EmailMessage) -> None:
        sent = world.connect()
        ids = sent.conn.execute("SELECT COUNT(sent_at) FROM outbox").fetchone()[0]
        sent.close()
        assert ids == len(world.postbox)
        world.postbox.append(message)

    world.work(send_mail=check_and_post)
    assert len(world.postbox) == 4


def test_links_and_deadlines_survive_a_restart(world: World) -> None:
    """The process keeps no state: another one with the same keys accepts the same links."""
    world.opened()
    world.work()
    links = world.links()
    world.db.close()
    restarted = World(world.settings, now=world.now)
    assert restarted.links() == links
    assert restarted.round().deadline == DEADLINE
    restarted.answer(MAYOR, sign())
    restarted.work()
    assert [to(message) for message in restarted.postbox] == [MAYOR, OFFICE]
    restarted.db.close()
    world.db = world.connect()


def test_only_invited_members_get_mail(world: World) -> None:
    world.opened()
    world.answer(MAYOR, sign())
    world.closed()
    world.released()
    assert {to(message) for message in world.postbox} == {MAYOR, OFFICE, HESITANT, UNWILLING}
    assert STRANGER not in str(world.postbox)
    assert world.round(SLUG).released_at


@pytest.mark.parametrize("email", ["a@b.example\nBcc: c@d.example", "ohne-at"])
def test_invalid_address_fails_without_affecting_other_mail(world: World, email: str) -> None:
    world.opened(rows=[*MANY[:3], member("x", "Ort X", "Stadt X", email)])
    world.work()
    assert len(world.postbox) == 3
    assert world.invitation_status("x").mail is MailState.FAILED
